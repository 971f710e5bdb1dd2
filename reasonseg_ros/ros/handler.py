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
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from rclpy.lifecycle import LifecycleNode

from reasonseg_ros.action import SegmentDialogue
from reasonseg_ros.core.camera.messages import NANOSECONDS, nanoseconds
from reasonseg_ros.core.dialogue.dialogue import Dialogue, Round
from reasonseg_ros.core.errors import (
    BadRequest,
    Cancelled,
    DeadlineExceeded,
    NoImage,
    NotActive,
    ReasonSegError,
    Status,
    to_speak,
)
from reasonseg_ros.core.language.speech_acts import asks_to_follow
from reasonseg_ros.engines.protocol import unheard
from reasonseg_ros.engines.reply import PartialReply, Reply
from reasonseg_ros.msg import DialogueInfo
from reasonseg_ros.ros import params
from reasonseg_ros.ros.camera import Camera
from reasonseg_ros.ros.cameras import Cameras, chosen, newest_rounds
from reasonseg_ros.ros.compat import client_count
from reasonseg_ros.ros.frames import POLICIES, FrameRequest
from reasonseg_ros.ros.model_state import ModelState
from reasonseg_ros.ros.output import convert
from reasonseg_ros.ros.output.outputs import NodeOutputs, ServedRequest
from reasonseg_ros.ros.output.space import Space
from reasonseg_ros.ros.output.transforms import Transforms
from reasonseg_ros.ros.params import Settings
from reasonseg_ros.ros.qos import ReplySchedule
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
    check        given what was served before it is recorded; when it raises, nothing is
    came         seconds of the monotonic clock
    """

    dialogue_id: str
    sentence: str
    references: tuple[int, ...]
    wanted: FrameRequest
    settings: Settings
    progress: Callable[[PartialReply], None] = unheard
    check: Callable[[ServedRequest], None] = unheard
    came: float = field(default_factory=time.monotonic)


class Handler:
    """What serves the requests of `node`, from its construction on.

    condition   whether requests are served, and why not
    loaded      the engine and the dialogues; None unless the node is configured
    cameras     None before the node was active
    worker      owns the model
    requests    how requests ended
    follow      called with a dialogue whose things a sentence wants followed; it may raise
    """

    def __init__(self, node: LifecycleNode, names: Sequence[str], outputs: NodeOutputs,
                 transforms: Transforms) -> None:
        self.condition = Condition(NodeState.INACTIVE, 'it has not been configured')
        self.loaded: ModelState | None = None
        self.cameras: Cameras | None = None
        self.worker, self.requests, self._refusals = Worker(), RequestStatistics(), ReplySchedule()
        self.follow: Callable[[str], None] = unheard
        self._publisher = ThreadPoolExecutor(1, 'publisher')
        self._newest: dict[str, ServedRequest] = {}  # by camera
        self._node, self._names, self._outputs, self._transforms = node, names, outputs, transforms

    def answering(self, serve: Callable[..., None]) -> Callable[..., Any]:
        """Wrap a service callback so that every failure becomes a status and a sentence."""
        def callback(request: Any, response: Any, *more: Any) -> Any:
            try:
                serve(request, response, *more)
            except Exception as error:  # nothing may leave a callback
                response.status, response.message = self.failure(error)
                if hasattr(response, 'answer') and isinstance(error, ReasonSegError):
                    response.answer = to_speak(error)
                self.requests.ended(Status(response.status))
                if response.status == Status.BUSY:
                    self._refusals.wait(client_count(self._node, '~/segment'))
            return response
        return callback

    def failure(self, error: BaseException) -> tuple[int, str]:
        """Return the status and the sentence for an error; the one place that maps them."""
        if isinstance(error, ReasonSegError):
            return int(error.status), str(error)
        self._node.get_logger().error(''.join(traceback.format_exception(error)))
        return int(Status.INTERNAL), (f'internal fault ({type(error).__name__}: {error}); the log '
                                      'of the node shows where')

    def active(self) -> ModelState:
        """Return what is loaded. Raises NotActive."""
        loaded = self.loaded  # read first: it goes after the condition was set
        condition = self.condition
        if loaded is None or not condition.active:
            name = self._node.get_fully_qualified_name()
            if condition.final:
                raise NotActive(f'{name} is not active: {condition.reason}, and can only be ended '
                                'and started again')
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
            ready, lambda served: _fill(type(response)(), served)))
        started(future)
        try:
            served = future.result()
        except DeadlineExceeded as error:
            raise ready.fill(response, error) from error
        _fill(response, served)

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
        response.round = len(self.active().book.get(reply.dialogue_id).rounds)

    def get_dialogue(self, request: GetDialogue.Request,
                     response: GetDialogue.Response) -> None:
        """List the rounds of a dialogue."""
        dialogue = self.active().book.get(request.dialogue_id)
        response.rounds = [convert.round_message(r, dialogue.id) for r in dialogue.rounds]
        response.dialogue_id = dialogue.id

    def list_dialogues(self, request: ListDialogues.Request,
                       response: ListDialogues.Response) -> None:
        """List the dialogues."""
        response.dialogues = [
            DialogueInfo(dialogue_id=d.id, rounds=len(d.rounds), instances=len(d.instances))
            for d in self.active().book.list()]

    # Jobs of the worker

    def _queue_sentence(self, request: SentenceRequest) -> Future[ServedRequest]:
        """Queue a sentence; cameras take turns."""
        # When its turn comes, the dialogue may be about another camera than now.
        lane = chosen(self._names, request.wanted.camera,
                      self.active().book.open(request.dialogue_id))
        return self.worker.submit(
            lambda cancelled: self._answer_sentence(request, cancelled),
            deadline=request.settings.deadline, lane=lane, client=request.dialogue_id,
            after=partial(self._later, self._publish_and_log))

    def _answer_sentence(self, request: SentenceRequest,
                         cancelled: Callable[[], bool]) -> ServedRequest:
        """Answer one sentence."""
        loaded = self.active()  # it may have waited while the node was deactivated
        dialogue = loaded.book.open(request.dialogue_id)
        camera = chosen(self._names, request.wanted.camera, dialogue)
        before = newest_rounds(dialogue)
        frame, trouble = None, None
        try:
            newest = before[camera].index if camera in before else 0
            frame = loaded.frames.choose(request.wanted, self.camera(camera), dialogue.id, newest)
        except ReasonSegError as error:
            trouble = error
        prepared: list[ServedRequest] = []

        def prepare(after: Dialogue, reply: Reply) -> None:
            if reply.round and frame is not None:
                loaded.frames.keep(after.id, reply.round, frame)
            served = self._served_request(loaded, reply, after, before, request.settings)
            request.check(served)
            prepared.append(served)
        try:
            reply = loaded.session(request.settings).ask(
                dialogue.id, request.sentence, frame, request.references, cancelled,
                request.progress, before=prepare)
        except NoImage:  # sentences like "undo" are served without one
            raise trouble or NoImage('there is no image to segment') from None
        if not prepared:  # talk, which changes nothing
            if reply.references and asks_to_follow(request.sentence, dialogue):
                self.follow(dialogue.id)
            prepare(dialogue, reply)
        return replace(prepared[-1], seconds=time.monotonic() - request.came,
                       unsaved=loaded.unsaved, kept=loaded.persistent,
                       unplaced=self._transforms.unplaced(frame))

    def _take_back(self, dialogue_id: str, rounds: int | None) -> Reply:
        """Take away the newest rounds in a turn of the worker, and wait for it; None = all."""
        settings = params.read(self._node)

        def job(_: Callable[[], bool]) -> ServedRequest:
            loaded = self.active()
            session = loaded.session(settings)
            before = newest_rounds(loaded.book.open(dialogue_id))
            prepared: list[ServedRequest] = []

            def prepare(after: Dialogue, reply: Reply) -> None:
                prepared.append(self._served_request(loaded, reply, after, before, settings))
            if rounds is None:
                session.reset(dialogue_id, prepare)
            else:
                session.undo(dialogue_id, rounds, prepare)
            return replace(prepared[-1], unsaved=loaded.unsaved)

        lane = chosen(self._names, '', self.active().book.open(dialogue_id))
        served: ServedRequest = self.worker.submit(job, lane=lane, client=dialogue_id,
                                                   after=partial(self._later, self._publish)
                                                   ).result()
        return replace(served.reply, message='; '.join(
            filter(None, (served.reply.message, served.unsaved))))

    def _served_request(self, loaded: ModelState, reply: Reply, dialogue: Dialogue,
                        before: Mapping[str, Round], settings: Settings) -> ServedRequest:
        """Gather what a reply changes; `before` are the newest rounds from before it.

        Everything that can fail is done here, while `dialogue` is not yet what it will be.
        """
        now = newest_rounds(dialogue)
        # A camera whose newest round was taken back shows the one before it.
        changed = [source for source in before if now.get(source) is not before[source]]
        shown = {*changed, *(r.source for r in dialogue.rounds[-1:])} & now.keys()
        spaces = {source: self._space(loaded, dialogue.id, now[source], settings)
                  for source in shown}
        seen = {source: loaded.frames.in_view(dialogue, now[source]) for source in shown}
        in_view = {} if settings.label_image_scope == 'round' else seen
        restored = () if reply.round else tuple(s for s in changed if s in now)
        return ServedRequest(reply, dialogue, spaces,
                             {s: before[s] for s in changed if s not in now}, settings, restored,
                             seen, in_view)

    def _space(self, loaded: ModelState, dialogue_id: str, record: Round,
               settings: Settings) -> Space:
        """Place a round in space; a fault there costs the boxes and not the answer."""
        frame = loaded.frames.of(dialogue_id, record.index)
        space = Space(record, dialogue_id, frame, self._transforms, settings.gripper_opening)
        try:
            space.messages  # noqa: B018  made here, for the response and the topics
        except Exception as error:
            _, sentence = self.failure(error)
            space = Space(record, dialogue_id, frame, self._transforms, settings.gripper_opening,
                          f'there are no results in space: {sentence}')
            space.messages  # noqa: B018
        return space

    # When whoever asked has the answer

    def close(self) -> None:
        """End the worker and publish what is left."""
        self.worker.close()
        self._publisher.shutdown()

    def _later(self, publish: Callable[[ServedRequest], None], served: ServedRequest) -> None:
        """Publish where drawing holds up nobody, then learn from the answer, in this thread."""
        if served.reply.round:
            self._newest[served.reply.source] = served
        self._publisher.submit(publish, served)
        if self.loaded is not None:
            self.loaded.settle(self.worker.awaited)

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
                # Of rounds that come faster than they can be drawn, the newest is.
                self._outputs.publish(served,
                                      drawn=self._newest.get(served.reply.source) is served)
        except Exception as error:
            self.failure(error)

    def report(self) -> None:
        """Log what the store and the bounds of the book did."""
        if (loaded := self.loaded) is None:
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


def _fill(response: Segment.Response | SegmentDialogue.Result, served: ServedRequest) -> None:
    if served.reply.round:
        notice = '; '.join(filter(None, (served.space.notice, served.unplaced, served.unsaved)))
        convert.fill_segment(response, served.reply, served.space.messages, notice,
                             served.kept)
    else:
        convert.fill_segment(response, served.reply, [], served.unsaved, served.kept)
