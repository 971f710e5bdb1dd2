# SPDX-License-Identifier: Apache-2.0
"""The state of each component of the segmenter as one sentence and a few figures.

Functions of plain values, except for the two that need a past: `RequestStatistics` and
`DialogueStatistics`. Does not know where the values are (`ros.diagnostics`) or how reports are
published (`ros.diagnostics`).
"""

import math
import threading
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, IntEnum
from typing import TYPE_CHECKING

from reasonseg_ros.core.dialogue.dialogue import Dialogue, Round
from reasonseg_ros.core.errors import Status
from reasonseg_ros.engines.protocol import EngineFacts

if TYPE_CHECKING:  # values only; nothing here needs ROS to run
    from reasonseg_ros.ros.camera import CameraStatistics
    from reasonseg_ros.ros.qos import Mismatch
    from reasonseg_ros.ros.stream import StreamStatistics

STATE = 'state'         # figure of the component `model`: the value of a NodeState
WINDOW = 200            # requests that the latencies are taken from
MEGABYTE = 1e6
FAULTS = (Status.OUT_OF_MEMORY, Status.INTERNAL)  # the node's own; all others are the request's


class Level(IntEnum):
    """How well a component does; the values are those of diagnostic_msgs/DiagnosticStatus."""

    OK = 0
    WARN = 1
    ERROR = 2
    STALE = 3  # says nothing now, on purpose


@dataclass(frozen=True)
class Report:
    """The state of one component.

    values    figure -> text; the name of the figure holds its unit
    hardware  what the component stands for: a device, a topic; '' = the node itself
    """

    component: str
    level: Level
    message: str
    values: Mapping[str, str] = field(default_factory=dict)
    hardware: str = ''


class NodeState(Enum):
    """Whether a node serves requests; BROKEN when its last configuration failed."""

    INACTIVE = 'inactive'
    ACTIVE = 'active'
    BROKEN = 'broken'


@dataclass(frozen=True)
class Condition:
    """A state, and for people why requests are refused in it; `final` when that stays so."""

    state: NodeState
    reason: str = ''
    final: bool = False

    @property
    def active(self) -> bool:
        """Whether requests are served."""
        return self.state is NodeState.ACTIVE


def model(facts: EngineFacts | None, condition: Condition,
          memory: tuple[int, int] | None) -> Report:
    """Report the engine.

    facts      None while none is loaded
    condition  of the node
    memory     bytes of the device that this process uses, and all it has; None without a GPU
    """
    level, message = Level.OK, 'requests are served'
    if not condition.active:
        level = Level.ERROR if condition.state is NodeState.BROKEN else Level.WARN
        message = f'requests are refused: {condition.reason}'
    if facts is None:
        return Report('model', level, message, {STATE: condition.state.value})
    values = {
        STATE: condition.state.value,
        'engine': facts.provenance,
        'licence': facts.licence,
        'device': facts.device,
        'dtype': facts.dtype,
        'parameters': str(facts.parameters),
        'weights (MB)': _megabytes(facts.nbytes),
    }
    if memory is not None:
        used, total = memory
        values['device memory used (MB)'] = _megabytes(used)
        values['device memory total (MB)'] = _megabytes(total)
    return Report('model', level, message, values, facts.device)


def node_state(reported: Sequence[Report]) -> NodeState | None:
    """Return the state that the reports of a node tell; None when they tell none."""
    told = (report.values[STATE] for report in reported if STATE in report.values)
    return next(map(NodeState, told), None)


def camera(component: str, seen: 'CameraStatistics | None', max_age: float,
           publishers: int) -> Report:
    """Report the intake of one camera.

    seen        None while the intake is closed
    max_age     seconds that an image may be old; 0 = any age
    publishers  of the colour image
    """
    if seen is None:
        return Report(component, Level.STALE, 'the intake is closed while the node is not active')
    values = {}
    for name, stream in (('image', seen.image), ('depth_image', seen.depth_image),
                         ('camera_info', seen.camera_info)):
        values[f'{name} rate (Hz)'] = f'{stream.rate:.1f}'
        values[f'{name} age (s)'] = 'unknown' if stream.age is None else f'{stream.age:.3f}'
        values[f'{name} received'] = str(stream.received)
        values[f'{name} lost'] = str(stream.lost)
    values['pairs of colour and depth'] = str(seen.matched)
    values['largest gap in a pair (ms)'] = f'{1000 * seen.largest_gap:.1f}'
    values['notes'] = '; '.join(seen.notes) or 'none'
    wrong = _wrong_with(seen.image, max_age, publishers) or '; '.join(seen.notes[:1])
    return Report(component, Level.WARN if wrong else Level.OK,
                  wrong or f'{seen.image.rate:.1f} images per second', values, seen.image.topic)


