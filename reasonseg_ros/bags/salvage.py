# SPDX-License-Identifier: Apache-2.0
"""What can still be read of an MCAP file that was cut off or damaged.

Reads from the front, without the index at the end that a recorder which was killed never wrote,
and skips what is damaged. What a record of MCAP holds is read by the mcap library; where the next
one starts, and a chunk that was cut off, are found here. Intact bags are read by the rosbags
library (`bags.reader`), .db3 files by `bags.salvage_sqlite`. Repairs nothing and writes nothing.
"""

import contextlib
import heapq
import io
import struct
import sys
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from lz4.frame import LZ4FrameDecompressor
from mcap import records
from mcap.data_stream import ReadDataStream
from mcap.exceptions import McapError
from mcap.opcode import Opcode

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

Message = tuple[str, int, bytes]  # topic, nanoseconds of the record, CDR


@dataclass
class TopicIndex:
    """Topics of a file as they are met while it is scanned.

    types        topic -> message type
    definitions  message type -> its text, where the file has it
    foreign      topic -> how its messages are written, where not as CDR
    """

    types: dict[str, str] = field(default_factory=dict)
    definitions: dict[str, str] = field(default_factory=dict)
    foreign: dict[str, str] = field(default_factory=dict)


MCAP_MAGIC = b'\x89MCAP0\r\n'
_FRAME = struct.Struct('<BQ')  # what precedes every record: opcode, length (mcap.dev/spec)
# Both give what they have of data that was cut off; those of the mcap library give all or nothing.
_UNPACKERS = {'lz4': LZ4FrameDecompressor, 'zstd': zstd.ZstdDecompressor}
# What the library makes of bytes that are no record.
_NO_RECORD = (McapError, struct.error, ValueError, OverflowError, MemoryError, LookupError)
MOST_CHUNK = 1 << 30    # bytes of an unpacked chunk; recorders write a megabyte
_BLOCK = 1 << 20        # bytes of zeros that are skipped at a time, at most
_MESSAGE_HEAD = 22  # bytes of a message before its data


@dataclass(frozen=True)
class _Piece:
    """A run of records in the file: a chunk, or a message that stands alone."""

    first: int   # times of its messages
    last: int
    offset: int  # of the record
    size: int    # of its body


