# SPDX-License-Identifier: Apache-2.0
"""Runs the callbacks of the segmenter: intake at once, requests in threads of their own.

An action server takes its goals, cancellations and questions for results here, which is short,
and hands each goal that it accepted to `create_task`; so tasks may wait like services.

rclpy's MultiThreadedExecutor (9.1, executors.py) gives a callback to its pool again and again
until a thread has begun with it. While the model holds the interpreter that is a busy loop: the
executor took a whole core, and one request in a hundred waited half a second. Here a callback is
given away once, and the short ones are not given away at all.
"""

import threading
import time

from rclpy.exceptions import InvalidHandle
from rclpy.executors import (
    ConditionReachedException,
    Executor,
    ExternalShutdownException,
    ShutdownException,
    TimeoutException,
)
from rclpy.service import Service
from rclpy.task import Task
from rclpy.timer import Timer

PATIENCE = 2.0  # seconds that calls have to answer, once what they wait for was cancelled


class RequestExecutor(Executor):
    """Services, timers and tasks may wait, so each runs in a new thread; the rest runs here.

    Subscription callbacks must therefore be short. Callback groups hold as usual; tasks have none.
    """

    def __init__(self) -> None:
        super().__init__()
        self._threads: set[threading.Thread] = set()

    def spin_once(self, timeout_sec: float | None = None) -> None:
        """Wait for one callback and run it, or start the thread that does."""
        try:
            handler, entity, _ = self.wait_for_ready_callbacks(timeout_sec)
        except (ShutdownException, ExternalShutdownException, TimeoutException,
                ConditionReachedException):
            return
        if entity is None or isinstance(entity, (Service, Timer)):
            self._start(handler)
        else:
            handler()
            handler.result()  # raises what the callback raised

    def shutdown(self, timeout_sec: float | None = None) -> bool:
        """Wait for the calls that run, then end; return whether all were over in time."""
        end = time.monotonic() + (PATIENCE if timeout_sec is None else timeout_sec)
        for thread in list(self._threads):  # it may still spin, so that answers are sent
            thread.join(max(0.0, end - time.monotonic()))
        over = not any(thread.is_alive() for thread in self._threads)
        self._finish()
        return super().shutdown(0.0) and over

    def _finish(self) -> None:
        """Run the tasks that the calls have left: the results of goals are sent in tasks."""
        begun: set[Task] = set()
        while left := [task for task, entity, _ in self._tasks
                       if entity is None and task not in begun]:
            for task in left:
                begun.add(task)
                task()

    def _start(self, handler: Task) -> None:
        self._threads = {thread for thread in self._threads if thread.is_alive()}
        # A daemon, so that an engine that does not return cannot keep the process.
        thread = threading.Thread(target=self._run, args=(handler,), name='request', daemon=True)
        thread.start()
        self._threads.add(thread)
        # Until it has begun, rclpy offers it again.
        while thread.is_alive() and not (handler.executing() or handler.done()):
            time.sleep(0)

    def _run(self, handler: Task) -> None:
        handler()
        try:
            handler.result()  # raises what the callback raised; the thread prints it
        except InvalidHandle:
            if not self._is_shutdown:  # else a late call ended when its handles were gone
                raise
