# SPDX-License-Identifier: Apache-2.0
"""What a mask covers in space: points, an oriented box, the table's normal, a convex hull.

Everything is in the optical frame of the depth image (x right, y down, z forward), in metres. Does
not know ROS, other frames or time, and does not guess shapes: of what no pixel saw, only the room
between an object and the table is filled in.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from reasonseg_ros.core.camera.frame import CameraModel
from reasonseg_ros.core.dialogue.dialogue import Instance
from reasonseg_ros.core.errors import BadRequest
from reasonseg_ros.core.geometry.points import (
    cloud_of,
    crosses,
    lift,
    median,
    rays_of,
    remove_outliers,
    smooth,
)
from reasonseg_ros.core.geometry.surfaces import where_most_is, without_specks
from reasonseg_ros.core.masks import Rle, crop

FEWEST = 20        # points that a box needs
TRIMMED = 0.25     # per cent of the points that may lie beyond each face of a box
_PIXELS = 3000     # of a mask that a box is measured by; more cost time and add nothing
_LEVEL = 0.004     # metres, height of the bins that the table is searched in
_DEEPEST = 0.4     # metres from the lowest point of a thing down to the table, at most
_RIM = 0.006       # metres above the table, below which a mask covers the table itself
_STANDING = 0.5    # share of the points above that rim; with fewer, the thing is as flat as the rim
_RING = 3000       # pixels around a mask that are asked for the table
_COARSE = 8        # pixels between those that the dominant plane is searched in, at least
_PLANE = 5000      # pixels that it is searched in, about
_TRIALS = 100      # planes that are tried; with half of the pixels on it, one in eight fits
_JUDGES = 500      # points that judge a plane, and begin its refinement
_THICK = 0.01      # half thickness of a plane in shares of its distance
_DOMINANT = 0.2    # share of the pixels that a plane must hold
_CELLS = 24        # cells along a footprint whose principal axes are sought
_HARDLY = 1.15     # a rectangle that is larger than the smallest by this is not hardly larger
_DIRECTIONS = 300  # that a hull is spanned in
_SPANNING = 5000   # points that a hull is spanned by

NO_HULL = '{count} points lie in a plane and have no hull; expected a body: use its box'


@dataclass(frozen=True, eq=False)
class OrientedBox:
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
    """Return what the mask covers in space, without outliers (`points.remove_outliers`).

    mask    at the resolution of `depth`
    depth   float32 [H, W] metres along the optical axis, NaN = unknown
    camera  intrinsics at that resolution

    Returns float32 [N, 3] metres and int [N, 2], the (row, column) of each point.
    """
    (x, y), inside = cropped(mask)
    height, width = inside.shape
    z = np.where(inside, depth[y:y + height, x:x + width], np.float32(np.nan))
    return _lifted(remove_outliers(z, camera), (y, x), 1, camera)


def solid(mask: Rle, depth: np.ndarray, camera: CameraModel,
          up: np.ndarray | None = None) -> OrientedBox | None:
    """Return the box around what the mask covers, or None when too few of its points are known.

    up  unit normal [3] of the table, from `table_up`. The box then stands upright on the table:
        its third axis is `up`, its first the longer side of the smallest rectangle around the
        footprint, pointing to the right of the image, and it reaches down to the table, since
        nobody sees where an object touches it. Leave it out for parts, which rarely touch the
        table: the box then lies along the principal axes of the points, the longest first and to
        the right, the thinnest towards the camera.

    What counts is the largest surface that hangs together, with others that are not much smaller;
    specks elsewhere and, with `up`, a rim of table around the thing do not.

    The hidden side of an object is not guessed: what bulges (an apple, a bottle that lies) has its
    centre a few millimetres too near.
    """
    (x, y), inside = cropped(mask)
    height, width = inside.shape
    step = max(1, math.ceil((width * height / _PIXELS) ** 0.5))
    region = depth[y:y + height, x:x + width]
    covered = np.where(inside[::step, ::step], region[::step, ::step], np.float32(np.nan))
    surface = smooth(without_specks(remove_outliers(covered, camera, step), camera, step))
    cloud = cloud_of(surface, (y, x), step, camera)
    if cloud.shape[1] < FEWEST:
        return None
    if up is None:
        axes = _principal(cloud)
        low, high = _range(axes.T.astype(np.float32) @ cloud)
    else:
        up = up / np.linalg.norm(up)
        heights = up.astype(np.float32) @ cloud
        level = _level(_around(inside, (y, x), depth, camera, up), heights)
        cloud = _off_the_table(cloud, heights, level)
        axes = _upright(cloud, up)
        low, high = _range(axes.T.astype(np.float32) @ cloud)
        low[2] = min(low[2], level)
    return OrientedBox(axes @ (low + high) / 2, axes, high - low, _share(inside, region))


def cropped(mask: Rle) -> tuple[tuple[int, int], np.ndarray]:
    """Return ((x, y), bool [h, w]): a mask without far specks, and the corner of its crop."""
    (x, y, _, _), inside = crop(mask)
    if inside.size == 0:
        return (x, y), inside
    rows, columns = where_most_is(inside)
    return (x + columns.start, y + rows.start), inside[rows, columns]


def table_up(depth: np.ndarray, camera: CameraModel, masks: Iterable[Rle]) -> np.ndarray | None:
    """Return the unit normal [3] of the dominant plane, towards the camera; None without one.

    masks  what to leave out: the objects that stand on the table

    RANSAC (Fischler and Bolles 1981) with a fixed seed, then least squares over its inliers.
    """
    step = max(_COARSE, math.ceil((depth.size / _PLANE) ** 0.5))
    coarse = depth[::step, ::step]
    free = np.isfinite(coarse)
    for mask in masks:
        (x, y, _, _), inside = crop(mask)
        # First row and column of the crop that the coarse grid has.
        row, column = -(-y // step), -(-x // step)
        seen = inside[row * step - y::step, column * step - x::step]
        free[row:row + seen.shape[0], column:column + seen.shape[1]] &= ~seen
    cloud = cloud_of(np.where(free, coarse, np.float32(np.nan)), (0, 0), step, camera).astype(
        np.float64)
    if cloud.shape[1] < FEWEST:
        return None
    tolerance = _THICK * median(cloud[2])
    rng = np.random.default_rng(0)
    a, b, c = (np.take(cloud, numbers, axis=1)
               for numbers in rng.integers(cloud.shape[1], size=(3, _TRIALS)))
    normals = crosses(b - a, c - a)
    length = np.linalg.norm(normals, axis=0)
    # A point that was drawn twice spans no plane; of one with a normal of 0, every point would be.
    normals /= np.where(length > 1e-12, length, np.nan)
    some = np.take(cloud, rng.integers(cloud.shape[1], size=_JUDGES), axis=1)
    # Single precision: the largest arrays here, and to make them takes longer than to fill them.
    apart = normals.T.astype(np.float32) @ some.astype(np.float32)
    apart -= (a * normals).sum(axis=0)[:, None]
    count = np.count_nonzero(np.abs(apart, out=apart) < tolerance, axis=1)
    best = int(np.argmax(count))
    if count[best] < _DOMINANT * _JUDGES:
        return None
    normal: np.ndarray = normals[:, best]
    offset = a[:, best] @ normal
    for judging in (some, some, cloud):
        near = np.take(judging, np.flatnonzero(np.abs(normal @ judging - offset) < tolerance),
                       axis=1)
        middle = near.mean(axis=1)
        near = near - middle[:, None]
        normal = np.linalg.eigh(near @ near.T)[1][:, 0]
        offset = normal @ middle
    return -normal if offset > 0 else normal


def boxes_of(instances: Sequence[Instance], depth: np.ndarray, camera: CameraModel,
             up: np.ndarray | None) -> dict[int, OrientedBox]:
    """Return the boxes of a round's instances by id, without those that cannot be known.

    up  of the table, from `table_up`: objects stand upright on it, parts keep a box of their own
    """
    fitted = {i.id: solid(i.mask, depth, camera, None if i.parent_id else up) for i in instances}
    return {number: box for number, box in fitted.items() if box is not None}


def measured(mask: Rle, depth: np.ndarray) -> float:
    """Return the share of the mask's pixels that have a depth; 0.0 for an empty mask."""
    (x, y, width, height), inside = crop(mask)
    return _share(inside, depth[y:y + height, x:x + width])


