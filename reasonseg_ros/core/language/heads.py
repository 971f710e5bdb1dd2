# SPDX-License-Identifier: Apache-2.0
"""Noun phrases up to their head: articles, numbers, adjectives, nouns, pronouns.

What may follow the head is read in `core.language.noun_phrases`.
"""

from abc import ABC, abstractmethod
from dataclasses import replace

from reasonseg_ros.core.language import lexicon, places
from reasonseg_ros.core.language.cursor import VERBISH, Draft
from reasonseg_ros.core.language.determiners import DeterminerReader
from reasonseg_ros.core.language.normalise import number
from reasonseg_ros.core.language.utterance import Anaphor, Colour, Phrase, Quantity

_DEFINITE = frozenset('the these those my your our his her'.split())
_INDEFINITE = frozenset('a an any some'.split())
_SET = {'all': Quantity.ALL, 'every': Quantity.ALL, 'each': Quantity.ALL, 'both': Quantity.ALL,
        'everything': Quantity.ALL}
_KEEPERS = frozenset('my your his her our their house car door'.split())


class HeadReader(DeterminerReader, ABC):
    """Reads phrases up to and with their head; `Reader` adds what follows it."""

    # -- noun phrases -----------------------------------------------------------------------

    @abstractmethod
    def phrase(self, landmark: bool = False) -> Phrase | None:
        """Read a noun phrase; None, and nothing stepped over, where there is none.

        `Reader` does: a head may hold whole phrases, as in "the red one of the mugs".
        """

    def head(self, d: Draft, landmark: bool) -> bool:
        """Read up to and with the head; False where there is no phrase."""
        start = self.i
        while True:
            w, after = self.word(), self.word(1)
            if d.headed:
                return True
            if w in _SET and (w != 'everything'):
                if w == 'all' and after in ('i', 'you') or w == 'each' and after == 'other':
                    return False
                self.i += 1
                d.quantity, d.bare = Quantity.ALL, False
                if w == 'both':
                    d.number = 2
                d.plural = d.plural or w in ('all', 'both')
                self.take('of')
            elif w == 'that' and after in ('is', 'are') and d.definite and (d.number or 0) > 1:
                d.headed = True  # "the two that are not red"
            elif w in ('this', 'that', 'these', 'those') and not d.said:
                if not self._demonstrative(d):
                    return False
            elif w in _DEFINITE and not (d.limits and d.said and self.word(-1) in lexicon.COLOURS):
                if w == 'her' and after in ('', ','):
                    return False
                self.i += 1
                d.bare, d.definite = False, True
            elif w in ('a', 'an') and after in ('few', 'couple', 'pair', 'number', 'set', 'piece',
                                                'bit') or (w == 'couple' and after == 'of'):
                self.i += 1 if w == 'couple' else 2
                any_will_do = after in ('couple', 'pair', 'piece')
                d.quantity, d.bare = Quantity.ANY if any_will_do else Quantity.SOME, False
                d.number = 2 if after in ('couple', 'pair') else d.number
                self.take('of')
            elif w in ('pair', 'set', 'piece') and after == 'of' and (
                    self.word(2) not in lexicon.PLURALE_TANTUM):
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
                d.quantity, d.bare, d.number = Quantity.ANY, False, 1
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
                          or self.word() in {'part', 'parts', *lexicon.HARMLESS, *lexicon.SHAPES}
                          or lexicon.singular(self.word())[0] in lexicon.GENERIC
                          or number(self.word()) is not None):
                    d.headed = True
                d.said.append(w)
            elif w in ('previous', 'preceding', 'prior') and d.definite:
                self.i += 1
                d.pointer = Anaphor.BEFORE
                d.said.append(w)
                if (many := number(self.word())) is not None and many > 1:
                    self.i += 1
                    d.number, d.plural = many, True
                if not self.nominal(self.word()) and (
                        lexicon.singular(self.word())[0] not in lexicon.GENERIC):
                    d.headed = True
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
            elif w in lexicon.OCCASIONS and self.known(after):
                self.i += 1  # "the dinner plate"
            else:
                if d.said and d.limits or d.ordinal is not None or (
                        d.definite and (d.number or 0) > 1):  # "the red", "second", "the two on"
                    d.headed = True
                    return True
                if d.quantity is Quantity.ALL and d.number == 2 or (
                        w in ('', ',') and d.quantity is Quantity.ALL):  # "both", "all"
                    d.pointer, d.headed = Anaphor.THEM, True
                    return self.i > start
                return False

    def _generic(self, d: Draft, w: str) -> bool:
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
        if one == 'one' and d.said and self.word() == "'s" and self.nominal(self.word(1)):
            self.i += 1
            self._owned(d)
            return True
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
                d.adopt(inner)
        d.said.append(w if one in lexicon.GENERIC - {'what', 'which', 'whatever'} else 'thing')
        return True

    def _from_set(self, d: Draft, inner: Phrase) -> bool:
        """"one of the mugs", "the red one of them": the noun comes from the set."""
        d.adopt(inner)
        d.plural = d.plural and (d.quantity is Quantity.ALL or (d.number or 1) > 1)
        return True

    def _noun(self, d: Draft) -> bool:
        """Read the run of nouns that ends a phrase."""
        start = self.i
        while self.nominal(self.word()) or (
                self.i > start and f'{self.word(-1)} {self.word()}' in lexicon.PARTS) or (
                self.word() == 'of' and self.i > start and self.word(-1) in ('pair', 'roll')
                and self.nominal(self.word(1))):
            word = self.word()
            pair = f'{self.word(-1)} {word}'
            if self.i > start and word != 'of' and not self.known(word) and (
                    self.known(self.word(-1)) and pair not in lexicon.PARTS
                    and not lexicon.is_noun(lexicon.singular(pair)[0])):
                break  # "the mug yonder"
            if self.i > start and self._lists(self.word(-1), word, d.bare):
                break
            if self.i > start and word in VERBISH and self.known(self.word(-1)) and (
                    self.word(1) in ('the', 'a', 'it', 'me', 'you')):
                break
            self.i += 1
        if not (run := self.t[start:self.i]):
            return False
        d.headed = True
        d.said += run
        follows = False
        if self.take("'s"):
            described = self.word() in lexicon.ORDERS or self.word() in lexicon.HARMLESS
            follows = self.nominal(self.word()) or self.word() in lexicon.COLOURS or (
                described and self.nominal(self.word(1))) or (
                self.word() in ('top', 'left', 'right', 'front', 'back'))
        self._head(d, run)
        if follows:
            self._owned(d)
        return True

    def _head(self, d: Draft, run: tuple[str, ...]) -> None:
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
                owned = Draft(limits=d.limits, plural=False, that=d.that, other=d.other)
                self._head(owned, run[:cut])
                owned.said = list(run[:cut])
                d.owner, d.limits, d.usual, d.other = owned.done(), [], (), False
                d.noun = tail if tail in lexicon.PARTS else lexicon.singular(tail)[0]
                d.part, d.plural = True, d.plural or lexicon.singular(tail)[1]
                d.said = [w for w in d.said if w not in run] + list(run[cut:])
                return
        part = full if full in lexicon.PARTS else ' '.join(run)
        if part in lexicon.PARTS and not self.opens_doors(run):
            d.part, d.noun = True, part
            d.plural = d.plural or many
            if d.owner is None and lexicon.is_noun(part):
                d.meant = lexicon.meaning(part)
            return
        if full in lexicon.MASSES and d.quantity is Quantity.THE and not (d.number or d.other):
            d.plural = True  # "the cutlery"
        content = full.split()[-1] in lexicon.CONTENTS and full not in lexicon.NOUNS
        d.noun, d.plural = full, d.plural or (many and not content)
        d.meant = lexicon.meaning(full)

    def _owned(self, d: Draft) -> None:
        """What was read is the owner of what follows: "the mug's", "that one's"."""
        owner = d.done()
        inner = self.phrase_tail()
        fresh = inner or Draft()
        for name in Draft.__dataclass_fields__:
            setattr(d, name, getattr(fresh, name))
        d.owner = replace(owner, said=owner.said)
        d.headed = True

    def phrase_tail(self) -> Draft | None:
        """Read the head of a phrase that already has its determiner."""
        draft, start = Draft(bare=False, definite=True), self.i
        if not self.head(draft, False):
            self.i = start
            return None
        return draft
