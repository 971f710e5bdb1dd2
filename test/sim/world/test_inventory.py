# SPDX-License-Identifier: Apache-2.0
"""Perfect eyes see every visible thing of a scene with its name, paint, place, size and parts."""

import numpy as np
import pytest

from reasonseg_ros.core.masks import Rle
from reasonseg_ros.core.scene.inventory import COLOURS as WORDS
from reasonseg_ros.sim.dialogues.truth import SceneTruth
from reasonseg_ros.sim.world.catalogue import COLOURS
from reasonseg_ros.sim.world.inventory import colour_word, extents, inventory
from reasonseg_ros.sim.world.scene import sample_scene


def truth_of_boxes(scene) -> SceneTruth:
    """A truth of one block per part, side by side, for scenes that nobody rendered."""
    regions = [(i, part) for i, item in enumerate(scene.items)
               for part in dict.fromkeys(s.part for s in item.solids)]
    ids = np.zeros((144, 192), np.uint8)
    for value in range(len(regions)):
        row, column = divmod(value, 12)
        ids[16 * row:16 * row + 14, 16 * column:16 * column + 14] = value + 1
    return SceneTruth(tuple(item.truth for item in scene.items), tuple(regions), ids)


@pytest.mark.parametrize('seed', range(8))
def test_every_thing_has_its_name_masks_and_colours(seed):
    scene = sample_scene('test', seed)
    truth = truth_of_boxes(scene)
    seen = inventory(scene, truth)
    assert len(seen.things) == len(scene.items)
    for thing in seen.things:
        index, = [i for i in range(len(scene.items)) if Rle.encode(truth.mask(i)) == thing.mask]
        assert thing.name == scene.items[index].category
        assert sum(thing.colours.values()) == pytest.approx(1.0)
        assert set(thing.colours) <= set(WORDS)
        assert thing.colours[scene.items[index].colour] > 0
        assert {p.name for p in thing.parts} <= set(seen.parts[thing.name])
        assert thing.extent == extents(scene)[index]
        assert thing.extent[0] >= thing.extent[1] > 0 and thing.extent[2] > 0


def test_places_are_those_that_the_viewer_sees():
    scene = sample_scene('test', 3)
    camera = scene.camera
    truth = truth_of_boxes(scene)
    for thing in inventory(scene, truth).things:
        right, up, near = thing.position
        across = camera.axes[:, 0]
        towards = -camera.axes[:, 2] * (1, 1, 0)
        towards /= np.linalg.norm(towards)
        middle = right * across + near * towards + (0, 0, up)
        index, = [i for i, _ in enumerate(scene.items) if Rle.encode(truth.mask(i)) == thing.mask]
        item = scene.items[index]
        assert np.hypot(*(middle[:2] - (item.x, item.y))) < 0.12


def test_what_the_gripper_holds_is_known():
    scenes = [sample_scene('test', seed) for seed in range(30)]
    found = [(s, inventory(s, truth_of_boxes(s))) for s in scenes]
    held = [(s, i) for s, i in found if any(x.relation == 'held' for x in s.items)]
    assert held
    for scene, seen in held:
        item, = [x for x in scene.items if x.relation == 'held']
        assert seen.held is not None and seen.things[seen.held].name == item.category
    assert all(i.held is None for s, i in found if (s, i) not in held)


def test_the_colours_of_the_catalogue_keep_their_words():
    assert {name: colour_word(rgb) for name, rgb in COLOURS.items()} == {n: n for n in COLOURS}
    assert [colour_word(rgb) for rgb in ((0.5, 0.5, 0.52), (0.45, 0.28, 0.14), (0.85, 0.76, 0.6),
                                         (0.2, 0.75, 0.75), (0.95, 0.4, 0.7))] == [
        'grey', 'brown', 'beige', 'turquoise', 'pink']
