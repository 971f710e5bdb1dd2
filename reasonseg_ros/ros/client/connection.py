# SPDX-License-Identifier: Apache-2.0
"""A ROS node for a synchronous program: it spins only while something is waited for.

It has a context and an executor of its own, so that it works beside any other ROS code. Does not
know what is waited for.
"""

import os
import time
from collections.abc import Callable, Sequence

import rclpy
from rclpy.executors import SingleThreadedExecutor

from reasonseg_ros.ros import security

QUEUE = 10    # messages that a subscription of actions keeps by default
SLICE = 0.1   # seconds between looks at the clock and at Ctrl-C while waiting


class Connection:
    """A node `reasonseg_<purpose>_<process>`, from construction to `close`.

    remaps  'name:=topic', for this node alone
    """

    def __init__(self, purpose: str, remaps: Sequence[str] = ()) -> None:
        self._context = rclpy.Context()
        with security.explained():
            with security.private_files():
                rclpy.init(context=self._context)
            self.node = rclpy.create_node(
                f'reasonseg_{purpose}_{os.getpid()}', context=self._context, enable_rosout=False,
                start_parameter_services=False,
                cli_args=['--ros-args', *(word for one in remaps for word in ('-r', one))])
        self._executor = SingleThreadedExecutor(context=self._context)
        self._executor.add_node(self.node)
        self._bell = self.node.create_guard_condition(lambda: None)

    def wait(self, done: Callable[[], bool], timeout: float) -> bool:
        """Spin until `done()`, for at most `timeout` seconds; return whether it is."""
        end = time.monotonic() + timeout
        while not done() and time.monotonic() < end:
            self._executor.spin_once(SLICE)
        return done()

    def wake(self) -> None:
        """Let `wait`, in another thread, look again at once; may be called from any thread."""
        self._bell.trigger()

    def catch_up(self) -> None:
        """Take what has arrived already: ready messages are served in no certain order."""
        for _ in range(QUEUE):
            self._executor.spin_once(0.0)

    def close(self) -> None:
        """End the node and its context."""
        self._executor.shutdown()
        self.node.destroy_node()
        self._context.try_shutdown()
