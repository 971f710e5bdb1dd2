# SPDX-License-Identifier: Apache-2.0
"""What one phrase means among the things in view and those of the dialogue.

Evidence is weighed in `core.scene.matching`; here is which things are asked about, how many are
meant, and when a question is due.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

from reasonseg_ros.core.language.utterance import Anaphor, Order, Phrase, Quantity, Relation, Trait
from reasonseg_ros.core.scene import answers, comparing, matching, memory, places
from reasonseg_ros.core.scene.matching import LIKELY, Match, is_part, taken_off
from reasonseg_ros.core.scene.pointing import PointerChooser
from reasonseg_ros.core.scene.selecting import Choice
from reasonseg_ros.core.scene.setting import Candidate

# Of the way between two ends: what costs more is not "the one in between", none of "those".
BETWEEN = {False: 0.9, True: 0.6}


class Chooser(PointerChooser):
    """Finds what phrases of one sentence mean; its values are those of `PartChooser`."""

    def choose_allowed(self, phrase: Phrase) -> Choice:
        """Find what a phrase means among what need not be left alone.

        What is named directly is found all the same, with a remark.
        """
        if not self.forbidden:
            return self.choose(phrase)
        free = self.choose(phrase)
        self._heeding = True
        try:
            heeding = self.choose(phrase)
        finally:
            self._heeding = False
        shown = [m for m in free.shown if self.is_forbidden(m.item)]
        if heeding.shown or heeding.asked and all(m.sure for m in heeding.asked):
            if any(self.is_forbidden(m.item) for m in heeding.shown):
                heeding.said = f'{heeding.said} You told me to leave it alone.'.strip()
            elif shown and phrase.several:
                heeding.said = f'{heeding.said} {self._leave(shown)}'.strip()
            return heeding
        if shown and phrase.quantity is not Quantity.THE:
            return Choice(missing=self._leave(shown))
        if shown:
            free.said = f'{free.said} You told me to leave it alone.'.strip()
        return free

    def _leave(self, shown: Sequence[Match]) -> str:
        named = {m.item.key: f'the {answers.describe(self.scene, m.item)}' for m in shown}
        return f'I leave {answers.join(list(named.values())[:3])} alone, as you said.'

    def choose(self, phrase: Phrase) -> Choice:
        """Find what a phrase means."""
        if phrase.pointer is Anaphor.SELF:
            return Choice(missing='I do not see you.')
        phrase = comparing.of_anything(self.scene, phrase)
        phrase = comparing.in_between(self.scene, phrase, self.before)
        if (counting_on := self._counting_on(phrase)) is not None:
            return self._things(counting_on)
        if phrase.pointer is not None and not (phrase.pointer is Anaphor.ORDINAL
                                               and memory.counts_places(self.scene, phrase)):
            return self._pointed(phrase)
        if phrase.part:
            if phrase.meant and phrase.owner is None:  # "the bowl", "the keyboard": a thing, too
                whole = self._things(replace(phrase, part=False))
                if whole.shown or whole.asked:
                    return whole
                if phrase.limits and self._things(replace(phrase, part=False, limits=())).shown:
                    return whole  # of another colour
                part = self.parts(phrase)
                return part if part.shown or part.asked else whole
            return self.parts(phrase)
        choice = self._things(phrase)
        lacking = [v for v in phrase.limits if isinstance(v, Trait) and v.kind == 'part'
                   and v.negated and v.colour is not None]
        if lacking and choice.missing:  # the only bottle, without the orange cap that it has
            off = self._things(taken_off(phrase, lacking))
            return off if off.shown else choice
        return choice

    def _things(self, phrase: Phrase) -> Choice:
        """Find the things that a phrase means."""
        scene = self.scene
        if phrase.other and not phrase.pointer:
            phrase, others = self._others(phrase)
            if others is not None:
                return self.selector.select(others, phrase)
        if memory.is_unknown(self.scene, phrase):
            return Choice(missing=answers.unknown(scene, phrase.noun))
        if phrase.several or phrase.generic or phrase.quantity is Quantity.ANY:
            # What the words rule out, and nobody can recognise, may be among all the others.
            for excluded in phrase.excluded:
                if memory.is_unknown(scene, excluded) and not is_part(excluded, phrase):
                    return Choice(missing=answers.unknown(scene, excluded.noun))
        if not scene.items and not scene.question:
            return Choice(missing='I see nothing on the table.')
        if comparing.compares_nothing(scene, phrase):
            return Choice(missing='Nothing has been shown yet that I could compare; which thing?')
        if (more := comparing.compared(scene, phrase)) is not None:
            found = self._matches(more, phrase)
            return self.selector.select(found, phrase) if not isinstance(found, str) else Choice(
                missing=found)
        parts = [e for e in phrase.excluded if is_part(e, phrase)]
        if parts and phrase.generic and phrase.quantity is Quantity.ALL and scene.latest and (
                len(scene.latest) == 1):
            items = [scene.owner(scene.latest[0])]
            return Choice([Match(i, 1.0, 1.0) for i in items],
                           without=[p for e in parts for p in self.excluded_parts(e, items)])
        choice = Choice()
        for pool in memory.pools(self.scene, phrase, self.rejecting, self.words):
            found = self._matches(pool, phrase)
            if isinstance(found, str):
                choice = Choice(missing=found)
                continue
            shown = {i.key for i in scene.shown}
            if phrase.that and not phrase.plural and found and all(i.key in shown for i in pool):
                sure = [m for m in found if m.sure]
                last = [m for m in sure if m.item.key in {i.key for i in scene.singled_out}]
                if len(last) > 1:  # "that mug", of two that were shown at once
                    return Choice(asked=last)
                choice = Choice(sure[:1])
                if choice.shown:
                    if not phrase.limits:
                        choice.exact = True
                    self.mean([m.item for m in choice.shown])
                    break
                continue
            choice = self.selector.select(found, phrase)
            if memory.strays(scene, phrase, [m.item for m in choice.shown]):
                choice = Choice(asked=choice.shown)
            if choice.shown or (choice.asked and all(m.sure for m in choice.asked)):
                if pool is scene.question or (scene.given and choice.shown):
                    self.mean([m.item for m in choice.shown])
                break
        lacking = [v for v in phrase.limits
                   if isinstance(v, Trait) and v.kind == 'part' and v.negated and v.colour is None]
        if lacking and not choice.shown and not choice.asked and (
                phrase.quantity is Quantity.THE):  # "the pan with no handle" that has one
            whole = self._things(taken_off(phrase, lacking))
            if whole.shown:
                return whole
        if (not choice.shown and not choice.asked and phrase.said.startswith('other ')
                and 'the other one' in self.words and not any(e.limits for e in phrase.excluded)):
            latest = {scene.owner(i).key for i in scene.latest}
            before = [i for i in scene.shown if i.key not in latest]
            if before:  # "not the lamp but the other one", of a mug and a lamp
                return Choice([Match(before[-1], 1.0, 1.0)], exact=True)
        if not choice.shown and not choice.asked and phrase.said.startswith('other ') and (
                rest := memory.rest(scene, [i for e in phrase.excluded for i in self.all_of(e)])):
            return Choice([Match(i, 1.0, 1.0) for i in rest], exact=True)
        if not choice.shown and not choice.asked and not choice.missing:
            choice.missing = self.selector.why(phrase)
        if parts and choice.shown:
            choice.without = [p for e in parts for p in self.excluded_parts(
                e, [m.item for m in choice.shown])]
            if not choice.without and not choice.said:
                choice.said = f'I see no {parts[0].noun} on it.'
        return self._settled(choice, phrase)

    def _settled(self, choice: Choice, phrase: Phrase) -> Choice:
        """The one of several that was shown before is what a plain noun means."""
        if (len(choice.asked) > 1 and not phrase.limits and not self.scene.question
                and phrase.noun and phrase.quantity is Quantity.THE and not phrase.excluded):
            keys = {i.key for i in self.scene.shown}
            shown = [m for m in choice.asked if m.item.key in keys and m.sure]
            last = {self.scene.owner(i).key for i in self.scene.shown_last}
            shown = [m for m in shown if m.item.key in last] or shown
            wrong = memory.rejected(self.scene, self.rejecting)
            own = [m for m in choice.asked if self.scene.name(m.item) == phrase.noun]
            if len(shown) == 1 == len(own) and own != shown and phrase.noun not in memory.called(
                    self.scene, shown[0].item):  # "the pen" - "the marker", beside a marker
                return Choice(own)
            if len(shown) == 1 and shown[0].item.key not in wrong:
                item = next(i for i in self.scene.shown if i.key == shown[0].item.key)
                self.mean([item])
                return Choice([Match(item, shown[0].score, shown[0].weakest)], exact=True)
        return choice

    def _others(self, phrase: Phrase) -> tuple[Phrase, list[Match] | None]:
        """Matches of "the other mug", "the others": what was not shown last."""
        scene = self.scene
        plain = replace(phrase, other=False)
        focus = [i for i in scene.focus if i.part is None]
        latest = {scene.owner(i).key for i in scene.singled_out}
        before = [i for i in scene.shown if i.key not in latest]
        if (len(before) == 1 and phrase.generic and phrase.quantity is Quantity.THE
                and not (phrase.limits or phrase.several or phrase.excluded or scene.question)):
            return plain, [Match(before[0], 1.0, 1.0)]  # "the other thing"
        if not phrase.noun and not phrase.generic and not phrase.meant:
            if scene.question and not phrase.several:
                return plain, [Match(i, 1.0, 1.0) for i in scene.question]
            pool: Sequence[Candidate] = [i for i in focus if phrase.excluded or i.key not in latest]
            marks = [scene.owner(memory.numbered(scene, n)) for e in phrase.excluded
                     if e.pointer is Anaphor.NUMBER for n in e.numbers]
            if not pool and len(marks) == 1:  # "not number 3 but the other one": of its kind
                pool = [i for i in scene.items if scene.name(i) == scene.name(marks[0])
                        and i.key != marks[0].key]
            if not pool and (last := scene.singled_out or scene.spared):
                like = scene.name(scene.owner(last[0]))
                gone = latest or {i.key for i in last}
                pool = [i for i in scene.items if scene.name(i) == like and i.key not in gone]
            if not pool and not phrase.limits and not phrase.several:
                return plain, [Match(i, 1.0, 1.0) for i in before] if len(before) == 1 else []
            pool = pool or [i for i in scene.items if i.key not in latest]
            found = self._matches(pool, plain)
            return plain, [] if isinstance(found, str) else memory.unseen(scene, found, phrase)
        fitting = self._matches(scene.items, replace(plain, excluded=phrase.excluded))
        if isinstance(fitting, str):
            return plain, []
        fitting = [m for m in fitting if m.sure] or fitting
        if any(e.pointer is Anaphor.NUMBER for e in phrase.excluded):
            # "not number 3, the other mug": what it is other than is said, and may have been shown.
            return plain, memory.unseen(scene, fitting, phrase)
        keys = {m.item.key for m in fitting}
        rest = [m for m in fitting if m.item.key not in self.forbidden]
        one = phrase.quantity is Quantity.THE and not phrase.several and not latest & keys
        if (1 if one else phrase.number) == len(rest) and (
                phrase.excluded or len(rest) < len(fitting)):
            return plain, rest  # "leave this alone, take the other two"
        shown = [i for i in scene.shown if i.key in keys]
        if phrase.generic:
            gone = latest or {i.key for i in scene.shown}
        elif phrase.plural or phrase.quantity is Quantity.ALL:
            gone = not self.words.endswith(' yet') and (latest & keys) or {i.key for i in shown}
        elif phrase.quantity is Quantity.ANY:
            gone = {i.key for i in shown} if len(shown) < len(fitting) else latest
        else:
            gone = {i.key for i in shown[-1:]} | (latest & keys)
        if not gone and scene.question:
            return plain, fitting
        return plain, memory.unseen(scene, [m for m in fitting if m.item.key not in gone], phrase)

    def _matches(self, pool: Sequence[Candidate], phrase: Phrase) -> list[Match] | str:
        """Things of the pool that fit, best first; or why there can be none."""
        scene = self.scene
        found = [matching.match(scene, item, phrase) for item in pool]
        found = [m for m in found if m.weakest >= LIKELY
                 and not (self._heeding and self.is_forbidden(m.item))
                 and not (phrase.quantity is Quantity.ANY and m.item.key in self.taken)]
        if phrase.excluded:
            found = self._without(found, phrase)
        for limit in phrase.limits:
            if isinstance(limit, Relation):
                related = self._related(found, limit, phrase)
                if isinstance(related, str):
                    return related
                found = related
        return sorted(found, key=lambda m: -m.score)

    def _without(self, found: list[Match], phrase: Phrase) -> list[Match]:
        gone: set[object] = set()
        excluded = phrase
        for excluded in phrase.excluded:
            if is_part(excluded, phrase):
                continue
            if not excluded.noun and not excluded.generic and excluded.pointer is None:
                excluded = replace(excluded, noun=phrase.noun, meant=phrase.meant,
                                   generic=phrase.generic)
            gone |= {i.key for i in self.all_of(excluded, [m.item for m in found])}
        kept = [m for m in found if m.item.key not in gone]
        if not kept and len(phrase.excluded) == 1 and excluded.noun and not excluded.limits:
            return matching.other_than(self.scene, found, excluded)
        return kept

    def all_of(self, phrase: Phrase, pool: Sequence[Candidate] = ()) -> list[Candidate]:
        """Every item that a phrase may mean; of a superlative, the one.

        pool  what a superlative or an ordinal counts, and parts that "the white one" is one of;
              () = everything in view
        """
        pool = pool or self.scene.items
        if phrase.part and not phrase.meant:
            return []
        if phrase.pointer is Anaphor.ORDINAL and not self.scene.focus:  # as shown, or from the left
            order = list(pool) if all(i.instance for i in pool) else places.rank(
                self.scene, pool, 'left', True)
            return [order[n - 1 if n > 0 else n] for n in phrase.numbers if abs(n) <= len(order)]
        if phrase.pointer is not None:
            items = [m.item for m in self._pointed(phrase).shown]
            return [self.scene.owner(i) for i in items]
        if any(isinstance(v, Order) for v in phrase.limits):
            found = self._matches(pool, replace(phrase, other=False))
            return [] if isinstance(found, str) else [
                m.item for m in self.selector.select(found, phrase).shown]
        of_parts = not (phrase.noun or phrase.meant) and any(i.part is not None for i in pool)
        found = self._matches(pool if of_parts else self.scene.items, replace(phrase, other=False))
        if isinstance(found, str):
            return []
        return [m.item for m in found if m.weakest >= LIKELY]

    def _related(self, found: list[Match], relation: Relation, phrase: Phrase
                 ) -> list[Match] | str:
        scene = self.scene
        if relation.kinds == ('held',):
            held = scene.inventory.held
            if held is None:
                return 'I see nothing in the gripper.'
            return [m for m in found if m.item.thing == held]
        marks = self.landmarks(relation, phrase)
        if isinstance(marks, str):
            return marks
        keys = {mark.key for mark in marks}
        related = []
        for m in found:
            if m.item.key in keys:
                continue
            # "Closer to me than the lamp" may be far aside of it; "in front of the lamp" may not.
            askew = (float('inf') if relation.word.endswith(' than') else places.ASKEW
                     if len(relation.kinds) == 1 else places.DIAGONAL)
            costs = [places.cost(scene, kind, m.item, marks, askew) for kind in relation.kinds]
            if all(cost is not None for cost in costs):
                related.append(m.also(1.0, sum(c for c in costs if c is not None)))
        if relation.kinds == ('between',) and len(marks) > 1:
            most = BETWEEN[phrase.several] * places.distance(scene, *marks[:2])
            related = [m for m in related if m.cost <= most]
        if relation.kinds == ('near',) and phrase.generic and phrase.several and related and (
                phrase.number is None):  # "everything near the bottle" is not everything
            most = max(2 * min(m.cost for m in related), places.reach(scene, marks[0]))
            related = [m for m in related if m.cost <= most]
        if not related and found and relation.kinds[0] in ('on', 'in') and len(scene.items) == 0:
            return 'I see nothing there.'
        return related

    def cost(self, item: Candidate, phrase: Phrase) -> float | str:
        """How far an item is from what a phrase places things at; or why that is unknown."""
        relation = phrase.limits[-1]
        assert isinstance(relation, Relation)
        marks = self.landmarks(relation)
        if isinstance(marks, str):
            return marks
        cost = places.cost(self.scene, relation.kinds[0], item, marks, places.ASKEW)
        return float('inf') if cost is None else cost

    def mark(self, landmark: Phrase, phrase: Phrase) -> Choice:
        """What a place is said by; "the green one" is of the kind of what it is the place of."""
        if landmark.limits and phrase.noun and not (
                landmark.noun or landmark.generic or landmark.meant or landmark.pointer
                or landmark.part or landmark.other or landmark.owner):
            alike = self.choose(replace(landmark, noun=phrase.noun, meant=phrase.meant))
            if alike.shown:
                return alike
        return self.choose(landmark)

    def landmarks(self, relation: Relation, phrase: Phrase = Phrase('')
                  ) -> list[Candidate] | str:
        """What a relation of `phrase` places things by; or why that is not there."""
        groups: list[list[Candidate]] = []
        for landmark in relation.landmarks:
            if named := self.said_before(landmark):
                groups.append([self.scene.owner(i) for i in named])
                continue
            if relation.kinds == ('between',) and landmark.pointer is Anaphor.THEM and (
                    two := comparing.ends(self.scene)):
                self.mean(two)
                groups.append(two)
                continue
            if landmark.pointer is None and not landmark.part and not landmark.other:
                item = memory.salient(self.scene, landmark)
                if item is not None:
                    self.mean([item])
                    groups.append([item])
                    continue
            choice = self.mark(landmark, phrase)
            items = [m.item for m in choice.shown] or [m.item for m in choice.asked[:1]]
            if not items:
                return choice.missing or f'I see no {landmark.said}.'
            limit = 2 if relation.kinds == ('between',) and len(relation.landmarks) == 1 else (
                len(items) if landmark.several or landmark.pointer is Anaphor.THEM else 1)
            groups.append([self.scene.owner(i) for i in items[:limit]])
        if len(groups) == 2 and relation.kinds == ('between',):  # "between the mugs and the lamp"
            return list(min(product(*groups), key=lambda ends: places.distance(self.scene, *ends)))
        return [mark for group in groups for mark in group]
