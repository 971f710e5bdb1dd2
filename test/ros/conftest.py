# SPDX-License-Identifier: Apache-2.0
"""ROS for tests: a domain of their own, on this computer only, set before rclpy is imported."""

import os

os.environ['ROS_DOMAIN_ID'] = str(1 + os.getpid() % 99)
os.environ['ROS_AUTOMATIC_DISCOVERY_RANGE'] = 'LOCALHOST'
