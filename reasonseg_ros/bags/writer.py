# SPDX-License-Identifier: Apache-2.0
"""Writes a bag, as MCAP or sqlite3, whole or not at all. Does not know what is in the messages."""

import shutil
from pathlib import Path
from types import TracebackType

from rosbags.interfaces import (
    Connection,
    Qos,
    QosDurability,
    QosHistory,
    QosLiveliness,
    QosReliability,
    QosTime,
)
from rosbags.rosbag2 import StoragePlugin, Writer

from reasonseg_ros.bags.types import own_typestore
from reasonseg_ros.core.errors import BadInput

STORAGES = {'mcap': StoragePlugin.MCAP, 'sqlite3': StoragePlugin.SQLITE3}
_NEVER = QosTime(2147483647, 4294967295)


class BagWriter:
    """A bag in the folder `path`, there when the block ends well; use it as a context manager.

    overwrite  whether an older bag there is replaced, which must hold nothing but a bag

    Raises BadInput when there is something else, or an older bag that is to be kept.
    """

    def __init__(self, path: Path, storage: str = 'mcap', overwrite: bool = False) -> None:
        if path.exists() and not _is_empty(path):
            if not overwrite:
                raise BadInput(f'{path} exists; choose another name, or give --overwrite')
            if not _is_own_bag(path):
                raise BadInput(f'{path} holds more than a bag of this program, or none at all, so '
                               'it is not overwritten; choose another name, or remove it')
        self._path = path
        # The file in the folder is named like the folder, so the final name comes first.
        self._partial = path.parent / f'.{path.name}.partial' / path.name
        shutil.rmtree(self._partial.parent, ignore_errors=True)
        self._writer = Writer(self._partial, version=9, storage_plugin=STORAGES[storage])
        self._connections: dict[str, Connection] = {}

    def __enter__(self) -> 'BagWriter':
        self._writer.open()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._writer.__exit__(kind, error, trace)
        if kind is None:
            if self._path.exists():
                shutil.rmtree(self._path)
            self._partial.rename(self._path)
        shutil.rmtree(self._partial.parent)

    def topic(self, name: str, kind: str, latched: bool = False) -> None:
        """Announce a topic; a latched one reaches subscribers that come late."""
        self._connections[name] = self._writer.add_connection(
            name, kind, typestore=own_typestore(), offered_qos_profiles=[_qos(latched)])

    def write(self, topic: str, time: int, data: bytes) -> None:
        """Write one message as CDR; `time` is nanoseconds."""
        self._writer.write(self._connections[topic], time, data)


def _is_empty(path: Path) -> bool:
    return path.is_dir() and not any(path.iterdir())


def _is_own_bag(path: Path) -> bool:
    """Whether a folder holds what a BagWriter leaves behind, and nothing else."""
    found = {f.name for f in path.iterdir() if f.is_file()} if path.is_dir() else set()
    files = [{'metadata.yaml', f'{path.name}{suffix}'} for suffix in ('.mcap', '.db3')]
    return found in files and len([*path.iterdir()]) == len(found)


def _qos(latched: bool) -> Qos:
    durability = QosDurability.TRANSIENT_LOCAL if latched else QosDurability.VOLATILE
    return Qos(QosHistory.KEEP_LAST, 10, QosReliability.RELIABLE, durability, _NEVER, _NEVER,
               QosLiveliness.AUTOMATIC, _NEVER, False)
