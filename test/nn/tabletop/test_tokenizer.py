# SPDX-License-Identifier: Apache-2.0
"""Words become tokens; near misses are mended only where there is no doubt."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reasonseg_ros.nn.tabletop.tokenizer import SPECIALS, Tokenizer, words

VOCABULARY = ('the', 'mug', "'s", 'handle', 'remote', 'bottle', 'lamp', 'lamps', '1', '2', '12')


def test_words_are_lower_case_without_punctuation_and_split_the_genitive() -> None:
    assert words("The mug's HANDLE, please: 12!") == ['the', 'mug', "'s", 'handle', 'please', '12']
    assert words('mug’s') == ['mug', "'s"]


def test_known_words_survive_the_way_there_and_back() -> None:
    tokenizer = Tokenizer(VOCABULARY)
    assert tokenizer.decode(tokenizer.encode("the mug's handle 12")) == "the mug's handle 12"


@pytest.mark.parametrize('typed', ['remotr', 'remte', 'remoote', 'reomte', 'emote'])
def test_one_wrong_letter_is_mended(typed: str) -> None:
    tokenizer = Tokenizer(VOCABULARY)
    assert tokenizer.decode(tokenizer.encode(typed)) == 'remote'


@pytest.mark.parametrize('typed', ['rmt', 'reimote1x', 'giraffe', 'lampx', 'mgu'])
def test_doubtful_short_or_strange_words_become_unknown(typed: str) -> None:
    tokenizer = Tokenizer(VOCABULARY)
    assert '<unk>' in tokenizer.decode(tokenizer.encode(typed))


def test_a_word_that_is_named_twice_is_refused() -> None:
    with pytest.raises(ValueError, match='twice'):
        Tokenizer(('mug', 'mug'))


def test_numbers_end_where_the_vocabulary_ends() -> None:
    assert Tokenizer(VOCABULARY).largest_number == 12


@given(st.text(max_size=200))
def test_any_text_can_be_encoded(text: str) -> None:
    tokenizer = Tokenizer(VOCABULARY)
    allowed = {tokenizer.ids['<unk>'], *range(len(SPECIALS), len(tokenizer))}
    assert set(tokenizer.encode(f'<pad> {text} <seg>')) <= allowed


def test_answers_keep_their_specials() -> None:
    tokenizer = Tokenizer(VOCABULARY)
    answer = "<found> the mug's handle <seg> <eos>"
    assert tokenizer.decode(tokenizer.encode_answer(answer)) == answer
