# SPDX-License-Identifier: Apache-2.0
"""ROS messages without ROS, as CDR for a bag. The fields are those that the node publishes.

Does not write files (`bags.writer`).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import cv2
import numpy as np

from reasonseg_ros.bags.types import COMPRESSED, IMAGE, INFO, INSTANCES, TRANSFORMS, own_typestore
from reasonseg_ros.core import masks
from reasonseg_ros.core.camera.frame import CameraModel
from reasonseg_ros.core.camera.messages import NANOSECONDS
from reasonseg_ros.core.dialogue.dialogue import Instance
from reasonseg_ros.core.geometry.boxes import OrientedBox, quaternion

JPEG_QUALITY = 90
_DEPTH_CONFIG = bytes(12)  # of compressedDepth: no quantisation, as for 16UC1


def cdr(kind: str, message: Any) -> bytes:
    """Return a message of this type as CDR."""
    return bytes(own_typestore().serialize_cdr(message, kind))


def header(stamp: int, frame_id: str) -> Any:
    """Build a header; `stamp` is nanoseconds."""
    seconds, rest = divmod(stamp, NANOSECONDS)
    return _make('std_msgs/msg/Header', frame_id=frame_id,
                 stamp=_make('builtin_interfaces/msg/Time', sec=seconds, nanosec=rest))


def image(pixels: np.ndarray, encoding: str, head: Any) -> Any:
    """Build an image from [H, W] or [H, W, C] in the dtype of the encoding, little-endian."""
    height, width = pixels.shape[:2]
    data = np.frombuffer(pixels.tobytes(), np.uint8)
    return _make(IMAGE, header=head, height=height, width=width, encoding=encoding,
                 is_bigendian=0, step=data.size // max(1, height), data=data)


def jpeg(rgb: np.ndarray) -> bytes:
    """Return uint8 [H, W, 3] as a JPEG file."""
    bgr = cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR)
    return cv2.imencode('.jpg', bgr, (cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY))[1].tobytes()


def compressed(file: bytes, head: Any) -> Any:
    """Build a compressed colour image from a JPEG file, as image_transport names it."""
    return _make(COMPRESSED, header=head, format='rgb8; jpeg compressed bgr8',
                 data=np.frombuffer(file, np.uint8))


def millimetres(depth: np.ndarray) -> np.ndarray:
    """Return float32 [H, W] metres (NaN = unknown) as uint16 [H, W] millimetres (0 = unknown)."""
    steps = np.nan_to_num(np.rint(depth * 1000.0), nan=0.0)
    return np.where(steps > np.iinfo(np.uint16).max, 0, steps).astype(np.uint16)


def compressed_depth(pixels: np.ndarray, head: Any) -> Any:
    """Build the message of the transport compressedDepth from uint16 [H, W] millimetres."""
    file = _DEPTH_CONFIG + cv2.imencode('.png', pixels)[1].tobytes()
    return _make(COMPRESSED, header=head, format='16UC1; compressedDepth png',
                 data=np.frombuffer(file, np.uint8))


def camera_info(camera: CameraModel, head: Any) -> Any:
    """Build the message of an ideal pinhole camera without distortion."""
    fx, fy, cx, cy = camera.fx, camera.fy, camera.cx, camera.cy
    return _make(INFO, header=head, width=camera.width, height=camera.height,
                 distortion_model='plumb_bob', d=np.zeros(5),
                 k=np.array([fx, 0.0, cx, 0.0, fy, cy, 0.0, 0.0, 1.0]), r=np.eye(3).ravel(),
                 p=np.array([fx, 0.0, cx, 0.0, 0.0, fy, cy, 0.0, 0.0, 0.0, 1.0, 0.0]),
                 binning_x=0, binning_y=0, roi=_roi(0, 0, 0, 0))


def transforms(head: Any, child: str, translation: Sequence[float],
               rotation: np.ndarray) -> Any:
    """Build one transform: where `child` lies in the frame of `head`; rotation is [3, 3]."""
    pose = _make('geometry_msgs/msg/Transform', translation=_vector(translation),
                 rotation=_quaternion(rotation))
    return _make(TRANSFORMS, transforms=[_make('geometry_msgs/msg/TransformStamped', header=head,
                                               child_frame_id=child, transform=pose)])


def instance_array(dialogue: str, index: int, instances: Sequence[Instance], head: Any,
                   solids: Mapping[int, OrientedBox], ratios: Mapping[int, float]) -> Any:
    """Build the instances of a round.

    solids  boxes in space in the frame of `head`, by instance id, where they are known
    ratios  share of measured depth of those without a box
    """
    return _make(INSTANCES, header=head, dialogue_id=dialogue, round=index, instances=[
        _instance(i, dialogue, head, solids.get(i.id), ratios.get(i.id, 0.0)) for i in instances])


def _instance(instance: Instance, dialogue: str, head: Any, solid: OrientedBox | None,
              ratio: float) -> Any:
    (x, y, width, height), inside = masks.crop(instance.mask)
    pose = _make('geometry_msgs/msg/Pose',
                 position=_point((0.0, 0.0, 0.0) if solid is None else solid.centre),
                 orientation=_quaternion(np.eye(3) if solid is None else solid.axes))
    return _make(
        'reasonseg_ros/msg/Instance', header=head, dialogue_id=dialogue, id=instance.id,
        parent_id=instance.parent_id, round=instance.round, label=instance.label,
        score=float(instance.score), state=int(instance.state), roi=_roi(x, y, width, height),
        mask=image(inside * np.uint8(255), 'mono8', head), area=instance.mask.area,
        has_3d=solid is not None, pose=pose,
        size=_vector((0.0, 0.0, 0.0) if solid is None else solid.size),
        depth_valid_ratio=float(ratio if solid is None else solid.depth_valid_ratio))


def _roi(x: int, y: int, width: int, height: int) -> Any:
    return _make('sensor_msgs/msg/RegionOfInterest', x_offset=x, y_offset=y, width=width,
                 height=height, do_rectify=False)


def _vector(values: Sequence[float] | np.ndarray) -> Any:
    x, y, z = map(float, values)
    return _make('geometry_msgs/msg/Vector3', x=x, y=y, z=z)


def _point(values: Sequence[float] | np.ndarray) -> Any:
    x, y, z = map(float, values)
    return _make('geometry_msgs/msg/Point', x=x, y=y, z=z)


def _quaternion(rotation: np.ndarray) -> Any:
    x, y, z, w = quaternion(rotation)
    return _make('geometry_msgs/msg/Quaternion', x=x, y=y, z=z, w=w)


def _make(kind: str, **fields: Any) -> Any:
    return own_typestore().types[kind](**fields)
