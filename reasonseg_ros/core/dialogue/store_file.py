# SPDX-License-Identifier: Apache-2.0
"""The SQLite file of a store: its tables, and whether a file that is there is ours and whole.

Knows what stands in which column and nothing of dialogues (`core.dialogue.store`).
"""

import sqlite3
from pathlib import Path

from reasonseg_ros.core.errors import BadRequest

SCHEMA = 1
APPLICATION = 0x52534547  # 'RSEG' in the header of every store tells it from other databases
PATIENCE = 1.0        # seconds that a lock of another process is waited for

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
# What must be left alone; `record` is JSON text as that of a round.
_PROHIBITIONS = ('CREATE TABLE IF NOT EXISTS prohibitions (dialogue TEXT NOT NULL REFERENCES'
                 ' dialogues (id) ON DELETE CASCADE, number INTEGER NOT NULL, round INTEGER NOT'
                 ' NULL, record TEXT NOT NULL, PRIMARY KEY (dialogue, number))')
# Masks of things that are shown again: `masks` holds one for each id of a dialogue.
_AGAIN = ('CREATE TABLE IF NOT EXISTS masks_again (dialogue TEXT NOT NULL, round INTEGER NOT NULL,'
          ' id INTEGER NOT NULL, height INTEGER NOT NULL, width INTEGER NOT NULL, counts BLOB NOT'
          ' NULL, PRIMARY KEY (dialogue, round, id), FOREIGN KEY (dialogue, round)'
          ' REFERENCES rounds (dialogue, number) ON DELETE CASCADE)')
# What is remembered of a dialogue's things in space, for each of its cameras; opaque bytes.
_WORLDS = ('CREATE TABLE IF NOT EXISTS worlds (dialogue TEXT NOT NULL REFERENCES dialogues (id)'
           ' ON DELETE CASCADE, source TEXT NOT NULL, data BLOB NOT NULL,'
           ' PRIMARY KEY (dialogue, source))')
_BESIDE = (_HIGHEST, _PROHIBITIONS, _AGAIN, _WORLDS)


def connect(path: Path) -> sqlite3.Connection:
    """Open a file; text in it that is none is read as bytes."""
    # The thread that opens a store hands it on to the worker.
    connection = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None,
                                 check_same_thread=False)
    connection.text_factory = _text
    connection.execute('PRAGMA foreign_keys = ON')
    return connection


def _text(data: bytes) -> str | bytes:
    """Return text of the file; bytes that are none stay so, and whoever reads them says it."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data


def prepare(connection: sqlite3.Connection, path: Path) -> None:
    """Make the tables in an empty file; in another one, check that they are ours and whole."""
    application, = connection.execute('PRAGMA application_id').fetchone()
    version, = connection.execute('PRAGMA user_version').fetchone()
    tables = {name for name, in connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not tables and not version:
        for statement in (*_TABLES, *_BESIDE):
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
    for statement in _BESIDE:
        connection.execute(statement)
    state, = connection.execute('PRAGMA quick_check(1)').fetchone()
    if state != 'ok':
        raise sqlite3.DatabaseError(state)
