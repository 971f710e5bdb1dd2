# SPDX-License-Identifier: Apache-2.0
"""Compressed camera data to arrays, as the transports `compressed` and `compressedDepth` send it.

Knows the `format` strings of sensor_msgs/CompressedImage, not the message itself:
    ORIGINAL; CODEC compressed ORDER      colour; ORIGINAL is the encoding of the raw image
    jpeg, png or anything without ";"     colour, from drivers that say no more
    ORIGINAL; compressedDepth CODEC       depth; CODEC is png or rvl, png when it is missing
What an image file is, its own first bytes say. Does not decode video and does not guess a unit:
depth needs ORIGINAL. Turning into RGB and metres is left to the table in `core.camera.encodings`.

The headers of JPEG, PNG and TIFF files are read first, only as far as the size, so that an image
can be refused before memory is spent on it. For the same reason a PNG whose chunks announce more
than the file holds counts as damaged: OpenCV allocates up to 4 GB for one.
"""

import struct

import cv2
import numpy as np

from reasonseg_ros.core.camera import rvl
from reasonseg_ros.core.camera.encodings import ENCODINGS, converter
from reasonseg_ros.core.camera.raw import Buffer, check_encoding, check_size
from reasonseg_ros.core.errors import BadImage

_CONFIG = struct.Struct('<iff')  # an unused enumeration, then A and B of the quantisation
_RVL_SIZE = struct.Struct('<II')  # width, height
_DEPTH_FORMATS = '"16UC1; compressedDepth png", "32FC1; compressedDepth png" or rvl for png'
_CHANNELS = {1: 'mono', 3: 'bgr', 4: 'bgra'}


def decode_compressed_colour(data: Buffer, format: str) -> np.ndarray:
    """Return uint8 [H, W, 3] RGB, contiguous and owned by the caller.

    data    a JPEG, PNG or TIFF file; its orientation tag is ignored, like every consumer does that
            pairs the image with a camera_info
    format  see the module
    """
    if 'compressedDepth' in format:
        raise BadImage(f'colour image has the format "{format}", which is depth; '
                       'check which topic is connected')
    original, separator, coding = (part.strip() for part in format.partition(';'))
    if not separator:
        original = ''
    if original in ENCODINGS:
        check_encoding('colour', original)
    pixels = _image('colour', np.frombuffer(data, np.uint8), format)
    if pixels.shape[2] == 1 and original.startswith('bayer_') and 'mono' not in coding:
        return _mosaic(pixels, original, format)
    name = _CHANNELS[pixels.shape[2]]
    if 'compressed rgb' in coding:
        # The transport handed RGB to a codec that takes BGR; what comes back is RGB again.
        name = name.replace('bgr', 'rgb')
    _, convert = check_encoding('colour', f'{name}{8 * pixels.itemsize}')
    return convert(pixels)


def decode_compressed_depth(data: Buffer, format: str) -> np.ndarray:
    """Return float32 [H, W] metres along the optical axis, NaN = unknown.

    data    12 bytes of configuration and a PNG file or an RVL body; a bare 16-bit PNG file (the
            `compressed` transport set to png) is taken too when ORIGINAL is in millimetres
    format  see the module
    """
    original, _, coding = (part.strip() for part in format.partition(';'))
    raw = np.frombuffer(data, np.uint8)
    start = raw[:_CONFIG.size + 8].tobytes()
    if 'jpeg' in format or JPEG in (codec_of(start),
                                    codec_of(start[_CONFIG.size:])):
        raise BadImage(f'depth image has the format "{format}", but JPEG keeps 8 bits and blurs '
                       'them, so no metres are left; use the transport compressedDepth or raw')
    convert = converter(original, 'depth')
    if convert is None:
        raise BadImage(f'depth image has the format "{format}", which names no depth encoding and '
                       f'so no unit; publish {_DEPTH_FORMATS}')
    bare = codec_of(start) == PNG
    if bare and original == '32FC1':
        raise BadImage('depth image is a PNG file without the 12 bytes that give 32FC1 its scale; '
                       'use the transport compressedDepth')
    if raw.size <= _CONFIG.size and not bare:
        raise BadImage(f'depth image has {raw.size} bytes of data, but "{format}" begins with '
                       f'{_CONFIG.size} bytes of configuration; check the transport')
    body = raw if bare else raw[_CONFIG.size:]
    pixels = _rvl(body) if 'rvl' in coding else _depth_image(body, format)
    if original == '32FC1':
        _, a, b = _CONFIG.unpack_from(start)
        pixels = _inverse(pixels, a, b)
    return convert(pixels)


