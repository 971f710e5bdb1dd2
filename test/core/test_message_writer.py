# SPDX-License-Identifier: Apache-2.0
"""Every field of a message is given, whatever its class; nodes and bags write the same bytes."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from reasonseg_ros.core.camera.frame import CameraModel
from reasonseg_ros.core.dialogue.dialogue import Instance, Role, State
from reasonseg_ros.core.geometry.boxes import OrientedBox
from reasonseg_ros.core.geometry.grasps import UNKNOWN, Grasp, GraspKind, Handling
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.core.message_writer import MessageWriter

STAMP = 1_500_000_000
QUARTER = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])  # turn about z
BOX = OrientedBox(np.array([0.1, 0.2, 0.9]), QUARTER, np.array([0.3, 0.2, 0.1]), 0.75)
HELD = Handling(np.array([0.1, 0.2, 0.8]), np.array([0.0, 0.0, -1.0]),
                Grasp(GraspKind.RIM, np.array([0.1, 0.3, 0.9]), QUARTER, 0.02), 0.5, 'far away')
WRITER = MessageWriter(lambda kind: SimpleNamespace, np.asarray)
HEADER = WRITER.header(STAMP, 'optical')


def mug(*, empty: bool = False) -> Instance:
    """Return a part that covers columns 2-4 and rows 1-2 of an 8x6 image."""
    mask = np.zeros((6, 8), bool)
    mask[1:3, 2:5] = not empty
    return Instance(3, 2, 1, 'handle', 0.5, Rle.encode(mask), State.OCCLUDED)


def test_an_instance_with_a_box_has_its_pose_size_and_share():
    message = WRITER.instance(mug(), 'kitchen', WRITER.header(STAMP, 'optical'), BOX)
    assert (message.id, message.parent_id, message.state, message.has_3d) == (3, 2, 1, True)
    assert vars(message.pose.position) == {'x': 0.1, 'y': 0.2, 'z': 0.9}
    assert vars(message.pose.orientation) == pytest.approx(
        {'x': 0.0, 'y': 0.0, 'z': 0.5 ** 0.5, 'w': 0.5 ** 0.5})
    assert (vars(message.size), message.depth_valid_ratio) == ({'x': 0.3, 'y': 0.2, 'z': 0.1}, 0.75)


def test_an_instance_says_which_clause_wants_it_for_what():
    placed = replace(mug(), clause=1, role=Role.PLACE)
    message = WRITER.instance(placed, 'kitchen', HEADER)
    assert (message.clause, message.role) == (1, 1)
    plain = WRITER.instance(mug(), 'kitchen', HEADER)
    assert (plain.clause, plain.role) == (0, 0)


def test_an_instance_says_when_it_was_shown_first_when_it_was_seen_last_and_why_it_is_not_seen():
    plain = WRITER.instance(mug(), 'kitchen', HEADER)
    assert (plain.first_round, plain.last_seen, plain.reason) == (1, HEADER.stamp, '')
    hidden = replace(mug(), round=4, first_round=2, last_seen=STAMP - 1, reason='it is hidden')
    message = WRITER.instance(hidden, 'kitchen', HEADER)
    assert (message.first_round, message.reason) == (2, 'it is hidden')
    assert vars(message.last_seen) == {'sec': 1, 'nanosec': 499_999_999}


def test_an_instance_without_a_box_has_the_identity_no_size_and_the_share_that_is_told():
    message = WRITER.instance(mug(), 'kitchen', WRITER.header(STAMP, 'optical'), ratio=0.25)
    assert (message.has_3d, message.depth_valid_ratio) == (False, 0.25)
    assert vars(message.pose.orientation) == {'x': 0.0, 'y': 0.0, 'z': 0.0, 'w': 1.0}
    assert vars(message.size) == vars(message.pose.position) == {'x': 0.0, 'y': 0.0, 'z': 0.0}


def test_an_instance_that_can_be_held_tells_where_how_and_how_sure():
    message = WRITER.instance(mug(), 'kitchen', HEADER, BOX, HELD)
    assert (message.has_surface, message.has_grasp, message.grasp_kind) == (True, True, 2)
    assert vars(message.surface_point) == {'x': 0.1, 'y': 0.2, 'z': 0.8}
    assert vars(message.surface_normal) == {'x': 0.0, 'y': 0.0, 'z': -1.0}
    assert vars(message.grasp_pose.position) == {'x': 0.1, 'y': 0.3, 'z': 0.9}
    assert (message.grasp_width, message.quality, message.quality_reason) == (0.02, 0.5, 'far away')


def test_an_instance_that_nobody_knows_how_to_hold_has_zeros_and_the_identity():
    message = WRITER.instance(mug(), 'kitchen', HEADER)
    assert (message.has_surface, message.has_grasp, message.grasp_kind) == (False, False, 0)
    assert vars(message.surface_normal) == {'x': 0.0, 'y': 0.0, 'z': 0.0}
    assert vars(message.grasp_pose.orientation) == {'x': 0.0, 'y': 0.0, 'z': 0.0, 'w': 1.0}
    assert (message.grasp_width, message.quality, message.quality_reason) == (0.0, 0.0, '')


def test_pixels_that_are_contiguous_are_not_copied():
    pixels = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    message = WRITER.image(pixels, 'rgb8', None)
    assert np.shares_memory(message.data, pixels)
    assert (message.height, message.width, message.step) == (2, 4, 12)


def test_pixels_of_another_kind_than_the_encoding_are_refused():
    with pytest.raises(ValueError, match=r'float64 \(2, 2\) is not 16UC1'):
        WRITER.image(np.zeros((2, 2)), '16UC1', None)


def test_node_and_bag_write_the_same_bytes():
    pytest.importorskip('rosbags')
    serialization = pytest.importorskip('rclpy.serialization')
    from reasonseg_ros.bags import messages as bag
    from reasonseg_ros.bags import types
    from reasonseg_ros.ros.output import convert
    header, head = convert.header_message(STAMP, 'optical'), bag.header(STAMP, 'optical')
    pixels = np.arange(36, dtype=np.uint8).reshape(3, 4, 3)
    camera = CameraModel(640, 480, 500.0, 501.0, 319.5, 239.5)
    rounds = [(mug(), BOX, HELD), (mug(), None, UNKNOWN), (mug(empty=True), None, UNKNOWN)]
    pairs = [(types.IMAGE, convert.image_message(pixels[::-1], 'rgb8', header),
              bag.image(pixels[::-1], 'rgb8', head)),
             (types.INFO, convert.camera_info(camera, header), bag.camera_info(camera, head)),
             (types.INSTANCES,
              convert.instance_array('d', 7, [convert.instance_message(i, 'd', header, *known)
                                              for i, *known in rounds], header),
              bag.instance_array('d', 7, [bag.instance(i, 'd', head, *known)
                                          for i, *known in rounds], head))]
    for kind, published, written in pairs:
        # By way of the fields: the padding between those of ROS has any value.
        data = serialization.serialize_message(published)
        assert bag.cdr(kind, types.own_typestore().deserialize_cdr(data, kind)) == (
            bag.cdr(kind, written))
