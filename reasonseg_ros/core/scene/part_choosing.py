# SPDX-License-Identifier: Apache-2.0
"""Which parts one phrase means: of an owner that is named, of what was shown, of anything in view.

What owners are meant is for `core.scene.choosing` to say, of which this is the lower half.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import replace

from reasonseg_ros.core.language import lexicon
from reasonseg_ros.core.language.utterance import Anaphor, Order, Phrase, Quantity
from reasonseg_ros.core.scene import answers, memory, places
from reasonseg_ros.core.scene.matching import Match, parts_of
from reasonseg_ros.core.scene.selecting import Choice, Selector
from reasonseg_ros.core.scene.setting import Candidate, Setting


class PartChooser(ABC):
    """Finds what phrases of one sentence about parts mean.

    words      the sentence
    rejecting  it says that what was shown last is wrong
    rival      a match so many times the best is as good
    meant      ids of the earlier instances that were meant so far
    taken      keys of what "a mug" stands for in this sentence: "another mug" is none of them
    forbidden  keys of the things that the user said to leave alone, see `core.scene.left_alone`
    before     what earlier phrases of this sentence showed: "the lamp and what is next to it"
    """

    def __init__(self, scene: Setting, words: str, rejecting: bool, rival: float) -> None:
        self.scene = scene
        self.words = words
        self.rejecting = rejecting
        self.rival = rival
        self.selector = Selector(scene, rival)
        self.meant: list[int] = []
        self.forbidden: frozenset[object] = frozenset()
        self.taken: set[object] = set()
        self.before: list[Candidate] = []
        self._heeding = False

    def mean(self, items: Iterable[Candidate]) -> None:
        self.meant += [i.instance.id for i in items if i.instance is not None]

    @abstractmethod
    def choose(self, phrase: Phrase) -> Choice:
        """What a phrase means."""

    @abstractmethod
    def all_of(self, phrase: Phrase, pool: Sequence[Candidate] = ()) -> list[Candidate]:
        """Every item that a phrase may mean."""

    def is_forbidden(self, item: Candidate) -> bool:
        """Whether the user said to leave the thing alone."""
        return self.scene.owner(item).key in self.forbidden

    def said_before(self, phrase: Phrase) -> list[Candidate]:
        """What a pronoun stands for in a sentence that named things before it; [] for others."""
        if phrase.said not in ('it', 'its', 'that', 'them', 'their', 'those', 'both'):
            return []
        return self.before[-1:] if phrase.pointer is Anaphor.IT else self.before if (
            phrase.pointer is Anaphor.THEM and len(self.before) > 1) else []

    def parts(self, phrase: Phrase) -> Choice:
        """Find parts: of an owner that was named, of what was shown, or of anything in view."""
        scene = self.scene
        owners = self._owners(phrase)
        if isinstance(owners, Choice):
            return owners
        having = [(owner, parts_of(scene, owner, phrase)) for owner in owners]
        pointed = phrase.several and (phrase.other or any(e.pointer for e in phrase.excluded))
        if pointed and phrase.noun != 'part':    # "all the handles except that one"
            gone = {i.key for i in scene.latest} | {
                memory.numbered(scene, n).key for e in phrase.excluded
                if e.pointer is Anaphor.NUMBER for n in e.numbers}
            having = [(owner, [m for m in parts if m.item.key not in gone])
                      for owner, parts in having]
        if phrase.several and phrase.excluded and not pointed:  # "but not that of the yellow mug"
            gone = self._excluded_of(phrase, [m.item for _, parts in having for m in parts])
            having = [(owner, [m for m in parts if m.item.key not in gone])
                      for owner, parts in having]
        if phrase.noun == 'part' and (phrase.other or phrase.excluded):  # "the other part"
            gone = {i.key for i in scene.latest if i.part is not None} | {
                i.key for e in phrase.excluded for i in self.excluded_parts(e, owners)}
            having = [(owner, [m for m in parts if m.item.key not in gone])
                      for owner, parts in having]
            if len(having) == 1 and len(having[0][1]) > 1 and not phrase.plural:
                return Choice(asked=having[0][1])
        having = [(owner, parts) for owner, parts in having
                  if parts and not (self._heeding and self.is_forbidden(owner))]
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
            return Choice(asked=matches, question='Which one, '
                           + answers.join([f'the {m.item.part.name} of the '
                                           f'{answers.describe(scene, scene.owner(m.item))}'
                                           for m in matches[:3] if m.item.part], 'or') + '?')
        if phrase.owner is None and phrase.quantity is Quantity.ANY:
            matches = matches[:1]
        places_said = [v for v in phrase.limits if isinstance(v, Order)]
        if places_said and len(having) == 1:
            every = parts_of(scene, having[0][0], phrase)
            order = places.rank(scene, [m.item for m in every], places_said[0].measure,
                                places_said[0].most)
            matches = [m for m in every if m.item is order[0]]
        without = [o for o in owners if all(o is not owner for owner, _ in having)]
        pointed = phrase.owner is not None and phrase.owner.pointer is not None
        if not without or not pointed:
            return Choice(matches)
        bare = answers.join([f'the {answers.describe(scene, o)}' for o in without][:3])
        return Choice(matches, said=f'I see no {lexicon.singular(phrase.noun)[0]} on {bare}.')

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
            latest = scene.latest if phrase.plural else scene.singled_out
            last = list({i.key: i for i in map(scene.owner, latest)}.values())
            every = phrase.quantity is Quantity.ALL or phrase.number == 2
            if every and len(last) == 1:  # "all the lids", "the two lids"
                last = [i for i in scene.items if parts_of(scene, i, phrase)]
                if phrase.number == 2 and len(last) > 2:
                    last = [i for i in scene.shown if parts_of(scene, i, phrase)][-2:]
            if last and any(parts_of(scene, item, phrase) for item in last):
                return last
            return list(scene.items)
        if owner.pointer is Anaphor.IT and owner.excluded == () and scene.question and not (
                scene.given):
            if len(scene.question) > 1:
                return Choice(asked=[Match(i, 1.0, 1.0) for i in scene.question])
            return [scene.owner(i) for i in scene.question]
        if owner.pointer is None and not owner.part:
            plain = owner.quantity is Quantity.THE and not owner.other and not owner.limits
            item = memory.salient(scene, owner) if plain and not scene.question else None
            if item is not None:
                self.mean([item])
                return [item]
        if owner.pointer is None and owner.plural and not phrase.plural and (
                owner.quantity is Quantity.THE and owner.number is None):
            owner = replace(owner, plural=False)  # "the red mugs handle": an apostrophe was lost
        if named := self.said_before(owner):
            return list({i.key: i for i in map(scene.owner, named)}.values())
        choice = self.choose(owner)
        if choice.asked:
            having = [m for m in choice.asked if parts_of(scene, scene.owner(m.item), phrase)]
            if len(having) == 1 and len(choice.asked) > 1:
                return [scene.owner(having[0].item)]
            return choice
        if not choice.shown:
            return choice
        items = [scene.owner(m.item) for m in choice.shown]
        if owner.pointer is Anaphor.IT and not any(parts_of(scene, i, phrase) for i in items):
            others = {i.key: i for i in map(scene.owner, scene.latest)
                      if parts_of(scene, i, phrase)}
            items = list(others.values()) if len(others) == 1 else items
        if owner.pointer is not None:
            self.mean([m.item for m in choice.shown])
        return items

    def excluded_parts(self, phrase: Phrase, items: Sequence[Candidate]) -> list[Candidate]:
        """Parts that a phrase takes away from things; from parts nothing is."""
        scene = self.scene
        return [m.item for item in items if item.part is None
                for m in parts_of(scene, scene.owner(item), phrase)]

    def _excluded_of(self, phrase: Phrase, parts: Sequence[Candidate]) -> set[object]:
        """Keys of the parts that a phrase for several of them excludes: by owner, or by colour."""
        gone: set[object] = set()
        for e in phrase.excluded:
            if e.part and e.owner is not None:
                gone |= self.parts_left_out((e,), parts)
            elif not (e.noun or e.meant):
                gone |= {i.key for i in self.all_of(e, parts)}
            elif not e.part:
                wholes = {i.key for i in self.all_of(e)}
                gone |= {p.key for p in parts if self.scene.owner(p).key in wholes}
        return gone

    def parts_left_out(self, excluded: Sequence[Phrase], items: Sequence[Candidate]) -> set[object]:
        """Keys of the parts that are left out where the items are parts."""
        if all(item.part is None for item in items):
            return set()
        return {m.item.key for e in excluded if e.part for m in self.parts(e).shown}
