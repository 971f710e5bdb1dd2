# SPDX-License-Identifier: Apache-2.0
"""The lifecycle node: wires cameras, handler, outputs and diagnostics together, and its states.

Does not serve requests (`ros.handler`).
"""

import time
from collections.abc import Callable
from concurrent.futures import wait
from typing import TypeVar

from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.clock import Clock, ClockType
from rclpy.lifecycle import LifecycleNode, LifecycleState, TransitionCallbackReturn

from reasonseg_ros.core.camera.messages import NANOSECONDS
from reasonseg_ros.core.errors import BadRequest
from reasonseg_ros.engines import registry
from reasonseg_ros.ros import diagnostics, params, reports
from reasonseg_ros.ros.action import SegmentAction
from reasonseg_ros.ros.camera import Camera, on_jump_back
from reasonseg_ros.ros.cameras import Cameras
from reasonseg_ros.ros.compat import optional
from reasonseg_ros.ros.diagnostics import Diagnostics, Probe
from reasonseg_ros.ros.executor import RequestExecutor
from reasonseg_ros.ros.handler import Handler
from reasonseg_ros.ros.intake import Intake
from reasonseg_ros.ros.model_state import Loader, ModelState
from reasonseg_ros.ros.output.live import live_outputs
from reasonseg_ros.ros.output.outputs import NodeOutputs
from reasonseg_ros.ros.output.transforms import Transforms
from reasonseg_ros.ros.param_table import declare
from reasonseg_ros.ros.qos import REQUESTS, Endpoints
from reasonseg_ros.ros.reports import Condition, NodeState
from reasonseg_ros.ros.speech import Speech
from reasonseg_ros.ros.watch import Watch
from reasonseg_ros.srv import (
    Forget,
    GetDialogue,
    ListDialogues,
    ResetDialogue,
    Segment,
    Track,
    UndoRound,
)

T = TypeVar('T')

CANCEL_WITHIN = 10.0  # seconds that the engine has to notice that it was cancelled


