# SPDX-License-Identifier: Apache-2.0
"""Runs of MR-Tabletop on disk: begun, gone on with, finished; and what they cost meanwhile."""

import resource
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from tqdm import tqdm

from reasonseg_ros.drawing.rounds import draw_round
from reasonseg_ros.engines.protocol import Engine
from reasonseg_ros.engines.session import Reply
from reasonseg_ros.evaluation.benchmark import Plan
from reasonseg_ros.evaluation.benchmark import Shard
from reasonseg_ros.evaluation.benchmark import begin
from reasonseg_ros.evaluation.benchmark import joined
from reasonseg_ros.evaluation.benchmark import write
from reasonseg_ros.evaluation.probe import Probe
from reasonseg_ros.evaluation.records import RoundRecord
from reasonseg_ros.evaluation.records import Run
from reasonseg_ros.evaluation.records import plain_of
from reasonseg_ros.evaluation.tabletop_job import Setting
from reasonseg_ros.evaluation.tabletop_job import Views
from reasonseg_ros.evaluation.tabletop_job import hold
from reasonseg_ros.evaluation.tabletop_job import hold_probe

ALL = Shard()


class Cost:
    """Seconds of the answers that were heard in this process; not part of any record."""

    def __init__(self) -> None:
        self._first: list[float] = []
        self._later: list[float] = []

    def hear(self, reply: Reply) -> None:
        """Take in one answer; the first one on a picture encodes it."""
        (self._first if 'vision' in reply.seconds else self._later).append(reply.seconds['total'])

    def __str__(self) -> str:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        told = [f'{name} round p50 {1e3 * float(np.median(seconds)):.0f} ms ({len(seconds)})'
                for name, seconds in (('first', self._first), ('later', self._later)) if seconds]
        return (f'cost of the engine here: {", ".join(told) or "nothing was asked"}; peak memory '
                f'of this process, renderer and torch included: {peak:.0f} MiB')


def run_dialogues(engine: Engine, setting: Setting, out: Path, drawn: bool, cost: Cost,
                  what: str = 'dialogues') -> Run:
    """Hold what is missing in a folder and return the whole run.

    drawn  whether to draw every round into the folder
    """
    draw = partial(draw_round, out) if drawn else None
    with Views(setting) as views:
        return _run(setting.plan(engine, views.digest), out, what,
                    lambda place: hold(engine, setting, views, place, draw, cost.hear))


def run_probe(engine: Engine, setting: Setting, out: Path) -> Probe:
    """Hold the probe of the memory, with memory on and blank, in two folders below `out`."""
    found = []
    with Views(setting) as views:
        for memory in ('on', 'blank'):
            held = replace(setting, memory=memory)
            plan = held.plan(engine, views.digest, 'tabletop-other')
            found.append(_run(plan, out / f'other-{memory}', f'"the other one", memory {memory}',
                              partial(hold_probe, engine, held, views)))
    return Probe(*found)


def _run(plan: Plan, out: Path, what: str, rounds_at: Callable[[int], list[RoundRecord]]) -> Run:
    missing = begin(plan, out, ALL)
    lines = ({'at': place, 'rounds': [plain_of(r) for r in rounds_at(place)]}
             for place in missing)
    with tqdm(total=plan.count, initial=plan.count - len(missing), desc=what, unit='scene',
              disable=None) as bar:
        for _ in write(out, ALL, lines):
            bar.update()
    return replace(joined([out]), options=plan.options)
