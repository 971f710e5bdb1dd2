# SPDX-License-Identifier: Apache-2.0
"""The camera of a bag: every moment that a sentence can be about, decoded only when it is.

Chooses the image, its depth and its intrinsics by the functions that the node uses
(`core.camera.pairing`, `core.camera.calibration`), with the times of the bag as the time of
arrival. Does not know sentences, dialogues or engines.
"""

import hashlib
import struct
from bisect import bisect_right
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reasonseg_ros.bags.reader import Bag, DamagedBag
from reasonseg_ros.bags.topics import Topics, choose
from reasonseg_ros.core.camera import calibration, compressed, pairing
from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.camera.messages import NANOSECONDS
from reasonseg_ros.core.camera.pairing import KEPT, LAG, Arrival
from reasonseg_ros.core.errors import BadInput

# As the parameters of the node are set.
SLOP = 0.02    # seconds between colour and depth of one moment
MAX_AGE = 1.0  # seconds that the newest image may be old
_STAMP_END = 12  # bytes of CDR: 4 of encapsulation, 8 of the stamp


@dataclass(frozen=True)
class Place:
    """Where a message lies in the bag; `same` counts earlier ones of its topic at that time."""

    topic: str
    time: int
    same: int


@dataclass(frozen=True, eq=False)
class Moment:
    """A sentence's moment, not yet decoded.

    time    nanoseconds by the clock of the bag
    index   of the image among all of its topic, from 0
    colour  message.place says where it is, as for `depth`
    depths  whether the camera sent depth lately, be it of this image or not
    infos   frame -> newest camera_info of it, CDR
    """

    time: int
    index: int
    colour: Arrival
    depth: Arrival | None
    depths: bool
    infos: dict[str, bytes]


