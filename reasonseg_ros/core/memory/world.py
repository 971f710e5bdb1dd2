# SPDX-License-Identifier: Apache-2.0
"""What a dialogue has shown, kept as things in space: found again in every later frame, or not.

A thing is predicted where its surface was, and judged by what is measured there
(`core.memory.referee`): seen, hidden or gone. What is gone is looked for among what stands around
(`core.memory.segments`); parts follow their owner. The memory is bounded, and erased by `forget`.

Knows no words and no engines, and does not find the motion of a camera in images: a frame brings
its `camera_pose`, or the caller a function that estimates motion. One thread at a time.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import replace

import numpy as np

from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.dialogue.dialogue import Instance, State
from reasonseg_ros.core.geometry.points import lift
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.core.memory.appearance import linear, similarity
from reasonseg_ros.core.memory.judge import judge, unseen
from reasonseg_ros.core.memory.motion import Estimate, transform
from reasonseg_ros.core.memory.near_view import NearView, with_view
from reasonseg_ros.core.memory.outline import outline
from reasonseg_ros.core.memory.referee import AGREES, Comparison, Vantage, compare, compare_all
from reasonseg_ros.core.memory.segments import Support, find, segments, support_of
from reasonseg_ros.core.memory.standpoint import NO_FRAME, Standpoint
from reasonseg_ros.core.memory.surface import (
    FEWEST,
    described,
    joined,
    moved_by,
    record_of,
    surface_of,
)
from reasonseg_ros.core.memory.surroundings import NOTHING, Surroundings, claims_of, surroundings_of
from reasonseg_ros.core.memory.thing import Sighting, ThingRecord, from_bytes, to_bytes

THINGS = 64         # that are remembered; the one not seen for longest goes first
BACKDROP = 600      # points of the surroundings, which tell how the light changes
STILL = 0.02        # metres within which a segment is one that was there before
TURNED = 0.14       # radians of view after which more of a thing's surface is remembered


class WorldMemory:
    """The things of one dialogue and one camera.

    estimate  finds the motion between two frames where they bring no `camera_pose`; without it,
              such a camera counts as standing still
    """

    def __init__(self, estimate: Estimate | None = None) -> None:
        self._estimate = estimate
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self._place = Standpoint(self._estimate)
        self._things: dict[int, ThingRecord] = {}
        self._support: Support | None = None
        self._others: np.ndarray = np.zeros((0, 3), np.float32)  # middles of what is no thing
        self._around = NOTHING
        self._views: dict[int, np.ndarray] = {}   # from where each thing was remembered
        self._near: dict[int, NearView] = {}   # the view that showed it from nearest

    @property
    def ids(self) -> tuple[int, ...]:
        """Ids of all things, the one shown first first."""
        return tuple(self._things)

    @property
    def nbytes(self) -> int:
        """Approximate memory."""
        arrays = *self._place.backdrop, self._around.points, self._around.colours
        kept: tuple[ThingRecord | NearView, ...] = (*self._things.values(), *self._near.values())
        return sum(one.nbytes for one in kept) + sum(array.nbytes for array in arrays)

    @property
    def note(self) -> str:
        """How the newest frame's place was found, where there is something to say."""
        return self._place.note

    @property
    def _placed(self) -> list[ThingRecord]:
        """Things whose place is known."""
        return [thing for thing in self._things.values() if not thing.adrift]

    def thing(self, number: int) -> ThingRecord | None:
        """Return what is remembered under an id; None where nothing is."""
        return self._things.get(number)

    def forget(self, number: int) -> None:
        """Forget a thing; of the last one, everything else too. An unknown id is no error."""
        self._things.pop(number, None)
        self._views.pop(number, None)
        self._near.pop(number, None)
        if not self._things:
            self.clear()

    def copied(self) -> 'WorldMemory':
        """Return the same memory, which later changes of this one leave alone."""
        other = copy(self)
        other._things, other._views = dict(self._things), dict(self._views)
        other._near = dict(self._near)
        other._place = self._place.copied()
        return other

    def to_bytes(self) -> bytes:
        """Return everything that outlives the process."""
        support = self._support
        places, lights = self._place.backdrop
        arrays = {'others': self._others, 'places': places, 'lights': lights,
                  'around': self._around.points, 'hues': self._around.colours}
        if support is not None:
            arrays['up'] = support.up
        if self._place.vantage is not None:
            arrays['pose'] = self._place.vantage.pose
        facts: dict[str, object] = {'level': 0.0 if support is None else support.level,
                                    'told': self._place.told, 'spacing': self._around.spacing}
        return to_bytes(list(self._things.values()), arrays, facts)

    def restore(self, data: bytes) -> None:
        """Replace everything by what `to_bytes` returned; raises BadRequest for other bytes.

        Where no pose of the camera comes with frames, it counts as where it was.
        """
        things, arrays, facts = from_bytes(data)
        self.clear()
        self._things = {thing.id: thing for thing in things}
        self._others = arrays['others']
        self._place.backdrop = arrays['places'], arrays['lights']
        self._place.told = bool(facts['told'])
        if 'around' in arrays:
            self._around = Surroundings(arrays['around'], arrays['hues'],
                                        float(str(facts['spacing'])))
        if 'up' in arrays:
            self._support = Support(arrays['up'], float(str(facts['level'])))
        if 'pose' in arrays:
            self._place.vantage = Vantage(NO_FRAME, arrays['pose'], np.ones(3, np.float32))

    def observe(self, frame: Frame, instances: Iterable[Instance],
                features: Mapping[int, np.ndarray] | None = None) -> None:
        """Remember instances whose masks are of this frame; of a known id, as it is now.

        features  float32 [F] of an engine by id, of things that it can describe
        """
        for _ in self.observing(frame, instances, features):
            pass

    def observing(self, frame: Frame, instances: Iterable[Instance],
                  features: Mapping[int, np.ndarray] | None = None,
                  before: Callable[[Instance], None] = lambda _: None) -> Iterator[None]:
        """Do what `observe` does in steps of a few milliseconds; after the last it is done.

        before  called with each instance before it is remembered
        """
        chosen = [i for i in instances if i.mask.area > 0
                  and (i.mask.height, i.mask.width) == (frame.height, frame.width)]
        if not chosen:
            return
        vantage = self._stand(frame)
        if vantage is None:   # nobody knows where the camera is: places begin anew here
            things = {n: replace(thing, adrift=True) for n, thing in self._things.items()}
            self.clear()
            self._things = things
            vantage = self._stand(frame)
            assert vantage is not None
        elif vantage.homography is None:
            self._things = {n: replace(thing, adrift=True) if thing.flat else thing
                            for n, thing in self._things.items()}
            vantage = self._place.begin(vantage)
        self._support = support_of(vantage, [i.mask for i in chosen]) or self._support
        yield
        for instance in chosen:
            before(instance)
            self._remember(instance, vantage, (features or {}).get(instance.id))
            yield
        yield from self._surround(vantage)
        while len(self._things) > THINGS:
            self.forget(min(self._things.values(), key=lambda t: t.last_seen).id)

    def _remember(self, instance: Instance, vantage: Vantage, feature: np.ndarray | None) -> None:
        """Keep the surface, colours and size of what a mask shows."""
        self._things[instance.id] = record_of(
            instance, vantage, self._support, self._things.get(instance.id), feature)
        self._views[instance.id] = vantage.pose[:3, 3]
        self._near = with_view(self._near, instance, vantage)

    def _surround(self, vantage: Vantage) -> Iterator[None]:
        """Keep what surrounds the things: surfaces for the light, and what else stands there."""
        depth, camera, frame = vantage.depth, vantage.frame.camera, vantage.frame
        if depth is None or camera is None:
            return
        free = np.ones(depth.shape, bool)
        now = [t for t in self._things.values() if t.last_seen == frame.stamp
               and (t.mask.height, t.mask.width) == depth.shape]
        for thing in now:
            free &= ~thing.mask.decode()
        # Those that nobody has looked for in this frame may be in view all the same.
        free &= claims_of([t for t in self._placed if t not in now], compare_all(
            self._placed, vantage), vantage, NOTHING) == 0
        yield
        known = np.flatnonzero(np.isfinite(depth) & free)
        if len(known) >= BACKDROP // 4:
            rows, columns = np.divmod(known[np.linspace(0, len(known) - 1, BACKDROP).astype(int)],
                                      depth.shape[1])
            places = transform(lift(rows, columns, depth[rows, columns], camera), vantage.pose)
            self._place.backdrop = places, linear(frame.rgb[rows, columns]) / vantage.gain
        self._around = surroundings_of(vantage, free, now)
        yield
        if self._support is not None:
            found = segments(vantage, self._support, free)
            self._others = np.array([one.points.mean(axis=0) for one in found],
                                    np.float32).reshape(-1, 3)

    def likeness(self, frame: Frame, mask: Rle, number: int) -> float:
        """Return how much a mask in a frame shows what is remembered under an id, in [0, 1]."""
        thing, vantage = self._things.get(number), self._stand(frame)
        if thing is None or vantage is None or not mask.area:
            return 0.0
        pixels = mask.decode()
        seen = described(pixels, vantage)
        points = surface_of(pixels, vantage)[0]
        size = 1.0
        if len(points) >= FEWEST and not thing.flat:
            extents = (float(np.linalg.norm(np.percentile(p, 97, axis=0)
                                            - np.percentile(p, 3, axis=0)))
                       for p in (points, thing.points))
            one, two = sorted(extents)
            size = one / max(two, 1e-6)
        return similarity(seen, thing.descriptor) * min(1.0, 1.2 * size)

    def nearest(self, frame: Frame, number: int) -> NearView | None:
        """Return the view that showed a thing from nearest; None where none is kept, or it is that
        of a frame, or where the frame was taken is not known."""
        near, vantage = self._near.get(number), self._stand(frame)
        return near if near and vantage and near.elsewhere(vantage) else None

    def carried(self, frame: Frame, near: NearView, part: Rle, owner: Rle) -> Rle | None:
        """Return the mask in a frame of a part that was found in a view; as in `NearView`."""
        vantage = self._stand(frame)
        return None if vantage is None else near.carried(part, vantage, self._support, owner)

    def localise(self, frame: Frame) -> tuple[Sighting, ...]:
        """Return what is known of every thing in a frame, in the order of `ids`."""
        if not self._things:
            return ()
        vantage = self._stand(frame)
        shape = frame.height, frame.width
        sightings: dict[int, Sighting] = {}
        for number, thing in self._things.items():
            if vantage is None or thing.adrift or (thing.flat and vantage.homography is None):
                sightings[number] = unseen(thing, State.OCCLUDED, (
                    f'from where number {number} ({thing.label}) was seen is not known any more, '
                    'so neither is where it is') if thing.adrift else (
                    'where the camera looks now is not known'), shape, guess=True)
        if vantage is None:
            return tuple(sightings.values())
        told = compare_all([t for n, t in self._things.items() if n not in sightings], vantage)
        free = np.ones(shape, bool)
        wholes = [self._things[n] for n in told if self._things[n].parent_id not in told]
        # What surely is where it was comes first: its pixels are nobody else's.
        wholes.sort(key=lambda t: -told[t.id].share(AGREES) * told[t.id].alike)
        claims = claims_of(wholes, told, vantage, self._around)
        gone = []
        for thing in wholes:
            seen = judge(thing, told[thing.id], vantage, self._support,
                         free & ((claims == 0) | (claims == thing.id)))
            sightings[thing.id] = seen
            if seen.state is State.LOST:
                gone.append(thing)
            free[seen.window] &= ~seen.mask[seen.window]
        moved = self._search(gone, vantage, free, sightings)
        everywhere = np.ones(shape, bool)
        for number in told:
            if number not in sightings:
                sightings[number] = self._follow(self._things[number], told, moved, sightings,
                                                 vantage, everywhere)
        for number, thing in list(self._things.items()):
            self._keep(thing, sightings[number], vantage)
        return tuple(sightings[number] for number in self._things)

    def _search(self, gone: Sequence[ThingRecord], vantage: Vantage, free: np.ndarray,
                sightings: dict[int, Sighting]) -> dict[int, np.ndarray]:
        """Look for things that are gone; return the rigid motion of each that was found."""
        moved: dict[int, np.ndarray] = {}
        gone = [t for t in gone if not t.flat]
        if not gone or self._support is None or vantage.depth is None:
            return moved
        around = segments(vantage, self._support, free)
        new = [s for s in around if not len(self._others) or np.linalg.norm(
            self._others - s.points.mean(axis=0), axis=1).min() > STILL]
        fits = []
        for thing in gone:
            found, why = find(thing, new, vantage, self._support)
            if found is not None:
                fits.append((found.score, thing.id, found))
            else:
                old = sightings[thing.id]
                sightings[thing.id] = replace(old, reason=f'{old.reason}, and {why}')
        taken: list[object] = []
        for _, number, found in sorted(fits, key=lambda f: -f[0]):
            if found.segment in taken:
                continue
            taken.append(found.segment)
            thing = moved_by(self._things[number], found.pose, self._support)
            told = compare(thing, vantage)
            mask, window = outline(thing, told, vantage, self._support.up, free)
            if not mask[window].any():
                continue
            moved[number] = found.pose
            self._things[number] = thing
            if number in self._near:
                self._near[number] = self._near[number].moved(found.pose)
            free[window] &= ~mask[window]
            sightings[number] = Sighting(number, State.VISIBLE, mask, f'number {number} '
                                         f'({thing.label}) was moved, and is found again',
                                         vantage.frame.stamp, window)
        return moved

    def _follow(self, part: ThingRecord, known: Mapping[int, Comparison],
                moved: Mapping[int, np.ndarray], sightings: Mapping[int, Sighting],
                vantage: Vantage, free: np.ndarray) -> Sighting:
        """Say where a part is, whose owner has been judged."""
        shape = vantage.frame.height, vantage.frame.width
        owner = sightings[part.parent_id]
        if part.parent_id in moved:
            part = self._things[part.id] = moved_by(part, moved[part.parent_id], self._support)
        if owner.state is State.LOST:
            return unseen(part, State.LOST, f'number {part.id} ({part.label}) is part of '
                                f'number {owner.id}, which is lost', shape)
        told = compare(part, vantage) if part.parent_id in moved else known[part.id]
        seen = judge(part, told, vantage, self._support, free)
        if seen.state is State.VISIBLE and owner.state is State.VISIBLE and not part.flat:
            mask = seen.mask[seen.window]
            inside = mask & owner.mask[seen.window]
            # What sticks out of the owner's mask is more often the owner's fault than the part's.
            if np.count_nonzero(inside) > 0.5 * np.count_nonzero(mask):
                mask[...] = inside
            return seen
        if seen.state is State.LOST:   # the owner is there, so the part is, on its far side perhaps
            return unseen(part, State.OCCLUDED, f'number {part.id} ({part.label}) is on a '
                                f'side of number {owner.id} that is not seen', shape)
        return seen

    def _keep(self, thing: ThingRecord, seen: Sighting, vantage: Vantage) -> None:
        """Keep a sighting, and what it shows of a thing's surface that was not known."""
        thing = self._things[thing.id]
        if seen.state is not State.VISIBLE:
            self._things[thing.id] = replace(thing, state=seen.state, reason=seen.reason)
            return
        thing = replace(thing, state=seen.state, reason=seen.reason, mask=seen.rle,
                        last_seen=seen.last_seen)
        if not thing.flat and vantage.depth is not None and not thing.parent_id and (
                self._turned(thing, vantage)):
            points, colours, _ = surface_of(seen.mask, vantage)
            if len(points) >= FEWEST:
                points, colours = joined(thing, points, colours, vantage)
                thing = replace(thing, points=points, colours=colours)
                self._views[thing.id] = vantage.pose[:3, 3]
        self._things[thing.id] = thing

    def _turned(self, thing: ThingRecord, vantage: Vantage) -> bool:
        """Whether a thing is seen from a clearly other side than when it was remembered last."""
        before = self._views.get(thing.id)
        if before is None:
            return True
        one, two = before - thing.centre, vantage.pose[:3, 3] - thing.centre
        cosine = one @ two / max(1e-9, float(np.linalg.norm(one) * np.linalg.norm(two)))
        return bool(cosine < np.cos(TURNED))

    def _stand(self, frame: Frame) -> Vantage | None:
        """Return from where a frame was taken; None where that is not known."""
        flat = any(thing.flat and not thing.adrift for thing in self._things.values())
        vantage = self._place.stand(frame, flat)
        if self._place.change is not None:
            self._anchor(self._place.change)
            self._place.change = None
        return vantage

    def _anchor(self, change: np.ndarray) -> None:
        """Take everything to another frame, now that poses are known: a rigid change [4, 4]."""
        for number, thing in self._things.items():
            if not (thing.flat or thing.adrift):
                self._things[number] = replace(thing, points=transform(thing.points, change))
        self._near = {n: near.moved(change) for n, near in self._near.items()}
        self._views = {n: change[:3, :3] @ v + change[:3, 3] for n, v in self._views.items()}
        place = self._place
        place.backdrop = transform(place.backdrop[0], change), place.backdrop[1]
        self._others = transform(self._others, change)
        self._around = replace(self._around, points=transform(self._around.points, change))
        if self._support is not None:
            up = change[:3, :3] @ self._support.up
            shift = float(up @ change[:3, 3])
            self._support = Support(up, self._support.level + shift)
            self._things = {n: replace(t, level=t.level + shift) for n, t in self._things.items()}
