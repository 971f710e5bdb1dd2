# SPDX-License-Identifier: Apache-2.0
"""Calls that wait do not hold up intake, are given out once, and are waited for at the end."""

import threading

import pytest

rclpy = pytest.importorskip('rclpy')

from rclpy.callback_groups import ReentrantCallbackGroup
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
        self.executor._start = lambda handler: (self.started.append(handler), start(handler))
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
