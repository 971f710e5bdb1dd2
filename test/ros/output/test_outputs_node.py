# SPDX-License-Identifier: Apache-2.0
"""One node process with depth, over DDS: what planners get, with stamps, frames and one pose.

The parameter target_frame names a frame that TF does not know here, with or without tf2_ros, so
that everything stays in the optical frame and says so.
"""

import importlib.util
import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

rclpy = pytest.importorskip('rclpy')

from builtin_interfaces.msg import Time
from geometry_msgs.msg import PoseStamped
from rclpy.qos import DurabilityPolicy, QoSProfile, qos_profile_sensor_data
from reasonseg_ros.msg import InstanceArray
from reasonseg_ros.srv import Segment
from sensor_msgs.msg import CameraInfo, PointCloud2
from support.harness import LONG, Driver, Process, served, until
from support.spatial import CAMERA, TOP, frame
from visualization_msgs.msg import MarkerArray

from reasonseg_ros.core.camera.messages import NANOSECONDS
from reasonseg_ros.core.errors import Status
from reasonseg_ros.ros.client.client import Client
from reasonseg_ros.ros.output import convert
from reasonseg_ros.ros.output.convert import points_of

LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
VISION = importlib.util.find_spec('vision_msgs') is not None
names = itertools.count(1)


class Stage:
    """An RGB-D driver, a client and the topics in space of one node."""

    def __init__(self, process: Process, driver: Driver, client: Client) -> None:
        self.process = process
        self.driver = driver
        self.client = client
        self.dialogue = ''
        self.info = driver.node.create_publisher(CameraInfo, 'camera_info',
                                                 qos_profile_sensor_data)
        self.heard: dict[str, list] = {}
        self._listen('instances', InstanceArray, LATCHED)
        self._listen('object_cloud', PointCloud2, 5)
        self._listen('target_pose', PoseStamped, 5)
        self._listen('markers', MarkerArray, 5)
        if VISION:
            from vision_msgs.msg import Detection2DArray, Detection3DArray, LabelInfo
            self._listen('detections', Detection2DArray, 5)
            self._listen('detections_3d', Detection3DArray, 5)
            self._listen('label_info', LabelInfo, LATCHED)

    def _listen(self, topic: str, kind: type, qos: QoSProfile | int) -> None:
        kept = self.heard[topic] = []
        self.driver.node.create_subscription(kind, f'segmenter/{topic}', kept.append, qos)

    def connected(self) -> None:
        """Return when every topic has found its other side."""
        self.driver.connected()
        until(lambda: self.info.get_subscription_count() == 1, 'the topic camera_info')
        for topic in self.heard:
            until(lambda topic=topic: self.driver.node.count_publishers(f'/segmenter/{topic}'),
                  f'the topic {topic}')

    def send(self, depth: bool = True, ahead: int = 0) -> Time:
        """Publish the box on its floor, stamped `ahead` nanoseconds from now; return the stamp."""
        shown, header = frame(), convert.header_message(self.driver.now() + ahead, 'optical')
        self.info.publish(convert.camera_info(CAMERA, header))
        if depth:
            self.driver.depth.publish(convert.image_message(shown.depth, '32FC1', header))
        self.driver.send(convert.image_message(shown.rgb, 'rgb8', header))
        return header.stamp

    def ask(self, instruction: str, stamp: Time, dialogue: str = '') -> Any:
        """Say a sentence about the image with this stamp; return the response as it is."""
        request = Segment.Request(
            instruction=instruction, dialogue_id=dialogue or self.dialogue, stamp=stamp,
            frame_policy=Segment.Request.STAMP)
        return self.client.call(Segment, 'segment', request, LONG)

    def show(self) -> Time:
        """Publish until the node has colour, depth and intrinsics of one moment."""
        stamps = []

        def seen() -> bool:
            stamps.append(self.send())
            answer = self.ask('the red one', stamps[-1], 'looking')
            return bool(answer.instances) and answer.instances[0].has_3d
        until(seen, 'an answer in space')
        return stamps[-1]


@pytest.fixture(scope='module')
def shared(tmp_path_factory) -> Iterator[Stage]:
    """Yield the shared node."""
    folder = tmp_path_factory.mktemp('node')
    with served(folder, 'target_frame:=moon') as (process, driver, client):
        stage = Stage(process, driver, client)
        stage.connected()
        yield stage


@pytest.fixture
def stage(shared) -> Stage:
    """Give the shared node with a new dialogue."""
    shared.dialogue = f'd{next(names)}'
    return shared


def newest(stage: Stage, topic: str, stamp: Time) -> Any:
    """Return the newest message of a topic about the image with this stamp."""
    def found() -> bool:
        kept = stage.heard[topic]
        return bool(kept) and kept[-1].header.stamp == stamp
    until(found, f'{topic} of the image')
    return stage.heard[topic][-1]


