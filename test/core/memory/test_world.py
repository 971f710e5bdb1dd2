# SPDX-License-Identifier: Apache-2.0
"""Things are found again while camera and things move, and what is not there is said to be so."""

from dataclasses import replace

import numpy as np
import pytest
from support.solid_views import BALL, BOX, HAND, MUG, Solid, frame, instance, iou, pose

from reasonseg_ros.core.dialogue.dialogue import State
from reasonseg_ros.core.errors import BadImage, BadRequest
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.core.memory.identity import LIKE
from reasonseg_ros.core.memory.motion import Motion
from reasonseg_ros.core.memory.world import THINGS, WorldMemory

SOLIDS = (MUG, BOX, BALL)


def memory(solids=SOLIDS, **view) -> WorldMemory:
    """Return what is remembered of one frame: mug 1, box 2, ball 3."""
    seen, masks = frame(solids, pose(), stamp=1, **view)
    world = WorldMemory()
    world.observe(seen, [instance(n, mask, name) for n, (mask, name) in enumerate(
        zip(masks, ('mug', 'box', 'ball')), start=1)])
    return world


def restored(world) -> WorldMemory:
    other = WorldMemory(lambda before, after: None)
    other.restore(world.to_bytes())
    return other


def seen(world, solids, where, stamp=2, **view):
    shown, masks = frame(solids, where, stamp=stamp, **view)
    return {s.id: s for s in world.localise(shown)}, masks


@pytest.mark.parametrize(('azimuth', 'distance'), [(0, 0.75), (30, 0.75), (-60, 0.6), (120, 1.0)])
def test_things_are_outlined_from_where_the_camera_is_now(azimuth, distance):
    found, masks = seen(memory(), SOLIDS, pose(azimuth, distance))
    assert [s.state for s in found.values()] == [State.VISIBLE] * 3
    assert min(iou(found[n + 1].mask, mask) for n, mask in enumerate(masks)) > 0.85
    assert {s.last_seen for s in found.values()} == {2}


def test_a_thing_that_was_taken_away_is_lost():
    found, _ = seen(memory(), SOLIDS[1:], pose(10))
    assert found[1].state is State.LOST and not found[1].mask.any()
    assert 'no longer where it was' in found[1].reason and found[1].last_seen == 1
    assert found[2].state is found[3].state is State.VISIBLE


def test_a_thing_behind_a_hand_is_hidden_and_not_lost():
    found, _ = seen(memory(), (*SOLIDS, HAND), pose(5))
    assert found[1].state is State.OCCLUDED and 'in front of' in found[1].reason


def test_a_thing_outside_the_image_is_not_lost():
    found, _ = seen(memory(), SOLIDS, pose(target=(0.6, 0.0, 0.0)))
    assert found[1].state is State.OCCLUDED and 'outside' in found[1].reason


def test_where_no_depth_is_measured_nothing_is_lost():
    world = memory()
    shown, _ = frame(SOLIDS[1:], pose(), stamp=2)
    shown.depth[:] = np.nan
    assert {s.id: s.state for s in world.localise(shown)}[1] is State.OCCLUDED


@pytest.mark.parametrize('place', [(0.03, -0.01), (0.02, -0.15), (-0.05, 0.2)])
def test_a_thing_that_was_moved_is_found_under_its_id(place):
    found, masks = seen(memory(), (MUG.at(*place), BOX, BALL), pose(8))
    assert found[1].state is State.VISIBLE and 'moved' in found[1].reason
    assert iou(found[1].mask, masks[0]) > 0.85


def test_a_thing_with_a_part_of_another_colour_is_another_thing():
    stem = Solid('can', (0.0, 0.0), (0.04, 0.04, 0.07), (180, 30, 30))
    lid = Solid('can', (0.0, 0.0), (0.025, 0.025, 0.03), (230, 200, 40), low=0.07)
    first, masks = frame((stem, lid, BOX), pose(), stamp=1)
    world = WorldMemory()
    world.observe(first, [instance(1, masks[0] | masks[1], 'jar')])
    assert seen(world, (stem, lid, BOX), pose(10))[0][1].state is State.VISIBLE
    found, _ = seen(world, (stem, replace(lid, rgb=(40, 70, 170)), BOX), pose(10), stamp=3)
    assert found[1].state is State.LOST and 'another colour' in found[1].reason


