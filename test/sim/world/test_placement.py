# SPDX-License-Identifier: Apache-2.0
"""Things rest where their carrier ends, fingers close on what they hold, and nothing overlaps."""

from functools import cache

import numpy as np
import pytest

from reasonseg_ros.sim.world.placement import CARRIERS
from reasonseg_ros.sim.world.primitives import bounds, boxes
from reasonseg_ros.sim.world.scene import sample_scene
from reasonseg_ros.sim.world.stage import Gripper


@cache
def scenes(split: str = 'train'):
    return tuple(sample_scene(split, seed) for seed in range(70))


def loads():
    """Every (load, its carrier) of the scenes."""
    return [(item, scene.items[item.carrier]) for scene in scenes() for item in scene.items
            if item.carrier >= 0]


def held():
    return [(item, scene) for scene in scenes() for item in scene.items
            if item.relation == 'held']


@pytest.mark.parametrize('split', ['train', 'val', 'test'])
def test_a_good_share_of_scenes_has_something_on_in_or_held(split):
    share = np.mean([any(i.relation for i in s.items) for s in scenes(split)])
    assert 0.3 < share < 0.6


def test_a_load_is_where_its_carrier_says_and_carries_nothing_itself():
    assert {item.relation for item, _ in loads()} == {'on', 'in'}
    for item, carrier in loads():
        relation, kinds = CARRIERS[carrier.category]
        assert item.relation == relation and item.category in kinds
        assert carrier.relation == '' and np.hypot(item.x - carrier.x, item.y - carrier.y) < 0.14


def test_a_load_lies_on_the_surface_or_ends_inside_the_mug():
    for item, carrier in loads():
        ground, low = carrier.solids[0], bounds(item.solids)[0][2]
        top = ground.position[2] + ground.half[2]
        if carrier.category == 'mug':
            assert 0.0 < low < top < bounds(item.solids)[1][2]
        else:
            assert -1e-9 <= low - top < 0.003


def test_fingers_touch_what_they_hold_above_the_table():
    assert len(held()) >= 5
    for item, scene in held():
        gripper = scene.gripper
        assert isinstance(gripper, Gripper) and bounds(item.solids)[0][2] > 0.09
        middle = np.array([gripper.x, gripper.y, gripper.z])
        low, high = boxes(item.solids)
        assert ((low <= middle + 1e-9) & (high >= middle - 1e-9)).all(axis=1).any()


def test_a_hand_and_what_it_holds_touch_nothing_else():
    for item, scene in held():
        others = [s for i in scene.items if i is not item for s in i.solids]
        low, high = boxes((*item.solids, *scene.gripper.solids))
        below, above = boxes(others)
        assert ((low[:, None] > above) | (below > high[:, None])).any(axis=-1).all()


def test_some_grippers_are_empty_and_nothing_is_held_without_one():
    empty = [s for s in scenes() if s.gripper and not any(i.relation == 'held' for i in s.items)]
    assert empty
    assert all(scene.gripper for _, scene in held())
