# SPDX-License-Identifier: Apache-2.0
"""A camera's motion made exact by the surfaces that two depth images share.

Features fix a motion to some millimetres, and fewer of them worse. All surfaces together fix the
height and the tilt of the camera, and features what slides along planes: both in one least squares
(point to plane, Chen and Medioni 1991, with the projective association of Blais and Levine 1995).
Numpy only; finds no first motion (`engines.motion`).
"""

import numpy as np

from reasonseg_ros.core.camera.frame import CameraModel, Frame
from reasonseg_ros.core.geometry.points import lift
from reasonseg_ros.core.memory.motion import transform
from reasonseg_ros.core.memory.smoothing import rotation

WIDE = 160              # pixels of a row, about, that surfaces are compared in
BENT = 0.009            # share of its depth by which a point may be off its neighbours ...
STEEP = 0.12            # ... and by which these may differ
GATES = (0.06, 0.06, 0.03, 0.03, 0.015, 0.015, 0.008)   # metres from a surface, in each round
ON_SURFACE, AT_FEATURE = 0.002, 0.003   # metres, errors of depth and of a feature's place
FEWEST = 200            # points that must be on a surface of the other frame ...
SHARE = 0.8             # ... and of those that fall into its image
BEST, EACH = 0.002, 0.1   # metres that a motion may be off: BEST + EACH / number of features


def refined(before: Frame, after: Frame, pose: np.ndarray, first: np.ndarray, second: np.ndarray
            ) -> tuple[np.ndarray, float] | None:
    """Return (pose, error): the rigid [4, 4] that takes points of `after` to `before`, and the
    metres that it may be off near the things; None where the surfaces tell nothing.

    pose           one that nearly does
    first, second  float [N, 3], places of features in the optical frames of the two
    """
    there, here = _surfaces(before), _surfaces(after)
    if there is None or here is None or before.camera is None:
        return None
    points, normals, step = there
    moving = here[0][::2, ::2][np.isfinite(here[1][::2, ::2, 0])]
    found, share = pose, 0.0
    for gate in GATES:
        place = transform(moving, found)
        at, inside = _pixels(place, before.camera, step, points.shape[:2])
        normal = normals[at]
        apart = ((place - points[at]) * normal).sum(axis=1)
        with np.errstate(invalid='ignore'):
            near = inside & (np.abs(apart) < gate)
        if near.sum() < FEWEST:
            return None
        share = float(near.sum() / inside.sum())
        system, right = _equations(place[near], normal[near], apart[near],
                                   (1 - (apart[near] / gate) ** 2) ** 2 / ON_SURFACE ** 2)
        place = transform(second, found)
        off = place - first
        far = np.linalg.norm(off, axis=1) / (2 * AT_FEATURE)
        for axis in np.eye(3):
            more = _equations(place, np.broadcast_to(axis, place.shape), off @ axis,
                              1 / np.maximum(1, far) / AT_FEATURE ** 2)
            system, right = system + more[0], right + more[1]
        twist = np.linalg.solve(system, right)
        change = np.eye(4)
        change[:3, :3], change[:3, 3] = rotation(twist[:3]), twist[3:]
        found = change @ found
    was, now = (float(np.median(np.linalg.norm(transform(second, p) - first, axis=1)))
                for p in (pose, found))
    # Where much is hidden by something near, or features are left behind, planes slid.
    if share < SHARE or now > 1.5 * was + AT_FEATURE / 3:
        return None
    return found, BEST + EACH / len(first)


def _equations(places: np.ndarray, axes: np.ndarray, off: np.ndarray, weight: np.ndarray
               ) -> tuple[np.ndarray, np.ndarray]:
    """Return ([6, 6], [6]) of the least squares of a twist that takes `off` away along axes [N, 3].
    """
    turn = np.concatenate([np.cross(places, axes), axes], axis=1).astype(float)
    weighted = turn.T * weight
    return weighted @ turn, -weighted @ off


def _surfaces(frame: Frame) -> tuple[np.ndarray, np.ndarray, int] | None:
    """Return (points [h, w, 3], normals [h, w, 3], pixels between them), NaN where unknown."""
    camera, depth = frame.camera, frame.depth
    if camera is None or depth is None:
        return None
    step = max(1, round(frame.width / WIDE))
    z = depth[::step, ::step]
    rows, columns = (step * n.ravel() for n in np.indices(z.shape))
    points = lift(rows, columns, z.ravel(), camera).reshape(*z.shape, 3)
    normals = np.full(points.shape, np.nan, np.float32)
    across = points[1:-1, 2:] - points[1:-1, :-2]
    down = points[2:, 1:-1] - points[:-2, 1:-1]
    normal = np.cross(across, down)
    with np.errstate(invalid='ignore'):
        inner = z[1:-1, 1:-1]
        smooth = ((np.abs(z[1:-1, 2:] + z[1:-1, :-2] - 2 * inner) < BENT * inner)
                  & (np.abs(z[2:, 1:-1] + z[:-2, 1:-1] - 2 * inner) < BENT * inner)
                  & (np.abs(across[..., 2]) < STEEP * inner)
                  & (np.abs(down[..., 2]) < STEEP * inner))
        length = np.linalg.norm(normal, axis=2, keepdims=True)
        normals[1:-1, 1:-1] = np.where(smooth[..., None] & (length > 0), normal / length, np.nan)
    return points, normals, step


def _pixels(points: np.ndarray, camera: CameraModel, step: int, shape: tuple[int, int]
            ) -> tuple[tuple[np.ndarray, np.ndarray], np.ndarray]:
    """Return ((rows, columns), inside) of points [N, 3] on a coarse grid of an image."""
    z = np.maximum(points[:, 2], 0.05)
    columns = np.rint((points[:, 0] / z * camera.fx + camera.cx) / step)
    rows = np.rint((points[:, 1] / z * camera.fy + camera.cy) / step)
    inside = ((points[:, 2] > 0.05) & (rows >= 0) & (rows < shape[0]) & (columns >= 0)
              & (columns < shape[1]))
    return ((np.where(inside, rows, 0).astype(int), np.where(inside, columns, 0).astype(int)),
            inside)
