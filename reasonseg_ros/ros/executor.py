# SPDX-License-Identifier: Apache-2.0
"""Runs the callbacks of the segmenter: intake at once, requests in threads of their own.

An action server takes its goals, cancellations and questions for results here, which is short,
and hands each goal that it accepted to `create_task`; so tasks may wait like services.

rclpy's MultiThreadedExecutor (9.1, executors.py) gives a callback to its pool again and again
until a thread has begun with it. While the model holds the interpreter that is a busy loop: the
executor took a whole core, and one request in a hundred waited half a second. Here a callback is
given away once, and the short ones are not given away at all.

rclpy also ends `spin` with InvalidHandle when another thread destroys an entity that is being put
into the wait set (rclpy#1206, #1142). `between_waits` runs such changes where there is none.
"""

import threading
import time
import traceback
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from rclpy.exceptions import InvalidHandle
from rclpy.executors import (
    ConditionReachedException,
    Executor,
    ExternalShutdownException,
    ShutdownException,
    TimeoutException,
)
from rclpy.logging import get_logger
from rclpy.service import Service
from rclpy.task import Task
from rclpy.timer import Timer

T = TypeVar('T')

PATIENCE = 2.0  # seconds that calls have to answer, once what they wait for was cancelled


class RequestExecutor(Executor):
    """Services, timers and tasks may wait, so each runs in a new thread; the rest runs here.

    Subscription callbacks must therefore be short. Callback groups hold as usual; tasks have none.
    """

    def __init__(self) -> None:
        super().__init__()
        self._threads: set[threading.Thread] = set()
        self._spinner: threading.Thread | None = None  # guarded, like the next, by the lock
        self._changes: deque[Callable[[], None]] = deque()
        self._lock = threading.Lock()
        self._told: set[tuple[str, type]] = set()

    def between_waits(self, change: Callable[[], T]) -> T:
        """Run `change` while nothing is waited for, and return or raise what it does.

        Whoever makes or destroys subscriptions, timers or the like while the node spins does it
        in here. `change` runs in the thread that spins, so it must be short; where none spins it
        runs at once.
        """
        done: Future[T] = Future()

        def run() -> None:
            try:
                done.set_result(change())
            except BaseException as error:  # belongs to the thread that waits
                done.set_exception(error)

        with self._lock:
            queued = self._spinner not in (None, threading.current_thread())
            if queued:
                self._changes.append(run)
        if queued:
            self.wake()
        else:
            run()
        return done.result()

    def spin(self) -> None:
        """Execute callbacks until shutdown."""
        with self._lock:
            self._spinner = threading.current_thread()
        try:
            super().spin()
        finally:
            with self._lock:
                self._spinner = None
            self._change()

    def spin_once(self, timeout_sec: float | None = None) -> None:
        """Wait for one callback and run it, or start the thread that does."""
        self._change()
        try:
            handler, entity, _ = self.wait_for_ready_callbacks(timeout_sec, None, self._to_change)
        except (ShutdownException, ExternalShutdownException, TimeoutException,
                ConditionReachedException):
            return
        if entity is None or isinstance(entity, (Service, Timer)):
            self._start(handler, entity)
        else:
            self._run(handler, entity)

    def shutdown(self, timeout_sec: float | None = None) -> bool:
        """Wait for the calls that run, then end; return whether all were over in time."""
        end = time.monotonic() + (PATIENCE if timeout_sec is None else timeout_sec)
        for thread in list(self._threads):  # it may still spin, so that answers are sent
            thread.join(max(0.0, end - time.monotonic()))
        over = not any(thread.is_alive() for thread in self._threads)
        self._finish()
        return super().shutdown(0.0) and over

    def _to_change(self) -> bool:
        return bool(self._changes)

    def _change(self) -> None:
        while self._changes:
            self._changes.popleft()()

    def _finish(self) -> None:
        """Run the tasks that the calls have left: the results of goals are sent in tasks."""
        begun: set[Task] = set()
        while left := [task for task, entity, _ in self._tasks
                       if entity is None and task not in begun]:
            for task in left:
                begun.add(task)
                task()

    def _start(self, handler: Task, entity: Any) -> None:
        self._threads = {thread for thread in self._threads if thread.is_alive()}
        # A daemon, so that an engine that does not return cannot keep the process.
        thread = threading.Thread(target=self._run, args=(handler, entity), name='request',
                                  daemon=True)
        thread.start()
        self._threads.add(thread)
        # Until it has begun, rclpy offers it again.
        while thread.is_alive() and not (handler.executing() or handler.done()):
            time.sleep(0)

    def _run(self, handler: Task, entity: Any) -> None:
        """Run a callback. What it raises is logged, and costs one message and not the node.

        Messages come from anybody: a /clock with a negative time fails in rclpy, and so does text
        that is no UTF-8.
        """
        handler()
        error = handler.exception()
        if error is None or self._is_shutdown and isinstance(error, InvalidHandle):
            return  # a late call ended when its handles were gone
        if entity is not None and entity._executor_event:  # it failed before it was taken
            entity._executor_event = False
            entity.callback_group.ending_execution(entity)
        where = getattr(entity, 'topic_name', '') or getattr(entity, 'srv_name', '') or 'a task'
        told = where, type(error)
        if told not in self._told:
            self._told.add(told)
            get_logger('executor').error(
                f'what came on {where} was dropped ({type(error).__name__}: {error}), and this is '
                f'said once:\n{"".join(traceback.format_exception(error))}')
