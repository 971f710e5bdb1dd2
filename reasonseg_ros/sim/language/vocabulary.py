# SPDX-License-Identifier: Apache-2.0
"""Nouns a person may use for what is on the table, and what may safely be denied.

A noun or use here never names a second thing of the catalogue, so a sentence decides its target.
Does not build sentences (`sim.language.templates`, `sim.language.phrases`) and does not look at
scenes.
"""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from reasonseg_ros.sim.world.catalogue import BY_NAME, CATEGORIES, COLOURS, PART_SYNONYMS

Drawn = TypeVar('Drawn')

# Bananas come in every colour here, a driver is also a person, a sledge is also a vehicle.
_AMBIGUOUS_NOUNS = {'yellow fruit', 'driver', 'sledge'}
# A remote has many buttons, every thing has a top and holders, and scissors have two blades.
_AMBIGUOUS_PARTS = {'button', 'top', 'holder', 'blade', 'keys of the laptop'}
_EXTRA_PARTS = {('laptop', 'keyboard'): ('keys',)}
_DROPPED_PARTS = {('lamp', 'stem'): {'stalk'}}

OBJECT_NOUNS: dict[str, tuple[str, ...]] = {
    c.name: tuple(s for s in c.synonyms if s not in _AMBIGUOUS_NOUNS) for c in CATEGORIES}

# There is light in every image, so its absence cannot be claimed.
DENIED_NOUNS = {name: tuple(n for n in nouns if n != 'light')
                for name, nouns in OBJECT_NOUNS.items()}

# Word that closes "something to <use> ..."; the default is 'with'.
_USE_ENDINGS = {
    'drink coffee from': '', 'drink from': '', 'hold a hot drink': 'in', 'store water': 'in',
    'carry water': 'in', 'keep a drink in': '', 'fry an egg': 'in', 'fry food in': '',
    'keep small things in': '', 'put things away': 'in', 'store socks': 'in', 'peel and eat': '',
    'put in a smoothie': '', 'bite into': '', 'make cider': 'from', 'pour tea': 'from',
    'brew tea': 'in', 'serve tea': 'from'}

# Other categories that serve the purpose as well; a scene with one of them leaves the use open.
USE_RIVALS: dict[str, tuple[str, ...]] = {
    'drink from': ('bottle',), 'drink coffee from': ('bottle',),
    'hold a hot drink': ('bottle', 'teapot'), 'store water': ('mug', 'teapot'),
    'carry water': ('mug', 'teapot', 'pan'), 'keep a drink in': ('mug', 'teapot'),
    'cook on the stove': ('teapot',), 'read at night': ('laptop',),
    'keep small things in': ('mug', 'pan', 'teapot'), 'put things away': ('mug', 'pan'),
    'brew tea': ('mug',), 'serve tea': ('mug',), 'pour tea': ('mug',),
    'peel and eat': ('apple',), 'feed a monkey': ('apple',), 'put in a smoothie': ('apple',),
    'bite into': ('banana',), 'bake a pie': ('pan',), 'knock things in': (),
    'take a picture': ('laptop',), 'take a photo': ('laptop',), 'photograph people': ('laptop',),
    'spread paint': ('scissors',)}

# Parts that may be asked for in vain, and the categories for which nobody could deny them.
DENIED_PARTS: dict[str, tuple[str, ...]] = {
    'red button': ('remote', 'camera', 'lamp', 'laptop'),
    'keypad': ('remote', 'laptop'),
    'handle': ('mug', 'pan', 'hammer', 'teapot', 'screwdriver', 'brush', 'scissors', 'drawer',
               'camera'),
    'cap': ('bottle', 'teapot', 'camera'),
    'shade': ('lamp',),
    'switch': ('lamp', 'remote', 'camera', 'laptop'),
    'knob': ('drawer', 'teapot', 'camera', 'lamp', 'pan'),
    'screen': ('laptop', 'camera', 'remote'),
    'blades': ('scissors', 'screwdriver'),
    'spout': ('teapot', 'bottle', 'pan'),
    'lid': ('teapot', 'bottle', 'pan', 'drawer', 'laptop'),
    'lens': ('camera', 'laptop', 'lamp'),
    'bristles': ('brush',),
    'leaf': ('apple', 'banana'),
    'keyboard': ('laptop', 'remote'),
    'stem': ('lamp', 'banana', 'apple', 'brush', 'hammer', 'screwdriver', 'pan'),
}

