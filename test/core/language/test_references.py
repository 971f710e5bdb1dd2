# SPDX-License-Identifier: Apache-2.0
"""What people say about earlier results is found, and what does not exist is named."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.fakes import made_dialogue

from reasonseg_ros.core.errors import BadReference, BadRequest
from reasonseg_ros.core.language.references import Command, parse

SYNONYMS = {'cup': 'mug', 'coffee mug': 'mug', 'banana': 'banana'}
EMPTY = made_dialogue()
MUG = made_dialogue('mug')
PART = made_dialogue('mug', 'handle<1')
BOTTLES = made_dialogue('mug', 'handle<1', 'bottle bottle')
ASKED = made_dialogue('pan lamp apple', '?mug mug')
REFUSED = made_dialogue('mug', '')
SCISSORS = made_dialogue('scissors')


def check(dialogue, said, text, references):
    parsed = parse(said, dialogue, SYNONYMS)
    assert parsed.command is Command.ASK and parsed.keep == len(dialogue.rounds)
    assert (parsed.text, parsed.references) == (text, references)


@pytest.mark.parametrize(('said', 'text', 'references'), [
    ('the handle of instance 1', 'the handle of instance 1', (1,)),
    ('[3]', 'instance 3', (3,)),
    ("#1's handle", "instance 1's handle", (1,)),
    ('left of number 2', 'left of instance 2', (2,)),
    ('number two', 'instance 2', (2,)),
    ('4', 'instance 4', (4,)),
    ('behind object 3', 'behind instance 3', (3,)),
    ('the one with the number 4', 'instance 4', (4,)),
    ('instances 1, 2 and 3', 'instance 1 and instance 2 and instance 3', (1, 2, 3)),
    ('the mug between instance 3 and instance 1',
     'the mug between instance 3 and instance 1', (3, 1)),
    ('the output of round 2', 'instance 2', (2,)),
    ('the caps of round three', 'the caps of instance 3 and instance 4', (3, 4)),
])
def test_numbers_and_rounds_become_instances(said, text, references):
    check(BOTTLES, said, text, references)


@pytest.mark.parametrize(('dialogue', 'said', 'text', 'references'), [
    (MUG, 'its handle', "the mug's handle", (1,)),
    (MUG, 'the handle of that one', 'the handle of the mug', (1,)),
    (MUG, 'the bottle next to it', 'the bottle next to the mug', (1,)),
    (MUG, 'segment this', 'segment this', (1,)),
    (REFUSED, 'its handle', "the mug's handle", (1,)),   # a refusal shows nothing
    (PART, 'its body', "the mug's body", (1,)),          # the owner is the mug, not the handle
    (PART, 'it', 'the handle', (2,)),
    (BOTTLES, 'its cap', "the bottle's cap", (3,)),      # the first of several
    (BOTTLES, 'them', 'them', (3, 4)),
    (BOTTLES, 'their caps', "the bottle's caps", (3, 4)),
    (BOTTLES, 'the caps of those', 'the caps of those', (3, 4)),
    (ASKED, 'its handle', "the mug's handle", (4, 5)),   # still undecided
    (MUG, 'what is it that you see', 'what is the mug that you see', (1,)),
    (BOTTLES, 'find the cup then its handle', "find the cup then the mug's handle", (1,)),
])
def test_pronouns_mean_what_was_shown_last(dialogue, said, text, references):
    check(dialogue, said, text, references)


@pytest.mark.parametrize(('dialogue', 'said', 'references'), [
    (MUG, 'the remote and its red button', ()),
    (MUG, 'take the banana and show me its stem', ()),
    (MUG, 'take the blue mug and show me its handle', ()),   # described anew
    (BOTTLES, 'instance 1 has a handle show it to me', (1,)),
    (EMPTY, 'the mug and its handle', ()),
    (EMPTY, 'something to cut it with', ()),
    (EMPTY, 'that one', ()),
])
def test_pronouns_mean_what_the_sentence_itself_named(dialogue, said, references):
    check(dialogue, said, said, references)


@pytest.mark.parametrize(('dialogue', 'said', 'references'), [
    (MUG, "the mug's handle", (1,)),
    (MUG, 'the handle of the mug', (1,)),
    (MUG, "the cup's handle", (1,)),
    (MUG, 'the bottle to the left of the coffee mug', (1,)),
    (MUG, 'show the bottle left of the mug to me', (1,)),
    (SCISSORS, "the scissors' blades", (1,)),
    (MUG, 'the handle of the red mug', ()),          # described anew
    (MUG, 'the cap of the bottle next to instance 1', (1,)),
    (MUG, 'all of the mugs', ()),
    (MUG, 'the mug', ()),
    (BOTTLES, 'the cap of the bottle', ()),          # two were shown
    (BOTTLES, 'the handle of that bottle', (4,)),    # the last one
    (SCISSORS, 'the small one of the scissors', ()),
])
def test_a_noun_refers_to_the_only_such_thing_that_was_shown(dialogue, said, references):
    check(dialogue, said, said.replace("s'", 's'), references)


@pytest.mark.parametrize(('dialogue', 'said', 'text', 'references'), [
    (MUG, 'no, the other one', 'no the other mug', (1,)),
    (MUG, 'the other mug', 'the other mug', (1,)),
    (MUG, 'not that one the other one', 'not the mug the other mug', (1,)),
    (MUG, 'No.', 'the other mug', (1,)),
    (MUG, 'not that one', 'the other mug', (1,)),
    (MUG, 'not that, the one on the left', 'the mug on the left', (1,)),
    (MUG, 'no not this mug the left one', 'the left mug', (1,)),
    (MUG, 'not the red one, the blue one', 'the blue mug', (1,)),
    (MUG, 'no, the banana', 'the banana', ()),
    (PART, 'no, the left one', 'the left mug', (1,)),      # what round 2 was asked about
    (BOTTLES, 'the other mug', 'the other mug', (1,)),
    (BOTTLES, 'the other handle', 'the other handle', (2,)),
    (BOTTLES, 'the other bottles', 'the other bottles', (3, 4)),
    (MUG, 'the other bottle', 'the other bottle', ()),
    (MUG, 'on the other side', 'on the other side', ()),
    (EMPTY, 'the other mug', 'the other mug', ()),
    (BOTTLES, 'the red one', 'the red bottle', (3, 4)),
    (BOTTLES, 'the remaining mug', 'the remaining mug', (1,)),
    (BOTTLES, 'a different one', 'a different bottle', (3,)),
])
def test_corrections_refer_to_what_was_wrong(dialogue, said, text, references):
    check(dialogue, said, text, references)


@pytest.mark.parametrize(('said', 'text', 'references'), [
    ('the left one', 'the left mug', (4, 5)),
    ('Left, please', 'left', (4, 5)),
    ('red', 'red', (4, 5)),
    ('i mean the red mug', 'i mean the red mug', (4, 5)),
    ('the cup on the left', 'the cup on the left', (4, 5)),
    ('it is the second one', 'it is the second mug', (4, 5)),
    ('number 5', 'instance 5', (4, 5)),     # an id
    ('number 2', 'instance 5', (4, 5)),     # the second candidate
    ('2', 'instance 5', (4, 5)),
    ('take number 2', 'take instance 5', (4, 5)),
    ("number 2's shade", "instance 2's shade", (2,)),   # no answer, so the instance
    ('no, the left one', 'the left mug', (4, 5)),
    ('number 3', 'instance 3', (3,)),       # no third candidate, so the instance
    ('instance 1', 'instance 1', (1,)),
    ('the banana', 'the banana', ()),       # a new question
    ('banana', 'banana', ()),
    ('all the bottles', 'all the bottles', ()),
    ('the mug to the left of instance 1', 'the mug to the left of instance 1', (1,)),
    ('the mug to the left of the pan', 'the mug to the left of the pan', (1,)),
])
def test_after_a_question_short_answers_choose_among_the_candidates(said, text, references):
    check(ASKED, said, text, references)


def test_a_thing_that_was_shown_twice_counts_once():
    dialogue = made_dialogue('mug', 'bottle')
    again = dialogue.instance(1)
    twice = made_dialogue('mug', 'bottle', 'mug')
    object.__setattr__(twice.instance(3), 'mask', again.mask)
    check(twice, "the mug's handle", "the mug's handle", (3,))


def test_candidates_of_a_question_that_is_over_are_not_counted_as_shown():
    check(made_dialogue('?mug mug', 'mug'), "the mug's handle", "the mug's handle", (3,))


@pytest.mark.parametrize(('said', 'command', 'keep'), [
    ('undo', Command.UNDO, 2),
    ('Undo that, please', Command.UNDO, 2),
    ('no, undo that', Command.UNDO, 2),
    ('go back', Command.UNDO, 2),
    ('take that back', Command.UNDO, 2),
    ('undo the last two rounds', Command.UNDO, 1),
    ('undo round 2', Command.UNDO, 1),
    ('go back to round 2', Command.GO_BACK, 2),
    ('back to round one', Command.GO_BACK, 1),
    ('start over', Command.START_OVER, 0),
    ('Reset!', Command.START_OVER, 0),
    ('forget everything', Command.START_OVER, 0),
])
def test_commands_say_how_many_rounds_stay(said, command, keep):
    parsed = parse(said, BOTTLES)
    assert (parsed.command, parsed.keep, parsed.references) == (command, keep, ())


@pytest.mark.parametrize(('dialogue', 'said', 'words'), [
    (MUG, 'instance 9', ['instance 9', '1 (mug)']),
    (MUG, 'the cap of round 9', ['round 9']),
    (MUG, 'go back to round 9', ['round 9']),
    (REFUSED, 'round 2', ['round 2', 'nothing']),
    (EMPTY, 'undo', ['no rounds']),
    (MUG, 'undo 3 rounds', ['3', 'only 1']),
    (EMPTY, 'its handle', ['Nothing has been shown yet']),
    (EMPTY, 'segment it', ['Nothing has been shown yet']),
    (EMPTY, 'no', ['Nothing has been shown yet']),
])
def test_what_does_not_exist_is_refused_with_what_does(dialogue, said, words):
    with pytest.raises(BadReference) as refused:
        parse(said, dialogue)
    assert all(word in str(refused.value) for word in words), refused.value


@pytest.mark.parametrize('said', ['', ' \n', 'um, please', '?!', 'x' * 501, 'the mug ' * 1280])
def test_an_instruction_without_words_or_with_too_many_is_refused(said):
    with pytest.raises(BadRequest) as refused:
        parse(said, MUG)
    assert len(str(refused.value)) < 200


def test_the_notes_tell_what_the_words_were_taken_to_mean():
    assert parse('its handle', MUG).notes == 'refers to instance 1 (mug)'
    assert parse('the banana', MUG).notes == ''


PIECES = st.sampled_from(
    'the other one ones it its them that this mug mugs handle of instance number round 1 2 3 9 '
    'two undo go back to start over no not , left red and all [2] #1 between scissors \'s'.split())


@settings(deadline=None, max_examples=50)
@given(st.sampled_from([EMPTY, MUG, PART, BOTTLES, ASKED, REFUSED]),
       st.text(max_size=60) | st.lists(PIECES, max_size=10).map(' '.join))
def test_any_text_is_understood_or_refused_and_never_refers_to_what_is_not_there(dialogue, text):
    try:
        parsed = parse(text, dialogue, SYNONYMS)
    except (BadRequest, BadReference) as refused:
        assert '\n' not in str(refused)
        return
    known = [i.id for i in dialogue.instances]
    assert parsed.text and set(parsed.references) <= set(known)
    assert len(set(parsed.references)) == len(parsed.references)
    assert 0 <= parsed.keep <= len(dialogue.rounds)
