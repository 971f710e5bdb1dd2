# SPDX-License-Identifier: Apache-2.0
"""Messages built from core values, by example and by round trip."""

from array import array
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

pytest.importorskip('rclpy')

from reasonseg_ros.action import SegmentDialogue
from reasonseg_ros.srv import Segment
from sensor_msgs.msg import CameraInfo

from reasonseg_ros.core.camera import messages
from reasonseg_ros.core.camera.frame import CameraModel
from reasonseg_ros.core.camera.messages import nanoseconds
from reasonseg_ros.core.camera.raw import decode_colour, decode_depth
from reasonseg_ros.core.dialogue.dialogue import Instance, Round, State
from reasonseg_ros.core.errors import Status
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.engines.reply import Reply
from reasonseg_ros.ros.output import convert

HEADER = convert.header_message(1_500_000_000, 'optical')


def rectangle(instance_id: int = 1, parent_id: int = 0) -> Instance:
    """Return an instance that covers columns 2-4 and rows 1-2 of an 8x6 image."""
    mask = np.zeros((6, 8), bool)
    mask[1:3, 2:5] = True
    return Instance(instance_id, parent_id, 1, 'mug', 0.75, Rle.encode(mask))


def decoded(message, decode=decode_colour) -> np.ndarray:
    """Decode a message with the core."""
    return decode(message.data, message.width, message.height, message.step, message.encoding,
                  bool(message.is_bigendian))


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**31 * 10**9 - 1))
def test_a_stamp_survives(stamp):
    assert nanoseconds(convert.stamp_message(stamp)) == stamp


@settings(deadline=None, max_examples=30)
@given(arrays.arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9), st.just(3))))
def test_a_colour_image_survives(pixels):
    message = convert.image_message(pixels, 'rgb8', HEADER)
    assert isinstance(message.data, array)
    assert np.array_equal(decoded(message), pixels)


def test_a_view_that_is_not_contiguous_is_copied_row_by_row():
    pixels = np.arange(4 * 6 * 3, dtype=np.uint8).reshape(4, 6, 3)[:, ::2]
    assert np.array_equal(decoded(convert.image_message(pixels, 'rgb8', HEADER)), pixels)


def test_metres_survive_and_unknown_stays_unknown():
    depth = np.array([[0.5, np.nan], [2.0, 3.25]], np.float32)
    message = convert.image_message(depth, '32FC1', HEADER)
    assert message.step == 8
    assert np.array_equal(decoded(message, decode_depth), depth, equal_nan=True)


def test_an_array_of_another_type_than_the_encoding_is_refused():
    with pytest.raises(ValueError, match='float64'):
        convert.image_message(np.zeros((2, 2)), '32FC1', HEADER)
    with pytest.raises(ValueError, match='rgb8'):
        convert.image_message(np.zeros((2, 2), np.uint8), 'rgb8', HEADER)


def test_an_instance_carries_its_mask_cropped_to_its_box():
    message = convert.instance_message(rectangle(3, 2), 'kitchen', HEADER)
    assert (message.dialogue_id, message.id, message.parent_id) == ('kitchen', 3, 2)
    assert (message.label, message.score, message.area) == ('mug', 0.75, 6)
    roi = message.roi
    assert (roi.x_offset, roi.y_offset, roi.width, roi.height) == (2, 1, 3, 2)
    assert (message.mask.width, message.mask.height, message.mask.encoding) == (3, 2, 'mono8')
    assert bytes(message.mask.data) == b'\xff' * 6
    assert message.header == message.mask.header == HEADER
    assert not message.has_3d


@settings(deadline=None, max_examples=30)
@given(arrays.arrays(bool, st.tuples(st.integers(1, 9), st.integers(1, 9))))
def test_an_instance_survives_in_an_image_of_its_size(mask):
    instance = Instance(1, 0, 1, 'mug', 0.5, Rle.encode(mask))
    read = convert.instance_of(convert.instance_message(instance, '', HEADER))
    assert (read.mask.box, read.mask.area) == (instance.mask.box, instance.mask.area)
    assert read.at(mask.shape[1], mask.shape[0]) == instance


def test_where_a_thing_is_now_survives():
    hidden = replace(rectangle(), round=3, first_round=1, state=State.OCCLUDED, last_seen=7,
                     reason='it is hidden')
    read = convert.instance_of(convert.instance_message(hidden, '', HEADER))
    assert read.at(8, 6) == hidden


def test_a_round_keeps_every_field():
    record = Round(2, 'its handle', 'the handle of it', (1,), Status.OK, 'the handle',
                   (rectangle(2, 1),), stamp=1_500_000_000, frame_id='optical',
                   engine='fake@0', seconds={'text': 0.25})
    message = convert.round_message(record, 'd')
    assert (message.index, message.instruction, message.question) == (
        2, 'its handle', 'the handle of it')
    assert list(message.references) == [1]
    assert (message.status, message.answer, message.engine) == (0, 'the handle', 'fake@0')
    assert [i.id for i in message.instances] == [2]
    assert [(t.name, t.seconds) for t in message.timings] == [('text', 0.25)]
    assert message.header == HEADER
    read = convert.round_of(message)
    assert replace(read, instances=tuple(i.at(8, 6) for i in read.instances)) == record


def test_intrinsics_survive_and_an_uncalibrated_camera_has_none():
    camera = CameraModel(640, 480, 500.0, 501.0, 319.5, 239.5)
    assert messages.camera_model(convert.camera_info(camera, HEADER)) == camera
    assert messages.camera_model(CameraInfo(width=640, height=480)) is None


def test_a_reply_tells_what_the_response_says_of_the_disk():
    asked = Reply(Status.OK, '', 'kitchen', 3, 'the mug')
    for kept in (True, False):
        for response in (Segment.Response(), SegmentDialogue.Result()):
            convert.fill_segment(response, asked, [], persistent=kept)
            assert convert.reply_of(response) == replace(asked, persistent=kept)
