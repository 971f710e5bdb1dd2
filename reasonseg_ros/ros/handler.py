# SPDX-License-Identifier: Apache-2.0
"""Serves requests: of the service, of the action, and spoken ones. One handler for all of them.

A sentence of the service takes this way: `segment` makes a SentenceRequest, `_queue_sentence` gives
it to the worker, `_answer_sentence` asks the session when its turn comes, `segment` fills in the
response, and `_publish_and_log` publishes the same messages. One from the action takes it, too; a
spoken one begins at `serve_spoken` and has no response.

Whoever asked waits in a thread of its own, so that intake and state queries run on. "Stop",
"cancel" or "never mind" on `~/instruction` cancels what runs, whoever asked for it (`ros.speech`).
Does not know lifecycle transitions (`ros.node`), and does not decode, convert, resolve references
or run the model.
"""

import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import Any

from rclpy.lifecycle import LifecycleNode

from reasonseg_ros.action import SegmentDialogue
from reasonseg_ros.core.camera.messages import NANOSECONDS, nanoseconds
from reasonseg_ros.core.dialogue.dialogue import Dialogue, Instance, Round
from reasonseg_ros.core.errors import (
    BadRequest,
    Cancelled,
    DeadlineExceeded,
    NoImage,
    NotActive,
    ReasonSegError,
    Status,
)
from reasonseg_ros.engines.protocol import unheard
from reasonseg_ros.engines.session import PartialReply, Reply
from reasonseg_ros.msg import DialogueInfo
from reasonseg_ros.ros import params
from reasonseg_ros.ros.camera import Camera
from reasonseg_ros.ros.cameras import Cameras, chosen, newest_rounds
from reasonseg_ros.ros.frames import POLICIES, FrameRequest, Frames
from reasonseg_ros.ros.model_state import ModelState
from reasonseg_ros.ros.output import convert
from reasonseg_ros.ros.output.outputs import NodeOutputs, ServedRequest
from reasonseg_ros.ros.output.space import Space
from reasonseg_ros.ros.output.transforms import Transforms
from reasonseg_ros.ros.params import Settings
from reasonseg_ros.ros.reports import Condition, NodeState, RequestStatistics
from reasonseg_ros.ros.worker import Worker
from reasonseg_ros.srv import GetDialogue, ListDialogues, ResetDialogue, Segment, UndoRound


@dataclass(frozen=True, eq=False)
class SentenceRequest:
    """One sentence and what its answer depends on, from its arrival to the session.

    dialogue_id  '' = the default one
    references   instances that the client points at, by id
    wanted       which image it is about
    settings     those that held when it came
    progress     told what is ready of the answer
    came         seconds of the monotonic clock
    """

    dialogue_id: str
    sentence: str
    references: tuple[int, ...]
    wanted: FrameRequest
    settings: Settings
    progress: Callable[[PartialReply], None] = unheard
    came: float = field(default_factory=time.monotonic)


