# SPDX-License-Identifier: Apache-2.0
"""What the two-process tests share: a node process, and a camera driver in this process.

Waits for conditions with a deadline, never for a time. Holds no tests.
"""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.qos import qos_profile_sensor_data
from sensor_msgs.msg import Image

import reasonseg_ros
from reasonseg_ros.ros import dds
from reasonseg_ros.ros.client.client import Client
from reasonseg_ros.ros.output import convert
from support.fakes import COLOURS

HERE = Path(__file__).parent
LONG = 60.0  # seconds; a busy machine needs some to start Python


def until(condition: Callable[[], object], what: str) -> None:
    """Return when `condition()` is true; fail with `what` after a long time."""
    end = time.monotonic() + LONG
    while not condition():
        assert time.monotonic() < end, f'not within {LONG:g} s: {what}'
        time.sleep(0.005)


class Process:
    """A Python module run as a program of its own; its output goes to a log."""

    def __init__(self, program: str, folder: Path, *arguments: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.gate = folder / 'gate'
        self._log = folder / f'{program}.log'
        # The same package as in this process, and `support`.
        paths = (Path(reasonseg_ros.__file__).parents[1], HERE.parent,
                 *os.environ.get('PYTHONPATH', '').split(os.pathsep))
        environment = {**os.environ, 'REASONSEG_TEST_GATE': str(self.gate),
                       'ROS_LOG_DIR': str(folder), 'PYTHONUNBUFFERED': '1',
                       'PYTHONFAULTHANDLER': '1',  # for `wait`
                       'PYTHONPATH': os.pathsep.join(str(path) for path in paths if str(path))}
        with self._log.open('wb') as output:
            self._process = subprocess.Popen(
                [sys.executable, '-m', program, *arguments], env=environment,
                stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                preexec_fn=_accept_signals)

    @property
    def log(self) -> str:
        """What it has said so far."""
        return self._log.read_text(errors='replace')

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    def says(self, text: str) -> None:
        """Return when the log holds `text`."""
        def there() -> bool:
            assert text in self.log or self._process.poll() is None, self.log
            return text in self.log
        until(there, f'"{text}" in the log:\n{self.log}')

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and return the exit code."""
        self._process.send_signal(number)
        return self.wait()

    def signal_thread(self, number: signal.Signals) -> None:
        """Send a signal that a thread of it takes which is not the main one, as may happen."""
        other = max(int(thread.name) for thread in Path(f'/proc/{self.pid}/task').iterdir())
        assert other != self.pid
        # Python has no tgkill(2) for another process; glibc has it since 2.30.
        assert ctypes.CDLL(None, use_errno=True).tgkill(self.pid, other, number) == 0

    def wait(self) -> int:
        """Return the exit code when it has ended."""
        try:
            return self._process.wait(LONG)
        except subprocess.TimeoutExpired:
            self._process.send_signal(signal.SIGABRT)  # the log says where each thread was
            self._process.wait()
            raise AssertionError(f'it did not end; its log:\n{self.log}') from None

    def end(self) -> None:
        """End it in order: a process that is killed leaves its shared memory, 64 MB, behind."""
        self._process.terminate()
        try:
            self._process.wait(LONG / 4)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End it at once, as a power cut would, and reap it."""
        self._process.kill()
        self._process.wait()


def segmenter(folder: Path, *parameters: str, store: str = '',
              program: str = 'support.fake_segmenter') -> Process:
    """Start the node, with the fake engine by default; `parameters` are written as name:=value."""
    given = [f'store_path:={store or folder / "dialogues.sqlite3"}', *parameters]
    return Process(program, folder, '--ros-args',
                   *(word for value in given for word in ('-p', value)))


class Driver:
    """Publishes colour and depth images as a camera driver would."""

    def __init__(self, context: rclpy.Context, namespace: str = '') -> None:
        self.node = rclpy.create_node('driver', context=context, namespace=namespace)
        create = self.node.create_publisher
        self.image = create(Image, 'image', qos_profile_sensor_data)
        self.depth = create(Image, 'depth_image', qos_profile_sensor_data)

    def connected(self, count: int = 1) -> None:
        """Return when `count` nodes listen to both topics."""
        until(lambda: self.image.get_subscription_count() == count
              and self.depth.get_subscription_count() == count, f'{count} listeners')

    def now(self) -> int:
        """Return the time of the node's clock in nanoseconds."""
        return self.node.get_clock().now().nanoseconds

    def send(self, message: Image | None = None) -> Image:
        """Publish an image, by default a red and a green square, stamped now."""
        message = message or camera_image(self.now())
        self.image.publish(message)
        return message


@contextmanager
def served(folder: Path, *parameters: str, program: str = 'support.fake_segmenter'
           ) -> Iterator[tuple[Process, Driver, Client]]:
    """Run an active node, a driver that spins in a thread, and a client; end all three."""
    dds.prepare()
    context = rclpy.Context()
    rclpy.init(context=context)
    driver = Driver(context)
    process = segmenter(folder, *parameters, program=program)
    executor = SingleThreadedExecutor(context=context)
    executor.add_node(driver.node)
    spinner = threading.Thread(target=executor.spin, daemon=True)
    spinner.start()
    try:
        process.says('active, listening to /')
        with Client('segmenter', patience=LONG) as client:
            yield process, driver, client
    finally:
        process.end()
        executor.shutdown()
        spinner.join(LONG)
        context.try_shutdown()


def camera_image(stamp: int, width: int = 32, height: int = 24) -> Image:
    """Return a black image with a red square on the left and a green one on the right."""
    rgb = np.zeros((height, width, 3), np.uint8)
    rgb[4:12, 2:10] = COLOURS['red']
    rgb[6:14, 16:26] = COLOURS['green']
    return convert.image_message(rgb, 'rgb8', convert.header_message(stamp, 'optical'))


def _accept_signals() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # a shell may have told its children to ignore it
