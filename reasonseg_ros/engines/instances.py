# SPDX-License-Identifier: Apache-2.0
"""Masks of an answer become instances of the dialogue: new ones, or things that it knows.

Decides ids, parents and states; does not ask engines and does not record (`engines.session`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import cv2
import numpy as np

from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.dialogue.dialogue import Dialogue, Instance, Round, State, parent_of
from reasonseg_ros.core.errors import Status
from reasonseg_ros.core.language.utterance import SpeechAct
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.core.memory.identity import Likeness, match
from reasonseg_ros.core.scene import answers
from reasonseg_ros.core.scene.presence import shown_before
from reasonseg_ros.engines.closer import SURE, SecondLook
from reasonseg_ros.engines.mentions import Mentions, renumbered
from reasonseg_ros.engines.protocol import Answer, AnswerMask, Question

KEPT = 0.7      # IoU below which what is named again is shown as it is followed
BESIDE = 0.04   # of an owner's longer side that a part may be beside its mask
_READ = (Status.OK, Status.AMBIGUOUS, Status.NOTHING_FOUND)


class InstanceMaker:
    """Makes the instances of one round, as their masks come.

    counts    whether the engine counts mentions, so that it gets a dialogue renumbered
    likeness  of things out of sight; with it, things of the dialogue keep their ids

    question, dialogue  what the engine is asked, and reads
    """

    def __init__(self, question: Question, index: int, dialogue: Dialogue, counts: bool = False,
                 likeness: Likeness | None = None) -> None:
        self._asked, self._index, self._known = question, index, dialogue
        self._likeness = likeness
        self._mentions = Mentions(dialogue) if counts and likeness is not None else None
        self._made: list[Instance] = []
        self.question, self.dialogue = question, dialogue
        if self._mentions is not None:
            self.question = self._mentions.question(question)
            self.dialogue = self._mentions.dialogue

    def make(self, found: Sequence[AnswerMask]) -> tuple[Instance, ...]:
        """Return the instances of the masks found so far; those made before stay, until
        `remembered` shows something else."""
        if self._mentions is not None:
            found = self._mentions.found(found, self._asked.next_id)
        for one in found[len(self._made):]:
            self._made.append(self._new(one) if self._likeness is None
                              else self._thing(one, self._likeness))
        return tuple(self._made)

    def read(self, record: Round) -> Round:
        """Return the recorded round as the engine reads it."""
        return record if self._mentions is None else self._mentions.add(record)

    def present(self, answer: Answer, stamp: int) -> Answer:
        """Return an answer that says the ids of things, and which of them are not in view."""
        if self._likeness is None:
            return answer
        text = renumbered(answer.text, self.question.next_id, [i.id for i in self._made])
        known = {i.id: i for i in (*self._known.instances, *self._made)}
        meant = answer.references or tuple(i.id for i in self._asked.references)
        ids = dict.fromkeys((*(i.id for i in self._made), *meant))
        said = remarks([known[i] for i in ids if i in known], stamp)
        return replace(answer, text=f'{text} {said}'.strip() if said else text)

    def remembered(self, answer: Answer, frame: Frame, again: SecondLook | None = None) -> Answer:
        """Return an answer with the thing that is meant, where it is followed.

        Engines name what they see anew in each image; what was shown before, in the same words, is
        where it was found to be. The answer itself where nothing of the kind was shown, or it is
        what the engine shows; where that is not in view, the answer says so. A part of a thing in
        view that is not clearly seen is looked for once more, where the engine counts mentions.
        """
        asked, answer = self._asked, self._on_owner(answer)
        if asked.utterance is None or asked.answer or self._likeness is None or (
                answer.status not in _READ):
            return answer
        nothing = answer.status is Status.NOTHING_FOUND
        thing = shown_before(asked.utterance, self._known, [i.id for i in asked.references],
                             exactly=not nothing)
        if thing is None:
            return self._seen_nearer(answer, again)
        if thing.state is not State.VISIBLE:
            return replace(answer, text=f'{answer.text}; {whereabouts(thing, frame.stamp)}'
                           ) if nothing else answer
        if (thing.mask.height, thing.mask.width) != (frame.height, frame.width) or (
                answer.status is Status.OK and len(answer.found) == 1
                and answer.found[0].mask.iou(thing.mask) >= KEPT):
            return answer
        self._made.clear()
        mask = AnswerMask(thing.label, thing.score, thing.mask, instance=thing.id)
        return Answer(Status.OK, answers.here(thing.label), (mask,), '', answer.seconds,
                      notes=f'number {thing.id} ({thing.label}), as it was shown before')

    def _seen_nearer(self, answer: Answer, again: SecondLook | None) -> Answer:
        """Return an answer about a part of one thing with what a second look shows more surely."""
        owner, asked = self._owner(), self._asked
        if owner is None or again is None or self._mentions is None or asked.utterance is None:
            return answer
        seen = max((one.score for one in answer.found), default=None)
        if len(answer.found) == 1 and seen is not None and seen >= SURE:
            return answer
        part = asked.utterance.clauses[0].phrases[0]
        found = again.part(self.question, owner, owner.id, (part.noun, *part.meant), seen)
        if not found:
            return answer
        self._made.clear()
        return self._on_owner(replace(answer, status=Status.OK, text=answers.here(found[0].label),
                                      found=found, transcript='', notes='seen from nearer'))

    def on_owner(self, found: Sequence[AnswerMask]) -> tuple[AnswerMask, ...]:
        """Return masks, where a part of one thing in view is asked for, as far as they touch it.

        Engines that see two of a kind show the part of the other one, or of both.
        """
        owner = self._owner()
        if owner is None:
            return tuple(found)
        near = (one if one.instance or not one.mask.same_size(owner.mask) else
                replace(one, mask=_near(owner.mask, one.mask)) for one in found)
        return tuple(one for one in near if one.mask.area)

    def _on_owner(self, answer: Answer) -> Answer:
        """Return an answer without what is nowhere near the thing whose part was asked for."""
        owner, found = self._owner(), self.on_owner(answer.found)
        if owner is None or [f.mask for f in found] == [f.mask for f in answer.found]:
            return answer
        if len(found) == len(answer.found):
            return replace(answer, found=found)
        if found and answer.status is Status.AMBIGUOUS and len(found) == 1:
            return replace(answer, status=Status.OK, text=answers.here(found[0].label),
                           found=found, transcript='')
        if found:
            return replace(answer, found=found, transcript='')
        return replace(answer, status=Status.NOTHING_FOUND, found=(), transcript='', text=(
            f'I see no {answer.found[0].label} on number {owner.id} ({owner.label})'))

    def _owner(self) -> Instance | None:
        """Return the thing in view whose part is asked for, and nothing else; None for others."""
        asked = self._asked
        if (self._likeness is None or asked.utterance is None or len(asked.references) != 1
                or asked.answer):
            return None
        phrases = [p for c in asked.utterance.clauses for p in c.phrases]
        if asked.utterance.act is not SpeechAct.SHOW or len(phrases) != 1 or (
                phrases[0].owner is None):
            return None
        owner = asked.references[0]
        return owner if owner.state is State.VISIBLE and not owner.parent_id else None

    def _new(self, one: AnswerMask) -> Instance:
        """Return a mask as a new instance."""
        instance = Instance(self._asked.next_id + len(self._made), 0, self._index, one.label,
                            one.score, one.mask, clause=one.clause, role=one.role)
        return replace(instance, parent_id=self._parent(instance, one.parent_id))

    def _thing(self, one: AnswerMask, likeness: Likeness) -> Instance:
        """Return a mask as the thing of the dialogue that it shows, or as a new one."""
        given = {i.id for i in self._made}
        first = self._asked.next_id
        new = Instance(max((first - 1, *given)) + 1, 0, self._index, one.label, one.score, one.mask,
                       clause=one.clause, role=one.role)
        place = one.parent_id - first
        parent = self._parent(new, self._made[place].id if 0 <= place < len(self._made)
                              else one.parent_id)
        known = [i for i in self._known.instances if i.id not in given]
        told = any(i.id == one.instance for i in known)
        same = one.instance if told else match(
            [one.mask], known, [parent], [one.label], likeness).get(0)
        if same is None:
            return replace(new, parent_id=parent)
        old = self._known.instance(same)
        hidden = told and old.state is not State.VISIBLE   # else the engine sees it now
        return replace(new, id=same, parent_id=old.parent_id or (parent if parent != same else 0),
                       first_round=old.first_round or old.round,
                       state=old.state if hidden else State.VISIBLE,
                       last_seen=old.last_seen if hidden else 0,
                       reason=old.reason if hidden else '')

    def _parent(self, instance: Instance, said: int) -> int:
        return parent_of(instance, said, self._asked.references,
                         (*self._known.instances, *self._made))


def _near(owner: Rle, part: Rle) -> Rle:
    """Return the pieces of a part's mask that touch its owner; others are of something else."""
    x0, y0, x1, y1 = owner.box
    margin = max(2, round(BESIDE * max(x1 - x0, y1 - y0)))
    around = cv2.dilate(owner.decode().astype(np.uint8), np.ones((2 * margin + 1,) * 2, np.uint8))
    mask = part.decode()
    count, pieces = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    touching = np.bincount(pieces[around > 0], minlength=count) > 0
    touching[0] = False
    return part if touching[1:].all() else Rle.encode(touching[pieces])


