# SPDX-License-Identifier: Apache-2.0
"""What happens before `rclpy.init`: the profile is named, and missing ROS is one clear line."""

import fcntl
import importlib.util
import os
import time
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


@pytest.fixture
def memory(tmp_path):
    """Two segments of an hour ago, one that just starts, and files that are no segments."""
    for name in ('0123456789abcdef', '123456789abcdef0', '23456789abcdef01', 'port7411'):
        (tmp_path / f'fastdds_{name}').write_bytes(bytes(100))
        lock = tmp_path / f'fastdds_{name}_el'
        lock.touch()
        if not name.startswith('2'):
            os.utime(lock, (time.time() - 3600,) * 2)
    (tmp_path / 'sem.fastdds_port7411_mutex').touch()
    (tmp_path / 'fastdds_port7661').touch()
    return tmp_path


def test_shared_memory_of_processes_that_were_killed_is_freed_and_that_of_living_ones_stays(memory):
    with (memory / 'fastdds_0123456789abcdef_el').open('rb') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert dds.sweep(memory) == 100
    assert {file.name for file in memory.glob('*_el')} == {
        'fastdds_0123456789abcdef_el', 'fastdds_23456789abcdef01_el', 'fastdds_port7411_el'}
    assert not (memory / 'fastdds_123456789abcdef0').exists()
    assert dds.sweep(memory) == 100
    assert dds.sweep(memory) == 0


def test_the_ports_of_one_domain_are_forgotten(memory):
    dds.forget_ports(0, memory)
    assert {file.name for file in memory.glob('*port*')} == {'fastdds_port7661'}
    dds.forget_ports(1, memory)
    assert not list(memory.glob('*port*'))
