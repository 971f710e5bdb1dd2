# SPDX-License-Identifier: Apache-2.0
"""What stands on the table and how it is seen, as values. Random scenes are in `sim.world.scene`.

World frame: metres, z up, the table top is z = 0 with its centre at the origin.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from reasonseg_ros.sim.dialogues.truth import ObjectTruth
from reasonseg_ros.sim.world.primitives import Point, Primitive, Rgb, box, disc, place, rod, turn
from reasonseg_ros.sim.world.shapes import solids_of

SIZES = {'small': 0.85, 'large': 1.20}
_PAD: Rgb = (0.10, 0.10, 0.11)
_FINGER: Rgb = (0.55, 0.56, 0.59)


@dataclass(frozen=True)
class Item:
    """One object on the table.

    rgb      the shade of `colour` that it has
    scale    metres per unit of its shape, close to SIZES[size]
    x, y     where its centre stands, metres
    yaw      degrees about z; at 0 its front looks towards -y
    variant  seed of what may vary within the category
    gloss    0 = matt, 1 = polished
    z        of its underside, metres above the table
    tilt     degrees about its own x, before the yaw; 90 stands it on its -y end
    relation, carrier  see `sim.dialogues.truth.ObjectTruth`
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
    z: float = 0.0
    tilt: float = 0.0
    relation: str = ''
    carrier: int = -1

    @property
    def truth(self) -> ObjectTruth:
        """What sentences may say about it."""
        return ObjectTruth(self.category, self.colour, self.size, self.relation, self.carrier)

    @property
    def rotation(self) -> np.ndarray:
        """From its own frame to the world, [3, 3]."""
        return turn('z', self.yaw) @ turn('x', self.tilt) if self.tilt else turn('z', self.yaw)

    @property
    def shape(self) -> tuple[Primitive, ...]:
        """Its solids at unit scale, in its own frame."""
        return _shape(self.category, self.rgb, self.variant)

    @property
    def solids(self) -> tuple[Primitive, ...]:
        """Its solids in the world."""
        return place(self.shape, self.rotation, np.array([self.x, self.y, self.z]), self.scale)


@dataclass(frozen=True)
class Gripper:
    """A robot's hand with two fingers; scenery, which belongs to no category.

    x, y, z  the middle between the finger tips, metres
    heading  degrees about z; at 0 the fingers point towards -y, with the arm behind them
    opening  metres from the middle to either finger
    reach    metres from the middle to the palm
    rgb      colour of the arm
    """

    x: float
    y: float
    z: float
    heading: float
    opening: float
    reach: float
    rgb: Rgb

    @property
    def hand(self) -> tuple[Primitive, ...]:
        """Fingers and palm, in the world."""
        thick, tip = 0.006, 0.014
        half = (self.reach + tip) / 2
        solids = []
        for side in (-1, 1):
            solids += [box('', _PAD, (side * (self.opening + 0.002), 0, 0), (0.002, tip, 0.009)),
                       box('', _FINGER, (side * (self.opening + 0.004 + thick), half - tip, 0),
                           (thick, half, 0.010))]
        palm = (max(self.opening + 0.018, 0.042), 0.014, 0.020)
        solids += [box('', _FINGER, (0, self.reach + palm[1], 0), palm)]
        return self._placed(solids)

    @property
    def solids(self) -> tuple[Primitive, ...]:
        """Hand and arm, in the world."""
        wrist = self.reach + 0.028
        elbow = (0.0, wrist + 0.060, 0.0)
        arm = [disc('', _PAD, (0, wrist + 0.012, 0), 0.024, 0.012, turn('x', 90)),
               rod('', self.rgb, (0, wrist + 0.034, 0), elbow, 0.026),
               rod('', self.rgb, elbow, (0.0, wrist + 0.60, 0.54), 0.030)]
        return (*self.hand, *self._placed(arm))

    def _placed(self, solids: Iterable[Primitive]) -> tuple[Primitive, ...]:
        return place(solids, turn('z', self.heading), np.array([self.x, self.y, self.z]))


@dataclass(frozen=True)
class Light:
    """A distant light (directional). The first light of a scene may cast shadows."""

    direction: Point  # where the light travels, world
    diffuse: Rgb
    specular: Rgb
    shadow: bool = False


@dataclass(frozen=True)
class Surface:
    """A texture of `sim.rendering.textures` by name, tinted."""

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
    scenery  solids in the world that belong to nothing, e.g. an arm before the camera
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
    gripper: Gripper | None = None
    scenery: tuple[Primitive, ...] = ()


@lru_cache(maxsize=64)
def _shape(category: str, rgb: Rgb, variant: int) -> tuple[Primitive, ...]:
    return solids_of(category, rgb, np.random.default_rng(variant))
