# SPDX-License-Identifier: Apache-2.0
"""One camera: subscriptions that only store, and the choice of a frame at request time.

The callbacks keep the newest few messages under a lock and do nothing else, so that intake never
waits for decoding or for the model. Decoding happens in the thread that asks for a frame. Does
not know dialogues, the model, or compressed transports.
"""

import threading
from collections import deque
from dataclasses import dataclass

from rclpy.callback_groups import CallbackGroup
from rclpy.event_handler import QoSMessageLostInfo
from rclpy.event_handler import SubscriptionEventCallbacks
from rclpy.node import Node
from rclpy.qos import QoSProfile
from rclpy.qos import ReliabilityPolicy
from sensor_msgs.msg import CameraInfo
from sensor_msgs.msg import Image

from reasonseg_ros.core.errors import NoImage
from reasonseg_ros.core.errors import StaleImage
from reasonseg_ros.core.frame import Frame
from reasonseg_ros.ros import convert

# Best effort matches both kinds of publisher. Five messages are a sixth of a second at 30 Hz, for
# when the model keeps the interpreter busy; only the newest few are kept anyway.
INTAKE = QoSProfile(depth=5, reliability=ReliabilityPolicy.BEST_EFFORT)
KEPT = 8                # newest messages of each image stream; 8 of 1080p colour are 50 MB
SLOP = 20_000_000       # nanoseconds between colour and depth; more than half a period at 30 Hz
LAG = 200_000_000       # nanoseconds that an image with depth may be older than the newest one


@dataclass
class Counts:
    """Messages of one stream since its subscription was made."""

    received: int = 0
    lost: int = 0  # the middleware knows that they were sent


class Camera:
    """Subscriptions `image`, `depth_image` and `camera_info`, from construction to `close`."""

    def __init__(self, node: Node, group: CallbackGroup) -> None:
        self._node = node
        self._lock = threading.Lock()
        self._colour: deque[Image] = deque(maxlen=KEPT)
        self._depth: deque[Image] = deque(maxlen=KEPT)
        self._info: deque[CameraInfo] = deque(maxlen=1)
        self._group = group
        self._subscriptions = []
        self.counts: dict[str, Counts] = {}
        self._subscribe('image', Image, self._colour)
        self._subscribe('depth_image', Image, self._depth)
        self._subscribe('camera_info', CameraInfo, self._info)
        self.topic = self._subscriptions[0].topic_name

    def _subscribe(self, topic: str, kind: type, kept: deque) -> None:
        counts = self.counts[topic] = Counts()

        def store(message: Image | CameraInfo) -> None:
            with self._lock:
                kept.append(message)
            counts.received += 1

        def lose(event: QoSMessageLostInfo) -> None:
            counts.lost = event.total_count

        self._subscriptions.append(self._node.create_subscription(
            kind, topic, store, INTAKE, callback_group=self._group,
            event_callbacks=SubscriptionEventCallbacks(message_lost=lose)))

    def close(self) -> None:
        """End the subscriptions and forget their messages."""
        for subscription in self._subscriptions:
            self._node.destroy_subscription(subscription)
        with self._lock:
            for kept in (self._colour, self._depth, self._info):
                kept.clear()

    def latest(self, max_age: float) -> Frame:
        """Decode the newest image, or the newest one that has depth of the same moment.

        `max_age` is in seconds by the clock of the node; 0 accepts any age. Raises NoImage,
        StaleImage or BadImage.
        """
        colours, depths, info = self._kept()
        if max_age > 0:
            colours = self._young(colours, max_age)
        newest = convert.nanoseconds(colours[-1].header.stamp)
        for colour in reversed(colours):
            depth = _companion(colour, depths)
            lag = newest - convert.nanoseconds(colour.header.stamp)
            if depth is not None and lag <= LAG:
                return convert.frame(colour, depth, info)
        return convert.frame(colours[-1], None, info)

    def at(self, stamp: int) -> Frame:
        """Decode the image with this stamp, in nanoseconds. Raises NoImage or BadImage."""
        colours, depths, info = self._kept()
        stamps = [convert.nanoseconds(colour.header.stamp) for colour in colours]
        if stamp not in stamps:
            raise NoImage(
                f'no image with stamp {_seconds(stamp)} is kept for {self.topic}; the newest '
                f'{len(stamps)} have stamps {_seconds(stamps[0])} to {_seconds(stamps[-1])}; '
                'ask sooner, or send the image with the request')
        colour = colours[stamps.index(stamp)]
        return convert.frame(colour, _companion(colour, depths), info)

    def _kept(self) -> tuple[list[Image], list[Image], CameraInfo | None]:
        with self._lock:
            colours, depths, infos = list(self._colour), list(self._depth), list(self._info)
        if not colours:
            count = self._node.count_publishers(self.topic)
            raise NoImage(
                f'no image has arrived on {self.topic}, which has {count} publishers; start the '
                'camera, or remap the topic: --ros-args -r image:=/your/camera/image_raw')
        return colours, depths, infos[0] if infos else None

    def _young(self, colours: list[Image], max_age: float) -> list[Image]:
        now = self._node.get_clock().now().nanoseconds
        ages = [(now - convert.nanoseconds(c.header.stamp)) / convert.NANOSECONDS
                for c in colours]
        if ages[-1] < -max_age:
            raise StaleImage(
                f'the newest image on {self.topic} is stamped {-ages[-1]:.1f} s ahead of the '
                'clock of the node; check use_sim_time here and at the camera')
        if ages[-1] > max_age:
            raise StaleImage(
                f'the newest image on {self.topic} is {ages[-1]:.1f} s old, older than max_age '
                f'{max_age:g} s; check that the camera still publishes, or raise max_age')
        return [colour for colour, age in zip(colours, ages, strict=True) if age <= max_age]


def _companion(colour: Image, depths: list[Image]) -> Image | None:
    """Return the depth image nearest in time, within SLOP."""
    stamp = convert.nanoseconds(colour.header.stamp)
    gaps = [abs(convert.nanoseconds(depth.header.stamp) - stamp) for depth in depths]
    if not gaps or min(gaps) > SLOP:
        return None
    return depths[gaps.index(min(gaps))]


def _seconds(stamp: int) -> str:
    return f'{stamp / convert.NANOSECONDS:.3f}'
