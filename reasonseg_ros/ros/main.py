# SPDX-License-Identifier: Apache-2.0
"""The executable `segmenter`: one node, its executor, and a clean end on SIGINT and SIGTERM.

Does not load the model: the node does that when it configures.
"""

import ctypes
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from reasonseg_ros.core.errors import BadRequest, ReasonSegError
from reasonseg_ros.ros import dds, security

if TYPE_CHECKING:  # at run time `dds.prepare` comes first, which says what to do without ROS
    from rclpy.executors import Executor

    from reasonseg_ros.ros.node import Segmenter

JOIN = 2.0       # seconds that the executor has to end
# Seconds. Python runs a handler in this thread, and the kernel may wake another one for a signal
# (28 of 100 times while threads were being started); a wait without end would then never end.
ATTENTION = 0.2
# What torch and numpy read when they are loaded. A robot's cores are shared with its cameras and
# its planner, so threads that wait for each other sleep: two busy cores took 460 to 900 ms for a
# look at an image while they spun, and 190 to 310 so. A request's geometry is too small to share.
THREADS = {'OMP_WAIT_POLICY': 'passive', 'OPENBLAS_NUM_THREADS': '1'}
# Of the allocator (glibc, mallopt(3)): threads would have heaps of their own, and each request has
# a thread; what one has freed is of no use to the next, and images leave holes in all of them.
ARENA_MAX, ARENAS = -8, 1
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
    return serve(_segmenter, arguments)


def _segmenter() -> 'Segmenter':
    from reasonseg_ros.ros.node import Segmenter  # after rclpy.init, which catches signals
    return Segmenter()


def serve(make_node: Callable[[], 'Segmenter'], arguments: list[str]) -> int:
    """Run a segmenter until a signal; requests that run are cancelled and answered before the end.

    One that starts by itself and cannot is ended; the result is then 1.

    Without handlers of its own, ROS would end at the signal, and no answer could be sent.
    """
    import rclpy
    from rclpy.signals import SignalHandlerOptions

    from reasonseg_ros.ros.executor import RequestExecutor
    for name, value in THREADS.items():
        os.environ.setdefault(name, value)
    sys.setswitchinterval(SWITCH)
    if (choose := getattr(ctypes.CDLL(None), 'mallopt', None)) is not None:
        choose(ARENA_MAX, ARENAS)
    ended = threading.Event()
    before = {number: signal.signal(number, lambda *_: ended.set())
              for number in (signal.SIGINT, signal.SIGTERM)}
    _init(arguments, signal_handler_options=SignalHandlerOptions.NO)
    try:
        with security.explained():
            node = make_node()
        node.give_up = ended.set
        if freed := dds.sweep():
            node.get_logger().info(f'{freed / 2**20:.0f} MB of shared memory, left by ended '
                                   'processes, freed')
        executor = RequestExecutor()
        if not ended.is_set():  # else it need not even load the model
            executor.add_node(node)
        spinning = _Spinning(executor, ended)
        while not ended.wait(ATTENTION):
            pass
        for number, handler in before.items():
            signal.signal(number, handler)  # a second signal need not wait for an orderly end
        node.close()
        executor.shutdown()
        spinning.join()
        node.destroy_node()
    finally:
        rclpy.try_shutdown()
    return int(node.broken)


def _init(arguments: list[str], **options: Any) -> None:
    """Start ROS. Raises BadRequest when it cannot read the arguments."""
    import rclpy
    for argument in arguments:
        if argument.encode(errors='ignore').decode() != argument:
            raise BadRequest(f'the argument {ascii(argument)} holds bytes that are no text; write '
                             'it in UTF-8')
    try:
        with security.explained(), security.private_files():
            rclpy.init(args=['reasonseg_ros', *arguments], **options)
    except RuntimeError as error:
        reason = str(error).removeprefix('failed to initialize rcl: ').split(', at /')[0]
        raise BadRequest(f'ROS cannot read the arguments: {reason}; values are YAML, so that text '
                         'with colons needs quotes of its own, e.g. -p name:=\'"a:b"\'') from error


class _Spinning(threading.Thread):
    """Spins an executor; sets `ended` when that fails, and `join` raises what it was."""

    def __init__(self, executor: 'Executor', ended: threading.Event) -> None:
        super().__init__(name='executor', daemon=True)
        self._executor, self._ended = executor, ended
        self._error: BaseException | None = None
        self.start()

    def run(self) -> None:
        """Spin until the executor is shut down."""
        from rclpy.exceptions import InvalidHandle
        try:
            self._executor.spin()
        except BaseException as error:  # raised again by the thread that waits
            # At the end rclpy takes handles away from callbacks that have just begun.
            if not (self._ended.is_set() and isinstance(error, InvalidHandle)):
                self._error = error
        finally:
            self._ended.set()

    def join(self, timeout: float | None = JOIN) -> None:
        """Wait for the end, and raise what ended it."""
        super().join(timeout)
        if self._error is not None:
            raise self._error


def spin(make_node: Callable[[], Any], arguments: list[str],
         make_executor: Callable[[], 'Executor']) -> int:
    """Run the node that `make_node()` returns until a signal, in this thread.

    Its method `close` ends what it has running, when ROS has ended.
    """
    import rclpy
    from rclpy.executors import ExternalShutdownException
    _init(arguments)
    try:
        with security.explained():
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
