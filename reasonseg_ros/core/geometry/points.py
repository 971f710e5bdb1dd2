# SPDX-License-Identifier: Apache-2.0
"""Depth pixels as points, cleaned of what a depth camera invents. Numpy only; fits no shapes.

Points are in the optical frame of the depth image (x right, y down, z forward), in metres.
"""

import numpy as np

from reasonseg_ros.core.camera.frame import CameraModel

FENCE = 3.0      # interquartile ranges that a depth may lie beyond the quartiles
SLOPE = 4.0      # steepest surface that counts as one, in depth per width: 76 degrees
SIGMAS = 5.0     # standard deviations of the noise that one surface may have beside its slope
AGREEING = 0.4   # share of the known pixels around one that must lie on its surface
_REACH = 2       # pixels around one that say whether it belongs
# Votes that a pixel needs, by how many of its neighbours are known.
_NEEDED = np.ceil(AGREEING * np.maximum(1, np.arange((2 * _REACH + 1) ** 2))).astype(np.uint8)


def lift(rows: np.ndarray, columns: np.ndarray, z: np.ndarray, camera: CameraModel) -> np.ndarray:
    """Return float32 [N, 3]: where pixels (row, column) with depth `z` lie in space."""
    points = np.empty((len(z), 3), np.float32)
    points[:, 0] = (columns - camera.cx) / camera.fx * z
    points[:, 1] = (rows - camera.cy) / camera.fy * z
    points[:, 2] = z
    return points


def cloud_of(z: np.ndarray, corner: tuple[int, int], step: int, camera: CameraModel) -> np.ndarray:
    """Return the known points of a patch as float32 [3, N]: fitting goes along coordinates."""
    across, down = rays_of(z.shape, corner, step, camera)
    places = np.flatnonzero(np.isfinite(z))
    rows, columns = np.divmod(places, z.shape[1])
    cloud = np.empty((3, len(places)), np.float32)
    cloud[2] = np.take(z, places)
    cloud[0] = across[columns] * cloud[2]
    cloud[1] = down[rows] * cloud[2]
    return cloud


def rays_of(shape: tuple[int, ...], corner: tuple[int, int], step: int, camera: CameraModel
          ) -> tuple[np.ndarray, np.ndarray]:
    """Return x [w] and y [h] of the points at depth 1 on the rays of a patch's cells."""
    rows, columns = (start + step * np.arange(n) for start, n in zip(corner, shape, strict=True))
    return (columns - camera.cx) / camera.fx, (rows - camera.cy) / camera.fy


def crosses(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return cross products of [3] or [3, N]: `numpy.cross` takes longer than a box's fitting."""
    return np.stack([a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2],
                     a[0] * b[1] - a[1] * b[0]])


