# SPDX-License-Identifier: Apache-2.0
"""What a scene sends to the camera, as the maps of its file (`training.household.scenes`).

Two worlds: scenes of the household, drawn by rays, and those of the simulated tabletop, drawn by
the rasteriser of MR-Tabletop. Each needs its own library, imported when a scene of it is drawn.
Writes no file and photographs nothing.
"""

import json
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from reasonseg_ros.nn.perception.network import HEIGHT, WIDTH
from reasonseg_ros.sim.household.colours import NO_COLOUR, hues, named
from reasonseg_ros.sim.household.render import render
from reasonseg_ros.sim.household.scene import VERSION as HOUSEHOLD_VERSION
from reasonseg_ros.sim.household.scene import seeded, stage_of
from reasonseg_ros.sim.world.scene import VERSION as TABLETOP_VERSION
from reasonseg_ros.sim.world.scene import sample_scene

if TYPE_CHECKING:
    from reasonseg_ros.sim.rendering.renderer import Renderer

# Of each world; raise when the same seed gives another scene.
VERSIONS = {'household': HOUSEHOLD_VERSION, 'tabletop': TABLETOP_VERSION}
FINER = 1.5             # pixels drawn for one of the file, along each side
FARTHEST = 6.5          # metres


def household_maps(seed: int) -> dict[str, np.ndarray]:
    """Render scene `seed` of the household. Equal seeds give equal bytes.

    Colours are drawn at 480x360 and averaged.
    """
    scene, rng = seeded(seed, int(WIDTH * FINER), int(HEIGHT * FINER))
    stage, regions = stage_of(scene)
    shot = render(stage, scene.view, rng)
    light = cv2.resize(shot.colour, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    light = np.nan_to_num(light.clip(0, 1e4))
    hue = hues(_nearest(shot.albedo), _nearest(shot.clear))
    depth = _nearest(shot.depth)
    meta = {'seed': seed, 'version': VERSIONS['household'], 'focal': scene.view.focal / FINER,
            'top': float(np.percentile(light, 99.7)) * 1.3 + 1e-6,
            'things': [{'category': t.category, 'colour': t.colour} for t in scene.things],
            'regions': regions}
    return packed(light, np.where(np.isfinite(depth), depth, 0), _nearest(shot.ids), hue,
                  _nearest(shot.shiny), _nearest(shot.facing), meta)


def tabletop_maps(split: str, seed: int) -> dict[str, np.ndarray]:
    """Render scene `seed` of a split of MR-Tabletop's simulator, whose colours are an image's."""
    scene = sample_scene(split, seed)
    view = _renderer().render(scene, depth=True)
    assert view.depth is not None
    paints = np.full(256, NO_COLOUR, np.uint8)
    for index, item in enumerate(scene.items):
        for solid in item.solids:
            region = 1 + view.truth.regions.index((index, solid.part))
            if paints[region] == NO_COLOUR:
                paint = np.array(solid.rgb, np.float32).reshape(1, 1, 3) ** 2.2
                paints[region] = named(paint)[0, 0]
    meta = {'seed': seed, 'version': VERSIONS['tabletop'], 'focal': view.camera.fx, 'top': 1.0,
            'photograph': False,
            'things': [{'category': t.category, 'colour': t.colour} for t in scene.items],
            'regions': view.truth.regions}
    ids = view.truth.ids
    return packed(view.rgb / 255.0, np.nan_to_num(view.depth, nan=0), ids, paints[ids],
                  np.zeros(ids.shape), _facing(view.depth, view.camera.fx), meta)


@cache
def _renderer() -> 'Renderer':
    """One OpenGL context for all scenes of this process."""
    from reasonseg_ros.sim.rendering.renderer import camera_renderer
    return camera_renderer(WIDTH, HEIGHT)


def _facing(depth: np.ndarray, focal: float) -> np.ndarray:
    """About the cosine between surface and view, from how fast the depth [H, W] changes."""
    depth = np.nan_to_num(depth, nan=0).clip(0, FARTHEST)
    dy, dx = np.gradient(np.where(depth > 0, depth, 5))
    slope = focal / np.maximum(depth, 0.1)
    facing: np.ndarray = 1 / np.sqrt(1 + (dx * slope) ** 2 + (dy * slope) ** 2)
    return facing


def packed(light: np.ndarray, depth: np.ndarray, ids: np.ndarray, hue: np.ndarray,
           shiny: np.ndarray, facing: np.ndarray, meta: Mapping[str, Any]
           ) -> dict[str, np.ndarray]:
    """The arrays of a file: light [H, W, 3] up to meta['top'], depth metres, 0 for nothing."""
    root = np.sqrt((light / meta['top']).clip(0, 1))
    return {'colour': _png((255 * root + 0.5).astype(np.uint8)),
            'depth': _png((depth.clip(0, FARTHEST) * 1e4).astype(np.uint16)), 'ids': _png(ids),
            'hue': _png(hue), 'shiny': _png(_byte(shiny)), 'facing': _png(_byte(facing)),
            'meta': np.frombuffer(json.dumps(meta).encode(), np.uint8)}


def _nearest(layer: np.ndarray) -> np.ndarray:
    return np.asarray(cv2.resize(layer, (WIDTH, HEIGHT), interpolation=cv2.INTER_NEAREST))


def _byte(share: np.ndarray) -> np.ndarray:
    return (255 * share.clip(0, 1)).astype(np.uint8)


def _png(image: np.ndarray) -> np.ndarray:
    _, code = cv2.imencode('.png', image, [cv2.IMWRITE_PNG_COMPRESSION, 3])
    return np.asarray(code).reshape(-1)
