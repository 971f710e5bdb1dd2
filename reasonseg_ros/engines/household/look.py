# SPDX-License-Identifier: Apache-2.0
"""From a frame to its inventory: one pass of the network, groups, names, masks at full size.

Reads no sentence and keeps nothing.
"""

from collections.abc import Sequence

import cv2
import numpy as np
import torch

from reasonseg_ros.core.camera.frame import CameraModel, Frame
from reasonseg_ros.core.geometry.points import lift
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.core.scene.inventory import NAMELESS, Inventory, Part, Thing
from reasonseg_ros.engines.household.edges import refine
from reasonseg_ros.engines.letterbox import Letterbox
from reasonseg_ros.nn.perception.grouping import group, sigmoid
from reasonseg_ros.nn.perception.inputs import Plane, depth_channels, mask_geometry, network_input
from reasonseg_ros.nn.perception.network import HEIGHT, WIDTH, PerceptionModel, PerceptionOutput

FEWEST_PART = 6        # half-size pixels of a part
LEAST_PART = 0.02      # share of its thing that a part covers, at least
LIKELY = 0.8           # share of the probability of names whose parts are looked for
HINTED = 0.05          # least chance of a name whose parts are looked for
SMALL_PART = 1.4       # added to the log chance of every part but the body: pixels of small parts
                       # are few, and training counts pixels (chosen on rendered validation scenes)
FEWEST = 40            # pixels of a thing in the frame
WIDEST = 0.4           # share of the frame that a thing covers, at most
LOWEST = -0.06         # metres from the supporting plane to the middle of what stands on it
FEWEST_POINTS = 20     # pixels with depth that tell where a thing is
DEEPEST = 0.3          # metres of depth from a thing's median that still belong to it
SMALLEST_REGION = 0.25  # of a part, as a share of its largest region
LEAST_NAME = 0.004     # names less likely are left out
# What hangs over the table: metres from the plane to its lowest points, and behind its lower edge.
# Fingers of a gripper hang, too, and look like many things, but like none surely. Chosen on
# 110 validation scenes of the tabletop: 14 of 15 held things are told, and 2 fingers taken for one.
HANGING, BEHIND, SURELY = 0.07, 0.08, 0.4
VIOLETS, PURPLE, COLOURED = (250.0, 340.0), 302.0, 8.0   # CIE Lab: hues in degrees, least chroma
EDGE = 4               # pixels from a lower edge to either side, to where its depth is sure
# How often a thing of a name lies on a table, others 1: training draws all names equally often.
FREQUENT = {'mug': 3.0, 'cup': 3.0, 'bottle': 3.0, 'can': 3.0, 'box': 4.0, 'bowl': 2.0,
            'plate': 1.5, 'book': 2.0, 'phone': 2.0, 'pen': 2.0, 'marker': 2.0, 'glass': 2.0,
            'banana': 2.0, 'apple': 2.0, 'remote': 1.5, 'drill': 1.5, 'block': 1.5,
            'drawer': 0.25, 'container': 0.5, 'sponge': 0.5, 'carton': 0.7, 'brick': 0.5,
            'figure': 0.5, 'lamp': 0.5, 'shaker': 0.7, 'mouse': 0.7, 'jar': 0.8}


def look(model: PerceptionModel, frame: Frame) -> Inventory:
    """Return what is seen."""
    parts_of = model.config.parts_of
    view = Letterbox((frame.height, frame.width), (HEIGHT, WIDTH))
    image = view.image(frame.rgb)[0].numpy()
    depth = None if frame.depth is None else view.depth(frame.depth)
    camera = None if frame.camera is None else view.camera(frame.camera)
    # The same frame gives the same inventory: what is drawn at random is drawn alike.
    channels, plane = depth_channels(depth, camera, np.random.default_rng(0))
    batch = torch.from_numpy(network_input(image, channels))[None]
    device = next(model.parameters()).device
    with torch.inference_mode():
        seen = model(batch.to(device, memory_format=torch.channels_last)).cpu()
        labels = group(_inside(seen.dense[0].numpy(), view))
        masks = [labels == k for k in range(1, int(labels.max()) + 1)]
        names = _named(model, seen, masks, channels)
        colours = torch.softmax(seen.colours[0], 0).numpy()
        parts = torch.log_softmax(seen.parts[0], 0).numpy()
    present = sigmoid(seen.dense[0, 0].numpy())
    full = refine(labels, frame.rgb, view)
    things = []
    for k, mask in enumerate(masks):
        whole = full == k + 1
        if whole.sum() < FEWEST or whole.mean() > WIDEST:
            continue
        position, extent = place(whole, frame, plane)
        if position is not None and position[1] < LOWEST:
            continue   # what lies below the table's plane stands on the floor
        things.append(Thing(
            Rle.encode(whole), float(present[mask].mean()), names[k],
            _seen_colours(model.config.colours, _shares(colours[:, mask]), frame.rgb[whole]),
            centre(whole), position, extent,
            _parts(model, (parts, colours, frame.rgb), mask, whole, names[k], view)))
    return Inventory(frame.height, frame.width, tuple(things), model.config.categories,
                     parts_of, _held(things, frame, plane))


