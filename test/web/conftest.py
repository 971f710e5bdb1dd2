# SPDX-License-Identifier: Apache-2.0
"""ROS for tests: each module has a domain of its own, chosen before rclpy is imported."""

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
