# SPDX-License-Identifier: Apache-2.0
"""Dialogues in one SQLite file, so that a restarted process continues where it stood.

Rounds are JSON text, masks are COCO run lengths as blobs; nothing is ever unpickled. Does not
bound what is kept (`core.dialogue.book`) and does not store images.

A round is one transaction in the write-ahead log. `synchronous=NORMAL` is enough here: a commit
has handed its bytes to the operating system, so a killed process loses nothing. Only a power cut
can take the newest rounds, never the file's consistency; an fsync per round would close that gap,
but a round then took 8 ms instead of 0.1 ms where this was measured, more on slow flash storage.

Trouble with the file never stops a robot from answering: the store says so in `notices`, and in
`trouble` for as long as rounds are missing on disk. Whoever holds the dialogues lets it catch up
when that is `due`, at intervals that double. Only a file that belongs to something else, or to a
newer version, is an error.
"""

import math
import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from reasonseg_ros.core.dialogue.dialogue import Dialogue, Prohibition, Round
from reasonseg_ros.core.dialogue.record_text import prohibition_of, round_of, to_json
from reasonseg_ros.core.dialogue.store_file import connect, prepare
from reasonseg_ros.core.errors import BadRequest

SOONEST = 1.0         # seconds from a failure to the first attempt to catch up
LATEST = 60.0         # seconds between two attempts, at most
BEFORE = ' (stored before)'  # ends the name of a dialogue that the file had under a name in use
_FILES = ('', '-wal', '-shm', '-journal')  # what SQLite keeps beside the file

Statement = tuple[str, Sequence[tuple[object, ...]]]  # SQL, and the rows it is run with


