# SPDX-License-Identifier: Apache-2.0
"""Notice that time went back, as when a bag is played in a loop or sought.

Does not measure time; ages are differences of the node's clock, and latencies of `time.monotonic`.
"""

from collections.abc import Callable

from rclpy.clock import ClockChange
from rclpy.clock import JumpHandle
from rclpy.clock import JumpThreshold
from rclpy.clock import TimeJump
from rclpy.duration import Duration
from rclpy.node import Node


def on_jump_back(node: Node, callback: Callable[[], None]) -> JumpHandle:
    """Call `callback` when the clock of `node` jumps back or changes between wall and sim time.

    It is called in the thread that receives the time, so it must be short. Call `unregister` of
    the result when it is not wanted any more.
    """
    def jumped(jump: TimeJump) -> None:
        changed = jump.clock_change in (ClockChange.ROS_TIME_ACTIVATED,
                                        ClockChange.ROS_TIME_DEACTIVATED)
        if changed or jump.delta.nanoseconds < 0:
            callback()

    threshold = JumpThreshold(min_forward=None, min_backward=Duration(nanoseconds=-1),
                              on_clock_change=True)
    return node.get_clock().create_jump_callback(threshold, post_callback=jumped)
