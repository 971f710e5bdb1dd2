# SPDX-License-Identifier: Apache-2.0
"""Prohibitions heeded by masks, for engines that do not read the dialogue.

Such an engine outlines whatever a sentence fits. What must be left alone and was shown before is
taken out of its answer: a mask that is mostly that thing goes, from a larger one its pixels go.
What was only named and never shown has no mask here: it cannot be heeded. Engines that read the
dialogue choose among things instead (`core.scene.choosing`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.dialogue.dialogue import Prohibition
from reasonseg_ros.core.errors import Status
from reasonseg_ros.core.language.utterance import Quantity, SpeechAct
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.core.scene import answers
from reasonseg_ros.core.scene.decision import minus
from reasonseg_ros.core.scene.left_alone import allows, remembered
from reasonseg_ros.core.scene.recall import prohibited
from reasonseg_ros.engines.protocol import Answer, AnswerMask, Question

MOSTLY = 0.5  # share of a mask inside what must be left alone, from which it is that thing
TOUCHED = 0.02  # share from which its pixels are taken out; less is a ragged edge


@dataclass(frozen=True)
class LeftAlone:
    """What the answer to one sentence must not show.

    masks     of the things, as they were shown before
    names     what to call them, in the order of the masks
    first_id  id of the first new instance of the answer
    """

    masks: tuple[Rle, ...]
    names: tuple[str, ...]
    first_id: int

    def without(self, found: Sequence[AnswerMask]) -> tuple[AnswerMask, ...]:
        """Return the masks that may be shown, with the ids that parts have of their wholes."""
        ids: dict[int, int] = {}
        kept: list[AnswerMask] = []
        for place, entry in enumerate(found):
            near = [m for m in self.masks if m.same_size(entry.mask)]
            share = max((m.intersection(entry.mask) for m in near), default=0) / max(
                entry.mask.area, 1)
            if share >= MOSTLY:
                continue
            ids[self.first_id + place] = self.first_id + len(kept)
            mask = minus(entry.mask, near) if share >= TOUCHED else entry.mask
            kept.append(replace(entry, mask=mask))
        return tuple(replace(e, parent_id=ids.get(e.parent_id, 0 if e.parent_id >= self.first_id
                                                  else e.parent_id)) for e in kept)

    def heeded(self, answer: Answer) -> Answer:
        """Return an answer that shows nothing of what must be left alone, and says so.

        The answer itself where it shows nothing of it. Of another one there is no transcript: an
        engine reads it as if it had been given.
        """
        found = self.without(answer.found)
        if len(found) == len(answer.found) and all(a.mask is b.mask for a, b in zip(
                found, answer.found)):
            return answer
        names = list(dict.fromkeys(f'the {name}' for name in self.names))
        text = f'I leave {answers.join(names)} alone, as you said.'
        if not found:
            return replace(answer, status=Status.NOTHING_FOUND, text=text, found=(), transcript='')
        if answer.status is Status.AMBIGUOUS and len(found) == 1:
            text = f'{answers.here(found[0].label)} {text}'
            return replace(answer, status=Status.OK, text=text, found=found, transcript='')
        return replace(answer, text=f'{answer.text} {text}'.strip(), found=found, transcript='')


def left_alone(question: Question, instruction: str) -> LeftAlone | None:
    """What the answer to a sentence must not show; None where it may show everything.

    A thing that the sentence itself names or points at, alone, may be shown. Of a sentence that
    nobody has read (`question.utterance` is None) nothing is heeded.
    """
    heard, dialogue = question.utterance, question.dialogue
    if heard is None or dialogue is None or not dialogue.prohibitions or (
            heard.act is not SpeechAct.SHOW or allows(instruction)):
        return None
    references = {i.id for i in question.references}
    phrases = [p for c in heard.clauses for p in (*c.phrases, *c.places)]
    named = {p.said for p in phrases if not p.several and p.quantity is Quantity.THE}
    alone = {k: name for k, name in remembered(dialogue).items()
             if name not in named and not (k in references and not any(
                 p.several for p in phrases))}
    if not alone:
        return None
    return LeftAlone(tuple(dialogue.instance(k).mask for k in alone), tuple(alone.values()),
                     question.next_id)


def said_alone(question: Question, status: Status, instruction: str, frame: Frame, index: int
               ) -> Prohibition | None:
    """What a sentence says is to be left alone; None for one that says nothing of the kind.

    status  of its answer; where nothing was found of what it asks for, nothing is remembered
    index   of the round that it would be; of talk, which is none, the round before counts
    """
    heard, seen = question.utterance, question.dialogue
    if heard is None or seen is None or not heard.prohibits or (
            status not in (Status.TALK, Status.OK)):
        return None
    return Prohibition(index - (status is Status.TALK), instruction,
                       prohibited(heard, seen, frame.height, frame.width))