def _image(kind: str, file: np.ndarray, format: str) -> np.ndarray:
    """Decode an image file to [H, W, 1, 3 or 4], uint8 or uint16, channels in OpenCV's order."""
    content = file.tobytes()
    codec = codec_of(content)
    if codec is None:
        raise BadImage(f'{kind} image with the format "{format}" begins with the bytes '
                       f'"{content[:8].hex(" ")}", but a JPEG, PNG or TIFF file was expected; '
                       'check which transport is connected')
    size = size_of(content)
    if size is None:
        raise BadImage(f'{kind} image is a {codec} file of {len(content)} bytes that is cut '
                       'short or has a damaged header; check the transport')
    check_size(kind, *size)
    check_scans(kind, content, *size)
    try:
        decoded: np.ndarray | None = cv2.imdecode(file, cv2.IMREAD_UNCHANGED)
    except cv2.error:
        decoded = None
    if decoded is None:
        raise BadImage(f'{kind} image is a damaged {codec} file of {len(content)} bytes; check '
                       'the transport')
    pixels = decoded.reshape(*decoded.shape[:2], -1)
    if pixels.dtype not in (np.uint8, np.uint16) or pixels.shape[2] not in _CHANNELS:
        raise BadImage(f'{kind} image is a {codec} file with {pixels.shape[2]} channels of '
                       f'{pixels.dtype}; publish 1, 3 or 4 channels of 8 or 16 bits')
    return pixels


def _mosaic(pixels: np.ndarray, original: str, format: str) -> np.ndarray:
    """Turn a sensor mosaic that was compressed as it is into RGB."""
    entry, convert = check_encoding('colour', original)
    if pixels.dtype != np.dtype(entry.dtype) or min(pixels.shape[:2]) < entry.least:
        height, width = pixels.shape[:2]
        raise BadImage(f'colour image with the format "{format}" holds {width}x{height} pixels of '
                       f'{pixels.dtype}; expected {np.dtype(entry.dtype)} and at least '
                       f'{entry.least}x{entry.least}; check the transport')
    return convert(pixels)


def _depth_image(file: np.ndarray, format: str) -> np.ndarray:
    pixels = _image('depth', file, format)
    if pixels.dtype != np.uint16 or pixels.shape[2] != 1:
        raise BadImage(f'depth image is a file with {pixels.shape[2]} channels of {pixels.dtype}, '
                       'but one channel of uint16 was expected; use the transport compressedDepth')
    return pixels


def _rvl(body: np.ndarray) -> np.ndarray:
    """Decode an RVL body with its size in front to uint16 [H, W, 1]."""
    if body.size < _RVL_SIZE.size:
        raise BadImage(f'RVL depth has {body.size} bytes, but its size alone takes '
                       f'{_RVL_SIZE.size}; check the transport')
    width, height = _RVL_SIZE.unpack_from(body.data)
    check_size('depth', width, height)
    return rvl.decode(body[_RVL_SIZE.size:], width * height).reshape(height, width, 1)


def _inverse(steps: np.ndarray, a: float, b: float) -> np.ndarray:
    """Return float32 metres from steps of inverse depth: a / (step - b), 0 = unknown."""
    if not (np.isfinite(a) and np.isfinite(b) and a > 0):
        raise BadImage(f'depth image has the quantisation a={a}, b={b}, but finite numbers and '
                       'a > 0 were expected; check the transport')
    with np.errstate(divide='ignore', over='ignore'):
        metres = np.float32(a) / (steps.astype(np.float32) - np.float32(b))
    metres[steps == 0] = np.nan
    return metres


