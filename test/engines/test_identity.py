# SPDX-License-Identifier: Apache-2.0
"""A thing keeps its id when it is named again, in this image and in later ones."""

import sqlite3
from dataclasses import replace

import numpy as np
import pytest
from support.fakes import COLOURS, FakeEngine, made_dialogue, painted
from support.solid_views import BALL, BOX, MUG, frame, pose

from reasonseg_ros.core.dialogue.book import DialogueBook
from reasonseg_ros.core.dialogue.dialogue import Dialogue, State
from reasonseg_ros.core.dialogue.store import Store
from reasonseg_ros.core.errors import Status
from reasonseg_ros.core.language.speech_acts import understand
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.core.memory import world
from reasonseg_ros.core.memory.world import WorldMemory
from reasonseg_ros.engines import motion, tracking
from reasonseg_ros.engines.instances import InstanceMaker
from reasonseg_ros.engines.mentions import Mentions, renumbered
from reasonseg_ros.engines.protocol import Answer, AnswerMask, Question
from reasonseg_ros.engines.session import Session

FRAME = painted(red=(0, 0, 8, 8), green=(8, 0, 20, 8), blue=(2, 12, 30, 20))


def session(store=None) -> Session:
    return Session(FakeEngine(), DialogueBook(9, 20, 1 << 20, 60.0, lambda: 0.0, store),
                   rules=True, things=True)


def ids(reply) -> list[int]:
    return [i.id for i in reply.instances]


def test_a_thing_that_is_named_again_keeps_its_id():
    served = session()
    assert ids(served.ask('', 'the red thing', FRAME)) == [1]
    assert ids(served.ask('', 'red and green', FRAME)) == [1, 2]
    again = served.ask('', 'the green thing', FRAME)
    assert ids(again) == [2] and again.instances[0].first_round == 2
    assert ids(served.ask('', 'the blue thing', FRAME)) == [3]
    dialogue = served.book.get('')
    assert [i.id for i in dialogue.instances] == [1, 2, 3] and dialogue.next_id == 4
    assert [[i.id for i in r.instances] for r in dialogue.rounds] == [[1], [1, 2], [2], [3]]


def test_the_answer_to_a_question_has_the_id_that_the_question_said():
    served = session()
    asked = served.ask('', 'which red green', FRAME)
    assert asked.status is Status.AMBIGUOUS and ids(asked) == [1, 2]
    assert ids(served.ask('', 'the green one', FRAME)) == [2]


def test_a_number_brings_the_thing_back_under_its_id():
    served = session()
    served.ask('', 'red and green', FRAME)
    recalled = served.ask('', 'number 2', FRAME)
    assert ids(recalled) == [2] and recalled.references == (2,)
    assert ids(served.ask('', 'the blue thing', FRAME)) == [3]


def test_undo_takes_only_what_the_undone_round_showed_first():
    served = session()
    served.ask('', 'the red thing', FRAME)
    served.ask('', 'red and green', FRAME)
    served.undo('')
    assert [i.id for i in served.book.get('').instances] == [1]
    assert served.track('', FRAME)[0].id == 1 and len(served.track('', FRAME)) == 1
    assert ids(served.ask('', 'red and green', FRAME)) == [1, 3]
    served.reset('')
    assert served.track('', FRAME) == ()
    assert ids(served.ask('', 'the green thing', FRAME)) == [1]


def test_a_fault_of_the_memory_costs_what_is_followed_and_not_the_round(monkeypatch):
    def broken(*_, **__):
        raise ValueError('no surface')
    served = session()
    served.ask('', 'the red thing', FRAME)
    served.settle()
    monkeypatch.setattr(WorldMemory, 'observing', broken)
    assert served.ask('', 'the green thing', FRAME).round == 2
    assert served.track('', FRAME) == ()
    monkeypatch.undo()
    assert ids(served.ask('', 'red and green', FRAME)) == [1, 2]
    assert [seen.id for seen in served.track('', FRAME)] == [1, 2]


