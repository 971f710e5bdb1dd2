# SPDX-License-Identifier: Apache-2.0
"""What a training is asked for: recipe, folders, processes; and the command that says the same.

Values only, quick to import: trains nothing and reads no data.
"""

import shlex
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Generic, TypeVar

from reasonseg_ros.core.errors import BadRequest
from reasonseg_ros.engines.devices import find_device

LEAST = {'steps': 1, 'batch': 1, 'vision_steps': 0, 'processes': 1, 'workers': 0, 'eval_every': 1,
         'eval_scenes': 1, 'tabletop_weight': 0}
# Options of `reasonseg train` in the order in which a card names them.
OPTIONS = ('data', 'val', 'out', 'steps', 'batch', 'decay', 'matrix_rate', 'rate', 'seed',
           'vision_steps', 'start', 'without', 'tabletop_weight', 'dtype', 'device', 'processes',
           'workers', 'eval_every', 'eval_scenes')
# Types that the network of the household computes in; 'auto' is the faster one, by measurement.
DTYPES = ('auto', 'float32', 'bfloat16')
FOLDERS = ('data', 'val', 'out')

# What the model `tabletop` can be trained without, to see what it is worth.
WITHOUT: dict[str, str] = {
    'mask': 'of an earlier result the model hears the number and the box, not what its mask shows',
    'box': 'of an earlier result the model hears the number and the mask, not the box',
    'reference-loss': 'nothing teaches [SEG] which earlier mask is meant',
    'memory-label': 'no mask is remembered, as in LISA; references say "the mug\'s handle"',
    'memory-mask': 'no mask is remembered, as in LISA; references say "the mask\'s handle"',
}


@dataclass(frozen=True)
class Recipe:
    """Everything that decides the result of a run, besides the data and the code.

    steps   optimiser steps, each on `batch` samples
    warmup  steps of linear warm-up
    decay   last share of the steps, over which the rate falls linearly to `floor`
    clip    largest norm of all gradients together
    start   checkpoint whose weights the run begins with; '' for random ones
    """

    steps: int
    batch: int
    warmup: int
    decay: float
    floor: float
    matrix_rate: float
    rate: float
    clip: float
    seed: int = 1
    start: str = ''

    def scale(self, step: int) -> float:
        """Schedule in (0, 1] at `step`, counted from 1."""
        start = self.steps * (1 - self.decay)
        fall = max(0.0, (step - start) / max(1.0, self.steps - start))
        return min(1.0, step / self.warmup) * (1 - (1 - self.floor) * fall)


@dataclass(frozen=True)
class TabletopRecipe(Recipe):
    """Recipe of the model `tabletop`, whose samples are dialogues.

    vision_steps  first steps, on the dense losses alone: words must mean something before reading
    without       part of the model that is left out, a key of WITHOUT; '' for none
    """

    steps: int = 9000
    batch: int = 16
    warmup: int = 50
    decay: float = 0.6
    floor: float = 0.03
    matrix_rate: float = 0.02
    rate: float = 1.5e-3
    clip: float = 1.0
    vision_steps: int = 300
    without: str = ''


@dataclass(frozen=True)
class HouseholdRecipe(Recipe):
    """Recipe of the model `household`, whose samples are windows of photographs.

    tabletop_weight  samples of the simulated tabletop for one of the household, where the folder
                     of training scenes holds both
    dtype            one of DTYPES, that the network computes in
    """

    steps: int = 5000
    batch: int = 8
    warmup: int = 100
    decay: float = 0.5
    floor: float = 0.02
    matrix_rate: float = 0.008
    rate: float = 1.2e-3
    clip: float = 2.0
    tabletop_weight: float = 1.0
    dtype: str = 'auto'


R = TypeVar('R', bound=Recipe)


@dataclass(frozen=True)
class TrainingPlan(Generic[R]):
    """A run: its recipe decides the result, the rest is about where and how fast.

    data, val    folders of training and of validation scenes
    out          run folder; an interrupted run in it goes on where it stood
    processes    CPU processes of one thread each that share every batch
    workers      extra processes that make samples
    eval_every   steps between evaluations, each on `eval_scenes` validation scenes
    """

    data: Path
    val: Path
    out: Path
    recipe: R
    device: str = 'auto'
    processes: int = 1
    workers: int = 0
    eval_every: int = 1000
    eval_scenes: int = 60


def check(plan: TrainingPlan[Any]) -> None:
    """Refuse what would fail later without a clear word. Raises BadRequest."""
    given = {**asdict(plan.recipe), **vars(plan)}
    for name, least in LEAST.items():
        if name in given and given[name] < least:
            raise BadRequest(f'--{name.replace("_", "-")} is {given[name]}; expected at '
                             f'least {least}')
    if plan.recipe.batch % plan.processes:
        raise BadRequest(f'--batch {plan.recipe.batch} cannot be shared by {plan.processes} '
                         'processes; use a multiple')
    find_device(plan.device)


def check_splits(plan: TrainingPlan[Any], engine: str, data: str, val: str) -> None:
    """Refuse folders whose scenes are of the wrong splits `data`, `val`. Raises BadRequest."""
    if data != 'train':
        raise BadRequest(f'--data {plan.data} holds {data} scenes; expected train scenes: make '
                         f'them with "reasonseg data {engine} --split train"')
    if val == 'train':
        raise BadRequest(f'--val {plan.val} holds train scenes; expected scenes that training '
                         f'does not see: make them with "reasonseg data {engine} --split val"')


def command(plan: TrainingPlan[Any], engine: str) -> str:
    """The command line of a plan: every option that is not at its default, no machine path.

    Folders and files are named as they were when relative, else by their last component.
    """
    given = {**asdict(plan.recipe), **vars(plan)}
    usual = {f.name: f.default for f in (*fields(plan.recipe), *fields(plan))}
    words = ['reasonseg', 'train', engine]
    for name in OPTIONS:
        if name in given and (name in FOLDERS or given[name] != usual[name]):
            text = portable(given[name]) if name in (*FOLDERS, 'start') else str(given[name])
            words += [f'--{name.replace("_", "-")}', text]
    return shlex.join(words)


def portable(path: Path | str) -> str:
    """A path as a card may name it: relative as given, of an absolute one only the last part."""
    return Path(path).name if Path(path).is_absolute() else str(path)
