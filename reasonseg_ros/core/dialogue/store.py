# SPDX-License-Identifier: Apache-2.0
"""Dialogues in one SQLite file, so that a restarted process continues where it stood.

Rounds are JSON text, masks are COCO run lengths as blobs; nothing is ever unpickled. Does not
bound what is kept (`core.dialogue.book`) and does not store images.

A round is one transaction in the write-ahead log. `synchronous=NORMAL` is enough here: a commit
has handed its bytes to the operating system, so a killed process loses nothing. Only a power cut
can take the newest rounds, never the file's consistency; an fsync per round would close that gap,
but a round then took 8 ms instead of 0.1 ms where this was measured, more on slow flash storage.

Trouble with the file never stops a robot from answering: the store goes on without it and says so
in `notices`. Only a file that belongs to something else, or to a newer version, is an error.
"""

import json
import shutil
import sqlite3
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

from reasonseg_ros.core.dialogue.dialogue import Dialogue, Instance, Round, State
from reasonseg_ros.core.errors import BadRequest, Status
from reasonseg_ros.core.masks import Rle

SCHEMA = 1
APPLICATION = 0x52534547  # 'RSEG' in the header of every store tells it from other databases
_FILES = ('', '-wal', '-shm', '-journal')  # what SQLite keeps beside the file

_TABLES = (
    'CREATE TABLE dialogues (id TEXT PRIMARY KEY, used INTEGER NOT NULL)',
    'CREATE TABLE rounds (dialogue TEXT NOT NULL REFERENCES dialogues (id) ON DELETE CASCADE,'
    ' number INTEGER NOT NULL, record TEXT NOT NULL, PRIMARY KEY (dialogue, number))',
    'CREATE TABLE masks (dialogue TEXT NOT NULL, round INTEGER NOT NULL, id INTEGER NOT NULL,'
    ' height INTEGER NOT NULL, width INTEGER NOT NULL, counts BLOB NOT NULL,'
    ' PRIMARY KEY (dialogue, id), FOREIGN KEY (dialogue, round)'
    ' REFERENCES rounds (dialogue, number) ON DELETE CASCADE)')
# Beside the tables of the schema, so that earlier versions of the package still read the file: ids
# of instances that were taken back are not given again.
_HIGHEST = ('CREATE TABLE IF NOT EXISTS highest (dialogue TEXT PRIMARY KEY'
            ' REFERENCES dialogues (id) ON DELETE CASCADE, id INTEGER NOT NULL)')


