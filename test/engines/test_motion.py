# SPDX-License-Identifier: Apache-2.0
"""The camera's motion is told from images and depth, and things are found again with it."""

from dataclasses import replace

import numpy as np
import pytest
from support.solid_views import BALL, BOX, MUG, frame, instance, iou, pose

from reasonseg_ros.core.dialogue.dialogue import State
from reasonseg_ros.core.memory.motion import inverse
from reasonseg_ros.core.memory.world import WorldMemory
from reasonseg_ros.engines.motion import estimate_motion

SOLIDS = (MUG, BOX, BALL)
PATTERN = {'pattern': 0.6, 'told': False}


def test_the_motion_of_the_camera_is_found_from_features_and_depth():
    one, _ = frame(SOLIDS, pose(), stamp=1, **PATTERN)
    two, _ = frame(SOLIDS, pose(12, 0.7), stamp=2, **PATTERN)
    motion = estimate_motion(one, two)
    assert motion is not None and motion.pose is not None and motion.residual < 0.01
    truth = inverse(pose()) @ pose(12, 0.7)
    away = motion.pose - truth
    assert np.linalg.norm(away[:3, 3]) < 0.02 and np.abs(away[:3, :3]).max() < 0.03


def test_images_without_features_tell_no_motion():
    one, _ = frame(SOLIDS, pose(), stamp=1, told=False)
    blank = replace(one, rgb=np.full_like(one.rgb, 90))
    assert estimate_motion(one, blank) is None
    assert estimate_motion(one, replace(one, rgb=one.rgb[:100].copy(), depth=None)) is None


def test_things_are_found_again_without_a_pose_of_the_camera():
    world = WorldMemory(estimate_motion)
    one, masks = frame(SOLIDS, pose(), stamp=1, **PATTERN)
    world.observe(one, [instance(n, mask) for n, mask in enumerate(masks, start=1)])
    for step in (8, 16, 24):
        now, masks = frame(SOLIDS, pose(step), stamp=step, **PATTERN)
        found = world.localise(now)
    assert [s.state for s in found] == [State.VISIBLE] * 3
    assert min(iou(s.mask, mask) for s, mask in zip(found, masks)) > 0.7
    assert 'estimated' in world.note


@pytest.mark.parametrize('azimuth', [0.0, 6.0])
def test_without_depth_masks_follow_the_image(azimuth):
    world = WorldMemory(estimate_motion)
    one, masks = frame(SOLIDS, pose(), stamp=1, depth=False, **PATTERN)
    world.observe(one, [instance(n, mask) for n, mask in enumerate(masks, start=1)])
    now, masks = frame(SOLIDS, pose(azimuth), stamp=2, depth=False, **PATTERN)
    found = world.localise(now)
    assert sum(s.state is State.VISIBLE for s in found) >= 2
    assert max(iou(s.mask, mask) for s, mask in zip(found, masks)) > 0.7


def test_a_pose_that_jumps_while_the_image_stays_takes_everything_with_it():
    world = WorldMemory(estimate_motion)
    one, masks = frame(SOLIDS, pose(), stamp=1)
    world.observe(one, [instance(n, mask) for n, mask in enumerate(masks, start=1)])
    map_ = np.eye(4)   # another place of everything in it: a localisation that was corrected
    map_[:3, :3], map_[:3, 3] = [[0, -1, 0], [1, 0, 0], [0, 0, 1]], (0.3, -0.2, 0.05)
    for azimuth in (0, 25):
        now, masks = frame(SOLIDS, pose(azimuth), stamp=2 + azimuth)
        found = world.localise(replace(now, camera_pose=map_ @ now.camera_pose))
        assert [s.state for s in found] == [State.VISIBLE] * 3
        assert min(iou(s.mask, mask) for s, mask in zip(found, masks)) > 0.8
        assert ('jumped' in world.note) is (azimuth == 0)


def test_poses_that_come_later_take_everything_with_them():
    world = WorldMemory(estimate_motion)
    one, masks = frame(SOLIDS, pose(), stamp=1, **PATTERN)
    world.observe(one, [instance(n, mask) for n, mask in enumerate(masks, start=1)])
    for azimuth in (5.0, 30.0):
        now, masks = frame(SOLIDS, pose(azimuth), stamp=2, pattern=0.6)
        found = world.localise(now)
    assert min(iou(s.mask, mask) for s, mask in zip(found, masks)) > 0.7