def test_under_other_lamps_colours_may_differ_more():
    stem = Solid('can', (0.0, 0.0), (0.04, 0.04, 0.07), (180, 30, 30))
    lid = Solid('can', (0.0, 0.0), (0.025, 0.025, 0.03), (230, 200, 40), low=0.07)
    first, masks = frame((stem, lid, BOX), pose(), stamp=1)
    world = WorldMemory()
    world.observe(first, [instance(1, masks[0] | masks[1], 'jar')])
    shaded = replace(lid, rgb=(90, 78, 16))   # as a lamp from another side leaves it
    found, _ = seen(world, (stem, shaded, BOX), pose(10), light=0.7)
    assert found[1].state is State.VISIBLE
    assert seen(world, (stem, shaded, BOX), pose(10), stamp=3)[0][1].state is State.LOST


def test_a_thing_that_was_turned_is_found():
    found, masks = seen(memory(), (MUG, replace(BOX.at(0.15, -0.1), turn=50), BALL), pose(5))
    assert iou(found[2].mask, masks[1]) > 0.8


def test_a_thing_that_comes_back_is_found_under_its_id():
    world = memory()
    assert seen(world, SOLIDS[1:], pose(5))[0][1].state is State.LOST
    found, masks = seen(world, (MUG.at(-0.02, 0.15), BOX, BALL), pose(8), stamp=3)
    assert iou(found[1].mask, masks[0]) > 0.85 and found[1].last_seen == 3


@pytest.mark.parametrize('lookalike', [
    replace(MUG, rgb=(30, 40, 160)), replace(MUG, rgb=(235, 235, 235)),
    replace(MUG, size=(0.05, 0.05, 0.13)), replace(MUG, size=(0.03, 0.03, 0.075))])
def test_a_lookalike_in_the_place_of_a_thing_is_refused(lookalike):
    found, _ = seen(memory(), (lookalike, BOX, BALL), pose(5))
    assert found[1].state is State.LOST
    assert found[2].state is found[3].state is State.VISIBLE


def test_another_one_that_was_there_before_is_not_taken_for_a_lost_thing():
    twin = MUG.at(-0.05, 0.2)
    shown, masks = frame((*SOLIDS, twin), pose(), stamp=1)
    world = WorldMemory()
    world.observe(shown, [instance(1, masks[0], 'mug')])
    found, _ = seen(world, (BOX, BALL, twin), pose(5))
    assert found[1].state is State.LOST


@pytest.mark.parametrize('light', [0.45, 1.6, (0.5, 0.42, 0.33)])
def test_other_light_makes_nothing_another_thing(light):
    found, masks = seen(memory(), SOLIDS, pose(20), light=light)
    assert min(iou(found[n + 1].mask, mask) for n, mask in enumerate(masks)) > 0.8


def test_a_part_follows_its_owner():
    shown, masks = frame(SOLIDS, pose(), stamp=1)
    top = masks[0].copy()
    top[np.flatnonzero(top.any(1))[12]:] = False
    world = WorldMemory()
    world.observe(shown, [instance(1, masks[0], 'mug'), instance(2, top, 'rim', parent=1)])
    found, now = seen(world, (MUG.at(0.03, -0.12), BOX, BALL), pose(3))
    assert found[2].state is State.VISIBLE
    rows = np.flatnonzero(now[0].any(1))
    assert found[2].mask[rows[0]:rows[16]].sum() > 0.9 * found[2].mask.sum() > 0
    assert seen(world, SOLIDS[1:], pose(3), stamp=3)[0][2].state is State.LOST


def test_what_is_forgotten_leaves_no_trace():
    world, empty = memory(), WorldMemory().to_bytes()
    world.forget(2)
    assert world.ids == (1, 3)
    for number in (1, 3, 7):
        world.forget(number)
    assert world.ids == () and world.nbytes == 0 and world.to_bytes() == empty
    assert world.localise(frame(SOLIDS, pose())[0]) == ()


def test_what_is_remembered_survives_as_bytes():
    world = WorldMemory()
    world.restore(memory().to_bytes())
    found, masks = seen(world, SOLIDS, pose(30))
    assert min(iou(found[n + 1].mask, mask) for n, mask in enumerate(masks)) > 0.85


