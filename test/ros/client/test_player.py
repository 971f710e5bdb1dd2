# SPDX-License-Identifier: Apache-2.0
"""The player publishes what the bag holds, in order, at its pace, with a clock that goes on."""

import time

import pytest

pytest.importorskip('rclpy')
pytest.importorskip('rosbags')

from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import Image
from support.bags_made import DEPTH, IMAGE, SECOND, START, paint

from reasonseg_ros.bags.reader import Bag, DamagedBag
from reasonseg_ros.core.camera.messages import nanoseconds
from reasonseg_ros.core.errors import DeadlineExceeded
from reasonseg_ros.ros import dds
from reasonseg_ros.ros.client.connection import Connection
from reasonseg_ros.ros.client.player import Player

RATE = 20.0
LONG = 20.0  # seconds; a busy machine


@pytest.fixture
def listener():
    """A connection that keeps the images and the times it hears."""
    dds.prepare()
    connection = Connection('listener')
    connection.images, connection.times = [], []
    connection.node.create_subscription(Image, IMAGE, connection.images.append, 10)
    connection.node.create_subscription(
        Clock, '/clock', lambda m: connection.times.append(nanoseconds(m.clock)), 100)
    yield connection
    connection.close()


def test_a_bag_arrives_as_it_was_recorded_and_the_clock_goes_on(tmp_path, listener):
    with Bag(paint(tmp_path / 'bag')) as bag:
        sent = [bag.message(IMAGE, data) for _, _, data in bag.messages((IMAGE,))]
        with Player(bag, [IMAGE, DEPTH, '/tf_static'], RATE) as player:
            begun = time.monotonic()
            player.start([IMAGE], LONG)
            player.wait(START + SECOND)
            assert player.now >= START + SECOND
            player.wait_for_end()
            assert time.monotonic() - begun >= 1.6 / RATE
            end = player.now
            assert listener.wait(lambda: len(listener.images) == 4, LONG)
            assert listener.wait(lambda: listener.times[-1] > end + SECOND, LONG)
            assert player.published[IMAGE] == player.published[DEPTH] == 4
    assert [nanoseconds(m.header.stamp) for m in listener.images] == [
        m.header.stamp.sec * SECOND + m.header.stamp.nanosec for m in sent]
    assert bytes(listener.images[2].data) == sent[2].data.tobytes()
    assert listener.times == sorted(listener.times)


def test_a_bag_that_turns_out_damaged_does_not_stop_the_clock(tmp_path, listener, monkeypatch):
    def broken(self, topics, start=0, stop=0):
        raise DamagedBag('a chunk is damaged')
        yield
    with Bag(paint(tmp_path / 'bag')) as bag:
        monkeypatch.setattr(Bag, 'messages', broken)
        with Player(bag, [IMAGE], RATE) as player:
            player.start([IMAGE], LONG)
            player.wait_for_end()
            player.wait(START + SECOND)
            assert player.trouble == 'a chunk is damaged'


def test_what_ends_the_playing_reaches_those_who_wait(tmp_path, listener, monkeypatch):
    def broken(self, topics, start=0, stop=0):
        raise OSError('the disk is gone')
        yield
    with Bag(paint(tmp_path / 'bag')) as bag:
        monkeypatch.setattr(Bag, 'messages', broken)
        with Player(bag, [IMAGE], RATE) as player:
            player.start([IMAGE], LONG)
            for wait in (player.wait_for_end, lambda: player.wait(START + SECOND)):
                with pytest.raises(OSError, match='the disk is gone'):
                    wait()


def test_it_does_not_begin_before_somebody_listens(tmp_path):
    dds.prepare()
    with Bag(paint(tmp_path / 'bag')) as bag, Player(bag, [IMAGE]) as player:
        with pytest.raises(DeadlineExceeded, match=f'nobody listens to {IMAGE} after 0.2 s'):
            player.start([IMAGE], 0.2)
        assert player.published == {}
