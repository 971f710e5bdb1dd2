# SPDX-License-Identifier: Apache-2.0
"""What matters in a request and was not understood is known; what only sounds so is no trouble."""

import pytest

from reasonseg_ros.core.dialogue.dialogue import Dialogue
from reasonseg_ros.core.language import coverage, lexicon
from reasonseg_ros.core.language.speech_acts import understand
from reasonseg_ros.core.language.utterance import SpeechAct
from reasonseg_ros.core.language.words import tokens

MISSED = """
i want all the cups but not the blue one i hate blue => not hate
something red but not edible => not edible
of the lamp i want only the upper part => upper
the tall thing in the back middle => middle
the remote has how many buttons => how
"""
UNDERSTOOD = """
can you help me find the lamp
i can't find my remote
if it isn't too much trouble the lamp
the lamp er i mean the bottle
take the bottle without touching the lamp
any mug as long as it's not red
first the lamp and after that the bottle
the bigger of the two mugs
i need three things the lamp the remote and the apple
put the remote between the lamp and the bottle
the bottle, if not, the lamp
an apple would be great
not just the lamp but also the remote
the lamp and nothing else
two or three mugs
four me the scissors
how about the lamp
let me have the apple
"""


@pytest.mark.parametrize('line', MISSED.strip().splitlines())
def test_a_word_that_matters_is_missed(line):
    said, missed = line.split(' => ')
    utterance = understand(said, Dialogue('d'))
    assert utterance.act is SpeechAct.SHOW
    assert utterance.unread == tuple(missed.split())


@pytest.mark.parametrize('said', UNDERSTOOD.strip().splitlines())
def test_a_word_that_says_nothing_is_not_missed(said):
    utterance = understand(said, Dialogue('d'))
    assert utterance.act is SpeechAct.SHOW
    assert utterance.unread == ()


def test_a_question_that_no_rule_knows_is_not_read_as_a_request():
    assert understand('is that thing green a bottle', Dialogue('d')).unread
    assert not understand('is there a bottle', Dialogue('d')).unread


def test_words_that_matter_are_never_taken_for_a_slip_of_another():
    matter = coverage._NEGATIONS | coverage._REFUSALS | lexicon.UNSEEN
    assert {word: tokens(word) for word in matter
            if ' '.join(tokens(word)) != word.replace('-', ' ')} == {}
