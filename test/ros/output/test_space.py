# SPDX-License-Identifier: Apache-2.0
"""A round in space: its boxes, points and messages, computed once; and where TF puts them."""

import sys
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip('rclpy')

from geometry_msgs.msg import TransformStamped
from support.spatial import (
    BOX,
    CAMERA,
    FLOOR,
    HEIGHT,
    STAMP,
    TOP,
    WIDTH,
    Somewhere,
    box_and_part,
    frame,
    rectangle,
)

from reasonseg_ros.core.camera.frame import CameraModel, Frame
from reasonseg_ros.core.dialogue.dialogue import Instance
from reasonseg_ros.core.geometry.boxes import quaternion
from reasonseg_ros.ros.output import space as space_module
from reasonseg_ros.ros.output.space import Space
from reasonseg_ros.ros.output.transforms import Placement, Transforms, rotation

TURNED = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
AWAY = Placement('base', TURNED, np.array([1.0, 2.0, 3.0]))


def space(shown: Frame | None = None, transforms: Somewhere | None = None) -> Space:
    """Return the box and its part in space."""
    return Space(box_and_part(), 'kitchen', shown or frame(), transforms or Somewhere())


def test_a_box_stands_where_the_depth_image_shows_it():
    box = space().solids[1]
    np.testing.assert_allclose(box.centre, (0.0045, 0.0, (FLOOR + TOP) / 2), atol=0.02)
    np.testing.assert_allclose(sorted(box.size), (0.1, 0.18, 0.36), rtol=0.15)


def test_a_part_keeps_a_box_of_its_own():
    solids = space().solids
    assert solids[2].centre[0] < solids[1].centre[0] - 0.05
    assert solids[2].size.prod() < solids[1].size.prod()


def test_everything_is_computed_once_and_only_when_asked_for(monkeypatch):
    calls = []
    for name in ('boxes_of', 'table_up', 'points'):
        real = getattr(space_module, name)
        monkeypatch.setattr(space_module, name, lambda *given, name=name, real=real: (
            calls.append(name), real(*given))[1])
    somewhere = Somewhere(AWAY)
    shown = space(transforms=somewhere)
    assert (calls, somewhere.asked) == ([], [])
    for _ in range(2):
        assert shown.messages and shown.solids and shown.header and shown.up is not None
    assert sorted(calls) == ['boxes_of', 'table_up']
    assert somewhere.asked == [('optical', STAMP)]


def test_without_depth_nothing_is_computed_and_nothing_is_said(monkeypatch):
    monkeypatch.delattr(space_module, 'boxes_of')
    somewhere = Somewhere()
    for shown in (frame(depth=None), frame(depth=None, camera=None), None):
        flat = Space(box_and_part(), 'kitchen', shown, somewhere)
        assert not any(m.has_3d or m.depth_valid_ratio for m in flat.messages)
        assert (flat.notice, flat.solids, len(flat.points()[0])) == ('', {}, 0)
    assert somewhere.asked == []


@pytest.mark.parametrize(('camera', 'words'), [
    (None, 'has no camera_info with intrinsics'),
    (replace(CAMERA, width=2 * WIDTH, height=2 * HEIGHT),
     f'camera_info is for {2 * WIDTH}x{2 * HEIGHT} pixels, the image has {WIDTH}x{HEIGHT}'),
])
def test_a_camera_model_that_does_not_fit_costs_the_third_dimension_and_says_why(camera, words):
    flat = space(frame(camera=camera))
    assert words in flat.notice
    assert not any(m.has_3d for m in flat.messages)


