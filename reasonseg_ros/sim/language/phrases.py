# SPDX-License-Identifier: Apache-2.0
"""Turns meanings into sentences, one wording per draw, and knows every word that training uses.

Does not know scenes or dialogues (`sim.dialogues.generator`).

Sentences can also be said as people say and type them: with fillers, or with a slip of one letter.
"""

import re
import string
from collections.abc import Iterable
from functools import cache

import numpy as np

from reasonseg_ros.nn.tabletop.tokenizer import words
from reasonseg_ros.sim.language import templates
from reasonseg_ros.sim.language.vocabulary import (
    COLOUR_WORDS,
    COUNT_WORDS,
    NUMBERS,
    ORDINALS,
    SIZE_WORDS,
    all_nouns,
    pick,
)
from reasonseg_ros.sim.world.catalogue import BY_NAME, PART_NAMES, SPLITS

FAMILIES = tuple(dict.fromkeys((*templates.NOUN_PHRASES, *templates.SENTENCES)))
BARE_SHARE = 0.2  # of the training sentences that have a carrier, said without one
# "the red one of the scissors": one, not many, whatever the noun.
_SINGULAR = re.compile(r'(of the \S+ )?(the|each|every)( \S+)? one\b')
_SLOT = re.compile(r'{\w+}')

# The fixed words of answers; nouns, colours and positions are added to them.
ANSWER_WORDS = ('the and which do you mean or i see no nothing it has there is other to of '
                'above below next in on held').split()

ANSWER_POSITIONS = {
    'left of': 'to the left of', 'right of': 'to the right of', 'above': 'above',
    'below': 'below', 'top left': 'to the top left of', 'top right': 'to the top right of',
    'bottom left': 'to the bottom left of', 'bottom right': 'to the bottom right of',
    'next to': 'next to'}


def of_split(table: dict[str, tuple[str, ...]], split: str) -> tuple[str, ...]:
    """Entries for a split: the shared ones, then its own; without repetition."""
    return tuple(dict.fromkeys((*table.get(templates.SHARED, ()), *table.get(split, ()))))


@cache
def _wordings(family: str, split: str) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Return (carriers, noun phrases, whole sentences) of a family in a split."""
    reply = family in templates.REPLIES
    carriers = (templates.REPLY_CARRIERS if reply else templates.CARRIERS)[split]
    phrases = of_split(templates.NOUN_PHRASES.get(family, {}), split)
    return carriers, phrases, templates.SENTENCES.get(family, {}).get(split, ())


def all_templates(split: str) -> dict[str, str]:
    """Return template id -> wording with its slots, for everything a split can say."""
    found = {}
    for family in FAMILIES:
        carriers, phrases, sentences = _wordings(family, split)
        for n, phrase in enumerate(phrases):
            for c, carrier in enumerate(carriers):
                found[f'{family}/{split}-{c}-{n}'] = carrier.replace('{np}', phrase)
        for n, sentence in enumerate(sentences):
            found[f'{family}/{split}-s-{n}'] = sentence
    return found


def say(family: str, split: str, rng: np.random.Generator, plural: bool = False,
        **slots: str) -> tuple[str, str]:
    """Draw a wording of a family and fill its slots; returns (sentence, template id).

    `plural` selects "are" for the subject.
    """
    carriers, phrases, sentences = _wordings(family, split)
    choice = int(rng.integers(len(phrases) + len(sentences)))
    if choice >= len(phrases):
        choice -= len(phrases)
        text, template = sentences[choice], f'{family}/{split}-s-{choice}'
    else:
        bare = split == 'train' and rng.random() < BARE_SHARE
        c = 0 if bare else int(rng.integers(len(carriers)))
        text = carriers[c].replace('{np}', phrases[choice])
        plural = plural and not _SINGULAR.match(phrases[choice])
        template = f'{family}/{split}-{c}-{choice}'
    for slot, value in slots.items():
        text = text.replace('{' + slot + '}', value)
    text = text.replace('{is}', 'are' if plural else 'is')
    return text.replace("s's ", "s' "), template


def position_words(name: str, split: str, rng: np.random.Generator) -> str:
    """Draw a wording of one of the nine positions."""
    return pick(rng, of_split(templates.POSITION_WORDS[name], split))


@cache
def vocabulary() -> tuple[str, ...]:
    """Every word of training sentences and of answers, sorted; '<seg>' is not a word."""
    texts = [_SLOT.sub(' ', text) for text in all_templates('train').values()]
    texts += [w for table in templates.POSITION_WORDS.values() for w in of_split(table, 'train')]
    texts += [*all_nouns(), *COLOUR_WORDS, *COUNT_WORDS.values(), *ORDINALS, *NUMBERS, 'is', 'are']
    texts += [w for table in templates.PLACE_WORDS.values() for w in table['train']]
    texts += ['lie', 'lies', 'do', 'does']
    texts += [*SIZE_WORDS, *templates.PRONOUNS, 'their']
    texts += [*templates.JOINERS['train'], *templates.GENERIC_NOUNS, *templates.NUMBER_NOUNS]
    texts += [*ANSWER_WORDS, *ANSWER_POSITIONS.values(), *BY_NAME, *PART_NAMES, 'its', 'it', 'one']
    return tuple(sorted({word for text in texts for word in words(text)}))


@cache
def filler_words() -> frozenset[str]:
    """Words that only carry a request ("find", "would", "bring"): they name and place nothing."""
    def said(texts: Iterable[str]) -> set[str]:
        return {word for text in texts for word in words(_SLOT.sub(' ', text))}

    naming = (t for table in templates.NOUN_PHRASES.values() for t in of_split(table, 'train'))
    placing = (t for table in templates.POSITION_WORDS.values() for t in of_split(table, 'train'))
    meant = {word for text in (*all_nouns(), *PART_NAMES, *ORDINALS) for word in words(text)}
    return frozenset(said(templates.CARRIERS['train']) - said(naming) - said(placing) - meant)


def check_split(split: str) -> None:
    """Raise ValueError for a split that does not exist."""
    if split not in SPLITS:
        raise ValueError(f'split "{split}" is unknown; choose one of {", ".join(SPLITS)}')


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
