# SPDX-License-Identifier: Apache-2.0
"""Masks: COCO run-length encoding, boxes, overlaps. Numpy only.

A mask is bool [H, W] in the pixels of its source image. A box is (x0, y0, x1, y1), float pixels,
x1 and y1 exclusive. Run lengths follow the COCO format (pycocotools, Apache/BSD: column-major,
compressed counts), so files exchange with every COCO tool.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from pycocotools import mask as coco

CROPS = 64  # crops of masks that are kept: those of the things of a dialogue in one image


@dataclass(frozen=True)
class Rle:
    """A mask as compressed COCO run lengths; a few hundred bytes for an object at 640x480."""

    height: int
    width: int
    counts: bytes

    @staticmethod
    def encode(mask: np.ndarray) -> 'Rle':
        """Encode bool or 0/1 [H, W].

        Only the rows and columns that have pixels are turned to columns, which for an object at
        1080p takes a tenth of the time that the whole image takes.
        """
        height, width = mask.shape
        rows = np.flatnonzero(mask.any(axis=1))
        if not len(rows):
            return Rle._packed(height, width, np.array([height * width]))
        inside = mask[rows[0]:rows[-1] + 1]
        columns = np.flatnonzero(inside.any(axis=0))
        inside = inside[:, columns[0]:columns[-1] + 1]
        # With a zero behind each column, every run begins and ends in one.
        turned = np.zeros((inside.shape[1], inside.shape[0] + 1), bool)
        turned[:, :-1] = inside.T
        column, row = np.divmod(np.flatnonzero(np.diff(turned.ravel(), prepend=False)),
                                turned.shape[1])
        places = (column + columns[0]) * height + row + rows[0]
        # At the lower border, a run may go on at the top of the next column.
        goes_on = np.flatnonzero(places[1:-1:2] == places[2::2])
        places = np.delete(places, np.concatenate([2 * goes_on + 1, 2 * goes_on + 2]))
        counts = np.diff(places, prepend=0, append=height * width)
        return Rle._packed(height, width, counts if counts[-1] else counts[:-1])

    @staticmethod
    def _packed(height: int, width: int, counts: np.ndarray) -> 'Rle':
        """Return the mask of run lengths, outside first."""
        plain = {'size': [height, width], 'counts': counts.tolist()}
        return Rle(height, width, coco.frPyObjects(plain, height, width)['counts'])

    def decode(self) -> np.ndarray:
        """Return bool [H, W]."""
        mask = np.zeros((self.height, self.width), bool)
        (x, y, width, height), inside = crop(self)
        mask[y:y + height, x:x + width] = inside
        return mask

    def padded(self, height: int, width: int) -> 'Rle':
        """Return the mask in a larger image with the same upper left corner."""
        mask = np.zeros((height, width), bool)
        mask[:self.height, :self.width] = self.decode()
        return Rle.encode(mask)

    @property
    def area(self) -> int:
        """Pixels inside the mask."""
        return int(coco.area(self._coco()))

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Tight (x0, y0, x1, y1), x1 and y1 exclusive; all zero for an empty mask."""
        x, y, w, h = (float(v) for v in coco.toBbox(self._coco()))
        return (x, y, x + w, y + h)

    def iou(self, other: 'Rle') -> float:
        """Intersection over union; 1.0 for two empty masks."""
        if self.area == 0 and other.area == 0:
            return 1.0
        return float(coco.iou([self._coco()], [other._coco()], [0])[0, 0])

    def intersection(self, other: 'Rle') -> int:
        """Pixels that both masks, of one resolution, have."""
        return int(coco.area(coco.merge([self._coco(), other._coco()], intersect=True)))

    def covered_by(self, other: 'Rle') -> float:
        """Share of this mask's pixels that lie in `other`, in [0, 1]; 0.0 for an empty mask."""
        if self.area == 0:
            return 0.0
        return float(coco.iou([self._coco()], [other._coco()], [1])[0, 0])

    def same_size(self, other: 'Rle') -> bool:
        """Whether both masks belong to images of one resolution, so that they compare."""
        return (self.height, self.width) == (other.height, other.width)

    def _coco(self) -> dict[str, Any]:
        return {'size': [self.height, self.width], 'counts': self.counts}


def merge(masks: Sequence[Rle]) -> Rle:
    """Return the pixels that lie in any of the masks: at least one mask, all of one resolution."""
    merged = coco.merge([mask._coco() for mask in masks], intersect=False)
    return Rle(masks[0].height, masks[0].width, merged['counts'])


def union(masks: Iterable[Rle], height: int, width: int) -> np.ndarray:
    """Return bool [H, W]: pixels that lie in any of the masks, all of that resolution."""
    merged = np.zeros((height, width), bool)
    for mask in masks:
        (x, y, w, h), inside = crop(mask)
        merged[y:y + h, x:x + w] |= inside
    return merged


@lru_cache(maxsize=CROPS)
def crop(mask: Rle) -> tuple[tuple[int, int, int, int], np.ndarray]:
    """Return ((x, y, width, height), bool [height, width]): the tight box and what it holds.

    The box is in whole pixels; an empty mask gives (0, 0, 0, 0) and an array of shape [0, 0]. Only
    the columns of the box are unpacked: for an object at 1080p that is ten times faster than to
    decode the whole image. The array cannot be written: box, grasp and message of a mask share it.
    """
    x0, y0, x1, y1 = (int(v) for v in mask.box)
    ends = np.cumsum(run_lengths(mask.counts))
    lengths = np.diff(np.clip(ends, x0 * mask.height, x1 * mask.height),
                      prepend=x0 * mask.height)
    columns = np.repeat(np.arange(len(lengths)) % 2 == 1, lengths)
    inside = np.ascontiguousarray(columns.reshape(x1 - x0, mask.height)[:, y0:y1].T)
    inside.flags.writeable = False
    return (x0, y0, x1 - x0, y1 - y0), inside


def run_lengths(counts: bytes) -> np.ndarray:
    """Unpack compressed COCO counts: int64 [R], lengths of runs outside, inside, outside, ...

    Each number is written in characters of 5 bits, the lowest first, as its difference to the
    number two places before (from the fourth on); see rleFrString in the COCO API.
    """
    chars = np.frombuffer(counts, np.uint8).astype(np.int64) - 48
    last = chars & 0x20 == 0  # of its number
    number = np.cumsum(last) - last
    begin = np.flatnonzero(np.diff(number, prepend=-1))
    place = 5 * (np.arange(len(chars)) - begin[number])
    values = np.add.reduceat((chars & 0x1f) << place, begin)
    negative = chars[last] & 0x10 != 0
    values[negative] -= np.int64(1) << (place[last][negative] + 5)
    values[1::2] = np.cumsum(values[1::2])
    values[2::2] = np.cumsum(values[2::2])
    return values
