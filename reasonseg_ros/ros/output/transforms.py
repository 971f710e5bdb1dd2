# SPDX-License-Identifier: Apache-2.0
"""Where results in space are expressed: the parameter target_frame, at the stamp of the image.

Without tf2_ros, or where TF does not know the way, they stay in the frame of the camera, and a
sentence says so. Does not measure anything and does not publish.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from rclpy.clock import ClockType
from rclpy.duration import Duration
from rclpy.node import Node
from rclpy.time import Time

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
    """

    frame_id: str
    rotation: np.ndarray = field(default_factory=lambda: np.eye(3))
    translation: np.ndarray = field(default_factory=lambda: np.zeros(3))
    trouble: str = ''

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


class Transforms:
    """Listens to TF from construction on where a target frame is given and tf2_ros is installed.

    target_frame  '' = results stay in the frame of the camera
    failures      lookups that failed
    trouble       why the newest one failed; '' = it did not
    """

    def __init__(self, node: Node, target_frame: str) -> None:
        self.target_frame = target_frame
        self.failures = 0
        self.trouble = ''
        self._tf = optional('tf2_ros') if target_frame else None
        if self._tf is not None:
            self._buffer = self._tf.Buffer()
            self._listener = self._tf.TransformListener(self._buffer, node)

    def place(self, frame_id: str, stamp: int) -> Placement:
        """Return the way from `frame_id` to the target frame at `stamp`, in nanoseconds."""
        if self.target_frame in ('', frame_id):
            return Placement(frame_id)
        if self._tf is None:
            return self._failed(frame_id, 'tf2_ros cannot be imported; install it, or leave '
                                'target_frame empty')
        time = Time(nanoseconds=stamp, clock_type=ClockType.ROS_TIME)
        try:
            message = self._buffer.lookup_transform(
                self.target_frame, frame_id, time, timeout=Duration(seconds=PATIENCE))
        except self._tf.TransformException as error:
            return self._failed(frame_id, f'TF does not know "{self.target_frame}" at the stamp '
                                f'of the image ({error})')
        self.trouble = ''
        moved, turned = message.transform.translation, message.transform.rotation
        return Placement(self.target_frame, rotation((turned.x, turned.y, turned.z, turned.w)),
                         np.array([moved.x, moved.y, moved.z]))

    def clear(self) -> None:
        """Forget every transform, for when time jumps back."""
        if self._tf is not None:
            self._buffer.clear()

    def _failed(self, frame_id: str, reason: str) -> Placement:
        self.failures += 1
        self.trouble = f'results in space stay in the camera frame "{frame_id}": {reason}'
        return Placement(frame_id, trouble=self.trouble)


def rotation(quaternion: Sequence[float]) -> np.ndarray:
    """Return the quaternion (x, y, z, w) of any length but 0 as a float64 [3, 3] rotation."""
    x, y, z, w = np.asarray(quaternion, float) / np.linalg.norm(quaternion)
    return np.array([
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)]])
