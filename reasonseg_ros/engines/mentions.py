# SPDX-License-Identifier: Apache-2.0
"""A dialogue as engines number it: every mention of a thing is a new instance, from 1.

Engines are trained on dialogues in which an answer always brings new numbers. A dialogue in which
a thing keeps its id is renumbered for them, and their answers are numbered back. Numbers depend on
the rounds alone, so that a cache that is built anew reads the same ones.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from reasonseg_ros.core.dialogue.dialogue import Dialogue, Instance, Round
from reasonseg_ros.engines.protocol import AnswerMask, Question

_NAMED = re.compile(r'\binstance ([0-9]+)')
# Of "I see 3 things" and "and 2 more", the numbers are none of things.
_NUMBER = re.compile(r'\b[0-9]+\b(?! (?:things?|more)\b)')


class Mentions:
    """The rounds of a dialogue with a number for each mention.

    dialogue  the same dialogue in those numbers
    """

    def __init__(self, dialogue: Dialogue) -> None:
        self._newest: dict[int, int] = {}   # id -> number of its newest mention
        self._things: list[int] = []        # number - 1 -> id
        self.dialogue = Dialogue(dialogue.id, tuple(map(self.add, dialogue.rounds)),
                                 prohibitions=dialogue.prohibitions,
                                 spoken_of=dialogue.spoken_of)

    @property
    def next_number(self) -> int:
        """Number of the first mention of the next answer."""
        return len(self._things) + 1

    def add(self, record: Round) -> Round:
        """Count the next round; return it in numbers of mentions."""
        question = self._worded(record.question)
        references = tuple(self._newest[i] for i in record.references if i in self._newest)
        for instance in record.instances:
            self._things.append(instance.id)
            self._newest[instance.id] = len(self._things)
        return replace(record, question=question, references=references,
                       instances=tuple(map(self._mention, record.instances)))

    def question(self, question: Question) -> Question:
        """Return a question in numbers of mentions."""
        return replace(question, text=self._worded(question.text), next_id=self.next_number,
                       references=tuple(map(self._mention, question.references)))

    def found(self, masks: Sequence[AnswerMask], next_id: int) -> tuple[AnswerMask, ...]:
        """Return masks with parents by id; one of the same answer counts on from `next_id`."""
        return tuple(replace(one, parent_id=self._thing(one.parent_id, next_id)) for one in masks)

    def _thing(self, number: int, next_id: int) -> int:
        if number >= self.next_number:
            return next_id + number - self.next_number
        return self._things[number - 1] if number else 0

    def _worded(self, text: str) -> str:
        return _NAMED.sub(lambda m: f'instance {self._newest.get(int(m[1]), int(m[1]))}', text)

    def _mention(self, instance: Instance) -> Instance:
        return replace(instance, id=self._newest.get(instance.id, instance.id),
                       parent_id=self._newest.get(instance.parent_id, 0))


def renumbered(text: str, first: int, ids: Sequence[int]) -> str:
    """Return an answer that says the numbers `first`, `first` + 1, ... with these ids instead."""
    if all(number == i for number, i in enumerate(ids, start=first)):
        return text

    def named(found: re.Match[str]) -> str:
        place = int(found[0]) - first
        return str(ids[place]) if 0 <= place < len(ids) else found[0]
    return _NUMBER.sub(named, text)
