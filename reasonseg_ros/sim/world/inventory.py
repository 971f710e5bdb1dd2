# SPDX-License-Identifier: Apache-2.0
"""What perfect eyes see of a scene: an `Inventory` from its truth, to measure language alone.

Names are certain. Masks are the visible pixels, places and extents those of the solids, colours the
painted ones. Does not render, and leaves out what hardly shows.
"""

import colorsys

import cv2
import numpy as np

from reasonseg_ros.core.masks import Rle
from reasonseg_ros.core.scene.inventory import Inventory, Part, Thing
from reasonseg_ros.sim.dialogues.relations import PART_PIXELS, SceneView
from reasonseg_ros.sim.dialogues.truth import SceneTruth
from reasonseg_ros.sim.world.catalogue import CATEGORIES
from reasonseg_ros.sim.world.primitives import Primitive, Rgb
from reasonseg_ros.sim.world.stage import Item, Scene

DARK = 0.20         # value below which paint is black
DULL = 0.16         # saturation below which it has no hue
PALE = 0.78         # value from which that is white, not grey
# Hue in degrees up to which a colour goes; the last turns to red again.
_HUES = ((15.0, 'red'), (40.0, 'orange'), (68.0, 'yellow'), (165.0, 'green'), (195.0, 'turquoise'),
         (255.0, 'blue'), (300.0, 'purple'), (340.0, 'pink'), (360.0, 'red'))


def inventory(scene: Scene, truth: SceneTruth) -> Inventory:
    """Return the visible things of a scene, left to right; `truth` is that of the image."""
    view = SceneView(truth)
    least = PART_PIXELS * view.unit ** 2
    seen = [i for i in view.visible if view.boxes[i].pixels >= least]
    things = tuple(_thing(scene, truth, i, view.parts[i]) for i in seen)
    held = next((k for k, i in enumerate(seen) if scene.items[i].relation == 'held'), None)
    height, width = truth.ids.shape
    return Inventory(height, width, things, tuple(c.name for c in CATEGORIES),
                     {c.name: c.parts for c in CATEGORIES}, held)


def extents(scene: Scene) -> tuple[tuple[float, float, float], ...]:
    """Return (long, wide, high) metres of the box about each item, `high` from the table."""
    return tuple(_box(item)[1] for item in scene.items)


def colour_word(rgb: Rgb) -> str:
    """Return the word of `core.scene.inventory.COLOURS` for paint, each channel in [0, 1]."""
    hue, saturation, value = colorsys.rgb_to_hsv(*rgb)
    degrees = 360 * hue
    if value < DARK:
        return 'black'
    if saturation < DULL:
        return 'white' if value >= PALE else 'grey'
    if 15 <= degrees < 55:
        if value < 0.62:
            return 'brown'
        if saturation < 0.5:
            return 'beige'
    return next(word for limit, word in _HUES if degrees <= limit)


def _thing(scene: Scene, truth: SceneTruth, index: int, parts: tuple[str, ...]) -> Thing:
    item, mask = scene.items[index], truth.mask(index)
    rows, columns = np.nonzero(mask)
    middle, extent = _box(item)
    right, _, forward = scene.camera.axes.T
    near = -forward * (1.0, 1.0, 0.0)
    near /= np.linalg.norm(near)
    return Thing(
        Rle.encode(mask), 1.0, {item.category: 1.0}, _colours(item, truth, index),
        (float(columns.mean()), float(rows.mean())),
        (float(middle @ right), float(middle[2]), float(middle @ near)), extent,
        tuple(Part(p, 1.0, Rle.encode(truth.mask(index, p)), _part_colours(item, p))
              for p in parts))


def _colours(item: Item, truth: SceneTruth, index: int) -> dict[str, float]:
    """Colour -> share of the visible surface: of each part by its pixels."""
    shares: dict[str, float] = {}
    whole = truth.stats[index, None][0]
    for part in {s.part for s in item.solids}:
        pixels = truth.stats.get((index, part), (0,))[0]
        for word, share in _part_colours(item, part).items():
            shares[word] = shares.get(word, 0.0) + pixels / whole * share
    return dict(sorted(((c, s) for c, s in shares.items() if s > 0), key=lambda cs: -cs[1]))


def _part_colours(item: Item, part: str) -> dict[str, float]:
    """Colour -> share of a part's surface, by its solids."""
    shares: dict[str, float] = {}
    solids = [s for s in item.solids if s.part == part]
    areas = [_area(s) for s in solids]
    for solid, area in zip(solids, areas):
        word = item.colour if _painted(solid.rgb, item.rgb) else colour_word(solid.rgb)
        shares[word] = shares.get(word, 0.0) + area / sum(areas)
    return shares


def _painted(rgb: Rgb, main: Rgb) -> bool:
    """Whether paint is the main colour of an item or a shade of it."""
    def direction(colour: Rgb) -> np.ndarray:
        return np.array(colour) / max(float(np.linalg.norm(colour)), 1e-6)
    near = np.linalg.norm(direction(rgb) - direction(main)) < 0.05
    return bool(near and (max(main) - min(main) > DULL or np.abs(np.subtract(rgb, main)).max()
                          < 0.25))


def _area(solid: Primitive) -> float:
    x, y, z = (float(v) for v in solid.half)
    return x * y + y * z + x * z


def _box(item: Item) -> tuple[np.ndarray, tuple[float, float, float]]:
    """Return the middle [3] of an item in the world, and (long, wide, high) of the box about it."""
    corners = np.concatenate([_corners(s) for s in item.solids])
    low, high = corners.min(axis=0), corners.max(axis=0)
    _, sides, _ = cv2.minAreaRect(corners[:, :2].astype(np.float32))
    return (low + high) / 2, (float(max(sides)), float(min(sides)), float(high[2]))


def _corners(solid: Primitive) -> np.ndarray:
    signs = np.array(np.meshgrid((-1, 1), (-1, 1), (-1, 1))).reshape(3, 8).T
    corners: np.ndarray = (signs * solid.half) @ solid.rotation.T + solid.position
    return corners