@pytest.mark.parametrize('data', [b'', b'PK', b'nothing of the kind'])
def test_other_bytes_are_refused(data):
    with pytest.raises(BadRequest, match='name the things again'):
        WorldMemory().restore(data)


def test_cut_bytes_are_refused():
    with pytest.raises(BadRequest):
        WorldMemory().restore(memory().to_bytes()[:-200])


def test_the_number_of_things_is_bounded():
    shown, masks = frame(SOLIDS, pose(), stamp=1)
    world = WorldMemory()
    world.observe(shown, [instance(n, masks[0]) for n in range(1, THINGS + 20)])
    assert len(world.ids) == THINGS


def test_a_mask_does_not_grow_into_what_touches_the_thing():
    beside = Solid('box', (0.16, 0.09), (0.05, 0.03, 0.075), (120, 120, 40))   # nobody named it
    touching = (MUG, BOX, BALL, beside)
    shown, masks = frame(touching, pose(), stamp=1)
    world = WorldMemory()
    world.observe(shown, [instance(2, masks[1], 'box')])
    for stamp, azimuth in enumerate((12, 24, 36), start=2):
        found, masks = seen(world, touching, pose(azimuth), stamp)
        assert iou(found[2].mask, masks[1]) > 0.85


def test_things_seen_from_a_place_that_is_not_known_any_more_are_not_dropped():
    world = WorldMemory(lambda before, after: None)   # images tell no motion
    shown, masks = frame(SOLIDS, pose(), stamp=1, told=False)
    world.observe(shown, [instance(1, masks[0], 'mug')])
    there, masks = frame(SOLIDS, pose(30), stamp=2, told=False)
    assert 'not known' in world.localise(there)[0].reason
    world.observe(there, [instance(2, masks[1], 'box')])
    for kept in (world, restored(world)):
        first, second = kept.localise(there)
        assert (first.id, first.state, second.state) == (1, State.OCCLUDED, State.VISIBLE)
        assert 'from where number 1 (mug) was seen is not known any more' in first.reason
        assert kept.likeness(there, Rle.encode(masks[0]), 1) > LIKE
    world.observe(there, [instance(1, masks[0], 'mug')])
    assert {s.state for s in world.localise(there)} == {State.VISIBLE}


def test_what_has_no_depth_follows_the_image_also_where_the_pose_is_known():
    turn = np.array([[1.0, 0, 3], [0, 1, 0], [0, 0, 1]])   # three pixels to the right
    world = WorldMemory(lambda before, after: Motion(None, turn, 99, 0.1))
    shown, masks = frame(SOLIDS, pose(), stamp=1, depth=False)
    world.observe(shown, [instance(1, masks[0], 'mug')])
    later = replace(shown, rgb=np.roll(shown.rgb, 3, axis=1), stamp=2)
    found, = world.localise(later)
    assert found.state is State.VISIBLE and iou(found.mask, np.roll(masks[0], 3, axis=1)) > 0.8
    lost = WorldMemory(lambda before, after: None)
    lost.observe(shown, [instance(1, masks[0], 'mug')])
    found, = lost.localise(later)
    assert found.state is State.OCCLUDED and 'not known' in found.reason


def test_without_depth_things_are_judged_by_colour():
    world = memory(depth=False)
    found, masks = seen(world, SOLIDS, pose(), depth=False)
    assert min(iou(found[n + 1].mask, mask) for n, mask in enumerate(masks)) > 0.8
    found, _ = seen(world, SOLIDS[1:], pose(), stamp=3, depth=False)
    assert found[1].state is State.OCCLUDED and found[2].state is State.VISIBLE


def test_depth_that_is_gone_for_a_while_hides_nothing():
    world = memory()
    found, masks = seen(world, SOLIDS, pose(20), depth=False)
    assert min(iou(found[n + 1].mask, mask) for n, mask in enumerate(masks)) > 0.6


def test_a_camera_pose_is_a_rigid_transform():
    with pytest.raises(BadImage, match='4, 4'):
        replace(frame(SOLIDS, pose())[0], camera_pose=np.eye(3))
