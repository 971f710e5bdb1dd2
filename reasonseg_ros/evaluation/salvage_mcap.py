# SPDX-License-Identifier: Apache-2.0
"""What can still be read of an MCAP file that was cut off or damaged.

Reads from the front, without the index at the end that a recorder which was killed never wrote,
and skips what is damaged. Intact bags are read by the rosbags library (`evaluation.bags`). Repairs
nothing and writes nothing.
"""

import heapq
import io
import struct
import sys
from collections.abc import Collection
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path
from typing import BinaryIO

from lz4.frame import LZ4FrameDecompressor

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

Message = tuple[str, int, bytes]  # topic, nanoseconds of the record, CDR


@dataclass
class Found:
    """Topics of a file as they are met while it is scanned.

    types        topic -> message type
    definitions  message type -> its text, where the file has it
    """

    types: dict[str, str] = field(default_factory=dict)
    definitions: dict[str, str] = field(default_factory=dict)


# Records are an opcode, a length of 8 bytes and a body (mcap.dev/spec).
MAGIC = b'\x89MCAP0\r\n'
_SCHEMA, _CHANNEL, _MESSAGE, _CHUNK = 0x03, 0x04, 0x05, 0x06
_HEAD = struct.Struct('<BQ')
_MESSAGE_HEAD = struct.Struct('<HIQQ')   # channel, sequence, log time, publish time
_CHUNK_HEAD = struct.Struct('<QQQI')     # first and last time, uncompressed size, checksum
# Both give what they have of data that was cut off.
_UNPACKERS = {'lz4': LZ4FrameDecompressor, 'zstd': zstd.ZstdDecompressor}


@dataclass(frozen=True)
class _Piece:
    """A run of records in the file: a chunk, or a message that stands alone."""

    first: int   # times of its messages
    last: int
    offset: int
    size: int
    compression: str


class McapRescue:
    """The readable messages of an MCAP file, from construction to `close`.

    skipped  chunks that were damaged
    """

    def __init__(self, path: Path) -> None:
        self.found = Found()
        self.skipped = 0
        self._schemas: dict[int, str] = {}
        self._channels: dict[int, str] = {}
        self._pieces: list[_Piece] = []
        self._file = path.open('rb')
        if self._file.read(len(MAGIC)) == MAGIC:
            self._scan()
        self._pieces.sort(key=lambda piece: piece.first)
        self.start = self._pieces[0].first if self._pieces else 2**63 - 1

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def messages(self, topics: Collection[str], start: int, stop: int) -> Iterator[Message]:
        """Yield messages with start <= time < stop, in the order of their times."""
        waiting: list[tuple[int, int, str, bytes]] = []
        count = 0
        for piece in self._pieces:
            if piece.last < start or piece.first >= stop:
                continue
            while waiting and waiting[0][0] < piece.first:
                time, _, topic, data = heapq.heappop(waiting)
                yield topic, time, data
            for topic, time, data in self._read(piece):
                if start <= time < stop and topic in topics:
                    heapq.heappush(waiting, (time, count, topic, data))
                    count += 1
        while waiting:
            time, _, topic, data = heapq.heappop(waiting)
            yield topic, time, data

    def _scan(self) -> None:
        """Find every readable piece of the file; the summary at its end repeats the channels."""
        while True:
            offset = self._file.tell()
            record = _record(self._file)
            if record is None:
                self._scan_cut(offset)
                return
            opcode, body = record
            if opcode == _CHUNK:
                self._scan_chunk(offset, body)
            elif opcode == _MESSAGE and len(body) >= _MESSAGE_HEAD.size:
                time = _MESSAGE_HEAD.unpack_from(body)[2]
                size = _HEAD.size + len(body)
                self._pieces.append(_Piece(time, time, offset, size, ''))
            else:
                self._learn(opcode, body)

    def _scan_cut(self, offset: int) -> None:
        """Look into the chunk at which the file was cut off."""
        self._file.seek(offset)
        head = self._file.read(_HEAD.size)
        body = self._file.read()
        if len(head) == _HEAD.size and head[0] == _CHUNK and len(body) > _CHUNK_HEAD.size + 12:
            self._scan_chunk(offset, body, whole=False)

    def _scan_chunk(self, offset: int, body: bytes, whole: bool = True) -> None:
        reader = io.BytesIO(body)
        first, last, uncompressed, _ = _CHUNK_HEAD.unpack(reader.read(_CHUNK_HEAD.size))
        compression = _text(reader)
        size = struct.unpack('<Q', reader.read(8))[0]
        piece = _Piece(first, last, offset + _HEAD.size + reader.tell(), size, compression)
        records = _unpacked(compression, reader.read(size))
        if whole and len(records) != uncompressed:
            self.skipped += 1
            return
        inside = io.BytesIO(records)
        while (record := _record(inside)) is not None:
            self._learn(*record)
        self._pieces.append(piece)

    def _learn(self, opcode: int, body: bytes) -> None:
        """Take a schema or a channel."""
        reader = io.BytesIO(body)
        if opcode == _SCHEMA:
            key = struct.unpack('<H', reader.read(2))[0]
            name, encoding, text = _text(reader), _text(reader), _text(reader)
            self._schemas[key] = name
            if encoding == 'ros2msg':
                self.found.definitions[name] = text
        elif opcode == _CHANNEL:
            key, schema = struct.unpack('<HH', reader.read(4))
            self._channels[key] = topic = _text(reader)
            self.found.types[topic] = self._schemas.get(schema, '')

    def _read(self, piece: _Piece) -> Iterator[Message]:
        self._file.seek(piece.offset)
        records = io.BytesIO(_unpacked(piece.compression, self._file.read(piece.size)))
        while (record := _record(records)) is not None:
            opcode, body = record
            if opcode == _MESSAGE and len(body) >= _MESSAGE_HEAD.size:
                channel, _, time, _ = _MESSAGE_HEAD.unpack_from(body)
                if channel in self._channels:
                    yield self._channels[channel], time, body[_MESSAGE_HEAD.size:]


def _unpacked(compression: str, data: bytes) -> bytes:
    """Return what a chunk holds, or as much of it as can be read."""
    if not compression:
        return data
    if compression not in _UNPACKERS:
        return b''
    try:
        return _UNPACKERS[compression]().decompress(data)
    except (RuntimeError, EOFError, zstd.ZstdError):
        return b''


def _record(file: BinaryIO) -> tuple[int, bytes] | None:
    """Return the next (opcode, body); None where the file ends or is cut."""
    head = file.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return None
    opcode, size = _HEAD.unpack(head)
    here = file.tell()
    if size > file.seek(0, io.SEEK_END) - here:
        return None
    file.seek(here)
    return opcode, file.read(size)


def _text(reader: io.BytesIO) -> str:
    """Read a string: its length in 4 bytes, then UTF-8."""
    return reader.read(struct.unpack('<I', reader.read(4))[0]).decode(errors='replace')
