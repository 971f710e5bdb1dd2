# SPDX-License-Identifier: Apache-2.0
"""What a model says is read strictly: an answer of the schema, or a reason why it is none."""

import json

import pytest
from support.recorded_resolver import GOOD, IDS, REPLIES, resolution

from reasonseg_ros.core.dialogue.dialogue import Dialogue
from reasonseg_ros.core.language.speech_acts import understand
from reasonseg_ros.core.language.utterance import Anaphor, Quantity, Relation, SpeechAct
from reasonseg_ros.engines.grounded.reading import nouns_of, opened, parts_of, utterance_of
from reasonseg_ros.engines.grounded.resolution import SCHEMA, NotAResolution, Op, parse


def test_the_record_holds_at_least_120_replies_right_and_wrong():
    assert len(REPLIES) >= 120
    assert {r.fits for r in REPLIES} == {True, False}


@pytest.mark.parametrize('reply', REPLIES, ids=lambda r: r.kind)
def test_a_reply_is_an_answer_or_says_in_one_line_why_not(reply):
    if reply.fits:
        assert parse(reply.text, IDS).op in Op
    else:
        with pytest.raises(NotAResolution) as raised:
            parse(reply.text, IDS)
        assert str(raised.value) and '\n' not in str(raised.value)


def test_the_schema_is_closed_and_has_no_coordinates():
    assert SCHEMA['additionalProperties'] is False
    assert set(SCHEMA['required']) == set(SCHEMA['properties']) == {
        'op', 'phrase', 'count', 'ref_ids', 'relation', 'part_of', 'negatives', 'say'}


def read(**fields):
    """Return the utterance of an object of the schema."""
    return utterance_of(parse(json.dumps(resolution(**fields)), IDS), Dialogue('d'))


def test_phrases_are_read_by_the_grammar():
    said, = read(phrase='red mug').clauses[0].phrases
    own, = understand('the red mug', Dialogue('d')).clauses[0].phrases
    assert (said.noun, said.limits, said.meant) == (own.noun, own.limits, own.meant)


def test_ids_counts_parts_and_relations_become_those_of_the_grammar():
    again, = read(ref_ids=(2,)).clauses[0].phrases
    assert (again.pointer, again.numbers) == (Anaphor.NUMBER, (2,))
    every, = read(phrase='bottle', count=0).clauses[0].phrases
    assert every.quantity is Quantity.ALL
    handle, = read(phrase='handle', part_of=1).clauses[0].phrases
    assert handle.part and handle.owner.numbers == (1,)
    beside, = read(phrase='bowl', ref_ids=(2,), relation='left').clauses[0].phrases
    relation, = beside.limits
    assert isinstance(relation, Relation) and relation.kinds == ('left',)
    assert relation.landmarks[0].numbers == (2,)
    other, = read(phrase='mug', ref_ids=(1,), relation='other').clauses[0].phrases
    assert other.excluded[-1].numbers == (1,)
    blue, = read(phrase='can', negatives=('red can',)).clauses[0].phrases
    assert blue.excluded[0].noun == 'can'


@pytest.mark.parametrize('good', GOOD, ids=lambda g: f'{g["op"]} {g["phrase"]}')
def test_every_good_answer_becomes_an_utterance(good):
    assert utterance_of(parse(json.dumps(good), IDS), Dialogue('d')).act in SpeechAct


def test_a_segmenter_is_asked_for_what_is_said_and_for_landmarks_and_parts():
    said = understand('the spoon next to the blue mug', Dialogue('d'))
    assert nouns_of(said) == ('spoon', 'mug')
    assert parts_of(understand('the handle of the mug', Dialogue('d'))) == ('handle',)
    use = understand('something to drink from', Dialogue('d'))
    assert 'mug' in nouns_of(use)


def test_a_noun_that_no_table_has_means_itself_to_segmenters_for_any_word():
    said = understand('the stapler', Dialogue('d'))
    assert opened(said).clauses[0].phrases[0].meant == {'stapler': 1.0}
