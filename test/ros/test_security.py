# SPDX-License-Identifier: Apache-2.0
"""ROS security: what is refused is said in a sentence, and the policies know every name."""

import os
import stat
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

import pytest

rclpy = pytest.importorskip('rclpy')

from support.fake_segmenter import unspun

import reasonseg_ros
from reasonseg_ros.core.package_files import shared_file
from reasonseg_ros.ros import dds
from reasonseg_ros.ros.client.connection import Connection
from reasonseg_ros.ros.node import Segmenter
from reasonseg_ros.ros.security import SecurityFailure, explained, private_files

NODE, CLIENT = '/reasonseg/segmenter', '/reasonseg/client'
ROOT = Path(reasonseg_ros.__file__).parents[1]


@pytest.fixture
def enforced(monkeypatch) -> None:
    """Security is asked for, as rcl reads it."""
    monkeypatch.setenv('ROS_SECURITY_ENABLE', 'true')
    monkeypatch.setenv('ROS_SECURITY_STRATEGY', 'Enforce')
    monkeypatch.delenv('ROS_SECURITY_KEYSTORE', raising=False)


@pytest.mark.parametrize(('keystore', 'words'), [
    ('', 'ROS_SECURITY_KEYSTORE is not set'), ('nowhere', 'which is no folder'),
    ('.', 'enclaves')])
def test_the_node_says_what_is_missing_in_one_line(tmp_path, enforced, keystore, words):
    place = {'ROS_SECURITY_KEYSTORE': str(tmp_path / keystore)} if keystore else {}
    paths = os.pathsep.join(filter(None, (str(ROOT), os.environ.get('PYTHONPATH'))))
    ended = subprocess.run(
        [sys.executable, '-m', 'reasonseg_ros.ros.main'], capture_output=True, text=True,
        env={**os.environ, **place, 'PYTHONPATH': paths, 'ROS_LOG_DIR': str(tmp_path)},
        check=False)
    said = [line for line in ended.stderr.splitlines() if line.startswith('segmenter: ')]
    assert ended.returncode == 1
    assert len(said) == 1 and words in said[0] and 'docs/security.md' in said[0]
    assert 'Traceback' not in ended.stderr


def test_a_client_says_it_too(enforced):
    dds.prepare()
    with pytest.raises(SecurityFailure, match='ROS_SECURITY_KEYSTORE is not set'):
        Connection('client')


def test_other_failures_and_other_settings_stay_as_they_are(enforced, monkeypatch):
    with pytest.raises(ValueError, match='no matter of ROS'), explained():
        raise ValueError('no matter of ROS')
    monkeypatch.setenv('ROS_SECURITY_STRATEGY', 'Permissive')
    with pytest.raises(RuntimeError, match='as it was'), explained():
        raise RuntimeError('as it was')


def test_a_middleware_without_security_is_named(enforced, monkeypatch, tmp_path):
    monkeypatch.setenv('ROS_SECURITY_KEYSTORE', str(tmp_path))
    with pytest.raises(SecurityFailure, match='this middleware was built without security;'):
        with explained():
            raise RuntimeError("This Fast DDS version doesn't have the security libraries\nPlease")


def test_logs_are_for_their_owner_alone(tmp_path):
    before = os.umask(0o022)
    try:
        with private_files():
            (tmp_path / 'logs').mkdir()
            (tmp_path / 'logs' / 'one').touch()
        (tmp_path / 'other').touch()
    finally:
        os.umask(before)
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in
             ('logs', 'logs/one', 'other')]
    assert modes == [0o700, 0o600, 0o644]


# The policies

Names = dict[tuple[str, str], set[str]]  # (kind, what is allowed) -> full names


def policies(enclave: str) -> Names:
    """Read the policies of one enclave."""
    file = shared_file('config/policies.xml')
    assert file is not None
    root = ElementTree.parse(file).getroot()
    profile = root.find(f'enclaves/enclave[@path="{enclave}"]/profiles/profile')
    assert profile is not None
    base = f'{profile.get("ns", "").rstrip("/")}/{profile.get("node")}/'
    names: Names = {}
    for group in profile:
        for what, allowed in group.attrib.items():
            assert allowed == 'ALLOW'
            names[group.tag, what] = {_full(entry.text or '', base) for entry in group}
    return names


def _full(name: str, base: str) -> str:
    return name.replace('~/', base) if name.startswith('~/') else '/' + name.lstrip('/')


@pytest.fixture(scope='module')
def node() -> Iterator[Segmenter]:
    """An active node that nobody spins."""
    with unspun('":memory:"') as node:
        yield node


def test_the_policies_allow_every_name_of_the_node_and_no_other(node):
    allowed = policies(NODE)
    action = '/segmenter/segment_dialogue/_action/'

    def names(found: list[tuple[str, list[str]]]) -> set[str]:
        return {name for name, _ in found if not name.startswith(action)}
    name = 'segmenter', '/'
    assert allowed['actions', 'execute'] == {'/segmenter/segment_dialogue'}
    assert allowed['services', 'reply'] >= names(node.get_service_names_and_types_by_node(*name))
    made = names(node.get_publisher_names_and_types_by_node(*name))
    # Depending on which packages of messages are installed.
    optional = {f'/segmenter/{topic}' for topic in (
        'detections', 'detections_3d', 'label_info', 'markers')} | {'/tf'}  # with publish_tf
    assert made <= allowed['topics', 'publish'] <= made | optional
    heard = names(node.get_subscriber_names_and_types_by_node(*name))
    assert allowed['topics', 'subscribe'] - heard == {'/clock', '/tf', '/tf_static'}
    assert heard <= allowed['topics', 'subscribe']


def test_a_client_may_ask_and_listen_and_change_nothing_else():
    node, client = policies(NODE), policies(CLIENT)
    assert client['actions', 'call'] == node['actions', 'execute']
    assert client['services', 'request'] == {f'/segmenter/{name}' for name in (
        'segment', 'undo_round', 'reset_dialogue', 'get_dialogue', 'list_dialogues', 'forget',
        'track')}
    results = {topic for topic in node['topics', 'publish'] if topic.startswith('/segmenter/')}
    assert results - client['topics', 'subscribe'] == {'/segmenter/transition_event'}
    assert '/segmenter/instruction' in client['topics', 'publish']
