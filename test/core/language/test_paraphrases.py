# SPDX-License-Identifier: Apache-2.0
"""Wordings that are read as plainer ones."""

import pytest

from reasonseg_ros.core.dialogue.dialogue import Dialogue
from reasonseg_ros.core.language.speech_acts import understand


@pytest.mark.parametrize(('said', 'read'), [
    ("if you don't mind the apple", 'the apple'),
    ("let's go with the second", 'take the second'),
    ('1 & 2', 'number 1 and 2'), ('one, two and three', 'number one and two and three'),
    ('the 2nd one', 'the second one'), ('previous one', 'the previous one'),
    ('the thing before this one', 'the previous thing'),
    ('the latest one', 'the last one'), ('the pair', 'both of them'),
    ('without the red one', 'all of them except the red one'),
    ('all but number 2', 'all of them except number 2'),
    ('all but 1 and 3', 'all of them but number 1 and 3'),
    ('everything else', 'all the other things'), ('something else', 'another thing'),
    ('how many bottles can you see', 'how many bottles are there'),
    ('how many are there', 'how many of them'), ('what number is it', 'what is it'),
    ('is there more than one mug', 'how many mug'),
    ('which is smaller the red or the white mug',
     'the red mug smaller than the white mug or the white mug smaller than the red mug'),
    ('what things are red', 'all the things that are red'),
    ("isn't the bottle blue", 'is the bottle blue'), ('what colour', 'what colour is it'),
    ('the red mug no the white one', 'the red mug , i mean the white one'),
    ('two or three mugs', 'two mugs'), ('the mug followed by the lamp', 'the mug then the lamp')])
def test_a_wording_is_read_as_a_plainer_one(said, read):
    assert understand(said, Dialogue('d')).words == read
