# SPDX-License-Identifier: Apache-2.0
"""Requests are served in order on a dialogue that stays right whatever happens to the caches."""

from dataclasses import replace

import numpy as np
import pytest
from support.fakes import FakeEngine, made_round, painted

from reasonseg_ros.core.dialogue.book import DialogueBook
from reasonseg_ros.core.dialogue.dialogue import Instance, Round
from reasonseg_ros.core.dialogue.store import Store
from reasonseg_ros.core.errors import (
    BadReference,
    BadRequest,
    DeadlineExceeded,
    NoImage,
    OutOfMemory,
    Status,
    UnknownDialogue,
)
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.engines.context_caches import MOST_ROUNDS, MOST_WORDS, first_read, memory_of
from reasonseg_ros.engines.reply import Reply
from reasonseg_ros.engines.session import Session

FRAME = painted(red=(0, 0, 8, 8), green=(8, 0, 20, 8), blue=(2, 12, 30, 20))
MOVED = painted(stamp=2, red=(4, 0, 12, 8), green=(12, 0, 24, 8))
SENTENCES = ('the red thing', 'its green part', 'the blue thing left of instance 1', 'the white')


def session(store=None, max_rounds=9, max_bytes=1 << 20, **options) -> Session:
    book = DialogueBook(9, max_rounds, max_bytes, 60.0, lambda: 0.0, store)
    return Session(FakeEngine(), book, **options)


def calls(of: Session, kind: str) -> list[tuple]:
    return [call[1:] for call in of.engine.log if call[0] == kind]


def told(replies: list[Reply]) -> list[tuple]:
    """Everything of a reply but its timings."""
    return [(r.status, r.round, r.answer, r.references, r.instances) for r in replies]


def test_a_reply_tells_all_that_was_found():
    reply = session().ask('', 'Please, the red and the green thing!', FRAME)
    assert (reply.status, reply.dialogue_id, reply.round) == (Status.OK, 'default', 1)
    assert [(i.id, i.round, i.label, i.mask.area) for i in reply.instances] == [
        (1, 1, 'red', 64), (2, 1, 'green', 96)]
    assert reply.answer.startswith('the red and the green')
    assert (reply.frame_stamp, reply.frame_id, reply.references) == (1, 'camera', ())
    assert reply.seconds['text'] == 0.25 and reply.seconds['total'] > 0


def test_progress_tells_the_stages_and_instances_with_their_final_ids_and_parents():
    served, ready = session(), []
    served.ask('', 'the red thing', FRAME, progress=ready.append)
    assert [p.stage for p in ready] == ['grammar', 'context', 'vision', 'text', 'mask', 'memory']
    inner = painted(red=(0, 0, 8, 8), green=(2, 2, 4, 4))
    ready.clear()
    reply = served.ask('', 'red and green', inner, progress=ready.append)
    assert [i.parent_id for i in reply.instances] == [0, 1]
    grown = [p.instances for p in ready]
    assert [len(g) for g in grown if g] == [1, 1, 2]
    assert all(g == reply.instances[:len(g)] for g in grown) and grown[-1] == reply.instances
    assert (ready[-1].frame_stamp, ready[-1].dialogue_id) == (1, 'default')


def test_a_context_that_is_built_anew_can_be_cancelled_between_rounds():
    served = session()
    for sentence in SENTENCES:
        served.ask('', sentence, FRAME)
    polls = iter([False, True])
    with pytest.raises(DeadlineExceeded, match='before the dialogue was read'):
        served.ask('', 'the red thing', MOVED, cancelled=lambda: next(polls))
    assert calls(served, 'ask')[len(SENTENCES):] == []
    assert served.ask('', 'the red thing', MOVED).round == len(SENTENCES) + 1
    assert [c[0] for c in calls(served, 'remember')] == [1, 2, 3, 4]


def test_a_round_records_what_was_said_what_was_asked_and_who_answered():
    served = session()
    served.ask('', 'the red thing', FRAME)
    served.ask('', 'uh, #1 in green please', FRAME)
    record = served.book.get('').round(2)
    assert (record.instruction, record.question) == ('uh, #1 in green please',
                                                     'instance 1 in green')
    assert (record.references, record.stamp, record.engine) == ((1,), 1, 'fake@000000000000')
    assert record.transcript == 'the green' and 'total' in record.seconds


