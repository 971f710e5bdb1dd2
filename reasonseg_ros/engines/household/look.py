# SPDX-License-Identifier: Apache-2.0
"""From a frame to its inventory: one pass of the network, groups, names, masks at full size.

Reads no sentence and keeps nothing.
"""

from collections.abc import Mapping, Sequence

import cv2
import numpy as np
import torch

from reasonseg_ros.core.camera.frame import Frame
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
LEAST_NAME = 0.004     # names less likely are left out
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
        position, extent = _place(whole, frame, plane)
        if position is not None and position[1] < LOWEST:
            continue   # what lies below the table's plane stands on the floor
        things.append(Thing(
            Rle.encode(whole), float(present[mask].mean()), names[k],
            dict(zip(model.config.colours, map(float, _shares(colours[:, mask])))),
            _centre(whole), position, extent,
            _parts(model, parts, mask, whole, names[k], parts_of, view)))
    return Inventory(frame.height, frame.width, tuple(things), model.config.categories,
                     parts_of)


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


def _shares(chances: np.ndarray) -> np.ndarray:
    """Chances [C, N] of N pixels -> share of each colour on the surface."""
    shares: np.ndarray = chances.mean(1) / chances.mean(1).sum()
    return shares


def _centre(mask: np.ndarray) -> tuple[float, float]:
    ys, xs = np.nonzero(mask)
    return float(xs.mean()), float(ys.mean())


def _place(mask: np.ndarray, frame: Frame, plane: Plane | None
           ) -> tuple[tuple[float, float, float] | None, tuple[float, float, float] | None]:
    """Position and extent of what a mask shows, in the frame that stands on the table."""
    if frame.depth is None or frame.camera is None or plane is None:
        return None, None
    rows, columns = np.nonzero(mask & np.isfinite(frame.depth))
    if len(rows) < FEWEST_POINTS:
        return None, None
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


def _parts(model: PerceptionModel, parts: np.ndarray, mask: np.ndarray, whole: np.ndarray,
           names: dict[str, float], parts_of: Mapping[str, Sequence[str]], view: Letterbox
           ) -> tuple[Part, ...]:
    """Parts of one thing: of the likely names, each pixel has the likeliest part."""
    wanted: set[str] = set()
    covered = 0.0
    for name, chance in names.items():
        if covered > LIKELY or chance < HINTED:
            break
        wanted.update(parts_of.get(name, ()))
        covered += chance
    if len(wanted) < 2:
        return ()
    index = [k for k, name in enumerate(model.config.parts) if name in wanted]
    bias = np.array([0.0 if model.config.parts[k] == 'body' else SMALL_PART for k in index],
                    np.float32)
    local = parts[index][:, mask] + bias[:, None]
    best = local.argmax(0)
    found = []
    ys, xs = np.nonzero(whole)
    window = slice(ys.min(), ys.max() + 1), slice(xs.min(), xs.max() + 1)
    x, y = view.positions(2)
    mx, my = np.meshgrid(x[window[1]], y[window[0]])   # for smooth borders between parts
    fine = np.stack([cv2.remap(parts[k], mx, my, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
                     for k in index])
    choice = (fine + bias[:, None, None]).argmax(0)
    for k, place in enumerate(index):
        here = best == k
        if here.sum() < FEWEST_PART or here.mean() < LEAST_PART:
            continue
        canvas = np.zeros_like(whole)
        canvas[window] = (choice == k) & whole[window]
        canvas = _largest(canvas)
        if canvas.any():
            score = float(np.exp(local[k][here] - bias[k]).mean())
            found.append(Part(model.config.parts[place], score, Rle.encode(canvas)))
    return tuple(found)


def _largest(mask: np.ndarray, share: float = 0.25) -> np.ndarray:
    """The mask without regions much smaller than its largest one."""
    count, regions, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    if count <= 2:
        return mask
    areas = stats[1:, cv2.CC_STAT_AREA]
    return np.isin(regions, 1 + np.flatnonzero(areas >= share * areas.max()))
