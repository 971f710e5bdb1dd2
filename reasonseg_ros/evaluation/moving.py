# SPDX-License-Identifier: Apache-2.0
"""What a memory of things is worth in sequences whose camera, things and light move.

Things of the first image are remembered, by their true masks or by what an engine showed when it
was asked for them; every later image is judged against the exact truth. One record per sequence.
What is said after the motion is in `evaluation.moving_dialogues`. Draws no sequence
(`sim.moving.sequences`) and prints nothing.
"""

from collections.abc import Iterable, Mapping
from collections.abc import Sequence as Items
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.dialogue.dialogue import Instance, State
from reasonseg_ros.core.errors import ReasonSegError, Status
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.drawing.overlay import captioned, contact_sheet, overlay
from reasonseg_ros.engines.protocol import Engine
from reasonseg_ros.engines.session import Session
from reasonseg_ros.evaluation.figures import RIGHT_IOU
from reasonseg_ros.evaluation.interview import private_book
from reasonseg_ros.evaluation.metrics import box_iou
from reasonseg_ros.evaluation.records import RoundRecord, TargetScore
from reasonseg_ros.evaluation.scoring import OBJECT, PART
from reasonseg_ros.sim.dialogues.truth import SceneTruth
from reasonseg_ros.sim.moving.sequences import Sequence, SequenceMoment
from reasonseg_ros.sim.moving.steps import (
    AT_REST,
    FAR_DEGREES,
    FAR_METRES,
    GONE_FROM,
    PATHS,
    STEP,
    SWAPPED_FROM,
)

SEEN, HIDDEN = 0.5, 0.05    # shares of a thing from which it is in view, up to which it is hidden
LEAST, LEAST_PART = 60, 40  # pixels at 320x240 below which a thing, a part is not judged
SECOND = round(1.0 / STEP)  # moments
COLUMNS = 4                 # of a sheet

Counts = dict[str, tuple[int, ...]]


class Finding(Protocol):
    """What a memory says of one thing in one frame; `mask` bool [H, W], empty unless visible."""

    @property
    def id(self) -> int: ...
    @property
    def state(self) -> State: ...
    @property
    def mask(self) -> np.ndarray: ...
    @property
    def reason(self) -> str: ...


class ThingMemory(Protocol):
    """Remembers things and finds them again; one for each sequence."""

    def observe(self, frame: Frame, instances: Items[Instance]) -> None:
        """Remember instances whose masks are of this frame."""

    def localise(self, frame: Frame) -> Iterable[Finding]:
        """Say of every remembered thing where it is in a later frame."""


@dataclass(frozen=True)
class SeedInstance:
    """An instance that is remembered, and which thing, and which of its parts, it truly is."""

    instance: Instance
    thing: int
    part: str | None = None


@dataclass(frozen=True)
class Senses:
    """What a memory is told of the frames: the camera's pose, and depth."""

    pose: bool = True
    depth: bool = True

    def seen(self, frame: Frame) -> Frame:
        """Return a frame without what is not told."""
        return replace(frame, depth=frame.depth if self.depth else None,
                       camera_pose=frame.camera_pose if self.pose else None)


def true_seeds(moment: SequenceMoment) -> list[SeedInstance]:
    """Return the things in view with their parts, as instances with their true masks."""
    truth, seeds = moment.truth, list[SeedInstance]()
    for thing, item in enumerate(truth.objects):
        mask = truth.mask(thing)
        if moment.share(thing) < SEEN or mask.sum() < _least(mask, LEAST):
            continue
        owner = len(seeds) + 1
        seeds.append(SeedInstance(
            Instance(owner, 0, 1, item.category, 1.0, Rle.encode(mask)), thing))
        parts = [part for index, part in truth.regions if index == thing]
        for part in parts if len(parts) > 1 else ():
            piece = truth.mask(thing, part)
            if piece.sum() >= _least(piece, LEAST_PART):
                seeds.append(SeedInstance(Instance(
                    len(seeds) + 1, owner, 1, part, 1.0, Rle.encode(piece)), thing, part))
    return seeds


