# SPDX-License-Identifier: Apache-2.0
"""`reasonseg train`: train the embedded model from scratch, or go on with an interrupted run."""

import argparse
from pathlib import Path

from reasonseg_ros.cli.text import say
from reasonseg_ros.training.ablations import WITHOUT
from reasonseg_ros.training.loop import Recipe
from reasonseg_ros.training.run import TrainingPlan, run


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the verb."""
    recipe = Recipe()
    add_scenes(parser)
    parser.add_argument('--out', type=Path, required=True,
                        help='run folder; an interrupted run in it goes on where it stood')
    parser.add_argument('--steps', type=int, default=recipe.steps,
                        help='of the whole run, each on one batch')
    parser.add_argument('--batch', type=int, default=recipe.batch, help='dialogues in a step')
    parser.add_argument('--decay', type=float, default=recipe.decay,
                        help='last share of the steps, over which the rate falls')
    parser.add_argument('--matrix-rate', type=float, default=recipe.matrix_rate,
                        help='highest learning rate of Muon, for matrices and kernels')
    parser.add_argument('--rate', type=float, default=recipe.rate,
                        help='highest learning rate of AdamW, for everything else')
    parser.add_argument('--seed', type=int, default=recipe.seed,
                        help='of the first weights and the dialogues')
    parser.add_argument('--vision-steps', type=int, default=recipe.vision_steps,
                        help='first steps, on the dense losses alone')
    parser.add_argument('--start', default='', help='checkpoint to begin with; default: random')
    parser.add_argument('--without', choices=('', *WITHOUT), default='', metavar='PART',
                        help='leave a part of the model out, to see what it is worth: '
                             + '. '.join(f'{name}: {what}' for name, what in WITHOUT.items()))
    parser.add_argument('--device', default='auto', help='auto, cpu, cuda, cuda:1, ...')
    parser.add_argument('--processes', type=int, default=1,
                        help='CPU processes of one thread each that share every batch')
    parser.add_argument('--workers', type=int, default=0,
                        help='extra processes that write dialogues; 8 or more feed a GPU')
    parser.add_argument('--eval-every', type=int, default=1000, help='steps between evaluations')
    parser.add_argument('--eval-scenes', type=int, default=60,
                        help='validation dialogues each time')


def add_scenes(parser: argparse.ArgumentParser) -> None:
    """Declare the engine and what it learns from."""
    parser.add_argument('engine', choices=('tabletop',))
    parser.add_argument('--data', type=Path, required=True,
                        help='training scenes, made by `reasonseg data tabletop --split train`')
    parser.add_argument('--val', type=Path, required=True,
                        help='validation scenes, made with `--split val`')


def main(args: argparse.Namespace) -> int:
    """Train, evaluate, and write the checkpoint with its card."""
    recipe = Recipe(steps=args.steps, batch=args.batch, vision_steps=args.vision_steps,
                    decay=args.decay, matrix_rate=args.matrix_rate, rate=args.rate,
                    seed=args.seed, start=args.start, without=args.without)
    say_checkpoint(run(TrainingPlan(
        args.data, args.val, args.out, recipe, args.device, args.processes, args.workers,
        args.eval_every, args.eval_scenes)))
    return 0


def say_checkpoint(path: Path) -> None:
    """Say where a finished training has put its checkpoint."""
    say(f'checkpoint with its card: {path}; measure it with `reasonseg eval tabletop '
        f'--checkpoint {path}`')
