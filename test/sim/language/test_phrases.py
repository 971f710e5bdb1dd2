# SPDX-License-Identifier: Apache-2.0
"""Wordings are many, disjoint between splits, decide their target, and use known words."""

import re

import numpy as np
import pytest

from reasonseg_ros.sim.dialogues.relations import POSITIONS
from reasonseg_ros.sim.language import templates
from reasonseg_ros.sim.language import vocabulary as nouns
from reasonseg_ros.sim.language.phrases import (
    FAMILIES,
    all_templates,
    of_split,
    say,
    vocabulary,
    words,
)
from reasonseg_ros.sim.world.catalogue import BY_NAME, CATEGORIES, SPLITS

FILL = {'object': 'mug', 'objects': 'mugs', 'single': 'mug', 'part': 'handle', 'colour': 'red',
        'size': 'large', 'use': 'drink from', 'owner': 'the mug', 'position': 'left of',
        'anchor': 'instance 2', 'count': 'two', 'items': 'the mug and the pan', 'number': '2',
        'ordinal': 'first', 'its': 'its', 'place': 'in', 'be': 'is', 'does': 'does',
        'lies': 'lies'}


def test_no_wording_is_shared_between_splits():
    train, val, test = (set(all_templates(split).values()) for split in SPLITS)
    assert not train & val
    assert not train & test
    assert not val & test


@pytest.mark.parametrize(('split', 'fewest'), [('train', 120), ('val', 20), ('test', 50)])
def test_each_split_has_many_wordings(split, fewest):
    assert len(set(all_templates(split).values())) >= fewest
    assert len(templates.CARRIERS[split]) >= {'train': 40, 'val': 8, 'test': 20}[split]


@pytest.mark.parametrize('split', SPLITS)
@pytest.mark.parametrize('family', FAMILIES)
def test_every_family_can_be_said_in_every_split_without_a_slot_left(family, split):
    rng = np.random.default_rng(0)
    for _ in range(40):
        text, template = say(family, split, rng, **FILL)
        assert not re.search(r'[^a-z0-9 \']', text), text
        assert template.startswith(f'{family}/{split}-')


def test_a_template_id_names_the_wording_that_was_said():
    text, template = say('direct', 'test', np.random.default_rng(3), object='mug')
    known = all_templates('test')[template].replace('{object}', 'mug').replace('{is}', 'is')
    assert text == known


def test_every_position_has_words_in_every_split():
    for name in POSITIONS:
        for split in SPLITS:
            assert of_split(templates.POSITION_WORDS[name], split)


def test_no_position_wording_means_two_positions():
    seen = [w for table in templates.POSITION_WORDS.values()
            for group in table.values() for w in group]
    assert len(seen) == len(set(seen))


def test_words_are_split_the_same_way_however_they_are_typed():
    assert words("The mug's handle!") == ['the', 'mug', "'s", 'handle']
    assert words('instance 12\u2019s Red-Button, please?') == [
        'instance', '12', "'s", 'red', 'button', 'please']
    assert words("the scissors' blades") == ['the', 'scissors', 'blades']
    assert words('') == []


def test_the_vocabulary_is_sorted_unique_and_has_all_numbers_but_no_markers():
    known = vocabulary()
    assert list(known) == sorted(set(known))
    assert {str(n) for n in range(1, 33)} <= set(known)
    assert 'seg' not in known
    assert {"'s", 'please', 'no', 'is', 'are'} <= set(known)


def test_every_noun_synonym_and_part_is_in_the_vocabulary():
    known = set(vocabulary())
    for text in nouns.all_nouns():
        assert set(words(text)) <= known, text


def test_no_noun_names_two_categories():
    owner: dict[str, str] = {}
    for name in BY_NAME:
        for noun in (name, *nouns.OBJECT_NOUNS[name]):
            assert owner.setdefault(noun, name) == name
    assert all(len(nouns.OBJECT_NOUNS[name]) >= 2 for name in BY_NAME)


def test_no_part_noun_names_two_parts_of_one_object():
    for category in CATEGORIES:
        names = [n for part in category.parts
                 for n in {part, *nouns.part_nouns(category.name, part, False)}]
        assert len(names) == len(set(names)), category.name


def test_no_part_is_denied_to_a_category_that_has_it():
    for part, owners in nouns.DENIED_PARTS.items():
        having = {c.name for c in CATEGORIES if part in c.parts}
        assert having <= set(owners), part


def test_every_category_lacks_some_part_and_rivals_are_catalogue_entries():
    for category in CATEGORIES:
        assert any(category.name not in owners for owners in nouns.DENIED_PARTS.values())
    uses = {use: c.name for c in CATEGORIES for use in c.uses}
    assert len(uses) == sum(len(c.uses) for c in CATEGORIES)
    for use, rivals in nouns.USE_RIVALS.items():
        assert uses[use] not in rivals
        assert set(rivals) <= set(BY_NAME)


@pytest.mark.parametrize(('noun', 'many', 'one'), [
    ('mug', 'mugs', 'mug'), ('paintbrush', 'paintbrushes', 'paintbrush'),
    ('scissors', 'scissors', 'pair of scissors'),
    ('pair of scissors', 'pairs of scissors', 'pair of scissors')])
def test_plurals_are_english(noun, many, one):
    assert nouns.plural(noun) == many
    assert nouns.singular(noun) == one


def test_verbs_agree_with_their_subject():
    rng = np.random.default_rng(0)
    said = {say('direct', 'train', rng, plural=True, object='scissors')[0] for _ in range(300)}
    assert any(text.startswith('where are the scissors') for text in said)
    assert not any(' is the scissors' in text for text in said)
    one = {say('other', 'train', rng, True, object='scissors', objects='scissors')[0]
           for _ in range(600)}
    assert any(text.startswith('where is the other one of the scissors') for text in one)


def test_a_purpose_ends_with_the_word_that_the_sentence_needs():
    assert nouns.use_phrase('cut paper') == 'cut paper with'
    assert nouns.use_phrase('drink from') == 'drink from'
    assert nouns.use_phrase('brew tea') == 'brew tea in'
