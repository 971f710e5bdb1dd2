# SPDX-License-Identifier: Apache-2.0
"""A dialogue while it is being made: what was shown, what "it" means, how a turn is written.

Does not decide what to ask (`sim.dialogues.questions`, `sim.dialogues.refusals`) or in which order
(`sim.dialogues.generator`).
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from reasonseg_ros.core.errors import Status
from reasonseg_ros.sim.dialogues.relations import SceneView
from reasonseg_ros.sim.dialogues.truth import Kind, Target, Turn
from reasonseg_ros.sim.language import phrases
from reasonseg_ros.sim.language.templates import NUMBER_NOUNS, PRONOUNS
from reasonseg_ros.sim.language.vocabulary import NUMBERS, Drawn, object_noun, pick

_HOW = ('pronoun', 'number', 'label')
_HOW_SHARES = ((0.5, 0.85), (0.25, 0.9))  # cumulative; as usual, and after a given instance


class Mention(NamedTuple):
    """An earlier whole-object instance, as a sentence can refer to it.

    how   'pronoun' ("it"), 'number' ("instance 2") or 'label' ("the mug")
    """

    object: int
    id: int
    text: str
    how: str


class Sentence(NamedTuple):
    """A sentence and the id of its wording."""

    text: str
    template: str


class DialogueState:
    """State of one dialogue over one view.

    split    of the view: it decides what may be denied
    wording  split of the phrasings; None = that of the view
    words    draws the phrasings; None = `rng`, which draws everything else. With a generator of
             its own, one dialogue can be said in the phrasings of two splits
    """

    def __init__(self, view: SceneView, rng: np.random.Generator, split: str,
                 wording: str | None = None, words: np.random.Generator | None = None) -> None:
        self.view = view
        self.rng = rng
        self.split = split
        self.wording = wording or split
        self.words = words or rng
        self.turns: list[Turn] = []
        self.latest: dict[int, int] = {}  # object -> id of its latest instance
        self.shown: list[Target] = []

    @property
    def next_id(self) -> int:
        """Id of the next new instance."""
        return len(self.shown) + 1

    @property
    def focus(self) -> Target | None:
        """What "it" means: the object of the last answered round, if that made exactly one."""
        for turn in reversed(self.turns):
            if turn.status is Status.NOTHING_FOUND:
                continue
            single = turn.status is Status.OK and len(turn.targets) == 1
            return turn.targets[0] if single and turn.targets[0].part is None else None
        return None

    def append(self, turn: Turn) -> None:
        """Add a turn; its instances can be spoken of from now on."""
        self.turns.append(turn)
        self.shown.extend(turn.targets)
        self.latest.update((t.object, t.id) for t in turn.targets if t.part is None)

    def rewind(self, keep: int) -> None:
        """Forget all turns but the first `keep`; their ids are free again."""
        kept = self.turns[:keep]
        self.turns, self.latest, self.shown = [], {}, []
        for turn in kept:
            self.append(turn)

    def chance(self, probability: float) -> bool:
        """Draw a yes with this probability."""
        return self.rng.random() < probability

    def shuffled(self, values: Sequence[Drawn]) -> list[Drawn]:
        """Return the values in random order."""
        return [values[i] for i in self.rng.permutation(len(values))]

    def fresh(self, objects: Sequence[int]) -> int | None:
        """Draw one object, usually one that has not been shown."""
        if not objects:
            return None
        unseen = [i for i in objects if i not in self.latest]
        return pick(self.rng, unseen if unseen and self.chance(0.8) else objects)

    def noun(self, category: str, denied: bool = False) -> str:
        """Draw a noun for a category."""
        return object_noun(category, self.rng, denied)

    def say(self, family: str, plural: bool = False, **slots: str) -> Sentence:
        """Draw a sentence of a family."""
        return Sentence(*phrases.say(family, self.wording, self.words, plural, **slots))

    def mentions(self) -> list[Mention]:
        """All ways to refer to earlier objects, likelier kinds of reference first, else random."""
        after_given = bool(self.turns) and self.turns[-1].kind is Kind.GIVEN
        draw, shares = self.rng.random(), _HOW_SHARES[after_given]
        first = _HOW[sum(draw >= share for share in shares)]
        kinds = [first, *(h for h in self.shuffled(_HOW) if h != first)]
        found: list[Mention] = []
        for how in kinds:
            found.extend(self.shuffled(self._mentions(how)))
        return found

    def _mentions(self, how: str) -> list[Mention]:
        if how == 'pronoun':
            focus = self.focus
            return [] if focus is None else [
                Mention(focus.object, focus.id, pick(self.rng, PRONOUNS), how)]
        if how == 'number':
            last = self.turns[-1:]
            after_given = last and last[0].kind is Kind.GIVEN
            return [Mention(t.object, t.id, f'{pick(self.rng, NUMBER_NOUNS)} {t.id}', how)
                    for t in (last[0].targets if after_given else self.shown) if t.part is None]
        categories = [self.view.category(i) for i in self.latest]
        return [Mention(i, self.latest[i], f'the {self.noun(category)}', how)
                for i, category in zip(self.latest, categories, strict=True)
                if categories.count(category) == 1 and self.view.group(i)]

    def found(self, kind: Kind, said: Sentence, picks: Sequence[tuple[int, str | None]],
              references: tuple[int, ...] = (), detail: str = '') -> Turn | None:
        """Return an answered turn; None when the instance numbers run out."""
        targets = self._targets(picks)
        if targets is None:
            return None
        names = [f'the {part or self.view.category(index)} <seg>' for index, part in picks]
        answer = ' and '.join(filter(None, (' '.join(names[:-1]), names[-1])))
        return Turn(kind, said.text, Status.OK, targets, references, answer, said.template, detail)

    def asked_back(self, said: Sentence, objects: Sequence[int]) -> Turn | None:
        """Return a turn that asks which of several objects is meant."""
        targets = self._targets([(i, None) for i in objects])
        if targets is None:
            return None
        choices = ' '.join(['<seg>'] * (len(objects) - 1))
        answer = f'which {self.view.category(objects[0])} do you mean {choices} or <seg>'
        return Turn(Kind.AMBIGUOUS, said.text, Status.AMBIGUOUS, targets, (), answer,
                    said.template)

    def refused(self, said: Sentence, answer: str, detail: str,
                references: tuple[int, ...] = ()) -> Turn:
        """Return a turn about something that is not there."""
        return Turn(Kind.ABSENT, said.text, Status.NOTHING_FOUND, (), references, answer,
                    said.template, detail)

    def _targets(self, picks: Sequence[tuple[int, str | None]]) -> tuple[Target, ...] | None:
        if len(self.shown) + len(picks) > len(NUMBERS):
            return None
        latest = dict(self.latest)
        targets = []
        for instance_id, (index, part) in enumerate(picks, start=self.next_id):
            if part is None:
                latest[index] = instance_id
            parent = 0 if part is None else latest.get(index, 0)
            targets.append(Target(index, part, instance_id, parent))
        return tuple(targets)
