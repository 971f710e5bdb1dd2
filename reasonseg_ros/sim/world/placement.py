# SPDX-License-Identifier: Apache-2.0
"""Where objects stand: apart on the table, on or in others, or in a robot's gripper.

An object leaves its place on the table only for one that no other thing fills and that leaves the
arrangement in its split. Does not draw and does not choose what a scene has (`sim.world.scene`).
Which split an arrangement belongs to follows from where things stand.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from reasonseg_ros.sim.world.primitives import Primitive, Rgb, Shape, bounds, boxes, place, turn
from reasonseg_ros.sim.world.stage import Gripper, Item

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


ATTEMPTED = 0.72     # share of scenes in which something is tried; not all have what it needs
TWICE = 0.30         # of those, a second thing is tried
ADDED = 0.5          # share of things on or in others that come in addition, where there is room
GRIPPED = 0.32       # of those, a gripper comes first
EMPTY = 0.25         # of grippers that hold nothing
LOWEST, HIGHEST = 0.10, 0.17   # metres under a held thing
OVERHANG = 0.020     # metres, at most, that a thing stands out over the edge below it
APART = 0.075        # metres from the middle of a thing to what a held one hides
_CARRIER_TRIES = 24

# Carrier -> how a thing is there, and what may be.
CARRIERS: dict[str, tuple[str, tuple[str, ...]]] = {
    'drawer': ('on', ('apple', 'banana', 'camera', 'remote', 'mug', 'scissors', 'screwdriver',
                      'brush')),
    'laptop': ('on', ('apple', 'banana', 'camera', 'remote', 'mug', 'scissors', 'screwdriver')),
    'pan': ('in', ('apple', 'banana', 'camera', 'mug', 'remote', 'screwdriver')),
    'mug': ('in', ('brush', 'screwdriver', 'hammer')),
}
# Tool -> number of the solid that is its axis, and whether its -y end is the lower one.
_STANDING = {'hammer': (0, True), 'brush': (0, True), 'screwdriver': (3, False)}
# Category -> number of the solid between the fingers, degrees that turn it towards the palm, and
# the place along it, as a share of its half length.
_GRIPS: dict[str, tuple[int, float, float]] = {
    'apple': (0, 0.0, 0.0), 'camera': (0, 0.0, 0.0), 'remote': (0, 0.0, 0.5),
    'mug': (0, -90.0, 0.0), 'bottle': (0, 0.0, 0.0), 'screwdriver': (0, 180.0, 0.3),
    'hammer': (0, 180.0, 0.5), 'brush': (0, 180.0, 0.3)}
_ARMS: tuple[Rgb, ...] = ((0.86, 0.86, 0.84), (0.22, 0.23, 0.25), (0.90, 0.45, 0.10),
                          (0.55, 0.60, 0.66))

Items = tuple[Item, ...]
Corners = tuple[np.ndarray, np.ndarray]  # of boxes around solids, lowest and highest, [N, 3]


class _Spot(NamedTuple):
    """Where a thing would stand that has no shape yet."""

    category: str
    x: float
    y: float


def interacting(items: Items, split: str, azimuth: float, most: int, rng: np.random.Generator,
                draft: Callable[[str], Item]) -> tuple[Items, Gripper | None]:
    """Return the items, some of them on, in or held, and the gripper if there is one.

    azimuth  degrees about z of the side that the camera is on
    most     items of a scene
    draft    draws an item of a category, anywhere
    """
    if rng.random() >= ATTEMPTED:
        return items, None
    gripper = None
    if rng.random() < GRIPPED:
        items, gripper = _gripped(items, split, azimuth, rng)
    for _ in range(1 + (rng.random() < TWICE) - (gripper is not None)):
        items = _carried(items, gripper, split, most, rng, draft)
    return items, gripper


def _carried(items: Items, gripper: Gripper | None, split: str, most: int,
             rng: np.random.Generator, draft: Callable[[str], Item]) -> Items:
    """Put one thing, from the table or a new one, onto or into another; or leave all as it is."""
    busy = {i.carrier for i in items}
    free = [k for k, item in enumerate(items) if not item.relation and k not in busy]
    for carrier in (free[k] for k in rng.permutation(len(free))):
        relation, kinds = CARRIERS.get(items[carrier].category, ('', ()))
        loads: list[int | str] = [k for k in free
                                  if k != carrier and items[k].category in kinds]
        if len(items) < most and (not loads or rng.random() < ADDED):
            loads = [kind for kind in kinds if sum(i.category == kind for i in items) < 2]
        for load in (loads[k] for k in rng.permutation(len(loads))):
            index = len(items) if isinstance(load, str) else load
            kind = load if isinstance(load, str) else items[load].category
            if not _owned((*_without(items, index), _Spot(
                    kind, items[carrier].x, items[carrier].y)), split):
                continue  # most loads stand in the cell of their carrier; shapes cost more
            thing = draft(load) if isinstance(load, str) else items[load]
            put = _put(thing, items[carrier], rng)
            if put is None or thing.truth in [i.truth for i in items if i is not thing]:
                continue
            put = replace(put, relation=relation, carrier=carrier)
            changed = (*items[:index], put, *items[index + 1:])
            around = [_boxes(i) for k, i in enumerate(items) if k not in (index, carrier)]
            around += [boxes(gripper.solids)] if gripper else []
            if _owned(changed, split) and _apart(_boxes(put), around):
                return changed
    return items


def _put(load: Item, carrier: Item, rng: np.random.Generator) -> Item | None:
    """Return the load on or in its carrier; None where it does not fit."""
    if carrier.category == 'mug':
        return _stood(load, carrier, rng)
    ground = _ground(carrier)
    yaws = (load.yaw, carrier.yaw + rng.uniform(-12, 12), carrier.yaw + 90 + rng.uniform(-8, 8))
    for yaw in yaws[:1] if load.category in ('camera', 'mug') else yaws:
        circles = footprint(load.shape) * load.scale
        circles[:, :2] = circles[:, :2] @ turn('z', yaw - carrier.yaw)[:2, :2].T
        spot = (_spot_in_pan(circles, ground, carrier.scale, rng) if carrier.category == 'pan'
                else _spot_on_top(circles, ground, carrier, rng))
        if spot is not None:
            x, y = turn('z', carrier.yaw)[:2, :2] @ spot + ground.position[:2]
            return replace(load, x=float(x), y=float(y), z=_level(carrier), yaw=float(yaw))
    return None


def _ground(carrier: Item) -> Primitive:
    """Return the solid that carries, in the world."""
    first, = place(carrier.shape[:1], carrier.rotation,
                   np.array([carrier.x, carrier.y, carrier.z]), carrier.scale)
    return first


def _level(carrier: Item) -> float:
    """Height of the surface that carries: the lid of a drawer, the keys, the floor of a pan."""
    ground = _ground(carrier)
    top = ground.position[2] + ground.half[2]
    return float(top + {'laptop': 0.002, 'pan': 0.001}.get(carrier.category, 0.0) * carrier.scale)


def _spot_in_pan(circles: np.ndarray, ground: Primitive, scale: float, rng: np.random.Generator
                 ) -> np.ndarray | None:
    inner = ground.size[0] - 0.007 * scale
    reach = float(np.max(np.hypot(circles[:, 0], circles[:, 1]) + circles[:, 2]))
    if reach > 1.08 * inner:
        return None
    around, away = rng.uniform(0, 2 * np.pi), rng.uniform(0, max(inner - reach, 0.0))
    offset: np.ndarray = away * np.array([np.cos(around), np.sin(around)])
    return offset


def _spot_on_top(circles: np.ndarray, ground: Primitive, carrier: Item, rng: np.random.Generator
                 ) -> np.ndarray | None:
    low = (circles[:, :2] - circles[:, 2:]).min(axis=0)
    high = (circles[:, :2] + circles[:, 2:]).max(axis=0)
    over = np.minimum(OVERHANG, 0.35 * (high - low) / 2)
    first, last = -ground.size[:2] - over - low, ground.size[:2] + over - high
    if carrier.category == 'laptop':  # the screen stands at the back
        last[1] -= over[1] + 0.010 * carrier.scale
    return None if (first > last).any() else rng.uniform(first, last)


def _stood(load: Item, mug: Item, rng: np.random.Generator) -> Item | None:
    """Return a tool that stands in a mug, leaning against its rim."""
    cup = _ground(mug)
    number, upright = _STANDING[load.category]
    axis = load.shape[number]
    thick = float(axis.half[0]) * load.scale
    room = float(cup.size[0]) - 0.008 * mug.scale - thick
    if room < 0.002:
        return None
    low, high = bounds(load.shape)
    length = float(high[1] - low[1]) * load.scale
    tall = 2 * float(cup.size[2])
    depth = min(tall - 0.010, (0.42 if upright else 0.50) * length)
    lean = float(min(np.degrees(np.arctan2(1.4 * room, depth)), 14.0))
    tilt = 90.0 + lean if upright else -90.0 + lean
    turned = replace(load, yaw=float(load.yaw + rng.uniform(-40, 40)), tilt=tilt)
    end = np.array([axis.position[0], low[1] if upright else high[1], axis.position[2]])
    up = turned.rotation @ np.array([0.0, 1.0 if upright else -1.0, 0.0])
    # Its axis meets the rim as far from the middle as the mug leaves room.
    rim = cup.position + (0.0, 0.0, cup.size[2])
    aside = up[:2] / max(np.hypot(*up[:2]), 1e-9) * 0.7 * room
    foot = rim + (*aside, 0.0) - up * depth
    x, y, z = (float(v) for v in foot - turned.rotation @ end * load.scale)
    return replace(turned, x=x, y=y, z=z)


def _gripped(items: Items, split: str, azimuth: float, rng: np.random.Generator
             ) -> tuple[Items, Gripper | None]:
    """Return the items, one of them perhaps held, and a gripper; none where it has no room."""
    held = [k for k, item in enumerate(items) if item.category in _GRIPS]
    chosen = held[int(rng.integers(len(held)))] if held and rng.random() >= EMPTY else None
    others = _without(items, chosen)
    around = [_boxes(i) for i in others]
    rgb = _ARMS[int(rng.integers(len(_ARMS)))]
    heading = azimuth + rng.uniform(-75.0, 75.0)
    if chosen is None:
        item, gripper = None, Gripper(0.0, 0.0, 0.0, heading, float(rng.uniform(0.024, 0.045)),
                                      float(rng.uniform(0.055, 0.080)), rgb)
    else:
        item, gripper = _grip(items[chosen], heading, rgb)
    low, high = boxes((*gripper.solids, *(item.solids if item else ())))
    for _ in range(_CARRIER_TRIES):
        x, y = (float(v) for v in rng.uniform(-0.8, 0.8, 2) * AREA)
        level = float(rng.uniform(LOWEST, HIGHEST))
        if _hides(x, y, level, azimuth, others):
            continue
        changed = items
        if item is not None and chosen is not None:
            put = replace(item, x=item.x + x, y=item.y + y, z=item.z + level)
            changed = (*items[:chosen], put, *items[chosen + 1:])
        at = np.array([x, y, level])
        if (changed is items or _owned(changed, split)) and _apart((low + at, high + at), around):
            return changed, replace(gripper, x=gripper.x + x, y=gripper.y + y,
                                    z=gripper.z + level)
    return items, None


def _hides(x: float, y: float, level: float, azimuth: float, others: Sequence[Item]) -> bool:
    """Whether a thing this high would stand before another one, seen at 35 to 70 degrees."""
    away = level / np.tan(np.radians(np.array([[70.0], [52.0], [35.0]])))
    turned = np.radians(azimuth)
    behind = np.array([x, y]) + away * np.array([-np.sin(turned), np.cos(turned)])
    places = np.array([(i.x, i.y) for i in others]).reshape(-1, 1, 2)
    return bool((np.linalg.norm(places - behind, axis=-1) < APART).any())


def _grip(item: Item, heading: float, rgb: Rgb) -> tuple[Item, Gripper]:
    """Return the item held over the origin, its underside at z = 0, and the gripper."""
    number, aside, along = _GRIPS[item.category]
    turned = replace(item, x=0.0, y=0.0, yaw=heading + aside)
    local = place(turned.shape, turn('z', aside), np.zeros(3), item.scale)  # gripper's axes
    low, high = boxes(local)
    grasped = local[number].position.copy()
    grasped[1] += along * (high[number, 1] - low[number, 1]) / 2
    away = turn('z', heading) @ grasped
    opening = float(local[number].size[0])
    if local[number].shape is Shape.ELLIPSOID:  # narrower away from its middle
        opening *= float(np.sqrt(1 - along ** 2))
    gripper = Gripper(0.0, 0.0, float(grasped[2]), heading, opening,
                      float(high[:, 1].max() - grasped[1]) + 0.006, rgb)
    return replace(turned, x=-float(away[0]), y=-float(away[1]), relation='held'), gripper


def _without(items: Items, index: int | None) -> Items:
    return tuple(item for k, item in enumerate(items) if k != index)


def _owned(items: Sequence['Item | _Spot'], split: str) -> bool:
    return split_of([(i.category, i.x, i.y) for i in items]) == split


@lru_cache(maxsize=64)
def _boxes(item: Item) -> Corners:
    return boxes(item.solids)


def _apart(one: Corners, others: Sequence[Corners]) -> bool:
    """Whether the boxes around some solids touch none of those around others."""
    if not others:
        return True
    low, high = one
    below, above = (np.concatenate(c) for c in zip(*others))
    apart = (low[:, None] > above) | (below > high[:, None])
    return bool(apart.any(axis=-1).all())
