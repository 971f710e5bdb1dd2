# SPDX-License-Identifier: Apache-2.0
"""What must be left alone is not shown among others, until it is named or allowed again."""

import pytest
from support.talk import outcome, tell, world

from reasonseg_ros.core.dialogue.dialogue import Dialogue
from reasonseg_ros.core.scene.left_alone import allows

KITCHEN = """
don't touch the red mug > any mug => wm
don't touch the red mug > a mug => wm
never touch the red mug > the mug => wm
hands off the red mug > all the mugs => wm "I leave the red mug alone"
don't touch the lamp > everything => ap bo dr re rm th wm
don't touch the red mug > something red => ap
don't touch the red mug > the bottle > any mug => wm
don't touch the red mug > the handles => wm.handle
the red mug > don't touch it > all the mugs => wm
all the mugs > don't touch number 1 > both of them => wm
careful with the lamp, it's hot > all yellow things => none
leave the lamp > something yellow => none
my dad said leave the red mug > all the mugs => wm
don't touch the mugs > any mug => none "alone, as you said"
don't touch the red mug, take the bottle > any mug => wm
take the bottle, and stay away from the red mug > all the mugs => wm
leave the lamp alone and give me the bottle > something yellow => none
the red mug > don't touch it, show me the bottle > all the mugs => wm
not the red mug, the white one > all the mugs => rm wm
don't give me the red mug, give me the white one > all the mugs => rm wm
don't touch the mugs > how many mugs are there => talk "two mugs"
don't touch the red mug > the red mug => rm "You told me to leave it alone"
the red mug > don't touch it > number 1 => rm "You told me to leave it alone"
don't touch the red mug > the one next to the red mug => wm
don't touch the red mug > you may take the red mug now => rm
don't touch the red mug > you may take the red mug now > all the mugs => rm wm
don't touch the red mug > it's okay to touch the red mug again > all the mugs => rm wm
don't touch the red mug > don't touch the white mug > you may touch the red mug > all the mugs => rm
"""


@pytest.mark.parametrize('line', KITCHEN.strip().splitlines())
def test_what_must_be_left_alone(line):
    came, expected = outcome('kitchen', line)
    assert came == expected


def test_undo_and_start_over_take_prohibitions_back():
    here, dialogue = world('kitchen'), Dialogue('d')
    tell(here, dialogue, "don't touch the lamp")
    tell(here, dialogue, 'the bottle')
    tell(here, dialogue, "don't touch the red mug")
    assert [p.round for p in dialogue.prohibitions] == [0, 1]
    tell(here, dialogue, 'the apple')
    dialogue.rewind(1)
    assert len(dialogue.prohibitions) == 2
    dialogue.rewind(0)
    assert dialogue.prohibitions == ()


@pytest.mark.parametrize('said', ['you may take the red mug now', "It's okay to touch the lamp.",
                                  'you can use the pen again', 'feel free to move the bottle'])
def test_a_sentence_allows(said):
    assert allows(said)


@pytest.mark.parametrize('said', ['can you take the mug', 'the red mug', "don't touch the lamp"])
def test_a_sentence_allows_nothing(said):
    assert not allows(said)
