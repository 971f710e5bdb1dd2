# SPDX-License-Identifier: Apache-2.0
"""From what was said to what is shown: rules over the things in view and the dialogue.

`ground` is the one way in; it never looks at pixels but through masks. Which evidence counts how
much stands in `core.scene.matching`, what one phrase means in
`core.scene.choosing`, what is spoken in `core.scene.answers`.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from reasonseg_ros.core.dialogue.dialogue import WITHOUT, Dialogue, Role
from reasonseg_ros.core.errors import BadReference, BadRequest, Status
from reasonseg_ros.core.language import lexicon
from reasonseg_ros.core.language.utterance import (
    Anaphor,
    Clause,
    Phrase,
    Quantity,
    Relation,
    SpeechAct,
    Utterance,
)
from reasonseg_ros.core.scene import answers, left_alone, matching, memory
from reasonseg_ros.core.scene.choosing import Chooser
from reasonseg_ros.core.scene.decision import Decision, DecisionMask, disjoint, minus
from reasonseg_ros.core.scene.inventory import NAMELESS, Inventory
from reasonseg_ros.core.scene.matching import RIVAL, Match
from reasonseg_ros.core.scene.presence import ACTS, answer_presence
from reasonseg_ros.core.scene.selecting import Choice
from reasonseg_ros.core.scene.setting import Candidate, Setting
from reasonseg_ros.core.scene.spoken_of import counted, spared, spoken_of
from reasonseg_ros.core.scene.telling import Teller, compares


def ground(utterance: Utterance, inventory: Inventory, dialogue: Dialogue, *,
           score_threshold: float = 0.0, ambiguity_margin: float = 0.0,
           references: Sequence[int] = (), next_id: int = 0) -> Decision:
    """Decide what an utterance means.

    score_threshold   masks with a lower score are left out
    ambiguity_margin  ask back when the best match leads the next by less than this share; at least
                      1 - RIVAL
    references        ids that the caller knows to be meant; they come before pronouns
    next_id           id of the first new mask, for answers that say numbers; 0 = the dialogue's
                      own, which rounds of another camera, left out of it, may have taken

    Raises BadReference for a number or pronoun that stands for nothing in the dialogue, BadRequest,
    with a sentence to speak, where words that matter were not understood.
    """
    scene = Setting(inventory, dialogue, references, spoken_of(inventory, dialogue),
                    counted(inventory, dialogue), spared(inventory, dialogue))
    return _Grounder(scene, utterance, score_threshold, min(RIVAL, 1.0 - ambiguity_margin),
                     next_id or dialogue.next_id).decide()


_IT = re.compile(r'\bits?\b')


class _Grounder:
    """One decision."""

    def __init__(self, scene: Setting, utterance: Utterance, threshold: float, rival: float,
                 first: int) -> None:
        self.scene = scene
        self.utterance = utterance
        self.threshold = threshold
        self.chooser = Chooser(scene, utterance.words, utterance.rejected, rival)
        if not left_alone.allows(utterance.words):
            self.chooser.forbidden = left_alone.left_alone(scene, rival)
        self.first = first

    # -- acts -------------------------------------------------------------------------------

    def decide(self) -> Decision:
        act, said = self.utterance.act, self.utterance
        if act is SpeechAct.COMMAND:
            raise ValueError(f'"{said.words}" is a command to the dialogue: {said.command.value}')
        if act is SpeechAct.TALK and said.topic == 'unclear' and self.scene.given:
            return self._show((Clause((Phrase('it', pointer=Anaphor.THEM, plural=True),)),))
        if act is SpeechAct.TALK and said.topic == 'unclear':
            raise BadRequest(answers.UNCLEAR)
        if act in ACTS:
            return answer_presence(said, self.scene.dialogue)
        if act is SpeechAct.SHOW:
            self._spared()
            found = self._show(said.clauses)
            excluded = [e for c in said.clauses for p in c.phrases for e in p.excluded]
            if said.unread and (found.status is Status.OK
                                or excluded and found.status is Status.NOTHING_FOUND):
                raise BadRequest(answers.unread(said.unread))
            if found.status is Status.OK and (lost := self._unknown(excluded)):
                found = replace(found, text=f'{found.text} {lost}')
            if said.untold and found.status is Status.OK:
                many = len([f for f in found.found if f.role is Role.TARGET]) > 1
                found = replace(found, text=f'{found.text} {answers.untold(said.untold, many)}')
            unseen = [w for w in said.untold if w in lexicon.UNSEEN]
            if unseen and found.status is Status.AMBIGUOUS:
                found = replace(found, text=f'{answers.untold(unseen, False)} {found.text}')
            return found
        if act is SpeechAct.LIST:
            return self._list()
        if act is SpeechAct.YES:
            return self._yes()
        if act is SpeechAct.NAME:
            return self._name()
        if act is SpeechAct.HOLDING and self.scene.inventory.held is not None:
            return self._show((Clause((Phrase('thing', generic=True,
                                              limits=(Relation(('held',), (), 'held'),)),)),))
        return Decision(Status.TALK, self._reply(), references=self._ids())

    def _ids(self) -> tuple[int, ...]:
        return tuple(dict.fromkeys(self.chooser.meant))

    def _reply(self) -> str:
        """The sentence to what is answered in words."""
        act, said = self.utterance.act, self.utterance
        if act is SpeechAct.HOLDING:
            return 'I see nothing in the gripper.'
        if act is SpeechAct.NO:
            if self.scene.question:
                return f'Then say it another way. {answers.overview(self.scene)}'
            return 'Sorry. Which one do you mean?'
        if act in (SpeechAct.FORBID, SpeechAct.PERMIT):
            self._point(said.clauses)
            names = answers.join([f'the {p.said}' if not p.pointer else p.said
                                  for c in said.clauses for p in c.phrases])
            if act is SpeechAct.PERMIT:
                return f'All right, I need not leave {names} alone.'
            unwanted = [p for c in said.clauses for p in c.phrases]
            return self._unknown(unwanted) or f'All right, I leave {names} alone.'
        if act in (SpeechAct.COUNT, SpeechAct.COLOUR, SpeechAct.IDENTIFY, SpeechAct.CONFIRM):
            return Teller(self.scene, self.utterance, self.chooser).told()
        if said.topic == 'said':
            dialogue = self.scene.dialogue
            at = 0 if re.search(r'\bfirst\b|\bbeginning\b|\bat the start\b', said.words) else -1
            texts = [*(r.instruction for r in dialogue.rounds), *dialogue.spoken_of]
            return f'You said: "{texts[at]}".' if texts else 'Nothing yet.'
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
            how = 'quite' if best >= 0.7 else 'not very'
            return f'I am {how} sure: {round(100 * best)} percent.'
        noun = said.clauses[0].phrases[0].said if said.clauses else ''
        return answers.talk(said.topic, noun)

    def _unknown(self, unwanted: Sequence[Phrase]) -> str:
        """What to say where a thing to be left alone is none that can be recognised."""
        return next((answers.unknown(self.scene, p.noun) for p in unwanted
                     if p.pointer is None and not p.part
                     and memory.is_unknown(self.scene, p)), '')

    def _point(self, clauses: Sequence[Clause]) -> None:
        """Note which earlier instances "it" and "number 2" mean, where they mean any."""
        for phrase in (p for c in clauses for p in c.phrases if p.pointer is not None):
            try:
                self.chooser.choose(phrase)
            except BadReference:
                continue

    def _list(self) -> Decision:
        scene, items = self.scene, self.scene.items
        if self.utterance.clauses:  # all but what is left out
            choice = self.chooser.choose(self.utterance.clauses[0].phrases[0])
            items = tuple(m.item for m in choice.shown)
        found = tuple(self._found(Match(item, 1.0, 1.0), 0) for item in items)
        status = Status.OK if found else Status.NOTHING_FOUND
        return Decision(status, answers.overview(scene, self.first, items), found)

    def _yes(self) -> Decision:
        asked = self.scene.question
        if len(asked) == 1:
            self.chooser.mean(asked)
            return Decision(Status.OK, answers.here(answers.describe(self.scene, asked[0])),
                            (self._remembered(asked[0], 0),), self._ids())
        return self._ask([Match(item, 1.0, 1.0) for item in asked], '')

    def _name(self) -> Decision:
        name = self.utterance.name
        phrase = self.utterance.clauses[0].phrases[0]
        choice = self.chooser.choose(phrase)
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

    def _spared(self) -> None:
        """Take in what the sentence does not want, for its pronouns: "leave the pan alone, take
        the thing left of it". Raises BadRequest, where that may be several things: a question would
        be answered with what is not wanted."""
        words = self.utterance.words
        pronoun = _IT.search(words)
        if pronoun is None:
            return
        unwanted = {e.said: e for c in self.utterance.clauses for p in c.phrases
                    for e in p.excluded if e.pointer is None and not e.part}
        for phrase in unwanted.values():
            if phrase.said not in words[:pronoun.start()]:
                continue
            items = self.chooser.all_of(phrase)
            if len(items) > 1 and not phrase.several:
                raise BadRequest(f'I see {answers.count(len(items))} {lexicon.plural(phrase.noun)};'
                                 ' say which one you mean by "it".')
            self.chooser.before += items

    def _show(self, clauses: Sequence[Clause]) -> Decision:
        shown: list[tuple[Match, int, Role, bool]] = []
        remarks: list[str] = []
        missing: list[str] = []
        without: list[Candidate] = []
        for index, clause in enumerate(clauses):
            choices = []
            earlier = list(self.chooser.before)
            for phrase in clause.phrases:
                choice = self.chooser.choose_allowed(phrase)
                if phrase.quantity is Quantity.ANY and not clause.either:
                    self.chooser.taken |= {m.item.key for m in choice.shown}
                self.chooser.before += [m.item for m in choice.shown]
                choices.append((choice, phrase))
            if clause.either and not any(p.quantity is Quantity.ALL for p in clause.phrases):
                choices = self._best(choices)
            for choice, phrase in choices:
                if choice.asked:
                    return self._ask(choice.asked, phrase.noun, choice.question,
                                     sure=all(m.sure for m in choice.asked))
                if choice.missing:
                    missing.append(choice.missing)
                if said := choice.said or self._skipped(phrase, choice):
                    remarks.append(said)
                without += choice.without
                shown += [(m, index, Role.TARGET, choice.exact) for m in choice.shown]
            found_none = all(choice.missing for choice, _ in choices)
            targets, self.chooser.before = self.chooser.before, earlier
            for mark in () if found_none else clause.places:
                place = self._place(mark, clause.phrases[-1])
                if place.asked:
                    return self._ask(place.asked, mark.noun, place.question)
                if place.missing:
                    missing.append(place.missing)
                shown += [(m, index, Role.PLACE, place.exact) for m in place.shown]
            self.chooser.before = targets
        found = self._masks(shown, without)
        if not found:
            text = answers.once(missing) or 'I see nothing like that.'
            return Decision(Status.NOTHING_FOUND, text, references=self._ids())
        items = [m.item for m, _, role, _ in shown if role is Role.TARGET] or [
            m.item for m, *_ in shown]
        text = ' '.join([self._here(items, without), *remarks, answers.once(missing)]).rstrip()
        return Decision(Status.OK, text, tuple(found), self._ids())

    def _place(self, mark: Phrase, phrase: Phrase) -> Choice:
        """Where something is put; "it" is what an earlier clause was about."""
        if named := self.chooser.said_before(mark):
            return Choice([Match(i, 1.0, 1.0) for i in map(self.scene.owner, named)])
        choice = self.chooser.mark(mark, phrase)
        if mark.pointer is Anaphor.IT and not mark.part:  # "put it on that": not on its handle
            choice.shown = [replace(m, item=self.scene.owner(m.item)) for m in choice.shown]
        return choice

    def _skipped(self, phrase: Phrase, choice: Choice) -> str:
        """What to say where "bottle remote" was one thing, and a bottle stands there as well."""
        if not choice.shown or phrase.owner is not None or phrase.pointer is not None:
            return ''
        in_view = {self.scene.name(i) for i in self.scene.items} - {
            NAMELESS, *(self.scene.name(m.item) for m in choice.shown)}
        if phrase.noun in lexicon.NOUNS and ' ' in phrase.noun:
            return ''
        skipped = [w for w in phrase.said.split()[:-1] if w in in_view and w not in (
            *lexicon.COLOURS, *lexicon.CONTENTS)]
        return f'I did not look for a {skipped[0]}.' if skipped else ''

    def _best(self, choices: list[tuple[Choice, Phrase]]) -> list[tuple[Choice, Phrase]]:
        """Of alternatives, the first that is there and hardly worse than the best one."""
        shown = [entry for entry in choices if entry[0].shown]
        if compares([phrase for _, phrase in choices]) or any(
                isinstance(v, Relation) and v.kinds and v.kinds[0][-1] in '+-'
                for _, phrase in choices for v in phrase.limits):
            for entry in choices:  # a thing that is not there is not compared
                if entry[0].missing:
                    bare = replace(entry[1], limits=tuple(
                        v for v in entry[1].limits if not isinstance(v, Relation)))
                    if not (alone := self.chooser.choose(bare)).shown:
                        return [(alone, bare)]
        if not shown:
            asked = [entry for entry in choices if entry[0].asked]
            return asked[:1] or choices
        if compares([phrase for _, phrase in shown]):
            return [min(shown, key=lambda entry: entry[0].shown[0].cost)]
        scores = [max(m.score for m in choice.shown) for choice, _ in shown]
        rival = self.chooser.rival * max(scores)
        return [next(entry for entry, score in zip(shown, scores) if score >= rival)]

    def _here(self, items: Sequence[Candidate], without: Sequence[Candidate] = ()) -> str:
        scene = self.scene
        distinct = list({item.key: item for item in items}.values())
        lacking = answers.lacking([w.part.name for w in without if w.part], len(distinct) > 1)
        if len(distinct) == 1:
            return answers.here(answers.describe(scene, distinct[0]) + lacking)
        names = [scene.name(item, matching.NAMED) for item in distinct]
        if len(set(names)) == 1:
            noun = lexicon.plural(names[0])
            return f'Here are {answers.count(len(distinct))} {noun}{lacking}.'
        if len(distinct) <= 4:
            return 'Here are ' + answers.join([f'the {answers.describe(scene, i)}'
                                               for i in distinct]) + '.'
        return f'Here are {answers.count(len(distinct))} things.'

    def _ask(self, candidates: Sequence[Match], noun: str, question: str = '', *,
             sure: bool = True) -> Decision:
        if not question:  # as people read: "the first one" is the left one
            candidates = sorted(candidates, key=lambda m: m.item.box[0] + m.item.box[2])
        items = [m.item for m in candidates]
        found = tuple(self._found(m, 0) for m in candidates)
        if not question:
            if len(items) == 1 and not sure:
                question = f'Do you mean the {answers.describe(self.scene, items[0])}?'
            else:
                noun = '' if self.scene.question and not noun else noun
                question = answers.question(self.scene, items, noun, self.first)
        return Decision(Status.AMBIGUOUS, question, found, self._ids())

    def _masks(self, shown: Sequence[tuple[Match, int, Role, bool]], without: Sequence[Candidate]
               ) -> list[DecisionMask]:
        """Masks of what is shown, each thing once, without what is excluded and without overlap."""
        found: list[DecisionMask] = []
        index: dict[object, int] = {}
        for match, clause, role, exact in shown:
            if match.item.key in index:
                continue
            entry = (self._remembered(match.item, clause, role)
                     if exact and match.item.instance is not None and not without
                     else self._found(match, clause, role))
            if without and match.item.part is None:
                off = [w for w in without if w.thing == match.item.thing]
                mask = minus(entry.mask, [w.mask for w in off])
                if mask.area == 0:
                    continue
                lacks = ' and '.join(dict.fromkeys(w.part.name for w in off if w.part))
                label = f'{entry.label}{WITHOUT}{lacks}' if lacks else entry.label
                entry = replace(entry, mask=mask, label=label, instance=0)
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
        return disjoint(found, items)

    def _found(self, match: Match, clause: int, role: Role = Role.TARGET) -> DecisionMask:
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
        return DecisionMask(label, float(min(1.0, score)), mask, None, owner, clause, role,
                            part=item.part is not None)

    def _remembered(self, item: Candidate, clause: int, role: Role = Role.TARGET) -> DecisionMask:
        instance = item.instance
        assert instance is not None
        return DecisionMask(instance.label, instance.score, instance.mask, None, instance.parent_id,
                     clause, role, instance.id)
