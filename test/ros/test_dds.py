# SPDX-License-Identifier: Apache-2.0
"""What happens before `rclpy.init`: the profile is named, and missing ROS is one clear line."""

import importlib.util
import os
from pathlib import Path

import pytest

from reasonseg_ros.ros import dds
from reasonseg_ros.ros.dds import PROFILE_VARIABLE, RosMissing


@pytest.fixture(autouse=True)
def no_profile(monkeypatch):
    """Start without a profile, and end as before."""
    monkeypatch.setenv(PROFILE_VARIABLE, '')
    monkeypatch.delenv('FASTRTPS_DEFAULT_PROFILES_FILE', raising=False)


def test_the_packaged_profile_is_named():
    pytest.importorskip('rclpy')
    dds.prepare()
    profile = Path(os.environ[PROFILE_VARIABLE])
    assert profile.name == 'fastdds.xml'
    assert 'segment_size' in profile.read_text()


def test_a_profile_of_the_user_stays(monkeypatch):
    pytest.importorskip('rclpy')
    monkeypatch.setenv(PROFILE_VARIABLE, '/home/user/mine.xml')
    dds.prepare()
    assert os.environ[PROFILE_VARIABLE] == '/home/user/mine.xml'


def test_missing_ros_says_what_to_source_or_install(monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(dds, 'find_spec', lambda name: None if name == 'rclpy' else find(name))
    with pytest.raises(RosMissing, match='setup.bash.*pip install ros-kilted-rclpy') as caught:
        dds.prepare()
    assert '\n' not in str(caught.value)


def test_missing_interfaces_say_how_to_build_them(monkeypatch):
    pytest.importorskip('rclpy')

    def missing(name: str) -> None:
        raise ModuleNotFoundError(f"No module named '{name}'")
    monkeypatch.setattr(dds, 'import_module', missing)
    with pytest.raises(RosMissing, match='build the package with "make" or "colcon build"'):
        dds.prepare()


def test_a_shared_file_is_found_in_a_workspace(monkeypatch, tmp_path):
    there = tmp_path / 'share' / 'reasonseg_ros' / 'rviz' / 'only_here.rviz'
    there.parent.mkdir(parents=True)
    there.touch()
    monkeypatch.setenv('AMENT_PREFIX_PATH', f'/nowhere:{tmp_path}')
    assert dds.shared_file('rviz/only_here.rviz') == there
    assert dds.shared_file('rviz/nowhere.rviz') is None
