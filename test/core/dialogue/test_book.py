# SPDX-License-Identifier: Apache-2.0
"""Dialogues are bounded in number, size and age, and every one that goes is reported."""

import pytest
from support.fakes import made_round

from reasonseg_ros.core.dialogue.book import MAX_PROHIBITIONS, DialogueBook
from reasonseg_ros.core.dialogue.dialogue import Prohibition
from reasonseg_ros.core.errors import BadReference, BadRequest, UnknownDialogue

ROUND = made_round(1, 1, ('mug',))


class Clock:
    """Time that a test sets."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def book(clock=None, **bounds) -> DialogueBook:
    values = dict(max_dialogues=3, max_rounds=4, max_bytes=1 << 20, ttl=60.0)
    return DialogueBook(**{**values, **bounds}, clock=clock or Clock())


def names(of: DialogueBook) -> list[str]:
    return [dialogue.id for dialogue in of.list()]


def test_the_empty_id_is_the_default_dialogue_which_always_exists():
    kept = book()
    assert kept.get('').id == kept.open('').id == 'default'
    assert kept.rewind('', 0) == ()
    kept.append('', ROUND)
    assert kept.get('default').rounds == (ROUND,)


def test_a_look_at_a_dialogue_does_not_keep_it_alive():
    clock = Clock()
    kept = book(clock)
    kept.append('followed', ROUND)
    clock.now += 40
    assert kept.peek('followed').rounds == (ROUND,)
    clock.now += 40
    assert kept.peek('followed').rounds == ()
    assert names(kept) == []


def test_a_dialogue_is_listed_from_its_first_round_on():
    kept = book()
    kept.open('a')
    assert names(kept) == []
    dialogue = kept.append('a', ROUND)
    assert names(kept) == ['a'] and kept.get('a') is dialogue


def test_a_dialogue_is_listed_from_its_first_prohibition_on_and_holds_only_so_many():
    kept = book()
    for _ in range(MAX_PROHIBITIONS):
        kept.forbid('a', Prohibition(0, "don't touch the mug"))
    assert names(kept) == ['a'] and len(kept.get('a').prohibitions) == MAX_PROHIBITIONS
    with pytest.raises(BadRequest, match='start over'):
        kept.forbid('a', Prohibition(0, "don't touch the pan"))
    kept.rewind('a', 0, reuse_ids=True)
    assert kept.get('a').prohibitions == ()


def test_an_unknown_dialogue_is_refused_with_those_that_exist():
    kept = book()
    kept.append('kitchen', ROUND)
    with pytest.raises(UnknownDialogue, match='"garage".*"kitchen"'):
        kept.get('garage')
    with pytest.raises(UnknownDialogue):
        kept.rewind('garage', 0)


def test_rewind_keeps_the_first_rounds_and_reset_keeps_the_dialogue():
    kept = book()
    kept.append('a', ROUND)
    second = made_round(2, 2, ())
    kept.append('a', second)
    assert kept.rewind('a', 1) == (second,)
    assert kept.rewind('a', 0) == (ROUND,)
    assert names(kept) == ['a'] and kept.get('a').rounds == ()
    with pytest.raises(BadReference):
        kept.rewind('a', 1)


def test_the_least_recently_used_dialogue_goes_when_there_are_too_many():
    kept = book()
    for name in 'abc':
        kept.append(name, ROUND)
    kept.open('a')
    kept.append('d', ROUND)
    assert names(kept) == ['d', 'a', 'c']
    assert kept.evicted() == (('b', 'more than 3 dialogues'),)
    assert kept.evicted() == ()


def test_opening_a_new_dialogue_pushes_no_other_out_before_it_has_a_round():
    kept = book(max_dialogues=1)
    kept.append('a', ROUND)
    kept.open('b')
    assert names(kept) == ['a'] and kept.evicted() == ()


def test_the_least_recently_used_dialogues_go_when_they_take_too_many_bytes():
    kept = book(max_bytes=2 * ROUND.nbytes)
    for name in 'abc':
        kept.append(name, ROUND)
    assert names(kept) == ['c', 'b']
    (gone, reason), = kept.evicted()
    assert gone == 'a' and 'bytes' in reason


def test_a_dialogue_that_alone_is_too_large_is_refused_and_stays_as_it_was():
    kept = book(max_bytes=2 * ROUND.nbytes - 1)
    kept.append('a', ROUND)
    with pytest.raises(BadRequest, match='start over'):
        kept.append('a', made_round(2, 2, ('mug',)))
    assert kept.get('a').rounds == (ROUND,)


def test_a_dialogue_with_all_its_rounds_asks_to_start_over():
    kept = book(max_rounds=1)
    kept.append('a', ROUND)
    with pytest.raises(BadRequest, match='1 rounds.*start over'):
        kept.append('a', made_round(2, 2, ()))
    kept.rewind('a', 0)
    kept.append('a', ROUND)


def test_a_dialogue_ends_when_it_was_not_used_for_too_long():
    clock = Clock()
    kept = book(clock)
    kept.append('a', ROUND)
    kept.append('b', ROUND)
    clock.now += 50
    kept.open('b')
    clock.now += 50
    assert names(kept) == ['b']
    assert kept.evicted() == (('a', 'unused for more than 60 s'),)


def test_a_clock_that_jumps_back_ends_nothing_and_ages_start_again():
    clock = Clock()
    kept = book(clock)
    kept.append('a', ROUND)
    clock.now = 0.0
    assert names(kept) == ['a']
    clock.now = 59.0
    assert names(kept) == ['a']
    clock.now = 61.0
    assert names(kept) == []


def test_a_dropped_dialogue_is_gone_and_not_reported():
    kept = book()
    kept.append('a', ROUND)
    kept.drop('a')
    kept.drop('a')
    assert names(kept) == [] and kept.evicted() == ()


@pytest.mark.parametrize('name', ['x' * 129, 'a\nb', '\ud800'])
def test_an_unusable_dialogue_id_is_refused(name):
    with pytest.raises(BadRequest, match='128 printable'):
        book().open(name)
