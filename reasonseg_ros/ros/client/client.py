# SPDX-License-Identifier: Apache-2.0
"""A synchronous client of a running segmenter that speaks in the values of the dialogue.

It works beside any other ROS code. Does not start nodes, show images, or read the camera.
"""

import math
import os
import time
import uuid
from array import array
from collections.abc import Callable
from types import TracebackType
from typing import Any

import numpy as np
from action_msgs.msg import GoalStatus
from builtin_interfaces.msg import Duration
from diagnostic_msgs.msg import DiagnosticArray
from rclpy.action import ActionClient
from rclpy.action.client import ClientGoalHandle
from unique_identifier_msgs.msg import UUID

from reasonseg_ros.action import SegmentDialogue
from reasonseg_ros.core.camera.frame import CameraModel
from reasonseg_ros.core.dialogue.dialogue import Round
from reasonseg_ros.core.errors import DeadlineExceeded, ReasonSegError, Status
from reasonseg_ros.engines.protocol import unheard
from reasonseg_ros.engines.reply import PartialReply, Reply
from reasonseg_ros.ros import diagnostics
from reasonseg_ros.ros.client.connection import Connection
from reasonseg_ros.ros.output import convert
from reasonseg_ros.ros.qos import REQUESTS
from reasonseg_ros.ros.reports import NodeState, node_state
from reasonseg_ros.srv import GetDialogue, ListDialogues, ResetDialogue, Segment, UndoRound

ACTION = 'segment_dialogue'
PATIENCE = 10.0  # seconds that the node has to take a goal, or to end one
LATE = 1.0       # seconds after the first feedback in which the response to a goal must be there


class NodeMissing(ReasonSegError):
    """No segmenter answers under this name, or it is not active yet."""

    status = Status.NOT_ACTIVE


