# SPDX-License-Identifier: Apache-2.0
"""Surfaces of things as points with colours: taken from a mask, joined, moved. Numpy only.

Functions of values; what is kept of them is up to `core.memory.world`.
"""

from dataclasses import replace

import numpy as np

from reasonseg_ros.core.dialogue.dialogue import Instance
from reasonseg_ros.core.geometry.points import lift, remove_outliers
from reasonseg_ros.core.memory.appearance import describe
from reasonseg_ros.core.memory.motion import transform
from reasonseg_ros.core.memory.outline import around, eroded, inner_pixels, worn
from reasonseg_ros.core.memory.referee import (
    HIDDEN,
    NEARER,
    OUTSIDE,
    UNKNOWN,
    Comparison,
    Vantage,
    compare,
)
from reasonseg_ros.core.memory.segments import Support
from reasonseg_ros.core.memory.thing import ThingRecord

POINTS = 900        # of a thing, from one view
DESCRIBED = 20_000  # pixels of a mask whose colours are looked at
FEWEST = 15         # points with depth that a thing needs, to be remembered in space
_CARRIED = 0.05     # metres above the support from which something may stand on another thing
_RING = 5           # pixels about a mask that tell on which ...
_BESIDE = 0.3       # ... where that share of them is about as high as its lowest points


def surface_of(mask: np.ndarray, vantage: Vantage) -> tuple[np.ndarray, np.ndarray, float]:
    """Return (points [N, 3], colours [N, 3], spacing) of what a mask shows; N is 0 without depth.
    """
    depth, camera = vantage.depth, vantage.frame.camera
    nothing = np.zeros((0, 3), np.float32)
    if depth is None or camera is None or not mask.any():
        return nothing, nothing, 0.0
    whole = around(mask, 1)
    inner = eroded(mask[whole], 1)
    step = max(1, int((inner.sum() / POINTS) ** 0.5))
    rows, columns = (slice(s.start, s.stop, step) for s in around(inner, 0))
    z = np.where(inner[rows, columns], depth[whole][rows, columns], np.float32(np.nan))
    z = remove_outliers(z, camera, step)
    r, c = np.nonzero(np.isfinite(z))
    if not len(r):
        return nothing, nothing, 0.0
    known = z[r, c]
    r = r * step + rows.start + whole[0].start
    c = c * step + columns.start + whole[1].start
    points = transform(lift(r, c, known, camera), vantage.pose)
    spacing = step * float(np.median(known)) / camera.fx
    if len(r) > 1.3 * POINTS:
        some = np.linspace(0, len(r) - 1, POINTS).astype(int)
        points, r, c = points[some], r[some], c[some]
    return points, vantage.colours(r, c), spacing


def described(mask: np.ndarray, vantage: Vantage) -> np.ndarray:
    """Return `describe` of what a mask shows; of a large one, of pixels spread over it."""
    rows, columns = inner_pixels(mask)
    step = max(1, len(rows) // DESCRIBED)
    return describe(vantage.colours(rows[::step], columns[::step]))


def pixels_of(mask: np.ndarray, vantage: Vantage) -> tuple[np.ndarray, np.ndarray, float]:
    """Return (points, colours, spacing) of a mask without depth: pixels of the key frame."""
    rows, columns = np.nonzero(mask)
    step = max(1, int(np.ceil((len(rows) / POINTS) ** 0.5)))
    grid = (rows % step == 0) & (columns % step == 0)
    if grid.any():
        rows, columns = rows[grid], columns[grid]
    points = np.stack([columns, rows, np.ones(len(rows))], axis=1).astype(np.float32)
    homography = np.eye(3) if vantage.homography is None else vantage.homography
    points = points @ np.linalg.inv(homography).T.astype(np.float32)
    return points, vantage.colours(rows, columns), float(step)


def joined(old: ThingRecord, points: np.ndarray, colours: np.ndarray, vantage: Vantage
            ) -> tuple[np.ndarray, np.ndarray]:
    """Return what is seen of a thing now, and what was known and is not contradicted."""
    told = compare(old, vantage)
    kept = np.isin(told.verdict, (OUTSIDE, HIDDEN, UNKNOWN, NEARER))
    everything = np.concatenate([points, old.points[kept]])
    hues = np.concatenate([colours, old.colours[kept]])
    if len(everything) <= 2 * POINTS:
        return everything, hues
    some = np.linspace(0, len(everything) - 1, 2 * POINTS).astype(int)
    return everything[some], hues[some]


def level_below(heights: np.ndarray, mask: np.ndarray, vantage: Vantage, support: Support) -> float:
    """Return the height, along the support's up, of what a thing stands on: the support, or
    another thing.

    heights  float32 [N] of its surface
    """
    depth, camera = vantage.depth, vantage.frame.camera
    assert depth is not None and camera is not None
    lowest = float(np.percentile(heights, 2))
    if lowest - support.level < _CARRIED:
        return support.level
    # From above, the underside of a ball is not seen, and what surrounds it tells.
    window = around(mask, _RING + 1)
    near = ~mask[window]
    rows, columns = np.nonzero(worn(near, 1) & ~worn(near, _RING) & np.isfinite(depth[window]))
    rows, columns = rows + window[0].start, columns + window[1].start
    beside = transform(lift(rows, columns, depth[rows, columns], camera),
                       vantage.pose) @ support.up.astype(np.float32)
    carried = len(beside) and (np.abs(beside - lowest) < _CARRIED / 2).mean() > _BESIDE
    return lowest if carried else support.level


def record_of(instance: Instance, vantage: Vantage, support: Support | None,
              old: ThingRecord | None, feature: np.ndarray | None) -> ThingRecord:
    """Return the surface, colours and size of what a mask shows.

    old      what was remembered under its id
    feature  float32 [F] of an engine
    """
    mask = instance.mask.decode()
    points, colours, spacing = surface_of(mask, vantage)
    flat = len(points) < FEWEST
    if flat:
        points, colours, spacing = pixels_of(mask, vantage)
    elif old is not None and not (old.flat or old.adrift):
        points, colours = joined(old, points, colours, vantage)
    level, height = 0.0, 0.0
    if support is not None and not flat:
        heights = points @ support.up.astype(np.float32)
        level = support.level if instance.parent_id else level_below(
            heights, mask, vantage, support)
        height = max(0.0, float(np.percentile(heights, 97)) - level)
    return ThingRecord(
        instance.id, instance.parent_id, instance.label, points, colours,
        described(mask, vantage) if old is None else old.descriptor,
        np.zeros(0, np.float32) if feature is None else feature.astype(np.float32), spacing,
        level, height, flat, instance.mask, vantage.frame.stamp)


def covered(told: Comparison, mask: np.ndarray) -> float:
    """Return the share of the points that something is in front of which the mask covers: there,
    the surface found is another one than remembered, and nothing hides it."""
    nearer = told.verdict == NEARER
    return float(mask[told.rows[nearer], told.columns[nearer]].mean()) if nearer.any() else 0.0


def moved_by(thing: ThingRecord, pose: np.ndarray, support: Support | None) -> ThingRecord:
    """Return a thing after a rigid motion."""
    level = thing.level
    if support is not None:
        there = (pose @ np.append(thing.centre, 1.0))[:3]
        level += float(support.up @ (there - thing.centre))
    return replace(thing, points=transform(thing.points, pose), level=level)
