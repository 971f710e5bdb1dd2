# SPDX-License-Identifier: Apache-2.0
"""ROS for tests: a free domain, on this computer only, chosen before rclpy is imported."""

import os
from collections.abc import Iterator

import pytest

from reasonseg_ros.ros.processes import free_domain

os.environ['ROS_DOMAIN_ID'] = str(free_domain(os.getpid()))
os.environ['ROS_AUTOMATIC_DISCOVERY_RANGE'] = 'LOCALHOST'


@pytest.fixture
def driver() -> Iterator:
    """Yield a camera driver; it never needs to spin. Tests that use it skip without rclpy."""
    rclpy = pytest.importorskip('rclpy')
    from support.harness import Driver

    from reasonseg_ros.ros import dds
    dds.prepare()
    context = rclpy.Context()
    rclpy.init(context=context)
    yield Driver(context)
    context.try_shutdown()
