# SPDX-License-Identifier: Apache-2.0
"""What differs between ROS 2 distributions, found by trying. The only place that knows of it.

Humble has the events of endpoints in rclpy.qos_event; later ones have them in
rclpy.event_handler. Does not look at ROS_DISTRO, and holds no optional packages (`ros.optional`).
"""

try:
    from rclpy.event_handler import PublisherEventCallbacks
    from rclpy.event_handler import QoSMessageLostInfo
    from rclpy.event_handler import QoSRequestedIncompatibleQoSInfo
    from rclpy.event_handler import SubscriptionEventCallbacks
except ImportError:
    from rclpy.qos_event import PublisherEventCallbacks
    from rclpy.qos_event import QoSMessageLostInfo
    from rclpy.qos_event import QoSRequestedIncompatibleQoSInfo
    from rclpy.qos_event import SubscriptionEventCallbacks

__all__ = ['PublisherEventCallbacks', 'QoSMessageLostInfo', 'QoSRequestedIncompatibleQoSInfo',
           'SubscriptionEventCallbacks']
