# SPDX-License-Identifier: Apache-2.0
"""Triangle meshes of simple solids, and how to place and join them. Numpy only; knows no category.

Lengths are metres. An object stands on z = 0, its front looks towards -y.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

CREASE = 38.0   # degrees between faces from which they meet in an edge


@dataclass(frozen=True, eq=False)
class Mesh:
    """vertices float64 [N, 3] metres; faces int64 [M, 3], counter-clockwise seen from outside."""

    vertices: np.ndarray
    faces: np.ndarray

    def moved(self, *offset: float) -> 'Mesh':
        """Return the mesh shifted by (x, y, z)."""
        return Mesh(self.vertices + np.array(offset, float), self.faces)

    def turned(self, axis: str, degrees: float) -> 'Mesh':
        """Return the mesh turned about an axis through the origin."""
        return Mesh(self.vertices @ rotation(axis, degrees).T, self.faces)

    def mirrored(self) -> 'Mesh':
        """Return the mesh with left and right exchanged."""
        return Mesh(self.vertices * (-1, 1, 1), self.faces[:, ::-1])

    def scaled(self, *factors: float) -> 'Mesh':
        """Return the mesh scaled by one factor, or by one for each axis."""
        return Mesh(self.vertices * np.array(factors, float), self.faces)


def rotation(axis: str, degrees: float) -> np.ndarray:
    """Return the rotation [3, 3] by `degrees` about 'x', 'y' or 'z'."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    i, j = {'x': (1, 2), 'y': (2, 0), 'z': (0, 1)}[axis]
    turn = np.eye(3)
    turn[i, i] = turn[j, j] = c
    turn[i, j], turn[j, i] = -s, s
    return turn


def join(meshes: Sequence[Mesh]) -> Mesh:
    """Return one mesh of all."""
    starts = np.cumsum([0, *(len(m.vertices) for m in meshes[:-1])])
    return Mesh(np.concatenate([m.vertices for m in meshes]),
                np.concatenate([m.faces + s for m, s in zip(meshes, starts)]))


def grid(rows: int, columns: int, around: bool) -> np.ndarray:
    """Faces of a grid of vertices [rows, columns]; `around` joins the last column to the first."""
    index = np.arange(rows * columns).reshape(rows, columns)
    right = np.roll(index, -1, 1)
    if not around:
        index, right = index[:, :-1], right[:, :-1]
    a, b, c, d = index[:-1], right[:-1], right[1:], index[1:]
    return np.concatenate([np.stack([a, b, c], -1).reshape(-1, 3),
                           np.stack([a, c, d], -1).reshape(-1, 3)])


def revolve(profile: Sequence[tuple[float, float]], around: int = 36) -> Mesh:
    """Turn (radius, z) points, from below to above seen from outside, about the z axis."""
    line = np.array(profile, float)
    angle = np.linspace(0, 2 * np.pi, around, endpoint=False)
    ring = np.stack([np.cos(angle), np.sin(angle)], -1)
    vertices = np.concatenate([line[:, None, :1] * ring[None],
                               np.broadcast_to(line[:, None, 1:], (len(line), around, 1))], -1)
    return Mesh(vertices.reshape(-1, 3), grid(len(line), around, True))


def tube(path: np.ndarray, radius: float | np.ndarray, around: int = 12,
         flat: float = 1.0) -> Mesh:
    """Sweep a circle along a path [N, 3]; `flat` squeezes it along its second normal. Closed."""
    path = np.asarray(path, float)
    radii = np.broadcast_to(np.asarray(radius, float), len(path)).copy()
    along = np.gradient(path, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True) + 1e-12
    reference = np.array([0.0, 0.0, 1.0]) if abs(along[0, 2]) < 0.9 else np.array([1.0, 0.0, 0.0])
    first = np.cross(along[0], reference)
    frames = []
    for tangent in along:
        first = first - tangent * (first @ tangent)
        first /= np.linalg.norm(first) + 1e-12
        frames.append((first, np.cross(tangent, first)))
    one, two = (np.array(f) for f in zip(*frames))
    angle = np.linspace(0, 2 * np.pi, around, endpoint=False)
    ring = (np.cos(angle)[None, :, None] * one[:, None] * radii[:, None, None]
            + flat * np.sin(angle)[None, :, None] * two[:, None] * radii[:, None, None])
    vertices = path[:, None] + ring
    vertices = np.concatenate([np.repeat(path[:1, None], around, 1), vertices,
                               np.repeat(path[-1:, None], around, 1)])
    return Mesh(vertices.reshape(-1, 3), grid(len(vertices), around, True))


