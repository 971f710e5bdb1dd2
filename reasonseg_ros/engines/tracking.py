# SPDX-License-Identifier: Apache-2.0
"""What dialogues have shown, followed into the present image: masks and states of now.

One memory of the world for each dialogue and camera; the least recently used goes first. Does not
answer and does not record (`engines.session`), and draws nothing.
"""

import logging
from collections import OrderedDict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace

import numpy as np

from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.dialogue.dialogue import Dialogue, Instance, Round, State
from reasonseg_ros.core.dialogue.store import Store
from reasonseg_ros.core.errors import BadReference, BadRequest
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.core.memory.motion import Motion, unchanged
from reasonseg_ros.core.memory.thing import Sighting
from reasonseg_ros.core.memory.world import WorldMemory

_LOG = logging.getLogger(__name__)
WORLDS = 16      # that are kept


@dataclass(eq=False)
class _Track:
    """A memory, the frame that it was asked about last, and what it said then.

    rounds  how many of the dialogue's rounds are of an earlier view
    shown   what is known of every thing where some were shown first in the view of `frame`; or ()
    """

    world: WorldMemory
    frame: Frame
    sightings: dict[int, Sighting] = field(default_factory=dict)
    rounds: int = 0
    shown: tuple[Sighting, ...] = ()


def _look(track: _Track, frame: Frame, rounds: int) -> None:
    """Look for the things of a memory in a frame, where it shows another view than the last."""
    if not unchanged(track.frame, frame):
        track.sightings = {s.id: s for s in track.world.localise(frame)}
        track.frame, track.rounds, track.shown = frame, rounds, ()


