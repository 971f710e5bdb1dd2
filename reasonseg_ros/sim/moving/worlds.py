# SPDX-License-Identifier: Apache-2.0
"""A scene at any moment of a sequence: what the camera sees, and the truth; here the tabletop.

A thing that is not there keeps its index: it is put far below the floor. The household is in
`sim.moving.household`. Chooses no events (`sim.moving.sequences`).
"""

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import cast

import numpy as np

from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.sim.dialogues.truth import ObjectTruth, SceneTruth
from reasonseg_ros.sim.moving.steps import SequenceStep, Shift, Vector, limb, orbit
from reasonseg_ros.sim.world.placement import AREA, split_of
from reasonseg_ros.sim.world.primitives import bounds, rod
from reasonseg_ros.sim.world.scene import sample_scene
from reasonseg_ros.sim.world.stage import SIZES, Item, Scene

AWAY = -50.0        # metres; the height of things that are not there
COARSE = 2          # pixels of the raster in which whole outlines are counted
SKIN = (0.62, 0.42, 0.33)
DIFFERENCES = ('colour', 'size', 'category')    # of a lookalike and what it stands in for
_LARGER = 1.4       # of two things of one look
_LAMPS = 104_729    # added to the seed of a scene whose lamps are borrowed


class MovingWorld(ABC):
    """A scene whose camera and things can be moved. Use it in the thread that made it; `close` it.

    eye, target  float64 [3] metres, the camera of the scene and the middle of what it looks at
    """

    eye: np.ndarray
    target: np.ndarray

    @property
    @abstractmethod
    def objects(self) -> tuple[ObjectTruth, ...]:
        """Words for the things, as in a `SceneTruth`."""

    @property
    @abstractmethod
    def discs(self) -> np.ndarray:
        """Things seen from above, and how high they are: float64 [N, 5] metres, (x, y, radius,
        lowest z, highest z)."""

    @abstractmethod
    def allows(self, subject: int, shift: Shift | None) -> bool:
        """Whether a thing may go there, None = away: onto the table, within the split."""

    @abstractmethod
    def with_lookalike(self, subject: int, difference: str, rng: np.random.Generator
                       ) -> 'MovingWorld':
        """Return the scene with one more thing in the place of a thing: one of its category and
        colour but for the `difference`. Shares what draws with this one."""

    @abstractmethod
    def clear(self, eye: np.ndarray) -> bool:
        """Whether nothing of the room is between a camera at `eye` and what it looks at."""

    @abstractmethod
    def look(self, step: SequenceStep, subject: int = -1
             ) -> tuple[Frame, SceneTruth, tuple[int, ...]]:
        """Return what the camera sees, the truth, and how many pixels each thing would have if no
        other one were there.

        subject  the thing before which a limb is
        """

    @abstractmethod
    def close(self) -> None:
        """Free what draws."""

    def _middle(self, step: SequenceStep, subject: int) -> tuple[np.ndarray, float]:
        """Centre [3] and radius of the ball about a thing, in metres."""
        x, y, radius, low, high = self.discs[subject]
        shift = step.shifts.get(subject) or Shift(0, 0, 0)
        return (np.array([x + shift.x, y + shift.y, (low + high) / 2]),
                float(np.hypot(radius, (high - low) / 2)))


