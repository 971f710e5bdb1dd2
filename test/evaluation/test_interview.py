# SPDX-License-Identifier: Apache-2.0
"""The rules of the one interview: what can be asked, what stands for what, what is left behind."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from support.fakes import FakeContext, FakeEngine, painted, rectangle

from reasonseg_ros.benchmarks.conversation import ConversationRound, TruthMask
from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.errors import BadInput, OutOfMemory, ReasonSegError, Status
from reasonseg_ros.engines.protocol import Answer, AnswerMask, Progress, Question, unheard
from reasonseg_ros.engines.session import Session
from reasonseg_ros.evaluation import benchmark
from reasonseg_ros.evaluation.figures import lost
from reasonseg_ros.evaluation.interview import (
    Act,
    ContextRespondent,
    Interview,
    Respondent,
    RoundAnswer,
    ScriptedRound,
    SessionRespondent,
    check_answers,
    private_book,
)
from reasonseg_ros.evaluation.protocols import Framing
from reasonseg_ros.evaluation.records import Protocol, RoundRecord

VIEW = painted(red=(0, 0, 8, 8), green=(10, 0, 18, 8), blue=(0, 10, 8, 18))
RED, GREEN, BLUE, CORNER = (TruthMask('red', rectangle(0, 0, 8, 8), label='red'),
                            TruthMask('green', rectangle(10, 0, 18, 8), label='green'),
                            TruthMask('blue', rectangle(0, 10, 8, 18), label='blue'),
                            TruthMask('corner', rectangle(28, 20, 32, 24), label='corner'))
TRUTH = Protocol(history='truth')


class ToldContext(FakeContext):
    """Says the words that it is given in a form of its own, with masks that are all wrong."""

    def ask(self, question: Question, cancelled: Callable[[], bool] = lambda: False,
            progress: Callable[[Progress], None] = unheard) -> Answer:
        if not question.answer:
            return super().ask(question, cancelled, progress)
        self._log.append(('told', question.text, question.answer))
        mask = AnswerMask('told', 0.5, rectangle(20, 20, 24, 24))
        found = (mask,) * question.answer.count('[SEG]')
        transcript = f'my way to say {question.answer}'
        self.cache.append((question.text, transcript, tuple(f.mask for f in found)))
        return Answer(Status.OK if found else Status.NOTHING_FOUND, question.answer, found,
                      transcript)


class ToldEngine(FakeEngine):
    """The fake engine, but one that can be given answers."""

    facts = replace(FakeEngine.facts, takes_answers=True)

    def open(self, frame: Frame, memory: bool = True) -> ToldContext:
        self.log.append(('open', frame.stamp))
        return ToldContext(frame, self.log)


class FailingRespondent(Respondent):
    """Raises the same error whatever is asked."""

    def __init__(self, error: ReasonSegError) -> None:
        self._error = error

    def ask(self, said: str, references: tuple[int, ...] = (), answer: str = '') -> RoundAnswer:
        raise self._error


def asked(say: str, *targets: TruthMask, references: tuple[TruthMask, ...] = (),
          named: TruthMask | None = None, **given: object) -> ScriptedRound:
    """Round in which `#` stands for the number of `named`."""
    at = say.find('#')
    numbers = () if named is None else ((at, at + 1, named.key),)
    return ScriptedRound(say, targets, tuple(r.key for r in references), numbers,
                         Status.OK if targets else Status.NOTHING_FOUND, **given)


def interviewed(*rounds: ScriptedRound, engine: FakeEngine | None = None,
                protocol: Protocol = Protocol()) -> tuple[list[RoundRecord], SessionRespondent]:
    """Conduct an interview through a session, as on a robot."""
    session = Session(engine or FakeEngine(), private_book(9))
    respondent = SessionRespondent(session, 'a', VIEW)
    return Interview('a', respondent, protocol).conduct(rounds, VIEW.rgb), respondent


def test_what_names_the_number_of_something_never_answered_cannot_be_asked():
    engine = FakeEngine()
    records, _ = interviewed(
        asked('the corner', CORNER), asked('the red thing', RED),
        asked('the green thing right of instance #', GREEN, references=(CORNER, RED),
              named=CORNER), engine=engine)
    assert [lost(r) for r in records] == [False, False, True]
    assert [call[1] for call in engine.log if call[0] == 'ask'] == ['the corner', 'the red thing']
    assert records[2].instruction == 'the green thing right of instance #'
    assert [(t.iou, t.wanted) for t in records[2].targets] == [(0.0, True)]


def test_what_refers_only_to_things_never_answered_cannot_be_asked():
    records, _ = interviewed(asked('the corner', CORNER),
                             asked('the red thing beside it', RED, references=(CORNER,)))
    assert [lost(r) for r in records] == [False, True]


def test_what_refers_to_two_things_is_said_after_one_of_them():
    records, _ = interviewed(asked('the red thing', RED), asked('the corner', CORNER),
                             asked('the green thing', GREEN, references=(RED, CORNER)))
    assert [lost(r) for r in records] == [False] * 3
    assert records[2].targets[0].iou == 1.0


def test_numbers_in_a_sentence_are_those_that_the_answers_got():
    records, _ = interviewed(
        asked('the red and the green', GREEN),
        asked('the blue thing left of instance #', BLUE, references=(GREEN,), named=GREEN))
    assert records[1].instruction == 'the blue thing left of instance 2'
    assert records[1].references_right


@pytest.mark.parametrize(('said', 'meant'), [
    ('left of Instance 1, not instance 4', 'left of Instance 2, not instance 4'),
    ('instances 1, 2 and 3, or 5', 'instances 2, 3 and 1, or 5'),
    ('2 of instances 1 2 and 3', '2 of instances 2 3 and 1')])
def test_numbers_in_the_words_of_a_benchmark_are_those_of_this_dialogue(said, meant):
    engine = FakeEngine()
    numbers = ((1, 'red'), (2, 'green'), (3, 'blue'))
    rounds = benchmark.scripted(
        (ConversationRound('the blue', (BLUE,)), ConversationRound('the red', (RED,)),
         ConversationRound('the green', (GREEN,)),
         ConversationRound(said, (), (RED, GREEN, BLUE), numbers=numbers)),
        Framing((24, 32), 'native'), 'given')
    respondent = ContextRespondent(engine.open(VIEW), 'a', engine.facts, verbatim=True)
    records = Interview('a', respondent).conduct(rounds, VIEW.rgb)
    assert records[3].instruction == meant
    assert engine.log[-1] == ('ask', meant, (2, 3, 1))


def test_a_wrong_mask_stands_for_what_was_asked():
    records, respondent = interviewed(
        asked('the blue thing', RED),
        asked('the green thing right of instance #', GREEN, references=(RED,), named=RED))
    assert [(t.wanted, t.iou) for t in records[0].targets] == [(False, 0.0), (True, 0.0)]
    assert records[1].instruction == 'the green thing right of instance 1'
    assert respondent.dialogue.instance(1).mask == BLUE.mask


def test_the_references_of_an_error_are_unknown():
    respondent = FailingRespondent(BadInput('broken'))
    record, _ = Interview('a', respondent).ask(asked('the red thing', RED))
    assert (record.status, record.answer, record.references_right) == (
        'BAD_REQUEST', 'broken', None)


def test_want_of_memory_ends_the_interview_instead_of_being_a_result():
    respondent = FailingRespondent(OutOfMemory('no room'))
    with pytest.raises(OutOfMemory, match='no room'):
        Interview('a', respondent).ask(asked('the red thing', RED))


def test_true_history_replaces_a_wrong_answer_by_the_right_one():
    records, respondent = interviewed(
        asked('the blue thing', RED),
        asked('the green thing right of instance #', GREEN, references=(RED,), named=RED),
        protocol=TRUTH)
    assert records[0].targets[0].iou == 0.0
    first = respondent.dialogue.rounds[0]
    assert [(i.id, i.label, i.mask) for i in first.instances] == [(1, 'red', RED.mask)]
    assert (first.transcript, first.engine) == ('', '')
    assert not lost(records[1])


def test_true_history_keeps_the_words_of_a_right_answer():
    engine = ToldEngine()
    _, respondent = interviewed(asked('the red thing', RED, answer='the red [SEG]'),
                                engine=engine, protocol=TRUTH)
    assert respondent.dialogue.rounds[0].transcript == 'the red'
    assert 'told' not in [call[0] for call in engine.log]


def test_true_history_puts_the_right_words_as_the_engine_says_them():
    engine = ToldEngine()
    _, respondent = interviewed(asked('the blue thing', RED, answer='the red [SEG]'),
                                engine=engine, protocol=TRUTH)
    [left] = respondent.dialogue.rounds
    assert ('told', 'the blue thing', 'the red [SEG]') in engine.log
    assert (left.transcript, left.answer) == ('my way to say the red [SEG]', 'the red [SEG]')
    assert [i.mask for i in left.instances] == [RED.mask]


def test_forced_answers_are_paired_in_their_order():
    both = asked('the things', RED, GREEN, answer='[SEG] and [SEG]')
    [record], _ = interviewed(both, engine=ToldEngine(), protocol=Protocol(answers='forced'))
    assert record.answer == '[SEG] and [SEG]'
    assert [(t.wanted, t.iou) for t in record.targets] == [(True, 0.0), (True, 0.0)]


def test_a_decision_is_the_engines_own_under_forced_answers():
    refused = asked('the red thing', answer='there is none', decides=True)
    [record], _ = interviewed(refused, engine=ToldEngine(), protocol=Protocol(answers='forced'))
    assert record.status == 'OK' and not record.targets[0].wanted


def test_an_engine_that_cannot_be_given_answers_is_refused_in_one_line():
    forced = Protocol(answers='forced')
    check_answers(ToldEngine.facts, forced)
    check_answers(FakeEngine.facts, Protocol())
    with pytest.raises(BadInput) as refused:
        check_answers(FakeEngine.facts, forced)
    assert str(refused.value) == ('engine "fake" finds its own words and cannot be given the '
                                  'right ones; choose free answers')


def test_what_was_taken_back_cannot_be_referred_to():
    records, respondent = interviewed(
        asked('the red thing', RED), ScriptedRound('undo', act=Act.UNDO),
        asked('the green thing right of instance #', GREEN, references=(RED,), named=RED))
    assert [lost(r) for r in records] == [False, True]
    assert not respondent.dialogue.rounds


def test_a_round_that_was_not_asked_needs_no_undo():
    records, respondent = interviewed(
        asked('the red thing', RED), asked('the blue thing beside it', BLUE, references=(CORNER,)),
        ScriptedRound('undo', act=Act.UNDO),
        asked('the green thing right of instance #', GREEN, references=(RED,), named=RED))
    assert [lost(r) for r in records] == [False, True, False]
    assert len(respondent.dialogue.rounds) == 2


def test_a_shown_instance_is_known_without_a_question():
    engine = FakeEngine()
    records, respondent = interviewed(
        ScriptedRound('', (CORNER,), act=Act.SHOW),
        asked('the red thing left of instance #', RED, references=(CORNER,), named=CORNER),
        engine=engine)
    assert [r.instruction for r in records] == ['the red thing left of instance 1']
    assert respondent.dialogue.instance(1).mask == CORNER.mask
    assert ('remember', 1, ()) in engine.log
