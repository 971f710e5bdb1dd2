# SPDX-License-Identifier: Apache-2.0
"""What is around the objects: table, walls, furniture, people, light, and the camera.

None of it is an object that is learnt: all its solids have the id 0.
"""

import numpy as np

from reasonseg_ros.sim.household import surfaces
from reasonseg_ros.sim.household.meshes import Mesh, ellipsoid, revolve, slab, tube
from reasonseg_ros.sim.household.solids import Area, Material, Solid, View


def room(rng: np.random.Generator, x: float, y: float) -> list[Solid]:
    """Table or floor with half sides x, y, its top at z = 0, walls and furniture."""
    floor = -rng.uniform(0.4, 0.95)
    top = Material(np.ones(3), surfaces.surface(rng), 'flat',
                   float(rng.choice([0.15, 0.3, 0.6, 1.0])),
                   float(rng.choice([0.02, 0.05, 0.15, 0.45, 0.7])))
    kind = rng.random()
    if kind < 0.12:  # no table: things stand on the floor
        floor = 0.0
        solids = [Solid(slab(8, 8, 0.02, 0.001), top, _at(0, 0, -0.02))]
    else:
        solids = _table(rng, x, y, top, kind < 0.25, floor)
    solids += _walls(rng, floor)
    for _ in range(rng.integers(0, 7)):
        solids += _furniture(rng, max(x, y) + 0.25, floor)
    return solids


def _table(rng: np.random.Generator, x: float, y: float, top: Material, is_round: bool,
           floor: float) -> list[Solid]:
    """A table, maybe with a cloth, tray or board under the things, on a floor."""
    shape = slab(2 * x, 2 * y, 0.03, 0.004).moved(0, 0, -0.03)
    if is_round:
        r = max(x, y)
        shape = revolve([(0, -0.03), (r, -0.03), (r, 0), (0, 0)], 60)
    solids = [Solid(shape, top)]
    if rng.random() < 0.3:
        mat = Material(np.ones(3), surfaces.surface(rng), 'flat',
                       float(rng.choice([0.1, 0.2, 0.4])), 0.03)
        solids.append(Solid(slab(rng.uniform(0.2, 0.9) * x * 2, rng.uniform(0.3, 0.9) * y * 2,
                                 0.003, 0.001), mat, _at(0, 0, -0.0015, rng.uniform(-0.3, 0.3))))
    for sx in (-1, 1):
        for sy in (-1, 1):
            solids.append(Solid(slab(0.05, 0.05, -floor, 0.002),
                                Material(rng.uniform(0.02, 0.5, 3)),
                                _at(sx * x * 0.9, sy * y * 0.9, floor)))
    return [*solids, Solid(slab(9, 9, 0.02, 0.001),
                           Material(np.ones(3), surfaces.surface(rng), 'flat',
                                    float(rng.uniform(0.5, 2.5)), float(rng.uniform(0, 0.4))),
                           _at(0, 0, floor - 0.02))]


def _walls(rng: np.random.Generator, floor: float) -> list[Solid]:
    solids = []
    for side in range(4):
        if rng.random() < 0.8:
            far = rng.uniform(0.9, 3.5)
            angle = side * np.pi / 2 + rng.uniform(-0.2, 0.2)
            solids.append(Solid(slab(8, 0.1, 3.0, 0.001), _wall(rng),
                                _at(far * np.cos(angle), far * np.sin(angle), floor,
                                    angle + np.pi / 2)))
    return solids


def _furniture(rng: np.random.Generator, nearest: float, floor: float) -> list[Solid]:
    """A block, a chair, a person, or a shelf with boxes, at least `nearest` metres away."""
    angle, far = rng.uniform(0, 2 * np.pi), rng.uniform(nearest, 2.4)
    place = _at(far * np.cos(angle), far * np.sin(angle), floor, rng.uniform(0, 6.3))
    choice = rng.integers(4)
    look = _wall(rng) if rng.random() < 0.5 else Material(rng.random(3) ** 2,
                                                          gloss=float(rng.uniform(0, 0.5)))
    if choice == 0:
        return [Solid(_block(rng, (0.2, 1.0), (0.3, 1.8), 0.01), look, place)]
    return (_chair if choice == 1 else _person if choice == 2 else _shelf)(rng, look, place)


def _chair(rng: np.random.Generator, look: Material, place: np.ndarray) -> list[Solid]:
    seat = rng.uniform(0.38, 0.5)
    legs = [Solid(slab(0.04, 0.04, seat, 0.002).moved(x, y, 0), Material(np.full(3, 0.05)), place)
            for x in (-0.18, 0.18) for y in (-0.18, 0.18)]
    return [Solid(slab(0.42, 0.42, 0.05, 0.01).moved(0, 0, seat), look, place),
            Solid(slab(0.42, 0.05, 0.5, 0.01).moved(0, 0.2, seat), look, place), *legs]


