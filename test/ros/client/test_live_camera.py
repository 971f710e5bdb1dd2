# SPDX-License-Identifier: Apache-2.0
"""The camera of a robot, as a synchronous program gets it."""

import threading
from collections.abc import Iterator

import numpy as np
import pytest

rclpy = pytest.importorskip('rclpy')

from sensor_msgs.msg import CameraInfo, Image
from support.harness import camera_image

from reasonseg_ros.core.errors import NoImage
from reasonseg_ros.ros.client.live_camera import LiveCamera

SIZE = 32, 24


@pytest.fixture
def camera() -> Iterator[None]:
    """Publish colour, depth and intrinsics ten times a second."""
    context = rclpy.Context()
    rclpy.init(context=context)
    node = rclpy.create_node('camera', context=context)
    topics = [node.create_publisher(kind, f'live/{name}', 5) for kind, name in (
        (Image, 'image_raw'), (Image, 'depth'), (CameraInfo, 'camera_info'))]
    ended = threading.Event()

    def publish() -> None:
        while not ended.wait(0.1):
            colour = camera_image(node.get_clock().now().nanoseconds, *SIZE)
            depth = Image(header=colour.header, width=SIZE[0], height=SIZE[1], encoding='16UC1',
                          step=2 * SIZE[0], data=np.full(SIZE[::-1], 800, '<u2').tobytes())
            info = CameraInfo(header=colour.header, width=SIZE[0], height=SIZE[1],
                              k=[30.0, 0, 16, 0, 30, 12, 0, 0, 1], p=[30.0, 0, 16, 0, 0, 30, 12, 0,
                                                                     0, 0, 1, 0])
            for topic, message in zip(topics, (colour, depth, info)):
                topic.publish(message)

    thread = threading.Thread(target=publish)
    thread.start()
    yield
    ended.set()
    thread.join()
    node.destroy_node()
    context.try_shutdown()


def test_a_moment_comes_with_its_depth_and_its_intrinsics(camera):
    with LiveCamera('/live/image_raw', '/live/depth') as live:
        first, second = live.next(), live.next()
    assert (first.width, first.height) == SIZE and second.stamp >= first.stamp
    assert first.depth is not None and first.depth[0, 0] == pytest.approx(0.8)
    assert first.camera is not None and first.camera.fx == 30.0


def test_a_camera_without_depth_gives_its_colours_at_once(camera):
    with LiveCamera('/live/image_raw') as live:
        assert live.next().depth is None


def test_a_topic_that_nobody_publishes_is_named():
    with LiveCamera('/nowhere/image_raw') as live, pytest.raises(NoImage, match='/nowhere'):
        live.next(patience=0.3)
