# SPDX-License-Identifier: Apache-2.0
"""From where a thing's remembered surface is in an image to the mask of what is seen of it there.

Numpy only. The points that agree with what was measured are drawn as discs and closed; from them
the mask grows over the connected surface that rises above the support, as far as the thing may
reach. Flat things and parts, which no step in depth bounds, do not grow.
"""

import numpy as np

from reasonseg_ros.core.geometry.points import SLOPE
from reasonseg_ros.core.memory.appearance import ALIKE, least_distance
from reasonseg_ros.core.memory.referee import AGREES, HIDDEN, OUTSIDE, Comparison, Vantage
from reasonseg_ros.core.memory.thing import ThingRecord

LOW = 0.012      # metres; what rises less above its support is too flat to grow
WIDER = 1.3      # times its known reach that more of a thing may be found ...
MARGIN = 0.012   # ... and metres beside it
PIXELS = 16000   # of a window; larger ones are looked at coarsely
_DISC = 9        # pixels, the largest disc of a point
NOISY = 0.006    # metres that neighbouring depths of one surface may differ by noise

Window = tuple[slice, slice]   # rows and columns of an image


def draw(comparison: Comparison, spacing: float, focal: float, shape: tuple[int, int],
         wanted: np.ndarray) -> tuple[Window, np.ndarray]:
    """Return (window, depth float32 [h, w]) of the wanted points, each as a disc; NaN elsewhere.

    spacing  metres between the points
    focal    pixels
    wanted   bool [N]
    """
    rows, columns, z = (a[wanted] for a in (comparison.rows, comparison.columns, comparison.z))
    reach = int(np.clip(np.ceil(0.75 * spacing * focal / float(np.median(z))), 1, _DISC))
    top, left = max(0, rows.min() - reach), max(0, columns.min() - reach)
    bottom = min(shape[0], rows.max() + reach + 1)
    right = min(shape[1], columns.max() + reach + 1)
    canvas = np.full((bottom - top + 2 * reach, right - left + 2 * reach), np.nan, np.float32)
    order = np.argsort(-z)    # the nearest is drawn last
    rows, columns, z = rows[order] - top + reach, columns[order] - left + reach, z[order]
    for down in range(-reach, reach + 1):
        for across in range(-reach, reach + 1):
            if down * down + across * across <= reach * (reach + 0.5):
                canvas[rows + down, columns + across] = z
    return ((slice(top, bottom), slice(left, right)),
            _shrunk(canvas[reach:-reach, reach:-reach], reach - 1))


def outline(thing: ThingRecord, comparison: Comparison, vantage: Vantage, up: np.ndarray | None,
            free: np.ndarray, wider: float = WIDER) -> tuple[np.ndarray, Window]:
    """Return the mask of a thing, bool [H, W], and the rows and columns that hold all of it.

    up     unit normal [3] of the support, in the frame that things are remembered in; None where
           no support is known
    free   bool [H, W], pixels that no other thing has
    wider  times its known reach that more of it may be found
    """
    frame = vantage.frame
    shape = frame.height, frame.width
    mask = np.zeros(shape, bool)
    agreeing = comparison.verdict == AGREES
    if not agreeing.any():
        return mask, (slice(0, 0), slice(0, 0))
    focal = 1.0 if thing.flat or frame.camera is None else frame.camera.fx
    window, drawn = draw(comparison, thing.spacing, focal, shape, agreeing)
    mask[window] = np.isfinite(drawn)
    if vantage.depth is None or thing.flat:
        return mask, window
    measured = vantage.depth[window]
    with np.errstate(invalid='ignore'):
        wrong = np.abs(measured - drawn) > 2 * vantage.tolerance(drawn)
    mask[window] &= ~wrong
    if thing.parent_id or thing.height < LOW:
        _fit(thing, mask[window], window, vantage)
        return mask, window
    return _grown(thing, comparison, mask, vantage, up, free, wider)


