# SPDX-License-Identifier: Apache-2.0
"""Scenes that look otherwise than those of training: other light, tables and cameras.

Each look goes beyond the range that `sim.world.scene` draws from. Light and tables change colours
only, so that truth and dialogues stay as they were; another camera changes both. Does not render.
"""

import colorsys
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from reasonseg_ros.sim.rendering.textures import TEXTURES
from reasonseg_ros.sim.world.scene import moved
from reasonseg_ros.sim.world.stage import Light, Scene, Surface


@dataclass(frozen=True)
class Look:
    """How a scene is changed; the same scene always in the same way."""

    change: Callable[[Scene, np.random.Generator], Scene]
    note: str


def looked(scene: Scene, name: str) -> Scene:
    """Return the scene in a look by name; KeyError for one that does not exist."""
    return LOOKS[name].change(scene, np.random.default_rng(
        [scene.seed, zlib.crc32(name.encode())]))


def _lit(scene: Scene, ambient: float, fill: float, strength: tuple[float, float, float]
         ) -> Scene:
    """Scale the lights by `strength` per colour, [0, 1] of each kept."""
    lights = []
    for light in scene.lights:
        red, green, blue = (float(np.clip(d * s, 0.0, 1.0))
                            for d, s in zip(light.diffuse, strength))
        lights.append(replace(light, diffuse=(red, green, blue)))
    return replace(scene, ambient=ambient, fill=fill, lights=tuple(lights))


def _dark(scene: Scene, rng: np.random.Generator) -> Scene:
    return _lit(scene, 0.16, 0.04, (0.55, 0.55, 0.55))


def _warm(scene: Scene, rng: np.random.Generator) -> Scene:
    return _lit(scene, scene.ambient, scene.fill, (1.35, 1.0, 0.50))


def _harsh(scene: Scene, rng: np.random.Generator) -> Scene:
    """One low lamp, with shadows; steeper than 35 degrees in training."""
    steep, around = np.radians(25.0), rng.uniform(0, 2 * np.pi)
    direction = (float(np.cos(steep) * np.cos(around)), float(np.cos(steep) * np.sin(around)),
                 float(-np.sin(steep)))
    lamp = Light(direction, (0.9, 0.9, 0.9), (0.5, 0.5, 0.5), shadow=True)
    return replace(scene, ambient=0.20, fill=0.05, lights=(lamp,))


def _vivid(scene: Scene, rng: np.random.Generator) -> Scene:
    """Strong colours, which no table of training has, on table and floor."""
    def surface() -> Surface:
        return Surface(TEXTURES[rng.integers(len(TEXTURES))],
                       colorsys.hsv_to_rgb(rng.random(), 0.75, 0.75))
    return replace(scene, table=surface(), floor=surface())


def _pitched(degrees: float) -> Callable[[Scene, np.random.Generator], Scene]:
    def change(scene: Scene, rng: np.random.Generator) -> Scene:
        x, y, z = np.subtract(scene.camera.eye, scene.camera.target)
        return moved(scene, pitch=degrees - float(np.degrees(np.arctan2(z, np.hypot(x, y)))))
    return change


def _far(scene: Scene, rng: np.random.Generator) -> Scene:
    return moved(scene, zoom=1.6)


USUAL = 'usual'
LOOKS: dict[str, Look] = {
    USUAL: Look(lambda scene, rng: scene, 'as in training'),
    'dark': Look(_dark, 'about half the light'),
    'warm': Look(_warm, 'light with much red and little blue'),
    'harsh': Look(_harsh, 'one low lamp, 25 degrees, with long shadows'),
    'vivid': Look(_vivid, 'table and floor in strong colours'),
    'low': Look(_pitched(25.0), 'camera at 25 degrees above the table; training has 35 to 70'),
    'steep': Look(_pitched(80.0), 'camera at 80 degrees'),
    'far': Look(_far, 'camera 1.6 times as far away'),
}
