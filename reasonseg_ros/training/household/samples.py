# SPDX-License-Identifier: Apache-2.0
"""Samples for the perception network: rendered scenes, photographed anew at every draw.

Exposure, noise, depth sensor, crop and mirroring are drawn; truth is at half size, as the network
answers. Computes no losses.
"""

from dataclasses import dataclass, fields, replace
from typing import Any

import cv2
import numpy as np
import torch
from torch.utils.data import Dataset

from reasonseg_ros.core.camera.frame import CameraModel, Frame
from reasonseg_ros.core.dialogue.dialogue import Instance
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.core.scene.inventory import COLOURS
from reasonseg_ros.drawing.overlay import colour_of, contact_sheet, overlay
from reasonseg_ros.nn.perception.inputs import depth_channels, mask_geometry, network_input
from reasonseg_ros.nn.perception.network import GEOMETRY, HEIGHT, REACH, WIDTH, PerceptionConfig
from reasonseg_ros.sim.household.colours import NO_COLOUR
from reasonseg_ros.sim.household.photo import measured, photograph, rephotograph
from reasonseg_ros.sim.household.things import BUILDERS, PARTS, PARTS_OF
from reasonseg_ros.training.household.scenes import HouseholdScenes, HouseholdView

NONE = NO_COLOUR        # "do not learn here" in maps of classes
FEWEST = 12             # half-size pixels of a thing that is learnt as one
TRAINED = (256, 192)    # width and height of the windows that are learnt from
SPREAD = 2.2            # half-size pixels, sigma of the bump at a thing's middle
DEPTH_SHARE = 0.66      # of the samples, which have depth
CROP_SHARE = 0.6        # of the samples, which are enlarged or seen from farther away
ZOOM = (0.85, 1.7)
BEYOND = 0.02           # light beyond the border of what was rendered


def household_config() -> PerceptionConfig:
    """Return the default sizes with the words of the household world."""
    return PerceptionConfig(tuple(BUILDERS), PARTS, COLOURS, tuple(PARTS_OF.items()))


@dataclass(frozen=True, eq=False)
class PerceptionBatch:
    """B images [H, W] with their truth at half size [h, w].

    image    float32 [B, 8, H, W], see `nn.perception.inputs`
    ids      int64 [B, h, w]: 0, or 1 + thing; -1 for things too small to learn
    border   float32 [B, h, w]: 1 where a neighbour is of another thing
    middle   float32 [B, h, w]: a bump at the middle of each thing
    offset   float32 [B, 2, h, w] to that middle, in units of REACH
    parts    int64 [B, h, w]: place in the parts of the configuration, its length for no named
             part, NONE outside of things
    colours  int64 [B, h, w]: place in the colours, or NONE
    names    per image int64 [N]: category of the things 1 ... N, the number of categories for
             things without a name
    geometry per image float32 [N, GEOMETRY]
    """

    image: torch.Tensor
    ids: torch.Tensor
    border: torch.Tensor
    middle: torch.Tensor
    offset: torch.Tensor
    parts: torch.Tensor
    colours: torch.Tensor
    names: list[torch.Tensor]
    geometry: list[torch.Tensor]

    def to(self, device: torch.device) -> 'PerceptionBatch':
        """Return the batch on a device."""
        moved: dict[str, Any] = {}
        for f in fields(self):
            value = getattr(self, f.name)
            moved[f.name] = ([one.to(device) for one in value] if isinstance(value, list)
                             else value.to(device))
        return PerceptionBatch(**moved)


class PerceptionBatches(Dataset[PerceptionBatch]):
    """Numbered batches: batch n is a pure function of the scenes, the seed and n, from 1.

    tabletop  samples of the simulated tabletop for one of the household, where there are scenes
              of both
    """

    def __init__(self, scenes: HouseholdScenes, config: PerceptionConfig, size: int, seed: int,
                 tabletop: float = 1.0) -> None:
        self.scenes, self.config, self.size, self.seed = scenes, config, size, seed
        both = scenes.household and scenes.tabletop
        self.share = tabletop / (1 + tabletop) if both else float(bool(scenes.tabletop))

    def __getitem__(self, number: int) -> PerceptionBatch:
        return join([self._sample((number - 1) * self.size + k) for k in range(self.size)])

    def _sample(self, number: int) -> PerceptionBatch:
        rng = np.random.default_rng([self.seed, number])
        view, camera = window(*cropped(self.scenes.view(self.scene(rng)), rng), rng)
        frame = photo(view, camera, rng, bool(rng.random() < DEPTH_SHARE))
        return truth(view, frame, self.config, rng)

    def scene(self, rng: np.random.Generator) -> int:
        """Place of a random scene."""
        household = len(self.scenes.household)
        if rng.random() < self.share:
            return household + int(rng.integers(len(self.scenes.tabletop)))
        return int(rng.integers(household))


