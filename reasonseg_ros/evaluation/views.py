# SPDX-License-Identifier: Apache-2.0
"""What the scenes of a split look like to runs of MR-Tabletop: frames, dialogues, perfect eyes.

One class for each simulated world, with the same methods; scenes are numbered from 0. The newest
one is kept, since a scene of the household takes seconds to draw. Asks no engine
(`evaluation.tabletop_runs`).
"""

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.errors import BadInput
from reasonseg_ros.core.geometry.points import lift
from reasonseg_ros.core.scene.inventory import Inventory
from reasonseg_ros.nn.perception.inputs import normals
from reasonseg_ros.sim.dialogues.everyday import EverydayTurn
from reasonseg_ros.sim.dialogues.mr_tabletop_3 import everyday_dialogue
from reasonseg_ros.sim.dialogues.truth import SceneTruth
from reasonseg_ros.sim.household.photo import measured
from reasonseg_ros.sim.household.scene import SEEDS
from reasonseg_ros.sim.household.sight import HouseholdSight, see
from reasonseg_ros.sim.household.words import HOUSEHOLD
from reasonseg_ros.sim.rendering.renderer import Renderer, Rendering, camera_renderer
from reasonseg_ros.sim.world.inventory import extents, inventory
from reasonseg_ros.sim.world.looks import USUAL, looked
from reasonseg_ros.sim.world.scene import sample_scene
from reasonseg_ros.sim.world.stage import Scene

if TYPE_CHECKING:  # an extra brings pybullet
    from reasonseg_ros.sim.rendering.bullet import BulletRenderer

RENDERERS = ('mujoco', 'pybullet')
_SENSOR = 31  # stream of the random numbers of the depth sensor


class TabletopViews:
    """Renders scenes of the simulated tabletop. Use it in one thread, in a `with` block.

    size      (width, height) of the images
    first     number of the scene that tells renderers apart
    look      key of `sim.world.looks.LOOKS`
    renderer  one of RENDERERS
    depth     whether frames have what a depth camera measures; mujoco only
    """

    def __init__(self, split: str, size: tuple[int, int], first: int, look: str = USUAL,
                 renderer: str = RENDERERS[0], depth: bool = False) -> None:
        self._split, self._first, self._look, self._depth = split, first, look, depth
        self._newest: tuple[int, Frame, SceneTruth] | None = None
        self._renderer: Renderer | BulletRenderer
        if renderer == 'pybullet':
            from reasonseg_ros.sim.rendering import bullet
            self._renderer = bullet.BulletRenderer(*size)
        else:
            self._renderer = camera_renderer(*size)

    def __enter__(self) -> 'TabletopViews':
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._renderer.close()

    def show(self, scene: int) -> tuple[Frame, SceneTruth]:
        """Return what the camera sees of a scene, and its truth."""
        if self._newest is None or self._newest[0] != scene:
            view = self._renderer.render(self._scene(scene), depth=self._depth)
            frame = Frame(view.rgb) if view.depth is None else _sensed(view, scene)
            self._newest = scene, frame, view.truth
        return self._newest[1:]

    def turns(self, scene: int, seed: int, rounds: int) -> tuple[EverydayTurn, ...]:
        """Return the everyday dialogue of a seed about a scene."""
        return everyday_dialogue(self.show(scene)[1], self._split, scene, seed, rounds,
                                 extents(self._scene(scene)))

    def inventory(self, scene: int) -> Inventory:
        """Return what perfect eyes see of a scene."""
        return inventory(self._scene(scene), self.show(scene)[1])

    @property
    def digest(self) -> str:
        """Six hex digits of what the first scene shows: other renderers give others."""
        return _digest(*self.show(self._first))

    def _scene(self, scene: int) -> Scene:
        return looked(sample_scene(self._split, scene), self._look)


class HouseholdViews:
    """Draws scenes of the household by rays. Use it in a `with` block.

    size   (width, height) of the images
    first  number of the scene that tells renderers apart
    depth  whether frames have what the depth camera measures
    """

    def __init__(self, split: str, size: tuple[int, int], first: int, depth: bool = True) -> None:
        self._seeds, self._size, self._first, self._depth = SEEDS[split], size, first, depth
        self._split = split
        self._newest: tuple[int, HouseholdSight] | None = None

    def __enter__(self) -> 'HouseholdViews':
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._newest = None

    def sight(self, scene: int) -> HouseholdSight:
        """Return a scene as it looks. Raises BadInput for one that the split does not have."""
        if not 0 <= scene < len(self._seeds):
            raise BadInput(f'scene {scene} is not in split {self._split} of the household; choose '
                           f'scenes from 0 below {len(self._seeds)}')
        if self._newest is None or self._newest[0] != scene:
            self._newest = scene, see(self._seeds[scene], *self._size)
        return self._newest[1]

    def show(self, scene: int) -> tuple[Frame, SceneTruth]:
        """Return what the camera sees of a scene, and its truth."""
        seen = self.sight(scene)
        return (seen.frame if self._depth else replace(seen.frame, depth=None)), seen.truth

    def turns(self, scene: int, seed: int, rounds: int) -> tuple[EverydayTurn, ...]:
        """Return the everyday dialogue of a seed about a scene."""
        seen = self.sight(scene)
        return everyday_dialogue(seen.truth, self._split, scene, seed, rounds, seen.extents,
                                 HOUSEHOLD)

    def inventory(self, scene: int) -> Inventory:
        """Return what perfect eyes see of a scene."""
        return self.sight(scene).inventory()

    @property
    def digest(self) -> str:
        """Six hex digits of what the first scene shows: other renderers give others."""
        return _digest(*self.show(self._first))


Views = TabletopViews | HouseholdViews


def _sensed(view: Rendering, scene: int) -> Frame:
    """Return what a colour and depth camera makes of a view: the depth of the household's sensor.

    Nothing on the simulated tabletop is shiny.
    """
    assert view.depth is not None
    rows, columns = np.indices(view.depth.shape, np.float32)
    points = lift(rows.ravel(), columns.ravel(), view.depth.ravel(), view.camera).reshape(
        *view.depth.shape, 3)
    sight = -points / np.linalg.norm(points, axis=-1, keepdims=True)
    facing = np.nan_to_num(np.einsum('hwc,hwc->hw', normals(points), sight))
    depth = measured(view.depth, np.zeros_like(view.depth), facing, view.rgb, view.camera.fx,
                     np.random.default_rng([scene, _SENSOR]))
    return Frame(view.rgb, depth, view.camera)


def _digest(frame: Frame, truth: SceneTruth) -> str:
    return hashlib.sha256(frame.rgb.tobytes() + truth.ids.tobytes()).hexdigest()[:6]
