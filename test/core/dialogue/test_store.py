# SPDX-License-Identifier: Apache-2.0
"""Dialogues survive the end of the process, however it ends, and damage is never silent."""

import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.fakes import made_dialogue, made_round

from reasonseg_ros.core.dialogue.book import DialogueBook
from reasonseg_ros.core.dialogue.store import Store
from reasonseg_ros.core.errors import BadRequest, Status

ROUNDS = (made_round(1, 1, ('mug', 'mug'), Status.AMBIGUOUS), made_round(2, 3, ()),
          made_round(3, 3, ('handle',), references=(1,), parent_id=1))


def filled(path: Path, *names: str) -> Store:
    store = Store(path)
    for name in names or ('a',):
        for record in ROUNDS:
            store.append(name, record)
    return store


def reopened(path: Path) -> dict[str, tuple]:
    store = Store(path)
    assert store.notices == [] and store.persistent
    store.close()
    return {dialogue.id: dialogue.rounds for dialogue in store.load()}


@contextmanager
def ordinary_user() -> Iterator[None]:
    """Root may write everywhere, so tests of permissions give that right up for a while."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


@pytest.fixture
def public() -> Iterator[Path]:
    """A folder that every user may enter."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


def test_every_field_of_every_round_survives(tmp_path):
    filled(tmp_path / 'store.db').close()
    assert reopened(tmp_path / 'store.db') == {'a': ROUNDS}


def test_rewound_rounds_and_dropped_dialogues_are_gone(tmp_path):
    store = filled(tmp_path / 'store.db', 'a', 'b')
    store.rewind('a', 1)
    store.drop('b')
    store.append('a', made_round(2, 3, ('lid',)))  # the caller gave the id 3 again
    store.close()
    assert reopened(tmp_path / 'store.db') == {'a': (ROUNDS[0], made_round(2, 3, ('lid',)))}


def test_ids_of_what_was_taken_back_are_not_given_again_after_a_restart(tmp_path):
    bounds = dict(max_dialogues=2, max_rounds=9, max_bytes=1 << 20, ttl=60.0, clock=lambda: 0.0)
    filled(tmp_path / 'store.db', 'a', 'b').close()
    book = DialogueBook(**bounds, store=Store(tmp_path / 'store.db'))
    used = book.get('a').next_id
    book.rewind('a', 1)
    book.rewind('b', 0, reuse_ids=True)
    book.close()
    book = DialogueBook(**bounds, store=Store(tmp_path / 'store.db'))
    assert [book.get(name).next_id for name in 'ab'] == [used, 1]
    book.close()


