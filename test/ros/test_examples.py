# SPDX-License-Identifier: Apache-2.0
"""The programs of docs/examples.md run as they are printed, over a whole dialogue with one node.

MoveIt is not there: its messages and its service are stand-ins.
"""

import os
import re
import runpy
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

pytest.importorskip('rclpy')

from rclpy.qos import qos_profile_sensor_data
from reasonseg_ros.srv import Segment
from sensor_msgs.msg import CameraInfo, Image
from support.harness import LONG, Driver, served, until
from support.spatial import CAMERA, frame

import reasonseg_ros
from reasonseg_ros.core.camera.messages import nanoseconds
from reasonseg_ros.ros import client as clients
from reasonseg_ros.ros.client.client import Client
from reasonseg_ros.ros.output import convert

PAGE = Path(__file__).resolve().parents[2] / 'docs' / 'examples.md'
NAMES = ('pick.py', 'together.py', 'grasp_input.py')


@pytest.fixture
def programs(tmp_path) -> dict[str, Path]:
    """Write the programs of the page to files."""
    texts = re.findall(r'```python\n(.*?)```', PAGE.read_text(), re.DOTALL)
    paths = {name: tmp_path / name for name in NAMES}
    for path, text in zip(paths.values(), texts, strict=True):
        path.write_text(text)
    return paths


@pytest.fixture
def stage(tmp_path) -> Iterator[tuple[Driver, Client]]:
    """Give a camera with depth and a client of one node."""
    parameters = 'max_age:=3600.0', 'gripper_opening:=0.3'
    with served(tmp_path / 'node', *parameters) as (_, driver, client):
        driver.info = driver.node.create_publisher(CameraInfo, 'camera_info',
                                                   qos_profile_sensor_data)
        yield driver, client


@contextmanager
def running(program: Path, driver: Driver, listeners: int) -> Iterator[Path]:
    """Run a program beside the node until it hears the camera; yield its log."""
    log = program.with_suffix('.log')
    environment = {**os.environ, 'PYTHONPATH': str(Path(reasonseg_ros.__file__).parents[1]),
                   'ROS_LOG_DIR': str(program.parent)}
    with log.open('w') as output, subprocess.Popen(
            [sys.executable, str(program)], cwd=program.parent, env=environment, stdout=output,
            stderr=subprocess.STDOUT) as process:
        try:
            driver.connected(listeners)
            until(lambda: driver.info.get_subscription_count() == listeners, 'the intrinsics')
            yield log
        finally:
            process.terminate()
            try:
                process.wait(LONG / 4)
            except subprocess.TimeoutExpired:
                process.kill()


class Shown:
    """The box on its floor, published with one stamp until everybody has it."""

    def __init__(self, driver: Driver, client: Client) -> None:
        self.driver, self.client = driver, client
        self.header = convert.header_message(driver.now(), 'optical')
        self.stamp = nanoseconds(self.header.stamp)
        until(self._known, 'the image with its depth at the node')

    def say_until(self, sentence: str, heard: Callable[[], object]) -> None:
        """Say a sentence again and again until a program has the image and hears the answer."""
        def again() -> bool:
            self._publish()
            self.client.segment(sentence)
            time.sleep(0.1)
            return bool(heard())
        until(again, f'somebody hears "{sentence}"')

    def _known(self) -> bool:
        self._publish()
        answer = self.client.call(Segment, 'segment', Segment.Request(
            dialogue_id='another', instruction='the red thing'), LONG)
        return any(thing.has_3d for thing in answer.instances)

    def _publish(self) -> None:
        shown = frame()
        self.driver.info.publish(convert.camera_info(CAMERA, self.header))
        self.driver.depth.publish(convert.image_message(shown.depth, '32FC1', self.header))
        self.driver.send(convert.image_message(shown.rgb, 'rgb8', self.header))


