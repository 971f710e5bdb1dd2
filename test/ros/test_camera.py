# SPDX-License-Identifier: Apache-2.0
"""The camera intake inside one process: which frame it chooses, and what it says without one."""

import re
import time
from collections.abc import Callable
from collections.abc import Iterator

import numpy as np
import pytest

rclpy = pytest.importorskip('rclpy')

from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from sensor_msgs.msg import CameraInfo
from sensor_msgs.msg import Image

from reasonseg_ros.core.errors import BadRequest
from reasonseg_ros.core.errors import NoImage
from reasonseg_ros.core.errors import StaleImage
from reasonseg_ros.core.frame import CameraModel
from reasonseg_ros.core.frame import Frame
from reasonseg_ros.ros import convert
from reasonseg_ros.ros.camera import KEPT
from reasonseg_ros.ros.camera import Camera
from reasonseg_ros.ros.frames import Frames
from reasonseg_ros.ros.frames import Wanted
from reasonseg_ros.ros.qos import Endpoints
from reasonseg_ros.srv import Segment

LONG = 20.0
MILLISECOND = 1_000_000
REQUEST = Segment.Request


class Rig:
    """A camera node and a driver node in one executor; `send` returns when the intake has it."""

    def __init__(self, context: rclpy.Context) -> None:
        self.node = Node('intake', context=context, namespace='rig', enable_rosout=False,
                         start_parameter_services=False)
        self.endpoints = Endpoints(self.node)
        self.camera = Camera(self.node, MutuallyExclusiveCallbackGroup(), self.endpoints)
        self.executor = SingleThreadedExecutor(context=context)
        self.executor.add_node(self.node)
        kinds = {'image': Image, 'depth_image': Image, 'camera_info': CameraInfo}
        self.publishers = {topic: self.node.create_publisher(kind, topic, 5)
                           for topic, kind in kinds.items()}
        self.until(lambda: all(p.get_subscription_count() for p in self.publishers.values()))

    def until(self, condition: Callable[[], bool]) -> None:
        end = time.monotonic() + LONG
        while not condition():
            assert time.monotonic() < end, 'nothing arrived'
            self.executor.spin_once(timeout_sec=0.1)

    def send(self, topic: str, message: Image | CameraInfo) -> None:
        before = self.received(topic)
        self.publishers[topic].publish(message)
        self.until(lambda: self.received(topic) > before)

    def received(self, topic: str) -> int:
        return getattr(self.camera.statistics(), topic).received

    def colour(self, stamp: int, grey: int = 0, width: int = 4) -> None:
        pixels = np.full((2, width, 3), grey, np.uint8)
        header = convert.header_message(stamp, 'optical')
        self.send('image', convert.image_message(pixels, 'rgb8', header))

    def depth(self, stamp: int, metres: float = 1.0, width: int = 4) -> None:
        pixels = np.full((2, width), metres, np.float32)
        header = convert.header_message(stamp, 'optical')
        self.send('depth_image', convert.image_message(pixels, '32FC1', header))

    def now(self) -> int:
        return self.node.get_clock().now().nanoseconds


@pytest.fixture
def rig() -> Iterator[Rig]:
    """Yield a fresh rig."""
    context = rclpy.Context()
    rclpy.init(context=context)
    rig = Rig(context)
    yield rig
    rig.camera.close()
    rig.executor.shutdown()
    rig.node.destroy_node()
    context.try_shutdown()


def test_before_the_first_image_it_names_the_topic_and_its_publishers(rig):
    words = 'no image has arrived on /rig/image, which has 1 publishers'
    with pytest.raises(NoImage, match=words):
        rig.camera.latest(0)


def test_colour_alone_is_a_frame(rig):
    rig.colour(5, grey=7)
    frame = rig.camera.latest(0)
    assert (frame.stamp, frame.frame_id, frame.rgb[0, 0, 0]) == (5, 'optical', 7)
    assert frame.depth is None
    assert frame.camera is None


