# SPDX-License-Identifier: Apache-2.0
"""Where objects stand: footprints without overlap, and which split an arrangement belongs to.

Does not choose what the objects are (`sim.world.scene`).
"""

import hashlib
from collections.abc import Sequence

import numpy as np

from reasonseg_ros.sim.world.primitives import Primitive
from reasonseg_ros.sim.world.primitives import bounds
from reasonseg_ros.sim.world.primitives import turn

AREA = (0.35, 0.25)  # half extents, metres, of the part of the table that objects stand on
GAP = 0.006          # metres between footprints
_TRIES = 40


def footprint(shape: Sequence[Primitive]) -> np.ndarray:
    """Return circles [N, 3] (x, y, radius) that cover the shape seen from above, at unit scale."""
    low, high = bounds(shape)
    half = (high - low)[:2] / 2
    long, short = int(np.argmax(half)), int(np.argmin(half))
    count = int(np.ceil(half[long] / half[short]))
    spread = half[long] - half[short]
    circles = np.zeros((count, 3))
    circles[:, long] = np.linspace(-spread, spread, count) if count > 1 else 0.0
    circles[:, 2] = half[short] * (1.0 if count > 1 else 1.1)
    return circles


def cell(x: float, y: float) -> int:
    """Return the cell 0..8 of a 3x3 grid over the area."""
    column = int(np.clip((x + AREA[0]) / (2 * AREA[0]) * 3, 0, 2))
    row = int(np.clip((y + AREA[1]) / (2 * AREA[1]) * 3, 0, 2))
    return 3 * row + column


def split_of(objects: Sequence[tuple[str, float, float]]) -> str:
    """Return the split that owns an arrangement of (category, x, y); order does not matter.

    The hash of the sorted (category, cell) pairs decides, so no arrangement is in two splits.
    """
    key = ';'.join(sorted(f'{category}@{cell(x, y)}' for category, x, y in objects))
    value = hashlib.sha256(key.encode()).digest()[0] % 4
    return ('train', 'train', 'val', 'test')[value]


def arrange(footprints: Sequence[np.ndarray], yaws: Sequence[float], spread: float,
            rng: np.random.Generator) -> list[tuple[float, float]] | None:
    """Return a place (x, y) for every footprint (already scaled), or None when they do not fit.

    spread in (0, 1] scales the part of the area that is used, about its centre.
    """
    taken = np.zeros((0, 3))
    places = []
    for circles, yaw in zip(footprints, yaws):
        turned = circles.copy()
        turned[:, :2] = circles[:, :2] @ turn('z', yaw)[:2, :2].T
        spot = _free_spot(turned, taken, spread * np.array(AREA), rng)
        if spot is None:
            return None
        places.append((float(spot[0]), float(spot[1])))
        turned[:, :2] += spot
        taken = np.concatenate([taken, turned])
    return places


def _free_spot(circles: np.ndarray, taken: np.ndarray, area: np.ndarray,
               rng: np.random.Generator) -> np.ndarray | None:
    reach = np.max(np.abs(circles[:, :2]) + circles[:, 2:], axis=0)
    room = np.maximum(area - 0.7 * reach, 0.0)
    spots = rng.uniform(-room, room, (_TRIES, 2))
    away = spots[:, None, None] + circles[None, :, None, :2] - taken[None, None, :, :2]
    apart = np.sqrt((away ** 2).sum(axis=-1))  # [tries, own circles, taken circles]
    free = (apart > circles[None, :, None, 2] + taken[None, None, :, 2] + GAP).all(axis=(1, 2))
    return spots[np.argmax(free)] if free.any() else None
