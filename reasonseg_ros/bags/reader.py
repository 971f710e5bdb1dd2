# SPDX-License-Identifier: Apache-2.0
"""A ROS 2 bag as topics and stamped messages: sqlite3 and MCAP, compressed or not, even damaged.

A message stays CDR bytes until `Bag.message` is asked for it, so that going through a bag costs
little more than reading the file. Does not choose topics and does not pair images
(`bags.recording`). Writes nothing.
"""

import contextlib
import shutil
import sqlite3
import sys
from collections.abc import Collection, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any

from rosbags.interfaces import MessageDefinitionFormat
from rosbags.rosbag2 import Reader

from reasonseg_ros.bags.salvage import McapRescue, Message
from reasonseg_ros.bags.salvage_sqlite import SqliteRescue
from reasonseg_ros.bags.types import typestore, unreadable
from reasonseg_ros.core.errors import BadInput

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

FOREVER = 2**63 - 1
BEFORE_CLOCK = 1_000_000_000  # nanoseconds from time 0 to what was recorded when the clock ran
ROS1_MAGIC = b'#ROSBAG V'
RESCUES: dict[str, type[McapRescue] | type[SqliteRescue]] = {
    '.mcap': McapRescue, '.db3': SqliteRescue}
_ZSTD = b'\x28\xb5\x2f\xfd'     # how its frames begin; no CDR does
_BLOCK = 1 << 20                # bytes that are unpacked at a time
MOST_MESSAGE = 1 << 30          # bytes of an unpacked message
# What the library lets through when the bytes of a file are not what they should be: there is no
# common base, and damage finds a new one every time.
_FAULTS = (Exception,)


class DamagedBag(Exception):
    """The bag cannot be read by its index, or not to its end."""


@dataclass(frozen=True)
class Topic:
    """One topic of a bag; `kind` is the message type, e.g. sensor_msgs/msg/Image."""

    name: str
    kind: str


class Bag:
    """A bag that is open for reading; use it as a context manager.

    path     folder with metadata.yaml, or one .mcap or .db3 file
    topics   by name, in alphabetical order
    trouble  why it is read without its index; '' for an intact bag
    notes    what other topics hold that cannot be read; it has no say about the camera

    `messages` raises DamagedBag where an intact bag turns out not to be one; `rescue` then goes on
    with what can be read.
    """

    def __init__(self, path: Path) -> None:
        _check(path)
        self.path = path
        self.trouble = ''
        self.notes: list[str] = []
        self._source: _Intact | _Rescued
        self._stack = ExitStack()

    def __enter__(self) -> 'Bag':
        try:
            self._read = readable(self.path, self._stack)
            try:
                self._source = _Intact(self._read)
            except _FAULTS as error:
                self.rescue(_reason(error))
            else:
                self._take()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._source.close()
        self._stack.close()

    def rescue(self, trouble: str) -> None:
        """Read from the front from now on. Raises BadInput when there is nothing to read."""
        if hasattr(self, '_source'):
            self._source.close()
        self.trouble = trouble
        self._source = _Rescued(self._read)
        if not self._source.kinds:
            self._source.close()
            raise BadInput(f'{self.path} is not a readable ROS 2 bag ({trouble}); give the '
                           'folder that "ros2 bag record" made, or its .mcap or .db3 file')
        if skipped := self._source.skipped:
            self.trouble += f'; {skipped} damaged chunks are left out'
        if self._source.whole and (self._read.is_file() or (self._read / 'metadata.yaml').exists()):
            self.trouble = ''   # not the bytes are damaged: it holds what the library does not know
        self._take()

    def messages(self, topics: Collection[str], start: int = 0,
                 stop: int = FOREVER) -> Iterator[Message]:
        """Yield (topic, time, CDR) in the order of time, for start <= time < stop nanoseconds."""
        try:
            yield from self._source.messages(topics, start, stop)
        except _FAULTS as error:
            raise DamagedBag(_reason(error)) from error

    def message(self, topic: str, data: bytes) -> Any:
        """Turn the CDR of a message into its fields. Raises BadInput."""
        kind = self.topics[topic].kind
        try:
            store = typestore(kind, self._source.definitions.get(kind, ''))
            return store.deserialize_cdr(data, kind)
        except BadInput:
            raise
        except _FAULTS as error:
            raise BadInput(f'a message of {topic} is not of type {kind} ({_reason(error)}); the '
                           'bag is damaged there') from error

    def of_kind(self, *kinds: str) -> list[str]:
        """Return the topics that have one of these types."""
        return [topic.name for topic in self.topics.values() if topic.kind in kinds]

    @property
    def start(self) -> int:
        """Time of the first message, nanoseconds.

        One at time 0, more than BEFORE_CLOCK before all others, does not count: with simulated
        time a recorder writes it before it has heard of a clock.
        """
        return self._start

    def _take(self) -> None:
        self.topics = {name: Topic(name, kind)
                       for name, kind in sorted(self._source.kinds.items())
                       if name.isprintable() and kind.isprintable()}    # damage is neither
        self.notes = [f'topic {topic} is written as {how or "nothing known"}, not as CDR; it is '
                      'left alone' for topic, how in sorted(self._source.foreign.items())]
        for kind, text in sorted(self._source.definitions.items()):
            if why := unreadable(kind, text):
                self.notes.append(f'the definition of {kind} in the bag cannot be read '
                                  f'({why:.200})')
        self._start = self._origin()

    def _origin(self) -> int:
        first = self._source.start
        if first:
            return first
        try:
            second = next((time for _, time, _ in self._source.messages(
                self._source.kinds, 1, FOREVER)), first)
        except _FAULTS:  # whoever reads on hears of it
            return first
        return second if second > BEFORE_CLOCK else first


