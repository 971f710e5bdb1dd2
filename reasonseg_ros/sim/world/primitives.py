# SPDX-License-Identifier: Apache-2.0
"""Solid primitives and how to place them. Numpy only; does not draw and knows no categories.

Lengths are metres. A primitive lives in the frame of its object: z up, the table at z = 0, the
front of the object towards -y.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np

Rgb = tuple[float, float, float]
Point = tuple[float, float, float]


class Shape(IntEnum):
    """Kinds of primitives; the values are those of MuJoCo's mjtGeom (a test compares them)."""

    SPHERE = 2
    CAPSULE = 3
    ELLIPSOID = 4
    CYLINDER = 5
    BOX = 6


@dataclass(frozen=True, eq=False)
class Primitive:
    """One solid of one named part.

    size      [3]: half extents of a box or ellipsoid; (radius, radius, half length along z) of a
              cylinder or capsule; (radius, radius, radius) of a sphere
    position  [3], centre
    rotation  [3, 3], columns are the primitive's axes
    rgb       colour, each in [0, 1]
    """

    part: str
    shape: Shape
    size: np.ndarray
    position: np.ndarray
    rotation: np.ndarray
    rgb: Rgb

    @property
    def half(self) -> np.ndarray:
        """Half extents [3] along its own axes, the caps of a capsule included."""
        if self.shape is Shape.CAPSULE:
            half: np.ndarray = self.size + (0.0, 0.0, self.size[0])
            return half
        return self.size


def turn(axis: str, degrees: float) -> np.ndarray:
    """Return the rotation [3, 3] by `degrees` about the axis 'x', 'y' or 'z'."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    if axis == 'x':
        return np.array([[1, 0, 0], [0, c, -s], [0, s, c]])
    if axis == 'y':
        return np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])


def box(part: str, rgb: Rgb, centre: Point, half: Point,
        rotation: np.ndarray | None = None) -> Primitive:
    """Return a box of half extents `half`."""
    return _solid(part, Shape.BOX, rgb, centre, half, rotation)


def ellipsoid(part: str, rgb: Rgb, centre: Point, half: Point,
              rotation: np.ndarray | None = None) -> Primitive:
    """Return an ellipsoid of half axes `half`."""
    return _solid(part, Shape.ELLIPSOID, rgb, centre, half, rotation)


def ball(part: str, rgb: Rgb, centre: Point, radius: float) -> Primitive:
    """Return a sphere."""
    return _solid(part, Shape.SPHERE, rgb, centre, (radius, radius, radius), None)


def disc(part: str, rgb: Rgb, centre: Point, radius: float, half: float,
         rotation: np.ndarray | None = None) -> Primitive:
    """Return a cylinder of half length `half`; it stands upright unless rotated."""
    return _solid(part, Shape.CYLINDER, rgb, centre, (radius, radius, half), rotation)


def rod(part: str, rgb: Rgb, start: Point, end: Point, radius: float) -> Primitive:
    """Return a capsule whose axis runs from `start` to `end`."""
    a, b = np.array(start, float), np.array(end, float)
    length = float(np.linalg.norm(b - a))
    x, y, z = (float(v) for v in (b - a) / length)
    # A frame around z without cross products of arrays, which are slow for single vectors
    # (Duff et al. 2017, Building an Orthonormal Basis, Revisited).
    sign = 1.0 if z >= 0 else -1.0
    p, q = -1.0 / (sign + z), -x * y / (sign + z)
    rotation = np.array([[1 + sign * x * x * p, q, x],
                         [sign * q, sign + y * y * p, y],
                         [-sign * x, -y, z]])
    return Primitive(part, Shape.CAPSULE, np.array([radius, radius, length / 2]), (a + b) / 2,
                     rotation, rgb)


def chain(part: str, rgb: Rgb, points: np.ndarray, radius: float) -> tuple[Primitive, ...]:
    """Return capsules along the polyline `points` [N, 3]."""
    return tuple(rod(part, rgb, a, b, radius) for a, b in zip(points, points[1:]))


def arc(centre: Point, radius: float, start: float, end: float, count: int,
        plane: str = 'xz') -> np.ndarray:
    """Return `count` points [count, 3] of a circular arc in a plane, angles in degrees."""
    angle = np.radians(np.linspace(start, end, count))
    points = np.zeros((count, 3))
    points[:, 'xyz'.index(plane[0])] = radius * np.cos(angle)
    points[:, 'xyz'.index(plane[1])] = radius * np.sin(angle)
    moved: np.ndarray = points + np.array(centre)
    return moved


def place(solids: Iterable[Primitive], rotation: np.ndarray, position: np.ndarray,
          scale: float = 1.0) -> tuple[Primitive, ...]:
    """Return the solids scaled, then rotated, then moved."""
    return tuple(replace(s, size=s.size * scale, rotation=rotation @ s.rotation,
                         position=rotation @ s.position * scale + position) for s in solids)


def bounds(solids: Iterable[Primitive]) -> tuple[np.ndarray, np.ndarray]:
    """Return the lowest and the highest corner [3] of the axis-aligned box around all solids."""
    low, high = boxes(solids)
    return low.min(axis=0), high.max(axis=0)


def boxes(solids: Iterable[Primitive]) -> tuple[np.ndarray, np.ndarray]:
    """Return the lowest and the highest corner [N, 3] of the upright box around each solid."""
    solids = tuple(solids)
    half = np.array([s.half for s in solids])
    centre = np.array([s.position for s in solids])
    axes = np.abs(np.array([s.rotation for s in solids]))
    reach = (axes @ half[:, :, None])[:, :, 0]
    return centre - reach, centre + reach


def _solid(part: str, shape: Shape, rgb: Rgb, centre: Point, half: Point,
           rotation: np.ndarray | None) -> Primitive:
    return Primitive(part, shape, np.array(half, float), np.array(centre, float),
                     np.eye(3) if rotation is None else rotation, rgb)
