# SPDX-License-Identifier: Apache-2.0
"""A folder of rendered scenes for the engine `household`, one file each. Photographs nothing.

    000007.npz             the household scene of seed 7
    tabletop-000007.npz    the scene of seed 7 of the simulated tabletop

A file has maps as PNG files in uint8 arrays, and `meta`, a JSON text:

    colour  uint8 [240, 320, 3]   linear light: top * (value / 255)^2
    depth   uint16 [240, 320]     tenths of a millimetre along the optical axis, 0 = nothing
    ids     uint8 [240, 320]      0, or 1 + place in `regions`
    hue     uint8 [240, 320]      place of the surface's own colour in COLOURS; 255 = clear glass,
                                  and what is around the things of the tabletop
    shiny   uint8 [240, 320]      255 * how much the surface mirrors or lets through
    facing  uint8 [240, 320]      255 * cosine between the surface's normal and the view
    meta    seed, version, focal (pixels), top, things (category, colour), regions (thing, part);
            photograph: false where the colours are those of an image, not light

A file holds what a scene sends to the camera; exposure, noise and the depth sensor are drawn when
it is read (`training.household.samples`), so one rendering is many photographs.

The seeds of the splits are disjoint, and the name of a file is its seed: a folder can grow, and
machines can share the work by seeds.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from tqdm import tqdm

from reasonseg_ros.core.errors import BadInput, BadRequest
from reasonseg_ros.sim.household.scene import SEEDS
from reasonseg_ros.training.household.rendering import VERSIONS, household_maps, tabletop_maps
from reasonseg_ros.training.processes import spread

WORLDS = {'household': '', 'tabletop': 'tabletop-'}    # and how the names of their files begin
_MAPS = ('colour', 'depth', 'ids', 'hue', 'shiny', 'facing')


@dataclass(frozen=True, eq=False)
class HouseholdView:
    """What one file holds.

    light   float32 [H, W, 3] linear; of a `photograph`, colours of an image in [0, 1]
    depth   float32 [H, W] metres, inf = nothing
    ids, hue, shiny, facing  as in the file; the last two float32 in [0, 1]
    focal   pixels; the optical axis goes through the middle of the image
    things  category of each thing
    regions (thing, part) of the ids 1, 2, ...
    photograph  whether it has already been photographed
    """

    light: np.ndarray
    depth: np.ndarray
    ids: np.ndarray
    hue: np.ndarray
    shiny: np.ndarray
    facing: np.ndarray
    focal: float
    things: tuple[str, ...]
    regions: tuple[tuple[int, str], ...]
    photograph: bool = False

    @property
    def owners(self) -> np.ndarray:
        """Map int64 [H, W]: 0, or 1 + thing."""
        of = np.array([0, *(1 + thing for thing, _ in self.regions)])
        owners: np.ndarray = of[self.ids]
        return owners


@dataclass(frozen=True)
class HouseholdScenes:
    """A folder of one split, opened for reading: household scenes, then those of the tabletop.

    household, tabletop  seeds of the scenes that are there, ascending
    """

    folder: Path
    split: str
    household: tuple[int, ...]
    tabletop: tuple[int, ...] = ()

    @property
    def seeds(self) -> tuple[int, ...]:
        """Seed of every scene."""
        return self.household + self.tabletop

    def __len__(self) -> int:
        return len(self.household) + len(self.tabletop)

    def view(self, index: int) -> HouseholdView:
        """Read scene `index`. Raises BadInput for a file that is damaged or of another version."""
        world = 'household' if index < len(self.household) else 'tabletop'
        return read(scene_file(self.folder, world, self.seeds[index]))

    def about(self) -> dict[str, object]:
        """What a card says of the scenes."""
        return {'split': self.split, **{
            world: {'version': VERSIONS[world], 'count': len(seeds), 'first_seed': seeds[0],
                    'last_seed': seeds[-1]}
            for world, seeds in zip(WORLDS, (self.household, self.tabletop)) if seeds}}


def build(split: str, first_seed: int, count: int, path: Path, processes: int = 2,
          world: str = 'household') -> HouseholdScenes:
    """Render the scenes first_seed ... first_seed + count - 1 of a split into the folder `path`.

    first_seed  counted from the first seed of the split
    world       one of WORLDS; a folder may hold scenes of both
    Continues where an earlier build was stopped: scenes that are there are kept. Raises
    BadRequest.
    """
    if count < 1 or first_seed < 0 or first_seed + count > len(SEEDS[split]):
        raise BadRequest(f'{count} scenes from seed {first_seed} were asked for; expected at least '
                         f'1 scene, and seeds from 0 below {len(SEEDS[split])} for split {split}')
    path.mkdir(parents=True, exist_ok=True)
    if any(path.glob('*.npz')):
        found = open_scenes(path).split
        if found != split:
            raise BadRequest(f'{path} holds {found} scenes; expected {split} scenes: choose '
                             'another folder')
    seeds = SEEDS[split][first_seed:first_seed + count]
    missing = [seed for seed in seeds if not scene_file(path, world, seed).exists()]
    with tqdm(total=count, initial=count - len(missing), desc=f'scenes of {split}', unit='scene',
              disable=None) as progress:
        for _ in spread(partial(_build_one, path, world), missing, processes):
            progress.update()
    return open_scenes(path)


def _build_one(folder: Path, world: str, seed: int) -> None:
    """Write the whole file of a scene or nothing."""
    file = scene_file(folder, world, seed)
    partial_file = file.with_suffix('.partial')
    maps = draw(world, seed)
    with partial_file.open('wb') as stream:
        np.savez(stream, **maps)  # type: ignore[arg-type]  # hints take it for allow_pickle
    partial_file.replace(file)


def draw(world: str, seed: int) -> dict[str, np.ndarray]:
    """Render the scene of a seed; return the arrays of its file."""
    if world == 'household':
        return household_maps(seed)
    split = _split_of(seed)
    return tabletop_maps(split, seed - SEEDS[split].start)


def scene_file(folder: Path, world: str, seed: int) -> Path:
    """Where the scene of a seed lies."""
    return folder / f'{WORLDS[world]}{seed:06d}.npz'


def open_scenes(path: Path) -> HouseholdScenes:
    """Open a folder. Raises BadInput when it holds no scenes, or those of several splits."""
    household, tabletop = (tuple(sorted(
        int(file.stem.removeprefix(prefix)) for file in path.glob(f'{prefix}[0-9]*.npz')))
        for prefix in WORLDS.values())
    splits = {_split_of(seed) for seed in household + tabletop}
    if len(splits) != 1 or '' in splits:
        what = ' and '.join(sorted(splits - {''})) or 'no'
        raise BadInput(f'{path} holds {what} scenes of the household; expected scenes of one '
                       'split: make them with "reasonseg data household"')
    return HouseholdScenes(path, splits.pop(), household, tabletop)


def _split_of(seed: int) -> str:
    """Split that a seed belongs to, '' for none."""
    return next((split for split, seeds in SEEDS.items() if seed in seeds), '')


def read(path: Path) -> HouseholdView:
    """Read the file of a scene. Raises BadInput."""
    try:
        with np.load(path, allow_pickle=False) as data:
            meta: Mapping[str, Any] = json.loads(bytes(data['meta']))
            maps = {name: _decoded(data[name]) for name in _MAPS}
    except (KeyError, ValueError, EOFError, OSError) as error:
        raise BadInput(f'{path} is no scene of the household ({error}); remove it and render it '
                       'again with "reasonseg data household"') from error
    expected = VERSIONS['tabletop' if path.name.startswith(WORLDS['tabletop']) else 'household']
    version = meta.get('version', 1)    # the first files did not say it
    if version != expected:
        raise BadInput(f'{path} is of version {version}; expected {expected}: render the scenes '
                       'again into another folder with "reasonseg data household"')
    depth = maps['depth'].astype(np.float32) / 1e4
    depth[depth == 0] = np.inf
    return HouseholdView(
        (maps['colour'].astype(np.float32) / 255) ** 2 * np.float32(meta['top']), depth,
        maps['ids'], maps['hue'], maps['shiny'].astype(np.float32) / 255,
        maps['facing'].astype(np.float32) / 255, float(meta['focal']),
        tuple(thing['category'] for thing in meta['things']),
        tuple((int(thing), str(part)) for thing, part in meta['regions']),
        not meta.get('photograph', True))


def _decoded(code: np.ndarray) -> np.ndarray:
    image = cv2.imdecode(code, cv2.IMREAD_UNCHANGED)
    if image is None:
        raise ValueError('a map is no image')
    return np.asarray(image)