def test_a_later_round_on_the_same_view_feeds_the_engine_only_the_question():
    served = session()
    for stamp, sentence in enumerate(SENTENCES):
        served.ask('', sentence, painted(stamp, red=(0, 0, 8, 8)))
    assert [call[0] for call in served.engine.log] == ['open', 'ask', 'ask', 'ask', 'ask']
    assert calls(served, 'ask')[1:3] == [("the red's green part", (1,)),
                                         ('the blue thing left of instance 1', (1,))]


def test_references_of_the_request_come_before_those_of_the_words():
    served = session()
    served.ask('', 'red and green', FRAME)
    reply = served.ask('', 'the blue thing next to instance 1', FRAME, references=[2, 1, 2])
    assert reply.references == (2, 1)
    with pytest.raises(BadReference, match='instance 7.*1 .red., 2 .green.'):
        served.ask('', 'the blue thing', FRAME, references=[7])


def test_a_new_view_opens_a_new_context_that_remembers_every_round():
    served = session()
    for sentence in SENTENCES[:2]:
        served.ask('', sentence, FRAME)
    served.ask('', 'the red thing', MOVED)
    assert calls(served, 'open') == [(1,), (2,)]
    assert calls(served, 'remember') == [(1, ()), (2, (1,))]


def test_undo_crops_the_cache_and_the_dialogue_goes_on_as_if_nothing_had_been():
    served, plain = session(), session()
    expected = [plain.ask('', s, FRAME) for s in ('the red thing', 'the blue thing')]
    replies = [served.ask('', 'the red thing', FRAME)]
    served.ask('', 'the green thing', FRAME)
    undone = served.ask('', 'no, undo that', None)
    assert (undone.status, undone.round, undone.answer) == (Status.OK, 0, 'took back round 2')
    later = served.ask('', 'the blue thing', FRAME)
    assert [i.id for i in later.instances] == [3], 'the green thing had the number 2'
    replies.append(replace(later, instances=tuple(replace(i, id=2) for i in later.instances)))
    assert told(replies) == told(expected)
    assert calls(served, 'rewind') == [(1,)] and len(calls(served, 'open')) == 1


@pytest.mark.parametrize(('said', 'answer', 'left'), [
    ('go back to round 1', 'back to round 1', 1),
    ('undo 2 rounds', 'back to round 1', 1),
    ('start over', 'starting over', 0),
])
def test_commands_take_rounds_back_without_an_image(said, answer, left):
    served = session()
    for sentence in SENTENCES[:3]:
        served.ask('', sentence, FRAME)
    reply = served.ask('', said, None)
    assert (reply.status, reply.answer, reply.instances) == (Status.OK, answer, ())
    assert len(served.book.get('').rounds) == left


def test_undo_and_reset_are_there_for_callers_that_do_not_speak():
    served = session()
    for sentence in SENTENCES[:3]:
        served.ask('a', sentence, FRAME)
    served.undo('a', 2)
    assert len(served.book.get('a').rounds) == 1
    with pytest.raises(BadReference, match='only 1'):
        served.undo('a', 2)
    with pytest.raises(BadRequest):
        served.undo('a', 0)
    served.undo('a', 1)
    served.reset('a')
    assert served.book.get('a').rounds == ()
    assert [i.id for i in served.ask('a', SENTENCES[0], FRAME).instances] == [1]
    for call in (served.undo, served.reset):
        with pytest.raises(UnknownDialogue):
            call('b')


def test_dialogues_answer_alike_whether_or_not_their_caches_had_to_go():
    crowded, roomy = session(contexts=1, cached=0), session(contexts=3, cached=0)
    for served in (crowded, roomy):
        served.replies = [served.ask(name, sentence, FRAME)
                          for sentence in SENTENCES for name in 'abc']
    assert told(crowded.replies) == told(roomy.replies)
    assert len(calls(crowded, 'open')) == 12 and len(calls(roomy, 'open')) == 3