def test_the_segmentation_goes_out_with_its_image_when_one_thing_was_found(programs, stage):
    driver, client = stage
    heard: dict[str, list[int]] = {}
    for topic, kind in (('image', Image), ('depth_image', Image), ('camera_info', CameraInfo),
                        ('segmentation', Image)):
        kept = heard[topic] = []
        driver.node.create_subscription(
            kind, f'pose_estimation/{topic}',
            lambda m, kept=kept: kept.append(nanoseconds(m.header.stamp)), 5)
    with running(programs['together.py'], driver, 2) as log:
        shown = Shown(driver, client)
        shown.say_until('the red thing', lambda: '(red)' in log.read_text() and all(
            heard.values()))
        before = log.read_text().count('sent instance')
        for sentence in ('the banana', 'the red and the blue thing', 'the blue thing'):
            client.segment(sentence)
        until(lambda: '(blue)' in log.read_text(), 'the second thing')
    assert log.read_text().count('sent instance') == before + 1, 'no list and no refusal'
    assert all(set(kept) == {shown.stamp} for kept in heard.values())


def test_the_input_of_a_grasp_network_holds_the_whole_dialogue(programs, stage):
    driver, client = stage
    written = programs['grasp_input.py'].parent / 'grasp_input.npz'
    with running(programs['grasp_input.py'], driver, 2) as log:
        shown = Shown(driver, client)
        shown.say_until('the banana', lambda: 'objects [] written' in log.read_text())
        for sentence, ids in (('the red thing', '[1]'), ('the blue thing', '[1, 2]'),
                              ('the banana', '[1, 2]')):
            count = log.read_text().count(f'objects {ids} written')
            client.segment(sentence)
            until(lambda ids=ids, count=count: log.read_text().count(f'objects {ids} written')
                  > count, f'the objects {ids}: {log.read_text()}')
    with np.load(written) as file:
        assert set(np.unique(file['segmap'])) == {0, 1, 2}
        assert file['depth'].shape == file['segmap'].shape and np.isfinite(file['depth']).all()
        np.testing.assert_allclose(file['K'][0, 0], CAMERA.fx)


class Record(SimpleNamespace):
    """Stands in for a message of a package that is not installed."""

    ADD = b'\0'
    BOX = 1


class Service(SimpleNamespace):
    """Stands in for the service that changes the planning scene."""

    Request = Record


class MoveIt:
    """Stands in for a client of MoveIt that takes everything."""

    def __enter__(self) -> 'MoveIt':
        return self

    def __exit__(self, *exc_info: object) -> None:
        pass

    def call(self, *given: object) -> SimpleNamespace:
        """Say that it was done."""
        return SimpleNamespace(success=True)


def test_what_was_said_stands_in_the_planning_scene(programs, stage, monkeypatch, capsys):
    class Scene(Record):
        def __init__(self, **fields: object) -> None:
            super().__init__(world=SimpleNamespace(), **fields)
    for name, content in (('moveit_msgs.msg', {'CollisionObject': Record, 'PlanningScene': Scene}),
                          ('moveit_msgs.srv', {'ApplyPlanningScene': Service}),
                          ('shape_msgs.msg', {'SolidPrimitive': Record})):
        module = ModuleType(name)
        vars(module).update(content)
        monkeypatch.setitem(sys.modules, name.partition('.')[0], ModuleType(name.partition('.')[0]))
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setattr(clients, 'Client', lambda name: Client(name, LONG) if name else MoveIt())
    driver, client = stage
    driver.connected()
    until(lambda: driver.info.get_subscription_count() == 1, 'the intrinsics')
    Shown(driver, client)

    def said(*words: str) -> str:
        monkeypatch.setattr(sys, 'argv', ['pick.py', *words])
        runpy.run_path(str(programs['pick.py']), run_name='__main__')
        return capsys.readouterr().out
    for number, colour in enumerate(('red', 'blue'), start=1):
        assert said('the', colour, 'thing').startswith(f'default/{number} is in the scene; ')
    with pytest.raises(SystemExit, match='no such thing'):
        said('the', 'banana')
