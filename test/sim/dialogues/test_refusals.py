# SPDX-License-Identifier: Apache-2.0
"""What is denied in training says nothing about what the other splits show."""

import numpy as np

from reasonseg_ros.sim.dialogues.generator import generate
from reasonseg_ros.sim.dialogues.truth import Kind, ObjectTruth, SceneTruth
from reasonseg_ros.sim.world.catalogue import BY_NAME, CATEGORIES, COLOURS, colours_of


def truth(rng: np.random.Generator) -> SceneTruth:
    """Return four rectangles in colours that training has."""
    objects, regions, ids = [], [], np.zeros((144, 192), np.uint8)
    for place, kind in enumerate(rng.permutation(len(CATEGORIES))[:4]):
        name = CATEGORIES[kind].name
        objects.append(ObjectTruth(name, str(rng.choice(colours_of(name, 'train'))), 'large'))
        for k, part in enumerate(BY_NAME[name].parts):
            regions.append((place, part))
            ids[20 + 70 * (place // 2):60 + 70 * (place // 2),
                10 + 90 * (place % 2) + 20 * k:30 + 90 * (place % 2) + 20 * k] = len(regions)
    return SceneTruth(tuple(objects), tuple(regions), ids)


def test_training_never_denies_a_colour_that_another_split_holds_out():
    rng, denied = np.random.default_rng(0), set()
    for _ in range(300):
        for turn in generate(truth(rng), rng, 'train', weights={Kind.ABSENT: 1.0}, rounds=6):
            colours = [c for c in COLOURS if c in turn.instruction.split()]
            category = turn.answer.split()[-1]
            if turn.detail in ('colour', 'category') and colours and category in BY_NAME:
                denied.add((category, colours[0]))
    assert len(denied) > 60
    assert all(colour in colours_of(category, 'train') for category, colour in denied)
