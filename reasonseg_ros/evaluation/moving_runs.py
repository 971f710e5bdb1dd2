# SPDX-License-Identifier: Apache-2.0
"""Runs over moving sequences: which ones, drawn or read from files, judged one after the other.

A run that was interrupted goes on, and two runs of one setting give the same results. What is
judged is in `evaluation.moving` and `evaluation.moving_dialogues`.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from PIL import Image
from tqdm import tqdm

from reasonseg_ros.core.errors import BadInput
from reasonseg_ros.drawing.rounds import FOLDER, QUALITY, draw_round
from reasonseg_ros.engines.protocol import Engine
from reasonseg_ros.evaluation.moving import Senses, ThingMemory, asked_seeds, run_memory, true_seeds
from reasonseg_ros.evaluation.moving_dialogues import run_references
from reasonseg_ros.evaluation.records import Protocol, RoundRecord, Run, plain_of
from reasonseg_ros.evaluation.shards import RunPlan, Shard, begin, joined, write
from reasonseg_ros.sim.moving.sequences import VERSION, Sequence, draw, file_name, kept
from reasonseg_ros.sim.moving.steps import PATHS

SEEDS = ('truth', 'engine')
SWITCH = ('on', 'off')


@dataclass(frozen=True)
class MovingSetting:
    """Which sequences are shown, and how.

    events     every scene is shown with each of them
    seeds      whose masks are remembered: those of the truth, or of the engine when it is asked
    tf, depth  on or off: whether the pose of the camera, and depth, come with images
    dialogues  whether an engine is asked about things before and after the camera moves
    frames     folder in which drawn sequences are kept; they are read from there again
    """

    world: str
    split: str
    first: int
    scenes: int
    events: tuple[str, ...]
    size: tuple[int, int]
    frames: Path
    seeds: str = SEEDS[0]
    tf: str = SWITCH[0]
    depth: str = SWITCH[0]
    dialogues: bool = True

    @property
    def count(self) -> int:
        """Number of sequences."""
        return self.scenes * len(self.events)

    @property
    def needs_engine(self) -> bool:
        """Whether anything is asked."""
        return self.dialogues or self.seeds == SEEDS[1]

    @property
    def senses(self) -> Senses:
        """What a memory is told."""
        return Senses(self.tf == SWITCH[0], self.depth == SWITCH[0])

    def sequence(self, place: int) -> Sequence:
        """Return the sequence at a place; the events of one scene stand together."""
        scene, event = self.first + place // len(self.events), self.events[place % len(self.events)]
        size = self.size
        path = self.frames / file_name(self.world, self.split, scene, event, *size)
        return kept(path, lambda: draw(self.world, self.split, scene, event, *size))

    def plan(self, engine: Engine | None) -> RunPlan:
        """Return what makes two runs the same run."""
        first = self.sequence(0).moments[0]
        digest = hashlib.sha256(first.frame.rgb.tobytes() + first.truth.ids.tobytes()).hexdigest()
        return RunPlan(
            'moving', f'moving-{VERSION}-{digest[:6]}',
            engine.facts.provenance if engine else 'truth', Protocol(), self.count,
            {'world': self.world, 'split': self.split, 'scenes': self.scenes,
             'first_scene': self.first, 'size': f'{self.size[0]}x{self.size[1]}',
             'events': ' '.join(self.events), 'seed_masks': self.seeds, 'tf': self.tf,
             'depth': self.depth, 'references': self.dialogues})


def run_moving(engine: Engine | None, make: Callable[[], ThingMemory], setting: MovingSetting,
               out: Path, drawn: bool) -> Run:
    """Run what is missing in a folder and return the whole run.

    make   a new, empty memory
    drawn  whether to draw a sheet of every sequence, and what is said, into the folder
    """
    if setting.needs_engine and engine is None:
        raise BadInput('somebody must be asked for seeds or references; give an engine')
    plan = setting.plan(engine)
    missing = begin(plan, out, Shard())
    lines = ({'at': place, 'rounds': [plain_of(r) for r in run_sequence(
        engine, make(), setting, setting.sequence(place), out if drawn else None)]}
        for place in missing)
    with tqdm(total=plan.count, initial=plan.count - len(missing), desc='moving', unit='sequence',
              disable=None) as bar:
        for _ in write(out, Shard(), lines):
            bar.update()
    whole = joined([out])
    assert whole is not None, 'nothing is missing any more'
    return replace(whole, options=plan.options)


def run_sequence(engine: Engine | None, memory: ThingMemory, setting: MovingSetting,
                 sequence: Sequence, out: Path | None) -> list[RoundRecord]:
    """Judge a memory, and an engine where one is asked, in one sequence."""
    senses, first = setting.senses, sequence.moments[0]
    if setting.seeds == SEEDS[0] or engine is None:
        seeds = true_seeds(first)
    else:
        seeds = asked_seeds(engine, first, senses.seen(first.frame))
    record, sheet = run_memory(sequence, memory, seeds, senses)
    if out is not None:
        path = Path(FOLDER) / f'{sequence.name.replace("/", "-")}.jpg'
        (out / FOLDER).mkdir(parents=True, exist_ok=True)
        Image.fromarray(sheet).save(out / path, quality=QUALITY)
        record = replace(record, picture=path.as_posix())
    if engine is None or not setting.dialogues or sequence.plan.event not in PATHS:
        return [record]
    return [record, *run_references(engine, sequence, senses, 2,
                                    None if out is None else partial(draw_round, out))]
