# SPDX-License-Identifier: Apache-2.0
"""A sentence answered by rules: from an inventory, or from the dialogue alone.

Needs no model and no torch: engine `household`, the evaluation with perfect eyes and the session
call it, each with what it knows.
"""

from reasonseg_ros.core.dialogue.dialogue import Dialogue
from reasonseg_ros.core.language.utterance import Utterance
from reasonseg_ros.core.scene.decision import Decision
from reasonseg_ros.core.scene.grounding import ground
from reasonseg_ros.core.scene.inventory import Inventory
from reasonseg_ros.core.scene.recall import recall
from reasonseg_ros.engines.protocol import Answer, AnswerMask, Question


def answer(utterance: Utterance, question: Question, inventory: Inventory, dialogue: Dialogue
           ) -> Answer:
    """Answer what was said in a dialogue; of the question only its numbers are read, not its text.

    Raises as `ground` does.
    """
    return _answer(question, ground(
        utterance, inventory, dialogue, score_threshold=question.score_threshold,
        ambiguity_margin=question.ambiguity_margin,
        references=tuple(i.id for i in question.references), next_id=question.next_id))


def answer_unseen(utterance: Utterance, question: Question, height: int, width: int,
                  dialogue: Dialogue) -> Answer | None:
    """Answer what needs no look at the image, of height x width pixels; None for everything else.

    Raises as `recall` does.
    """
    decision = recall(utterance, dialogue, height, width, question.next_id,
                      tuple(i.id for i in question.references))
    return None if decision is None else _answer(question, decision)


def _answer(question: Question, decision: Decision) -> Answer:
    masks = tuple(AnswerMask(f.label, f.score, f.mask,
                             f.owner if f.parent is None else question.next_id + f.parent)
                  for f in decision.found)
    return Answer(decision.status, decision.text, masks, '', references=decision.references,
                  notes=decision.notes, named=bool(decision.names))
