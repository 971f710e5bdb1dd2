# SPDX-License-Identifier: Apache-2.0
"""Images of scenes with exact truth through pybullet's software renderer: an unseen domain.

The same solids, camera and light as `sim.rendering.renderer`, drawn by another program with another
light model and without textures. For measuring only; training never sees it. Needs no OpenGL.
"""

import cv2
import numpy as np
import pybullet

from reasonseg_ros.sim.dialogues.truth import SceneTruth
from reasonseg_ros.sim.rendering.renderer import FLOOR_Z, Rendering, pinhole
from reasonseg_ros.sim.world.primitives import Primitive, Rgb, Shape
from reasonseg_ros.sim.world.stage import Scene

FINER = 3         # drawn so much finer: colours are averaged, truth is the sample in the middle
_NEAR, _FAR = 0.05, 40.0
_RINGS, _SPOKES = 16, 24  # of round solids


class BulletRenderer:
    """A pybullet world that is emptied for each scene. Use it in one thread, then `close` it."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._world = pybullet.connect(pybullet.DIRECT)

    def __enter__(self) -> 'BulletRenderer':
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        """Free the world."""
        pybullet.disconnect(self._world)

    def render(self, scene: Scene, depth: bool = False) -> Rendering:
        """Return the image and its truth; there is no depth (None), whether asked for or not."""
        pybullet.resetSimulation(physicsClientId=self._world)
        x, y = scene.table_half
        self._add(*_box((x, y, 0.02)), np.array((0.0, 0.0, -0.02)), np.eye(3), scene.table.rgb)
        self._add(*_box((4.0, 4.0, 0.05)), np.array((0.0, 0.0, FLOOR_Z - 0.05)), np.eye(3),
                  scene.floor.rgb)
        regions: dict[tuple[int, str], int] = {}
        region_of = np.zeros(4096, np.uint8)  # by number of the body
        for index, item in enumerate(scene.items):
            for solid in item.solids:
                body = self._add(*mesh(solid), solid.position, solid.rotation, solid.rgb)
                region_of[body] = regions.setdefault((index, solid.part), len(regions) + 1)
        for solid in scene.gripper.solids if scene.gripper else ():
            self._add(*mesh(solid), solid.position, solid.rotation, solid.rgb)
        rgb, bodies = self._drawn(scene)
        ids = np.where(bodies >= 0, region_of[np.maximum(bodies, 0)], 0).astype(np.uint8)
        truth = SceneTruth(tuple(item.truth for item in scene.items), tuple(regions), ids)
        return Rendering(rgb, None, truth, pinhole(scene.camera, self.width, self.height))

    def _add(self, vertices: np.ndarray, faces: np.ndarray, normals: np.ndarray,
             position: np.ndarray, rotation: np.ndarray, rgb: Rgb) -> int:
        """Add a body; return its number."""
        placed = vertices @ rotation.T + position
        shape = pybullet.createVisualShape(
            pybullet.GEOM_MESH, vertices=placed.tolist(), indices=faces.ravel().tolist(),
            normals=(normals @ rotation.T).tolist(), rgbaColor=(*rgb, 1.0),
            specularColor=(0.2, 0.2, 0.2), physicsClientId=self._world)
        number: int = pybullet.createMultiBody(baseVisualShapeIndex=shape,
                                               physicsClientId=self._world)
        return number

    def _drawn(self, scene: Scene) -> tuple[np.ndarray, np.ndarray]:
        """Return (uint8 [H, W, 3], number of the body at each pixel's centre, -1 for none)."""
        light, camera = scene.lights[0], scene.camera
        width, height = self.width * FINER, self.height * FINER
        _, _, colours, _, bodies = pybullet.getCameraImage(
            width, height,
            pybullet.computeViewMatrix(camera.eye, camera.target, (0.0, 0.0, 1.0)),
            pybullet.computeProjectionMatrixFOV(camera.fovy, width / height, _NEAR, _FAR),
            lightDirection=[-4.0 * v for v in light.direction], lightColor=(1.0, 1.0, 1.0),
            lightDistance=4.0, shadow=int(light.shadow), lightAmbientCoeff=scene.ambient + 0.2,
            lightDiffuseCoeff=0.6, lightSpecularCoeff=0.1,
            renderer=pybullet.ER_TINY_RENDERER, physicsClientId=self._world)
        rgba = np.asarray(colours, np.uint8).reshape(height, width, 4)
        rgb = cv2.resize(rgba[..., :3], (self.width, self.height), interpolation=cv2.INTER_AREA)
        middle = slice(FINER // 2, None, FINER)
        return rgb, np.asarray(bodies).reshape(height, width)[middle, middle]


def mesh(solid: Primitive) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return vertices [V, 3], triangles [F, 3] and normals [V, 3] in the frame of the solid."""
    if solid.shape is Shape.BOX:
        return _box(solid.size)
    if solid.shape is Shape.CYLINDER:
        return _cylinder(solid.size[0], solid.size[2])
    directions, faces = _sphere()
    if solid.shape is Shape.CAPSULE:
        ends = np.where(directions[:, 2:] > 0, solid.size[2], -solid.size[2]) * (0.0, 0.0, 1.0)
        return directions * solid.size[0] + ends, faces, directions
    normals = directions / solid.size
    return (directions * solid.size, faces,
            normals / np.linalg.norm(normals, axis=1, keepdims=True))


def _box(half: tuple[float, float, float] | np.ndarray
         ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    corners = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)], float)
    vertices, normals = [], []
    for axis in range(3):
        for side in (1.0, -1.0):
            face = np.insert(corners[::int(side)], axis, side, axis=1)
            vertices.append(face if axis != 1 else face[::-1])
            normals.append(np.tile(side * np.eye(3)[axis], (4, 1)))
    faces = np.concatenate([np.array([(0, 1, 2), (0, 2, 3)]) + 4 * k for k in range(6)])
    return np.concatenate(vertices) * np.asarray(half), faces, np.concatenate(normals)


def _sphere() -> tuple[np.ndarray, np.ndarray]:
    """Directions of a unit sphere about z, without a ring at the equator, and its triangles."""
    down = np.linspace(0.0, np.pi, _RINGS)  # an even number: the equator lies between two rings
    around = np.linspace(0.0, 2 * np.pi, _SPOKES, endpoint=False)
    t, p = np.meshgrid(down, around, indexing='ij')
    points = np.stack((np.sin(t) * np.cos(p), np.sin(t) * np.sin(p), np.cos(t)), -1)
    return points.reshape(-1, 3), _strips(_RINGS)


def _strips(rings: int) -> np.ndarray:
    """Triangles between neighbouring rings, seen anticlockwise from outside."""
    row, spoke = np.meshgrid(np.arange(rings - 1), np.arange(_SPOKES), indexing='ij')
    here, right = row * _SPOKES + spoke, row * _SPOKES + (spoke + 1) % _SPOKES
    below, across = here + _SPOKES, right + _SPOKES
    return np.concatenate([np.stack(t, -1).reshape(-1, 3)
                           for t in ((here, below, across), (here, across, right))])


def _cylinder(radius: float, half: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    around = np.linspace(0.0, 2 * np.pi, _SPOKES, endpoint=False)
    rim = np.stack((np.cos(around), np.sin(around), np.zeros(_SPOKES)), -1)
    up = np.array((0.0, 0.0, 1.0))
    rings = [rim * radius + up * half, rim * radius - up * half]
    caps = [[ring, [centre]] for ring, centre in zip(rings, (up * half, -up * half))]
    vertices = np.concatenate([*rings, *caps[0], *caps[1]])
    normals = np.concatenate([rim, rim, np.tile(up, (_SPOKES + 1, 1)),
                              np.tile(-up, (_SPOKES + 1, 1))])
    spoke = np.arange(_SPOKES)
    right = (spoke + 1) % _SPOKES
    top, bottom = 2 * _SPOKES, 3 * _SPOKES + 1
    faces = np.concatenate([
        _strips(2),
        np.stack((top + spoke, top + right, np.full(_SPOKES, top + _SPOKES)), -1),
        np.stack((bottom + right, bottom + spoke, np.full(_SPOKES, bottom + _SPOKES)), -1)])
    return vertices, faces, normals
