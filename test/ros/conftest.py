# SPDX-License-Identifier: Apache-2.0
"""ROS for tests: each module has a domain of its own, chosen before rclpy is imported."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support import domains

domains.choose()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let tests of nodes be repeated once when their wait ran out."""
    domains.repeat_waits(config, items, Path(__file__).parent)


@pytest.fixture(scope='module', autouse=True)
def domain() -> None:
    """Go on to the next free domain."""
    domains.go_on()


@pytest.fixture(scope='module')
def ros() -> Iterator[None]:
    """Start ROS in this process, for tests of what runs beside a node."""
    rclpy = pytest.importorskip('rclpy')

    from reasonseg_ros.ros import dds
    dds.prepare()
    rclpy.init()
    yield
    rclpy.try_shutdown()


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
