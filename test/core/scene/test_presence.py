# SPDX-License-Identifier: Apache-2.0
"""Whether things are still there is answered from the dialogue, whatever the engine."""

from dataclasses import replace

import pytest
from support.fakes import made_dialogue

from reasonseg_ros.core.dialogue.dialogue import Dialogue, State
from reasonseg_ros.core.errors import BadReference, Status
from reasonseg_ros.core.language.speech_acts import understand
from reasonseg_ros.core.language.utterance import SpeechAct
from reasonseg_ros.core.scene.presence import shown_before
from reasonseg_ros.core.scene.recall import recall

SHOWN = made_dialogue('mug lamp', 'bottle')


def answered(said, dialogue=SHOWN):
    return recall(understand(said, dialogue), dialogue, 24, 32, dialogue.next_id)


@pytest.mark.parametrize(('said', 'act', 'ids'), [
    ('is it still there?', SpeechAct.PRESENT, (3,)),
    ('Is the mug still there?', SpeechAct.PRESENT, (1,)),
    ('do you still see number 2', SpeechAct.PRESENT, (2,)),
    ('are the mug and the lamp still there', SpeechAct.PRESENT, (1, 2)),
    ('has the lamp moved?', SpeechAct.PRESENT, (2,)),
    ('keep an eye on it please', SpeechAct.WATCH, (3,)),
    ('keep track of the lamp', SpeechAct.WATCH, (2,)),
    ('forget number 2', SpeechAct.FORGET, (2,)),
    ('stop tracking the mug', SpeechAct.FORGET, (1,))])
def test_the_sentence_says_what_is_meant(said, act, ids):
    assert understand(said, SHOWN).act is act
    found = answered(said)
    assert (found.status, found.references, found.found) == (Status.TALK, ids, ())


@pytest.mark.parametrize('said', ['forget the mug', 'forget it', 'where is the mug',
                                  'keep the mug', 'is the mug red', 'the mug that is still there'])
def test_other_sentences_stay_what_they_were(said):
    assert understand(said, SHOWN).act not in (SpeechAct.PRESENT, SpeechAct.WATCH,
                                               SpeechAct.FORGET)


def test_the_answer_says_where_a_thing_is_or_that_it_is_not_seen():
    assert answered('is it still there').text == 'Yes, I see number 3 (bottle) on the left.'
    rounds = tuple(replace(r, instances=tuple(replace(i, state=State.LOST) for i in r.instances))
                   for r in SHOWN.rounds)
    assert answered('is it still there', Dialogue('lost', rounds)).text == (
        'I do not see number 3 (bottle).')
    assert 'no bowl yet' in answered('is the bowl still there').text


def test_a_number_that_nothing_has_is_an_error():
    with pytest.raises(BadReference, match='instance 9'):
        answered('is number 9 still there')


def test_before_anything_was_shown_nothing_is_meant():
    assert understand('is it still there', made_dialogue()).act is SpeechAct.TALK


@pytest.mark.parametrize(('said', 'meant'), [
    ('the mug', 1), ('where is the mug now', 1), ('could you show me the lamp please', 2),
    ('the bottle', 3), ('the red mug', None), ('the other mug', None), ('all the mugs', None),
    ('the mug and the lamp', None), ('the knife', None), ('no, the mug', None),
    ('put the mug next to the lamp', None), ('the handle', None)])
def test_a_thing_is_known_by_the_words_that_showed_it(said, meant):
    found = shown_before(understand(said, SHOWN), SHOWN)
    assert (found and found.id) == meant


def test_of_two_things_of_one_name_only_the_very_words_tell_one():
    first, second = made_dialogue('mug', 'mug').rounds
    dialogue = Dialogue('', (replace(first, question='the red mug'), second))
    for said, meant in (('the mug', None), ('show the red mug', 1), ('the blue mug', None)):
        found = shown_before(understand(said, dialogue), dialogue)
        assert (found and found.id) == meant
