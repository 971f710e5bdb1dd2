# SPDX-License-Identifier: Apache-2.0
"""A dialogue book on a disk that fails in every way, for as long as it likes: what was acknowledged
as stored is there, whatever the file went through, and the store recovers by itself.

`make soak` runs many more seeds.
"""

import os
import random
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from support.fakes import made_round

from reasonseg_ros.core.dialogue import store as store_module
from reasonseg_ros.core.dialogue import store_file
from reasonseg_ros.core.dialogue.book import DialogueBook
from reasonseg_ros.core.dialogue.dialogue import Prohibition
from reasonseg_ros.core.dialogue.store import Store

SEEDS = range(int(os.environ.get('REASONSEG_SOAK_FAULTS', '3')))
STEPS = 60
NAMES = 'abcd'  # one more than are kept
FAULTS = 'full', 'readonly', 'statement', 'commit', 'locked'
State = dict[str, tuple]


class Failing:
    """A connection that fails at a statement, or where a transaction ends, like a failing fsync."""

    def __init__(self, real: sqlite3.Connection, statement: int | None) -> None:
        self._real = real
        self._left = statement

    def __getattr__(self, name: str) -> object:
        return getattr(self._real, name)

    def executemany(self, sql: str, rows: object) -> object:
        """Run SQL, unless it is its turn to fail."""
        if self._left is not None:
            self._left -= 1
            if self._left < 0:
                raise sqlite3.OperationalError('disk I/O error')
        return self._real.executemany(sql, rows)

    def __enter__(self) -> object:
        return self._real.__enter__()

    def __exit__(self, kind: object, error: object, trace: object) -> object:
        if kind is None and self._left is None:
            self._real.rollback()
            raise sqlite3.OperationalError('disk I/O error')
        return self._real.__exit__(kind, error, trace)


class Disk:
    """A book on a store whose file fails and recovers, and what it is known to have stored.

    seen  every state that was acknowledged, oldest first
    """

    def __init__(self, folder: Path, dice: random.Random) -> None:
        self.folder, self.dice, self.seconds = folder, dice, 0.0
        self.path = folder / 'store.db'
        self.seen: list[State] = [{}]
        self._lift: Callable[[], None] = lambda: None
        self.open()

    def open(self) -> None:
        """Start the process again."""
        self.store = Store(self.path, lambda: self.seconds)
        self.book = DialogueBook(3, 12, 1 << 30, 1e9, lambda: 0.0, self.store)

    @property
    def state(self) -> State:
        """What the book holds."""
        return {d.id: (d.rounds, d.prohibitions, d.next_id) for d in self.book.list()}

    def act(self, names: str = NAMES) -> None:
        """Let the book do something at random."""
        name = self.dice.choice(names)
        dialogue = self.book.open(name)
        count = len(dialogue.rounds)
        what = self.dice.random()
        if what < 0.7 and count < 12:
            self.book.append(name, made_round(count + 1, dialogue.next_id,
                                              ('mug',) * self.dice.randrange(4)))
        elif what < 0.8 and len(dialogue.prohibitions) < 9:
            self.book.forbid(name, Prohibition(count, 'leave it', ()))
        elif what < 0.9 and dialogue.id in self.state:
            self.book.rewind(name, self.dice.randrange(count + 1))
        else:
            self.book.drop(name)

    def fail(self, how: str) -> None:
        """Let the disk fail from now on."""
        self.heal()
        connection = self.store._connection
        if connection is None:
            return
        if how == 'full':
            size, = connection.execute('PRAGMA page_count').fetchone()
            connection.execute(f'PRAGMA max_page_count = {size}')
            self._lift = lambda: self._try('PRAGMA max_page_count = 1000000')
        elif how == 'readonly':
            connection.execute('PRAGMA query_only = 1')
            self._lift = lambda: self._try('PRAGMA query_only = 0')
        elif how == 'locked':
            self.store._disconnect()
            other = sqlite3.connect(self.path, isolation_level=None)
            other.execute('PRAGMA locking_mode = EXCLUSIVE')
            other.execute('BEGIN EXCLUSIVE')
            self._lift = other.close
        else:
            broken = Failing(connection, None if how == 'commit' else self.dice.randrange(4))
            self.store._connection = broken
            self._lift = lambda: self._mend(broken)

    def heal(self) -> None:
        """Let the disk work again; the store does not know yet."""
        self._lift()
        self._lift = lambda: None

    def _try(self, sql: str) -> None:
        if self.store._connection is not None:
            self.store._connection.execute(sql)

    def _mend(self, broken: Failing) -> None:
        if self.store._connection is broken:
            self.store._connection = broken._real

    def stored(self, torn: int = 0) -> State:
        """Return what a process would find that starts now, `torn` bytes of the log being lost."""
        copy = self.folder / 'copy' / 'store.db'
        shutil.rmtree(copy.parent, ignore_errors=True)
        copy.parent.mkdir()
        shutil.copyfile(self.path, copy)
        log = self.path.with_name('store.db-wal')
        if log.exists():
            data = log.read_bytes()
            copy.with_name('store.db-wal').write_bytes(data[:len(data) - torn])
        other = Store(copy)
        assert other.persistent, other.trouble
        book = DialogueBook(3, 12, 1 << 30, 1e9, lambda: 0.0, other)
        found = {d.id: (d.rounds, d.prohibitions, d.next_id) for d in book.list()}
        book.close()
        return found


@pytest.fixture(autouse=True)
def quick(monkeypatch) -> None:
    """Locks are not waited for, and the log is never emptied, so that it can be cut anywhere."""
    connect = store_module.connect

    def unpacked(path: Path) -> sqlite3.Connection:
        connection = connect(path)
        connection.execute('PRAGMA wal_autocheckpoint = 0')
        return connection
    monkeypatch.setattr(store_file, 'PATIENCE', 0.0)
    monkeypatch.setattr(store_module, 'connect', unpacked)


@pytest.mark.parametrize('seed', SEEDS)
def test_what_was_acknowledged_as_stored_is_there_whatever_the_disk_does(tmp_path, seed):
    dice = random.Random(seed)
    disk = Disk(tmp_path, dice)
    for _ in range(STEPS):
        disk.seconds += dice.choice((0.1, 2.0, 90.0))
        if dice.random() < 0.15:
            disk.fail(dice.choice(FAULTS))
        elif dice.random() < 0.3:
            disk.heal()
        disk.act()
        working = not isinstance(disk.store._connection, Failing)
        if disk.store.persistent and working and dice.random() < 0.3:
            assert disk.stored() == disk.state
    disk.heal()
    disk.seconds += 90.0
    disk.book.catch_up()
    disk.seconds += 90.0
    disk.book.catch_up()
    assert disk.store.persistent, disk.store.trouble
    assert disk.stored() == disk.state
    expected = disk.state
    disk.book.close()
    disk.open()
    assert disk.state == expected


@pytest.mark.parametrize('seed', SEEDS)
def test_a_log_that_lost_its_end_gives_a_state_that_there_was(tmp_path, seed):
    dice = random.Random(seed)
    disk = Disk(tmp_path, dice)
    for _ in range(STEPS):
        disk.act(NAMES[:-1])  # pushing one out would be a second transaction
        disk.seen.append(disk.state)
    size = disk.path.with_name('store.db-wal').stat().st_size
    for _ in range(10):
        assert disk.stored(torn=dice.randrange(size)) in disk.seen
