# SPDX-License-Identifier: Apache-2.0
"""Places after the head of a noun phrase: relations to landmarks, places in view, postures."""


from reasonseg_ros.core.language import lexicon, places
from reasonseg_ros.core.language.cursor import HELD, Draft
from reasonseg_ros.core.language.heads import HeadReader
from reasonseg_ros.core.language.utterance import Anaphor, Limit, Order, Phrase, Relation, Trait

# After "the drawer that the apple is in".
_ENDS = frozenset(['', ',', *('and or for then now is are there somewhere please here '
                              'again').split()])
POSTURES = {('upright',): 'upright', ('up', 'upright'): 'upright', ('on', 'end'): 'upright',
             ('vertically',): 'upright', ('standing', 'up'): 'upright', ('stands', 'up'): 'upright',
             ('lying', 'down'): 'lying', ('lies', 'down'): 'lying', ('on', 'its', 'side'): 'lying',
             ('flat', 'on'): '', ('lying', 'flat'): 'lying', ('lies', 'flat'): 'lying',
             ('horizontally',): 'lying', ('laying', 'down'): 'lying', ('is', 'lying'): 'lying',
             ('fallen', 'over'): 'lying', ('tipped', 'over'): 'lying'}


def in_view(measure: str, words: tuple[str, ...]) -> Limit:
    """A place that no landmark is named for; "in between" is between what was shown last."""
    word = ' '.join(words)
    if measure == 'between':
        return Relation(('between',), (Phrase('them', plural=True, pointer=Anaphor.THEM),), word)
    return Order(measure, True, word)


class PlaceReader(HeadReader):
    """Reads where a thing is, or how it lies."""

    def _from(self, d: Draft) -> bool:
        """Read "from the left" after an ordinal."""
        if self.word() != 'from' or (
                d.ordinal is None and d.pointer is not Anaphor.ORDINAL and not any(
                    isinstance(limit, Order) for limit in d.limits)):
            return False
        ahead = 2 if self.word(1) in ('the', 'your', 'my') else 1
        side = places.SIDES.get(self.word(ahead))
        if side is None:
            return False
        rank = d.ordinal or 1
        d.ordinal = None
        if d.pointer is Anaphor.ORDINAL:  # "the first two from the left"
            d.pointer, d.number, d.numbers = None, len(d.numbers), ()
        self.i += ahead + 1
        d.limits.append(Order(side, True, f'from the {side}', rank))
        return True

    def _nearest_to(self, d: Draft) -> bool:
        """Read "to the lamp" after "the nearest mug", where it says what the mug is nearest to."""
        order = next((v for v in d.limits if isinstance(v, Order)
                      and v.word in places.NEARNESS), None)
        if order is None or self.word() not in ('to', 'from') or self.row(places.PLACES) or (
                self.row(places.RELATIONS) or self.word() == 'from' and places.SIDES.keys() & {
                    self.word(1), self.word(2)}):
            return False
        save = self.i
        self.i += 1
        marks = self._landmarks(False)
        if not marks or marks[0].noun in lexicon.SCENERY:
            self.i = save
            return False
        if marks[0].pointer is not Anaphor.SELF:
            d.limits.remove(order)
            d.limits.append(Relation((places.NEARNESS[order.word],), marks, order.word))
        return True

    def _posture(self, d: Draft, negated: bool) -> bool:
        save = self.i
        while self.word() in ('is', 'are', 'standing', 'stands', 'lies', 'that', 'which', 'lying'):
            for words, posture in POSTURES.items():
                if posture and self.t[self.i:self.i + len(words)] == words:
                    break
            else:
                self.i += 1
                continue
            break
        for words, posture in sorted(POSTURES.items(), key=lambda entry: -len(entry[0])):
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

    def _carried(self, d: Draft) -> bool:
        """Read "the apple is in", "does the apple lie on": what asks for its carrier."""
        start = self.i
        while self.word() in ('is', 'are', 'does', 'do', 'did'):
            self.i += 1
        draft = Draft()
        if self.word() in ('i', 'you', 'we') or not self.head(draft, True):
            self.i = start
            return False
        if d.part and d.owner is None and self.take('has'):
            d.owner = draft.done()
            return True
        while self.word() in ('is', 'are', 'lies', 'lie', 'lying', 'stands', 'stand', 'standing',
                              'sits', 'sit', 'sitting', 'placed', 'rests', 'resting', 'put'):
            self.i += 1
        for words in (('on', 'top', 'of'), ('on', 'top'), ('inside', 'of'), ('on',), ('in',),
                      ('inside',), ('upon',)):
            if self.t[self.i:self.i + len(words)] == words:
                self.i += len(words)
                if self.word() in _ENDS:
                    d.limits.append(Relation(('carrier',), (draft.done(),), 'under'))
                    return True
                break
        self.i = start
        return False

    def _better_relation(self, harmless: tuple[str, ...]) -> bool:
        """Whether "around" comes before a landmark, and is no mere "around here"."""
        relation = self.row(places.RELATIONS)
        if relation and len(relation[0]) == len(harmless) and self.word(len(harmless)) in (
                'the', 'it', 'instance', 'number', 'that', 'a', 'my'):
            return True
        found = relation or self.row(places.PLACES)
        return found is not None and len(found[0]) > len(harmless)

    def _place_or_relation(self, d: Draft) -> bool:
        save = self.i
        if self.word() in ('right', 'just', 'directly', 'immediately', 'closely') and (
                self.i + 1 < len(self.t)):
            self.i += 1
            found = self.row(places.RELATIONS)
            if not found or found[0][0] in ('of', 'from') or save and self.word() == 'of':
                self.i = save
        relation, place = self.row(places.RELATIONS), self.row(places.PLACES)
        if relation and place and place[1] == 'between' and self.nominal(self.word(len(place[0]))):
            place = None  # "between the two plates"
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
                for name in Draft.__dataclass_fields__:
                    setattr(d, name, getattr(Draft(), name))
                d.noun, d.part, d.headed, d.owner = marks[0].noun, True, True, owner
                d.plural, d.limits, d.said = marks[0].plural, list(marks[0].limits), [marks[0].said]
                return True
            if marks:
                if marks[0].pointer is Anaphor.SELF:
                    side = 'front' if kinds not in ('behind', 'far') else 'back'
                    d.limits.append(Order(side, True, ' '.join(words)))
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
            d.limits.append(in_view(measure, words))
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
