# SPDX-License-Identifier: Apache-2.0
"""The segmenter with the fake engine, as a process: what the two-process tests start.

A sentence with "slow" is answered when the file named by REASONSEG_TEST_GATE exists, or fails when
it is cancelled; one with "halting" waits for the same after its first mask. "exhausted" fails for
want of memory. The checkpoint is looked for, but not read.
"""

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import rclpy

from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.errors import BadCheckpoint, OutOfMemory
from reasonseg_ros.engines.protocol import Answer, Progress, Question, unheard
from reasonseg_ros.ros import dds
from reasonseg_ros.ros.main import serve
from reasonseg_ros.ros.node import Segmenter
from support.fakes import FakeContext, FakeEngine


class SlowContext(FakeContext):
    """Waits at the gate when it is asked something slow."""

    def ask(self, question: Question, cancelled: Callable[[], bool] = lambda: False,
            progress: Callable[[Progress], None] = unheard) -> Answer:
        if 'exhausted' in question.text:
            raise OutOfMemory('the device has too little memory; send a smaller image')
        if 'slow' in question.text:
            _wait(cancelled)

        def halting(now: Progress) -> None:
            progress(now)
            if 'halting' in question.text and now.stage == 'memory' and len(now.found) == 1:
                _wait(cancelled)
        return super().ask(question, cancelled, halting)


def _wait(cancelled: Callable[[], bool]) -> None:
    """Return when the gate is open or the request cancelled."""
    gate = Path(os.environ['REASONSEG_TEST_GATE'])
    gate.with_suffix('.reached').touch()
    while not (gate.exists() or cancelled()):
        threading.Event().wait(0.005)


class SlowEngine(FakeEngine):
    """Opens slow contexts."""

    def open(self, frame: Frame) -> SlowContext:
        return SlowContext(frame, self.log)


def load(name: str, checkpoint: str, device: str, dtype: str, options: str) -> SlowEngine:
    """Make the engine; fails as the real one does when the checkpoint is missing."""
    if checkpoint and not Path(checkpoint).is_file():
        raise BadCheckpoint(f'checkpoint "{checkpoint}" does not exist; train one or check the '
                            'parameter checkpoint')
    return SlowEngine()


def make_node() -> Segmenter:
    """Make the node."""
    return Segmenter(load)


@contextmanager
def unspun(store_path: object) -> Iterator[Segmenter]:
    """Give an active node in this process that nobody spins; its parts are called directly."""
    dds.prepare()
    rclpy.init(args=['x', '--ros-args', '-p', f'store_path:={store_path}', '-p',
                     'autostart:=false'])
    node = make_node()
    node.trigger_configure()
    node.trigger_activate()
    try:
        yield node
    finally:
        node.close()
        node.destroy_node()
        rclpy.try_shutdown()


if __name__ == '__main__':
    dds.prepare()
    sys.exit(serve(make_node, sys.argv[1:]))
