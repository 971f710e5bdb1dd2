# SPDX-License-Identifier: Apache-2.0
"""Dialogues of MR-Tabletop 3: the same from the same seeds, each round with what may come of it."""

from collections import Counter
from functools import cache

import pytest
from support.made_views import random_truth, truth_of

from reasonseg_ros.core.errors import Status
from reasonseg_ros.sim.dialogues.everyday import EverydayTurn, mask
from reasonseg_ros.sim.dialogues.mr_tabletop_3 import SUBSETS, everyday_dialogue
from reasonseg_ros.sim.dialogues.truth import SceneTruth

VIEWS = 150
EXTENTS = ((0.1, 0.1, 0.1),) * 12


@cache
def dialogues(split: str = 'test') -> tuple[tuple[SceneTruth, tuple[EverydayTurn, ...]], ...]:
    truths = [random_truth(seed) for seed in range(VIEWS)]
    return tuple((truth, everyday_dialogue(truth, split, seed, extents=EXTENTS))
                 for seed, truth in enumerate(truths))


def turns() -> list[EverydayTurn]:
    return [turn for _, spoken in dialogues() for turn in spoken]


def of(subset: str) -> list[EverydayTurn]:
    found = [turn for turn in turns() if turn.subset == subset]
    assert found, subset
    return found


def test_the_same_seeds_give_the_same_dialogue_and_others_another():
    truth = random_truth(1)
    first = everyday_dialogue(truth, 'test', 1)
    assert everyday_dialogue(truth, 'test', 1) == first
    assert everyday_dialogue(truth, 'test', 2) != first
    assert everyday_dialogue(truth, 'test', 1, seed=1) != first


def test_dialogues_have_as_many_rounds_as_asked_for():
    assert {len(spoken) for _, spoken in dialogues()} == {8}


def test_every_subset_occurs():
    found = Counter(turn.subset for turn in turns())
    assert set(found) == set(SUBSETS)
    assert min(found.values()) >= 3, found


@pytest.mark.parametrize('split', ['train', 'val'])
def test_no_long_sentence_of_a_test_dialogue_is_said_in_another_split(split):
    own, other = ({t.form for _, spoken in dialogues(s) for t in spoken if '/all-' not in t.form}
                  for s in ('test', split))
    assert not own & other


def test_what_is_right_is_visible_and_what_is_forbidden_is_never_right():
    for truth, spoken in dialogues():
        for turn in spoken:
            assert all(mask(truth, p).any() for a in turn.answers for p in a), turn
            assert not {*turn.forbidden} & {p for a in turn.answers for p in a}


def test_the_status_says_whether_there_are_right_masks():
    for turn in turns():
        assert bool(turn.answers) == bool({Status.OK, Status.AMBIGUOUS} & {*turn.statuses}), turn


def test_a_reference_is_about_an_earlier_round_that_shows_something():
    for _, spoken in dialogues():
        for number, turn in enumerate(spoken, start=1):
            if turn.earlier is not None:
                earlier = spoken[turn.earlier.round - 1]
                assert turn.earlier.round < number and earlier.shows
                assert all(p < len(earlier.shows) for p in turn.earlier.places)
            assert ('{0}' in turn.instruction or '{N0}' in turn.instruction) <= (
                turn.earlier is not None)


def test_plain_nouns_come_first_and_fit_one_thing():
    for truth, spoken in dialogues():
        for number, turn in enumerate(spoken):
            if turn.subset == 'plain':
                (index, part), = turn.shows
                assert number == 0 and part is None
                assert [o.category for o in truth.objects].count(truth.objects[index].category) == 1


def test_talk_and_prohibitions_ask_for_no_mask():
    for subset in ('talk', 'prohibitions'):
        assert {t.statuses for t in of(subset)} == {(Status.TALK,)}
    assert all(t.forbidden for t in of('prohibitions'))


def test_impossible_counts_want_all_and_their_number_said():
    found = [t for t in of('counts') if t.detail == 'impossible']
    assert found and all(len(t.answers) == 1 and t.words for t in found)
    assert all(not t.words for t in of('counts') if t.detail != 'impossible')


def test_roles_are_one_for_each_mask():
    assert all(len(t.roles) == len(t.shows) for t in of('clauses'))
    assert {'place'} <= {role for t in of('clauses') for role in t.roles}


def test_a_thing_without_its_part_is_one_mask_or_its_other_parts():
    truth = truth_of(('teapot', 'red', 'large', 20, 20, 40, 30))
    rest = mask(truth, (0, '-lid'))
    assert (rest == mask(truth, (0, None)) & ~mask(truth, (0, 'lid'))).all() and rest.any()
