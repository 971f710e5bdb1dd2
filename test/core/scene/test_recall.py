# SPDX-License-Identifier: Apache-2.0
"""What the dialogue alone answers, and what it leaves to an engine."""

import numpy as np
import pytest

from reasonseg_ros.core.dialogue.dialogue import Dialogue, Instance, Round
from reasonseg_ros.core.errors import BadReference, Status
from reasonseg_ros.core.language.speech_acts import understand
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.core.scene.recall import recall


def _mask(x: int) -> Rle:
    mask = np.zeros((48, 64), bool)
    mask[10:20, x:x + 8] = True
    return Rle.encode(mask)


def _recalled(said: str, dialogue: Dialogue | None = None):
    if dialogue is None:
        dialogue = Dialogue('d')
        dialogue.append(Round(1, 'the mugs', 'the mugs', (), Status.OK, 'Here.', (
            Instance(1, 0, 1, 'mug', 0.9, _mask(5)), Instance(2, 0, 1, 'mug', 0.9, _mask(25)))))
    return recall(understand(said, dialogue), dialogue, 48, 64, dialogue.next_id)


@pytest.mark.parametrize(('said', 'ids'), [
    ('number 2', (2,)), ('the first one', (1,)), ('the last one', (2,)), ('both of them', (1, 2)),
    ('1 and 2', (1, 2)), ('them', (1, 2)), ('the second mug', (2,)),
    ('take that again', (1,))])
def test_what_was_shown_comes_back_as_it_was(said, ids):
    found = _recalled(said)
    assert found.status is Status.OK and found.references == ids
    assert [f.mask for f in found.found] == [_mask({1: 5, 2: 25}[i]) for i in ids]


@pytest.mark.parametrize('said', [
    'thanks', 'go home', 'what are you holding', 'the table', 'do not touch the red mug',
    'how many mugs are there', 'what do you see', 'what is number 2', 'is the mug red'])
def test_talk_gets_a_sentence_and_no_mask(said):
    found = _recalled(said)
    assert found.status is Status.TALK and found.text and not found.found


@pytest.mark.parametrize('said', [
    'the red mug', 'mugs', 'its handle', 'the other one', 'the left one', 'the third one',
    'that red thing', 'all the mugs but number 2', 'something to drink from',
    'the handle of number 2',
    'put it next to the bottle', 'blargh'])
def test_what_needs_eyes_is_left_to_the_engine(said):
    assert _recalled(said) is None


def test_a_name_that_was_given_points_like_a_number():
    dialogue = Dialogue('d')
    dialogue.append(Round(1, 'the mug', 'the mug', (), Status.OK, 'Here.',
                          (Instance(1, 0, 1, 'mug', 0.9, _mask(5)),)))
    named = _recalled('call it the trophy', dialogue)
    assert named.names == ((1, 'trophy'),) and named.found[0].label == 'trophy'
    dialogue.append(Round(2, 'call it the trophy', '', (1,), Status.OK, named.text,
                          (Instance(2, 0, 2, 'trophy', 0.9, _mask(5)),)))
    assert _recalled('the trophy', dialogue).found[0].mask == _mask(5)


def test_a_number_that_was_not_given_is_an_error():
    with pytest.raises(BadReference, match='no instance 7'):
        _recalled('number 7')


def test_nothing_shown_is_left_to_the_engine():
    assert _recalled('it', Dialogue('d')) is None