class Tracker:
    """The memories of all dialogues of a session, by dialogue and camera.

    store  where they are kept over a restart; None = nowhere
    """

    def __init__(self, store: Store | None = None) -> None:
        self._store = store
        self._tracks: OrderedDict[tuple[str, str], _Track] = OrderedDict()
        self._latest: tuple[str, Frame, Round] | None = None  # not learnt from yet

    def track(self, dialogue_id: str, frame: Frame, rounds: int) -> tuple[Sighting, ...]:
        """Return what is known of every thing of a dialogue in a frame.

        rounds  how many rounds the dialogue has about this camera
        """
        track = self._get(dialogue_id, frame.source)
        if track is None:
            return ()
        _look(track, frame, rounds)
        if set(track.world.ids) <= track.sightings.keys():
            return tuple(track.sightings.values())
        # Some were shown in this view: their rounds have masks of their own.
        if {s.id for s in track.shown} != {*track.world.ids}:
            track.shown = tuple(
                track.sightings.get(s.id, s) for s in track.world.localise(track.frame))
        return track.shown

    def _get(self, dialogue_id: str, source: str) -> _Track | None:
        """Return the track of a dialogue and camera, from the store where it is only there."""
        self.settle()
        key = dialogue_id, source
        if key in self._tracks:
            self._tracks.move_to_end(key)
            return self._tracks[key]
        data = b'' if self._store is None else self._store.remembered(dialogue_id, source)
        if not data:
            return None
        track = _Track(WorldMemory(_estimate), Frame(np.zeros((1, 1, 3), np.uint8)))
        try:
            track.world.restore(data)
        except BadRequest:   # of another version of the package: things are learnt anew
            return None
        self._keep(key, track)
        return track

    def _keep(self, key: tuple[str, str], track: _Track) -> None:
        self._tracks[key] = track
        while len(self._tracks) > WORLDS:
            self._tracks.popitem(last=False)

    def _save(self, key: tuple[str, str]) -> None:
        if self._store is not None:
            world = self._tracks[key].world if key in self._tracks else None
            self._store.remember(*key, b'' if world is None else world.to_bytes())

    def present(self, dialogue: Dialogue, frame: Frame) -> Dialogue:
        """Return a dialogue, as a camera saw it, with the masks and states that things have now.

        Rounds about this very view stay as they are; so does everything where nothing is known.
        """
        track = self._get(dialogue.id, frame.source)
        if track is None:
            return dialogue
        _look(track, frame, len(dialogue.rounds))
        if not track.rounds or not track.sightings:
            return dialogue
        now = {s.id: s for s in track.sightings.values()}
        masks = {s.id: s.rle for s in now.values() if s.state is State.VISIBLE}

        def placed(instance: Instance) -> Instance:
            seen = now.get(instance.id)
            if seen is None:
                return instance
            return replace(instance, mask=masks.get(seen.id, instance.mask), state=seen.state,
                           last_seen=seen.last_seen,
                           reason='' if seen.state is State.VISIBLE else seen.reason)
        rounds = tuple(replace(r, instances=tuple(map(placed, r.instances)))
                       if place < track.rounds else r for place, r in enumerate(dialogue.rounds))
        return Dialogue(dialogue.id, rounds, prohibitions=dialogue.prohibitions,
                        spoken_of=dialogue.spoken_of)

    def observe(self, dialogue_id: str, frame: Frame, record: Round) -> None:
        """Remember what a recorded round has shown in a frame, at `settle` or before the next use.

        It takes longer than the answer, and nobody who waits for that needs it. Raises nothing,
        since the round stands: where it fails, things are learnt anew.
        """
        self.settle()
        self._latest = dialogue_id, frame, record

    def settle(self) -> None:
        """Learn from the newest round now."""
        latest, self._latest = self._latest, None
        if latest is not None:
            self._learn(*latest)

    def _learn(self, dialogue_id: str, frame: Frame, record: Round) -> None:
        shown = [i for i in record.instances if i.state is State.VISIBLE]
        if not shown:
            return
        key = dialogue_id, frame.source
        track = self._get(*key)
        if track is None:
            track = _Track(WorldMemory(_estimate), frame)
            self._keep(key, track)
        try:
            track.world.observe(frame, shown)
            track.frame, track.shown = frame, ()
            self._save(key)
        except Exception:  # the round is recorded and answered: a fault here must not undo that
            _LOG.exception('what round %d has shown is not followed', record.index)
            self._tracks.pop(key, None)

    def likeness(self, dialogue_id: str, frame: Frame, mask: Rle, number: int) -> float:
        """Return how much a mask shows what is remembered under an id, in [0, 1]."""
        self.settle()
        track = self._tracks.get((dialogue_id, frame.source))
        return 0.0 if track is None else track.world.likeness(frame, mask, number)

    def forget(self, dialogue_id: str, kept: Iterable[Round], gone: Iterable[Round]) -> None:
        """Forget the things of a dialogue that are in none of the rounds that are kept."""
        kept, gone = tuple(kept), tuple(gone)
        for source in {r.source for r in (*kept, *gone)}:
            key = dialogue_id, source
            track, rounds = self._get(*key), [r for r in kept if r.source == source]
            if track is None:
                continue
            ids = {i.id for r in rounds for i in r.instances}
            for number in set(track.world.ids) - ids:
                track.world.forget(number)
            track.sightings = {n: s for n, s in track.sightings.items() if n in ids}
            track.rounds = min(track.rounds, len(rounds))
            if not ids:
                del self._tracks[key]
            self._save(key)

    def drop(self, dialogue_id: str, source: str, ids: Iterable[int]) -> None:
        """Follow some things no longer; they are, when they are named again."""
        track = self._get(dialogue_id, source)
        if track is None:
            return
        for number in ids:
            track.world.forget(number)
            track.sightings.pop(number, None)
        self._save((dialogue_id, source))

    def leave(self, dialogue: Dialogue, ids: Collection[int]) -> None:
        """Follow some things of a dialogue no longer, and their parts, whichever camera saw them.

        Raises BadRequest without ids, and BadReference for one that is not followed; then nothing
        has changed.
        """
        followed = {}
        for source in dict.fromkeys(r.source for r in dialogue.rounds):
            track = self._get(dialogue.id, source)
            followed[source] = () if track is None else track.world.ids
        known = dict.fromkeys(number for each in followed.values() for number in each)
        if not ids:
            raise BadRequest('no ids are given; expected some of those that are followed: '
                             + (', '.join(map(str, known)) or 'none'))
        unknown = [number for number in ids if number not in known]
        if unknown:
            raise BadReference(f'number {unknown[0]} of dialogue "{dialogue.id}" is not followed; '
                               f'followed are: {", ".join(map(str, known)) or "none"}')
        parts = [i.id for i in dialogue.instances if i.parent_id in ids]
        for source, its in followed.items():
            self.drop(dialogue.id, source, {*ids, *parts} & {*its})

    def clear(self) -> None:
        """Forget everything."""
        self._latest = None
        self._tracks.clear()


def _estimate(before: Frame, after: Frame) -> Motion | None:
    """Return the motion of a camera; where nothing changed, without a search for features."""
    if unchanged(before, after):  # every pixel agrees
        return Motion(np.eye(4), np.eye(3), before.height * before.width, 0.0)
    from reasonseg_ros.engines.motion import estimate_motion  # cv2, only where it is needed
    return estimate_motion(before, after)
