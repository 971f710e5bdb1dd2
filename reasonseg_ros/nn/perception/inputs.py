# SPDX-License-Identifier: Apache-2.0
"""Colour and depth as the network reads them: height above the supporting plane, normals.

The plane that things stand on is found in the depth itself. Works in the optical frame: x right,
y down, z forward, metres.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from reasonseg_ros.core.camera.frame import CameraModel
from reasonseg_ros.core.geometry.points import lift
from reasonseg_ros.nn.perception.network import HEIGHT, WIDTH

_STEP = 4           # the plane is sought among every fourth pixel of every fourth row
_NEAR = 0.012       # metres from a plane within which a point lies on it, plus...
_NOISE = 0.006      # ... this times the square of its distance
_TRIES = 64
_FEWEST = 0.05      # share of the valid points that must lie on a plane that supports things
MEAN, SPREAD = np.float32(0.45), np.float32(0.27)


@dataclass(frozen=True, eq=False)
class Plane:
    """Points p with normal . p = offset; the normal is a unit vector [3] that points up, towards
    the side of the camera, so offset < 0."""

    normal: np.ndarray
    offset: float

    def height(self, points: np.ndarray) -> np.ndarray:
        """Heights of points [..., 3] above the plane, metres."""
        kind = points.dtype
        above: np.ndarray = points @ self.normal.astype(kind) - kind.type(self.offset)
        return above

    @property
    def axes(self) -> np.ndarray:
        """Rows [3, 3]: up, to the right as the camera sees it, and towards the camera."""
        right = np.array([1.0, 0.0, 0.0]) - self.normal[0] * self.normal
        right /= max(float(np.linalg.norm(right)), 1e-6)
        return np.stack([self.normal, right, np.cross(right, self.normal)])


_LEVEL = Plane(np.array([0.0, -1.0, 0.0]), -1.0)   # stands for the plane where none is found


def _lift_all(depth: np.ndarray, camera: CameraModel) -> np.ndarray:
    """Points float32 [H, W, 3] of depth [H, W] metres; NaN stays."""
    rows, columns = np.indices(depth.shape, np.float32)
    return lift(rows.ravel(), columns.ravel(), depth.ravel(), camera).reshape(*depth.shape, 3)


def normals(points: np.ndarray) -> np.ndarray:
    """Unit normals [H, W, 3] that point to the camera, by central differences; 0 where unknown."""
    dx, dy = np.zeros_like(points), np.zeros_like(points)
    dx[:, 1:-1] = points[:, 2:] - points[:, :-2]
    dy[1:-1] = points[2:] - points[:-2]
    n = np.cross(dy, dx)
    length = np.sqrt(np.einsum('hwc,hwc->hw', n, n))[..., None]
    with np.errstate(invalid='ignore', divide='ignore'):
        n = np.where(length > 1e-12, n / length, 0)
    return np.nan_to_num(n).astype(np.float32)


def supporting_plane(points: np.ndarray, rng: np.random.Generator) -> Plane | None:
    """Find the plane that things stand on in points [H, W, 3]; None when none is large enough.

    Each try is the tangent plane of a random point, and counts the points that lie on it with a
    like normal (RANSAC with normals). Of parallel planes, table over floor, the one nearest to the
    camera that is large enough is taken.
    """
    coarse = points[_STEP // 2::_STEP, _STEP // 2::_STEP]
    n = normals(coarse)
    valid = np.isfinite(coarse[..., 2]) & (np.abs(n).sum(-1) > 0)
    # What stands upright to the camera's view cannot carry: cameras look down at tables.
    p, n = coarse[valid].astype(np.float64), n[valid].astype(np.float64)
    if len(p) < 60:
        return None
    tries = rng.choice(len(p), min(_TRIES, len(p)), replace=False)
    normal, offset = n[tries], np.einsum('ij,ij->i', n[tries], p[tries])
    near = _NEAR + _NOISE * p[:, 2] ** 2
    close = np.abs(p @ normal.T - offset) < near[:, None]
    count = (close & (n @ normal.T > 0.8)).sum(0)
    # A wall is no support: the view's down must have a part along the plane's down.
    count = np.where(normal[:, 1] < -0.15, count, count // 4)
    best = int(count.argmax())
    up = normal[best]
    for _ in range(3):
        on = (np.abs(p @ up - offset[best]) < near) & (n @ up > 0.8)
        if on.sum() < 40:
            return None
        middle = p[on].mean(0)
        up = np.linalg.svd(p[on] - middle, full_matrices=False)[2][2]
        up = up if up @ normal[best] > 0 else -up
        offset[best] = up @ middle
    level = p @ up
    flat = n @ up > 0.85
    top = _highest(level[flat], near[flat], _FEWEST * len(p), float(offset[best]), int(on.sum()))
    return Plane(up, top)


def _highest(level: np.ndarray, near: np.ndarray, fewest: float, found: float, size: int) -> float:
    """Offset of the plane nearest to the camera among parallel ones that carry enough points."""
    bins = np.arange(found, min(found + 1.2, -0.05), 0.01)
    if len(bins) < 2:
        return found
    count, _ = np.histogram(level, np.append(bins, bins[-1] + 0.01))
    # Tops of things are planes, too: a support is as large as a good part of the largest plane.
    wide = count + np.append(count[1:], 0) + np.append(0, count[:-1])
    for k in range(len(bins) - 1, 5, -1):
        if wide[k] >= max(fewest, 0.35 * size) and wide[k] == wide[max(0, k - 2):k + 3].max():
            on = np.abs(level - (bins[k] + 0.005)) < near
            return float(level[on].mean())
    return found


def depth_channels(depth: np.ndarray | None, camera: CameraModel | None,
                   rng: np.random.Generator, shape: tuple[int, int] = (HEIGHT, WIDTH)
                   ) -> tuple[np.ndarray, Plane | None]:
    """Return float32 [5, H, W] and the plane: height, three parts of the normal, validity.

    depth   float32 [H, W] metres, NaN = unknown
    camera  intrinsics at the resolution of the depth
    shape   (H, W)

    Without depth, or without a camera, all channels are zero.
    Heights are in decimetres, cut at -3 and 6. Normals are given along the plane's own axes: up,
    to the right as the camera sees it, and towards the camera. Without a plane the camera's axes
    stand for them and there are no heights.
    """
    channels = np.zeros((5, *shape), np.float32)
    if depth is None or camera is None or not np.isfinite(depth).any():
        return channels, None
    points = _lift_all(depth, camera)
    plane = supporting_plane(points, rng)
    valid = np.isfinite(depth)
    filled = np.where(valid, depth, 0).astype(np.float32)
    weight = cv2.blur(valid.astype(np.float32), (3, 3))
    smooth = cv2.blur(filled, (3, 3)) / np.maximum(weight, 1e-6)
    smooth = np.where(valid & (np.abs(smooth - filled) < 0.02), smooth, depth)
    n = normals(_lift_all(smooth, camera))
    axes = (plane or _LEVEL).axes
    channels[1:4] = (n @ axes.T.astype(np.float32)).transpose(2, 0, 1)
    if plane is not None:
        height = plane.height(points)
        channels[0] = np.nan_to_num(10 * height).clip(-3, 6)
    channels[4] = valid
    channels[:4] *= valid
    return channels, plane


def network_input(rgb: np.ndarray, depth_part: np.ndarray) -> np.ndarray:
    """Join uint8 [H, W, 3] and [5, H, W] to float32 [8, H, W]."""
    colour = (rgb.transpose(2, 0, 1).astype(np.float32) / np.float32(255) - MEAN) / SPREAD
    return np.concatenate([colour, depth_part])


def mask_geometry(mask: np.ndarray, channels: np.ndarray) -> np.ndarray:
    """Eight numbers about a half-size mask [h, w] that help to name it.

    channels  [5, h, w] of `inputs.depth_channels`; without depth the last four are zero
    """
    ys, xs = np.nonzero(mask)
    wide, high = np.ptp(xs) + 1, np.ptp(ys) + 1
    heights = channels[0][mask][channels[4][mask] > 0]
    known = len(heights) > 5
    tall = float(np.percentile(heights, 95)) if known else 0.0
    low = float(np.percentile(heights, 5)) if known else 0.0
    touches = float(xs.min() == 0 or ys.min() == 0 or xs.max() == mask.shape[1] - 1
                    or ys.max() == mask.shape[0] - 1)
    return np.array([np.log(mask.sum()) / 3 - 2, np.log(wide / high), mask.sum() / (wide * high),
                     touches, float(known), tall, low,
                     float(channels[1][mask].mean()) if known else 0.0], np.float32)