def test_a_new_round_about_the_same_image_looks_for_nothing(monkeypatch):
    looked = []
    monkeypatch.setattr(WorldMemory, 'localise', lambda *a: looked.append(a) or ())
    served = session()
    for said in ('the red thing', 'red and green', 'the green thing'):
        served.ask('', said, FRAME)
    assert not looked


def test_a_new_image_of_the_same_view_needs_no_features(monkeypatch):
    monkeypatch.setattr(motion, 'estimate_motion', lambda *_: pytest.fail('looked for features'))
    served = session()
    for stamp, said in enumerate(('the red thing', 'the green thing'), start=1):
        served.ask('', said, replace(FRAME, stamp=stamp))
    assert [seen.id for seen in served.track('', replace(FRAME, stamp=3))] == [1, 2]


def test_the_engine_counts_every_mention():
    served = session()
    for said in ('the red thing', 'red and green', 'the blue thing next to instance 1'):
        served.ask('', said, FRAME)
    asked = [call[1:] for call in served.engine.log if call[0] == 'ask']
    assert asked[2] == ('the blue thing next to instance 2', (2,))
    assert [c[0] for c in served.engine.log].count('rewind') == 0, 'the cache stays in step'


def test_what_is_shown_again_survives_a_restart(tmp_path):
    path = tmp_path / 'store.sqlite'
    before = session(Store(path))
    for said in ('the red thing', 'red and green', 'the red thing'):
        before.ask('', said, FRAME)
    rounds = before.book.get('').rounds
    before.close()
    after = session(Store(path))
    assert after.book.get('').rounds == rounds
    assert ids(after.ask('', 'the red thing', FRAME)) == [1]


def test_mentions_are_numbered_from_one_and_numbered_back():
    dialogue = made_dialogue('mug lamp', 'handle<1')
    mentions = Mentions(dialogue)
    assert mentions.dialogue.rounds == dialogue.rounds and mentions.next_number == 4
    mask = dialogue.instance(1).mask
    found = (AnswerMask('mug', 0.9, mask), AnswerMask('lid', 0.9, mask, parent_id=4),
             AnswerMask('lid', 0.9, mask, parent_id=3))
    assert [f.parent_id for f in mentions.found(found, 9)] == [0, 9, 3]
    asked = mentions.question(Question('left of instance 2', dialogue.instances[1:2], 9))
    assert (asked.text, asked.next_id) == ('left of instance 2', 4)


@pytest.mark.parametrize(('text', 'said'), [
    ('which one: number 8 or 9?', 'which one: number 3 or 8?'),
    ('I see 8 things: 8 a mug, 9 a lamp.', 'I see 8 things: 3 a mug, 8 a lamp.')])
def test_answers_say_the_ids_of_things(text, said):
    assert renumbered(text, 8, [3, 8]) == said
    assert renumbered(text, 8, [8, 9]) == text


def scene(*colours, where=None, stamp=1):
    """A frame whose things have the colours that the fake engine finds, and their masks."""
    solids = {'red': MUG, 'green': BALL, 'blue': BOX}
    shown, masks = frame([solids[c] for c in colours], pose() if where is None else where,
                         stamp=stamp * 10 ** 9)
    for colour, mask in zip(colours, masks):
        shown.rgb[mask] = COLOURS[colour]
    return shown, dict(zip(colours, masks))


def test_a_thing_keeps_its_id_when_the_camera_has_moved():
    served = session()
    served.ask('', 'red and green', scene('red', 'green', 'blue')[0])
    moved, masks = scene('red', 'green', 'blue', where=pose(25), stamp=3)
    assert ids(served.ask('', 'green and blue', moved)) == [2, 3]
    recalled = served.ask('', 'number 1', moved)
    assert ids(recalled) == [1] and recalled.instances[0].state is State.VISIBLE
    mask = recalled.instances[0].mask.decode()
    assert (mask & masks['red']).sum() > 0.8 * (mask | masks['red']).sum()


