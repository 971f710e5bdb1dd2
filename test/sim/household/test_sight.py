# SPDX-License-Identifier: Apache-2.0
"""What a camera sees of a household scene: exact truth beside an image and measured depth."""

from functools import cache

import numpy as np
import pytest

from reasonseg_ros.core.scene.inventory import COLOURS
from reasonseg_ros.sim.household.colours import NO_COLOUR
from reasonseg_ros.sim.household.scene import SEEDS, seeded
from reasonseg_ros.sim.household.sight import (
    LIGHTS,
    HouseholdSight,
    colour_words,
    see,
    shares,
    size_words,
)

SEED = 900_001
WIDTH, HEIGHT = 96, 72


@cache
def sight() -> HouseholdSight:
    pytest.importorskip('embreex')
    return see(SEED, WIDTH, HEIGHT)


def lit(*hues: str) -> np.ndarray:
    """The same surface in every light, a pixel a hue."""
    places = [COLOURS.index(hue) if hue else NO_COLOUR for hue in hues]
    return np.array([places] * len(LIGHTS), np.uint8)


def test_a_colour_word_needs_most_of_the_surface_in_every_light():
    assert colour_words(lit(*6 * ['red'], *4 * ['white']), 'red') == ('red', ('red', 'white'))
    assert colour_words(lit(*5 * ['red'], *5 * ['white']), 'red')[0] == ''
    darker = lit(*9 * ['red'], 'white')
    darker[0, :5] = COLOURS.index('brown')
    assert colour_words(darker, 'red') == ('', ('red', 'brown'))


def test_a_colour_beside_the_one_that_was_painted_is_not_said():
    assert colour_words(lit(*9 * ['purple'], 'black'), 'blue') == ('', ('purple', 'blue'))
    assert colour_words(lit(*10 * ['brown']), 'green') == ('brown', ('brown',))  # wood


def test_glass_has_no_colour_word_and_any_colour():
    assert colour_words(lit(*8 * ['red'], '', ''), 'red') == ('', COLOURS)
    assert shares(lit('', 'red', 'red', 'red')[0]) == {'red': 0.75, 'grey': 0.25}


def test_large_and_small_are_said_among_things_of_a_kind_alone():
    assert size_words(['mug', 'mug', 'can', 'mug'], [3.0, 1.0, 9.0, 1.4]) == ('large', '', '', '')
    assert size_words(['mug', 'mug'], [3.0, 1.0]) == ('large', 'small')
    assert size_words(['', 'mug'], [3.0, 1.0]) == ('', '')


def test_a_scene_says_what_lies_on_or_in_what():
    found = set()
    for seed in SEEDS['train'][:6]:
        things = seeded(seed)[0].things
        for index, thing in enumerate(things):
            assert bool(thing.relation) == (thing.carrier >= 0) and thing.carrier < index
            if thing.relation:
                found.add(thing.relation)
                base = things[thing.carrier]
                assert thing.place[2, 3] > base.place[2, 3] - 0.2
                assert np.linalg.norm(thing.place[:2, 3] - base.place[:2, 3]) < 0.5
    assert found == {'on', 'in'}


def test_a_frame_has_measured_depth_and_the_intrinsics_of_the_scene():
    seen = sight()
    frame, view = seen.frame, seen.scene.view
    assert frame.rgb.shape == (HEIGHT, WIDTH, 3) and frame.depth is not None
    assert frame.camera is not None and frame.camera.fx == view.focal
    assert (frame.camera.cx, frame.camera.cy) == ((WIDTH - 1) / 2, (HEIGHT - 1) / 2)
    known = frame.depth[np.isfinite(frame.depth)]
    assert len(known) and 0.1 < known.min() and known.max() < 5


def test_truth_and_perfect_eyes_agree():
    seen = sight()
    inventory = seen.inventory()
    assert len(seen.truth.objects) == len(seen.scene.things) == len(seen.extents)
    for thing in inventory.things:
        index, = (i for i in range(len(seen.truth.objects))
                  if (seen.truth.mask(i) == thing.mask.decode()).all())
        assert thing.names == {seen.truth.objects[index].category: 1.0}
        assert sum(thing.colours.values()) == pytest.approx(1)
        assert thing.extent is not None and thing.extent[:2] == seen.extents[index][:2]
        assert thing.extent[2] >= seen.extents[index][2] - 0.01 and thing.position is not None
        word = seen.truth.objects[index].colour
        assert not word or next(iter(thing.colours)) == word


def test_the_right_and_the_near_of_perfect_eyes_are_those_of_the_image():
    things = sight().inventory().things
    standing = [t for t in things if t.position and t.position[1] < 0.1]
    assert len(standing) > 2
    for axis, place in ((0, 0), (1, 2)):
        image = [t.centre[axis] for t in standing]
        world = [t.position[place] for t in standing if t.position]
        assert np.corrcoef(image, world)[0, 1] > 0.8


def test_a_camera_that_swings_sees_the_same_things_from_the_side():
    seen, side = sight(), see(SEED, WIDTH, HEIGHT, 25.0)
    assert (side.frame.rgb != seen.frame.rgb).any() and side.extents == seen.extents
    assert ([o.category for o in side.truth.objects] == [o.category for o in seen.truth.objects])
    middle = np.mean([thing.place[:3, 3] for thing in seen.scene.things], 0)
    far = [np.linalg.norm(s.scene.view.eye - middle) for s in (seen, side)]
    assert far[0] == pytest.approx(far[1])
    assert side.truth.stats.keys() & seen.truth.stats.keys()


def test_a_seed_is_one_image_whenever_it_is_drawn():
    first, second = sight(), see(SEED, WIDTH, HEIGHT)
    assert (first.frame.rgb == second.frame.rgb).all()
    assert (first.truth.ids == second.truth.ids).all()
    assert first.truth.objects == second.truth.objects
    assert np.array_equal(first.frame.depth, second.frame.depth, equal_nan=True)
