# SPDX-License-Identifier: Apache-2.0
"""The benchmark gives full marks to the truth, none to silence, and counts what was missed."""

import numpy as np
import pytest
from support.scripted import NOTHING, TRUTH, TURNS, Scripted, converse, right

from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.errors import Status
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.engines.protocol import Answer, AnswerMask
from reasonseg_ros.evaluation.figures import lost
from reasonseg_ros.evaluation.summaries import values
from reasonseg_ros.evaluation.tabletop import run
from reasonseg_ros.sim.dialogues.truth import Kind, Target, Turn


def test_the_truth_gets_full_marks() -> None:
    results, _ = converse([right(t) for t in TURNS])
    figures = values(results)
    for name in ('object_ciou', 'part_ciou', 'hit', 'absent_category', 'several_count'):
        assert figures[name] == 1.0, name
    assert figures['false_refusal'] == figures['lost'] == 0.0
    assert figures['ece'] == pytest.approx(0.1)


def test_silence_is_a_false_refusal_and_what_refers_to_it_is_lost() -> None:
    results, engine = converse([NOTHING] * 4)
    figures = values(results)
    assert figures['object_ciou'] == figures['part_ciou'] == 0.0
    assert figures['false_refusal'] == 1.0 and figures['absent_category'] == 1.0
    assert [lost(r) for r in results] == [False, True, False, False]
    assert len(engine.questions) == 3


def test_sentences_name_the_ids_that_the_engine_gave() -> None:
    extra = Answer(Status.OK, 'two', (AnswerMask('bottle', 0.5, Rle.encode(TRUTH.mask(1))),
                                      *right(TURNS[0]).found), 'two')
    results, engine = converse([extra, right(TURNS[1])], TURNS[:2])
    assert engine.questions[1].text == 'the handle of instance 2'
    assert [r.id for r in engine.questions[1].references] == [2]
    assert results[1].targets[0].iou == 1.0
    assert results[1].targets[0].sort == 'part'


def test_a_mask_that_nobody_asked_for_costs_its_pixels() -> None:
    both = Answer(Status.OK, 'two', (*right(TURNS[0]).found,
                                     AnswerMask('bottle', 0.5, Rle.encode(TRUTH.mask(1)))), 'two')
    results, _ = converse([both], TURNS[:1])
    mug, bottle = TRUTH.mask(0).sum(), TRUTH.mask(1).sum()
    assert values(results)['object_ciou'] == pytest.approx(mug / (mug + bottle))


def test_a_given_instance_can_be_referred_to() -> None:
    given = Turn(Kind.GIVEN, '', Status.OK, (Target(0, None, 1, 0),), (), 'the mug <seg>', 'g/1')
    results, engine = converse([right(TURNS[1])], (given, TURNS[1]))
    assert engine.questions[0].references[0].mask == Rle.encode(TRUTH.mask(0))
    assert values(results)['part_ciou'] == 1.0


def test_a_round_says_what_kind_it_is_and_what_was_asked() -> None:
    results, _ = converse([right(TURNS[0]), right(TURNS[1])], TURNS[:2])
    assert results[1].tags == ('subset:parts', 'kind:part', 'template:p/1')
    assert (results[1].instruction, results[1].expected) == ('the handle of instance 1', 'OK')


def test_a_round_that_could_not_be_asked_keeps_its_sentence_and_its_targets() -> None:
    results, _ = converse([NOTHING], TURNS[:2])
    assert (results[1].instruction, results[1].status) == ('the handle of instance 1', '')
    assert [(t.intersection, t.score) for t in results[1].targets] == [(0, None)]


def test_every_round_is_drawn_with_its_answer_and_its_truth() -> None:
    drawn = []

    def draw(dialogue, index, rgb, instances, truths) -> str:
        drawn.append((dialogue, index, rgb.shape, len(instances), len(truths)))
        return f'{index}.jpg'

    results = run(Scripted([right(t) for t in TURNS]), 'a', Frame(np.zeros((24, 32, 3), np.uint8)),
                  TRUTH, TURNS, draw)
    assert drawn[2:] == [('a', 3, (24, 32, 3), 2, 2), ('a', 4, (24, 32, 3), 0, 0)]
    assert [r.picture for r in results] == ['1.jpg', '2.jpg', '3.jpg', '4.jpg']


def test_a_wrong_mask_is_referred_to_by_the_number_that_it_got() -> None:
    shown = AnswerMask('bottle', 0.5, Rle.encode(TRUTH.mask(1)))
    wrong = Answer(Status.OK, 'wrong', (shown,), 'wrong')
    results, engine = converse([wrong, right(TURNS[1])], TURNS[:2])
    assert not lost(results[1])
    assert [r.id for r in engine.questions[1].references] == [1]


def test_a_reply_to_a_question_is_said_although_only_one_candidate_was_shown() -> None:
    ask = Turn(Kind.AMBIGUOUS, 'the thing', Status.AMBIGUOUS,
               (Target(0, None, 1, 0), Target(1, None, 2, 0)), (), 'which', 'm/1')
    reply = Turn(Kind.RESOLVE, 'the right one', Status.OK, (Target(1, None, 3, 0),), (1, 2),
                 'the bottle <seg>', 'r/1')
    by_number = Turn(Kind.RESOLVE, 'number 2', Status.OK, (Target(1, None, 3, 0),), (1, 2),
                     'the bottle <seg>', 'r/2')
    results, _ = converse([right(TURNS[0]), right(reply)], (ask, reply))
    assert [lost(r) for r in results] == [False, False]
    results, _ = converse([right(TURNS[0])], (ask, by_number))
    assert [lost(r) for r in results] == [False, True]
