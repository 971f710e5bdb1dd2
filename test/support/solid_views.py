# SPDX-License-Identifier: Apache-2.0
"""Frames of spheres, cylinders and boxes on a table, with exact depth, masks and camera poses.

One ray a pixel in numpy, for tests of what is remembered in space: no renderer, no network.
"""

from dataclasses import dataclass, replace

import numpy as np

from reasonseg_ros.core.camera.frame import CameraModel, Frame
from reasonseg_ros.core.dialogue.dialogue import Instance
from reasonseg_ros.core.masks import Rle

CAMERA = CameraModel(256, 192, 232.0, 232.0, 127.5, 95.5)
TABLE = (150, 130, 110)
SUN = np.array([0.3, -0.4, 0.866])


@dataclass(frozen=True)
class Solid:
    """kind 'ball', 'can' or 'box'; place (x, y) on the table; size (radius or half sides, height);
    low: metres that it floats above the table."""

    kind: str
    place: tuple[float, float]
    size: tuple[float, float, float]
    rgb: tuple[int, int, int]
    turn: float = 0.0
    low: float = 0.0

    def at(self, x: float, y: float) -> 'Solid':
        return replace(self, place=(x, y))


MUG = Solid('can', (0.0, 0.0), (0.04, 0.04, 0.1), (180, 30, 30))
BOX = Solid('box', (0.16, 0.03), (0.05, 0.03, 0.08), (40, 70, 170))
BALL = Solid('ball', (-0.15, 0.04), (0.035, 0.035, 0.07), (60, 150, 50))
HAND = Solid('box', (0.0, -0.25), (0.09, 0.05, 0.12), (205, 160, 130), low=0.18)


def pose(azimuth: float = 0.0, distance: float = 0.75, pitch: float = 40.0,
         target: tuple[float, float, float] = (0.0, 0.0, 0.04)) -> np.ndarray:
    """Return camera to table [4, 4] of a camera that looks at a point; degrees and metres."""
    a, p = np.radians(azimuth), np.radians(pitch)
    eye = np.array(target) + distance * np.array([np.sin(a) * np.cos(p), -np.cos(a) * np.cos(p),
                                                  np.sin(p)])
    ahead = (np.array(target) - eye) / distance
    right = np.cross(ahead, [0, 0, 1.0])
    right /= np.linalg.norm(right)
    found = np.eye(4)
    found[:3, :3] = np.stack([right, np.cross(ahead, right), ahead], axis=1)
    found[:3, 3] = eye
    return found


def frame(solids, where: np.ndarray, *, stamp: int = 0, light=1.0, noise: float = 0.001,
          told: bool = True, depth: bool = True, pattern: float = 0.0
          ) -> tuple[Frame, tuple[np.ndarray, ...]]:
    """Return a frame and the mask of each solid.

    told     whether the frame brings its camera_pose
    pattern  strength of a fixed random texture on table and solids, for features
    """
    rows, columns = np.indices((CAMERA.height, CAMERA.width)).reshape(2, -1)
    rays = np.stack([(columns - CAMERA.cx) / CAMERA.fx, (rows - CAMERA.cy) / CAMERA.fy,
                     np.ones(len(rows))], axis=1) @ where[:3, :3].T
    eye = where[:3, 3]
    z = np.where(rays[:, 2] < -1e-6, -eye[2] / np.minimum(rays[:, 2], -1e-6), np.inf)
    owner = np.full(len(z), -1)
    normal = np.tile([0.0, 0.0, 1.0], (len(z), 1))
    for index, solid in enumerate(solids):
        t, n = _hit(solid, eye, rays)
        nearer = t < z
        z, owner = np.where(nearer, t, z), np.where(nearer, index, owner)
        normal[nearer] = n[nearer]
    colours = np.array([s.rgb for s in solids] + [TABLE], float)[owner]
    shade = 0.55 + 0.45 * np.clip(normal @ SUN, 0, 1)
    rng = np.random.default_rng(stamp + 1)
    if pattern:
        shade = shade * _texture(eye + rays * np.where(np.isfinite(z), z, 0)[:, None], owner,
                                 pattern)
    linear = (colours / 255) ** 2.2 * shade[:, None] * np.asarray(light)
    rgb = np.clip(linear, 0, 1) ** (1 / 2.2) * 255 + rng.normal(0, 2, linear.shape)
    image = np.clip(rgb, 0, 255).astype(np.uint8).reshape(CAMERA.height, CAMERA.width, 3)
    measured = np.where(np.isfinite(z), z + rng.normal(0, noise, len(z)), np.nan)
    measured = measured.astype(np.float32).reshape(CAMERA.height, CAMERA.width)
    masks = tuple((owner == i).reshape(measured.shape) for i in range(len(solids)))
    return Frame(image, measured if depth else None, CAMERA, stamp,
                 camera_pose=where if told else None), masks


