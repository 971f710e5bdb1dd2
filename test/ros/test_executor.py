# SPDX-License-Identifier: Apache-2.0
"""Calls that wait do not hold up intake, are given out once, and are waited for at the end."""

import threading

import pytest

rclpy = pytest.importorskip('rclpy')

from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.waitable import NumberOfEntities, Waitable
from reasonseg_ros.srv import ListDialogues
from std_msgs.msg import String

from reasonseg_ros.ros.client.connection import Connection
from reasonseg_ros.ros.executor import RequestExecutor


class Slow:
    """A node whose service answers when the gate opens, spun in a thread."""

    def __init__(self) -> None:
        rclpy.init()
        self.gate, self.calls, self.heard = threading.Event(), [], threading.Event()
        self.started: list[object] = []
        self.node = rclpy.create_node('slow')
        self.node.create_service(ListDialogues, '~/wait', self._wait,
                                 callback_group=ReentrantCallbackGroup())
        self.node.create_subscription(String, '~/say', lambda _: self.heard.set(), 10)
        self.executor = RequestExecutor()
        start = self.executor._start
        self.executor._start = lambda *given: (self.started.append(given[0]), start(*given))
        self.executor.add_node(self.node)
        self.thread = threading.Thread(target=self.executor.spin, daemon=True)
        self.thread.start()

    def _wait(self, request: ListDialogues.Request, response: ListDialogues.Response
              ) -> ListDialogues.Response:
        self.calls.append(threading.current_thread().name)
        self.gate.wait(20)
        response.message = 'done'
        return response

    def close(self) -> bool:
        """Return whether all calls were over when the executor had ended."""
        over = self.executor.shutdown()
        self.thread.join(10)
        self.node.destroy_node()
        rclpy.try_shutdown()
        return over


@pytest.fixture
def slow():
    made = Slow()
    yield made
    made.gate.set()
    made.close()


@pytest.fixture
def asking(slow):
    """Three requests that wait."""
    connection = Connection('test')
    client = connection.node.create_client(ListDialogues, '/slow/wait')
    assert client.wait_for_service(10)
    futures = [client.call_async(ListDialogues.Request()) for _ in range(3)]
    assert connection.wait(lambda: len(slow.calls) == 3, 10)
    yield connection, futures
    connection.close()


def test_intake_runs_on_while_calls_wait_and_each_call_is_given_out_once(slow, asking):
    connection, futures = asking
    publisher = connection.node.create_publisher(String, '/slow/say', 10)
    assert connection.wait(publisher.get_subscription_count, 10)
    publisher.publish(String(data='hello'))
    assert connection.wait(slow.heard.is_set, 10) and not any(f.done() for f in futures)
    slow.gate.set()
    assert connection.wait(lambda: all(f.done() for f in futures), 10)
    assert all(f.result().message == 'done' for f in futures)
    assert len(slow.calls) == len(slow.started) == 3
    assert set(slow.calls) == {'request'}


def test_the_end_waits_for_calls_that_run(slow, asking):
    threading.Timer(0.3, slow.gate.set).start()
    assert slow.executor.shutdown()


def test_a_task_may_wait_and_one_that_is_left_at_the_end_is_run(slow):
    waiting = slow.executor.create_task(lambda: (slow.gate.wait(20),
                                                 threading.current_thread().name))
    quick = slow.executor.create_task(lambda: slow.heard.set())
    assert slow.heard.wait(10) and not waiting.done()
    left = []
    waiting.add_done_callback(left.append)  # becomes a task when the first one is over
    threading.Timer(0.1, slow.gate.set).start()
    assert slow.executor.shutdown()
    assert waiting.result() == (True, 'request') and quick.done()
    assert left == [waiting]


class Built(Waitable):
    """Says when a wait set takes it in, and calls `counted` a moment before."""

    def __init__(self, counted, said: list[str]) -> None:
        super().__init__(ReentrantCallbackGroup())
        self._counted, self._said = counted, said

    def __enter__(self) -> None:
        pass

    def __exit__(self, *error: object) -> None:
        pass

    def get_num_entities(self) -> NumberOfEntities:
        self._counted()
        return NumberOfEntities()

    def add_to_wait_set(self, wait_set: object) -> None:
        self._said.append('built')

    def is_ready(self, wait_set: object) -> bool:
        return False


def test_changes_wait_until_nothing_is_waited_for(slow):
    said: list[str] = []
    changes: list[threading.Thread] = []

    def counted() -> None:
        if not changes:
            changes.append(threading.Thread(target=slow.executor.between_waits,
                                            args=(lambda: said.append('changed'),)))
            changes[0].start()
            while not slow.executor._changes:
                threading.Event().wait(0.001)
            said.append('counted')
    slow.executor.between_waits(lambda: slow.node.add_waitable(Built(counted, said)))
    assert slow.executor.between_waits(lambda: 7) == 7
    while not changes:
        slow.executor.wake()
    changes[0].join(10)
    assert said[:3] == ['counted', 'built', 'changed']
    with pytest.raises(ZeroDivisionError):
        slow.executor.between_waits(lambda: 1 / 0)


def test_a_change_does_not_wait_for_an_executor_that_has_ended(slow):
    slow.gate.set()
    slow.close()
    assert slow.executor.between_waits(lambda: 7) == 7


def test_a_callback_that_fails_costs_its_message_and_not_the_node(slow):
    connection = Connection('test')
    failed = []

    def fail(message: String) -> None:
        failed.append(message)
        raise ValueError('no such thing')
    slow.node.create_subscription(String, '~/fail', fail, 10)
    publishers = [connection.node.create_publisher(String, f'/slow/{name}', 10)
                  for name in ('fail', 'say')]
    assert connection.wait(lambda: all(p.get_subscription_count() for p in publishers), 10)
    for _ in range(2):
        publishers[0].publish(String(data='hello'))
    assert connection.wait(lambda: len(failed) == 2, 10)
    publishers[1].publish(String(data='hello'))
    assert connection.wait(slow.heard.is_set, 10)
    connection.close()
