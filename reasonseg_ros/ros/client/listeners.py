# SPDX-License-Identifier: Apache-2.0
"""Receives what a segmenter says on `/diagnostics`, as reports. Judges and shows nothing.

`Overlays` receives the images that it draws on `~/overlay`, as RGB arrays; while it listens, the
node draws. `ImageStream` receives what the camera sends, `LiveThings` where things are now, and
`RoundNotices` hears that a dialogue has changed. Does not draw itself and does not write files.
"""

from collections import deque
from types import TracebackType
from typing import Any

import numpy as np
from diagnostic_msgs.msg import DiagnosticArray
from rclpy.qos import qos_profile_sensor_data
from sensor_msgs.msg import CompressedImage, Image

from reasonseg_ros.core.camera.messages import nanoseconds, rgb
from reasonseg_ros.core.dialogue.book import DEFAULT
from reasonseg_ros.core.dialogue.dialogue import Instance
from reasonseg_ros.msg import InstanceArray
from reasonseg_ros.ros.client.connection import Connection
from reasonseg_ros.ros.diagnostics import TOPIC, reports_of
from reasonseg_ros.ros.output.convert import instance_of
from reasonseg_ros.ros.qos import LATCHED
from reasonseg_ros.ros.reports import Report

KEPT = 8  # newest images of a stream that can be found by their stamp


class Monitor:
    """A listener on one node; use it as a context manager, in the thread that made it.

    connection  what it listens on, whose owner closes it; None = one of its own
    """

    def __init__(self, node_name: str = 'segmenter', connection: Connection | None = None) -> None:
        self._given = connection
        self._name = node_name.strip('/')
        self._newest: tuple[Report, ...] | None = None

    def __enter__(self) -> 'Monitor':
        self._connection = self._given or Connection('monitor')
        self._subscription = self._connection.node.create_subscription(
            DiagnosticArray, TOPIC, self._store, 10)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        if self._given is None:
            self._connection.close()

    def next(self, timeout: float) -> tuple[Report, ...] | None:
        """Wait for the node's next message and return its reports; None when none comes."""
        self._connection.wait(lambda: self._newest is not None, timeout)
        newest, self._newest = self._newest, None
        return newest

    def _store(self, message: DiagnosticArray) -> None:
        self._newest = reports_of(message, self._name) or self._newest


class Overlays:
    """A listener on one node; use it as a context manager, in the thread that made it.

    camera  name of the camera whose overlays are wanted; '' = the one without a name
    """

    def __init__(self, node_name: str = 'segmenter', camera: str = '') -> None:
        self._topic = f'{node_name}/{camera}/overlay' if camera else f'{node_name}/overlay'
        self._newest: Image | None = None

    def __enter__(self) -> 'Overlays':
        self._connection = Connection('overlays')
        self._subscription = self._connection.node.create_subscription(
            Image, self._topic, self._store, 5)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._connection.close()

    def connected(self, timeout: float) -> bool:
        """Wait until the node's publisher and this listener know each other."""
        node, topic = self._connection.node, self._subscription.topic_name
        return self._connection.wait(lambda: node.count_publishers(topic) > 0, timeout)

    def of(self, stamp: int, timeout: float) -> np.ndarray | None:
        """Return the newest overlay of the image with this stamp, in nanoseconds.

        uint8 [H, W, 3]; None when it does not come in time. Each overlay is given out once.
        """
        if not self._connection.wait(lambda: self._stamp() == stamp, timeout):
            return None
        message, self._newest = self._newest, None
        return rgb(message)

    def _stamp(self) -> int | None:
        return None if self._newest is None else nanoseconds(self._newest.header.stamp)

    def _store(self, message: Image) -> None:
        self._newest = message


class ImageStream:
    """The newest images of a topic, on a connection that its owner spins; deaf until `listen`."""

    def __init__(self, connection: Connection) -> None:
        self._node = connection.node
        self._subscription: Any = None
        self._topic = ''
        self._messages: deque[Any] = deque(maxlen=KEPT)

    def listen(self, topic: str) -> None:
        """Receive this topic from now on; '' = none, and what was received is forgotten."""
        if topic == self._topic:
            return
        if self._subscription is not None:
            self._node.destroy_subscription(self._subscription)
            self._subscription = None
        self._messages.clear()
        self._topic = topic
        if topic:
            kind = CompressedImage if topic.endswith('/compressed') else Image
            self._subscription = self._node.create_subscription(
                kind, topic, self._store, qos_profile_sensor_data)

    @property
    def messages(self) -> tuple[Any, ...]:
        """The newest KEPT images as messages, oldest first; may be read in any thread."""
        return tuple(self._messages.copy())

    def _store(self, message: Any) -> None:
        self._messages.append(message)


class LiveThings:
    """Where the things of a dialogue are, on `~/tracked`; deaf until `listen`.

    While it listens, the node follows them; those of another dialogue, where that was spoken to
    last, are left out, since its ids name other things.
    """

    def __init__(self, connection: Connection, node_name: str, camera: str, dialogue_id: str
                 ) -> None:
        self._node, self._dialogue = connection.node, dialogue_id or DEFAULT
        self._topic = f'{node_name}/{camera}/tracked' if camera else f'{node_name}/tracked'
        self._subscription: Any = None
        self._newest: InstanceArray | None = None

    def listen(self, wanted: bool) -> None:
        """Receive them from now on, or forget them."""
        if wanted and self._subscription is None:
            self._subscription = self._node.create_subscription(
                InstanceArray, self._topic, self._store, qos_profile_sensor_data)
        elif not wanted and self._subscription is not None:
            self._node.destroy_subscription(self._subscription)
            self._subscription = self._newest = None

    @property
    def newest(self) -> tuple[int, tuple[Instance, ...]]:
        """Stamp of an image in nanoseconds and the things in it; (0, ()) before the first one."""
        message = self._newest
        if message is None or message.dialogue_id != self._dialogue:
            return 0, ()
        return nanoseconds(message.header.stamp), tuple(map(instance_of, message.instances))

    def _store(self, message: InstanceArray) -> None:
        self._newest = message


class RoundNotices:
    """Whether the newest round on `~/instances` is another one than at the last look."""

    def __init__(self, connection: Connection, node_name: str, camera: str) -> None:
        topic = f'{node_name}/{camera}/instances' if camera else f'{node_name}/instances'
        self._new = False
        self._subscription = connection.node.create_subscription(
            InstanceArray, topic, self._note, LATCHED)

    def changed(self) -> bool:
        """Return whether a message has come since the last call."""
        new, self._new = self._new, False
        return new

    def _note(self, message: InstanceArray) -> None:
        self._new = True
