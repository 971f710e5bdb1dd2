# SPDX-License-Identifier: Apache-2.0
"""The action over DDS: feedback in order, cancelling, deadlines, refusals, the end of the node."""

import signal
import threading
from collections.abc import Callable, Iterator

import pytest

rclpy = pytest.importorskip('rclpy')

from action_msgs.msg import GoalStatus
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
from rcl_interfaces.msg import Parameter, ParameterType, ParameterValue
from rcl_interfaces.srv import SetParameters
from rclpy.action import ActionClient
from rclpy.task import Future
from reasonseg_ros.action import SegmentDialogue
from support.harness import LONG, Driver, Process, segmenter, served, until

from reasonseg_ros.core.errors import ReasonSegError, Status
from reasonseg_ros.engines.reply import PartialReply, Reply
from reasonseg_ros.ros.client.client import Client


class Stage:
    """A node of its own, with an image at its intake, and a client."""

    def __init__(self, process: Process, driver: Driver, client: Client) -> None:
        self.process, self.driver, self.client = process, driver, client
        self.heard: list[PartialReply] = []

    def ask(self, words: str, **options) -> Reply:
        """Say a sentence over the action and collect the feedback."""
        self.heard.clear()
        return self.client.segment_streaming(
            words, max_age=3600.0, progress=self.heard.append, **{'timeout': LONG, **options})

    def reached(self) -> Callable[[], bool]:
        """Return what tells that the engine has come to the gate since now."""
        path = self.process.gate.with_suffix('.reached')
        path.unlink(missing_ok=True)
        return path.exists

    def set(self, name: str, value: float) -> None:
        """Set a parameter of the node."""
        request = SetParameters.Request(parameters=[Parameter(name=name, value=ParameterValue(
            type=ParameterType.PARAMETER_DOUBLE, double_value=value))])
        reply = self.client.call(SetParameters, 'set_parameters', request, LONG)
        assert reply.results[0].successful, reply.results[0].reason

    def change(self, transition: int) -> None:
        """Ask for a lifecycle transition."""
        request = ChangeState.Request(transition=Transition(id=transition))
        assert self.client.call(ChangeState, 'change_state', request, LONG).success

    def rounds(self) -> list[str]:
        """Return what the default dialogue holds."""
        return [r.instruction for r in self.client.rounds()[1]]


class Asking:
    """A goal that runs in a thread with a client of its own."""

    def __init__(self, words: str) -> None:
        self.heard: list[PartialReply] = []
        self.answers: list[Reply] = []
        self._error: ReasonSegError | None = None
        self._cancel = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(words,), daemon=True)
        self._thread.start()

    def _run(self, words: str) -> None:
        try:
            with Client('segmenter', patience=LONG) as client:
                self.answers.append(client.segment_streaming(
                    words, max_age=3600.0, timeout=LONG, progress=self.heard.append,
                    cancelled=self._cancel.is_set))
        except ReasonSegError as error:
            self._error = error

    def cancel(self) -> None:
        self._cancel.set()

    def answer(self) -> Reply:
        """Return the answer when it is there."""
        self._thread.join(2 * LONG)  # longer than the client waits
        if self._error is not None:
            raise self._error
        return self.answers[0]


@pytest.fixture(scope='module')
def shared(tmp_path_factory) -> Iterator[Stage]:
    """Yield the node that the tests share."""
    with served(tmp_path_factory.mktemp('node')) as (process, driver, client):
        driver.connected()

        def arrived() -> bool:
            driver.send()
            return client.segment('red', max_age=3600.0).status != Status.NO_IMAGE
        until(arrived, 'an image at the node')
        yield Stage(process, driver, client)


@pytest.fixture
def stage(shared) -> Iterator[Stage]:
    """Give the shared node with an empty dialogue and a closed gate."""
    shared.client.reset()
    shared.process.gate.unlink(missing_ok=True)
    yield shared
    shared.set('deadline', 0.0)