def _wrong_with(colour: 'StreamStatistics', max_age: float, publishers: int) -> str:
    if not colour.received:
        return (f'no image has arrived on {colour.topic}, which has {publishers} publishers; '
                'start the camera, or remap the topic')
    if colour.age is None or not max_age:
        return ''
    if colour.stamp == 0:
        return (f'images on {colour.topic} have the stamp 0, so that nothing tells their age; let '
                'the driver stamp them, or set max_age to 0')
    if colour.age > max_age:
        return (f'the newest image on {colour.topic} is {colour.age:.1f} s old, older than '
                f'max_age {max_age:g} s; check that the camera still publishes')
    if colour.age < -max_age:
        return (f'the newest image on {colour.topic} is stamped {-colour.age:.1f} s ahead of the '
                'clock of the node; check use_sim_time here and at the camera')
    return ''


def transforms(target_frame: str, failures: int, trouble: str, memory_frame: str = '',
               pose_failures: int = 0, pose_trouble: str = '') -> Report:
    """Report TF: how many lookups failed, and why the newest one did ('' = it did not).

    The last three are those of the place of the camera.
    """
    values = {'target frame': target_frame or '(the optical frame of the camera)',
              'failed lookups': str(failures),
              'memory frame': memory_frame or '(none: motion is estimated from images)',
              'failed lookups of the camera': str(pose_failures)}
    wanted = ' and '.join(filter(None, (target_frame, memory_frame)))
    if not wanted:
        return Report('tf', Level.OK, 'not needed: target_frame and memory_frame are empty', values)
    trouble = '; '.join(filter(None, (trouble, pose_trouble)))
    return Report('tf', Level.WARN if trouble else Level.OK,
                  trouble or f'no lookup of {wanted} has failed lately', values)


@dataclass(frozen=True)
class TrackingStatistics:
    """What following the things of a dialogue has come to.

    states   how many things are in each state, by its name; empty before the first image
    done     images in which things were looked for
    skipped  those left out because a request was there
    seconds  that the newest one took
    trouble  why nothing is said of the newest image; '' = it is
    """

    dialogue_id: str = ''
    states: Mapping[str, int] = field(default_factory=dict)
    done: int = 0
    skipped: int = 0
    seconds: float = 0.0
    trouble: str = ''


def tracking(seen: TrackingStatistics, wanted: bool) -> Report:
    """Report what is followed between requests; `wanted`: somebody wants to know."""
    values = {'dialogue': seen.dialogue_id, 'images': str(seen.done),
              'left out for requests': str(seen.skipped),
              'last (ms)': f'{1000 * seen.seconds:.1f}',
              **{name: str(count) for name, count in seen.states.items()}}
    if not wanted:
        return Report('tracking', Level.OK, 'nobody listens to ~/tracked', values)
    if seen.trouble:
        return Report('tracking', Level.WARN, seen.trouble, values)
    told = ', '.join(f'{count} {name}' for name, count in seen.states.items() if count)
    return Report('tracking', Level.OK, told or 'there is nothing to follow', values)


def qos(mismatches: 'Sequence[Mismatch]') -> Report:
    """Report the endpoints of other nodes that could not be connected."""
    if not mismatches:
        return Report('qos', Level.OK, 'no endpoint of another node was refused')
    more = f', and {len(mismatches) - 1} more' if len(mismatches) > 1 else ''
    return Report('qos', Level.WARN, f'{mismatches[0]}{more}; see "ros2 topic info -v"', {
        f'{m.topic} {m.role} {m.policy}': str(m.count) for m in mismatches})