def instance(number: int, mask: np.ndarray, label: str = 'thing', parent: int = 0) -> Instance:
    return Instance(number, parent, 1, label, 0.9, Rle.encode(mask))


def iou(one: np.ndarray, two: np.ndarray) -> float:
    return float((one & two).sum() / max(1, (one | two).sum()))


def _texture(points: np.ndarray, owner: np.ndarray, strength: float) -> np.ndarray:
    """A value in 1 +- strength for each cube of 8 mm of each solid."""
    cell = np.floor(points / 0.008).astype(np.int64)
    mixed = (cell @ np.array([73856093, 19349663, 83492791]) + 7919 * owner) & 0xffff
    return 1 + strength * (np.random.default_rng(0).random(1 << 16)[mixed] * 2 - 1)


def _hit(solid: Solid, eye: np.ndarray, rays: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    turn = np.radians(solid.turn)
    spin = np.array([[np.cos(turn), np.sin(turn), 0], [-np.sin(turn), np.cos(turn), 0],
                     [0, 0, 1]])
    a, b, high = solid.size
    o = spin @ (eye - np.array([*solid.place, solid.low]))
    d = rays @ spin.T
    with np.errstate(divide='ignore', invalid='ignore'):
        if solid.kind == 'ball':
            t, n = _ball(o - [0, 0, a], d, a)
        elif solid.kind == 'box':
            t, n = _box(o - [0, 0, high / 2], d, np.array([a, b, high / 2]))
        else:
            t, n = _can(o, d, a, high)
    return np.where(t > 1e-3, t, np.inf), n @ spin


def _ball(o, d, radius):
    a, b, c = (d * d).sum(1), d @ o, o @ o - radius * radius
    root = b * b - a * c
    t = np.where(root > 0, (-b - np.sqrt(np.maximum(root, 0))) / a, np.inf)
    return t, np.where(np.isfinite(t)[:, None], (o + d * np.where(np.isfinite(t), t, 0)[:, None])
                       / radius, 0)


def _box(o, d, half):
    one, two = (-half - o) / d, (half - o) / d
    near, far = np.fmin(one, two), np.fmax(one, two)
    axis = near.argmax(1)
    t = near.max(1)
    n = np.zeros_like(d)
    n[np.arange(len(d)), axis] = -np.sign(d[np.arange(len(d)), axis])
    return np.where(t < far.min(1), t, np.inf), n


def _can(o, d, radius, high):
    a, b, c = (d[:, :2] ** 2).sum(1), d[:, :2] @ o[:2], o[:2] @ o[:2] - radius * radius
    root = b * b - a * c
    side = np.where(root > 0, (-b - np.sqrt(np.maximum(root, 0))) / a, np.inf)
    z = o[2] + d[:, 2] * np.where(np.isfinite(side), side, 0)
    side = np.where((z >= 0) & (z <= high), side, np.inf)
    lid = (high - o[2]) / d[:, 2]
    at = o[:2] + d[:, :2] * np.where(np.isfinite(lid), lid, 0)[:, None]
    lid = np.where(((at ** 2).sum(1) <= radius ** 2) & (lid > 0), lid, np.inf)
    t = np.minimum(side, lid)
    n = np.zeros_like(d)
    n[:, :2] = (o + d * np.where(np.isfinite(side), side, 0)[:, None])[:, :2] / radius
    n[lid < side] = (0, 0, 1)
    return t, n
