# SPDX-License-Identifier: Apache-2.0
"""Noun phrases with all that may follow the head: places, parts, exclusions, clauses, purposes.

Words that no rule wants end a phrase; `core.language.clauses` skips them.
"""

from collections.abc import Sequence
from dataclasses import replace

from reasonseg_ros.core.language import lexicon, places
from reasonseg_ros.core.language.cursor import HELD, VERBISH, Draft
from reasonseg_ros.core.language.normalise import number
from reasonseg_ros.core.language.place_phrases import POSTURES, PlaceReader
from reasonseg_ros.core.language.utterance import (
    Anaphor,
    Colour,
    Order,
    Phrase,
    Quantity,
    Relation,
    Trait,
)

_COPULA = frozenset("""is are was be being do does did can could would you i we lies lie lying
stands stand standing sits sit sitting placed put have left found located see find it that which who
there people use might should one positioned situated resting thing object things rests
appears""".split())
_LOOSE = frozenset('not right just all more very really'.split())
_EXCEPT = (('but', 'not'), ('but', 'never'), ('but', 'no'), ('except', 'for'), ('except',),
           ('excluding',), ('other', 'than'), ('apart', 'from'), ('different', 'from'),
           ('besides',),           ('leaving', 'out'), ('minus',), ('aside', 'from'),
           ('but', 'without'), ('without',),
           ('not',), ('and', 'not'), ('save',), ('and', 'no'))


