# SPDX-License-Identifier: Apache-2.0
"""A node's life as processes: transitions, cancelling, restarts, signals, 30 images a second."""

import os
import re
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

rclpy = pytest.importorskip('rclpy')

from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
from support.harness import LONG, Driver, Process, segmenter, until

from reasonseg_ros.core.camera.messages import NANOSECONDS
from reasonseg_ros.core.errors import DeadlineExceeded, Status
from reasonseg_ros.engines.reply import Reply
from reasonseg_ros.ros import dds
from reasonseg_ros.ros.client.client import Client, NodeMissing


@pytest.fixture
def client() -> Iterator[Client]:
    """Yield a client of its own."""
    dds.prepare()
    with Client('segmenter', patience=LONG) as client:
        yield client


@pytest.fixture
def started() -> Iterator[list[Process]]:
    """Collect processes and end those that are left."""
    processes: list[Process] = []
    yield processes
    for process in processes:
        process.end()


def change(client: Client, transition: int) -> bool:
    """Ask for a lifecycle transition."""
    request = ChangeState.Request(transition=Transition(id=transition))
    return client.call(ChangeState, 'change_state', request, LONG).success


def ask(client: Client, words: str, driver: Driver) -> Reply:
    """Send images until one is there, and ask about it."""
    answers: list[Reply] = []

    def answered() -> bool:
        driver.send()
        answers.append(client.segment(words, max_age=LONG))
        return answers[-1].status != Status.NO_IMAGE
    until(answered, 'an image at the node')
    return answers[-1]


# Each is 30 ms. 10,000 were run, too: REASONSEG_TEST_CYCLES=10000 pytest -k cycles
CYCLES = int(os.environ.get('REASONSEG_TEST_CYCLES', '150'))


class Background:
    """A request that waits at the gate in a thread of its own."""

    def __init__(self, process: Process) -> None:
        self.answers: list[Reply] = []
        reached = process.gate.with_suffix('.reached')
        reached.unlink(missing_ok=True)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        until(reached.exists, 'the engine at work')

    def _run(self) -> None:
        with Client('segmenter', patience=LONG) as client:
            try:
                self.answers.append(client.segment('the slow red one', max_age=LONG, timeout=20.0))
            except DeadlineExceeded:
                return  # the node ended without an answer; whoever needs one fails in join

    def join(self) -> Reply:
        self._thread.join(LONG)
        return self.answers[0]


def test_transitions_refuse_say_why_cancel_and_recover(tmp_path, client, driver, started):
    weights = tmp_path / 'weights.safetensors'
    node = segmenter(tmp_path, 'autostart:=false', f'checkpoint:={weights}')
    started.append(node)
    before = client.segment('the red one')
    assert before.status == Status.NOT_ACTIVE
    assert before.message.startswith('/segmenter is not active: it has not been configured; see "')
    for outcome in (client.undo(), client.reset(), client.rounds()[0]):
        assert outcome.status == Status.NOT_ACTIVE
    with pytest.raises(NodeMissing, match='it has not been configured'):
        client.dialogues()

    assert not change(client, Transition.TRANSITION_CONFIGURE)
    lines = [line for line in node.log.splitlines() if '[ERROR]' in line]
    assert len(lines) == 1
    assert f'not configured: checkpoint "{weights}" does not exist' in lines[0]
    assert f'could not be configured: checkpoint "{weights}"' in client.segment('red').message

    weights.touch()
    assert change(client, Transition.TRANSITION_CONFIGURE)
    assert 'it has not been activated' in client.segment('red').message
    assert change(client, Transition.TRANSITION_ACTIVATE)
    driver.connected()
    assert ask(client, 'the red one', driver).round == 1

    slow = Background(node)
    assert change(client, Transition.TRANSITION_DEACTIVATE)
    assert slow.join().status == Status.DEADLINE
    assert 'it has been deactivated' in client.segment('red').message
    assert re.search(r'intake: /image [1-9]\d* received', node.log)
    driver.connected(0)

    assert change(client, Transition.TRANSITION_CLEANUP)
    assert change(client, Transition.TRANSITION_CONFIGURE)
    assert change(client, Transition.TRANSITION_ACTIVATE)
    driver.connected()
    assert ask(client, 'the green one beside instance 1', driver).round == 2

    Background(node)
    assert node.stop(signal.SIGINT) == 0
    assert 'Traceback' not in node.log