class Client:
    """One connection to the node `node_name`; use it as a context manager.

    Replies have the status that the node gave, which may be any. Masks end at the right and lower
    edge of their boxes, since messages do not tell the size of the image; `Instance.at` does the
    rest.

    Calls raise NodeMissing when no such node appears within `patience` seconds, and
    DeadlineExceeded when it does not answer within the `timeout` of the call.

    connection  what it speaks over, whose owner closes it; None = one of its own
    """

    def __init__(self, node_name: str = 'segmenter', patience: float = 15.0,
                 connection: Connection | None = None) -> None:
        self._name = node_name
        self._patience = patience
        self._clients: dict[type, Any] = {}
        self._action: ActionClient | None = None
        self._listens = False
        self._state: NodeState | None = None
        self._given = connection

    def __enter__(self) -> 'Client':
        self._connection = self._given or Connection('client')
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        if self._action is not None:
            self._action.destroy()
        if self._given is None:
            self._connection.close()

    def segment(self, instruction: str, dialogue_id: str = '', references: tuple[int, ...] = (),
                policy: str = 'latest', stamp: int = 0, rgb: np.ndarray | None = None,
                max_age: float = 0.0, timeout: float = 60.0, camera: str = '',
                depth: np.ndarray | None = None, intrinsics: CameraModel | None = None) -> Reply:
        """Say one sentence and wait for the answer.

        policy      'latest', 'pinned', 'stamp' or 'sent'
        stamp       nanoseconds, read with 'stamp'
        rgb         uint8 [H, W, 3], read with 'sent'
        max_age     seconds; 0 = the parameter of the node
        camera      its name; '' = the one that the dialogue is about, otherwise the first
        depth       float32 [H, W] metres, NaN = unknown, sent with `rgb` for results in space
        intrinsics  of `rgb`, sent with `depth`
        """
        request = _request(Segment.Request, instruction, dialogue_id, references, policy, stamp,
                           rgb, max_age, camera)
        if depth is not None and intrinsics is not None:
            header = request.image.header
            request.depth_image = convert.image_message(depth, '32FC1', header)
            request.camera_info = convert.camera_info(intrinsics, header)
        return convert.reply_of(self.call(Segment, 'segment', request, timeout))

    def segment_streaming(self, instruction: str, dialogue_id: str = '',
                          references: tuple[int, ...] = (), policy: str = 'latest',
                          stamp: int = 0, rgb: np.ndarray | None = None, max_age: float = 0.0,
                          timeout: float = 60.0, camera: str = '',
                          progress: Callable[[PartialReply], None] = unheard,
                          cancelled: Callable[[], bool] = lambda: False) -> Reply:
        """Say one sentence over the action: like `segment`, and hear of the answer as it grows.

        progress   told what is ready: each stage, more words, each instance
        cancelled  polled while waiting; when it says True, or after `timeout`, the goal is
                   cancelled, and the answer has the status DEADLINE and what was ready
        """
        goal = _request(SegmentDialogue.Goal, instruction, dialogue_id, references, policy, stamp,
                        rgb, max_age, camera)
        end = time.monotonic() + timeout
        server = self._server()
        handle = self._accepted(server, goal, end - time.monotonic() + PATIENCE, lambda message:
                                progress(_partial_reply(message.feedback, dialogue_id)))
        result = handle.get_result_async()

        def over() -> bool:
            return result.done() or cancelled()
        try:
            self._connection.wait(over, end - time.monotonic())
        finally:  # also when the program is interrupted: nobody waits for the answer any more
            if not result.done():
                handle.cancel_goal_async()
        self._wait(result.done, PATIENCE)
        self._connection.catch_up()  # with the last of the feedback
        if result.result().status == GoalStatus.STATUS_UNKNOWN:
            raise DeadlineExceeded(f'{ACTION} of {self._name} has forgotten the goal; see the log '
                                   'of the node')
        return convert.reply_of(result.result().result)

    def reset(self, dialogue_id: str = '', timeout: float = 10.0) -> Reply:
        """Forget every round of a dialogue."""
        request = ResetDialogue.Request(dialogue_id=dialogue_id)
        reply = self.call(ResetDialogue, 'reset_dialogue', request, timeout)
        return Reply(Status(reply.status), reply.message, reply.dialogue_id)

    def undo(self, dialogue_id: str = '', rounds: int = 1, timeout: float = 10.0) -> Reply:
        """Take away the newest rounds of a dialogue; the reply names the newest one left."""
        request = UndoRound.Request(dialogue_id=dialogue_id, rounds=rounds)
        reply = self.call(UndoRound, 'undo_round', request, timeout)
        return Reply(Status(reply.status), reply.message, reply.dialogue_id, reply.round)

    def rounds(self, dialogue_id: str = '',
               timeout: float = 10.0) -> tuple[Reply, tuple[Round, ...]]:
        """Read every recorded round of a dialogue, oldest first."""
        request = GetDialogue.Request(dialogue_id=dialogue_id)
        reply = self.call(GetDialogue, 'get_dialogue', request, timeout)
        return (Reply(Status(reply.status), reply.message, reply.dialogue_id, len(reply.rounds)),
                tuple(map(convert.round_of, reply.rounds)))

    def dialogues(self, timeout: float = 10.0) -> dict[str, tuple[int, int]]:
        """Return dialogue id -> (rounds, instances), most recently used first.

        Raises NodeMissing while the node is not active, ReasonSegError when it fails.
        """
        reply = self.call(ListDialogues, 'list_dialogues', ListDialogues.Request(), timeout)
        if reply.status == Status.NOT_ACTIVE:
            raise NodeMissing(reply.message)
        if reply.status != Status.OK:
            raise ReasonSegError(reply.message)
        return {d.dialogue_id: (d.rounds, d.instances) for d in reply.dialogues}

    def state(self) -> NodeState | None:
        """Return the state that the node told last on `/diagnostics`, once a second; does not wait.

        None until it has told one; the first call begins to listen.
        """
        if not self._listens:
            self._connection.node.create_subscription(
                DiagnosticArray, diagnostics.TOPIC, self._hear_state, 10)
            self._listens = True
        self._connection.catch_up()
        return self._state

    def _hear_state(self, message: DiagnosticArray) -> None:
        told = node_state(diagnostics.reports_of(message, self._name.strip('/')))
        self._state = told or self._state

    def call(self, kind: type, service: str, request: Any, timeout: float) -> Any:
        """Call `<node>/<service>` and return its response message."""
        client = self._clients.get(kind)
        if client is None:
            client = self._connection.node.create_client(
                kind, f'{self._name}/{service}', qos_profile=REQUESTS)
            self._clients[kind] = client
        if not client.wait_for_service(self._patience):
            raise self._missing(client.service_name)
        future = client.call_async(request)
        if not self._connection.wait(future.done, timeout):
            client.remove_pending_request(future)
            raise DeadlineExceeded(
                f'{client.service_name} did not answer within {timeout:g} s; see the log of the '
                'node, or wait longer')
        return future.result()

    def _server(self) -> ActionClient:
        if self._action is None:
            self._action = ActionClient(self._connection.node, SegmentDialogue,
                                        f'{self._name}/{ACTION}')
        if not self._action.wait_for_server(self._patience):
            raise self._missing(f'{self._name}/{ACTION}')
        return self._action

    def _accepted(self, server: ActionClient, goal: SegmentDialogue.Goal, timeout: float,
                  feedback: Callable[[Any], None]) -> ClientGoalHandle:
        """Send a goal and return its handle once the node has it.

        Feedback says so as well as the response, which a client may miss that had just come up: the
        node sends it when it has found the client, and that may not have found the node yet.
        """
        goal_id = UUID(uuid=array('B', uuid.uuid4().bytes))
        told: list[float] = []  # when feedback came

        def hear(message: Any) -> None:
            told.append(time.monotonic())
            feedback(message)
        sent = server.send_goal_async(goal, hear, goal_id)

        def over() -> bool:
            return sent.done() or bool(told) and time.monotonic() > told[0] + LATE
        self._wait(over, timeout)
        if sent.done():
            return sent.result()
        return ClientGoalHandle(server, goal_id,
                                SegmentDialogue.Impl.SendGoalService.Response(accepted=True))

    def _missing(self, name: str) -> NodeMissing:
        domain = os.environ.get('ROS_DOMAIN_ID', '0')
        return NodeMissing(
            f'no node answers {name} after {self._patience:g} s; start one with "reasonseg node", '
            f'or check its name and ROS_DOMAIN_ID (here {domain})')

    def _wait(self, done: Callable[[], bool], timeout: float) -> None:
        if not self._connection.wait(done, timeout):
            raise DeadlineExceeded(f'{ACTION} of {self._name} did not answer within '
                                   f'{timeout:g} s; see the log of the node')


def _request(kind: type, instruction: str, dialogue_id: str, references: tuple[int, ...],
             policy: str, stamp: int, rgb: np.ndarray | None, max_age: float,
             camera: str) -> Any:
    """Build a request of the service or a goal of the action: their fields are the same."""
    request = kind(
        dialogue_id=dialogue_id, instruction=instruction, references=array('I', references),
        frame_policy=getattr(kind, policy.upper()), stamp=convert.stamp_message(stamp),
        camera=camera)
    request.max_age = Duration(sec=math.floor(max_age), nanosec=int(max_age % 1 * 1e9))
    if rgb is not None:
        request.image = convert.image_message(rgb, 'rgb8', convert.header_message(stamp, ''))
    return request


def _partial_reply(feedback: Any, dialogue_id: str) -> PartialReply:
    return PartialReply(feedback.stage, dialogue_id, feedback.partial_answer,
                        tuple(map(convert.instance_of, feedback.instances)))
