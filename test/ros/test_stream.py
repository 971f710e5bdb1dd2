# SPDX-License-Identifier: Apache-2.0
"""The intake of a node in its own process: compressed topics, QoS overrides, jumps of time."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

rclpy = pytest.importorskip('rclpy')

from rcl_interfaces.srv import ListParameters
from rclpy.qos import qos_profile_sensor_data
from reasonseg_ros.srv import Segment
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import CameraInfo, CompressedImage, Image
from support.harness import LONG, Process, camera_image, until

from reasonseg_ros.core.camera.frame import CameraModel
from reasonseg_ros.core.camera.messages import NANOSECONDS, nanoseconds
from reasonseg_ros.core.camera.raw import decode_colour
from reasonseg_ros.core.errors import Status
from reasonseg_ros.ros import dds
from reasonseg_ros.ros.client.client import Client
from reasonseg_ros.ros.output import convert

SECOND = NANOSECONDS


class Robot:
    """Starts one node and publishes to it."""

    def __init__(self, folder: Path, client: Client, node: rclpy.node.Node) -> None:
        self.node = node
        self.client = client
        self.process: Process | None = None
        self._folder = folder

    def start(self, *arguments: str) -> Process:
        """Start the segmenter with these ROS arguments and return its process."""
        self.process = Process('support.fake_segmenter', self._folder, '--ros-args', '-p',
                               f'store_path:={self._folder / "dialogues.sqlite3"}', *arguments)
        return self.process

    def publisher(self, kind: type, topic: str):
        """Make a publisher that the segmenter listens to."""
        publisher = self.node.create_publisher(kind, topic, qos_profile_sensor_data)
        until(publisher.get_subscription_count, f'a listener of {topic}')
        return publisher

    def answer(self, send: Callable[[], None],
               accept: Callable[[Segment.Response], bool] = lambda _: True) -> Segment.Response:
        """Send and ask until an answer is OK and accepted; return it."""
        answers = []

        def accepted() -> bool:
            send()
            request = Segment.Request(instruction='red', dialogue_id='d')
            answers.append(self.client.call(Segment, 'segment', request, LONG))
            return answers[-1].status == Status.OK and accept(answers[-1])
        until(accepted, 'the answer')
        return answers[-1]


@pytest.fixture
def robot(tmp_path) -> Iterator[Robot]:
    """Yield a robot; its process is ended afterwards."""
    dds.prepare()
    context = rclpy.Context()
    rclpy.init(context=context)
    node = rclpy.create_node('driver', context=context)
    executor = rclpy.executors.SingleThreadedExecutor(context=context)
    executor.add_node(node)
    spinner = threading.Thread(target=executor.spin, daemon=True)
    spinner.start()
    with Client('segmenter', patience=LONG) as client:
        robot = Robot(tmp_path, client, node)
        yield robot
    if robot.process is not None:
        robot.process.end()
    executor.shutdown()
    spinner.join(LONG)
    context.try_shutdown()


def test_compressed_colour_and_depth_reach_an_answer_in_space(robot):
    robot.start('-r', 'image:=/cam/color', '-r', 'depth_image:=/cam/depth',
                '-p', 'image_transport:=compressed', '-p',
                'depth_image_transport:=compressedDepth').says(
                    'active, listening to /cam/color/compressed')
    image = robot.publisher(CompressedImage, '/cam/color/compressed')
    depth = robot.publisher(CompressedImage, '/cam/depth/compressedDepth')
    info = robot.publisher(CameraInfo, '/cam/camera_info')
    raw = camera_image(0)
    rgb = decode_colour(raw.data, raw.width, raw.height, raw.step, raw.encoding)
    _, colour_file = cv2.imencode('.png', rgb[..., ::-1])
    _, depth_file = cv2.imencode('.png', np.full(rgb.shape[:2], 1500, np.uint16))
    model = CameraModel(raw.width, raw.height, 30.0, 30.0, 15.5, 11.5)

    def send() -> None:
        header = convert.header_message(robot.node.get_clock().now().nanoseconds, 'optical')
        info.publish(convert.camera_info(model, header))
        depth.publish(CompressedImage(header=header, format='16UC1; compressedDepth png',
                                      data=bytes(12) + depth_file.tobytes()))
        image.publish(CompressedImage(header=header, format='rgb8; png compressed bgr8',
                                      data=colour_file.tobytes()))

    instance, = robot.answer(send, lambda answer: answer.instances[0].has_3d).instances
    assert (instance.roi.x_offset, instance.roi.width) == (2, 8)
    assert instance.pose.position.z == pytest.approx(1.5, abs=0.01)


def test_a_publisher_that_cannot_match_is_one_warning_and_no_image(robot):
    process = robot.start('-p', 'qos_overrides./image.subscription.reliability:=reliable')
    process.says('active, listening to /image')
    image = robot.node.create_publisher(Image, 'image', qos_profile_sensor_data)
    process.says('nothing arrives from a publisher of /image: its reliability is less than the '
                 'reliable that this node asks for')
    for _ in range(3):
        image.publish(camera_image(robot.node.get_clock().now().nanoseconds))
    answer = robot.client.segment('red')
    assert answer.status == Status.NO_IMAGE
    assert 'reliability' in answer.message
    assert process.log.count('nothing arrives') == 1


def test_a_wrong_override_of_the_intake_ends_the_node_with_one_line(robot):
    process = robot.start('-p', 'qos_overrides./image.subscription.reliability:=sometimes')
    process.says('not activated: a parameter qos_overrides./image.subscription is wrong')
    assert process.wait() == 1
    assert 'sometimes' in process.log and 'Traceback' not in process.log


def test_every_topic_of_the_node_can_be_overridden(robot):
    robot.start().says('active, listening to /image')
    own = {'/rosout', '/parameter_events', '/clock', '/segmenter/transition_event'}

    def topics() -> set[str]:
        found = (*robot.node.get_publisher_names_and_types_by_node('segmenter', '/'),
                 *robot.node.get_subscriber_names_and_types_by_node('segmenter', '/'))
        return {topic for topic, _ in found if '/_action/' not in topic} - own
    request = ListParameters.Request(prefixes=['qos_overrides'])
    client = robot.node.create_client(ListParameters, '/segmenter/list_parameters')
    assert client.wait_for_service(LONG)
    future = client.call_async(request)
    until(future.done, 'the parameters')
    names = {name.split('.')[1] for name in future.result().result.names}
    # Its name may be told a moment after its services.
    until(lambda: ('segmenter', '/') in robot.node.get_node_names_and_namespaces(), 'its name')
    until(lambda: names == topics(), f'just these topics: {sorted(names)}, {sorted(topics())}')
    assert {'/image', '/segmenter/instruction', '/segmenter/overlay', '/diagnostics'} <= names


def test_when_a_bag_starts_again_its_old_images_are_dropped_and_the_dialogue_stays(robot):
    process = robot.start('-p', 'use_sim_time:=true')
    process.says('active, listening to /image')
    clock = robot.publisher(Clock, '/clock')
    image = robot.publisher(Image, 'image')

    def play(second: int) -> None:
        stamp = second * SECOND
        clock.publish(Clock(clock=convert.stamp_message(stamp)))
        image.publish(camera_image(stamp))
    first = robot.answer(lambda: play(100))
    assert nanoseconds(first.header.stamp) == 100 * SECOND

    for late in (2, 1, 2, 1):  # as of a second clock, milliseconds behind
        clock.publish(Clock(clock=convert.stamp_message(100 * SECOND - late * SECOND // 1000)))
        assert robot.client.segment('red', 'd').status == Status.OK
    assert 'went back' not in process.log
    clock.publish(Clock(clock=convert.stamp_message(-SECOND)))  # rclpy cannot read it
    until(lambda: 'what came on /clock was dropped' in process.log, 'the refusal')

    def jumped() -> bool:
        clock.publish(Clock(clock=convert.stamp_message(10 * SECOND)))
        return 'time went back' in process.log
    until(jumped, 'the jump')
    assert robot.client.segment('red', 'd').status == Status.NO_IMAGE
    pinned = robot.client.segment('red', 'd', policy='pinned')
    assert pinned.status == Status.NO_IMAGE
    assert 'is not kept any more' in pinned.message
    again = robot.answer(lambda: play(10))
    assert nanoseconds(again.header.stamp) == 10 * SECOND
    assert again.round == first.round + 5
    assert process.log.count('time went back by 89.9') == 1
