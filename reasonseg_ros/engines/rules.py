# SPDX-License-Identifier: Apache-2.0
"""A sentence answered by rules: from an inventory, or from the dialogue alone.

Needs no model and no torch: engine `household`, the evaluation with perfect eyes and the session
call it, each with what it knows.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from reasonseg_ros.core.dialogue.dialogue import Dialogue, Round
from reasonseg_ros.core.errors import Status
from reasonseg_ros.core.language.utterance import Utterance
from reasonseg_ros.core.scene.decision import Decision
from reasonseg_ros.core.scene.grounding import ground
from reasonseg_ros.core.scene.inventory import Inventory
from reasonseg_ros.core.scene.recall import recall
from reasonseg_ros.engines.protocol import Answer, AnswerMask, Question

LEAST = 1e-3   # scores nearer to 0 or 1 are taken for this far from it


@dataclass(frozen=True)
class Calibration:
    """From products of chances to the chance that a mask is right (Platt, 1999).

    objects, parts  (slope, offset) of the log odds, fitted on simulated validation dialogues
    """

    objects: tuple[float, float] = (1.0, 0.0)
    parts: tuple[float, float] = (1.0, 0.0)

    def chance(self, score: float, part: bool) -> float:
        """Return the chance in [0, 1] that a mask of this score is right."""
        slope, offset = self.parts if part else self.objects
        return 1 / (1 + math.exp(-(slope * _log_odds(score) + offset)))

    def score(self, chance: float) -> float:
        """Return the score of objects that has this chance; 0 for 0, which rules nothing out."""
        slope, offset = self.objects
        return 1 / (1 + math.exp(-(_log_odds(chance) - offset) / slope)) if chance else 0.0


def _log_odds(chance: float) -> float:
    inside = min(max(chance, LEAST), 1 - LEAST)
    return math.log(inside / (1 - inside))


def answer(utterance: Utterance, question: Question, inventory: Inventory, dialogue: Dialogue,
           calibration: Calibration = Calibration()) -> Answer:
    """Answer what was said in a dialogue; of the question only its numbers are read, not its text.

    calibration  of the scores of new masks; those of masks shown before are chances already

    Raises as `ground` does.
    """
    return _answer(question, ground(
        utterance, inventory, dialogue,
        score_threshold=calibration.score(question.score_threshold),
        ambiguity_margin=question.ambiguity_margin,
        references=tuple(i.id for i in question.references), next_id=question.next_id),
        calibration.chance)


def answer_unseen(utterance: Utterance, question: Question, height: int, width: int,
                  dialogue: Dialogue) -> Answer | None:
    """Answer what needs no look at the image, of height x width pixels; None for everything else.

    Raises as `recall` does.
    """
    decision = recall(utterance, dialogue, height, width, question.next_id,
                      tuple(i.id for i in question.references))
    return None if decision is None else _answer(question, decision)


def _answer(question: Question, decision: Decision,
            chance: Callable[[float, bool], float] = lambda score, part: score) -> Answer:
    masks = tuple(AnswerMask(f.label, f.score if f.instance else
                             chance(f.score, f.part), f.mask,
                             f.owner if f.parent is None else question.next_id + f.parent,
                             f.clause, f.role, instance=f.instance)
                  for f in decision.found)
    return Answer(decision.status, decision.text, masks, '', references=decision.references,
                  notes=decision.notes, named=bool(decision.names))


def message_of(record: Round, text: str, notes: str) -> str:
    """Return what a reply says about its status; `text` is the question as it was read."""
    if record.status is Status.NOTHING_FOUND:
        return f'nothing in the image fits "{text}"'
    if record.status is Status.AMBIGUOUS:
        return (f'{len(record.instances)} candidates; say which one, '
                'e.g. "the left one" or "number 2"')
    if record.status is Status.TALK:
        return 'that asks for no mask; nothing was recorded'
    return notes
