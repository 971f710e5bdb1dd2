# SPDX-License-Identifier: Apache-2.0
"""The worker: order, the one waiting place, cancelling, closing."""

import threading
from collections.abc import Iterator

import pytest

from reasonseg_ros.core.errors import Busy, Cancelled, DeadlineExceeded, NotActive
from reasonseg_ros.ros.worker import Worker

LONG = 10.0  # seconds that a healthy worker never needs


@pytest.fixture
def worker() -> Iterator[Worker]:
    """Yield a worker and check that it ends."""
    worker = Worker()
    yield worker
    assert worker.close(LONG)


class Gate:
    """A job that tells when it runs and runs until it is let go or cancelled."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.leave = threading.Event()
        self.cancelled = False

    def __call__(self, cancelled) -> str:
        self.entered.set()
        while not self.leave.wait(0.005):
            if cancelled():
                self.cancelled = True
                raise DeadlineExceeded('cancelled')
        return 'done'


def test_a_job_returns_its_result_from_the_one_thread(worker):
    names = [worker.run(lambda _: threading.current_thread().name) for _ in range(3)]
    assert names == ['model'] * 3


def test_an_exception_reaches_the_caller_and_the_worker_lives_on(worker):
    with pytest.raises(ZeroDivisionError):
        worker.run(lambda _: 1 // 0)
    assert worker.run(lambda _: 'alive') == 'alive'


def test_one_runs_one_waits_and_the_third_is_refused(worker):
    first = Gate()
    running = worker.submit(first)
    waiting = worker.submit(lambda _: 'second')
    with pytest.raises(Busy, match='one request is running and another is waiting'):
        worker.submit(lambda _: 'third')
    first.leave.set()
    assert (running.result(LONG), waiting.result(LONG)) == ('done', 'second')
    assert worker.run(lambda _: 'fourth') == 'fourth'


def test_two_requests_to_an_idle_worker_are_both_taken(worker):
    assert [worker.submit(lambda _, n=n: n).result(LONG) for n in range(2)] == [0, 1]
    pair = worker.submit(lambda _: 'a'), worker.submit(lambda _: 'b')
    assert [future.result(LONG) for future in pair] == ['a', 'b']


def test_cancel_ends_the_running_and_the_waiting_job(worker):
    first = Gate()
    running = worker.submit(first)
    waiting = worker.submit(lambda _: pytest.fail('a cancelled job ran'))
    assert first.entered.wait(LONG)
    assert worker.cancel() == [running, waiting]
    for future in (running, waiting):
        with pytest.raises(DeadlineExceeded):
            future.result(LONG)
    assert first.cancelled
    assert worker.run(lambda _: 'alive') == 'alive'


def test_a_waiting_job_that_is_cancelled_ends_at_once_and_the_running_one_goes_on(worker):
    first = Gate()
    running = worker.submit(first)
    waiting = worker.submit(lambda _: pytest.fail('a cancelled job ran'))
    assert first.entered.wait(LONG)
    assert worker.cancel(waiting) == [waiting]
    with pytest.raises(Cancelled, match='^the request was cancelled$'):
        waiting.result(0)
    assert not running.done()
    assert worker.submit(lambda _: 'its place is free').running() is False
    first.leave.set()
    assert running.result(LONG) == 'done'


def test_cancelling_a_job_that_is_over_touches_no_other(worker):
    over = worker.submit(lambda _: 'over')
    assert over.result(LONG) == 'over'
    first = Gate()
    running = worker.submit(first)
    assert worker.cancel(over) == []
    first.leave.set()
    assert running.result(LONG) == 'done'


def test_a_deadline_ends_the_running_and_the_waiting_job_and_says_so(worker):
    first = Gate()
    running = worker.submit(first, deadline=0.05)
    waiting = worker.submit(lambda _: pytest.fail('a late job ran'), deadline=0.02)
    for future, seconds in ((waiting, 0.02), (running, 0.05)):
        with pytest.raises(DeadlineExceeded, match=f'the deadline of {seconds} s passed') as error:
            future.result(LONG)
        assert not isinstance(error.value, Cancelled)
    assert first.cancelled
    assert worker.submit(lambda _: 'in time', deadline=LONG).result(LONG) == 'in time'


def test_cancelling_spares_a_job_that_must_run(worker):
    first = Gate()
    running = worker.submit(first)
    waiting = worker.submit(lambda _: 'freed', cancellable=False)
    assert first.entered.wait(LONG)
    assert worker.cancel() == [running]
    assert waiting.result(LONG) == 'freed'


def test_cancelling_an_idle_worker_touches_nothing_later(worker):
    assert worker.cancel() == []
    assert worker.run(lambda cancelled: cancelled()) is False


def test_a_closed_worker_takes_no_jobs():
    worker = Worker()
    gate = Gate()
    running = worker.submit(gate)
    assert gate.entered.wait(LONG)
    assert worker.close(LONG)
    with pytest.raises(DeadlineExceeded):
        running.result(LONG)
    with pytest.raises(NotActive, match='shutting down'):
        worker.submit(lambda _: 'late')


def test_one_job_of_each_lane_may_wait_and_they_run_in_order(worker):
    gate, order = Gate(), []
    running = worker.submit(gate, lane='left')
    assert gate.entered.wait(LONG)
    waiting = [worker.submit(lambda _, lane=lane: order.append(lane), lane=lane)
               for lane in ('left', 'right')]
    for lane in ('left', 'right'):
        with pytest.raises(Busy):
            worker.submit(lambda _: None, lane=lane)
    gate.leave.set()
    assert running.result(LONG) == 'done'
    assert [future.result(LONG) for future in waiting] == [None, None]
    assert order == ['left', 'right']


class Round:
    """A job of `client` that runs until the next one is to begin."""

    def __init__(self, worker: Worker, client: str) -> None:
        self.gate = Gate()
        self.future = worker.submit(self.gate, client=client)


def test_clients_that_ask_again_and_again_are_served_in_turn():
    seconds = [0.0]
    worker, served = Worker(lambda: seconds[0]), []
    names = [f'client {n}' for n in range(5)]
    rounds = [Round(worker, 'greedy')]
    assert rounds[0].gate.entered.wait(LONG)
    for _ in range(15):
        seconds[0] += 0.1
        for name in ('greedy', *names, 'greedy'):
            try:
                rounds.append(Round(worker, name))
            except Busy:
                continue
            served.append(name)
        rounds[-2].gate.leave.set()
        assert rounds[-1].gate.entered.wait(LONG)
    counts = [served.count(name) for name in (*names, 'greedy')]
    assert max(counts) - min(counts) <= 2, served  # the first two come before anybody asks again
    rounds[-1].gate.leave.set()
    assert worker.close(LONG)


def test_a_place_is_kept_for_a_second_and_only_while_a_job_runs():
    seconds = [0.0]
    worker, gate = Worker(lambda: seconds[0]), Gate()
    worker.submit(gate, client='a')
    assert gate.entered.wait(LONG)
    worker.submit(lambda _: None, client='b')
    for _ in range(2):
        with pytest.raises(Busy):
            worker.submit(lambda _: None, client='gone')
    with pytest.raises(Busy):
        worker.submit(lambda _: None, client='once')
    worker.cancel()
    while worker.depth:
        threading.Event().wait(0.001)
    assert worker.submit(lambda _: 'idle', client='d').result(LONG) == 'idle'
    gate = Gate()
    running = worker.submit(gate, client='d')
    assert gate.entered.wait(LONG)
    with pytest.raises(Busy, match='others have waited longer'):
        worker.submit(lambda _: None, client='d')
    seconds[0] = 1.0
    waiting = worker.submit(lambda _: 'free', client='e')
    gate.leave.set()
    assert (running.result(LONG), waiting.result(LONG)) == ('done', 'free')
    assert worker.close(LONG)


def test_idle_work_runs_only_where_no_request_does(worker):
    assert worker.submit_idle(lambda _: 'looked').result(LONG) == 'looked'
    request = Gate()
    running = worker.submit(request)
    assert worker.submit_idle(lambda _: 'looked') is None
    request.leave.set()
    assert running.result(LONG) == 'done'


def test_idle_work_takes_no_place_from_requests_and_is_not_cancelled(worker):
    look = Gate()
    looking = worker.submit_idle(look)
    assert look.entered.wait(LONG)
    assert worker.depth == 0 and worker.submit_idle(lambda _: 'twice') is None
    requests = [worker.submit(lambda _: 'first'), worker.submit(lambda _: 'second')]
    with pytest.raises(Busy):
        worker.submit(lambda _: 'third')
    assert worker.cancel(looking) == []
    look.leave.set()
    assert looking.result(LONG) == 'done' and not look.cancelled
    assert [request.result(LONG) for request in requests] == ['first', 'second']


def test_a_closed_worker_takes_no_idle_work():
    worker = Worker()
    assert worker.close(LONG)
    assert worker.submit_idle(lambda _: 'looked') is None
