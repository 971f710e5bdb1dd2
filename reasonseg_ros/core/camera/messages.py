# SPDX-License-Identifier: Apache-2.0
"""What camera messages show: colour, metres, intrinsics, the time, and all of it as one frame.

Reads messages by the names of their fields (sensor_msgs Image, CompressedImage, CameraInfo), so
that those of rclpy and those of a bag are read by the same code. A message with a `format` is a
compressed one. Does not build messages (`core.message_writer`) and does not judge whether things
fit together (`core.camera.calibration`).
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from reasonseg_ros.core.camera import compressed, raw
from reasonseg_ros.core.camera.frame import CameraModel, Frame

NANOSECONDS = 1_000_000_000


def nanoseconds(stamp: Any) -> int:
    """Return a stamp (sec, nanosec) as nanoseconds."""
    return int(stamp.sec * NANOSECONDS + stamp.nanosec)


def rgb(message: Any) -> np.ndarray:
    """Decode colour to uint8 [H, W, 3]. Raises BadImage."""
    if hasattr(message, 'format'):
        return compressed.decode_compressed_colour(message.data, message.format)
    return _decoded(raw.decode_colour, message)


def metres(message: Any) -> np.ndarray:
    """Decode depth to float32 [H, W] in metres, NaN = unknown. Raises BadImage."""
    if hasattr(message, 'format'):
        return compressed.decode_compressed_depth(message.data, message.format)
    return _decoded(raw.decode_depth, message)


def camera_model(message: Any, rectified: bool = False) -> CameraModel | None:
    """Read the intrinsics at the size of the image; None when the camera is not calibrated.

    The message speaks of the whole sensor; binning and region of interest lead to the image
    (REP 104).

    rectified  take the projection of the rectified image, where there is one
    """
    fx, fy, cx, cy = message.k[0], message.k[4], message.k[2], message.k[5]
    if rectified and message.p[0] != 0.0:
        fx, fy, cx, cy = message.p[0], message.p[5], message.p[2], message.p[6]
    if fx == 0.0 or fy == 0.0:
        return None
    across, down = max(1, message.binning_x), max(1, message.binning_y)
    roi = message.roi
    width, height = roi.width or message.width, roi.height or message.height
    return CameraModel(
        width // across, height // down, float(fx) / across, float(fy) / down,
        (float(cx) - roi.x_offset + 0.5) / across - 0.5,
        (float(cy) - roi.y_offset + 0.5) / down - 0.5)


def decode_frame(colour: Any, depth: Any | None = None, info: Any | None = None) -> Frame:
    """Decode the messages of one moment. Raises BadImage, also for depth of another size."""
    return Frame(
        rgb(colour), None if depth is None else metres(depth),
        None if info is None else camera_model(info),
        nanoseconds(colour.header.stamp), colour.header.frame_id)


def _decoded(decode: Callable[..., np.ndarray], image: Any) -> np.ndarray:
    return decode(image.data, image.width, image.height, image.step, image.encoding,
                  bool(image.is_bigendian))