# First, while the node that the others share does not run.
@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_a_signal_in_the_middle_of_a_goal_ends_the_node_in_order(tmp_path, number):
    with served(tmp_path) as (process, driver, _):
        driver.connected()
        running = Asking('halting green and red')
        until(lambda: driver.send() and process.gate.with_suffix('.reached').exists(),
              'the engine at work')
        assert process.stop(number) == 0
        assert 'Traceback' not in process.log and 'ERROR' not in process.log, process.log
        assert running.answer().status == Status.DEADLINE


def test_a_signal_that_another_thread_takes_ends_the_node(tmp_path):
    node = segmenter(tmp_path)
    node.says('active')
    node.signal_thread(signal.SIGINT)
    assert node.wait() == 0
    assert 'Traceback' not in node.log, node.log


def test_feedback_tells_the_stages_in_order_and_each_instance_once_decoded(stage):
    answer = stage.ask('the red and the green one')
    assert (answer.status, answer.round) == (Status.OK, 1)
    stages = [h.stage for h in stage.heard]
    assert stages[0] == 'waiting'
    first = [stages.index(s) for s in ('waiting', 'grammar', 'context', 'text', 'mask', 'memory')]
    assert first == sorted(first)
    grown = [[i.id for i in h.instances] for h in stage.heard]
    assert grown == sorted(grown) and [1] in grown and grown[-1] == [1, 2]
    last = stage.heard[-1].instances
    assert [(i.id, i.label, i.mask.box) for i in last] == [
        (i.id, i.label, i.mask.box) for i in answer.instances]
    assert any(h.answer for h in stage.heard)


def test_the_service_and_the_action_answer_alike(stage):
    first = stage.ask('the red one')
    second = stage.client.segment('the red one', max_age=3600.0)
    assert (first.round, second.round) == (1, 2)
    for one, other in zip(first.instances, second.instances, strict=True):
        assert (one.label, one.mask) == (other.label, other.mask)


def test_a_goal_whose_acceptance_is_lost_is_known_by_its_feedback(stage, monkeypatch):
    send = ActionClient.send_goal_async

    def lost(server: ActionClient, *arguments) -> Future:
        send(server, *arguments)
        return Future()
    monkeypatch.setattr(ActionClient, 'send_goal_async', lost)
    answer = stage.ask('the red one')
    assert (answer.status, answer.round) == (Status.OK, 1)


def test_a_cancelled_goal_leaves_the_dialogue_and_can_be_said_again(stage):
    stage.ask('the red one')
    halted = stage.reached()
    answer = stage.ask('halting green and red', cancelled=halted)
    assert answer.status == Status.DEADLINE
    assert answer.message.startswith('the request was cancelled; partial: 1 instances were ready')
    assert [(i.id, i.label) for i in answer.instances] == [(1, 'red')]
    assert (answer.round, stage.rounds()) == (0, ['the red one'])
    stage.process.gate.touch()
    again = stage.ask('halting green and red')
    assert (again.status, again.round) == (Status.OK, 2)
    assert [(i.id, i.label) for i in again.instances] == [(1, 'red'), (2, 'green')]


def test_a_waiting_goal_is_cancelled_at_once(stage):
    reached = stage.reached()
    running = Asking('slow red')
    until(reached, 'the engine at work')
    waiting = Asking('the green one')
    until(lambda: waiting.heard, 'feedback')
    waiting.cancel()
    answer = waiting.answer()
    assert (answer.status, answer.instances) == (Status.DEADLINE, ())
    assert {h.stage for h in waiting.heard} == {'waiting'}
    assert not running.answers
    stage.process.gate.touch()
    assert running.answer().round == 1


def test_goals_do_not_end_each_other_and_the_third_is_busy(stage):
    reached = stage.reached()
    running = Asking('slow red')
    until(reached, 'the engine at work')
    waiting = Asking('the green one')
    until(lambda: waiting.heard, 'feedback')
    until(lambda: stage.ask('red').status == Status.BUSY, 'a refusal')
    assert not running.answers and not waiting.answers
    stage.process.gate.touch()
    assert (running.answer().round, waiting.answer().round) == (1, 2)


