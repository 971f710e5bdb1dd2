# SPDX-License-Identifier: Apache-2.0
"""Receives the pictures that a segmenter draws on `~/overlay`, as RGB arrays.

While it listens, the node draws. Does not draw itself and does not write files.
"""

import os
import time
from collections.abc import Callable
from types import TracebackType

import numpy as np
import rclpy
from rclpy.executors import SingleThreadedExecutor
from sensor_msgs.msg import Image

from reasonseg_ros.ros import convert

SLICE = 0.1  # seconds between looks at the clock and at Ctrl-C while waiting


class Overlays:
    """A listener on one node; use it as a context manager, in the thread that made it."""

    def __init__(self, node_name: str = 'segmenter') -> None:
        self._name = node_name
        self._context = rclpy.Context()
        self._newest: Image | None = None

    def __enter__(self) -> 'Overlays':
        rclpy.init(context=self._context)
        self._node = rclpy.create_node(f'reasonseg_overlays_{os.getpid()}', context=self._context,
                                       enable_rosout=False, start_parameter_services=False)
        self._executor = SingleThreadedExecutor(context=self._context)
        self._executor.add_node(self._node)
        self._subscription = self._node.create_subscription(
            Image, f'{self._name}/overlay', self._store, 5)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._executor.shutdown()
        self._node.destroy_node()
        self._context.try_shutdown()

    def connected(self, timeout: float) -> bool:
        """Wait until the node's publisher and this listener know each other."""
        return self._spin(lambda: self._node.count_publishers(self._subscription.topic_name) > 0,
                          timeout)

    def of(self, stamp: int, timeout: float) -> np.ndarray | None:
        """Return the newest picture of the image with this stamp, in nanoseconds.

        uint8 [H, W, 3]; None when it does not come in time. Each picture is given out once.
        """
        if not self._spin(lambda: self._stamp() == stamp, timeout):
            return None
        message, self._newest = self._newest, None
        return convert.frame(message, None, None).rgb

    def _stamp(self) -> int | None:
        return None if self._newest is None else convert.nanoseconds(self._newest.header.stamp)

    def _store(self, message: Image) -> None:
        self._newest = message

    def _spin(self, done: Callable[[], bool], timeout: float) -> bool:
        end = time.monotonic() + timeout
        while not done() and time.monotonic() < end:
            self._executor.spin_once(SLICE)
        return done()
