# SPDX-License-Identifier: Apache-2.0
"""A sentence answered from an inventory: the same rules for a model's eyes and for perfect ones.

Needs no model and no torch: the engine and the evaluation with perfect eyes both call it.
"""

from reasonseg_ros.core.dialogue.dialogue import Dialogue
from reasonseg_ros.core.language.utterance import Utterance
from reasonseg_ros.core.scene.grounding import ground
from reasonseg_ros.core.scene.inventory import Inventory
from reasonseg_ros.engines.protocol import Answer, AnswerMask, Question


def answer(utterance: Utterance, question: Question, inventory: Inventory, dialogue: Dialogue
           ) -> Answer:
    """Answer what was said in a dialogue; of the question only its numbers are read, not its text.

    Raises as `ground` does.
    """
    decision = ground(utterance, inventory, dialogue,
                      score_threshold=question.score_threshold,
                      ambiguity_margin=question.ambiguity_margin,
                      references=tuple(i.id for i in question.references),
                      next_id=question.next_id)
    masks = tuple(AnswerMask(f.label, f.score, f.mask,
                             f.owner if f.parent is None else question.next_id + f.parent)
                  for f in decision.found)
    return Answer(decision.status, decision.text, masks, '', references=decision.references,
                  notes=decision.notes, named=bool(decision.names))
