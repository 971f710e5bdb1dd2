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
from reasonseg_ros.core.geometry.points import remove_outliers, smooth
from reasonseg_ros.core.geometry.surfaces import surface_numbers, without_specks
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

    around  float32 [h, w], depth of all cells
    z       float32 [h, w], depth of the thing, cleaned; NaN elsewhere
    rays    float32 [h, w, 3], where a depth of 1 lies
    pitch   metres between neighbouring cells on the thing
    sizes   cells of each separate surface, the largest first
    """

    around: np.ndarray
    z: np.ndarray
    rays: np.ndarray
    pitch: float
    sizes: np.ndarray


@dataclass(frozen=True, eq=False)
class _Contacts:
    """Places that a finger may touch: points and outward normals, [N, 3]; inner = in a hollow."""

    points: np.ndarray
    normals: np.ndarray
    contour: np.ndarray  # bool [N]
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
    quality, reason = _quality(patch, inside, (x, y), depth, camera)
    known = np.isfinite(patch.z)
    if known.sum() < _FEWEST:
        return Handling(None, None, None, 0.0, reason or 'too few of its points are measured')
    cloud = patch.rays * patch.z[..., None]
    normals = _normals(cloud)
    seen = np.isfinite(normals[..., 0])
    if not seen.any():
        return Handling(None, None, None, 0.0, 'its surface is too small to be measured')
    points, facing = cloud[seen].astype(np.float64), normals[seen].astype(np.float64)
    middle: np.ndarray = cloud[known].astype(np.float64).mean(axis=0)
    nearest = int(np.argmin(((points - middle) ** 2).sum(axis=1)))
    grasp = _best(patch, cloud, normals, middle, up, opening)
    return Handling(points[nearest], facing[nearest], grasp, quality, reason)


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
    z = np.where(covered, around, np.float32(np.nan))
    z = remove_outliers(z, camera, step)
    numbers = surface_numbers(z, camera, step)
    z = smooth(without_specks(z, camera, step, numbers))
    known = z[np.isfinite(z)]
    pitch = step * float(np.median(known)) / camera.fx if known.size else 0.0
    rows = (np.arange(around.shape[0]) - top) * step + y
    columns = (np.arange(around.shape[1]) - left) * step + x
    rays = np.ones((*around.shape, 3), np.float32)
    rays[..., 0] = (columns - camera.cx) / camera.fx
    rays[..., 1] = ((rows - camera.cy) / camera.fy)[:, None]
    return _Patch(around, z, rays, pitch, np.bincount(numbers[numbers >= 0]))


def _normals(cloud: np.ndarray) -> np.ndarray:
    """Return unit normals [h, w, 3] towards the camera, NaN where a neighbour is not known."""
    normals = np.full(cloud.shape, np.nan, np.float32)
    for reach in (1, 2):  # the wider, less noisy one wins where it is known
        inner = slice(reach, -reach)
        if min(cloud.shape[:2]) <= 2 * reach:
            break
        across = cloud[inner, 2 * reach:] - cloud[inner, :-2 * reach]
        down = cloud[2 * reach:, inner] - cloud[:-2 * reach, inner]
        (a, b, c), (d, e, f) = np.moveaxis(down, 2, 0), np.moveaxis(across, 2, 0)
        found = np.stack([b * f - c * e, c * d - a * f, a * e - b * d], axis=2)
        length = np.sqrt(np.einsum('ijk,ijk->ij', found, found))
        away = np.einsum('ijk,ijk->ij', found, cloud[inner, inner]) > 0
        found /= np.where(away, -1, 1)[..., None] * np.maximum(length, 1e-12)[..., None]
        normals[inner, inner] = np.where(np.isfinite(found), found, normals[inner, inner])
    return normals


def _best(patch: _Patch, cloud: np.ndarray, normals: np.ndarray, middle: np.ndarray,
          up: np.ndarray | None, opening: float) -> Grasp | None:
    """Return the best pair of contacts that leaves room for the fingers."""
    edges = _contour(patch, cloud, normals, up)
    faces = _faces(cloud, normals)
    both = _Contacts(*(np.concatenate([getattr(edges, name), getattr(faces, name)])
                       for name in ('points', 'normals', 'contour', 'inner')))
    if not len(edges.points):
        return None
    # About the middle, where single precision is enough for differences of squares.
    here, there = (part.points - middle.astype(np.float32) for part in (edges, both))
    square = (here * here).sum(axis=1)[:, None] + (there * there).sum(axis=1) - 2 * here @ there.T
    width = np.sqrt(np.maximum(square, 1e-12))
    first = ((here * edges.normals).sum(axis=1)[:, None] - edges.normals @ there.T) / width
    second = ((there * both.normals).sum(axis=1) - here @ both.normals.T) / width
    held = np.minimum(first, second) > 1 / (1 + FRICTION ** 2) ** 0.5
    wall = edges.inner[:, None] | both.inner[None]
    held &= (width > _THIN) & (width < np.where(wall, min(_WALL, opening), opening))
    one, other = np.nonzero(held)
    if not len(one):
        return None
    centres = (edges.points[one] + both.points[other]) / 2
    far = np.linalg.norm(centres - middle, axis=1)
    size = max(1e-6, float(np.linalg.norm(cloud[np.isfinite(patch.z)] - middle, axis=1).max()))
    tilt = np.zeros(len(one)) if up is None else np.abs(
        (both.points[other] - edges.points[one]) @ up) / width[held]
    worth = ((first + second)[held] / 2 - 0.3 * far / size - 0.2 * width[held] / opening
             - 0.1 * wall[held] - 0.3 * tilt)
    scene = patch.rays * patch.around[..., None]
    scene = scene[np.isfinite(patch.around)]
    for n in np.argsort(-worth, kind='stable')[:_TRIED]:
        gap = float(width[one[n], other[n]])
        apart = (both.points[other[n]] - edges.points[one[n]]).astype(np.float64)
        axes = _hand(apart / np.linalg.norm(apart), centres[n], up)
        if not _blocked(scene, centres[n], axes, gap):
            kind = GraspKind.RIM if wall[one[n], other[n]] else GraspKind.ANTIPODAL
            return Grasp(kind, centres[n].astype(np.float64), axes, gap)
    return None


def _contour(patch: _Patch, cloud: np.ndarray, normals: np.ndarray,
             up: np.ndarray | None) -> _Contacts:
    """Return contacts at the occluding contours of a thing, at the rims inside it, too."""
    z, known = patch.z, np.isfinite(patch.z)
    filled = np.where(known, z, np.float32(np.inf))
    jump = max(_JUMP, _STEEP * patch.pitch)
    border = np.zeros(z.shape, bool)
    inner = np.zeros(z.shape, bool)
    height, width = z.shape
    around = np.pad(patch.around, _BEYOND, constant_values=np.nan)
    own = np.pad(filled, 1, constant_values=np.inf)
    for down, right in ((-1, 0), (1, 0), (0, -1), (0, 1)):
        beside = own[1 + down:1 + down + height, 1 + right:1 + right + width]
        inner |= known & (beside > filled + jump) & (beside < np.inf)
        outside = known & ~np.isfinite(beside)
        for far in range(1, _BEYOND + 1):
            row, column = _BEYOND + far * down, _BEYOND + far * right
            behind = around[row:row + height, column:column + width]
            border |= outside & (behind - z > max(_JUMP, far * _STEEP * patch.pitch))
    rows, columns = np.nonzero(border | inner)
    if not len(rows):
        return _Contacts(np.empty((0, 3)), np.empty((0, 3)), np.empty(0, bool), np.empty(0, bool))
    some = np.linspace(0, len(rows) - 1, min(len(rows), _CONTACTS)).astype(int)
    rows, columns = rows[some], columns[some]
    # The outward direction is the mean way to cells around that are not of the same surface.
    reach = 3
    wide = np.pad(filled, reach, constant_values=np.inf)
    shift = np.arange(-reach, reach + 1)
    near = wide[rows[:, None, None] + reach + shift[None, :, None],
                columns[:, None, None] + reach + shift[None, None, :]]
    here = z[rows, columns]
    gone = near - here[:, None, None] > max(_JUMP, reach * _STEEP * patch.pitch / 2)
    outward = np.zeros((len(rows), 3), np.float32)
    outward[:, 0] = (gone * shift[None, None, :]).sum(axis=(1, 2))
    outward[:, 1] = (gone * shift[None, :, None]).sum(axis=(1, 2))
    length = np.linalg.norm(outward, axis=1)
    sight = patch.rays[rows, columns]
    sight = sight / np.linalg.norm(sight, axis=1, keepdims=True)
    found = _across(outward, sight)
    if up is not None:
        # What bulges may look up near its contour, but not as far within.
        top = np.ones(len(rows), bool)
        for within in _WITHIN:
            steps = np.rint(within * outward / np.maximum(length, 1e-6)[:, None]).astype(int)
            beneath = normals[np.clip(rows - steps[:, 1], 0, height - 1),
                              np.clip(columns - steps[:, 0], 0, width - 1)]
            top &= beneath @ up > _LEVEL
        found[top] = _across(found[top], np.broadcast_to(up, (int(top.sum()), 3)))
    sure = (length > 0) & np.isfinite(found).all(axis=1)
    ends = inner[rows, columns] & ~border[rows, columns]
    return _Contacts(cloud[rows, columns][sure], found[sure], np.ones(int(sure.sum()), bool),
                     ends[sure])


def _faces(cloud: np.ndarray, normals: np.ndarray) -> _Contacts:
    """Return some contacts on the surface that is seen."""
    seen = np.isfinite(normals[..., 0])
    points, facing = cloud[seen], normals[seen]
    some = np.linspace(0, len(points) - 1, min(len(points), _CONTACTS)).astype(int)
    none = np.zeros(len(some), bool)
    return _Contacts(points[some], facing[some], none, none)


def _across(vectors: np.ndarray, axes: np.ndarray) -> np.ndarray:
    """Return the parts of vectors [N, 3] across unit axes [N, 3], as unit vectors."""
    across = vectors - (vectors * axes).sum(axis=1, keepdims=True) * axes
    unit: np.ndarray = across / np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-9)
    return unit


def _hand(opening: np.ndarray, centre: np.ndarray, up: np.ndarray | None) -> np.ndarray:
    """Return the axes of a hand as columns: it comes from above, or else along the sight."""
    approach = centre / np.linalg.norm(centre) if up is None else -up
    if abs(float(approach @ opening)) > 0.8:  # nobody can come along the line between the fingers
        approach = centre / np.linalg.norm(centre)
    third = approach - (approach @ opening) * opening
    third /= np.linalg.norm(third)
    return np.stack([np.cross(opening, third), opening, third], axis=1)


def _blocked(scene: np.ndarray, centre: np.ndarray, axes: np.ndarray, width: float) -> bool:
    """Whether points [N, 3] lie where a finger would be."""
    half, thick, long = _FINGER
    across, along, into = ((scene - centre) @ axes).T
    beside = np.abs(along) - width / 2
    hit = (np.abs(across) < half) & (beside > _THIN) & (beside < thick)
    return int((hit & (into < _TIP) & (into > -long)).sum()) > _TOUCHING


def _quality(patch: _Patch, inside: np.ndarray, corner: tuple[int, int], depth: np.ndarray,
             camera: CameraModel) -> tuple[float, str]:
    """Return the product of all that lowers trust, and what lowers it most."""
    (x, y), (height, width) = corner, inside.shape
    known = np.isfinite(depth[y:y + height, x:x + width]) & inside
    count, area = int(known.sum()), int(inside.sum())
    if count == 0:
        return 0.0, 'none of its points is measured'
    share = count / area
    found = [(min(1.0, count / _ENOUGH), f'only {count} of its points are measured'),
             (min(1.0, share / _MEASURED), f'only {100 * share:.0f} % of its points are measured')]
    sizes = patch.sizes
    pieces = int((sizes > 0.02 * sizes.sum()).sum()) if len(sizes) else 1
    largest = float(sizes[0] / sizes.sum()) if len(sizes) else 1.0
    found.append((largest if pieces > 1 else 1.0, f'it lies in {pieces} separate pieces'))
    hidden = _hidden(patch)
    found.append((1 - min(0.9, 1.5 * hidden) if hidden > 0.1 else 1.0,
                  f'something nearer hides {100 * hidden:.0f} % of its outline'))
    away = float(np.median(depth[y:y + height, x:x + width][known]))
    found.append((min(1.0, _RANGE / away), f'it is {away:.1f} m away'))
    cut = sum(int(edge.sum()) for edge, at in (
        (inside[0], y == 0), (inside[-1], y + height == depth.shape[0]),
        (inside[:, 0], x == 0), (inside[:, -1], x + width == depth.shape[1])) if at)
    found.append((1 - min(0.7, 2 * cut / area ** 0.5) if cut > 2 else 1.0,
                  'the border of the image cuts it off'))
    quality = float(np.prod([worth for worth, _ in found]))
    return quality, '' if quality >= GOOD else min(found, key=lambda pair: pair[0])[1]


def _hidden(patch: _Patch) -> float:
    """Return the share of the outline that lies behind something nearer, in [0, 1]."""
    known = np.isfinite(patch.z)
    height, width = known.shape
    around = np.pad(patch.around, _BEYOND, constant_values=np.nan)
    own = np.pad(known, 1)
    outline, behind = np.zeros_like(known), np.zeros_like(known)
    for down, right in ((-1, 0), (1, 0), (0, -1), (0, 1)):
        outside = known & ~own[1 + down:1 + down + height, 1 + right:1 + right + width]
        outline |= outside
        for far in (1, _BEYOND):
            row, column = _BEYOND + far * down, _BEYOND + far * right
            there = around[row:row + height, column:column + width]
            behind |= outside & (patch.z - there > max(_NEARER, far * _STEEP * patch.pitch))
    return float(behind.sum() / max(1, outline.sum()))