def chosen(values: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """Return values [3, h, w] in the cells, bool [h, w], as [3, N]: by places, not by a mask."""
    return np.take(values.reshape(3, -1), np.flatnonzero(cells), axis=1)


def remove_outliers(z: np.ndarray, camera: CameraModel, step: int = 1) -> np.ndarray:
    """Return the depth that a mask covers, float32 [h, w] metres, with outliers as NaN.

    z     float32 [h, w], NaN outside the mask and where nothing is known
    step  pixels of the camera between neighbours of z

    Outliers are:
    - depths far beyond the outer fences of the box plot (Tukey 1977, Exploratory Data Analysis:
      three interquartile ranges), and by more than the mask is wide: walls seen through gaps;
    - flying pixels, which depth cameras invent between an object and what is behind it, and thin
      rims that a mask has of its surroundings: a pixel is kept if enough of the known pixels
      around it lie on its surface. This is the radius outlier filter of point cloud libraries
      (Rusu and Cousins 2011, 3D is here: Point Cloud Library), with neighbours from the image.
    """
    known = z[np.isfinite(z)]
    if known.size == 0:
        return z
    low, middle, high = _quartiles(known)
    pitch = step * middle / camera.fx
    margin = FENCE * (high - low) + pitch * max(z.shape)
    z = np.where((z > low - margin) & (z < high + margin), z, np.float32(np.nan))
    same = SIGMAS * noise(z) + SLOPE * pitch
    line, stride = in_line(z, _REACH)
    votes, voters = np.zeros(line.size, np.uint8), np.isfinite(line).view(np.uint8)
    for ahead in _ahead(_REACH, stride):
        near = (np.abs(line[ahead:] - line[:-ahead]) < same).view(np.uint8)
        votes[ahead:] += near
        votes[:-ahead] += near
    voters = _box_sum(_box_sum(voters, 1), stride) - voters
    agreed = (votes >= _NEEDED[voters]).reshape(-1, stride)[:, :z.shape[1]]
    return np.where(agreed, z, np.float32(np.nan))


def smooth(z: np.ndarray) -> np.ndarray:
    """Return a patch with each depth averaged over the nine pixels that lie on its surface.

    Three standard deviations of the noise are its surface (a sigma filter: Lee 1983, Digital image
    smoothing and the sigma filter), so edges stay where they are.
    """
    if z.size == 0:
        return z
    same = 3 * noise(z)
    line, stride = in_line(z, 1)
    total, count = np.zeros(line.size, np.float32), np.ones(line.size, np.uint8)
    for ahead in _ahead(1, stride):
        away = line[ahead:] - line[:-ahead]
        near = np.abs(away) < same
        away = np.where(near, away, np.float32(0))
        total[:-ahead] += away
        total[ahead:] -= away
        count[:-ahead] += near.view(np.uint8)
        count[ahead:] += near.view(np.uint8)
    mean: np.ndarray = line + total / count
    return mean.reshape(-1, stride)[:, :z.shape[1]]


def noise(z: np.ndarray) -> float:
    """Return the standard deviation, metres, of the noise of a patch [h, w], NaN = unknown.

    Measured by second differences along rows, which smooth surfaces hardly have; their median
    absolute value is not moved by edges. 0.0 when no three neighbours in a row are known.
    """
    second = np.abs(z[:, :-2] - 2 * z[:, 1:-1] + z[:, 2:])
    second = second[np.isfinite(second)]
    # The median absolute value of a normal variable is 0.6745 deviations; 1 + 4 + 1 variances.
    return median(second) / 0.6745 / 6 ** 0.5 if second.size else 0.0


def median(values: np.ndarray) -> float:
    """Return the median of finite values [N], N > 0: `numpy.median` in a third of its time."""
    middle = values.size // 2
    if values.size % 2:
        return float(np.partition(values, middle)[middle])
    ordered = np.partition(values, (middle - 1, middle))
    return float((ordered[middle - 1] + ordered[middle]) / 2)


def in_line(z: np.ndarray, gap: int) -> tuple[np.ndarray, int]:
    """Return a patch [h, w] row after row, with `gap` NaN behind each, and the length of a row.

    Neighbours as far as the gap are then a fixed number of places apart, also across the border of
    the patch, so that one difference of two slices serves all pixels, and both ends of each pair.
    """
    height, width = z.shape
    line = np.full((height, width + gap), np.nan, np.float32)
    line[:, :width] = z
    return line.ravel(), width + gap


def _ahead(reach: int, stride: int) -> list[int]:
    """Return how far ahead in line the half of the neighbours lies that comes later."""
    return [down * stride + right for down in range(reach + 1)
            for right in range(-reach if down else 1, reach + 1)]


def _box_sum(line: np.ndarray, apart: int) -> np.ndarray:
    """Return sums over the places up to `_REACH` steps of `apart` away, on both sides."""
    total = line.copy()
    for far in range(apart, _REACH * apart + 1, apart):
        total[far:] += line[:-far]
        total[:-far] += line[far:]
    return total


def _quartiles(values: np.ndarray) -> tuple[float, float, float]:
    """Return the quartiles of finite values [N], N > 0, as `numpy.percentile` does."""
    places = [share * (values.size - 1) / 4 for share in (1, 2, 3)]
    below = [int(place) for place in places]
    above = [min(place + 1, values.size - 1) for place in below]
    ordered = np.partition(values, sorted({*below, *above}))
    low, middle, high = (
        float(ordered[b]) + (place - b) * float(ordered[a] - ordered[b])
        for place, b, a in zip(places, below, above, strict=True))
    return low, middle, high
