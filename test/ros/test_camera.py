# SPDX-License-Identifier: Apache-2.0
"""The camera intake inside one process: which frame it chooses, and what it says without one."""

import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest

rclpy = pytest.importorskip('rclpy')

from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from reasonseg_ros.srv import Segment
from sensor_msgs.msg import CameraInfo, CompressedImage, Image

from reasonseg_ros.core.camera.frame import CameraModel, Frame
from reasonseg_ros.core.camera.messages import NANOSECONDS
from reasonseg_ros.core.errors import BadImage, BadRequest, NoImage, StaleImage
from reasonseg_ros.ros.camera import KEPT, Camera
from reasonseg_ros.ros.frames import FrameRequest, Frames
from reasonseg_ros.ros.output import convert
from reasonseg_ros.ros.qos import Endpoints

LONG = 20.0
MILLISECOND = 1_000_000
REQUEST = Segment.Request


KINDS = {'image': Image, 'depth_image': Image, 'camera_info': CameraInfo}
COMPRESSED = {'image': CompressedImage, 'depth_image': CompressedImage, 'camera_info': CameraInfo}


class Rig:
    """A camera and a driver in one node; `send` returns when the intake has the message.

    remap  arguments such as image:=/cam/color
    kinds  stream -> type of its messages
    at     stream -> topic, where it is not the name of the stream
    """

    def __init__(self, context: rclpy.Context, remap: Sequence[str] = (),
                 kinds: Mapping[str, type] = KINDS, at: Mapping[str, str] = {},
                 **options: Any) -> None:
        arguments = ['--ros-args', *(word for rule in remap for word in ('-r', rule))]
        self.node = Node('intake', context=context, namespace='rig', enable_rosout=False,
                         start_parameter_services=False, cli_args=arguments if remap else None)
        self.camera = Camera(self.node, MutuallyExclusiveCallbackGroup(), Endpoints(self.node),
                             **options)
        self.executor = SingleThreadedExecutor(context=context)
        self.executor.add_node(self.node)
        self.publishers = {topic: self.node.create_publisher(kind, at.get(topic, topic), 5)
                           for topic, kind in kinds.items()}
        self.until(lambda: all(p.get_subscription_count() for p in self.publishers.values()))

    def until(self, condition: Callable[[], bool]) -> None:
        end = time.monotonic() + LONG
        while not condition():
            assert time.monotonic() < end, 'nothing arrived'
            self.executor.spin_once(timeout_sec=0.1)

    def send(self, topic: str, message: Image | CameraInfo) -> None:
        before = self.received(topic)
        self.publishers[topic].publish(message)
        self.until(lambda: self.received(topic) > before)

    def received(self, topic: str) -> int:
        return getattr(self.camera.statistics(), topic).received

    def colour(self, stamp: int, grey: int = 0, width: int = 4) -> None:
        pixels = np.full((2, width, 3), grey, np.uint8)
        header = convert.header_message(stamp, 'optical')
        self.send('image', convert.image_message(pixels, 'rgb8', header))

    def depth(self, stamp: int, metres: float = 1.0, width: int = 4) -> None:
        pixels = np.full((2, width), metres, np.float32)
        header = convert.header_message(stamp, 'optical')
        self.send('depth_image', convert.image_message(pixels, '32FC1', header))

    def info(self, width: int = 4, frame_id: str = 'optical') -> None:
        model = CameraModel(width, 2 * width // 4, 3.0, 3.0, 1.5, 0.5)
        self.send('camera_info', convert.camera_info(model, convert.header_message(0, frame_id)))

    def now(self) -> int:
        return self.node.get_clock().now().nanoseconds

    def close(self) -> None:
        self.camera.close()
        self.executor.shutdown()
        self.node.destroy_node()


@pytest.fixture
def make() -> Iterator[Callable[..., Rig]]:
    """Yield the maker of rigs."""
    context = rclpy.Context()
    rclpy.init(context=context)
    rigs = []

    def make_one(**options) -> Rig:
        rigs.append(Rig(context, **options))
        return rigs[-1]
    yield make_one
    for rig in rigs:
        rig.close()
    context.try_shutdown()


@pytest.fixture
def rig(make) -> Rig:
    """Give a fresh rig."""
    return make()


def test_before_the_first_image_it_names_the_topic_and_its_publishers(rig):
    words = 'no image has arrived on /rig/image, which has 1 publishers'
    with pytest.raises(NoImage, match=words):
        rig.camera.latest(0)


def test_colour_alone_is_a_frame(rig):
    rig.colour(5, grey=7)
    frame = rig.camera.latest(0)
    assert (frame.stamp, frame.frame_id, frame.rgb[0, 0, 0]) == (5, 'optical', 7)
    assert frame.depth is None
    assert frame.camera is None


def test_an_image_gets_the_depth_of_its_moment_and_the_intrinsics(rig):
    rig.info()
    rig.depth(107 * MILLISECOND, metres=1.0)
    rig.depth(203 * MILLISECOND, metres=2.0)
    rig.colour(200 * MILLISECOND)
    frame = rig.camera.latest(0)
    assert frame.stamp == 200 * MILLISECOND
    assert frame.depth[0, 0] == 2.0
    assert frame.camera == CameraModel(4, 2, 3.0, 3.0, 1.5, 0.5)
    statistics = rig.camera.statistics()
    assert (statistics.matched, statistics.largest_gap) == (1, 0.003)
    assert statistics.notes == ()


def test_a_slop_of_zero_takes_equal_stamps_only(make):
    rig = make(slop=0.0)
    rig.depth(101 * MILLISECOND)
    rig.colour(100 * MILLISECOND)
    assert rig.camera.latest(0).depth is None
    rig.depth(133 * MILLISECOND)
    rig.colour(133 * MILLISECOND)
    assert rig.camera.latest(0).depth is not None
    assert rig.camera.statistics().matched == 1


def test_depth_of_another_moment_is_left_out(rig):
    rig.colour(100 * MILLISECOND)
    rig.depth(150 * MILLISECOND)
    assert rig.camera.latest(0).depth is None
    note, = rig.camera.statistics().notes
    assert 'no image of /rig/depth_image belongs to the image' in note
    assert 'sync_slop above 0.02 s' in note


def test_a_depth_camera_that_stopped_does_not_hold_the_image_back(rig):
    rig.colour(100 * MILLISECOND)
    rig.depth(100 * MILLISECOND)
    rig.colour(400 * MILLISECOND)
    assert rig.camera.latest(0).stamp == 400 * MILLISECOND


def test_an_old_image_is_stale_and_the_sentence_says_how_old(rig):
    rig.colour(rig.now() - 3_000 * MILLISECOND)
    with pytest.raises(StaleImage, match=r'on /rig/image is 3\.\d s old, older than max_age 1 s'):
        rig.camera.latest(1.0)
    assert rig.camera.latest(60.0).stamp > 0


def test_what_was_lost_is_told_from_the_stamps(rig):
    period, start = 33 * MILLISECOND, rig.now()
    for number in (0, 3, 4, 7, 8, 9, 14, 15):
        rig.colour(start + number * period)
    assert rig.camera.statistics().image.lost == 2 + 2 + 4
    rig.colour(start + 15 * period + 60_000 * MILLISECOND)  # a pause is no loss
    assert rig.camera.statistics().image.lost == 2 + 2 + 4


def test_a_frame_id_that_changes_and_a_second_publisher_are_said(rig):
    rig.colour(rig.now())
    rig.camera.latest(0.0)
    assert rig.camera.statistics().notes[:1] != ('the frame_id',)
    other = rig.node.create_publisher(Image, 'image', 5)
    rig.until(lambda: rig.node.count_publishers('image') == 2)
    header = convert.header_message(rig.now(), 'elsewhere')
    rig.send('image', convert.image_message(np.zeros((2, 4, 3), np.uint8), 'rgb8', header))
    rig.camera.latest(0.0)
    notes = ' '.join(rig.camera.statistics().notes)
    assert 'the frame_id of images changes: elsewhere, optical' in notes
    assert '2 publish on the topic' in notes
    rig.node.destroy_publisher(other)


def test_images_of_another_type_name_both_types_and_the_option(rig, driver):
    driver.node.create_publisher(CompressedImage, '/rig/image', 5)
    rig.until(lambda: rig.node.count_publishers('image') == 2)
    with pytest.raises(NoImage, match='published as sensor_msgs/msg/CompressedImage, and this node '
                                      'expects sensor_msgs/msg/Image.*image_transport'):
        rig.camera.latest(0.0)


def test_a_stamp_of_zero_is_named(rig):
    rig.colour(0)
    with pytest.raises(StaleImage, match='has the stamp 0, so that nothing tells its age'):
        rig.camera.latest(1.0)
    assert rig.camera.latest(0.0).stamp == 0


def test_an_image_from_the_future_points_to_the_clocks(rig):
    rig.colour(rig.now() + 5_000 * MILLISECOND)
    with pytest.raises(StaleImage, match='use_sim_time'):
        rig.camera.latest(1.0)


def test_a_fresh_image_without_depth_beats_an_old_one_with_it(rig):
    old = rig.now() - 3_000 * MILLISECOND
    rig.colour(old)
    rig.depth(old)
    rig.colour(rig.now())
    assert rig.camera.latest(1.0).depth is None


def test_an_image_is_found_by_its_stamp_while_it_is_kept(rig):
    for stamp in range(1, KEPT + 2):
        rig.colour(stamp * MILLISECOND, grey=stamp)
    assert rig.camera.at(3 * MILLISECOND).rgb[0, 0, 0] == 3
    with pytest.raises(NoImage, match=re.escape(f'the newest {KEPT} have stamps 0.002 to')):
        rig.camera.at(1 * MILLISECOND)


def test_what_does_not_fit_costs_the_depth_and_is_logged_once(rig, capfd):
    rig.info(width=8)
    rig.depth(100 * MILLISECOND, width=8)
    rig.colour(100 * MILLISECOND)
    for _ in range(2):
        frame = rig.camera.latest(0)
        assert frame.rgb.shape == (2, 4, 3)
        assert frame.depth is None
    words = '/rig/image: depth is left out: it is 8x2, the image 4x2'
    assert ''.join(capfd.readouterr()).count(words) == 1
    assert 'depth is left out' in rig.camera.statistics().notes[0]
    rig.depth(200 * MILLISECOND)
    rig.colour(200 * MILLISECOND)
    assert rig.camera.latest(0).camera == CameraModel(4, 2, 1.5, 1.5, 0.5, 0.0)
    note, = rig.camera.statistics().notes
    assert note == ('the intrinsics of camera_info are rescaled: it is for 8x4, the image 4x2')


def test_camera_info_is_remembered_by_frame(rig):
    rig.info()
    rig.info(width=8, frame_id='another')
    rig.depth(100 * MILLISECOND)
    rig.colour(100 * MILLISECOND)
    assert rig.camera.latest(0).camera.width == 4
    assert rig.camera.statistics().notes == ()


def test_statistics_count_streams_and_give_rate_and_age(rig):
    before = rig.camera.statistics()
    assert (before.image.received, before.image.rate, before.image.age) == (0, 0.0, None)
    start = rig.now()
    for _ in range(3):
        rig.colour(rig.now())
    image = rig.camera.statistics().image
    assert (image.topic, image.received, image.lost) == ('/rig/image', 3, 0)
    seconds = (rig.now() - start) / NANOSECONDS
    assert 0 <= image.age <= seconds
    assert image.rate >= 3 / seconds


def test_compressed_images_come_from_the_remapped_topic_with_the_suffix(make):
    rig = make(remap=('image:=/cam/color', 'depth_image:=/cam/depth'), kinds=COMPRESSED,
               at={'image': '/cam/color/compressed', 'depth_image': '/cam/depth/compressedDepth',
                   'camera_info': '/cam/camera_info'},
               transport='compressed', depth_transport='compressedDepth')
    assert rig.camera.topic == '/cam/color/compressed'
    header = convert.header_message(5, 'optical')
    rgb = np.full((2, 4, 3), (200, 100, 50), np.uint8)
    _, png = cv2.imencode('.png', rgb[..., ::-1])
    _, depth = cv2.imencode('.png', np.full((2, 4), 1500, np.uint16))
    rig.info()
    rig.send('depth_image', CompressedImage(
        header=header, format='16UC1; compressedDepth png', data=bytes(12) + depth.tobytes()))
    rig.send('image', CompressedImage(header=header, format='rgb8; png compressed bgr8',
                                      data=png.tobytes()))
    frame = rig.camera.latest(0)
    assert frame.rgb[1, 3].tolist() == [200, 100, 50]
    assert frame.depth[0, 0] == pytest.approx(1.5)
    assert frame.camera.fx == 3.0


def test_a_broken_compressed_image_is_a_bad_image(make):
    rig = make(kinds={'image': CompressedImage}, at={'image': 'image/compressed'},
               transport='compressed')
    rig.send('image', CompressedImage(format='jpeg', data=b'no image'))
    with pytest.raises(BadImage):
        rig.camera.latest(0)


def test_camera_info_is_looked_for_beside_a_remapped_image_unless_it_is_remapped_too(make):
    beside = make(remap=('image:=/cam/color/image_raw',), kinds={})
    assert beside.camera.statistics().camera_info.topic == '/cam/color/camera_info'
    apart = make(remap=('image:=/cam/color/image_raw', 'camera_info:=/cam/info'), kinds={})
    assert apart.camera.statistics().camera_info.topic == '/cam/info'


def test_a_named_camera_has_topics_of_its_own(make):
    rig = make(name='wrist', at={topic: f'wrist/{topic}' for topic in KINDS})
    assert [s.topic for s in rig.camera.statistics().streams] == [
        '/rig/wrist/image', '/rig/wrist/depth_image', '/rig/wrist/camera_info']


def test_when_the_stamps_go_back_the_older_images_are_dropped(rig):
    rig.colour(5_000 * MILLISECOND)
    rig.colour(1_000 * MILLISECOND)
    assert rig.camera.latest(0).stamp == 1_000 * MILLISECOND
    with pytest.raises(NoImage):
        rig.camera.at(5_000 * MILLISECOND)


def test_closing_forgets_the_images(rig):
    rig.colour(1)
    rig.camera.close()
    with pytest.raises(NoImage):
        rig.camera.latest(0)


def test_pinned_is_the_newest_image_first_and_then_the_one_of_the_round(rig):
    frames = Frames()
    pinned = FrameRequest(REQUEST.PINNED, 0.0)
    rig.colour(1)
    first = frames.choose(pinned, rig.camera, 'd', 0)
    frames.keep('d', 1, first)
    rig.colour(2)
    assert frames.choose(pinned, rig.camera, 'd', 1) is first
    assert frames.choose(FrameRequest(REQUEST.LATEST, 0.0), rig.camera, 'd', 1).stamp == 2
    with pytest.raises(NoImage, match='image of round 2 of dialogue "d" is not kept'):
        frames.choose(pinned, rig.camera, 'd', 2)


def test_frames_of_old_rounds_are_dropped(rig):
    frames = Frames()
    for index in range(1, 20):
        frames.keep('d', index, Frame(np.zeros((1, 1, 3), np.uint8), stamp=index))
    pinned = FrameRequest(REQUEST.PINNED, 0.0)
    assert frames.choose(pinned, rig.camera, 'd', 19).stamp == 19
    with pytest.raises(NoImage):
        frames.choose(pinned, rig.camera, 'd', 1)


def test_the_window_of_rounds_is_given():
    frames = Frames(window=2)
    for index in (1, 2, 3):
        frames.keep('d', index, Frame(np.zeros((1, 1, 3), np.uint8), stamp=index))
    assert [frames.of('d', index) is not None for index in (1, 2, 3)] == [False, True, True]


def test_a_view_is_the_same_until_the_camera_moves():
    random = np.random.default_rng(0)
    scene = np.kron(random.integers(0, 256, (12, 16, 3)), np.ones((20, 20, 1))).astype(np.uint8)
    hand = scene.copy()
    hand[:100, :100] = 90
    noisy = (scene.astype(int) + random.integers(-5, 6, scene.shape)).clip(0, 255).astype(np.uint8)
    frames = Frames(window=1)
    for index, rgb in enumerate((scene, noisy, hand, np.roll(scene, 40, axis=1)), start=1):
        frames.keep('d', index, Frame(rgb, stamp=index))
    assert frames.same_view('d', (2, 3, 4, 5), 1) == {2, 3}
    assert frames.same_view('d', (1,), 5) == set(), 'of what was not seen nothing is known'


def sent(depth: np.ndarray | None = None, focal: float = 0.0) -> Frame:
    """Return the frame of a request that sends an image of 8x6 pixels."""
    header = convert.header_message(7, 'optical')
    image = convert.image_message(np.zeros((6, 8, 3), np.uint8), 'rgb8', header)
    wanted = FrameRequest(
        REQUEST.SENT, 0.0, image=image,
        depth_image=Image() if depth is None else convert.image_message(depth, '32FC1', header),
        camera_info=convert.camera_info(CameraModel(8, 6, focal, focal, 3.5, 2.5), header))
    camera = SimpleNamespace(placed=lambda frame: replace(frame, source='left'))
    return Frames().choose(wanted, camera, 'd', 0)


def test_a_sent_image_brings_its_depth_and_intrinsics():
    frame = sent(np.ones((6, 8), np.float32), 100.0)
    assert (frame.source, frame.stamp, frame.note) == ('left', 7, '')
    assert frame.depth.shape == (6, 8) and frame.camera.fx == 100.0


def test_a_sent_image_may_come_alone():
    assert (sent().depth, sent().note) == (None, '')


def test_sent_depth_that_does_not_fit_costs_the_depth_and_not_the_answer():
    assert sent(np.ones((6, 8), np.float32)).depth is None
    assert 'no camera_info with intrinsics' in sent(np.ones((6, 8), np.float32)).note
    frame = sent(np.ones((3, 4), np.float32), 100.0)
    assert frame.depth is None and 'it is 4x3, the image 8x6' in frame.note


def test_a_frame_has_the_pose_that_its_camera_had(make):
    asked = []

    def pose(frame_id: str, stamp: int) -> np.ndarray:
        asked.append((frame_id, stamp))
        return np.eye(4)
    rig = make(pose=pose)
    rig.colour(5)
    assert np.array_equal(rig.camera.latest(0).camera_pose, np.eye(4))
    assert asked == [('optical', 5)]


def test_a_camera_that_stands_still_in_tf_while_its_image_changes_is_told(make):
    poses = [np.eye(4)] * 3 + [2 * np.eye(4)]
    rig = make(pose=lambda frame_id, stamp: poses[stamp - 1])
    told = []
    for stamp, grey in enumerate((10, 90, 12, 90), start=1):
        rig.colour(stamp, grey=grey)
        rig.camera.latest(0)
        told.append(any('stands still in TF' in note for note in rig.camera.statistics().notes))
    assert told == [False, True, False, False]


def test_a_camera_that_jumps_in_tf_while_its_image_stays_is_told(make):
    near, far = np.eye(4), np.eye(4)
    far[0, 3] = 0.4
    poses = [near, far, far, near]
    rig = make(pose=lambda frame_id, stamp: poses[stamp - 1])
    told = []
    for stamp, grey in enumerate((10, 10, 10, 90), start=1):
        rig.colour(stamp, grey=grey)
        rig.camera.latest(0)
        told.append(any('jumped in TF' in note for note in rig.camera.statistics().notes))
    assert told == [False, True, False, False]


def test_an_unknown_frame_policy_is_named(rig):
    with pytest.raises(BadRequest, match=r'frame_policy is 9; expected one of 0 \(latest\)'):
        Frames().choose(FrameRequest(9, 0.0), rig.camera, 'd', 0)


def test_an_image_that_arrives_while_the_camera_is_being_opened_is_kept():
    context = rclpy.Context()
    rclpy.init(context=context)
    failed = []

    class Eager(Endpoints):
        """Hands over an image before the next stream is there."""

        def subscription(self, kind, topic, callback, *more):
            made = super().subscription(kind, topic, callback, *more)

            def deliver() -> None:
                try:
                    callback(Image())
                except AttributeError as error:
                    failed.append(error)
            if topic == 'image':
                thread = threading.Thread(target=deliver, daemon=True)
                thread.start()
                thread.join(0.1)
                threads.append(thread)
            return made
    threads: list[threading.Thread] = []
    node = Node('intake', context=context, enable_rosout=False, start_parameter_services=False)
    camera = Camera(node, MutuallyExclusiveCallbackGroup(), Eager(node))
    threads[0].join(LONG)
    assert not failed
    assert camera.statistics().image.received == 1
    context.try_shutdown()
