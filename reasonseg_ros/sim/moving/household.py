# SPDX-License-Identifier: Apache-2.0
"""A household scene at any moment of a sequence: what an RGB-D sensor sees, and the truth.

Every image of a sequence is taken by the same sensor, whose noise does not change. Chooses no
events (`sim.moving.sequences`).
"""

from dataclasses import replace

import numpy as np

from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.sim.dialogues.truth import ObjectTruth, SceneTruth
from reasonseg_ros.sim.household.meshes import tube
from reasonseg_ros.sim.household.objects import HouseholdThing, footprint, painted, posed
from reasonseg_ros.sim.household.render import render
from reasonseg_ros.sim.household.room import lights
from reasonseg_ros.sim.household.scene import HouseholdScene, seeded, stage_of
from reasonseg_ros.sim.household.sight import photo, truth_of
from reasonseg_ros.sim.household.solids import Material, RayStage, Solid, View
from reasonseg_ros.sim.household.things import BUILDERS
from reasonseg_ros.sim.moving.steps import SequenceStep, Shift, limb, orbit
from reasonseg_ros.sim.moving.worlds import AWAY, COARSE, SKIN, MovingWorld

_LAMPS = 5          # of the streams of a seed: other lamps
_RAYS = 6           # of the streams of a seed: the renderer's randomness
_LARGER = 1.4       # of two things of one look
_BESIDE = 0.03      # metres that things go beyond where the others stand


