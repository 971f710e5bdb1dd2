# SPDX-License-Identifier: Apache-2.0
"""Random scenes, the same for the same (split, seed), and the same scene from elsewhere.

Does not draw them (`sim.rendering.renderer`). Splits are disjoint by construction: every category
has colours that only val or only test shows (`catalogue.colours_of`), and every arrangement belongs
to one split (`placement.split_of`).
"""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from reasonseg_ros.core.errors import ReasonSegError
from reasonseg_ros.sim.rendering.textures import TEXTURES
from reasonseg_ros.sim.world.catalogue import CATEGORIES, COLOURS, SPLITS, colours_of, held_out
from reasonseg_ros.sim.world.placement import arrange, footprint, interacting, split_of
from reasonseg_ros.sim.world.primitives import Rgb, bounds, boxes
from reasonseg_ros.sim.world.shapes import YAW
from reasonseg_ros.sim.world.stage import SIZES, CameraPose, Gripper, Item, Light, Scene, Surface

VERSION = 3         # raise when the same seed gives another image
FEWEST, MOST = 3, 8
_REPEATED = 0.62    # share of scenes drawn with a category twice or three times
_SHADOWS = 0.4      # share of scenes whose main light casts shadows
_ASPECT = 4 / 3


def sample_scene(split: str, seed: int) -> Scene:
    """Return scene `seed` (from 0) of a split."""
    if split not in SPLITS:
        raise ReasonSegError(f'split "{split}" is unknown; expected one of {", ".join(SPLITS)}')
    if seed < 0:
        raise ReasonSegError(f'scene seed is {seed}; expected a whole number from 0')
    rng = np.random.default_rng([SPLITS.index(split), seed])
    azimuth = rng.uniform(-25.0, 25.0)
    drafts = [_draft(*look, azimuth, rng) for look in _looks(split, rng)]
    items = _arranged(drafts, split, rng)
    own = np.random.default_rng([SPLITS.index(split), seed, 1])
    items, gripper = interacting(items, split, azimuth, MOST, own, lambda kind: _draft(
        *_look(kind, split, False, own), azimuth, own))
    return Scene(
        split=split, seed=seed, items=items,
        table=Surface(_one(TEXTURES, rng), _table_tint(rng)),
        table_half=(rng.uniform(0.44, 0.60), rng.uniform(0.34, 0.46)),
        floor=Surface(_one(TEXTURES, rng), tuple(rng.uniform(0.15, 0.75, 3))),
        ambient=rng.uniform(0.30, 0.48),
        fill=rng.uniform(0.05, 0.20),
        lights=_lights(rng),
        camera=_camera(items, gripper, azimuth, rng),
        gripper=gripper,
    )


def moved(scene: Scene, azimuth: float = 0.0, pitch: float = 0.0, zoom: float = 1.0) -> Scene:
    """Return the scene seen from elsewhere: the camera orbits its target.

    azimuth  degrees about the vertical, added
    pitch    degrees, added; the sum is kept between 20 and 80
    zoom     factor on the distance, smaller is nearer
    """
    offset = np.subtract(scene.camera.eye, scene.camera.target)
    distance = np.linalg.norm(offset) * zoom
    around = np.arctan2(offset[1], offset[0]) + np.radians(azimuth)
    above = np.degrees(np.arctan2(offset[2], np.hypot(offset[0], offset[1]))) + pitch
    above = np.radians(np.clip(above, 20.0, 80.0))
    eye = np.array(scene.camera.target) + distance * np.array([
        np.cos(above) * np.cos(around), np.cos(above) * np.sin(around), np.sin(above)])
    return replace(scene, camera=replace(scene.camera, eye=_triple(eye)))


def _triple(values: Iterable[float]) -> tuple[float, float, float]:
    x, y, z = (float(v) for v in values)
    return x, y, z


def _one(values: tuple[str, ...], rng: np.random.Generator) -> str:
    return values[rng.integers(len(values))]


def _arranged(drafts: list[Item], split: str, rng: np.random.Generator) -> tuple[Item, ...]:
    """Return the items side by side, in an arrangement that belongs to `split`."""
    footprints = [footprint(d.shape) * d.scale for d in drafts]
    yaws = [d.yaw for d in drafts]
    spread = 0.92 * np.sqrt((len(drafts) + 3) / (MOST + 3))
    while True:
        places = arrange(footprints, yaws, spread, rng)
        if places is None:
            spread = min(spread * 1.05, 1.0)
            continue
        if split_of([(d.category, x, y) for d, (x, y) in zip(drafts, places)]) == split:
            return tuple(replace(d, x=x, y=y) for d, (x, y) in zip(drafts, places))


def _looks(split: str, rng: np.random.Generator) -> list[tuple[str, str, str]]:
    """Return (category, colour, size) of every object of a scene."""
    count = int(rng.integers(FEWEST, MOST + 1))
    names = [c.name for c in CATEGORIES]
    kinds = list(rng.permutation(names)[:count])
    if rng.random() < _REPEATED:
        copies = int(rng.choice((2, 2, 3)))
        kinds = (kinds[:1] * copies + kinds[1:])[:count]
        if len(kinds) - copies >= 2 and rng.random() < 0.35:
            kinds[-1] = kinds[-2]
    special: set[int] = set()
    if split != 'train':
        special = set(rng.permutation(len(kinds))[:int(rng.integers(2, 4))].tolist())
    looks: list[tuple[str, str, str]] = []
    for index, kind in enumerate(kinds):
        look = _look(str(kind), split, index in special, rng)
        for _ in range(4):
            if look not in looks:
                break
            look = _look(str(kind), split, index in special, rng)
        looks.append(look)
    return looks