def _held(things: Sequence[Thing], frame: Frame, plane: Plane | None) -> int | None:
    """Index of the thing that hangs over the table and has the surest name; None without depth."""
    if frame.depth is None or frame.camera is None or plane is None:
        return None
    surest, found = SURELY, None
    for k, thing in enumerate(things):
        chance = max((c for n, c in thing.names.items() if n != NAMELESS), default=0.0)
        if chance >= surest and thing.extent is not None and thing.extent[2] > HANGING and (
                _hangs(thing.mask.decode(), frame.depth, frame.camera, plane)):
            surest, found = chance, k
    return found


def _hangs(mask: np.ndarray, depth: np.ndarray, camera: CameraModel, plane: Plane) -> bool:
    """Whether all of a mask is high over the plane, with nothing right under its lower edge."""
    rows, columns = np.nonzero(mask & np.isfinite(depth))
    heights = plane.height(lift(rows, columns, depth[rows, columns], camera))
    if np.percentile(heights, 3) < HANGING:
        return False
    rows, columns = np.nonzero(mask[EDGE:-EDGE] & ~mask[EDGE + 1:len(mask) - EDGE + 1])
    inside, outside = depth[rows, columns], depth[rows + 2 * EDGE, columns]
    clear = ~mask[rows + 2 * EDGE, columns] & np.isfinite(inside) & np.isfinite(outside)
    return bool(clear.any()) and float(np.median((outside - inside)[clear])) > BEHIND


