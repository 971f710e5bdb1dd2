# SPDX-License-Identifier: Apache-2.0
"""What TF says at the stamp of an image: the way to target_frame, and where the camera is.

Results in space are expressed in the parameter target_frame. Without tf2_ros, or where TF does not
know the way, they stay in the frame of the camera, and a sentence says so. Things are remembered in
the parameter memory_frame; where TF does not know the camera there, its pose is None. Does not
measure anything and does not publish.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from rclpy.clock import ClockType
from rclpy.duration import Duration
from rclpy.node import Node
from rclpy.time import Time

from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.geometry.boxes import OrientedBox
from reasonseg_ros.core.geometry.grasps import Handling
from reasonseg_ros.ros.compat import optional

PATIENCE = 0.2  # seconds that a lookup waits; TF often arrives a little later than the image


@dataclass(frozen=True, eq=False)
class Placement:
    """How results go from the frame of the camera to the frame `frame_id`.

    rotation     float64 [3, 3]
    translation  float64 [3], metres
    trouble      why `frame_id` is not the target frame; '' when it is
    refused      nothing is to be told in `frame_id`, which is not the frame that is required
    """

    frame_id: str
    rotation: np.ndarray = field(default_factory=lambda: np.eye(3))
    translation: np.ndarray = field(default_factory=lambda: np.zeros(3))
    trouble: str = ''
    refused: bool = False

    def points(self, points: np.ndarray) -> np.ndarray:
        """Return float32 [N, 3] points of the camera's frame in this one, contiguous."""
        return np.ascontiguousarray(points @ self.rotation.T + self.translation, np.float32)

    def solid(self, solid: OrientedBox) -> OrientedBox:
        """Return a box of the camera's frame in this one."""
        return replace(solid, centre=self.rotation @ solid.centre + self.translation,
                       axes=self.rotation @ solid.axes)

    def handling(self, handling: Handling) -> Handling:
        """Return how a thing can be held, of the camera's frame, in this one."""
        point, normal, grasp = handling.point, handling.normal, handling.grasp
        return replace(
            handling,
            point=None if point is None else self.rotation @ point + self.translation,
            normal=None if normal is None else self.rotation @ normal,
            grasp=None if grasp is None else replace(
                grasp, centre=self.rotation @ grasp.centre + self.translation,
                axes=self.rotation @ grasp.axes))


class _NotKnown(Exception):
    """TF does not know a way; `kind` of failure, and the sentence."""

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind


class Transforms:
    """Listens to TF from construction on where a frame is given and tf2_ros is installed.

    target_frame    '' = results stay in the frame of the camera
    required        whether there are no results in space rather than some in another frame
    memory_frame    in which things are remembered; '' = where the camera is, is not asked
    failures        lookups of target_frame that failed
    trouble         why the newest one failed; '' = it did not
    pose_failures, pose_trouble  the same of memory_frame
    """

    def __init__(self, node: Node, target_frame: str, required: bool = False,
                 memory_frame: str = '') -> None:
        self.target_frame, self.required = target_frame, required
        self.memory_frame = memory_frame
        self._node = node
        self._said: set[tuple[str, str, str]] = set()  # to, from, and kind of failure
        self.failures = self.pose_failures = 0
        self.trouble = self.pose_trouble = ''
        self._tf = optional('tf2_ros') if target_frame or memory_frame else None
        if self._tf is not None:
            self._buffer = self._tf.Buffer()
            self._listener = self._tf.TransformListener(self._buffer, node)

    def place(self, frame_id: str, stamp: int) -> Placement:
        """Return the way from `frame_id` to the target frame at `stamp`, in nanoseconds."""
        if self.target_frame in ('', frame_id):
            return Placement(frame_id)
        try:
            placement = self._look_up(self.target_frame, frame_id, stamp, 'target_frame')
        except _NotKnown as error:
            self.failures += 1
            self.trouble = ('there are no results in space, since target_frame_required is true: '
                            if self.required else
                            f'results in space stay in the camera frame "{frame_id}": '
                            ) + str(error)
            self._say(self.target_frame, frame_id, error.kind, self.trouble)
            return Placement(frame_id, trouble=self.trouble, refused=self.required)
        self.trouble = ''
        return placement

    def camera_pose(self, frame_id: str, stamp: int) -> np.ndarray | None:
        """Return where the camera was in the memory frame at `stamp`, in nanoseconds.

        As float64 [4, 4], from its optical frame `frame_id`; None where that is not known.
        """
        if not self.memory_frame:
            return None
        try:
            if not stamp:
                raise _NotKnown('stamp', 'the image has the stamp 0, and TF is asked for a moment; '
                                'let the driver stamp its images')
            way = Placement(frame_id) if frame_id == self.memory_frame else self._look_up(
                self.memory_frame, frame_id, stamp, 'memory_frame')
        except _NotKnown as error:
            self.pose_failures += 1
            self.pose_trouble = f'the motion of the camera is estimated from its images: {error}'
            self._say(self.memory_frame, frame_id, error.kind, self.pose_trouble)
            return None
        self.pose_trouble = ''
        pose = np.eye(4)
        pose[:3, :3], pose[:3, 3] = way.rotation, way.translation
        return pose

    def unplaced(self, frame: Frame | None) -> str:
        """Say why the place of a frame's camera is not known, though it should be; or ''."""
        return self.pose_trouble if frame is not None and frame.camera_pose is None else ''

    def clear(self) -> None:
        """Forget every transform, for when time jumps back."""
        if self._tf is not None:
            self._buffer.clear()

    def _look_up(self, to: str, frame_id: str, stamp: int, parameter: str) -> Placement:
        """Return the way to a frame that `parameter` names. Raises _NotKnown."""
        if self._tf is None:
            raise _NotKnown('tf2_ros', 'tf2_ros cannot be imported; install it, or leave '
                            f'{parameter} empty')
        time = Time(nanoseconds=stamp, clock_type=ClockType.ROS_TIME)
        # Nothing comes of waiting for a frame that nobody publishes at any time.
        known = self._buffer.can_transform(to, frame_id, Time())
        try:
            message = self._buffer.lookup_transform(
                to, frame_id, time, timeout=Duration(seconds=PATIENCE if known else 0.0))
        except self._tf.TransformException as error:
            raise _NotKnown(type(error).__name__, f'TF does not know "{to}" at the stamp of the '
                            f'image ({error})') from error
        moved, turned = message.transform.translation, message.transform.rotation
        return Placement(to, rotation((turned.x, turned.y, turned.z, turned.w)),
                         np.array([moved.x, moved.y, moved.z]))

    def _say(self, to: str, frame_id: str, kind: str, sentence: str) -> None:
        if (to, frame_id, kind) not in self._said:
            self._said.add((to, frame_id, kind))
            self._node.get_logger().warning(sentence)


def rotation(quaternion: Sequence[float]) -> np.ndarray:
    """Return the quaternion (x, y, z, w) of any length but 0 as a float64 [3, 3] rotation."""
    x, y, z, w = np.asarray(quaternion, float) / np.linalg.norm(quaternion)
    return np.array([
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)]])
