# SPDX-License-Identifier: Apache-2.0
"""What differs between ROS 2 distributions, found by trying. The only place that knows of it.

Humble has the events of endpoints in rclpy.qos_event; later ones have them in
rclpy.event_handler. Does not look at ROS_DISTRO.

Packages that a robot may lack (tf2_ros, vision_msgs, visualization_msgs, moveit_msgs) are imported
when something needs them; what happens without one is said there.
"""
from importlib import import_module
from types import ModuleType

from rclpy.node import Node

try:
    from rclpy.event_handler import (
        PublisherEventCallbacks,
        QoSMessageLostInfo,
        QoSRequestedIncompatibleQoSInfo,
        SubscriptionEventCallbacks,
    )
except ImportError:
    from rclpy.qos_event import (
        PublisherEventCallbacks,
        QoSMessageLostInfo,
        QoSRequestedIncompatibleQoSInfo,
        SubscriptionEventCallbacks,
    )

__all__ = ['PublisherEventCallbacks', 'QoSMessageLostInfo', 'QoSRequestedIncompatibleQoSInfo',
           'SubscriptionEventCallbacks']


def client_count(node: Node, service: str) -> int:
    """Return how many clients a service has; 1 where rclpy does not tell, as in Humble."""
    count = getattr(node, 'count_clients', None)
    return 1 if count is None else int(count(service))


def optional(name: str) -> ModuleType | None:
    """Return the module `name`, or None when it is not installed or does not load here.

    A package of another Python version, as in a virtual environment, is found but does not load.
    """
    try:
        return import_module(name)
    except ImportError:
        return None