def test_the_messages_carry_pose_size_and_the_share_of_known_depth():
    x0, y0, x1, y1 = BOX
    depth = frame().depth.copy()
    depth[y0:y1:2, x0:x1] = np.nan
    shown = space(frame(depth=depth))
    box, half = shown.messages
    assert box.has_3d and half.has_3d
    assert (box.id, half.parent_id) == (1, 1)
    assert box.depth_valid_ratio == pytest.approx(0.5)
    position, size = box.pose.position, box.size
    np.testing.assert_allclose((position.x, position.y, position.z), shown.solids[1].centre)
    np.testing.assert_allclose((size.x, size.y, size.z), shown.solids[1].size)
    q = box.pose.orientation
    np.testing.assert_allclose(rotation((q.x, q.y, q.z, q.w)), shown.solids[1].axes, atol=1e-6)
    assert box.header.frame_id == box.mask.header.frame_id == 'optical'


def test_a_mask_with_too_little_depth_has_no_box_but_its_share():
    x0, y0, x1, y1 = BOX
    depth = np.full((HEIGHT, WIDTH), np.nan, np.float32)
    depth[y0, x0:x0 + 4] = TOP
    box, _ = space(frame(depth=depth)).messages
    assert not box.has_3d
    assert box.pose.orientation.w == 1.0
    assert box.depth_valid_ratio == pytest.approx(4 / (20 * 40))


def test_an_empty_mask_is_nowhere():
    record = replace(box_and_part(), instances=(
        Instance(1, 0, 1, 'nothing', 0.1, rectangle(0, 0, 0, 0)),))
    shown = Space(record, '', frame(), Somewhere())
    assert not shown.messages[0].has_3d
    assert shown.messages[0].depth_valid_ratio == 0.0
    assert len(shown.points()[0]) == 0


def test_points_carry_the_colour_of_their_pixel_and_the_id_of_their_instance():
    points, colours, ids = space().points()
    assert (points.dtype, colours.dtype, ids.dtype) == (np.float32, np.uint8, np.uint32)
    assert set(ids.tolist()) == {1, 2}
    np.testing.assert_allclose(points[:, 2], TOP, atol=0.001)
    assert (colours[ids == 2] == (0, 0, 255)).all()
    assert (colours[(ids == 1) & (points[:, 0] > 0.02)] == (255, 0, 0)).all()
    assert (ids == 1).sum() >= 0.8 * 20 * 40


def test_in_a_target_frame_the_pose_moves_and_the_mask_stays_in_the_image():
    here, there = space(), space(transforms=Somewhere(AWAY))
    moved = TURNED @ here.solids[1].centre + (1.0, 2.0, 3.0)
    np.testing.assert_allclose(there.solids[1].centre, moved)
    np.testing.assert_allclose(there.solids[1].axes, TURNED @ here.solids[1].axes)
    np.testing.assert_allclose(there.points()[0],
                               here.points()[0] @ TURNED.T + (1.0, 2.0, 3.0), atol=1e-5)
    np.testing.assert_allclose(there.up, TURNED @ here.up)
    message = there.messages[0]
    assert (message.header.frame_id, message.mask.header.frame_id) == ('base', 'optical')
    assert message.header.stamp == message.mask.header.stamp
    assert there.image_header.frame_id == 'optical'


class Named:
    """A node that keeps what it warns of."""

    def __init__(self) -> None:
        self.warnings = []

    def get_logger(self) -> SimpleNamespace:
        return SimpleNamespace(warning=self.warnings.append)


class Tree:
    """Stands in for tf2_ros: one transform from `optical` to `base`."""

    class TransformException(Exception):
        """What tf2_ros raises."""

    def __init__(self) -> None:
        self.asked = []
        self.message = TransformStamped()
        turn = self.message.transform.rotation
        turn.x, turn.y, turn.z, turn.w = quaternion(TURNED)
        self.message.transform.translation.z = 0.5
        self.Buffer = lambda: self
        self.TransformListener = lambda buffer, node: None

    def can_transform(self, target, source, time):
        """Answer as a buffer does."""
        assert time.nanoseconds == 0, 'at any time'
        return target == 'base'

    def lookup_transform(self, target, source, time, timeout):
        """Answer as a buffer does."""
        self.asked.append((target, source, time.nanoseconds))
        if target != 'base':
            assert timeout.nanoseconds == 0, 'nobody publishes it'
            raise self.TransformException(f'"{target}" passed to lookupTransform does not exist')
        assert timeout.nanoseconds > 0
        return self.message