def test_what_is_gone_is_said_to_be_gone():
    served = session()
    served.ask('', 'red and green', scene('red', 'green', 'blue')[0])
    later, _ = scene('green', 'blue', stamp=4)
    reply = served.ask('', 'number 1', later)
    assert reply.instances[0].state is State.LOST and reply.instances[0].id == 1
    assert 'number 1 (red) is no longer where it was' in reply.answer
    assert [s.state for s in served.track('', later)] == [State.LOST, State.VISIBLE]


def asked(said, dialogue, references=()) -> InstanceMaker:
    return InstanceMaker(Question(said, references, next_id=dialogue.next_id, dialogue=dialogue,
                                  utterance=understand(said, dialogue)),
                         len(dialogue.rounds) + 1, dialogue, True, lambda mask, number: 0.0)


def test_a_part_lies_on_its_owner():
    dialogue = made_dialogue('mug')   # number 1 covers row 1, columns 0 to 7
    mask = np.zeros((24, 32), bool)
    mask[1:4, 6:12] = mask[15:18, 20:25] = True
    on = mask & (np.arange(24) < 10)[:, None]

    def found(said, *masks, status=Status.OK):
        maker = asked(said, dialogue, dialogue.instances[:1])
        answer = maker.remembered(Answer(status, 'Here it is.', tuple(
            AnswerMask('handle', 0.9, Rle.encode(m)) for m in masks), 'words'), painted())
        return answer, [f.mask.decode() for f in answer.found]
    answer, masks = found('its handle', mask)
    assert (masks[0] == on).all() and answer.transcript == 'words', 'a piece was of another thing'
    answer, masks = found('its handle', mask & ~on)
    assert not masks and answer.status is Status.NOTHING_FOUND
    assert answer.text == 'I see no handle on number 1 (mug)'
    answer, masks = found('its handle', on, mask & ~on, status=Status.AMBIGUOUS)
    assert answer.status is Status.OK and (masks[0] == on).all() and len(masks) == 1
    answer, masks = found('the bottle next to it', mask & ~on)
    assert len(masks) == 1, 'no part is asked for'


NOTHING = Answer(Status.NOTHING_FOUND, 'I see no mug', (), 'none')


def test_what_the_engine_does_not_name_again_is_where_it_is_followed():
    dialogue = made_dialogue('mug lamp', 'bottle')
    maker = asked('the mug', dialogue)
    found = maker.remembered(NOTHING, painted())
    assert (found.status, found.text) == (Status.OK, 'Here is the mug.')
    assert [i.id for i in maker.make(found.found)] == [1]
    assert asked('the cow', dialogue).remembered(NOTHING, painted()) is NOTHING
    seen = replace(NOTHING, status=Status.OK)
    assert maker.remembered(seen, painted()) is seen, 'what the engine sees stands'


def test_what_is_named_in_the_words_that_showed_it_stays_that_thing():
    first, second = made_dialogue('mug', 'lamp').rounds
    dialogue = Dialogue('', (replace(first, question='the mug'), second))
    mug = dialogue.instance(1).mask
    other = np.zeros((24, 32), bool)
    other[18:23, 4:12] = True

    def shown(said, *masks, status=Status.OK):
        maker = asked(said, dialogue)
        answer = Answer(status, 'Here it is.', tuple(
            AnswerMask('mug', 0.9, m) for m in masks), 'words')
        maker.make(answer.found)   # as they came
        found = maker.remembered(answer, painted())
        return found is answer, found.status, [i.id for i in maker.make(found.found)]
    assert shown('the mug', Rle.encode(other), mug, status=Status.AMBIGUOUS) == (
        False, Status.OK, [1])
    assert shown('the mug', Rle.encode(other)) == (False, Status.OK, [1])
    assert shown('the mug', mug) == (True, Status.OK, [1])
    assert shown('the white mug', Rle.encode(other)) == (True, Status.OK, [3]), 'in other words'
    assert shown('the other mug', Rle.encode(other)) == (True, Status.OK, [3])