def test_the_newest_image_with_depth_of_its_moment_is_taken(rig):
    model = CameraModel(4, 2, 3.0, 3.0, 1.5, 0.5)
    rig.send('camera_info', convert.camera_info(model, convert.header_message(0, 'optical')))
    for stamp in (100, 200, 300):
        rig.colour(stamp * MILLISECOND)
    rig.depth(203 * MILLISECOND, metres=2.0)
    rig.depth(107 * MILLISECOND, metres=1.0)
    frame = rig.camera.latest(0)
    assert frame.stamp == 200 * MILLISECOND
    assert frame.depth[0, 0] == 2.0
    assert frame.camera == model


def test_depth_of_another_moment_is_left_out(rig):
    rig.colour(100 * MILLISECOND)
    rig.depth(150 * MILLISECOND)
    assert rig.camera.latest(0).depth is None


def test_a_depth_camera_that_stopped_does_not_hold_the_image_back(rig):
    rig.colour(100 * MILLISECOND)
    rig.depth(100 * MILLISECOND)
    rig.colour(400 * MILLISECOND)
    assert rig.camera.latest(0).stamp == 400 * MILLISECOND


def test_an_old_image_is_stale_and_the_sentence_says_how_old(rig):
    rig.colour(rig.now() - 3_000 * MILLISECOND)
    with pytest.raises(StaleImage, match=r'on /rig/image is 3\.\d s old, older than max_age 1 s'):
        rig.camera.latest(1.0)
    assert rig.camera.latest(60.0).stamp > 0


def test_an_image_from_the_future_points_to_the_clocks(rig):
    rig.colour(rig.now() + 5_000 * MILLISECOND)
    with pytest.raises(StaleImage, match='use_sim_time'):
        rig.camera.latest(1.0)


def test_a_fresh_image_without_depth_beats_an_old_one_with_it(rig):
    old = rig.now() - 3_000 * MILLISECOND
    rig.colour(old)
    rig.depth(old)
    rig.colour(rig.now())
    assert rig.camera.latest(1.0).depth is None


def test_an_image_is_found_by_its_stamp_while_it_is_kept(rig):
    for stamp in range(1, KEPT + 2):
        rig.colour(stamp * MILLISECOND, grey=stamp)
    assert rig.camera.at(3 * MILLISECOND).rgb[0, 0, 0] == 3
    with pytest.raises(NoImage, match=re.escape(f'the newest {KEPT} have stamps 0.002 to')):
        rig.camera.at(1 * MILLISECOND)


def test_closing_forgets_the_images(rig):
    rig.colour(1)
    rig.camera.close()
    with pytest.raises(NoImage):
        rig.camera.latest(0)


def test_pinned_is_the_newest_image_first_and_then_the_one_of_the_round(rig):
    frames = Frames()
    pinned = Wanted(REQUEST.PINNED, 0.0)
    rig.colour(1)
    first = frames.choose(pinned, rig.camera, 'd', 0)
    frames.keep('d', 1, first)
    rig.colour(2)
    assert frames.choose(pinned, rig.camera, 'd', 1) is first
    assert frames.choose(Wanted(REQUEST.LATEST, 0.0), rig.camera, 'd', 1).stamp == 2
    with pytest.raises(NoImage, match='image of round 2 of dialogue "d" is not kept'):
        frames.choose(pinned, rig.camera, 'd', 2)


def test_frames_of_old_rounds_are_dropped(rig):
    frames = Frames()
    for index in range(1, 20):
        frames.keep('d', index, Frame(np.zeros((1, 1, 3), np.uint8), stamp=index))
    pinned = Wanted(REQUEST.PINNED, 0.0)
    assert frames.choose(pinned, rig.camera, 'd', 19).stamp == 19
    with pytest.raises(NoImage):
        frames.choose(pinned, rig.camera, 'd', 1)


def test_an_unknown_frame_policy_is_named(rig):
    with pytest.raises(BadRequest, match=r'frame_policy is 9; expected one of 0 \(latest\)'):
        Frames().choose(Wanted(9, 0.0), rig.camera, 'd', 0)
