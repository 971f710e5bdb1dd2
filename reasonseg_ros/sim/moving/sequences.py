# SPDX-License-Identifier: Apache-2.0
"""Short sequences of a scene in which camera, things and light move, with exact truth per image.

The same for the same (world, split, scene, event, size). Splits are disjoint as those of the still
scenes are: by seed in the household, by arrangement and colours on the tabletop, where what is
pushed, taken away or put there leaves the arrangement in its split. Drawn sequences can be kept in
files. Judges nothing (`evaluation.moving`).
"""

import json
import zipfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from reasonseg_ros.core.camera.frame import CameraModel, Frame
from reasonseg_ros.core.errors import BadInput
from reasonseg_ros.core.scene.inventory import NAMELESS
from reasonseg_ros.core.schema import build
from reasonseg_ros.sim.dialogues.truth import ObjectTruth, SceneTruth
from reasonseg_ros.sim.moving.steps import (
    EVENTS,
    PATHS,
    STEP,
    Plan,
    SequenceStep,
    Shift,
    Viewpoint,
    camera_path,
    far_end,
    free_place,
    orbit,
    plan,
)
from reasonseg_ros.sim.moving.worlds import DIFFERENCES, MovingWorld, TabletopWorld
from reasonseg_ros.sim.world.catalogue import SPLITS
from reasonseg_ros.sim.world.scene import sample_scene

VERSION = 1             # raise when the same scene gives another sequence
WORLDS = ('tabletop', 'household')
START = 1_000_000_000   # nanoseconds of the first stamp
ENOUGH = 120            # pixels at 320x240 that a thing has to which something happens
LARGEST = 0.13          # metres, its radius
CLEAR = 0.7             # share of it that is in view at first
_STREAM = 16            # of the seeds of scenes
_TRIES = 24             # scenes that are tried where an event does not fit one
_NEXT = 100_003         # from the seed of a tabletop scene to that of the one that is tried next
_REACH = (0.09, 0.22)   # metres that a thing is pushed, or brought back away from its place


@dataclass(frozen=True, eq=False)
class SequenceMoment:
    """One image of a sequence.

    frame  with depth, intrinsics, stamp and `camera_pose` in the world
    truth  masks of things and parts in it
    whole  pixels that each thing would have if no other one were there; 0 = not there, or out of
           the image
    step   what has happened
    """

    frame: Frame
    truth: SceneTruth
    whole: tuple[int, ...]
    step: SequenceStep

    def share(self, index: int) -> float:
        """Share of a thing in the image that nothing hides, in [0, 1]; 0 where it is not."""
        if not self.whole[index]:
            return 0.0
        return min(1.0, float(np.count_nonzero(self.truth.mask(index))) / self.whole[index])

    def gone(self, index: int) -> bool:
        """Whether a thing is not in the scene."""
        return self.step.shifts.get(index, 0) is None


@dataclass(frozen=True, eq=False)
class Sequence:
    """Moments, STEP apart, and what happens in them; `name` is unique in its split."""

    name: str
    plan: Plan
    moments: tuple[SequenceMoment, ...]

    def motion(self, index: int) -> tuple[float, float]:
        """Degrees and metres that the camera is away from where it was first."""
        first, now = (self.moments[k].frame.camera_pose for k in (0, index))
        assert first is not None and now is not None
        cosine = (np.trace(first[:3, :3].T @ now[:3, :3]) - 1) / 2
        return (float(np.degrees(np.arccos(np.clip(cosine, -1, 1)))),
                float(np.linalg.norm(now[:3, 3] - first[:3, 3])))


