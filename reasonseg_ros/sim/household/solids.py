# SPDX-License-Identifier: Apache-2.0
"""Solids with materials, light and camera, and what rays hit among them. Draws nothing.

Embree finds the hits. It is imported when the first stage is built: shapes and words can be had
without it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from reasonseg_ros.sim.household.meshes import Mesh, corner_normals

Hits = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


@dataclass(frozen=True, eq=False)
class Material:
    """How a surface looks.

    colour     linear RGB [3]; with a texture, what it is multiplied with
    texture    linear RGB [S, S, 3] or None
    mapping    'box' along the axes, 'round' about z, 'flat' from above
    scale      metres of one repeat
    gloss      0 = dull, 1 = polished
    metal      whether reflections have the colour
    clear      share of the light that goes straight through
    """

    colour: np.ndarray
    texture: np.ndarray | None = None
    mapping: str = 'box'
    scale: float = 0.3
    gloss: float = 0.1
    metal: bool = False
    clear: float = 0.0


@dataclass(frozen=True, eq=False)
class Solid:
    """A mesh in the world.

    id     value in the map of ids, 0 for what is no object
    place  [4, 4] from the object's frame, where textures are fixed, to the world
    """

    mesh: Mesh
    material: Material
    place: np.ndarray = field(default_factory=lambda: np.eye(4))
    id: int = 0


@dataclass(frozen=True, eq=False)
class Area:
    """A rectangle that shines: centre [3], two half edges [3], radiance RGB [3]."""

    centre: np.ndarray
    u: np.ndarray
    v: np.ndarray
    radiance: np.ndarray


@dataclass(frozen=True, eq=False)
class View:
    """Camera: position [3], axes [3, 3] whose rows are right, down, forward; focal in pixels."""

    eye: np.ndarray
    axes: np.ndarray
    focal: float
    width: int
    height: int


class RayStage:
    """All solids of a scene and its light, ready to be hit by rays.

    sky  RGB [3] of the light from around;  ambient  share of it that reaches a bounced point
    """

    def __init__(self, solids: Sequence[Solid], areas: Sequence[Area], sky: np.ndarray,
                 ambient: float) -> None:
        self.solids, self.areas = list(solids), list(areas)
        self.sky, self.ambient = np.asarray(sky, np.float32), ambient
        triangles, normals, owner = [], [], []
        for index, solid in enumerate(self.solids):
            turn, shift = solid.place[:3, :3], solid.place[:3, 3]
            corners = solid.mesh.vertices[solid.mesh.faces]
            triangles.append(corners @ turn.T + shift)
            n = corner_normals(solid.mesh) @ np.linalg.inv(turn)
            normals.append(n / np.maximum(np.linalg.norm(n, axis=-1, keepdims=True), 1e-9))
            owner.append(np.full(len(corners), index, np.int32))
        self.triangles = np.concatenate(triangles).astype(np.float32)
        self.normals = np.concatenate(normals).astype(np.float32)
        self.owner = np.concatenate(owner)
        self.inverse = np.stack([np.linalg.inv(s.place) for s in self.solids]).astype(np.float32)
        self.ids = np.array([s.id for s in self.solids], np.uint8)
        self.gloss = np.array([s.material.gloss for s in self.solids], np.float32)
        self.metal = np.array([s.material.metal for s in self.solids])
        self.clear = np.array([s.material.clear for s in self.solids], np.float32)
        self.colours = np.stack([s.material.colour for s in self.solids]).astype(np.float32)
        self._scene = _embree(self.triangles)

    def hit(self, origin: np.ndarray, direction: np.ndarray) -> Hits:
        """First hits of rays: (triangle [N], -1 = none; distance [N]; barycentric u, v)."""
        found = self._scene.run(np.ascontiguousarray(origin, np.float32),
                                np.ascontiguousarray(direction, np.float32), output=True)
        return found['primID'].astype(np.int64), found['tfar'], found['u'], found['v']

    def clear_way(self, origin: np.ndarray, towards: np.ndarray) -> np.ndarray:
        """Whether nothing is between origin and origin + towards."""
        found: np.ndarray = self._scene.run(np.ascontiguousarray(origin, np.float32),
                                            np.ascontiguousarray(towards, np.float32),
                                            query='DISTANCE')
        return (found < 0) | (found > 0.999)

    def albedo(self, owner: np.ndarray, point: np.ndarray, normal: np.ndarray) -> np.ndarray:
        """Colour [N, 3] of the surfaces at world points."""
        colour: np.ndarray = self.colours[owner].copy()
        order = np.argsort(owner, kind='stable')
        bounds = np.flatnonzero(np.diff(owner[order])) + 1
        for group in np.split(order, bounds):
            if not len(group):
                continue
            solid = self.solids[owner[group[0]]]
            texture = solid.material.texture
            if texture is None:
                continue
            inverse = self.inverse[owner[group[0]]]
            p = point[group] @ inverse[:3, :3].T + inverse[:3, 3]
            n = normal[group] @ np.linalg.inv(inverse[:3, :3])
            colour[group] *= _texel(texture, solid.material, p, n)
        return colour


def _embree(triangles: np.ndarray) -> Any:
    """Embree's scene of triangles float32 [N, 3, 3]."""
    from embreex import rtcore_scene
    from embreex.mesh_construction import TriangleMesh

    scene = rtcore_scene.EmbreeScene()
    TriangleMesh(scene, triangles)
    return scene


def _texel(texture: np.ndarray, material: Material, p: np.ndarray, n: np.ndarray) -> np.ndarray:
    """Values [N, 3] of a texture, between its pixels, at points p of the object with normals n."""
    scale = material.scale
    if material.mapping == 'flat':
        u, v = p[:, 0] / scale, p[:, 1] / scale
    elif material.mapping == 'round':
        top = np.abs(n[:, 2]) > 0.8 * np.linalg.norm(n, axis=1)
        u = np.where(top, p[:, 0] / scale, np.arctan2(p[:, 1], p[:, 0]) / (2 * np.pi))
        v = np.where(top, p[:, 1] / scale, -p[:, 2] / scale)
    else:
        axis = np.abs(n).argmax(1)
        u = np.where(axis == 0, p[:, 1], p[:, 0]) / scale
        v = np.where(axis == 2, p[:, 1], -p[:, 2]) / scale
    side = len(texture)
    x, y = (u * side) % side, (v * side) % side
    x0, y0 = x.astype(np.int32) % side, y.astype(np.int32) % side
    fx = (x - np.floor(x))[:, None].astype(np.float32)
    fy = (y - np.floor(y))[:, None].astype(np.float32)
    x1, y1 = (x0 + 1) % side, (y0 + 1) % side
    upper: np.ndarray = texture[y0, x0] * (1 - fx) + texture[y0, x1] * fx
    lower: np.ndarray = texture[y1, x0] * (1 - fx) + texture[y1, x1] * fx
    return upper * (1 - fy) + lower * fy
