# SPDX-License-Identifier: Apache-2.0
"""Views of rectangles, and dialogues of MR-Tabletop about them, for tests without a renderer."""

from dataclasses import replace
from functools import cache

import numpy as np

from reasonseg_ros.sim.dialogues.mr_tabletop import dialogue
from reasonseg_ros.sim.dialogues.truth import ObjectTruth, SceneTruth, Turn
from reasonseg_ros.sim.household.things import PARTS_OF
from reasonseg_ros.sim.world.catalogue import BY_NAME, CATEGORIES, COLOURS
from reasonseg_ros.sim.world.placement import CARRIERS

VIEWS = 60


def truth_of(*items, width=192, height=144) -> SceneTruth:
    """Return a truth of rectangles (category, colour, size, x, y, w, h), parts side by side."""
    objects, regions, ids = [], [], np.zeros((height, width), np.uint8)
    for index, (category, colour, size, x, y, w, h) in enumerate(items):
        objects.append(ObjectTruth(category, colour, size))
        parts = BY_NAME[category].parts
        edges = np.linspace(x, x + w, len(parts) + 1).round().astype(int)
        for part, start, stop in zip(parts, edges, edges[1:], strict=False):
            regions.append((index, part))
            ids[max(y, 0):y + h, max(start, 0):max(stop, 0)] = len(regions)
    return SceneTruth(tuple(objects), tuple(regions), ids)


def random_truth(seed: int) -> SceneTruth:
    """Return 4 to 9 rectangles, mostly with a pair or triple of one category."""
    rng = np.random.default_rng(seed)
    kinds = list(rng.permutation(len(CATEGORIES))[:rng.integers(3, 7)])
    kinds += [kinds[0]] * int(rng.integers(3)) + [kinds[1]] * int(rng.integers(2))
    items = []
    for kind in kinds:
        large = bool(rng.integers(2))
        w, h = (int(v) for v in rng.integers(30, 40, 2) if large) if large else (
            int(v) for v in rng.integers(18, 24, 2))
        items.append((CATEGORIES[kind].name, str(rng.choice(list(COLOURS))),
                      'large' if large else 'small', int(rng.integers(-4, 192 - w + 4)),
                      int(rng.integers(-4, 144 - h + 4)), w, h))
    return carrying(truth_of(*items))


def carrying(truth: SceneTruth) -> SceneTruth:
    """Return the truth with a thing said to be on or in the first that may carry it."""
    for place, carrier in enumerate(truth.objects):
        relation, kinds = CARRIERS.get(carrier.category, ('', ()))
        for index, load in enumerate(truth.objects):
            if index != place and load.category in kinds:
                objects = list(truth.objects)
                objects[index] = replace(load, relation=relation, carrier=place)
                return replace(truth, objects=tuple(objects))
    return truth


@cache
def dialogues(wording: str = 'test') -> tuple[tuple[SceneTruth, tuple[Turn, ...]], ...]:
    """Return a dialogue about each of some views, said in the phrasings of a split."""
    truths = [random_truth(seed) for seed in range(VIEWS)]
    return tuple((truth, dialogue(truth, 'test', seed, wording=wording))
                 for seed, truth in enumerate(truths))


def household_truth(*categories: str, colours: tuple[str, ...] | None = None,
                    tints: tuple[tuple[str, ...], ...] | None = None) -> SceneTruth:
    """Return a row of household things that do not touch, each with its parts side by side."""
    ids, regions = np.zeros((144, 24 * len(categories)), np.uint8), []
    for index, category in enumerate(categories):
        parts = PARTS_OF.get(category, ('body',))
        for k, part in enumerate(parts):
            regions.append((index, part))
            ids[20 + 15 * k:35 + 15 * k, 24 * index + 2:24 * index + 22] = len(regions)
    colours = colours or tuple('red' for _ in categories)
    tints = tints or tuple((colour,) for colour in colours)
    objects = tuple(ObjectTruth(category, colour, '', tints=shown)
                    for category, colour, shown in zip(categories, colours, tints))
    return SceneTruth(objects, tuple(regions), ids)