class TabletopWorld(MovingWorld):
    """A scene of the tabletop."""

    def __init__(self, scene: Scene, width: int, height: int) -> None:
        from reasonseg_ros.sim.rendering.renderer import Renderer, camera_renderer
        self._scene = scene
        self._lamps = sample_scene(scene.split, scene.seed + _LAMPS)
        self._renderer = camera_renderer(width, height)
        self._coarse = Renderer(width // COARSE, height // COARSE)
        self.eye, self.target = np.array(scene.camera.eye), np.array(scene.camera.target)

    @property
    def objects(self) -> tuple[ObjectTruth, ...]:
        return tuple(item.truth for item in self._scene.items)

    @property
    def discs(self) -> np.ndarray:
        found = []
        for item in self._scene.items:
            low, high = bounds(item.solids)
            found.append((*(low[:2] + high[:2]) / 2, np.hypot(*(high - low)[:2]) / 2,
                          low[2], high[2]))
        return np.array(found)

    def allows(self, subject: int, shift: Shift | None) -> bool:
        items = self._scene.items
        if shift is None:
            there = items[:subject] + items[subject + 1:]
        else:
            gone = _shifted(items[subject], shift)
            there = (*items[:subject], gone, *items[subject + 1:])
            if abs(gone.x) > AREA[0] or abs(gone.y) > AREA[1]:
                return False
        return split_of([(i.category, i.x, i.y) for i in there]) == self._scene.split

    def with_lookalike(self, subject: int, difference: str, rng: np.random.Generator
                       ) -> 'TabletopWorld':
        from reasonseg_ros.sim.world.catalogue import CATEGORIES, COLOURS, colours_of
        item, split = self._scene.items[subject], self._scene.split
        if difference == 'colour':
            colour = str(rng.choice([c for c in colours_of(item.category, split)
                                     if c != item.colour]))
            twin = replace(item, colour=colour, rgb=COLOURS[colour])
        elif difference == 'size':
            small, large = SIZES
            other = small if item.size == large else large
            twin = replace(item, size=other, scale=item.scale * (
                _LARGER if other == large else 1 / _LARGER))
        else:
            others = [c.name for c in CATEGORIES if c.name != item.category
                      and item.colour in colours_of(c.name, split)]
            twin = replace(item, category=str(rng.choice(others)))
        twin = replace(twin, yaw=item.yaw + float(rng.uniform(-40, 40)))
        world = object.__new__(TabletopWorld)
        world.__dict__.update(self.__dict__)
        world._scene = replace(self._scene, items=(*self._scene.items, twin))
        return world

    def clear(self, eye: np.ndarray) -> bool:
        return True

    def look(self, step: SequenceStep, subject: int = -1
             ) -> tuple[Frame, SceneTruth, tuple[int, ...]]:
        eye, target = orbit(self.eye, self.target, step.view)
        items = tuple(_shifted(item, step.shifts.get(k, Shift(0, 0, 0)))
                      for k, item in enumerate(self._scene.items))
        camera = replace(self._scene.camera, eye=_vector(eye), target=_vector(target))
        scene = replace(self._scene, items=items, camera=camera)
        if step.lamps:
            scene = replace(scene, lights=self._lamps.lights, ambient=self._lamps.ambient,
                            fill=self._lamps.fill)
        if step.limb is not None:
            scene = replace(scene, scenery=tuple(
                rod('', SKIN, _vector(a), _vector(b), r)
                for a, b, r in limb(eye, *self._middle(step, subject), step.limb)))
        view = self._renderer.render(scene, depth=True)
        pose = np.eye(4)
        pose[:3, :3], pose[:3, 3] = camera.axes, eye
        frame = Frame(view.rgb, view.depth, view.camera, camera_pose=pose)
        return frame, view.truth, tuple(self._pixels(scene, k) for k in range(len(items)))

    def _pixels(self, scene: Scene, index: int) -> int:
        if scene.items[index].z <= AWAY:
            return 0
        alone = self._coarse.regions(replace(scene, items=(scene.items[index],), scenery=(),
                                             gripper=None))
        return int(np.count_nonzero(alone.ids)) * COARSE ** 2

    def close(self) -> None:
        self._renderer.close()
        self._coarse.close()


def _shifted(item: Item, shift: Shift | None) -> Item:
    if shift is None:
        return replace(item, z=AWAY)
    return replace(item, x=item.x + shift.x, y=item.y + shift.y, yaw=item.yaw + shift.yaw)


def _vector(values: np.ndarray) -> Vector:
    return cast(Vector, tuple(values.tolist()))
