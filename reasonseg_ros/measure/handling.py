# SPDX-License-Identifier: Apache-2.0
"""What masks that are not exact do to boxes and grasps, on the simulated tabletop with noisy depth.

Masks are those of a model, or true ones with the damage that models do to masks. A box is compared
with that of the true mask, so that only the damage counts; a grasp is closed on the true solids.
Prints nothing; `cli.verb.bench` does.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from tqdm import tqdm

from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.geometry.boxes import solid, table_up
from reasonseg_ros.core.geometry.grasps import Grasp, handling
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.engines.protocol import Engine, Question
from reasonseg_ros.measure.boxes import FEWEST, NOISE
from reasonseg_ros.sim.rendering.renderer import Rendering, camera_renderer
from reasonseg_ros.sim.world.catalogue import BY_NAME
from reasonseg_ros.sim.world.primitives import Primitive, Shape
from reasonseg_ros.sim.world.scene import sample_scene
from reasonseg_ros.sim.world.stage import Item, Scene

ALIKE = 0.8       # IoU from which a mask stands for a thing
CLOSED = 0.008    # metres that a finger tip may be from the true surface when it is said to touch
FINGER = 0.007    # metres of a finger, beyond that, in which nothing of the thing may be
_STEP = 0.0005    # metres between the points of a line between the fingers


@dataclass(frozen=True)
class HandlingError:
    """One inexact mask, its box and its grasp.

    part     None for a whole object
    iou      of the mask with the true one
    centre   metres between the centres of the boxes of both masks; None when one has no box
    size     longest side of the box over that of the box of the true mask
    grasp    whether the fingers close on the thing; None without a grasp
    contact  metres from the finger tips to the true surface, the worse of both; None without one
    quality  as said
    seconds  what grasp and quality took
    """

    category: str
    part: str | None
    iou: float
    centre: float | None
    size: float | None
    grasp: bool | None
    contact: float | None
    quality: float
    seconds: float


def measure(scenes: int, engine: Engine | None) -> list[HandlingError]:
    """Return the errors over the first `scenes` test scenes, 640x480.

    engine  its masks are used; None: true masks are damaged
    """
    with camera_renderer(640, 480) as renderer:
        drawn = (sample_scene('test', seed) for seed in tqdm(range(scenes), unit='scene'))
        return [e for scene in drawn
                for e in errors(scene, renderer.render(scene, depth=True), engine)]


def errors(scene: Scene, view: Rendering, engine: Engine | None) -> Iterator[HandlingError]:
    """Yield the errors of every mask of a view with depth that stands for a thing in it."""
    assert view.depth is not None, 'the view was rendered without depth'
    rng = np.random.default_rng([scene.seed, 1])
    depth: np.ndarray = view.depth + rng.normal(0.0, NOISE, view.depth.shape).astype(np.float32)
    up = table_up(depth, view.camera, ())
    truths = {(index, part): Rle.encode(covered) for index, item in enumerate(scene.items)
              for part in (None, *BY_NAME[item.category].parts)
              if (covered := view.truth.mask(index, part)).sum() >= FEWEST}
    if engine is None:
        masks = [damaged(true, rng) for true in truths.values()]
    else:
        masks = _predicted(scene, view, engine)
    for mask in dict.fromkeys(masks):
        key = max(truths, key=lambda key: mask.iou(truths[key]), default=None)
        if key is None or mask.iou(truths[key]) < ALIKE:
            continue
        index, part = key
        item, stands = scene.items[index], None if part else up
        boxes = [solid(m, depth, view.camera, stands) for m in (truths[key], mask)]
        start = time.perf_counter()
        held = handling(mask, depth, view.camera, up)
        seconds = time.perf_counter() - start
        true, found = boxes
        apart = size = contact = None
        if true is not None and found is not None:
            apart = float(np.linalg.norm(found.centre - true.centre))
            size = float(found.size.max() / true.size.max())
        closes = None
        if held.grasp is not None:
            contact, clear = _closed(held.grasp, scene, item)
            closes = clear and contact < CLOSED
        yield HandlingError(item.category, part, mask.iou(truths[key]), apart, size, closes,
                            contact, held.quality, seconds)


def damaged(mask: Rle, rng: np.random.Generator) -> Rle:
    """Return a mask as models draw it: grown or shrunk by a pixel or two, with far specks."""
    inside = mask.decode().astype(np.uint8)
    kind = int(rng.integers(4))
    if kind == 0:
        inside = cv2.erode(inside, np.ones((3, 3), np.uint8))
    else:
        inside = cv2.dilate(inside, np.ones((3, 3), np.uint8), iterations=min(kind, 2))
    rows, columns = np.ogrid[:mask.height, :mask.width]
    for _ in range(int(rng.integers(1, 4))):
        radius = int(rng.integers(2, 5))
        row, column = int(rng.integers(mask.height)), int(rng.integers(mask.width))
        inside[(rows - row) ** 2 + (columns - column) ** 2 <= radius ** 2] = 1
    return Rle.encode(inside)


def _predicted(scene: Scene, view: Rendering, engine: Engine) -> list[Rle]:
    """Ask for every object by colour and noun, and for its parts, each in a fresh dialogue."""
    context, masks = engine.open(Frame(view.rgb)), []
    for item in scene.items:
        whole = f'the {item.colour} {item.category}'
        for said in (whole, *(f'the {part} of {whole}' for part in BY_NAME[item.category].parts)):
            masks += [found.mask for found in context.ask(Question(said)).found]
            context.rewind(0)
    return masks


def _closed(grasp: Grasp, scene: Scene, item: Item) -> tuple[float, bool]:
    """Return how far the finger tips are from the true thing, and whether none is inside it."""
    along = np.arange(-0.15, 0.15, _STEP)
    centre = scene.camera.axes @ grasp.centre + scene.camera.eye
    line = centre + along[:, None] * (scene.camera.axes @ grasp.axes[:, 1])
    inside = np.any([holds(s, line) for s in item.solids], axis=0)
    half = grasp.width / 2
    between = along[inside & (np.abs(along) < half + CLOSED)]
    if not len(between):
        return float(along[-1]), True  # they close on air
    beyond = inside & (np.abs(along) > half + CLOSED) & (np.abs(along) < half + CLOSED + FINGER)
    return float(max(abs(between[0] + half), abs(between[-1] - half))), not beyond.any()


def holds(solid: Primitive, points: np.ndarray) -> np.ndarray:
    """Return bool [N]: whether points [N, 3] of the world lie in a solid."""
    local = (points - solid.position) @ solid.rotation
    inside: np.ndarray
    if solid.shape is Shape.BOX:
        inside = (np.abs(local) <= solid.size).all(axis=1)
    elif solid.shape is Shape.CYLINDER:
        inside = np.hypot(local[:, 0], local[:, 1]) <= solid.size[0]
        inside &= np.abs(local[:, 2]) <= solid.size[2]
    elif solid.shape is Shape.CAPSULE:
        local[:, 2] -= np.clip(local[:, 2], -solid.size[2], solid.size[2])
        inside = (local ** 2).sum(axis=1) <= solid.size[0] ** 2
    else:  # a sphere is an ellipsoid
        inside = ((local / solid.size) ** 2).sum(axis=1) <= 1
    return inside
