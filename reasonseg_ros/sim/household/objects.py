# SPDX-License-Identifier: Apache-2.0
"""Objects of household categories with materials and a pose. Chooses no scene.

What a category looks like is built in `things`; here it gets its colours and is set down.
"""

from dataclasses import dataclass

import numpy as np

from reasonseg_ros.sim.household import surfaces
from reasonseg_ros.sim.household.colours import PAINTS, shade
from reasonseg_ros.sim.household.meshes import Mesh
from reasonseg_ros.sim.household.solids import Material
from reasonseg_ros.sim.household.things import build

# Colours that a category mostly has.
USUAL = {'banana': ('yellow', 'yellow', 'yellow', 'green'), 'orange': ('orange',),
         'lemon': ('yellow', 'yellow', 'green'), 'apple': ('red', 'red', 'green', 'yellow'),
         'pear': ('green', 'yellow')}
ROUND = ('can', 'bottle', 'jar', 'mug', 'cup', 'shaker', 'ball', 'spray bottle', 'teapot')
METALS = ((0.75, 0.75, 0.76), (0.5, 0.5, 0.52), (0.7, 0.6, 0.42), (0.3, 0.3, 0.32))


@dataclass(frozen=True, eq=False)
class HouseholdThing:
    """One object of a scene.

    pieces  (part, mesh, material) in the object's frame
    place   [4, 4] from there to the world
    radius, height  metres of its bounds about its middle, as it stands
    relation        'on' | 'in' its carrier, '' = on the table or floor
    carrier         place of that thing in the scene, -1 for none
    """

    category: str
    colour: str
    pieces: tuple[tuple[str, Mesh, Material], ...]
    place: np.ndarray
    radius: float
    height: float
    relation: str = ''
    carrier: int = -1


def painted(rng: np.random.Generator, category: str) -> HouseholdThing:
    """An object of a category, of a colour of PAINTS that it may have, on the origin."""
    name = _usual_colour(rng, category)
    main = shade(rng, name)
    others = [c for c in PAINTS if c != name]
    second = shade(rng, others[rng.integers(len(others))])
    gloss = float(rng.choice([0.05, 0.15, 0.3, 0.5, 0.7]))
    label = None
    made: list[tuple[str, Mesh, Material]] = []
    pieces = build(category, rng)
    mapping = 'round' if category in ROUND else 'box'
    for piece in pieces:
        paint = piece.paint
        if paint == 'main':
            texture = None
            if rng.random() < 0.15:
                texture = 1 + 0.25 * (surfaces.noise(rng)[..., None] - 0.5)
                texture = texture.repeat(3, -1).astype(np.float32)
            m = Material(main, texture, scale=0.08, gloss=gloss)
        elif paint == 'second':
            m = Material(second, gloss=gloss)
        elif paint == 'print':
            if label is None:
                label = surfaces.printed(rng, main)
            m = Material(np.ones(3), label, mapping, float(rng.uniform(0.08, 0.2)), gloss)
        elif paint == 'metal':
            m = Material(np.array(METALS[rng.integers(len(METALS))]) * rng.uniform(0.7, 1.0),
                         gloss=float(rng.uniform(0.3, 0.9)), metal=True)
        elif paint == 'glass':
            tint = np.ones(3)
            if rng.random() >= 0.6:
                tint = shade(rng, str(rng.choice(['green', 'brown', 'blue'])))
            m = Material(tint * 0.95, gloss=0.9, clear=float(rng.uniform(0.55, 0.92)))
        elif paint == 'inside':
            m = Material(main * rng.uniform(0.3, 1.0), gloss=gloss)
        elif paint == 'wood':
            m = Material(np.ones(3), surfaces.wood(rng), scale=0.12, gloss=0.15)
        else:
            base = {'dark': rng.uniform(0.01, 0.05), 'pale': rng.uniform(0.6, 0.88)}.get(paint)
            m = Material(np.full(3, base) if base
                         else shade(rng, {'red': 'red', 'leaf': 'green'}[paint]), gloss=gloss)
        made.append((piece.part, piece.mesh, m))
    points = np.concatenate([p.mesh.vertices for p in pieces])
    return HouseholdThing(category, name, tuple(made), np.eye(4),
                          float(np.linalg.norm(points[:, :2], axis=1).max()),
                          float(points[:, 2].max()))


def _usual_colour(rng: np.random.Generator, category: str) -> str:
    if category in USUAL and rng.random() < 0.85:
        return str(rng.choice(USUAL[category]))
    return str(rng.choice(list(PAINTS)))


def posed(item: HouseholdThing, x: float, y: float, z: float, yaw: float, tilt: float = 0.0,
          axis: float = 0.0) -> HouseholdThing:
    """Set it down at a place; `tilt` lays it over about a horizontal axis first."""
    c, s = np.cos(axis), np.sin(axis)
    turn = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
    ct, st = np.cos(tilt), np.sin(tilt)
    turn = np.array([[1, 0, 0], [0, ct, -st], [0, st, ct]]) @ turn
    cy, sy = np.cos(yaw), np.sin(yaw)
    turn = np.array([[cy, -sy, 0], [sy, cy, 0], [0, 0, 1]]) @ turn
    points = np.concatenate([m.vertices for _, m, _ in item.pieces]) @ turn.T
    place = np.eye(4)
    place[:3, :3] = turn
    middle = (points[:, :2].min(0) + points[:, :2].max(0)) / 2
    place[:3, 3] = (x - middle[0], y - middle[1], z - points[:, 2].min())
    return HouseholdThing(item.category, item.colour, item.pieces, place,
                          float(np.linalg.norm(points[:, :2] - middle, axis=1).max()),
                          float(np.ptp(points[:, 2])))


def lies(item: HouseholdThing) -> bool:
    """Whether it lies on its side."""
    return bool(abs(item.place[2, 2]) < 0.9)


def footprint(item: HouseholdThing) -> np.ndarray:
    """Points [N, 2] of the object, seen from above, a few dozen."""
    turn, shift = item.place[:3, :3], item.place[:3, 3]
    points: np.ndarray = np.concatenate([m.vertices for _, m, _ in item.pieces]) @ turn.T + shift
    angle = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    directions = np.stack([np.cos(angle), np.sin(angle)], -1)
    return points[np.unique((points[:, :2] @ directions.T).argmax(0)), :2]


def apart(a: np.ndarray, b: np.ndarray, gap: float) -> bool:
    """Whether two convex outlines are at least `gap` apart along some direction."""
    centre = b.mean(0) - a.mean(0)
    base = np.arctan2(centre[1], centre[0])
    angle = base + np.linspace(-np.pi / 2, np.pi / 2, 19)
    d = np.stack([np.cos(angle), np.sin(angle)], -1)
    return bool(((b @ d.T).min(0) - (a @ d.T).max(0)).max() >= gap)
