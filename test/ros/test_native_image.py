# SPDX-License-Identifier: Apache-2.0
"""Images that are taken beside the interpreter are those of rclpy, and their memory is freed."""

import ctypes
import gc
import weakref
from collections.abc import Iterator

import numpy as np
import pytest

rclpy = pytest.importorskip('rclpy')

from rclpy.executors import SingleThreadedExecutor
from sensor_msgs.msg import Image
from support.harness import until

from reasonseg_ros.core.camera import messages
from reasonseg_ros.ros import dds, native_image
from reasonseg_ros.ros.executor import RequestExecutor
from reasonseg_ros.ros.output import convert


class Pair:
    """A publisher and a subscription of images; what the executor of the latter heard."""

    def __init__(self, executor: type) -> None:
        self.node = rclpy.create_node('pair')
        self.publisher = self.node.create_publisher(Image, 'image', 5)
        self.heard: list = []
        self.node.create_subscription(Image, 'image', self.heard.append, 5)
        self.executor = executor()
        self.executor.add_node(self.node)

    def send(self, message: Image) -> object:
        """Return `message` as it was heard."""
        self.publisher.publish(message)

        def came() -> bool:
            self.executor.spin_once(0.1)
            return bool(self.heard)
        until(came, 'an image')
        return self.heard.pop()

    def close(self) -> None:
        self.executor.shutdown()
        self.node.destroy_node()


@pytest.fixture(scope='module', autouse=True)
def ros() -> Iterator[None]:
    dds.prepare()
    rclpy.init()
    yield
    rclpy.try_shutdown()


@pytest.fixture
def pair() -> Iterator[Pair]:
    made = Pair(RequestExecutor)
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
    pair = Pair(RequestExecutor)
    assert isinstance(pair.send(image()), Image)
    pair.close()


def test_another_layout_is_noticed(monkeypatch):
    class Other(ctypes.Structure):
        _fields_ = tuple(sorted(native_image._Image._fields_))
    monkeypatch.setattr(native_image, '_Image', Other)
    assert native_image.taker() is None


def test_other_executors_go_on_as_before():
    pair = Pair(SingleThreadedExecutor)
    assert isinstance(pair.send(image()), Image)
    pair.close()
