# SPDX-License-Identifier: Apache-2.0
"""What dialogues have shown, followed into the present image: masks and states of now.

One memory of the world for each dialogue and camera; the least recently used goes first. Does not
answer and does not record (`engines.session`), and draws nothing.
"""

import logging
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.dialogue.dialogue import Dialogue, Instance, Round, State
from reasonseg_ros.core.dialogue.store import Store
from reasonseg_ros.core.errors import BadReference, BadRequest
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.core.memory.motion import Motion, unchanged
from reasonseg_ros.core.memory.standpoint import NO_FRAME
from reasonseg_ros.core.memory.thing import Sighting
from reasonseg_ros.core.memory.world import WorldMemory
from reasonseg_ros.engines.track import Lesson, Track

if TYPE_CHECKING:
    from reasonseg_ros.engines.video import VideoTracker  # torch, where it is there

_DONE = object()
_LOG = logging.getLogger(__name__)
WORLDS = 16      # that are kept
UNDONE = 4       # rounds that are taken back as though they had never been
LESSONS, RECORDS = 4, 8   # that wait until nobody does, and rounds that one is about, at most
SAME = 0.5       # IoU below which what was followed is not where depth tells it to be


def _blank() -> Track:
    """Return a track that has seen no image, so that every one shows another view."""
    return Track(WorldMemory(_estimate), NO_FRAME)


