# SPDX-License-Identifier: Apache-2.0
"""The one table of encoding names: how pixels lie in a buffer and how they become RGB or metres.

Knows the names of sensor_msgs/image_encodings, not the messages. Does not unpack rows or check
sizes (`core.camera.raw`) and does not decompress (`core.camera.compressed`).

Rules where a name leaves room:
    16-bit colour  full scale is 65535: the 8-bit value is v / 257, rounded to the nearest
    8UC3, 8UC4     BGR and BGRA: the order of OpenCV, whose type names these are
    YUV            BT.601 with limited range (luma 16 to 235), as V4L2 cameras and OpenCV have it
    alpha          dropped
    depth          the encoding alone gives the unit (REP 118): 32FC1 is metres, 16UC1 and mono16
                   are millimetres; what is not finite and positive becomes NaN
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

Convert = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Encoding:
    """How one encoding is laid out and turned into the package's own form.

    dtype     numpy name of one channel, without byte order
    channels  values per pixel and buffer row
    colour    [rows, W, channels] native byte order -> a new uint8 [H, W, 3]; None: no colour image
    depth     [H, W, 1] native byte order -> a new float32 [H, W], metres; None: no depth image
    block     width and height of the pixels that share one chroma sample: 1 or 2
    rows      buffer rows per image row; 1.5 where a chroma plane follows the luma plane
    least     smallest width and height
    """

    dtype: str
    channels: int
    colour: Convert | None = None
    depth: Convert | None = None
    block: tuple[int, int] = (1, 1)
    rows: float = 1.0
    least: int = 1


def _with(code: int) -> Convert:
    """Convert 8-bit pixels with one OpenCV colour code."""
    def convert(pixels: np.ndarray) -> np.ndarray:
        colour: np.ndarray = cv2.cvtColor(pixels, code)
        return colour
    return convert


def _with16(code: int) -> Convert:
    """Convert 16-bit pixels with one OpenCV colour code, then scale to 8 bits."""
    return lambda pixels: _to8(cv2.cvtColor(pixels, code))


def _to8(pixels: np.ndarray) -> np.ndarray:
    scaled: np.ndarray = cv2.convertScaleAbs(pixels, alpha=1 / 257)
    return scaled


FARTHEST = 1000.0  # metres; no depth camera sees farther, and larger numbers overflow in squares
SATURATED = 65535  # of 16 bits: what lies beyond, or what cameras write for unknown


def _metres(pixels: np.ndarray) -> np.ndarray:
    depth: np.ndarray = pixels[..., 0].astype(np.float32)
    depth[~((depth > 0) & (depth < FARTHEST))] = np.nan
    return depth


def _millimetres(pixels: np.ndarray) -> np.ndarray:
    depth: np.ndarray = np.multiply(pixels[..., 0], np.float32(0.001), dtype=np.float32)
    depth[(pixels[..., 0] == 0) | (pixels[..., 0] == SATURATED)] = np.nan
    return depth


_BGR8 = Encoding('u1', 3, _with(cv2.COLOR_BGR2RGB))
_BGRA8 = Encoding('u1', 4, _with(cv2.COLOR_BGRA2RGB))
_MONO8 = Encoding('u1', 1, _with(cv2.COLOR_GRAY2RGB))
_UYVY = Encoding('u1', 2, _with(cv2.COLOR_YUV2RGB_UYVY), block=(2, 1))
_YUYV = Encoding('u1', 2, _with(cv2.COLOR_YUV2RGB_YUYV), block=(2, 1))


def _planar(code: int) -> Encoding:
    return Encoding('u1', 1, _with(code), block=(2, 2), rows=1.5)


def _bayer8(code: int) -> Encoding:
    return Encoding('u1', 1, _with(code), least=3)


def _bayer16(code: int) -> Encoding:
    return Encoding('u2', 1, _with16(code), least=3)


ENCODINGS: dict[str, Encoding] = {
    'rgb8': Encoding('u1', 3, lambda pixels: pixels.copy()),
    'bgr8': _BGR8,
    'rgba8': Encoding('u1', 4, _with(cv2.COLOR_RGBA2RGB)),
    'bgra8': _BGRA8,
    'mono8': _MONO8,
    '8UC1': _MONO8,
    '8UC3': _BGR8,
    '8UC4': _BGRA8,
    'rgb16': Encoding('u2', 3, _to8),
    'bgr16': Encoding('u2', 3, _with16(cv2.COLOR_BGR2RGB)),
    'rgba16': Encoding('u2', 4, _with16(cv2.COLOR_RGBA2RGB)),
    'bgra16': Encoding('u2', 4, _with16(cv2.COLOR_BGRA2RGB)),
    'mono16': Encoding('u2', 1, _with16(cv2.COLOR_GRAY2RGB), _millimetres),
    'yuv422': _UYVY,  # this name and the next are the old ones of uyvy and yuyv
    'yuv422_yuy2': _YUYV,
    'uyvy': _UYVY,
    'yuyv': _YUYV,
    'nv12': _planar(cv2.COLOR_YUV2RGB_NV12),
    'nv21': _planar(cv2.COLOR_YUV2RGB_NV21),
    'bayer_rggb8': _bayer8(cv2.COLOR_BayerRGGB2RGB),
    'bayer_bggr8': _bayer8(cv2.COLOR_BayerBGGR2RGB),
    'bayer_gbrg8': _bayer8(cv2.COLOR_BayerGBRG2RGB),
    'bayer_grbg8': _bayer8(cv2.COLOR_BayerGRBG2RGB),
    'bayer_rggb16': _bayer16(cv2.COLOR_BayerRGGB2RGB),
    'bayer_bggr16': _bayer16(cv2.COLOR_BayerBGGR2RGB),
    'bayer_gbrg16': _bayer16(cv2.COLOR_BayerGBRG2RGB),
    'bayer_grbg16': _bayer16(cv2.COLOR_BayerGRBG2RGB),
    '16UC1': Encoding('u2', 1, depth=_millimetres),
    '32FC1': Encoding('f4', 1, depth=_metres),
}


def converter(encoding: str, kind: str) -> Convert | None:
    """Return what turns `encoding` into `kind` ('colour' or 'depth'), or None."""
    entry = ENCODINGS.get(encoding)
    if entry is None:
        return None
    return entry.colour if kind == 'colour' else entry.depth


def names(kind: str) -> str:
    """Return the names of the encodings that can be a `kind` image, for messages."""
    return ', '.join(name for name in ENCODINGS if converter(name, kind) is not None)
