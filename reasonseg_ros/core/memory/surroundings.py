# SPDX-License-Identifier: Apache-2.0
"""What is near the remembered things and is none of them: so masks do not grow into it.

Numpy only. A surface that was in view, and outside every mask, when things were shown is still
no part of them when the camera has moved: a mug that touches the pan stays apart from it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from reasonseg_ros.core.geometry.points import lift
from reasonseg_ros.core.memory.appearance import ALIKE, distance
from reasonseg_ros.core.memory.motion import inverse, transform
from reasonseg_ros.core.memory.outline import MARGIN, WIDER, eroded
from reasonseg_ros.core.memory.referee import AGREES, Comparison, Vantage, project
from reasonseg_ros.core.memory.thing import ThingRecord

MOST = 6000      # points
RIM = 2          # pixels around masks that are nobody's: edges are never exact
_WIDEST = 3      # pixels on each side of a point that it may stand for
NOBODY = -1      # in a map of ids


@dataclass(frozen=True, eq=False)
class Surroundings:
    """Points of surfaces that are no remembered thing.

    points   float32 [N, 3] metres, in the frame that things are remembered in
    colours  float32 [N, 3], Lab in the light of the memory's first frame
    spacing  metres between neighbours
    """

    points: np.ndarray
    colours: np.ndarray
    spacing: float


NOTHING = Surroundings(np.zeros((0, 3), np.float32), np.zeros((0, 3), np.float32), 0.0)


def surroundings_of(vantage: Vantage, free: np.ndarray, things: Iterable[ThingRecord]
                    ) -> Surroundings:
    """Return what is near some things.

    free  bool [H, W], pixels of no remembered thing
    """
    camera, depth = vantage.frame.camera, vantage.depth
    balls = [(t.centre, WIDER * float(np.linalg.norm(t.points - t.centre, axis=1).max()) + MARGIN)
             for t in things if not t.flat]
    if camera is None or depth is None or not balls:
        return NOTHING
    free = eroded(free, RIM)
    step = max(1, round((depth.size / (4 * MOST)) ** 0.5))
    rows, columns = (step * n for n in np.nonzero(free[::step, ::step]
                                                  & np.isfinite(depth[::step, ::step])))
    points = transform(lift(rows, columns, depth[rows, columns], camera), vantage.pose)
    near = np.zeros(len(points), bool)
    for centre, reach in balls:
        offset = points - centre.astype(np.float32)
        near |= (offset * offset).sum(axis=1) < reach * reach
    chosen = np.flatnonzero(near)
    if not len(chosen):
        return NOTHING
    spacing = step * float(np.median(depth[rows[chosen], columns[chosen]])) / camera.fx
    if len(chosen) > MOST:
        spacing *= (len(chosen) / MOST) ** 0.5
        chosen = chosen[np.linspace(0, len(chosen) - 1, MOST).astype(int)]
    return Surroundings(points[chosen], vantage.colours(rows[chosen], columns[chosen]), spacing)


def claims_of(things: Iterable[ThingRecord], told: Mapping[int, Comparison], vantage: Vantage,
              around: Surroundings) -> np.ndarray:
    """Return int32 [H, W]: the id of the thing whose remembered surface agrees at a pixel;
    NOBODY where that is known to be no thing, 0 where nothing is known."""
    height, width = vantage.frame.height, vantage.frame.width
    claims = np.zeros((height + 2, width + 2), np.int32)   # with a rim for those at the border
    _claim(around, vantage, claims[1:-1, 1:-1])
    for thing in things:
        agreeing = told[thing.id].verdict == AGREES
        rows, columns = told[thing.id].rows[agreeing], told[thing.id].columns[agreeing]
        for down in range(3):
            for across in range(3):
                claims[rows + down, columns + across] = thing.id
    return claims[1:-1, 1:-1]


def _claim(around: Surroundings, vantage: Vantage, claims: np.ndarray) -> None:
    """Write NOBODY where the surroundings are seen again, into a map of ids, int [H, W]."""
    camera, depth = vantage.frame.camera, vantage.depth
    if camera is None or depth is None or not len(around.points):
        return
    seen = transform(around.points, inverse(vantage.pose))
    rows, columns, inside = project(seen, camera)
    here = np.flatnonzero(inside)
    rows, columns, z = rows[here], columns[here], seen[here, 2]
    tolerance = vantage.tolerance(z)
    with np.errstate(invalid='ignore'):
        again = np.abs(depth[rows, columns] - z) < tolerance
    rows, columns, z, tolerance, here = (a[again] for a in (rows, columns, z, tolerance, here))
    alike = distance(around.colours[here], vantage.colours(rows, columns)) < ALIKE
    rows, columns, z, tolerance = (a[alike] for a in (rows, columns, z, tolerance))
    if not len(rows):
        return
    wide = int(np.clip(np.ceil(0.5 * around.spacing * camera.fx / float(np.median(z))),
                       1, _WIDEST))
    height, width = depth.shape
    inner = ((rows >= wide) & (rows < height - wide) & (columns >= wide)
             & (columns < width - wide))
    at, z, tolerance = (rows * width + columns)[inner], z[inner], tolerance[inner]
    flat = depth.ravel()
    told = np.zeros(depth.size, bool)
    for down in range(-wide, wide + 1):
        for across in range(-wide, wide + 1):
            there = at + (down * width + across)
            # A neighbour on another surface is not this one.
            told[there[np.abs(flat[there] - z) < tolerance]] = True
    claims[told.reshape(depth.shape)] = NOBODY
