# SPDX-License-Identifier: Apache-2.0
"""A second look at one thing, in a cut-out that it fills, for a part that was not seen at first.

Small parts that an engine shows from near are lost to it from farther away: they are looked for in
the view that showed the thing from nearest, and in the present one. Knows no dialogue: the thing is
given by its mask.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.dialogue.dialogue import Dialogue, Instance, Round
from reasonseg_ros.core.errors import OutOfMemory, ReasonSegError, Status
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.core.memory.near_view import NearView, window_about
from reasonseg_ros.core.memory.world import WorldMemory
from reasonseg_ros.engines.protocol import AnswerMask, Engine, Question

NEARER = 1.5      # times that the thing must become larger for another look
SURE = 0.9        # score from which a part that was not seen at first is believed
_NUMBER = re.compile(r'\binstance [0-9]+')


@dataclass(frozen=True)
class SecondLook:
    """Looks at things of one frame again.

    world  returns the memory of the things, when it is needed; None = there is none
    """

    engine: Engine
    frame: Frame
    world: Callable[[], WorldMemory | None] = lambda: None

    def part(self, question: Question, owner: Instance, number: int, nouns: tuple[str, ...],
             seen: float | None = None) -> tuple[AnswerMask, ...]:
        """Return masks of a part of one thing; () where none is surely there, or more surely than
        what was seen at first.

        question  refers to the thing alone
        owner     the thing, by the id `number` that the dialogue gives it
        nouns     what the part may be called
        seen      score of what was seen at first; None = nothing was
        """
        world, least = self.world(), SURE if seen is None else seen
        near = world and world.nearest(self.frame, number)
        found = self._carried(world, near, question, owner) if world and near else ()
        found = tuple(one for one in found if one.label in nouns and one.score >= least)
        if not found and (near is not None or seen is None):
            found = look_closer(self.engine, question, owner.mask, owner.label, self.frame)
        return tuple(one for one in found if one.label in nouns and one.score >= least)

    def _carried(self, world: WorldMemory, near: NearView, question: Question, owner: Instance
                 ) -> tuple[AnswerMask, ...]:
        found = []
        for one in _seen(self.engine, question, near.mask, owner.label, near.frame):
            mask = world.carried(self.frame, near, one.mask, owner.mask)
            if mask is not None:
                found.append(replace(one, mask=mask))
        return tuple(found)


def look_closer(engine: Engine, question: Question, owner: Rle, label: str, frame: Frame
                ) -> tuple[AnswerMask, ...]:
    """Ask for a part of one thing in a cut-out; return its masks in the image, () where none is
    surely there.

    question  refers to the thing alone
    owner     the mask of the thing, of the frame's size, and its label
    """
    top, bottom, left, right = window_about(owner.box, frame.height, frame.width)
    if (bottom - top) * NEARER > frame.height:
        return ()
    cut = Frame(np.ascontiguousarray(frame.rgb[top:bottom, left:right]), stamp=frame.stamp,
                frame_id=frame.frame_id, source=frame.source)
    found = []
    for one in _seen(engine, question, Rle.encode(owner.decode()[top:bottom, left:right]), label,
                     cut):
        mask = np.zeros((frame.height, frame.width), bool)
        mask[top:bottom, left:right] = one.mask.decode()
        found.append(replace(one, mask=Rle.encode(mask)))
    return tuple(found)


def _seen(engine: Engine, question: Question, owner: Rle, label: str, cut: Frame
          ) -> tuple[AnswerMask, ...]:
    """Return the masks, in a cut-out, that show what was asked for of the thing in it."""
    thing = Instance(1, 0, 1, label, 1.0, owner)
    shown = Round(1, '', '', (), Status.OK, '', (thing,))
    try:
        context = engine.open(cut)
        context.remember(shown)
        answer = context.ask(replace(
            question, text=_NUMBER.sub('instance 1', question.text), references=(thing,),
            next_id=2, dialogue=Dialogue('', (shown,))))
    except OutOfMemory:
        raise
    except ReasonSegError:
        return ()
    return tuple(AnswerMask(one.label, one.score, one.mask, clause=one.clause, role=one.role)
                 for one in answer.found if answer.status is Status.OK)