def convex_hull(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return (vertices float64 [V, 3], triangles int [T, 3]) of the convex hull of points [N, 3].

    Triangles turn counter-clockwise seen from outside. The hull is spanned by the points that
    reach farthest in each of 300 directions, which keeps meshes small; it lies inside the exact
    hull, for a ball by about one per cent of its radius. Points in a plane have no hull, and raise
    BadRequest.
    """
    turns = np.arange(_DIRECTIONS)
    height = 1 - (2 * turns + 1) / _DIRECTIONS
    flat, angle = np.sqrt(1 - height ** 2), turns * np.pi * (3 - 5 ** 0.5)
    ways = np.stack([flat * np.cos(angle), flat * np.sin(angle), height])
    points = np.asarray(points, np.float64)[::max(1, len(points) // _SPANNING)]
    span = float(np.ptp(points, axis=0).max()) if len(points) else 0.0
    if span == 0.0:
        raise BadRequest(NO_HULL.format(count=len(points)))
    corners = points[np.unique(np.argmax(points @ ways, axis=0))]
    faces = _tetrahedron(corners, 1e-4 * span)
    for index in range(len(corners)):
        a, b, c = corners[faces.T]
        above = ((corners[index] - a) * np.cross(b - a, c - a)).sum(axis=1) > 1e-9 * span ** 3
        if not above.any():
            continue
        edges = {(int(f[i]), int(f[i - 2])) for f in faces[above] for i in range(3)}
        rim = [(p, q, index) for p, q in sorted(edges) if (q, p) not in edges]
        faces = np.concatenate([faces[~above], np.array(rim)])
    used, triangles = np.unique(faces, return_inverse=True)
    return corners[used], triangles.reshape(-1, 3)


def quaternion(axes: np.ndarray) -> tuple[float, float, float, float]:
    """Return a rotation [3, 3] as the unit quaternion (x, y, z, w), w not negative.

    The eigenvector of the largest eigenvalue of a symmetric matrix, so no case is special
    (Bar-Itzhack 2000, New Method for Extracting the Quaternion from a Rotation Matrix).
    """
    r = axes
    k = np.array([
        [r[0, 0] - r[1, 1] - r[2, 2], r[1, 0] + r[0, 1], r[2, 0] + r[0, 2], r[2, 1] - r[1, 2]],
        [r[1, 0] + r[0, 1], r[1, 1] - r[0, 0] - r[2, 2], r[2, 1] + r[1, 2], r[0, 2] - r[2, 0]],
        [r[2, 0] + r[0, 2], r[2, 1] + r[1, 2], r[2, 2] - r[0, 0] - r[1, 1], r[1, 0] - r[0, 1]],
        [r[2, 1] - r[1, 2], r[0, 2] - r[2, 0], r[1, 0] - r[0, 1], np.trace(r)]])
    x, y, z, w = np.linalg.eigh(k)[1][:, -1]
    sign = -1.0 if w < 0 else 1.0
    return (float(sign * x), float(sign * y), float(sign * z), float(sign * w))


def _lifted(z: np.ndarray, corner: tuple[int, int], step: int,
            camera: CameraModel) -> tuple[np.ndarray, np.ndarray]:
    """Return the known points [N, 3] of a patch of depth and their (row, column) [N, 2]."""
    rows, columns = np.nonzero(np.isfinite(z))
    known = z[rows, columns]
    rows, columns = rows * step + corner[0], columns * step + corner[1]
    return lift(rows, columns, known, camera), np.stack([rows, columns], axis=1)


def _share(inside: np.ndarray, depth: np.ndarray) -> float:
    """Return the share of the pixels inside, bool [h, w], whose depth [h, w] is known."""
    known = int(np.count_nonzero(np.isfinite(depth) & inside))
    return known / max(1, int(np.count_nonzero(inside)))


def _range(along: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the lowest and the highest value [D] of [D, N], `TRIMMED` aside on either side."""
    count = along.shape[1]
    first = int(count * TRIMMED / 100)
    ordered = np.partition(along, (first, count - 1 - first), axis=1)
    return ordered[:, first].astype(np.float64), ordered[:, count - 1 - first].astype(np.float64)


def _spread(points: np.ndarray) -> np.ndarray:
    """Return the scatter matrix [D, D] of points [D, N] about their middle, in float64."""
    away = points - points.mean(axis=1, keepdims=True, dtype=np.float64)
    spread: np.ndarray = away @ away.T
    return spread


def _principal(cloud: np.ndarray) -> np.ndarray:
    """Return the principal axes as columns, the largest spread first."""
    axes = np.linalg.eigh(_spread(cloud))[1]
    first = axes[:, 2] if axes[0, 2] > 0 else -axes[:, 2]
    third = axes[:, 0] if axes[2, 0] < 0 else -axes[:, 0]
    return np.stack([first, crosses(third, first), third], axis=1)


def _upright(cloud: np.ndarray, up: np.ndarray) -> np.ndarray:
    """Return (long, short, up) as columns: a tight rectangle around the footprint.

    The smallest rectangle fits boxes best, but it tilts to one side or the other of a mug's or a
    pan's handle, as noise will have it; so it gives way to the principal axes of the footprint
    where their rectangle is hardly larger.
    """
    right = crosses(up, np.array([0.0, 1.0, 0.0] if abs(up[1]) < 0.9 else [0.0, 0.0, 1.0]))
    right /= np.linalg.norm(right)
    plane = np.stack([right, crosses(up, right)])
    flat = plane.astype(np.float32) @ cloud
    rim = np.take(flat, np.argmax(_OUTWARD.T @ flat, axis=1), axis=1)
    angles = np.append(_TURNS, _principal_angle(flat))
    turned = _ways(np.concatenate([angles, angles + 90.0])).T @ rim
    sides = (turned.max(axis=1) - turned.min(axis=1)).reshape(2, -1)
    areas = sides[0] * sides[1]
    chosen = -1 if areas[-1] < _HARDLY * areas.min() else int(np.argmin(areas))
    angle = angles[chosen] + (90.0 if sides[0, chosen] < sides[1, chosen] else 0.0)
    axis = _ways(np.array([angle]))[:, 0] @ plane
    axis = axis if axis[0] > 0 else -axis
    return np.stack([axis, crosses(up, axis), up], axis=1)


def _principal_angle(flat: np.ndarray) -> float:
    """Return the direction, degrees, in which the area that points [2, N] cover is longest."""
    spots = flat - flat.min(axis=1, keepdims=True)
    column, row = (spots * ((_CELLS - 1) / spots.max())).astype(int)
    covered = np.bincount(column * _CELLS + row, minlength=_CELLS ** 2)
    (xx, xy), (_, yy) = _spread(np.stack(np.divmod(np.flatnonzero(covered), _CELLS)))
    return float(np.degrees(np.arctan2(2 * xy, xx - yy) / 2))


def _ways(degrees: np.ndarray) -> np.ndarray:
    """Return unit vectors float32 [2, N]."""
    turns = np.radians(degrees)
    return np.stack([np.cos(turns), np.sin(turns)]).astype(np.float32)


_OUTWARD = _ways(np.arange(0.0, 360.0, 6.0))  # directions in which the rim of a footprint is sought
_TURNS = np.arange(0.0, 90.0)                 # degrees of the rectangles that are tried around it


def _around(inside: np.ndarray, corner: tuple[int, int], depth: np.ndarray,
            camera: CameraModel, up: np.ndarray) -> np.ndarray:
    """Return heights along `up` of some points around a mask, up to a third of its size away."""
    margin = max(10, max(inside.shape) // 3)
    top, left = (max(0, c - margin) for c in corner)
    region = depth[top:corner[0] + inside.shape[0] + margin,
                   left:corner[1] + inside.shape[1] + margin]
    step = max(1, int((region.size / _RING) ** 0.5))
    z = region[::step, ::step].copy()
    # First row and column of the samples that lie in the mask's crop.
    row, column = (-(-(c - start) // step) for c, start in zip(corner, (top, left), strict=True))
    covered = inside[row * step - corner[0] + top::step, column * step - corner[1] + left::step]
    z[row:row + covered.shape[0], column:column + covered.shape[1]][covered] = np.nan
    across, down = rays_of(z.shape, (top, left), step, camera)
    heights = z * (across * up[0] + (down * up[1])[:, None] + up[2])
    known: np.ndarray = heights[np.isfinite(heights)]
    return known


def _level(around: np.ndarray, seen: np.ndarray) -> float:
    """Return the height at which a thing stands: where most of the heights around it lie.

    around  heights of points around the thing; those under the middle of it count
    seen    heights of its own points

    Its lowest point stands for the table where too few points around it are known, and where
    they lie so deep that they are the floor beside the table.
    """
    first = int(len(seen) * TRIMMED / 100)
    last = len(seen) - 1 - first
    ordered = np.partition(seen, (first, last))
    lowest, highest = float(ordered[first]), float(ordered[last])
    around = around[(around < (lowest + highest) / 2) & (around > lowest - _DEEPEST)]
    if len(around) < FEWEST:
        return lowest
    bins = ((around - around.min()) / _LEVEL).astype(int)
    # Two bins at a time, as a level between two bins would lose half of its pixels.
    count = np.convolve(np.bincount(bins), (1, 1, 1), 'same')
    best = int(np.argmax(count))
    return median(around[np.abs(bins - best) <= 1])


def _off_the_table(cloud: np.ndarray, heights: np.ndarray, level: float) -> np.ndarray:
    """Return the points without the rim of table that masks have; all of a thing too flat to tell.
    """
    off = heights > level + _RIM
    above = np.flatnonzero(off)
    return np.take(cloud, above, axis=1) if len(above) > _STANDING * len(off) else cloud


def _tetrahedron(corners: np.ndarray, thin: float) -> np.ndarray:
    """Return four triangles [4, 3] that turn outwards, between corners that are far apart."""
    a = 0
    b = int(np.argmax(np.linalg.norm(corners - corners[a], axis=1)))
    line = corners[b] - corners[a]
    off = np.cross(corners - corners[a], line)
    c = int(np.argmax(np.linalg.norm(off, axis=1)))
    normal = np.cross(line, corners[c] - corners[a])
    size = float(np.linalg.norm(normal))
    height = (corners - corners[a]) @ normal / size if size else np.zeros(1)
    d = int(np.argmax(np.abs(height)))
    if abs(height[d]) <= thin:
        raise BadRequest(NO_HULL.format(count=len(corners)))
    if height[d] > 0:
        b, c = c, b
    return np.array([(a, b, c), (a, d, b), (b, d, c), (c, d, a)])
