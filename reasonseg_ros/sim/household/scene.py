# SPDX-License-Identifier: Apache-2.0
"""Random scenes: which objects stand, lie and are stacked where. Draws and photographs nothing."""

from dataclasses import dataclass, replace

import numpy as np

from reasonseg_ros.core.scene.inventory import NAMELESS
from reasonseg_ros.sim.household.objects import (
    HouseholdThing,
    apart,
    footprint,
    lies,
    painted,
    posed,
)
from reasonseg_ros.sim.household.room import camera, lights, room
from reasonseg_ros.sim.household.solids import Area, RayStage, Solid, View
from reasonseg_ros.sim.household.things import BUILDERS

# Of the splits, disjoint. A seed is one scene, of whatever size its image is.
SEEDS = {'train': range(900_000), 'val': range(900_000, 950_000), 'test': range(950_000, 1_000_000)}
VERSION = 1             # raise when the same seed gives another scene
_STREAM = 20261128      # of the seeds, so that other uses of the same seeds draw other numbers

LYING = {'bottle', 'can', 'cup', 'jar', 'spray bottle', 'shaker', 'glass', 'mug', 'tube', 'carton',
         'box', 'marker', 'block'}
FLAT_TOP = {'box', 'book', 'container', 'can', 'block', 'drawer', 'laptop', 'sponge', 'plate',
            'brick'}
# What holds a small object, and the largest that it holds as a share of its own radius.
OPEN = {'bowl': 1.3, 'mug': 0.55, 'cup': 0.6, 'pan': 1.3, 'plate': 1.3}
SMALL = ('marker', 'pen', 'spoon', 'fork', 'knife', 'lemon', 'orange', 'apple', 'block', 'ball',
         'brick', 'sponge', 'banana', 'pear', 'shaker', 'tape', 'screwdriver')


@dataclass(frozen=True, eq=False)
class HouseholdScene:
    """Objects, the solids around them, the light (areas, sky RGB [3], ambient), and the camera."""

    things: tuple[HouseholdThing, ...]
    around: tuple[Solid, ...]
    areas: tuple[Area, ...]
    sky: np.ndarray
    ambient: float
    view: View


def seeded(seed: int, width: int = 640, height: int = 480
           ) -> tuple[HouseholdScene, np.random.Generator]:
    """The scene of a seed (SEEDS), and what draws on from there: the renderer's randomness."""
    rng = np.random.default_rng([_STREAM, seed])
    return sample(rng, width, height), rng


def sample(rng: np.random.Generator, width: int = 640, height: int = 480) -> HouseholdScene:
    """A random scene of 2 to 14 objects, seen by a camera of this size in pixels."""
    categories = tuple(BUILDERS)
    table_x, table_y = rng.uniform(0.35, 0.9), rng.uniform(0.3, 0.6)
    count = int(rng.integers(2, 15))
    spread = (rng.uniform(0.5, 1.0) * min(0.32, table_x * 0.8),
              rng.uniform(0.5, 1.0) * min(0.28, table_y * 0.8))
    names = [NAMELESS if rng.random() < 0.08 else categories[rng.integers(len(categories))]
             for _ in range(count)]
    for k in range(1, count):  # often two of a kind
        if rng.random() < 0.22:
            names[k] = names[rng.integers(k)]
    things: list[HouseholdThing] = []
    outlines: list[np.ndarray] = []
    for name in names:
        if name in ('laptop', 'keyboard', 'lamp') and rng.random() < 0.6:
            name = 'can'
        item = painted(rng, name)
        tight = rng.random() < 0.45
        for _ in range(40 if tight else 15):
            lay = name in LYING and rng.random() < 0.18
            yaw = rng.uniform(0, 2 * np.pi)
            base = int(rng.integers(len(things))) if things and rng.random() < 0.16 else -1
            under = None if base < 0 else things[base]
            if (under and under.category in FLAT_TOP and under.height < 0.14
                    and item.radius < under.radius * 1.1):
                if lies(under):
                    continue
                top = under.place[2, 3] + under.height
                mid = footprint(under).mean(0) + rng.normal(0, 0.008, 2)
                things.append(replace(posed(item, mid[0], mid[1], top, yaw), relation='on',
                                      carrier=base))
                outlines.append(np.full((1, 2), 99.0))
                break
            if under and under.category in OPEN and not lies(under):
                small = painted(rng, str(rng.choice(SMALL)))
                if small.radius < under.radius * OPEN[under.category]:
                    mid = footprint(under).mean(0)
                    laid = posed(small, mid[0], mid[1], under.place[2, 3] + 0.012, yaw,
                                 rng.uniform(0, 0.5))
                    things.append(replace(
                        laid, relation='on' if under.category == 'plate' else 'in',
                        carrier=base))
                    outlines.append(np.full((1, 2), 99.0))
                    break
            if tight and things:
                near = outlines[rng.integers(len(outlines))].mean(0)
                if abs(near[0]) > 5:
                    continue
                direction = rng.uniform(0, 2 * np.pi)
                reach = rng.uniform(0.03, 0.14)
                x, y = near + reach * np.array([np.cos(direction), np.sin(direction)])
            else:
                x, y = rng.uniform(-spread[0], spread[0]), rng.uniform(-spread[1], spread[1])
            there = posed(item, x, y, 0.0, yaw, np.pi / 2 if lay else 0.0,
                          rng.uniform(0, 2 * np.pi))
            if abs(x) > table_x * 0.95 or abs(y) > table_y * 0.95:
                continue
            outline = footprint(there)
            if all(apart(o, outline, 0.0 if tight else 0.01) for o in outlines if abs(o[0, 0]) < 5):
                things.append(there)
                outlines.append(outline)
                break
    around = room(rng, table_x, table_y)
    areas, sky, ambient = lights(rng)
    middle = np.mean([t.place[:2, 3] for t in things], 0) if things else np.zeros(2)
    reach = max((float(np.linalg.norm(t.place[:2, 3] - middle)) + 0.6 * t.radius for t in things),
                default=0.2)
    return HouseholdScene(tuple(things), tuple(around), tuple(areas), sky, ambient,
                          camera(rng, middle, max(reach, 0.08), width, height))


def stage_of(scene: HouseholdScene) -> tuple[RayStage, tuple[tuple[int, str], ...]]:
    """Solids with ids, and what each id is: (thing index, part) of 1, 2, ..."""
    regions: dict[tuple[int, str], int] = {}
    solids = list(scene.around)
    for index, item in enumerate(scene.things):
        for part, mesh, material in item.pieces:
            value = regions.setdefault((index, part), len(regions) + 1)
            solids.append(Solid(mesh, material, item.place, value))
    return RayStage(solids, scene.areas, scene.sky, scene.ambient), tuple(regions)