class Reader(PlaceReader):
    """Reads the phrases of one sentence from left to right."""

    def phrase(self, landmark: bool = False) -> Phrase | None:
        """Read a noun phrase; None, and nothing stepped over, where there is none."""
        start = self.i
        draft = Draft()
        found = self.head(draft, landmark)
        if not found:
            self.i = start
            return None
        self._after(draft, landmark)
        return draft.done()

    def _after(self, d: Draft, landmark: bool = False) -> None:
        negated = False
        while True:
            w, after = self.word(), self.word(1)
            if not w:
                return
            if w == HELD:
                self.i += 1
                d.limits.append(Relation(('held',), (), 'held'))
            elif self._nearest_to(d) or self._from(d) or self._posture(d, negated):
                negated = False
            elif w == ',' and after in ('that', 'which') and self.word(2) in ('is', 'has', 'are'):
                self.i += 1
            elif w in ('that', 'which', 'who') and self._clause_follows() and not (
                    negated and after == 'one'):
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
            elif (w == 'of' or d.part and not d.owner and w in ('from', 'on', 'belonging')) and (
                    self._of(d)):
                pass
            elif landmark and not d.plural and d.quantity is Quantity.THE and not negated and (
                    w in ('except', 'but', 'excluding', 'minus', 'besides')):
                return  # "all on the left of the bottle except the mugs"
            elif self._excluding(d, negated):
                negated = False
            elif (found := self.row(places.HARMLESS)) and not self._better_relation(found[0]):
                self.i += len(found[0])
            elif self._place_or_relation(d):
                negated = False
            elif (colour := self._colour_after(d)) is not None:
                if d.several and self.word() in ('or', 'and') and self.word(1) in lexicon.COLOURS \
                        and not self.nominal(self.word(2)):  # "everything that is black or red"
                    self.i += 1
                    also = self._colour()
                    if also is not None:
                        both = {c: max(colour.weights.get(c, 0.0), also.weights.get(c, 0.0))
                                for c in {*colour.weights, *also.weights}}
                        colour = Colour(f'{colour.word} or {also.word}', both)
                d.limits.append(replace(colour, negated=negated))
                d.said += [*(['not'] if negated else []), *colour.word.split()]
                negated = False
            elif self._order_after(d):
                negated = False
            elif w in ('in', 'painted', 'colored', 'coloured', 'all') and after in lexicon.COLOURS:
                self.i += 1
            elif (d.generic and not d.limits or w in ('the', 'instance', 'number', 'my')) and (
                    self._carried(d)):
                pass
            elif w in ('number', 'instance') and self.word(-1) in ('is', 'are') and (
                    (value := number(self.word(1))) is not None):
                self.i += 2
                d.pointer, d.numbers = Anaphor.NUMBER, (value,)
            elif w in _COPULA and self._skips():
                self.i += 1
                if w in ('not',):
                    negated = True
            elif w == 'to' and self._purpose(d) or w == 'for' and self._purpose(d):
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
        while self.word(ahead) in _COPULA | _LOOSE:
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
                    or any(self.t[self.i:self.i + len(k)] == k for k in POSTURES))
        if word == 'in' and self.word(1) == '':
            good = False
        self.i = save
        if not good and self.word(-1) in ('that', 'which'):
            return True
        return good

    def _having(self, d: Draft, negated: bool) -> None:
        inner = self.phrase()
        if inner is None:
            return
        if inner.part:
            colour = next((c for c in inner.limits if isinstance(c, Colour)), None)
            d.limits.append(Trait('part', inner.noun, negated, colour))
        elif inner.noun or inner.pointer:
            d.limits.append(Relation(('carrier',), (inner,), 'with'))

    def _with(self, d: Draft) -> bool:
        save = self.i
        self.i += 1
        if self.take('the', 'number') or self.take('number'):
            value = number(self.word())
            if value is not None:
                self.i += 1
                d.pointer, d.numbers = Anaphor.NUMBER, (value,)
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

    def _lacking(self, d: Draft) -> bool:
        """Read "without a handle": it has none. "without its cap" is an exclusion."""
        save = self.i
        self.i += 1
        article = self.word()
        inner = self.phrase()
        colour = next((c for c in inner.limits if isinstance(c, Colour)), None) if inner else None
        # "the bottle without the orange cap" is the one whose cap is of another colour
        definite = article in ('its', 'their') or article == 'the' and colour is None
        if inner is not None and inner.part and not definite:
            d.limits.append(Trait('part', inner.noun, True, colour))
            d.said += ['without', 'a', *inner.said.split()]
            while self._next_part() and self.word(1) not in ('its', 'the', 'their'):
                self.i += 1
                also = self.phrase()
                if also is None:
                    break
                d.limits.append(Trait('part', also.noun, True))
                d.said += ['or', also.noun]
            return True
        self.i = save
        return False

    def _of(self, d: Draft) -> bool:
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
        if d.definite and d.noun and not (d.meant or d.noun in self.names) and (
                inner.meant or inner.pointer):  # "the gizmo of the lamp" is not the lamp
            d.owner, d.part = inner, True
            return True
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

    def _excluding(self, d: Draft, negated: bool) -> bool:
        save = self.i
        if negated:
            colour = self._colour()
            if colour is not None:
                d.limits.append(replace(colour, negated=True))
                d.said += ['not', colour.word]
                while self.word() in ('or', 'nor', 'and') and self.word(1) in lexicon.COLOURS:
                    self.i += 1
                    also = self._colour()
                    d.limits += [replace(also, negated=True)] if also else []
                return True
            inner = self.phrase()
            while inner is not None and (inner.noun or inner.pointer or inner.limits):
                d.excluded.append(inner)
                inner = self.phrase() if self._lists_on(d) else None
            if d.excluded:
                return True
            self.i = save
            return False
        comma = self.word() == ',' and self.word(1) in ('except', 'but', 'excluding', 'apart',
                                                         'without', 'minus', 'save', 'besides')
        if comma:
            self.i += 1
        words = next((run for run in _EXCEPT if self.take(*run)), None)
        if words is None and self.word() == 'but' and self.word(1) not in (
                'only', 'just', 'rather') and (
                d.quantity in (Quantity.ALL, Quantity.ANY) or d.plural or d.part and not d.bare):
            words = ('but',)
            self.i += 1
        if words is None:
            self.i = save
            return False
        if words == ('not',) and self.word() in ('all', 'only'):
            self.i = save
            return False
        while (inner := self.phrase()) is not None:
            d.excluded.append(inner)
            if not self._lists_on(d):
                break
        if not d.excluded:
            self.i = save
            return False
        if words == ('not',) and d.noun and not d.limits and self.word() in ('', ',') and (
                d.excluded[-1].part):
            return True
        return True

    def _next_part(self) -> bool:
        """Whether "and its lid", "or handle" comes next."""
        ahead = 2 if self.word(1) in ('its', 'the', 'their', 'a') else 1
        return self.word() in ('and', 'or', 'nor') and self.word(ahead) in lexicon.PARTS and (
            self.word(ahead + 1) in ('', ',', 'and', 'or'))

    def _lists_on(self, d: Draft) -> bool:
        """Step to the next thing that is left out: "and the lamp", "bottles"."""
        if d.excluded and d.excluded[-1].part and not d.part and self._next_part():
            self.i += 1
            return True
        if d.quantity not in (Quantity.ALL, Quantity.ANY):
            return False
        w, after = self.word(), self.word(1)
        if w in ('and', 'or', 'nor') and (
                after in ('the', 'a', 'an', 'its', 'any', 'my') or after in lexicon.COLOURS
                or self.known(after) and after not in VERBISH):
            self.i += 1
            return True
        if w == ',' and after in ('the', 'my') and 'and' in self.t[self.i:] and (
                d.quantity is Quantity.ALL):
            self.i += 1
            return True
        return self.known(w) and w not in VERBISH and lexicon.singular(w)[1]

    def _colour_after(self, d: Draft) -> Colour | None:
        if not (d.generic or not d.noun or self.word(-1) in ('is', 'are', 'in', 'not', 'all',
                                                             'painted', 'colour', 'color')
                or self.word(1) in ('', ',')):
            return None
        return self._colour()

    def _order_after(self, d: Draft) -> bool:
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

    def _purpose(self, d: Draft) -> bool:
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