class Store:
    """The file at `path`, locked for this process. Used by one thread at a time.

    notices  what went wrong with the file, one sentence each, oldest first

    Raises BadRequest when the file is another application's database or of a newer version.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.notices: list[str] = []
        self._loaded: tuple[Dialogue, ...] = ()
        self._connection: sqlite3.Connection | None = None
        try:
            self._open()
        except _DAMAGED as error:
            if isinstance(error, sqlite3.OperationalError):
                self._go_on_without(error)
                self._loaded = self._read_copy(error)
            else:
                self._replace(error)
        except OSError as error:
            self._go_on_without(error)

    @property
    def persistent(self) -> bool:
        """Whether rounds are being written."""
        return self._connection is not None

    def load(self) -> tuple[Dialogue, ...]:
        """Hand over what the file held when it was opened, least recently used dialogue first.

        Once: it is not kept here a second time.
        """
        loaded, self._loaded = self._loaded, ()
        return loaded

    def append(self, dialogue_id: str, record: Round) -> None:
        """Write a round; from now on it survives the end of the process."""
        masks = [(dialogue_id, record.index, i.id, i.mask.height, i.mask.width, i.mask.counts)
                 for i in record.instances]
        self._write(
            ('INSERT INTO dialogues SELECT ?, 1 + ifnull(max(used), 0) FROM dialogues WHERE true'
             ' ON CONFLICT (id) DO UPDATE SET used = excluded.used', [(dialogue_id,)]),
            ('INSERT INTO rounds VALUES (?, ?, ?)',
             [(dialogue_id, record.index, _to_json(record))]),
            ('INSERT INTO masks VALUES (?, ?, ?, ?, ?, ?)', masks))

    def rewind(self, dialogue_id: str, keep: int, highest: int = 0) -> None:
        """Take away the rounds after the first `keep`; the dialogue itself stays.

        highest  id up to which no new instance is numbered; 0 = ids that are free are given again
        """
        self._write(('DELETE FROM rounds WHERE dialogue = ? AND number > ?',
                     [(dialogue_id, keep)]),
                    ('INSERT OR REPLACE INTO highest SELECT id, ? FROM dialogues WHERE id = ?',
                     [(highest, dialogue_id)]))

    def drop(self, dialogue_id: str) -> None:
        """Take away a dialogue with everything in it."""
        self._write(('DELETE FROM dialogues WHERE id = ?', [(dialogue_id,)]))

    def close(self) -> None:
        """Give the file free; later rounds are not written any more."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _write(self, *statements: tuple[str, Sequence[tuple[object, ...]]]) -> None:
        if self._connection is None:
            return
        try:
            with self._connection:
                self._connection.execute('BEGIN IMMEDIATE')
                for sql, rows in statements:
                    self._connection.executemany(sql, rows)
        except sqlite3.Error as error:
            self.close()
            self._go_on_without(error)

    def _open(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        connection = _connect(self.path)
        try:
            # An exclusive lock keeps a second process from mixing its rounds into the file.
            connection.execute('PRAGMA locking_mode = EXCLUSIVE')
            with connection:
                connection.execute('BEGIN IMMEDIATE')
                _prepare(connection, self.path)
            connection.execute('PRAGMA journal_mode = WAL')
            connection.execute('PRAGMA synchronous = NORMAL')
            self._loaded = _read(connection)
        except BaseException:
            connection.close()
            raise
        self._connection = connection

    def _replace(self, error: Exception) -> None:
        """Move a damaged file aside, whole, and begin a new one."""
        number = 1
        while (aside := self.path.with_name(f'{self.path.name}.corrupt-{number}')).exists():
            number += 1
        try:
            for suffix in _FILES:
                source = self.path.with_name(self.path.name + suffix)
                if source.exists():
                    source.rename(aside.with_name(aside.name + suffix))
            self.notices.append(f'store "{self.path}" was damaged ({error}); it was moved to '
                                f'"{aside}" and a new one begun')
            self._open()
        except (OSError, sqlite3.Error) as failed:
            self._go_on_without(failed)

    def _go_on_without(self, error: Exception) -> None:
        self.notices.append(f'store "{self.path}" cannot be written ({error}); dialogues are kept '
                            'in memory and end with the process')

    def _read_copy(self, error: Exception) -> tuple[Dialogue, ...]:
        """Dialogues of a file that may only be read; none when another process works on it."""
        if 'locked' in str(error) or not self.path.is_file():
            return ()
        with TemporaryDirectory() as folder:
            copy = Path(folder) / 'store'
            try:
                for suffix in ('', '-wal'):
                    source = self.path.with_name(self.path.name + suffix)
                    if source.exists():
                        shutil.copyfile(source, copy.with_name(copy.name + suffix))
                connection = _connect(copy)
                try:
                    _prepare(connection, self.path)
                    return _read(connection)
                finally:
                    connection.close()
            except (OSError, *_DAMAGED):
                return ()


# What reading a damaged file raises: from SQLite, or from a record that is not as it was written.
_DAMAGED = (sqlite3.DatabaseError, ValueError, KeyError, TypeError)


def _connect(path: Path) -> sqlite3.Connection:
    # The thread that opens a store hands it on to the worker.
    connection = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
    connection.execute('PRAGMA foreign_keys = ON')
    return connection


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    """Make the tables in an empty file; in another one, check that they are ours and whole."""
    application, = connection.execute('PRAGMA application_id').fetchone()
    version, = connection.execute('PRAGMA user_version').fetchone()
    tables = {name for name, in connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not tables and not version:
        for statement in (*_TABLES, _HIGHEST):
            connection.execute(statement)
        connection.execute(f'PRAGMA application_id = {APPLICATION}')
        connection.execute(f'PRAGMA user_version = {SCHEMA}')
        return
    if application != APPLICATION:
        raise BadRequest(f'"{path}" is a database of another application; '
                         'choose another file for the store')
    if version > SCHEMA:
        raise BadRequest(f'store "{path}" has version {version}, this package reads up to '
                         f'{SCHEMA}; update the package or choose another file')
    if missing := {'dialogues', 'rounds', 'masks'} - tables:
        raise sqlite3.DatabaseError(f'without the table {min(missing)}')
    connection.execute(_HIGHEST)
    state, = connection.execute('PRAGMA quick_check(1)').fetchone()
    if state != 'ok':
        raise sqlite3.DatabaseError(state)


def _read(connection: sqlite3.Connection) -> tuple[Dialogue, ...]:
    dialogues = []
    highest = dict(connection.execute('SELECT dialogue, id FROM highest'))
    for name, in connection.execute('SELECT id FROM dialogues ORDER BY used').fetchall():
        masks = {number: Rle(height, width, counts) for number, height, width, counts in
                 connection.execute('SELECT id, height, width, counts FROM masks '
                                    'WHERE dialogue = ?', (name,))}
        dialogue = Dialogue(name, highest=highest.get(name, 0))
        for record, in connection.execute(
                'SELECT record FROM rounds WHERE dialogue = ? ORDER BY number', (name,)):
            dialogue.append(_from_json(record, masks))
        dialogues.append(dialogue)
    return tuple(dialogues)


def _to_json(record: Round) -> str:
    fields = asdict(record)
    fields['status'] = record.status.name
    for instance in fields['instances']:
        del instance['mask']
        instance['state'] = instance['state'].name
    return json.dumps(fields)


def _from_json(text: str, masks: dict[int, Rle]) -> Round:
    fields = json.loads(text)
    instances = tuple(Instance(**{**i, 'mask': masks[i['id']], 'state': State[i['state']]})
                      for i in fields['instances'])
    return Round(**{**fields, 'status': Status[fields['status']], 'instances': instances,
                    'references': tuple(fields['references'])})