class Store:
    """The file at `path`, locked for this process. Used by one thread at a time.

    notices  what happened to the file, one sentence each, oldest first
    trouble  why rounds are missing on disk; '' while none is
    clock    seconds; only differences count

    Raises BadRequest when the file is another application's database or of a newer version.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self.path = path
        self.notices: list[str] = []
        self.trouble = ''
        self._clock = clock
        self._pause, self._next = SOONEST, 0.0
        self._loaded: tuple[Dialogue, ...] = ()
        self._ours: set[str] = set()  # dialogues whose rows this process has read or written
        self._used = 0                # of the newest dialogue, to tell their order
        self._connection: sqlite3.Connection | None = None
        try:
            self._ours = self._open()
        except _DAMAGED as error:
            if isinstance(error, sqlite3.OperationalError):
                self._fail(error)
                self._loaded = self._read_copy(error)
            else:
                self._replace(error)
        except OSError as error:
            self._fail(error)

    @property
    def persistent(self) -> bool:
        """Whether every round is on disk."""
        return not self.trouble

    @property
    def due(self) -> bool:
        """Whether rounds are missing on disk and it is time to try again."""
        return bool(self.trouble) and self._clock() >= self._next

    def load(self) -> tuple[Dialogue, ...]:
        """Hand over what the file held when it was opened, least recently used dialogue first.

        Once: it is not kept here a second time.
        """
        loaded, self._loaded = self._loaded, ()
        return loaded

    def append(self, dialogue_id: str, record: Round) -> None:
        """Write a round; from now on it survives the end of the process."""
        if self.persistent and self._write(*self._insertion(dialogue_id, (record,))):
            self._ours.add(dialogue_id)

    def forbid(self, dialogue_id: str, number: int, prohibition: Prohibition) -> None:
        """Write the prohibition of this number, from 1; it survives the end of the process."""
        if self.persistent and self._write(
                *self._insertion(dialogue_id, ()),
                _forbidding(dialogue_id, (prohibition,), number)):
            self._ours.add(dialogue_id)

    def rewind(self, dialogue_id: str, keep: int, highest: int = 0) -> None:
        """Take away the rounds after the first `keep`, with the prohibitions said after them.

        The dialogue itself stays.

        highest  id up to which no new instance is numbered; 0 = ids that are free are given again
        """
        if self.persistent:
            self._write(('DELETE FROM rounds WHERE dialogue = ? AND number > ?',
                         [(dialogue_id, keep)]),
                        ('DELETE FROM prohibitions WHERE dialogue = ? AND (round > ? OR ? = 0)',
                         [(dialogue_id, keep, keep)]),
                        _numbering(dialogue_id, highest))

    def remember(self, dialogue_id: str, source: str, data: bytes) -> None:
        """Write what is known of a dialogue's things in space by a camera; b'' = nothing."""
        if self.persistent and dialogue_id in self._ours:
            self._write(('INSERT OR REPLACE INTO worlds VALUES (?, ?, ?)',
                         [(dialogue_id, source, data)]))

    def remembered(self, dialogue_id: str, source: str) -> bytes:
        """Return what `remember` was given last; b'' where there is nothing."""
        found = self._connection and self._connection.execute(
            'SELECT data FROM worlds WHERE dialogue = ? AND source = ?',
            (dialogue_id, source)).fetchone()
        return found[0] if found and isinstance(found[0], bytes) else b''

    def drop(self, dialogue_id: str) -> None:
        """Take away a dialogue with everything in it."""
        if self.persistent:
            self._write(_deletion(dialogue_id))

    def catch_up(self, dialogues: Sequence[Dialogue]) -> tuple[Dialogue, ...]:
        """Try to bring the file to what `dialogues` are, least recently used first.

        Returns dialogues that another process has left in the file meanwhile. One of them under a
        name that is in use here, with other rounds, gets another name.
        """
        if self._pause > SOONEST:  # more than one attempt has failed: perhaps it is another file
            self._disconnect()
        try:
            if self._connection is None:
                self._open()
        except BadRequest as error:
            self._fail(error)
            return ()
        except (OSError, *_DAMAGED) as error:
            self._fail(error)
            return ()
        foreign, self._loaded = tuple(self._foreign(dialogues)), ()
        kept = (*foreign, *dialogues)
        statements = [_deletion(name) for name in self._ours | {d.id for d in kept}]
        for dialogue in kept:
            statements += self._insertion(dialogue.id, dialogue.rounds)
            statements.append(_forbidding(dialogue.id, dialogue.prohibitions))
            statements.append(_numbering(dialogue.id, dialogue.next_id - 1))
        if not self._write(*statements):
            return ()
        trouble, self.trouble = self.trouble, ''
        self._ours = {dialogue.id for dialogue in kept}
        self._pause = SOONEST
        self.notices.append(f'store "{self.path}" is written again, and holds every round; '
                            f'before, {trouble}')
        return foreign

    def close(self) -> None:
        """Give the file free; later rounds are not written any more."""
        self._disconnect()
        if not self.trouble:
            self.trouble = f'store "{self.path}" is closed'
        self._next = math.inf

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _insertion(self, dialogue_id: str, rounds: Sequence[Round]) -> list[Statement]:
        masks, again = ([
            (dialogue_id, record.index, i.id, i.mask.height, i.mask.width, i.mask.counts)
            for record in rounds for i in record.instances if (i.first_round > 0) == repeated]
            for repeated in (False, True))
        records = [(dialogue_id, record.index, to_json(record)) for record in rounds]
        self._used += 1
        return [('INSERT INTO dialogues VALUES (?, ?)'
                 ' ON CONFLICT (id) DO UPDATE SET used = excluded.used',
                 [(dialogue_id, self._used)]),
                ('INSERT INTO rounds VALUES (?, ?, ?)', records),
                ('INSERT INTO masks VALUES (?, ?, ?, ?, ?, ?)', masks),
                ('INSERT INTO masks_again VALUES (?, ?, ?, ?, ?, ?)', again)]

    def _foreign(self, dialogues: Sequence[Dialogue]) -> Iterator[Dialogue]:
        """Yield dialogues of the file that this process does not know, under names of their own.
        """
        known = {dialogue.id: dialogue.rounds for dialogue in dialogues}
        for dialogue in self._loaded:
            rounds = dialogue.rounds
            if dialogue.id in self._ours or rounds == known.get(dialogue.id, ())[:len(rounds)]:
                continue
            name = dialogue.id if dialogue.id not in known else dialogue.id + BEFORE
            if name not in known:
                yield Dialogue(name, rounds, dialogue.next_id - 1, dialogue.prohibitions)

    def _write(self, *statements: Statement) -> bool:
        """Write all or nothing, and return which; keep why."""
        try:
            if self._connection is None:
                raise sqlite3.OperationalError('it is closed')
            with self._connection:
                self._connection.execute('BEGIN IMMEDIATE')
                for sql, rows in statements:
                    self._connection.executemany(sql, rows)
        except sqlite3.Error as error:
            self._fail(error)
            return False
        return True

    def _open(self) -> set[str]:
        """Open and read the file; return the names of its dialogues."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not self.path.exists():  # what people said is theirs; SQLite's other files follow this
            os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
        connection = connect(self.path)
        try:
            # An exclusive lock keeps a second process from mixing its rounds into the file.
            connection.execute('PRAGMA locking_mode = EXCLUSIVE')
            with connection:
                connection.execute('BEGIN IMMEDIATE')
                prepare(connection, self.path)
            connection.execute('PRAGMA journal_mode = WAL')
            connection.execute('PRAGMA synchronous = NORMAL')
            self._loaded = self._read(connection)
            self._used, = connection.execute(
                'SELECT ifnull(max(CAST(used AS INTEGER)), 0) FROM dialogues').fetchone()
        except BaseException:
            connection.close()
            raise
        self._connection = connection
        return {dialogue.id for dialogue in self._loaded}

    def _read(self, connection: sqlite3.Connection) -> tuple[Dialogue, ...]:
        """Read all dialogues; one is cut before a round that is not as it was written."""
        dialogues = []
        highest = dict(connection.execute('SELECT dialogue, CAST(id AS INTEGER) FROM highest'))
        for name, in connection.execute('SELECT id FROM dialogues ORDER BY used').fetchall():
            if not isinstance(name, str):
                connection.execute('DELETE FROM dialogues WHERE id IS ?', (name,))
                self.notices.append(f'store "{self.path}" had a dialogue with the name {name!r:.60}'
                                    ', expected text; it is left out: begin it again')
                continue
            masks = {number: stored for number, *stored in connection.execute(
                'SELECT id, height, width, counts FROM masks WHERE dialogue = ?', (name,))}
            again: dict[int, dict[int, list[object]]] = {}
            for place, number, *stored in connection.execute(
                    'SELECT round, id, height, width, counts FROM masks_again WHERE dialogue = ?',
                    (name,)):
                again.setdefault(place, {})[number] = stored
            dialogue = Dialogue(name, highest=highest.get(name, 0))
            try:
                for place, record in connection.execute('SELECT number, record FROM rounds WHERE '
                                                        'dialogue = ? ORDER BY number', (name,)):
                    dialogue.append(round_of(record, {**masks, **again.get(place, {})}))
            except ValueError as error:
                kept = len(dialogue.rounds)
                connection.execute('DELETE FROM rounds WHERE dialogue = ? AND number > ?',
                                   (name, kept))
                self.notices.append(f'dialogue "{name}" of store "{self.path}" goes on after round '
                                    f'{kept}: the next one is damaged ({error}); say again what '
                                    'came then')
            self._read_prohibitions(connection, dialogue)
            dialogues.append(dialogue)
        return tuple(dialogues)

    def _read_prohibitions(self, connection: sqlite3.Connection, dialogue: Dialogue) -> None:
        """Read what must be left alone; what is not as it was written is told and goes."""
        damaged = False
        for record, in connection.execute('SELECT record FROM prohibitions WHERE dialogue = ? '
                                          'ORDER BY number', (dialogue.id,)).fetchall():
            try:
                dialogue.forbid(prohibition_of(record))
            except ValueError as error:
                damaged = True
                self.notices.append(f'a prohibition of dialogue "{dialogue.id}" of store '
                                    f'"{self.path}" is damaged ({error}) and is not heeded any '
                                    'more; say again what must be left alone')
        if damaged:  # the others move up
            connection.execute('DELETE FROM prohibitions WHERE dialogue = ?', (dialogue.id,))
            connection.executemany(*_forbidding(dialogue.id, dialogue.prohibitions))

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
            self._fail(failed)

    def _fail(self, error: Exception) -> None:
        """Keep why rounds are missing on disk, and when to try again."""
        first = not self.trouble
        reason = str(error)
        if 'locked' in reason:
            reason += ': another process uses it; give each node a store_path of its own'
        self.trouble = (f'store "{self.path}" cannot be written ({reason}); until it can, '
                        'dialogues are kept in memory only')
        if first:
            self.notices.append(self.trouble)
        else:
            self._pause = min(2 * self._pause, LATEST)
        self._next = self._clock() + self._pause

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
                connection = connect(copy)
                try:
                    prepare(connection, self.path)
                    return self._read(connection)
                finally:
                    connection.close()
            except (OSError, *_DAMAGED):
                return ()


# What reading a damaged file raises.
_DAMAGED = (sqlite3.DatabaseError, ValueError)


def _deletion(dialogue_id: str) -> Statement:
    return 'DELETE FROM dialogues WHERE id = ?', [(dialogue_id,)]


def _forbidding(dialogue_id: str, prohibitions: Sequence[Prohibition], first: int = 1) -> Statement:
    return ('INSERT INTO prohibitions VALUES (?, ?, ?, ?)',
            [(dialogue_id, number, one.round, to_json(one))
             for number, one in enumerate(prohibitions, start=first)])


def _numbering(dialogue_id: str, highest: int) -> Statement:
    return ('INSERT OR REPLACE INTO highest SELECT id, ? FROM dialogues WHERE id = ?',
            [(highest, dialogue_id)])