def test_the_deadline_ends_a_goal_and_a_request_with_what_is_ready(stage):
    stage.set('deadline', 0.2)
    for answer in (stage.ask('halting green and red'),
                   stage.client.segment('halting green and red', max_age=3600.0)):
        assert answer.status == Status.DEADLINE
        assert 'the deadline of 0.2 s passed' in answer.message
        assert 'partial: 1 instances were ready' in answer.message
        assert [(i.id, i.label) for i in answer.instances] == [(1, 'red')]
        assert answer.frame_stamp > 0
    stage.set('deadline', 0.0)
    assert stage.ask('the green one').round == 1


def test_the_deadline_counts_the_time_of_waiting(stage):
    reached = stage.reached()
    running = Asking('slow red')
    until(reached, 'the engine at work')
    stage.set('deadline', 0.1)
    assert stage.ask('the green one').status == Status.DEADLINE
    assert not running.answers
    stage.process.gate.touch()
    assert running.answer().status == Status.OK


def test_the_time_of_the_client_passes_like_a_cancellation(stage):
    answer = stage.ask('halting green and red', timeout=0.5)
    assert answer.status == Status.DEADLINE
    assert len(answer.instances) == 1


@pytest.mark.parametrize(('words', 'status'), [
    ('', Status.BAD_REQUEST), ('the green one on instance 7', Status.BAD_REFERENCE),
    ('exhausted', Status.OUT_OF_MEMORY), ('crash the red one', Status.INTERNAL)])
def test_a_failure_is_a_status_in_an_aborted_result(stage, words, status):
    answer = stage.ask(words)
    assert (answer.status, answer.round) == (status, 0)
    assert answer.message
    assert stage.rounds() == []


def test_goals_end_in_the_state_that_fits_their_status(stage):
    server = ActionClient(stage.driver.node, SegmentDialogue, 'segmenter/segment_dialogue')
    executor = rclpy.executors.SingleThreadedExecutor(context=stage.driver.node.context)
    executor.add_node(stage.driver.node)

    def spin(future):
        executor.spin_until_future_complete(future, LONG)
        return future.result()
    try:
        assert server.wait_for_server(LONG)
        states = []
        for words in ('the banana', '', 'slow red'):
            reached = stage.reached()
            goal = SegmentDialogue.Goal(instruction=words)
            goal.max_age.sec = 3600
            handle = spin(server.send_goal_async(goal))
            if 'slow' in words:
                until(reached, 'the engine at work')
                spin(handle.cancel_goal_async())
            states.append(spin(handle.get_result_async()).status)
        assert states == [GoalStatus.STATUS_SUCCEEDED, GoalStatus.STATUS_ABORTED,
                          GoalStatus.STATUS_CANCELED]
    finally:
        server.destroy()
        executor.shutdown()


def test_the_result_of_an_unknown_goal_does_not_read_as_ok(stage):
    client = stage.driver.node.create_client(
        SegmentDialogue.Impl.GetResultService, 'segmenter/segment_dialogue/_action/get_result')
    executor = rclpy.executors.SingleThreadedExecutor(context=stage.driver.node.context)
    executor.add_node(stage.driver.node)
    try:
        assert client.wait_for_service(LONG)
        future = client.call_async(SegmentDialogue.Impl.GetResultService.Request())
        executor.spin_until_future_complete(future, LONG)
        answer = future.result()
        assert answer.status == GoalStatus.STATUS_UNKNOWN
        assert answer.result.status == Status.BAD_REQUEST
        assert 'does not know this goal' in answer.result.message
        assert not answer.result.persistent
    finally:
        stage.driver.node.destroy_client(client)
        executor.shutdown()


def test_an_inactive_node_takes_goals_and_says_what_it_is(stage):
    reached = stage.reached()
    running = Asking('slow red')
    until(reached, 'the engine at work')
    stage.change(Transition.TRANSITION_DEACTIVATE)
    try:
        assert running.answer().status == Status.DEADLINE
        refused = stage.ask('the red one')
        assert refused.status == Status.NOT_ACTIVE
        assert 'it has been deactivated' in refused.message
    finally:
        stage.change(Transition.TRANSITION_ACTIVATE)
        stage.driver.connected()
