# SPDX-License-Identifier: Apache-2.0
"""The lifecycle node: wires camera, worker, dialogues and outputs together.

A request is one job of the worker; its service callback waits in a group of its own, so that
intake and state queries run on. "Stop", "cancel" or "never mind" on `~/instruction` cancels what
runs, whoever asked for it (`ros.speech`). Does not decode, convert, resolve references or run the
model.
"""

import time
import traceback
from collections.abc import Callable
from collections.abc import Sequence
from concurrent.futures import Future
from concurrent.futures import wait
from typing import Any

from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.clock import Clock
from rclpy.clock import ClockType
from rclpy.lifecycle import LifecycleNode
from rclpy.lifecycle import LifecycleState
from rclpy.lifecycle import TransitionCallbackReturn

from reasonseg_ros.action import SegmentDialogue
from reasonseg_ros.core.errors import BadRequest
from reasonseg_ros.core.errors import Cancelled
from reasonseg_ros.core.errors import DeadlineExceeded
from reasonseg_ros.core.errors import NoImage
from reasonseg_ros.core.errors import NotActive
from reasonseg_ros.core.errors import ReasonSegError
from reasonseg_ros.core.status import Status
from reasonseg_ros.engines import registry
from reasonseg_ros.engines.protocol import unheard
from reasonseg_ros.engines.session import Partial
from reasonseg_ros.engines.session import Reply
from reasonseg_ros.msg import DialogueInfo
from reasonseg_ros.ros import convert
from reasonseg_ros.ros import params
from reasonseg_ros.ros import probes
from reasonseg_ros.ros import reports
from reasonseg_ros.ros.action import Ready
from reasonseg_ros.ros.action import SegmentAction
from reasonseg_ros.ros.camera import Camera
from reasonseg_ros.ros.clock import on_jump_back
from reasonseg_ros.ros.declare import declare
from reasonseg_ros.ros.diagnostics import Diagnostics
from reasonseg_ros.ros.diagnostics import Probe
from reasonseg_ros.ros.frames import POLICIES
from reasonseg_ros.ros.frames import Wanted
from reasonseg_ros.ros.loaded import Loaded
from reasonseg_ros.ros.loaded import Loader
from reasonseg_ros.ros.outputs import Outputs
from reasonseg_ros.ros.qos import Endpoints
from reasonseg_ros.ros.space import Space
from reasonseg_ros.ros.speech import Speech
from reasonseg_ros.ros.speech import spoken
from reasonseg_ros.ros.transforms import Transforms
from reasonseg_ros.ros.worker import Worker
from reasonseg_ros.srv import GetDialogue
from reasonseg_ros.srv import ListDialogues
from reasonseg_ros.srv import ResetDialogue
from reasonseg_ros.srv import Segment
from reasonseg_ros.srv import UndoRound

Result = TransitionCallbackReturn

CANCEL_WITHIN = 10.0  # seconds that the engine has to notice that it was cancelled
BROKEN = 'it could not be configured'


