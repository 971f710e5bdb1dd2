# SPDX-License-Identifier: Apache-2.0
"""A ROS 2 bag as topics and stamped messages: sqlite3 and MCAP, compressed or not, even damaged.

A message stays CDR bytes until `Bag.message` is asked for it, so that going through a bag costs
little more than reading the file. Does not choose topics and does not pair images
(`bags.recording`). Writes nothing.
"""

import struct
import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import apsw
from rosbags.interfaces import MessageDefinitionFormat
from rosbags.rosbag2 import Reader, ReaderError
from rosbags.serde import SerdeError

from reasonseg_ros.bags.salvage import McapRescue, Message, SqliteRescue
from reasonseg_ros.bags.types import typestore
from reasonseg_ros.core.errors import BadInput

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

FOREVER = 2**63 - 1
ROS1_MAGIC = b'#ROSBAG V'
RESCUES: dict[str, type[McapRescue] | type[SqliteRescue]] = {
    '.mcap': McapRescue, '.db3': SqliteRescue}
# What the library lets through when the bytes of a file are not what they should be.
_FAULTS = (ReaderError, apsw.Error, struct.error, EOFError, ValueError, TypeError, KeyError,
           IndexError, RuntimeError, AssertionError, FileNotFoundError, zstd.ZstdError)


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

    `messages` raises Damaged where an intact bag turns out not to be one; `rescue` then goes on
    with what can be read.
    """

    def __init__(self, path: Path) -> None:
        _check(path)
        self.path = path
        self.trouble = ''
        self._source: _Intact | _Rescued

    def __enter__(self) -> 'Bag':
        try:
            self._source = _Intact(self.path)
        except _FAULTS as error:
            self.rescue(_reason(error))
        else:
            self._take()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._source.close()

    def rescue(self, trouble: str) -> None:
        """Read from the front from now on. Raises BadInput when there is nothing to read."""
        if hasattr(self, '_source'):
            self._source.close()
        self.trouble = trouble
        self._source = _Rescued(self.path)
        if not self._source.kinds:
            self._source.close()
            raise BadInput(f'{self.path} is not a readable ROS 2 bag ({trouble}); give the '
                           'folder that "ros2 bag record" made, or its .mcap or .db3 file')
        if skipped := self._source.skipped:
            self.trouble += f'; {skipped} damaged chunks are left out'
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
            return self._types.deserialize_cdr(data, kind)
        except (SerdeError, KeyError, ValueError, struct.error, IndexError,
                AssertionError) as error:
            raise BadInput(f'a message of {topic} is not of type {kind} ({_reason(error)}); the '
                           'bag is damaged there') from error

    def of_kind(self, *kinds: str) -> list[str]:
        """Return the topics that have one of these types."""
        return [topic.name for topic in self.topics.values() if topic.kind in kinds]

    @property
    def start(self) -> int:
        """Time of the first message, nanoseconds."""
        return self._source.start

    def _take(self) -> None:
        self.topics = {name: Topic(name, kind)
                       for name, kind in sorted(self._source.kinds.items())}
        self._types = typestore(set(self._source.kinds.values()), self._source.definitions)


class _Intact:
    """A bag that the library reads by its index."""

    def __init__(self, path: Path) -> None:
        self._reader = Reader(path)
        self._reader.open()
        self.start = self._reader.start_time
        connections = self._reader.connections
        self.kinds = {c.topic: c.msgtype for c in connections}
        self.definitions = {c.msgtype: c.msgdef.data for c in connections
                            if c.msgdef.format == MessageDefinitionFormat.MSG}

    def close(self) -> None:
        self._reader.close()

    def messages(self, topics: Collection[str], start: int, stop: int) -> Iterator[Message]:
        wanted = [c for c in self._reader.connections if c.topic in topics]
        if not wanted:  # to the library, none means all
            return
        for connection, time, data in self._reader.messages(wanted, start, stop):
            yield connection.topic, time, data


class _Rescued:
    """The files of a bag, read from the front."""

    def __init__(self, path: Path) -> None:
        files = sorted(path.iterdir()) if path.is_dir() else [path]
        self._files = [RESCUES[f.suffix](f) for f in files if f.suffix in RESCUES]
        self.kinds = {k: v for f in self._files for k, v in f.found.types.items()}
        self.definitions = {k: v for f in self._files for k, v in f.found.definitions.items()}
        self.skipped = sum(f.skipped for f in self._files)
        self.start = min((f.start for f in self._files), default=0)

    def close(self) -> None:
        for file in self._files:
            file.close()

    def messages(self, topics: Collection[str], start: int, stop: int) -> Iterator[Message]:
        for file in self._files:
            yield from file.messages(topics, start, stop)


def _check(path: Path) -> None:
    """Refuse what cannot be a bag, before the library looks at it."""
    expected = 'give the folder that "ros2 bag record" made, or its .mcap or .db3 file'
    if not path.exists():
        raise BadInput(f'{path} does not exist; {expected}')
    if path.is_dir():
        if not any((path / 'metadata.yaml').exists() or f.suffix in RESCUES
                   for f in path.iterdir()):
            raise BadInput(f'{path} is a folder without metadata.yaml, .mcap or .db3; {expected}')
        return
    with path.open('rb') as file:
        head = file.read(len(ROS1_MAGIC))
    if head == ROS1_MAGIC or path.suffix == '.bag':
        raise BadInput(f'{path} is a bag of ROS 1; convert it with "rosbags-convert --src '
                       f'{path.name} --dst {path.stem}" and give the folder that it makes')
    if path.suffix not in RESCUES:
        raise BadInput(f'{path} has the suffix "{path.suffix}"; {expected}')


def _reason(error: Exception) -> str:
    text = ' '.join(str(error).split()).rstrip('.')
    return text or type(error).__name__