def draw(world: str, split: str, scene: int, event: str, width: int = 320, height: int = 240
         ) -> Sequence:
    """Draw a sequence of scene `scene` (from 0) of a split. Raises BadInput."""
    if world not in WORLDS or split not in SPLITS or event not in EVENTS:
        raise BadInput(f'there is no {event} of world {world}, split {split}; give one of '
                       f'{", ".join(EVENTS)} of {" or ".join(WORLDS)}, {", ".join(SPLITS)}')
    place, planned = _planned(world, split, scene, event, width, height)
    try:
        moments = []
        for number, step in enumerate(planned.steps):
            frame, truth, whole = place.look(step, planned.subject)
            stamp = START + round(number * STEP * 1e9)
            moments.append(SequenceMoment(replace(frame, stamp=stamp, frame_id='camera'), truth,
                                          whole, step))
    finally:
        place.close()
    return Sequence(f'{world}/{split}/{scene:04d}/{event}', planned, tuple(moments))


def open_world(world: str, split: str, scene: int, width: int, height: int) -> MovingWorld:
    """Return a scene of a split, numbered from 0. Raises BadInput."""
    if world == WORLDS[0]:
        return TabletopWorld(sample_scene(split, scene), width, height)
    from reasonseg_ros.sim.household.scene import SEEDS
    from reasonseg_ros.sim.moving.household import HouseholdWorld
    if not 0 <= scene < len(SEEDS[split]):
        raise BadInput(f'scene {scene} is not in split {split} of the household; choose one from '
                       f'0 below {len(SEEDS[split])}')
    return HouseholdWorld(SEEDS[split][scene], width, height)


def _planned(world: str, split: str, scene: int, event: str, width: int, height: int
             ) -> tuple[MovingWorld, Plan]:
    """Return a scene and what happens there; where the event does not fit, that of another."""
    count = 0
    if world != WORLDS[0]:
        from reasonseg_ros.sim.household.scene import SEEDS
        count = len(SEEDS[split])
    for attempt in range(_TRIES):
        seed = scene + attempt * _NEXT if world == WORLDS[0] else (scene + attempt * 1009) % count
        place = open_world(world, split, seed, width, height)
        found = happening(place, event, np.random.default_rng(
            [_STREAM, SPLITS.index(split), scene, EVENTS.index(event)]))
        if found is not None:
            return found
        place.close()
    raise BadInput(f'no {event} fits scene {scene} of the {world}, nor {_TRIES - 1} others; choose '
                   'another scene')


def happening(place: MovingWorld, event: str, rng: np.random.Generator
              ) -> tuple[MovingWorld, Plan] | None:
    """Return what happens in a scene, and the scene, which has one more thing where one is
    swapped; None where the event fits no thing of it."""
    side = 1 if rng.random() < 0.5 else -1
    ends = [far_end(place.eye, place.target, way) for way in (side, -side)]
    end = next((e for e in ends if place.clear(orbit(place.eye, place.target, e)[0])), None)
    if end is None and event in PATHS:
        return None
    path = camera_path(event, end or ends[0], rng)
    if event in (*PATHS, 'lights'):
        return (place, plan(event, path)) if place.objects else None
    frame, subjects = _subjects(place, rng)
    discs = place.discs
    for subject in subjects:
        away: Shift | None = None
        if event in ('push', 'remove'):
            away = free_place(discs[:, :3], subject, _REACH,
                              partial(_fits, place, frame, subject), rng)
            if away is None:
                continue
        if event == 'remove' and not place.allows(subject, None):
            continue
        if event == 'lookalike':
            twin = place.with_lookalike(subject, str(rng.choice(DIFFERENCES)), rng)
            if not twin.allows(subject, None):
                continue
            return twin, plan(event, path, subject, lookalike=len(place.objects))
        return place, plan(event, path, subject, away)
    return None


def _fits(place: MovingWorld, frame: Frame, subject: int, shift: Shift) -> bool:
    """Whether a thing may be moved so, and is in the image then, with a margin."""
    if not place.allows(subject, shift):
        return False
    disc = place.discs[subject]
    camera, pose = frame.camera, frame.camera_pose
    assert camera is not None and pose is not None
    x, y, radius, low, high = disc
    middle = np.array([x + shift.x, y + shift.y, (low + high) / 2])
    seen = pose[:3, :3].T @ (middle - pose[:3, 3])
    margin = 1.2 * max(radius, (high - low) / 2)
    return bool(seen[2] > 0.1 and abs(seen[0]) + margin < seen[2] * camera.cx / camera.fx
                and abs(seen[1]) + margin < seen[2] * camera.cy / camera.fy)


