# SPDX-License-Identifier: Apache-2.0
"""One camera: its three streams, and the frame that a request gets.

Decoding happens in the thread that asks for a frame; the callbacks of the streams only store. What
keeps results out of space (no depth of that moment, another frame, another size) costs the depth
and not the answer; it is logged once and kept for diagnostics. Does not know dialogues or the
model, and does not align depth to colour.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from rclpy.callback_groups import CallbackGroup
from rclpy.clock import ClockChange, JumpHandle, JumpThreshold, TimeJump
from rclpy.duration import Duration
from rclpy.node import Node
from sensor_msgs.msg import CameraInfo, CompressedImage, Image

from reasonseg_ros.core.camera import calibration, pairing
from reasonseg_ros.core.camera.calibration import RECTIFIED
from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.camera.messages import NANOSECONDS
from reasonseg_ros.core.camera.pairing import KEPT, Arrival
from reasonseg_ros.core.camera.views import same_place, small
from reasonseg_ros.core.errors import NoImage, StaleImage
from reasonseg_ros.ros.qos import Endpoints
from reasonseg_ros.ros.stream import BACK, StreamStatistics, TopicStream


def on_jump_back(node: Node, callback: Callable[[str], None]) -> JumpHandle:
    """Call `callback` when the clock of `node` jumps back or changes between wall and sim time.

    It is given the reason. Less than BACK is no jump: a clock that comes over the network jitters,
    and two that are told at once are milliseconds apart. It is called in the thread that receives
    the time, so it must be short. Call `unregister` of the result when it is not wanted any more.
    """
    def jumped(jump: TimeJump) -> None:
        if jump.clock_change is ClockChange.ROS_TIME_ACTIVATED:
            callback('the clock is that of /clock now')
        elif jump.clock_change is ClockChange.ROS_TIME_DEACTIVATED:
            callback('the clock is that of the system now')
        elif jump.delta.nanoseconds < 0:
            callback(f'time went back by {-jump.delta.nanoseconds / NANOSECONDS:.3f} s, as when a '
                     'bag begins again')

    threshold = JumpThreshold(min_forward=None, min_backward=Duration(nanoseconds=-BACK),
                              on_clock_change=True)
    return node.get_clock().create_jump_callback(threshold, post_callback=jumped)


INFOS = 16     # frames whose camera_info is remembered
JUMP = 0.05    # metres, and entries of a rotation, from one image to the next
STILL = 1e-4   # metres, and entries of a rotation, by which the pose of a camera at rest differs


@dataclass(frozen=True)
class CameraStatistics:
    """What has arrived from one camera since it was opened.

    matched      pairs of colour and depth within the slop
    largest_gap  seconds between the stamps of a pair, at most
    notes        what its newest frame lacks in space, or what was adapted; one sentence each
    """

    image: StreamStatistics
    depth_image: StreamStatistics
    camera_info: StreamStatistics
    matched: int
    largest_gap: float
    notes: tuple[str, ...]

    @property
    def streams(self) -> tuple[StreamStatistics, StreamStatistics, StreamStatistics]:
        """The three topics."""
        return self.image, self.depth_image, self.camera_info


# From frame_id and nanoseconds: float64 [4, 4], see `core.camera.frame`; None = it is not known.
PoseOf = Callable[[str, int], np.ndarray | None]


def _unknown(frame_id: str, stamp: int) -> None:
    """Know no pose."""


class Camera:
    """Subscriptions `image`, `depth_image` and `camera_info`, from construction to `close`.

    name             puts the topics under a name of their own, name/image, and stands in frames
    transport        'raw' or 'compressed', of the colour image
    depth_transport  'raw' or 'compressedDepth'
    slop             seconds between colour and depth of one moment; 0 = equal stamps
    window           newest images of each stream that are kept
    pose             tells where an optical frame was at a stamp

    The transport is appended to the topic after remapping. Without a remapping of its own,
    camera_info is looked for beside the image, as drivers publish it.
    """

    def __init__(self, node: Node, group: CallbackGroup, endpoints: Endpoints, name: str = '',
                 transport: str = 'raw', depth_transport: str = 'raw',
                 slop: float = 0.02, window: int = KEPT, pose: PoseOf = _unknown) -> None:
        self.name = name
        self._pose = pose
        self._node = node
        self._endpoints = endpoints
        self._slop = round(slop * NANOSECONDS)
        self._lock = threading.Lock()
        self._infos: dict[str, CameraInfo] = {}
        self._matched = 0
        self._largest_gap = 0
        self._notes: dict[str, str] = {}  # about what -> the sentence
        self._said: set[str] = set()
        # Where TF let the camera stand first, of poses that are the same, and what it saw there.
        self._stood: tuple[np.ndarray, np.ndarray] | None = None
        self._before: tuple[np.ndarray, np.ndarray] | None = None   # the newest pose and view
        base = f'{name}/' if name else ''

        def stream(kind: type, topic: str, keep: int,
                   stored: Callable[[Arrival], None]) -> TopicStream:
            return TopicStream(node, endpoints, group, kind, topic, keep, self._lock, stored)

        with self._lock:  # the first image must not find the other streams missing
            self._colour = stream(*_transported(node, base + 'image', transport), window,
                                  self._colour_stored)
            self._depth = stream(*_transported(node, base + 'depth_image', depth_transport), window,
                                 self._depth_stored)
            info_topic = _info_topic(node, base + 'image', base + 'camera_info')
            self._info = stream(CameraInfo, info_topic, 1, self._info_stored)
        self.topic = self._colour.topic
        self._rectified = bool(RECTIFIED.search(self.topic))
        self._jumps = on_jump_back(node, lambda _: self.forget())

    def close(self) -> None:
        """End the subscriptions and forget their messages."""
        self._jumps.unregister()
        for stream in (self._colour, self._depth, self._info):
            stream.close()

    def forget(self) -> None:
        """Drop the images that are kept; camera_info stays."""
        self._colour.forget()
        self._depth.forget()

    def statistics(self) -> CameraStatistics:
        """Return what has arrived until now; cheap."""
        return CameraStatistics(
            self._colour.statistics(), self._depth.statistics(), self._info.statistics(),
            self._matched, self._largest_gap / NANOSECONDS,
            tuple(self._notes.copy().values()))

    def latest(self, max_age: float) -> Frame:
        """Decode the newest image, or one just before it that has depth of the same moment.

        `max_age` is in seconds by the clock of the node; 0 accepts any age. Raises NoImage,
        StaleImage or BadImage.
        """
        colours, depths = self._kept()
        now = self._now()
        if max_age > 0:
            colours = self._young(colours, max_age, now)
        return self._frame(*pairing.choose(colours, depths, self._slop, now), depths)

    def at(self, stamp: int) -> Frame:
        """Decode the image with this stamp, in nanoseconds. Raises NoImage or BadImage."""
        colours, depths = self._kept()
        stamps = [colour.stamp for colour in colours]
        if stamp not in stamps:
            raise NoImage(
                f'no image with stamp {_seconds(stamp)} is kept for {self.topic}; the newest '
                f'{len(stamps)} have stamps {_seconds(stamps[0])} to {_seconds(stamps[-1])}; '
                'ask sooner, or send the image with the request')
        colour = colours[stamps.index(stamp)]
        return self._frame(colour, pairing.companion(stamp, depths, self._slop), depths)

    def placed(self, frame: Frame) -> Frame:
        """Return a frame as one of this camera, with the pose that the camera had."""
        pose = self._pose(frame.frame_id, frame.stamp)
        if pose is not None:
            self._compare(pose, small(frame.rgb))
        return replace(frame, source=self.name, camera_pose=pose)

    def _compare(self, pose: np.ndarray, view: np.ndarray) -> None:
        """Say where TF lets the camera stand while its whole image changes, or lets it jump while
        nothing does."""
        before, self._before = self._before, (pose, view)
        if self._stood is None or np.abs(self._stood[0] - pose).max() > STILL:
            self._stood = pose, view
        self._note('pose', '' if same_place(self._stood[1], view) else (
            'most of the image has changed while the camera stands still in TF; if it does move, '
            'let its driver or the robot publish its motion, or leave memory_frame empty'))
        jump = 0.0 if before is None else float(np.abs(before[0] - pose).max())
        self._note('jump', '' if before is None or jump < JUMP or not same_place(before[1], view)
                   else 'the camera has jumped in TF while its image stayed as it was; what is '
                   'remembered goes with it; choose a memory_frame that is never corrected, e.g. '
                   'odom')

    # Callbacks of the streams, under the lock

    def _colour_stored(self, colour: Arrival) -> None:
        self._pair(colour, self._depth)

    def _depth_stored(self, depth: Arrival) -> None:
        colour = self._pair(depth, self._colour)
        if colour is not None:
            depth.delay = max(0, depth.arrival - colour.arrival)

    def _pair(self, arrived: Arrival, others: TopicStream) -> Arrival | None:
        partner = pairing.companion(arrived.stamp, others.kept, self._slop)
        if partner is None or partner.paired:
            return None
        partner.paired = arrived.paired = True
        self._matched += 1
        self._largest_gap = max(self._largest_gap, abs(partner.stamp - arrived.stamp))
        return partner

    def _info_stored(self, info: Arrival) -> None:
        frame_id = info.message.header.frame_id
        self._infos.pop(frame_id, None)
        self._infos[frame_id] = info.message
        while len(self._infos) > INFOS:
            del self._infos[next(iter(self._infos))]

    # Requests

    def _now(self) -> int:
        return int(self._node.get_clock().now().nanoseconds)

    def _kept(self) -> tuple[list[Arrival], list[Arrival]]:
        with self._lock:
            colours, depths = list(self._colour.kept), list(self._depth.kept)
        if not colours:
            for mismatch in self._endpoints.mismatches:
                if mismatch.topic == self.topic:
                    raise NoImage(f'no image has arrived on {mismatch}; change the quality of '
                                  'service on one side, as the log of the node says')
            other = self._colour.mistyped()
            if other:
                raise NoImage(
                    f'no image has arrived on {self.topic}: it is published as {other}, and this '
                    f'node expects {self._colour.type}; remap the topic image, or set the '
                    'parameter image_transport: raw reads sensor_msgs/msg/Image, compressed reads '
                    'sensor_msgs/msg/CompressedImage on <image>/compressed')
            raise NoImage(
                f'no image has arrived on {self.topic}, which has {self._colour.publishers()} '
                'publishers; start the camera, or remap the topic: --ros-args -r '
                'image:=/your/camera/image_raw')
        return colours, depths

    def _young(self, colours: list[Arrival], max_age: float, now: int) -> list[Arrival]:
        if not colours[-1].stamp:
            raise StaleImage(
                f'the newest image on {self.topic} has the stamp 0, so that nothing tells its age; '
                'let the driver stamp its images, or set max_age to 0, which accepts any age')
        ages = [(now - colour.stamp) / NANOSECONDS for colour in colours]
        if ages[-1] < -max_age:
            raise StaleImage(
                f'the newest image on {self.topic} is stamped {-ages[-1]:.1f} s ahead of the '
                'clock of the node; check use_sim_time here and at the camera')
        if ages[-1] > max_age:
            raise StaleImage(
                f'the newest image on {self.topic} is {ages[-1]:.1f} s old, older than max_age '
                f'{max_age:g} s; check that the camera still publishes, or raise max_age')
        return [colour for colour, age in zip(colours, ages, strict=True) if age <= max_age]

    def _frame(self, colour: Arrival, depth: Arrival | None, depths: list[Arrival]) -> Frame:
        missing = (
            f'no image of {self._depth.topic} belongs to the image, so there is no depth; see '
            'that the camera stamps and publishes both together, or raise the parameter '
            f'sync_slop above {self._slop / NANOSECONDS:g} s') if depths else ''
        with self._lock:
            infos = dict(self._infos)
            frames = {kept.message.header.frame_id for kept in self._colour.kept}
        self._note('frames', '' if len(frames) < 2 else (
            f'the frame_id of images changes: {", ".join(sorted(frames))}; let one camera publish '
            'on the topic, always with the same frame_id'))
        publishers = self._colour.publishers()
        self._note('publishers', '' if publishers < 2 else (
            f'{publishers} publish on the topic, and their images are mixed; end all but one '
            f'("ros2 topic info -v {self.topic}" names them)'))
        frame, about_depth, about_info = calibration.frame_of(
            colour.message, None if depth is None else depth.message, missing, infos,
            self._rectified)
        self._note('depth', about_depth)
        self._note('intrinsics', about_info)
        return self.placed(frame)

    def _note(self, about: str, sentence: str) -> None:
        """Keep what there is to say about depth or intrinsics now; log a sentence once."""
        if not sentence:
            self._notes.pop(about, None)
            return
        self._notes[about] = sentence
        if sentence not in self._said:
            self._said.add(sentence)
            self._node.get_logger().warning(f'{self.topic}: {sentence}')


def _transported(node: Node, topic: str, transport: str) -> tuple[type, str]:
    """Return the message type and the topic; the suffix comes after remapping."""
    if transport == 'raw':
        return Image, topic
    return CompressedImage, f'{node.resolve_topic_name(topic)}/{transport}'


def _info_topic(node: Node, image: str, info: str) -> str:
    """Return where `info` is: as remapped, otherwise beside the remapped image."""
    remapped = node.resolve_topic_name(info)
    if remapped != node.resolve_topic_name(info, only_expand=True):
        return info
    beside: str = node.resolve_topic_name(image).rpartition('/')[0]
    return f'{beside}/camera_info'


def _seconds(stamp: int) -> str:
    return f'{stamp / NANOSECONDS:.3f}'