def remarks(things: Iterable[Instance], stamp: int) -> str:
    """Return what to say of things that are not in view at a time, in nanoseconds; '' of others."""
    said = []
    for thing in things:
        if thing.state is not State.VISIBLE:
            look = '; name it and I look for it' if thing.state is State.LOST else ''
            said.append(whereabouts(thing, stamp) + look)
    return '. '.join(dict.fromkeys(said))


def whereabouts(thing: Instance, stamp: int) -> str:
    """Return why a thing is not in view at a time, in nanoseconds; '' of one that is."""
    name = f'number {thing.id} ({thing.label})'
    if thing.state is State.VISIBLE:
        return ''
    if thing.state is State.LOST:
        return thing.reason or f'{name} is no longer where it was'
    seconds = max(0, round((stamp - thing.last_seen) / 1e9)) if thing.last_seen else 0
    return (thing.reason or f'{name} is hidden') + (f', seen {seconds} s ago' if seconds else '')


def round_of(dialogue: Dialogue, question: Question, answer: Answer) -> Round:
    """Return an answer as the next round of a dialogue, with the parents that the engine says."""
    index = len(dialogue.rounds) + 1
    instances = tuple(Instance(dialogue.next_id + k, f.parent_id, index, f.label, f.score, f.mask)
                      for k, f in enumerate(answer.found))
    return Round(index, question.text, question.text, tuple(r.id for r in question.references),
                 answer.status, answer.text, instances, answer.transcript)
