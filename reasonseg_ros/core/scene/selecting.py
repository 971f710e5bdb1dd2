# SPDX-License-Identifier: Apache-2.0
"""Of things that fit a phrase, those that are meant: by order, by number, or by asking."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from reasonseg_ros.core.language import lexicon
from reasonseg_ros.core.language.utterance import (
    Anaphor,
    Colour,
    Order,
    Phrase,
    Quantity,
    Relation,
    Trait,
)
from reasonseg_ros.core.scene import answers, matching, places
from reasonseg_ros.core.scene.matching import Match
from reasonseg_ros.core.scene.setting import Candidate, Setting

CLOSE = 1.15  # two sizes whose ratio is less are alike: "the small one" is neither of them
GROUP = 1.5   # two sizes that are further apart are never alike
CALLED = 0.62  # times the best one's chance to be called so, from which a thing is one of several
EQUAL = 1.02  # two sizes whose ratio is less are equal: neither is "the bigger one"
_SIZES = frozenset(('size', 'height', 'length', 'width'))
_AXES = {'left': 0, 'right': 0, 'front': 1, 'back': 1}  # of an image


@dataclass
class Choice:
    """What one phrase means: things to show, or why there are none, or what to ask.

    without  masks to take away from those shown
    said     remark on a number or a missing piece
    """

    shown: list[Match] = field(default_factory=list)
    asked: list[Match] = field(default_factory=list)
    question: str = ''
    missing: str = ''
    said: str = ''
    without: list[Candidate] = field(default_factory=list)
    exact: bool = False  # remembered masks, as they are


class Selector:
    """Chooses among matches. `rival`: a match so many times the best one is as good."""

    def __init__(self, scene: Setting, rival: float) -> None:
        self.scene = scene
        self.rival = rival

    def select(self, found: list[Match], phrase: Phrase) -> Choice:
        """Choose among the things that fit, best first, by orders and numbers; or ask."""
        if not found:
            return Choice(missing=self.why(phrase))
        sure = [m for m in found if m.sure]
        pool = sure or found
        ordinal = phrase.pointer is Anaphor.ORDINAL
        orders = [limit for limit in phrase.limits if isinstance(limit, Order)]
        best = max(pool, key=lambda m: m.score)
        good = [m for m in pool if m.score >= self.rival * best.score]
        if not sure:
            if phrase.several and len(found) > 1:
                return Choice(asked=good)
            return Choice(asked=good)
        if orders:
            good = self._called([m for m in sure if m.score >= min(self.rival, 0.5) * best.score],
                                phrase)
        if orders:
            return self._ordered(good, orders, phrase)
        if ordinal:
            order = places.rank(self.scene, [m.item for m in good], 'left', True)
            nth = phrase.numbers[0]
            if abs(nth) > len(order):
                return Choice(missing=self.few(len(order), phrase))
            item = order[nth - 1 if nth > 0 else nth]
            return Choice([m for m in good if m.item is item])
        if any(isinstance(v, Relation) for v in phrase.limits):
            good = sorted(good, key=lambda m: m.cost)
            if not phrase.several:
                if (good[0].cost == 0.0 and len(good) > 1 and good[1].cost == 0.0
                        and phrase.quantity is Quantity.THE):
                    return Choice(asked=good)
                return Choice(good[:1])
        return self._counted(good, sure, phrase)

    def _counted(self, good: list[Match], sure: list[Match], phrase: Phrase) -> Choice:
        number = phrase.number
        if phrase.quantity is Quantity.ALL or (phrase.plural and number is None):
            # Shapes and materials rule nothing out: "all the round things" are the rounder ones.
            least = 0.8 if any(isinstance(v, Trait) and v.kind in ('shape', 'material')
                               for v in phrase.limits) else 0.5
            chosen = self._called(sure, phrase)
            chosen = [m for m in chosen if m.score >= least * good[0].score]
            chosen.sort(key=lambda m: m.item.box[0] + m.item.box[2])  # as people read
            return Choice(chosen, said=self._said(len(chosen), phrase))
        if number is not None and number > 1:
            chosen = good
            near = any(isinstance(v, Relation) and v.kinds[0] in ('near', 'far')
                       for v in phrase.limits)
            if phrase.quantity is Quantity.ANY or near:  # "the two nearest to the bottle"
                chosen = good[:number]
            return Choice(chosen, said=self._said(len(chosen), phrase))
        if phrase.quantity in (Quantity.ANY, Quantity.SOME):
            return Choice(good[:1])
        if len(good) > 1:
            return Choice(asked=good)
        return Choice(good)

    def _called(self, found: list[Match], phrase: Phrase) -> list[Match]:
        """Those that the noun fits well enough: a glass is no cup where there are cups."""
        called = [matching.name(self.scene, m.item, phrase) or 1.0 for m in found]
        return [m for m, chance in zip(found, called) if chance >= CALLED * max(called)]

    def _said(self, number: int, phrase: Phrase) -> str:
        if phrase.number is None or phrase.number == number:
            return ''
        return self.few(number, phrase)

    def few(self, number: int, phrase: Phrase) -> str:
        noun = lexicon.plural(phrase.noun or 'thing') if number != 1 else phrase.noun or 'thing'
        wanted = f', not {answers.count(phrase.number)}' if phrase.number else ''
        return f'I see {answers.count(number)} {noun}{wanted}.'

    def _ordered(self, good: list[Match], orders: Sequence[Order], phrase: Phrase) -> Choice:
        """Choose by "the biggest", "the second from the left", "the small one"."""
        by_item = {id(m.item): m for m in good}
        items = [m.item for m in good]
        if any(isinstance(v, Relation) for v in phrase.limits):
            items = [m.item for m in sorted(good, key=lambda m: m.cost)]
        orders = sorted(orders, key=lambda order: abs(order.rank) > 1)
        for i, order in enumerate(orders):
            last = i == len(orders) - 1
            items = places.rank(self.scene, items, order.measure, order.most)
            if not last or phrase.several:
                keep = max(1, (len(items) + 1) // 2)
                counted = abs(orders[-1].rank) > 1  # "the third from the left at the back"
                if (last or counted) and order.measure in _AXES:
                    keep = _on_side(items, _AXES[order.measure])
                if phrase.number and last:
                    keep = min(phrase.number, len(items))
                items = items[:keep]
                continue
            if len(items) == 2 and order.word in ('middle', 'centre', 'center', 'central'):
                return Choice(asked=[by_item[id(i)] for i in items])
            if order.rank == 1 and order.strict is False and len(items) > 1 and (
                    order.measure in _SIZES):
                sizes = [places.size(self.scene, item, order.measure) for item in items[:3]]
                if _alike(*sizes) and phrase.quantity is Quantity.THE and not phrase.generic:
                    return Choice(asked=[by_item[id(i)] for i in items[:2]])
            if order.rank == 1 and len(items) > 1 and order.measure in _SIZES and (
                    not phrase.generic and phrase.quantity is Quantity.THE):
                sizes = [places.size(self.scene, item, order.measure) for item in items[:2]]
                if max(sizes) < EQUAL * min(sizes):
                    return Choice(asked=[by_item[id(i)] for i in items[:2]])
            at = order.rank - 1 if order.rank > 0 else -1
            if at >= len(items):
                return Choice(missing=self.few(len(items), replace(phrase, number=order.rank)))
            items = [items[at]]
        return Choice([by_item[id(item)] for item in items],
                       said=self._said(len(items), phrase) if phrase.several else '')

    def why(self, phrase: Phrase) -> str:
        """Say what is missing: the noun, or what was said of it."""
        scene = self.scene
        noun = phrase.noun or 'thing'
        if phrase.limits and (phrase.noun or phrase.meant):
            bare = replace(phrase, limits=(), excluded=(), pointer=None, other=False)
            like = [m.item for m in map(lambda i: matching.match(scene, i, bare), scene.items)
                    if m.sure]
            hues = [answers.colours(scene, item) for item in like]
            if like and any(isinstance(v, Colour) for v in phrase.limits) and all(hues):
                if len(like) == 1:
                    return f'I see no {phrase.said}; the {noun} is {hues[0]}.'
                return f'I see no {phrase.said}, only {answers.join([f"a {h} one" for h in hues])}.'
            wanted = [v for v in phrase.limits if isinstance(v, Trait) and v.kind == 'part']
            if like and wanted and 'without' not in phrase.said:
                last = wanted[-1]
                hue = f'{last.colour.word} ' if last.colour else ''
                return (f'I see {answers.none(noun)} with'
                        f'{"out" if last.negated else ""} {answers.article(hue + last.value)}.')
        if phrase.other or 'other' in phrase.said:
            return f'I see no other {phrase.noun or "one"}.'
        if any(isinstance(v, Relation) for v in phrase.limits):
            where = next(v for v in phrase.limits if isinstance(v, Relation))
            mark = where.landmarks[0].said if where.landmarks else ''
            mark = mark if mark in ('it', 'them', 'that', 'this') else f'the {mark}'
            mark = '' if where.kinds == ('between',) and mark == 'them' else f' {mark}'
            return f'I see {answers.none(noun)} {where.word}{mark}.'
        shapes = [v.value for v in phrase.limits if isinstance(v, Trait) and v.kind == 'shape'
                  and v.value not in phrase.said]
        said = ' '.join([phrase.said.removeprefix('other ') or noun, *shapes])
        return f'I see {answers.none(said)}.'


def _alike(one: float, two: float, *others: float) -> bool:
    """Whether two sizes are alike; two small mugs are, beside a much bigger third."""
    ratio = max(one, two) / min(one, two)
    apart = max((max(two, x) / min(two, x) for x in others), default=1.0)
    return ratio < CLOSE or ratio < GROUP and ratio ** 2 < apart


def _on_side(items: Sequence[Candidate], axis: int) -> int:
    """How many of the items, in their order, lie before the middle between both ends."""
    at = [(i.box[axis] + i.box[axis + 2]) / 2 for i in items]
    middle = (at[0] + at[-1]) / 2
    return max(1, sum((x < middle) == (at[0] < middle) for x in at if x != middle))