def join(samples: list[PerceptionBatch]) -> PerceptionBatch:
    """One batch of all."""
    joined: dict[str, Any] = {}
    for f in fields(PerceptionBatch):
        values = [getattr(one, f.name) for one in samples]
        joined[f.name] = (sum(values, start=[]) if isinstance(values[0], list)
                          else torch.cat(values))
    return PerceptionBatch(**joined)


def camera_of(view: HouseholdView) -> CameraModel:
    """Intrinsics with which a view was rendered."""
    return CameraModel(WIDTH, HEIGHT, view.focal, view.focal, (WIDTH - 1) / 2, (HEIGHT - 1) / 2)


def photo(view: HouseholdView, camera: CameraModel, rng: np.random.Generator, with_depth: bool
          ) -> Frame:
    """What an RGB-D camera makes of a view."""
    rgb = (rephotograph if view.photograph else photograph)(view.light, rng)
    if not with_depth:
        return Frame(rgb, None, camera)
    return Frame(rgb, measured(view.depth, view.shiny, view.facing, rgb, camera.fx, rng), camera)


def sheet(scenes: HouseholdScenes, count: int, columns: int = 4) -> np.ndarray:
    """Scenes from all over the folder: each as an image, below it its things, then its parts.

    Returns uint8 [height, width, 3].
    """
    images: list[np.ndarray] = []
    chosen = np.linspace(0, len(scenes) - 1, min(count, len(scenes))).astype(int).tolist()
    for first in range(0, len(chosen), columns):
        row = chosen[first:first + columns]
        views = [scenes.view(k) for k in row]
        photos = [photo(view, camera_of(view), np.random.default_rng(k), False).rgb
                  for k, view in zip(row, views)]
        for drawn in (photos, map(overlay, photos, map(_things, views)),
                      map(_parts, photos, views)):
            images += [*drawn, *(columns - len(row)) * [np.zeros_like(photos[0])]]
    return contact_sheet(images, columns)


def _things(view: HouseholdView) -> list[Instance]:
    return [Instance(k, 0, 1, category, 1.0, Rle.encode(view.owners == k))
            for k, category in enumerate(view.things, start=1)]


def _parts(rgb: np.ndarray, view: HouseholdView) -> np.ndarray:
    """The image with every part in a colour of its own."""
    colours = np.array([(0, 0, 0), *(colour_of(k + 1) for k in range(len(view.regions)))])
    mixed: np.ndarray = np.where((view.ids > 0)[..., None], rgb // 3 + 2 * colours[view.ids] // 3,
                                 rgb).astype(np.uint8)
    return mixed


def cropped(view: HouseholdView, rng: np.random.Generator) -> tuple[HouseholdView, CameraModel]:
    """Look at a part of the view, enlarged, or from farther away; mirrored half the time."""
    zoom = (float(np.exp(rng.uniform(*np.log(ZOOM)))) if rng.random() < CROP_SHARE else 1.0)
    room = max(zoom - 1, 0.0) / 2
    shift = rng.uniform(-room, room, 2) * (WIDTH, HEIGHT)
    camera = camera_of(view)
    middle = np.array([camera.cx, camera.cy])
    move = np.column_stack([zoom * np.eye(2), (1 - zoom) * middle + shift])
    if rng.random() < 0.5:
        move = np.array([[-1, 0, WIDTH - 1], [0, 1, 0]]) @ np.vstack([move, [0, 0, 1]])

    def moved(layer: np.ndarray, outside: float, flags: int = cv2.INTER_NEAREST) -> np.ndarray:
        return np.asarray(cv2.warpAffine(layer, move, (WIDTH, HEIGHT), flags=flags,
                                         borderMode=cv2.BORDER_CONSTANT,
                                         borderValue=(outside,) * 3))

    light = cv2.warpAffine(view.light, move, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR,
                           borderMode=cv2.BORDER_REFLECT)
    if zoom < 1:    # what the mirror of the border shows are no new things
        inside = moved(np.ones((HEIGHT, WIDTH), np.uint8), 0)
        light = np.where(inside[..., None] > 0, light, np.float32(BEYOND))
    seen = replace(view, light=light, depth=moved(view.depth, np.inf), ids=moved(view.ids, 0),
                   hue=moved(view.hue, NO_COLOUR), shiny=moved(view.shiny, 0),
                   facing=moved(view.facing, 0), focal=view.focal * zoom)
    cx, cy = move[:, :2] @ middle + move[:, 2]
    return seen, replace(camera_of(seen), cx=float(cx), cy=float(cy))


