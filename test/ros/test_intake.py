# SPDX-License-Identifier: Apache-2.0
"""What a group waits for in its own thread: messages, events, and entities that come and go."""

import threading
from collections.abc import Iterator

import pytest

rclpy = pytest.importorskip('rclpy')

from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import CameraInfo, Image
from std_msgs.msg import String
from support.harness import until

from reasonseg_ros.ros.compat import SubscriptionEventCallbacks
from reasonseg_ros.ros.intake import Intake

pytestmark = pytest.mark.usefixtures('ros')


@pytest.fixture
def node() -> Iterator[rclpy.node.Node]:
    made = rclpy.create_node('camera')
    yield made
    made.destroy_node()


@pytest.fixture
def intake() -> Iterator[Intake]:
    made = Intake(rclpy.get_default_context())
    yield made
    made.close()


def test_messages_are_called_back_with_no_executor_in_one_thread(node, intake):
    heard = []
    for topic, kind in (('image', Image), ('camera_info', CameraInfo)):
        publisher = node.create_publisher(kind, topic, 5)
        node.create_subscription(
            kind, topic, lambda message: heard.append(
                (type(message).__name__, threading.current_thread().name)), 5,
            callback_group=intake)
        until(publisher.get_subscription_count, 'a subscription')
        publisher.publish(kind())
    until(lambda: len(heard) == 2, 'both')
    assert {thread for _, thread in heard} == {'intake'}


def test_what_a_callback_raises_costs_its_message_only(node, intake):
    heard = []

    def hear(message: String) -> None:
        heard.append(message.data)
        if message.data == 'bad':
            raise ValueError('bad')
    publisher = node.create_publisher(String, 'said', 5)
    node.create_subscription(String, 'said', hear, 5, callback_group=intake)
    until(publisher.get_subscription_count, 'a subscription')
    for said in ('bad', 'bad', 'good'):
        publisher.publish(String(data=said))
    until(lambda: heard[-1:] == ['good'], 'all of them')
    assert heard == ['bad', 'bad', 'good'] and len(intake._told) == 1


def test_events_of_its_subscriptions_are_called_back(node, intake):
    told = []
    node.create_subscription(
        String, 'reliable', print, 5, callback_group=intake,
        event_callbacks=SubscriptionEventCallbacks(incompatible_qos=told.append))
    node.create_publisher(String, 'reliable', QoSProfile(
        depth=5, reliability=ReliabilityPolicy.BEST_EFFORT))
    until(lambda: told, 'that they do not match')


def test_subscriptions_come_and_go_while_messages_do(node, intake):
    heard, over = [], threading.Event()
    publisher = node.create_publisher(Image, 'image', 5)

    def send() -> None:
        while not over.wait(0.001):
            publisher.publish(Image())
    sender = threading.Thread(target=send)
    sender.start()
    try:
        for _ in range(100):
            gone = node.create_subscription(Image, 'image', heard.append, 5, callback_group=intake)
            count = len(heard)
            until(lambda: len(heard) > count, 'an image')  # noqa: B023
            node.destroy_subscription(gone)
    finally:
        over.set()
        sender.join()


def test_after_the_end_nothing_is_called_back_and_nothing_waits(node):
    intake, heard = Intake(rclpy.get_default_context()), []
    publisher = node.create_publisher(String, 'said', 5)
    node.create_subscription(String, 'said', heard.append, 5, callback_group=intake)
    until(publisher.get_subscription_count, 'a subscription')
    intake.close()
    publisher.publish(String(data='late'))
    assert not heard and not intake._thread.is_alive()
