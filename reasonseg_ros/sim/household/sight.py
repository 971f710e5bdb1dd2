# SPDX-License-Identifier: Apache-2.0
"""What an RGB-D camera sees of a household scene, with exact truth, from a seed alone.

Image and depth are those of a simulated sensor; masks, colours, extents and places are the scene's.
Writes no files (`training.household.scenes`) and says no sentences.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from reasonseg_ros.core.camera.frame import CameraModel, Frame
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.core.scene.inventory import COLOURS, Inventory, Part, Thing
from reasonseg_ros.sim.dialogues.relations import PART_PIXELS, SceneView
from reasonseg_ros.sim.dialogues.truth import ObjectTruth, SceneTruth
from reasonseg_ros.sim.household.colours import NO_COLOUR, hues
from reasonseg_ros.sim.household.objects import HouseholdThing
from reasonseg_ros.sim.household.photo import measured, photograph
from reasonseg_ros.sim.household.render import Shot, render
from reasonseg_ros.sim.household.scene import HouseholdScene, seeded, stage_of
from reasonseg_ros.sim.household.solids import View
from reasonseg_ros.sim.household.things import BUILDERS, PARTS_OF
from reasonseg_ros.sim.household.words import HOUSEHOLD

MOSTLY = 0.6        # share of a surface that a colour covers from which people name the thing by it
PARTLY = 0.1        # share from which nobody can deny the colour
LIGHTS = (0.8, 1.0, 1.25)   # a colour is clear when its word stays in less light and in more
LARGER = 1.5        # ratio of volumes between a large thing and the others of its kind
SIDES = 5           # from which a swinging camera sees a scene
_PHOTO = 3          # of the streams of a seed: the sensor's randomness

Box = tuple[float, float, float]


@dataclass(frozen=True, eq=False)
class HouseholdSight:
    """One household scene, as it looks.

    frame   with depth and intrinsics
    hue     uint8 [H, W]: place of the surface's own colour in COLOURS, NO_COLOUR for glass
    """

    scene: HouseholdScene
    frame: Frame
    truth: SceneTruth
    hue: np.ndarray

    @property
    def extents(self) -> tuple[Box, ...]:
        """(long, wide, high) metres of each thing itself, wherever it stands."""
        return tuple(_box(item)[1] for item in self.scene.things)

    def inventory(self) -> Inventory:
        """Return what perfect eyes see: the visible things with their certain names."""
        view = SceneView(self.truth)
        least = PART_PIXELS * view.unit ** 2
        things = tuple(self._thing(i, view.parts[i]) for i in view.visible
                       if view.boxes[i].pixels >= least)
        height, width = self.truth.ids.shape
        return Inventory(height, width, things, tuple(BUILDERS), PARTS_OF)

    def _thing(self, index: int, parts: Sequence[str]) -> Thing:
        item, mask = self.scene.things[index], self.truth.mask(index)
        rows, columns = np.nonzero(mask)
        middle, (long, wide, high) = _box(item)
        right, down, forward = self.scene.view.axes
        # Looking straight down, what is nearer to the viewer is lower in the image.
        near = (-forward if np.hypot(*forward[:2]) > 0.2 else down) * (1.0, 1.0, 0.0)
        near = near / np.linalg.norm(near)
        return Thing(
            Rle.encode(mask), 1.0, {item.category: 1.0}, shares(self.hue[mask]),
            (float(columns.mean()), float(rows.mean())),
            (float(middle @ right), float(middle[2]), float(middle @ near)),
            (long, wide, float(middle[2] + high / 2)),
            tuple(self._part(index, part) for part in parts))

    def _part(self, index: int, part: str) -> Part:
        mask = self.truth.mask(index, part)
        return Part(part, 1.0, Rle.encode(mask), shares(self.hue[mask]))


class HouseholdSwing:
    """A scene from a few sides, each drawn once, since that takes seconds.

    motion  degrees that the camera swings to each side; 0 = it stands still
    """

    def __init__(self, seed: int, width: int, height: int, motion: float = 0.0) -> None:
        sides = np.linspace(-motion, motion, SIDES if motion else 1)
        self._scene, self._still = (seed, width, height), not motion
        self._sights = {float(side): see(seed, width, height, float(side)) for side in sides}

    def look(self, azimuth: float) -> tuple[Frame, SceneTruth]:
        """Return the scene from the side that is nearest to an azimuth in degrees; where it does
        not swing, from there."""
        if self._still and azimuth not in self._sights:
            self._sights = {azimuth: see(*self._scene, azimuth)}
        seen = self._sights[min(self._sights, key=lambda side: abs(side - azimuth))]
        return seen.frame, seen.truth

    def close(self) -> None:
        """Forget what was drawn."""
        self._sights = {}


def see(seed: int, width: int = 640, height: int = 480, azimuth: float = 0.0) -> HouseholdSight:
    """Draw and photograph the scene of a seed. Equal arguments give equal bytes.

    azimuth  degrees that the camera has gone round the middle of the things
    """
    scene, rng = seeded(seed, width, height)
    if azimuth:
        scene = replace(scene, view=turned(scene, azimuth))
    stage, regions = stage_of(scene)
    shot = render(stage, scene.view, rng)
    return HouseholdSight(scene, photo(scene, shot, seed), truth_of(scene, shot, regions),
                          hues(shot.albedo, shot.clear))


def turned(scene: HouseholdScene, azimuth: float) -> View:
    """Return the camera of a scene gone round the middle of its things by so many degrees."""
    middle = np.mean([item.place[:3, 3] for item in scene.things], 0) if scene.things else 0.0
    c, s = np.cos(np.radians(azimuth)), np.sin(np.radians(azimuth))
    turn = np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])
    view = scene.view
    return replace(view, eye=turn @ (view.eye - middle) + middle, axes=view.axes @ turn.T)


def photo(scene: HouseholdScene, shot: Shot, seed: int) -> Frame:
    """Return what a colour and depth camera makes of a view."""
    rng = np.random.default_rng([seed, _PHOTO])
    rgb = photograph(np.nan_to_num(shot.colour.clip(0, 1e4)), rng)
    view = scene.view
    depth = measured(shot.depth, shot.shiny, shot.facing, rgb, view.focal, rng)
    return Frame(rgb, depth, CameraModel(view.width, view.height, view.focal, view.focal,
                                         (view.width - 1) / 2, (view.height - 1) / 2))


def truth_of(scene: HouseholdScene, shot: Shot, regions: tuple[tuple[int, str], ...]
             ) -> SceneTruth:
    """Return what sentences can speak about; relations are those that the scene was built with."""
    owners = np.array([-1, *(thing for thing, _ in regions)])[shot.ids]
    lit = np.stack([hues((shot.albedo * light).clip(0, 1), shot.clear) for light in LIGHTS])
    visible = [owners == index for index in range(len(scene.things))]
    sizes = size_words([item.category if mask.any() else ''
                        for item, mask in zip(scene.things, visible)],
                       [float(np.prod(_box(item)[1])) for item in scene.things])
    objects = []
    for item, mask, size in zip(scene.things, visible, sizes):
        colour, tints = colour_words(lit[:, mask], item.colour)
        # "The orange orange" is not said.
        objects.append(ObjectTruth(item.category, '' if colour == item.category else colour, size,
                                   item.relation, item.carrier, tints))
    return SceneTruth(tuple(objects), regions, shot.ids)


def colour_words(lit: np.ndarray, painted: str) -> tuple[str, tuple[str, ...]]:
    """Return (the word for a surface or '', all colours that nobody can deny it).

    lit      uint8 [len(LIGHTS), N]: hue of its N pixels in each of LIGHTS
    painted  colour that its paint was drawn for; where that is another one nearby, the surface is
             between two words
    Glass has no word, and could have every colour.
    """
    count = max(lit.shape[1], 1)
    if np.count_nonzero(lit[0] == NO_COLOUR) > PARTLY * count:
        return '', COLOURS
    clear = lit[0][(lit == lit[0]).all(axis=0)]
    tints = tuple(word for place, word in enumerate(COLOURS)
                  if max(np.count_nonzero(hue == place) for hue in lit) > PARTLY * count)
    word = next((word for place, word in enumerate(COLOURS)
                 if np.count_nonzero(clear == place) >= MOSTLY * count), '')
    if painted in HOUSEHOLD.near.get(word, ()):
        return '', tuple(dict.fromkeys((*tints, painted)))
    return word, tints


def size_words(categories: Sequence[str], volumes: Sequence[float]) -> tuple[str, ...]:
    """Return 'large' and 'small' for things that clearly are so among those of their category."""
    words = []
    for mine, (category, volume) in enumerate(zip(categories, volumes)):
        others = [v for i, (c, v) in enumerate(zip(categories, volumes))
                  if c == category and i != mine]
        large = bool(category and others) and volume >= LARGER * max(others)
        small = bool(category and others) and LARGER * volume <= min(others)
        words.append('large' if large else 'small' if small else '')
    return tuple(words)


def shares(hue: np.ndarray) -> dict[str, float]:
    """Return colour -> share of the pixels [N], the largest first; glass counts as grey."""
    places = np.where(hue == NO_COLOUR, COLOURS.index('grey'), hue)
    counts = np.bincount(places, minlength=len(COLOURS))
    return {COLOURS[k]: float(counts[k] / len(hue)) for k in np.argsort(-counts) if counts[k]}


def _box(item: HouseholdThing) -> tuple[np.ndarray, Box]:
    """Return the middle [3] of a thing in the world, and (long, wide, high) of the box about it."""
    points = np.concatenate([mesh.vertices for _, mesh, _ in item.pieces])
    points = points @ item.place[:3, :3].T + item.place[:3, 3]
    low, high = points.min(axis=0), points.max(axis=0)
    _, sides, _ = cv2.minAreaRect(points[:, :2].astype(np.float32))
    return (low + high) / 2, (float(max(sides)), float(min(sides)), float(high[2] - low[2]))
