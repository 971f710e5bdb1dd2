# SPDX-License-Identifier: Apache-2.0
"""The dialogues of MR-Tabletop: the same from the same seeds, every round in one subset, and
corrections, undo and other orders of rounds that the reference grammar reads as they are meant."""

import re
from collections import Counter

import numpy as np
import pytest
from support.made_views import dialogues, random_truth

from reasonseg_ros.core.dialogue.dialogue import Dialogue, Instance, Round
from reasonseg_ros.core.errors import Status
from reasonseg_ros.core.language.references import Command, parse
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.sim.dialogues.corrections import REJECTIONS, UNDO
from reasonseg_ros.sim.dialogues.mr_tabletop import SUBSETS, dialogue, permuted, subsets
from reasonseg_ros.sim.dialogues.truth import Kind, SceneTruth, Turn
from reasonseg_ros.sim.language.vocabulary import OBJECT_NOUNS

SYNONYMS = {noun: name for name, nouns in OBJECT_NOUNS.items() for noun in nouns}
NUMBER = re.compile(r'\b(instance|number)s? (\d+)')
DOT = Rle.encode(np.ones((2, 2), bool))


def meaning(turns) -> list[tuple]:
    return [(t.kind, t.status, t.targets, t.references, t.detail, t.answer) for t in turns]


def test_the_same_seeds_give_the_same_dialogue_and_others_another():
    truth = random_truth(1)
    first = dialogue(truth, 'test', 1)
    assert dialogue(truth, 'test', 1) == first
    assert dialogue(truth, 'test', 2) != first
    assert dialogue(truth, 'test', 1, seed=1) != first


def test_dialogues_have_as_many_rounds_as_asked_for():
    assert {len(turns) for _, turns in dialogues()} == {8}
    assert len(dialogue(random_truth(3), 'test', 3, rounds=3)) == 3


def test_every_round_that_asks_for_something_has_exactly_one_subset():
    for _, turns in dialogues():
        for turn, subset in zip(turns, subsets(turns), strict=True):
            assert (subset in SUBSETS) == (turn.kind not in (Kind.GIVEN, Kind.UNDO))
            assert subset in (*SUBSETS, '')


def test_every_subset_and_all_nine_relations_occur():
    found = Counter(s for _, turns in dialogues() for s in subsets(turns))
    assert set(SUBSETS) <= set(found)
    assert min(found[s] for s in SUBSETS) >= 3, found
    assert len({t.detail for _, ts in dialogues() for t in ts if t.kind is Kind.POSITION}) == 9


def test_hard_rounds_are_told_apart_by_how_the_first_of_the_pair_became_known():
    for _, turns in dialogues():
        made = {}
        for turn, subset in zip(turns, subsets(turns)):
            if subset.startswith('hard'):
                given = made[turn.references[0]] is Kind.GIVEN
                assert subset == ('hard-mask' if given else 'hard-words')
            made.update((t.id, turn.kind) for t in turn.targets)


@pytest.mark.parametrize('wording', ['train', 'val'])
def test_other_phrasings_change_words_and_nothing_else(wording):
    for (_, turns), (_, others) in zip(dialogues(), dialogues(wording)):
        assert meaning(turns) == meaning(others)
        assert subsets(turns) == subsets(others)


@pytest.mark.parametrize('wording', ['train', 'val'])
def test_no_sentence_of_a_test_dialogue_is_said_in_another_split(wording):
    assert not sentences('test') & sentences(wording)


def sentences(wording: str) -> set[str]:
    return {t.instruction for _, turns in dialogues(wording) for t in turns if t.instruction}


def test_a_correction_after_a_reply_chooses_another_candidate():
    corrections = [(before, turn) for _, turns in dialogues()
                   for before, turn in zip(turns, turns[1:])
                   if turn.kind is Kind.CORRECT and turn.detail == 'choice']
    assert corrections
    for before, turn in corrections:
        assert before.kind is Kind.RESOLVE and turn.references == before.references
        assert turn.targets[0].object != before.targets[0].object
        assert turn.targets[0].id == before.targets[0].id + 1
        assert turn.instruction.startswith(REJECTIONS['test'])


def test_after_undo_the_ids_of_what_was_taken_back_are_free_again():
    count = 0
    for _, turns in dialogues():
        standing: list[Turn] = []
        for turn in turns:
            if turn.kind is Kind.UNDO:
                standing.pop()
                count += 1
                continue
            known = [t.id for s in standing for t in s.targets]
            assert set(turn.references) <= set(known)
            assert [t.id for t in turn.targets] == [
                len(known) + 1 + k for k in range(len(turn.targets))]
            standing.append(turn)
    assert count


@pytest.mark.parametrize('split', list(UNDO))
def test_every_way_to_say_undo_is_a_command(split):
    said = Dialogue('d')
    said.append(Round(1, 'the mug', 'the mug', (), Status.OK, '', ()))
    for text in UNDO[split]:
        assert parse(text, said).command is Command.UNDO, text


@pytest.mark.parametrize('order', [None, 1])
def test_the_grammar_reads_the_references_that_were_meant(order):
    asked, wrong = 0, []
    for seed, (truth, turns) in enumerate(dialogues()):
        if order is not None:
            turns = permuted(turns, truth, np.random.default_rng([order, seed]))
        said, known = Dialogue('d'), {}
        for turn in turns:
            if turn.kind is Kind.UNDO:
                said.rewind(parse(turn.instruction, said, SYNONYMS).keep)
                continue
            text = NUMBER.sub(lambda m, known=known: f'{m[1]} {known[int(m[2])]}',
                              turn.instruction)
            if text and turn.kind is not Kind.ABSENT:
                found = parse(text, said, SYNONYMS).references
                asked += 1
                if set(found) != {known[r] for r in turn.references}:
                    wrong.append((text, turn.references, found))
            said.append(recorded(turn, said, truth, known))
    assert len(wrong) <= 0.01 * asked, wrong


def recorded(turn: Turn, said: Dialogue, truth: SceneTruth, known: dict[int, int]) -> Round:
    """Return the round that a session would record; `known` learns the new ids."""
    first, index = said.next_id, len(said.rounds) + 1
    known.update((t.id, first + k) for k, t in enumerate(turn.targets))
    made = tuple(Instance(first + k, known.get(t.parent_id, 0), index,
                          t.part or truth.objects[t.object].category, 1.0, DOT)
                 for k, t in enumerate(turn.targets))
    meant = tuple(known[r] for r in turn.references)
    return Round(index, turn.instruction, turn.instruction or 'this', meant, turn.status, '', made)
