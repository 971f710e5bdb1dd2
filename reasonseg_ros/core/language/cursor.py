# SPDX-License-Identifier: Apache-2.0
"""A cursor over the tokens of a sentence, and the adjectives that it can read.

What a phrase is while it is read is a `Draft`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from reasonseg_ros.core.language import lexicon, places
from reasonseg_ros.core.language.normalise import ORDINALS, number
from reasonseg_ros.core.language.utterance import (
    Anaphor,
    Colour,
    Limit,
    Order,
    Phrase,
    Quantity,
    Trait,
)
from reasonseg_ros.core.language.vocabulary import OTHER_WORDS, is_past

HELD = '<held>'  # stands for "in the gripper", "that you are holding" and the like
VERBISH = frozenset("""can light hand point mark label cover pull grip bit drill hammer brush tape
clip watch place paint glue tip book clamp phone block screen stick face lip top head stand rest
spray call switch wipe squeeze front back left right point knock cut turn read hold case foot
objective peel roll coil
""".split())


# After these, "which block" asks of blocks; "which can you see" of no can.
_ASKED_OF = frozenset('is are was were has lies lie stands stand sits sit'.split())
# After these a word names what is wanted: "bring orange" is the fruit.
_DIRECTIVES = frozenset('bring get take give me show find pass hand fetch grab pick up need want '
                        'see for us have at'.split())


@dataclass
class Draft:
    """A phrase while it is read."""

    quantity: Quantity = Quantity.THE
    definite: bool = False
    number: int | None = None
    other: bool = False
    that: bool = False
    plural: bool = False
    noun: str = ''
    generic: bool = False
    headed: bool = False
    meant: Mapping[str, float] = field(default_factory=dict)
    usual: tuple[str, ...] = ()
    limits: list[Limit] = field(default_factory=list)
    pointer: Anaphor | None = None
    numbers: tuple[int, ...] = ()
    ordinal: int | None = None
    part: bool = False
    owner: Phrase | None = None
    excluded: list[Phrase] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    bare: bool = True

    @property
    def several(self) -> bool:
        """Whether every fitting thing may be meant."""
        return self.plural or self.quantity is Quantity.ALL

    def done(self) -> Phrase:
        if self.other and self.pointer in (Anaphor.THEM, Anaphor.IT) and not self.that:
            self.pointer = None  # "the other two", "the rest of them"
        if self.ordinal is not None and not self.pointer:
            self.pointer, self.numbers = Anaphor.ORDINAL, (self.ordinal,)
        if (self.part and not self.meant and self.owner is None and len(self.excluded) == 1
                and self.quantity is Quantity.THE and self.excluded[0].meant
                and not self.excluded[0].limits):
            self.owner = self.excluded.pop()  # "the handle, not the whole pan"
        return Phrase(' '.join(self.said), self.noun, self.generic, self.meant, self.usual,
                      self.plural, self.quantity, self.number, self.other, self.that,
                      tuple(self.limits), self.pointer, self.numbers, self.part, self.owner,
                      tuple(self.excluded))

    def adopt(self, inner: Phrase) -> None:
        """Take over the noun and all that is said of it."""
        self.noun, self.meant, self.usual = inner.noun, inner.meant, inner.usual
        self.generic = inner.generic
        single = self.ordinal is not None or self.other or bool(self.limits) or bool(self.pointer)
        self.limits += inner.limits
        self.excluded += inner.excluded
        self.part, self.owner = inner.part, inner.owner or self.owner
        self.other = self.other or inner.other
        if inner.pointer is Anaphor.THEM and not single:
            self.pointer = Anaphor.THEM
        self.plural = self.plural or inner.plural
        self.said += inner.said.split()
        self.headed = True


class Cursor:
    """Steps over tokens from left to right, and knows what kind of word each is."""

    def __init__(self, tokens: Sequence[str], names: frozenset[str] = frozenset()) -> None:
        self.t = tuple(tokens)
        self.i = 0
        self.names = names

    def word(self, ahead: int = 0) -> str:
        """Token so many places ahead; '' beyond the end."""
        place = self.i + ahead
        return self.t[place] if 0 <= place < len(self.t) else ''

    def take(self, *words: str) -> bool:
        """Step over these words if they come next."""
        if self.t[self.i:self.i + len(words)] == words:
            self.i += len(words)
            return True
        return False

    def row(self, table: places.Rows) -> tuple[tuple[str, ...], str] | None:
        """Longest row of a table of `places` that comes next, not stepped over."""
        for words, value in table.get(self.word(), ()):
            if self.t[self.i:self.i + len(words)] == words:
                return words, value
        return None

    def known(self, word: str) -> bool:
        """Whether a word names things or parts."""
        one = lexicon.singular(word)[0]
        return (one in self.names or word in self.names or lexicon.is_noun(one)
                or one in lexicon.PARTS or word in lexicon.PARTS or one in lexicon.SCENERY
                or word in lexicon.SCENERY)

    def unknown(self, word: str) -> bool:
        """Whether a word is none that this grammar has a use for."""
        return bool(word) and word not in OTHER_WORDS and word not in (',', "'s", HELD) and not (
            word in lexicon.COLOURS or word in lexicon.ORDERS or word in lexicon.SHAPES
            or word in lexicon.GENERIC or word in lexicon.HARMLESS or word.isdigit()
            or lexicon.singular(word)[0] in lexicon.GENERIC or word in places.ADJECTIVES
            or is_past(word) and not self.known(word))

    def nominal(self, word: str) -> bool:
        """Whether a word may be a piece of a noun."""
        return bool(word) and (self.known(word) or self.unknown(word))

    def starts(self) -> bool:
        """Whether a phrase can begin here without an article."""
        word, after = self.word(), self.word(1)
        if after in ('it', 'them') and self.word(-1) not in ('which', 'what'):
            return False  # "peel it", "box them"
        if word in VERBISH:
            if self.word(-1) in ('which', 'what') and after in _ASKED_OF:
                return True
            if after == 'of' and word in lexicon.PARTS:
                return True
            follows = after in ('', ',', "'s", 'and', 'or') or self.known(after)
            return follows and (self.i == 0 or after in ('', ',', "'s") or self._in_a_list())
        return self.known(word) and word not in lexicon.SCENERY

    def _in_a_list(self) -> bool:
        """Whether the word here is a thing between two others: "the pen , drill and scissors"."""
        if self.word() not in lexicon.NOUNS or self.word(-1) not in (',', 'and', 'or') or (
                self.word(1) not in ('and', 'or')):
            return False
        last, end = self.word(2), self.word(3)
        return last in ('the', 'a', 'an', 'my') or last in lexicon.COLOURS or (
            self.known(last) and end not in ('it', 'them', 'the', 'a', 'my', 'that'))

    def opens_doors(self, run: tuple[str, ...]) -> bool:
        """Whether the nouns just read are keys of a door, not of a keyboard: "my keys"."""
        return run == ('keys',) and self.word(-2) in ('my', 'your', 'his', 'her', 'their', 'our',
                                                      'house', 'car', 'door')

    def _lists(self, word: str, after: str, bare: bool) -> bool:
        """Whether two nouns are two things, said without a pause: "lamp remote and apple"."""
        one, two = lexicon.singular(word)[0], lexicon.singular(after)[0]
        more = any(lexicon.singular(self.word(k))[0] in lexicon.NOUNS for k in (-2, 1))
        return (one in lexicon.NOUNS and two in lexicon.NOUNS
                and (more or bare and 'and' in self.t[self.i:])
                and one not in lexicon.CONTENTS and f'{one} {two}' not in lexicon.NOUNS
                and two not in ('box', 'bag', 'container', 'case', 'jar', 'can'))

    def _ordinal(self, d: Draft) -> bool:
        w = self.word()
        if w not in ORDINALS and w not in ('last', 'final'):
            return False
        if w == 'second' and d.quantity is Quantity.ANY:
            return False
        if w == 'last' and self.t[self.i + 1:self.i + 3] == ('but', 'one') or w == 'second' and (
                self.t[self.i + 1:self.i + 3] == ('to', 'last')):
            self.i += 3
            d.ordinal, d.bare = -2, False
            d.said.append('last but one')
            return True
        rank = -1 if w in ('last', 'final') else 1 + ORDINALS.index(w)
        self.i += 1
        d.said.append(w)
        d.bare = False
        after = self.word()
        if (many := number(after)) is not None and abs(rank) == 1 and after != 'one':
            self.i += 1
            d.pointer, d.plural = Anaphor.ORDINAL, True
            d.numbers = tuple(range(1, many + 1)) if rank == 1 else tuple(range(-many, 0))
            after = self.word()
            if self.take('ones') or not (self.nominal(after) or after in lexicon.COLOURS
                                         or after in lexicon.ORDERS or after in places.ADJECTIVES
                                         or lexicon.singular(after)[0] in lexicon.GENERIC):
                d.headed = True
        elif after in lexicon.ORDERS or (after in places.ADJECTIVES and rank > 0):
            measure, most, _ = lexicon.ORDERS.get(after, (places.ADJECTIVES.get(after, ''), True,
                                                          True))
            d.limits.append(Order(measure, most, f'{w} {after}', rank))
            d.said.append(after)
            self.i += 1
        else:
            d.ordinal = rank
        return True

    def _adjective(self, d: Draft) -> bool:
        w, after = self.word(), self.word(1)
        colour = self._colour()
        if colour:
            d.limits.append(colour)
            d.said += colour.word.split()
            d.bare = False
            if self.word() in ('and', 'or') and self.word(1) in lexicon.COLOURS:
                noun, many = lexicon.singular(self.word(2))
                if self.known(noun) or noun in ('one', 'thing', 'object'):
                    either = self.word() == 'or' or many
                    self.i += 1
                    d.said.append(self.word(-1))
                    if either:  # "the green and blue mugs": each is one of them
                        other = lexicon.COLOURS[self.word()]
                        both = {c: max(colour.weights.get(c, 0.0), other.get(c, 0.0))
                                for c in {*colour.weights, *other}}
                        d.limits[-1] = Colour(f'{colour.word} or {self.word()}', both)
                        d.said.append(self.word())
                        self.i += 1
            return True
        if w in lexicon.ORDERS and not (w in ('great', 'long', 'high', 'low') and d.bare):
            measure, most, strict = lexicon.ORDERS[w]
            if w in ('lower', 'higher') and after in ('one', ''):
                measure = 'front' if w == 'lower' else 'back'
                most = True
            d.limits.append(Order(measure, most, w, strict=strict))
        elif w in lexicon.SHAPES and not (w == 'round' and number(after) is not None):
            d.limits.append(Trait('shape', lexicon.SHAPES[w]))
        elif w in ('upright', 'standing', 'lying') and after in ('one', 'thing') or (
                w in ('upright', 'standing', 'lying') and self.known(after) and not d.bare):
            d.limits.append(Trait('posture', 'lying' if w == 'lying' else 'upright'))
        elif w in lexicon.MATERIALS and self.known(after) and not (
                lexicon.is_noun(f'{w} {lexicon.singular(after)[0]}')):
            d.limits.append(Trait('material', w))
        elif w in places.ADJECTIVES and self._placed(d, w, after):
            d.limits.append(Order(places.ADJECTIVES[w], True, w))
        else:
            return False
        d.said.append(w)
        d.bare = False
        self.i += 1
        self.take('most')
        if w in ('left', 'right', 'far', 'near') and self.word() in ('side', 'hand'):
            self.take('hand')
            self.take('side')
        return True

    def _placed(self, d: Draft, w: str, after: str) -> bool:
        """Whether a place word is an adjective here and no part, verb or preposition."""
        if self.row(places.RELATIONS) and w not in ('nearest', 'closest', 'near', 'next'):
            return False
        ends = after in ('', ',', 'and', 'or', 'side', 'hand', 'please', 'from', 'most', 'to')
        if d.bare and not d.said:
            named = self.known(after) or after in ('one', 'ones', 'thing', 'object', 'things')
            if w in ('back', 'front', 'top', 'bottom'):
                return named and not self.i
            alone = w in ('left', 'right', 'middle', 'leftmost', 'rightmost', 'center', 'centre',
                          'nearest', 'closest') and ends and self.i <= 2
            return alone or (named and w not in ('near', 'far', 'close'))
        if w in ('back', 'front', 'top', 'bottom', 'center', 'near', 'far', 'close', 'upper'):
            return self.nominal(after) or after in ('one', 'ones', 'thing', 'object', 'left',
                                                    'right', 'side', 'two', 'things')
        if after == 'of':
            return False
        return True

    def _colour(self) -> Colour | None:
        """Read a colour with its shade; None where there is none."""
        w, after = self.word(), self.word(1)
        if w == 'any' and after in lexicon.COLOURS and self.word(-1) == 'not':
            self.i += 1
            colour = self._colour()
            return replace(colour, word=f'any {colour.word}') if colour else None
        if w in lexicon.SHADES and after in lexicon.COLOURS:
            self.i += 2
            weights = lexicon.SHADE_COLOURS.get((w, after), lexicon.COLOURS[after])
            return Colour(f'{w} {after}', weights)
        if w in ('sky', 'navy', 'lime', 'olive', 'baby', 'royal') and after in lexicon.COLOURS:
            self.i += 2
            return Colour(f'{w} {after}', lexicon.COLOURS[after])
        if w in lexicon.TONES and (self.known(after) or after in (
                'one', 'ones', 'thing', 'things', 'coloured', 'colored')):
            self.i += 2 if after in ('coloured', 'colored') else 1
            return Colour(w, lexicon.TONES[w])
        if w not in lexicon.COLOURS:
            return None
        if w == 'orange' and after in ('', ',', 'and', 'or', "'s", 'please', 'on', 'next', 'in',
                                       'into', 'onto', 'inside', 'that', 'is', 'left', 'right',
                                       'behind', 'to', 'near') and (
                self.word(-1) in ('the', 'an', 'a', '', 'no', 'any', 'other', 'each', 'every', 'my')
                or self.word(-1) in _DIRECTIVES):
            return None
        if w in ('clear', 'tan', 'rose', 'cream') and not (self.known(after) or after in (
                'one', 'thing')):
            return None
        self.i += 1
        if self.word() in ('coloured', 'colored', 'ish'):
            self.i += 1
        return Colour(w, lexicon.COLOURS[w])

    def _pronoun(self, d: Draft, w: str, landmark: bool) -> bool:
        after = self.word(1)
        if w in ('its', 'their') and (self.nominal(after) or after in lexicon.COLOURS
                                      or after in lexicon.ORDERS or after in lexicon.HARMLESS
                                      or after in (
                                          'own', 'other', 'two', 'left', 'right', 'top', 'part',
                                          'back')):
            pointer = Anaphor.IT if w == 'its' else Anaphor.THEM
            self.i += 1
            d.owner = Phrase(w, pointer=pointer, plural=w == 'their')
            d.bare, d.definite = False, True
            return True
        if w in ('it', 'them', 'they'):
            if w in ('it', 'they') and after in (
                    'is', 'are', 'was', 'has', 'does', 'looks', 'should', 'would') and (
                    not landmark and self.word(2) not in ('', ',')):
                return False
            self.i += 1
            d.pointer = Anaphor.IT if w == 'it' else Anaphor.THEM
            d.plural = w != 'it'
            d.said, d.headed = [w], True
            return True
        if w in ('me', 'you', 'us', 'myself') and landmark:
            self.i += 1
            d.pointer, d.headed, d.said = Anaphor.SELF, True, [w]
            return True
        return False
