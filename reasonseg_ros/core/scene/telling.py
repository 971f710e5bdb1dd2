# SPDX-License-Identifier: Apache-2.0
"""Questions answered in words: how many, which colour, what it is, whether it is so.

What a phrase of the question means is for `core.scene.choosing` to find.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from reasonseg_ros.core.errors import BadRequest
from reasonseg_ros.core.language import lexicon
from reasonseg_ros.core.language.utterance import (
    Limit,
    Order,
    Phrase,
    Quantity,
    Relation,
    SpeechAct,
    Utterance,
)
from reasonseg_ros.core.scene import answers, matching
from reasonseg_ros.core.scene.choosing import Chooser
from reasonseg_ros.core.scene.inventory import NAMELESS
from reasonseg_ros.core.scene.setting import Candidate, Setting


class Teller:
    """One answer of COUNT, COLOUR, IDENTIFY or CONFIRM."""

    def __init__(self, scene: Setting, utterance: Utterance, chooser: Chooser) -> None:
        self.scene = scene
        self.utterance = utterance
        self.chooser = chooser

    def told(self) -> str:
        """Answer; raises BadRequest for a question about nothing."""
        act, said, scene = self.utterance.act, self.utterance, self.scene
        if not said.clauses:
            raise BadRequest(answers.UNCLEAR)
        phrase = said.clauses[0].phrases[0]
        if act in (SpeechAct.COUNT, SpeechAct.CONFIRM) and (lost := self._lost_landmark()):
            return lost
        if act is SpeechAct.COUNT:
            counted = answers.join([self._number(p) for p in said.clauses[0].phrases])
            return ' '.join(filter(None, (answers.untold(said.untold, True), f'I see {counted}.')))
        choice = self.chooser.choose(phrase)
        if not choice.shown and not choice.asked:
            return choice.missing
        items = [m.item for m in choice.shown or choice.asked]
        if choice.asked and phrase.noun:    # of a pen and a marker, "the pen" is the pen
            items = [i for i in items if scene.name(i) == phrase.noun] or items
        if act is SpeechAct.IDENTIFY:
            return ' and '.join(self._identified(item) for item in items) + '.'
        if act is SpeechAct.CONFIRM:
            asked = said.clauses[1].phrases[0]
            if len(said.clauses[1].phrases) > 1 or len(said.clauses) > 2 and compares(
                    [c.phrases[0] for c in said.clauses[1:]]):
                return self._nearest(items, [p for c in said.clauses[1:] for p in c.phrases],
                                     len(said.clauses) == 2)
            if len(said.clauses) > 2:
                return next((f'It is {where}.' for c in said.clauses[1:] for p in c.phrases
                             if (where := p.said) and all(self._is(i, p) for i in items)),
                            'Neither.')
            fits = [self._is(item, asked) for item in items]
            if all(fits) or len(items) > 1:
                return 'Yes.' if all(fits) else 'No, not all of them.' if any(fits) else 'No.'
            if any(map(partial(_is_place, asked), asked.limits)):
                return 'No.'
            hue = answers.colours(scene, items[0])
            if asked.noun:
                return f'No, it is {answers.a_thing(scene, items[0])}.'
            return f'No, it is {hue}.' if hue else 'No.'
        if len(items) == 1:
            hue = answers.colours(scene, items[0]) or 'of no colour that I can name'
            return f'The {scene.name(items[0], matching.NAMED)} is {hue}.'
        return ' '.join(f'One is {answers.colours(scene, item)}.' for item in items)

    def _lost_landmark(self) -> str:
        """Why it cannot be told where things are: their landmark is not there, or not known."""
        for phrase in (p for c in self.utterance.clauses for p in c.phrases):
            for limit in phrase.limits:
                if isinstance(limit, Relation) and limit.landmarks and isinstance(
                        where := self.chooser.landmarks(limit, phrase), str):
                    return where
        return ''

    def _nearest(self, items: Sequence[Candidate], marks: Sequence[Phrase], confirms: bool) -> str:
        """Which of several marks a thing is nearest to, or farthest from; or if it is the first."""
        if len(items) != 1:
            return 'Which one do you mean?'
        costs = []
        for phrase in marks:
            cost = self.chooser.cost(items[0], phrase)
            if isinstance(cost, str):
                return cost
            costs.append(cost)
        best = marks[costs.index(min(costs))]
        told = f'it is {best.said}.'
        if confirms:
            return 'Yes.' if best is marks[0] else f'No, {told}'
        return f'I{told[1:]}'

    def _is(self, item: Candidate, asked: Phrase) -> bool:
        """Whether an item is what a question asks it to be."""
        if not matching.match(self.scene, self.scene.owner(item), asked).sure:
            return False
        if not any(map(partial(_is_place, asked), asked.limits)):
            return True
        choice = self.chooser.choose(asked)
        return item.key in {m.item.key for m in (*choice.shown, *choice.asked)}

    def _number(self, phrase: Phrase) -> str:
        """"two mugs"."""
        whole = replace(phrase, plural=True, quantity=Quantity.ALL, number=None)
        number = len(self.chooser.choose(whole).shown)
        if phrase.pointer:
            return f'{answers.count(number)} of them'
        return (f'{answers.count(number)} '
                + (phrase.said if number != 1 else lexicon.singular(phrase.said)[0]))

    def _identified(self, item: Candidate) -> str:
        words = answers.a_thing(self.scene, item) if item.part is None else (
            f'the {answers.describe(self.scene, item)}')
        number = item.instance.id if item.instance else 0
        thing = self.scene.thing(item)
        name = self.scene.name(item)
        guess = ''
        if words.startswith('something') and thing is not None and name != NAMELESS:
            guess = f', perhaps {answers.article(name)}'
        return (f'Number {number} is ' if number else 'It is ') + words + guess


def _is_place(asked: Phrase, limit: Limit) -> bool:
    """Whether a limit says where things are: by a landmark, or all of them on one side."""
    return isinstance(limit, Relation) or asked.plural and isinstance(limit, Order)


def compares(phrases: Sequence[Phrase]) -> bool:
    """Whether alternatives are told apart by how near to one place they are."""
    last = [p.limits[-1] if p.limits else None for p in phrases]
    return len(phrases) > 1 and isinstance(one := last[0], Relation) and one.kinds in (
        ('near',), ('far',)) and (all(v == one for v in last) or all(
            p.generic and isinstance(v, Relation) and v.kinds == one.kinds
            for p, v in zip(phrases, last)))
