# SPDX-License-Identifier: Apache-2.0
"""From what was said to what is shown: rules over the things in view and the dialogue.

`ground` is the one way in; it never looks at pixels but through masks. Which evidence counts how
much stands in `core.scene.matching`, what is spoken in `core.scene.answers`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum

from reasonseg_ros.core.dialogue.dialogue import Dialogue
from reasonseg_ros.core.errors import BadReference, Status
from reasonseg_ros.core.language import lexicon
from reasonseg_ros.core.language.utterance import (
    Act,
    Clause,
    Colour,
    Order,
    Phrase,
    Pointer,
    Quantity,
    Relation,
    Trait,
    Utterance,
)
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.core.scene import answers, matching, places
from reasonseg_ros.core.scene.inventory import NAMELESS, Inventory
from reasonseg_ros.core.scene.items import Item, Scene
from reasonseg_ros.core.scene.matching import LIKELY, RIVAL, Match

CLOSE = 1.15      # two sizes whose ratio is less are alike: "the small one" does not tell them apart


class Role(Enum):
    """What a found mask is for."""

    TARGET = 'target'
    PLACE = 'place'   # where a target is to be put


@dataclass(frozen=True, eq=False)
class Found:
    """One mask of a decision.

    parent    index in the same decision of the whole that this is a part of; None = none there
    owner     id of the earlier instance that it is a part of; 0 = none
    clause    which clause of the sentence asked for it, from 0
    instance  id of the earlier instance whose mask this is, unchanged; 0 = a mask of now
    """

    label: str
    score: float
    mask: Rle
    parent: int | None = None
    owner: int = 0
    clause: int = 0
    role: Role = Role.TARGET
    instance: int = 0


@dataclass(frozen=True, eq=False)
class Decision:
    """How a sentence is answered.

    status      OK, NOTHING_FOUND, AMBIGUOUS (found: the candidates) or TALK (nothing is shown, and
                no round is recorded)
    text        the sentence to speak
    references  ids of the earlier instances that the words mean
    names       (instance id, name) that the user gives; `found` holds each under its new label, for
                a round without a question, which is how names are remembered
    notes       what was taken to mean what, for logs
    """

    status: Status
    text: str
    found: tuple[Found, ...] = ()
    references: tuple[int, ...] = ()
    names: tuple[tuple[int, str], ...] = ()
    notes: str = ''


@dataclass
class _Choice:
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


def ground(utterance: Utterance, inventory: Inventory, dialogue: Dialogue, *,
           score_threshold: float = 0.0, ambiguity_margin: float = 0.0,
           references: Sequence[int] = ()) -> Decision:
    """Decide what an utterance means.

    score_threshold   masks with a lower score are left out
    ambiguity_margin  ask back when the best match leads the next by less than this share; at least
                      1 - RIVAL
    references        ids that the caller knows to be meant; they come before pronouns

    Raises BadReference for a number or pronoun that stands for nothing in the dialogue.
    """
    scene = Scene(inventory, dialogue, references)
    return _Grounder(scene, utterance, score_threshold,
                     min(RIVAL, 1.0 - ambiguity_margin)).decide()


class _Grounder:
    """One decision."""

    def __init__(self, scene: Scene, utterance: Utterance, threshold: float, rival: float) -> None:
        self.scene = scene
        self.utterance = utterance
        self.threshold = threshold
        self.rival = rival
        self.meant: list[int] = []     # ids of earlier instances
        self.first = scene.dialogue.next_id

    # -- acts -------------------------------------------------------------------------------

    def decide(self) -> Decision:
        act, said = self.utterance.act, self.utterance
        if act is Act.COMMAND:
            raise ValueError(f'"{said.words}" is a command to the dialogue: {said.command.value}')
        if act is Act.TALK and said.topic == 'unclear' and self.scene.given:
            return self._show((Clause((Phrase('it', pointer=Pointer.THEM, plural=True),)),))
        if act is Act.SHOW:
            return self._show(said.clauses)
        if act is Act.LIST:
            return self._list()
        if act is Act.YES:
            return self._yes()
        if act is Act.NAME:
            return self._name()
        if act is Act.HOLDING and self.scene.inventory.held is not None:
            return self._show((Clause((Phrase('thing', generic=True,
                                              limits=(Relation(('held',), (), 'held'),)),)),))
        return Decision(Status.TALK, self._reply(), references=self._ids())

    def _ids(self) -> tuple[int, ...]:
        return tuple(dict.fromkeys(self.meant))

    def _reply(self) -> str:
        """The sentence to what is answered in words."""
        act, said = self.utterance.act, self.utterance
        if act is Act.HOLDING:
            return 'I see nothing in the gripper.'
        if act is Act.NO:
            if self.scene.question:
                return f'Then say it another way. {answers.overview(self.scene)}'
            return 'Sorry. Which one do you mean?'
        if act is Act.FORBID:
            names = answers.join([f'the {p.said}' if not p.pointer else p.said
                                  for c in said.clauses for p in c.phrases])
            return f'All right, I leave {names} alone.'
        if act in (Act.COUNT, Act.COLOUR, Act.IDENTIFY, Act.CONFIRM):
            return self._told()
        if said.topic == 'said':
            rounds = self.scene.dialogue.rounds
            return f'You said: "{rounds[-1].instruction}".' if rounds else 'Nothing yet.'
        if said.topic == 'answered':
            shown = self.scene.shown
            if not shown:
                return 'I have shown you nothing yet.'
            return 'I showed you ' + answers.join([answers.a_thing(self.scene, i)
                                                   for i in shown]) + '.'
        if said.topic == 'sure':
            newest = next((r for r in reversed(self.scene.dialogue.rounds) if r.instances), None)
            if newest is None:
                return 'I have shown you nothing yet.'
            best = min(i.score for i in newest.instances)
            return f'I am {"quite" if best >= 0.7 else "not very"} sure: {round(100 * best)} percent.'
        noun = said.clauses[0].phrases[0].said if said.clauses else ''
        return answers.talk(said.topic, noun)

    def _told(self) -> str:
        act, said, scene = self.utterance.act, self.utterance, self.scene
        if not said.clauses:
            return answers.talk('unclear')
        phrase = said.clauses[0].phrases[0]
        if act is Act.COUNT:
            whole = replace(phrase, plural=True, quantity=Quantity.ALL, number=None)
            choice = self._choose(whole)
            number = len(choice.shown)
            noun = phrase.said if number != 1 else answers_singular(phrase.said)
            return f'I see {answers.count(number)} {noun}.'
        choice = self._choose(phrase)
        if not choice.shown and not choice.asked:
            return choice.missing
        items = [m.item for m in choice.shown or choice.asked]
        if act is Act.IDENTIFY:
            return ' and '.join(self._identified(item) for item in items) + '.'
        if act is Act.CONFIRM:
            asked = said.clauses[1].phrases[0]
            fits = all(matching.match(scene, item, replace(asked, noun='', meant={})).sure
                       for item in items)
            hue = answers.colours(scene, items[0])
            return 'Yes.' if fits else f'No, it is {hue}.' if hue else 'No.'
        if len(items) == 1:
            hue = answers.colours(scene, items[0]) or 'of no colour that I can name'
            return f'The {scene.name(items[0], matching.NAMED)} is {hue}.'
        return ' '.join(f'One is {answers.colours(scene, item)}.' for item in items)

    def _identified(self, item: Item) -> str:
        words = answers.a_thing(self.scene, item) if item.part is None else (
            f'the {answers.describe(self.scene, item)}')
        number = item.instance.id if item.instance else 0
        thing = self.scene.thing(item)
        name = self.scene.name(item)
        guess = ''
        if words.startswith('something') and thing is not None and name != NAMELESS:
            guess = f', perhaps {answers.article(name)}'
        return (f'Number {number} is ' if number else 'It is ') + words + guess

    def _list(self) -> Decision:
        scene = self.scene
        found = tuple(self._found(Match(item, 1.0, 1.0), 0) for item in scene.items)
        status = Status.OK if found else Status.NOTHING_FOUND
        return Decision(status, answers.overview(scene, self.first), found)

    def _yes(self) -> Decision:
        asked = self.scene.question
        if len(asked) == 1:
            self._mean(asked)
            return Decision(Status.OK, f'Here is the {answers.describe(self.scene, asked[0])}.',
                            (self._remembered(asked[0], 0),), self._ids())
        return self._ask([Match(item, 1.0, 1.0) for item in asked], '')

    def _name(self) -> Decision:
        name = self.utterance.name
        phrase = self.utterance.clauses[0].phrases[0]
        choice = self._choose(phrase)
        if choice.asked:
            return self._ask(choice.asked, phrase.noun)
        if len(choice.shown) != 1:
            return Decision(Status.NOTHING_FOUND, choice.missing or 'Which one do you mean?')
        item = choice.shown[0].item
        remembered = item.instance
        found = self._remembered(item, 0) if remembered else self._found(choice.shown[0], 0)
        found = replace(found, label=name, score=1.0)
        ids = ((remembered.id, name),) if remembered else ()
        return Decision(Status.OK, f'All right, that is the {name}.', (found,), self._ids(), ids,
                        f'"{name}" is a name that the user gives')

    # -- showing ----------------------------------------------------------------------------

    def _show(self, clauses: Sequence[Clause]) -> Decision:
        shown: list[tuple[Match, int, Role, bool]] = []
        remarks: list[str] = []
        missing: list[str] = []
        without: list[Item] = []
        for index, clause in enumerate(clauses):
            choices = [(self._choose(phrase), phrase) for phrase in clause.phrases]
            if clause.either:
                choices = _best(choices)
            for choice, phrase in choices:
                if choice.asked:
                    return self._ask(choice.asked, phrase.noun, choice.question,
                                     sure=all(m.sure for m in choice.asked))
                if choice.missing:
                    missing.append(choice.missing)
                if choice.said:
                    remarks.append(choice.said)
                without += choice.without
                shown += [(m, index, Role.TARGET, choice.exact) for m in choice.shown]
            if clause.place is not None:
                place = self._choose(clause.place)
                if place.asked:
                    return self._ask(place.asked, clause.place.noun, place.question)
                if place.missing:
                    missing.append(place.missing)
                shown += [(m, index, Role.PLACE, place.exact) for m in place.shown]
        found = self._masks(shown, without)
        if not found:
            text = ' '.join(dict.fromkeys(missing)) or 'I see nothing like that.'
            return Decision(Status.NOTHING_FOUND, text, references=self._ids())
        kept = [entry for entry in shown if any(f.mask is not None for f in found)]
        text = ' '.join([self._here([m.item for m, _, role, _ in kept if role is Role.TARGET]
                                    or [m.item for m, *_ in kept]), *remarks,
                         *dict.fromkeys(missing)])
        return Decision(Status.OK, text, tuple(found), self._ids())

    def _here(self, items: Sequence[Item]) -> str:
        scene = self.scene
        distinct = list({item.key: item for item in items}.values())
        if len(distinct) == 1:
            return f'Here is the {answers.describe(scene, distinct[0])}.'
        names = [scene.name(item, matching.NAMED) for item in distinct]
        if len(set(names)) == 1:
            noun = lexicon.plural(names[0])
            return f'Here are {answers.count(len(distinct))} {noun}.'
        if len(distinct) <= 4:
            return 'Here are ' + answers.join([f'the {answers.describe(scene, i)}'
                                               for i in distinct]) + '.'
        return f'Here are {answers.count(len(distinct))} things.'

    def _ask(self, candidates: Sequence[Match], noun: str, question: str = '', *,
             sure: bool = True) -> Decision:
        items = [m.item for m in candidates]
        found = tuple(self._found(m, 0) for m in candidates)
        if not question:
            if len(items) == 1 and not sure:
                question = f'Do you mean the {answers.describe(self.scene, items[0])}?'
            else:
                noun = '' if self.scene.question and not noun else noun
                question = answers.question(self.scene, items, noun, self.first)
        return Decision(Status.AMBIGUOUS, question, found, self._ids())

    def _masks(self, shown: Sequence[tuple[Match, int, Role, bool]], without: Sequence[Item]
               ) -> list[Found]:
        """Masks of what is shown, each thing once, without what is excluded and without overlap."""
        found: list[Found] = []
        index: dict[object, int] = {}
        for match, clause, role, exact in shown:
            if match.item.key in index:
                continue
            entry = (self._remembered(match.item, clause, role)
                     if exact and match.item.instance is not None and not without
                     else self._found(match, clause, role))
            if without and match.item.part is None:
                mask = _minus(entry.mask, [w.mask for w in without if w.thing == match.item.thing])
                if mask.area == 0:
                    continue
                entry = replace(entry, mask=mask, instance=0)
            if entry.score < self.threshold or entry.mask.area == 0:
                continue
            index[match.item.key] = len(found)
            found.append(entry)
        items = list(index)
        for match, *_ in shown:
            item = match.item
            if item.part is not None and item.key in index and (item.thing, '') in index:
                at = index[item.key]
                found[at] = replace(found[at], parent=index[(item.thing, '')], owner=0)
        return _disjoint(found, items)

    def _found(self, match: Match, clause: int, role: Role = Role.TARGET) -> Found:
        item, scene = match.item, self.scene
        thing = scene.thing(item)
        score = match.score
        mask, owner = item.mask, 0
        if item.part is not None:
            score *= item.part.score
            whole = next((i for i in reversed(scene.shown) if i.thing == item.thing), None)
            owner = whole.instance.id if whole is not None and whole.instance else 0
        elif thing is not None:
            score *= thing.score
        elif item.instance is not None:
            score *= item.instance.score
        label = scene.name(item, matching.SURE)
        return Found(label, float(min(1.0, score)), mask, None, owner, clause, role)

    def _remembered(self, item: Item, clause: int, role: Role = Role.TARGET) -> Found:
        instance = item.instance
        assert instance is not None
        return Found(instance.label, instance.score, instance.mask, None, instance.parent_id,
                     clause, role, instance.id)

    def _mean(self, items: Iterable[Item]) -> None:
        self.meant += [i.instance.id for i in items if i.instance is not None]

    # -- phrases ----------------------------------------------------------------------------

    def _choose(self, phrase: Phrase) -> _Choice:
        """Find what a phrase means."""
        if phrase.pointer is Pointer.SELF:
            return _Choice(missing='I do not see you.')
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

    def _pointed(self, phrase: Phrase) -> _Choice:
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
                return _Choice(missing=f'There are only {answers.count(len(pool))}.' if pool else
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
                return _Choice([Match(i, 1.0, 1.0) for i in items], without=parts)
        matches = [Match(i, 1.0, 1.0) for i in items]
        limited = [limit for limit in phrase.limits]
        if limited:
            self._mean(items)
            bare = replace(phrase, pointer=None, noun='', meant={})
            return self._selected(matches, bare)
        self._mean(items)
        if pointer is Pointer.THEM and phrase.quantity is Quantity.ANY and phrase.number != 2:
            matches = matches[:phrase.number or 1]
        if pointer is Pointer.IT and len(items) > 1:
            if scene.question:
                return _Choice(asked=matches)
            matches = matches[:1]
        said = ''
        if pointer is Pointer.THEM and phrase.number and phrase.number != len(items):
            said = f'That is {answers.count(len(items))}, not {answers.count(phrase.number)}.'
        return _Choice(matches, said=said, exact=True)

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
            raise BadReference(f'nothing has been shown yet, so "{self.utterance.words}" has '
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
        if not self.utterance.rejected or self.scene.question:
            return set()
        return {i.key for i in self.scene.latest} if len(self.scene.latest) == 1 else set()

    def _things(self, phrase: Phrase) -> _Choice:
        """Find the things that a phrase means."""
        scene = self.scene
        if phrase.other and not phrase.pointer:
            phrase, others = self._others(phrase)
            if others is not None:
                return self._selected(others, phrase)
        if self._is_unknown(phrase):
            return _Choice(missing=answers.unknown(scene, phrase.noun))
        if not scene.items and not scene.question:
            return _Choice(missing='I see nothing on the table.')
        parts = [e for e in phrase.excluded if e.part and not (e.meant and e.owner is None)]
        if parts and phrase.generic and phrase.quantity is Quantity.ALL and scene.latest and (
                len(scene.latest) == 1):
            items = [scene.owner(scene.latest[0])]
            return _Choice([Match(i, 1.0, 1.0) for i in items],
                           without=[p for e in parts for p in self._excluded_parts(e, items)])
        choice = _Choice()
        for pool in self._pools(phrase):
            found = self._matches(pool, phrase)
            if isinstance(found, str):
                choice = _Choice(missing=found)
                continue
            if phrase.that and not phrase.plural and pool is not scene.items and found:
                sure = [m for m in found if m.sure]
                choice = _Choice(sure[:1])
                if choice.shown:
                    if not phrase.limits:
                        choice.exact = True
                    self._mean([m.item for m in choice.shown])
                    break
                continue
            choice = self._selected(found, phrase)
            if choice.shown or (choice.asked and all(m.sure for m in choice.asked)):
                if pool is scene.question or (scene.given and choice.shown):
                    self._mean([m.item for m in choice.shown])
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

    def _settled(self, choice: _Choice, phrase: Phrase) -> _Choice:
        """The one of several that was shown before is what a plain noun means."""
        if (len(choice.asked) > 1 and not phrase.limits and not self.scene.question
                and phrase.noun and phrase.quantity is Quantity.THE and not phrase.excluded):
            keys = {i.key for i in self.scene.shown}
            shown = [m for m in choice.asked if m.item.key in keys and m.sure]
            if len(shown) == 1 and shown[0].item.key not in self._rejected():
                item = next(i for i in self.scene.shown if i.key == shown[0].item.key)
                self._mean([item])
                return _Choice([Match(item, shown[0].score, shown[0].weakest)], exact=True)
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
                    self._mean([item])
                    marks.append(item)
                    continue
            choice = self._choose(landmark)
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

    def _selected(self, found: list[Match], phrase: Phrase) -> _Choice:
        """Choose among the things that fit, best first, by orders and numbers; or ask."""
        if not found:
            return _Choice(missing=self._why(phrase))
        sure = [m for m in found if m.sure]
        pool = sure or found
        ordinal = phrase.pointer is Pointer.ORDINAL
        orders = [limit for limit in phrase.limits if isinstance(limit, Order)]
        best = max(pool, key=lambda m: m.score)
        good = [m for m in pool if m.score >= self.rival * best.score]
        if not sure:
            if phrase.several and len(found) > 1:
                return _Choice(asked=good)
            return _Choice(asked=good)
        if orders:
            good = [m for m in sure if m.score >= min(self.rival, 0.5) * best.score]
        if orders:
            return self._ordered(good, orders, phrase)
        if ordinal:
            order = places.rank(self.scene, [m.item for m in good], 'left', True)
            nth = phrase.numbers[0]
            if nth > len(order):
                return _Choice(missing=self._few(len(order), phrase))
            item = order[nth - 1 if nth > 0 else -1]
            return _Choice([m for m in good if m.item is item])
        if any(isinstance(v, Relation) for v in phrase.limits):
            good = sorted(good, key=lambda m: m.cost)
            if not phrase.several:
                if (good[0].cost == 0.0 and len(good) > 1 and good[1].cost == 0.0
                        and phrase.quantity is Quantity.THE):
                    return _Choice(asked=good)
                return _Choice(good[:1])
        return self._counted(good, sure, phrase)

    def _counted(self, good: list[Match], sure: list[Match], phrase: Phrase) -> _Choice:
        number = phrase.number
        if phrase.quantity is Quantity.ALL or (phrase.plural and number is None):
            chosen = [m for m in sure if m.score >= 0.5 * good[0].score]
            return _Choice(chosen, said=self._said(len(chosen), phrase))
        if number is not None and number > 1:
            chosen = good
            if phrase.quantity is Quantity.ANY:
                chosen = good[:number]
            return _Choice(chosen, said=self._said(len(chosen), phrase))
        if phrase.quantity in (Quantity.ANY, Quantity.SOME):
            return _Choice(good[:1])
        if len(good) > 1:
            plain = phrase.noun in lexicon.PLURALE_TANTUM
            return _Choice(asked=good) if not plain or True else _Choice(good)
        return _Choice(good)

    def _said(self, number: int, phrase: Phrase) -> str:
        if phrase.number is None or phrase.number == number:
            return ''
        return self._few(number, phrase)

    def _few(self, number: int, phrase: Phrase) -> str:
        noun = lexicon.plural(phrase.noun or 'thing') if number != 1 else phrase.noun or 'thing'
        wanted = f', not {answers.count(phrase.number)}' if phrase.number else ''
        return f'I see {answers.count(number)} {noun}{wanted}.'

    def _ordered(self, good: list[Match], orders: Sequence[Order], phrase: Phrase) -> _Choice:
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
                    return _Choice(asked=[by_item[id(i)] for i in items[:2]])
            at = order.rank - 1 if order.rank > 0 else -1
            if at >= len(items):
                return _Choice(missing=self._few(len(items), replace(phrase, number=order.rank)))
            items = [items[at]]
        return _Choice([by_item[id(item)] for item in items],
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

    def _parts(self, phrase: Phrase) -> _Choice:
        """Find parts: of an owner that was named, of what was shown, or of anything in view."""
        scene = self.scene
        owners = self._owners(phrase)
        if isinstance(owners, _Choice):
            return owners
        having = [(owner, self._parts_of(owner, phrase)) for owner in owners]
        having = [(owner, parts) for owner, parts in having if parts]
        if not having:
            noun = lexicon.plural(phrase.noun) if phrase.plural else phrase.noun
            names = answers.join([f'the {answers.describe(scene, o)}' for o in owners][:3])
            if phrase.owner is None and len(owners) != 1:
                return _Choice(missing=f'I see no {phrase.said or noun}.')
            return _Choice(missing=f'I see no {noun} on {names}.' if noun != 'part' else
                           f'I see no such part on {names}.')
        matches = []
        several = phrase.plural or phrase.quantity is Quantity.ALL or (phrase.number or 1) > 1
        for owner, parts in having:
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
            return _Choice(asked=matches, question='Which one, the '
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
        return _Choice(matches)

    def _owners(self, phrase: Phrase) -> list[Item] | _Choice:
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
                    return _Choice(asked=[Match(i, 1.0, 1.0) for i in fitting])
                if choices:
                    return list(choices)
            last = [scene.owner(i) for i in scene.latest]
            if last and any(self._parts_of(item, phrase) for item in last[:1]):
                return last[:1]
            return list(scene.items)
        if owner.pointer is Pointer.IT and owner.excluded == () and scene.question and not (
                scene.given):
            if len(scene.question) > 1:
                return _Choice(asked=[Match(i, 1.0, 1.0) for i in scene.question])
            return [scene.owner(i) for i in scene.question]
        if owner.pointer is None and not owner.part:
            item = self._salient(owner) if owner.quantity is Quantity.THE and not owner.other \
                and not scene.question else None
            if item is not None and not owner.limits:
                self._mean([item])
                return [item]
        if owner.pointer is None and owner.plural and not phrase.plural and (
                owner.quantity is Quantity.THE and owner.number is None):
            owner = replace(owner, plural=False)  # "the red mugs handle": an apostrophe was lost
        choice = self._choose(owner)
        if choice.asked:
            having = [m for m in choice.asked if self._parts_of(scene.owner(m.item), phrase)]
            if len(having) == 1 and len(choice.asked) > 1:
                return [scene.owner(having[0].item)]
            return choice
        if not choice.shown:
            return choice
        items = [scene.owner(m.item) for m in choice.shown]
        if owner.pointer is not None:
            self._mean([m.item for m in choice.shown])
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


def answers_singular(said: str) -> str:
    """"red mugs" as it is said of one."""
    return lexicon.singular(said)[0]


def _best(choices: list[tuple[_Choice, Phrase]]) -> list[tuple[_Choice, Phrase]]:
    """Of alternatives, the one that is there; if several are, the best."""
    shown = [entry for entry in choices if entry[0].shown]
    if not shown:
        asked = [entry for entry in choices if entry[0].asked]
        return asked[:1] or choices
    return [max(shown, key=lambda entry: max(m.score for m in entry[0].shown))]


def _minus(mask: Rle, others: Sequence[Rle]) -> Rle:
    if not others:
        return mask
    pixels = mask.decode()
    for other in others:
        if other.same_size(mask):
            pixels &= ~other.decode()
    return Rle.encode(pixels)


def _disjoint(found: list[Found], keys: Sequence[object]) -> list[Found]:
    """Take from each mask what an earlier one of another thing has."""
    kept: list[Found] = []
    for i, entry in enumerate(found):
        mask = entry.mask
        for j in range(i):
            one, two = keys[i], keys[j]
            related = isinstance(one, tuple) and isinstance(two, tuple) and one[0] == two[0] and (
                '' in (one[1], two[1]))
            if not related and mask.same_size(found[j].mask) and mask.intersection(found[j].mask):
                mask = _minus(mask, [found[j].mask])
        kept.append(entry if mask is entry.mask else replace(entry, mask=mask, instance=0))
    return kept
