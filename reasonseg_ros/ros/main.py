# SPDX-License-Identifier: Apache-2.0
"""The executable `segmenter`: one node, its executor, and a clean end on SIGINT and SIGTERM.

Does not load the model: the node does that when it configures.
"""

import sys
from collections.abc import Callable
from collections.abc import Sequence
from typing import TYPE_CHECKING

from reasonseg_ros.core.errors import ReasonSegError
from reasonseg_ros.ros import dds

if TYPE_CHECKING:  # at run time `dds.prepare` comes first, which says what to do without ROS
    from rclpy.executors import Executor

    from reasonseg_ros.ros.executor import RequestExecutor
    from reasonseg_ros.ros.node import Segmenter

SWITCH = 0.001   # seconds; with 5 ms, the default, answers wait behind images that arrive


def main(argv: Sequence[str] | None = None) -> int:
    """Run the node until it is told to stop; `argv` are ROS arguments without the program name."""
    try:
        dds.prepare()
        return _run(list(sys.argv[1:] if argv is None else argv))
    except ReasonSegError as error:
        sys.stderr.write(f'segmenter: {error}\n')
        return 1


def _run(arguments: list[str]) -> int:
    return spin(_segmenter, arguments, _executor)


def _segmenter() -> 'Segmenter':
    from reasonseg_ros.ros.node import Segmenter  # after rclpy.init, which catches signals
    return Segmenter()


def _executor() -> 'RequestExecutor':
    from reasonseg_ros.ros.executor import RequestExecutor
    return RequestExecutor()


def spin(make_node: Callable, arguments: list[str],
         make_executor: Callable[[], 'Executor']) -> int:
    """Run the node that `make_node()` returns; its method `close` ends what it has running."""
    import rclpy
    from rclpy.executors import ExternalShutdownException
    sys.setswitchinterval(SWITCH)
    rclpy.init(args=['reasonseg_ros', *arguments])
    try:
        node = make_node()
        executor = make_executor()
        executor.add_node(node)
        try:
            executor.spin()
        finally:
            node.close()
            executor.shutdown()
            node.destroy_node()
    except (KeyboardInterrupt, ExternalShutdownException):
        pass
    except RuntimeError:
        if rclpy.ok():  # otherwise a signal ended ROS while the node was being made
            raise
    finally:
        rclpy.try_shutdown()
    return 0


if __name__ == '__main__':
    sys.exit(main())