def failing(kind: str, served: Session) -> None:
    if kind == 'cancelled':
        with pytest.raises(DeadlineExceeded):
            served.ask('', 'the green thing', FRAME, cancelled=lambda: True)
    elif kind == 'crashed':
        with pytest.raises(RuntimeError):
            served.ask('', 'crash now please thing', FRAME)
    elif kind == 'not recorded':
        served.book.max_bytes, most = 1, served.book.max_bytes
        with pytest.raises(BadRequest):
            served.ask('', 'the green thing', FRAME)
        served.book.max_bytes = most
    else:
        with pytest.raises(BadReference):
            served.ask('', 'the lid of instance 9', FRAME)


def test_contexts_are_kept_by_the_memory_that_they_take():
    size = memory_of(FakeEngine().open(FRAME))
    assert size == FRAME.rgb.nbytes
    served = session(cached=4 * size)
    for name in 'abcdabcd':
        served.ask(name, 'the red thing', FRAME)
    assert len(calls(served, 'open')) == 4
    for name in 'eabc':
        served.ask(name, 'the red thing', FRAME)
    assert len(calls(served, 'open')) == 8, 'each pushes out the one that is asked next'


@pytest.mark.parametrize('kind', ['cancelled', 'crashed', 'not recorded', 'dangling'])
def test_a_round_that_failed_leaves_everything_as_it_was(kind):
    served, plain = session(), session()
    replies = [served.ask('', 'the red thing', FRAME)]
    failing(kind, served)
    assert len(served.book.get('').rounds) == 1
    replies.append(served.ask('', 'the blue thing', FRAME))
    assert told(replies) == told([plain.ask('', s, FRAME)
                                  for s in ('the red thing', 'the blue thing')])
    assert len(calls(served, 'open')) == 1


def test_a_failed_first_round_leaves_no_dialogue_behind():
    served = session()
    with pytest.raises(DeadlineExceeded):
        served.ask('a', 'the red thing', FRAME, cancelled=lambda: True)
    assert served.book.list() == ()


def test_a_full_dialogue_is_refused_before_the_engine_works():
    served = session(max_rounds=1)
    served.ask('', 'the red thing', FRAME)
    with pytest.raises(BadRequest, match='start over'):
        served.ask('', 'the green thing', FRAME)
    assert len(calls(served, 'ask')) == 1
    served.ask('', 'start over', FRAME)
    assert served.ask('', 'the green thing', FRAME).round == 1


def test_memory_that_runs_out_frees_every_context_and_the_dialogue_goes_on():
    served = session()
    served.ask('a', 'the red thing', FRAME)
    opened, served.engine.open = served.engine.open, _no_memory
    with pytest.raises(OutOfMemory):
        served.ask('b', 'the red thing', FRAME)
    served.engine.open = opened
    assert served.ask('a', 'its blue part', FRAME).round == 2
    assert calls(served, 'remember') == [(1, ())]


def _no_memory(frame):
    raise OutOfMemory('the device is full')


def test_a_question_without_an_image_is_refused():
    with pytest.raises(NoImage):
        session().ask('', 'the red thing', None)


def test_what_is_not_there_is_recorded_and_shows_nothing():
    reply = session().ask('', 'the white thing', FRAME)
    assert reply.status is Status.OK  # white is a colour of the engine, here with an empty mask
    reply = session().ask('', 'the purple thing', FRAME)
    assert (reply.status, reply.round, reply.instances) == (Status.NOTHING_FOUND, 1, ())
    assert 'the purple thing' in reply.message


def test_a_question_back_shows_candidates_that_a_short_answer_chooses_from():
    served = session()
    asked = served.ask('', 'which of red green', FRAME)
    assert asked.status is Status.AMBIGUOUS and '2 candidates' in asked.message
    assert served.ask('', 'the red one', FRAME).references == (1, 2)


def test_an_instance_given_by_its_mask_can_be_referred_to():
    served = session()
    mask = np.zeros((24, 32), bool)
    mask[:8, :8] = True
    shown = Instance(1, 0, 1, 'coffee mug', 1.0, Rle.encode(mask))
    served.book.append('', Round(1, '', '', (), Status.OK, '', (shown,)))
    reply = served.ask('', 'the green part of the coffee mug', FRAME)
    assert reply.references == (1,) and 'coffee mug' in reply.message
    assert calls(served, 'remember') == [(1, ())]