def asked_seeds(engine: Engine, moment: SequenceMoment, frame: Frame) -> list[SeedInstance]:
    """Return what an engine shows of the things in view that one phrase tells apart.

    Answers that are wrong, with an IoU below 0.5, are left out: they are no matter of the memory.
    """
    session = Session(engine, private_book(64), contexts=1, rules=True)
    seeds = []
    for thing, phrase in phrases(moment).items():
        try:
            reply = session.ask('seeds', f'the {phrase}', frame)
        except ReasonSegError:
            continue
        right = Rle.encode(moment.truth.mask(thing))
        seeds += [SeedInstance(i, thing) for i in reply.instances
                  if reply.status is Status.OK and i.mask.iou(right) >= RIGHT_IOU]
    session.close()
    return seeds


def phrases(moment: SequenceMoment) -> dict[int, str]:
    """Return thing -> words that fit it and nothing else that is there, for things in view."""
    truth = moment.truth
    there = [k for k in range(len(truth.objects)) if not moment.gone(k)]
    found = {}
    for thing in there:
        item, mask = truth.objects[thing], truth.mask(thing)
        if moment.share(thing) < SEEN or mask.sum() < _least(mask, LEAST):
            continue
        alike = [k for k in there if truth.objects[k].category == item.category]
        if len(alike) == 1:
            found[thing] = item.category
        elif item.colour and sum(truth.objects[k].colour in (item.colour, '') for k in alike) == 1:
            found[thing] = f'{item.colour} {item.category}'
    return found


def run_memory(sequence: Sequence, memory: ThingMemory, seeds: Items[SeedInstance], senses: Senses
               ) -> tuple[RoundRecord, np.ndarray]:
    """Show a sequence to an empty memory; return the record, and a sheet uint8 [H, W, 3] of it."""
    memory.observe(senses.seen(sequence.moments[0].frame), [seed.instance for seed in seeds])
    told: list[dict[int, Finding]] = [{}]
    for moment in sequence.moments[1:]:
        told.append({one.id: one for one in memory.localise(senses.seen(moment.frame))})
    event, wrong = sequence.plan.event, list[str]()
    counts = _counts(sequence, seeds, told, wrong)
    targets = [target for k in range(1, len(told)) if event not in PATHS or far(sequence, k)
               for target in _targets(sequence.moments[k], seeds, told[k])]
    things = sum(seed.part is None for seed in seeds)
    record = RoundRecord(
        sequence.name, 1, f'{event}: {things} things, {len(seeds) - things} parts, '
        f'{len(told)} images', '; '.join(wrong) or 'nothing is wrong', Status.OK.name,
        Status.OK.name, (f'event:{event}',), tuple(targets), counts=counts)
    return record, _sheet(sequence, seeds, told)


def far(sequence: Sequence, index: int) -> bool:
    """Whether the camera has moved as far as sequences are judged for."""
    degrees, metres = sequence.motion(index)
    return degrees >= FAR_DEGREES and metres >= FAR_METRES


def expected(moment: SequenceMoment, thing: int) -> State | None:
    """Return the true state of a thing; None for one that is hidden in part or out of the image."""
    if moment.gone(thing):
        return State.LOST
    mask = moment.truth.mask(thing)
    if moment.whole[thing] < _least(mask, LEAST):
        return None
    share = moment.share(thing)
    if share <= HIDDEN:
        return State.OCCLUDED
    return State.VISIBLE if share >= SEEN else None


def _least(mask: np.ndarray, pixels: int) -> float:
    return pixels * mask.size / (320 * 240)


def _right(seed: SeedInstance, truth: SceneTruth, told: Mapping[int, Finding]) -> bool:
    """Whether a thing is said to be visible where it is."""
    one = told.get(seed.instance.id)
    return (one is not None and one.state is State.VISIBLE
            and _iou(one.mask, truth.mask(seed.thing, seed.part)) >= RIGHT_IOU)


def _iou(one: np.ndarray, other: np.ndarray) -> float:
    whole = np.count_nonzero(one | other)
    return float(np.count_nonzero(one & other)) / whole if whole else 1.0


def _state(told: Mapping[int, Finding], number: int) -> State:
    """A thing that is not spoken of any more is lost."""
    one = told.get(number)
    return State.LOST if one is None else one.state


