# SPDX-License-Identifier: Apache-2.0
"""Every category has a body with all its parts, standing on the table."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reasonseg_ros.sim.world.catalogue import CATEGORIES, COLOURS
from reasonseg_ros.sim.world.primitives import Shape, arc, ball, bounds, box, place, rod, turn
from reasonseg_ros.sim.world.shapes import YAW, solids_of

WHITE = (1.0, 1.0, 1.0)
coordinate = st.floats(-1, 1)
point = st.tuples(coordinate, coordinate, coordinate)


def variants(category):
    for seed, rgb in enumerate(COLOURS.values()):
        yield solids_of(category, rgb, np.random.default_rng(seed))


@pytest.mark.parametrize('category', CATEGORIES, ids=lambda c: c.name)
def test_a_category_is_made_of_exactly_its_named_parts(category):
    for solids in variants(category.name):
        assert {s.part for s in solids} == set(category.parts)


@pytest.mark.parametrize('category', CATEGORIES, ids=lambda c: c.name)
def test_an_object_stands_on_the_table_around_its_centre_and_is_as_large_as_a_hand(category):
    for solids in variants(category.name):
        low, high = bounds(solids)
        np.testing.assert_allclose(low[:2], -high[:2], atol=1e-9)
        assert low[2] == pytest.approx(0.0, abs=1e-9)
        assert 0.08 < (high - low).max() < 0.27


@pytest.mark.parametrize('category', CATEGORIES, ids=lambda c: c.name)
def test_the_main_colour_is_on_the_object(category):
    for rgb in COLOURS.values():
        solids = solids_of(category.name, rgb, np.random.default_rng(0))
        assert rgb in [s.rgb for s in solids]


def test_the_button_of_a_remote_is_red_whatever_the_remote_is():
    for rgb in COLOURS.values():
        button, = [s for s in solids_of('remote', rgb, np.random.default_rng(1))
                   if s.part == 'red button']
        assert button.rgb[0] > 0.8 and max(button.rgb[1:]) < 0.1


def test_the_same_generator_state_gives_the_same_object():
    first = solids_of('teapot', WHITE, np.random.default_rng(5))
    again = solids_of('teapot', WHITE, np.random.default_rng(5))
    assert [s.position.tolist() for s in first] == [s.position.tolist() for s in again]


def test_yaw_ranges_belong_to_categories():
    assert set(YAW) <= {c.name for c in CATEGORIES}


@settings(deadline=None, max_examples=50)
@given(point, point)
def test_a_rod_reaches_from_its_start_to_its_end(start, end):
    length = np.linalg.norm(np.subtract(end, start))
    if length < 1e-3:
        return
    solid = rod('stem', WHITE, start, end, 0.01)
    axis = solid.rotation[:, 2] * solid.size[2]
    np.testing.assert_allclose(solid.rotation @ solid.rotation.T, np.eye(3), atol=1e-9)
    assert np.linalg.det(solid.rotation) == pytest.approx(1.0)
    np.testing.assert_allclose(solid.position - axis, start, atol=1e-9)
    np.testing.assert_allclose(solid.position + axis, end, atol=1e-9)


def test_bounds_count_the_round_ends_of_a_capsule():
    low, high = bounds([rod('stem', WHITE, (0, 0, 0), (1, 0, 0), 0.1)])
    np.testing.assert_allclose(low, (-0.1, -0.1, -0.1), atol=1e-12)
    np.testing.assert_allclose(high, (1.1, 0.1, 0.1), atol=1e-12)


def test_placing_scales_then_turns_then_moves():
    solid, = place([box('body', WHITE, (1, 0, 0), (0.2, 0.1, 0.1))], turn('z', 90),
                   np.array([0, 0, 5.0]), 2.0)
    np.testing.assert_allclose(solid.position, (0, 2, 5), atol=1e-12)
    np.testing.assert_allclose(bounds([solid])[1], (0.2, 2.4, 5.2), atol=1e-12)


def test_an_arc_runs_from_its_first_to_its_last_angle():
    np.testing.assert_allclose(arc((1, 0, 0), 2, 0, 90, 3, 'xz')[[0, -1]], [[3, 0, 0], [1, 0, 2]],
                               atol=1e-12)


def test_a_ball_is_a_sphere():
    assert ball('knob', WHITE, (0, 0, 0), 0.1).shape is Shape.SPHERE
