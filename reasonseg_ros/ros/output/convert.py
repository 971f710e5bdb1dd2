# SPDX-License-Identifier: Apache-2.0
"""Between core values and ROS messages. Pure functions; nothing here needs a node.

Message data is an `array.array` filled by `frombytes`: any other type is checked element by element
and takes hundreds of times longer. What messages show is read in `core.camera.messages`. Does
not resize, synchronise or publish.

Point clouds are written from whole arrays at once.
"""

from array import array
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from builtin_interfaces.msg import Time
from geometry_msgs.msg import Point, Pose, Quaternion, Vector3
from sensor_msgs.msg import CameraInfo, Image, PointCloud2, PointField, RegionOfInterest
from std_msgs.msg import Header

from reasonseg_ros.core import masks
from reasonseg_ros.core.camera.frame import CameraModel, Frame
from reasonseg_ros.core.camera.messages import NANOSECONDS, camera_model, metres, nanoseconds, rgb
from reasonseg_ros.core.dialogue.dialogue import Instance, Round, State
from reasonseg_ros.core.errors import Status
from reasonseg_ros.core.geometry.boxes import OrientedBox, quaternion
from reasonseg_ros.core.geometry.grasps import Grasp, Handling
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.engines.session import Reply
from reasonseg_ros.msg import Instance as InstanceMsg
from reasonseg_ros.msg import Round as RoundMsg
from reasonseg_ros.msg import Timing
from reasonseg_ros.srv import Segment

_ENCODINGS = {  # encoding -> dtype, channels
    'rgb8': (np.uint8, 3),
    'mono8': (np.uint8, 1),
    'mono16': (np.uint16, 1),
    '32FC1': (np.float32, 1),
}


def stamp_message(stamp: int) -> Time:
    """Return nanoseconds as a stamp."""
    seconds, rest = divmod(stamp, NANOSECONDS)
    return Time(sec=seconds, nanosec=rest)


def header_message(stamp: int, frame_id: str) -> Header:
    """Build the header that every output about one source image carries."""
    return Header(stamp=stamp_message(stamp), frame_id=frame_id)


def image_message(pixels: np.ndarray, encoding: str, header: Header) -> Image:
    """Build an image from [H, W] or [H, W, 3] whose dtype is the encoding's.

    encoding  rgb8 (uint8), mono8 (uint8), mono16 (uint16) or 32FC1 (float32)
    """
    dtype, channels = _ENCODINGS[encoding]
    if pixels.dtype != dtype or (pixels.shape[2] if pixels.ndim == 3 else 1) != channels:
        raise ValueError(f'{pixels.dtype} {pixels.shape} is not {encoding}')
    little = np.ascontiguousarray(pixels, pixels.dtype.newbyteorder('<'))
    data = array('B')
    data.frombytes(little.tobytes())
    height, width = pixels.shape[:2]
    return Image(header=header, height=height, width=width, encoding=encoding, is_bigendian=0,
                 step=width * channels * pixels.dtype.itemsize, data=data)


def frame(colour: Image, depth: Image | None, info: CameraInfo | None) -> Frame:
    """Decode one camera moment. Raises BadImage."""
    return Frame(
        rgb(colour), None if depth is None else metres(depth),
        None if info is None else camera_model(info),
        nanoseconds(colour.header.stamp), colour.header.frame_id)


def vector_message(values: Sequence[float] | np.ndarray) -> Vector3:
    """Build a vector from [3]."""
    x, y, z = (float(value) for value in values)
    return Vector3(x=x, y=y, z=z)


def point_message(values: Sequence[float] | np.ndarray) -> Point:
    """Build a point from [3]."""
    x, y, z = (float(value) for value in values)
    return Point(x=x, y=y, z=z)


def pose_message(solid: OrientedBox | Grasp) -> Pose:
    """Build the pose of a box or a grasp: its centre, and its axes as an orientation."""
    x, y, z = (float(value) for value in solid.centre)
    qx, qy, qz, qw = quaternion(solid.axes)
    return Pose(position=Point(x=x, y=y, z=z), orientation=Quaternion(x=qx, y=qy, z=qz, w=qw))


def instance_message(instance: Instance, dialogue_id: str, header: Header,
                     solid: OrientedBox | None = None,
                     handling: Handling | None = None) -> InstanceMsg:
    """Build one instance; the mask is cropped to its tight box.

    solid     its box in space, in the frame of `header`; None when it is not known
    handling  how it can be held, in that frame; None without depth
    """
    (x, y, width, height), inside = masks.crop(instance.mask)
    message = InstanceMsg(
        header=header, dialogue_id=dialogue_id, id=instance.id, parent_id=instance.parent_id,
        round=instance.round, label=instance.label, score=float(instance.score),
        state=int(instance.state), area=instance.mask.area,
        roi=RegionOfInterest(x_offset=x, y_offset=y, width=width, height=height),
        mask=image_message(inside * np.uint8(255), 'mono8', header))
    if solid is not None:
        message.has_3d = True
        message.pose = pose_message(solid)
        message.size = vector_message(solid.size)
        message.depth_valid_ratio = float(solid.depth_valid_ratio)
    if handling is not None:
        message.quality, message.quality_reason = handling.quality, handling.reason
        if handling.point is not None and handling.normal is not None:
            message.has_surface = True
            message.surface_point = point_message(handling.point)
            message.surface_normal = vector_message(handling.normal)
        if handling.grasp is not None:
            message.has_grasp, message.grasp_kind = True, int(handling.grasp.kind)
            message.grasp_pose = pose_message(handling.grasp)
            message.grasp_width = handling.grasp.width
    return message


