# SPDX-License-Identifier: Apache-2.0
"""A part is asked for in a cut-out about its owner, and comes back where it is in the image."""

from dataclasses import replace

import numpy as np
import pytest
from support.fakes import FakeEngine

from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.dialogue.dialogue import Instance
from reasonseg_ros.core.errors import Status
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.engines.closer import look_closer
from reasonseg_ros.engines.protocol import Answer, AnswerMask, Question

SIZE = (120, 160)


class Near(FakeEngine):
    """Shows what is red of what it is given."""

    def __init__(self, score=0.95):
        super().__init__()
        self.score, self.seen = score, []

    def open(self, frame, memory=True):
        context = super().open(frame, memory)

        def ask(question, *_):
            self.seen.append((frame.rgb.shape[:2], question.text,
                              [(i.id, i.mask.area) for i in question.references]))
            red = Rle.encode(frame.rgb[..., 0] > 0)
            return Answer(Status.OK, 'Here it is.', (AnswerMask('lid', self.score, red),), 'words')
        context.ask = ask
        return context


def case(x, y):
    rgb, owner = np.zeros((*SIZE, 3), np.uint8), np.zeros(SIZE, bool)
    owner[y:y + 30, x:x + 24] = True
    part = np.zeros(SIZE, bool)
    part[y:y + 6, x + 4:x + 12] = True
    rgb[part] = (255, 0, 0)
    jar = Instance(7, 0, 1, 'jar', 1.0, Rle.encode(owner))
    return Frame(rgb, stamp=5), jar.mask, part, Question('the lid of instance 7', (jar,), 9)


@pytest.mark.parametrize(('x', 'y'), [(60, 40), (0, 0), (136, 90)])
def test_a_part_comes_back_where_it_is_in_the_image(x, y):
    frame, owner, part, question = case(x, y)
    engine = Near()
    found = look_closer(engine, question, owner, 'jar', frame)
    assert [f.label for f in found] == ['lid'] and (found[0].mask.decode() == part).all()
    (height, width), text, references = engine.seen[0]
    assert text == 'the lid of instance 1' and references == [(1, owner.area)]
    assert height < SIZE[0] / 1.5 and abs(width / height - SIZE[1] / SIZE[0]) < 0.05


def test_what_is_not_sure_or_fills_the_image_already_is_not_looked_at_closer():
    frame, owner, _, question = case(60, 40)
    assert look_closer(Near(score=0.5), question, owner, 'jar', frame) == ()
    engine, large = Near(), np.zeros(SIZE, bool)
    large[20:90, 40:120] = True
    assert look_closer(engine, replace(question), Rle.encode(large), 'jar', frame) == ()
    assert not engine.seen