class Segmenter(LifecycleNode):
    """The node `segmenter`. `load` makes the engine from the parameters.

    broken   whether it was to start by itself and could not
    give_up  called then: nobody manages the node, so that it is of no use
    """

    def __init__(self, load: Loader = registry.load) -> None:
        self.broken = self._ending = False
        self.give_up: Callable[[], None] = lambda: None
        self._action: SegmentAction | None = None  # ROS destroys a half-made node, too
        super().__init__('segmenter')
        declare(self, params.TABLE)
        self._load = load
        self._endpoints = Endpoints(self)
        settings = params.read(self)
        self._names = settings.cameras
        outputs = NodeOutputs(self._endpoints.lifecycle_publisher, self._names)
        self._transforms = Transforms(self, settings.target_frame,
                                      settings.target_frame_required, settings.memory_frame)
        self._handler = handler = Handler(self, self._names, outputs, self._transforms)
        self._watch = Watch(self, handler, live_outputs(
            self._endpoints.lifecycle_publisher, self._names, settings.publish_tf),
            self._transforms, settings.track_rate)
        handler.follow = self._watch.follow
        if settings.publish_tf and optional('tf2_msgs.msg') is None:
            self.get_logger().warning('tf2_msgs cannot be imported, so that publish_tf is of no '
                                      'use; install it')
        self._diagnostics = Diagnostics(self, self._endpoints, self._probes())
        self._intake = Intake(self.context)
        requests = ReentrantCallbackGroup()
        self._speech = Speech(self, self._endpoints, requests, handler.serve_spoken,
                              handler.worker.cancel, outputs.say)
        self._action = SegmentAction(self, requests, handler.answering(handler.segment),
                                     handler.worker.cancel)
        for kind, name, serve in (
                (Segment, 'segment', handler.segment),
                (ResetDialogue, 'reset_dialogue', handler.reset_dialogue),
                (UndoRound, 'undo_round', handler.undo_round),
                (GetDialogue, 'get_dialogue', handler.get_dialogue),
                (ListDialogues, 'list_dialogues', handler.list_dialogues),
                (Forget, 'forget', self._watch.forget),
                (Track, 'track', self._watch.choose)):
            self.create_service(kind, f'~/{name}', handler.answering(serve),
                                qos_profile=REQUESTS, callback_group=requests)
        if settings.autostart:
            # In the default group, like the lifecycle services: one transition at a time.
            self._start = self.create_timer(0.0, self._autostart,
                                            clock=Clock(clock_type=ClockType.STEADY_TIME))
        self._jumps = on_jump_back(self, self._time_went_back)

    def close(self) -> None:
        """Cancel what runs and end the worker; the process is about to exit."""
        self._ending = True
        self._handler.condition = Condition(NodeState.INACTIVE, 'it is shutting down')
        self._jumps.unregister()
        self._intake.close()
        self._handler.close()
        if self._handler.loaded is not None:
            self._handler.loaded.close()

    def _time_went_back(self, reason: str) -> None:
        clocks = self.count_publishers('/clock')
        others = f', and {clocks} publish on /clock' if clocks > 1 else ''
        self.get_logger().warning(f'{reason}{others}: images are dropped, dialogues stay')
        self._transforms.clear()
        if self._handler.loaded is not None:
            self._handler.loaded.forget_images()

    def destroy_node(self) -> None:
        """Free what the node has in ROS; rclpy leaves out action servers."""
        if self._action is not None:
            self._action.close()
        super().destroy_node()

    # Transitions. rclpy swallows their exceptions, so that each failure is logged here.

    def _autostart(self) -> None:
        self._start.cancel()
        done = TransitionCallbackReturn.SUCCESS
        if self.trigger_configure() == done and self.trigger_activate() == done or self._ending:
            return
        self.broken = True
        self.give_up()

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Load and warm the engine, open the store."""
        start = time.monotonic()
        settings, name = params.read(self), self.get_fully_qualified_name()
        self._handler.condition = Condition(NodeState.INACTIVE, 'it is loading the model')
        try:
            self._handler.loaded = self._handler.worker.run(
                lambda _: ModelState(settings, self._load, name, self._seconds), cancellable=False)
        except Exception as error:
            _, message = self._handler.failure(error)
            self._handler.condition = Condition(
                NodeState.BROKEN, f'it could not be configured: {message}')
            self.get_logger().error(f'not configured: {message}')
            return TransitionCallbackReturn.FAILURE
        self._handler.report()
        self._handler.condition = Condition(NodeState.INACTIVE, 'it has not been activated')
        facts = self._handler.loaded.engine.facts
        self.get_logger().info(
            f'{facts.provenance} ({facts.parameters} parameters, {facts.dtype}) on '
            f'{facts.device}, ready in {time.monotonic() - start:.1f} s')
        book = self._handler.loaded.book
        if book.store is not None and (kept := book.list()):
            self.get_logger().info(
                f'remembers from before: {len(kept)} dialogue{"s" * (len(kept) > 1)}, the newest, '
                f'"{kept[0].id}", of {len(kept[0].rounds)} rounds; in {book.store.path}; '
                '~/reset forgets one, and store_path ":memory:" keeps none')
        return super().on_configure(state)

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Open the intake and accept requests."""
        settings = params.read(self)
        try:
            self._handler.cameras = self._between_waits(lambda: Cameras(
                self._names, lambda name: Camera(
                    self, self._intake, self._endpoints, name, settings.image_transport,
                    settings.depth_image_transport, settings.sync_slop, settings.stamp_window,
                    self._transforms.camera_pose)))
        except BadRequest as error:
            self._handler.condition = Condition(
                NodeState.INACTIVE, f'it could not be activated: {error}')
            self.get_logger().error(f'not activated: {error}')
            return TransitionCallbackReturn.FAILURE
        result = super().on_activate(state)
        self._handler.condition = Condition(NodeState.ACTIVE)
        self.get_logger().info(f'active, listening to {self._handler.cameras.topics}')
        return result

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Refuse requests, cancel those that run, close the intake."""
        self._handler.condition = Condition(NodeState.INACTIVE, 'it has been deactivated')
        if wait(self._handler.worker.cancel(), CANCEL_WITHIN).not_done:
            self.get_logger().warning('the engine did not stop in time; it ends by itself')
        if self._handler.cameras is not None:
            self.get_logger().info(f'inactive; intake: {self._handler.cameras.counts}')
            self._between_waits(self._handler.cameras.close)
        return super().on_deactivate(state)

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Free the engine and the store."""
        self._handler.condition = Condition(NodeState.INACTIVE, 'it has been cleaned up')
        self._handler.worker.run(lambda _: self._free(), cancellable=False)
        return super().on_cleanup(state)

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Free everything, whatever the state was."""
        self._handler.condition = Condition(NodeState.INACTIVE, 'it has been shut down', final=True)
        wait(self._handler.worker.cancel(), CANCEL_WITHIN)
        if self._handler.cameras is not None:
            self._between_waits(self._handler.cameras.close)
        self._handler.worker.run(lambda _: self._free(), cancellable=False)
        return super().on_shutdown(state)

    def _between_waits(self, change: Callable[[], T]) -> T:
        """Make or destroy entities where the executor cannot be using them."""
        executor = self.executor
        return (executor.between_waits(change) if isinstance(executor, RequestExecutor)
                else change())

    def _free(self) -> None:
        if self._handler.loaded is not None:
            self._handler.loaded.close()
        self._handler.loaded = None

    # Diagnostics

    def _probes(self) -> dict[str, Probe]:
        dialogues, handler = reports.DialogueStatistics(), self._handler
        return {
            'model': lambda: [diagnostics.model(handler.loaded, handler.condition)],
            'camera': lambda: [
                diagnostics.camera(self, name,
                                   handler.camera(name) if handler.condition.active else None,
                                   params.read(self).max_age) for name in self._names],
            'qos': lambda: [reports.qos(self._endpoints.mismatches)],
            'tf': lambda: [diagnostics.transforms(self._transforms)],
            'tracking': lambda: [reports.tracking(self._watch.statistics, self._watch.wanted)],
            'requests': lambda: [handler.requests.report(handler.worker.depth)],
            'dialogues': lambda: [dialogues.report(*diagnostics.book(handler.loaded))],
            'store': lambda: [diagnostics.store(handler.loaded)],
            'clock': lambda: [diagnostics.clock(self)],
        }

    def _seconds(self) -> float:
        return float(self.get_clock().now().nanoseconds / NANOSECONDS)
