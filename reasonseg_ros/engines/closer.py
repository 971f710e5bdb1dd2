# SPDX-License-Identifier: Apache-2.0
"""A second look at one thing, in a cut-out that it fills, for a part that was not seen at first.

Small parts that an engine shows from near are lost to it from farther away. Knows no dialogue: the
thing is given by its mask.
"""

import re
from dataclasses import replace

import numpy as np

from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.dialogue.dialogue import Dialogue, Instance, Round
from reasonseg_ros.core.errors import OutOfMemory, ReasonSegError, Status
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.engines.protocol import AnswerMask, Engine, Question

AROUND = 0.35     # of its box that is shown beside a thing, on each side
NEARER = 1.5      # times that the thing must become larger for another look
SURE = 0.9        # score from which a part that was not seen at first is believed
_NUMBER = re.compile(r'\binstance [0-9]+')


def look_closer(engine: Engine, question: Question, owner: Rle, label: str, frame: Frame
                ) -> tuple[AnswerMask, ...]:
    """Ask for a part of one thing in a cut-out; return its masks in the image, () where none is
    surely there.

    question  refers to the thing alone
    owner     the mask of the thing, of the frame's size, and its label
    """
    top, bottom, left, right = _window(owner.box, frame.height, frame.width)
    if (bottom - top) * NEARER > frame.height:
        return ()
    cut = Frame(np.ascontiguousarray(frame.rgb[top:bottom, left:right]), stamp=frame.stamp,
                frame_id=frame.frame_id, source=frame.source)
    thing = Instance(1, 0, 1, label, 1.0, Rle.encode(owner.decode()[top:bottom, left:right]))
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
    found = []
    for one in answer.found if answer.status is Status.OK else ():
        if one.score < SURE:
            continue
        mask = np.zeros((frame.height, frame.width), bool)
        mask[top:bottom, left:right] = one.mask.decode()
        found.append(AnswerMask(one.label, one.score, Rle.encode(mask), clause=one.clause,
                                role=one.role))
    return tuple(found)


def _window(box: tuple[float, float, float, float], height: int, width: int
            ) -> tuple[int, int, int, int]:
    """Return (top, bottom, left, right) of a cut-out around a box, in the image's proportions."""
    x0, y0, x1, y1 = box
    high = min(height, max((1 + 2 * AROUND) * (y1 - y0), (1 + 2 * AROUND) * (x1 - x0)
                           * height / width))
    wide = min(width, round(high * width / height))
    top = round(min(max(0, (y0 + y1 - high) / 2), height - high))
    left = round(min(max(0, (x0 + x1 - wide) / 2), width - wide))
    return top, top + round(high), left, left + wide
