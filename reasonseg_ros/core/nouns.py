# SPDX-License-Identifier: Apache-2.0
"""Which earlier instances a noun can stand for. Labels come from the dialogue, never from a list.

A mapping of synonyms (other noun -> label) widens what is understood; it is optional. Does not
parse sentences (`core.references`).
"""

import re
from collections.abc import Iterable
from collections.abc import Mapping
from functools import lru_cache

from reasonseg_ros.core.dialogue import Dialogue
from reasonseg_ros.core.instance import Instance
from reasonseg_ros.core.status import Status
from reasonseg_ros.core.wording import normalise

SAME_THING = 0.5  # IoU from which two instances with one label are one thing, shown twice


class Nouns:
    """Nouns of one dialogue, as they are now."""

    def __init__(self, dialogue: Dialogue, synonyms: Mapping[str, str]) -> None:
        self._synonyms = {normalise(noun): normalise(label) for noun, label in synonyms.items()}
        self._spoken: dict[str, list[Instance]] = {}
        last = len(dialogue.rounds)
        for record in dialogue.rounds:
            if record.status is Status.AMBIGUOUS and record.index < last:
                continue  # candidates of a question that is over were never an answer
            for instance in record.instances:
                self._spoken.setdefault(self.label(instance.label), []).append(instance)
        self.known = {*self._synonyms, *self._synonyms.values(), *self._spoken}

    def label(self, noun: str) -> str:
        """Return the label that a noun stands for."""
        noun = normalise(noun)
        return self._synonyms.get(noun, noun)

    def things(self, noun: str) -> tuple[Instance, ...]:
        """Distinct things shown under this noun, each as its newest instance, oldest first."""
        found: list[Instance] = []
        for instance in self._spoken.get(self.label(noun), ()):
            found = [old for old in found if not _same(old, instance)]
            found.append(instance)
        return tuple(found)

    def pattern(self, labels: Iterable[str] | None = None) -> str:
        """Regular expression without groups: any noun for these labels, or for all shown."""
        wanted = set(self._spoken if labels is None else map(self.label, labels))
        return _any_of(frozenset(wanted).union(
            noun for noun, label in self._synonyms.items() if label in wanted))


@lru_cache(maxsize=64)  # a dialogue asks for the same nouns in every round
def _any_of(nouns: frozenset[str]) -> str:
    choices = sorted(filter(None, nouns), key=lambda noun: (-len(noun), noun))
    return f'(?:{"|".join(map(re.escape, choices)) or "(?!)"})'  # (?!) never matches


def _same(one: Instance, two: Instance) -> bool:
    return one.mask.same_size(two.mask) and one.mask.iou(two.mask) >= SAME_THING
