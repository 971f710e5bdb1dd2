# SPDX-License-Identifier: Apache-2.0
"""Collects what diagnostics report from the parts of the node: cheap looks, no measurements.

Does not judge what it sees (`ros.reports`) or publish it (`ros.diagnostics`).
"""

from collections.abc import Sequence

from rclpy.node import Node

from reasonseg_ros.core.dialogue.dialogue import Dialogue
from reasonseg_ros.ros import reports
from reasonseg_ros.ros.camera import Camera
from reasonseg_ros.ros.loaded import Loaded
from reasonseg_ros.ros.transforms import Transforms


def model(loaded: Loaded | None, inactive: str, broken: bool) -> reports.Report:
    """Report the engine, with the memory of its GPU where it has one."""
    facts = None if loaded is None else loaded.engine.facts
    memory = None
    if facts is not None and facts.device.startswith('cuda'):
        from reasonseg_ros.engines.devices import cuda_memory  # slow, but a model has done it
        memory = cuda_memory(facts.device)
    return reports.model(facts, inactive, broken, memory)


def camera(node: Node, name: str, intake: Camera | None, max_age: float) -> reports.Report:
    """Report the camera `name`; `intake` is None while it is closed."""
    component = f'camera {name}'.rstrip()
    if intake is None:
        return reports.camera(component, None, max_age, 0)
    return reports.camera(component, intake.statistics(), max_age,
                          node.count_publishers(intake.topic))


def transforms(tf: Transforms) -> reports.Report:
    """Report the lookups of the target frame."""
    return reports.transforms(tf.target_frame, tf.failures, tf.trouble)


def book(loaded: Loaded | None) -> tuple[Sequence[Dialogue] | None, int]:
    """Return the dialogues and how many are kept at most; None while there is no book."""
    if loaded is None:
        return None, 0
    return loaded.book.list(), loaded.book.max_dialogues


def clock(node: Node) -> reports.Report:
    """Report the clock of the node."""
    return reports.clock(node.get_parameter('use_sim_time').value,
                         node.get_clock().now().nanoseconds)