class Handler:
    """What serves the requests of `node`, from its construction on.

    condition   whether requests are served, and why not
    loaded      the engine and the dialogues; None unless the node is configured
    cameras     None before the node was active
    worker      owns the model
    requests    how requests ended
    """

    def __init__(self, node: LifecycleNode, names: Sequence[str], outputs: NodeOutputs,
                 transforms: Transforms) -> None:
        self.condition = Condition(NodeState.INACTIVE, 'it has not been configured')
        self.loaded: ModelState | None = None
        self.cameras: Cameras | None = None
        self.worker = Worker()
        self.requests = RequestStatistics()
        self._node, self._names = node, names
        self._outputs, self._transforms = outputs, transforms

    def answering(self, serve: Callable[..., None]) -> Callable[..., Any]:
        """Wrap a service callback so that every failure becomes a status and a sentence."""
        def callback(request: Any, response: Any, *more: Any) -> Any:
            try:
                serve(request, response, *more)
            except Exception as error:  # nothing may leave a callback
                response.status, response.message = self.failure(error)
                self.requests.ended(Status(response.status))
            return response
        return callback

    def failure(self, error: BaseException) -> tuple[int, str]:
        """Return the status and the sentence for an error; the one place that maps them."""
        if isinstance(error, ReasonSegError):
            return int(error.status), str(error)
        self._node.get_logger().error(''.join(traceback.format_exception(error)))
        return int(Status.INTERNAL), (f'internal fault ({type(error).__name__}: {error}); the log '
                                      'of the node shows where')

    def _active(self) -> ModelState:
        """Return what is loaded. Raises NotActive."""
        loaded = self.loaded  # read first: it goes after the condition was set
        condition = self.condition
        if loaded is None or not condition.active:
            name = self._node.get_fully_qualified_name()
            raise NotActive(f'{name} is not active: {condition.reason}; see "ros2 lifecycle get '
                            f'{name}", then set it to configure and activate')
        return loaded

    def camera(self, name: str) -> Camera:
        """Return an open camera. Raises NotActive before the node was active."""
        if self.cameras is None:
            raise NotActive('the cameras are not open yet')
        return self.cameras[name]

    def serve_spoken(self, sentence: str) -> None:
        """Serve a sentence in the default dialogue; what goes wrong is said aloud."""
        settings = params.read(self._node)
        wanted = FrameRequest(POLICIES[settings.frame_policy], settings.max_age)
        try:
            future = self._queue_sentence(SentenceRequest('', sentence, (), wanted, settings))
            future.add_done_callback(self._speak_failure)
        except ReasonSegError as error:
            self.requests.ended(error.status)
            self._node.get_logger().warning(f'"{sentence[:80]}" was not served: {error}')
            self._outputs.say(str(error))

    def _speak_failure(self, future: Future[ServedRequest]) -> None:
        error = future.exception()
        if error is None or not self._node.context.ok():
            return
        status, sentence = self.failure(error)
        self.requests.ended(Status(status))
        if not isinstance(error, Cancelled):  # whoever cancelled it knows
            self._outputs.say(sentence)

    def segment(self, request: Segment.Request | SegmentDialogue.Goal,
                response: Segment.Response | SegmentDialogue.Result,
                started: Callable[[Future[ServedRequest]], None] = unheard,
                progress: Callable[[PartialReply], None] = unheard) -> None:
        """Serve a request of the service, or a goal of the action: their fields are the same."""
        settings = params.read(self._node)
        max_age = (request.max_age.sec + request.max_age.nanosec / NANOSECONDS
                   or settings.max_age)
        if max_age < 0:
            raise BadRequest(f'max_age is {max_age:g} s; expected seconds above 0, or 0 for the '
                             'parameter max_age')
        wanted = FrameRequest(request.frame_policy, max_age, nanoseconds(request.stamp),
                              request.image, request.camera, request.depth_image,
                              request.camera_info)
        ready = _PartialResult(progress)
        future = self._queue_sentence(SentenceRequest(
            request.dialogue_id, request.instruction, tuple(request.references), wanted, settings,
            ready))
        started(future)
        try:
            served = future.result()
        except DeadlineExceeded as error:
            raise ready.fill(response, error) from error
        if served.reply.round:
            convert.fill_segment(response, served.reply, served.space.messages,
                                 served.space.notice)
        else:
            convert.fill_segment(response, served.reply, [])

    def reset_dialogue(self, request: ResetDialogue.Request,
                       response: ResetDialogue.Response) -> None:
        """Forget every round of a dialogue."""
        reply = self._take_back(request.dialogue_id, None)
        response.status, response.message = int(reply.status), reply.message
        response.dialogue_id = reply.dialogue_id

    def undo_round(self, request: UndoRound.Request, response: UndoRound.Response) -> None:
        """Take away the newest rounds of a dialogue."""
        reply = self._take_back(request.dialogue_id, request.rounds or 1)
        response.status, response.message = int(reply.status), reply.message
        response.dialogue_id = reply.dialogue_id
        response.round = len(self._active().book.get(reply.dialogue_id).rounds)

    def get_dialogue(self, request: GetDialogue.Request,
                     response: GetDialogue.Response) -> None:
        """List the rounds of a dialogue."""
        dialogue = self._active().book.get(request.dialogue_id)
        response.rounds = [convert.round_message(r, dialogue.id) for r in dialogue.rounds]
        response.dialogue_id = dialogue.id

    def list_dialogues(self, request: ListDialogues.Request,
                       response: ListDialogues.Response) -> None:
        """List the dialogues."""
        response.dialogues = [
            DialogueInfo(dialogue_id=d.id, rounds=len(d.rounds), instances=len(d.instances))
            for d in self._active().book.list()]

    # Jobs of the worker

    def _queue_sentence(self, request: SentenceRequest) -> Future[ServedRequest]:
        """Queue a sentence; cameras take turns."""
        # When its turn comes, the dialogue may be about another camera than now.
        lane = chosen(self._names, request.wanted.camera,
                      self._active().book.open(request.dialogue_id))
        return self.worker.submit(
            lambda cancelled: self._answer_sentence(request, cancelled),
            deadline=request.settings.deadline, lane=lane, after=self._publish_and_log)

    def _answer_sentence(self, request: SentenceRequest,
                         cancelled: Callable[[], bool]) -> ServedRequest:
        """Answer one sentence."""
        loaded = self._active()  # it may have waited while the node was deactivated
        dialogue = loaded.book.open(request.dialogue_id)
        camera = chosen(self._names, request.wanted.camera, dialogue)
        before = newest_rounds(dialogue)
        frame, trouble = None, None
        try:
            newest = before[camera].index if camera in before else 0
            frame = loaded.frames.choose(request.wanted, self.camera(camera), dialogue.id, newest)
        except ReasonSegError as error:
            trouble = error
        try:
            reply = loaded.session(request.settings).ask(
                dialogue.id, request.sentence, frame, request.references, cancelled,
                request.progress)
        except NoImage:  # sentences like "undo" are served without one
            raise trouble or NoImage('there is no image to segment') from None
        if reply.round and frame is not None:
            loaded.frames.keep(reply.dialogue_id, reply.round, frame)
        served = self._served_request(loaded, reply, before, request.settings)
        if reply.round:
            served.space.messages  # noqa: B018  made here, for the response and the topics
        return replace(served, seconds=time.monotonic() - request.came)

    def _take_back(self, dialogue_id: str, rounds: int | None) -> Reply:
        """Take away the newest rounds in a turn of the worker, and wait for it; None = all."""
        settings = params.read(self._node)

        def job(_: Callable[[], bool]) -> ServedRequest:
            loaded = self._active()
            session = loaded.session(settings)
            before = newest_rounds(loaded.book.open(dialogue_id))
            reply = (session.reset(dialogue_id) if rounds is None
                     else session.undo(dialogue_id, rounds))
            return self._served_request(loaded, reply, before, settings)

        lane = chosen(self._names, '', self._active().book.open(dialogue_id))
        return self.worker.submit(job, lane=lane, after=self._publish).result().reply

    def _served_request(self, loaded: ModelState, reply: Reply, before: Mapping[str, Round],
                        settings: Settings) -> ServedRequest:
        """Gather what a reply has changed; `before` are the newest rounds from before it."""
        dialogue = loaded.book.open(reply.dialogue_id)
        now = newest_rounds(dialogue)
        # A camera whose newest round was taken back shows the one before it.
        changed = [source for source in before if now.get(source) is not before[source]]
        shown = {*changed, *(r.source for r in dialogue.rounds[-1:])} & now.keys()
        spaces = {source: Space(now[source], dialogue.id,
                                loaded.frames.of(dialogue.id, now[source].index),
                                self._transforms, settings.gripper_opening) for source in shown}
        in_view = {} if settings.label_image_scope == 'round' else {
            source: _in_view(loaded.frames, dialogue, now[source]) for source in shown}
        return ServedRequest(reply, dialogue, spaces, tuple(s for s in changed if s not in now),
                             settings, in_view)

    # When whoever asked has the answer

    def _publish_and_log(self, served: ServedRequest) -> None:
        """Publish and log a sentence that was served."""
        reply = served.reply
        self.requests.ended(reply.status, served.seconds)
        self._publish(served)
        self.report()
        self._node.get_logger().info(
            f'dialogue "{reply.dialogue_id}" round {reply.round}: {reply.status.name}, '
            f'{len(reply.instances)} instances in {1000 * served.seconds:.0f} ms')

    def _publish(self, served: ServedRequest) -> None:
        """Publish a request that was served; what goes wrong here does not fail it any more."""
        try:
            if self._node.context.ok():
                self._outputs.publish(served)
        except Exception as error:
            self.failure(error)

    def report(self) -> None:
        """Log what the store and the bounds of the book did."""
        loaded = self.loaded
        if loaded is None:
            return
        while loaded.notices:
            self._node.get_logger().warning(loaded.notices.pop(0))
        for name, reason in loaded.book.evicted():
            self._node.get_logger().warning(f'forgot dialogue "{name}": {reason}')


