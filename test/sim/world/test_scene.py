# SPDX-License-Identifier: Apache-2.0
"""Random scenes repeat, stay in their split and keep their objects apart."""

from collections import Counter
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reasonseg_ros.core.errors import ReasonSegError
from reasonseg_ros.sim.rendering.textures import TEXTURES, texture
from reasonseg_ros.sim.world.catalogue import CATEGORIES, held_out
from reasonseg_ros.sim.world.placement import AREA, GAP, footprint, split_of
from reasonseg_ros.sim.world.primitives import bounds, turn
from reasonseg_ros.sim.world.scene import FEWEST, MOST, moved, sample_scene
from reasonseg_ros.sim.world.stage import CameraPose

SEEDS = range(40)


@cache
def scenes(split):
    return tuple(sample_scene(split, seed) for seed in SEEDS)


def special(scene, split):
    return [i for i in scene.items if i.colour == held_out(i.category, split)]


@pytest.mark.parametrize('split', ['train', 'val', 'test'])
def test_a_seed_always_gives_the_same_scene(split):
    assert sample_scene(split, 7) == sample_scene(split, 7)


def test_seeds_and_splits_give_different_scenes():
    drawn = {scene.items for split in ('train', 'val', 'test') for scene in scenes(split)}
    assert len(drawn) == 120


def test_a_train_scene_never_shows_a_held_out_pair():
    for scene in scenes('train'):
        assert not special(scene, 'val') and not special(scene, 'test')


@pytest.mark.parametrize('split, other', [('val', 'test'), ('test', 'val')])
def test_a_held_out_scene_shows_at_least_two_of_its_own_pairs_and_none_of_the_other_split(
        split, other):
    for scene in scenes(split):
        assert len(special(scene, split)) >= 2
        assert not special(scene, other)


@pytest.mark.parametrize('split', ['train', 'val', 'test'])
def test_an_arrangement_belongs_to_the_split_that_draws_it(split):
    for scene in scenes(split):
        assert split_of([(i.category, i.x, i.y) for i in scene.items]) == split


def test_the_owner_of_an_arrangement_is_stable_and_does_not_depend_on_order():
    pair = [('mug', 0.1, 0.1), ('pan', -0.2, 0.0)]
    assert split_of(pair) == split_of(pair[::-1]) == 'val'
    assert split_of([('mug', 0.0, 0.0)]) == 'train'


def test_no_footprint_overlaps_another():
    for scene in scenes('train'):
        circles = []
        for item in (i for i in scene.items if not i.relation):
            own = footprint(item.shape) * item.scale
            own[:, :2] = own[:, :2] @ turn('z', item.yaw)[:2, :2].T + (item.x, item.y)
            circles.append(own)
        for index, own in enumerate(circles):
            for other in circles[:index]:
                apart = np.linalg.norm(own[:, None, :2] - other[None, :, :2], axis=2)
                assert (apart > own[:, None, 2] + other[None, :, 2] + GAP - 1e-9).all()


def test_objects_stand_on_the_table():
    for scene in scenes('test'):
        for item in scene.items:
            assert abs(item.x) < AREA[0] and abs(item.y) < AREA[1]
            if not item.relation:
                assert bounds(item.solids)[0][2] == pytest.approx(0.0, abs=1e-9)


def test_scenes_vary_in_number_and_often_repeat_a_category_in_another_look():
    counts = Counter(len(scene.items) for scene in scenes('train'))
    assert min(counts) >= FEWEST and max(counts) <= MOST and len(counts) >= 5
    repeated = [s for s in scenes('train')
                if len({i.category for i in s.items}) < len(s.items)]
    assert 0.45 < len(repeated) / len(SEEDS) < 0.85
    for scene in repeated:
        looks = [(i.category, i.colour, i.size) for i in scene.items]
        assert len(set(looks)) >= len(looks) - 1


def test_every_category_and_size_appears():
    items = [item for scene in scenes('train') for item in scene.items]
    assert {i.category for i in items} == {c.name for c in CATEGORIES}
    assert {i.size for i in items} == {'small', 'large'}
    assert min(i.scale for i in items if i.size == 'large') > 1.2 * max(
        i.scale for i in items if i.size == 'small')


def test_an_unknown_split_is_refused_with_the_known_ones():
    with pytest.raises(ReasonSegError, match='split "dev" is unknown; expected one of train, val'):
        sample_scene('dev', 0)


def test_a_negative_seed_is_refused():
    with pytest.raises(ReasonSegError, match='scene seed is -1; expected a whole number from 0'):
        sample_scene('train', -1)


def test_the_camera_looks_down_at_the_table_from_where_a_robot_would():
    for scene in scenes('train'):
        eye, forward = np.array(scene.camera.eye), scene.camera.axes[:, 2]
        assert 0.45 <= eye[2] <= 0.90
        assert 30 < np.degrees(np.arcsin(-forward[2])) < 75


@settings(deadline=None, max_examples=50)
@given(st.floats(-0.6, 0.6), st.floats(-0.6, -0.2), st.floats(0.3, 0.9))
def test_camera_axes_are_right_down_forward(x, y, z):
    axes = CameraPose((x, y, z), (0.0, 0.0, 0.0), 40.0).axes
    np.testing.assert_allclose(axes.T @ axes, np.eye(3), atol=1e-9)
    assert np.linalg.det(axes) == pytest.approx(1.0)
    assert axes[2, 0] == 0 and axes[2, 1] < 0 and axes[2, 2] < 0


def test_a_moved_camera_orbits_its_target_and_leaves_the_table_as_it_is():
    scene = sample_scene('train', 3)
    other = moved(scene, azimuth=20.0, pitch=-5.0, zoom=0.9)
    before = np.linalg.norm(np.subtract(scene.camera.eye, scene.camera.target))
    after = np.linalg.norm(np.subtract(other.camera.eye, other.camera.target))
    assert after == pytest.approx(0.9 * before)
    assert other.camera.target == scene.camera.target and other.items == scene.items
    np.testing.assert_allclose(moved(scene).camera.eye, scene.camera.eye)


@pytest.mark.parametrize('name', TEXTURES)
def test_a_texture_is_grey_bright_and_always_the_same(name):
    pattern = texture(name)
    assert pattern.shape == (256, 256, 3) and pattern.dtype == np.uint8
    assert (pattern[..., 0] == pattern[..., 2]).all() and pattern.mean() > 150
    assert (pattern == texture(name)).all()
