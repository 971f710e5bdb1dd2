# SPDX-License-Identifier: Apache-2.0
"""Dialogues survive the end of the process, however it ends, and damage is never silent."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields as fields_of
from dataclasses import replace
from pathlib import Path

import pytest
from support.fakes import made_dialogue, made_round

from reasonseg_ros.core.dialogue.book import DialogueBook
from reasonseg_ros.core.dialogue.dialogue import Instance, Prohibition, Role, Round
from reasonseg_ros.core.dialogue.record_text import round_of, to_json
from reasonseg_ros.core.dialogue.store import Store
from reasonseg_ros.core.errors import BadRequest, Status

ROUNDS = (made_round(1, 1, ('mug', 'mug'), Status.AMBIGUOUS), made_round(2, 3, ()),
          made_round(3, 3, ('handle',), references=(1,), parent_id=1))
NEEDED = {'index', 'instruction', 'question', 'references', 'status', 'answer', 'instances', 'id',
          'parent_id', 'round', 'label', 'score', 'state'}


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


def change(path: Path, statement: str, *values: object) -> None:
    """Do to the file what nobody should."""
    connection = sqlite3.connect(path)
    connection.execute(statement, values)
    connection.commit()
    connection.close()


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


@pytest.mark.parametrize('damage', ['text', 'cut', 'overwritten', 'table'])
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
        change(path, 'DROP TABLE masks')
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


@pytest.mark.parametrize('column, value', [
    ('counts', b'oooooooo'), ('counts', b''), ('counts', 'text'), ('counts', 7), ('height', 0),
    ('width', 10 ** 9), ('height', 'tall'), ('counts', b'0' * 50)])
def test_a_mask_that_is_none_costs_its_round_and_what_builds_on_it(tmp_path, column, value):
    path = tmp_path / 'store.db'
    filled(path, 'a', 'b').close()
    change(path, f'UPDATE masks SET {column} = ? WHERE dialogue = ? AND round = 3', value, 'a')
    store = Store(path)
    assert len(store.notices) == 1 and 'dialogue "a"' in store.notices[0]
    assert 'goes on after round 2' in store.notices[0] and store.persistent
    held = {dialogue.id: dialogue.rounds for dialogue in store.load()}
    assert held == {'a': ROUNDS[:2], 'b': ROUNDS}
    store.append('a', ROUNDS[2])
    store.close()
    assert reopened(path)['a'] == ROUNDS


VALUES = (None, True, -1, 0.5, 10 ** 30, 'text', [], [None], {}, {'x': None}, float('nan'))


def taken(value: object, field: str, old: object) -> bool:
    """Whether a field may hold a value, of those that the fields of a record have."""
    if field == 'seconds':
        return value == {}
    if isinstance(old, list):
        return value == []
    if field in ('status', 'state', 'role') or type(value) is bool:
        return False
    if isinstance(old, float):
        return isinstance(value, (int, float)) and value == value
    return type(value) is type(old) and value != -1 and value != 10 ** 30


def test_a_wrong_value_in_any_field_of_a_stored_round_costs_that_round_and_is_named(tmp_path):
    text = to_json(replace(ROUNDS[2], instances=(replace(
        ROUNDS[2].instances[0], clause=1, role=Role.PLACE, first_round=1, last_seen=5,
        reason='it is hidden'),)))
    masks = {i.id: (i.mask.height, i.mask.width, i.mask.counts) for i in ROUNDS[2].instances}
    names = 0
    for path in ((), ('instances', 0)):
        for field in (json.loads(text) if not path else json.loads(text)['instances'][0]):
            names += 1
            for value in (*VALUES, 'missing'):
                fields = json.loads(text)
                place = fields['instances'][0] if path else fields
                old = place[field]
                if value == 'missing':
                    del place[field]
                    good = field not in NEEDED
                else:
                    place[field] = value
                    good = taken(value, field, old)
                if good:
                    round_of(json.dumps(fields), masks)
                    continue
                with pytest.raises(ValueError) as error:
                    round_of(json.dumps(fields), masks)
                assert '\n' not in str(error.value) and field in str(error.value), error.value
    assert names == len(fields_of(Round)) + len(fields_of(Instance)) - 1, 'all but the mask'


@pytest.mark.parametrize('record', [
    b'\xff\xfe', 7, '{', '[]', '', 'null', '[' * 50_000,
    lambda text: text.replace('"handle"', 'null'), lambda text: text.replace('"OK"', '"BANANA"'),
    lambda text: text.replace('"index": 3', '"index": 9')])
def test_a_round_that_is_not_as_it_was_written_costs_what_follows_it_and_no_other_dialogue(
        tmp_path, record):
    path = tmp_path / 'store.db'
    filled(path, 'a', 'b').close()
    if callable(record):
        record = record(to_json(ROUNDS[2]))
    change(path, 'UPDATE rounds SET record = ? WHERE dialogue = ? AND number = 3', record, 'a')
    store = Store(path)
    assert len(store.notices) == 1 and '\n' not in store.notices[0], store.notices
    assert 'dialogue "a"' in store.notices[0] and 'goes on after round 2' in store.notices[0]
    assert 'say again' in store.notices[0] and store.persistent
    assert {d.id: d.rounds for d in store.load()} == {'a': ROUNDS[:2], 'b': ROUNDS}
    store.append('a', ROUNDS[2])
    store.close()
    assert reopened(path) == {'b': ROUNDS, 'a': ROUNDS}


def test_a_prohibition_that_is_not_as_it_was_written_is_told_and_the_others_hold(tmp_path):
    path, kept = tmp_path / 'store.db', Prohibition(0, "don't touch the mug", (2,))
    store = filled(path)
    store.forbid('a', 1, Prohibition(0, 'leave the bowl alone'))
    store.forbid('a', 2, kept)
    store.close()
    change(path, 'UPDATE prohibitions SET record = replace(record, ?, ?) WHERE number = 1',
           '"leave the bowl alone"', 'null')
    store = Store(path)
    assert len(store.notices) == 1 and 'field instruction: found null' in store.notices[0]
    dialogue, = store.load()
    assert dialogue.prohibitions == (kept,)
    store.forbid('a', 2, kept)
    assert store.persistent, 'numbers do not collide'
    store.close()


@pytest.mark.parametrize('statement', [
    "UPDATE dialogues SET used = 'x'", "INSERT INTO highest VALUES ('a', 'x')",
    "INSERT INTO worlds VALUES ('a', '', 'text')", "INSERT INTO dialogues VALUES (x'ff', 9)"])
def test_wrong_types_beside_the_rounds_cost_no_round(tmp_path, statement):
    path = tmp_path / 'store.db'
    filled(path).close()
    change(path, statement.replace('INSERT', 'INSERT OR REPLACE'))
    store = Store(path)
    assert {d.id: d.rounds for d in store.load()} == {'a': ROUNDS}
    assert store.remembered('a', '') == b''
    store.append('new', ROUNDS[0])
    assert store.persistent
    store.close()


def test_only_its_owner_reads_a_store(tmp_path):
    path = tmp_path / 'new' / 'store.db'
    store = filled(path, 'a')
    modes = {oct(file.stat().st_mode & 0o777) for file in path.parent.iterdir()}
    assert modes == {'0o600'} and path.parent.stat().st_mode & 0o777 == 0o700
    store.close()


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


class Hands:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_after_an_outage_everything_is_on_disk_again(tmp_path):
    clock = Hands()
    store = Store(tmp_path / 'store.db', clock)
    book = DialogueBook(9, 99, 1 << 30, 1e9, lambda: 0.0, store)
    for record in ROUNDS:
        book.append('a', record)
    book.append('gone', ROUNDS[0])
    size, = store._connection.execute('PRAGMA page_count').fetchone()
    store._connection.execute(f'PRAGMA max_page_count = {size}')
    big = made_dialogue(*['mug ' * 20] * 40)
    for record in big.rounds:
        book.append('big', record)
    assert not store.persistent and 'full' in store.trouble and len(store.notices) == 1
    book.rewind('a', 1)
    book.drop('gone')
    clock.seconds = 0.9
    book.catch_up()
    assert not store.persistent, 'it is not tried at every request'
    clock.seconds = 1.0
    book.catch_up()
    clock.seconds = 2.9
    book.catch_up()
    assert not store.persistent and len(store.notices) == 1
    store._connection.execute('PRAGMA max_page_count = 100000')
    clock.seconds = 3.0
    book.append('b', ROUNDS[0])
    assert store.persistent and 'written again' in store.notices[-1]
    book.append('b', ROUNDS[1])
    expected = {d.id: d.rounds for d in book.list()}
    next_id = book.get('a').next_id
    book.close()
    assert reopened(tmp_path / 'store.db') == expected
    again = DialogueBook(9, 99, 1 << 30, 1e9, lambda: 0.0, Store(tmp_path / 'store.db'))
    assert again.get('a').next_id == next_id
    again.close()


def test_what_another_process_left_is_taken_in_when_its_lock_is_gone(tmp_path):
    clock, first = Hands(), filled(tmp_path / 'store.db', 'old')
    second = Store(tmp_path / 'store.db', clock)
    book = DialogueBook(9, 99, 1 << 30, 1e9, lambda: 0.0, second)
    assert 'a store_path of its own' in second.trouble
    book.append('b', ROUNDS[0])
    first.close()
    clock.seconds = 1.0
    book.append('b', ROUNDS[1])
    assert second.persistent
    assert [d.id for d in book.list()] == ['b', 'old']
    assert book.get('old').rounds == ROUNDS
    book.close()


def test_a_dialogue_that_both_continued_is_kept_under_two_names(tmp_path):
    clock, first = Hands(), filled(tmp_path / 'store.db')
    book = DialogueBook(9, 99, 1 << 30, 1e9, lambda: 0.0, Store(tmp_path / 'store.db', clock))
    book.append('a', made_round(1, 1, ('spoon',)))
    first.close()
    clock.seconds = 1.0
    book.catch_up()
    assert book.get('a').instances[0].label == 'spoon'
    assert book.get('a (stored before)').rounds == ROUNDS
    expected = {d.id: d.rounds for d in book.list()}
    book.close()
    assert reopened(tmp_path / 'store.db') == expected


def test_a_round_that_cannot_be_stored_for_another_reason_is_not_recorded(tmp_path, monkeypatch):
    filled(tmp_path / 'store.db').close()
    book = DialogueBook(9, 99, 1 << 30, 1e9, lambda: 0.0, Store(tmp_path / 'store.db'))
    monkeypatch.setattr(Store, 'append', lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        book.append('a', made_round(4, 4, ('mug',)))
    assert len(book.get('a').rounds) == 3
    book.close()


def test_what_an_instance_is_for_survives(tmp_path):
    placed = replace(ROUNDS[0].instances[0], clause=2, role=Role.PLACE)
    store = Store(tmp_path / 'store.db')
    store.append('a', replace(ROUNDS[0], instances=(placed,)))
    store.close()
    assert reopened(tmp_path / 'store.db')['a'][0].instances == (placed,)


def test_prohibitions_survive_and_go_with_the_rounds_before_them(tmp_path):
    path = tmp_path / 'store'
    first, second = Prohibition(0, "don't touch the mug"), Prohibition(1, 'not that one', (1, 2))
    book = DialogueBook(9, 9, 1 << 20, 60.0, lambda: 0.0, Store(path))
    book.forbid('a', first)
    book.append('a', ROUNDS[0])
    book.forbid('a', second)
    book.close()
    store = Store(path)
    assert [d.prohibitions for d in store.load()] == [(first, second)]
    store.rewind('a', 1)
    store.close()
    store = Store(path)
    assert [d.prohibitions for d in store.load()] == [(first, second)]
    store.rewind('a', 0)
    store.close()
    store = Store(path)
    assert [d.prohibitions for d in store.load()] == [()]
    store.close()