def window(view: HouseholdView, camera: CameraModel, rng: np.random.Generator
           ) -> tuple[HouseholdView, CameraModel]:
    """A random window of TRAINED pixels: cheaper by a third than the whole image."""
    width, height = TRAINED
    x, y = int(rng.integers(WIDTH - width + 1)), int(rng.integers(HEIGHT - height + 1))
    cut: dict[str, Any] = {
        name: np.ascontiguousarray(getattr(view, name)[y:y + height, x:x + width])
        for name in ('light', 'depth', 'ids', 'hue', 'shiny', 'facing')}
    return (replace(view, **cut),
            CameraModel(width, height, camera.fx, camera.fy, camera.cx - x, camera.cy - y))


def truth(view: HouseholdView, frame: Frame, config: PerceptionConfig, rng: np.random.Generator
          ) -> PerceptionBatch:
    """A batch of one: a photo of a view, and what the network should say of it."""
    channels, _ = depth_channels(frame.depth, frame.camera, rng, frame.rgb.shape[:2])
    half = channels[:, ::2, ::2]
    regions, owners = view.ids[::2, ::2], view.owners[::2, ::2]
    h, w = owners.shape
    y, x = np.mgrid[:h, :w].astype(np.float32)
    middle, offset = np.zeros((h, w), np.float32), np.zeros((2, h, w), np.float32)
    ids = np.zeros((h, w), np.int64)
    names, geometry = [], []
    for thing, category in enumerate(view.things, start=1):
        mask = owners == thing
        if mask.sum() < FEWEST:
            ids[mask] = -1
            continue
        cx, cy = float(x[mask].mean()), float(y[mask].mean())
        middle = np.maximum(middle, np.exp(
            -((x - cx) ** 2 + (y - cy) ** 2) / (2 * SPREAD ** 2)))
        offset[0][mask], offset[1][mask] = (cx - x[mask]) / REACH, (cy - y[mask]) / REACH
        names.append(_place(category, config.categories))
        ids[mask] = len(names)
        geometry.append(mask_geometry(mask, half))
    part_of = np.array([NONE, *(_place(part, config.parts) for _, part in view.regions)])
    parts = np.where(ids > 0, part_of[regions], NONE)
    colours = np.where(ids < 0, NONE, view.hue[::2, ::2].astype(np.int64))
    return PerceptionBatch(
        torch.from_numpy(network_input(frame.rgb, channels))[None], torch.from_numpy(ids)[None],
        torch.from_numpy(_borders(ids.clip(0)))[None], torch.from_numpy(middle)[None],
        torch.from_numpy(offset)[None], torch.from_numpy(parts)[None],
        torch.from_numpy(colours)[None], [torch.tensor(names, dtype=torch.int64)],
        [torch.from_numpy(np.array(geometry, np.float32).reshape(-1, GEOMETRY))])


def _place(word: str, words: tuple[str, ...]) -> int:
    """Place of a word, the number of words for one that is not among them."""
    return words.index(word) if word in words else len(words)


def _borders(ids: np.ndarray) -> np.ndarray:
    """float32 [h, w]: 1 where a neighbour to the right, below or diagonally differs, and there."""
    h, w = ids.shape
    edge = np.zeros((h, w), np.float32)
    for dy, dx in ((0, 1), (1, 0), (1, 1)):
        differ = ids[dy:, dx:] != ids[:h - dy, :w - dx]
        edge[dy:, dx:][differ] = 1
        edge[:h - dy, :w - dx][differ] = 1
    return edge
