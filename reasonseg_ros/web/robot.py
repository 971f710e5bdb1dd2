# SPDX-License-Identifier: Apache-2.0
"""The one thread that speaks with the node for all browsers, and what it knows of the dialogue.

One request runs at a time; what is asked meanwhile is refused with a sentence. The camera is
received only while somebody looks. Does not know browsers, and decodes no live image
(`web.images`).
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from queue import Empty, Full, Queue
from time import monotonic
from typing import TYPE_CHECKING, Any

from reasonseg_ros.core.dialogue.dialogue import Instance, Round
from reasonseg_ros.core.errors import ANSWERED, ReasonSegError, Status
from reasonseg_ros.engines.reply import PartialReply, Reply

if TYPE_CHECKING:
    from reasonseg_ros.ros.client.listeners import LiveThings, Monitor, RoundNotices
    from reasonseg_ros.ros.reports import Report

NOTES = 50            # sentences without a round that are kept
PATIENCE = 3.0        # seconds for a service of a node that says it is active
SILENT = 4.0          # seconds without diagnostics, of one a second, until the node counts as gone
ANSWER_WITHIN = 120.0  # seconds for one sentence
JOBS = 16             # what waits for the thread, at most
TICK = 0.5            # seconds between looks at the node while nothing happens
JOIN = 5.0            # seconds that the thread has to end


@dataclass(frozen=True)
class Note:
    """Something said that left no round: a refusal, talk, an undo.

    after   rounds that were recorded then
    status  name of how it ended
    """

    after: int
    instruction: str
    answer: str
    status: str


@dataclass(frozen=True)
class Transcript:
    """All that browsers show of the dialogue; replaced as a whole, never changed.

    trouble  why the node does not serve, and what to do; '' = it does
    camera   what is wrong with the camera; '' = nothing
    pending  the sentence that is being answered; None = none is
    stage    what runs of it: a stage of `msg/Timing`, or 'waiting'
    partial  words of its answer so far
    rounds   as recorded, oldest first
    """

    trouble: str = 'looking for the node'
    camera: str = ''
    pending: str | None = None
    stage: str = ''
    partial: str = ''
    rounds: tuple[Round, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def instances(self) -> tuple[Instance, ...]:
        """Every instance of every round, by id."""
        return tuple(i for r in self.rounds for i in r.instances)


class Robot:
    """Speaks with the node in a thread of its own, from `start` to `stop`.

    node, dialogue  names of the node and of the dialogue that is shown ('' = the default one)
    camera          name of the camera that is shown; '' = the first

    Properties may be read, and every method but `start` and `stop` called, in any thread.
    """

    def __init__(self, node: str = 'segmenter', dialogue: str = '', camera: str = '') -> None:
        self.transcript = Transcript()
        self._node, self._dialogue, self._camera = node, dialogue, camera
        self._changed: Callable[[], None] = lambda: None
        self._jobs: Queue[Callable[[], None]] = Queue(JOBS)
        self._looked_at = self._followed_at = False
        self._followed: LiveThings | None = None
        self._cancelled = threading.Event()
        self._ended = threading.Event()
        self._topic = ''
        self._held: tuple[Any, ...] = ()
        self._heard = monotonic()
        self._thread = threading.Thread(target=self._run, name='ros', daemon=True)

    def start(self, changed: Callable[[], None]) -> None:
        """Begin; `changed` is called, in the thread, when the transcript is another one."""
        from reasonseg_ros.ros.client.connection import Connection
        from reasonseg_ros.ros.client.listeners import ImageStream
        self._changed = changed
        self._connection = Connection('web')
        self._stream = ImageStream(self._connection)
        self._notices: RoundNotices | None = None
        self._thread.start()

    def stop(self) -> None:
        """Cancel what runs, and end the thread and its connection."""
        self._ended.set()
        self._cancelled.set()
        self._connection.wake()
        self._thread.join(JOIN)
        if not self._thread.is_alive():
            self._connection.close()

    def ask(self, instruction: str, references: tuple[int, ...] = ()) -> str:
        """Say a sentence; return why that is not possible now, or ''."""
        now = self.transcript
        if now.trouble:
            return now.trouble
        if now.pending is not None:
            return 'one sentence after the other: the answer to the last one is not there yet'
        self._cancelled.clear()
        self._set(pending=instruction, stage='waiting', partial='')
        refused = self._put(partial(self._ask, instruction, references))
        if refused:
            self._set(pending=None, stage='')
        return refused

    def undo(self) -> str:
        """Take the newest round away; return why that is not possible now, or ''."""
        return self.transcript.trouble or self._put(self._undo)

    def reset(self) -> str:
        """Forget the dialogue; return why that is not possible now, or ''."""
        return self.transcript.trouble or self._put(self._reset)

    def cancel(self) -> None:
        """Cancel the sentence that is being answered."""
        self._cancelled.set()
        self._connection.wake()

    def look(self, wanted: bool, followed: bool) -> None:
        """Receive the camera, or stop to; and have the node follow the things, or not."""
        self._looked_at, self._followed_at = wanted, followed
        self._put(self._listen)

    @property
    def images(self) -> tuple[Any, ...]:
        """The newest images of the camera as messages, oldest first; empty unless looked at."""
        return self._stream.messages

    @property
    def followed(self) -> tuple[int, tuple[Instance, ...]]:
        """Stamp of an image and where the things are in it; (0, ()) unless they are followed."""
        return (0, ()) if self._followed is None else self._followed.newest

    @property
    def asked_images(self) -> tuple[Any, ...]:
        """Images around the moment at which the newest sentence was said."""
        return (*self._held, *self.images)

    @property
    def camera(self) -> str:
        """Name of the camera that is shown."""
        return self._camera

    # In the thread

    def _run(self) -> None:
        from reasonseg_ros.ros.client.client import Client
        from reasonseg_ros.ros.client.listeners import Monitor
        connection = self._connection
        try:
            with (Client(self._node, PATIENCE, connection) as client,
                  Monitor(self._node, connection) as monitor):
                self._client = client
                while not self._ended.is_set():
                    connection.wait(lambda: not self._jobs.empty() or self._ended.is_set(), TICK)
                    self._serve(monitor)
        except Exception:  # nobody else would say it
            self._set(trouble='the connection to ROS has failed; start "reasonseg web" again, and '
                              'see what it has printed')
            raise

    def _serve(self, monitor: 'Monitor') -> None:
        self._observe(monitor.next(0.0))
        self._listen()
        try:
            job = self._jobs.get_nowait()
        except Empty:
            if not self.transcript.trouble and self._notices is not None and (
                    self._notices.changed()):
                self._guard(self._refresh)
            return
        self._guard(job)

    def _listen(self) -> None:
        self._stream.listen(self._topic if self._looked_at else '')
        if self._followed is not None:
            self._followed.listen(self._followed_at)

    def _guard(self, job: Callable[[], None]) -> None:
        """Run a job; what goes wrong becomes a note."""
        try:
            job()
        except ReasonSegError as error:
            self._note(self.transcript.pending or '', str(error), error.status)

    def _observe(self, reports: 'tuple[Report, ...] | None') -> None:
        """Take in what the node says about itself once a second."""
        if reports is None:
            if monotonic() - self._heard > SILENT and not self._ended.is_set():
                self._set(trouble=f'no node "{self._node}" is heard; start one with "reasonseg '
                                  'node", or check its name and ROS_DOMAIN_ID')
            return
        self._heard = monotonic()
        by_name = {report.component: report for report in reports}
        cameras = {name.removeprefix('camera').strip(): report for name, report in by_name.items()
                   if name == 'camera' or name.startswith('camera ')}
        if self._camera not in cameras and not self._camera and cameras:
            self._camera = next(iter(cameras))
        camera, model = cameras.get(self._camera), by_name.get('model')
        self._topic = camera.hardware if camera is not None else ''
        trouble = '' if model is not None and int(model.level) == 0 else (
            model.message if model is not None else 'the node says nothing about its model')
        if not trouble and self._notices is None:
            from reasonseg_ros.ros.client.listeners import LiveThings, RoundNotices
            self._notices = RoundNotices(self._connection, self._node, self._camera)
            self._followed = LiveThings(self._connection, self._node, self._camera,
                                        self._dialogue)
        was = self.transcript.trouble
        wrong = '' if camera is None or int(camera.level) == 0 else camera.message
        if camera is None and cameras:
            wrong = f'there is no camera "{self._camera}"; there are {", ".join(cameras)}'
        self._set(trouble=trouble, camera=wrong)
        if was and not trouble:
            self._guard(self._refresh)

    def _ask(self, instruction: str, references: tuple[int, ...]) -> None:
        self._held = self.images
        picked = False

        def progress(now: PartialReply) -> None:
            nonlocal picked
            if now.stage != 'waiting' and not picked:
                picked, self._held = True, self.images
            self._set(stage=now.stage, partial=now.answer)
        try:
            reply = self._client.segment_streaming(
                instruction, self._dialogue, references, timeout=ANSWER_WITHIN,
                camera=self._camera, progress=progress, cancelled=self._cancelled.is_set)
            if reply.status in ANSWERED and reply.round:
                self._refresh()
            else:
                self._said(instruction, reply)
        finally:
            self._set(pending=None, stage='', partial='')

    def _undo(self) -> None:
        self._said('', self._client.undo(self._dialogue))

    def _reset(self) -> None:
        self._said('', self._client.reset(self._dialogue))
        self._set(notes=())

    def _said(self, instruction: str, reply: Reply) -> None:
        """Show what left no round, or took rounds away."""
        if reply.status is Status.OK:
            self._refresh()
        self._note(instruction, reply.answer or reply.message, reply.status)

    def _refresh(self) -> None:
        """Read the rounds again."""
        reply, rounds = self._client.rounds(self._dialogue)
        if reply.status in (Status.OK, Status.UNKNOWN_DIALOGUE):
            self._set(rounds=rounds)

    def _note(self, instruction: str, answer: str, status: Status) -> None:
        note = Note(len(self.transcript.rounds), instruction, answer, status.name)
        self._set(notes=(*self.transcript.notes, note)[-NOTES:])

    def _put(self, job: Callable[[], None]) -> str:
        try:
            self._jobs.put_nowait(job)
        except Full:
            return 'too much is waiting for the node; try again when it has answered'
        self._connection.wake()
        return ''

    def _set(self, **values: Any) -> None:
        """Replace parts of the transcript, and say so when that changes it."""
        new = replace(self.transcript, **values)
        if new != self.transcript:
            self.transcript = new
            self._changed()
