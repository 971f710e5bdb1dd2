# SPDX-License-Identifier: Apache-2.0
"""What can still be read of a .db3 file that was cut off or damaged, page by page.

SQLite itself gives up where an inner page of a table is missing, which is soon. So the topics are
read by SQLite, and the messages page by page: every leaf page that is there holds whole rows
(sqlite.org/fileformat2.html, sections 1.6 and 2.1). Repairs nothing and writes nothing.
"""

import sqlite3
import struct
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from reasonseg_ros.bags.salvage import Message, TopicIndex

SQLITE_MAGIC = b'SQLite format 3\x00'
_INSTRUCTIONS = 10_000_000  # of SQLite's machine that may be spent on topics and definitions
_LEAF = 0x0d  # first byte of a page with rows of a table
_LENGTHS = {0: 0, 1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8, 8: 0, 9: 0}  # bytes of a number, by its type


class SqliteRescue:
    """The readable messages of a .db3 file, from construction to `close`."""

    def __init__(self, path: Path) -> None:
        self.found = TopicIndex()
        self.skipped = 0
        self.whole = False
        self._topics: dict[int, str] = {}
        self._rows: dict[int, tuple[int, str, int, int]] = {}  # id -> time, topic, page, offset
        self._file = path.open('rb')
        self._end = path.stat().st_size
        # What is read of overflow pages: a damaged file may have every row point to all of them.
        self._budget = 3 * self._end
        head = self._file.read(100)
        if head.startswith(SQLITE_MAGIC) and len(head) == 100:
            size = struct.unpack_from('>H', head, 16)[0]
            self._page = 65536 if size == 1 else size
            self._usable = self._page - head[20]
            if self._page >= 512 and self._usable >= 480:   # as the format has it
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
                self._budget = self._end
                record = self._record(self._read(page), offset)
                if record is not None:
                    yield topic, time, _columns(record)[3]

    def _learn(self, path: Path) -> None:
        """Read topics and definitions; they are in the first pages."""
        database = sqlite3.connect(f'{path.resolve().as_uri()}?mode=ro&immutable=1', uri=True)
        try:
            # Without this SQLite refuses a file that is shorter than its header says.
            database.execute('PRAGMA writable_schema=ON')
            database.set_progress_handler(lambda: 1, _INSTRUCTIONS)     # ends what goes in rings
            for key, topic, kind in database.execute('SELECT id, name, type FROM topics'):
                if isinstance(topic, str) and isinstance(kind, str):
                    self._topics[key] = topic
                    self.found.types[topic] = kind
            tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            if ('message_definitions',) in tables.fetchall():
                self.found.definitions.update((kind, text) for kind, text in database.execute(
                    'SELECT topic_type, encoded_message_definition FROM message_definitions '
                    "WHERE encoding = 'ros2msg'") if isinstance(kind, str)
                    and isinstance(text, str))
        except (sqlite3.Error, ValueError, OverflowError):
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
            except (IndexError, KeyError, ValueError, OverflowError, MemoryError, struct.error):
                continue  # no row after all, or a damaged one
            # id, topic_id, timestamp, data; the id is the number of the row
            if len(columns) == 4 and columns[1] in self._topics and isinstance(
                    columns[2], int) and isinstance(columns[3], bytes):
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
        self._budget -= size
        if size > self._end or self._budget < 0:
            return None
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