def test_a_file_of_an_earlier_version_without_taken_ids_is_read(tmp_path):
    path = tmp_path / 'store.db'
    filled(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute('DROP TABLE highest')
    connection.close()
    assert reopened(path) == {'a': ROUNDS}


def test_a_dialogue_without_rounds_stays_after_a_reset(tmp_path):
    store = filled(tmp_path / 'store.db')
    store.rewind('a', 0)
    store.close()
    assert reopened(tmp_path / 'store.db') == {'a': ()}


def test_dialogues_come_back_in_the_order_of_their_last_round(tmp_path):
    store = filled(tmp_path / 'store.db', 'a', 'b')
    store.append('a', made_round(4, 4, ()))
    store.close()
    assert list(reopened(tmp_path / 'store.db')) == ['b', 'a']


def test_a_book_continues_from_its_store_and_forgets_there_what_it_pushes_out(tmp_path):
    bounds = dict(max_dialogues=2, max_rounds=9, max_bytes=1 << 20, ttl=60.0, clock=lambda: 0.0)
    filled(tmp_path / 'store.db', 'a', 'b', 'c').close()
    book = DialogueBook(**bounds, store=Store(tmp_path / 'store.db'))
    assert book.evicted() == (('a', 'more than 2 dialogues'),)
    assert book.get('c').instance(3).label == 'handle'
    book.append('c', made_round(4, 4, ('lid',)))
    book.rewind('b', 2)
    book.close()
    kept = reopened(tmp_path / 'store.db')
    assert {name: len(rounds) for name, rounds in kept.items()} == {'b': 2, 'c': 4}


def test_a_process_killed_between_two_rounds_loses_nothing(tmp_path):
    path = tmp_path / 'store.db'
    script = ('import sys; from pathlib import Path\n'
              'from support.fakes import made_round\n'
              'from reasonseg_ros.core.dialogue.store import Store\n'
              f'store = Store(Path({str(path)!r}))\n'
              'for index in (1, 2):\n'
              '    store.append("a", made_round(index, index, ("mug",)))\n'
              'print("written", flush=True)\n'
              'sys.stdin.read()\n')
    environment = {**os.environ, 'PYTHONPATH': os.pathsep.join(filter(None, sys.path))}
    child = subprocess.Popen([sys.executable, '-c', script], env=environment,
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert child.stdout.readline() == 'written\n'
    finally:
        child.send_signal(signal.SIGKILL)
        child.communicate()
    assert child.returncode == -signal.SIGKILL
    rounds = reopened(path)['a']
    assert rounds == (made_round(1, 1, ('mug',)), made_round(2, 2, ('mug',)))


@pytest.mark.parametrize('damage', ['text', 'cut', 'overwritten', 'json', 'table'])
def test_a_damaged_file_is_moved_aside_whole_and_reported(tmp_path, damage):
    path = tmp_path / 'store.db'
    filled(path, *'abcdefgh').close()
    content = path.read_bytes()
    if damage == 'text':
        path.write_text('these are no dialogues\n' * 50)
    elif damage == 'cut':
        path.write_bytes(content[:len(content) // 2])
    elif damage == 'overwritten':
        path.write_bytes(content[:4096] + b'\xff' * (len(content) - 4096))
    else:
        connection = sqlite3.connect(path)
        connection.execute("UPDATE rounds SET record = '{'" if damage == 'json'
                           else 'DROP TABLE masks')
        connection.commit()
        connection.close()
    broken = path.read_bytes()
    for number in (1, 2):
        path.write_bytes(broken)
        store = Store(path)
        aside = tmp_path / f'store.db.corrupt-{number}'
        assert aside.read_bytes() == broken
        assert len(store.notices) == 1 and str(aside) in store.notices[0]
        assert store.load() == () and store.persistent
        store.append('new', ROUNDS[0])
        store.close()
        assert list(reopened(path)) == ['new']


def test_a_file_that_may_only_be_read_is_read_and_reported(public):
    path = public / 'store.db'
    filled(path).close()
    path.chmod(0o444)
    with ordinary_user():
        store = Store(path)
        store.append('b', ROUNDS[0])
    assert not store.persistent and 'memory' in store.notices[0] and len(store.notices) == 1
    assert [d.rounds for d in store.load()] == [ROUNDS]
    assert list(reopened(path)) == ['a']


def test_a_folder_that_may_not_be_written_is_reported(public):
    public.chmod(0o555)
    with ordinary_user():
        stores = [Store(public / 'store.db'), Store(public / 'new' / 'store.db')]
        for store in stores:
            store.append('a', ROUNDS[0])
            assert not store.persistent and len(store.notices) == 1
            assert str(public) in store.notices[0] and store.load() == ()
    public.chmod(0o755)
    assert list(public.iterdir()) == []


def test_a_damaged_file_in_a_folder_that_may_not_be_written_stays_where_it_is(public):
    path = public / 'store.db'
    path.write_text('these are no dialogues\n' * 50)
    public.chmod(0o555)
    with ordinary_user():
        store = Store(path)
    public.chmod(0o755)
    assert not store.persistent and store.load() == () and 'memory' in store.notices[-1]
    assert [p.name for p in public.iterdir()] == ['store.db']


def test_a_second_store_on_the_same_file_keeps_its_hands_off(tmp_path):
    first = filled(tmp_path / 'store.db')
    second = Store(tmp_path / 'store.db')
    second.append('b', ROUNDS[0])
    assert not second.persistent and 'locked' in second.notices[0] and second.load() == ()
    first.close()
    assert list(reopened(tmp_path / 'store.db')) == ['a']


def test_a_newer_store_is_an_error_and_stays_untouched(tmp_path):
    path = tmp_path / 'store.db'
    filled(path).close()
    connection = sqlite3.connect(path)
    connection.execute('PRAGMA user_version = 2')
    connection.close()
    before = path.read_bytes()
    with pytest.raises(BadRequest, match='version 2.*up to 1'):
        Store(path)
    assert path.read_bytes() == before


def test_a_database_of_another_application_is_an_error_and_stays_untouched(tmp_path):
    path = tmp_path / 'photos.db'
    connection = sqlite3.connect(path)
    connection.execute('CREATE TABLE photos (name TEXT)')
    connection.close()
    before = path.read_bytes()
    with pytest.raises(BadRequest, match='another application'):
        Store(path)
    assert path.read_bytes() == before


def test_a_disk_that_fills_up_later_is_reported_once_and_dialogues_go_on(tmp_path):
    store = filled(tmp_path / 'store.db')
    store._connection.execute('PRAGMA max_page_count = 1')
    book = DialogueBook(9, 9, 1 << 30, 60.0, lambda: 0.0, store)
    big = made_dialogue(*['mug ' * 20] * 5)
    for record in big.rounds:
        book.append('big', record)
    assert len(store.notices) == 1 and not store.persistent
    assert book.get('big').rounds == big.rounds