def test_the_response_and_every_topic_show_the_same_boxes_with_the_stamp_of_the_image(stage):
    stamp = stage.show()
    for kept in stage.heard.values():
        kept.clear()
    answer = stage.ask('the red and the blue one', stamp)
    assert answer.status == Status.OK
    red, blue = answer.instances
    assert (red.label, blue.label) == ('red', 'blue')
    assert red.has_3d and blue.has_3d
    assert red.depth_valid_ratio == 1.0
    assert red.pose.position.x > 0.04 > -0.04 > blue.pose.position.x
    assert red.pose.position.z == pytest.approx(TOP + 0.05, abs=0.06)

    pose = newest(stage, 'target_pose', stamp)
    assert (pose.header.frame_id, pose.pose) == ('optical', red.pose)
    # Topics follow the answer: those of `show`, about the same image, may have come late.
    listed = stage.heard['instances']
    until(lambda: listed and list(listed[-1].instances) == [red, blue], 'both instances')
    clouds = stage.heard['object_cloud']
    until(lambda: clouds and set(points_of(clouds[-1])['instance_id']) == {red.id, blue.id},
          'the cloud of both')
    cloud, rows = clouds[-1], points_of(clouds[-1])
    assert (cloud.header.frame_id, cloud.header.stamp) == ('optical', stamp)
    assert np.unique(rows[rows['instance_id'] == blue.id]['rgb']).tolist() == [0x0000ff]


def test_markers_follow_the_dialogue(stage):
    stamp = stage.show()
    stage.ask('the red one', stamp)
    stage.ask('the red and the blue one', stamp)
    marked = stage.heard['markers']
    until(lambda: marked and len(marked[-1].markers) == 5, 'markers of both')
    stage.client.undo(stage.dialogue)
    until(lambda: len(marked[-1].markers) == 3, 'markers of one')
    wipe, box, label = marked[-1].markers
    assert wipe.action == wipe.DELETEALL
    assert (box.ns, box.id, label.text) == (f'{stage.dialogue}/boxes', 1, '1 red')
    stage.client.reset(stage.dialogue)
    until(lambda: len(marked[-1].markers) == 1, 'the end of the markers')


@pytest.mark.skipif(not VISION, reason='vision_msgs is not installed')
def test_vision_msgs_say_the_same(stage):
    stamp = stage.show()
    red, blue = stage.ask('the red and the blue one', stamp).instances

    def both(topic: str, entries: str) -> list:
        """Of these, not of what another dialogue said of the same image just before."""
        until(lambda: len(getattr(newest(stage, topic, stamp), entries)) == 2, topic)
        return getattr(stage.heard[topic][-1], entries)

    made = [f'{stage.dialogue}/1/{number}' for number in (1, 2)]
    assert [d.id for d in both('detections', 'detections')] == made
    assert [d.bbox.center for d in both('detections_3d', 'detections')] == [red.pose, blue.pose]
    names = {str(c.class_id): c.class_name for c in both('label_info', 'class_map')}
    assert [names[d.results[0].hypothesis.class_id]
            for d in both('detections', 'detections')] == ['red', 'blue']


def test_a_target_frame_that_tf_does_not_know_is_said_and_costs_nothing_else(stage):
    answer = stage.ask('the red one', stage.show())
    assert answer.status == Status.OK
    assert 'results in space stay in the camera frame "optical"' in answer.message
    assert answer.instances[0].has_3d
    assert answer.instances[0].header == answer.header


def test_after_undo_the_earlier_round_is_in_space_again(stage):
    stamp = stage.show()
    first = stage.ask('the blue one', stamp).instances[0]
    stage.ask('the red one', stamp)
    listed = stage.heard['instances']
    until(lambda: listed and listed[-1].round == 2, 'the later round')
    stage.client.undo(stage.dialogue)
    until(lambda: listed[-1].round == 1, 'the earlier round')
    assert list(listed[-1].instances) == [first]
    assert first.has_3d


def test_an_image_without_depth_is_answered_in_the_plane(stage):
    stage.show()
    answers = []

    def answered() -> bool:
        # No depth that was sent before lies near a stamp ten seconds ahead.
        stamp = stage.send(depth=False, ahead=10 * NANOSECONDS)
        answers.append(stage.ask('the red one', stamp))
        return answers[-1].status == Status.OK
    until(answered, 'an answer')
    assert 'no results in space: no image of /depth_image belongs' in answers[-1].message
    instance, = answers[-1].instances
    assert not instance.has_3d
    assert instance.pose.orientation.w == 1.0
    assert (instance.size.x, instance.depth_valid_ratio) == (0.0, 0.0)
    assert instance.area == 20 * 20
