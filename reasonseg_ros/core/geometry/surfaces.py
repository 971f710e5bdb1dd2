# SPDX-License-Identifier: Apache-2.0
"""Surfaces in a patch of depth: which pixels belong together, which are specks, and normals.

Numpy only; knows neither masks nor boxes. Two neighbouring pixels lie on one surface where the step
between their depths is no larger than a steep slope and the noise of the camera explain.
"""

import numpy as np

from reasonseg_ros.core.camera.frame import CameraModel
from reasonseg_ros.core.geometry.points import SIGMAS, SLOPE, crosses, in_line, median, noise

SPECK = 0.12   # area of a separate surface as a share of the largest one, below which it is dropped
_FILLED = 0.2  # share of its box that a mask without far specks fills, at least
_BLOCK = 8     # pixels along a block in which far specks are looked for


def surface_numbers(z: np.ndarray, camera: CameraModel, step: int = 1) -> np.ndarray:
    """Return int [h, w]: the number of the connected surface at each pixel, -1 where z is NaN.

    z     float32 [h, w] metres, NaN = not of the thing, or unknown
    step  pixels of the camera between neighbours of z

    Surfaces are numbered by area, the largest is 0. Pixels of a row are joined to runs, and runs by
    hooking and pointer jumping (Shiloach and Vishkin 1982, An O(log n) parallel connectivity
    algorithm), which numpy does at once for all of them.
    """
    known = z[np.isfinite(z)]
    middle = median(known) if known.size else 0.0
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


def normals_of(cloud: np.ndarray) -> np.ndarray:
    """Return unit normals [3, h, w] towards the camera, NaN where it or a neighbour is unknown.

    cloud  float32 [3, h, w]
    """
    normals = np.full(cloud.shape, np.nan, np.float32)
    for reach in (1, 2):  # the wider, less noisy one wins where it is known
        inner = slice(reach, -reach)
        if min(cloud.shape[1:]) <= 2 * reach:
            break
        across = cloud[:, inner, 2 * reach:] - cloud[:, inner, :-2 * reach]
        down = cloud[:, 2 * reach:, inner] - cloud[:, :-2 * reach, inner]
        found = crosses(down, across)
        length = np.sqrt((found * found).sum(axis=0))
        away = (found * cloud[:, inner, inner]).sum(axis=0) > 0
        found /= np.where(away, -length, length)
        # A cell without a depth may lie between neighbours that have one.
        good = np.isfinite(found[0]) & np.isfinite(cloud[2, inner, inner])
        np.copyto(normals[:, inner, inner], found, where=good)
    return normals


def where_most_is(inside: np.ndarray) -> tuple[slice, slice]:
    """Return the rows and columns of a mask, bool [h, w], that hold it without far specks.

    Masks that fill a fifth of their box are taken whole: there is little to leave out.
    """
    height, width = inside.shape
    whole = slice(0, height), slice(0, width)
    if np.count_nonzero(inside) > _FILLED * inside.size:
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
    line, stride = in_line(z, 2)
    places = np.flatnonzero(np.isfinite(line))
    if not len(places):
        return np.full(z.shape, -1)
    known = line[places]
    line = np.append(line, np.full(2 * stride, np.nan, np.float32))
    numbers = np.full(line.size, -1)
    # One unknown pixel between two does not part them.
    goes_on = (np.diff(places) <= 2) & (np.abs(np.diff(known)) < same)
    runs = np.concatenate([[0], np.cumsum(~goes_on)])
    numbers[places] = runs
    below = places + np.array([[stride], [stride + 1], [stride - 1], [2 * stride]])
    # Without a number a difference is not below any bound.
    joined = np.abs(line[below] - known) < same
    joined[3] &= numbers[below[0]] < 0
    at = np.flatnonzero(joined)
    pairs = runs[at % len(places)] * len(places) + numbers[np.take(below, at)]
    # Most neighbours join the same two runs as those before them.
    pairs = pairs[np.flatnonzero(np.diff(pairs, prepend=-1))]
    upper, lower = np.divmod(pairs, len(places))
    roots = _roots(upper, lower, runs[-1] + 1)
    area = np.bincount(roots[runs], minlength=len(roots))
    largest = np.argsort(-area, kind='stable')[:np.count_nonzero(area)]
    order = np.empty(len(roots), int)
    order[largest] = np.arange(len(largest))
    numbers[places] = order[roots][runs]
    return numbers.reshape(-1, stride)[:-2, :z.shape[1]]


def _roots(a: np.ndarray, b: np.ndarray, count: int) -> np.ndarray:
    """Return int [count]: the lowest of those that the pairs (a, b) connect each one with."""
    roots = np.arange(count)
    while len(a):
        low, high = np.minimum(roots[a], roots[b]), np.maximum(roots[a], roots[b])
        apart = low != high
        a, b = a[apart], b[apart]
        roots[high[apart]] = low[apart]
        while (roots[roots] != roots).any():
            roots = roots[roots]
    return roots
