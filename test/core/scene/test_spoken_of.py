# SPDX-License-Identifier: Apache-2.0
"""What is pointed at after a question that was answered in words, and showed nothing."""

import numpy as np
import pytest
from support.talk import outcome

from reasonseg_ros.core.dialogue.dialogue import Dialogue, Instance, Round
from reasonseg_ros.core.errors import Status
from reasonseg_ros.core.masks import Rle


@pytest.mark.parametrize('line', [
    'how many mugs are there > show me all of them => rm wm',
    'how many mugs are there > the first one => rm',
    'how many mugs are there > both please => rm wm',
    'how many mugs are there > the white one => wm',
    'how many mugs are there > the left one => rm',
    'how many mugs are there > thanks > those please => rm wm',
    'the lamp > how many mugs are there > their handles => rm.handle wm.handle',
    'how many green things do you see > how many of them are bottles > all of them => bo th',
    'what colour is the bottle > take its cap off => bo.cap',
    'is the lamp yellow > grab it => la',
    'the lamp > how many mugs are there > take it => la',          # it is none of several
    'how many mugs are there > take it => ask rm wm',
    'the red mug > how many mugs are there > the other one => wm',
    'the red mug > how many mugs are there > the handle => rm.handle',
    'the red mug > how many mugs are there > the handles => rm.handle wm.handle',
    'the red mug > how many things are there > the same mug again => rm',
    'the lamp > how many apples are there > take that => la',      # a number is no thing
    'all the mugs > what colour is the lamp > the second one => wm',
    'how many mugs are there > the bottle > the lamp > them => bo la',  # long ago
    'the lamp > the bottle > is number 1 still there > where is it => la',
    'the lamp > the bottle > keep an eye on the lamp > take it => la',
    'how many drills are there > all of them => bad reference',
])
def test_what_a_question_was_about_can_be_pointed_at(line):
    came, expected = outcome('kitchen', line)
    assert came == expected


def test_a_round_and_an_undo_end_what_was_spoken_of():
    dialogue = Dialogue('d')
    shown = Instance(1, 0, 1, 'mug', 0.9, Rle.encode(np.ones((4, 4), bool)))
    dialogue.append(Round(1, 'the mug', 'the mug', (), Status.OK, 'Here.', (shown,)))
    dialogue.speak_of('how many mugs are there')
    assert dialogue.seen_by('').spoken_of == ('how many mugs are there',)
    dialogue.rewind(0)
    assert dialogue.spoken_of == ()
    dialogue.speak_of('how many mugs are there')
    dialogue.append(Round(1, 'the mug', 'the mug', (), Status.OK, 'Here.', (shown,)))
    assert dialogue.spoken_of == ()
