# SPDX-License-Identifier: Apache-2.0
"""What a pronoun, a number or an ordinal of a sentence means: things that were shown before.

Where in the dialogue to look is for `core.scene.memory` to say.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace

from reasonseg_ros.core.language.utterance import Anaphor, Colour, Order, Phrase, Quantity, Trait
from reasonseg_ros.core.scene import answers, memory, places
from reasonseg_ros.core.scene.matching import LIKELY, Match, match, taken_off
from reasonseg_ros.core.scene.part_choosing import PartChooser
from reasonseg_ros.core.scene.selecting import Choice
from reasonseg_ros.core.scene.setting import Candidate, Setting


class PointerChooser(PartChooser, ABC):
    """Finds what phrases that point back mean; `core.scene.choosing.Chooser` adds the others."""

    @abstractmethod
    def _things(self, phrase: Phrase) -> Choice:
        """Find the things that a phrase means."""

    @abstractmethod
    def _matches(self, pool: Sequence[Candidate], phrase: Phrase) -> list[Match] | str:
        """Things of the pool that fit, best first; or why there can be none."""

    @abstractmethod
    def all_of(self, phrase: Phrase, pool: Sequence[Candidate] = ()) -> list[Candidate]:
        """Every item that a phrase may mean; of a superlative, the one."""

    def _counting_on(self, phrase: Phrase) -> Phrase | None:
        """"The third one" after "the second block", which was counted from the left, not as shown.

        None for any other phrase.
        """
        bare = Phrase(phrase.said, pointer=Anaphor.ORDINAL, numbers=phrase.numbers)
        if phrase != bare or len(phrase.numbers) != 1:
            return None
        for record in reversed(self.scene.dialogue.rounds):
            before = memory.said_alone(record)
            if before is None or before.pointer is not Anaphor.ORDINAL or not record.instances:
                return None
            if before.noun:
                counted = self._things(before).shown
                shown = self.scene.of(record.instances[0])
                return replace(before, numbers=phrase.numbers) if [
                    m.item.key for m in counted] == [shown.key] else None
        return None

    def _pointed(self, phrase: Phrase) -> Choice:
        """Find what a pronoun, a number or an ordinal means."""
        scene, pointer = self.scene, phrase.pointer
        if pointer is Anaphor.NUMBER:
            items = [memory.numbered(self.scene, n) for n in phrase.numbers]
        elif pointer is Anaphor.BEFORE:
            items = memory.before_last(scene, phrase)[-(phrase.number or 1):] or list(
                scene.focus[-2:-1])
            if not items and phrase.said.startswith('prior '):  # "from before", not "before that"
                items = memory.shown_as(scene, phrase)[-1:]
            if not items:
                return Choice(missing='Nothing like that was shown before; which one do you mean?')
        elif pointer is Anaphor.ORDINAL:
            pool = memory.in_order(scene, phrase)
            if phrase.noun and phrase.part and not memory.fitting(scene, phrase, pool):
                owner = Phrase('one', pointer=pointer, numbers=phrase.numbers)
                return self.parts(replace(phrase, pointer=None, numbers=(), owner=owner))
            nth = phrase.numbers[-1]
            if (row := memory.in_a_row(scene, phrase)) is not None:
                return self.choose(row)
            if not pool or max(nth, -nth) > len(pool):
                pool = _left_open(scene, phrase) or pool
            if not pool or max(nth, -nth) > len(pool):
                few = f'There {"is" if len(pool) == 1 else "are"} only {answers.count(len(pool))}.'
                return Choice(missing=few if pool else
                              'Nothing has been shown yet; which thing do you mean?')
            items = [pool[n - 1 if n > 0 else n] for n in phrase.numbers]
        elif pointer is Anaphor.IT and phrase.said in ('that one', 'this one') and any(
                isinstance(v, Order | Colour) for v in phrase.limits):
            return self._things(replace(phrase, pointer=None, said='one'))  # that one on the left
        elif pointer is Anaphor.THEM and scene.counted and len(scene.counted.items) < 2 and (
                not scene.given and (scene.counted.items or scene.latest)):
            items = list(scene.counted.items)
            if not items:
                return Choice(missing=f'I see {answers.none(scene.counted.said)}.')
        elif pointer is Anaphor.IT and phrase.said in ('it', 'its') and scene.counted and (
                len(scene.counted.items) == 1 and not scene.given):
            items = list(scene.counted.items)  # "how many lamps are there" - "show me it"
        elif pointer is Anaphor.IT and not phrase.limits and (
                holder := memory.holder(scene, self.words)):
            return self.choose(holder)
        else:
            items = memory.antecedents(self.scene, phrase, self.words)
        if pointer is Anaphor.THEM and phrase.meant and not phrase.part:
            items = memory.fitting(scene, phrase, items)
        lacking = [v for v in phrase.limits
                   if isinstance(v, Trait) and v.kind == 'part' and v.negated and v.colour is None]
        if lacking:
            phrase = taken_off(phrase, lacking)
        if self._heeding and phrase.several:
            items = [i for i in items if not self.is_forbidden(i)]
        if len(items) > 1 and any(e.pointer is Anaphor.IT and e.said in ('it', 'this', 'that')
                                  for e in phrase.excluded) and len(scene.latest) > 1:
            return Choice(asked=[Match(i, 1.0, 1.0) for i in items])  # "all of them but this"
        if phrase.excluded:
            gone = {key for e in phrase.excluded for key in self._left_out(e, items)} | (
                self.parts_left_out(phrase.excluded, items))
            parts = [p for e in phrase.excluded if e.part for p in self.excluded_parts(e, items)]
            items = [i for i in items if i.key not in gone]
            if parts:
                return Choice([Match(i, 1.0, 1.0) for i in items], without=parts)
        matches = [Match(i, 1.0, 1.0) for i in items]
        if phrase.limits:
            self.mean(items)
            bare = replace(phrase, pointer=None, noun='', meant={})
            found = self._matches(items, bare)
            return Choice(missing=found) if isinstance(found, str) else self.selector.select(
                found, bare)
        self.mean(items)
        if pointer is Anaphor.IT and memory.found_none(scene):
            return Choice(asked=[replace(m, weakest=LIKELY) for m in matches[:1]])
        if pointer is Anaphor.THEM and phrase.quantity is Quantity.ANY:
            matches = matches[:phrase.number or 1]
        if pointer is Anaphor.IT and len(items) > 1:
            if scene.question or scene.spoken_of:
                return Choice(asked=matches)
            matches = matches[:1]
        said = ''
        if pointer is Anaphor.THEM and phrase.number and phrase.number != len(items):
            said = f'That is {answers.count(len(items))}, not {answers.count(phrase.number)}.'
        return Choice(matches, said=said, exact=True)

    def _left_out(self, excluded: Phrase, items: Sequence[Candidate]) -> set[object]:
        """Keys of what is left out of several things; of a pen and a marker, "the pen" is one."""
        keys = {i.key for i in self.all_of(excluded, items)}
        kinds = {self.scene.name(i) for i in items}
        if excluded.noun in kinds and len(kinds) > 1 and not excluded.several:
            keys = {i.key for i in items if self.scene.name(i) == excluded.noun} & keys or keys
        return keys


def _left_open(scene: Setting, phrase: Phrase) -> list[Candidate]:
    """"A bottle, please" - "the second one": those that the first request left open, from the left.

    [] for any other phrase, and where too few are there.
    """
    asked = memory.said_alone(scene.dialogue.rounds[-1]) if scene.dialogue.rounds else None
    if asked is None or asked.quantity is not Quantity.ANY or asked.part or phrase.noun or (
            phrase.meant or len(scene.shown) != 1):
        return []
    alike = [i for i in scene.items if match(scene, i, asked).sure]
    order = places.rank(scene, alike, 'left', True)
    return order if max(map(abs, phrase.numbers)) <= len(order) else []