class Tracker:
    """The memories of all dialogues of a session, by dialogue and camera.

    store  where they are kept over a restart; None = nowhere
    video  follows things through images, for where neither depth nor a known place of the camera
           tells where they are; None = nothing does
    """

    def __init__(self, store: Store | None = None, video: 'VideoTracker | None' = None) -> None:
        self._store, self._video = store, video
        self._tracks: OrderedDict[tuple[str, str], Track] = OrderedDict()
        self._lessons: list[Lesson] = []

    def track(self, dialogue: Dialogue, frame: Frame) -> tuple[Sighting, ...]:
        """Return what is known of every thing of a dialogue, as a camera saw it, in a frame."""
        track = self._get(dialogue.id, frame.source) if self._begun(dialogue, frame) else None
        if track is None:
            return ()
        self._look(track, frame, len(dialogue.rounds))
        if set(track.world.ids) <= track.sightings.keys():
            return tuple(track.sightings.values())
        # Some were shown in this view: their rounds have masks of their own.
        if {s.id for s in track.shown} != {*track.world.ids}:
            track.shown = tuple(
                track.sightings.get(s.id, s) for s in track.world.localise(track.frame))
        return track.shown

    def _look(self, track: Track, frame: Frame, rounds: int) -> None:
        """Look for the things of a memory in a frame, where it shows another view than the last."""
        if unchanged(track.frame, frame):
            return
        track.sightings = {s.id: s for s in track.world.localise(frame)}
        if self._video is not None:
            self._follow(track, frame, self._video.kind)
        track.frame, track.rounds, track.shown = frame, rounds, ()
        track.view += 1

    def _follow(self, track: Track, frame: Frame, kind: str) -> None:
        """Look where things went in the images; that counts where the memory only guesses."""
        known = () if track.video is None else track.video.ids
        visible = {s.id: s for s in track.sightings.values() if s.state is State.VISIBLE}
        sure = {n: s.mask for n, s in visible.items() if not s.guess}
        found = self._in_images(track, frame, {n: s.mask for n, s in visible.items() if not known}
                                or {n: mask for n, mask in sure.items()
                                    if n not in known or n in track.strayed})
        track.strayed = frozenset(n for n, mask in sure.items() if _iou(
            mask, found.get(n, np.zeros_like(mask))) < SAME)
        for number, mask in found.items():
            seen = track.sightings.get(number)
            thing = track.world.thing(number)
            if seen is not None and thing is not None and seen.guess:
                track.sightings[number] = replace(
                    seen, state=State.VISIBLE, mask=mask, last_seen=frame.stamp,
                    window=(slice(None), slice(None)), reason=f'number {number} ({thing.label}) '
                    f'was followed through the images by {kind}')

    def _in_images(self, track: Track, frame: Frame, shown: dict[int, np.ndarray]
                   ) -> dict[int, np.ndarray]:
        """Follow through one more image; a fault ends that for good, and costs nothing else."""
        if self._video is None:
            return {}
        try:
            track.video = track.video or self._video.begin()
            return track.video.follow(frame.rgb, shown)
        except Exception:  # it is not needed for an answer, and must not cost one
            _LOG.exception('%s follows nothing any more, until the node is configured again',
                           self._video.kind)
            self._video = track.video = None
            return {}

    def _begun(self, dialogue: Dialogue, frame: Frame) -> bool:
        """Whether a camera saw a dialogue; where not, nothing of an earlier one of that name is
        followed."""
        if not dialogue.rounds:
            key = dialogue.id, frame.source
            self._lessons = [lesson for lesson in self._lessons if lesson.key != key]
            self._tracks.pop(key, None)
        return bool(dialogue.rounds)

    def _get(self, dialogue_id: str, source: str) -> Track | None:
        """Return the track of a dialogue and camera, from the store where it is only there."""
        self.settle()
        return self._find((dialogue_id, source))

    def _find(self, key: tuple[str, str]) -> Track | None:
        """Return a track as it is, also while something waits to be learnt."""
        if key in self._tracks:
            self._tracks.move_to_end(key)
            return self._tracks[key]
        data = b'' if self._store is None else self._store.remembered(*key)
        if not data:
            return None
        track = _blank()
        try:
            track.world.restore(data)
        except BadRequest:   # of another version of the package: things are learnt anew
            return None
        self._keep(key, track)
        return track

    def _keep(self, key: tuple[str, str], track: Track) -> None:
        self._tracks[key] = track
        while len(self._tracks) > WORLDS:
            self._tracks.popitem(last=False)

    def _save(self, key: tuple[str, str]) -> None:
        if self._store is not None:
            world = self._tracks[key].world if key in self._tracks else None
            self._store.remember(*key, b'' if world is None else world.to_bytes())

    def present(self, dialogue: Dialogue, frame: Frame) -> Dialogue:
        """Return a dialogue, as a camera saw it, with the masks and states that things have now.

        Rounds about this very view stay as they are. Of what earlier ones showed and is not
        followed, the mask stays too, as that of a thing that is not in view.
        """
        if not self._begun(dialogue, frame):
            return dialogue
        key = dialogue.id, frame.source
        if self._still(key, frame):   # what waits to be learnt changes nothing here
            track = self._find(key)
        else:
            track = self._get(*key)
            if track is None:   # nobody knows of which view the rounds are
                track = _blank()
                self._keep(key, track)
            self._look(track, frame, len(dialogue.rounds))
        if track is None or not track.rounds:
            return dialogue
        now = track.sightings
        masks = {s.id: s.rle for s in now.values() if s.state is State.VISIBLE}
        stamps = {i.id: r.stamp for r in dialogue.rounds for i in r.instances}

        def placed(instance: Instance) -> Instance:
            seen = now.get(instance.id)
            if seen is None:
                return replace(
                    instance, state=State.OCCLUDED, last_seen=stamps[instance.id],
                    reason=f'number {instance.id} ({instance.label}) is not followed any more; '
                           'name it and I look for it')
            return replace(instance, mask=masks.get(seen.id, instance.mask), state=seen.state,
                           last_seen=seen.last_seen,
                           reason='' if seen.state is State.VISIBLE else seen.reason)
        rounds = tuple(replace(r, instances=tuple(map(placed, r.instances)))
                       if place < track.rounds else r for place, r in enumerate(dialogue.rounds))
        return Dialogue(dialogue.id, rounds, prohibitions=dialogue.prohibitions,
                        spoken_of=dialogue.spoken_of)

    def _still(self, key: tuple[str, str], frame: Frame) -> bool:
        """Whether a frame shows the view from which something waits to be learnt."""
        newest = next((one for one in reversed(self._lessons) if one.key == key), None)
        return (newest is not None and self._video is None and unchanged(newest.newest, frame))

    def observe(self, dialogue_id: str, frame: Frame, record: Round) -> None:
        """Remember what a recorded round has shown in a frame, at `settle` or before it is needed.

        It takes longer than the answer, and nobody who waits for that needs it. Rounds of one view
        are learnt from together. Raises nothing, since the round stands: where it fails, things are
        learnt anew.
        """
        key, last = (dialogue_id, frame.source), self._lessons[-1] if self._lessons else None
        if (last is not None and last.key == key and last.steps is None and self._video is None
                and len(last.records) < RECORDS and unchanged(last.first, frame)):
            last.newest = frame
            last.records.append(record)
        else:
            self._lessons.append(Lesson(key, frame, frame, [record]))
        self.settle(lambda: True)

    def settle(self, busy: Callable[[], bool] = lambda: False) -> None:
        """Learn from the newest rounds now; while others wait (`busy`), from the oldest only, where
        there are more than LESSONS."""
        while self._lessons and (len(self._lessons) > LESSONS or not busy()):
            lesson = self._lessons[0]
            lesson.steps = lesson.steps or self._learn(lesson)
            if next(lesson.steps, _DONE) is _DONE:
                self._lessons.remove(lesson)

    def _learn(self, lesson: Lesson) -> Iterator[None]:
        """Learn in steps of a few milliseconds."""
        of = {id(i): record for record in lesson.records for i in record.instances
              if i.state is State.VISIBLE}
        shown = [i for record in lesson.records for i in record.instances if id(i) in of]
        if not shown:
            return
        key, frame = lesson.key, lesson.newest
        track = self._find(key)
        if track is None:
            track = Track(WorldMemory(_estimate), frame)
            self._keep(key, track)

        def before(instance: Instance) -> None:
            index = of[id(instance)].index
            if index not in track.before:
                track.before = {**dict(list(track.before.items())[1 - UNDONE:]), index: (
                    track.world.copied(), track.view, {**track.sightings})}
        try:
            before(shown[0])
            yield from track.world.observing(frame, shown, before=before)
            track.frame, track.shown = frame, ()
            if self._video is not None:
                self._in_images(track, frame, {i.id: i.mask.decode() for i in shown if (
                    i.mask.height, i.mask.width) == (frame.height, frame.width)})
            self._save(key)
        except Exception:  # the round is recorded and answered: a fault here must not undo that
            _LOG.exception('what round %d has shown is not followed', lesson.records[-1].index)
            self._tracks[key] = Track(WorldMemory(_estimate), frame, rounds=track.rounds)

    def world(self, dialogue_id: str, frame: Frame) -> WorldMemory | None:
        """Return the memory of what the camera of a frame has seen; None where there is none."""
        self.settle()
        track = self._tracks.get((dialogue_id, frame.source))
        return None if track is None else track.world

    def likeness(self, dialogue_id: str, frame: Frame, mask: Rle, number: int) -> float:
        """Return how much a mask shows what is remembered under an id, in [0, 1]."""
        world = self.world(dialogue_id, frame)
        return 0.0 if world is None else world.likeness(frame, mask, number)

    def forget(self, dialogue_id: str, kept: Iterable[Round], gone: Iterable[Round]) -> None:
        """Forget the things of a dialogue that are in none of the rounds that are kept."""
        kept, gone = tuple(kept), tuple(gone)
        for source in {r.source for r in (*kept, *gone)}:
            key = dialogue_id, source
            track, rounds = self._get(*key), [r for r in kept if r.source == source]
            if track is None:
                continue
            ids = {i.id for r in rounds for i in r.instances}
            over = [r for r in gone if r.source == source]
            if over:
                track.take_back(over[0].index, ids & {i.id for r in over for i in r.instances})
            for number in set(track.world.ids) - ids:
                track.world.forget(number)
            track.sightings = {n: s for n, s in track.sightings.items() if n in ids}
            track.rounds = min(track.rounds, len(rounds))
            self._follow_anew(track)
            if not ids:
                del self._tracks[key]
            self._save(key)

    def drop(self, dialogue: Dialogue, ids: Collection[int]) -> None:
        """Follow some things of a dialogue no longer, nor their parts, whichever camera saw them;
        they are, when they are named again."""
        gone = {*ids, *(i.id for i in dialogue.instances if i.parent_id in ids)}
        for source in {r.source for r in dialogue.rounds}:
            track = self._get(dialogue.id, source)
            if track is None or not gone & {*track.world.ids}:
                continue
            for number in gone & {*track.world.ids}:
                track.world.forget(number)
                track.sightings.pop(number, None)
            self._follow_anew(track)
            self._save((dialogue.id, source))

    def _follow_anew(self, track: Track) -> None:
        """Follow the things that are left, as they were in the newest frame, and nothing else."""
        if self._video is None:
            return
        track.video, track.strayed = None, frozenset()
        shape = track.frame.height, track.frame.width
        things = [t for t in map(track.world.thing, track.world.ids) if t is not None]
        masks = {t.id: t.mask.decode() for t in things if t.state is State.VISIBLE
                 and t.last_seen == track.frame.stamp and (t.mask.height, t.mask.width) == shape}
        self._in_images(track, track.frame, {**masks, **{
            s.id: s.mask for s in track.sightings.values() if s.state is State.VISIBLE}})

    def leave(self, dialogue: Dialogue, ids: Collection[int]) -> None:
        """Follow some things of a dialogue no longer, and their parts, whichever camera saw them.

        Raises BadRequest without ids, and BadReference for one that is not followed; then nothing
        has changed.
        """
        tracks = (self._get(dialogue.id, source)
                  for source in dict.fromkeys(r.source for r in dialogue.rounds))
        known = dict.fromkeys(number for t in tracks if t is not None for number in t.world.ids)
        if not ids:
            raise BadRequest('no ids are given; expected some of those that are followed: '
                             + (', '.join(map(str, known)) or 'none'))
        if unknown := [number for number in ids if number not in known]:
            raise BadReference(f'number {unknown[0]} of dialogue "{dialogue.id}" is not followed; '
                               f'followed are: {", ".join(map(str, known)) or "none"}')
        self.drop(dialogue, ids)

    def clear(self) -> None:
        """Forget everything."""
        self._lessons.clear()
        self._tracks.clear()


def _iou(one: np.ndarray, other: np.ndarray) -> float:
    whole = int(np.count_nonzero(one | other))
    return np.count_nonzero(one & other) / whole if whole else 1.0


def _estimate(before: Frame, after: Frame) -> Motion | None:
    """Return the motion of a camera; where nothing changed, without a search for features."""
    if unchanged(before, after):  # every pixel agrees
        return Motion(np.eye(4), np.eye(3), before.height * before.width, 0.0)
    from reasonseg_ros.engines.motion import estimate_motion  # cv2, only where it is needed
    return estimate_motion(before, after)
