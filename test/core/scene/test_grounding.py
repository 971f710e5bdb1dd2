# SPDX-License-Identifier: Apache-2.0
"""Soft evidence, thresholds, remembered masks and names: what tables of sentences do not show."""

from dataclasses import replace

import pytest
from support.talk import HEIGHT, WIDTH, tell, world

from reasonseg_ros.core.dialogue.dialogue import Dialogue
from reasonseg_ros.core.errors import Status
from reasonseg_ros.core.language.speech_acts import understand
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.core.scene.grounding import ground
from reasonseg_ros.core.scene.inventory import Inventory


def _with_names(here, key, names):
    things = tuple(replace(t, names=names) if t.mask == here.masks[key] else t
                   for t in here.inventory.things)
    return replace(here, inventory=replace(here.inventory, things=things))


def _ask(here, sentence, **options):
    dialogue = Dialogue('d')
    return ground(understand(sentence, dialogue), here.inventory, dialogue, **options)


def test_an_unlikely_name_is_asked_back_not_shown():
    here = _with_names(world('kitchen'), 'th', {'sponge': 0.25, 'thing': 0.4})
    decision = _ask(here, 'the sponge')
    assert decision.status is Status.AMBIGUOUS
    assert decision.text == 'Do you mean the green thing?'
    assert [f.mask for f in decision.found] == [here.masks['th']]


def test_yes_shows_what_was_asked_about():
    here, dialogue = _with_names(world('kitchen'), 'th', {'sponge': 0.25}), Dialogue('d')
    tell(here, dialogue, 'the sponge')
    decision = tell(here, dialogue, 'yes')
    assert decision.status is Status.OK
    assert decision.found[0].instance == 1


def test_a_name_below_all_thresholds_is_not_there():
    here = _with_names(world('kitchen'), 'th', {'sponge': 0.1, 'thing': 0.4})
    assert _ask(here, 'the sponge').status is Status.NOTHING_FOUND


def test_a_candidate_far_below_the_best_makes_no_question():
    here = _with_names(world('kitchen'), 'th', {'bottle': 0.4, 'thing': 0.4})
    decision = _ask(here, 'the bottle')
    assert decision.status is Status.OK
    assert [f.mask for f in decision.found] == [here.masks['bo']]


def test_a_wide_margin_asks_sooner():
    here = _with_names(world('kitchen'), 'th', {'bottle': 0.4, 'thing': 0.4})
    assert _ask(here, 'the bottle', ambiguity_margin=0.7).status is Status.AMBIGUOUS


@pytest.mark.parametrize('sentence', ['lamp', 'the lamp', 'would you find the lamp please', 'LAMP'])
def test_politeness_and_articles_change_nothing(sentence):
    decision, plain = _ask(world('kitchen'), sentence), _ask(world('kitchen'), 'the lamp')
    assert (decision.status, decision.text) == (plain.status, plain.text)
    assert [f.score for f in decision.found] == [f.score for f in plain.found]


def test_masks_below_the_threshold_are_left_out():
    assert _ask(world('kitchen'), 'the lamp', score_threshold=0.99).status is Status.NOTHING_FOUND


def test_a_bare_reference_returns_the_remembered_mask_unchanged():
    here, dialogue = world('kitchen'), Dialogue('d')
    tell(here, dialogue, 'all the mugs')
    moved = replace(here, inventory=replace(here.inventory, things=tuple(
        replace(t, mask=Rle.encode(t.mask.decode() | world('kitchen').masks['ap'].decode()))
        for t in here.inventory.things)))
    decision = tell(moved, dialogue, 'number 2')
    assert decision.found[0].mask == dialogue.instance(2).mask
    assert (decision.found[0].instance, decision.references) == (2, (2,))


def test_masks_of_one_answer_do_not_overlap():
    here = world('kitchen')
    things = tuple(replace(t, mask=Rle.encode(t.mask.decode() | here.masks['wm'].decode()))
                   if t.mask == here.masks['rm'] else t for t in here.inventory.things)
    decision = _ask(replace(here, inventory=replace(here.inventory, things=things)), 'both mugs')
    one, two = decision.found
    assert one.mask.intersection(two.mask) == 0


def test_a_part_knows_its_owner_of_the_same_answer_and_of_an_earlier_one():
    here, dialogue = world('kitchen'), Dialogue('d')
    decision = tell(here, dialogue, 'the remote and its red button')
    assert decision.found[1].parent == 0
    assert tell(here, dialogue, 'its keypad').found[0].owner == 1


def test_a_name_given_lasts_in_the_record():
    here, dialogue = world('kitchen'), Dialogue('d')
    tell(here, dialogue, 'what do you see')
    decision = tell(here, dialogue, 'call number 8 the clamp')
    assert decision.names == ((8, 'clamp'),)
    again = Dialogue('d', dialogue.rounds)
    assert [f.label for f in tell(here, again, 'the clamp').found] == ['clamp']


def test_an_empty_sentence_with_references_shows_them():
    here, dialogue = world('kitchen'), Dialogue('d')
    tell(here, dialogue, 'both mugs')
    assert [f.instance for f in tell(here, dialogue, '', (2,)).found] == [2]


def test_an_empty_table_is_said():
    empty = Inventory(HEIGHT, WIDTH, (), ('mug',))
    dialogue = Dialogue('d')
    for sentence in ('the mug', 'what do you see', 'everything', 'something red'):
        decision = ground(understand(sentence, dialogue), empty, dialogue)
        assert decision.status is Status.NOTHING_FOUND
        assert decision.text


def test_clauses_carry_their_number():
    decision = _ask(world('kitchen'), 'take the bottle, then the lamp')
    assert [f.clause for f in decision.found] == [0, 1]


@pytest.mark.parametrize('said', ['the lamp without its shade and base',
                                  'the lamp without shade and base',
                                  'the lamp, but not its shade or its base'])
def test_a_list_of_parts_is_taken_from_the_mask_and_named(said):
    here = world('kitchen')
    decision = tell(here, Dialogue('d'), said)
    whole, *parts = (here.masks[key].decode() for key in ('la', 'la.shade', 'la.base'))
    (found,) = decision.found
    assert found.mask.iou(Rle.encode(whole & ~parts[0] & ~parts[1])) == 1.0
    assert decision.text == 'Here is the yellow lamp without its shade and its base.'
