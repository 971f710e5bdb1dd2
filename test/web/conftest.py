# SPDX-License-Identifier: Apache-2.0
"""ROS for tests: a free domain, on this computer only, chosen before rclpy is imported."""

import os

from reasonseg_ros.ros.processes import free_domain

os.environ['ROS_DOMAIN_ID'] = str(free_domain(os.getpid()))
os.environ['ROS_AUTOMATIC_DISCOVERY_RANGE'] = 'LOCALHOST'
