# SPDX-License-Identifier: Apache-2.0
"""Raw camera buffers to arrays: one table of encodings, one place where rows are unpacked.

Knows the encoding names of sensor_msgs/Image, not the message itself. Does not decompress, resize
or rectify.

A decoded image always owns its memory, even where a view would do: a frame outlives the message
that brought it (a dialogue keeps its frame), and a transport may fill the same buffer again. The
copy of a 640x480 colour image costs about 0.1 ms.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from reasonseg_ros.core.errors import BadImage

MAX_PIXELS = 4096 * 4096  # 16.7 Mpx; larger images are a wrong header or cost seconds to encode

Buffer = bytes | bytearray | memoryview | np.ndarray  # or array.array('B'): bytes, in any holder


@dataclass(frozen=True)
class Encoding:
    """How one encoding is laid out and turned into the package's own form.

    kind      'colour' or 'depth'
    dtype     numpy name of one channel, without byte order
    channels  values per pixel
    convert   [H, W, channels] in native or swapped byte order -> a new array of the own form
    """

    kind: str
    dtype: str
    channels: int
    convert: Callable[[np.ndarray], np.ndarray]


def _pick(*order: int) -> Callable[[np.ndarray], np.ndarray]:
    """Return a function that copies the channels `order` into a contiguous RGB image."""
    def convert(pixels: np.ndarray) -> np.ndarray:
        rgb = np.empty((*pixels.shape[:2], 3), np.uint8)
        for target, source in enumerate(order):
            rgb[..., target] = pixels[..., source]
        return rgb
    return convert


def _metres(pixels: np.ndarray) -> np.ndarray:
    """Depth in metres; what is not finite and positive becomes NaN."""
    depth = pixels[..., 0].astype(np.float32)
    depth[~(np.isfinite(depth) & (depth > 0))] = np.nan
    return depth


def _millimetres(pixels: np.ndarray) -> np.ndarray:
    """Depth in millimetres; 0 means unknown (REP 118)."""
    return _metres(pixels) * np.float32(0.001)


ENCODINGS: dict[str, Encoding] = {
    'rgb8': Encoding('colour', 'u1', 3, lambda pixels: pixels.copy()),
    'bgr8': Encoding('colour', 'u1', 3, _pick(2, 1, 0)),
    'rgba8': Encoding('colour', 'u1', 4, _pick(0, 1, 2)),
    'bgra8': Encoding('colour', 'u1', 4, _pick(2, 1, 0)),
    'mono8': Encoding('colour', 'u1', 1, _pick(0, 0, 0)),
    '16UC1': Encoding('depth', 'u2', 1, _millimetres),
    '32FC1': Encoding('depth', 'f4', 1, _metres),
}


def decode_colour(data: Buffer, width: int, height: int, step: int, encoding: str,
                  big_endian: bool = False) -> np.ndarray:
    """Return uint8 [H, W, 3] RGB, contiguous and owned by the caller.

    data      at least height * step bytes, rows from top to bottom
    step      bytes from one row to the next, padding included
    encoding  name in `ENCODINGS` of kind 'colour'
    """
    return _decode('colour', data, width, height, step, encoding, big_endian)


def decode_depth(data: Buffer, width: int, height: int, step: int, encoding: str,
                 big_endian: bool = False) -> np.ndarray:
    """Return float32 [H, W] metres along the optical axis, NaN = unknown; see `decode_colour`."""
    return _decode('depth', data, width, height, step, encoding, big_endian)


def _decode(kind: str, data: Buffer, width: int, height: int, step: int, encoding: str,
            big_endian: bool) -> np.ndarray:
    known = [name for name, entry in ENCODINGS.items() if entry.kind == kind]
    entry = ENCODINGS.get(encoding)
    if entry is None:
        raise BadImage(f'{kind} image has the unknown encoding "{encoding}"; '
                       f'publish one of {", ".join(known)}')
    if entry.kind != kind:
        raise BadImage(f'"{encoding}" is a {entry.kind} encoding, but a {kind} image was expected '
                       f'({", ".join(known)}); check which topic is connected')
    if width < 1 or height < 1:
        raise BadImage(f'{kind} image is empty: {width}x{height} pixels; check the camera driver')
    if width * height > MAX_PIXELS:
        raise BadImage(f'{kind} image is {width}x{height}, more than the {MAX_PIXELS} pixels '
                       'that are accepted; publish it smaller')
    dtype = np.dtype(('>' if big_endian else '<') + entry.dtype)
    row = width * entry.channels * dtype.itemsize
    if step < row:
        raise BadImage(f'{kind} image has step {step}, but a row of {width} {encoding} pixels '
                       f'takes {row} bytes; check the camera driver')
    raw = np.frombuffer(data, np.uint8)
    if raw.size < height * step:
        raise BadImage(f'{kind} image has {raw.size} bytes of data, but {height} rows of step '
                       f'{step} take {height * step}; check the camera driver')
    rows = raw[:height * step].reshape(height, step)[:, :row].view(dtype)
    return entry.convert(rows.reshape(height, width, entry.channels))
