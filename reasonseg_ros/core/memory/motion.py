# SPDX-License-Identifier: Apache-2.0
"""How a camera moved between two frames, whether anything did, and rigid transforms. Numpy only.

Who finds the motion in two images is a matter of the caller (`engines.motion` does).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from reasonseg_ros.core.camera.frame import Frame

CHANGED = 6.0    # grey levels by which a cell of an image must change for something to have moved
ROUGH = 0.008    # metres that a pose from features alone may be off
_STEP, _CELL = 8, 4   # pixels between those compared, and how many of them a cell has on a side


@dataclass(frozen=True, eq=False)
class Motion:
    """From the camera of one frame to that of a later one.

    pose        float64 [4, 4], takes points of the later optical frame to the earlier one; None
                where there is no depth to tell it
    homography  float64 [3, 3], takes pixels of the earlier image to the later one
    inliers     features that agree with it
    residual    their median error: metres with a pose, pixels without
    off         metres that the pose may be off, near the things
    """

    pose: np.ndarray | None
    homography: np.ndarray | None
    inliers: int
    residual: float
    off: float = ROUGH


Estimate = Callable[[Frame, Frame], Motion | None]


def unchanged(before: Frame, after: Frame) -> bool:
    """Whether two images differ by no more than sensor noise, and the camera stands still."""
    poses = before.camera_pose, after.camera_pose
    if poses[0] is not None and poses[1] is not None and np.abs(poses[0] - poses[1]).max() > 5e-3:
        return False
    return unchanged_image(before, after)


def unchanged_image(before: Frame, after: Frame) -> bool:
    """Whether two images differ by no more than sensor noise, wherever the camera is said to be."""
    if before is after:
        return True
    if before.rgb.shape != after.rgb.shape:
        return False
    step = max(1, min(_STEP, min(before.rgb.shape[:2]) // 12))
    change = after.rgb[::step, ::step].astype(np.int16) - before.rgb[::step, ::step]
    height, width = (n // _CELL * _CELL for n in change.shape[:2])
    cells = change[:height, :width].reshape(height // _CELL, _CELL, width // _CELL, _CELL, 3)
    return bool(np.abs(cells.mean(axis=(1, 3))).max() < CHANGED)


def transform(points: np.ndarray, pose: np.ndarray) -> np.ndarray:
    """Return float32 [N, 3]: points after a rigid transform [4, 4]."""
    moved: np.ndarray = points @ pose[:3, :3].T.astype(np.float32) + pose[:3, 3].astype(np.float32)
    return moved


def inverse(pose: np.ndarray) -> np.ndarray:
    """Return the inverse [4, 4] of a rigid transform."""
    back = np.eye(4)
    back[:3, :3] = pose[:3, :3].T
    back[:3, 3] = -pose[:3, :3].T @ pose[:3, 3]
    return back


def rigid(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Return the rigid transform [4, 4] that takes points [N, 3] to others with the least squares.

    Kabsch 1976, A solution for the best rotation to relate two sets of vectors.
    """
    middle, other = before.mean(axis=0), after.mean(axis=0)
    u, _, vt = np.linalg.svd((before - middle).T @ (after - other))
    sign = np.sign(np.linalg.det(vt.T @ u.T))
    pose = np.eye(4)
    pose[:3, :3] = vt.T @ np.diag([1, 1, sign]) @ u.T
    pose[:3, 3] = other - pose[:3, :3] @ middle
    return pose


def turned(axis: np.ndarray, degrees: float, about: np.ndarray) -> np.ndarray:
    """Return the rotation [4, 4] by an angle about an axis, a unit vector [3], through a point."""
    x, y, z = axis
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    angle = np.radians(degrees)
    pose = np.eye(4)
    pose[:3, :3] += np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross  # Rodrigues
    pose[:3, 3] = about - pose[:3, :3] @ about
    return pose
