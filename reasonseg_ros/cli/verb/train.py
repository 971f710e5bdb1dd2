# SPDX-License-Identifier: Apache-2.0
"""`reasonseg train`: train a model, or go on with an interrupted run.

The embedded models from scratch, and the systems of the papers by their own recipes.
"""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

from reasonseg_ros.cli.text import say, table
from reasonseg_ros.core.errors import BadRequest
from reasonseg_ros.training.papers.recipes import (
    PAPER,
    PRECISIONS,
    PRESET_NAMES,
    PRESETS,
    SIMULATOR,
    SYSTEMS,
    PaperRecipe,
    without,
)
from reasonseg_ros.training.plan import (
    DTYPES,
    WITHOUT,
    HouseholdRecipe,
    Recipe,
    TabletopRecipe,
    TrainingPlan,
)

# How to try what was trained.
TRIALS = {'tabletop': 'measure it with `reasonseg eval tabletop --checkpoint {path}`',
          'household': 'try it with `reasonseg segment IMAGE "the mug" --engine household '
                       '--checkpoint {path}`',
          **{system: f'try it with `reasonseg segment IMAGE "Segment the mug." --engine {system} '
                     '--checkpoint {path}`' for system in SYSTEMS}}
# Options of the papers' systems that change a preset.
CHANGED = 'steps', 'batch', 'micro', 'rate', 'longest', 'precision', 'seed', 'start'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the models and their options."""
    engines = parser.add_subparsers(dest='engine', required=True, metavar='ENGINE')
    tabletop = engines.add_parser('tabletop', help='the model of the simulated tabletop')
    recipe = TabletopRecipe()
    _add_run(tabletop, 'tabletop', recipe, 'dialogues')
    tabletop.add_argument('--vision-steps', type=int, default=recipe.vision_steps,
                          help='first steps, on the dense losses alone')
    tabletop.add_argument('--without', choices=('', *WITHOUT), default='', metavar='PART',
                          help='leave a part of the model out, to see what it is worth: '
                               + '. '.join(f'{name}: {what}' for name, what in WITHOUT.items()))
    household = engines.add_parser('household', help='the model that sees things on real tables')
    learnt = HouseholdRecipe()
    _add_run(household, 'household', learnt, 'windows of photographs', workers=1)
    household.add_argument('--tabletop-weight', type=float, default=learnt.tabletop_weight,
                           help='samples of the simulated tabletop for one of the household, where '
                                '--data holds scenes of both; "reasonseg data household --world '
                                f'tabletop" adds them ({learnt.tabletop_weight})')
    household.add_argument('--dtype', choices=DTYPES, default=learnt.dtype,
                           help='that the network computes in; auto: the faster one, by timing a '
                                f'step in each ({learnt.dtype})')


    for system in SYSTEMS:
        _add_paper(engines.add_parser(system, help=f'{system}, by the recipe of its paper'), system)


def _add_paper(parser: argparse.ArgumentParser, system: str) -> None:
    """Declare what the systems of the papers have. None = as the preset has it."""
    parser.add_argument('--preset', choices=PRESET_NAMES, default=PAPER,
                        help='paper: the recipe of the paper; tiny: a small model made here, to '
                             'see that it works')
    parser.add_argument('--data', required=True, metavar='FILE',
                        help='YAML or JSON file that says where data sets lie '
                             f'(docs/datasets.md); "{SIMULATOR}" with --preset tiny')
    parser.add_argument('--out', type=Path, required=True,
                        help='run folder; an interrupted run in it goes on where it stood')
    parser.add_argument('--start', metavar='FOLDER',
                        help='converted folder to begin with; default: a small random model')
    parser.add_argument('--leave-out', action='append', default=[], metavar='SOURCE',
                        help='source of the mix that is not there; the others keep their ratios')
    parser.add_argument('--regions', type=Path, nargs='+', default=[], metavar='FILE',
                        help='llmseg: regions that SAM found in the images, as LLM-Seg stores them')
    parser.add_argument('--steps', type=int, help='optimiser steps')
    parser.add_argument('--batch', type=int, help='samples of a step, of all processes together')
    parser.add_argument('--micro', type=int, help='samples that are taken at a time')
    parser.add_argument('--rate', type=float, help='highest learning rate')
    parser.add_argument('--longest', type=int, help='positions of a conversation')
    parser.add_argument('--precision', choices=PRECISIONS)
    parser.add_argument('--seed', type=int, help='of first weights and samples')
    parser.add_argument('--device', default='auto', help='auto, cpu, cuda, cuda:1, ...')
    parser.add_argument('--processes', type=int, default=1,
                        help='CPU processes of one thread each that share every step (1); GPUs '
                             'share it under "accelerate launch" or "torchrun"')
    parser.add_argument('--workers', type=int, default=0,
                        help='extra processes that make samples (0)')
    parser.add_argument('--eval-every', type=int, default=500,
                        help='steps between evaluations (500)')
    parser.add_argument('--eval-samples', type=int, default=60,
                        help='validation conversations each time (60)')
    parser.add_argument('--save-every', type=int, default=100, help='steps between saves (100)')
    parser.add_argument('--tensorboard', action='store_true',
                        help='write curves for TensorBoard, too, into OUT/tensorboard')
    parser.add_argument('--scenes', type=int, default=0, metavar='N',
                        help='scenes of the simulator that are rendered (2000)')
    parser.add_argument('--max-memory', type=float, metavar='GB',
                        help='refuse a run that takes more of the device (what it has free)')
    parser.add_argument('--costs', action='store_true',
                        help='print what 1, 4 and 8 devices would need, computed from shapes, and '
                             'end')


def _add_run(parser: argparse.ArgumentParser, engine: str, recipe: Recipe, samples: str,
             workers: int = 0) -> None:
    """Declare what all models have."""
    add_scenes(parser, engine)
    parser.add_argument('--out', type=Path, required=True,
                        help='run folder; an interrupted run in it goes on where it stood')
    parser.add_argument('--steps', type=int, default=recipe.steps,
                        help=f'of the whole run, each on one batch ({recipe.steps})')
    parser.add_argument('--batch', type=int, default=recipe.batch,
                        help=f'{samples} in a step ({recipe.batch})')
    parser.add_argument('--decay', type=float, default=recipe.decay,
                        help=f'last share of the steps, over which the rate falls ({recipe.decay})')
    parser.add_argument('--matrix-rate', type=float, default=recipe.matrix_rate,
                        help='highest learning rate of Muon, for matrices and kernels '
                             f'({recipe.matrix_rate})')
    parser.add_argument('--rate', type=float, default=recipe.rate,
                        help='highest learning rate of AdamW, for everything else '
                             f'({recipe.rate})')
    parser.add_argument('--seed', type=int, default=recipe.seed,
                        help=f'of the first weights and the samples ({recipe.seed})')
    parser.add_argument('--start', default='', help='checkpoint to begin with; default: random')
    parser.add_argument('--device', default='auto', help='auto, cpu, cuda, cuda:1, ...')
    parser.add_argument('--processes', type=int, default=1,
                        help='CPU processes of one thread each that share every batch (1)')
    parser.add_argument('--workers', type=int, default=workers,
                        help=f'extra processes that make samples; 8 or more feed a GPU ({workers})')
    parser.add_argument('--eval-every', type=int, default=1000,
                        help='steps between evaluations (1000)')
    parser.add_argument('--eval-scenes', type=int, default=60,
                        help='validation scenes each time (60)')


def add_scenes(parser: argparse.ArgumentParser, engine: str) -> None:
    """Declare what an engine learns from."""
    parser.add_argument('--data', type=Path, required=True,
                        help=f'training scenes, made by `reasonseg data {engine} --split train`')
    parser.add_argument('--val', type=Path, required=True,
                        help='validation scenes, made with `--split val`')


def main(args: argparse.Namespace) -> int:
    """Train, evaluate, and write the checkpoint with its card."""
    if args.engine in SYSTEMS:
        chosen = _chosen(args.engine, args.preset, args.leave_out, {
            name: getattr(args, name) for name in CHANGED if getattr(args, name) is not None})
        if args.costs:
            _say_costs(chosen)
            return 0
        from reasonseg_ros.training.papers.run import PaperPlan
        from reasonseg_ros.training.papers.run import run as run_paper
        path = run_paper(PaperPlan(
            args.data, args.out, chosen, tuple(args.regions), args.device, args.processes,
            args.workers, args.eval_every, args.eval_samples, args.save_every, args.scenes,
            args.max_memory, args.tensorboard))
        say_checkpoint(path, args.engine)
        return 0
    given = {name: getattr(args, name) for name in (
        'steps', 'batch', 'decay', 'matrix_rate', 'rate', 'seed', 'start')}
    place = (args.device, args.processes, args.workers, args.eval_every, args.eval_scenes)
    if args.engine == 'household':
        from reasonseg_ros.training.household.run import run
        learnt = HouseholdRecipe(**given, tabletop_weight=args.tabletop_weight, dtype=args.dtype)
        path = run(TrainingPlan(args.data, args.val, args.out, learnt, *place))
    else:
        from reasonseg_ros.training.run import run as run_tabletop
        recipe = TabletopRecipe(**given, vision_steps=args.vision_steps, without=args.without)
        path = run_tabletop(TrainingPlan(args.data, args.val, args.out, recipe, *place))
    say_checkpoint(path, args.engine)
    return 0


def _chosen(system: str, preset: str, leave_out: list[str], given: dict[str, Any]) -> PaperRecipe:
    """The recipe of a preset with what was given instead. Raises BadRequest."""
    for name in ('steps', 'batch', 'micro', 'longest'):
        if given.get(name, 1) < 1:
            raise BadRequest(f'--{name} is {given[name]}; expected at least 1')
    return replace(without(PRESETS[system][preset], tuple(leave_out)), **given)


def _say_costs(recipe: PaperRecipe) -> None:
    from reasonseg_ros.training.papers import costs
    say(table(['devices', 'weights, GB', 'gradients and moments', 'activations', 'in all', 'hours'],
              costs.table(recipe, costs.published(recipe.system))))


def say_checkpoint(path: Path, engine: str = 'tabletop') -> None:
    """Say where a finished training has put its checkpoint."""
    say(f'checkpoint with its card: {path}; {TRIALS[engine].format(path=path)}')