def test_synonyms_widen_what_a_noun_refers_to():
    served = session()
    served.engine.facts = replace(served.engine.facts, synonyms={'crimson': 'red'})
    served.ask('', 'the red thing', FRAME)
    assert served.ask('', "the crimson's green part", FRAME).references == (1,)


def test_a_restart_continues_every_dialogue_where_it_stood(tmp_path):
    plain = session()
    expected = [plain.ask('', sentence, FRAME) for sentence in SENTENCES]
    served = session(Store(tmp_path / 'store.db'))
    replies = [served.ask('', sentence, FRAME) for sentence in SENTENCES[:2]]
    served.close()
    served = session(Store(tmp_path / 'store.db'))
    replies += [served.ask('', sentence, FRAME) for sentence in SENTENCES[2:]]
    served.close()
    assert told(replies) == told(expected)
    assert replies[2].references == (1,)  # "instance 1"


def test_a_long_dialogue_is_read_from_its_newer_half_on_and_old_instances_stay_known():
    served = session(max_rounds=3 * MOST_ROUNDS)
    for _ in range(2 * MOST_ROUNDS):
        reply = served.ask('', 'the red thing', FRAME)
    assert reply.round == 2 * MOST_ROUNDS
    reply = served.ask('', 'instance 1 in green', FRAME)
    assert reply.references == (1,)
    served._caches.clear()
    again = served.ask('', 'undo', FRAME), served.ask('', 'instance 1 in green', FRAME)
    assert again[1].answer == reply.answer
    assert len(calls(served, 'open')) == 2


@pytest.mark.parametrize('words', [1, 40, 200])
def test_what_is_read_stays_below_both_limits_and_follows_from_the_rounds_alone(words: int):
    record = replace(made_round(1, 1, ('mug',)), question=' '.join(['word'] * words))
    length = words + len(record.transcript.split()) + 2
    for count in range(3 * MOST_ROUNDS):
        held = count - first_read([record] * count)
        assert held < MOST_ROUNDS and held * length <= MOST_WORDS
        assert held > 0 or count == 0 or length > MOST_WORDS // 2


def test_rules_answer_what_needs_no_look_and_the_engine_reads_it_later():
    served = session(rules=True)
    shown = served.ask('', 'the red and the green thing', FRAME).instances
    again = served.ask('', 'number 2', FRAME)
    assert (again.status, again.round, again.references) == (Status.OK, 2, (2,))
    assert [(i.id, i.mask) for i in again.instances] == [(3, shown[1].mask)]
    assert len(calls(served, 'ask')) == 1
    served.ask('', 'the blue thing', FRAME)
    assert len(calls(served, 'ask')) == 2 and len(calls(served, 'remember')) == 1


def test_rules_take_talk_for_talk_and_record_nothing():
    served = session(rules=True)
    for said in ('thanks', 'go home', 'do not touch the red thing', 'how many mugs are there'):
        reply = served.ask('', said, FRAME)
        assert (reply.status, reply.round, reply.instances) == (Status.TALK, 0, ())
    assert not calls(served, 'ask') and not served.book.open('').rounds
    assert session().ask('', 'go home, red', FRAME).status is not Status.TALK


def test_a_prohibition_is_remembered_until_the_dialogue_starts_over():
    served = session(rules=True)
    served.ask('', 'do not touch the red thing', FRAME)
    served.ask('', 'the blue thing', FRAME)
    served.ask('', 'never touch it', FRAME)
    kept = served.book.open('').prohibitions
    assert [(p.round, p.instruction, p.references) for p in kept] == [
        (0, 'do not touch the red thing', ()), (1, 'never touch it', (1,))]
    served.ask('', 'start over', None)
    assert served.book.open('').prohibitions == ()
    served.ask('', 'do not touch the red thing', FRAME)
    served.reset('')
    assert served.book.open('').prohibitions == ()
