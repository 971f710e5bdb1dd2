# SPDX-License-Identifier: Apache-2.0
"""A whole training of the embedded model: train, evaluate on the way, calibrate, write the card.

The loop itself is `training.loop`. Prints nothing but its progress.
"""

import shlex
import socket
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from torch.multiprocessing.spawn import spawn

from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.errors import BadRequest
from reasonseg_ros.engines.devices import find_device
from reasonseg_ros.engines.protocol import Engine, EngineFacts
from reasonseg_ros.engines.tabletop.engine import Tabletop
from reasonseg_ros.evaluation.figures import RIGHT_IOU, answers
from reasonseg_ros.evaluation.records import RoundRecord
from reasonseg_ros.evaluation.summaries import values
from reasonseg_ros.evaluation.tabletop import run as run_dialogue
from reasonseg_ros.evaluation.tabletop_runs import PROBE
from reasonseg_ros.nn.tabletop.model import TabletopModel
from reasonseg_ros.nn.tabletop.variants import build
from reasonseg_ros.sim.dialogues.generator import generate
from reasonseg_ros.sim.dialogues.mr_tabletop import dialogue
from reasonseg_ros.training.batch import DialogueBatches, tabletop_config
from reasonseg_ros.training.calibrate import decision_bias, score_line
from reasonseg_ros.training.loop import Recipe, Team, finish, portable, prepare, train
from reasonseg_ros.training.scene_dataset import SceneSet, open_scenes

SHOWN = ('object_ciou', 'part_ciou', 'false_refusal', 'absent_category', 'absent_all',
         'ambiguous_recall')
LEAST = {'steps': 1, 'batch': 1, 'vision_steps': 0, 'processes': 1, 'workers': 0, 'eval_every': 1,
         'eval_scenes': 1}
# Options of `reasonseg train` in the order in which a card names them.
OPTIONS = ('data', 'val', 'out', 'steps', 'batch', 'decay', 'matrix_rate', 'rate', 'seed',
           'vision_steps', 'start', 'without', 'device', 'processes', 'workers', 'eval_every',
           'eval_scenes')
FOLDERS = ('data', 'val', 'out')

CALIBRATION = (8, 40)  # dialogues in a batch, batches: about 2000 validation rounds
SCORED = 200           # validation dialogues that the line of the scores is fitted on


@dataclass(frozen=True)
class TrainingPlan:
    """A run: its recipe decides the result, the rest is about where and how fast.

    data, val    folders of training and of validation scenes (`training.scene_dataset`)
    out          run folder; an interrupted run in it goes on where it stood
    processes    CPU processes of one thread each that share every batch
    workers      extra processes that write dialogues
    eval_every   steps between evaluations, each on `eval_scenes` validation dialogues
    """

    data: Path
    val: Path
    out: Path
    recipe: Recipe = field(default_factory=Recipe)
    device: str = 'auto'
    processes: int = 1
    workers: int = 0
    eval_every: int = 1000
    eval_scenes: int = 60


def run(plan: TrainingPlan) -> Path:
    """Train, or go on; return the checkpoint that engines load. Raises BadRequest."""
    _check(plan)
    scenes, val = open_scenes(plan.data), open_scenes(plan.val)
    if scenes.plan.split != 'train':
        raise BadRequest(f'--data {plan.data} holds {scenes.plan.split} scenes; expected train '
                         'scenes: make them with "reasonseg data tabletop --split train"')
    if val.plan.split == 'train':
        raise BadRequest(f'--val {plan.val} holds train scenes; expected scenes that training '
                         'does not see: make them with "reasonseg data tabletop --split val"')
    recipe = plan.recipe
    prepare(plan.out, recipe)
    if plan.processes == 1:
        _train(0, plan, '')
    else:
        address = f'tcp://127.0.0.1:{_free_port()}'
        spawn(_train, (plan, address), plan.processes)
    model = build(tabletop_config(recipe.without))
    model.load_state_dict(load_file(plan.out / f'last-{recipe.steps}.safetensors'))
    _calibrate(model.eval(), val, recipe.seed)
    stage = {'command': command(plan), 'data': asdict(scenes.plan)}
    return finish(plan.out, model, recipe, stage, asdict(val.plan))


def command(plan: TrainingPlan) -> str:
    """The command line of a plan: every option that is not at its default, no machine path.

    Folders and files are named as they were when relative, else by their last component.
    """
    given, usual = ({**asdict(p.recipe), **vars(p)} for p in (
        plan, TrainingPlan(Path(), Path(), Path())))
    words = ['reasonseg', 'train', 'tabletop']
    for name in OPTIONS:
        if name in FOLDERS or given[name] != usual[name]:
            text = portable(given[name]) if name in (*FOLDERS, 'start') else str(given[name])
            words += [f'--{name.replace("_", "-")}', text]
    return shlex.join(words)


def _check(plan: TrainingPlan) -> None:
    """Refuse what would fail later without a clear word."""
    given = {**asdict(plan.recipe), **vars(plan)}
    for name, least in LEAST.items():
        if given[name] < least:
            raise BadRequest(f'--{name.replace("_", "-")} is {given[name]}; expected at '
                             f'least {least}')
    if plan.recipe.batch % plan.processes:
        raise BadRequest(f'--batch {plan.recipe.batch} cannot be shared by {plan.processes} '
                         'processes; use a multiple')
    find_device(plan.device)


def _train(rank: int, plan: TrainingPlan, address: str) -> None:
    """Train as one process of the team."""
    team = Team(rank, plan.processes)
    if plan.processes > 1:
        torch.set_num_threads(1)
    team.join(address)
    val = open_scenes(plan.val)
    train(tabletop_config(plan.recipe.without), open_scenes(plan.data), plan.recipe, plan.out,
          find_device(plan.device), lambda model: validate(model, val, plan.eval_scenes),
          plan.eval_every, workers=plan.workers, team=team)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        port: int = probe.getsockname()[1]
        return port


def _calibrate(model: TabletopModel, val: SceneSet, seed: int) -> None:
    """Fit decisions and scores on validation dialogues; see `training.calibrate`."""
    size, count = CALIBRATION
    dialogues = DialogueBatches(val, model.config, size, seed, val.plan.split)
    model.config = replace(model.config, decision_bias=decision_bias(model, dialogues, count))
    scored = [(answer.score, answer.iou >= RIGHT_IOU) for r in _results(model, val, SCORED)
              for answer in answers(r) if answer.score is not None]
    model.config = replace(model.config, score_line=score_line(
        [score for score, _ in scored], [right for _, right in scored]))


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
    return [record for i in range(min(count, len(scenes))) for record in run_dialogue(
        engine, str(i), Frame(scenes.rgb(i)), scenes.truth(i),
        dialogue(scenes.truth(i), 'val', scenes.seed(i)))]


def _probe(engine: Engine, scenes: SceneSet, count: int, memory: bool) -> list[RoundRecord]:
    """Ask for "the other X" after an instance given by its mask, where there are two of a kind."""
    records = []
    for i in range(min(count, len(scenes))):
        turns = generate(scenes.truth(i), np.random.default_rng([0, i]), 'val', 2, script=PROBE)
        if tuple(turn.kind for turn in turns) == PROBE:
            records += run_dialogue(engine, str(i), Frame(scenes.rgb(i)), scenes.truth(i), turns,
                                    memory=memory)
    return records


def _engine(model: TabletopModel) -> Tabletop:
    return Tabletop(model, EngineFacts(
        'tabletop', 'training', 'Apache-2.0', str(model.position.device),
        str(model.position.dtype), 0, 0))