def _subjects(place: MovingWorld, rng: np.random.Generator) -> tuple[Frame, list[int]]:
    """Return the first image, and things to which something can happen, in random order.

    They have a name, carry nothing, are on or in nothing, and are well in view.
    """
    frame, truth, whole = place.look(SequenceStep(Viewpoint()))
    least = ENOUGH * frame.width * frame.height / (320 * 240)
    carriers = {item.carrier for item in place.objects}
    good = []
    for index, item in enumerate(place.objects):
        pixels = int(np.count_nonzero(truth.mask(index)))
        if (not item.relation and index not in carriers and item.category != NAMELESS
                and pixels >= max(least, CLEAR * whole[index])
                and place.discs[index, 2] <= LARGEST):
            good.append(index)
    return frame, [good[k] for k in rng.permutation(len(good))]


def kept(path: Path, make: Callable[[], Sequence]) -> Sequence:
    """Return a sequence from a file, or make it and write the file. Raises BadInput."""
    if path.exists():
        return load(path)
    sequence = make()
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix('.partial')
    with partial.open('wb') as file:
        save(sequence, file)
    partial.replace(path)
    return sequence


def file_name(world: str, split: str, scene: int, event: str, width: int, height: int) -> str:
    """Return the name of the file in which a sequence is kept."""
    return f'{world}-{split}-{scene:04d}-{event}-{width}x{height}-v{VERSION}.npz'


def save(sequence: Sequence, file: BinaryIO) -> None:
    """Write a sequence."""
    frames = [moment.frame for moment in sequence.moments]
    truth, camera = sequence.moments[0].truth, frames[0].camera
    assert camera is not None
    about = {'name': sequence.name, 'plan': asdict(sequence.plan), 'camera': asdict(camera),
             'objects': [asdict(item) for item in truth.objects], 'regions': truth.regions}
    np.savez_compressed(
        file, about=np.array(json.dumps(about)), stamp=np.array([f.stamp for f in frames]),
        rgb=np.stack([f.rgb for f in frames]), depth=np.stack([_given(f.depth) for f in frames]),
        pose=np.stack([_given(f.camera_pose) for f in frames]),
        ids=np.stack([m.truth.ids for m in sequence.moments]),
        whole=np.array([m.whole for m in sequence.moments]))


def _given(values: np.ndarray | None) -> np.ndarray:
    assert values is not None, 'every frame of a sequence has depth and a pose'
    return values


def load(path: Path) -> Sequence:
    """Read what `save` wrote. Raises BadInput."""
    try:
        with np.load(path) as found:
            about = json.loads(str(found['about']))
            arrays = {name: found[name] for name in ('stamp', 'rgb', 'depth', 'pose', 'ids',
                                                     'whole')}
        camera = build(CameraModel, about['camera'])
        objects = tuple(build(ObjectTruth, one) for one in about['objects'])
        regions = tuple((int(thing), str(part)) for thing, part in about['regions'])
        steps = tuple(_step(one) for one in about['plan'].pop('steps'))
        moments = tuple(
            SequenceMoment(Frame(rgb, depth, camera, int(stamp), 'camera', camera_pose=pose),
                   SceneTruth(objects, regions, ids), tuple(whole.tolist()), step)
            for stamp, rgb, depth, pose, ids, whole, step in zip(*arrays.values(), steps))
        return Sequence(about['name'], Plan(steps=steps, **about['plan']), moments)
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise BadInput(f'"{path}" is no sequence ({error}); remove it, and it is drawn again'
                       ) from error


def _step(plain: dict[str, Any]) -> SequenceStep:
    shifts = {int(thing): None if shift is None else build(Shift, shift)
              for thing, shift in plain.pop('shifts').items()}
    return replace(build(SequenceStep, plain), shifts=shifts)