@pytest.fixture
def tree(monkeypatch) -> Tree:
    """Put the stand-in where tf2_ros would be."""
    tree = Tree()
    monkeypatch.setitem(sys.modules, 'tf2_ros', tree)
    return tree


def test_the_transform_is_looked_up_at_the_stamp_of_the_image(tree):
    placement = Transforms(SimpleNamespace(), 'base').place('optical', STAMP)
    assert tree.asked == [('base', 'optical', STAMP)]
    assert (placement.frame_id, placement.trouble) == ('base', '')
    np.testing.assert_allclose(placement.rotation, TURNED, atol=1e-12)
    np.testing.assert_allclose(placement.translation, (0, 0, 0.5))


def test_what_tf_does_not_know_stays_with_the_camera_and_is_said(tree):
    transforms = Transforms(Named(), 'moon')
    shown = Space(box_and_part(), '', frame(), transforms)
    assert shown.messages[0].has_3d
    assert shown.messages[0].header.frame_id == 'optical'
    assert 'stay in the camera frame "optical": TF does not know "moon"' in shown.notice
    assert transforms.failures == 1


def test_where_the_target_frame_is_required_nothing_is_told_in_another(tree):
    node = Named()
    transforms = Transforms(node, 'moon', required=True)
    for _ in range(2):
        shown = Space(box_and_part(), '', frame(), transforms)
        assert not any(m.has_3d or m.has_surface or m.has_grasp for m in shown.messages)
        assert shown.solids == {} and len(shown.points()[0]) == 0
        assert 'target_frame_required is true: TF does not know "moon"' in shown.notice
    assert len(node.warnings) == 1
    assert Space(box_and_part(), '', frame(), Transforms(node, 'base', True)).messages[0].has_3d


def test_without_tf2_ros_results_stay_with_the_camera_and_it_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, 'tf2_ros', None)
    placement = Transforms(Named(), 'base').place('optical', STAMP)
    assert placement.frame_id == 'optical'
    assert 'tf2_ros cannot be imported' in placement.trouble


def test_the_place_of_the_camera_is_looked_up_at_the_stamp_of_the_image(tree):
    transforms = Transforms(SimpleNamespace(), '', memory_frame='base')
    pose = transforms.camera_pose('optical', STAMP)
    assert tree.asked == [('base', 'optical', STAMP)]
    np.testing.assert_allclose(pose[:3, :3], TURNED, atol=1e-12)
    np.testing.assert_allclose(pose[:, 3], (0, 0, 0.5, 1))
    assert transforms.unplaced(frame(camera_pose=pose)) == '' == transforms.pose_trouble
    assert transforms.place('optical', STAMP).frame_id == 'optical'


@pytest.mark.parametrize(('memory_frame', 'stamp', 'why'), [
    ('moon', STAMP, 'TF does not know "moon"'), ('base', 0, 'the stamp 0')])
def test_where_tf_does_not_know_the_camera_its_motion_is_estimated_and_that_is_said_once(
        tree, memory_frame, stamp, why):
    node = Named()
    transforms = Transforms(node, '', memory_frame=memory_frame)
    for _ in range(2):
        assert transforms.camera_pose('optical', stamp) is None
    assert why in transforms.unplaced(frame()) and len(node.warnings) == 1
    assert (transforms.pose_failures, transforms.failures, transforms.trouble) == (2, 0, '')
    assert transforms.unplaced(None) == ''