class _Intact:
    """A bag that the library reads by its index."""

    def __init__(self, path: Path) -> None:
        self._reader = Reader(path)
        self._reader.open()
        self.start = self._reader.start_time
        # Of the files themselves, where metadata.yaml repeats them: what that says about QoS may
        # differ, and the library gives nothing of a topic then.
        storages = getattr(self._reader.storage, 'storages', (self._reader.storage,))
        self._connections = [c for storage in storages for c in storage.connections]
        stated = self._reader.connections
        self.kinds = {c.topic: c.msgtype for c in (*stated, *self._connections)}
        self.definitions = {c.msgtype: c.msgdef.data for c in (*stated, *self._connections)
                            if c.msgdef.format == MessageDefinitionFormat.MSG}
        self.foreign = {c.topic: how for c in self._connections
                        if (how := getattr(c.ext, 'serialization_format', 'cdr')) != 'cdr'}

    def close(self) -> None:
        self._reader.close()

    def messages(self, topics: Collection[str], start: int, stop: int) -> Iterator[Message]:
        wanted = [c for c in self._connections if c.topic in topics]
        if not wanted:  # to the library, none means all
            return
        count = 0
        for connection, time, data in self._reader.messages(wanted, start, stop):
            count += 1
            yield connection.topic, time, data
        stated = sum(c.msgcount for c in wanted)
        if (start, stop) == (0, FOREVER) and count < stated:
            raise DamagedBag(f'it counts {stated} messages on {", ".join(sorted(topics))}, and '
                             f'{count} can be read')


class _Rescued:
    """The files of a bag, read from the front."""

    def __init__(self, path: Path) -> None:
        files = sorted(path.iterdir()) if path.is_dir() else [path]
        self._files = [RESCUES[f.suffix](f) for f in files if f.suffix in RESCUES]
        self.kinds = {k: v for f in self._files for k, v in f.found.types.items()}
        self.definitions = {k: v for f in self._files for k, v in f.found.definitions.items()}
        self.foreign = {k: v for f in self._files for k, v in f.found.foreign.items()}
        self.whole = bool(self._files) and all(f.whole for f in self._files)
        self.skipped = sum(f.skipped for f in self._files)
        self.start = min((f.start for f in self._files), default=0)

    def close(self) -> None:
        for file in self._files:
            file.close()

    def messages(self, topics: Collection[str], start: int, stop: int) -> Iterator[Message]:
        for file in self._files:
            for topic, time, data in file.messages(topics, start, stop):
                yield topic, time, _unpacked(data)


