# SPDX-License-Identifier: Apache-2.0
"""Engine `household` on a plain image: what it promises whatever the weights see."""

import numpy as np
import pytest

from reasonseg_ros.core.camera.frame import CameraModel, Frame
from reasonseg_ros.core.errors import BadRequest, Status
from reasonseg_ros.engines.registry import load
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


def test_talk_makes_no_round_and_no_mask(engine):
    session = _session(engine)
    reply = session.ask('d', 'thank you very much', _frame())
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
