# SPDX-License-Identifier: Apache-2.0
"""Images of scenes with exact truth, through MuJoCo's rasteriser. Does not choose scenes.

Nothing moves, so there is no physics model: one MuJoCo model holds the textures, and each scene's
solids, lights and camera are written straight into the list that is drawn.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from reasonseg_ros.core.camera.frame import CameraModel
from reasonseg_ros.core.errors import ReasonSegError
from reasonseg_ros.sim.dialogues.truth import SceneTruth
from reasonseg_ros.sim.rendering.gl import NO_OPENGL, mujoco
from reasonseg_ros.sim.rendering.textures import SIDE, TEXTURES, texture
from reasonseg_ros.sim.world.primitives import Primitive, Rgb, Shape
from reasonseg_ros.sim.world.stage import CameraPose, Scene, Surface

FLOOR_Z = -0.70
_NEAR, _FAR = 0.05, 40.0
_MOST_SOLIDS = 400
_SHADOW_MAP = 1024
# Region value of table, floor and gripper while drawing; without one they had no depth.
_SURROUNDINGS = 255


@dataclass(frozen=True, eq=False)
class Rendering:
    """One view of a scene.

    rgb     uint8 [H, W, 3]
    depth   float32 [H, W] metres along the optical axis, NaN where nothing was hit; None if not
            asked for
    truth   region map [H, W] of the same pixels
    camera  pinhole of the image; pixel centres have whole coordinates
    """

    rgb: np.ndarray
    depth: np.ndarray | None
    truth: SceneTruth
    camera: CameraModel


class Renderer:
    """An OpenGL context. Use it in the thread that made it, one scene at a time, then `close` it.

    supersample  colours are drawn `supersample` times finer in both directions and averaged; truth
                 and depth are sampled at the centre of each pixel
    shadows      whether lights that cast shadows do so here
    """

    def __init__(self, width: int, height: int, shadows: bool = False,
                 supersample: int = 1) -> None:
        self.width, self.height, self.supersample = width, height, supersample
        self._model = _model(width * supersample, height * supersample, shadows)
        self._gl = _context(width * supersample, height * supersample)
        self._gl.make_current()
        self._context = mujoco.MjrContext(self._model, mujoco.mjtFontScale.mjFONTSCALE_100.value)
        mujoco.mjr_setBuffer(mujoco.mjtFramebuffer.mjFB_OFFSCREEN.value, self._context)
        self._context.readDepthMap = mujoco.mjtDepthMap.mjDEPTH_ZEROFAR
        self._scene = mujoco.MjvScene(self._model, _MOST_SOLIDS)
        self._scene.flags[mujoco.mjtRndFlag.mjRND_SHADOW] = shadows
        self._scene.flags[mujoco.mjtRndFlag.mjRND_REFLECTION] = False
        self._materials = {name: index for index, name in enumerate(TEXTURES)}

    def __enter__(self) -> 'Renderer':
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        """Free the OpenGL context."""
        self._gl.make_current()
        self._context.free()
        self._gl.free()

    def render(self, scene: Scene, depth: bool = False) -> Rendering:
        """Return the image and its truth."""
        self._gl.make_current()
        regions = self._write(scene)
        rgb = self._colours()
        ids, distance = self._regions(depth)
        truth = SceneTruth(tuple(item.truth for item in scene.items), regions, ids)
        return Rendering(rgb, distance, truth, pinhole(scene.camera, self.width, self.height))

    def regions(self, scene: Scene) -> SceneTruth:
        """Return the truth alone, without drawing colours."""
        self._gl.make_current()
        regions = self._write(scene)
        return SceneTruth(tuple(item.truth for item in scene.items), regions,
                          self._regions(False)[0])

    def _write(self, scene: Scene) -> tuple[tuple[int, str], ...]:
        """Fill the draw list; return (object index, part) of region 1, 2, ..."""
        self._scene.ngeom = 0
        x, y = scene.table_half
        self._add_box(scene.table, (0.0, 0.0, -0.02), (x, y, 0.02))
        self._add_box(scene.floor, (0.0, 0.0, FLOOR_Z - 0.05), (12.0, 12.0, 0.05))
        regions: dict[tuple[int, str], int] = {}
        for index, item in enumerate(scene.items):
            for solid in item.solids:
                region = regions.setdefault((index, solid.part), len(regions) + 1)
                self._add_solid(solid, region, item.gloss)
        for solid in scene.gripper.solids if scene.gripper else ():
            self._add_solid(solid, _SURROUNDINGS, 0.4)
        for solid in scene.scenery:
            self._add_solid(solid, _SURROUNDINGS, 0.1)
        self._write_lights(scene)
        self._write_camera(scene.camera)
        return tuple(regions)

    def _add_box(self, surface: Surface, centre: tuple[float, ...], half: tuple[float, ...]
                 ) -> None:
        geom = self._next(mujoco.mjtGeom.mjGEOM_BOX, np.array(half), np.array(centre), np.eye(3),
                          surface.rgb)
        geom.matid = self._materials[surface.texture]
        geom.specular, geom.shininess, geom.segid = 0.1, 0.1, _SURROUNDINGS - 1

    def _add_solid(self, solid: Primitive, region: int, gloss: float) -> None:
        # MuJoCo gives cylinders and capsules as (radius, half length, unused).
        long = solid.shape in (Shape.CAPSULE, Shape.CYLINDER)
        size = solid.size[[0, 2, 2]] if long else solid.size
        geom = self._next(int(solid.shape), size, solid.position, solid.rotation, solid.rgb)
        geom.specular, geom.shininess, geom.segid = gloss, 0.5, region - 1

    def _next(self, shape: int, size: np.ndarray, position: np.ndarray, rotation: np.ndarray,
              rgb: Rgb) -> 'mujoco.MjvGeom':
        """Append a plain solid to the draw list and return it."""
        geom = self._scene.geoms[self._scene.ngeom]
        mujoco.mjv_initGeom(geom, shape, size, position, rotation.ravel(),
                            np.array((*rgb, 1), np.float32))
        # MuJoCo leaves the category as it was in memory, and decoration casts no shadow.
        geom.category = mujoco.mjtCatBit.mjCAT_DYNAMIC
        self._scene.ngeom += 1
        return geom

    def _write_lights(self, scene: Scene) -> None:
        # Ambient light has a slot of its own, since a light that casts shadows adds none in them.
        self._scene.nlight = 1 + len(scene.lights)
        self._write_light(0, np.subtract(scene.camera.target, scene.camera.eye), scene.fill)
        self._scene.lights[0].ambient[:] = scene.ambient
        for index, light in enumerate(scene.lights, start=1):
            self._write_light(index, np.array(light.direction), light.diffuse)
            self._scene.lights[index].specular[:] = light.specular
            self._scene.lights[index].castshadow = light.shadow

    def _write_light(self, index: int, direction: np.ndarray, diffuse: Rgb | float) -> None:
        """Write a distant light without ambient, specular or shadow."""
        slot = self._scene.lights[index]
        slot.type = mujoco.mjtLightType.mjLIGHT_DIRECTIONAL
        slot.dir[:] = direction / np.linalg.norm(direction)
        slot.pos[:] = -2.0 * slot.dir
        slot.attenuation[:] = (1.0, 0.0, 0.0)
        slot.diffuse[:] = diffuse
        slot.ambient[:], slot.specular[:] = 0.0, 0.0
        slot.castshadow, slot.headlight = False, False

    def _write_camera(self, pose: CameraPose) -> None:
        half = _NEAR * np.tan(np.radians(pose.fovy) / 2)
        axes = pose.axes
        for camera in self._scene.camera:
            camera.pos[:] = pose.eye
            camera.forward[:] = axes[:, 2]
            camera.up[:] = -axes[:, 1]
            camera.frustum_center, camera.frustum_width = 0.0, half * self.width / self.height
            camera.frustum_bottom, camera.frustum_top = -half, half
            camera.frustum_near, camera.frustum_far = _NEAR, _FAR
            camera.orthographic = False

    def _draw(self, scale: int, segment: bool) -> mujoco.MjrRect:
        self._scene.flags[mujoco.mjtRndFlag.mjRND_SEGMENT] = segment
        self._scene.flags[mujoco.mjtRndFlag.mjRND_IDCOLOR] = segment
        area = mujoco.MjrRect(0, 0, self.width * scale, self.height * scale)
        mujoco.mjr_render(area, self._scene, self._context)
        return area

    def _colours(self) -> np.ndarray:
        fine = self.supersample
        area = self._draw(fine, False)
        rgb = np.empty((area.height, area.width, 3), np.uint8)
        mujoco.mjr_readPixels(rgb, None, area, self._context)
        if fine > 1:
            rgb = cv2.resize(rgb, (self.width, self.height), interpolation=cv2.INTER_AREA)
        return np.ascontiguousarray(rgb[::-1])

    def _regions(self, depth: bool) -> tuple[np.ndarray, np.ndarray | None]:
        area = self._draw(1, True)
        code = np.empty((self.height, self.width, 3), np.uint8)
        near = np.empty((self.height, self.width), np.float32) if depth else None
        mujoco.mjr_readPixels(code, near, area, self._context)
        ids = np.ascontiguousarray(code[::-1, :, 0])
        ids[ids == _SURROUNDINGS] = 0
        return ids, None if near is None else _metres(near[::-1])


def camera_renderer(width: int, height: int) -> Renderer:
    """Return a renderer whose images look like the ones that models are trained on."""
    return Renderer(width, height, shadows=True, supersample=2)


def pinhole(pose: CameraPose, width: int, height: int) -> CameraModel:
    """Return the intrinsics of an image of this size."""
    focal = height / 2 / np.tan(np.radians(pose.fovy) / 2)
    return CameraModel(width, height, float(focal), float(focal),
                       (width - 1) / 2, (height - 1) / 2)


def _metres(buffer: np.ndarray) -> np.ndarray:
    """Return metres from a depth buffer that is 1 at the near and 0 at the far plane."""
    value = buffer.astype(np.float64)
    depth = _NEAR * _FAR / (_NEAR + value * (_FAR - _NEAR))
    depth[value <= 0.0] = np.nan
    return depth.astype(np.float32)


def _model(width: int, height: int, shadows: bool) -> mujoco.MjModel:
    """Return a model without bodies that holds the textures and the drawing quality."""
    assets = ''.join(
        f'<texture name="{n}" type="2d" builtin="flat" rgb1="1 1 1" '
        f'width="{SIDE}" height="{SIDE}"/>'
        f'<material name="{n}" texture="{n}"/>' for n in TEXTURES)
    model = mujoco.MjModel.from_xml_string(
        '<mujoco><statistic extent="1" center="0 0 0"/><visual><map shadowclip="1"/>'
        f'<global offwidth="{width}" offheight="{height}"/>'
        f'<quality offsamples="0" shadowsize="{_SHADOW_MAP if shadows else 0}" numslices="20" '
        f'numstacks="10"/></visual><asset>{assets}</asset></mujoco>')
    for index, name in enumerate(TEXTURES):
        start = model.tex_adr[index]
        pattern = texture(name).ravel()
        model.tex_data[start:start + pattern.size] = pattern
    return model


def _context(width: int, height: int) -> 'mujoco.GLContext':
    try:
        return mujoco.GLContext(width, height)
    except (ImportError, AttributeError, RuntimeError) as error:
        raise ReasonSegError(NO_OPENGL.format(found=error)) from error