def test_a_corrupt_store_is_moved_aside_and_a_killed_node_continues(tmp_path, client, driver,
                                                                    started):
    store = tmp_path / 'dialogues.sqlite3'
    store.write_bytes(b'this is no database, but somebody may still want it' * 100)
    first = segmenter(tmp_path / 'first', store=str(store))
    started.append(first)
    first.says('active')
    assert 'was damaged' in first.log
    aside = [path for path in tmp_path.iterdir() if 'corrupt' in path.name]
    assert [path.read_bytes()[:20] for path in aside] == [b'this is no database,']
    assert Path(aside[0]).name in first.log
    driver.connected()
    assert ask(client, 'the red one', driver).round == 1
    assert ask(client, 'the green one', driver).round == 2
    first.kill()

    second = segmenter(tmp_path / 'second', store=str(store))
    started.append(second)
    second.says('active')
    with Client('segmenter', patience=LONG) as again:
        answer = ask(again, 'the red one beside instance 1', driver)
        assert (answer.status, answer.round) == (Status.OK, 3)
        rounds = again.rounds()[1]
        assert [r.instruction for r in rounds[:2]] == ['the red one', 'the green one']
        assert rounds[2].references == (1,)
    Background(second)
    assert second.stop(signal.SIGTERM) == 0
    assert 'Traceback' not in second.log


def test_thirty_colour_images_a_second_reach_the_intake(tmp_path, client, started):
    node = segmenter(tmp_path / 'node')
    sender = Process('support.fast_sender', tmp_path / 'sender')
    started.extend((node, sender))
    sender.says(' sent in ')
    last = int(re.search(r'last (\d+) sent', sender.log)[1])
    until(lambda: client.segment('red', policy='stamp', stamp=last).status == Status.OK,
          f'the last image, {last / NANOSECONDS:.3f}')
    assert change(client, Transition.TRANSITION_DEACTIVATE)
    received = int(re.search(r'intake: /image (\d+) received', node.log)[1])
    assert 143 <= received <= 150, node.log + sender.log
    assert node.stop() == 0


def test_cycles_of_deactivating_and_activating_under_a_camera_leave_the_node_alive(
        tmp_path, client, driver, started):
    node = segmenter(tmp_path)
    started.append(node)
    node.says('active, listening')
    over = threading.Event()

    def camera() -> None:
        while not over.wait(1 / 60):
            driver.send()

    def asking() -> None:
        with Client('segmenter', patience=LONG) as other:
            while not over.is_set():
                statuses.add(other.segment('the red one', 'other', timeout=LONG).status)
    statuses: set[Status] = set()
    sending = threading.Thread(target=camera)
    sending.start()
    requests = threading.Thread(target=asking)
    requests.start()
    for _ in range(CYCLES):
        assert change(client, Transition.TRANSITION_DEACTIVATE), node.log
        assert change(client, Transition.TRANSITION_ACTIVATE), node.log
    over.set()
    sending.join()
    requests.join()
    # Served, refused, cancelled, or asked before the first image; a dialogue may be full.
    assert statuses <= {Status.OK, Status.NOT_ACTIVE, Status.DEADLINE, Status.NO_IMAGE,
                        Status.BAD_REQUEST, Status.BUSY}, statuses
    assert ask(client, 'the red one', driver).round == 1
    assert node.stop() == 0
    assert 'Traceback' not in node.log


def test_ros_arguments_that_cannot_be_read_are_one_line(tmp_path, started):
    process = Process('reasonseg_ros.ros.main', tmp_path, '--ros-args', '-p', 'store_path:=:a:')
    started.append(process)
    assert process.wait() == 1
    assert 'ROS cannot read the arguments' in process.log
    assert 'Traceback' not in process.log


def test_a_wrong_parameter_is_one_line(tmp_path, started):
    process = Process('reasonseg_ros.ros.main', tmp_path, '--ros-args', '-p',
                      'cameras:=[left, left]')
    started.append(process)
    assert process.wait() == 1
    assert 'expected one or more different strings, each a word of letters' in process.log
    assert 'Traceback' not in process.log and process.log.count('\n') == 1, process.log


def test_a_node_that_cannot_start_by_itself_ends_with_one_sentence(tmp_path, started):
    process = segmenter(tmp_path, 'checkpoint:=/nowhere/weights.safetensors')
    started.append(process)
    assert process.wait() == 1
    assert 'not configured: checkpoint "/nowhere/weights.safetensors" does not exist' in process.log
    assert 'Traceback' not in process.log


@pytest.mark.parametrize(('given', 'words'), [
    ('cameras:=[]', 'cameras is empty; expected one or more different strings'),
    (b'store_path:=/tmp/\xff', 'holds bytes that are no text')])
def test_what_no_parameter_can_be_is_one_line(tmp_path, started, given, words):
    process = Process('reasonseg_ros.ros.main', tmp_path, '--ros-args', '-p', given)
    started.append(process)
    assert process.wait() == 1
    assert words in process.log and 'Traceback' not in process.log


def test_a_node_that_was_shut_down_says_so(tmp_path, client, started):
    node = segmenter(tmp_path)
    started.append(node)
    node.says('active, listening')
    assert change(client, Transition.TRANSITION_ACTIVE_SHUTDOWN)
    refused = client.segment('red')
    assert refused.status == Status.NOT_ACTIVE
    assert 'it has been shut down, and can only be ended and started again' in refused.message
    assert node.stop() == 0