def _counts(sequence: Sequence, seeds: Items[SeedInstance], told: Items[Mapping[int, Finding]],
            wrong: list[str]) -> Counts:
    """Return how often each figure held; say in `wrong` where one first did not."""
    counts: Counts = {}
    named: set[tuple[str, int]] = set()
    names = {seed.instance.id: f'{seed.instance.id} {seed.instance.label}' for seed in seeds}

    def count(name: str, held: bool, number: int, k: int, bad: bool) -> None:
        before = counts.get(name, (0, 0))
        counts[name] = before[0] + int(held), before[1] + 1
        if bad and (name, number) not in named:
            named.add((name, number))
            one = told[k].get(number)
            wrong.append(f'from image {k}, {names[number]}: {name.replace("_", " ")}'
                         f' ({"not spoken of" if one is None else one.reason})')
    event, subject = sequence.plan.event, sequence.plan.subject
    for seed in (s for s in seeds if s.part is None):
        number = seed.instance.id
        for k in range(1, len(told)):
            moment, state = sequence.moments[k], _state(told[k], number)
            wanted = expected(moment, seed.thing)
            if state is State.VISIBLE:
                stolen = _switched(told[k][number].mask, moment, seed.thing)
                count('id_switches', stolen, number, k, stolen)
            if seed.thing != subject:
                if wanted in (State.VISIBLE, State.OCCLUDED):
                    count('states_still', state is wanted, number, k, state is not wanted)
                continue
            if event == 'remove' and k == GONE_FROM + SECOND:
                count('removed_lost', state is State.LOST, number, k, state is not State.LOST)
            elif event == 'hand-over' and wanted is State.OCCLUDED:
                count('hand_occluded', state is wanted, number, k, state is not wanted)
            elif event == 'lookalike' and k == SWAPPED_FROM + SECOND:
                taken = state is State.VISIBLE and _iou(
                    told[k][number].mask, moment.truth.mask(sequence.plan.lookalike)) >= RIGHT_IOU
                count('lookalike_refused', not taken, number, k, taken)
            elif wanted is State.VISIBLE and (event, k) in (
                    ('push', AT_REST + SECOND), ('remove', len(told) - 1)):
                found = _right(seed, moment.truth, told[k])
                count('moved_found' if event == 'push' else 'returned_found', found, number, k,
                      not found)
    return counts


def _switched(mask: np.ndarray, moment: SequenceMoment, thing: int) -> bool:
    """Whether a mask is that of another thing rather than of this one."""
    own = _iou(mask, moment.truth.mask(thing)) if not moment.gone(thing) else 0.0
    others = [_iou(mask, moment.truth.mask(k)) for k in range(len(moment.truth.objects))
              if k != thing and not moment.gone(k)]
    return max(others, default=0.0) >= max(RIGHT_IOU, own)


def _targets(moment: SequenceMoment, seeds: Items[SeedInstance], told: Mapping[int, Finding]
             ) -> list[TargetScore]:
    """Score the masks of things and parts in view; one that is not said to be visible is missed."""
    found = []
    for seed in seeds:
        right = moment.truth.mask(seed.thing, seed.part)
        if (expected(moment, seed.thing) is not State.VISIBLE
                or right.sum() < _least(right, LEAST if seed.part is None else LEAST_PART)):
            continue
        one = told.get(seed.instance.id)
        sort = OBJECT if seed.part is None else PART
        if one is None or one.state is not State.VISIBLE:
            found.append(TargetScore(sort, 0, int(right.sum()), instance=seed.instance.id))
            continue
        found.append(TargetScore(
            sort, int(np.count_nonzero(one.mask & right)), int(np.count_nonzero(one.mask | right)),
            box_iou(Rle.encode(one.mask).box, Rle.encode(right).box), 1.0,
            instance=seed.instance.id))
    return found


def _sheet(sequence: Sequence, seeds: Items[SeedInstance], told: Items[Mapping[int, Finding]]
           ) -> np.ndarray:
    """Return the images side by side, with what is said of the things; parts are left out."""
    images = []
    wholes = [seed for seed in seeds if seed.part is None]
    for k, moment in enumerate(sequence.moments):
        drawn, missing = [], []
        for seed in wholes:
            if not k:
                drawn.append(seed.instance)
                continue
            state = _state(told[k], seed.instance.id)
            if state is State.VISIBLE:
                mask = Rle.encode(told[k][seed.instance.id].mask)
                drawn.append(replace(seed.instance, mask=mask))
            else:
                missing.append(f'{seed.instance.id} {seed.instance.label} {state.name.lower()}')
        degrees, metres = sequence.motion(k)
        images.append(captioned(
            overlay(moment.frame.rgb, drawn), f'{k * STEP:.1f} s, {degrees:.0f} deg, '
            f'{100 * metres:.0f} cm', ', '.join(missing) or 'all visible'))
    return contact_sheet(images, COLUMNS, gap=4)
