# SPDX-License-Identifier: Apache-2.0
"""Which value stands in which field of the messages that node and bags both write.

The classes come from whoever writes: those of ROS (`ros.output.convert`) or those of a bag
(`bags.messages`). Every field is given, since the classes of a bag have no defaults. Does not
serialise or publish, and does not read messages (`core.camera.messages`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from reasonseg_ros.core import masks
from reasonseg_ros.core.camera.encodings import ENCODINGS
from reasonseg_ros.core.camera.frame import CameraModel
from reasonseg_ros.core.camera.messages import NANOSECONDS
from reasonseg_ros.core.dialogue.dialogue import Instance
from reasonseg_ros.core.geometry.boxes import OrientedBox, quaternion
from reasonseg_ros.core.geometry.grasps import UNKNOWN, Grasp, GraspKind, Handling

_ORIGIN = (0.0, 0.0, 0.0)
_UPRIGHT = (0.0, 0.0, 0.0, 1.0)  # the quaternion of no rotation


@dataclass(frozen=True)
class MessageWriter:
    """Builds messages from core values.

    classes   gives the class of a message type like sensor_msgs/msg/Image, which takes its fields
              by name
    sequence  turns a contiguous array [N] into what a field of any length takes; fields of fixed
              length take arrays
    """

    classes: Callable[[str], Callable[..., Any]]
    sequence: Callable[[np.ndarray], Any]

    def stamp(self, stamp: int) -> Any:
        """Return nanoseconds as a stamp."""
        seconds, rest = divmod(stamp, NANOSECONDS)
        return self.classes('builtin_interfaces/msg/Time')(sec=seconds, nanosec=rest)

    def header(self, stamp: int, frame_id: str) -> Any:
        """Build a header; `stamp` is nanoseconds."""
        return self.classes('std_msgs/msg/Header')(stamp=self.stamp(stamp), frame_id=frame_id)

    def image(self, pixels: np.ndarray, encoding: str, header: Any) -> Any:
        """Build an image from [H, W] or [H, W, C] whose dtype and channels are the encoding's.

        encoding  name in `core.camera.encodings` that has one buffer row per image row

        Raises ValueError when the array is of another kind.
        """
        entry = ENCODINGS[encoding]
        channels = pixels.shape[2] if pixels.ndim == 3 else 1
        if (pixels.dtype, channels) != (np.dtype(entry.dtype), entry.channels):
            raise ValueError(f'{pixels.dtype} {pixels.shape} is not {encoding}')
        height, width = pixels.shape[:2]
        little = np.ascontiguousarray(pixels, pixels.dtype.newbyteorder('<'))
        return self.classes('sensor_msgs/msg/Image')(
            header=header, height=height, width=width, encoding=encoding, is_bigendian=0,
            step=width * channels * pixels.dtype.itemsize,
            data=self.sequence(little.reshape(-1).view(np.uint8)))

    def camera_info(self, camera: CameraModel, header: Any) -> Any:
        """Build the message of an ideal pinhole camera without distortion."""
        fx, fy, cx, cy = camera.fx, camera.fy, camera.cx, camera.cy
        return self.classes('sensor_msgs/msg/CameraInfo')(
            header=header, width=camera.width, height=camera.height, distortion_model='plumb_bob',
            d=self.sequence(np.zeros(5)),
            k=np.array([fx, 0.0, cx, 0.0, fy, cy, 0.0, 0.0, 1.0]), r=np.eye(3).ravel(),
            p=np.array([fx, 0.0, cx, 0.0, 0.0, fy, cy, 0.0, 0.0, 0.0, 1.0, 0.0]),
            binning_x=0, binning_y=0, roi=self._roi(0, 0, 0, 0))

    def vector(self, values: Sequence[float] | np.ndarray) -> Any:
        """Build a vector from [3]."""
        x, y, z = map(float, values)
        return self.classes('geometry_msgs/msg/Vector3')(x=x, y=y, z=z)

    def point(self, values: Sequence[float] | np.ndarray) -> Any:
        """Build a point from [3]."""
        x, y, z = map(float, values)
        return self.classes('geometry_msgs/msg/Point')(x=x, y=y, z=z)

    def rotation(self, axes: np.ndarray) -> Any:
        """Build a quaternion from a rotation [3, 3]."""
        return self._quaternion(quaternion(axes))

    def pose(self, placed: OrientedBox | Grasp | None) -> Any:
        """Build the pose of a box or a grasp: its centre, and its axes as an orientation.

        None gives the identity.
        """
        return self.classes('geometry_msgs/msg/Pose')(
            position=self.point(_ORIGIN if placed is None else placed.centre),
            orientation=self._quaternion(_UPRIGHT if placed is None else quaternion(placed.axes)))

    def instance(self, instance: Instance, dialogue_id: str, header: Any,
                 solid: OrientedBox | None = None, handling: Handling = UNKNOWN,
                 ratio: float = 0.0) -> Any:
        """Build one instance; the mask is cropped to its tight box.

        solid     its box in space, in the frame of `header`; None when it is not known
        handling  how it can be held, in that frame; unknown without depth
        ratio     share of the mask with measured depth, where there is no box to tell it
        """
        (x, y, width, height), inside = masks.crop(instance.mask)
        point, normal, grasp = handling.point, handling.normal, handling.grasp
        return self.classes('reasonseg_ros/msg/Instance')(
            header=header, dialogue_id=dialogue_id, id=instance.id, parent_id=instance.parent_id,
            round=instance.round, label=instance.label, score=float(instance.score),
            state=int(instance.state), area=instance.mask.area, roi=self._roi(x, y, width, height),
            mask=self.image(inside * np.uint8(255), 'mono8', header), has_3d=solid is not None,
            pose=self.pose(solid), size=self.vector(_ORIGIN if solid is None else solid.size),
            depth_valid_ratio=float(ratio if solid is None else solid.depth_valid_ratio),
            has_surface=point is not None,
            surface_point=self.point(_ORIGIN if point is None else point),
            surface_normal=self.vector(_ORIGIN if normal is None else normal),
            has_grasp=grasp is not None,
            grasp_kind=int(GraspKind.NO_GRASP if grasp is None else grasp.kind),
            grasp_pose=self.pose(grasp), grasp_width=0.0 if grasp is None else float(grasp.width),
            quality=float(handling.quality), quality_reason=handling.reason,
            clause=instance.clause, role=int(instance.role), reason=instance.reason,
            last_seen=self.stamp(instance.last_seen) if instance.last_seen else header.stamp,
            first_round=instance.first_round or instance.round)

    def instance_array(self, dialogue_id: str, index: int, instances: Sequence[Any],
                       header: Any) -> Any:
        """Build the instances of round `index`, which are messages already."""
        return self.classes('reasonseg_ros/msg/InstanceArray')(
            header=header, dialogue_id=dialogue_id, round=index, instances=instances)

    def _roi(self, x: int, y: int, width: int, height: int) -> Any:
        return self.classes('sensor_msgs/msg/RegionOfInterest')(
            x_offset=x, y_offset=y, width=width, height=height, do_rectify=False)

    def _quaternion(self, values: tuple[float, float, float, float]) -> Any:
        x, y, z, w = values
        return self.classes('geometry_msgs/msg/Quaternion')(x=x, y=y, z=z, w=w)
