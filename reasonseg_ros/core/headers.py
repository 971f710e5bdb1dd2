# SPDX-License-Identifier: Apache-2.0
"""What a compressed picture is and how large it will be, from its first bytes.

Reads the headers of JPEG, PNG and TIFF files only as far as the size, so that a picture can be
refused before memory is spent on it. For the same reason a PNG whose chunks announce more than the
file holds counts as damaged: OpenCV allocates up to 4 GB for one. Does not decode and does not
vouch for the rest of the file.
"""

import struct

JPEG = 'jpeg'
PNG = 'png'
TIFF = 'tiff'

_SIGNATURES = {
    b'\xff\xd8\xff': JPEG,
    b'\x89PNG\r\n\x1a\n': PNG,
    b'II*\x00': TIFF,
    b'MM\x00*': TIFF,
}
_NO_LENGTH = {0x01, *range(0xd0, 0xd9)}  # JPEG markers without a segment behind them
_FRAME = {*range(0xc0, 0xd0)} - {0xc4, 0xc8, 0xcc}  # JPEG markers whose segment holds the size
_TIFF_WIDTH = 256
_TIFF_HEIGHT = 257


def codec(data: bytes) -> str | None:
    """Return `JPEG`, `PNG` or `TIFF` by the first bytes of a file; None for anything else."""
    for signature, name in _SIGNATURES.items():
        if data.startswith(signature):
            return name
    return None


def size(data: bytes) -> tuple[int, int] | None:
    """Return (width, height) of a JPEG, PNG or TIFF file; None when that is damaged."""
    read = {JPEG: _jpeg_size, PNG: _png_size, TIFF: _tiff_size}.get(codec(data))
    if read is None:
        return None
    try:
        return read(data)
    except struct.error:  # the header ends early
        return None


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
