# SPDX-License-Identifier: Apache-2.0
"""What an answer to an everyday sentence is worth: meant, silently wrong, excluded, said."""

from collections.abc import Sequence

import numpy as np
import pytest
from support.scripted import TRUTH

from reasonseg_ros.core.dialogue.dialogue import Dialogue
from reasonseg_ros.core.errors import Status
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.core.scene.inventory import Inventory
from reasonseg_ros.engines.protocol import Answer, AnswerMask
from reasonseg_ros.evaluation.everyday import InventoryRespondent, run
from reasonseg_ros.evaluation.figures import lost, silently_wrong, verdict
from reasonseg_ros.evaluation.records import Protocol, RoundRecord, Run, load, save
from reasonseg_ros.reports.everyday import GOAL_HEAD, SUBSET_HEAD, goal_rows, subset_rows
from reasonseg_ros.sim.dialogues.everyday import EarlierAnswer, EverydayTurn, Pick, mask

MUG, BOTTLE, HANDLE = (0, None), (1, None), (0, 'handle')
OK, NOT_THERE, TALK = Status.OK, Status.NOTHING_FOUND, Status.TALK
EYES = Inventory(24, 32, (), ())
SHIFTED = np.roll(TRUTH.mask(0), 1, axis=1)


def says(*picks: Pick | np.ndarray, status: Status = OK, text: str = 'here') -> Answer:
    """An answer with the masks of some picks, or with other masks."""
    masks = [p if isinstance(p, np.ndarray) else mask(TRUTH, p) for p in picks]
    return Answer(status, text, tuple(AnswerMask('mug', 0.9, Rle.encode(m)) for m in masks), text)


def turn(*answers: Sequence[Pick], status: Status = OK, **more) -> EverydayTurn:
    said = more.pop('say', 'it')
    return EverydayTurn('bare', 'f/test-0', said, (status,), tuple(answers), **more)


def held(*rounds: tuple[EverydayTurn, Answer]) -> list[RoundRecord]:
    answers = iter([answer for _, answer in rounds])
    respondent = InventoryRespondent(EYES, 'd', lambda *asked: next(answers))
    return run('d', respondent, TRUTH, [t for t, _ in rounds], np.zeros((24, 32, 3), np.uint8))


def one(asked: EverydayTurn, answer: Answer) -> RoundRecord:
    return held((asked, answer))[0]


def test_any_of_the_right_answers_is_right_and_another_is_not():
    either = turn((MUG,), (BOTTLE,), (MUG, BOTTLE))
    for picks in ((MUG,), (BOTTLE,), (BOTTLE, MUG)):
        assert one(either, says(*picks)).meant
    assert not one(either, says(HANDLE)).meant
    assert not one(turn((MUG, BOTTLE)), says(MUG)).meant


def test_another_thing_under_ok_is_silently_wrong_and_a_refusal_is_not():
    wrong = one(turn((MUG,)), says(BOTTLE))
    assert silently_wrong(wrong) and verdict(wrong) == 'silently wrong'
    refused = one(turn((MUG,)), says(status=NOT_THERE, text='no mug'))
    assert not silently_wrong(refused) and not refused.meant
    assert not silently_wrong(one(turn((MUG,)), says(MUG)))


def test_a_mask_where_nothing_was_asked_for_is_silently_wrong():
    assert silently_wrong(one(turn(status=TALK), says(MUG)))
    assert silently_wrong(one(turn(status=NOT_THERE), says(MUG)))


def test_one_wrong_mask_beside_right_ones_is_silently_wrong():
    assert silently_wrong(one(turn((MUG,)), says(MUG, BOTTLE)))


def test_an_excluded_thing_is_found_in_its_own_mask_and_inside_another():
    without = turn(((0, '-handle'),), forbidden=(HANDLE,))
    assert one(without, says((0, '-handle'))).meant
    whole = one(without, says(MUG))
    assert whole.forbidden_shown and silently_wrong(whole) and not whole.meant
    assert one(turn((MUG,), forbidden=(BOTTLE,)), says(BOTTLE)).forbidden_shown
    assert one(turn((MUG,)), says(MUG)).forbidden_shown is None


def test_a_bare_reference_wants_the_very_mask_that_was_shown_though_it_was_wrong():
    again = turn((MUG,), earlier=EarlierAnswer(1, (0,), 1, 1), identical=True)
    first = turn((MUG,))
    assert held((first, says(MUG)), (again, says(MUG)))[1].identical
    assert held((first, says(BOTTLE)), (again, says(BOTTLE)))[1].meant
    redrawn = held((first, says(MUG)), (again, says(SHIFTED)))[1]
    assert redrawn.identical is False and not redrawn.meant and not silently_wrong(redrawn)
    assert silently_wrong(held((first, says(BOTTLE)), (again, says(MUG)))[1])


