# SPDX-License-Identifier: Apache-2.0
"""Connected surfaces in a patch of depth: which pixels belong together, and which are specks.

Numpy only; knows neither masks nor boxes. Two neighbouring pixels lie on one surface where the step
between their depths is no larger than a steep slope and the noise of the camera explain.
"""

import numpy as np

from reasonseg_ros.core.camera.frame import CameraModel
from reasonseg_ros.core.geometry.points import SIGMAS, SLOPE, noise

SPECK = 0.12   # area of a separate surface as a share of the largest one, below which it is dropped
_FILLED = 0.2  # share of its box that a mask without far specks fills, at least
_BLOCK = 8     # pixels along a block in which far specks are looked for


def surface_numbers(z: np.ndarray, camera: CameraModel, step: int = 1) -> np.ndarray:
    """Return int [h, w]: the number of the connected surface at each pixel, -1 where z is NaN.

    z     float32 [h, w] metres, NaN = not of the thing, or unknown
    step  pixels of the camera between neighbours of z

    Surfaces are numbered by area, the largest is 0. Union by hooking and pointer jumping (Shiloach
    and Vishkin 1982, An O(log n) parallel connectivity algorithm), which numpy does at once for all
    pixels.
    """
    known = z[np.isfinite(z)]
    middle = float(np.median(known)) if known.size else 0.0
    return _numbered(z, SIGMAS * noise(z) + SLOPE * step * middle / camera.fx)


def without_specks(z: np.ndarray, camera: CameraModel, step: int = 1,
                   numbers: np.ndarray | None = None) -> np.ndarray:
    """Return z with only its largest surface, and others that are not much smaller.

    A thing that something nearer cuts in two keeps both halves; a speck of `SPECK` of the largest
    one goes, wherever it is.

    numbers  of `surface_numbers`, where they are known
    """
    if numbers is None:
        numbers = surface_numbers(z, camera, step)
    if numbers.size == 0 or numbers.max() < 1:
        return z
    count = np.bincount(numbers[numbers >= 0])
    kept = np.append(count >= SPECK * count[0], False)  # -1 is the last one
    return np.where(kept[numbers], z, np.float32(np.nan))


def where_most_is(inside: np.ndarray) -> tuple[slice, slice]:
    """Return the rows and columns of a mask, bool [h, w], that hold it without far specks.

    Masks that fill a fifth of their box are taken whole: there is little to leave out.
    """
    height, width = inside.shape
    whole = slice(0, height), slice(0, width)
    if inside.mean() > _FILLED:
        return whole
    rows, columns = -(-height // _BLOCK), -(-width // _BLOCK)
    blocks = np.zeros((rows * _BLOCK, columns * _BLOCK), bool)
    blocks[:height, :width] = inside
    area = blocks.reshape(rows, _BLOCK, columns, _BLOCK).sum(axis=(1, 3))
    numbers = _numbered(np.where(area > 0, np.float32(0), np.float32(np.nan)), 1.0)
    sums = np.bincount(numbers[numbers >= 0], area[numbers >= 0])
    kept = np.append(sums >= SPECK * sums.max(), False)[numbers]
    down, right = np.flatnonzero(kept.any(axis=1)), np.flatnonzero(kept.any(axis=0))
    return (slice(_BLOCK * int(down[0]), min(height, _BLOCK * int(down[-1] + 1))),
            slice(_BLOCK * int(right[0]), min(width, _BLOCK * int(right[-1] + 1))))


def _numbered(z: np.ndarray, same: float) -> np.ndarray:
    """Number the connected pixels of z whose steps are below `same`, -1 where z is NaN."""
    known = np.isfinite(z)
    numbers = np.full(z.shape, -1)
    if not known.any():
        return numbers
    index = np.arange(z.size).reshape(z.shape)
    pairs = []
    # One unknown pixel between two does not part them.
    for rows, columns in ((1, 0), (0, 1), (1, 1), (1, -1), (2, 0), (0, 2)):
        here, there = _pair(z.shape, rows, columns)
        # Without a number a difference is not below any bound.
        joined = np.abs(z[here] - z[there]) < same
        if max(rows, columns) == 2:
            middle = z[rows // 2:, columns // 2:][:joined.shape[0], :joined.shape[1]]
            joined &= np.isnan(middle)
        pairs.append(np.stack([index[here][joined], index[there][joined]]))
    a, b = np.concatenate(pairs, axis=1)
    roots = np.arange(z.size)
    while len(a):
        low, high = np.minimum(roots[a], roots[b]), np.maximum(roots[a], roots[b])
        apart = low != high
        a, b = a[apart], b[apart]
        roots[high[apart]] = low[apart]
        while (roots[roots] != roots).any():
            roots = roots[roots]
    _, which, count = np.unique(roots[index[known]], return_inverse=True, return_counts=True)
    order = np.empty(len(count), int)
    order[np.argsort(-count, kind='stable')] = np.arange(len(count))
    numbers[known] = order[which]
    return numbers


def _pair(shape: tuple[int, ...], rows: int, columns: int
          ) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """Return the slices of all pixels that have a neighbour so far away, and of the neighbours."""
    height, width = shape
    left, right = max(0, -columns), width - max(0, columns)
    return ((slice(0, height - rows), slice(left, right)),
            (slice(rows, height), slice(left + columns, right + columns)))