def _inside(dense: np.ndarray, view: Letterbox) -> np.ndarray:
    """Take things from the border that a letterbox adds: dense [5, h, w] is changed in place."""
    top, left, height, width = view.inner
    if (height, width) != (HEIGHT, WIDTH):
        outside = np.ones(dense.shape[1:], bool)
        outside[-(-top // 2):(top + height) // 2, -(-left // 2):(left + width) // 2] = False
        dense[0][outside] = -20.0
    return dense


def _named(model: PerceptionModel, seen: PerceptionOutput, masks: list[np.ndarray],
           channels: np.ndarray) -> list[dict[str, float]]:
    """Names with probabilities."""
    if not masks:
        return []
    half = channels[:, ::2, ::2]
    device = next(model.parameters()).device
    geometry = torch.from_numpy(np.array([mask_geometry(m, half) for m in masks], np.float32))
    stacked = torch.from_numpy(np.array(masks, np.float32))[:, None]
    pooled = model.pooled(seen.features[0].to(device),
                          torch.nn.functional.avg_pool2d(stacked, 2)[:, 0].to(device),
                          geometry.to(device))
    words = (*model.config.categories, NAMELESS)
    chances = model.name_chances(pooled).cpu().numpy() * [FREQUENT.get(w, 1.0) for w in words]
    chances /= chances.sum(1, keepdims=True)
    return [{words[k]: float(row[k]) for k in np.argsort(-row) if row[k] >= LEAST_NAME}
            for row in chances]


def _seen_colours(names: Sequence[str], shares: np.ndarray, pixels: np.ndarray
                  ) -> dict[str, float]:
    """Shares of colours, with what the network calls purple told from blue by pixels uint8 [N, 3].

    The scenes it learnt from call paint purple from 292 degrees of CIE Lab hue, where people still
    see blue: pure blue is at 306. Of 70 blue and purple things in 60 validation scenes of the
    tabletop 33 had the right word without this step and 69 with it.
    """
    found = dict(zip(names, map(float, shares)))
    lab = cv2.cvtColor(pixels[None].astype(np.float32) / 255, cv2.COLOR_RGB2Lab)[0]
    hue = np.degrees(np.arctan2(lab[:, 2], lab[:, 1])) % 360
    violet = (np.hypot(lab[:, 1], lab[:, 2]) > COLOURED) & (hue > VIOLETS[0]) & (hue < VIOLETS[1])
    if violet.any() and {'blue', 'purple'} <= found.keys():
        blue = found['purple'] * float((hue[violet] < PURPLE).mean())
        found['purple'] -= blue
        found['blue'] += blue
    return found


def _shares(chances: np.ndarray) -> np.ndarray:
    """Chances [C, N] of N pixels -> share of each colour on the surface."""
    shares: np.ndarray = chances.mean(1) / chances.mean(1).sum()
    return shares


def centre(mask: np.ndarray) -> tuple[float, float]:
    rows, columns = _window(mask)
    moments = cv2.moments(mask[rows, columns].astype(np.uint8), binaryImage=True)
    return (columns.start + moments['m10'] / moments['m00'],
            rows.start + moments['m01'] / moments['m00'])


def place(mask: np.ndarray, frame: Frame, plane: Plane | None
           ) -> tuple[tuple[float, float, float] | None, tuple[float, float, float] | None]:
    """Position and extent of what a mask shows, in the frame that stands on the table."""
    if frame.depth is None or frame.camera is None or plane is None:
        return None, None
    window = _window(mask)
    rows, columns = np.nonzero(mask[window] & np.isfinite(frame.depth[window]))
    if len(rows) < FEWEST_POINTS:
        return None, None
    rows, columns = rows + window[0].start, columns + window[1].start
    p = lift(rows, columns, frame.depth[rows, columns], frame.camera)
    _, across, toward = plane.axes @ p.T
    height = plane.height(p)
    good = np.abs(p[:, 2] - np.median(p[:, 2])) < DEEPEST
    flat = np.stack([across[good], toward[good]], 1).astype(np.float32)
    low, high = np.percentile(flat, [2, 98], axis=0)
    inner = flat[((flat >= low) & (flat <= high)).all(1)]
    if len(inner) < FEWEST_POINTS // 2:
        return None, None
    (_, _), (a, b), _ = cv2.minAreaRect(inner)
    middle = (low + high) / 2
    tall = float(np.percentile(height[good], 97))
    position = float(middle[0]), float(np.median(height[good])), float(middle[1])
    return position, (float(max(a, b)), float(min(a, b)), max(tall, 0.0))


def _parts(model: PerceptionModel, maps: tuple[np.ndarray, np.ndarray, np.ndarray],
           mask: np.ndarray, whole: np.ndarray, names: dict[str, float], view: Letterbox
           ) -> tuple[Part, ...]:
    """Parts of one thing: of the likely names, each pixel has the likeliest part.

    maps  log chances of parts, and chances of colours, at half the network's size; the frame
    """
    parts, colours, rgb = maps
    wanted: set[str] = set()
    covered = 0.0
    for name, chance in names.items():
        if covered > LIKELY or chance < HINTED:
            break
        wanted.update(model.config.parts_of.get(name, ()))
        covered += chance
    if len(wanted) < 2:
        return ()
    index = [k for k, name in enumerate(model.config.parts) if name in wanted]
    bias = np.array([0.0 if model.config.parts[k] == 'body' else SMALL_PART for k in index],
                    np.float32)
    local, shades = parts[index][:, mask] + bias[:, None], colours[:, mask]
    best = local.argmax(0)
    found = []
    window = _window(whole)
    x, y = view.positions(2)
    mx, my = np.meshgrid(x[window[1]], y[window[0]])   # for smooth borders between parts
    fine = np.stack([cv2.remap(parts[k], mx, my, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
                     for k in index])
    choice = (fine + bias[:, None, None]).argmax(0)
    for k, place in enumerate(index):
        here = best == k
        if here.sum() < FEWEST_PART or here.mean() < LEAST_PART:
            continue
        shown = _largest((choice == k) & whole[window])
        if shown.any():
            canvas = np.zeros_like(whole)
            canvas[window] = shown
            score = float(np.exp(local[k][here] - bias[k]).mean())
            hues = _seen_colours(model.config.colours, _shares(shades[:, here]),
                                 rgb[window][shown])
            found.append(Part(model.config.parts[place], score, Rle.encode(canvas), hues))
    return tuple(found)


def _window(mask: np.ndarray) -> tuple[slice, slice]:
    """Rows and columns between which a mask lies."""
    ys, xs = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return slice(ys[0], ys[-1] + 1), slice(xs[0], xs[-1] + 1)


def _largest(mask: np.ndarray) -> np.ndarray:
    """The mask without regions much smaller than its largest one."""
    count, regions, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    if count <= 2:
        return mask
    areas = stats[1:, cv2.CC_STAT_AREA]
    return np.isin(regions, 1 + np.flatnonzero(areas >= SMALLEST_REGION * areas.max()))
