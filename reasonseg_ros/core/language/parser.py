# SPDX-License-Identifier: Apache-2.0
"""Noun phrases and clauses from tokens, by recursive descent.

Words that no rule wants are skipped: requests are worded in too many ways to list them. Speech acts
other than requests are told apart before, in `core.language.speech_acts`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from reasonseg_ros.core.language import lexicon, places
from reasonseg_ros.core.language.normalise import ORDINALS, number
from reasonseg_ros.core.language.utterance import (
    Clause,
    Colour,
    Limit,
    Order,
    Phrase,
    Pointer,
    Quantity,
    Relation,
    Trait,
)
from reasonseg_ros.core.language.words import OTHER_WORDS

HELD = '<held>'  # stands for "in the gripper", "that you are holding" and the like
_HAND = r"(?:(?:the|your) )?(?:robot(?: 's)? )?(?:gripper|hand|fingers|claw|robot hand|robot)"
_HOLDS = re.compile(
    rf"(?:(?:that|which) (?:is|are) |being )?(?:up )?(?:(?:held|gripped|in|inside|between)"
    rf" )(?:by )?(?:in )?{_HAND}\b"
    rf"|(?:(?:that|which|what) )?(?:you|{_HAND}) (?:are |is )?(?:currently )?(?:holding|holds|hold|have"
    rf" picked up|picked up|has picked up)(?: up)?(?: there)?(?: in (?:its|your) hand)?"
    rf'|(?<=thing )being held|up in the air')

# Requests around a noun phrase whose own words would be read as things or places.
_FRAME = re.compile(
    r'^(?:(?:what|how) about|focus on|concentrate on|(?:put|lay) (?:your|a|the) (?:hand|finger|gripper)s? '
    r'on|keep an eye on|(?:that|it) (?:would|will|should|must|could) be|(?:the one|what|all) i (?:mean|meant|want|need|'
    r'would) is|my choice is|i was thinking of|one more time|go over to|look over at|let us go on with'
    r'|(?:move|go|drive|come|walk|get) (?:over )?to(?= the| a| it| that| its| all| every| both| one| number| instance)'
    r'|(?:i would say|i guess|i think)(?: it is)?|all i (?:want|need) (?:is|are)|my hands are full so) ')
_TAIL = re.compile(
    r' (?:(?:is|are) what (?:i|we) (?:want|need|mean|meant|am looking for)|would be (?:nice|great|good|fine|perfect)'
    r'|show (?:it|me|them|it to me)|show me (?:it|that|them)|find (?:it|them)|mark (?:it|them)|if you can(?: see it)?'
    r'|if (?:it is|there is one|possible)|do you see (?:it|them|that)|can you see (?:it|them)|i mean|that is all)$')
_WRONG = re.compile(r'(?:\b(?:since|because|as) |^|(?<= ))((?:instance|number|the|that|this) (?:\w+ )??(?:\w+))'
                    r' (?:is|was) (?:wrong|not right|not it|not what i (?:want|mean|meant))\b'
                    r'|\b(?:instead of|rather than)(?= )')
_WHEREON = re.compile(r'\b(on|in) (?:what|which)(?: thing| object)? (is|are|does|do) (.+?)'
                      r'(?: lie| lying| stand| standing| sit| sitting| placed| now)*$')
_DEFINITE = frozenset('the these those my your our his her'.split())
_INDEFINITE = frozenset('a an any some'.split())
_SET = {'all': Quantity.ALL, 'every': Quantity.ALL, 'each': Quantity.ALL, 'both': Quantity.ALL,
        'everything': Quantity.ALL}
_NUMBERED = frozenset('number numbers instance instances object objects item items mask masks '
                      'thing things'.split())
_VERBISH = frozenset("""can light hand point mark label cover pull grip bit drill hammer brush tape
clip watch place paint glue tip book clamp phone block screen stick face lip top head stand rest spray
call switch wipe squeeze front back left right point knock cut turn read hold case foot objective
""".split())
_PLACING = frozenset('put place set drop lay stack pour hang'.split())
_COPULA = frozenset("""is are was be being do does did can could would you i we lies lie lying stands
stand standing sits sit sitting placed put have left found located see find it that which who there
people use might should one positioned situated resting thing object things rests appears""".split())
_POSTURES = {('upright',): 'upright', ('up', 'upright'): 'upright', ('on', 'end'): 'upright',
             ('vertically',): 'upright', ('standing', 'up'): 'upright', ('stands', 'up'): 'upright',
             ('lying', 'down'): 'lying', ('lies', 'down'): 'lying', ('on', 'its', 'side'): 'lying',
             ('flat', 'on'): '', ('lying', 'flat'): 'lying', ('lies', 'flat'): 'lying',
             ('horizontally',): 'lying', ('laying', 'down'): 'lying', ('is', 'lying'): 'lying',
             ('fallen', 'over'): 'lying', ('tipped', 'over'): 'lying'}
_EXCEPT = (('but', 'not'), ('but', 'never'), ('but', 'no'), ('except', 'for'), ('except',),
           ('excluding',), ('other', 'than'), ('apart', 'from'), ('different', 'from'), ('besides',),
           ('leaving', 'out'), ('minus',), ('aside', 'from'), ('but', 'without'), ('without',),
           ('not',), ('and', 'not'), ('save',), ('and', 'no'))


@dataclass
class _Draft:
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
    pointer: Pointer | None = None
    numbers: tuple[int, ...] = ()
    ordinal: int | None = None
    part: bool = False
    owner: Phrase | None = None
    excluded: list[Phrase] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    bare: bool = True

    def done(self) -> Phrase:
        if self.ordinal is not None and not self.pointer:
            self.pointer, self.numbers = Pointer.ORDINAL, (self.ordinal,)
        return Phrase(' '.join(self.said), self.noun, self.generic, self.meant, self.usual,
                      self.plural, self.quantity, self.number, self.other, self.that,
                      tuple(self.limits), self.pointer, self.numbers, self.part, self.owner,
                      tuple(self.excluded))


class Reader:
    """Reads the phrases of one sentence from left to right."""

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

    def row(self, table: places.Rows | dict[str, list[tuple[tuple[str, ...], str]]]
            ) -> tuple[tuple[str, ...], str] | None:
        """Longest row of a table of `places` that comes next, not stepped over."""
        for words, value in table.get(self.word(), ()):
            if self.t[self.i:self.i + len(words)] == words:
                return words, value
        return None

    # -- words ------------------------------------------------------------------------------

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
            or lexicon.singular(word)[0] in lexicon.GENERIC or word in places.ADJECTIVES)

    def nominal(self, word: str) -> bool:
        """Whether a word may be a piece of a noun."""
        return bool(word) and (self.known(word) or self.unknown(word))

    def starts(self) -> bool:
        """Whether a phrase can begin here without an article."""
        word, after = self.word(), self.word(1)
        if word in _VERBISH:
            follows = after in ('', ',', "'s", 'and', 'or') or self.known(after)
            return follows and (self.i == 0 or after in ('', ',', "'s"))
        return self.known(word) and word not in lexicon.SCENERY

    # -- noun phrases -----------------------------------------------------------------------

    def phrase(self, landmark: bool = False) -> Phrase | None:
        """Read a noun phrase; None, and nothing stepped over, where there is none."""
        start = self.i
        draft = _Draft()
        found = self._before(draft, landmark)
        if not found:
            self.i = start
            return None
        self._after(draft)
        return draft.done()

    def _before(self, d: _Draft, landmark: bool) -> bool:
        """Read up to and with the head; False where there is no phrase."""
        start = self.i
        while True:
            w, after = self.word(), self.word(1)
            if d.headed:
                return True
            if w in _SET and (w != 'everything'):
                if w == 'all' and after in ('i', 'the way', 'you') or (w == 'each' and after == 'other'):
                    return False
                self.i += 1
                d.quantity, d.bare = Quantity.ALL, False
                if w == 'both':
                    d.number = 2
                d.plural = d.plural or w in ('all', 'both')
                self.take('of')
            elif w in ('this', 'that', 'these', 'those') and not d.said:
                if not self._demonstrative(d):
                    return False
            elif w in _DEFINITE:
                if w == 'her' and after in ('', ','):
                    return False
                self.i += 1
                d.bare, d.definite = False, True
            elif w in ('a', 'an') and after in ('few', 'couple', 'pair', 'number', 'set', 'piece',
                                                'bit') or (w == 'couple' and after == 'of'):
                self.i += 1 if w == 'couple' else 2
                d.quantity, d.bare = Quantity.SOME, False
                if after in ('couple', 'pair'):
                    d.number = 2
                if after == 'piece':
                    d.quantity = Quantity.ANY
                self.take('of')
            elif w in ('pair', 'set', 'piece') and after == 'of' and self.word(2) not in lexicon.PLURALE_TANTUM:
                self.i += 2
                d.number = 2 if w == 'pair' else d.number
            elif w == 'rest' and d.definite:
                self.i += 1
                d.other, d.plural, d.quantity = True, True, Quantity.ALL
                self.take('of')
                if self.word() in ('', ','):
                    d.headed = True
            elif w in _INDEFINITE:
                self.i += 1
                d.bare = False
                d.quantity = Quantity.ANY
            elif w == 'either' and (self.nominal(after) or after in ('of', 'one')):
                self.i += 1
                d.quantity, d.bare = Quantity.ANY, False
                self.take('of')
            elif w == 'several' or (w in ('many', 'few') and not d.bare):
                self.i += 1
                d.quantity, d.bare = Quantity.SOME, False
            elif w in ('another', 'other', 'others', 'remaining', 'different'):
                self.i += 1
                d.other, d.bare = True, False
                d.quantity = d.quantity if w != 'another' else Quantity.ANY
                if w == 'others':
                    d.plural = d.headed = True
                elif not (self.nominal(self.word()) or self.word() in lexicon.COLOURS
                          or self.word() in lexicon.ORDERS or self.word() in places.ADJECTIVES
                          or self.word() in lexicon.HARMLESS or self.word() in lexicon.SHAPES
                          or lexicon.singular(self.word())[0] in lexicon.GENERIC
                          or number(self.word()) is not None):
                    d.headed = True
                d.said.append(w)
            elif w in ('its', 'their', 'it', 'they', 'them', 'me', 'you', 'us', 'him', 'myself'):
                if not self._pronoun(d, w, landmark):
                    return False
            elif w == 'number' and number(after) is None:
                return False
            elif self._numbered(d) or self._ordinal(d):
                continue
            elif w == 'one' and d.definite and lexicon.singular(after)[0] in lexicon.GENERIC - {
                    'one', 'what', 'which'}:
                self.i += 1
            elif w == 'one' and after == 'more' and not d.definite:
                self.i += 2
                d.other, d.quantity, d.bare = True, Quantity.ANY, False
                if not self.nominal(self.word()):
                    d.headed = True
            elif number(w) is not None and not (w == 'one' and not self._numeral(after)):
                if not self._counted(d, w):
                    return False
            elif w in ('one', 'ones') or lexicon.singular(w)[0] in lexicon.GENERIC:
                if not self._generic(d, w):
                    return False
            elif self._adjective(d):
                continue
            elif w in ('part', 'parts', 'side', 'half', 'end') and not d.bare:
                self.i += 1
                d.noun, d.part, d.headed, d.plural = 'part', True, True, w == 'parts'
                d.said.append(w)
            elif self.nominal(w) and (not d.bare or self.starts() or d.said or landmark):
                if not self._noun(d):
                    return False
            elif w in ('very', 'really', 'so', 'most', 'only', 'just', 'single', 'quite') and (
                    not d.bare or w == 'most'):
                self.i += 1
            elif w in lexicon.HARMLESS and (not d.bare or self.known(after)):
                self.i += 1
            else:
                if d.said and d.limits or (d.ordinal is not None):  # "the red", "left", "second"
                    d.headed = True
                    return True
                if d.quantity is Quantity.ALL and d.number == 2 or (
                        w in ('', ',') and d.quantity is Quantity.ALL):  # "both", "all"
                    d.pointer, d.headed = Pointer.THEM, True
                    return self.i > start
                return False

    def _demonstrative(self, d: _Draft) -> bool:
        w, after = self.word(), self.word(1)
        if w in ('these', 'those') and after in ('the', 'its', 'a', 'instance', 'instances'):
            return False
        if after in ('one', 'ones') and self.word(2) not in ('of',):
            self.i += 2
            d.pointer = Pointer.IT if after == 'one' else Pointer.THEM
            d.headed, d.bare, d.plural = True, False, after == 'ones'
            d.said = [w, after]
            if self.take("'s"):
                self._owned(d)
            return True
        if after in lexicon.GENERIC - {'which', 'what'} or self.known(after) or (
                after in lexicon.COLOURS or after in lexicon.ORDERS or self.unknown(after)):
            self.i += 1
            d.that, d.definite, d.bare = True, True, False
            d.plural = w in ('these', 'those')
            return True
        if number(after) is not None and w in ('these', 'those'):
            self.i += 2
            d.number = number(after)
            d.that, d.plural, d.bare = True, True, False
            if not self.nominal(self.word()):
                d.pointer, d.headed = Pointer.THEM, True
            return True
        if w == 'that' and after in ('i', 'you', 'is', 'are', 'was') and self.i and (
                self.word(-1) not in ('', ',')):
            return False
        self.i += 1
        d.pointer = Pointer.THEM if w in ('these', 'those') else Pointer.IT
        d.headed, d.bare, d.said = True, False, [w]
        return True

    def _pronoun(self, d: _Draft, w: str, landmark: bool) -> bool:
        after = self.word(1)
        if w in ('its', 'their') and (self.nominal(after) or after in lexicon.COLOURS
                                      or after in lexicon.ORDERS or after in ('own', 'other', 'two',
                                                                              'left', 'right', 'top',
                                                                              'part', 'back')):
            pointer = Pointer.IT if w == 'its' else Pointer.THEM
            self.i += 1
            d.owner = Phrase(w, pointer=pointer, plural=w == 'their')
            d.bare, d.definite = False, True
            return True
        if w in ('it', 'them', 'they'):
            if w in ('it', 'they') and after in ('is', 'are', 'was', 'has', 'does', 'looks', 'should',
                                                 'would') and (
                    not landmark and self.word(2) not in ('', ',')):
                return False
            self.i += 1
            d.pointer = Pointer.IT if w == 'it' else Pointer.THEM
            d.plural = w != 'it'
            d.said, d.headed = [w], True
            return True
        if w in ('me', 'you', 'us', 'myself') and landmark:
            self.i += 1
            d.pointer, d.headed, d.said = Pointer.SELF, True, [w]
            return True
        return False

    def _numeral(self, after: str) -> bool:
        """Whether what follows "one" makes it a number: "one mug", not "one of", "one that"."""
        return self.known(after) and after not in _VERBISH or after in lexicon.COLOURS

    def _numbered(self, d: _Draft) -> bool:
        """Read "number 2", "instances one and three", "mug 2"."""
        w, ahead = self.word(), 1
        if not (w in _NUMBERED or self.known(w) and self.word(1).isdigit()):
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
        if not values or (w in ('thing', 'things') and self.word(1) not in ('number',)
                          and not self.word(1).isdigit()):
            return False
        self.i += ahead
        d.pointer, d.numbers, d.headed = Pointer.NUMBER, tuple(values), True
        d.plural = len(values) > 1
        d.said = ['number', ' and '.join(str(v) for v in values)]
        if self.take("'s"):
            self._owned(d)
        return True

    def _ordinal(self, d: _Draft) -> bool:
        w = self.word()
        if w not in ORDINALS and w not in ('last', 'final'):
            return False
        if w == 'second' and d.quantity is Quantity.ANY:
            return False
        rank = -1 if w in ('last', 'final') else 1 + ORDINALS.index(w)
        self.i += 1
        d.said.append(w)
        d.bare = False
        after = self.word()
        if (many := number(after)) is not None and abs(rank) == 1 and after != 'one':
            self.i += 1
            d.pointer, d.plural = Pointer.ORDINAL, True
            d.numbers = tuple(range(1, many + 1)) if rank == 1 else tuple(range(-many, 0))
            if self.word() in ('', ',', 'of') or self.take('ones'):
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

    def _counted(self, d: _Draft, w: str) -> bool:
        """Read a number that says how many, or alone, which."""
        after = self.word(1)
        if w == 'one' and after == 'of':
            return self._generic(d, w)
        if d.definite or self.nominal(after) or after in lexicon.COLOURS or after in (
                'of', 'other', 'things', 'objects', 'items', 'ones', 'more') or (
                after in lexicon.ORDERS):
            self.i += 1
            d.number, d.bare = number(w), False
            d.plural = d.plural or d.number != 1
            if not d.definite and d.quantity is Quantity.THE:
                d.quantity = Quantity.ANY
            if self.word() in ('', ','):  # "the two"
                d.pointer, d.headed = Pointer.THEM, True
            if self.take('more'):
                d.other = True
            if self.take('of'):
                d.quantity = Quantity.ANY
            return True
        if d.bare and not d.said:
            if after in ('', ',', 'and', 'or') and self.i <= 1 or (
                    self.word(-1) in ('mean', 'meant', 'take', 'want', 'and')):
                self.i += 1
                d.pointer, d.numbers, d.headed = Pointer.NUMBER, (number(w) or 0,), True
                d.said = ['number', str(number(w))]
                return True
        if not d.bare and after in ('', ','):
            self.i += 1
            d.number, d.pointer, d.headed = number(w), Pointer.THEM, True
            return True
        return False

    def _generic(self, d: _Draft, w: str) -> bool:
        one, many = lexicon.singular(w)
        after = self.word(1)
        if one in ('what', 'which', 'whatever') and d.said:
            return False
        if w == 'one' and after == 'of' and (d.bare or d.quantity is not Quantity.THE
                                             or not d.definite):
            self.i += 2
            if d.quantity is Quantity.THE:
                d.quantity = Quantity.ANY
            d.bare = False
            inner = self.phrase()
            return inner is not None and self._from_set(d, inner)
        self.i += 1
        d.headed = True
        d.plural = d.plural or many or one in ('stuff', 'everything')
        if one == 'one':
            if d.bare and not many:
                d.quantity = Quantity.ANY
        else:
            d.generic = True
        if one in ('something', 'anything', 'whatever', 'what'):
            d.quantity = Quantity.ANY if one != 'what' else Quantity.THE
        if one == 'everything':
            d.quantity = Quantity.ALL
        if one == 'which':
            inner_start = self.i
            inner = self.phrase()
            if inner is None or inner.pointer:
                self.i = inner_start
            else:
                self._copy(d, inner)
        d.said.append(w if one in lexicon.GENERIC - {'what', 'which', 'whatever'} else 'thing')
        return True

    def _from_set(self, d: _Draft, inner: Phrase) -> bool:
        """"one of the mugs", "the red one of them": the noun comes from the set."""
        self._copy(d, inner)
        if d.quantity is not Quantity.ALL and (d.number or 1) < 2:
            d.plural = False
        return True

    @staticmethod
    def _copy(d: _Draft, inner: Phrase) -> None:
        d.noun, d.meant, d.usual = inner.noun, inner.meant, inner.usual
        d.generic = inner.generic
        d.limits += inner.limits
        d.excluded += inner.excluded
        d.part, d.owner = inner.part, inner.owner or d.owner
        d.other = d.other or inner.other
        if inner.pointer is Pointer.THEM and not d.other and d.ordinal is None and not d.limits:
            d.pointer = Pointer.THEM
        d.plural = d.plural or inner.plural
        d.said += inner.said.split()
        d.headed = True

    def _adjective(self, d: _Draft) -> bool:
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

    def _placed(self, d: _Draft, w: str, after: str) -> bool:
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
        if w in lexicon.SHADES and after in lexicon.COLOURS:
            self.i += 2
            weights = lexicon.SHADE_COLOURS.get((w, after), lexicon.COLOURS[after])
            return Colour(f'{w} {after}', weights)
        if w in ('sky', 'navy', 'lime', 'olive', 'baby', 'royal') and after in lexicon.COLOURS:
            self.i += 2
            return Colour(f'{w} {after}', lexicon.COLOURS[after])
        if w not in lexicon.COLOURS:
            return None
        if w == 'orange' and after in ('', ',', 'and', 'or', "'s", 'please', 'on', 'next', 'in',
                                       'that', 'is', 'left', 'right', 'behind', 'to', 'near') and (
                self.word(-1) in ('the', 'an', 'a', '', 'no', 'any', 'other', 'each', 'every')):
            return None
        if w in ('clear', 'tan', 'rose', 'cream') and not (self.known(after) or after in (
                'one', 'thing')):
            return None
        self.i += 1
        if self.word() in ('coloured', 'colored', 'ish'):
            self.i += 1
        return Colour(w, lexicon.COLOURS[w])

    def _noun(self, d: _Draft) -> bool:
        """Read the run of nouns that ends a phrase."""
        start = self.i
        while self.nominal(self.word()) or (
                self.word() in ('of',) and self.i > start
                and self.word(-1) in ('pair', 'roll') and self.nominal(self.word(1))):
            word = self.word()
            if self.i > start and not self.known(word) and self.known(self.word(-1)):
                break  # "the mug yonder"
            if self.i > start and word in _VERBISH and number(self.word(1)) is None and (
                    self.word(1) in ('the', 'a', 'it', 'me', 'you')):
                break
            self.i += 1
        run = self.t[start:self.i]
        if not run:
            return False
        d.headed = True
        d.said += run
        possessive = self.take("'s")
        if possessive:
            follows = self.nominal(self.word()) or self.word() in lexicon.COLOURS or (
                self.word() in ('top', 'left', 'right', 'front', 'back'))
            self._head(d, run)
            if follows:
                self._owned(d)
            return True
        self._head(d, run)
        return True

    def _head(self, d: _Draft, run: tuple[str, ...]) -> None:
        full, many = lexicon.singular(' '.join(run))
        if ' '.join(run) in self.names or full in self.names:
            named = ' '.join(run) if ' '.join(run) in self.names else full
            d.noun, d.plural, d.meant = named, d.plural or many, lexicon.meaning(named)
            return
        for word in (*run, ' '.join(run[:-1])):
            d.usual += lexicon.USUAL_COLOURS.get(lexicon.singular(word)[0], ())
        colour = d.limits[-1].word if d.limits and isinstance(d.limits[-1], Colour) else ''
        if f'{colour} {full}' in lexicon.PARTS:  # "the red button" is one name
            full = f'{colour} {full}'
            d.limits.pop()
        for cut in range(1, len(run)):
            tail = ' '.join(run[cut:])
            owner, _ = lexicon.singular(' '.join(run[:cut]))
            is_part = tail in lexicon.PARTS or lexicon.singular(tail)[0] in lexicon.PARTS
            if is_part and (owner in lexicon.NOUNS or owner in self.names) and (
                    full not in lexicon.NOUNS):
                owned = _Draft(limits=d.limits, plural=False, that=d.that, other=d.other)
                self._head(owned, run[:cut])
                owned.said = list(run[:cut])
                d.owner, d.limits, d.usual, d.other = owned.done(), [], (), False
                d.noun = tail if tail in lexicon.PARTS else lexicon.singular(tail)[0]
                d.part, d.plural = True, d.plural or lexicon.singular(tail)[1]
                d.said = [w for w in d.said if w not in run] + list(run[cut:])
                return
        part = full if full in lexicon.PARTS else ' '.join(run)
        if part in lexicon.PARTS:
            d.part = True
            d.noun = part
            d.plural = d.plural or many
            if d.owner is None and lexicon.is_noun(part):
                d.meant = lexicon.meaning(part)
            return
        content = full.split()[-1] in lexicon.CONTENTS and full not in lexicon.NOUNS
        d.noun, d.plural = full, d.plural or (many and not content)
        d.meant = lexicon.meaning(full)
        if run[-1] in lexicon.SCENERY or full in lexicon.SCENERY:
            d.meant = lexicon.meaning(full)

    def _owned(self, d: _Draft) -> None:
        """What was read is the owner of what follows: "the mug's", "that one's"."""
        owner = d.done()
        inner = self.phrase_tail()
        fresh = inner or _Draft()
        for name in _Draft.__dataclass_fields__:
            setattr(d, name, getattr(fresh, name))
        d.owner = replace(owner, said=owner.said)
        d.headed = True

    def phrase_tail(self) -> _Draft | None:
        """Read the head of a phrase that already has its determiner."""
        draft = _Draft(bare=False, definite=True)
        start = self.i
        if self._before(draft, False):
            return draft
        self.i = start
        return None

    # -- after the head ---------------------------------------------------------------------

    def _after(self, d: _Draft) -> None:
        negated = False
        while True:
            w, after = self.word(), self.word(1)
            if not w:
                return
            if w == HELD:
                self.i += 1
                d.limits.append(Relation(('held',), (), 'held'))
            elif self._from(d) or self._posture(d, negated):
                negated = False
            elif w == ',' and after in ('that', 'which') and self.word(2) in ('is', 'has', 'are'):
                self.i += 1
            elif w in ('that', 'which', 'who') and self._clause_follows():
                self.i += 1
                if self._carried(d):
                    continue
            elif w in ('is', 'are', 'was') and after == 'not' and self._said_clause():
                self.i += 2
                negated = True
            elif w == 'does' and after == 'not' and self.word(2) == 'have':
                self.i += 3
                self._having(d, True)
            elif w in ('has', 'have', 'having') and self._said_clause():
                self.i += 1
                no = self.take('no')
                self._having(d, no)
            elif w == 'with' and self._with(d) or w == 'without' and self._lacking(d):
                negated = False
            elif (w == 'of' or d.part and not d.owner and w in ('from', 'on', 'belonging')) and self._of(d):
                pass
            elif self._excluding(d, negated):
                negated = False
            elif (found := self.row(places.HARMLESS)) and not self._better_relation(found[0]):
                self.i += len(found[0])
            elif self._place_or_relation(d):
                negated = False
            elif (colour := self._colour_after(d)) is not None:
                d.limits.append(replace(colour, negated=negated))
                d.said += [*(['not'] if negated else []), *colour.word.split()]
                negated = False
            elif self._order_after(d):
                negated = False
            elif w in ('in', 'painted', 'colored', 'coloured', 'all') and after in lexicon.COLOURS:
                self.i += 1
            elif w in _COPULA and self._skips():
                self.i += 1
                if w in ('not',):
                    negated = True
            elif w == 'to' and self._purpose(d) or w == 'for' and self._purpose(d):
                pass
            elif d.generic and not d.limits and self._carried(d):
                pass
            else:
                return

    def _said_clause(self) -> bool:
        return self.word(-1) in ('that', 'which', 'who', 'one', 'thing', 'object') or (
            self.i == 1 and self.word(-1) in ('what', 'which')) or self.word(-1) in (
            'things', 'objects', 'ones', 'something', 'anything', 'everything') or (
            self.known(self.word(-1)) and self.word() in ('having',))

    def _clause_follows(self) -> bool:
        return self.word(1) in _COPULA | {'has', 'have', 'having', 'the', 'a', 'stands', 'lies',
                                          'sits', 'carries', 'contains', 'holds', 'it', 'leans',
                                          'does', 'number', 'instance', 'looks', 'my'}

    def _skips(self) -> bool:
        """Whether a "is" or "you see" between a head and what describes it can be skipped."""
        ahead = 0
        while self.word(ahead) in _COPULA | {'not', 'right', 'just', 'all', 'more', 'very', 'really'}:
            if ahead and self.word(ahead) in ('left', 'right') and self.word(ahead + 1) in (
                    'of', 'one', ''):
                break
            rest = Reader(self.t[self.i + ahead:], self.names)
            if ahead and (rest.row(places.RELATIONS) or rest.row(places.PLACES)):
                break
            ahead += 1
        save, self.i = self.i, self.i + ahead
        word = self.word()
        good = bool(self.row(places.RELATIONS) or self.row(places.PLACES)
                    or word in lexicon.COLOURS or word in lexicon.ORDERS or word == HELD
                    or word in lexicon.SHADES or word in lexicon.SHAPES or word in (
                        'upright', 'with', 'without', 'painted', 'number', 'instance', 'has')
                    or any(self.t[self.i:self.i + len(k)] == k for k in _POSTURES))
        if word == 'in' and self.word(1) == '':
            good = False
        self.i = save
        if not good and self.word(-1) in ('that', 'which'):
            return True
        return good

    def _carried(self, d: _Draft) -> bool:
        """Read "the apple is in", "does the apple lie on": what asks for its carrier."""
        start = self.i
        while self.word() in ('is', 'are', 'does', 'do', 'did'):
            self.i += 1
        inner_start = self.i
        noun = Reader(self.t[:], self.names)
        noun.i = inner_start
        draft = _Draft()
        if self.word() in ('i', 'you', 'we') or not noun._before(draft, True):
            self.i = start
            return False
        self.i = noun.i
        while self.word() in ('is', 'are', 'lies', 'lie', 'lying', 'stands', 'stand', 'standing',
                              'sits', 'sit', 'sitting', 'placed', 'rests', 'resting', 'put'):
            self.i += 1
        for words in (('on', 'top', 'of'), ('on', 'top'), ('inside', 'of'), ('on',), ('in',),
                      ('inside',), ('upon',)):
            if self.t[self.i:self.i + len(words)] == words:
                self.i += len(words)
                self.take('now')
                if self.word() in ('', ',', 'and'):
                    d.limits.append(Relation(('carrier',), (draft.done(),), 'under'))
                    return True
                break
        self.i = start
        return False

    def _from(self, d: _Draft) -> bool:
        """Read "from the left" after an ordinal."""
        if self.word() != 'from' or (d.ordinal is None and not any(
                isinstance(limit, Order) for limit in d.limits)):
            return False
        ahead = 2 if self.word(1) in ('the', 'your', 'my') else 1
        side = places.SIDES.get(self.word(ahead))
        if side is None:
            return False
        rank = d.ordinal or 1
        d.ordinal = None
        self.i += ahead + 1
        d.limits.append(Order(side, True, f'from the {side}', rank))
        return True

    def _posture(self, d: _Draft, negated: bool) -> bool:
        save = self.i
        while self.word() in ('is', 'are', 'standing', 'stands', 'lies', 'that', 'which', 'lying'):
            for words, posture in _POSTURES.items():
                if posture and self.t[self.i:self.i + len(words)] == words:
                    break
            else:
                self.i += 1
                continue
            break
        for words, posture in sorted(_POSTURES.items(), key=lambda entry: -len(entry[0])):
            if self.t[self.i:self.i + len(words)] == words and posture:
                if words[0] == 'is' and self.word(2) not in ('', ','):
                    continue
                self.i += len(words)
                d.limits.append(Trait('posture', posture, negated))
                return True
        if self.i > save and self.word() in ('', ',') and self.word(-1) in (
                'standing', 'stands', 'lies', 'lying'):
            d.limits.append(Trait('posture', 'lying' if self.word(-1).startswith('l') else
                                  'upright', negated))
            return True
        self.i = save
        return False

    def _having(self, d: _Draft, negated: bool) -> None:
        inner = self.phrase()
        if inner is None:
            return
        if inner.part:
            colour = next((c for c in inner.limits if isinstance(c, Colour)), None)
            d.limits.append(Trait('part', inner.noun, negated, colour))
        elif inner.noun or inner.pointer:
            d.limits.append(Relation(('carrier',), (inner,), 'with'))

    def _with(self, d: _Draft) -> bool:
        save = self.i
        self.i += 1
        if self.take('the', 'number') or self.take('number'):
            value = number(self.word())
            if value is not None:
                self.i += 1
                d.pointer, d.numbers = Pointer.NUMBER, (value,)
                return True
        for words in (('the', 'colour'), ('the', 'color'), ('colour',), ('color',)):
            if self.take(*words):
                return True
        if self.take('the') or self.take('a') or True:
            colour = self._colour()
            if colour and self.word() in ('colour', 'color', 'paint'):
                self.i += 1
                d.limits.append(colour)
                return True
        self.i = save + 1
        negated = self.take('no')
        inner = self.phrase()
        if inner is None or inner.pointer is not None and not inner.part or (
                inner.owner is not None and inner.owner.pointer is not None):
            self.i = save
            return False
        if inner.part and not (inner.meant and not negated and inner.noun in ('bowl', 'drawer')):
            colour = next((c for c in inner.limits if isinstance(c, Colour)), None)
            d.limits.append(Trait('part', inner.noun, negated, colour))
            return True
        if inner.noun and (inner.meant or inner.noun in self.names):
            self.take('on', 'it') or self.take('in', 'it') or self.take('inside')
            if lexicon.is_noun(inner.noun) and inner.noun in lexicon.CONTENTS:
                return True
            d.limits.append(Relation(('carrier',), (inner,), 'with'))
            return True
        self.i = save
        return False

    def _lacking(self, d: _Draft) -> bool:
        """Read "without a handle": it has none. "without its cap" is an exclusion."""
        save = self.i
        self.i += 1
        definite = self.word() in ('its', 'the', 'their')
        inner = self.phrase()
        if inner is not None and inner.part and not definite:
            d.limits.append(Trait('part', inner.noun, True))
            d.said += ['without', 'a', inner.noun]
            return True
        self.i = save
        return False

    def _of(self, d: _Draft) -> bool:
        save = self.i
        self.i += 1
        self.take('to')
        inner = self.phrase()
        if inner is None:
            self.i = save
            return False
        if d.part and not (inner.noun in lexicon.CONTENTS and not
                                                  inner.limits and d.meant):
            d.owner, d.part = inner, True
            d.said += ['of', 'it'] if inner.pointer else ['of', 'the', *inner.said.split()]
            return True
        if not d.noun and (d.headed or d.other):
            return self._from_set(d, inner)
        if inner.noun in lexicon.CONTENTS or inner.noun in lexicon.KINDS or d.meant:
            d.said += ['of', *inner.said.split()]
            if lexicon.USUAL_COLOURS.get(inner.noun):
                d.usual += lexicon.USUAL_COLOURS[inner.noun]
            d.excluded += inner.excluded
            d.limits += [limit for limit in inner.limits if not isinstance(limit, Colour)]
            if d.noun in lexicon.KINDS or d.noun in ('pair', 'set', 'roll', 'piece', 'kind', 'set'):
                d.noun, d.meant = inner.noun, inner.meant
            return True
        self.i = save
        return False

    def _excluding(self, d: _Draft, negated: bool) -> bool:
        save = self.i
        if negated:
            colour = self._colour()
            if colour is not None:
                d.limits.append(replace(colour, negated=True))
                d.said += ['not', colour.word]
                return True
            inner = self.phrase()
            if inner is not None and (inner.noun or inner.pointer or inner.limits):
                d.excluded.append(inner)
                return True
            self.i = save
            return False
        comma = self.word() == ',' and self.word(1) in ('except', 'but', 'excluding', 'apart',
                                                         'without')
        if comma:
            self.i += 1
        words = next((run for run in _EXCEPT if self.take(*run)), None)
        if words is None and self.word() == 'but' and self.word(1) not in ('only', 'just', 'rather') \
                and (d.quantity in (Quantity.ALL, Quantity.ANY) or d.part and not d.bare):
            words = ('but',)
            self.i += 1
        if words is None:
            self.i = save
            return False
        if words == ('not',) and self.word() in ('all', 'only'):
            self.i = save
            return False
        while True:
            inner = self.phrase()
            if inner is None:
                break
            d.excluded.append(inner)
            if not (self.word() in ('and', 'or') and self.word(1) in ('the', 'a', 'its', 'any')
                    and d.quantity is Quantity.ALL and self.take(self.word())):
                break
        if not d.excluded:
            self.i = save
            return False
        if words == ('not',) and d.noun and not d.limits and self.word() in ('', ',') and (
                d.excluded[-1].part):
            return True
        return True

    def _better_relation(self, harmless: tuple[str, ...]) -> bool:
        found = self.row(places.RELATIONS) or self.row(places.PLACES)
        return found is not None and len(found[0]) > len(harmless)

    def _place_or_relation(self, d: _Draft) -> bool:
        save = self.i
        if self.word() in ('right', 'just', 'directly', 'immediately', 'closely') and (
                self.i + 1 < len(self.t)):
            self.i += 1
            found = self.row(places.RELATIONS)
            if not found or found[0][0] in ('of', 'from') or save and self.word() == 'of':
                self.i = save
        relation, place = self.row(places.RELATIONS), self.row(places.PLACES)
        if relation and (not place or len(relation[0]) >= len(place[0])):
            words, kinds = relation
            if words == ('with',):
                self.i = save
                return False
            self.i += len(words)
            if kinds == 'in' and self.word() in lexicon.COLOURS | lexicon.SHADE_COLOURS.keys() \
                    or kinds == 'in' and self.word() in lexicon.SHADES:
                colour = self._colour()
                if colour is not None:
                    d.limits.append(colour)
                    return True
            if self.word() == HELD:
                self.i += 1
                d.limits.append(Relation(('held',), (), 'held'))
                return True
            marks = self._landmarks(kinds == 'between')
            if marks and marks[0].part and not marks[0].meant and (
                    marks[0].owner is None or marks[0].owner.pointer) and (
                    words in (('by',), ('at',), ('on',), ('with',))) and d.headed and not d.part:
                owner = d.done()
                for name in _Draft.__dataclass_fields__:
                    setattr(d, name, getattr(_Draft(), name))
                d.noun, d.part, d.headed, d.owner = marks[0].noun, True, True, owner
                d.plural, d.limits, d.said = marks[0].plural, list(marks[0].limits), [marks[0].said]
                return True
            if marks:
                if marks[0].pointer is Pointer.SELF:
                    d.limits.append(Order('front' if kinds != 'behind' else 'back', True,
                                          ' '.join(words)))
                elif marks[0].noun in lexicon.SCENERY and not marks[0].meant and kinds in (
                        'on', 'in', 'near', 'front'):
                    pass
                else:
                    d.limits.append(Relation(tuple(kinds.split()), marks, ' '.join(words)))
                return True
            self.i = save
            if self.word() in ('right', 'just', 'directly'):
                self.i = save
        if place:
            words, measure = place
            self.i += len(words)
            if self.take('of', 'the', 'table') or self.take('of', 'the', 'image'):
                pass
            d.limits.append(Order(measure, True, ' '.join(words)))
            return True
        self.i = save
        return False

    def _landmarks(self, two: bool) -> tuple[Phrase, ...]:
        first = self.phrase(landmark=True)
        if first is None:
            return ()
        found = [first]
        if two and self.word() == 'and':
            self.i += 1
            second = self.phrase(landmark=True)
            if second is not None:
                found.append(second)
        return tuple(found)

    def _colour_after(self, d: _Draft) -> Colour | None:
        if not (d.generic or not d.noun or self.word(-1) in ('is', 'are', 'in', 'not', 'all',
                                                             'painted', 'colour', 'color')
                or self.word(1) in ('', ',')):
            return None
        return self._colour()

    def _order_after(self, d: _Draft) -> bool:
        w = self.word()
        loose = d.generic or not d.noun or self.word(-1) in ('is', 'are', 'that')
        if w in lexicon.ORDERS and loose:
            measure, most, strict = lexicon.ORDERS[w]
            d.limits.append(Order(measure, most, w, strict=strict))
        elif w in lexicon.SHAPES and loose:
            d.limits.append(Trait('shape', lexicon.SHAPES[w]))
        elif w in ('left', 'right') and self.word(-1) in ('lies', 'is', 'stands', 'sits'):
            d.limits.append(Order(w, True, w))
        else:
            return False
        self.i += 1
        return True

    def _purpose(self, d: _Draft) -> bool:
        """Read "to drink from": only after words for any thing."""
        if not (d.generic or d.noun in lexicon.KINDS):
            return False
        rest = self.t[self.i + 1:]
        stop = rest.index(',') if ',' in rest else len(rest)
        meant = lexicon.purpose(stems(rest[:stop]))
        if not meant:
            return False
        d.meant, d.generic = meant, False
        d.noun = ''
        d.said += self.t[self.i:self.i + 1 + stop]
        self.i += 1 + stop
        return True


def stems(words: Sequence[str]) -> frozenset[str]:
    """The words, and what "-ing" and plurals come from."""
    found = set(words)
    for word in words:
        if word.endswith('ing') and len(word) > 5:
            stem = word[:-3]
            found |= {stem, stem + 'e', stem[:-1] if stem[-1] == stem[-2] else stem}
        found.add(lexicon.singular(word)[0])
    return frozenset(found)


# -- sentences ------------------------------------------------------------------------------------

@dataclass
class _Item:
    """A phrase of a sentence and what stands between it and the one before."""

    phrase: Phrase
    joiner: str = ''
    verbs: tuple[str, ...] = ()
    negated: bool = False
    fronted: bool = False


_JOINERS = {'and': 'and', 'or': 'or', 'then': 'then', 'plus': 'and', 'also': 'and', 'next': 'then',
            'afterwards': 'then', 'after': 'then', 'but': 'but', ',': ',', 'rather': 'or rather'}
_REFUSING = frozenset('not never avoid ignore skip leave'.split())


def clauses(tokens: Sequence[str], names: frozenset[str] = frozenset()) -> tuple[Clause, ...]:
    """Read what a request asks for; () where it names nothing."""
    text = ' '.join(tokens)
    text = re.sub(r'\bas well as\b', 'and', text)
    text = _FRAME.sub('', _TAIL.sub('', text)) or text
    text = ' '.join(_WRONG.sub(lambda m: f' not {m[1] or ""} ', text).split())
    text = _WHEREON.sub(r'what \2 \3 lie \1', text)
    text = ' '.join(_HOLDS.sub(f' {HELD} ', text).split())
    if re.fullmatch(rf'(?:.* )?{HELD}(?: .*)?', text) and not re.search(
            r'\b(?:thing|object|what|one|something|anything)\b', text):
        text = re.sub(rf'^((?:\w+ )*?)({HELD})', r'\1thing \2', text) if not any(
            Reader((w,), names).known(w) for w in text.split()) else text
    reader = Reader(tuple(text.split()), names)
    items = _items(reader)
    if not items:
        items = _unknown(reader)
    return _assembled(items)


def _items(reader: Reader) -> list[_Item]:
    items: list[_Item] = []
    joiner, verbs, negated = '', [], False
    pending: list[Limit] = []
    while reader.word():
        w = reader.word()
        if w in _JOINERS and not (w == 'next' and reader.word(1) == 'to'):
            after = reader.word(1)
            if w in ('next', 'after') and not (after in ('that', ',') or w == 'next'):
                reader.i += 1
                continue
            joined = _JOINERS[w]
            joiner = joined if joined in ('then', 'or rather') or joiner in ('', ',') else joiner
            reader.i += 1
            if w == 'after':
                reader.take('that')
            continue
        if w in ('not', 'never') or w == 'no' and reader.word(1) not in ('', ',', 'the', 'i', 'not'):
            negated = True
            reader.i += 1
            continue
        if w in ('of', 'from', 'among', 'for', 'at') and reader.word(1) in ('the', 'these', 'those',
                                                                           'it', 'instance', 'them'):
            reader.i += 1
            start = reader.i
            phrase = reader.phrase()
            if phrase is not None and reader.word() not in ('', ','):
                items.append(_Item(phrase, joiner, tuple(verbs), negated, w != 'at'))
                joiner, verbs, negated = '', [], False
                continue
            reader.i = start
            if phrase is None:
                continue
        start = reader.i
        fronted = None if items and not verbs and joiner == '' else _fronted(reader, verbs)
        if fronted is not None:
            pending.append(fronted)
            continue
        phrase = reader.phrase()
        if phrase is None:
            reader.i = start + 1
            if w not in ('the', 'a', 'an', 'please'):
                verbs.append(w)
            continue
        if pending and phrase.part and phrase.owner is None and isinstance(pending[0], Relation) \
                and pending[0].kinds in (('on',), ('in',)):
            phrase = replace(phrase, owner=pending[0].landmarks[0])
            pending = []
        elif pending:
            phrase = replace(phrase, limits=(*phrase.limits, *pending))
            pending = []
        items.append(_Item(phrase, joiner, tuple(verbs), negated))
        joiner, verbs, negated = '', [], False
    if pending and not items:
        items.append(_Item(Phrase('thing', generic=True, limits=tuple(pending))))
    elif pending and verbs:
        items.append(_Item(Phrase('thing', generic=True, limits=tuple(pending)), joiner,
                           tuple(verbs)))
    elif pending:
        last = items[-1]
        last.phrase = replace(last.phrase, limits=(*last.phrase.limits, *pending))
    return items


def _fronted(reader: Reader, verbs: list[str]) -> Limit | None:
    """Read "left of the mug ..." before what is there; None for anything else."""
    start = reader.i
    found = reader.row(places.RELATIONS)
    if found is None or found[0][0] in ('with', 'carrying', 'holding', 'holds') and found[1] in (
            'near', 'carrier'):
        place = reader.row(places.PLACES)
        if place and reader.i == 0 and len(place[0]) > 1 or place and verbs and verbs[-1] in (
                'is', 'one', 'go', 'look') and len(place[0]) > 1:
            reader.i += len(place[0])
            return Order(place[1], True, ' '.join(place[0]))
        return None
    place = reader.row(places.PLACES)
    if verbs and verbs[-1] in ('put', 'place', 'set', 'hold', 'take', 'grab', 'pick', 'go', 'point',
                               'look') and found[0] in (('on',), ('by',), ('in',), ('over',)) and (
            verbs[-1] not in ('look',)):
        return None
    draft = _Draft()
    if reader._place_or_relation(draft) and draft.limits:
        if reader.take('there', 'is') or reader.take('there', 'are') or reader.take('there'):
            pass
        return draft.limits[0]
    reader.i = start
    return None


def _unknown(reader: Reader) -> list[_Item]:
    """A sentence without any known noun: its unknown words are the noun."""
    words = [w for w in reader.t if reader.unknown(w) and w != HELD]
    if not words:
        return []
    noun, many = lexicon.singular(' '.join(words))
    return [_Item(Phrase(' '.join(words), noun, plural=many))]


def _assembled(items: list[_Item]) -> tuple[Clause, ...]:
    kept: list[_Item] = []
    named = [i for i in items if i.phrase.noun or i.phrase.pointer or i.phrase.limits]
    if named and _idle(items[0].phrase):
        items = items[1:]
    for item in items:
        last = kept[-1] if kept else None
        phrase = item.phrase
        if last is None:
            kept.append(item)
            continue
        before = last.phrase
        meaning = any(v in ('mean', 'meant') for v in item.verbs) or item.joiner == 'or rather'
        if (not phrase.noun and not phrase.generic and not phrase.pointer and not phrase.owner):
            phrase = replace(phrase, noun=before.noun, meant=before.meant, usual=before.usual,
                             part=before.part, generic=before.generic and not before.noun)
            if before.noun:
                phrase = replace(phrase, said=f'{phrase.said.removesuffix(" one").removesuffix("one")}'
                                              f' {before.noun}'.strip())
            if meaning or last.fronted or (before.plural and not item.joiner):
                limits = (*before.limits, *phrase.limits) if not last.negated else phrase.limits
                kept[-1] = _Item(replace(phrase, limits=limits, owner=before.owner), last.joiner,
                                 last.verbs)
                continue
        elif (phrase.generic and not phrase.limits and not phrase.meant and not phrase.other
              and (before.meant or before.noun) and not phrase.several):
            continue  # "i have to cut paper so find the thing"
        if phrase.other and before.pointer is Pointer.NUMBER and not item.negated:
            kept[-1] = _Item(replace(phrase, excluded=(*phrase.excluded, before)), last.joiner,
                             item.verbs)
            continue
        if (before.generic and before.limits and not before.several and not item.joiner
                and phrase.noun and not phrase.limits and not phrase.part and not before.meant
                and any(isinstance(limit, Relation) for limit in before.limits)):
            kept[-1] = _Item(replace(phrase, limits=before.limits), last.joiner, last.verbs)
            continue
        if last.negated and not item.negated:
            phrase = replace(phrase, excluded=(*phrase.excluded, before))
            kept[-1] = _Item(phrase, last.joiner, item.verbs)
            continue
        if item.negated and not (phrase.part and phrase.owner is None and before.part):
            kept[-1] = replace_item(last, replace(before, excluded=(*before.excluded, phrase)))
            continue
        if phrase.part and phrase.owner is not None and phrase.owner.pointer in (
                Pointer.IT, Pointer.THEM) and not before.part:
            phrase = replace(phrase, owner=before)
            listed = item.joiner == 'and' and not item.verbs
            if not listed:
                kept[-1] = _Item(phrase, last.joiner, last.verbs)
                continue
        elif phrase.part and phrase.owner is None and not before.part and (
                before.noun or before.pointer or before.generic) and (
                item.joiner == '' or last.fronted or item.verbs) and item.joiner != 'then':
            kept[-1] = _Item(replace(phrase, owner=before), last.joiner, last.verbs)
            continue
        if phrase.pointer in (Pointer.IT, Pointer.THEM) and not phrase.part and not phrase.that:
            placing = _PLACING.intersection(item.verbs) and any(
                isinstance(limit, Relation) for limit in phrase.limits)
            if placing:
                kept.append(_Item(replace(before, limits=(*before.limits, phrase.limits[-1])),
                                  'put', item.verbs))
            elif phrase.limits:
                phrase = replace(before, limits=(*before.limits, *phrase.limits))
                kept[-1] = _Item(phrase, last.joiner, last.verbs)
            continue
        if phrase.owner is not None and phrase.owner.pointer is Pointer.IT and before.part:
            phrase = replace(phrase, owner=before.owner)
        kept.append(_Item(phrase, item.joiner, item.verbs, item.negated))
    return _grouped(kept)


def _idle(phrase: Phrase) -> bool:
    """Whether a "what" or "thing" says nothing: "what about the mug"."""
    return phrase.generic and not (phrase.limits or phrase.meant or phrase.other or phrase.several
                                   or phrase.excluded)


def replace_item(item: _Item, phrase: Phrase) -> _Item:
    """Return the item with another phrase."""
    return _Item(phrase, item.joiner, item.verbs, item.negated, item.fronted)


def _grouped(items: list[_Item]) -> tuple[Clause, ...]:
    found: list[Clause] = []
    for i, item in enumerate(items):
        phrase, place = item.phrase, None
        if _PLACING.intersection(item.verbs) and phrase.limits and isinstance(
                phrase.limits[-1], Relation) and phrase.limits[-1].landmarks:
            place = phrase.limits[-1].landmarks[0]
            phrase = replace(phrase, limits=phrase.limits[:-1])
        if item.negated:
            if len(items) == 1 and not phrase.part:
                phrase = Phrase(f'other {phrase.noun or "one"}', phrase.noun, phrase.generic,
                                phrase.meant, plural=phrase.plural, quantity=Quantity.THE,
                                excluded=(phrase,))
                found.append(Clause((phrase,)))
            continue
        same = i and place is None and found and found[-1].place is None and (
            item.joiner in ('and', 'or', ',', 'but', '') and not (
                {v for v in item.verbs} - {'also', 'the', 'for', 'me', 'both'}))
        if item.joiner == 'put':
            found.append(Clause((phrase,), place=place))
        elif same:
            last = found[-1]
            found[-1] = Clause((*last.phrases, phrase), last.either or item.joiner == 'or')
        else:
            found.append(Clause((phrase,), place=place))
    return tuple(found)