def extrude(outline: np.ndarray, height: float, bevel: float = 0.0) -> Mesh:
    """Raise a star-shaped outline [N, 2] (counter-clockwise) from z = 0, its edges bevelled."""
    outline = np.asarray(outline, float)
    centre = outline.mean(0)
    if bevel:
        inner = centre + (outline - centre) * (1 - bevel / np.linalg.norm(
            outline - centre, axis=1, keepdims=True).clip(2 * bevel))
        levels = [(inner, 0.0), (outline, bevel), (outline, height - bevel), (inner, height)]
    else:
        levels = [(outline, 0.0), (outline, height)]
    middle = np.broadcast_to(centre, outline.shape)
    levels = [(middle, 0.0), *levels, (middle, height)]
    vertices = np.stack([np.concatenate([xy, np.full((len(xy), 1), z)], 1) for xy, z in levels])
    return Mesh(vertices.reshape(-1, 3), grid(len(levels), len(outline), True))


def ellipsoid(x: float, y: float, z: float, around: int = 28) -> Mesh:
    """An ellipsoid with these half axes about the origin."""
    angle = np.linspace(-np.pi / 2, np.pi / 2, around // 2 + 1)
    return revolve(list(zip(np.cos(angle), np.sin(angle))), around).scaled(x, y, z)


def slab(x: float, y: float, z: float, edge: float = 0.002, around: int = 24) -> Mesh:
    """A box of these full sizes with rounded edges, its underside at z = 0."""
    half = np.array([x, y, z]) / 2
    edge = min(edge, 0.98 * half.min())
    ball = ellipsoid(1, 1, 1, around)
    direction = ball.vertices.copy()
    # The poles and meridians on a plane would split a face; a small turn avoids signs of zero.
    sign = np.sign(direction + 1e-9)
    vertices = sign * (half - edge) + edge * direction
    return Mesh(vertices + (0, 0, half[2]), ball.faces)


def circle(radius: float, count: int = 32) -> np.ndarray:
    """Outline [count, 2] of a circle about the origin."""
    angle = np.linspace(0, 2 * np.pi, count, endpoint=False)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], -1)


def rounded(x: float, y: float, corner: float, steps: int = 5) -> np.ndarray:
    """Outline of a rectangle of full sizes x, y with round corners."""
    corner = min(corner, 0.49 * min(x, y))
    points = []
    for quarter, (sx, sy) in enumerate(((1, 1), (-1, 1), (-1, -1), (1, -1))):
        for angle in np.linspace(0, np.pi / 2, steps) + quarter * np.pi / 2:
            points.append((sx * (x / 2 - corner) + corner * np.cos(angle),
                           sy * (y / 2 - corner) + corner * np.sin(angle)))
    return np.array(points)


def curve(points: Sequence[Sequence[float]] | np.ndarray, count: int = 24) -> np.ndarray:
    """Catmull-Rom curve [count, D] through the points."""
    p = np.array(points, float)
    p = np.concatenate([2 * p[:1] - p[1:2], p, 2 * p[-1:] - p[-2:-1]])
    t = np.linspace(0, len(p) - 3 - 1e-9, count)
    i, f = t.astype(int), (t % 1)[:, None]
    a, b, c, d = p[i], p[i + 1], p[i + 2], p[i + 3]
    line: np.ndarray = 0.5 * (2 * b + (c - a) * f + (2 * a - 5 * b + 4 * c - d) * f ** 2
                              + (3 * b - a - 3 * c + d) * f ** 3)
    return line


def arc(radius: float, start: float, end: float, count: int = 16, flat: float = 1.0) -> np.ndarray:
    """Points [count, 3] in the x-z plane, angles in degrees from +x towards +z."""
    angle = np.radians(np.linspace(start, end, count))
    return np.stack([flat * radius * np.cos(angle), np.zeros(count), radius * np.sin(angle)], -1)


def corner_normals(mesh: Mesh) -> np.ndarray:
    """Normal of every corner of every face, [M, 3, 3].

    Smooth where faces meet at less than CREASE degrees. Degenerate faces get the normals of
    their neighbours.
    """
    # Vertices that lie in one place are one, so that poles and seams are smooth.
    _, same = np.unique(np.round(mesh.vertices, 6), axis=0, return_inverse=True)
    faces = same.reshape(-1)[mesh.faces]
    a, b, c = (mesh.vertices[mesh.faces[:, k]] for k in range(3))
    area = np.cross(b - a, c - a)
    size = np.linalg.norm(area, axis=1, keepdims=True)
    normal = area / np.maximum(size, 1e-15)
    corner = faces.ravel()
    owner = np.repeat(np.arange(len(faces)), 3)
    order = np.argsort(corner, kind='stable')
    corner, owner = corner[order], owner[order]
    result = np.zeros((len(faces) * 3, 3))
    starts = np.searchsorted(corner, corner, 'left')
    counts = np.searchsorted(corner, corner, 'right') - starts
    limit = np.cos(np.radians(CREASE))
    for step in range(int(counts.max())):
        here = np.nonzero(step < counts)[0]
        other = owner[starts[here] + step]
        close = (normal[owner[here]] * normal[other]).sum(1) > limit
        np.add.at(result, here[close], area[other[close]])
    lengths = np.linalg.norm(result, axis=1, keepdims=True)
    result = np.where(lengths > 1e-15, result / np.maximum(lengths, 1e-15), normal[owner])
    corners: np.ndarray = np.empty_like(result)
    corners[order] = result
    return corners.reshape(-1, 3, 3)