def test_of_what_is_named_and_out_of_sight_it_is_said_where_it_is():
    first, *rest = made_dialogue('mug lamp', 'bottle').rounds
    hidden = replace(first, instances=(replace(
        first.instances[0], state=State.OCCLUDED, reason='a hand is in front of it',
        last_seen=10 ** 9), *first.instances[1:]))
    found = asked('the mug', Dialogue('', (hidden, *rest))).remembered(
        NOTHING, painted(stamp=4 * 10 ** 9))
    assert found.status is Status.NOTHING_FOUND
    assert found.text == 'I see no mug; a hand is in front of it, seen 3 s ago'


def test_a_thing_is_asked_after_and_forgotten():
    served = session()
    served.ask('', 'red and green', scene('red', 'green', 'blue')[0])
    later, _ = scene('green', 'blue', stamp=4)
    gone = served.ask('', 'is number 1 still there?', later)
    assert gone.status is Status.TALK and 'number 1 (red) is no longer' in gone.answer
    there = served.ask('', 'do you still see number 2', later)
    assert there.answer.startswith('Yes, I see number 2 (green) on the left')
    served.ask('', 'forget number 1', later)
    assert [s.id for s in served.track('', later)] == [2]
    assert len(served.book.get('').rounds) == 1, 'none of it is a round'


def shown(served, said, image):
    """What a sentence shows of a thing: its state, and why it is not in view."""
    one = served.ask('', said, image).instances[0]
    return one.state, one.reason


NOT_FOLLOWED = (State.OCCLUDED,
                'number 1 (red) is not followed any more; name it and I look for it')


@pytest.mark.parametrize('said', ['the red thing', 'red and green'])
def test_what_was_forgotten_is_no_mask_of_another_view(said):
    served = session()
    first, _ = scene('red', 'green', 'blue')
    moved, _ = scene('red', 'green', 'blue', where=pose(25), stamp=3)
    served.ask('', said, first)
    served.ask('', 'forget number 1', first)
    assert shown(served, 'number 1', moved) == NOT_FOLLOWED
    said = served.ask('', 'is number 1 still there?', moved)
    assert said.answer.startswith('I do not see number 1 (red). number 1 (red) is not followed')


def test_what_was_forgotten_after_the_camera_moved_is_no_mask_of_that_view():
    served = session()
    served.ask('', 'red and green', scene('red', 'green', 'blue')[0])
    moved, _ = scene('red', 'green', 'blue', where=pose(25), stamp=3)
    assert shown(served, 'number 1', moved)[0] is State.VISIBLE
    served.undo('')
    served.forget('', [1])
    assert shown(served, 'number 1', moved) == NOT_FOLLOWED
    assert shown(served, 'number 2', moved)[0] is State.VISIBLE


def test_in_the_view_that_showed_it_a_forgotten_thing_is_where_it_was():
    served = session()
    first, _ = scene('red', 'green', 'blue')
    served.ask('', 'the red thing', first)
    served.forget('', [1])
    assert shown(served, 'number 1', replace(first, stamp=2)) == (State.VISIBLE, '')
    moved, _ = scene('red', 'green', 'blue', where=pose(25), stamp=3)
    assert shown(served, 'number 1', moved)[0] is State.VISIBLE, 'shown again, it is followed again'


def test_a_forgotten_thing_that_is_named_where_it_was_is_followed_again():
    served = session()
    first, _ = scene('red', 'green', 'blue')
    served.ask('', 'the red thing', first)
    assert shown(served, 'number 1', scene('green', 'blue', stamp=2)[0])[0] is State.LOST
    served.forget('', [1])
    back = served.ask('', 'the red thing', replace(first, stamp=3)).instances[0]
    assert (back.id, back.state, back.reason) == (1, State.VISIBLE, '')
    assert [s.id for s in served.track('', first)] == [1]


def test_words_forget_the_parts_of_a_thing_too():
    served = session()
    first, _ = scene('red', 'green', 'blue')
    served.ask('', 'the red thing', first)
    served.ask('', 'the green<1 thing', first)
    parts = [i.id for i in served.book.get('').instances if i.parent_id == 1]
    served.ask('', 'forget number 1', first)
    assert not {1, *parts} & {s.id for s in served.track('', first)}


