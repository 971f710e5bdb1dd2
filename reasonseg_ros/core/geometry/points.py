# SPDX-License-Identifier: Apache-2.0
"""Depth pixels as points, cleaned of what a depth camera invents. Numpy only; fits no shapes.

Points are in the optical frame of the depth image (x right, y down, z forward), in metres.
"""

from collections.abc import Iterator

import numpy as np

from reasonseg_ros.core.camera.frame import CameraModel

FENCE = 3.0      # interquartile ranges that a depth may lie beyond the quartiles
SLOPE = 4.0      # steepest surface that counts as one, in depth per width: 76 degrees
SIGMAS = 5.0     # standard deviations of the noise that one surface may have beside its slope
AGREEING = 0.4   # share of the known pixels around one that must lie on its surface
_REACH = 2       # pixels around one that say whether it belongs


def lift(rows: np.ndarray, columns: np.ndarray, z: np.ndarray, camera: CameraModel) -> np.ndarray:
    """Return float32 [N, 3]: where pixels (row, column) with depth `z` lie in space."""
    points = np.empty((len(z), 3), np.float32)
    points[:, 0] = (columns - camera.cx) / camera.fx * z
    points[:, 1] = (rows - camera.cy) / camera.fy * z
    points[:, 2] = z
    return points


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
    low, middle, high = np.percentile(known, (25, 50, 75))
    pitch = step * float(middle) / camera.fx
    margin = FENCE * (high - low) + pitch * max(z.shape)
    z = np.where((z > low - margin) & (z < high + margin), z, np.float32(np.nan))
    same = SIGMAS * noise(z) + SLOPE * pitch
    votes, voters = np.zeros(z.shape, np.float32), np.zeros(z.shape, np.float32)
    for other in _neighbours(z, _REACH):
        away = np.abs(other - z)
        votes += away < same
        voters += away < np.inf
    return np.where(votes >= AGREEING * np.maximum(voters, 1), z, np.float32(np.nan))


def smooth(z: np.ndarray) -> np.ndarray:
    """Return a patch with each depth averaged over the nine pixels that lie on its surface.

    Three standard deviations of the noise are its surface (a sigma filter: Lee 1983, Digital image
    smoothing and the sigma filter), so edges stay where they are.
    """
    same = 3 * noise(z)
    total, count = np.zeros(z.shape, np.float32), np.ones(z.shape, np.float32)
    for other in _neighbours(z, 1):
        away = other - z
        near = np.abs(away) < same
        total += np.where(near, away, 0)
        count += near
    mean: np.ndarray = z + total / count
    return mean


def noise(z: np.ndarray) -> float:
    """Return the standard deviation, metres, of the noise of a patch [h, w], NaN = unknown.

    Measured by second differences along rows, which smooth surfaces hardly have; their median
    absolute value is not moved by edges. 0.0 when no three neighbours in a row are known.
    """
    second = np.abs(z[:, :-2] - 2 * z[:, 1:-1] + z[:, 2:])
    second = second[np.isfinite(second)]
    # The median absolute value of a normal variable is 0.6745 deviations; 1 + 4 + 1 variances.
    return float(np.median(second)) / 0.6745 / 6 ** 0.5 if second.size else 0.0


def _neighbours(z: np.ndarray, reach: int) -> Iterator[np.ndarray]:
    """Yield a patch shifted to every neighbour up to `reach` pixels away, NaN from outside."""
    height, width = z.shape
    padded = np.pad(z, reach, constant_values=np.nan)
    for row in range(2 * reach + 1):
        for column in range(2 * reach + 1):
            if (row, column) != (reach, reach):
                yield padded[row:row + height, column:column + width]
