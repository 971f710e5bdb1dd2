# SPDX-License-Identifier: Apache-2.0
"""The compat module finds what it needs in the oldest and the newest distribution."""

import importlib
import sys
from types import ModuleType

import pytest

pytest.importorskip('rclpy')

from reasonseg_ros.ros import compat


def test_every_name_is_there():
    assert all(hasattr(compat, name) for name in compat.__all__)


def test_events_are_found_where_humble_has_them(monkeypatch):
    old = ModuleType('rclpy.qos_event')
    for name in compat.__all__:
        setattr(old, name, f'{name} of Humble')
    monkeypatch.setitem(sys.modules, 'rclpy.event_handler', None)  # importing it fails
    monkeypatch.setitem(sys.modules, 'rclpy.qos_event', old)
    try:
        importlib.reload(compat)
        assert compat.QoSMessageLostInfo == 'QoSMessageLostInfo of Humble'
    finally:
        monkeypatch.undo()
        importlib.reload(compat)