def _look(kind: str, split: str, special: bool, rng: np.random.Generator) -> tuple[str, str, str]:
    reserved = held_out(kind, split) if special else None
    colour = reserved or _one(colours_of(kind, split), rng)
    return kind, colour, _one(tuple(SIZES), rng)


def _draft(kind: str, colour: str, size: str, azimuth: float, rng: np.random.Generator) -> Item:
    """Return the item at the origin."""
    return Item(kind, colour, size, _tint(COLOURS[colour], rng),
                SIZES[size] * rng.uniform(0.95, 1.05), 0.0, 0.0,
                azimuth + rng.uniform(*YAW.get(kind, (-180.0, 180.0))),
                int(rng.integers(2**31)), rng.uniform(0.0, 0.8))


def _tint(rgb: Rgb, rng: np.random.Generator) -> Rgb:
    """Return a shade that people still call by the same name."""
    value = np.array(rgb) * rng.uniform(0.88, 1.12) + rng.uniform(-0.035, 0.035, 3)
    return tuple(np.clip(value, 0.02, 0.98))


def _table_tint(rng: np.random.Generator) -> Rgb:
    """Return a wood, grey or pastel tint; objects of any colour remain visible on it."""
    kind = rng.integers(3)
    if kind == 0:
        return tuple(np.array((0.72, 0.55, 0.38)) * rng.uniform(0.6, 1.25))
    if kind == 1:
        return (float(rng.uniform(0.30, 0.85)),) * 3
    return tuple(rng.uniform(0.40, 0.85, 3))


def _lights(rng: np.random.Generator) -> tuple[Light, ...]:
    """Return 1 to 3 distant lights; the first is the strongest."""
    count = int(rng.integers(1, 4))
    shadow = rng.random() < _SHADOWS
    lights = []
    for index in range(count):
        steep, around = np.radians(rng.uniform(35, 80)), rng.uniform(0, 2 * np.pi)
        direction = (float(np.cos(steep) * np.cos(around)), float(np.cos(steep) * np.sin(around)),
                     float(-np.sin(steep)))
        strength = rng.uniform(0.40, 0.62) / (1 if index == 0 else count)
        warmth = rng.uniform(-0.12, 0.12)
        diffuse = strength * (1 + warmth), strength * 1.0, strength * (1 - warmth)
        shine = float(rng.uniform(0.1, 0.4))
        lights.append(Light(direction, diffuse, (shine, shine, shine), shadow and index == 0))
    return tuple(lights)


def _camera(items: tuple[Item, ...], gripper: Gripper | None, azimuth: float,
            rng: np.random.Generator) -> CameraPose:
    """Return a camera that looks at the middle of the objects and just holds them.

    Of a gripper it holds the hand; the arm goes out of the image.
    """
    pitch = np.radians(rng.uniform(35.0, 70.0))
    height = rng.uniform(max(0.45, 0.62 * np.sin(pitch)), 0.90)
    back = height / np.tan(pitch)
    corners = np.concatenate([_corners(item) for item in items])
    if gripper is not None:
        corners = np.concatenate([corners, *boxes(gripper.hand)])
    target = (corners.min(axis=0) + corners.max(axis=0)) / 2
    turned = np.radians(azimuth)
    eye = np.array((target[0] + back * np.sin(turned), target[1] - back * np.cos(turned), height))
    for _ in range(3):
        pose = _pose(eye, target, 45.0)
        low, high = _extent(pose, corners)
        aside = np.array([*(low + high) / 2, 1.0])
        target = eye + np.linalg.norm(target - eye) * (pose.axes @ aside)
    low, high = _extent(_pose(eye, target, 45.0), corners)
    half = max(high[1] - low[1], (high[0] - low[0]) / _ASPECT) / 2
    fovy = np.degrees(2 * np.arctan(half)) * rng.uniform(0.96, 1.12)
    return _pose(eye, target + rng.uniform(-0.012, 0.012, 3), float(np.clip(fovy, 16.0, 65.0)))


def _pose(eye: np.ndarray, target: np.ndarray, fovy: float) -> CameraPose:
    return CameraPose(_triple(eye), _triple(target), fovy)


def _extent(pose: CameraPose, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the lowest and highest (x/z, y/z) of `points` [N, 3] in the optical frame."""
    seen = (points - pose.eye) @ pose.axes
    slope = seen[:, :2] / seen[:, 2:]
    return slope.min(axis=0), slope.max(axis=0)


def _corners(item: Item) -> np.ndarray:
    """Return the corners [8, 3] of the box around an item, turned with it."""
    box = np.array(np.meshgrid(*zip(*bounds(item.shape)))).reshape(3, 8).T * item.scale
    corners: np.ndarray = box @ item.rotation.T + (item.x, item.y, item.z)
    return corners