JPEG = 'jpeg'
PNG = 'png'
TIFF = 'tiff'

_SIGNATURES = {
    b'\xff\xd8\xff': JPEG,
    b'\x89PNG\r\n\x1a\n': PNG,
    b'II*\x00': TIFF,
    b'MM\x00*': TIFF,
}
_SCAN = b'\xff\xda'
USUAL_SCANS = 12
MOST_SCANNED = 64_000_000   # pixels of all scans together, where there are more than the usual
_NO_LENGTH = {0x01, *range(0xd0, 0xd9)}  # JPEG markers without a segment behind them
_FRAME = {*range(0xc0, 0xd0)} - {0xc4, 0xc8, 0xcc}  # JPEG markers whose segment holds the size
_TIFF_WIDTH = 256
_TIFF_HEIGHT = 257


def codec_of(data: bytes) -> str | None:
    """Return `JPEG`, `PNG` or `TIFF` by the first bytes of a file; None for anything else."""
    for signature, name in _SIGNATURES.items():
        if data.startswith(signature):
            return name
    return None


def size_of(data: bytes) -> tuple[int, int] | None:
    """Return (width, height) of a JPEG, PNG or TIFF file; None when that is damaged."""
    codec = codec_of(data)
    if codec is None:
        return None
    try:
        return {JPEG: _jpeg_size, PNG: _png_size, TIFF: _tiff_size}[codec](data)
    except struct.error:  # the header ends early
        return None


def check_scans(kind: str, data: bytes, width: int, height: int) -> None:
    """Refuse a JPEG file of many scans over many pixels: each costs a pass over the whole image.

    Encoders write at most a dozen; a few kB more can make a file take seconds. Raises BadImage.
    """
    if codec_of(data) != JPEG:
        return
    scans = data.count(_SCAN)   # within a scan, 0xff is always followed by 0 or a restart
    if scans > USUAL_SCANS and scans * width * height > MOST_SCANNED:
        raise BadImage(f'{kind} image is a JPEG file of {scans} scans over {width}x{height} '
                       f'pixels, expected at most {USUAL_SCANS}; save it again')


def _png_size(data: bytes) -> tuple[int, int] | None:
    if data[12:16] != b'IHDR':
        return None
    at = 8
    while data[at + 4:at + 8] != b'IEND':
        at += 12 + struct.unpack_from('>I', data, at)[0]  # length, name, content, checksum
    return struct.unpack_from('>II', data, 16)


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    at = 2
    while True:
        mark, kind = struct.unpack_from('>BB', data, at)
        if mark != 0xff:
            return None
        if kind == 0xff:  # a marker may be preceded by any number of fill bytes
            at += 1
            continue
        if kind in _NO_LENGTH:
            at += 2
            continue
        if kind in _FRAME:
            height, width = struct.unpack_from('>HH', data, at + 5)
            return width, height
        at += 2 + struct.unpack_from('>H', data, at + 2)[0]


def _tiff_size(data: bytes) -> tuple[int, int] | None:
    order = '<' if data.startswith(b'II') else '>'
    directory = struct.unpack_from(order + 'I', data, 4)[0]
    count = struct.unpack_from(order + 'H', data, directory)[0]
    found = {}
    for at in range(directory + 2, directory + 2 + 12 * count, 12):
        tag, form = struct.unpack_from(order + 'HH', data, at)
        if tag in (_TIFF_WIDTH, _TIFF_HEIGHT) and form in (3, 4):  # 16 or 32 bits
            found[tag] = struct.unpack_from(order + ('H' if form == 3 else 'I'), data, at + 8)[0]
    if len(found) < 2:
        return None
    return found[_TIFF_WIDTH], found[_TIFF_HEIGHT]