class HouseholdWorld(MovingWorld):
    """A scene of the household; `seed` is one of `household.scene.SEEDS`."""

    def __init__(self, seed: int, width: int, height: int) -> None:
        scene, _ = seeded(seed, width, height)
        self._seed = seed
        self._lamps = lights(np.random.default_rng([seed, _LAMPS]))
        middle = (np.mean([item.place[:3, 3] for item in scene.things], 0)
                  if scene.things else np.zeros(3))
        self._start(scene)
        view = scene.view
        self.eye = view.eye
        self.target = view.eye + view.axes[2] * max(0.2, float((middle - view.eye) @ view.axes[2]))
        self._roll = view.axes @ _upright(self.eye, self.target).T

    def _start(self, scene: HouseholdScene) -> None:
        self._scene = scene
        self._alone = tuple(
            RayStage([Solid(mesh, material, item.place) for _, mesh, material in item.pieces],
                     (), np.zeros(3), 0.0) for item in scene.things)
        self._objects: tuple[ObjectTruth, ...] = ()

    @property
    def objects(self) -> tuple[ObjectTruth, ...]:
        if not self._objects:
            stage, regions = stage_of(self._scene)
            shot = render(stage, self._scene.view, np.random.default_rng([self._seed, _RAYS]))
            self._objects = truth_of(self._scene, shot, regions).objects
        return self._objects

    @property
    def discs(self) -> np.ndarray:
        found = []
        for item in self._scene.things:
            outline = footprint(item)
            low, high = outline.min(0), outline.max(0)
            found.append((*(low + high) / 2, np.hypot(*(high - low)) / 2,
                          _lowest(item), _lowest(item) + item.height))
        return np.array(found)

    def allows(self, subject: int, shift: Shift | None) -> bool:
        if shift is None:
            return True
        places = self.discs[:, :2]
        gone = places[subject] + (shift.x, shift.y)
        return bool((gone >= places.min(0) - _BESIDE).all()
                    and (gone <= places.max(0) + _BESIDE).all())

    def with_lookalike(self, subject: int, difference: str, rng: np.random.Generator
                       ) -> 'HouseholdWorld':
        item = self._scene.things[subject]
        x, y, _, low, _ = self.discs[subject]
        yaw = float(rng.uniform(0, 2 * np.pi))
        if difference == 'size':
            factor = _LARGER if rng.random() < 0.5 else 1 / _LARGER
            twin = replace(item, pieces=tuple((part, mesh.scaled(factor), material)
                                              for part, mesh, material in item.pieces))
        else:
            names = [c for c in BUILDERS if c != item.category]
            for _ in range(400):
                category = (item.category if difference == 'colour'
                            else names[rng.integers(len(names))])
                twin = painted(rng, category)
                if (twin.colour == item.colour) == (difference == 'category') and (
                        difference == 'colour' or 0.6 < twin.radius / item.radius < 1.6):
                    break
        twin = posed(twin, x, y, low, yaw)
        world = object.__new__(HouseholdWorld)
        world.__dict__.update(self.__dict__)
        world._start(replace(self._scene, things=(*self._scene.things, twin)))
        world._objects = (*self.objects, ObjectTruth(twin.category, twin.colour, ''))
        return world

    def clear(self, eye: np.ndarray) -> bool:
        stage, _ = stage_of(replace(self._scene, things=()))
        above = self.target + (0.0, 0.0, 0.05)
        return bool(stage.clear_way(eye[None].astype(np.float32),
                                    (above - eye)[None].astype(np.float32))[0])

    def look(self, step: SequenceStep, subject: int = -1
             ) -> tuple[Frame, SceneTruth, tuple[int, ...]]:
        eye, target = orbit(self.eye, self.target, step.view)
        view = replace(self._scene.view, eye=eye, axes=self._roll @ _upright(eye, target))
        moves = [_move(disc, step.shifts.get(k, Shift(0, 0, 0)))
                 for k, disc in enumerate(self.discs)]
        things = tuple(replace(item, place=move @ item.place)
                       for item, move in zip(self._scene.things, moves))
        scene = replace(self._scene, things=things, view=view)
        if step.lamps:
            areas, sky, ambient = self._lamps
            scene = replace(scene, areas=tuple(areas), sky=sky, ambient=ambient)
        if step.limb is not None:
            skin = Material(np.array(SKIN) ** 2.2)
            scene = replace(scene, around=(*scene.around, *(
                Solid(tube(np.stack([a, b]), r, 20), skin)
                for a, b, r in limb(eye, *self._middle(step, subject), step.limb))))
        stage, regions = stage_of(scene)
        shot = render(stage, view, np.random.default_rng([self._seed, _RAYS]))
        pose = np.eye(4)
        pose[:3, :3], pose[:3, 3] = view.axes.T, eye
        return (replace(photo(scene, shot, self._seed), camera_pose=pose),
                SceneTruth(self.objects, regions, shot.ids),
                tuple(self._pixels(view, k, move) for k, move in enumerate(moves)))

    def _pixels(self, view: View, index: int, move: np.ndarray) -> int:
        """Pixels of a thing alone; instead of the thing, the rays are moved the other way."""
        if move[2, 3] <= AWAY:
            return 0
        y, x = np.mgrid[:view.height:COARSE, :view.width:COARSE].astype(np.float32)
        rays = np.stack([(x - (view.width - 1) / 2) / view.focal,
                         (y - (view.height - 1) / 2) / view.focal, np.ones_like(x)],
                        -1).reshape(-1, 3) @ view.axes
        back = np.linalg.inv(move)
        eye = back[:3, :3] @ view.eye + back[:3, 3]
        direction = (rays @ back[:3, :3].T).astype(np.float32)
        hits, _, _, _ = self._alone[index].hit(
            np.broadcast_to(eye.astype(np.float32), direction.shape), direction)
        return int(np.count_nonzero(hits >= 0)) * COARSE ** 2

    def close(self) -> None:
        """Nothing to free."""


def _lowest(item: HouseholdThing) -> float:
    return min(float((mesh.vertices @ item.place[2, :3]).min()) for _, mesh, _ in item.pieces
               ) + float(item.place[2, 3])


def _move(disc: np.ndarray, shift: Shift | None) -> np.ndarray:
    """Return the motion [4, 4] of a thing in the world, about its own vertical."""
    move = np.eye(4)
    if shift is None:
        move[2, 3] = AWAY
        return move
    c, s = np.cos(np.radians(shift.yaw)), np.sin(np.radians(shift.yaw))
    move[:2, :2] = [[c, -s], [s, c]]
    move[:2, 3] = disc[:2] - move[:2, :2] @ disc[:2] + (shift.x, shift.y)
    return move


def _upright(eye: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Return the axes [3, 3] of a camera without roll, rows as in a `View`."""
    forward = (target - eye) / np.linalg.norm(target - eye)
    right = np.cross(forward, (0.0, 0.0, 1.0))
    length = float(np.linalg.norm(right))
    right = right / length if length > 1e-3 else np.array([1.0, 0.0, 0.0])
    return np.stack([right, np.cross(forward, right), forward])