def test_numbers_are_those_that_the_answer_gave():
    number = turn((BOTTLE,), say='number {0} or {N0}', earlier=EarlierAnswer(2, (1,), 2),
                  identical=True)
    rounds = held((turn((MUG,)), says(MUG)), (turn((MUG, BOTTLE)), says(MUG, BOTTLE)),
                  (number, says(BOTTLE)))
    assert rounds[2].instruction == 'number 3 or three' and rounds[2].meant


def test_nobody_says_both_of_one_or_that_mug_of_a_bottle():
    both = turn((MUG, BOTTLE), earlier=EarlierAnswer(1, (), 2, 2), identical=True)
    label = turn((MUG,), earlier=EarlierAnswer(1, (0,), 1, 1, True), identical=True)
    assert lost(held((turn((MUG, BOTTLE)), says(MUG)), (both, says(MUG)))[1])
    assert lost(held((turn((MUG,)), says(BOTTLE)), (label, says(BOTTLE)))[1])


def test_what_is_asked_about_a_number_is_what_its_mask_outlines():
    asked = turn(status=TALK, say='what is number {0}', words=(('bottle',),),
                 earlier=EarlierAnswer(1, (1,), right=True))
    rounds = held((turn((MUG, BOTTLE)), says(BOTTLE, MUG)),
                  (asked, says(status=TALK, text='a bottle')))
    assert rounds[1].instruction == 'what is number 1' and rounds[1].meant


@pytest.mark.parametrize('text, right', [
    ('there are three mugs', True), ('3', True), ('I see some', False), ('', False)])
def test_an_answer_in_words_has_one_of_each_group(text, right):
    asked = turn(status=TALK, words=(('three', '3'),))
    assert one(asked, says(status=TALK, text=text)).meant is right


def test_talk_and_refusals_say_something():
    for status in (TALK, NOT_THERE):
        assert one(turn(status=status), says(status=status, text='as you like')).meant
        assert not one(turn(status=status), says(status=status, text=' ')).meant


def test_a_second_right_status_counts_and_its_masks_must_be_right():
    both = EverydayTurn('questions', 'f/test-0', 'what do you hold', (TALK, OK), ((MUG,),))
    assert one(both, says(status=TALK, text='a mug')).meant and one(both, says(MUG)).meant
    assert not one(both, says(BOTTLE)).meant


def test_what_is_optional_may_be_shown_or_not():
    asked = turn((MUG,), optional=(BOTTLE,))
    assert one(asked, says(MUG)).meant and one(asked, says(MUG, BOTTLE)).meant
    assert not one(asked, says(BOTTLE)).meant
    assert not silently_wrong(one(asked, says(BOTTLE)))


def test_a_listener_sees_what_was_said_and_shown_and_talk_leaves_no_round():
    seen = []

    def listen(said: str, references: tuple[int, ...], eyes: Inventory, before: Dialogue) -> Answer:
        seen.append((said, references, len(before.rounds)))
        return says(status=TALK, text='hi') if said == 'hello' else says(MUG)

    turns = [turn((MUG,)), turn(status=TALK, say='hello'),
             turn((MUG,), say='', earlier=EarlierAnswer(1, (0,)), identical=True, given=True)]
    run('d', InventoryRespondent(EYES, 'd', listen), TRUTH, turns, np.zeros((24, 32, 3), np.uint8))
    assert seen == [('it', (), 0), ('hello', (), 1), ('', (1,), 1)]


def test_tables_put_silently_wrong_first_and_give_a_verdict(tmp_path):
    rounds = held((turn((MUG,)), says(MUG)), (turn((MUG,)), says(BOTTLE)))
    run = Run('tabletop', 'mr-tabletop-3/0', 'x@0', Protocol(), tuple(rounds))
    save(run, tmp_path / 'results.json')
    run = load(tmp_path / 'results.json')
    assert SUBSET_HEAD[2] == 'silently wrong'
    assert [row[:4] for row in subset_rows(run)] == [
        ('bare', '2', '50.0', '50.0'), ('all', '2', '50.0', '50.0')]
    first, second, *others = goal_rows(run)
    assert (first[0], first[1], first[-1]) == ('silently wrong, all rounds', '50.0', 'missed')
    assert (second[0], second[-1]) == ('bare references', 'missed')
    assert len(first) == len(GOAL_HEAD) and others[0][-1] == 'no data'
