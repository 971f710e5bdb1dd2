# SPDX-License-Identifier: Apache-2.0
"""What one phrase means among the things in view and those of the dialogue.

Evidence is weighed in `core.scene.matching`; here is which things are asked about, how many are
meant, and when a question is due.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from reasonseg_ros.core.language import lexicon
from reasonseg_ros.core.language.utterance import Anaphor, Order, Phrase, Quantity, Relation, Trait
from reasonseg_ros.core.scene import answers, matching, places
from reasonseg_ros.core.scene.matching import LIKELY, Match, is_part, parts_of, taken_off
from reasonseg_ros.core.scene.memory import (
    antecedents,
    counts_places,
    is_unknown,
    numbered,
    pools,
    rejected,
    salient,
    shown_as,
    strays,
)
from reasonseg_ros.core.scene.selecting import Choice, Selector
from reasonseg_ros.core.scene.setting import Candidate, Setting


class Chooser:
    """Finds what phrases of one sentence mean.

    words      the sentence
    rejecting  it says that what was shown last is wrong
    rival      a match so many times the best is as good
    meant      ids of the earlier instances that were meant so far
    """

    def __init__(self, scene: Setting, words: str, rejecting: bool, rival: float) -> None:
        self.scene = scene
        self.words = words
        self.rejecting = rejecting
        self.rival = rival
        self.selector = Selector(scene, rival)
        self.meant: list[int] = []

    def mean(self, items: Iterable[Candidate]) -> None:
        self.meant += [i.instance.id for i in items if i.instance is not None]

    def choose(self, phrase: Phrase) -> Choice:
        """Find what a phrase means."""
        if phrase.pointer is Anaphor.SELF:
            return Choice(missing='I do not see you.')
        if phrase.pointer is not None and not (phrase.pointer is Anaphor.ORDINAL
                                               and counts_places(self.scene, phrase)):
            return self._pointed(phrase)
        if phrase.part:
            if phrase.meant and phrase.owner is None:  # "the bowl", "the keyboard": a thing, too
                whole = self._things(replace(phrase, part=False))
                if whole.shown or whole.asked:
                    return whole
                part = self._parts(phrase)
                return part if part.shown or part.asked else whole
            return self._parts(phrase)
        return self._things(phrase)

    def _pointed(self, phrase: Phrase) -> Choice:
        """Find what a pronoun, a number or an ordinal means."""
        scene, pointer = self.scene, phrase.pointer
        if pointer is Anaphor.NUMBER:
            items = [numbered(self.scene, n) for n in phrase.numbers]
        elif pointer is Anaphor.ORDINAL:
            pool = list(scene.focus)
            if phrase.noun and pool:
                fitting = [i for i in pool if matching.match(
                    scene, i, replace(phrase, pointer=None, limits=())).sure]
                pool = fitting or pool
            if len(pool) < 2:
                pool = shown_as(self.scene, phrase)
            nth = phrase.numbers[-1]
            if not pool or max(nth, -nth) > len(pool):
                return Choice(missing=f'There are only {answers.count(len(pool))}.' if pool else
                               'Nothing has been shown yet; which thing do you mean?')
            items = [pool[n - 1 if n > 0 else n] for n in phrase.numbers]
        else:
            items = antecedents(self.scene, phrase, self.words)
        lacking = [v for v in phrase.limits
                   if isinstance(v, Trait) and v.kind == 'part' and v.negated]
        if lacking:
            phrase = taken_off(phrase, lacking)
        if phrase.excluded:
            gone = {i.key for e in phrase.excluded for i in self._all(e, items)}
            parts = [p for e in phrase.excluded if e.part for p in self._excluded_parts(e, items)]
            items = [i for i in items if i.key not in gone]
            if parts:
                return Choice([Match(i, 1.0, 1.0) for i in items], without=parts)
        matches = [Match(i, 1.0, 1.0) for i in items]
        if phrase.limits:
            self.mean(items)
            bare = replace(phrase, pointer=None, noun='', meant={})
            return self.selector.select(matches, bare)
        self.mean(items)
        if pointer is Anaphor.THEM and phrase.quantity is Quantity.ANY and phrase.number != 2:
            matches = matches[:phrase.number or 1]
        if pointer is Anaphor.IT and len(items) > 1:
            if scene.question:
                return Choice(asked=matches)
            matches = matches[:1]
        said = ''
        if pointer is Anaphor.THEM and phrase.number and phrase.number != len(items):
            said = f'That is {answers.count(len(items))}, not {answers.count(phrase.number)}.'
        return Choice(matches, said=said, exact=True)

    # -- things -----------------------------------------------------------------------------

    def _things(self, phrase: Phrase) -> Choice:
        """Find the things that a phrase means."""
        scene = self.scene
        if phrase.other and not phrase.pointer:
            phrase, others = self._others(phrase)
            if others is not None:
                return self.selector.select(others, phrase)
        if is_unknown(self.scene, phrase):
            return Choice(missing=answers.unknown(scene, phrase.noun))
        if not scene.items and not scene.question:
            return Choice(missing='I see nothing on the table.')
        parts = [e for e in phrase.excluded if is_part(e, phrase)]
        if parts and phrase.generic and phrase.quantity is Quantity.ALL and scene.latest and (
                len(scene.latest) == 1):
            items = [scene.owner(scene.latest[0])]
            return Choice([Match(i, 1.0, 1.0) for i in items],
                           without=[p for e in parts for p in self._excluded_parts(e, items)])
        choice = Choice()
        for pool in pools(self.scene, phrase, self.rejecting):
            found = self._matches(pool, phrase)
            if isinstance(found, str):
                choice = Choice(missing=found)
                continue
            if phrase.that and not phrase.plural and pool is not scene.items and found:
                sure = [m for m in found if m.sure]
                choice = Choice(sure[:1])
                if choice.shown:
                    if not phrase.limits:
                        choice.exact = True
                    self.mean([m.item for m in choice.shown])
                    break
                continue
            choice = self.selector.select(found, phrase)
            if strays(scene, phrase, [m.item for m in choice.shown]):
                choice = Choice(asked=choice.shown)
            if choice.shown or (choice.asked and all(m.sure for m in choice.asked)):
                if pool is scene.question or (scene.given and choice.shown):
                    self.mean([m.item for m in choice.shown])
                break
        lacking = [v for v in phrase.limits
                   if isinstance(v, Trait) and v.kind == 'part' and v.negated]
        if lacking and not choice.shown and not choice.asked and (
                phrase.quantity is Quantity.THE):  # "the pan with no handle" that has one
            whole = self._things(taken_off(phrase, lacking))
            if whole.shown:
                return whole
        if not choice.shown and not choice.asked and not choice.missing:
            choice.missing = self.selector.why(phrase)
        if parts and choice.shown:
            items = [m.item for m in choice.shown]
            choice.without = [p for e in parts for p in self._excluded_parts(e, items)]
        return self._settled(choice, phrase)

    def _settled(self, choice: Choice, phrase: Phrase) -> Choice:
        """The one of several that was shown before is what a plain noun means."""
        if (len(choice.asked) > 1 and not phrase.limits and not self.scene.question
                and phrase.noun and phrase.quantity is Quantity.THE and not phrase.excluded):
            keys = {i.key for i in self.scene.shown}
            shown = [m for m in choice.asked if m.item.key in keys and m.sure]
            if len(shown) == 1 and shown[0].item.key not in rejected(self.scene, self.rejecting):
                item = next(i for i in self.scene.shown if i.key == shown[0].item.key)
                self.mean([item])
                return Choice([Match(item, shown[0].score, shown[0].weakest)], exact=True)
        return choice

    def _others(self, phrase: Phrase) -> tuple[Phrase, list[Match] | None]:
        """Matches of "the other mug", "the others": what was not shown last."""
        scene = self.scene
        plain = replace(phrase, other=False)
        focus = [i for i in scene.focus if i.part is None]
        latest = {scene.owner(i).key for i in scene.latest}
        if not phrase.noun and not phrase.generic and not phrase.meant:
            if scene.question and not phrase.several:
                return plain, [Match(i, 1.0, 1.0) for i in scene.question]
            pool: Sequence[Candidate] = [i for i in focus if i.key not in latest]
            if not pool and scene.latest:
                like = scene.name(scene.owner(scene.latest[0]))
                pool = [i for i in scene.items if scene.name(i) == like and i.key not in latest]
            if not pool and not phrase.limits and not phrase.several:
                return plain, []
            pool = pool or [i for i in scene.items if i.key not in latest]
            found = self._matches(pool, plain)
            return plain, [] if isinstance(found, str) else self._fresh(found, phrase)
        fitting = self._matches(scene.items, replace(plain, excluded=phrase.excluded))
        if isinstance(fitting, str):
            return plain, []
        fitting = [m for m in fitting if m.sure] or fitting
        keys = {m.item.key for m in fitting}
        shown = [i for i in scene.shown if i.key in keys]
        if phrase.generic:
            gone = latest or {i.key for i in scene.shown}
        elif phrase.plural or phrase.quantity is Quantity.ALL:
            gone = (latest & keys) or {i.key for i in shown}
        elif phrase.quantity is Quantity.ANY:
            gone = {i.key for i in shown} if len(shown) < len(fitting) else latest
        else:
            gone = {i.key for i in shown[-1:]} | (latest & keys)
        if not gone and scene.question:
            return plain, fitting
        return plain, self._fresh([m for m in fitting if m.item.key not in gone], phrase)

    def _fresh(self, found: list[Match], phrase: Phrase) -> list[Match]:
        """Prefer what was not shown yet, where one other thing is meant."""
        if phrase.several or len(found) < 2:
            return found
        keys = {i.key for i in self.scene.shown}
        return [m for m in found if m.item.key not in keys] or found

    def _matches(self, pool: Sequence[Candidate], phrase: Phrase) -> list[Match] | str:
        """Things of the pool that fit, best first; or why there can be none."""
        scene = self.scene
        found = [matching.match(scene, item, phrase) for item in pool]
        found = [m for m in found if m.weakest >= LIKELY]
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
        for excluded in phrase.excluded:
            if is_part(excluded, phrase):
                continue
            if not excluded.noun and not excluded.generic and excluded.pointer is None:
                excluded = replace(excluded, noun=phrase.noun, meant=phrase.meant,
                                   generic=phrase.generic)
            gone |= {i.key for i in self._all(excluded, [m.item for m in found])}
        return [m for m in found if m.item.key not in gone]

    def _all(self, phrase: Phrase, pool: Sequence[Candidate]) -> list[Candidate]:
        """Every item that a phrase may mean; of a superlative, the one."""
        if phrase.part and not phrase.meant:
            return []
        if phrase.pointer is not None:
            items = [m.item for m in self._pointed(phrase).shown]
            return [self.scene.owner(i) for i in items]
        if any(isinstance(v, Order) for v in phrase.limits):
            found = self._matches(pool, replace(phrase, other=False))
            return [] if isinstance(found, str) else [
                m.item for m in self.selector.select(found, phrase).shown]
        found = self._matches(self.scene.items, replace(phrase, other=False))
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
        marks = self._landmarks(relation)
        if isinstance(marks, str):
            return marks
        keys = {mark.key for mark in marks}
        related = []
        for m in found:
            if m.item.key in keys:
                continue
            askew = places.ASKEW if len(relation.kinds) == 1 else places.DIAGONAL
            costs = [places.cost(scene, kind, m.item, marks, askew) for kind in relation.kinds]
            if all(cost is not None for cost in costs):
                related.append(m.also(1.0, sum(c for c in costs if c is not None)))
        if not related and found and relation.kinds[0] in ('on', 'in') and len(scene.items) == 0:
            return 'I see nothing there.'
        return related

    def _landmarks(self, relation: Relation) -> list[Candidate] | str:
        marks: list[Candidate] = []
        for landmark in relation.landmarks:
            if landmark.pointer is None and not landmark.part and not landmark.other:
                item = salient(self.scene, landmark)
                if item is not None:
                    self.mean([item])
                    marks.append(item)
                    continue
            choice = self.choose(landmark)
            items = [m.item for m in choice.shown] or [m.item for m in choice.asked[:1]]
            if not items:
                return choice.missing or f'I see no {landmark.said}.'
            limit = 2 if relation.kinds == ('between',) and len(relation.landmarks) == 1 else (
                len(items) if landmark.several or landmark.pointer is Anaphor.THEM else 1)
            marks += [self.scene.owner(i) for i in items[:limit]]
        return marks

    # -- parts ------------------------------------------------------------------------------

    def _parts(self, phrase: Phrase) -> Choice:
        """Find parts: of an owner that was named, of what was shown, or of anything in view."""
        scene = self.scene
        owners = self._owners(phrase)
        if isinstance(owners, Choice):
            return owners
        having = [(owner, parts_of(scene, owner, phrase)) for owner in owners]
        having = [(owner, parts) for owner, parts in having if parts]
        if not having:
            noun = lexicon.plural(phrase.noun) if phrase.plural else phrase.noun
            names = answers.join([f'the {answers.describe(scene, o)}' for o in owners][:3])
            if phrase.owner is None and len(owners) != 1:
                return Choice(missing=f'I see no {phrase.said or noun}.')
            return Choice(missing=f'I see no {noun} on {names}.' if noun != 'part' else
                           f'I see no such part on {names}.')
        matches = []
        several = phrase.plural or phrase.quantity is Quantity.ALL or (phrase.number or 1) > 1
        for _, parts in having:
            chosen = parts if several else parts[:1]
            if several and lexicon.singular(phrase.noun)[0] == phrase.noun and len(having) > 1:
                chosen = parts[:1]
            best = chosen[0].score
            matches += [Match(p.item, p.score, p.weakest) for p in chosen
                        if p.score >= self.rival * best]
        top = max(m.score for m in matches)
        matches = [m for m in matches if several or m.score >= self.rival * top]
        definite = phrase.owner is None and len(matches) > 1
        if definite and not several and phrase.quantity is Quantity.THE:
            return Choice(asked=matches, question='Which one, the '
                           + answers.join([f'{m.item.part.name} of the '
                                           f'{answers.describe(scene, scene.owner(m.item))}'
                                           for m in matches[:3] if m.item.part], 'or the') + '?')
        if phrase.owner is None and phrase.quantity is Quantity.ANY:
            matches = matches[:1]
        places_said = [v for v in phrase.limits if isinstance(v, Order)]
        if places_said and len(having) == 1:
            every = parts_of(scene, having[0][0], phrase)
            order = places.rank(scene, [m.item for m in every], places_said[0].measure,
                                places_said[0].most)
            matches = [m for m in every if m.item is order[0]]
        return Choice(matches)

    def _owners(self, phrase: Phrase) -> list[Candidate] | Choice:
        """Things whose part is meant; or a question, or why there is none."""
        scene, owner = self.scene, phrase.owner
        if owner is None:
            if scene.given:
                return [scene.owner(scene.of(i)) for i in scene.given]
            if scene.question:
                choices = [i for i in scene.question if i.part is None]
                parts = [i for i in scene.question if i.part is not None]
                fitting = [i for i in parts if i.part and (
                    i.part.name in lexicon.PARTS.get(phrase.noun, {}))]
                if fitting and not phrase.limits:
                    return Choice(asked=[Match(i, 1.0, 1.0) for i in fitting])
                if choices:
                    return list(choices)
            last = [scene.owner(i) for i in scene.latest]
            if last and any(parts_of(scene, item, phrase) for item in last[:1]):
                return last[:1]
            return list(scene.items)
        if owner.pointer is Anaphor.IT and owner.excluded == () and scene.question and not (
                scene.given):
            if len(scene.question) > 1:
                return Choice(asked=[Match(i, 1.0, 1.0) for i in scene.question])
            return [scene.owner(i) for i in scene.question]
        if owner.pointer is None and not owner.part:
            plain = owner.quantity is Quantity.THE and not owner.other and not owner.limits
            item = salient(scene, owner) if plain and not scene.question else None
            if item is not None:
                self.mean([item])
                return [item]
        if owner.pointer is None and owner.plural and not phrase.plural and (
                owner.quantity is Quantity.THE and owner.number is None):
            owner = replace(owner, plural=False)  # "the red mugs handle": an apostrophe was lost
        choice = self.choose(owner)
        if choice.asked:
            having = [m for m in choice.asked if parts_of(scene, scene.owner(m.item), phrase)]
            if len(having) == 1 and len(choice.asked) > 1:
                return [scene.owner(having[0].item)]
            return choice
        if not choice.shown:
            return choice
        items = [scene.owner(m.item) for m in choice.shown]
        if owner.pointer is not None:
            self.mean([m.item for m in choice.shown])
        return items

    def _excluded_parts(self, phrase: Phrase, items: Sequence[Candidate]) -> list[Candidate]:
        scene = self.scene
        return [m.item for item in items for m in parts_of(scene, scene.owner(item), phrase)]