class McapRescue:
    """The readable messages of an MCAP file, from construction to `close`.

    skipped  chunks that were damaged
    whole    whether the file goes to its end and holds all messages that it counts
    """

    def __init__(self, path: Path) -> None:
        self.found = TopicIndex()
        self.skipped = 0
        self.whole = False
        self._messages = 0
        self._stated: int | None = None
        self._schemas: dict[int, str] = {}
        self._channels: dict[int, str] = {}
        self._pieces: list[_Piece] = []
        self._file = path.open('rb')
        self._end = path.stat().st_size
        if self._file.read(len(MCAP_MAGIC)) == MCAP_MAGIC:
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
            record = _record(self._file, self._end)
            if record is None:
                self._scan_cut(self._file.tell())
                return
            opcode, body = record
            offset = self._file.tell() - _FRAME.size - len(body)    # behind zeros, if any
            if opcode == Opcode.FOOTER:
                self.whole = not self.skipped and self._stated in (None, self._messages) and (
                    self._file.read(len(MCAP_MAGIC) + 1) == MCAP_MAGIC)
                if self.whole:
                    return
                self._file.seek(offset + _FRAME.size + len(body))
            try:
                self._take(opcode, body, offset)
            except _NO_RECORD:
                self.skipped += opcode == Opcode.CHUNK

    def _scan_cut(self, offset: int) -> None:
        """Look into the chunk at which the file was cut off."""
        self._file.seek(offset)
        frame, body = self._file.read(_FRAME.size), self._file.read(MOST_CHUNK)
        if frame[:1] == bytes([Opcode.CHUNK]):
            with contextlib.suppress(*_NO_RECORD):
                self._take_chunk(offset, body, whole=False)

    def _take(self, opcode: int, body: bytes, offset: int) -> None:
        """Note a chunk or a message, learn from others. Raises what is in _NO_RECORD."""
        if opcode == Opcode.CHUNK:
            self._take_chunk(offset, body, whole=True)
        elif opcode == Opcode.MESSAGE:
            time = records.Message.read(_Body(body), len(body)).log_time
            self._messages += 1
            self._pieces.append(_Piece(time, time, offset, len(body)))
        else:
            self._learn(opcode, body)

    def _take_chunk(self, offset: int, body: bytes, whole: bool) -> None:
        chunk = records.Chunk.read(_Body(body))
        unpacked = _unpacked(chunk)
        if whole and (len(unpacked) != chunk.uncompressed_size or (
                chunk.uncompressed_crc and zlib.crc32(unpacked) != chunk.uncompressed_crc)):
            self.skipped += 1
            return
        inside = io.BytesIO(unpacked)
        while (record := _record(inside, len(unpacked))) is not None:
            self._messages += record[0] == Opcode.MESSAGE
            with contextlib.suppress(*_NO_RECORD):
                self._learn(*record)
        self._pieces.append(_Piece(chunk.message_start_time, chunk.message_end_time, offset,
                                   len(body)))

    def _learn(self, opcode: int, body: bytes) -> None:
        """Take a schema or a channel."""
        stream = _Body(body)
        if opcode == Opcode.SCHEMA:
            schema = records.Schema.read(stream)
            self._schemas[schema.id] = schema.name
            if schema.encoding == 'ros2msg':
                self.found.definitions[schema.name] = schema.data.decode(errors='replace')
        elif opcode == Opcode.CHANNEL:
            # Not by the library: damage in the metadata behind the topic must not cost the topic.
            key, kind, topic = stream.read2(), stream.read2(), stream.read_prefixed_string()
            self._channels[key] = topic
            self.found.types[topic] = self._schemas.get(kind, '')
            with contextlib.suppress(*_NO_RECORD):
                if (written := stream.read_prefixed_string()) != 'cdr':
                    self.found.foreign[topic] = written
        elif opcode == Opcode.STATISTICS:
            self._stated = records.Statistics.read(stream).message_count

    def _read(self, piece: _Piece) -> Iterator[Message]:
        self._file.seek(piece.offset)
        opcode = self._file.read(_FRAME.size)[0]
        body = self._file.read(piece.size)
        if opcode == Opcode.CHUNK:
            inside = io.BytesIO(_unpacked(records.Chunk.read(_Body(body))))
        else:
            inside = io.BytesIO(_FRAME.pack(opcode, len(body)) + body)
        while (record := _record(inside, len(inside.getbuffer()))) is not None:
            opcode, body = record
            if opcode == Opcode.MESSAGE and len(body) >= _MESSAGE_HEAD:
                message = records.Message.read(_Body(body), len(body))
                if message.channel_id in self._channels:
                    yield self._channels[message.channel_id], message.log_time, message.data


class _Body(ReadDataStream):
    """The body of one record, read by the library; a string that was damaged is still one."""

    def __init__(self, body: bytes) -> None:
        super().__init__(io.BytesIO(body))

    def read_prefixed_string(self) -> str:
        return str(self.read(self.read4()), 'utf-8', 'replace')


def _unpacked(chunk: records.Chunk) -> bytes:
    """Return what a chunk holds, or as much of it as can be read."""
    if not chunk.compression:
        return bytes(chunk.data)
    if chunk.compression not in _UNPACKERS:
        return b''
    try:
        most = min(chunk.uncompressed_size, MOST_CHUNK)
        return bytes(_UNPACKERS[chunk.compression]().decompress(chunk.data, most))
    except (RuntimeError, EOFError, ValueError, OverflowError, MemoryError, zstd.ZstdError):
        return b''


def _record(file: BinaryIO, end: int) -> tuple[int, bytes] | None:
    """Return the next (opcode, body); None where the file, of `end` bytes, ends or is cut.

    The file then stands behind the record, or at the one that was cut.

    Zeros, which a file system leaves where a machine lost its power, are skipped. The library's
    stream reader asks for as many bytes as a damaged length says, and cannot go on behind a record
    that it could not read.
    """
    while True:
        frame = file.read(_FRAME.size)
        if len(frame) < _FRAME.size:
            return None
        if frame[0]:
            break
        file.seek(-_FRAME.size, io.SEEK_CUR)
        _skip_zeros(file)
    opcode, size = _FRAME.unpack(frame)
    if size > end - file.tell():
        file.seek(-_FRAME.size, io.SEEK_CUR)
        return None
    return opcode, file.read(size)


def _skip_zeros(file: BinaryIO) -> None:
    """Go to the next byte that is not 0, or to the end."""
    size = _FRAME.size      # small at first: zeros within damaged bytes are few, but frequent
    while block := file.read(size):
        if rest := block.lstrip(b'\0'):
            file.seek(-len(rest), io.SEEK_CUR)
            return
        size = min(2 * size, _BLOCK)
