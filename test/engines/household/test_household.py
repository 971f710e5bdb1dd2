# SPDX-License-Identifier: Apache-2.0
"""Engine `household` on a plain image: what it promises whatever the weights see."""

import numpy as np
import pytest

from reasonseg_ros.core.camera.frame import CameraModel, Frame
from reasonseg_ros.core.dialogue.dialogue import Dialogue, Role
from reasonseg_ros.core.errors import BadRequest, Status
from reasonseg_ros.core.language.speech_acts import understand
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.core.scene.inventory import Inventory, Thing
from reasonseg_ros.engines.protocol import Question
from reasonseg_ros.engines.registry import load
from reasonseg_ros.engines.rules import Calibration, answer
from reasonseg_ros.engines.session import Session
from reasonseg_ros.evaluation.interview import private_book


def _frame() -> Frame:
    """A red box, 12 cm deep, before a grey table seen from above at 80 cm."""
    rgb = np.full((240, 320, 3), 150, np.uint8)
    depth = np.full((240, 320), 0.8, np.float32)
    rgb[90:150, 120:200] = 200, 30, 30
    depth[90:150, 120:200] = 0.68
    return Frame(rgb, depth, CameraModel(320, 240, 300.0, 300.0, 159.5, 119.5))


@pytest.fixture(scope='module')
def engine():
    return load('household', device='cpu')


def _session(engine) -> Session:
    return Session(engine, private_book(8))


def test_one_frame_gives_one_inventory(engine):
    one, two = engine.open(_frame()).inventory, engine.open(_frame()).inventory
    assert [t.mask for t in one.things] == [t.mask for t in two.things]
    assert [t.names for t in one.things] == [t.names for t in two.things]


@pytest.mark.parametrize('said', ['thank you very much', 'hello', 'hello robot', 'hi'])
def test_talk_makes_no_round_and_no_mask(engine, said):
    session = _session(engine)
    reply = session.ask('d', said, _frame())
    assert reply.status is Status.TALK
    assert (reply.round, reply.instances) == (0, ())
    assert session.book.open('d').rounds == ()


def test_masks_have_the_size_of_the_frame_and_do_not_overlap(engine):
    things = engine.open(_frame()).inventory.things
    masks = np.array([t.mask.decode() for t in things]).reshape(-1, 240, 320)
    assert masks.sum(0).max(initial=0) <= 1


def test_an_option_or_another_number_type_is_refused_in_one_line(engine):
    with pytest.raises(BadRequest, match='household'):
        load('household', device='cpu', dtype='bfloat16')


def test_clauses_and_places_are_told_apart_in_the_answer():
    mask = [np.zeros((240, 320), bool) for _ in range(3)]
    for k, one in enumerate(mask):
        one[100:140, 20 + 100 * k:60 + 100 * k] = True
    things = tuple(Thing(Rle.encode(m), 1.0, {name: 1.0}, {'red': 1.0}, (40.0 + 100 * k, 120.0))
                   for k, (m, name) in enumerate(zip(mask, ('mug', 'bowl', 'lamp'))))
    seen = Inventory(240, 320, things, ('mug', 'bowl', 'lamp'))
    dialogue = Dialogue('d')
    said = 'take the mug, then put the bowl next to the lamp'
    found = answer(understand(said, dialogue), Question(said), seen, dialogue).found
    assert [(f.label, f.clause, f.role) for f in found] == [
        ('mug', 0, Role.TARGET), ('bowl', 1, Role.TARGET), ('lamp', 1, Role.PLACE)]


def test_scores_become_chances_and_the_threshold_is_one_of_them():
    calibration = Calibration((0.5, 1.0), (1.0, 2.0))
    assert Calibration().chance(0.3, part=False) == pytest.approx(0.3)
    assert calibration.chance(0.5, part=False) == pytest.approx(1 / (1 + np.exp(-1)))
    assert calibration.chance(0.5, part=True) == pytest.approx(1 / (1 + np.exp(-2)))
    assert calibration.chance(calibration.score(0.4), part=False) == pytest.approx(0.4)
    assert calibration.score(0.0) == 0.0
    assert 0 < calibration.chance(0.0, part=False) < calibration.chance(1.0, part=False) < 1


def test_a_mask_that_was_shown_keeps_its_score(engine):
    session = _session(engine)
    first = session.ask('d', 'the red thing', _frame())
    if first.status is Status.OK:
        again = session.ask('d', 'number 1', _frame())
        assert again.instances[0].score == first.instances[0].score
