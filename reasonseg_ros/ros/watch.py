# SPDX-License-Identifier: Apache-2.0
"""Follows the things of one dialogue between requests, for `~/tracked`; requests come first.

A timer takes the newest image, the worker looks for the things in it when no request is there, and
the thread of the timer publishes. An image at a time: the next one is taken when the last one is
published. Does not know how a thing is found (`engines.tracking`), and records nothing.
"""

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.clock import Clock, ClockType
from rclpy.lifecycle import LifecycleNode

from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.dialogue.book import DEFAULT
from reasonseg_ros.core.dialogue.dialogue import Dialogue, State
from reasonseg_ros.core.errors import BadRequest, ReasonSegError, Status
from reasonseg_ros.core.memory.thing import Sighting
from reasonseg_ros.ros import params
from reasonseg_ros.ros.cameras import newest_rounds
from reasonseg_ros.ros.handler import Handler
from reasonseg_ros.ros.model_state import ModelState
from reasonseg_ros.ros.output.live import LiveOutputs
from reasonseg_ros.ros.output.transforms import Transforms
from reasonseg_ros.ros.params import Settings
from reasonseg_ros.ros.reports import TrackingStatistics
from reasonseg_ros.srv import Forget, Track


class Watch:
    """Keeps an eye on the things of the dialogue that was chosen, or used last.

    outputs     by camera
    rate        looks a second, at most; 0 = none
    statistics  what has come of it
    """

    def __init__(self, node: LifecycleNode, handler: Handler, outputs: Mapping[str, LiveOutputs],
                 transforms: Transforms, rate: float) -> None:
        self.statistics = TrackingStatistics()
        self._node, self._handler = node, handler
        self._outputs, self._transforms, self._rate = outputs, transforms, rate
        self._chosen = ''      # name of a dialogue; '' = the one that was used last
        self._always = False   # as a client asked
        self._stamps: dict[str, int] = {}  # by camera, of the newest image that was looked at
        if rate:
            # Steady, so that a bag that is played slowly or stands still does not hold it up.
            node.create_timer(1.0 / rate, self.look, clock=Clock(clock_type=ClockType.STEADY_TIME),
                              callback_group=MutuallyExclusiveCallbackGroup())

    @property
    def wanted(self) -> bool:
        """Whether anything is to be followed now."""
        track = self._node.get_parameter('track').value
        return bool(self._rate) and track != 'never' and (
            track == 'always' or self._always or any(o.heard for o in self._outputs.values()))

    def look(self) -> None:
        """Publish where the things are in the newest image of each camera, if it is wanted."""
        loaded = self._handler.loaded
        if not self.wanted or loaded is None or not self._handler.condition.active:
            return
        settings = params.read(self._node)
        unheard = settings.track == 'always' or self._always
        dialogue = loaded.book.peek(self._chosen or next(
            (dialogue.id for dialogue in loaded.book.list()), DEFAULT))
        for source, outputs in self._outputs.items():
            if outputs.heard or unheard and source in newest_rounds(dialogue):
                try:
                    self._follow(dialogue, source, outputs, settings)
                except Exception as error:  # it costs this image, and nothing else
                    self._fail(error)

    def choose(self, request: Track.Request, response: Track.Response) -> None:
        """Follow another dialogue from now on, also while nobody listens if that is wanted."""
        dialogue = self._handler.active().book.get(request.dialogue_id)
        self.follow(dialogue.id, request.always)
        response.status = int(Status.OK)
        response.message = f'things of dialogue "{dialogue.id}" are followed ' + (
            'from now on' if request.always else 'while somebody listens to ~/tracked')

    def follow(self, dialogue_id: str, always: bool = True) -> None:
        """Follow a dialogue from now on; `always`: also while nobody listens. Raises BadRequest."""
        if not self._rate or self._node.get_parameter('track').value == 'never':
            raise BadRequest('nothing is followed: the parameter track is "never", or track_rate '
                             'is 0; set track to "subscribed", or start with another track_rate')
        self._chosen, self._always = dialogue_id, always
        self._stamps.clear()

    def forget(self, request: Forget.Request, response: Forget.Response) -> None:
        """Follow some things of a dialogue no longer; its rounds stay."""
        settings, ids = params.read(self._node), tuple(request.ids)

        def job(_: object) -> None:
            self._handler.active().session(settings).forget(request.dialogue_id, ids)
        self._handler.worker.submit(job, client=request.dialogue_id).result()
        self._stamps.clear()
        response.status = int(Status.OK)
        response.message = f'forgotten: {", ".join(map(str, ids))}'

    def _follow(self, dialogue: Dialogue, source: str, outputs: LiveOutputs, settings: Settings
                ) -> None:
        if self._handler.worker.depth:
            self.statistics = replace(self.statistics, skipped=self.statistics.skipped + 1)
            return
        frame = self._handler.camera(source).latest(settings.max_age)
        if frame.stamp == self._stamps.get(source):
            return
        start = time.monotonic()
        sought = self._handler.worker.submit_idle(
            lambda _: _sought(self._handler.active(), settings, dialogue.id, frame))
        if sought is None:
            self.statistics = replace(self.statistics, skipped=self.statistics.skipped + 1)
            return
        now, sightings = sought.result()
        self._stamps[source] = frame.stamp
        seconds = time.monotonic() - start
        outputs.publish(now, frame, sightings, self._transforms)
        states = Counter(seen.state.name.lower() for seen in sightings)
        self.statistics = replace(
            self.statistics, dialogue_id=dialogue.id, done=self.statistics.done + 1,
            states={state.name.lower(): states[state.name.lower()] for state in State},
            seconds=seconds, trouble=self._transforms.unplaced(frame))

    def _fail(self, error: Exception) -> None:
        """Keep what went wrong for diagnostics; a fault of the node is logged, once."""
        told = self.statistics.trouble
        trouble = str(error) if isinstance(error, ReasonSegError) else (
            f'internal fault ({type(error).__name__}: {error}); the log of the node shows where')
        self.statistics = replace(self.statistics, trouble=trouble)
        if trouble != told and not isinstance(error, ReasonSegError) and self._node.context.ok():
            self._handler.failure(error)


def _sought(loaded: ModelState, settings: Settings, dialogue_id: str, frame: Frame
            ) -> tuple[Dialogue, tuple[Sighting, ...]]:
    """Return a dialogue as a camera saw it, and where its things are; in the worker's thread."""
    sightings = loaded.session(settings).track(dialogue_id, frame)
    return loaded.book.peek(dialogue_id).seen_by(frame.source), sightings
