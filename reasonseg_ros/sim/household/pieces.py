# SPDX-License-Identifier: Apache-2.0
"""What builders of household objects share: named pieces, drawn sizes, handles and open vessels.

Knows no category and no colour: a paint is a word, which `objects` turns into a material. 'main' is
the colour that people name the object by; 'second' differs from it; 'print' is 'main' with a
printed surface; the others are materials of their own.
"""

from dataclasses import dataclass

import numpy as np

from reasonseg_ros.sim.household.meshes import Mesh, curve, revolve, tube

Rng = np.random.Generator


@dataclass(frozen=True, eq=False)
class Piece:
    """A mesh that belongs to the part of this name, and the paint that it gets."""

    part: str
    mesh: Mesh
    paint: str = 'main'


Pieces = list[Piece]


def between(rng: Rng, low: float, high: float) -> float:
    return float(rng.uniform(low, high))


def pick(rng: Rng, *options: str) -> str:
    return options[rng.integers(len(options))]


def rod(a: tuple[float, float, float], b: tuple[float, float, float], radius: float,
        around: int = 14) -> Mesh:
    """A straight bar from a to b."""
    return tube(np.linspace(np.array(a, float), np.array(b, float), 4), radius, around)


def shell(outer: list[tuple[float, float]], wall: float, floor: float) -> list[Mesh]:
    """Outside and inside of an open vessel; the profile goes from the bottom's rim to the top."""
    base = outer[0][1]
    inner = [(max(r - wall, 0.0005), max(z, base + floor)) for r, z in outer]
    outside = revolve([(0, base), *outer, (inner[-1][0], outer[-1][1])])
    inside = revolve([*reversed(inner), (0, base + floor)])
    return [outside, inside]


def taper(bottom: float, top: float, height: float, bulge: float = 0.0, foot: float = 0.002
          ) -> list[tuple[float, float]]:
    """Profile (radius, z) of a wall from one radius to another, bulging in the middle."""
    t = np.linspace(0, 1, 9)
    r = bottom + (top - bottom) * t + bulge * np.sin(np.pi * t)
    return [(bottom - foot, 0.0), *zip(r, height * t * (1 - foot) + foot * height)]


def loop(x: float, low: float, high: float, reach: float, thick: float, flat: float = 1.0,
         square: float = 0.0) -> Mesh:
    """A handle at +x between two heights."""
    mid = (low + high) / 2
    points = [(x - 0.006, 0, high), (x + reach * (0.55 + 0.3 * square), 0, high + 0.004),
              (x + reach, 0, mid + (high - mid) * 0.5),
              (x + reach * 0.95, 0, mid - (mid - low) * 0.3),
              (x + reach * (0.5 + 0.3 * square), 0, low), (x - 0.006, 0, low + 0.004)]
    return tube(curve(points, 26), thick, 12, flat)


def lay(pieces: Pieces, axis: str, degrees: float) -> Pieces:
    """Turn the object about an axis and set it down."""
    return ground([Piece(p.part, p.mesh.turned(axis, degrees), p.paint) for p in pieces])


def ground(pieces: Pieces) -> Pieces:
    """Centre the object on the z axis and set it down on z = 0."""
    points = np.concatenate([p.mesh.vertices for p in pieces])
    low, high = points.min(0), points.max(0)
    middle = (low + high) / 2
    return [Piece(p.part, p.mesh.moved(-middle[0], -middle[1], -low[2]), p.paint) for p in pieces]