def _fit(thing: ThingRecord, inside: np.ndarray, window: Window, vantage: Vantage) -> None:
    """Take the pixels at the rim of a mask [h, w] away whose colour the thing does not have."""
    rim = inside & ~_eroded(_eroded(inside))
    rows, columns = np.nonzero(rim)
    if not len(rows):
        return
    seen = vantage.colours(rows + window[0].start, columns + window[1].start)
    nearest = least_distance(seen, thing.colours[::max(1, len(thing.colours) // 48)])
    inside[rows[nearest > ALIKE], columns[nearest > ALIKE]] = False


def _grown(thing: ThingRecord, comparison: Comparison, mask: np.ndarray, vantage: Vantage,
           up: np.ndarray | None, free: np.ndarray, wider: float
           ) -> tuple[np.ndarray, Window]:
    """Grow a mask over the connected surface within the thing's reach."""
    frame, camera, depth = vantage.frame, vantage.frame.camera, vantage.depth
    assert camera is not None and depth is not None
    expected = (comparison.verdict != OUTSIDE) & (comparison.verdict != HIDDEN)
    rows, columns = comparison.rows[expected], comparison.columns[expected]
    margin = 6 + int(0.4 * max(np.ptp(rows), np.ptp(columns)))
    top, left = max(0, rows.min() - margin), max(0, columns.min() - margin)
    bottom = min(rows.max() + margin + 1, frame.height)
    right = min(columns.max() + margin + 1, frame.width)
    step = max(1, round(((bottom - top) * (right - left) / PIXELS) ** 0.5))
    window = slice(top, bottom, step), slice(left, right, step)
    z = depth[window]
    allowed = free[window] & _within(thing, z, window, vantage, up, float(
        vantage.tolerance(np.median(comparison.z[expected]))), wider)
    seeds = mask[window] & free[window]
    steep = SLOPE * step * float(np.median(comparison.z[expected])) / camera.fx + NOISY
    found = spread(seeds & np.isfinite(z), allowed | seeds, z, steep)
    # A pixel without depth inside what was predicted belongs to it.
    found |= seeds & np.isnan(z)
    whole = np.zeros_like(mask)
    area = whole[top:bottom, left:right]
    area[...] = np.repeat(np.repeat(found, step, axis=0), step, axis=1)[
        :area.shape[0], :area.shape[1]]
    return whole, (slice(top, bottom), slice(left, right))


def _within(thing: ThingRecord, z: np.ndarray, window: Window, vantage: Vantage,
            up: np.ndarray | None, floor: float, wider: float) -> np.ndarray:
    """Return bool [h, w]: pixels whose surface is above the support, within the reach of a thing.

    z       float32 [h, w] metres, the depth in a window of the image
    floor   metres above what the thing stands on from which it is not the support itself
    """
    camera = vantage.frame.camera
    assert camera is not None
    right, down = (np.arange(s.start, s.stop, s.step).astype(np.float32) for s in window[::-1])
    turn = vantage.pose[:3, :3].T.astype(np.float32)   # into the frame of the camera
    middle = turn @ (thing.centre - vantage.pose[:3, 3]).astype(np.float32)
    x = z * ((right - np.float32(camera.cx)) / np.float32(camera.fx)) - middle[0]
    y = z * ((down - np.float32(camera.cy)) / np.float32(camera.fy))[:, None] - middle[1]
    ahead = z - middle[2]
    away = x * x + y * y + ahead * ahead    # squared
    own = thing.points - thing.centre
    inside: np.ndarray
    if up is None or thing.height == 0:
        reach = float(np.sqrt((own * own).sum(axis=1).max()))
        inside = away < (wider * reach + MARGIN) ** 2
        return inside
    axis = up.astype(np.float32)
    heights = own @ axis
    reach = float(np.sqrt(((own * own).sum(axis=1) - heights * heights).max().clip(0)))
    a, b, c = turn @ axis
    along = a * x + b * y + c * ahead
    base = float(thing.centre @ axis) - thing.level     # height of the middle
    lowest = float(np.percentile(heights, 2)) + base
    inside = ((along > max(floor, lowest - MARGIN) - base)
              & (along < wider * thing.height + MARGIN - base)
              & (away - along * along < (wider * reach + MARGIN) ** 2))
    return inside


def spread(seeds: np.ndarray, allowed: np.ndarray, z: np.ndarray, step: float) -> np.ndarray:
    """Return the pixels [h, w] that are allowed and hang together with a seed.

    z     float32 [h, w] metres
    step  metres between the depths of neighbours that hang together
    """
    down = allowed[1:] & allowed[:-1] & (np.abs(z[1:] - z[:-1]) < step)
    right = allowed[:, 1:] & allowed[:, :-1] & (np.abs(z[:, 1:] - z[:, :-1]) < step)
    found = seeds.copy()
    count = -1
    while (now := int(found.sum())) != count:
        count = now
        for _ in range(4):
            found[1:] |= found[:-1] & down
            found[:-1] |= found[1:] & down
            found[:, 1:] |= found[:, :-1] & right
            found[:, :-1] |= found[:, 1:] & right
    return found


def _shrunk(drawn: np.ndarray, times: int) -> np.ndarray:
    """Take the rim of a drawing [h, w] away, a pixel at a time; it is NaN afterwards."""
    inside = np.isfinite(drawn)
    for _ in range(times):
        inside = _eroded(inside)
    return np.where(inside, drawn, np.float32(np.nan))


def _eroded(mask: np.ndarray) -> np.ndarray:
    """Take the outer pixels of a mask away; the border of the image is no edge."""
    inner = mask.copy()
    inner[1:] &= mask[:-1]
    inner[:-1] &= mask[1:]
    inner[:, 1:] &= mask[:, :-1]
    inner[:, :-1] &= mask[:, 1:]
    return inner


def around(mask: np.ndarray, margin: int) -> Window:
    """Return the window of a mask [H, W], which is not empty, and `margin` pixels about it."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return (slice(max(0, rows[0] - margin), rows[-1] + 1 + margin),
            slice(max(0, columns[0] - margin), columns[-1] + 1 + margin))


def inner_pixels(mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return rows and columns, int [N], of `eroded(mask, 1)` in the order of `np.nonzero`."""
    if not mask.any():
        return np.zeros(0, int), np.zeros(0, int)
    window = around(mask, 1)
    rows, columns = np.nonzero(eroded(mask[window], 1))
    return rows + window[0].start, columns + window[1].start


def eroded(mask: np.ndarray, pixels: int) -> np.ndarray:
    """Return a mask without its outer pixels; the mask itself where nothing would stay."""
    inner = worn(mask, pixels)
    return inner if inner.sum() >= mask.sum() / 4 else mask


def worn(mask: np.ndarray, pixels: int) -> np.ndarray:
    """Return a mask without its outer pixels, also where nothing stays."""
    for _ in range(pixels):
        mask = _eroded(mask)
    return mask
