# SPDX-License-Identifier: Apache-2.0
"""What each protocol does: true history is the truth, forced words are given, undo takes back."""

from dataclasses import replace

import numpy as np
import pytest
from support.made_views import dialogues
from support.scripted import NOTHING, TRUTH, TURNS, Scripted, converse, right

from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.errors import BadInput, Status
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.engines.protocol import Answer, AnswerMask
from reasonseg_ros.evaluation.records import Protocol
from reasonseg_ros.evaluation.tabletop import run
from reasonseg_ros.sim.dialogues.truth import Kind, Target, Turn

TRUE = Protocol(history='truth')
FORCED = Protocol(answers='forced')
WRONG = Answer(Status.OK, 'the bottle', (AnswerMask('bottle', 0.5, Rle.encode(TRUTH.mask(1))),),
               'the bottle <seg>')
ITS_HANDLE = replace(TURNS[1], instruction='its handle', detail='pronoun')


def test_with_true_history_a_wrong_answer_costs_its_round_and_no_other():
    results, engine = converse([WRONG, right(TURNS[0]), right(TURNS[1])], TURNS[:2], TRUE)
    assert results[0].targets[0].intersection == 0
    assert results[1].targets[0].iou == 1.0
    (meant,) = engine.questions[-1].references
    assert meant.mask == Rle.encode(TRUTH.mask(0)) and meant.label == 'mug'


def test_with_true_history_the_engine_reads_the_right_masks_in_the_right_words():
    _, engine = converse([WRONG, right(TURNS[0]), right(TURNS[1])], TURNS[:2], TRUE)
    read = engine.remembered[-1]
    assert [i.mask for i in read.instances] == [Rle.encode(TRUTH.mask(0))]
    assert read.transcript == 'the mug <seg>' and read.status is Status.OK
    assert [q.answer for q in engine.questions] == ['', 'the mug [SEG]', '']


def test_with_true_history_a_right_answer_keeps_its_words_and_loses_its_inexact_mask():
    rough = TRUTH.mask(0).copy()
    rough[2:4] = False
    answer = Answer(Status.OK, 'this mug', (AnswerMask('mug', 0.9, Rle.encode(rough)),),
                    'this mug <seg>')
    _, engine = converse([answer, right(ITS_HANDLE)], (TURNS[0], ITS_HANDLE), TRUE)
    assert len(engine.questions) == 2
    assert engine.remembered[-1].transcript == 'this mug <seg>'
    assert engine.remembered[-1].instances[0].mask == Rle.encode(TRUTH.mask(0))


def test_with_true_history_nothing_is_lost_after_silence():
    results, _ = converse([NOTHING, right(TURNS[0]), right(TURNS[1])], TURNS[:2], TRUE)
    assert [r.status for r in results] == ['NOTHING_FOUND', 'OK']


def test_with_true_history_what_should_have_been_refused_is_remembered_as_refused():
    refused = replace(NOTHING, transcript='i see no banana')
    _, engine = converse([WRONG, refused, right(TURNS[0])], (TURNS[3], TURNS[0]), TRUE)
    assert [q.answer for q in engine.questions] == ['', 'i see no banana', '']
    read = engine.remembered[-1]
    assert (read.status, read.instances) == (Status.NOTHING_FOUND, ())
    assert read.transcript == 'i see no banana'


def test_forced_answers_are_given_where_there_are_masks_and_nowhere_else():
    _, engine = converse([right(t) for t in TURNS], TURNS, FORCED)
    assert [q.answer for q in engine.questions] == [
        'the mug [SEG]', 'the handle [SEG]', 'the mug [SEG] and the bottle [SEG]', '']


def test_forced_masks_count_in_the_order_of_their_words():
    mug, bottle = right(TURNS[2]).found
    swapped = replace(right(TURNS[2]), found=(bottle, mug))
    results, _ = converse([swapped], TURNS[2:3], FORCED)
    assert [t.iou for t in results[0].targets] == [0.0, 0.0]
    results, _ = converse([swapped], TURNS[2:3])
    assert [t.iou for t in results[0].targets] == [1.0, 1.0]


def test_an_engine_that_takes_no_answers_cannot_be_forced():
    engine = Scripted([])
    engine.facts = replace(engine.facts, takes_answers=False)
    with pytest.raises(BadInput, match='"scripted" finds its own words'):
        run(engine, 'a', Frame(np.zeros((24, 32, 3), np.uint8)), TRUTH, TURNS, protocol=FORCED)


BOTTLE = Turn(Kind.DIRECT, 'the bottle', Status.OK, (Target(1, None, 2, 0),), (),
              'the bottle <seg>', 'd/1')
UNDO = Turn(Kind.UNDO, 'take that back', Status.OK, (), (), '', 'undo/test-s-0')


def test_after_undo_it_means_what_was_shown_before():
    results, engine = converse([right(TURNS[0]), right(BOTTLE), right(ITS_HANDLE)],
                               (TURNS[0], BOTTLE, UNDO, ITS_HANDLE))
    assert [r.round for r in results] == [1, 2, 4]
    assert results[-1].tags[0] == 'subset:undo'
    assert [r.id for r in engine.questions[-1].references] == [1]
    assert results[-1].targets[0].instance == 3, 'the number of the bottle is not given again'


def test_nobody_takes_back_a_round_that_left_nothing():
    beyond = replace(BOTTLE, instruction='the bottle next to instance 7', references=(7,))
    results, engine = converse([right(TURNS[0]), right(ITS_HANDLE)],
                               (TURNS[0], beyond, UNDO, ITS_HANDLE))
    assert [r.status for r in results] == ['OK', '', 'OK']
    assert [r.id for r in engine.questions[-1].references] == [1]


def test_the_references_that_the_grammar_read_are_judged():
    results, _ = converse([right(t) for t in TURNS], TURNS)
    assert [r.references_right for r in results] == [True] * 4


def test_another_order_asks_the_same_rounds():
    truth, turns = dialogues()[4]
    frame = Frame(np.zeros((*truth.ids.shape, 3), np.uint8))

    def asked(protocol: Protocol) -> list:
        engine = Scripted([NOTHING] * 20)
        return [(r.tags, len(r.targets)) for r in run(engine, 'd', frame, truth, turns,
                                                      protocol=protocol)]
    given, permuted = asked(Protocol()), asked(Protocol(order=1))
    assert given != permuted and sorted(given) == sorted(permuted)


def test_a_blank_memory_is_asked_for_when_the_image_is_opened():
    class Opened(Scripted):
        memory = True

        def open(self, frame: Frame, memory: bool = True) -> 'Scripted':
            self.memory = memory
            return super().open(frame)
    engine = Opened([right(TURNS[0])])
    run(engine, 'a', Frame(np.zeros((24, 32, 3), np.uint8)), TRUTH, TURNS[:1], memory=False)
    assert engine.memory is False
