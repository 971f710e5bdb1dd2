# SPDX-License-Identifier: Apache-2.0
"""How far `core.geometry.boxes` is from the simulated tabletop's true geometry, with noisy depth.

Masks come from the truth, so that only the maths is measured, not a model. Prints nothing;
`cli.verb.bench` does.
"""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from tqdm import tqdm

from reasonseg_ros.core.camera.frame import CameraModel
from reasonseg_ros.core.geometry.boxes import solid, table_up
from reasonseg_ros.core.geometry.points import lift
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.sim.rendering.renderer import Renderer, Rendering
from reasonseg_ros.sim.world.catalogue import BY_NAME
from reasonseg_ros.sim.world.primitives import Primitive, Shape, turn
from reasonseg_ros.sim.world.scene import sample_scene
from reasonseg_ros.sim.world.stage import Scene

NOISE = 0.002   # metres, standard deviation of each pixel's depth
FEWEST = 400    # visible pixels; what shows less is hidden by something else, or cut off


@dataclass(frozen=True)
class BoxError:
    """One measured box beside the truth.

    part     None for a whole object
    range    metres from the camera to the true centre
    centre   metres between the centres of the measured box and of the whole thing, its hidden
             side included
    seen     for a part, metres between the centre of the measured box and the middle of the
             surface that was seen, without noise, along the same axes; None for an object
    size     mean over the three extents of |measured - true| / true; for a part, true is the
             extent of the surface that was seen
    seconds  what the box took
    """

    category: str
    part: str | None
    range: float
    centre: float
    seen: float | None
    size: float
    seconds: float


def measure(scenes: int) -> list[BoxError]:
    """Return the errors over the first `scenes` test scenes, 640x480."""
    with Renderer(640, 480) as renderer:
        drawn = (sample_scene('test', seed) for seed in tqdm(range(scenes), unit='scene'))
        return [e for scene in drawn for e in errors(scene, renderer.render(scene, depth=True))]


def errors(scene: Scene, view: Rendering, noise: float = NOISE) -> Iterator[BoxError]:
    """Yield the errors of every object and part of a view (with depth) that shows `FEWEST` pixels.

    noise  metres, standard deviation of each pixel's depth
    """
    assert view.depth is not None, 'the view was rendered without depth'
    rng = np.random.default_rng([scene.seed, 1])
    depth: np.ndarray = view.depth + rng.normal(0.0, noise, view.depth.shape).astype(np.float32)
    up = table_up(depth, view.camera, ())
    for index, item in enumerate(scene.items):
        for part in (None, *BY_NAME[item.category].parts):
            covered = view.truth.mask(index, part)
            if covered.sum() < FEWEST:
                continue
            mask = Rle.encode(covered)
            start = time.perf_counter()
            found = solid(mask, depth, view.camera, None if part else up)
            seconds = time.perf_counter() - start
            assert found is not None, 'a mask of so many pixels has a box'
            centre, size = true_box([s for s in item.solids if part in (None, s.part)], item.yaw)
            centre = (centre - scene.camera.eye) @ scene.camera.axes
            seen = None
            if part:
                middle, size = _surface(covered, view.depth, view.camera, found.axes)
                seen = float(np.linalg.norm(found.centre - middle))
            yield BoxError(
                item.category, part, float(np.linalg.norm(centre)),
                float(np.linalg.norm(found.centre - centre)), seen,
                float(np.mean(np.abs(found.size - size) / size)), seconds)


def _surface(covered: np.ndarray, depth: np.ndarray, camera: CameraModel,
             axes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return (middle [3], extent [3]) of the exact surface under a mask, along the axes."""
    rows, columns = np.nonzero(covered)
    along = lift(rows, columns, depth[rows, columns], camera) @ axes
    low, high = along.min(axis=0), along.max(axis=0)
    return axes @ (low + high) / 2, high - low


def support(solids: Iterable[Primitive], directions: np.ndarray) -> np.ndarray:
    """Return [N]: how far the solids reach along each unit direction [N, 3]."""
    reach: np.ndarray = np.max([_reach(s, directions) for s in solids], axis=0)
    return reach


def true_box(solids: Iterable[Primitive], yaw: float) -> tuple[np.ndarray, np.ndarray]:
    """Return (centre [3], size [3]) in the world of the upright box turned by `yaw` degrees.

    That is the box in the object's own frame. Its first two extents are given longest first, since
    nobody can see which side of a thing is its front.
    """
    axes = turn('z', yaw)
    high = support(solids, axes.T)
    low = -support(solids, -axes.T)
    long, short, tall = *sorted((high - low)[:2])[::-1], (high - low)[2]
    return axes @ (low + high) / 2, np.array([long, short, tall])


def _reach(solid: Primitive, directions: np.ndarray) -> np.ndarray:
    local: np.ndarray = directions @ solid.rotation
    reach: np.ndarray
    if solid.shape is Shape.BOX:
        reach = np.abs(local) @ solid.size
    elif solid.shape is Shape.CYLINDER:
        reach = np.hypot(local[:, 0], local[:, 1]) * solid.size[0]
        reach += np.abs(local[:, 2]) * solid.size[2]
    elif solid.shape is Shape.CAPSULE:
        reach = solid.size[0] + np.abs(local[:, 2]) * solid.size[2]
    else:  # a sphere is an ellipsoid
        reach = np.linalg.norm(local * solid.size, axis=1)
    reach = reach + directions @ solid.position
    return reach
