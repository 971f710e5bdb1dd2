# SPDX-License-Identifier: Apache-2.0
"""What can still be read of an MCAP or .db3 file that was cut off or damaged.

Reads from the front, without the index at the end that a recorder which was killed never wrote,
and skips what is damaged. What a record of MCAP holds is read by the mcap library; where the next
one starts, and a chunk that was cut off, are found here. Intact bags are read by the rosbags
library (`bags.reader`). Repairs nothing and writes nothing.

SQLite itself gives up where an inner page of a table is missing, which is soon. So the topics of a
.db3 file are read by SQLite, and the messages page by page: every leaf page that is there holds
whole rows (sqlite.org/fileformat2.html, sections 1.6 and 2.1).
"""

import contextlib
import heapq
import io
import sqlite3
import struct
import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

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
    """

    types: dict[str, str] = field(default_factory=dict)
    definitions: dict[str, str] = field(default_factory=dict)


MCAP_MAGIC = b'\x89MCAP0\r\n'
_FRAME = struct.Struct('<BQ')  # what precedes every record: opcode, length (mcap.dev/spec)
# Both give what they have of data that was cut off; those of the mcap library give all or nothing.
_UNPACKERS = {'lz4': LZ4FrameDecompressor, 'zstd': zstd.ZstdDecompressor}
# What the library makes of bytes that are no record.
_NO_RECORD = (McapError, struct.error, UnicodeDecodeError)
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
    """

    def __init__(self, path: Path) -> None:
        self.found = TopicIndex()
        self.skipped = 0
        self._schemas: dict[int, str] = {}
        self._channels: dict[int, str] = {}
        self._pieces: list[_Piece] = []
        self._file = path.open('rb')
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
            offset = self._file.tell()
            record = _record(self._file)
            if record is None:
                self._scan_cut(offset)
                return
            opcode, body = record
            try:
                self._take(opcode, body, offset)
            except _NO_RECORD:
                self.skipped += opcode == Opcode.CHUNK

    def _scan_cut(self, offset: int) -> None:
        """Look into the chunk at which the file was cut off."""
        self._file.seek(offset)
        frame, body = self._file.read(_FRAME.size), self._file.read()
        if frame[:1] == bytes([Opcode.CHUNK]):
            with contextlib.suppress(*_NO_RECORD):
                self._take_chunk(offset, body, whole=False)

    def _take(self, opcode: int, body: bytes, offset: int) -> None:
        """Note a chunk or a message, learn from others. Raises what is in _NO_RECORD."""
        if opcode == Opcode.CHUNK:
            self._take_chunk(offset, body, whole=True)
        elif opcode == Opcode.MESSAGE:
            time = records.Message.read(_Body(body), len(body)).log_time
            self._pieces.append(_Piece(time, time, offset, len(body)))
        else:
            self._learn(opcode, body)

    def _take_chunk(self, offset: int, body: bytes, whole: bool) -> None:
        chunk = records.Chunk.read(_Body(body))
        unpacked = _unpacked(chunk)
        if whole and len(unpacked) != chunk.uncompressed_size:
            self.skipped += 1
            return
        inside = io.BytesIO(unpacked)
        while (record := _record(inside)) is not None:
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

    def _read(self, piece: _Piece) -> Iterator[Message]:
        self._file.seek(piece.offset)
        opcode = self._file.read(_FRAME.size)[0]
        body = self._file.read(piece.size)
        if opcode == Opcode.CHUNK:
            inside = io.BytesIO(_unpacked(records.Chunk.read(_Body(body))))
        else:
            inside = io.BytesIO(_FRAME.pack(opcode, len(body)) + body)
        while (record := _record(inside)) is not None:
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
        return bytes(_UNPACKERS[chunk.compression]().decompress(chunk.data))
    except (RuntimeError, EOFError, zstd.ZstdError):
        return b''


def _record(file: BinaryIO) -> tuple[int, bytes] | None:
    """Return the next (opcode, body); None where the file ends or is cut.

    The library's stream reader asks for as many bytes as a damaged length says, and cannot go on
    behind a record that it could not read.
    """
    frame = file.read(_FRAME.size)
    if len(frame) < _FRAME.size:
        return None
    opcode, size = _FRAME.unpack(frame)
    here = file.tell()
    if size > file.seek(0, io.SEEK_END) - here:
        return None
    file.seek(here)
    return opcode, file.read(size)


SQLITE_MAGIC = b'SQLite format 3\x00'
_LEAF = 0x0d  # first byte of a page with rows of a table
_LENGTHS = {0: 0, 1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8, 8: 0, 9: 0}  # bytes of a number, by its type


