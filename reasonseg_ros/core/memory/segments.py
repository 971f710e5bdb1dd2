# SPDX-License-Identifier: Apache-2.0
"""What stands on the support and is nobody's: where a thing that was moved is looked for.

Numpy only. Segments are connected surfaces above the support (`core.geometry.surfaces`), on a
coarse grid; whether one is the thing sought is told by size, colours and shape.
"""

from dataclasses import dataclass

import numpy as np

from reasonseg_ros.core.geometry.boxes import table_up
from reasonseg_ros.core.geometry.points import lift
from reasonseg_ros.core.geometry.surfaces import surface_numbers
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.core.memory.appearance import describe, similarity
from reasonseg_ros.core.memory.motion import inverse, transform, turned
from reasonseg_ros.core.memory.referee import (
    AGREES,
    BEHIND,
    NEARER,
    Comparison,
    Vantage,
    compare,
    looks_right,
    project,
)
from reasonseg_ros.core.memory.thing import ThingRecord

WIDE = 160        # pixels of a row, about, that segments are sought in
RISE = 0.008      # metres above the support from which something stands on it ...
NOISY = 1.2       # ... and tolerances of the depth
HIGHEST = 0.6     # metres above the support, at most
FEWEST = 12       # coarse pixels of a segment
HEIGHT_OFF, HEIGHT_SHARE = 0.008, 0.15   # metres, and share, that heights may differ
COLOUR = 0.6      # similarity of colours, at least
SHAPE = 0.6       # share of the surface that must agree with what is measured, once laid over it
SAME_COLOURS = 0.5   # share of the agreeing points that must have the remembered colour
LEAD = 1.15       # times that the best segment must be better than the next
TURNS = 12        # angles that are tried for a thing that was turned
_TRIED = 400      # points that angles are tried with
_LEVELS = 0.004   # metres, height of the bins that the support is searched in


@dataclass(frozen=True, eq=False)
class Support:
    """The plane that things stand on, in the frame that they are remembered in.

    up     float64 [3], unit normal, away from the support
    level  up @ point = level on it, metres
    """

    up: np.ndarray
    level: float


@dataclass(frozen=True, eq=False)
class Segment:
    """A connected surface above the support.

    rows, columns  int [N], pixels, of a coarse grid
    points         float32 [N, 3] metres, in the frame that things are remembered in
    descriptor     of its colours
    height         metres that it reaches above the support
    cut            whether it touches the border of the image
    """

    rows: np.ndarray
    columns: np.ndarray
    points: np.ndarray
    descriptor: np.ndarray
    height: float
    cut: bool


@dataclass(frozen=True, eq=False)
class Find:
    """A thing found in another place: the rigid motion [4, 4] there, and how well it fits."""

    segment: Segment
    pose: np.ndarray
    score: float


def support_of(vantage: Vantage, masks: list[Rle]) -> Support | None:
    """Return the plane that things stand on; None without depth or where there is none.

    masks  what stands on it
    """
    camera, depth = vantage.frame.camera, vantage.depth
    if depth is None or camera is None:
        return None
    up = table_up(depth, camera, masks)
    if up is None:
        return None
    z = depth[::8, ::8]
    rows, columns = np.nonzero(np.isfinite(z))
    axis = vantage.pose[:3, :3] @ up
    heights = transform(lift(rows * 8, columns * 8, z[rows, columns], camera), vantage.pose) @ axis
    bins = ((heights - heights.min()) / _LEVELS).astype(int)
    best = int(np.argmax(np.convolve(np.bincount(bins), (1, 1, 1), 'same')))
    return Support(axis, float(np.median(heights[np.abs(bins - best) <= 1])))


def segments(vantage: Vantage, support: Support, free: np.ndarray) -> list[Segment]:
    """Return what stands on the support, the largest first.

    free  bool [H, W], pixels that belong to no known thing
    """
    camera, depth = vantage.frame.camera, vantage.depth
    if depth is None or camera is None:
        return []
    step = _step(vantage)
    z = depth[::step, ::step]
    rows, columns = (step * n for n in np.indices(z.shape).reshape(2, -1))
    points = transform(lift(rows, columns, z.ravel(), camera), vantage.pose)
    heights = points @ support.up.astype(np.float32) - support.level
    heights -= _lifted(heights, vantage.slack)
    floor = np.maximum(RISE, NOISY * (vantage.tolerance(z.ravel()) - vantage.slack))
    with np.errstate(invalid='ignore'):
        above = (heights > floor) & (heights < HIGHEST) & free[::step, ::step].ravel()
    numbers = surface_numbers(np.where(above.reshape(z.shape), z, np.float32(np.nan)), camera,
                              step).ravel()
    found = []
    for number in range(int(numbers.max()) + 1 if numbers.size else 0):
        here = np.flatnonzero(numbers == number)
        if len(here) < FEWEST:
            break
        r, c = rows[here], columns[here]
        cut = bool(r.min() < step or c.min() < step or r.max() >= vantage.frame.height - 2 * step
                   or c.max() >= vantage.frame.width - 2 * step)
        found.append(Segment(r, c, points[here], describe(vantage.colours(r, c)),
                             float(np.percentile(heights[here], 97)), cut))
    return found


def _lifted(heights: np.ndarray, slack: float) -> float:
    """Return how high the support is in this frame: not 0 where the pose of the camera may be off.

    heights  float32 [N] metres, NaN where no depth is known
    slack    metres by which the pose may be off
    """
    near = heights[np.abs(heights) < 2 * slack]
    if len(near) < 50:
        return 0.0
    bins = ((near + 2 * slack) / _LEVELS).astype(int)
    best = int(np.argmax(np.convolve(np.bincount(bins), (1, 1, 1), 'same')))
    return float(np.median(near[np.abs(bins - best) <= 1]))


