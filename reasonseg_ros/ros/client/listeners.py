# SPDX-License-Identifier: Apache-2.0
"""Receives what a segmenter says on `/diagnostics`, as reports. Judges and shows nothing.

`Overlays` receives the images that it draws on `~/overlay`, as RGB arrays; while it listens, the
node draws. Does not draw itself and does not write files.
"""

from types import TracebackType

import numpy as np
from diagnostic_msgs.msg import DiagnosticArray
from sensor_msgs.msg import Image

from reasonseg_ros.core.camera.messages import nanoseconds, rgb
from reasonseg_ros.ros.client.connection import Connection
from reasonseg_ros.ros.diagnostics import TOPIC, report_of
from reasonseg_ros.ros.reports import Report


class Monitor:
    """A listener on one node; use it as a context manager, in the thread that made it."""

    def __init__(self, node_name: str = 'segmenter') -> None:
        self._prefix = f'{node_name.strip("/")}: '
        self._newest: tuple[Report, ...] | None = None

    def __enter__(self) -> 'Monitor':
        self._connection = Connection('monitor')
        self._subscription = self._connection.node.create_subscription(
            DiagnosticArray, TOPIC, self._store, 10)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._connection.close()

    def next(self, timeout: float) -> tuple[Report, ...] | None:
        """Wait for the node's next message and return its reports; None when none comes."""
        self._connection.wait(lambda: self._newest is not None, timeout)
        newest, self._newest = self._newest, None
        return newest

    def _store(self, message: DiagnosticArray) -> None:
        reports = tuple(report_of(status) for status in message.status
                        if status.name.startswith(self._prefix))
        self._newest = reports or self._newest  # other nodes speak on this topic, too


class Overlays:
    """A listener on one node; use it as a context manager, in the thread that made it.

    camera  name of the camera whose pictures are wanted; '' = the one without a name
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
        """Return the newest picture of the image with this stamp, in nanoseconds.

        uint8 [H, W, 3]; None when it does not come in time. Each picture is given out once.
        """
        if not self._connection.wait(lambda: self._stamp() == stamp, timeout):
            return None
        message, self._newest = self._newest, None
        return rgb(message)

    def _stamp(self) -> int | None:
        return None if self._newest is None else nanoseconds(self._newest.header.stamp)

    def _store(self, message: Image) -> None:
        self._newest = message