class SqliteRescue:
    """The readable messages of a .db3 file, from construction to `close`."""

    def __init__(self, path: Path) -> None:
        self.found = TopicIndex()
        self.skipped = 0
        self._topics: dict[int, str] = {}
        self._rows: dict[int, tuple[int, str, int, int]] = {}  # id -> time, topic, page, offset
        self._file = path.open('rb')
        head = self._file.read(100)
        if head.startswith(SQLITE_MAGIC):
            size = struct.unpack_from('>H', head, 16)[0]
            self._page = 65536 if size == 1 else size
            self._usable = self._page - head[20]
            self._learn(path)
            self._scan()
        self._order = sorted(self._rows.values())
        self.start = self._order[0][0] if self._order else 2**63 - 1

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def messages(self, topics: Collection[str], start: int, stop: int) -> Iterator[Message]:
        """Yield messages with start <= time < stop, in the order of their times."""
        for time, topic, page, offset in self._order:
            if start <= time < stop and topic in topics:
                record = self._record(self._read(page), offset)
                if record is not None:
                    yield topic, time, _columns(record)[3]

    def _learn(self, path: Path) -> None:
        """Read topics and definitions; they are in the first pages."""
        database = sqlite3.connect(f'{path.resolve().as_uri()}?mode=ro&immutable=1', uri=True)
        try:
            # Without this SQLite refuses a file that is shorter than its header says.
            database.execute('PRAGMA writable_schema=ON')
            for key, topic, kind in database.execute('SELECT id, name, type FROM topics'):
                self._topics[key] = topic
                self.found.types[topic] = kind
            tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            if ('message_definitions',) in tables.fetchall():
                self.found.definitions.update(database.execute(
                    'SELECT topic_type, encoded_message_definition FROM message_definitions '
                    "WHERE encoding = 'ros2msg'"))
        except sqlite3.DatabaseError:
            pass  # what was read until here is what there is
        finally:
            database.close()

    def _scan(self) -> None:
        """Find the rows of `messages` in every page, with all of their bytes."""
        number = 2  # the first page holds the schema only
        while len(page := self._read(number)) == self._page:
            if page[0] == _LEAF:
                self._scan_leaf(number, page)
            number += 1

    def _scan_leaf(self, number: int, page: bytes) -> None:
        count = min(struct.unpack_from('>H', page, 3)[0], (self._page - 8) // 2)
        for offset in struct.unpack_from(f'>{count}H', page, 8):
            try:
                row, _ = _varint(page, _varint(page, offset)[1])
                record = self._record(page, offset)
                columns = () if record is None else _columns(record)
            except (IndexError, KeyError, struct.error):
                continue  # no row after all, or a damaged one
            # id, topic_id, timestamp, data; the id is the number of the row
            if len(columns) == 4 and columns[1] in self._topics and isinstance(columns[3], bytes):
                self._rows[row] = (columns[2], self._topics[columns[1]], number, offset)

    def _record(self, page: bytes, offset: int) -> bytes | None:
        """Return the bytes of a row, with those on overflow pages; None when some are missing."""
        size, at = _varint(page, offset)
        _, at = _varint(page, at)
        most, least = self._usable - 35, (self._usable - 12) * 32 // 255 - 23
        local = size
        if size > most:
            local = least + (size - least) % (self._usable - 4)
            local = local if local <= most else least
        parts, left = [page[at:at + local]], size - local
        following = struct.unpack_from('>I', page, at + local)[0] if left else 0
        while left:
            page = self._read(following) if following > 1 else b''
            if len(page) < self._page:
                return None
            following = struct.unpack_from('>I', page)[0]
            parts.append(page[4:4 + min(left, self._usable - 4)])
            left -= len(parts[-1])
        return b''.join(parts)

    def _read(self, number: int) -> bytes:
        self._file.seek((number - 1) * self._page)
        return self._file.read(self._page)


def _columns(record: bytes) -> tuple[Any, ...]:
    """Return the values of a row: whole numbers, None and bytes."""
    end, at = _varint(record, 0)
    kinds = []
    while at < end:
        kind, at = _varint(record, at)
        kinds.append(kind)
    values: list[int | bytes | None] = []
    for kind in kinds:
        length = (kind - 12) // 2 if kind >= 12 else _LENGTHS[kind]
        data = record[at:at + length]
        at += length
        if kind >= 12:
            values.append(data)
        elif kind == 0:
            values.append(None)
        else:
            values.append(kind - 8 if kind >= 8 else int.from_bytes(data, 'big', signed=True))
    return tuple(values)


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """Read a number of 1 to 9 bytes; return it and where the next byte is."""
    value = 0
    for place in range(8):
        byte = data[at + place]
        value = value << 7 | byte & 0x7f
        if byte < 0x80:
            return value, at + place + 1
    return value << 8 | data[at + 8], at + 9
