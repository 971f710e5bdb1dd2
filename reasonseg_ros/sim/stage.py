# SPDX-License-Identifier: Apache-2.0
"""What stands on the table and how it is seen, as values. Random scenes are in `sim.scene`.

World frame: metres, z up, the table top is z = 0 with its centre at the origin.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from reasonseg_ros.sim.primitives import Point
from reasonseg_ros.sim.primitives import Primitive
from reasonseg_ros.sim.primitives import Rgb
from reasonseg_ros.sim.primitives import place
from reasonseg_ros.sim.primitives import turn
from reasonseg_ros.sim.shapes import solids_of
from reasonseg_ros.sim.truth import ObjectTruth

SIZES = {'small': 0.85, 'large': 1.20}


@dataclass(frozen=True)
class Item:
    """One object on the table.

    rgb      the shade of `colour` that it has
    scale    metres per unit of its shape, close to SIZES[size]
    x, y     where its centre stands, metres
    yaw      degrees about z; at 0 its front looks towards -y
    variant  seed of what may vary within the category
    gloss    0 = matt, 1 = polished
    """

    category: str
    colour: str
    size: str
    rgb: Rgb
    scale: float
    x: float
    y: float
    yaw: float
    variant: int
    gloss: float = 0.3

    @property
    def truth(self) -> ObjectTruth:
        """What sentences may say about it."""
        return ObjectTruth(self.category, self.colour, self.size)

    @property
    def shape(self) -> tuple[Primitive, ...]:
        """Its solids at unit scale, in its own frame."""
        return _shape(self.category, self.rgb, self.variant)

    @property
    def solids(self) -> tuple[Primitive, ...]:
        """Its solids in the world."""
        return place(self.shape, turn('z', self.yaw), np.array([self.x, self.y, 0.0]), self.scale)


@dataclass(frozen=True)
class Light:
    """A distant light (directional). The first light of a scene may cast shadows."""

    direction: Point  # where the light travels, world
    diffuse: Rgb
    specular: Rgb
    shadow: bool = False


@dataclass(frozen=True)
class Surface:
    """A texture of `sim.textures` by name, tinted."""

    texture: str
    rgb: Rgb


@dataclass(frozen=True)
class CameraPose:
    """A camera at `eye`, upright, looking at `target`; `fovy`: vertical field of view, degrees."""

    eye: Point
    target: Point
    fovy: float

    @property
    def axes(self) -> np.ndarray:
        """Columns [3, 3]: the optical x (right), y (down) and z (forward) in the world."""
        forward = np.subtract(self.target, self.eye)
        x, y, z = (float(v) for v in forward / np.linalg.norm(forward))
        flat = np.hypot(x, y)
        return np.array([[y / flat, x * z / flat, x],
                         [-x / flat, y * z / flat, y],
                         [0.0, -flat, z]])


@dataclass(frozen=True)
class Scene:
    """Everything that a rendering depends on, beside its resolution.

    ambient  light from everywhere, [0, 1]
    fill     light from the camera, [0, 1]
    """

    split: str
    seed: int
    items: tuple[Item, ...]
    table: Surface
    table_half: tuple[float, float]
    floor: Surface
    ambient: float
    fill: float
    lights: tuple[Light, ...]
    camera: CameraPose


@lru_cache(maxsize=64)
def _shape(category: str, rgb: Rgb, variant: int) -> tuple[Primitive, ...]:
    return solids_of(category, rgb, np.random.default_rng(variant))
