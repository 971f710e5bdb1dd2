# SPDX-License-Identifier: Apache-2.0
"""One thing as it is remembered: where its surface was, how it looked, and when it was seen.

Values only; `core.memory.world` fills and reads them. They are written as arrays of numbers beside
JSON text, and nothing is ever unpickled.
"""

import json
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from zipfile import BadZipFile

import numpy as np

from reasonseg_ros.core.dialogue.dialogue import State
from reasonseg_ros.core.errors import BadRequest
from reasonseg_ros.core.mask_input import check_image_size, from_counts
from reasonseg_ros.core.masks import Rle

VERSION = 1   # of the bytes; others are refused


@dataclass(frozen=True, eq=False)
class Sighting:
    """What is known of a thing in one frame.

    id         of the instance of the dialogue
    state      VISIBLE; OCCLUDED where it is hidden or outside the image; LOST where it is gone
    mask       bool [H, W], empty unless it is visible
    reason     one sentence
    last_seen  nanoseconds of the newest frame in which it was visible
    window     rows and columns outside which the mask is empty
    guess      whether neither depth nor a known place of the camera tells it
    """

    id: int
    state: State
    mask: np.ndarray
    reason: str
    last_seen: int
    window: tuple[slice, slice] = (slice(None), slice(None))
    guess: bool = False

    @cached_property
    def rle(self) -> Rle:
        """The mask as run lengths."""
        return Rle.encode(self.mask)


@dataclass(frozen=True, eq=False)
class ThingRecord:
    """What is remembered of a thing.

    parent_id   id of the thing that it is a part of, or 0
    points      float32 [N, 3] metres of its surface, in the frame that things are remembered in;
                without depth: (column, row, 1) in the image of the memory's key frame
    colours     float32 [N, 3], Lab of each point in the light of the memory's first frame
    descriptor  float32 [D], of its colours when it was shown
    feature     float32 [F], of an engine, or empty
    spacing     metres (pixels without depth) between neighbouring points
    level       height, along the memory's up, of what it stands on
    height      metres that it reaches above that; 0 = not known
    flat        whether the points are pixels, since no depth was known
    mask        the newest one, in the image of `last_seen`
    last_seen   nanoseconds
    state, reason  of the newest sighting
    adrift      whether the place of the points is known no more, as that of the camera was lost
    """

    id: int
    parent_id: int
    label: str
    points: np.ndarray
    colours: np.ndarray
    descriptor: np.ndarray
    feature: np.ndarray
    spacing: float
    level: float
    height: float
    flat: bool
    mask: Rle
    last_seen: int
    state: State = State.VISIBLE
    reason: str = ''
    adrift: bool = False

    @property
    def nbytes(self) -> int:
        """Memory of the arrays."""
        return sum(a.nbytes for a in (self.points, self.colours, self.descriptor, self.feature)
                   ) + len(self.mask.counts) + 512

    @cached_property
    def centre(self) -> np.ndarray:
        """Middle [3] of the box around its points."""
        middle: np.ndarray = (self.points.min(axis=0) + self.points.max(axis=0)) / 2
        return middle

    @cached_property
    def extent(self) -> float:
        """Longest side of that box."""
        return float((self.points.max(axis=0) - self.points.min(axis=0)).max())


_ARRAYS = ('points', 'colours', 'descriptor', 'feature')


def to_bytes(things: list[ThingRecord], arrays: dict[str, np.ndarray], facts: dict[str, object]
             ) -> bytes:
    """Return things, and further arrays and facts (as JSON holds them) under names of their own."""
    stored, texts = {f'_{name}': array for name, array in arrays.items()}, []
    for place, thing in enumerate(things):
        stored |= {f'{place}.{name}': getattr(thing, name) for name in _ARRAYS}
        stored[f'{place}.mask'] = np.frombuffer(thing.mask.counts, np.uint8)
        texts.append({'id': thing.id, 'parent_id': thing.parent_id, 'label': thing.label,
                      'spacing': thing.spacing, 'level': thing.level, 'height': thing.height,
                      'flat': thing.flat, 'last_seen': thing.last_seen,
                      'state': thing.state.name, 'reason': thing.reason, 'adrift': thing.adrift,
                      'size': [thing.mask.height, thing.mask.width]})
    text = json.dumps({'version': VERSION, 'things': texts, **facts})
    file = BytesIO()
    np.savez(file, text=np.frombuffer(text.encode(), np.uint8), **stored)  # type: ignore[arg-type]
    return file.getvalue()


def from_bytes(data: bytes) -> tuple[list[ThingRecord], dict[str, np.ndarray], dict[str, object]]:
    """Return what `to_bytes` was given; raises BadRequest for anything else."""
    try:
        with np.load(BytesIO(data), allow_pickle=False) as file:
            arrays = dict(file)
        facts = json.loads(arrays.pop('text').tobytes())
        if facts.pop('version') != VERSION:
            raise ValueError('it is of another version')
        things = []
        for place, one in enumerate(facts.pop('things')):
            height, width = one.pop('size')
            mask = from_counts(arrays.pop(f'{place}.mask').tobytes(),
                               *check_image_size(height, width))
            numbers = {name: arrays.pop(f'{place}.{name}') for name in _ARRAYS}
            things.append(ThingRecord(**{**one, **numbers, 'mask': mask,
                                         'state': State[one['state']]}))
        return things, {name[1:]: array for name, array in arrays.items()}, facts
    except (BadZipFile, EOFError, OSError, ValueError, LookupError, TypeError,
            AttributeError) as error:
        raise BadRequest(f'what is remembered of things cannot be read ({error}); expected version '
                         f'{VERSION} of it; name the things again') from error
