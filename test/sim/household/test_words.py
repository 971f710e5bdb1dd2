# SPDX-License-Identifier: Apache-2.0
"""Nouns of the household world: each fits one category, and what is understood is what is meant."""

import pytest
from support.made_views import household_truth

from reasonseg_ros.core.language import lexicon
from reasonseg_ros.core.scene.inventory import COLOURS, NAMELESS
from reasonseg_ros.sim.dialogues.mr_tabletop_3 import everyday_dialogue
from reasonseg_ros.sim.dialogues.words import plural
from reasonseg_ros.sim.household.things import BUILDERS, PARTS_OF
from reasonseg_ros.sim.household.words import HOUSEHOLD

SPLITS = ('train', 'val', 'test')
EXTENTS = tuple((0.05 + 0.01 * k,) * 3 for k in range(12))


def meant(noun: str) -> dict[str, float]:
    """Categories of the household that a noun may name, where it is understood."""
    found = lexicon.meaning(lexicon.singular(noun)[0])
    return {category: weight for category, weight in found.items() if category in BUILDERS}


def test_a_noun_fits_one_category_and_is_understood_as_that():
    nouns = [(noun, category) for category, found in HOUSEHOLD.nouns.items() for noun in found]
    assert len({noun for noun, _ in nouns}) == len(nouns) and set(HOUSEHOLD.nouns) == set(BUILDERS)
    assert {noun: meant(noun) for noun, category in nouns
            if max(meant(noun), key=lambda c: meant(noun)[c], default='') != category} == {}


def test_unknown_and_made_up_nouns_name_nothing_and_belong_to_one_split():
    for table in (HOUSEHOLD.unknown, HOUSEHOLD.made_up):
        words = [word for split in SPLITS for word in table[split]]
        assert len(words) == len(set(words))
        assert {word: meant(word) for word in words if meant(word)} == {}


def test_misheard_nouns_are_no_nouns_and_belong_to_one_split():
    words = [word for split in SPLITS for table in HOUSEHOLD.misheard[split].values()
             for word in table]
    assert len(words) == len(set(words))
    assert [word for word in words if lexicon.is_noun(word)] == []
    assert all(set(HOUSEHOLD.misheard[split]) <= set(BUILDERS) for split in SPLITS)


@pytest.mark.parametrize('table', [HOUSEHOLD.rivals, HOUSEHOLD.near])
def test_what_is_like_another_is_so_both_ways(table):
    assert all(one in table[other] for one, others in table.items() for other in others)
    assert set(table) <= {*BUILDERS, NAMELESS, *COLOURS}


def test_parts_are_those_of_the_category_the_main_one_first():
    assert {c: set(parts) for c, parts in HOUSEHOLD.parts.items()} == {
        c: set(parts) if c not in ('sponge', 'tape') else set() for c, parts in PARTS_OF.items()}
    assert HOUSEHOLD.parts['plate'] == ('centre', 'rim') and HOUSEHOLD.parts['mug'][0] == 'body'


def test_plurals_are_english():
    nouns = ('box', 'glass', 'wrench', 'kitchen knife', 'mouse', 'roll of tape', 'pair of pliers',
             'scissors', 'brush', 'toy car')
    assert [plural(noun) for noun in nouns] == [
        'boxes', 'glasses', 'wrenches', 'kitchen knives', 'mice', 'rolls of tape',
        'pairs of pliers', 'scissors', 'brushes', 'toy cars']


def test_kinds_that_look_alike_and_things_without_a_name_are_never_asked_for_by_noun():
    truth = household_truth('mug', 'cup', NAMELESS, 'drill', 'banana', 'block', 'drill')
    view = HOUSEHOLD.view(truth)
    assert view.unspoken == {'mug', 'cup', NAMELESS, 'block'}
    assert {view.category(i) for i in view.clean} == {'drill', 'banana'}
    assert len(view.certain) == 7
    assert not {'glass', 'brick', 'ball', 'mug'} & set(HOUSEHOLD.missing(view))
    forms = ('plain', 'noise', 'described', 'unclear', 'negation', 'counts')
    for seed in range(60):
        for turn in everyday_dialogue(truth, 'test', seed, 0, 8, EXTENTS, HOUSEHOLD):
            named = {view.category(i) for answer in turn.answers for i, _ in answer}
            assert turn.subset not in forms or named <= {'drill', 'banana'}, turn


def test_things_without_a_name_are_among_the_things():
    truth = household_truth('drill', NAMELESS, 'fork')
    spoken = [turn for seed in range(40)
              for turn in everyday_dialogue(truth, 'val', seed, 0, 8, EXTENTS, HOUSEHOLD)]
    inventory = next(turn for turn in spoken if turn.subset == 'inventory')
    assert {i for i, _ in inventory.answers[0]} == {0, 1, 2}
    counted = next(turn for turn in spoken if turn.form.startswith('how_many_things'))
    assert counted.words == (('three', '3'),)


def test_a_thing_between_two_colours_is_not_spoken_of_by_one_and_its_colours_are_not_denied():
    truth = household_truth('drill', 'drill', 'fork', colours=('red', '', 'blue'),
                            tints=(('red',), ('red', 'grey'), ('blue', 'white')))
    view = HOUSEHOLD.view(truth)
    assert not view.unique_colour(0) and not view.unique_colour(1) and view.unique_colour(2)
    assert view.things_of_colour('red') is None and view.things_of_colour('blue') == (2,)
    assert HOUSEHOLD.deniable(view, 2, 'red')
    assert not any(HOUSEHOLD.deniable(view, 2, colour) for colour in ('blue', 'white', 'turquoise'))
