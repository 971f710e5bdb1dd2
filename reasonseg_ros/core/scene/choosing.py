# SPDX-License-Identifier: Apache-2.0
"""What one phrase means among the things in view and those of the dialogue.

Evidence is weighed in `core.scene.matching`; here is which things are asked about, how many are
meant, and when a question is due.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from reasonseg_ros.core.errors import BadReference
from reasonseg_ros.core.language import lexicon
from reasonseg_ros.core.language.utterance import (
    Colour,
    Order,
    Phrase,
    Pointer,
    Quantity,
    Relation,
    Trait,
)
from reasonseg_ros.core.scene import answers, matching, places
from reasonseg_ros.core.scene.inventory import NAMELESS
from reasonseg_ros.core.scene.items import Item, Scene
from reasonseg_ros.core.scene.matching import LIKELY, Match

CLOSE = 1.15  # two sizes whose ratio is less are alike: "the small one" is neither of them


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
    without: list[Item] = field(default_factory=list)
    exact: bool = False  # remembered masks, as they are


class Chooser:
    """Finds what phrases of one sentence mean.

    words      the sentence
    rejecting  it says that what was shown last is wrong
    rival      a match so many times the best is as good
    meant      ids of the earlier instances that were meant so far
    """

    def __init__(self, scene: Scene, words: str, rejecting: bool, rival: float) -> None:
        self.scene = scene
        self.words = words
        self.rejecting = rejecting
        self.rival = rival
        self.meant: list[int] = []

    def mean(self, items: Iterable[Item]) -> None:
        self.meant += [i.instance.id for i in items if i.instance is not None]

    def choose(self, phrase: Phrase) -> Choice:
        """Find what a phrase means."""
        if phrase.pointer is Pointer.SELF:
            return Choice(missing='I do not see you.')
        if phrase.pointer is not None and not (phrase.pointer is Pointer.ORDINAL
                                               and self._counts_places(phrase)):
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

    def _counts_places(self, phrase: Phrase) -> bool:
        """Whether "the second mug" counts from the left, since nothing was shown to count."""
        return not self.scene.focus and len(self._shown_as(phrase)) < max(phrase.numbers)

    def _shown_as(self, phrase: Phrase) -> list[Item]:
        named = replace(phrase, pointer=None, limits=())
        return [i for i in self.scene.shown
                if not (phrase.noun or phrase.meant) or matching.match(self.scene, i, named).sure]

    def _pointed(self, phrase: Phrase) -> Choice:
        """Find what a pronoun, a number or an ordinal means."""
        scene, pointer = self.scene, phrase.pointer
        if pointer is Pointer.NUMBER:
            items = [self._numbered(n) for n in phrase.numbers]
        elif pointer is Pointer.ORDINAL:
            pool = list(scene.focus)
            if phrase.noun and pool:
                fitting = [i for i in pool if matching.match(
                    scene, i, replace(phrase, pointer=None, limits=())).sure]
                pool = fitting or pool
            if len(pool) < 2:
                pool = self._shown_as(phrase)
            nth = phrase.numbers[-1]
            if not pool or max(nth, -nth) > len(pool):
                return Choice(missing=f'There are only {answers.count(len(pool))}.' if pool else
                               'Nothing has been shown yet; which thing do you mean?')
            items = [pool[n - 1 if n > 0 else n] for n in phrase.numbers]
        else:
            items = self._antecedents(phrase)
        lacking = [v for v in phrase.limits
                   if isinstance(v, Trait) and v.kind == 'part' and v.negated]
        if lacking:
            phrase = _taken_off(phrase, lacking)
        if phrase.excluded:
            gone = {i.key for e in phrase.excluded for i in self._all(e, items)}
            parts = [p for e in phrase.excluded if e.part for p in self._excluded_parts(e, items)]
            items = [i for i in items if i.key not in gone]
            if parts:
                return Choice([Match(i, 1.0, 1.0) for i in items], without=parts)
        matches = [Match(i, 1.0, 1.0) for i in items]
        limited = [limit for limit in phrase.limits]
        if limited:
            self.mean(items)
            bare = replace(phrase, pointer=None, noun='', meant={})
            return self._selected(matches, bare)
        self.mean(items)
        if pointer is Pointer.THEM and phrase.quantity is Quantity.ANY and phrase.number != 2:
            matches = matches[:phrase.number or 1]
        if pointer is Pointer.IT and len(items) > 1:
            if scene.question:
                return Choice(asked=matches)
            matches = matches[:1]
        said = ''
        if pointer is Pointer.THEM and phrase.number and phrase.number != len(items):
            said = f'That is {answers.count(len(items))}, not {answers.count(phrase.number)}.'
        return Choice(matches, said=said, exact=True)

    def _numbered(self, number: int) -> Item:
        asked = self.scene.question
        ids = [i.instance.id for i in asked if i.instance is not None]
        if asked and number not in ids and 1 <= number <= len(asked):
            return asked[number - 1]
        return self.scene.of(self.scene.dialogue.instance(number))

    def _antecedents(self, phrase: Phrase) -> list[Item]:
        """Earlier things that "it" or "them" stands for."""
        scene = self.scene
        if phrase.pointer is Pointer.IT and not scene.given and not scene.question:
            whole = [i for i in scene.latest if i.part is None]
            items = (whole or list(scene.latest))[:1]
        elif phrase.pointer is Pointer.THEM and not scene.given:
            items = list(scene.latest)
            if len(items) == 1 and (phrase.number == 2 or phrase.plural):
                focus = list(scene.focus) or list(scene.shown[-2:])
                items = focus if len(focus) > 1 else items
        else:
            items = list(scene.latest)
        if not items:
            if len(scene.items) == 1:
                return [scene.items[0]]
            raise BadReference(f'nothing has been shown yet, so "{self.words}" has '
                               'nothing to refer to; name the thing, e.g. "the red mug"')
        return items

    # -- things -----------------------------------------------------------------------------

    def _pools(self, phrase: Phrase) -> list[Sequence[Item]]:
        """Sets of things that a phrase is sought in, one after the other."""
        scene = self.scene
        everything: Sequence[Item] = scene.items
        wordless = not phrase.noun and not phrase.generic and not phrase.meant
        held = any(isinstance(v, Relation) and v.kinds == ('held',) for v in phrase.limits)
        pools: list[Sequence[Item]] = []
        rejected = self._rejected()
        if scene.given and not wordless and not phrase.limits and not phrase.other:
            pools.append(tuple(scene.of(i) for i in scene.given))
        if scene.question and not phrase.several and not held and phrase.quantity is Quantity.THE:
            pools.append(scene.question)
        elif wordless and not phrase.other and not held:
            if scene.given:
                pools.append(tuple(scene.of(i) for i in scene.given))
            if scene.focus:
                pools.append([i for i in scene.focus if i.key not in rejected])
            if scene.latest:
                like = scene.name(scene.owner(scene.latest[0]))
                if like != NAMELESS:
                    pools.append([i for i in everything if scene.name(i) == like
                                  and i.key not in rejected])
        if phrase.that and scene.shown and not phrase.plural:
            pools.append(scene.shown[::-1])
        kept = [i for i in everything if i.key not in rejected]
        pools += [kept] if kept else []
        if len(kept) != len(everything):
            pools.append(everything)
        return [p for p in pools if p]

    def _rejected(self) -> set[object]:
        if not self.rejecting or self.scene.question:
            return set()
        return {i.key for i in self.scene.latest} if len(self.scene.latest) == 1 else set()

    def _things(self, phrase: Phrase) -> Choice:
        """Find the things that a phrase means."""
        scene = self.scene
        if phrase.other and not phrase.pointer:
            phrase, others = self._others(phrase)
            if others is not None:
                return self._selected(others, phrase)
        if self._is_unknown(phrase):
            return Choice(missing=answers.unknown(scene, phrase.noun))
        if not scene.items and not scene.question:
            return Choice(missing='I see nothing on the table.')
        parts = [e for e in phrase.excluded if e.part and not (e.meant and e.owner is None)]
        if parts and phrase.generic and phrase.quantity is Quantity.ALL and scene.latest and (
                len(scene.latest) == 1):
            items = [scene.owner(scene.latest[0])]
            return Choice([Match(i, 1.0, 1.0) for i in items],
                           without=[p for e in parts for p in self._excluded_parts(e, items)])
        choice = Choice()
        for pool in self._pools(phrase):
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
            choice = self._selected(found, phrase)
            if choice.shown or (choice.asked and all(m.sure for m in choice.asked)):
                if pool is scene.question or (scene.given and choice.shown):
                    self.mean([m.item for m in choice.shown])
                break
        lacking = [v for v in phrase.limits
                   if isinstance(v, Trait) and v.kind == 'part' and v.negated]
        if lacking and not choice.shown and not choice.asked and (
                phrase.quantity is Quantity.THE):  # "the pan with no handle" that has one
            whole = self._things(_taken_off(phrase, lacking))
            if whole.shown:
                return whole
        if not choice.shown and not choice.asked and not choice.missing:
            choice.missing = self._why(phrase)
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
            if len(shown) == 1 and shown[0].item.key not in self._rejected():
                item = next(i for i in self.scene.shown if i.key == shown[0].item.key)
                self.mean([item])
                return Choice([Match(item, shown[0].score, shown[0].weakest)], exact=True)
        return choice

    def _is_unknown(self, phrase: Phrase) -> bool:
        if not phrase.noun or phrase.generic or phrase.noun in self.scene.named.values():
            return False
        known = set(self.scene.inventory.categories) | {
            n for t in self.scene.inventory.things for n in t.names}
        labels = {i.label for i in self.scene.dialogue.instances}
        return phrase.noun not in labels and not any(c in known for c in phrase.meant)

    def _others(self, phrase: Phrase) -> tuple[Phrase, list[Match] | None]:
        """Matches of "the other mug", "the others": what was not shown last."""
        scene = self.scene
        plain = replace(phrase, other=False)
        focus = [i for i in scene.focus if i.part is None]
        latest = {scene.owner(i).key for i in scene.latest}
        if not phrase.noun and not phrase.generic and not phrase.meant:
            if scene.question and not phrase.several:
                return plain, [Match(i, 1.0, 1.0) for i in scene.question]
            pool: Sequence[Item] = [i for i in focus if i.key not in latest]
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

    def _matches(self, pool: Sequence[Item], phrase: Phrase) -> list[Match] | str:
        """Things of the pool that fit, best first; or why there can be none."""
        scene = self.scene
        found = [matching.match(scene, item, phrase) for item in pool]
        found = [m for m in found if m.weakest >= LIKELY]
        if phrase.excluded:
            found = self._without(found, phrase, pool)
        for limit in phrase.limits:
            if isinstance(limit, Relation):
                related = self._related(found, limit, phrase)
                if isinstance(related, str):
                    return related
                found = related
        return sorted(found, key=lambda m: -m.score)

    def _without(self, found: list[Match], phrase: Phrase, pool: Sequence[Item]) -> list[Match]:
        gone: set[object] = set()
        for excluded in phrase.excluded:
            if excluded.part and not (excluded.meant and excluded.owner is None):
                continue
            if not excluded.noun and not excluded.generic and excluded.pointer is None:
                excluded = replace(excluded, noun=phrase.noun, meant=phrase.meant,
                                   generic=phrase.generic)
            gone |= {i.key for i in self._all(excluded, [m.item for m in found])}
        return [m for m in found if m.item.key not in gone]

    def _all(self, phrase: Phrase, pool: Sequence[Item]) -> list[Item]:
        """Every item that a phrase may mean; of a superlative, the one."""
        if phrase.part and not phrase.meant:
            return []
        if phrase.pointer is not None:
            items = [m.item for m in self._pointed(phrase).shown]
            return [self.scene.owner(i) for i in items]
        if any(isinstance(v, Order) for v in phrase.limits):
            found = self._matches(pool, replace(phrase, other=False))
            return [] if isinstance(found, str) else [
                m.item for m in self._selected(found, phrase).shown]
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
            costs = [places.cost(scene, kind, m.item, marks) for kind in relation.kinds]
            if all(cost is not None for cost in costs):
                related.append(m.also(1.0, sum(c for c in costs if c is not None)))
        if not related and found and relation.kinds[0] in ('on', 'in') and len(scene.items) == 0:
            return 'I see nothing there.'
        return related

    def _landmarks(self, relation: Relation) -> list[Item] | str:
        marks: list[Item] = []
        for landmark in relation.landmarks:
            if landmark.pointer is None and not landmark.part and not landmark.other:
                item = self._salient(landmark)
                if item is not None:
                    self.mean([item])
                    marks.append(item)
                    continue
            choice = self.choose(landmark)
            items = [m.item for m in choice.shown] or [m.item for m in choice.asked[:1]]
            if not items:
                return choice.missing or f'I see no {landmark.said}.'
            limit = 2 if relation.kinds == ('between',) and len(relation.landmarks) == 1 else (
                len(items) if landmark.several or landmark.pointer is Pointer.THEM else 1)
            marks += [self.scene.owner(i) for i in items[:limit]]
        return marks

    def _salient(self, phrase: Phrase) -> Item | None:
        """The thing shown last that a landmark's words fit."""
        if phrase.several or not (phrase.noun or phrase.meant) or any(
                isinstance(v, Relation | Order) for v in phrase.limits):
            return None
        for item in reversed(self.scene.shown):
            if matching.match(self.scene, item, phrase).sure:
                return item
        return None

    # -- how many, and which of them ----------------------------------------------------------

    def _selected(self, found: list[Match], phrase: Phrase) -> Choice:
        """Choose among the things that fit, best first, by orders and numbers; or ask."""
        if not found:
            return Choice(missing=self._why(phrase))
        sure = [m for m in found if m.sure]
        pool = sure or found
        ordinal = phrase.pointer is Pointer.ORDINAL
        orders = [limit for limit in phrase.limits if isinstance(limit, Order)]
        best = max(pool, key=lambda m: m.score)
        good = [m for m in pool if m.score >= self.rival * best.score]
        if not sure:
            if phrase.several and len(found) > 1:
                return Choice(asked=good)
            return Choice(asked=good)
        if orders:
            good = [m for m in sure if m.score >= min(self.rival, 0.5) * best.score]
        if orders:
            return self._ordered(good, orders, phrase)
        if ordinal:
            order = places.rank(self.scene, [m.item for m in good], 'left', True)
            nth = phrase.numbers[0]
            if nth > len(order):
                return Choice(missing=self._few(len(order), phrase))
            item = order[nth - 1 if nth > 0 else -1]
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
            chosen = [m for m in sure if m.score >= 0.5 * good[0].score]
            return Choice(chosen, said=self._said(len(chosen), phrase))
        if number is not None and number > 1:
            chosen = good
            if phrase.quantity is Quantity.ANY:
                chosen = good[:number]
            return Choice(chosen, said=self._said(len(chosen), phrase))
        if phrase.quantity in (Quantity.ANY, Quantity.SOME):
            return Choice(good[:1])
        if len(good) > 1:
            return Choice(asked=good)
        return Choice(good)

    def _said(self, number: int, phrase: Phrase) -> str:
        if phrase.number is None or phrase.number == number:
            return ''
        return self._few(number, phrase)

    def _few(self, number: int, phrase: Phrase) -> str:
        noun = lexicon.plural(phrase.noun or 'thing') if number != 1 else phrase.noun or 'thing'
        wanted = f', not {answers.count(phrase.number)}' if phrase.number else ''
        return f'I see {answers.count(number)} {noun}{wanted}.'

    def _ordered(self, good: list[Match], orders: Sequence[Order], phrase: Phrase) -> Choice:
        """Choose by "the biggest", "the second from the left", "the small one"."""
        by_item = {id(m.item): m for m in good}
        items = [m.item for m in good]
        if any(isinstance(v, Relation) for v in phrase.limits):
            items = [m.item for m in sorted(good, key=lambda m: m.cost)]
        for i, order in enumerate(orders):
            last = i == len(orders) - 1
            items = places.rank(self.scene, items, order.measure, order.most)
            if not last or phrase.several:
                keep = max(1, (len(items) + 1) // 2)
                if phrase.number and last:
                    keep = min(phrase.number, len(items))
                items = items[:keep]
                continue
            if order.rank == 1 and order.strict is False and len(items) > 1 and (
                    order.measure in ('size', 'height', 'length', 'width')):
                sizes = [places.size(self.scene, item, order.measure) for item in items[:2]]
                if max(sizes) < CLOSE * min(sizes) and phrase.quantity is Quantity.THE and (
                        not phrase.generic):
                    return Choice(asked=[by_item[id(i)] for i in items[:2]])
            at = order.rank - 1 if order.rank > 0 else -1
            if at >= len(items):
                return Choice(missing=self._few(len(items), replace(phrase, number=order.rank)))
            items = [items[at]]
        return Choice([by_item[id(item)] for item in items],
                       said=self._said(len(items), phrase) if phrase.several else '')

    def _why(self, phrase: Phrase) -> str:
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
        if phrase.other or 'other' in phrase.said:
            return f'I see no other {phrase.noun or "one"}.'
        if any(isinstance(v, Relation) for v in phrase.limits):
            where = next(v for v in phrase.limits if isinstance(v, Relation))
            mark = where.landmarks[0].said if where.landmarks else ''
            mark = mark if mark in ('it', 'them', 'that', 'this') else f'the {mark}'
            return f'I see no {noun} {where.word} {mark}.'
        return f'I see no {phrase.said.removeprefix("other ") or noun}.'

    # -- parts ------------------------------------------------------------------------------

    def _parts(self, phrase: Phrase) -> Choice:
        """Find parts: of an owner that was named, of what was shown, or of anything in view."""
        scene = self.scene
        owners = self._owners(phrase)
        if isinstance(owners, Choice):
            return owners
        having = [(owner, self._parts_of(owner, phrase)) for owner in owners]
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
                                           for m in matches[:3] if m.item.part], 'or the ') + '?')
        if phrase.owner is None and phrase.quantity is Quantity.ANY:
            matches = matches[:1]
        places_said = [v for v in phrase.limits if isinstance(v, Order)]
        if places_said and len(having) == 1:
            every = self._parts_of(having[0][0], phrase)
            order = places.rank(scene, [m.item for m in every], places_said[0].measure,
                                places_said[0].most)
            matches = [m for m in every if m.item is order[0]]
        return Choice(matches)

    def _owners(self, phrase: Phrase) -> list[Item] | Choice:
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
            if last and any(self._parts_of(item, phrase) for item in last[:1]):
                return last[:1]
            return list(scene.items)
        if owner.pointer is Pointer.IT and owner.excluded == () and scene.question and not (
                scene.given):
            if len(scene.question) > 1:
                return Choice(asked=[Match(i, 1.0, 1.0) for i in scene.question])
            return [scene.owner(i) for i in scene.question]
        if owner.pointer is None and not owner.part:
            item = self._salient(owner) if owner.quantity is Quantity.THE and not owner.other \
                and not scene.question else None
            if item is not None and not owner.limits:
                self.mean([item])
                return [item]
        if owner.pointer is None and owner.plural and not phrase.plural and (
                owner.quantity is Quantity.THE and owner.number is None):
            owner = replace(owner, plural=False)  # "the red mugs handle": an apostrophe was lost
        choice = self.choose(owner)
        if choice.asked:
            having = [m for m in choice.asked if self._parts_of(scene.owner(m.item), phrase)]
            if len(having) == 1 and len(choice.asked) > 1:
                return [scene.owner(having[0].item)]
            return choice
        if not choice.shown:
            return choice
        items = [scene.owner(m.item) for m in choice.shown]
        if owner.pointer is not None:
            self.mean([m.item for m in choice.shown])
        return items

    def _parts_of(self, owner: Item, phrase: Phrase) -> list[Match]:
        scene = self.scene
        found = []
        for part, weight in matching.parts(scene, owner, phrase.noun):
            item = Item(part.mask, owner.thing, part)
            score = part.score * weight
            hues = [v for v in phrase.limits if isinstance(v, Colour)]
            if hues and part.colours:
                score *= min(matching.colour(scene, item, hue) for hue in hues)
            if score >= matching.LIKELY:
                found.append(Match(item, score, score))
        if any(isinstance(v, Colour) for v in phrase.limits) and phrase.noun == 'part':
            found = self._by_share(owner, found, phrase)
        return sorted(found, key=lambda m: -m.score)

    def _by_share(self, owner: Item, found: list[Match], phrase: Phrase) -> list[Match]:
        """Without colours of parts: the main colour is that of the largest part, and so on."""
        thing = self.scene.thing(owner)
        hue = next(v for v in phrase.limits if isinstance(v, Colour))
        if thing is None or not found or any(m.item.part and m.item.part.colours for m in found):
            return found
        order = sorted(thing.colours, key=lambda c: -thing.colours[c])
        at = next((i for i, c in enumerate(order) if hue.weights.get(c, 0.0) >= 0.8), None)
        by_area = sorted(found, key=lambda m: -m.item.area)
        return by_area[at:at + 1] if at is not None else []

    def _excluded_parts(self, phrase: Phrase, items: Sequence[Item]) -> list[Item]:
        return [m.item for item in items for m in self._parts_of(self.scene.owner(item), phrase)]


def _taken_off(phrase: Phrase, lacking: Sequence[Trait]) -> Phrase:
    """The phrase with "no lid" read as "but not the lid"."""
    limits = tuple(v for v in phrase.limits if v not in lacking)
    parts = tuple(Phrase(v.value, v.value, part=True) for v in lacking)
    return replace(phrase, limits=limits, excluded=(*phrase.excluded, *parts))