class RequestStatistics:
    """How requests ended and how long they took. May be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seconds: deque[float] = deque(maxlen=WINDOW)
        self._ended: Counter[Status] = Counter()
        self._told = 0  # refusals as BUSY at the last report
        self._last: Status | None = None

    def ended(self, status: Status, seconds: float | None = None) -> None:
        """Count a request; `seconds` that it took, where it was answered."""
        with self._lock:
            self._ended[status] += 1
            if status is not Status.BUSY:
                self._last = status
            if seconds is not None:
                self._seconds.append(seconds)

    def report(self, queue: int) -> Report:
        """Report latencies, refusals, and how many of `queue` jobs run (one) and wait (the rest).
        """
        with self._lock:
            seconds, ended, last = tuple(self._seconds), dict(self._ended), self._last
            busy, self._told = ended.get(Status.BUSY, 0) - self._told, ended.get(Status.BUSY, 0)
        level, message = Level.OK, 'one is running' if queue else 'none is running'
        if busy:
            level, message = Level.WARN, (
                f'{busy} refused as BUSY since the last report; ask again when an answer is there')
        if last in FAULTS:
            level, message = Level.ERROR, (
                f'the last one ended with {last.name}; the log of the node says why')
        return Report('requests', level, message, {
            **latencies(seconds),
            'running': str(min(queue, 1)),
            'waiting': str(max(queue - 1, 0)),
            'refused as busy': str(ended.pop(Status.BUSY, 0)),
            'ended': ', '.join(f'{ended[s]} {s.name}' for s in sorted(ended)) or 'none',
        })


def latencies(seconds: Sequence[float]) -> dict[str, str]:
    """Return last, median and 95th percentile in milliseconds; empty without a request."""
    if not seconds:
        return {}
    ranked = sorted(seconds)
    figures = {'last': seconds[-1], 'p50': quantile(ranked, 0.5), 'p95': quantile(ranked, 0.95)}
    return {f'latency {name} (ms)': f'{1000 * value:.1f}' for name, value in figures.items()}


def quantile(ranked: Sequence[float], share: float) -> float:
    """Return the smallest of the sorted values that at least `share` of them do not exceed."""
    return ranked[max(math.ceil(share * len(ranked)), 1) - 1]


class DialogueStatistics:
    """How much the dialogues hold. Sums a dialogue again only when it has changed."""

    def __init__(self) -> None:
        self._sums: dict[str, tuple[Round, int]] = {}

    def report(self, dialogues: Sequence[Dialogue] | None, limit: int) -> Report:
        """Report their number, rounds and bytes; `limit` is how many are kept.

        None = there is no book.
        """
        if dialogues is None:
            return Report('dialogues', Level.STALE, 'they are not loaded')
        self._sums = {d.id: self._sum(d) for d in dialogues if d.rounds}
        return Report('dialogues', Level.OK, f'{len(dialogues)} of at most {limit} are kept', {
            'dialogues': str(len(dialogues)),
            'rounds': str(sum(len(d.rounds) for d in dialogues)),
            'bytes': str(sum(size for _, size in self._sums.values())),
        })

    def _sum(self, dialogue: Dialogue) -> tuple[Round, int]:
        newest = dialogue.rounds[-1]
        known = self._sums.get(dialogue.id)
        # Rounds never change, so the same newest round stands for the same ones before it.
        return known if known and known[0] is newest else (newest, dialogue.nbytes)


def store(path: str, unsaved: str) -> Report:
    """Report the file of the dialogues; `path` is '' when none is kept.

    unsaved  why rounds are missing there; '' while none is
    """
    if not path:
        return Report('store', Level.OK, 'none: dialogues are kept in memory, as store_path says')
    return Report('store', Level.WARN if unsaved else Level.OK, unsaved or 'every round is on disk',
                  {'path': path})


def clock(simulated: bool, now: int, publishers: int) -> Report:
    """Report the clock of the node.

    now         nanoseconds
    publishers  of /clock
    """
    values = {'simulated': str(simulated).lower(), 'time (s)': f'{now / 1e9:.3f}'}
    if simulated and not now:
        return Report('clock', Level.WARN, 'use_sim_time is true, but no time has arrived on '
                      '/clock; start the simulator, or "ros2 bag play --clock"', values)
    if simulated and publishers > 1:
        return Report('clock', Level.WARN, f'{publishers} publish on /clock, and time jumps '
                      'between them; end all but one ("ros2 topic info -v /clock" names them)',
                      values)
    return Report('clock', Level.OK, 'simulated time' if simulated else 'system time', values)


def _megabytes(size: int) -> str:
    return f'{size / MEGABYTE:.1f}'
