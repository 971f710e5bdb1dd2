# SPDX-License-Identifier: Apache-2.0
"""The one thread that owns the model: one job runs, and one of each lane may wait.

Whoever was refused and asks again comes before those who have been served since: while a job
runs, the place of a lane is kept for the client that has stood in line longest.

What can wait for ever (`submit_idle`) runs only where no request does, and counts as none: requests
are admitted as if it were not there.

Everything that touches the engine or the dialogues runs here, in order. Does not know what a job
does, and knows neither ROS nor torch.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, TypeVar

from reasonseg_ros.core.errors import Busy, Cancelled, DeadlineExceeded, NotActive

IN_LINE = 1.0  # seconds that a client that was refused has to ask again

T = TypeVar('T')
IsCancelled = Callable[[], bool]  # asked by a job again and again while it works


@dataclass(eq=False)
class _Job:
    """One job with its own cancel switch; `reason` says who used it."""

    work: Callable[[IsCancelled], Any]
    cancellable: bool
    lane: str
    after: Callable[[Any], object] | None = None
    idle: bool = False  # no request: runs because nothing else does
    future: Future[Any] = field(default_factory=Future)
    cancel: threading.Event = field(default_factory=threading.Event)
    reason: DeadlineExceeded | None = None

    def run(self) -> None:
        """Work and hand the result, or the exception, to whoever waits."""
        if self.cancel.is_set():
            self.future.set_exception(self.reason)
            return
        try:
            result = self.work(self.cancel.is_set)
        except DeadlineExceeded as error:  # the work knows that it was ended, but not by whom
            self.future.set_exception(self.reason or error)
        except BaseException as error:  # belongs to the thread that waits, not to this one
            self.future.set_exception(error)
        else:
            self.future.set_result(result)
            if self.after is not None:
                self.after(result)


class _Line:
    """The clients of one lane that were refused, in the order of their first refusal.

    Only one that has asked again is waited for, and no longer than IN_LINE seconds after it did.
    """

    def __init__(self) -> None:
        self._refused: dict[str, tuple[int, float]] = {}  # how often, and when last

    def admits(self, client: str, now: float, *, idle: bool, taken: bool) -> bool:
        """Whether the client may have the waiting place now; if not, it stands in line.

        idle   nothing runs or waits, so that nobody need stand in line
        taken  the place is not free
        """
        self._refused = {name: (often, last) for name, (often, last) in self._refused.items()
                         if now - last < IN_LINE}
        first = next((name for name, (often, _) in self._refused.items()
                      if often > 1 or name == client), client)
        if not taken and (idle or first == client):
            self._refused.pop(client, None)
            return True
        self._refused[client] = self._refused.get(client, (0, now))[0] + 1, now
        return False


class Worker:
    """A thread from construction to `close`. Every method may be called from any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._changed = threading.Condition()
        self._running: _Job | None = None
        self._queue: deque[_Job] = deque()
        self._clock = clock
        self._lines: dict[str, _Line] = {}
        self._closed = False
        self._thread = threading.Thread(target=self._loop, name='model', daemon=True)
        self._thread.start()

    @property
    def depth(self) -> int:
        """How many requests run or wait."""
        with self._changed:
            return len(self._jobs())

    def awaited(self, within: float = 0.0) -> bool:
        """Return whether something waits for what runs, or does `within` so many seconds."""
        with self._changed:
            return bool(self._changed.wait_for(lambda: self._queue or self._closed, within))

    def submit(self, work: Callable[[IsCancelled], T], cancellable: bool = True,
               deadline: float = 0.0, lane: str = '', client: str = '',
               after: Callable[[T], object] | None = None) -> Future[T]:
        """Queue `work`, which polls its argument to learn that it was cancelled.

        deadline  seconds from now after which the job is cancelled; 0 = never
        lane      whose job it is. One job of a lane waits at most, so that lanes take turns and
                  nobody who asks all the time keeps others out
        client    who asks. Clients of one lane take turns as well, in the order in which they were
                  refused
        after     called with the result when whoever waits has it; never raises

        Raises Busy when a job of the lane waits already.
        """
        job = _Job(work, cancellable, lane, after)
        with self._changed:
            if self._closed:
                raise NotActive('the node is shutting down')
            line = self._lines.setdefault(lane, _Line())
            if not line.admits(client, self._clock(), idle=not self._jobs(), taken=any(
                    waiting.lane == lane for waiting in self._jobs()[1:])):
                raise Busy('one request is running and another is waiting, or others have waited '
                           'longer; send this one again when an answer has arrived')
            self._queue.append(job)
            self._changed.notify_all()
        if deadline > 0:
            timer = threading.Timer(deadline, self._cancel, ((job,), DeadlineExceeded(
                f'the deadline of {deadline:g} s passed before the answer was complete')))
            timer.daemon = True
            timer.start()
            job.future.add_done_callback(lambda _: timer.cancel())
        return job.future

    def submit_idle(self, work: Callable[[IsCancelled], T]) -> Future[T] | None:
        """Queue `work` where nothing runs or waits; otherwise, or once it is closed, return None.

        It is never cancelled, and must be short: a request that comes meanwhile waits for it.
        """
        job = _Job(work, False, '', idle=True)
        with self._changed:
            if self._closed or self._running is not None or self._queue:
                return None
            self._queue.append(job)
            self._changed.notify_all()
        return job.future

    def run(self, work: Callable[[IsCancelled], T], cancellable: bool = True,
            lane: str = '') -> T:
        """Queue `work`, wait for it, and return or raise what it returned or raised."""
        return self.submit(work, cancellable, lane=lane).result()

    def cancel(self, future: Future[Any] | None = None) -> list[Future[Any]]:
        """Ask the job of `future` to end, or by default the running and the waiting ones.

        Returns their futures in this order. Each ends with Cancelled, a waiting one at once
        and the running one when it looks, unless it was complete before.
        """
        with self._changed:
            jobs = [job for job in self._jobs() if job.cancellable
                    and future in (None, job.future) and not job.future.done()]
        self._cancel(jobs, Cancelled('the request was cancelled'))
        return [job.future for job in jobs]

    def close(self, timeout: float = 10.0) -> bool:
        """Cancel all, take no more, and return whether the thread ended within `timeout`."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self.cancel()
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _cancel(self, jobs: Sequence[_Job], reason: DeadlineExceeded) -> None:
        with self._changed:
            for job in jobs:
                job.reason = job.reason or reason
                job.cancel.set()
            never = [job for job in jobs if job in self._queue]
            for job in never:
                self._queue.remove(job)
        for job in never:
            job.future.set_exception(job.reason)

    def _loop(self) -> None:
        while (job := self._next()) is not None:
            job.run()
            del job  # else the last result would live until the next job

    def _next(self) -> _Job | None:
        with self._changed:
            self._running = None
            while not self._queue and not self._closed:
                self._changed.wait()
            self._running = self._queue.popleft() if self._queue else None
            return self._running

    def _jobs(self) -> list[_Job]:
        """Return the requests, the one that runs first."""
        running = [] if self._running is None else [self._running]
        return [job for job in (*running, *self._queue) if not job.idle]
