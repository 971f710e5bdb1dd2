# SPDX-License-Identifier: Apache-2.0
"""A part is asked for in a cut-out about its owner, and comes back where it is in the image."""

from dataclasses import replace

import numpy as np
import pytest
from support.fakes import FakeEngine
from support.solid_views import Solid, instance, iou, pose
from support.solid_views import frame as view

from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.dialogue.dialogue import Instance
from reasonseg_ros.core.errors import Status
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.core.memory.world import WorldMemory
from reasonseg_ros.engines.closer import SecondLook, look_closer
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
    jar = instance(1, owner.decode(), 'jar')

    def found(score, seen=None):
        return SecondLook(Near(score), frame).part(question, jar, 7, ('lid',), seen)
    assert found(0.95) and not found(0.5)
    assert not found(0.95, seen=0.6), 'what was seen at first stands where there is no other view'
    engine, large = Near(), np.zeros(SIZE, bool)
    large[20:90, 40:120] = True
    assert look_closer(engine, question, Rle.encode(large), 'jar', frame) == ()
    assert not engine.seen


STEM = Solid('can', (0.0, 0.0), (0.04, 0.04, 0.07), (0, 90, 90))
LID = Solid('can', (0.0, 0.0), (0.025, 0.025, 0.03), (200, 0, 0), low=0.07)


@pytest.mark.parametrize(('azimuth', 'distance'), [(40, 1.4), (-60, 0.8)])
def test_a_part_is_found_in_the_view_that_showed_its_owner_from_nearest(azimuth, distance):
    first, (stem, lid) = view((STEM, LID), pose(distance=0.6), stamp=1)
    memory = WorldMemory()
    memory.observe(first, [instance(1, stem | lid, 'jar')])
    later, (stem, lid) = view((STEM, LID), pose(azimuth, distance), stamp=2)
    jar = replace(instance(1, stem | lid, 'jar'), mask=memory.localise(later)[0].rle)
    engine = Near(0.7)
    engine.open = lambda frame, memory=True, real=engine.open: real(
        replace(frame, rgb=frame.rgb * (frame.rgb[..., :1] > 100)))   # what is red

    def found(seen):
        look = SecondLook(engine, later, lambda: memory)
        return look.part(Question('the lid of instance 1', (jar,), 2), jar, 1, ('lid',), seen)
    (part,) = found(0.6)
    assert iou(part.mask.decode(), lid) > 0.7 and engine.seen[0][0] != (later.height, later.width)
    assert not found(0.8) and not found(None), 'it is less sure than what was seen, or not enough'
    assert memory.nearest(first, 1) is None, 'it is this very view'