def _step(vantage: Vantage) -> int:
    """Pixels between those that segments are sought in."""
    return max(1, round(vantage.frame.width / WIDE))


def find(thing: ThingRecord, among: list[Segment], vantage: Vantage, support: Support
         ) -> tuple[Find | None, str]:
    """Return where a thing is now, or None, and why: a sentence about it.

    among  segments that may be it
    """
    fits = [f for f in (_fit(thing, one, vantage, support) for one in among) if f is not None]
    fits.sort(key=lambda f: -f.score)
    if not fits:
        return None, 'nothing in view is like it'
    if len(fits) > 1 and fits[0].score < LEAD * fits[1].score:
        return None, 'several things in view are like it'
    return fits[0], 'found in another place'


def _fit(thing: ThingRecord, segment: Segment, vantage: Vantage, support: Support) -> Find | None:
    """Lay a thing over a segment; None where it is not like it."""
    colour = similarity(thing.descriptor, segment.descriptor)
    off = segment.height - thing.height
    allowed = HEIGHT_OFF + HEIGHT_SHARE * thing.height
    if colour < COLOUR or off > allowed or (off < -allowed and not segment.cut):
        return None
    best: tuple[float, np.ndarray] | None = None
    for turn in range(TURNS):
        angle = 360.0 / TURNS * turn
        pose = laid_over(thing, segment, vantage, support, angle)
        told = compare(thing, vantage, transform(thing.points, pose))
        score = fitness(told)
        score *= 1.0 if turn == 0 else 0.97    # things are pushed more often than turned
        if best is None or score > best[0]:
            best = score, pose
    assert best is not None
    told = compare(thing, vantage, transform(thing.points, best[1]))
    right = told.share(AGREES) / max(1e-6, told.share(AGREES, BEHIND, NEARER))
    if right < SHAPE or told.alike < SAME_COLOURS or told.share(AGREES) < SHAPE / 2 or (
            not looks_right(thing, told, vantage)):
        return None
    if not _covers(segment, told, thing, vantage):
        return None
    return Find(segment, best[1], best[0] * colour)


def fitness(told: Comparison) -> float:
    """Return in [0, 1] how well a surface agrees in place and colour with what is measured."""
    return told.share(AGREES) / max(1e-6, told.share(AGREES, BEHIND, NEARER)) * (
        0.5 + 0.5 * told.alike) * min(1.0, 2 * told.share(AGREES))


def laid_over(thing: ThingRecord, segment: Segment, vantage: Vantage, support: Support,
              degrees: float) -> np.ndarray:
    """Return the rigid motion [4, 4] that turns a thing about the upright axis and lays what would
    be seen of it over a segment."""
    pose = turned(support.up, degrees, thing.centre.astype(float))
    axis = support.up.astype(np.float32)
    some = slice(None, None, max(1, len(thing.points) // _TRIED))
    # It goes on standing on the support.
    pose[:3, 3] += support.up * (support.level - thing.level)
    pose[:3, 3] += _level(_middle(segment.points) - _middle(transform(thing.points, pose)), axis)
    camera = vantage.frame.camera
    assert camera is not None
    back, grid = inverse(vantage.pose), _step(vantage)
    for _ in range(3):
        told = compare(thing, vantage, transform(thing.points, pose))
        near = told.verdict >= 2   # on the near side, and inside the image
        if near.sum() < 8:
            break
        shown = transform(thing.points, pose)[near][some]
        pose[:3, 3] += _level(_middle(segment.points) - _middle(shown), axis)
        # Along the line of sight, middles of boxes are rough: the measured depth is exact.
        seen = transform(transform(thing.points[near], pose), back)
        rows, columns, inside = project(seen, camera)
        mine = np.zeros((vantage.frame.height // grid + 1, vantage.frame.width // grid + 1), bool)
        mine[segment.rows // grid, segment.columns // grid] = True
        on = inside & mine[rows // grid, columns // grid]
        if on.sum() >= 8 and vantage.depth is not None:
            away = vantage.depth[rows[on], columns[on]] - seen[on, 2]
            away = away[np.isfinite(away)]
            if len(away):
                ray = vantage.pose[:3, :3] @ (seen[on].mean(axis=0) / seen[on, 2].mean())
                pose[:3, 3] += _level(ray * float(np.median(away)), axis)
    return pose


def _covers(segment: Segment, told: Comparison, thing: ThingRecord, vantage: Vantage) -> bool:
    """Whether a thing laid over a segment explains most of it: a part of a larger one does not."""
    camera = vantage.frame.camera
    assert camera is not None
    step = _step(vantage)
    reach = max(2, int(np.ceil(thing.spacing * camera.fx / float(np.median(told.z)) / step)))
    grid = np.zeros((vantage.frame.height // step + 1 + 2 * reach,
                     vantage.frame.width // step + 1 + 2 * reach), bool)
    agreeing = told.verdict == AGREES
    rows, columns = told.rows[agreeing] // step + reach, told.columns[agreeing] // step + reach
    for down in range(-reach, reach + 1):
        for across in range(-reach, reach + 1):
            grid[rows + down, columns + across] = True
    return bool(grid[segment.rows // step + reach, segment.columns // step + reach].mean() > SHAPE)


def _middle(points: np.ndarray) -> np.ndarray:
    """Middle [3] of a robust box around points."""
    low, high = np.percentile(points, (3, 97), axis=0)
    middle: np.ndarray = (low + high) / 2
    return middle


def _level(step: np.ndarray, up: np.ndarray) -> np.ndarray:
    """Return a displacement [3] without its upright part."""
    level: np.ndarray = step - up * (step @ up)
    return level
