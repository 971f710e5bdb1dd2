# SPDX-License-Identifier: Apache-2.0
"""Templates of sentences, and the phrases that are put into them. Own wording, not the papers'.

A file of `templates/` has the sections [train] and [val]. A line stands for all sentences that its
alternatives (a|b|c) give; {thing} and the like are filled in. `templates` returns them expanded,
and no template of one section is in the other. Reads no annotations.
"""

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from itertools import product
from pathlib import Path
from random import Random

FOLDER = Path(__file__).parent / 'templates'
# kind -> slots that each of its templates has
KINDS: Mapping[str, tuple[str, ...]] = {
    'direct': ('thing',),
    'relational': ('thing', 'relation', 'other'),
    'hierarchical': ('part', 'whole'),
    'interactional': ('thing', 'other', 'clause'),
    'attribute': ('description',),
    'other': ('category',),
}
RELATIONS: Mapping[str, str] = {
    'same': 'identical to', 'overlapping': 'overlapping with', 'left': 'to the left of',
    'right': 'to the right of', 'above': 'above', 'below': 'below',
    'upper-left': 'to the upper left of', 'upper-right': 'to the upper right of',
    'lower-left': 'to the lower left of', 'lower-right': 'to the lower right of'}

KEPT = 10_000       # phrases that are kept: those of classes come again and again

_CHOICE = re.compile(r'\(([^()]*)\)')
_BAD = re.compile(r'[\[\]{}|<>]')
_ARTICLE = re.compile(r'^(?:the|an?)\s+', re.IGNORECASE)
# Words that stand where an article would.
_DETERMINERS = frozenset(
    'this that these those my your his her its our their both all each every some any no someone '
    'somebody something anyone everyone he she they it i you we who whoever what whatever one two '
    'three four five six seven eight nine ten'.split())
_ORDINALS = ('first', 'second', 'third', 'fourth', 'fifth', 'sixth', 'seventh', 'eighth')
# First words of relationships -> how they continue "the man ..."; others follow "is".
_VERBS = {'has': 'has', 'have': 'has', 'wears': 'wears', 'wear': 'wears', 'holds': 'holds',
          'hold': 'holds', 'carries': 'carries', 'carry': 'carries', 'rides': 'rides',
          'ride': 'rides', 'eats': 'eats', 'eat': 'eats', 'covers': 'covers', 'cover': 'covers',
          'contains': 'contains', 'contain': 'contains', 'sits': 'sits', 'sit': 'sits',
          'stands': 'stands', 'stand': 'stands', 'hangs': 'hangs', 'hang': 'hangs',
          'uses': 'uses', 'use': 'uses', 'watches': 'watches', 'watch': 'watches',
          'plays': 'plays', 'play': 'plays', 'reads': 'reads', 'read': 'reads'}
_OF = 'belongs to'
_PREPOSITIONS = frozenset(
    'on in at by near behind under above below over beside inside outside against along around '
    'across between beneath underneath atop within towards toward with to from next front top '
    'left right close adjacent far off onto part parked attached covered filled mounted made '
    'painted printed surrounded connected tied stuck seated lit built worn held used'.split())


@cache
def templates(kind: str, split: str) -> tuple[str, ...]:
    """Return the templates of a kind for train, or for val (and test)."""
    section = 'train' if split == 'train' else 'val'
    found: dict[str, None] = {}
    here = ''
    for line in (FOLDER / f'{kind}.txt').read_text(encoding='utf-8').splitlines():
        line = line.strip()
        if line.startswith('['):
            here = line.strip('[]')
        elif line and not line.startswith('#') and here == section:
            found.update(dict.fromkeys(_expanded(line)))
    return tuple(found)


def _expanded(line: str) -> list[str]:
    choices = [part.split('|') for part in _CHOICE.split(line)[1::2]]
    plain = _CHOICE.split(line)[::2]
    made = []
    for chosen in product(*choices):
        text = ''.join(a + b for a, b in zip(plain, (*chosen, '')))
        made.append(text[0].upper() + text[1:])
    return made


def sentence(rng: Random, kind: str, split: str, **slots: str) -> str:
    """Draw a template of a kind and fill it in; the sentence begins with a capital."""
    text = rng.choice(templates(kind, split)).format(**slots)
    return text[0].upper() + text[1:]


@lru_cache(maxsize=KEPT)
def plain(text: str) -> str:
    """Return words without the characters of markers, blanks in a row, and the last full stop."""
    return ' '.join(_BAD.sub(' ', text).split()).rstrip(' .,;:?!')


@lru_cache(maxsize=KEPT)
def definite(caption: str) -> str:
    """Return a phrase that names one thing: 'man in red' -> 'the man in red'; '' stays ''."""
    words = plain(caption)
    if not words:
        return ''
    if words.split()[0].lower().split("'")[0] in _DETERMINERS:
        return words[0].lower() + words[1:] if words[:2] != 'I ' else words
    bare = _ARTICLE.sub('', words)
    return f'the {bare}' if bare and bare.lower() not in ('the', 'a', 'an') else ''


@lru_cache(maxsize=KEPT)
def noun(category: str) -> str:
    """Return the name of a category as people say it: 'cup_(for_tea)' -> 'cup'."""
    return plain(re.sub(r'\([^)]*\)', ' ', category.replace('_', ' ')).split(',')[0])


def ordinal(place: int) -> str:
    """Return the word for place 0, 1, ... ('first', 'second', ...); '' beyond the eighth."""
    return _ORDINALS[place] if place < len(_ORDINALS) else ''


@lru_cache(maxsize=KEPT)
def clause(predicate: str) -> str:
    """Return how a relationship follows its subject: 'riding' -> 'is riding'.

    '' for one whose form is not known.
    """
    words = plain(predicate).lower().split()
    while words and words[-1] in ('a', 'an', 'the'):
        words.pop()
    if words and words[0] in ('is', 'are', 'was', 'were'):
        words.pop(0)
    if not words:
        return ''
    if words == ['of']:
        return _OF
    first = words[0]
    if first in _VERBS:
        return ' '.join((_VERBS[first], *words[1:]))
    if first in _PREPOSITIONS or (first.endswith('ing') and len(first) > 4):
        return ' '.join(('is', *words))
    return ''
