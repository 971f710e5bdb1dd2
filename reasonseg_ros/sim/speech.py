# SPDX-License-Identifier: Apache-2.0
"""Sentences as people say and type them: with fillers, or with a slip of one letter. Text only."""

import string

import numpy as np

from reasonseg_ros.sim.nouns import pick

PLAIN = 'plain'
SPEECH: dict[str, str] = {
    PLAIN: 'as written',
    'fillers': 'politeness before and after, and an "um" or "uh" in the middle',
    'typos': 'one letter of one longer word is missing, doubled, wrong, or swapped',
}
BEFORE = ('hey robot,', 'ok,', 'well,', 'hello,', 'oh,')
BETWEEN = ('um', 'uh', 'er', 'hmm')
AFTER = ('thanks', 'thank you', 'please', 'robot')
LONG = 5                            # letters of a word that a slip may hit
SPARED = ('instance', 'number')     # the numbers after them are counted, not said


def spoken(sentence: str, how: str, rng: np.random.Generator) -> str:
    """Return a sentence in one of SPEECH; KeyError for another."""
    return {PLAIN: _plain, 'fillers': _with_fillers, 'typos': _with_typo}[how](sentence, rng)


def _plain(sentence: str, rng: np.random.Generator) -> str:
    return sentence


def _with_fillers(sentence: str, rng: np.random.Generator) -> str:
    words = sentence.split()
    # Not between "not that one" and its comma, or within a number: before an article.
    places = [i for i, word in enumerate(words) if word in ('the', 'its', 'all', 'every')]
    if places:
        words.insert(pick(rng, places), pick(rng, BETWEEN))
    return ' '.join([pick(rng, BEFORE), *words, pick(rng, AFTER)])


def _with_typo(sentence: str, rng: np.random.Generator) -> str:
    words = sentence.split()
    places = [i for i, word in enumerate(words)
              if len(word) >= LONG and word.isalpha() and word not in SPARED]
    if not places:
        return sentence
    place = pick(rng, places)
    words[place] = _slipped(words[place], rng)
    return ' '.join(words)


def _slipped(word: str, rng: np.random.Generator) -> str:
    """One slip, not in the first letter."""
    at = int(rng.integers(1, len(word) - 1))
    before, letter, after = word[:at], word[at], word[at + 1:]
    others = [c for c in string.ascii_lowercase if c != letter]
    return pick(rng, (before + after, before + 2 * letter + after,
                      before + pick(rng, others) + after,
                      before + after[:1] + letter + after[1:]))
