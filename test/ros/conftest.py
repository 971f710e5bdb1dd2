# SPDX-License-Identifier: Apache-2.0
"""ROS for tests: a free domain, on this computer only, chosen before rclpy is imported."""

import os
import sys
from pathlib import Path

from reasonseg_ros.cli.processes import free_domain

sys.path.insert(0, str(Path(__file__).parent))  # for `harness`
os.environ['ROS_DOMAIN_ID'] = str(free_domain(os.getpid()))
os.environ['ROS_AUTOMATIC_DISCOVERY_RANGE'] = 'LOCALHOST'
