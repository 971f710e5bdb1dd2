# SPDX-License-Identifier: Apache-2.0
"""Spoken sentences to plain words: lower case, no punctuation, no fillers, contractions spelt out.

Knows no dialogue: what the words refer to is decided in `core.language.references`.
"""

import re
import unicodedata
from functools import lru_cache

NUMBER_WORDS = ('one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten',
                'eleven', 'twelve', 'thirteen', 'fourteen', 'fifteen', 'sixteen', 'seventeen',
                'eighteen', 'nineteen', 'twenty')
ORDINALS = ('first', 'second', 'third', 'fourth', 'fifth', 'sixth', 'seventh', 'eighth', 'ninth',
            'tenth')

_CONTRACTIONS = {
    "don't": 'do not', "doesn't": 'does not', "didn't": 'did not', "isn't": 'is not',
    "wasn't": 'was not', "i'm": 'i am', "i'd": 'i would', "i'll": 'i will', "i've": 'i have',
    "let's": 'let us', "that's": 'that is', "what's": 'what is', "where's": 'where is',
    "there's": 'there is', "you're": 'you are', "they're": 'they are'}

# Said without meaning anything, wherever they stand.
_ANYWHERE = ('uh', 'uhm', 'um', 'umm', 'er', 'erm', 'hm', 'hmm', 'mm', 'ah', 'eh', 'please',
             'kindly',
             # Everything that a robot sees is there; to a model it sounds like "below" something.
             'in front of you', 'in front of me', 'in front of us')
_LEADING = ('hey robot', 'hi robot', 'hello robot', 'okay robot', 'ok robot', 'hey', 'hi', 'hello',
            'robot', 'ok', 'okay', 'well', 'so', 'and', 'now', 'then', 'oh', 'could you',
            'can you', 'would you', 'will you', 'i want you to', 'i need you to',
            'i would like you to')
_TRAILING = ('thanks', 'thank you', 'robot', 'now', 'then', 'for me')


def _any_of(phrases: tuple[str, ...]) -> str:
    return '|'.join(sorted(map(re.escape, phrases), key=len, reverse=True))


_FILLER = re.compile(rf'\b(?:{_any_of(_ANYWHERE)})\b(?!\')')
_START = re.compile(rf'^(?:{_any_of(_LEADING)})\b(?!\') *')
_END = re.compile(rf' *\b(?:{_any_of(_TRAILING)})$')
_CONTRACTED = re.compile(rf"\b(?:{_any_of(tuple(_CONTRACTIONS))})\b")
_IT_IS = re.compile(r"\bit's(?= (?:the|a|an|not|on|in|at|this|that|number)\b)")
_NUMBER_MARK = re.compile(r'#\s*([0-9]+)|\[\s*([0-9]+)\s*\]')
_NOT_A_WORD = re.compile(r"(?!(?<=\w)'s\b)[\W_]+")  # keeps the "'s" of "the mug's handle"


def fold(text: str) -> str:
    """Return one spelling per text: lower case, compatible characters joined, blanks single.

    Punctuation stays. "[2]" and "#2" become "number 2".
    """
    while (folded := unicodedata.normalize('NFKC', text).casefold()) != text:
        text = folded
    text = re.sub('[\u2018\u2019\u02bc]', "'", text)
    text = _NUMBER_MARK.sub(lambda m: f' number {m[1] or m[2]} ', text)
    return ' '.join(text.replace(" 's ", "'s ").split())


@lru_cache(1024)  # the grammar asks for the same few dozen nouns in every round
def normalise(text: str) -> str:
    """Return the words of a sentence, joined by single blanks; '' when only fillers were said.

    Idempotent: normalise(normalise(text)) == normalise(text).
    """
    while (plain := _normalise_once(text)) != text:
        text = plain
    return text


def number(word: str) -> int | None:
    """Value of '2' or 'two'; None for another word."""
    if word.isascii() and word.isdigit():
        return int(word)
    return 1 + NUMBER_WORDS.index(word) if word in NUMBER_WORDS else None


def _normalise_once(text: str) -> str:
    text = fold(text)
    text = _IT_IS.sub('it is', text)
    text = _CONTRACTED.sub(lambda m: _CONTRACTIONS[m[0]], text)
    text = re.sub(r"\bit's\b", 'its', text)  # how speech recognisers often write "its handle"
    text = ' '.join(_NOT_A_WORD.sub(' ', text).split())
    text = ' '.join(_FILLER.sub(' ', text).split())
    return _END.sub('', _START.sub('', text)).strip()
