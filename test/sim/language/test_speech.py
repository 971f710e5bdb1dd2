# SPDX-License-Identifier: Apache-2.0
"""Fillers mean nothing to the grammar; a slip changes one letter of one word."""

import numpy as np
import pytest
from support.made_views import dialogues

from reasonseg_ros.core.language.normalise import normalise
from reasonseg_ros.sim.language.phrases import PLAIN, SPEECH, spoken

SENTENCES = [t.instruction for _, turns in dialogues() for t in turns if t.instruction]


def said(how: str, seed: int = 0) -> list[str]:
    rng = np.random.default_rng(seed)
    return [spoken(sentence, how, rng) for sentence in SENTENCES]


@pytest.mark.parametrize('how', SPEECH)
def test_the_same_seed_says_the_same(how):
    assert said(how) == said(how)
    assert (said(how) == SENTENCES) == (how == PLAIN)


def test_fillers_are_heard_as_nothing():
    heard = [(normalise(a), normalise(b)) for a, b in zip(SENTENCES, said('fillers'))]
    assert [pair for pair in heard if pair[0] != pair[1]] == []


def test_a_slip_leaves_all_words_but_one_and_every_number_as_they_are():
    for sentence, slipped in zip(SENTENCES, said('typos')):
        pairs = [(a, b) for a, b in zip(sentence.split(), slipped.split(), strict=True) if a != b]
        assert len(pairs) <= 1
        for word, other in pairs:
            assert word.isalpha() and word[0] == other[0] and abs(len(word) - len(other)) <= 1
            assert word not in ('instance', 'number')
