# SPDX-License-Identifier: Apache-2.0
"""The action `~/segment_dialogue`: the service with feedback, and with a way to cancel.

Every goal is accepted. One that is served succeeds, one that its client cancelled is canceled, and
any other is aborted; the status in the result says why (BUSY, NOT_ACTIVE, DEADLINE, ...), which a
rejection could not. A new goal does not end an older one. Does not answer: the node has one
handler for the service and for this.
"""

import time
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Any

from rclpy.action import ActionServer, CancelResponse, GoalResponse
from rclpy.action.server import ServerGoalHandle
from rclpy.callback_groups import CallbackGroup
from rclpy.context import Context
from rclpy.node import Node

from reasonseg_ros.action import SegmentDialogue
from reasonseg_ros.core.errors import ANSWERED
from reasonseg_ros.engines.reply import PartialReply
from reasonseg_ros.msg import Instance as InstanceMsg
from reasonseg_ros.ros.output import convert
from reasonseg_ros.ros.qos import REQUESTS, ReplySchedule

# goal, result to fill in, who wants the future of the job, who wants to hear what is ready
Serve = Callable[[SegmentDialogue.Goal, SegmentDialogue.Result, Callable[[Future[Any]], None],
                  Callable[[PartialReply], None]], Any]

PAUSE = 0.05  # seconds between two feedbacks that differ in their words only


class SegmentAction:
    """The action server of `node`; needs an executor that runs tasks in threads of their own.

    serve   fills in the result and returns; never raises
    cancel  ends the job of a future
    """

    def __init__(self, node: Node, group: CallbackGroup, serve: Serve,
                 cancel: Callable[[Future[Any]], object]) -> None:
        self._node, self._serve, self._cancel = node, serve, cancel
        self._jobs: dict[bytes, Future[Any]] = {}  # goal id -> its job
        self._acceptances = ReplySchedule()
        self._server = ActionServer(
            node, SegmentDialogue, '~/segment_dialogue', self._execute, callback_group=group,
            goal_callback=self._goal_requested, cancel_callback=self._cancel_requested,
            goal_service_qos_profile=REQUESTS, result_service_qos_profile=REQUESTS,
            cancel_service_qos_profile=REQUESTS)

    def close(self) -> None:
        """End the server; goals must be over."""
        self._server.destroy()

    def _execute(self, goal: ServerGoalHandle) -> SegmentDialogue.Result:
        feedback = _Feedback(goal, self._node.context)
        feedback(PartialReply('waiting', ''))
        result = SegmentDialogue.Result()
        self._serve(goal.request, result, partial(self._started, goal), feedback)
        self._jobs.pop(bytes(goal.goal_id.uuid), None)
        try:
            _end(goal, result)
        except RuntimeError:  # the state is set, but ROS has ended and nobody can hear of it
            if self._node.context.ok():
                raise
        return result

    def _goal_requested(self, goal: SegmentDialogue.Goal) -> GoalResponse:
        """Accept; of many goals at once, each a moment after the other."""
        self._acceptances.wait(1)  # as if there were one client: intake waits meanwhile
        return GoalResponse.ACCEPT

    def _started(self, goal: ServerGoalHandle, job: Future[Any]) -> None:
        self._jobs[bytes(goal.goal_id.uuid)] = job
        if goal.is_cancel_requested:  # before there was a job
            self._cancel(job)

    def _cancel_requested(self, goal: ServerGoalHandle) -> CancelResponse:
        # A task, which runs when the goal is CANCELING: its job must not end before that.
        self._node.executor.create_task(self._give_up, goal)
        return CancelResponse.ACCEPT

    def _give_up(self, goal: ServerGoalHandle) -> None:
        job = self._jobs.get(bytes(goal.goal_id.uuid))
        if job is not None:
            self._cancel(job)


class _Feedback:
    """Publishes what is ready of one goal. Each message holds everything so far."""

    def __init__(self, goal: ServerGoalHandle, context: Context) -> None:
        self._goal, self._context = goal, context
        self._instances: list[InstanceMsg] = []
        self._last = ('', 0)  # stage, instances
        self._answer = ''
        self._time = 0.0

    def __call__(self, ready: PartialReply) -> None:
        """Publish `ready`, unless it says little more than the last one."""
        now, last = time.monotonic(), (ready.stage, len(ready.instances))
        if last == self._last and (ready.answer == self._answer or now < self._time + PAUSE):
            return
        self._last, self._answer, self._time = last, ready.answer, now
        header = convert.header_message(ready.frame_stamp, ready.frame_id)
        self._instances += [convert.instance_message(i, ready.dialogue_id, header)
                            for i in ready.instances[len(self._instances):]]
        try:
            self._goal.publish_feedback(SegmentDialogue.Feedback(
                stage=ready.stage, partial_answer=ready.answer, instances=self._instances))
        except RuntimeError:  # ROS has ended, and the goal will, too
            if self._context.ok():
                raise


def _end(goal: ServerGoalHandle, result: SegmentDialogue.Result) -> None:
    if result.status in ANSWERED:
        goal.succeed()
    elif goal.is_cancel_requested:
        goal.canceled()
    else:
        goal.abort()