class Segmenter(LifecycleNode):
    """The node `segmenter`. `load` makes the engine from the parameters."""

    def __init__(self, load: Loader = registry.load) -> None:
        super().__init__('segmenter')
        declare(self, params.TABLE)
        self._load = load
        self._loaded: Loaded | None = None
        self._camera: Camera | None = None
        self._inactive = 'it has not been configured'  # why requests are refused; '' = served
        self._worker = Worker()
        self._endpoints = Endpoints(self)
        self._outputs = Outputs(self, self._endpoints.lifecycle_publisher)
        self._transforms = Transforms(self, params.read(self).target_frame)
        self._requests = reports.Requests()
        self._diagnostics = Diagnostics(self, self._endpoints, self._probes())
        self._intake = MutuallyExclusiveCallbackGroup()
        requests = ReentrantCallbackGroup()
        self._speech = Speech(self, self._endpoints, requests, self._spoken,
                              self._worker.cancel, self._outputs.say)
        self._action = SegmentAction(self, requests, self._answering(self._segment),
                                     self._worker.cancel)
        for kind, name, serve in (
                (Segment, 'segment', self._segment),
                (ResetDialogue, 'reset_dialogue', self._reset),
                (UndoRound, 'undo_round', self._undo),
                (GetDialogue, 'get_dialogue', self._get),
                (ListDialogues, 'list_dialogues', self._list)):
            self.create_service(kind, f'~/{name}', self._answering(serve),
                                callback_group=requests)
        if params.read(self).autostart:
            # In the default group, like the lifecycle services: one transition at a time.
            self._start = self.create_timer(0.0, self._autostart,
                                            clock=Clock(clock_type=ClockType.STEADY_TIME))
        self._jumps = on_jump_back(self, self._time_went_back)

    def close(self) -> None:
        """Cancel what runs and end the worker; the process is about to exit."""
        self._inactive = 'it is shutting down'
        self._jumps.unregister()
        self._worker.close()
        if self._loaded is not None:
            self._loaded.close()

    def _time_went_back(self) -> None:
        self.get_logger().warning('time went back: images are dropped, dialogues stay')
        self._transforms.clear()
        if self._loaded is not None:
            self._loaded.forget_pictures()

    def destroy_node(self) -> None:
        """Free what the node has in ROS; rclpy leaves out action servers."""
        self._action.close()
        super().destroy_node()

    # Transitions. rclpy swallows their exceptions, so that each failure is logged here.

    def _autostart(self) -> None:
        self._start.cancel()
        if self.trigger_configure() == Result.SUCCESS:
            self.trigger_activate()

    def on_configure(self, state: LifecycleState) -> Result:
        """Load and warm the engine, open the store."""
        start = time.monotonic()
        settings, name = params.read(self), self.get_fully_qualified_name()
        self._inactive = 'it is loading the model'
        try:
            self._loaded = self._worker.run(
                lambda _: Loaded(settings, self._load, name, self._seconds), cancellable=False)
        except Exception as error:
            _, message = self._failure(error)
            self._inactive = f'{BROKEN}: {message}'
            self.get_logger().error(f'not configured: {message}')
            return Result.FAILURE
        self._report(self._loaded)
        self._inactive = 'it has not been activated'
        facts = self._loaded.engine.facts
        self.get_logger().info(
            f'{facts.provenance} ({facts.parameters} parameters, {facts.dtype}) on '
            f'{facts.device}, ready in {time.monotonic() - start:.1f} s')
        return super().on_configure(state)

    def on_activate(self, state: LifecycleState) -> Result:
        """Open the intake and accept requests."""
        settings = params.read(self)
        try:
            self._camera = Camera(self, self._intake, self._endpoints,
                                  transport=settings.image_transport,
                                  depth_transport=settings.depth_image_transport,
                                  slop=settings.sync_slop)
        except BadRequest as error:
            self._inactive = f'it could not be activated: {error}'
            self.get_logger().error(f'not activated: {error}')
            return Result.FAILURE
        result = super().on_activate(state)
        self._inactive = ''
        self.get_logger().info(f'active, listening to {self._camera.topic}')
        return result

    def on_deactivate(self, state: LifecycleState) -> Result:
        """Refuse requests, cancel those that run, close the intake."""
        self._inactive = 'it has been deactivated'
        if wait(self._worker.cancel(), CANCEL_WITHIN).not_done:
            self.get_logger().warning('the engine did not stop in time; it ends by itself')
        counts = ', '.join(f'{stream.topic} {stream.received} received {stream.lost} lost'
                           for stream in self._camera.statistics().streams)
        self.get_logger().info(f'inactive; intake: {counts}')
        self._camera.close()
        return super().on_deactivate(state)

    def on_cleanup(self, state: LifecycleState) -> Result:
        """Free the engine and the store."""
        self._inactive = 'it has been cleaned up'
        self._worker.run(lambda _: self._free(), cancellable=False)
        return super().on_cleanup(state)

    def on_shutdown(self, state: LifecycleState) -> Result:
        """Free everything, whatever the state was."""
        self._inactive = 'it has been shut down'
        wait(self._worker.cancel(), CANCEL_WITHIN)
        if self._camera is not None:
            self._camera.close()
        self._worker.run(lambda _: self._free(), cancellable=False)
        return super().on_shutdown(state)

    def _free(self) -> None:
        if self._loaded is not None:
            self._loaded.close()
        self._loaded = None

    # Requests

    def _answering(self, serve: Callable[..., None]) -> Callable[..., Any]:
        """Wrap a service callback so that every failure becomes a status and a sentence."""
        def callback(request: Any, response: Any, *more: Any) -> Any:
            try:
                self._check_active()
                serve(request, response, *more)
            except Exception as error:  # nothing may leave a callback
                response.status, response.message = self._failure(error)
                self._requests.ended(Status(response.status))
            return response
        return callback

    def _failure(self, error: Exception) -> tuple[int, str]:
        """Return the status and the sentence for an error; the one place that maps them."""
        if isinstance(error, ReasonSegError):
            return int(error.status), str(error)
        self.get_logger().error(''.join(traceback.format_exception(error)))
        return int(Status.INTERNAL), (f'internal fault ({type(error).__name__}: {error}); the log '
                                      'of the node shows where')

    def _check_active(self) -> None:
        if self._inactive:
            name = self.get_fully_qualified_name()
            raise NotActive(f'{name} is not active: {self._inactive}; see "ros2 lifecycle get '
                            f'{name}", then set it to configure and activate')

    def _spoken(self, sentence: str) -> None:
        """Serve a sentence in the default dialogue; what goes wrong is said aloud."""
        settings = params.read(self)
        wanted = Wanted(POLICIES[settings.frame_policy], settings.max_age)
        try:
            self._check_active()
            future = self._worker.submit(lambda cancelled: self._ask(
                '', sentence, (), wanted, cancelled), deadline=settings.deadline)
            future.add_done_callback(self._speak_failure)
        except ReasonSegError as error:
            self._requests.ended(error.status)
            self.get_logger().warning(f'"{sentence[:80]}" was not served: {error}')
            self._outputs.say(str(error))

    def _speak_failure(self, future: Future) -> None:
        error = future.exception()
        if error is None or not self.context.ok():
            return
        status, sentence = self._failure(error)
        self._requests.ended(Status(status))
        if not isinstance(error, Cancelled):  # whoever cancelled it knows
            self._outputs.say(sentence)

    def _segment(self, request: Segment.Request | SegmentDialogue.Goal,
                 response: Segment.Response | SegmentDialogue.Result,
                 started: Callable[[Future], None] = unheard,
                 progress: Callable[[Partial], None] = unheard) -> None:
        """Serve a request of the service, or a goal of the action: their fields are the same."""
        settings = params.read(self)
        max_age = (request.max_age.sec + request.max_age.nanosec / convert.NANOSECONDS
                   or settings.max_age)
        if max_age < 0:
            raise BadRequest(f'max_age is {max_age:g} s; expected seconds above 0, or 0 for the '
                             'parameter max_age')
        wanted = Wanted(request.frame_policy, max_age, convert.nanoseconds(request.stamp),
                        request.image)
        ready = Ready(progress)
        future = self._worker.submit(lambda cancelled: self._ask(
            request.dialogue_id, request.instruction, request.references, wanted, cancelled,
            ready), deadline=settings.deadline)
        started(future)
        try:
            reply, space = future.result()
        except DeadlineExceeded as error:
            raise ready.fill(response, error) from error
        if reply.round:
            convert.fill_segment(response, reply, space.messages, space.notice)
        else:
            convert.fill_segment(response, reply, [])

    def _reset(self, request: ResetDialogue.Request, response: ResetDialogue.Response) -> None:
        reply = self._worker.run(lambda _: self._shorten(request.dialogue_id, None))
        response.status, response.message = int(reply.status), reply.message
        response.dialogue_id = reply.dialogue_id

    def _undo(self, request: UndoRound.Request, response: UndoRound.Response) -> None:
        reply = self._worker.run(lambda _: self._shorten(request.dialogue_id, request.rounds or 1))
        response.status, response.message = int(reply.status), reply.message
        response.dialogue_id = reply.dialogue_id
        response.round = len(self._loaded.book.get(reply.dialogue_id).rounds)

    def _get(self, request: GetDialogue.Request, response: GetDialogue.Response) -> None:
        dialogue = self._loaded.book.get(request.dialogue_id)
        response.rounds = [convert.round_message(r, dialogue.id) for r in dialogue.rounds]
        response.dialogue_id = dialogue.id

    def _list(self, request: ListDialogues.Request, response: ListDialogues.Response) -> None:
        response.dialogues = [
            DialogueInfo(dialogue_id=d.id, rounds=len(d.rounds), instances=len(d.instances))
            for d in self._loaded.book.list()]

    # Diagnostics

    def _probes(self) -> dict[str, Probe]:
        dialogues = reports.Dialogues()
        return {
            'model': lambda: [probes.model(self._loaded, self._inactive,
                                           self._inactive.startswith(BROKEN))],
            'camera': lambda: [probes.camera(self, None if self._inactive else self._camera,
                                             params.read(self).max_age)],
            'qos': lambda: [reports.qos(self._endpoints.mismatches)],
            'tf': lambda: [probes.transforms(self._transforms)],
            'requests': lambda: [self._requests.report(self._worker.depth)],
            'dialogues': lambda: [dialogues.report(*probes.book(self._loaded))],
            'clock': lambda: [probes.clock(self)],
        }

    # Jobs of the worker

    def _ask(self, dialogue_id: str, instruction: str, references: Sequence[int], wanted: Wanted,
             cancelled: Callable[[], bool],
             progress: Callable[[Partial], None] = unheard) -> tuple[Reply, Space | None]:
        """Answer one sentence; return the reply and the newest round, None when none is left."""
        self._check_active()  # it may have waited while the node was deactivated
        loaded, start = self._loaded, time.monotonic()
        dialogue = loaded.book.open(dialogue_id)
        frame, trouble = None, None
        try:
            frame = loaded.frames.choose(wanted, self._camera, dialogue.id, len(dialogue.rounds))
        except ReasonSegError as error:
            trouble = error
        try:
            reply = loaded.session(params.read(self)).ask(
                dialogue.id, instruction, frame, tuple(references), cancelled, progress)
        except NoImage:  # sentences like "undo" are served without one
            raise trouble or NoImage('there is no image to segment') from None
        if reply.round:
            loaded.frames.keep(reply.dialogue_id, reply.round, frame)
        space = self._newest(reply.dialogue_id)
        self._publish(reply, space)
        self._report(loaded)
        self._requests.ended(reply.status, time.monotonic() - start)
        self.get_logger().info(
            f'dialogue "{reply.dialogue_id}" round {reply.round}: {reply.status.name}, '
            f'{len(reply.instances)} instances in {1000 * (time.monotonic() - start):.0f} ms')
        return reply, space

    def _shorten(self, dialogue_id: str, rounds: int | None) -> Reply:
        """Take away the newest rounds; None = all."""
        self._check_active()
        session = self._loaded.session(params.read(self))
        reply = session.reset(dialogue_id) if rounds is None else session.undo(dialogue_id, rounds)
        self._publish(reply, self._newest(reply.dialogue_id))
        return reply

    def _newest(self, dialogue_id: str) -> Space | None:
        """Return the newest round that the dialogue holds now, or None when none is left."""
        dialogue = self._loaded.book.open(dialogue_id)
        if not dialogue.rounds:
            return None
        record = dialogue.rounds[-1]
        frame = self._loaded.frames.of(dialogue.id, record.index)
        return Space(record, dialogue.id, frame, self._transforms)

    def _publish(self, reply: Reply, space: Space | None) -> None:
        """Publish a served request; what goes wrong here does not fail it any more."""
        try:
            if self.context.ok():
                self._publish_newest(reply, space)
        except Exception as error:
            self._failure(error)

    def _publish_newest(self, reply: Reply, space: Space | None) -> None:
        self._outputs.say(spoken(reply))
        if space is None:
            self._outputs.clear(reply.dialogue_id)
            return
        self._outputs.list(space)
        if reply.round:
            dialogue = self._loaded.book.open(reply.dialogue_id)
            earlier = [i for i in dialogue.instances if i.round != reply.round]
            self._outputs.draw(space, earlier)

    def _report(self, loaded: Loaded) -> None:
        """Log what the store and the bounds of the book did."""
        while loaded.notices:
            self.get_logger().warning(loaded.notices.pop(0))
        for name, reason in loaded.book.evicted():
            self.get_logger().warning(f'forgot dialogue "{name}": {reason}')

    def _seconds(self) -> float:
        return self.get_clock().now().nanoseconds / convert.NANOSECONDS
