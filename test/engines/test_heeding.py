# SPDX-License-Identifier: Apache-2.0
"""What was said to be left alone is not shown by engines that know nothing of it."""

from dataclasses import replace

import numpy as np
import pytest
from support.fakes import FakeEngine, painted, rectangle

from reasonseg_ros.core.dialogue.book import DialogueBook
from reasonseg_ros.core.dialogue.dialogue import Dialogue, Instance, Prohibition, Round
from reasonseg_ros.core.errors import Status
from reasonseg_ros.core.language.speech_acts import understand
from reasonseg_ros.engines.heeding import LeftAlone, left_alone
from reasonseg_ros.engines.protocol import Answer, AnswerMask, Question
from reasonseg_ros.engines.session import Session

FRAME = painted(red=(0, 0, 8, 8), green=(8, 0, 20, 8), blue=(2, 12, 30, 20))
RED, GREEN = rectangle(0, 0, 8, 8), rectangle(8, 0, 20, 8)
ALONE = LeftAlone((RED,), ('red mug',), 5)


def session() -> Session:
    return Session(FakeEngine(), DialogueBook(9, 9, 1 << 20, 60.0, lambda: 0.0), rules=True)


def test_what_was_shown_and_must_be_left_alone_is_kept_out_of_later_answers():
    served = session()
    red = served.ask('', 'the red thing', FRAME)
    served.ask('', 'do not touch it', FRAME)
    reply = served.ask('', 'everything red or green', FRAME)
    assert [i.label for i in reply.instances] == ['green']
    assert [i.id for i in reply.instances] == [red.instances[0].id + 1]
    assert 'I leave the red alone, as you said.' in reply.answer


def test_what_may_be_touched_again_is_shown_again():
    served = session()
    for said in ('the red thing', 'do not touch it', 'you may touch it again'):
        reply = served.ask('', said, FRAME)
    assert (reply.status, reply.round) == (Status.TALK, 0)
    reply = served.ask('', 'everything red or green', FRAME)
    assert sorted(i.label for i in reply.instances) == ['green', 'red']


def test_a_round_that_was_changed_is_read_anew_and_a_later_answer_is_the_same_from_any_cache():
    answers = []
    for clear in (False, True):
        served = session()
        for said in ('the red thing', 'do not touch it', 'everything red or green'):
            served.ask('', said, FRAME)
        if clear:
            served._caches.clear()
        answers.append(served.ask('', 'the blue thing', FRAME).answer)
    assert answers[0] == answers[1]


def test_what_is_asked_for_by_its_number_is_shown_all_the_same():
    served = session()
    served.ask('', 'the red thing', FRAME)
    served.ask('', 'do not touch it', FRAME)
    reply = served.ask('', 'number 1', FRAME)
    assert reply.status is Status.OK and len(reply.instances) == 1


def test_partial_answers_do_not_show_it_either():
    served, told = session(), []
    served.ask('', 'the red thing', FRAME)
    served.ask('', 'do not touch it', FRAME)
    served.ask('', 'everything red or green', FRAME, progress=told.append)
    assert all(i.label != 'red' for p in told for i in p.instances)


def test_a_mask_that_is_mostly_forbidden_goes_and_a_larger_one_loses_its_pixels():
    both = rectangle(0, 0, 20, 8)
    found = ALONE.without([AnswerMask('mug', 0.9, RED), AnswerMask('things', 0.9, both),
                           AnswerMask('part', 0.9, GREEN, 6)])
    assert [f.label for f in found] == ['things', 'part']
    assert np.array_equal(found[0].mask.decode(), GREEN.decode())
    assert found[1].parent_id == 5


def test_nothing_left_is_a_refusal_and_one_candidate_left_is_the_answer():
    red, green = AnswerMask('mug', 0.9, RED), AnswerMask('mug', 0.9, GREEN)
    none = ALONE.heeded(Answer(Status.OK, 'Here.', (red,), 'words'))
    assert (none.status, none.found, none.transcript) == (Status.NOTHING_FOUND, (), '')
    one = ALONE.heeded(Answer(Status.AMBIGUOUS, 'Which one?', (red, green), 'words'))
    assert one.status is Status.OK and [f.mask for f in one.found] == [GREEN]
    other = Answer(Status.OK, 'Here.', (green,), 'words')
    assert ALONE.heeded(other) is other


@pytest.mark.parametrize(('said', 'heeded'), [
    ('any mug', True), ('all the mugs', True), ('the red mug', False),
    ('you may take the red mug now', False)])
def test_what_the_sentence_itself_names_may_be_shown(said: str, heeded: bool):
    record = Round(1, 'the red mug', 'the red mug', (), Status.OK, 'Here.', ())
    shown = replace(record, instances=(Instance(1, 0, 1, 'mug', 0.9, RED),))
    dialogue = Dialogue('d', (shown,), prohibitions=(Prohibition(1, 'do not touch the red mug'),))
    asked = Question(said, (), 2, utterance=understand(said, dialogue), dialogue=dialogue)
    alone = left_alone(asked, said)
    assert (alone is not None) is heeded
