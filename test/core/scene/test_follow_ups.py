# SPDX-License-Identifier: Apache-2.0
"""What short sentences mean after what was shown: corrections, pairs, comparisons, lists."""

import pytest
from support.talk import outcome


@pytest.mark.parametrize('line', [
    'the mug > no that is wrong, left please => rm',
    'the red mug > no that is wrong, right please => wm',
    "all the mugs > no that's wrong, right please => wm",
    'no that is wrong, you dummy => talk',
    'no, wrong, go home => talk',
    "the white mug > that's not it => talk",
    'all the mugs > wait, I meant the first => rm',
    'wait here => talk',
    'the red mug > the bottle > your first answer => rm',
    'the red mug > the white mug > the mug from before => rm',
    'the red mug > the bottle > the mug from before => rm',
    'the red mug > the mug from before => rm',
    'the red mug > the bottle > the lamp > all of these > all except the lamp => bo rm',
    'the lamp > all except the lamp => ap bo dr re rm th wm',
    "the bottle's cap > and its label > both => bo.cap bo.label",
    'the mug > the red one > both => rm wm',
    'a mug > the handles of both => rm.handle wm.handle',
    'the red mug > the bottle > the handles of both => rm.handle "no handles on the green bottle"',
    'all the mugs > the handle => ask rm.handle wm.handle',
    'the lamp the drawer the bottle => bo dr la',
    'the apple > the tallest one => la',
    'the lamp > bigger one => none "no bigger"',
    'something to drink from, the red mug maybe => rm',
    'wipe the bottle with the apple => ap bo',
    "the lamp's shade > not the shade, the other part => ask la.base la.stem",
    "the bottle's cap > the other part => bo.label",
    "the lamp's stem > all the stems => ap.stem la.stem",
    'the red mug > all the handles => rm.handle wm.handle',
    "the red mug's handle > its handle > both handles => rm.handle wm.handle",
    'the lamp and the bottle > not the bottle => la',
    'a mug, any mug => rm',
    'the second mug > the first one => rm',
    'the lamp > the second mug > the first one again => rm',
    'all the mugs > the second mug > the first one => rm',
    'whatever is on the far right => la',
    'could you give me a hand with the lamp => la',
    'the lamp thingy => la',
    'the lamp > no wait, the bottle => bo',
    'hold on, the lamp => la',
    'wait a second, the lamp => la',
    "the lamp's shade and its base > no wait, only the shade => la.shade",
    'the bottle > whoops wrong one => talk',
    'the apple > what else is red => rm',
    "what's red on the table => ap rm",
    'both mugs into the drawer => rm wm @ dr',
    'the lamp > all the mugs > everything we have looked at => la rm wm',
    'the lamp > all the mugs > everything you have shown me so far => la rm wm',
    'the leftmost thing > and right after that the rightmost => la',
    'which mug is bigger, the red or the white => wm',
    "the red mug's handle > the other mug's handle > the two handles => rm.handle wm.handle",
    'lamp bottle remote => bo la re',
    'lamp, bottle remote => la re "did not look for a bottle"',
    'the red mug > first find number 1 and then its handle => rm rm.handle',
    'that mug => ask rm wm',
    'this mug here => ask rm wm',
    'the bottle > that mug => ask rm wm',
    'the white mug > the bottle > that mug => wm',
    'both mugs > that mug => ask rm wm',
    'that lamp => la',
    'the mug > the biggest thing of all => dr',
    'the shade of the lamp or the base => la.shade',
    'of the claw hammer the handle or the head => none "no claw hammer"',
    'the lamp > how many mugs are there > what did I say => talk "how many mugs"',
    'the gerat rde mug => rm',
])
def test_a_short_sentence_means(line):
    came, expected = outcome('kitchen', line)
    assert came == expected


@pytest.mark.parametrize('line', [
    'which is heavier? => talk',
    'zoom in => talk',
    'take a picture => talk',
    'the lamp > is it heavier than the bottle => talk',
    'everything he bought => talk',
    'then what do you want me to do => talk',
    'give me a hand => talk',
    'the red mug > what did you just put it in? => talk "red mug"',
    'I need to measure stuff => not understood',
])
def test_no_thing_is_guessed_for_what_names_none(line):
    came, expected = outcome('kitchen', line)
    assert came == expected


@pytest.mark.parametrize('line', [
    'the blue mug > a smaller one => none "no smaller"',
    'the yellow mug > the smaller one => b',
    'all the mugs > the blue one > a bigger one => y',
    'the pan the plate the banana => bn pl',
])
def test_what_is_compared_is_compared_with_what_was_shown(line):
    came, expected = outcome('mugs', line)
    assert came == expected