def test_without_a_memory_nothing_old_is_a_mask_of_now(monkeypatch):
    def broken(*_, **__):
        raise ValueError('no surface')
    served = session()
    first, _ = scene('red', 'green', 'blue')
    monkeypatch.setattr(WorldMemory, 'observing', broken)
    served.ask('', 'the red thing', first)
    assert shown(served, 'number 1', replace(first, stamp=2))[0] is State.VISIBLE
    moved, _ = scene('red', 'green', 'blue', where=pose(25), stamp=3)
    assert shown(served, 'number 1', moved) == NOT_FOLLOWED


def test_of_more_things_than_are_remembered_the_oldest_are_no_masks_of_now(monkeypatch):
    monkeypatch.setattr(world, 'THINGS', 1)
    served = session()
    served.ask('', 'the red thing', scene('red', 'green', 'blue')[0])
    served.ask('', 'the green thing', scene('red', 'green', 'blue', stamp=2)[0])
    moved, _ = scene('red', 'green', 'blue', where=pose(25), stamp=3)
    assert shown(served, 'number 1', moved) == NOT_FOLLOWED
    assert shown(served, 'number 2', moved)[0] is State.VISIBLE


def test_without_depth_or_pose_nothing_is_where_it_was_when_the_camera_has_moved():
    served = session()
    bare = {'depth': None, 'camera_pose': None}
    served.ask('', 'the red thing', replace(scene('red', 'green', 'blue')[0], **bare))
    moved, _ = scene('red', 'green', 'blue', where=pose(25), stamp=3)
    assert shown(served, 'number 1', replace(moved, **bare))[0] is State.OCCLUDED


@pytest.mark.parametrize('say', [1, 2])
def test_undo_takes_back_what_a_wrong_answer_taught(say):
    served = session()
    served.ask('', 'red and green', scene('red', 'green', 'blue')[0])
    # A lower one elsewhere, which the memory does not take for it, and the engine does.
    gone, shapes = frame([replace(MUG.at(0.0, -0.18), size=(0.04, 0.04, 0.06)), BALL, BOX], pose(),
                         stamp=2 * 10 ** 9)
    for colour, mask in zip(('red', 'green', 'blue'), shapes):
        gone.rgb[mask] = COLOURS[colour]
    for _ in range(say):
        assert ids(served.ask('', 'the red thing', gone)) == [1]
    served.undo('', say)
    back, masks = scene('red', 'green', 'blue', where=pose(10), stamp=3)
    told = {s.id: s for s in served.track('', back)}
    assert sorted(told) == [1, 2] and told[1].state is State.VISIBLE
    assert (told[1].mask & masks['red']).sum() > 0.8 * (told[1].mask | masks['red']).sum()


def test_after_undo_the_rounds_about_this_view_have_masks_of_their_own(monkeypatch):
    looked = []
    monkeypatch.setattr(WorldMemory, 'localise', lambda *a: looked.append(a) or ())
    served = session()
    first, _ = scene('red', 'green', 'blue')
    shown = served.ask('', 'red and green', first).instances
    served.ask('', 'number 1', first)
    served.undo('')
    assert served.ask('', 'number 1', first).instances[0].mask == shown[0].mask
    assert not looked


def test_undo_leaves_no_trace_in_the_memory(tmp_path):
    store = Store(tmp_path / 'store.sqlite')
    served = session(store)
    first, _ = scene('red', 'green', 'blue')
    served.ask('a', 'red and green', first)
    served.settle()
    before = store.remembered('a', '')
    for said in ('the blue thing', 'red and blue'):
        served.ask('a', said, first)
        served.settle()
        assert store.remembered('a', '') != before
        served.undo('a')
        assert store.remembered('a', '') == before


def test_a_session_that_takes_over_follows_what_was_followed():
    served = session()
    served.ask('', 'the red thing', scene('red', 'green', 'blue')[0])
    moved, _ = scene('red', 'green', 'blue', where=pose(25), stamp=3)
    after = Session(FakeEngine(), served.book, rules=True, things=True, before=served)
    assert shown(after, 'number 1', moved)[0] is State.VISIBLE