def test_things_can_be_remembered_in_the_frame_of_a_camera_that_stands_still(tree):
    transforms = Transforms(SimpleNamespace(), '', memory_frame='optical')
    assert np.array_equal(transforms.camera_pose('optical', STAMP), np.eye(4))
    assert Transforms(SimpleNamespace(), '').camera_pose('optical', STAMP) is None
    assert tree.asked == []


def test_without_tf2_ros_the_place_of_the_camera_is_not_known(monkeypatch):
    monkeypatch.setitem(sys.modules, 'tf2_ros', None)
    transforms = Transforms(Named(), '', memory_frame='base')
    assert transforms.camera_pose('optical', STAMP) is None
    assert 'tf2_ros cannot be imported' in transforms.pose_trouble


def test_when_time_goes_back_tf_is_forgotten(tree):
    cleared = []
    tree.clear = lambda: cleared.append(True)
    Transforms(SimpleNamespace(), 'base').clear()
    Transforms(SimpleNamespace(), '').clear()
    assert cleared == [True]


def test_without_a_target_frame_tf_is_never_asked(tree):
    for target in ('', 'optical'):
        assert Transforms(SimpleNamespace(), target).place('optical', STAMP).frame_id == 'optical'
    assert tree.asked == []


@settings(deadline=None, max_examples=50)
@given(st.tuples(*(st.floats(-1, 1) for _ in range(4))).filter(
    lambda q: np.linalg.norm(q) > 0.01))
def test_a_quaternion_becomes_the_rotation_that_it_came_from(q):
    turn = rotation(q)
    np.testing.assert_allclose(turn @ turn.T, np.eye(3), atol=1e-9)
    np.testing.assert_allclose(rotation(quaternion(turn)), turn, atol=1e-6)


def test_a_camera_model_of_the_image_is_what_space_asks_for():
    assert Space(box_and_part(), '', frame(), Somewhere()).known
    assert not Space(box_and_part(), '', frame(camera=CameraModel(1, 1, 1, 1, 0, 0)),
                     Somewhere()).known


def test_a_thing_can_be_held_where_the_frame_of_the_results_is():
    here, there = space(), Space(box_and_part(), '', frame(), Somewhere(AWAY), 0.3)
    assert here.handlings[1].grasp is None, 'it is wider than the usual gripper opens'
    ours, theirs = here.handlings[1], there.handlings[1]
    np.testing.assert_allclose(theirs.point, TURNED @ ours.point + AWAY.translation)
    np.testing.assert_allclose(theirs.normal, TURNED @ ours.normal)
    assert ours.normal[2] < -0.99 and ours.point[2] == pytest.approx(TOP, abs=0.01)
    assert theirs.grasp.width == pytest.approx(0.18, abs=0.03)
    np.testing.assert_allclose(theirs.grasp.centre[2], 3 + TOP, atol=0.02)


def test_the_messages_tell_point_grasp_and_quality():
    message, _ = Space(box_and_part(), '', frame(), Somewhere(AWAY), 0.3).messages
    assert message.has_surface and message.has_grasp and message.grasp_kind == message.ANTIPODAL
    assert message.header.frame_id == 'base'
    assert message.surface_point.z == pytest.approx(3 + TOP, abs=0.01)
    assert message.grasp_width == pytest.approx(0.18, abs=0.03)
    turned = message.grasp_pose.orientation
    axes = rotation((turned.x, turned.y, turned.z, turned.w))
    assert axes[2, 2] > 0.99, 'the hand comes along the sight of the camera'
    assert message.quality > 0.8 and message.quality_reason == ''
    flat, _ = space(frame(depth=None)).messages
    assert not flat.has_surface and not flat.has_grasp and flat.quality == 0.0


def test_what_is_hardly_measured_says_so():
    shown = frame()
    depth = shown.depth.copy()
    depth[np.random.default_rng(0).random(depth.shape) < 0.65] = np.nan
    message, _ = space(replace(shown, depth=depth)).messages
    assert message.quality < 0.8
    assert message.quality_reason.endswith('% of its points are measured')
