# SPDX-License-Identifier: Apache-2.0
"""Scene files of the engine `household` that hold coloured boxes, made without casting a ray."""

import json
from pathlib import Path

import numpy as np

from reasonseg_ros.core.scene.inventory import COLOURS
from reasonseg_ros.nn.perception.network import HEIGHT, WIDTH, PerceptionConfig
from reasonseg_ros.training.household.rendering import NO_COLOUR, VERSIONS, packed
from reasonseg_ros.training.household.samples import (
    PerceptionBatch,
    camera_of,
    household_config,
    photo,
    truth,
)
from reasonseg_ros.training.household.scenes import HouseholdScenes, open_scenes, scene_file

# (category, regions): part, colour, top, left, bottom, right
THINGS = (('mug', (('body', 'red', 60, 40, 130, 100), ('handle', 'red', 80, 100, 110, 125))),
          ('can', (('body', 'blue', 90, 180, 170, 230), ('lid', 'grey', 80, 180, 90, 230))),
          ('mug', (('body', 'green', 150, 60, 215, 120),)))
RGB = {'red': (0.6, 0.05, 0.05), 'blue': (0.03, 0.1, 0.5), 'grey': (0.3, 0.3, 0.3),
       'green': (0.06, 0.4, 0.08)}
TABLE, TOP = 0.9, 0.8   # metres to the table and to the tops of the boxes


def maps(seed: int, photograph: bool = True) -> dict[str, np.ndarray]:
    """Return the arrays of a file: three boxes on a table, seen from above; seeds move them."""
    light = np.full((HEIGHT, WIDTH, 3), 0.5)
    depth, hue = np.full((HEIGHT, WIDTH), TABLE), np.full((HEIGHT, WIDTH), NO_COLOUR, np.uint8)
    ids = np.zeros((HEIGHT, WIDTH), np.uint8)
    regions: list[tuple[int, str]] = []
    for thing, (_, parts) in enumerate(THINGS):
        for part, colour, top, left, bottom, right in parts:
            regions.append((thing, part))
            shift = seed % 7
            at = slice(top + shift, bottom + shift), slice(left + shift, right + shift)
            light[at], depth[at], ids[at] = RGB[colour], TOP, len(regions)
            hue[at] = COLOURS.index(colour)
    meta = {'seed': seed, 'version': VERSIONS['household' if photograph else 'tabletop'],
            'focal': 280.0, 'top': 1.0, 'photograph': photograph, 'regions': regions,
            'things': [{'category': name, 'colour': parts[0][1]} for name, parts in THINGS]}
    return packed(light, depth, ids, hue, np.zeros((HEIGHT, WIDTH)), np.ones((HEIGHT, WIDTH)),
                  meta)


def whole_scene(folder: Path) -> PerceptionBatch:
    """Return the truth of a scene that is neither cropped nor mirrored."""
    view = write_scenes(folder, 0).view(0)
    rng = np.random.default_rng(0)
    return truth(view, photo(view, camera_of(view), rng, True), small_config(), rng)


def write_scenes(folder: Path, *seeds: int, tabletop: tuple[int, ...] = ()) -> HouseholdScenes:
    """Write one file for each seed, and open the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for world, chosen in (('household', seeds), ('tabletop', tabletop)):
        for seed in chosen:
            np.savez(scene_file(folder, world, seed), **maps(seed, world == 'household'))
    return open_scenes(folder)


def small_config() -> PerceptionConfig:
    """Return the words of the household with a network that steps in a fraction of a second."""
    words = household_config()
    return PerceptionConfig(words.categories, words.parts, words.colours, words.category_parts,
                            (8, 8, 16, 16, 16), (1, 1, 1, 1, 1), quarter=8, half=8)


def edited(file: Path, **changes: object) -> None:
    """Change fields of a file's meta."""
    with np.load(file) as data:
        arrays = dict(data)
    meta = {**json.loads(bytes(arrays['meta'])), **changes}
    np.savez(file, **{**arrays, 'meta': np.frombuffer(json.dumps(meta).encode(), np.uint8)})