def test_a_dialogue_that_expired_leaves_nothing_to_the_next_one_of_its_name():
    now = [0.0]
    served = Session(FakeEngine(), DialogueBook(9, 20, 1 << 20, 60.0, lambda: now[0]),
                     rules=True, things=True)
    first, _ = scene('red', 'green', 'blue')
    served.ask('a', 'the red thing', first)
    now[0] = 100.0
    assert served.track('a', first) == ()
    served.ask('a', 'the green thing', first)
    assert len(served.track('a', first)) == 1


def test_what_an_answer_showed_is_learnt_when_it_is_settled_or_needed(monkeypatch):
    learnt = []
    monkeypatch.setattr(WorldMemory, 'observing', lambda *a, **_: iter([learnt.append(a)]))
    served = session()
    served.ask('', 'the red thing', FRAME)
    assert not learnt, 'whoever asked does not wait for it'
    served.settle()
    served.settle()
    assert len(learnt) == 1
    served.ask('', 'the green thing', FRAME)
    served.track('', FRAME)
    assert len(learnt) == 2
    served.ask('', 'red and green', FRAME)
    served.close()
    assert len(learnt) == 3


def test_rounds_of_one_view_are_learnt_together_and_undone_one_by_one(monkeypatch):
    seen, learn = [], WorldMemory.observing
    monkeypatch.setattr(WorldMemory, 'observing', lambda self, frame, things, **more: (
        seen.append([i.id for i in things]) or learn(self, frame, things, **more)))
    served = session()
    first, _ = scene('red', 'green', 'blue')
    for stamp, said in enumerate(('the red thing', 'the green thing', 'the blue thing'), start=2):
        served.ask('a', said, replace(first, stamp=stamp))
    assert not seen, 'nobody needed it'
    assert [s.id for s in served.track('a', first)] == [1, 2, 3]
    assert seen == [[1, 2, 3]]
    served.undo('a')
    assert [s.id for s in served.track('a', first)] == [1, 2]
    served.undo('a')
    assert [s.id for s in served.track('a', first)] == [1]


def test_learning_makes_room_for_whoever_waits_and_never_lags_far_behind():
    served = session()
    first, _ = scene('red', 'green', 'blue')
    served.ask('a', 'the red thing', first)
    asked = []
    served.settle(lambda: asked.append(1) or len(asked) > 1)
    assert served._tracker._lessons, 'one step of it was taken'
    served.ask('a', 'the green thing', first)
    assert [s.id for s in served.track('a', first)] == [1, 2]
    for name in 'bcdefgh':
        served.ask(name, 'the red thing', first)
        served.settle(lambda: True)
    assert len(served._tracker._lessons) == tracking.LESSONS


def test_what_is_remembered_in_space_survives_a_restart(tmp_path):
    path = tmp_path / 'store.sqlite'
    before = session(Store(path))
    before.ask('', 'red and green', scene('red', 'green', 'blue')[0])
    before.close()
    after = session(Store(path))
    moved, masks = scene('red', 'green', 'blue', where=pose(25), stamp=3)
    assert [s.state for s in after.track('', moved)] == [State.VISIBLE] * 2
    mask = after.ask('', 'number 1', moved).instances[0].mask.decode()
    assert (mask & masks['red']).sum() > 0.8 * (mask | masks['red']).sum()
    after.reset('')
    after.close()
    assert session(Store(path)).track('', moved) == ()


def test_a_database_of_before_opens_and_takes_what_is_new(tmp_path):
    path = tmp_path / 'store.sqlite'
    before = session(Store(path))
    before.ask('', 'the red thing', FRAME)
    before.close()
    connection = sqlite3.connect(path)
    for table in ('masks_again', 'worlds'):
        connection.execute(f'DROP TABLE {table}')
    connection.commit()
    connection.close()
    served = session(Store(path))
    assert ids(served.ask('', 'red and green', FRAME)) == [1, 2]
    served.close()
    assert [i.id for i in Store(path).load()[0].rounds[1].instances] == [1, 2]
