# SPDX-License-Identifier: Apache-2.0
"""Questions, comparisons and follow-ups as people say them while they work at a table."""

import pytest
from support.talk import outcome


@pytest.mark.parametrize('line', [
    'which mug is closest to the lamp => wm',
    'which mug is the closest to the lamp => wm',
    'which of the mugs is farthest from the lamp => rm',
    'the nearest mug to the lamp => wm',
    'what is the furthest thing from the lamp => ap',
    'the nearest mug to me => wm',
    'which drawer is next to the remote => dr',
    'which mug is left of the bottle => wm',
])
def test_the_nearest_of_a_kind_is_of_that_kind(line):
    came, expected = outcome('kitchen', line)
    assert came == expected


@pytest.mark.parametrize('line', [
    'which can is closest to the yellow bottle => sp',
    'which box is nearest to the red can => su',
    'what is the biggest box => cr',
    'the closest can to the red box => sp',
    'which can do you see => ask cr mu so sp su',
])
def test_a_noun_that_is_a_verb_too_is_a_noun_behind_which(line):
    came, expected = outcome('cans', line)
    assert came == expected


@pytest.mark.parametrize('line', [
    "the handle of the red mug > what about the white one's => wm.handle",
    "the handle of the red mug > and the other one's => wm.handle",
    "the handle of the red mug > the white mug's too => wm.handle",
    'the handle of the red mug > the same part of the white one => wm.handle',
    'the handle of the red mug > same for the other mug => wm.handle',
    'the handle of the red mug > and those of both mugs => rm.handle wm.handle',
    'the stem of the apple > the same for the lamp => la.stem',
    'the red mug > same for the white mug => wm',
    "the red mug > the other one's handle => wm.handle",
    'the lamp and the bottle > the cap of that => bo.cap',
])
def test_the_same_part_of_something_else(line):
    came, expected = outcome('kitchen', line)
    assert came == expected


@pytest.mark.parametrize('line', [
    'what else do you see besides the mugs => ap bo dr la re th "black remote"',
    'apart from the mugs what do you see => ap bo dr la re th',
    'anything else besides the mugs => ap bo dr la re th',
    'besides the apple, what is red => rm',
    'how many mugs are there besides the red one => talk "one mug"',
    'everything red > without the apple => rm',
    'the lamp and the bottle > now without the lamp => bo',
    "the handles of both mugs > without the white one's => rm.handle",
    "the handles of both mugs > only the white one's => wm.handle",
    "the handles of both mugs > not the white one's => rm.handle",
    'what mugs are there besides the red one => wm',
    'besides the red one, what mugs are there => wm',
    'all the mugs > without the white => rm',
    'both mugs > without their handles => rm-handle wm-handle',
    'the lamp > without the shade => la-shade',
    'put everything but the mugs in the drawer => ap bo la re th @ dr',
    'something to drink from apart from the red mug => wm',
])
def test_what_is_left_out(line):
    came, expected = outcome('kitchen', line)
    assert came == expected


@pytest.mark.parametrize('line', [
    'the lamp, the bottle and the red mug > which of those is the bottle => bo',
    'the mug > the red one > and now the one to its right => wm',
    'the red mug > the one on its right => wm',
    'the white mug > its left neighbour => rm',
    'is the lamp left or right of the red mug => talk "right of the red mug"',
    'is the apple in front of or behind the red mug => talk "in front of"',
    'is the lamp bigger or smaller than the apple => talk "bigger than the apple"',
    'the lamp first => la',
    'all the mugs > the first => rm',
    'the apple > peel it => ap',
    'is there a saw => none "handsaw"',
    "the lamp > I don't need it anymore => talk",
    'the red mug > what colour is the one right of it => talk "white"',
    "the red mug > and the one that isn't => wm",
    'the red mug > the next one => wm',
    'is the lamp hot > then take it => la',
    'the bottle and something to drink from => bo rm',
])
def test_what_a_short_question_is_about(line):
    came, expected = outcome('kitchen', line)
    assert came == expected


@pytest.mark.parametrize('line', [
    'you may touch the lamp => talk',
    'actually you may touch the lamp => talk',
    "it's fine to touch the lamp now => talk",
    'you can use the lamp again => talk',
    'you may take the lamp => la',
    "don't touch the lamp > you may touch the lamp > something yellow => la",
    "the lamp > don't touch it > you may touch it again > something yellow => la",
    "don't touch the mugs > you may touch the red mug > all the mugs => rm",
    "don't touch the lamp > you may touch the lamp > don't touch the lamp > something yellow"
    ' => none',
])
def test_leave_to_touch_is_talk_and_lifts_a_prohibition(line):
    came, expected = outcome('kitchen', line)
    assert came == expected


@pytest.mark.parametrize('line', [
    'which is closer to the bottle, the red mug or the white mug => wm',
    'which is farther from the bottle, the red mug or the white mug => rm',
    'which is further left, the lamp or the bottle => bo',
    'which is closer to me, the lamp or the drawer => dr',
    'both mugs > which of these two is bigger => wm',
    'all the mugs > take the one nearer to the lamp => wm',
    'give me the mug closer to the lamp => wm',
    'bring the red mug closer to the lamp => rm @ la',
])
def test_which_of_two_is_nearer(line):
    came, expected = outcome('kitchen', line)
    assert came == expected


@pytest.mark.parametrize('line', [
    'take the red mug by its handle > put it in the drawer => rm @ dr',
    'the handle of the red mug > put it in the drawer => rm.handle @ dr',
    'both mugs, side by side => rm wm',
    'wipe the lamp with the red mug => la rm',
    'the apple > flip it with the remote => ap re',
    'clean the mug with the handle => ask rm wm',
    "the red mug's handle and the white one's => rm.handle wm.handle",
    "the red mug > its handle and the white one's as well => rm.handle wm.handle",
    'the things with a yellow part => la',
])
def test_tools_and_parts_in_passing(line):
    came, expected = outcome('kitchen', line)
    assert came == expected
