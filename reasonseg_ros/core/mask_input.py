# SPDX-License-Identifier: Apache-2.0
"""The one way in for masks from outside: polygons and run lengths, checked before anything else.

pycocotools is native code that believes what it is given: a NaN corner, a count too many or a text
that ends in the middle of a number crash it, make it hang or fill the memory. So annotation files,
scripts, results and stores all come through here. What cannot be a mask raises ValueError with
what was found and what was expected; whoever calls knows the file and the field.

Knows no file format and no field names.
"""

import math
from collections.abc import Sequence

import numpy as np
from pycocotools import mask as coco

from reasonseg_ros.core.masks import Rle, run_lengths

MOST_PIXELS = 50_000_000     # of an image that masks are drawn on
REACH = 4                    # longest sides of the image that a corner may lie outside
LONGEST = 2_000_000          # pixels of outline that one mask may have; drawing takes its memory
_DIGITS = 7                  # characters of a packed number that fit 32 bits
_FIRST, _LAST = ord('0'), ord('o')


def check_image_size(height: object, width: object) -> tuple[int, int]:
    """Return (height, width) of an image that a file states. Raises ValueError."""
    for value in (height, width):
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise ValueError(f'found the size {height!r} x {width!r} (height x width), expected '
                             'two whole numbers above 0')
    assert isinstance(height, int) and isinstance(width, int)
    if height * width > MOST_PIXELS:
        raise ValueError(f'found a size of {width}x{height}, expected at most {MOST_PIXELS} pixels')
    return height, width


def from_counts(counts: object, height: int, width: int) -> Rle:
    """Return the mask of COCO run lengths: a list of whole numbers, or packed text or bytes.

    The counts must cover the image exactly. Raises ValueError.
    """
    height, width = check_image_size(height, width)
    if isinstance(counts, str):
        try:
            counts = counts.encode('ascii')
        except UnicodeEncodeError as error:
            raise ValueError('found characters that packed run lengths do not have, expected what '
                             'pycocotools encodes') from error
    if isinstance(counts, bytes):
        runs = _unpacked(counts)
    elif isinstance(counts, list):
        runs = _whole(counts)
    else:
        raise ValueError(f'found counts of the type {type(counts).__name__}, expected a list of '
                         'numbers or packed text')
    if len(runs) and runs.min() < 0:
        raise ValueError(f'found the count {runs.min()}, expected none below 0')
    # Python's integers, since the sum of hostile counts may not fit.
    if (covered := sum(runs.tolist())) != height * width:
        raise ValueError(f'the counts add up to {covered}, expected {height * width} pixels of '
                         f'{width}x{height}')
    hollow = not runs[1:].all()      # pycocotools may stop at an empty run inside
    if isinstance(counts, bytes) and not hollow:
        return Rle(height, width, counts)
    return _packed(_merged(runs) if hollow else runs, height, width)


def from_polygons(rings: Sequence[Sequence[object]], height: int, width: int) -> Rle:
    """Return what any of some polygons covers; each is x, y, x, y, ... in pixels.

    Corners may lie outside the image, but not far. Raises ValueError.
    """
    height, width = check_image_size(height, width)
    corners = [_corners(ring, height, width) for ring in rings]
    outline = sum(_outline(one) for one in corners)
    if outline > LONGEST:
        raise ValueError(f'found an outline of {outline:.0f} pixels, expected at most {LONGEST}')
    if not corners:
        return Rle.encode(np.zeros((height, width), bool))
    merged = coco.merge(coco.frPyObjects([one.ravel().tolist() for one in corners], height, width))
    return Rle(height, width, merged['counts'])


def _corners(ring: Sequence[object], height: int, width: int) -> np.ndarray:
    """float64 [N, 2] of one polygon."""
    numbers = _numbers(ring)
    if len(numbers) < 6 or len(numbers) % 2:
        raise ValueError(f'found a polygon of {len(numbers)} numbers, expected x, y of at least 3 '
                         'corners')
    corners = numbers.reshape(-1, 2)
    reach = REACH * max(height, width)
    far = (corners < -reach) | (corners > np.array([width, height]) + reach)
    if far.any():
        x, y = corners[far.any(1)][0]
        raise ValueError(f'found a corner at {x:g}, {y:g}, far outside the image of {width}x'
                         f'{height} pixels')
    return corners


def _outline(corners: np.ndarray) -> float:
    """Pixels along the closed outline of a polygon [N, 2]."""
    return float(np.abs(corners - np.roll(corners, -1, 0)).max(1).sum())


def _numbers(values: Sequence[object]) -> np.ndarray:
    """float64 [N] of finite numbers."""
    for value in values:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise ValueError(f'found {value!r:.40} among the numbers, expected numbers only')
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError(f'found {value!r} among the numbers, expected finite ones')
    try:
        return np.array(values, np.float64)
    except OverflowError as error:
        raise ValueError('found a number beyond 1e308, expected pixels') from error


def _whole(counts: Sequence[object]) -> np.ndarray:
    """int64 [R] of a list of counts."""
    numbers = _numbers(counts)
    odd = (numbers != np.floor(numbers)) | (np.abs(numbers) > MOST_PIXELS)
    if odd.any():
        raise ValueError(f'found the count {numbers[odd][0]:g}, expected whole numbers of pixels')
    return numbers.astype(np.int64)


def _unpacked(counts: bytes) -> np.ndarray:
    """int64 [R] of packed counts, as `core.masks.run_lengths` that may trust them."""
    chars = np.frombuffer(counts, np.uint8)
    if not len(chars):
        raise ValueError('found no counts, expected what pycocotools encodes')
    if chars.min() < _FIRST or chars.max() > _LAST:
        raise ValueError('found characters that packed run lengths do not have, expected what '
                         'pycocotools encodes')
    ends = np.flatnonzero((chars - _FIRST) & 0x20 == 0)
    if not len(ends) or ends[-1] != len(chars) - 1:
        raise ValueError('the packed run lengths end within a number, expected what pycocotools '
                         'encodes')
    if np.diff(ends, prepend=-1).max() > _DIGITS:
        raise ValueError('found a packed number of more than 32 bits, expected what pycocotools '
                         'encodes')
    return run_lengths(counts)


def _merged(runs: np.ndarray) -> np.ndarray:
    """The same pixels without empty runs, except in front."""
    inside = np.arange(len(runs)) % 2 == 1
    kept = runs > 0
    runs, inside = runs[kept], inside[kept]
    begin = np.flatnonzero(np.diff(inside.astype(np.int8), prepend=-1))
    merged = np.add.reduceat(runs, begin)
    return np.concatenate([[0], merged]) if inside[0] else merged


def _packed(runs: np.ndarray, height: int, width: int) -> Rle:
    size = [height, width]
    packed = coco.frPyObjects({'size': size, 'counts': runs.tolist()}, height, width)
    return Rle(height, width, packed['counts'])
