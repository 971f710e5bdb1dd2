# SPDX-License-Identifier: Apache-2.0
"""Speech becomes plain words, and plain words stay as they are."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reasonseg_ros.core.language.normalise import normalise


@pytest.mark.parametrize(('said', 'words'), [
    ('The Mug!', 'the mug'),
    ('Uh, could you please segment the MUG\u2019s handle?', "segment the mug's handle"),
    ('hey robot, um, the left one, please', 'the left one'),
    ("it's red button", 'its red button'),
    ("it's the left one", 'it is the left one'),
    ("I don't mean that", 'i do not mean that'),
    ("the scissors' blades", 'the scissors blades'),
    ('[2]', 'number 2'),
    ("#2's handle", "number 2's handle"),
    ('  the\tred\n mug ', 'the red mug'),
    ('the top-left one', 'the top left one'),
    ('and its handle for me', 'its handle'),
    ('can you mark the mug in front of you', 'mark the mug'),
    ('Uh... um, please!', ''),
])
def test_fillers_and_punctuation_go_and_the_words_stay(said, words):
    assert normalise(said) == words


@pytest.mark.parametrize('text', ['the umbrella', 'now there is a robot arm', 'the right one',
                                  'the mug next to it', 'the mug in front of the bottle'])
def test_words_that_only_look_like_fillers_stay(text):
    assert normalise(text) == text.removeprefix('now ')


WORDS = st.sampled_from(["it's", 'um', 'please', 'robot', 'ok', "'s", "mug's", '[2]', '#3', 'now',
                         'could you', 'and', "don't", ',', '.', 'the', 'one', 'it'])


@settings(deadline=None, max_examples=50)
@given(st.text(max_size=60) | st.lists(WORDS, max_size=9).map(' '.join))
def test_normalising_twice_changes_nothing_more(text):
    once = normalise(text)
    assert normalise(once) == once
    assert once == ' '.join(once.split()) and once == once.lower().casefold()
