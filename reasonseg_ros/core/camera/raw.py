# SPDX-License-Identifier: Apache-2.0
"""Raw camera buffers to arrays: the one place where sizes are checked and rows are unpacked.

Knows the fields of sensor_msgs/Image, not the message itself; what an encoding name means stands
in `core.camera.encodings`. Does not decompress (`core.camera.compressed`), resize or rectify.

A decoded image always owns its memory, even where a view would do: a frame outlives the message
that brought it (a dialogue keeps its frame), and a transport may fill the same buffer again. The
copy of a 640x480 colour image costs about 0.1 ms.
"""

import numpy as np

from reasonseg_ros.core.camera.encodings import ENCODINGS, Convert, Encoding, converter, names
from reasonseg_ros.core.errors import BadImage

MAX_PIXELS = 4096 * 4096  # 16.7 Mpx; larger images are a wrong header or cost seconds to encode

Buffer = bytes | bytearray | memoryview | np.ndarray  # or array.array('B'): bytes, in any holder


def decode_colour(data: Buffer, width: int, height: int, step: int, encoding: str,
                  big_endian: bool = False) -> np.ndarray:
    """Return uint8 [H, W, 3] RGB, contiguous and owned by the caller.

    data        at least one step for every row of the encoding, rows from top to bottom
    step        bytes from one row to the next, padding included
    encoding    name in `ENCODINGS` that can be colour
    big_endian  byte order of values wider than one byte
    """
    return _decode('colour', data, width, height, step, encoding, big_endian)


def decode_depth(data: Buffer, width: int, height: int, step: int, encoding: str,
                 big_endian: bool = False) -> np.ndarray:
    """Return float32 [H, W] metres along the optical axis, NaN = unknown; see `decode_colour`."""
    return _decode('depth', data, width, height, step, encoding, big_endian)


def check_encoding(kind: str, encoding: str) -> tuple[Encoding, Convert]:
    """Return the entry of an encoding that can be a `kind` image, and what makes it one.

    Raises BadImage.
    """
    entry = ENCODINGS.get(encoding)
    if entry is None:
        raise BadImage(f'{kind} image has the unknown encoding "{encoding}"; '
                       f'publish one of {names(kind)}')
    convert = converter(encoding, kind)
    if convert is None:
        other = 'depth' if kind == 'colour' else 'colour'
        raise BadImage(f'"{encoding}" is a {other} encoding, but a {kind} image was expected '
                       f'({names(kind)}); check which topic is connected')
    return entry, convert


def check_size(kind: str, width: int, height: int) -> None:
    """Refuse an empty image, or one of more than `MAX_PIXELS`, before memory is spent on it."""
    if width < 1 or height < 1:
        raise BadImage(f'{kind} image is empty: {width}x{height} pixels; check the camera driver')
    if width * height > MAX_PIXELS:
        raise BadImage(f'{kind} image is {width}x{height}, more than the {MAX_PIXELS} pixels '
                       'that are accepted; publish it smaller')


def _check_block(entry: Encoding, width: int, height: int, encoding: str) -> None:
    across, down = entry.block
    if width % across or height % down:
        sides = 'width' if down == 1 else 'width and height'
        raise BadImage(f'image is {width}x{height}, but {encoding} needs an even {sides}; '
                       'check the camera driver')
    if min(width, height) < entry.least:
        raise BadImage(f'image is {width}x{height}, but {encoding} needs at least '
                       f'{entry.least}x{entry.least} pixels; check the camera driver')


def _decode(kind: str, data: Buffer, width: int, height: int, step: int, encoding: str,
            big_endian: bool) -> np.ndarray:
    entry, convert = check_encoding(kind, encoding)
    check_size(kind, width, height)
    _check_block(entry, width, height, encoding)
    dtype = np.dtype(('>' if big_endian else '<') + entry.dtype)
    used = width * entry.channels * dtype.itemsize
    if step < used:
        raise BadImage(f'{kind} image has step {step}, but a row of {width} {encoding} pixels '
                       f'takes {used} bytes; check the camera driver')
    raw = np.frombuffer(data, np.uint8)
    count = int(height * entry.rows)
    if raw.size < count * step:
        raise BadImage(f'{kind} image has {raw.size} bytes of data, but {count} rows of step '
                       f'{step} take {count * step}; check the camera driver')
    rows = raw[:count * step].reshape(count, step)[:, :used].view(dtype)
    pixels = rows.reshape(count, width, entry.channels)
    if dtype.itemsize > 1:  # OpenCV takes native byte order only, on aligned memory
        pixels = np.require(pixels, dtype.newbyteorder('='), ['C', 'A'])
    return convert(pixels)
