# SPDX-License-Identifier: Apache-2.0
"""ROS messages without ROS, as CDR for a bag.

`header`, `image`, `camera_info`, `instance` and `instance_array` are those of
`core.message_writer`, with the classes of the bag; an image shares the memory of its pixels. Only
bags have transforms and compressed images. Does not write files (`bags.writer`).
"""

from collections.abc import Callable, Sequence
from typing import Any

import cv2
import numpy as np

from reasonseg_ros.bags.types import COMPRESSED, TRANSFORMS, own_typestore
from reasonseg_ros.core.message_writer import MessageWriter

JPEG_QUALITY = 90
_DEPTH_CONFIG = bytes(12)  # of compressedDepth: no quantisation, as for 16UC1


def _class(kind: str) -> Callable[..., Any]:
    return own_typestore().types[kind]


_WRITER = MessageWriter(_class, np.asarray)
header, image, camera_info = _WRITER.header, _WRITER.image, _WRITER.camera_info
instance, instance_array = _WRITER.instance, _WRITER.instance_array


def cdr(kind: str, message: Any) -> bytes:
    """Return a message of this type as CDR."""
    return bytes(own_typestore().serialize_cdr(message, kind))


def jpeg(rgb: np.ndarray) -> bytes:
    """Return uint8 [H, W, 3] as a JPEG file."""
    bgr = cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR)
    return cv2.imencode('.jpg', bgr, (cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY))[1].tobytes()


def compressed(file: bytes, head: Any) -> Any:
    """Build a compressed colour image from a JPEG file, as image_transport names it."""
    return _class(COMPRESSED)(header=head, format='rgb8; jpeg compressed bgr8',
                              data=np.frombuffer(file, np.uint8))


def millimetres(depth: np.ndarray) -> np.ndarray:
    """Return float32 [H, W] metres (NaN = unknown) as uint16 [H, W] millimetres (0 = unknown)."""
    steps = np.nan_to_num(np.rint(depth * 1000.0), nan=0.0)
    return np.where(steps > np.iinfo(np.uint16).max, 0, steps).astype(np.uint16)


def compressed_depth(pixels: np.ndarray, head: Any) -> Any:
    """Build the message of the transport compressedDepth from uint16 [H, W] millimetres."""
    file = _DEPTH_CONFIG + cv2.imencode('.png', pixels)[1].tobytes()
    return _class(COMPRESSED)(header=head, format='16UC1; compressedDepth png',
                              data=np.frombuffer(file, np.uint8))


def transforms(head: Any, child: str, translation: Sequence[float],
               rotation: np.ndarray) -> Any:
    """Build one transform: where `child` lies in the frame of `head`; rotation is [3, 3]."""
    transform = _class('geometry_msgs/msg/Transform')(translation=_WRITER.vector(translation),
                                                      rotation=_WRITER.rotation(rotation))
    return _class(TRANSFORMS)(transforms=[_class('geometry_msgs/msg/TransformStamped')(
        header=head, child_frame_id=child, transform=transform)])
