# SPDX-License-Identifier: Apache-2.0
"""Publishes what `ros.reports` says on `/diagnostics`, once a second and in every state.

A probe is a function that looks at a part of the node and returns reports; the node hands them
over. Does not decide what is right or wrong.

Probes look at the parts of the node: cheap looks, no measurements.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from rclpy.qos import QoSProfile

from reasonseg_ros.core.dialogue.dialogue import Dialogue
from reasonseg_ros.ros import reports
from reasonseg_ros.ros.camera import Camera
from reasonseg_ros.ros.model_state import ModelState
from reasonseg_ros.ros.output.transforms import Transforms
from reasonseg_ros.ros.qos import Endpoints
from reasonseg_ros.ros.reports import Level, Report

TOPIC = '/diagnostics'  # one for all nodes, as REP 107 wants it
PERIOD = 1.0            # seconds

Probe = Callable[[], Iterable[Report]]


class Diagnostics:
    """Asks `probes`, by component, every second. One that fails is an error of its component."""

    def __init__(self, node: Node, endpoints: Endpoints, probes: Mapping[str, Probe]) -> None:
        self._node = node
        self._probes = probes
        self._publisher = endpoints.publisher(DiagnosticArray, TOPIC, QoSProfile(depth=1))
        # Steady time, so that a simulated clock that stands still does not silence it.
        node.create_timer(PERIOD, self.publish, callback_group=MutuallyExclusiveCallbackGroup(),
                          clock=Clock(clock_type=ClockType.STEADY_TIME))

    def publish(self) -> None:
        """Ask every probe and publish what they say."""
        name = full_name(self._node)
        reports = (report for probe in self._probes.items() for report in _ask(*probe))
        message = DiagnosticArray(status=[status_message(name, report) for report in reports])
        try:
            message.header.stamp = self._node.get_clock().now().to_msg()
            self._publisher.publish(message)
        except RuntimeError:
            if self._node.context.ok():  # otherwise ROS ended a moment ago
                raise


def full_name(node: Node) -> str:
    """Return what precedes the component, e.g. 'left_arm/segmenter'."""
    return str(node.get_fully_qualified_name()).lstrip('/')


def status_message(name: str, report: Report) -> DiagnosticStatus:
    """Say in ROS terms what `report` says about the node `name`."""
    return DiagnosticStatus(
        level=bytes((report.level,)), name=f'{name}: {report.component}',
        message=report.message, hardware_id=report.hardware or name,
        values=[KeyValue(key=key, value=value) for key, value in report.values.items()])


def report_of(message: DiagnosticStatus) -> Report:
    """Read a status of `status_message`."""
    return Report(message.name.rpartition(': ')[2], Level(message.level[0]), message.message,
                  {pair.key: pair.value for pair in message.values}, message.hardware_id)


def reports_of(message: DiagnosticArray, name: str) -> tuple[Report, ...]:
    """Read the reports of the node `name`; other nodes speak on the topic, too."""
    return tuple(report_of(status) for status in message.status
                 if status.name.rpartition(': ')[0] == name)


def _ask(component: str, probe: Probe) -> tuple[Report, ...]:
    try:
        return tuple(probe())
    except Exception as error:  # a fault here must not cost the other reports
        return (Report(component, Level.ERROR,
                       f'it cannot be looked at: {type(error).__name__}: {error}'),)


def model(loaded: ModelState | None, condition: reports.Condition) -> reports.Report:
    """Report the engine, with the memory of its GPU where it has one."""
    facts = None if loaded is None else loaded.engine.facts
    memory = None
    if facts is not None and facts.device.startswith('cuda'):
        from reasonseg_ros.engines.devices import cuda_memory  # slow, but a model has done it
        memory = cuda_memory(facts.device)
    return reports.model(facts, condition, memory)


def camera(node: Node, name: str, intake: Camera | None, max_age: float) -> reports.Report:
    """Report the camera `name`; `intake` is None while it is closed."""
    component = f'camera {name}'.rstrip()
    if intake is None:
        return reports.camera(component, None, max_age, 0)
    return reports.camera(component, intake.statistics(), max_age,
                          node.count_publishers(intake.topic))


def transforms(tf: Transforms) -> reports.Report:
    """Report the lookups of the target frame, and of the camera in the memory frame."""
    return reports.transforms(tf.target_frame, tf.failures, tf.trouble, tf.memory_frame,
                              tf.pose_failures, tf.pose_trouble)


def book(loaded: ModelState | None) -> tuple[Sequence[Dialogue] | None, int]:
    """Return the dialogues and how many are kept at most; None while there is no book."""
    if loaded is None:
        return None, 0
    return loaded.book.list(), loaded.book.max_dialogues


def store(loaded: ModelState | None) -> reports.Report:
    """Report the store, and let it try again to write what is missing, when that is due."""
    if loaded is None:
        return Report('store', Level.STALE, 'it is not open')
    loaded.book.catch_up()
    kept = loaded.book.store
    return reports.store('' if kept is None else str(kept.path), loaded.unsaved)


def clock(node: Node) -> reports.Report:
    """Report the clock of the node."""
    return reports.clock(node.get_parameter('use_sim_time').value,
                         node.get_clock().now().nanoseconds, node.count_publishers('/clock'))
