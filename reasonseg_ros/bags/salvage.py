# SPDX-License-Identifier: Apache-2.0
"""What can still be read of an MCAP or .db3 file that was cut off or damaged.

Reads from the front, without the index at the end that a recorder which was killed never wrote,
and skips what is damaged. Intact bags are read by the rosbags library (`bags.reader`). Repairs
nothing and writes nothing.

SQLite itself gives up where an inner page of a table is missing, which is soon. So the topics of a
.db3 file are read by SQLite, and the messages page by page: every leaf page that is there holds
whole rows (sqlite.org/fileformat2.html, sections 1.6 and 2.1).
"""

import heapq
import io
import sqlite3
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
class TopicIndex:
    """Topics of a file as they are met while it is scanned.

    types        topic -> message type
    definitions  message type -> its text, where the file has it
    """

    types: dict[str, str] = field(default_factory=dict)
    definitions: dict[str, str] = field(default_factory=dict)


# Records are an opcode, a length of 8 bytes and a body (mcap.dev/spec).
MCAP_MAGIC = b'\x89MCAP0\r\n'
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


def _columns(record: bytes) -> tuple:
    """Return the values of a row: whole numbers, None and bytes."""
    end, at = _varint(record, 0)
    kinds = []
    while at < end:
        kind, at = _varint(record, at)
        kinds.append(kind)
    values = []
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
