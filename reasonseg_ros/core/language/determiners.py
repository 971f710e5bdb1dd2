# SPDX-License-Identifier: Apache-2.0
"""What stands before or for a noun and points or counts: "those two", "number 2", "three".

The rest of a phrase up to its head is read in `core.language.heads`.
"""

from abc import ABC, abstractmethod

from reasonseg_ros.core.language import lexicon, places
from reasonseg_ros.core.language.cursor import VERBISH, Cursor, Draft
from reasonseg_ros.core.language.normalise import number
from reasonseg_ros.core.language.utterance import Anaphor, Quantity
from reasonseg_ros.core.language.vocabulary import is_word

_NUMBERED = frozenset('number numbers instance instances object objects item items mask masks '
                      'thing things'.split())


class DeterminerReader(Cursor, ABC):
    """Reads demonstratives and numbers; `HeadReader` adds the rest of a head."""

    @abstractmethod
    def _generic(self, d: Draft, w: str) -> bool:
        """Read "one", "thing" and what they are one of."""

    @abstractmethod
    def _owned(self, d: Draft) -> None:
        """What was read is the owner of what follows."""

    def _demonstrative(self, d: Draft) -> bool:
        w, after = self.word(), self.word(1)
        if w in ('these', 'those') and after in ('the', 'its', 'a', 'instance', 'instances'):
            return False
        if after in ('one', 'ones') and self.word(2) not in ('of',):
            self.i += 2
            d.pointer = Anaphor.IT if after == 'one' else Anaphor.THEM
            d.headed, d.bare, d.plural = True, False, after == 'ones'
            d.said = [w, after]
            if self.take("'s"):
                self._owned(d)
            return True
        if after in lexicon.GENERIC - {'which', 'what'} or self.known(after) or (
                after in lexicon.COLOURS or after in lexicon.ORDERS or self.unknown(after)
                or after in lexicon.HARMLESS and self.known(self.word(2))):
            self.i += 1
            d.that, d.definite, d.bare = True, True, False
            d.plural = w in ('these', 'those')
            return True
        if number(after) is not None and w in ('these', 'those'):
            self.i += 2
            d.number = number(after)
            d.that, d.plural, d.bare = True, True, False
            generic = lexicon.singular(self.word())[0] in lexicon.GENERIC
            self.i += generic
            if generic or not self.nominal(self.word()):
                d.pointer, d.headed = Anaphor.THEM, True
            return True
        if w == 'that' and after in ('i', 'you', 'is', 'are', 'was') and self.i and (
                self.word(-1) not in ('', ',')):
            return False
        self.i += 1
        d.plural, d.headed, d.bare, d.said = w in ('these', 'those'), True, False, [w]
        d.pointer = Anaphor.THEM if d.plural else Anaphor.IT
        return True

    def _numeral(self, after: str) -> bool:
        """Whether what follows "one" makes it a number: "one mug", not "one of", "one that"."""
        noun = self.known(after) and (after not in VERBISH or self.word(2) in (
            '', ',', 'and', 'or', 'from', 'on', 'in', 'of', 'next', 'near'))
        strange = self.unknown(after) and after.isalpha() and not is_word(after)
        return noun or after in lexicon.COLOURS or strange

    def _numbered(self, d: Draft) -> bool:
        """Read "number 2", "instances one and three", "mug 2"."""
        w, ahead = self.word(), 1
        if not (w in _NUMBERED or self.known(w) and (
                self.word(1).isdigit() and not self.nominal(self.word(2))
                or self.word(1) == 'number'
                or self.word(2) in ('', ',') and (number(self.word(1)) or 1) > 1)):
            return False
        if self.word(ahead) in ('number', 'with'):
            ahead += 1 + (self.word(ahead) == 'with' and self.word(ahead + 1) == 'number')
            if self.word(1) == 'with' and self.word(2) != 'number':
                return False
        values = []
        while (value := number(self.word(ahead))) is not None:
            values.append(value)
            if self.word(ahead + 1) in ('and', 'or', ',') and (
                    number(self.word(ahead + 2)) is not None):
                ahead += 2
            else:
                ahead += 1
                break
        if not values or w in ('thing', 'things') and not (
                self.word(1) == 'number' or self.word(1).isdigit()):
            return False
        self.i += ahead
        named = w == 'number' and self.known(self.word()) and self.word() not in VERBISH
        self.i += named and self.word(1) in ('', ',')  # "number three mug"
        d.pointer, d.numbers, d.headed = Anaphor.NUMBER, tuple(values), True
        d.plural = len(values) > 1
        d.said = ['number', ' and '.join(str(v) for v in values)]
        if self.take("'s"):
            self._owned(d)
        return True

    def _counted(self, d: Draft, w: str) -> bool:
        """Read a number that says how many, or alone, which."""
        after = self.word(1)
        if w == 'one' and after == 'of':
            return self._generic(d, w)
        described = {*lexicon.HARMLESS, *lexicon.SHADES, *lexicon.SHAPES, *places.ADJECTIVES}
        if d.definite or self.nominal(after) or after in lexicon.COLOURS or after in described and (
                self.nominal(self.word(2)) or self.word(2) in lexicon.COLOURS) or after in (
                'of', 'other', 'things', 'objects', 'items', 'ones', 'more') or (
                after in lexicon.ORDERS):
            self.i += 1
            d.number, d.bare = d.number or number(w), False  # "two of the three mugs": two
            d.plural = d.plural or d.number != 1
            if not d.definite and d.quantity is Quantity.THE:
                d.quantity = Quantity.ANY
            if self.word() in ('', ','):  # "the two"
                d.pointer, d.headed = Anaphor.THEM, True
            if self.take('more'):
                d.other = True
            if self.take('of') and not d.definite:
                d.quantity = Quantity.ANY
            return True
        if d.bare and not d.said and (after in ('', ',', 'and', 'or') and self.i <= 1 or (
                self.word(-1) in ('mean', 'meant', 'take', 'want', 'and'))):
            self.i += 1
            d.pointer, d.numbers, d.headed = Anaphor.NUMBER, (number(w) or 0,), True
            d.said = ['number', str(number(w))]
            return True
        if not d.bare and after in ('', ','):
            self.i += 1
            d.number, d.pointer, d.headed = number(w), Anaphor.THEM, True
            return True
        return False
