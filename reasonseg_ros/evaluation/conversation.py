# SPDX-License-Identifier: Apache-2.0
"""A written dialogue held with whoever answers: what is really said, and the record of each round.

Names in braces become the numbers that the answers got. A round that speaks of something that was
never answered is not asked; it counts as missed. Used by `evaluation.replay` with an engine and by
`ros.client.live_replay` with a running node. Does not know bags or time.
"""

from collections.abc import Callable
from collections.abc import Sequence
from dataclasses import dataclass

from reasonseg_ros.core.dialogue.dialogue import Instance
from reasonseg_ros.core.errors import BadInput
from reasonseg_ros.core.errors import Status
from reasonseg_ros.evaluation.records import RoundRecord
from reasonseg_ros.evaluation.scoring import OBJECT
from reasonseg_ros.evaluation.scoring import PART
from reasonseg_ros.evaluation.scoring import Truth
from reasonseg_ros.evaluation.scoring import score
from reasonseg_ros.evaluation.script import NAMED
from reasonseg_ros.evaluation.script import Said


@dataclass(frozen=True)
class Heard:
    """What was answered; `references` are the ids that the words were taken to mean.

    alive  ids that the dialogue has after this round
    """

    status: Status
    answer: str
    instances: tuple[Instance, ...]
    references: tuple[int, ...]
    alive: frozenset[int]


class Conversation:
    """One dialogue, round after round."""

    def __init__(self, dialogue: str) -> None:
        self._dialogue = dialogue
        self._round = 0
        self._known: dict[str, int] = {}  # name of a target -> id of the instance

    def say(self, said: Said, ask: Callable[[str], Heard], picture: str = ''
            ) -> tuple[RoundRecord, Heard | None]:
        """Hold one round; the answer is None when it could not be asked."""
        self._round += 1
        sentence = self._spoken(said)
        heard = None if sentence is None else ask(sentence)
        if heard is not None:
            self._known = {n: i for n, i in self._known.items() if i in heard.alive}
        return self._record(said, sentence or said.say, heard, picture), heard

    def _spoken(self, said: Said) -> str | None:
        names = NAMED.findall(said.say)
        meant = said.references or ()
        if any(name not in self._known for name in names):
            return None
        if meant and not any(name in self._known for name in meant):
            return None
        return NAMED.sub(lambda m: str(self._known[m[1]]), said.say)

    def _record(self, said: Said, sentence: str, heard: Heard | None,
                picture: str) -> RoundRecord:
        instances: Sequence[Instance] = () if heard is None else heard.instances
        right = None
        if said.references is not None and heard is not None:
            meant = {self._known[name] for name in said.references if name in self._known}
            right = meant == set(heard.references)
        fields = {}
        if said.targets is not None:
            _check_sizes(said, instances)
            truths = [Truth(t.mask, PART if t.part else OBJECT) for t in said.targets]
            scored = score(instances, truths, boundary=True)
            fields = scored.fields
            self._known.update((said.targets[t].name, instances[p].id)
                               for t, p in scored.stand_ins.items() if said.targets[t].name)
        return RoundRecord(
            self._dialogue, self._round, sentence, '' if heard is None else heard.answer,
            '' if said.expect is None else said.expect.name,
            '' if heard is None else heard.status.name, said.tags, references_right=right,
            picture=picture, **fields)


def _check_sizes(said: Said, instances: Sequence[Instance]) -> None:
    for mask, truth in ((i.mask, t.mask) for i in instances for t in said.targets or ()):
        if not mask.same_size(truth):
            raise BadInput(f'{said.where}: the right mask is {truth.width}x{truth.height}, the '
                           f'image here {mask.width}x{mask.height}; draw it on this image')
