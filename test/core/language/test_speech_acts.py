# SPDX-License-Identifier: Apache-2.0
"""What is done by saying a sentence, and how slips of ear and hand are repaired."""

import pytest

from reasonseg_ros.core.dialogue.dialogue import Dialogue
from reasonseg_ros.core.errors import BadReference, BadRequest
from reasonseg_ros.core.language.speech_acts import understand
from reasonseg_ros.core.language.utterance import Anaphor, Quantity, Relation
from reasonseg_ros.core.language.utterance import SpeechAct as Act
from reasonseg_ros.core.language.words import tokens


@pytest.mark.parametrize(('said', 'heard'), [
    ('the redmug', 'the red mug'), ('the read mug', 'the red mug'), ('to mugs', 'two mugs'),
    ("don't touch it", 'do not touch it'), ('the red mugs handle', 'the red mugs handle'),
    ("the mug's lid", "the mug 's lid"), ('the mu mug', 'the mug'), ('#3', 'number 3'),
    ('the keybord', 'the keyboard'), ('um the uh lamp', 'the lamp'),
    ("it's handle", 'its handle'), ('the cheez-it box', 'the cheez-it box'),
    ('the left-most can', 'the leftmost can'), ('the zebra', 'the zebra'),
    ('that would be all', 'that would be all')])
def test_slips_are_repaired_and_nothing_else(said, heard):
    assert ' '.join(tokens(said)) == heard


@pytest.mark.parametrize(('said', 'act'), [
    ('the red mug', Act.SHOW), ('what is left of the mug', Act.SHOW), ('is there a mug', Act.SHOW),
    ('where is the drill', Act.SHOW), ('what is behind it', Act.SHOW), ('clamp', Act.SHOW),
    ('what can i cut paper with', Act.SHOW), ('what do you see', Act.LIST),
    ('what is on the table', Act.LIST), ('what is on the drawer', Act.SHOW),
    ('list everything', Act.LIST), ('how many mugs are there', Act.COUNT),
    ('what colour is it', Act.COLOUR), ('what is number 2', Act.IDENTIFY),
    ('is the mug red', Act.CONFIRM), ('what are you holding', Act.HOLDING),
    ('call number 2 the clamp', Act.NAME), ('this is the clamp', Act.NAME),
    ('do not touch the mug', Act.FORBID), ('leave the mug alone', Act.FORBID),
    ('hello', Act.TALK), ('go home', Act.TALK), ('go to the mug', Act.SHOW),
    ('move to the left one', Act.SHOW), ('put that down', Act.TALK), ('put down the mug', Act.SHOW),
    ('give me it', Act.SHOW), ('the table', Act.TALK), ('thank you', Act.TALK),
    ('no', Act.NO), ('not that one', Act.NO), ('no, the other one', Act.SHOW),
    ('stop', Act.TALK), ('touch the lamp', Act.SHOW), ('hold the mug', Act.SHOW),
    ('look at the mug', Act.SHOW), ('start over', Act.COMMAND), ('right', Act.TALK)])
def test_acts_are_told_apart(said, act):
    assert understand(said, Dialogue('d')).act is act


def test_there_is_nothing_to_undo_in_a_new_dialogue():
    with pytest.raises(BadReference, match='nothing to take back'):
        understand('undo that', Dialogue('d'))


def test_an_overlong_sentence_is_refused():
    with pytest.raises(BadRequest, match='at most 500'):
        understand('mug ' * 200, Dialogue('d'))


def test_a_phrase_is_read_with_all_that_describes_it():
    said = understand('the second big red mug next to the bottle', Dialogue('d'))
    (phrase,) = said.clauses[0].phrases
    relation = next(v for v in phrase.limits if isinstance(v, Relation))
    assert (phrase.noun, phrase.quantity) == ('mug', Quantity.THE)
    assert relation.landmarks[0].noun == 'bottle'


def test_a_place_to_put_something_is_no_description_of_it():
    said = understand('take the red mug and put it next to the drawer', Dialogue('d'))
    assert [[p.noun for p in c.places] for c in said.clauses] == [[], ['drawer']]


def test_an_owner_may_be_a_pronoun():
    (phrase,) = understand('show me its handle', Dialogue('d')).clauses[0].phrases
    assert phrase.part
    assert phrase.owner is not None
    assert phrase.owner.pointer is Anaphor.IT


@pytest.mark.parametrize(('said', 'phrases'), [
    ('the power drill', ['drill']),
    ('the box and the power button', ['box', 'button']),
    ('the thing next to the squeeze bottle', ['thing']),
    ('the box beside the action figure', ['box']),
    ("the remote's number pad", ['keypad']),
    ('the lunch box', ['lunchbox'])])
def test_a_name_is_read_though_its_first_word_means_something_else_alone(said, phrases):
    found = understand(said, Dialogue('d'))
    assert (found.act, found.unread) == (Act.SHOW, ())
    assert [p.said for c in found.clauses for p in c.phrases] == phrases


@pytest.mark.parametrize(('said', 'use'), [
    ('show me the thing you photograph people with', 'photograph people with'),
    ('what do people browse the web with', 'browse the web with')])
def test_a_purpose_is_read_as_it_was_said(said, use):
    found = understand(said, Dialogue('d'))
    assert [p.said for c in found.clauses for p in c.phrases] == [f'something to {use}']


def test_what_somebody_wants_to_see_is_no_purpose():
    found = understand("i want to see the mug's grip", Dialogue('d'))
    assert [p.said for c in found.clauses for p in c.phrases] == ['grip']


@pytest.mark.parametrize(('said', 'phrases'), [
    ('is the red mug there', ['red mug']), ('are all flasks there', ['flasks']),
    ('the brush beside you', ['brush']), ('the ones at the front', ['front ones']),
    ('the wrench or the mug at the front', ['wrench', 'mug']),
    ('take the mug by the handle', ['handle of the mug']),
    ('that was the wrong remote show me the other one', ['other one']),
    ('go to the head and i mean that of the white hammer', ['head of the white hammer']),
    ('how can i fry food in', ['something to fry food in']),
    ('go on with its handle', ['handle'])])
def test_people_ask_for_things_in_many_ways(said, phrases):
    found = understand(said, Dialogue('d'))
    assert (found.act, found.unread) == (Act.SHOW, ())
    assert [p.said for c in found.clauses for p in c.phrases] == phrases


def test_what_the_fingers_hold_is_asked_for_and_asked_about():
    held = understand('the flask between the fingers', Dialogue('d'))
    assert held.unread == () and held.clauses[0].phrases[0].limits[0].kinds == ('held',)
    assert understand('does the gripper hold something', Dialogue('d')).act is Act.HOLDING
