# SPDX-License-Identifier: Apache-2.0
"""Where a hand of two parallel fingers can hold what a mask covers, and how far to trust that.

Everything is in the optical frame of the depth image, in metres. Numpy only. Uses what the camera
sees and no shapes: where no two opposite sides are seen, there is no grasp. Does not know the robot
beyond the opening of its gripper, and plans no motion.

Two contacts with friction hold a thing when the line through them lies in the friction cones of
both (Nguyen 1988, Constructing force-closure grasps). From one side, a camera hardly sees two
surfaces that look away from each other; but it sees where one of them ends. At such an occluding
contour the line of sight touches the surface, so that the normal there is that of the plane
through the line of sight and the contour (Koenderink 1984, What does the occluding contour tell us
about solid shape?). Dex-Net 2.0 (Mahler et al. 2017) looks for grasps in depth images like this.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from reasonseg_ros.core.camera.frame import CameraModel
from reasonseg_ros.core.dialogue.dialogue import Instance
from reasonseg_ros.core.geometry.boxes import cropped
from reasonseg_ros.core.geometry.points import (
    chosen,
    crosses,
    in_line,
    median,
    remove_outliers,
    smooth,
)
from reasonseg_ros.core.geometry.surfaces import normals_of, surface_numbers, without_specks
from reasonseg_ros.core.masks import Rle

OPENING = 0.085    # metres, of common grippers; the default of the parameter gripper_opening
FRICTION = 0.5     # coefficient between finger and thing: rubber on most things has more
GOOD = 0.8         # quality from which nothing is said about it

_CELLS = 1200      # of the patch that a grasp is sought in
_MARGIN = 8        # cells around the mask
_FEWEST = 20       # cells that a thing needs
_JUMP = 0.008      # metres that are behind an occluding contour, at least
_STEEP = 2.5       # depth per width that is still a surface and no contour
_BEYOND = 3        # cells beyond the mask in which a contour is looked for
_CONTACTS = 90     # of either kind that are paired
_LEVEL = 0.978     # cosine of the angle to the upright within which a surface is a level top
_WITHIN = (2, 4)   # cells within the contour at which it must be
_THIN = 0.003      # metres; what is thinner is noise
_WALL = 0.03       # metres, thickest wall of a hollow thing
_TRIED = 24        # best pairs that are tried for room for the fingers
_FINGER = (0.009, 0.015, 0.05)   # metres: half width, thickness, length of a finger
_TIP = 0.004       # metres that a finger reaches beyond its contact
_TOUCHING = 3      # cells in the way of a finger that are noise
_ENOUGH = 150      # points with which nothing is missing
_MEASURED = 0.6    # share of the points with which nothing is missing
_RANGE = 3.0       # metres, within which depth is exact enough to grasp
_NEARER = 0.015    # metres that something nearer is nearer, at least


class GraspKind(IntEnum):
    """How the fingers hold. The values are the constants of `msg/Instance.msg`."""

    NO_GRASP = 0
    ANTIPODAL = 1
    RIM = 2


@dataclass(frozen=True, eq=False)
class Grasp:
    """A grasp of two parallel fingers.

    centre  float64 [3], metres, the middle between the finger tips
    axes    float64 [3, 3], right-handed; column 1 is the way in which the fingers open, column 2
            the way in which the hand approaches
    width   metres between the finger tips when they touch
    """

    kind: GraspKind
    centre: np.ndarray
    axes: np.ndarray
    width: float


@dataclass(frozen=True, eq=False)
class Handling:
    """What a hand needs to know of a thing.

    point    float64 [3], metres: a point of the visible surface near the middle of what is seen;
             None when too little of it has a depth
    normal   float64 [3], unit normal of the surface there, towards the camera
    grasp    the best one; None when none is seen that fits the gripper
    quality  in [0, 1], how far the results in space can be relied on
    reason   what lowers the quality most; '' from GOOD on
    """

    point: np.ndarray | None
    normal: np.ndarray | None
    grasp: Grasp | None
    quality: float
    reason: str


UNKNOWN = Handling(None, None, None, 0.0, '')  # without depth or intrinsics


@dataclass(frozen=True, eq=False)
class _Patch:
    """The surroundings of a mask in cells of `step` pixels.

    around   float32 [h, w], depth of all cells
    z        float32 [h, w], depth of the thing, cleaned; NaN elsewhere
    rays     float32 [3, h, w], where a depth of 1 lies
    pitch    metres between neighbouring cells on the thing
    sizes    cells of each separate surface, the largest first
    away     metres to the middle one of the cells that are measured under the mask
    outline  of `_outline`
    """

    around: np.ndarray
    z: np.ndarray
    rays: np.ndarray
    pitch: float
    sizes: np.ndarray
    away: float
    outline: '_Outline'


@dataclass(frozen=True, eq=False)
class _Outline:
    """The cells of a thing beside which it ends, bool [h, w] each.

    border  something is farther behind, so that an occluding contour is there
    inner   the thing itself goes on farther behind
    hidden  share of all that end behind something nearer, in [0, 1]
    """

    border: np.ndarray
    inner: np.ndarray
    hidden: float


@dataclass(frozen=True, eq=False)
class _Contacts:
    """Places that a finger may touch: points and outward normals, [3, N]; inner = in a hollow."""

    points: np.ndarray
    normals: np.ndarray
    inner: np.ndarray    # bool [N]


def handling(mask: Rle, depth: np.ndarray, camera: CameraModel, up: np.ndarray | None = None,
             opening: float = OPENING) -> Handling:
    """Return how what a mask covers can be held.

    mask     at the resolution of `depth`
    depth    float32 [H, W] metres along the optical axis, NaN = unknown
    up       unit normal [3] of the table: hands come from above, and edges of level tops belong to
             upright sides; None = hands come along the line of sight
    opening  metres, the widest that the gripper opens
    """
    (x, y), inside = cropped(mask)
    if inside.size == 0:
        return Handling(None, None, None, 0.0, 'its mask is empty')
    patch = _cut(inside, (x, y), depth, camera)
    quality, reason = _quality(patch, inside, (x, y), depth)
    known = np.isfinite(patch.z)
    if known.sum() < _FEWEST:
        return Handling(None, None, None, 0.0, reason or 'too few of its points are measured')
    cloud = patch.rays * patch.z
    normals = normals_of(cloud)
    seen = np.isfinite(normals[0])
    if not seen.any():
        return Handling(None, None, None, 0.0,
                        reason or 'its surface is too small to be measured')
    points, facing = chosen(cloud, seen), chosen(normals, seen)
    middle: np.ndarray = chosen(cloud, known).mean(axis=1, dtype=np.float64)
    nearest = int(np.argmin(((points - middle[:, None]) ** 2).sum(axis=0)))
    grasp = _best(patch, cloud, normals, middle, up, opening)
    return Handling(points[:, nearest].astype(np.float64), facing[:, nearest].astype(np.float64),
                    grasp, quality, reason)


def handlings_of(instances: Sequence[Instance], depth: np.ndarray, camera: CameraModel,
                 up: np.ndarray | None, opening: float = OPENING) -> dict[int, Handling]:
    """Return how the instances of a round can be held, by id; see `handling`."""
    return {i.id: handling(i.mask, depth, camera, up, opening) for i in instances}


def _cut(inside: np.ndarray, corner: tuple[int, int], depth: np.ndarray,
         camera: CameraModel) -> _Patch:
    (x, y), (height, width) = corner, inside.shape
    step = max(1, int(np.ceil((height * width / _CELLS) ** 0.5)))
    # The cells of the margin continue the grid of those inside.
    left, top = (min(_MARGIN, start // step) for start in (x, y))
    around = depth[y - top * step:y + height + _MARGIN * step:step,
                   x - left * step:x + width + _MARGIN * step:step]
    covered = np.zeros(around.shape, bool)
    cells = inside[::step, ::step]
    covered[top:top + cells.shape[0], left:left + cells.shape[1]] = cells
    raw = np.where(covered, around, np.float32(np.nan))
    z = remove_outliers(raw, camera, step)
    numbers = surface_numbers(z, camera, step)
    z = smooth(without_specks(z, camera, step, numbers))
    known, measured = z[np.isfinite(z)], raw[np.isfinite(raw)]
    pitch = step * median(known) / camera.fx if known.size else 0.0
    rows = (np.arange(around.shape[0]) - top) * step + y
    columns = (np.arange(around.shape[1]) - left) * step + x
    rays = np.ones((3, *around.shape), np.float32)
    rays[0] = (columns - camera.cx) / camera.fx
    rays[1] = ((rows - camera.cy) / camera.fy)[:, None]
    return _Patch(around, z, rays, pitch, np.bincount(numbers[numbers >= 0]),
                  median(measured) if measured.size else 0.0, _outline(z, around, pitch))


def _outline(z: np.ndarray, around: np.ndarray, pitch: float) -> _Outline:
    """Return where a thing ends, from its depth and that of all cells [h, w]."""
    line, stride = in_line(z, _BEYOND)
    rim = np.full(_BEYOND * stride, np.nan, np.float32)
    everything = np.concatenate([rim, in_line(around, _BEYOND)[0], rim])
    own = np.concatenate([rim[:stride], line, rim[:stride]])
    known = np.isfinite(line)
    border, inner, outline, behind = (np.zeros(line.size, bool) for _ in range(4))
    for beside in (-stride, stride, -1, 1):
        next_to = own[stride + beside:stride + beside + line.size]
        inner |= next_to - line > max(_JUMP, _STEEP * pitch)
        ends = np.flatnonzero(known & np.isnan(next_to))
        outline[ends] = True
        here = line[ends]
        for far in range(1, _BEYOND + 1):
            farther = everything[ends + len(rim) + far * beside] - here
            border[ends] |= farther > max(_JUMP, far * _STEEP * pitch)
            if far in (1, _BEYOND):
                behind[ends] |= -farther > max(_NEARER, far * _STEEP * pitch)
    border, inner = (cells.reshape(-1, stride)[:, :z.shape[1]] for cells in (border, inner))
    return _Outline(border, inner, float(behind.sum() / max(1, outline.sum())))


def _best(patch: _Patch, cloud: np.ndarray, normals: np.ndarray, middle: np.ndarray,
          up: np.ndarray | None, opening: float) -> Grasp | None:
    """Return the best pair of contacts that leaves room for the fingers."""
    edges = _contour(patch, cloud, normals, up)
    if not edges.points.size:
        return None
    faces = _faces(cloud, normals)
    both = _Contacts(*(np.concatenate([getattr(edges, name), getattr(faces, name)], axis=-1)
                       for name in ('points', 'normals', 'inner')))
    # About the middle, where single precision is enough for differences of squares.
    here, there = (part.points - middle.astype(np.float32)[:, None] for part in (edges, both))
    square = ((here * here).sum(axis=0)[:, None] + (there * there).sum(axis=0)
              - 2 * (here.T @ there))
    width = np.sqrt(np.maximum(square, 1e-12))
    first = (here * edges.normals).sum(axis=0)[:, None] - edges.normals.T @ there
    second = (there * both.normals).sum(axis=0) - here.T @ both.normals
    held = np.minimum(first, second) > width / (1 + FRICTION ** 2) ** 0.5
    held &= (width > _THIN) & (width < opening)
    wall = edges.inner[:, None] | both.inner[None]
    if wall.any():
        held &= ~wall | (width < _WALL)
    pairs = np.flatnonzero(held)
    if not len(pairs):
        return None
    one, other = np.divmod(pairs, held.shape[1])
    gaps, walls = np.take(width, pairs), edges.inner[one] | both.inner[other]
    starts, ends = np.take(edges.points, one, axis=1), np.take(both.points, other, axis=1)
    centres = (starts + ends) / 2
    far = np.linalg.norm(centres - middle[:, None], axis=0)
    size = max(1e-6, float(np.linalg.norm(
        chosen(cloud, np.isfinite(patch.z)) - middle[:, None], axis=0).max()))
    tilt = np.zeros(len(one)) if up is None else np.abs(up @ (ends - starts)) / gaps
    worth = (np.take(first + second, pairs) / gaps / 2 - 0.3 * far / size - 0.2 * gaps / opening
             - 0.1 * walls - 0.3 * tilt)
    scene = chosen(patch.rays * patch.around, np.isfinite(patch.around))
    few = np.arange(len(worth))
    if len(worth) > _TRIED:  # to put all of them in order takes longer than to find them
        few = np.flatnonzero(worth >= -np.partition(-worth, _TRIED - 1)[_TRIED - 1])
    for n in few[np.argsort(-worth[few], kind='stable')][:_TRIED]:
        gap = float(gaps[n])
        apart = (ends[:, n] - starts[:, n]).astype(np.float64)
        axes = _hand(apart / np.linalg.norm(apart), centres[:, n], up)
        if not _blocked(scene, centres[:, n], axes, gap):
            kind = GraspKind.RIM if walls[n] else GraspKind.ANTIPODAL
            return Grasp(kind, centres[:, n].astype(np.float64), axes, gap)
    return None


def _contour(patch: _Patch, cloud: np.ndarray, normals: np.ndarray,
             up: np.ndarray | None) -> _Contacts:
    """Return contacts at the occluding contours of a thing, at the rims inside it, too."""
    border, inner = patch.outline.border, patch.outline.inner
    height, width = border.shape
    rows, columns = np.nonzero(border | inner)
    if not len(rows):
        return _Contacts(np.empty((3, 0)), np.empty((3, 0)), np.empty(0, bool))
    some = np.linspace(0, len(rows) - 1, min(len(rows), _CONTACTS)).astype(int)
    rows, columns = rows[some], columns[some]
    # The outward direction is the mean way to cells around that are not of the same surface.
    reach = 3
    line, stride = in_line(patch.z, reach)
    rim = np.full(reach * stride, np.nan, np.float32)
    wide = np.concatenate([rim, line, rim])
    down, right = np.divmod(np.arange((2 * reach + 1) ** 2), 2 * reach + 1)
    down, right = down - reach, right - reach
    near = wide[(len(rim) + rows * stride + columns)[:, None] + down * stride + right]
    bound = patch.z[rows, columns] + max(_JUMP, reach * _STEEP * patch.pitch / 2)
    gone = ~(near <= bound[:, None])
    outward = np.zeros((3, len(rows)), np.float32)
    outward[:2] = np.stack([right, down]).astype(np.float32) @ gone.T.astype(np.float32)
    length = np.linalg.norm(outward, axis=0)
    sight = patch.rays[:, rows, columns]
    found = _across(outward, sight / np.linalg.norm(sight, axis=0))
    if up is not None:
        # What bulges may look up near its contour, but not as far within.
        top = np.ones(len(rows), bool)
        for within in _WITHIN:
            steps = np.rint(within * outward / np.maximum(length, 1e-6)).astype(int)
            beneath = normals[:, np.clip(rows - steps[1], 0, height - 1),
                              np.clip(columns - steps[0], 0, width - 1)]
            top &= up @ beneath > _LEVEL
        found[:, top] = _across(found[:, top], up[:, None])
    sure = (length > 0) & np.isfinite(found).all(axis=0)
    ends = inner[rows, columns] & ~border[rows, columns]
    return _Contacts(cloud[:, rows, columns][:, sure], found[:, sure], ends[sure])


def _faces(cloud: np.ndarray, normals: np.ndarray) -> _Contacts:
    """Return some contacts on the surface that is seen."""
    seen = np.flatnonzero(np.isfinite(normals[0]))
    some = seen[np.linspace(0, len(seen) - 1, min(len(seen), _CONTACTS)).astype(int)]
    points, facing = (np.take(v.reshape(3, -1), some, axis=1) for v in (cloud, normals))
    return _Contacts(points, facing, np.zeros(len(some), bool))


def _across(vectors: np.ndarray, axes: np.ndarray) -> np.ndarray:
    """Return the parts of vectors [3, N] across unit axes [3, N] or [3, 1], as unit vectors."""
    across = vectors - (vectors * axes).sum(axis=0) * axes
    unit: np.ndarray = across / np.maximum(np.linalg.norm(across, axis=0), 1e-9)
    return unit


def _hand(opening: np.ndarray, centre: np.ndarray, up: np.ndarray | None) -> np.ndarray:
    """Return the axes of a hand as columns: it comes from above, or else along the sight."""
    approach = centre / np.linalg.norm(centre) if up is None else -up
    if abs(float(approach @ opening)) > 0.8:  # nobody can come along the line between the fingers
        approach = centre / np.linalg.norm(centre)
    third = approach - (approach @ opening) * opening
    third /= np.linalg.norm(third)
    return np.stack([crosses(opening, third), opening, third], axis=1)


def _blocked(scene: np.ndarray, centre: np.ndarray, axes: np.ndarray, width: float) -> bool:
    """Whether points [3, N] lie where a finger would be."""
    half, thick, long = _FINGER
    across, along, into = axes.T.astype(np.float32) @ (
        scene - centre.astype(np.float32)[:, None])
    beside = np.abs(along) - width / 2
    hit = (np.abs(across) < half) & (beside > _THIN) & (beside < thick)
    return int((hit & (into < _TIP) & (into > -long)).sum()) > _TOUCHING


def _quality(patch: _Patch, inside: np.ndarray, corner: tuple[int, int], depth: np.ndarray
             ) -> tuple[float, str]:
    """Return the product of all that lowers trust, and what lowers it most."""
    (x, y), (height, width) = corner, inside.shape
    known = np.isfinite(depth[y:y + height, x:x + width]) & inside
    count, area = np.count_nonzero(known), np.count_nonzero(inside)
    if count == 0:
        return 0.0, 'none of its points is measured'
    share = count / area
    found = [(min(1.0, count / _ENOUGH), f'only {count} of its points are measured'),
             (min(1.0, share / _MEASURED), f'only {100 * share:.0f} % of its points are measured')]
    sizes = patch.sizes
    pieces = int((sizes > 0.02 * sizes.sum()).sum()) if len(sizes) else 1
    largest = float(sizes[0] / sizes.sum()) if len(sizes) else 1.0
    found.append((largest if pieces > 1 else 1.0, f'it lies in {pieces} separate pieces'))
    hidden = patch.outline.hidden
    found.append((1 - min(0.9, 1.5 * hidden) if hidden > 0.1 else 1.0,
                  f'something nearer hides {100 * hidden:.0f} % of its outline'))
    if patch.away:
        found.append((min(1.0, _RANGE / patch.away), f'it is {patch.away:.1f} m away'))
    cut = sum(int(edge.sum()) for edge, at in (
        (inside[0], y == 0), (inside[-1], y + height == depth.shape[0]),
        (inside[:, 0], x == 0), (inside[:, -1], x + width == depth.shape[1])) if at)
    found.append((1 - min(0.7, 2 * cut / area ** 0.5) if cut > 2 else 1.0,
                  'the border of the image cuts it off'))
    quality = float(np.prod([worth for worth, _ in found]))
    return quality, '' if quality >= GOOD else min(found, key=lambda pair: pair[0])[1]