def instance_of(message: InstanceMsg) -> Instance:
    """Read an instance.

    The message does not tell the size of its image, so that the mask has the smallest resolution
    that holds it: it ends at the right and lower edge of its box. `Instance.at` brings it to the
    size of the image.
    """
    roi = message.roi
    mask = np.zeros((roi.y_offset + roi.height, roi.x_offset + roi.width), bool)
    mask[roi.y_offset:, roi.x_offset:] = np.frombuffer(
        message.mask.data, np.uint8).reshape(roi.height, roi.width)
    return Instance(message.id, message.parent_id, message.round, message.label, message.score,
                    Rle.encode(mask), State(message.state))


def timing_messages(seconds: Mapping[str, float]) -> list[Timing]:
    """Build one entry per stage."""
    return [Timing(name=name, seconds=float(value)) for name, value in seconds.items()]


def round_message(record: Round, dialogue_id: str) -> RoundMsg:
    """Build one recorded round."""
    header = header_message(record.stamp, record.frame_id)
    return RoundMsg(
        header=header, camera=record.source, index=record.index, instruction=record.instruction,
        question=record.question, references=array('I', record.references),
        status=int(record.status), answer=record.answer, engine=record.engine,
        instances=[instance_message(i, dialogue_id, header) for i in record.instances],
        timings=timing_messages(record.seconds))


def round_of(message: RoundMsg) -> Round:
    """Read a recorded round; the engine's own words are not in the message."""
    return Round(
        message.index, message.instruction, message.question, tuple(message.references),
        Status(message.status), message.answer, tuple(map(instance_of, message.instances)),
        stamp=nanoseconds(message.header.stamp), frame_id=message.header.frame_id,
        engine=message.engine, seconds={t.name: t.seconds for t in message.timings},
        source=message.camera)


def fill_segment(response: Segment.Response, reply: Reply, instances: list[InstanceMsg],
                 notice: str = '') -> None:
    """Write a reply into the response of `~/segment`.

    instances  those of the reply, as messages
    notice     one more sentence for the client, e.g. about results in space
    """
    header = header_message(reply.frame_stamp, reply.frame_id)
    response.status = int(reply.status)
    response.message = '; '.join(text for text in (reply.message, notice) if text)
    response.dialogue_id = reply.dialogue_id
    response.round = reply.round
    response.header = header
    response.camera = reply.source
    response.answer = reply.answer
    response.instances = instances
    response.timings = timing_messages(reply.seconds)


def reply_of(response: Any) -> Reply:
    """Read the response of `~/segment` or the result of the action; its status may be any.

    The references are not in the message.
    """
    return Reply(
        Status(response.status), response.message, response.dialogue_id, response.round,
        response.answer, tuple(map(instance_of, response.instances)),
        frame_stamp=nanoseconds(response.header.stamp), frame_id=response.header.frame_id,
        source=response.camera, seconds={t.name: t.seconds for t in response.timings})


def camera_info(camera: CameraModel, header: Header) -> CameraInfo:
    """Build the message of an ideal pinhole camera without distortion."""
    fx, fy, cx, cy = camera.fx, camera.fy, camera.cx, camera.cy
    return CameraInfo(
        header=header, width=camera.width, height=camera.height, distortion_model='plumb_bob',
        d=[0.0] * 5, k=[fx, 0.0, cx, 0.0, fy, cy, 0.0, 0.0, 1.0],
        r=[1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0],
        p=[fx, 0.0, cx, 0.0, 0.0, fy, cy, 0.0, 0.0, 0.0, 1.0, 0.0])


# One point. `rgb` is 0x00RRGGBB in the four bytes of a float, as RViz and PCL read it.
POINT = np.dtype([('x', '<f4'), ('y', '<f4'), ('z', '<f4'), ('rgb', '<u4'),
                  ('instance_id', '<u4')])
_KINDS = {'instance_id': PointField.UINT32}
_FIELDS = [PointField(name=name, offset=field[1], count=1,
                      datatype=_KINDS.get(name, PointField.FLOAT32))
           for name, field in (POINT.fields or {}).items()]


def cloud_message(points: np.ndarray, colours: np.ndarray, ids: np.ndarray,
                  header: Header) -> PointCloud2:
    """Build a cloud whose fields are those of `POINT`.

    points   float32 [N, 3] metres in the frame of `header`, all finite
    colours  uint8 [N, 3] RGB
    ids      uint32 [N], instance of each point; 0 = none
    """
    rows = np.empty(len(points), POINT)
    rows['x'], rows['y'], rows['z'] = points.T
    red, green, blue = colours.T.astype(np.uint32)
    rows['rgb'] = red << 16 | green << 8 | blue
    rows['instance_id'] = ids
    data = array('B')
    data.frombytes(rows.tobytes())
    return PointCloud2(header=header, height=1, width=len(rows), fields=_FIELDS,
                       is_bigendian=False, point_step=POINT.itemsize, data=data,
                       row_step=POINT.itemsize * len(rows), is_dense=True)


def points_of(message: PointCloud2) -> np.ndarray:
    """Read a cloud that `cloud_message` built: an array [N] of `POINT`."""
    return np.frombuffer(message.data, POINT)
