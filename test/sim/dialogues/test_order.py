# SPDX-License-Identifier: Apache-2.0
"""A permuted dialogue has the same rounds, and what each one depends on still comes before it."""

import numpy as np
import pytest
from support.made_views import dialogues

from reasonseg_ros.core.errors import Status
from reasonseg_ros.sim.dialogues.mr_tabletop import permuted
from reasonseg_ros.sim.dialogues.truth import Kind


def orders():
    for seed, (truth, turns) in enumerate(dialogues()):
        yield truth, turns, permuted(turns, truth, np.random.default_rng(seed))


def test_it_is_the_same_rounds_in_the_same_order_for_the_same_seed():
    for seed, (truth, turns, order) in enumerate(orders()):
        assert sorted(map(id, order)) == sorted(map(id, turns))
        assert permuted(turns, truth, np.random.default_rng(seed)) == order


def test_a_good_part_of_the_rounds_changes_its_place():
    moved = [a is not b for _, turns, order in orders() for a, b in zip(turns, order)]
    assert np.mean(moved) > 0.3


def test_what_is_referred_to_comes_first():
    for _, _, order in orders():
        made = set()
        for turn in order:
            assert set(turn.references) <= made
            made.update(t.id for t in turn.targets)


@pytest.mark.parametrize('kind', [Kind.RESOLVE, Kind.CORRECT, Kind.UNDO])
def test_replies_corrections_and_undo_stay_behind_what_they_are_about(kind):
    count = 0
    for _, turns, order in orders():
        for before, turn in zip(turns, turns[1:]):
            if turn.kind is kind:
                place = next(i for i, t in enumerate(order) if t is turn)
                assert order[place - 1] is before
                count += 1
    assert count


def test_it_still_means_what_it_meant():
    for _, turns, order in orders():
        assert {id(t): focus for t, focus in focused(turns)} == {
            id(t): focus for t, focus in focused(order)}


def focused(turns):
    """Yield what refers to the newest answered round, with the ids of that round."""
    standing = []
    for turn in turns:
        if turn.kind is Kind.UNDO:
            standing.pop()
            continue
        newest = next((t for t in reversed(standing) if t.status is Status.OK), None)
        if turn.detail == 'pronoun':
            yield turn, [t.id for t in newest.targets]
        standing.append(turn)


def test_rounds_that_show_the_same_category_keep_their_order():
    for truth, turns, order in orders():
        for category in {item.category for item in truth.objects}:
            assert showing(turns, truth, category) == showing(order, truth, category)


def showing(turns, truth, category) -> list[int]:
    return [id(turn) for turn in turns
            if any(truth.objects[t.object].category == category for t in turn.targets)]