_SIZE_WORDS = {'small': ('small', 'little'), 'large': ('large', 'big')}
_SIZE_OF_TWO = {'small': ('smaller',), 'large': ('larger', 'bigger')}
_SIZE_OF_MANY = {'small': ('smallest',), 'large': ('largest', 'biggest')}
SIZE_WORDS = tuple(w for table in (_SIZE_WORDS, _SIZE_OF_TWO, _SIZE_OF_MANY)
                   for names in table.values() for w in names)
COUNT_WORDS = {2: 'two', 3: 'three', 4: 'four', 5: 'five', 6: 'six'}
ORDINALS = ('first', 'second', 'third')
NUMBERS = tuple(str(n) for n in range(1, 33))
COLOUR_WORDS = tuple(COLOURS)


def pick(rng: np.random.Generator, values: Sequence[Drawn]) -> Drawn:
    """Return one element of a sequence, uniformly."""
    return values[int(rng.integers(len(values)))]


def object_noun(category: str, rng: np.random.Generator, denied: bool = False) -> str:
    """Canonical noun half of the time, else a synonym; `denied` keeps to deniable ones."""
    synonyms = (DENIED_NOUNS if denied else OBJECT_NOUNS)[category]
    return category if rng.random() < 0.5 or not synonyms else pick(rng, synonyms)


def size_word(size: str, count: int, rng: np.random.Generator) -> str:
    """Draw a word for the only small or large one of `count` objects."""
    compared = _SIZE_OF_TWO if count == 2 else _SIZE_OF_MANY
    return pick(rng, _SIZE_WORDS[size] + compared[size])


def part_nouns(category: str, part: str, owner_named: bool) -> tuple[str, ...]:
    """Synonyms of a part; a named owner is not said twice ("the lampshade of the lamp")."""
    dropped = _DROPPED_PARTS.get((category, part), ())
    extra = _EXTRA_PARTS.get((category, part), ())
    nouns = (n for n in PART_SYNONYMS.get(part, ()) + extra
             if n not in _AMBIGUOUS_PARTS and n not in dropped)
    return tuple(n for n in nouns if not (owner_named and category in n))


def part_noun(category: str, part: str, rng: np.random.Generator, owner_named: bool) -> str:
    """Canonical noun of a part half of the time, else a synonym where there is one."""
    synonyms = part_nouns(category, part, owner_named)
    return part if rng.random() < 0.5 or not synonyms else pick(rng, synonyms)


def is_plural(noun: str) -> bool:
    """Whether a noun takes "are": scissors, blades, keys; but not lens or a pair of scissors."""
    return (noun.endswith('s') and not noun.endswith(('lens', 'ss'))
            and not noun.startswith('pair of'))


def plural(noun: str) -> str:
    """Plural of an object noun."""
    if noun.startswith('pair of'):
        return 'pairs' + noun[len('pair'):]
    if is_plural(noun):
        return noun
    return noun + ('es' if noun.endswith('sh') else 's')


def singular(noun: str) -> str:
    """Noun that can follow "every": "every pair of scissors"."""
    return f'pair of {noun}' if is_plural(noun) else noun


def use_phrase(use: str) -> str:
    """Complete "something to ..." so that it also ends "what can i ...": "cut paper with"."""
    return f'{use} {_USE_ENDINGS.get(use, "with")}'.strip()


def all_nouns() -> tuple[str, ...]:
    """Every noun, plural, part and use a sentence can hold, for the vocabulary."""
    objects = [n for name in BY_NAME for n in (name, *OBJECT_NOUNS[name])]
    parts = [n for c in CATEGORIES for p in c.parts for n in (p, *part_nouns(c.name, p, False))]
    uses = [use_phrase(use) for c in CATEGORIES for use in c.uses]
    forms = [f(n) for n in objects for f in (plural, singular)]
    return (*objects, *forms, *parts, *uses)
