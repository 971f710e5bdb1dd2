# SPDX-License-Identifier: Apache-2.0
"""Images that are taken beside the interpreter are those of rclpy, and their memory is freed."""

import ctypes
import gc
import weakref
from collections.abc import Iterator

import numpy as np
import pytest

rclpy = pytest.importorskip('rclpy')

from rclpy.callback_groups import CallbackGroup, ReentrantCallbackGroup
from rclpy.executors import SingleThreadedExecutor
from sensor_msgs.msg import Image
from support.harness import until

from reasonseg_ros.core.camera import messages
from reasonseg_ros.ros import native_image
from reasonseg_ros.ros.intake import Intake
from reasonseg_ros.ros.output import convert

pytestmark = pytest.mark.usefixtures('ros')


class Pair:
    """A publisher and a subscription of images in a group, and what the latter heard."""

    def __init__(self, group: CallbackGroup) -> None:
        self.node, self.group = rclpy.create_node('pair'), group
        self.publisher = self.node.create_publisher(Image, 'image', 5)
        self.heard: list = []
        self.subscription = self.node.create_subscription(
            Image, 'image', self.heard.append, 5, callback_group=group)
        self.executor = SingleThreadedExecutor()
        self.executor.add_node(self.node)
        until(self.publisher.get_subscription_count, 'a subscription')

    def send(self, message: Image) -> object:
        """Return `message` as it was heard."""
        self.publisher.publish(message)

        def came() -> bool:
            self.executor.spin_once(0.01)
            return bool(self.heard)
        until(came, 'an image')
        return self.heard.pop()

    def close(self) -> None:
        if isinstance(self.group, Intake):
            self.group.close()
        self.executor.shutdown()
        self.node.destroy_node()


@pytest.fixture
def pair() -> Iterator[Pair]:
    made = Pair(Intake(rclpy.get_default_context()))
    yield made
    made.close()


def image(size: tuple[int, int] = (5, 7)) -> Image:
    pixels = np.random.default_rng(0).integers(0, 255, (*size, 3), np.uint8)
    return convert.image_message(pixels, 'rgb8', convert.header_message(7_000_000_009, 'öptical'))


def test_an_image_is_that_of_rclpy(pair):
    sent = image()
    taken = pair.send(sent)
    assert isinstance(taken, native_image.NativeImage)
    assert messages.nanoseconds(taken.header.stamp) == 7_000_000_009
    for name in ('height', 'width', 'encoding', 'is_bigendian', 'step'):
        assert getattr(taken, name) == getattr(sent, name)
    assert taken.header.frame_id == 'öptical'
    assert bytes(taken.data) == bytes(sent.data)
    assert np.array_equal(messages.rgb(taken), messages.rgb(sent))


def test_an_empty_image_is_one(pair):
    taken = pair.send(Image())
    assert (taken.height, taken.encoding, taken.data.size) == (0, '', 0)


def test_memory_lives_as_long_as_an_array_that_shows_it(pair):
    taken = pair.send(image())
    part, memory = taken.data[3:9], weakref.ref(taken.data.base)
    before = part.copy()
    assert not taken.data.flags.writeable
    del taken
    gc.collect()
    assert memory() is not None and np.array_equal(part, before)
    del part
    gc.collect()
    assert memory() is None


def test_memory_does_not_grow_with_images(pair):
    def resident() -> int:
        with open('/proc/self/statm') as file:
            return int(file.read().split()[1]) * 4096
    sent = image((480, 640))
    for _ in range(20):
        pair.send(sent)
    before = resident()
    for _ in range(100):  # 92 MB
        pair.send(sent)
    assert resident() - before < 20e6


def test_without_the_library_rclpy_takes_images(monkeypatch):
    def none(*_: object) -> None:
        raise OSError('no such library')
    with monkeypatch.context() as patched:
        patched.setattr(ctypes, 'CDLL', none)
        assert native_image.taker() is None
    monkeypatch.setattr(native_image, 'taker', lambda: None)
    pair = Pair(Intake(rclpy.get_default_context()))
    assert isinstance(pair.send(image()), Image)
    pair.close()


def test_another_layout_is_noticed(monkeypatch):
    class Other(ctypes.Structure):
        _fields_ = tuple(sorted(native_image._Image._fields_))
    monkeypatch.setattr(native_image, '_Image', Other)
    assert native_image.taker() is None


def test_other_groups_go_on_as_before():
    pair = Pair(ReentrantCallbackGroup())
    assert isinstance(pair.send(image()), Image)
    pair.close()