def _unpacked(data: bytes) -> bytes:
    """A message as it was recorded; a recorder that packs each one says so only at its end."""
    if not data.startswith(_ZSTD):
        return data
    try:
        return bytes(zstd.ZstdDecompressor().decompress(data, MOST_MESSAGE))
    except zstd.ZstdError:
        return data     # its fields will not be those of any message


def readable(path: Path, stack: ExitStack) -> Path:
    """Return where the library can read a bag: `path`, or a copy that lasts as long as `stack`.

    A copy is made of what the library does not read: a .db3 whose newest rows are still in the
    write-ahead log beside it, and files that a recorder packed as a whole and then was killed,
    before it wrote the metadata.
    """
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    logs = {f for f in files if f.suffix == '.db3' and _has_log(f)}
    packed = {f for f in files if f.suffix == '.zstd'
              and not (path.is_dir() and (path / 'metadata.yaml').exists())}
    if not logs and not packed:
        return path
    folder = Path(stack.enter_context(TemporaryDirectory(prefix='reasonseg-bag-'))) / path.name
    folder.mkdir()
    for file in files:
        if file in logs:
            shutil.copyfile(file, folder / file.name)
            shutil.copyfile(_log(file), _log(folder / file.name))
            with contextlib.suppress(sqlite3.Error):    # a damaged one is read as it is
                connection = sqlite3.connect(folder / file.name)
                with contextlib.closing(connection):
                    connection.execute('PRAGMA wal_checkpoint(TRUNCATE)')
        elif file in packed:
            _unpack_file(file, folder / file.stem)
        elif file.is_file() and not file.name.endswith(('-wal', '-shm')):
            (folder / file.name).symlink_to(file.resolve())
    return folder if path.is_dir() else folder / (path.stem if path in packed else path.name)


def _log(file: Path) -> Path:
    return file.with_name(f'{file.name}-wal')


def _has_log(file: Path) -> bool:
    return _log(file).is_file() and _log(file).stat().st_size > 0


def _unpack_file(source: Path, target: Path) -> None:
    """Unpack a file as far as it goes."""
    with source.open('rb') as packed, target.open('wb') as plain:
        unpacker = zstd.ZstdDecompressor()
        try:
            while not unpacker.eof and (block := packed.read(_BLOCK)):
                plain.write(unpacker.decompress(block, _BLOCK))
                while not unpacker.eof and not unpacker.needs_input:
                    plain.write(unpacker.decompress(b'', _BLOCK))
        except zstd.ZstdError:
            pass    # the rest is damaged; what there is is looked into


def _check(path: Path) -> None:
    """Refuse what cannot be a bag, before the library looks at it."""
    expected = 'give the folder that "ros2 bag record" made, or its .mcap or .db3 file'
    if not path.exists():
        raise BadInput(f'{path} does not exist; {expected}')
    if path.is_dir():
        if not any((path / 'metadata.yaml').exists() or _is_storage(f)
                   for f in path.iterdir()):
            raise BadInput(f'{path} is a folder without metadata.yaml, .mcap or .db3; {expected}')
        return
    with path.open('rb') as file:
        head = file.read(len(ROS1_MAGIC))
    if head == ROS1_MAGIC or path.suffix == '.bag':
        raise BadInput(f'{path} is a bag of ROS 1; convert it with "rosbags-convert --src '
                       f'{path.name} --dst {path.stem}" and give the folder that it makes')
    if not _is_storage(path):
        raise BadInput(f'{path} has the suffix "{path.suffix}"; {expected}')


def _is_storage(file: Path) -> bool:
    suffix = Path(file.stem).suffix if file.suffix == '.zstd' else file.suffix
    return suffix in RESCUES


def _reason(error: Exception) -> str:
    text = ' '.join(str(error).split()).rstrip('.')
    return text or type(error).__name__
