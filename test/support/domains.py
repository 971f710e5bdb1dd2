# SPDX-License-Identifier: Apache-2.0
"""A ROS domain for tests, on this computer only, in which no process was killed before.

A process that gets the port of a killed one may be out of reach for longer than a test waits.
"""

import os
from pathlib import Path

import pytest

from reasonseg_ros.ros.processes import free_domain

# What a wait for a process says when it runs out; of 3,000 starts of nodes one or two end so.
RAN_OUT = ['NodeMissing: no node answers', 'DeadlineExceeded: .* did not answer within',
           'AssertionError: not within']


def repeat_waits(config: pytest.Config, items: list[pytest.Item], folder: Path) -> None:
    """Let a test of a folder whose wait ran out be tried once more, and be listed as such."""
    if not config.pluginmanager.hasplugin('rerunfailures'):
        return
    for item in items:
        if item.path.is_relative_to(folder):
            item.add_marker(pytest.mark.flaky(reruns=1, only_rerun=RAN_OUT))


def choose() -> None:
    """Take a free domain; called before rclpy is imported."""
    os.environ['ROS_DOMAIN_ID'] = str(free_domain(os.getpid()))
    os.environ['ROS_AUTOMATIC_DISCOVERY_RANGE'] = 'LOCALHOST'


def go_on() -> None:
    """Take the next free domain, in which contexts and processes will be that are still to come."""
    os.environ['ROS_DOMAIN_ID'] = str(free_domain(int(os.environ['ROS_DOMAIN_ID'])))
