# SPDX-License-Identifier: Apache-2.0
"""Between core values and ROS messages. Pure functions; nothing here needs a node.

What a bag holds as well, `header_message` to `instance_array`, is that of `core.message_writer`,
with the classes of ROS. Message data is an `array.array` filled by `frombytes`: any other type is
checked element by element and takes hundreds of times longer. What messages show is read in
`core.camera.messages`. Does not resize, synchronise or publish.

Point clouds are written from whole arrays at once.
"""

from array import array
from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np
from sensor_msgs.msg import PointCloud2, PointField
from std_msgs.msg import Header

from reasonseg_ros.core.camera.messages import nanoseconds
from reasonseg_ros.core.dialogue.dialogue import Instance, Role, Round, State
from reasonseg_ros.core.errors import Status
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.core.message_writer import MessageWriter
from reasonseg_ros.engines.reply import Reply
from reasonseg_ros.msg import Instance as InstanceMsg
from reasonseg_ros.msg import Round as RoundMsg
from reasonseg_ros.msg import Timing
from reasonseg_ros.srv import Segment


@cache
def _class(kind: str) -> Callable[..., Any]:
    """Return the class of a message type like sensor_msgs/msg/Image."""
    package, folder, name = kind.split('/')
    found: Callable[..., Any] = getattr(import_module(f'{package}.{folder}'), name)
    return found


def _sequence(values: np.ndarray) -> 'array[Any]':
    """Copy a contiguous array [N] in one piece."""
    data = array(values.dtype.char)
    data.frombytes(values.view(np.uint8).data)
    return data


_WRITER = MessageWriter(_class, _sequence)
stamp_message, header_message, image_message = _WRITER.stamp, _WRITER.header, _WRITER.image
camera_info, vector_message, point_message = _WRITER.camera_info, _WRITER.vector, _WRITER.point
pose_message, instance_message = _WRITER.pose, _WRITER.instance
instance_array = _WRITER.instance_array


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
    first, seen = message.first_round, nanoseconds(message.last_seen)
    return Instance(message.id, message.parent_id, message.round, message.label, message.score,
                    Rle.encode(mask), State(message.state), message.clause, Role(message.role),
                    0 if first == message.round else first,
                    0 if message.last_seen == message.header.stamp else seen, message.reason)


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
                 notice: str = '', persistent: bool = False) -> None:
    """Write a reply into the response of `~/segment`.

    instances   those of the reply, as messages
    notice      one more sentence for the client, e.g. about results in space
    persistent  whether the dialogue is on disk, with this round
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
    response.persistent = persistent


def reply_of(response: Any) -> Reply:
    """Read the response of `~/segment` or the result of the action; its status may be any.

    The references are not in the message.
    """
    return Reply(
        Status(response.status), response.message, response.dialogue_id, response.round,
        response.answer, tuple(map(instance_of, response.instances)),
        frame_stamp=nanoseconds(response.header.stamp), frame_id=response.header.frame_id,
        source=response.camera, seconds={t.name: t.seconds for t in response.timings},
        persistent=response.persistent)


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
    return PointCloud2(header=header, height=1, width=len(rows), fields=_FIELDS,
                       is_bigendian=False, point_step=POINT.itemsize,
                       row_step=POINT.itemsize * len(rows), data=_sequence(rows.view(np.uint8)),
                       is_dense=True)


def points_of(message: PointCloud2) -> np.ndarray:
    """Read a cloud that `cloud_message` built: an array [N] of `POINT`."""
    return np.frombuffer(message.data, POINT)
