# SPDX-License-Identifier: Apache-2.0
"""`reasonseg train`: train the embedded model from scratch, or go on with an interrupted run."""

import argparse
import shlex
import socket
from dataclasses import asdict
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file

from reasonseg_ros.cli.text import say
from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.errors import BadRequest
from reasonseg_ros.engines.devices import find_device
from reasonseg_ros.engines.protocol import Engine
from reasonseg_ros.engines.protocol import EngineFacts
from reasonseg_ros.engines.tabletop.engine import Tabletop
from reasonseg_ros.evaluation.figures import RIGHT_IOU
from reasonseg_ros.evaluation.figures import answers
from reasonseg_ros.evaluation.records import RoundRecord
from reasonseg_ros.evaluation.summaries import values
from reasonseg_ros.evaluation.tabletop import run
from reasonseg_ros.evaluation.tabletop_runs import PROBE
from reasonseg_ros.nn.tabletop.config import WITHOUT
from reasonseg_ros.nn.tabletop.model import TabletopModel
from reasonseg_ros.sim.dialogues.generator import generate
from reasonseg_ros.sim.dialogues.mr_tabletop import dialogue
from reasonseg_ros.training.batch import DialogueBatches
from reasonseg_ros.training.calibrate import decision_bias
from reasonseg_ros.training.calibrate import score_line
from reasonseg_ros.training.config import tabletop_config
from reasonseg_ros.training.loop import Recipe
from reasonseg_ros.training.loop import Team
from reasonseg_ros.training.loop import finish
from reasonseg_ros.training.loop import portable
from reasonseg_ros.training.loop import prepare
from reasonseg_ros.training.loop import train
from reasonseg_ros.training.scene_dataset import SceneSet
from reasonseg_ros.training.scene_dataset import open_scenes

SHOWN = ('object_ciou', 'part_ciou', 'false_refusal', 'absent_category', 'absent_all',
         'ambiguous_recall')
LEAST = {'steps': 1, 'batch': 1, 'vision_steps': 0, 'processes': 1, 'workers': 0, 'eval_every': 1,
         'eval_scenes': 1}

CALIBRATION = (8, 40)  # dialogues in a batch, batches: about 2000 validation rounds
SCORED = 200           # validation dialogues that the line of the scores is fitted on


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
    _check(args)
    scenes, val = open_scenes(args.data), open_scenes(args.val)
    if scenes.plan.split != 'train':
        raise BadRequest(f'--data {args.data} holds {scenes.plan.split} scenes; expected train '
                         'scenes: make them with "reasonseg data tabletop --split train"')
    if val.plan.split == 'train':
        raise BadRequest(f'--val {args.val} holds train scenes; expected scenes that training '
                         'does not see: make them with "reasonseg data tabletop --split val"')
    recipe = recipe_of(args)
    prepare(args.out, recipe)
    if args.processes == 1:
        _train(0, args, recipe, '')
    else:
        address = f'tcp://127.0.0.1:{_free_port()}'
        torch.multiprocessing.spawn(_train, (args, recipe, address), args.processes)
    model = TabletopModel(tabletop_config(args.without))
    model.load_state_dict(load_file(args.out / f'last-{args.steps}.safetensors'))
    dialogues = DialogueBatches(val, model.config, CALIBRATION[0], args.seed, val.plan.split)
    model.config = replace(model.config, decision_bias=decision_bias(
        model.eval(), dialogues, CALIBRATION[1]))
    told = [answer for r in _results(model, val, SCORED) for answer in answers(r)]
    model.config = replace(model.config, score_line=score_line(
        [a.score for a in told], [a.iou >= RIGHT_IOU for a in told]))
    stage = {'command': command(args), 'data': asdict(scenes.plan)}
    path = finish(args.out, model, recipe, stage, asdict(val.plan))
    say(f'checkpoint with its card: {path}; measure it with `reasonseg eval tabletop '
        f'--checkpoint {path}`')
    return 0


def recipe_of(args: argparse.Namespace) -> Recipe:
    """What the options say about the result; the others are about where and how fast."""
    return Recipe(steps=args.steps, batch=args.batch, vision_steps=args.vision_steps,
                  decay=args.decay, matrix_rate=args.matrix_rate, rate=args.rate,
                  seed=args.seed, start=args.start, without=args.without)


def command(args: argparse.Namespace) -> str:
    """The command line that gave `args`: every option that is not at its default, no machine path.

    Folders and files are named as they were when relative, else by their last component.
    """
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    words = ['reasonseg', 'train', args.engine]
    for name, value in vars(args).items():
        if name != 'engine' and value != parser.get_default(name):
            text = portable(value) if name in ('data', 'val', 'out', 'start') else str(value)
            words += [f'--{name.replace("_", "-")}', text]
    return shlex.join(words)


def _check(args: argparse.Namespace) -> None:
    """Refuse what would fail later without a clear word."""
    for name, least in LEAST.items():
        if getattr(args, name) < least:
            raise BadRequest(f'--{name.replace("_", "-")} is {getattr(args, name)}; expected at '
                             f'least {least}')
    if args.batch % args.processes:
        raise BadRequest(f'--batch {args.batch} cannot be shared by {args.processes} processes; '
                         'use a multiple')
    find_device(args.device)


def _train(rank: int, args: argparse.Namespace, recipe: Recipe, address: str) -> None:
    """Train as one process of the team."""
    team = Team(rank, args.processes)
    if args.processes > 1:
        torch.set_num_threads(1)
    team.join(address)
    val = open_scenes(args.val)
    train(tabletop_config(args.without), open_scenes(args.data), recipe, args.out,
          find_device(args.device), lambda model: validate(model, val, args.eval_scenes),
          args.eval_every, workers=args.workers, team=team)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


def validate(model: TabletopModel, scenes: SceneSet, count: int) -> dict[str, float]:
    """Free-running figures in percent on the first `count` validation scenes."""
    results = values(_results(model, scenes, count))
    engine = _engine(model)
    memory, blank = (values(_probe(engine, scenes, count, on)) for on in (True, False))
    gain = memory['object_ciou'] - blank['object_ciou']
    return {**{name: 100 * results[name] for name in SHOWN}, 'other_gain': 100 * gain,
            'other_hit': 100 * memory['hit']}


def _results(model: TabletopModel, scenes: SceneSet, count: int) -> list[RoundRecord]:
    engine = _engine(model)
    return [record for i in range(min(count, len(scenes))) for record in run(
        engine, str(i), Frame(scenes.rgb(i)), scenes.truth(i),
        dialogue(scenes.truth(i), 'val', scenes.seed(i)))]


def _probe(engine: Engine, scenes: SceneSet, count: int, memory: bool) -> list[RoundRecord]:
    """Ask for "the other X" after an instance given by its mask, where there are two of a kind."""
    records = []
    for i in range(min(count, len(scenes))):
        turns = generate(scenes.truth(i), np.random.default_rng([0, i]), 'val', 2, script=PROBE)
        if tuple(turn.kind for turn in turns) == PROBE:
            records += run(engine, str(i), Frame(scenes.rgb(i)), scenes.truth(i), turns,
                           memory=memory)
    return records


def _engine(model: TabletopModel) -> Tabletop:
    return Tabletop(model, EngineFacts(
        'tabletop', 'training', 'Apache-2.0', str(model.position.device),
        str(model.position.dtype), 0, 0))