class _PartialResult:
    """What is ready of one request, for the case that it is not completed; passes it on."""

    def __init__(self, progress: Callable[[PartialReply], None]) -> None:
        self._progress = progress
        self._newest = PartialReply('waiting', '')

    def __call__(self, ready: PartialReply) -> None:
        """Take what is ready now."""
        self._newest = ready
        self._progress(ready)

    def fill(self, response: Any, error: DeadlineExceeded) -> DeadlineExceeded:
        """Write what is ready into the response and return the error that says so."""
        ready = self._newest
        response.dialogue_id = ready.dialogue_id
        response.header = convert.header_message(ready.frame_stamp, ready.frame_id)
        response.instances = [convert.instance_message(i, ready.dialogue_id, response.header)
                              for i in ready.instances]
        count = len(ready.instances)
        return type(error)(f'{error}; partial: {count} instances were ready, and nothing is '
                           'recorded; send it again for the whole answer')


def _in_view(frames: Frames, dialogue: Dialogue, newest: Round) -> tuple[Instance, ...]:
    """Return the instances of earlier rounds of one camera that it saw from where it stands now."""
    return tuple(i for record in dialogue.rounds
                 if record.index < newest.index and record.source == newest.source
                 and frames.same_view(dialogue.id, record.index, newest.index)
                 for i in record.instances)
