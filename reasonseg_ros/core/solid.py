# SPDX-License-Identifier: Apache-2.0
"""What a mask covers in space: points, an oriented box, the table's normal, a convex hull.

Everything is in the optical frame of the depth image (x right, y down, z forward), in metres. Does
not know ROS, other frames or time, and does not guess shapes: what no pixel saw is only filled in
down to the table.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from reasonseg_ros.core.frame import CameraModel
from reasonseg_ros.core.masks import Rle

FEWEST = 12  # points that a box needs


@dataclass(frozen=True, eq=False)
class Solid:
    """An oriented box around what a mask covers.

    centre             float64 [3], metres, optical frame of the camera
    axes               float64 [3, 3], columns are the axes of the box, right-handed
    size               float64 [3], full extent along the axes, metres
    depth_valid_ratio  share of the mask's pixels that had a depth, in [0, 1]
    """

    centre: np.ndarray
    axes: np.ndarray
    size: np.ndarray
    depth_valid_ratio: float


def points(mask: Rle, depth: np.ndarray, camera: CameraModel) -> tuple[np.ndarray, np.ndarray]:
    """Return what the mask covers in space, without outliers.

    mask    at the resolution of `depth`
    depth   float32 [H, W] metres along the optical axis, NaN = unknown
    camera  intrinsics at that resolution

    Returns float32 [N, 3] metres and int [N, 2], the (row, column) of each point.
    """
    inside = mask.decode() & np.isfinite(depth)
    rows, columns = np.nonzero(inside)
    return _lifted(rows, columns, depth, camera), np.stack([rows, columns], axis=1)


def solid(mask: Rle, depth: np.ndarray, camera: CameraModel,
          up: np.ndarray | None = None) -> Solid | None:
    """Return the box around what the mask covers, or None when too few of its points are known.

    up  unit normal [3] of the table, of `table_up`: the box then stands upright, its third axis is
        `up`, and it reaches down to the table, which nobody sees under an object. Leave it out for
        parts, which rarely touch the table: the box then lies along the principal axes of the
        points, the longest first.
    """
    cloud, _ = points(mask, depth, camera)
    if len(cloud) < FEWEST:
        return None
    xyz = cloud.astype(np.float64)
    axes = np.linalg.eigh(np.cov(xyz.T))[1][:, ::-1]
    axes[:, 2] *= np.linalg.det(axes)
    along = xyz @ axes
    low, high = along.min(axis=0), along.max(axis=0)
    valid = np.isfinite(depth[mask.decode()]).mean()
    return Solid(axes @ (low + high) / 2, axes, high - low, float(valid))


def table_up(depth: np.ndarray, camera: CameraModel, masks: Iterable[Rle]) -> np.ndarray | None:
    """Return the unit normal [3] of the dominant plane, towards the camera; None without one.

    masks  what to leave out: the objects that stand on the table
    """
    free = np.isfinite(depth)
    for mask in masks:
        free &= ~mask.decode()
    rows, columns = np.nonzero(free[::8, ::8])
    if len(rows) < FEWEST:
        return None
    xyz = _lifted(8 * rows, 8 * columns, depth, camera)
    normal = np.linalg.svd(xyz - xyz.mean(axis=0), full_matrices=False)[2][2].astype(np.float64)
    return -normal if normal @ xyz.mean(axis=0) > 0 else normal


def quaternion(axes: np.ndarray) -> tuple[float, float, float, float]:
    """Return a rotation [3, 3] as the unit quaternion (x, y, z, w), w not negative."""
    # Symmetric 4x4 matrix whose eigenvector of the largest eigenvalue is the quaternion
    # (Bar-Itzhack 2000, New Method for Extracting the Quaternion from a Rotation Matrix).
    r = axes
    k = np.array([
        [r[0, 0] - r[1, 1] - r[2, 2], r[1, 0] + r[0, 1], r[2, 0] + r[0, 2], r[2, 1] - r[1, 2]],
        [r[1, 0] + r[0, 1], r[1, 1] - r[0, 0] - r[2, 2], r[2, 1] + r[1, 2], r[0, 2] - r[2, 0]],
        [r[2, 0] + r[0, 2], r[2, 1] + r[1, 2], r[2, 2] - r[0, 0] - r[1, 1], r[1, 0] - r[0, 1]],
        [r[2, 1] - r[1, 2], r[0, 2] - r[2, 0], r[1, 0] - r[0, 1], np.trace(r)]])
    x, y, z, w = np.linalg.eigh(k)[1][:, -1]
    sign = -1.0 if w < 0 else 1.0
    return (float(sign * x), float(sign * y), float(sign * z), float(sign * w))


def _lifted(rows: np.ndarray, columns: np.ndarray, depth: np.ndarray,
            camera: CameraModel) -> np.ndarray:
    """Return float32 [N, 3]: where the pixels lie in space."""
    z = depth[rows, columns]
    return np.stack([(columns - camera.cx) / camera.fx * z, (rows - camera.cy) / camera.fy * z, z],
                    axis=1).astype(np.float32)
