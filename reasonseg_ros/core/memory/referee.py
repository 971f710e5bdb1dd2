# SPDX-License-Identifier: Apache-2.0
"""Whether a remembered surface is where it was: seen, hidden, gone, or replaced. Numpy only.

Each remembered point is projected into the frame, and its depth compared with what was measured
there: what lies well behind it was seen through the place where it should be, so it is gone; what
lies in front hides it; where nothing was measured, nothing is known. Points on the far side of
the thing itself are told by a z-buffer of its own points, and do not count.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from reasonseg_ros.core.camera.frame import CameraModel, Frame
from reasonseg_ros.core.memory.appearance import ALIKE, describe, distance, lab, linear, similarity
from reasonseg_ros.core.memory.motion import inverse, transform
from reasonseg_ros.core.memory.thing import ThingRecord

OUTSIDE, HIDDEN, UNKNOWN, AGREES, BEHIND, NEARER = range(6)   # of a point
NOISE, NOISE_FAR = 0.004, 0.004   # metres of depth error, and more with the square of the distance
WELL = 2.0       # tolerances from which a surface lies well behind or in front
THICK = 0.2      # share of its size that a thing's near side may be deep
# A part in another colour makes another thing. In simulated validation scenes the colours of what
# stood still agreed by 0.86 and more, those of lookalikes by 0.72 and less.
POINTS_ALIKE = 0.75   # share of the agreeing points that must have the remembered colour ...
LOOKS_ALIKE = 0.78    # ... or similarity of their colours: shadow and a rough pose change it less
SAME_LIGHT = 0.1      # change of the light, as a logarithm, from which ...
RELIT = 0.5, 0.55     # ... other lamps shine, from other sides, and that much is enough
NEAREST = 0.05   # metres; nearer to the camera nothing is measured


@dataclass(frozen=True, eq=False)
class Vantage:
    """A frame and from where it was taken.

    pose        float64 [4, 4], camera to the frame that things are remembered in
    gain        float32 [3], by what the light has changed since the memory began
    slack       metres by which the pose may be wrong
    homography  float64 [3, 3], pixels of the memory's key frame to this image, for flat things;
                None where it is not known
    """

    frame: Frame
    pose: np.ndarray
    gain: np.ndarray
    slack: float = 0.0
    homography: np.ndarray | None = None

    @cached_property
    def depth(self) -> np.ndarray | None:
        """float32 [H, W]; None without depth or intrinsics."""
        return None if self.frame.camera is None else self.frame.depth

    @cached_property
    def rimmed(self) -> np.ndarray:
        """float32 [H + 2, W + 2], the depth with a rim of NaN."""
        assert self.depth is not None
        return np.pad(self.depth, 1, constant_values=np.float32(np.nan))

    def around(self, rows: np.ndarray, columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Least and greatest known depth [N] of the 3x3 pixels around some; NaN where none is
        known."""
        depth = self.rimmed.ravel()
        stride = self.rimmed.shape[1]
        at = (rows + 1) * stride + columns + 1
        low = depth[at]
        high = low.copy()
        for step in (-stride - 1, -stride, -stride + 1, -1, 1, stride - 1, stride, stride + 1):
            z = depth[at + step]
            np.fmin(low, z, out=low)
            np.fmax(high, z, out=high)
        return low, high

    def tolerance(self, z: np.ndarray) -> np.ndarray:
        """Metres by which measured depths may differ from true ones, at depths `z`."""
        error: np.ndarray = self.slack + NOISE + NOISE_FAR * z * z
        return error

    def colours(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """Lab [N, 3] of pixels, in the light of the memory's first frame."""
        return lab(linear(self.frame.rgb[rows, columns]) / self.gain)


@dataclass(frozen=True, eq=False)
class Comparison:
    """Remembered points [N] in one frame.

    rows, columns  int [N], pixels; only of points that are not OUTSIDE
    z              float32 [N], predicted depth
    verdict        uint8 [N], OUTSIDE to NEARER
    colour         float32 [N], distance between remembered and measured colour; where AGREES
    """

    rows: np.ndarray
    columns: np.ndarray
    z: np.ndarray
    verdict: np.ndarray
    colour: np.ndarray

    @cached_property
    def counts(self) -> list[int]:
        """Points of each of the six verdicts."""
        counts: list[int] = np.bincount(self.verdict, minlength=6).tolist()
        return counts

    @property
    def expected(self) -> int:
        """Points that should be seen: inside the image and not on the far side."""
        return sum(self.counts[UNKNOWN:])

    def share(self, *verdicts: int) -> float:
        """Share of the expected points that have one of the verdicts."""
        return sum(self.counts[v] for v in verdicts) / max(1, self.expected)

    @cached_property
    def alike(self) -> float:
        """Share of the agreeing points that have the remembered colour; 0.0 where none agrees."""
        agreeing = self.verdict == AGREES
        return float((self.colour[agreeing] < ALIKE).mean()) if agreeing.any() else 0.0


def project(points: np.ndarray, camera: CameraModel) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (rows, columns, inside): pixels int [N] of points in the optical frame."""
    z = np.maximum(points[:, 2], NEAREST)
    columns = np.rint(points[:, 0] / z * camera.fx + camera.cx)
    rows = np.rint(points[:, 1] / z * camera.fy + camera.cy)
    inside = ((points[:, 2] > NEAREST) & (rows >= 0) & (rows < camera.height)
              & (columns >= 0) & (columns < camera.width))
    return (np.where(inside, rows, 0).astype(int), np.where(inside, columns, 0).astype(int),
            inside)


def compare(thing: ThingRecord, vantage: Vantage, points: np.ndarray | None = None) -> Comparison:
    """Compare a thing with a frame.

    points  float32 [N, 3] instead of the thing's own: where it may have moved to
    """
    if thing.flat:
        return _compare_pixels(thing, vantage)
    return _compare_points((thing,), (thing.points if points is None else points,), vantage)[0]


def compare_all(things: Sequence[ThingRecord], vantage: Vantage) -> dict[int, Comparison]:
    """Compare several things with a frame, by id: as `compare` does, and much quicker."""
    solid = [thing for thing in things if not thing.flat]
    found = dict(zip((t.id for t in solid),
                     _compare_points(solid, [t.points for t in solid], vantage)))
    return {t.id: _compare_pixels(t, vantage) if t.flat else found[t.id] for t in things}


def looks_right(thing: ThingRecord, told: Comparison, vantage: Vantage) -> bool:
    """Whether the colours of the agreeing surface are the thing's, point by point or together."""
    same = float(np.abs(np.log(vantage.gain)).max()) < SAME_LIGHT
    points, looks = (POINTS_ALIKE, LOOKS_ALIKE) if same else RELIT
    if told.alike >= points:
        return True
    agreeing = told.verdict == AGREES
    seen = describe(vantage.colours(told.rows[agreeing], told.columns[agreeing]))
    return similarity(seen, describe(thing.colours[agreeing])) >= looks


def _compare_points(things: Sequence[ThingRecord], clouds: Sequence[np.ndarray], vantage: Vantage
                    ) -> list[Comparison]:
    """Compare things, each at its own points [N, 3], with a frame."""
    camera = vantage.frame.camera
    if camera is None:
        return [_unknown(len(cloud)) for cloud in clouds]
    if not things:
        return []
    ends = np.cumsum([len(cloud) for cloud in clouds])
    owner = np.repeat(np.arange(len(things)), [len(cloud) for cloud in clouds])
    seen = transform(np.concatenate(clouds), inverse(vantage.pose))
    rows, columns, inside = project(seen, camera)
    z = seen[:, 2]
    verdict = np.full(len(z), OUTSIDE, np.uint8)
    verdict[inside] = UNKNOWN
    far = _far_side(rows[inside], columns[inside], z[inside], owner[inside], things, camera)
    verdict[np.flatnonzero(inside)[far]] = HIDDEN
    colour = np.full(len(z), np.nan, np.float32)
    ask = np.flatnonzero(verdict == UNKNOWN)
    if vantage.depth is not None:
        low, high = vantage.around(rows[ask], columns[ask])
        at = z[ask]
        tolerance = vantage.tolerance(at)
        told = np.full(len(ask), UNKNOWN, np.uint8)
        told[(at >= low - tolerance) & (at <= high + tolerance)] = AGREES
        told[low > at + WELL * tolerance] = BEHIND
        told[high < at - WELL * tolerance] = NEARER
        verdict[ask] = told
        ask = ask[told == AGREES]
    colours = np.concatenate([thing.colours for thing in things])
    colour[ask] = distance(colours[ask], vantage.colours(rows[ask], columns[ask]))
    if vantage.depth is None:   # colour alone
        verdict[ask[colour[ask] < ALIKE]] = AGREES
    parts = (np.split(values, ends[:-1]) for values in (rows, columns, z, verdict, colour))
    return [Comparison(*values) for values in zip(*parts)]


def _unknown(count: int) -> Comparison:
    """Return a comparison of points of which nothing is known."""
    nothing = np.zeros(count, int)
    return Comparison(nothing, nothing, np.zeros(count, np.float32),
                      np.full(count, UNKNOWN, np.uint8), np.full(count, np.nan, np.float32))


def _compare_pixels(thing: ThingRecord, vantage: Vantage) -> Comparison:
    """Compare by colour alone, where the points of a thing are pixels of the key frame."""
    frame = vantage.frame
    homography = np.eye(3) if vantage.homography is None else vantage.homography
    seen = thing.points @ homography.T.astype(np.float32)
    scale = np.where(np.abs(seen[:, 2]) > 1e-6, seen[:, 2], 1e-6)
    columns, rows = np.rint(seen[:, 0] / scale), np.rint(seen[:, 1] / scale)
    inside = ((rows >= 0) & (rows < frame.height) & (columns >= 0) & (columns < frame.width)
              & (seen[:, 2] > 0))
    rows, columns = (np.where(inside, a, 0).astype(int) for a in (rows, columns))
    colour = np.full(len(rows), np.nan, np.float32)
    colour[inside] = distance(thing.colours[inside], vantage.colours(rows[inside],
                                                                     columns[inside]))
    verdict = np.full(len(rows), OUTSIDE, np.uint8)
    verdict[inside] = UNKNOWN
    verdict[inside & (colour < ALIKE)] = AGREES
    return Comparison(rows, columns, np.ones(len(rows), np.float32), verdict, colour)


def _far_side(rows: np.ndarray, columns: np.ndarray, z: np.ndarray, owner: np.ndarray,
              things: Sequence[ThingRecord], camera: CameraModel) -> np.ndarray:
    """Return bool [N]: points that nearer points of the same thing hide.

    owner  int [N], place of each point's thing

    Each thing has a grid of its own, with a rim, whose cells hold the least depth in them.
    """
    if not len(z):
        return np.zeros(0, bool)
    count = np.bincount(owner, minlength=len(things))
    middle = np.bincount(owner, z, len(things)) / np.maximum(count, 1)
    spacing = np.array([thing.spacing for thing in things])
    cell = np.maximum(2.0, 1.6 * spacing * camera.fx / np.maximum(middle, NEAREST))[owner]
    down, right = (_cells(values, owner, cell, len(things)) for values in (rows, columns))
    high, wide = (_largest(values, owner, len(things)) + 3 for values in (down, right))
    start = np.append(0, np.cumsum(high * wide))
    stride = wide[owner]
    at = start[owner] + (down + 1) * stride + right + 1
    nearest = np.full(start[-1], np.inf, np.float32)
    np.minimum.at(nearest, at, z)
    around = nearest[at]
    for step in (-stride - 1, -stride, -stride + 1, -1, 1, stride - 1, stride, stride + 1):
        np.minimum(around, nearest[at + step], out=around)
    deep = np.array([max(0.012, THICK * thing.extent) for thing in things], np.float32)
    hidden: np.ndarray = z > around + deep[owner]
    return hidden


def _cells(pixels: np.ndarray, owner: np.ndarray, cell: np.ndarray, things: int) -> np.ndarray:
    """Return int [N]: in which cell of its thing's grid, from 0, each pixel is along one side."""
    first = np.full(things, np.iinfo(int).max)
    np.minimum.at(first, owner, pixels)
    cells: np.ndarray = ((pixels - first[owner]) / cell).astype(int)
    return cells


def _largest(values: np.ndarray, owner: np.ndarray, things: int) -> np.ndarray:
    """Return int [things]: the largest value of each, 0 where it has none."""
    found = np.zeros(things, int)
    np.maximum.at(found, owner, values)
    return found