def _person(rng: np.random.Generator, look: Material, place: np.ndarray) -> list[Solid]:
    shirt = Material(rng.random(3) ** 2)
    skin = Material(np.array([0.5, 0.3, 0.2]) * rng.uniform(0.2, 1.2))
    arm = np.array([(0.2, 0, 1.3), (0.3, -0.2, 1.0), (0.15, -0.45, 0.95)])
    return [Solid(ellipsoid(0.22, 0.14, 0.38).moved(0, 0, 1.1), shirt, place),
            Solid(ellipsoid(0.09, 0.11, 0.13).moved(0, 0, 1.6), skin, place),
            Solid(tube(arm, 0.05), shirt, place),
            Solid(tube(np.array([(0.1, 0, 0.0), (0.1, 0, 0.9)]), 0.08),
                  Material(rng.random(3) * 0.2), place)]


def _shelf(rng: np.random.Generator, look: Material, place: np.ndarray) -> list[Solid]:
    solids = []
    for level in np.arange(0.2, 1.9, rng.uniform(0.3, 0.5)):
        solids.append(Solid(slab(0.9, 0.3, 0.02, 0.002).moved(0, 0, level), look, place))
        for _ in range(rng.integers(0, 5)):
            box = _block(rng, (0.04, 0.2), (0.05, 0.28), 0.003)
            solids.append(Solid(box.moved(rng.uniform(-0.4, 0.4), 0, level + 0.02),
                                Material(rng.random(3) ** 2), place))
    return solids


def _block(rng: np.random.Generator, sides: tuple[float, float], heights: tuple[float, float],
           edge: float) -> Mesh:
    x, y = rng.uniform(*sides, 2)
    return slab(x, y, rng.uniform(*heights), edge)


def lights(rng: np.random.Generator) -> tuple[list[Area], np.ndarray, float]:
    """Areas that shine, RGB [3] from the sky, and the share of it that reaches everywhere."""
    warm = np.array([1.0, rng.uniform(0.72, 1.0), rng.uniform(0.5, 1.1)])
    sky = np.array([rng.uniform(0.8, 1.0), rng.uniform(0.9, 1.0),
                    rng.uniform(0.85, 1.2)]) * rng.uniform(0.05, 0.9)
    areas = []
    for _ in range(rng.integers(1, 4)):
        angle, far, high = rng.uniform(0, 2 * np.pi), rng.uniform(0.2, 2.2), rng.uniform(0.9, 2.6)
        centre = np.array([far * np.cos(angle), far * np.sin(angle), high])
        face = -centre / np.linalg.norm(centre)
        u = np.cross(face, [0, 0, 1.0])
        u /= np.linalg.norm(u) + 1e-9
        v = np.cross(face, u)
        size = rng.choice([0.04, 0.12, 0.3, 0.6])
        power = rng.uniform(1.0, 7.0) * np.dot(centre, centre)
        areas.append(Area(centre, u * size, v * size * rng.uniform(0.4, 1.5),
                          warm * power / (4 * size * size)))
    return areas, sky, float(rng.uniform(0.25, 0.6))


def camera(rng: np.random.Generator, middle: np.ndarray, reach: float, width: int,
           height: int) -> View:
    """A camera that looks down on the surroundings, `reach` metres wide, of a middle [2]."""
    wide = np.radians(rng.uniform(30, 45) if rng.random() < 0.2 else rng.uniform(45, 75))
    near = rng.random() < 0.85
    far = reach / np.tan(wide / 2) / rng.uniform(0.4, 1.1) if near else rng.uniform(0.4, 2.0)
    far = float(np.clip(far, 0.3, 2.2))
    down = np.radians(rng.uniform(15, 90) if rng.random() < 0.4 else rng.uniform(25, 60))
    around = rng.uniform(0, 2 * np.pi)
    target = np.array([*(middle + rng.normal(0, 0.06, 2)), rng.uniform(0, 0.08)])
    eye = target + far * np.array([np.cos(around) * np.cos(down), np.sin(around) * np.cos(down),
                                   np.sin(down)])
    forward = (target - eye) / np.linalg.norm(target - eye)
    right = np.cross(forward, [0, 0, 1.0])
    right = right / np.linalg.norm(right) if np.linalg.norm(right) > 1e-3 else np.array([1.0, 0, 0])
    below = np.cross(forward, right)
    roll = np.radians(rng.normal(0, 5) if rng.random() < 0.8 else rng.uniform(-25, 25))
    axes = np.stack([np.cos(roll) * right + np.sin(roll) * below,
                     np.cos(roll) * below - np.sin(roll) * right, forward])
    focal = width / 2 / np.tan(wide / 2)
    return View(eye, axes, float(focal), width, height)


def _at(x: float, y: float, z: float, yaw: float = 0.0) -> np.ndarray:
    place = np.eye(4)
    place[:2, :2] = [[np.cos(yaw), -np.sin(yaw)], [np.sin(yaw), np.cos(yaw)]]
    place[:3, 3] = x, y, z
    return place


def _wall(rng: np.random.Generator) -> Material:
    if rng.random() < 0.6:
        return Material(rng.uniform(0.15, 0.85) * np.clip(1 + rng.normal(0, 0.08, 3), 0.7, 1.3),
                        gloss=0.0)
    return Material(np.ones(3), surfaces.surface(rng), 'box', float(rng.uniform(0.5, 2.0)), 0.02)