class Recording:
    """The camera of an open bag.

    topics   of the camera
    start    nanoseconds of the first message of the bag; sentences count from here
    images   how many colour images there are
    size     (width, height) of the first one
    digest   SHA-256 of all camera messages and their times, the same for any storage
    trouble  why not all of the bag could be read; '' for an intact bag
    """

    def __init__(self, bag: Bag, wanted: Topics = Topics(), slop: float = SLOP) -> None:
        self._bag = bag
        self._slop = round(slop * NANOSECONDS)
        try:
            self._read(wanted)
        except DamagedBag as error:
            bag.rescue(str(error))
            self._read(wanted)
        self.trouble = bag.trouble
        if not self._colours:
            raise BadInput(f'{bag.path} has no image on {self.topics.image} that can be read; '
                           'record the camera while it publishes')
        self.size = self._first_size()
        self._rectified = bool(calibration.RECTIFIED.search(self.topics.image))

    @property
    def images(self) -> int:
        """How many colour images there are."""
        return len(self._colours)

    @property
    def first_image(self) -> float:
        """Seconds from the start to the first colour image."""
        return (self._colours[0].arrival - self.start) / NANOSECONDS

    @property
    def duration(self) -> float:
        """Seconds from the start to the last message of the camera."""
        return (self.end - self.start) / NANOSECONDS

    def at(self, seconds: float) -> Moment:
        """Return what a sentence gets that is said `seconds` after the start of the bag.

        Raises BadInput before the first image and where the newest one is older than MAX_AGE.
        """
        now = self.start + round(seconds * NANOSECONDS)
        if now < self._colours[0].arrival:
            raise BadInput(f'{seconds:g} s is before the first image, which arrives '
                           f'{self.first_image:.3f} s after the start of the bag')
        if now > self.end + MAX_AGE * NANOSECONDS:
            raise BadInput(f'{seconds:g} s is more than {MAX_AGE:g} s after the end of the '
                           f'camera, which is {self.duration:.3f} s after the start of the bag')
        last = bisect_right(self._colours, now, key=_arrival)
        colours = self._colours[max(0, last - KEPT):last]
        depths = self._until(self._depths, now)
        colour, depth = pairing.choose(colours, depths, self._slop, now)
        index = last - len(colours) + colours.index(colour)
        return Moment(now, index, colour, depth, bool(depths), self._infos_at(now))

    def image(self, index: int) -> Moment:
        """Return the moment of colour image `index`, from 0; its depth may come up to LAG later.

        Raises BadInput when there is no such image.
        """
        if not 0 <= index < self.images:
            raise BadInput(f'image {index} is not there; the bag has the images 0 to '
                           f'{self.images - 1} on {self.topics.image}')
        colour = self._colours[index]
        now = colour.arrival + LAG
        depths = self._until(self._depths, now)
        depth = pairing.companion(colour.stamp, depths, self._slop)
        return Moment(colour.arrival, index, colour, depth, bool(depths), self._infos_at(now))

    def stamped(self, stamp: int) -> Moment | None:
        """Return the moment of the image with this stamp, nanoseconds; None when there is none."""
        for index, colour in enumerate(self._colours):
            if colour.stamp == stamp:
                return self.image(index)
        return None

    def frame(self, moment: Moment) -> tuple[Frame, tuple[str, ...]]:
        """Decode a moment; also say what it lacks in space. Raises BadImage."""
        places = [a.message for a in (moment.colour, moment.depth) if a is not None]
        colour, *rest = self._fetch(places)
        missing = ''
        if moment.depths:
            advice = ('the bag is damaged' if self.trouble else
                      f'raise --slop above {self._slop / NANOSECONDS:g} s')
            missing = (f'no image of {self.topics.depth} belongs to the image, so there is no '
                       f'depth; {advice}')
        infos = {name: self._bag.message(self.topics.info, data)
                 for name, data in moment.infos.items()}
        frame, *notes = calibration.frame_of(colour, rest[0] if rest else None, missing, infos,
                                             self._rectified)
        return frame, tuple(note for note in notes if note)

    def _read(self, wanted: Topics) -> None:
        """Go through the whole bag once: times, stamps, pairs, digest."""
        self.topics = choose(self._bag, wanted)
        self.start = self.end = self._bag.start
        self._colours: list[Arrival] = []
        self._depths: list[Arrival] = []
        self._infos: list[tuple[int, str, bytes]] = []
        distinct: dict[bytes, bytes] = {}  # what a camera_info says, without its stamp
        kept: dict[str, deque[Arrival]] = {
            self.topics.image: deque(maxlen=KEPT), self.topics.depth: deque(maxlen=KEPT)}
        roles = [t for t in (self.topics.image, self.topics.depth, self.topics.info) if t]
        digests = {topic: hashlib.sha256(topic.encode()) for topic in roles}
        last: dict[str, Place] = {}
        for topic, time, data in self._bag.messages(roles):
            before = last.get(topic)
            same = before.same + 1 if before is not None and before.time == time else 0
            last[topic] = place = Place(topic, time, same)
            try:
                stamp, frame_id = _header(data)
            except (struct.error, IndexError) as error:
                raise BadInput(f'a message of {topic} at {time} ns has {len(data)} bytes, too few '
                               'for a header; the bag is damaged there') from error
            digests[topic].update(struct.pack('<qQ', time, len(data)))
            digests[topic].update(data)
            self.end = time
            if topic == self.topics.info:
                said = distinct.setdefault(bytes(data[_STAMP_END:]), bytes(data))
                self._infos.append((time, frame_id, said))
                continue
            arrived = Arrival(place, stamp, time)
            is_colour = topic == self.topics.image
            (self._colours if is_colour else self._depths).append(arrived)
            kept[topic].append(arrived)
            other = kept[self.topics.depth if is_colour else self.topics.image]
            partner = pairing.companion(stamp, other, self._slop)
            if partner is not None and not partner.paired:
                partner.paired = arrived.paired = True
                arrived.delay = 0 if is_colour else max(0, time - partner.arrival)
        # One after the other, since storages differ in the order of messages of one time.
        self.digest = hashlib.sha256(b''.join(d.digest() for d in digests.values())).hexdigest()

    def _until(self, arrived: list[Arrival], now: int) -> list[Arrival]:
        """Return the newest KEPT that have arrived."""
        last = bisect_right(arrived, now, key=_arrival)
        return arrived[max(0, last - KEPT):last]

    def _infos_at(self, now: int) -> dict[str, bytes]:
        """Return the newest camera_info of each frame, the newest one last."""
        last = bisect_right(self._infos, now, key=lambda info: info[0])
        newest: dict[str, bytes] = {}
        for _, frame_id, data in self._infos[max(0, last - KEPT):last]:
            newest.pop(frame_id, None)
            newest[frame_id] = data
        return newest

    def _fetch(self, places: list[Place]) -> list[Any]:
        """Read messages that lie near each other, in one go."""
        first, last = min(p.time for p in places), max(p.time for p in places)
        found: dict[Place, Any] = {}
        same: Counter[tuple[str, int]] = Counter()
        try:
            for topic, time, data in self._bag.messages({p.topic for p in places}, first,
                                                        last + 1):
                place = Place(topic, time, same[topic, time])
                same[topic, time] += 1
                if place in places:
                    found[place] = self._bag.message(topic, data)
        except DamagedBag as error:
            raise BadInput(f'{self._bag.path} cannot be read at {first} ns ({error}); it is '
                           'damaged there, or the file has changed') from error
        if len(found) < len(places):
            raise BadInput(f'{self._bag.path} has lost a message at {first} ns; the file has '
                           'changed while it was read')
        return [found[place] for place in places]

    def _first_size(self) -> tuple[int, int]:
        """Return the size of the first image without decoding it; (0, 0) when it is damaged."""
        message = self._fetch([self._colours[0].message])[0]
        if hasattr(message, 'format'):
            return compressed.size_of(message.data.tobytes()) or (0, 0)
        return message.width, message.height


@contextmanager
def open_recording(path: Path, wanted: Topics = Topics(),
                   slop: float = SLOP) -> Iterator[tuple[Bag, Recording]]:
    """Open a bag and go through its camera once."""
    with Bag(path) as bag:
        yield bag, Recording(bag, wanted, slop)


def _arrival(arrived: Arrival) -> int:
    return arrived.arrival


def _header(data: bytes) -> tuple[int, str]:
    """Read stamp (nanoseconds) and frame from the front of a CDR message that has a header."""
    order = '<' if data[1] & 1 else '>'
    seconds, rest, length = struct.unpack_from(f'{order}iII', data, 4)
    return seconds * NANOSECONDS + rest, bytes(data[16:15 + length]).decode(errors='replace')
