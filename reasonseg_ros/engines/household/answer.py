# SPDX-License-Identifier: Apache-2.0
"""A sentence answered from an inventory: the same rules for a model's eyes and for perfect ones.

Needs no model and no torch.
"""

from collections.abc import Mapping

from reasonseg_ros.core.dialogue.dialogue import Dialogue
from reasonseg_ros.core.language.speech_acts import understand
from reasonseg_ros.core.scene.grounding import ground
from reasonseg_ros.core.scene.inventory import Inventory
from reasonseg_ros.engines.protocol import Answer, AnswerMask


def answer(said: str, references: tuple[int, ...], inventory: Inventory, dialogue: Dialogue, *,
           score_threshold: float = 0.0, ambiguity_margin: float = 0.0,
           seconds: Mapping[str, float] | None = None) -> Answer:
    """Answer a sentence; `references` are ids that the caller gave. Raises as `ground` does."""
    decision = ground(understand(said, dialogue), inventory, dialogue,
                      score_threshold=score_threshold, ambiguity_margin=ambiguity_margin,
                      references=references)
    first = dialogue.next_id
    masks = tuple(AnswerMask(f.label, f.score, f.mask,
                             f.owner if f.parent is None else first + f.parent)
                  for f in decision.found)
    return Answer(decision.status, decision.text, masks, '', dict(seconds or {}),
                  decision.references, decision.notes, bool(decision.names))
