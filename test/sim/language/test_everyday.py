# SPDX-License-Identifier: Apache-2.0
"""Everyday sentences: many forms, none in two splits, few of the templates, all fillable."""

import re
from collections import Counter, defaultdict

import pytest

from reasonseg_ros.core.language.normalise import normalise
from reasonseg_ros.sim.dialogues.everyday import FORMS, filled
from reasonseg_ros.sim.language.everyday import SHARED
from reasonseg_ros.sim.language.everyday_talk import MADE_UP, MISHEARD, NOUNS, UNKNOWN_NOUNS
from reasonseg_ros.sim.language.phrases import all_templates
from reasonseg_ros.sim.language.vocabulary import all_nouns
from reasonseg_ros.sim.world.catalogue import CATEGORIES, PART_NAMES, SPLITS

ALL = [(family, split, form) for family, table in FORMS.items()
       for split, forms in table.items() for form in forms]
SLOTS = {'x': 'red mug', 'y': 'lamp', 'z': 'pan', 'c': 'red', 'd': 'blue', 'p': 'handle',
         'q': 'body', 'k': 'two', 'o': 'second', 's': 'left', 'u': 'fork', 'w': 'gizmo', 'h': 'mu',
         'e': 'mugg'}


def plain(form: str) -> str:
    """What is left of a form beside slots, case and punctuation."""
    return ' '.join(re.sub(r'[^\w{}\' ]', ' ', form.lower()).split())


def test_there_are_at_least_400_forms_and_every_family_has_some_in_each_split():
    assert len({form for _, split, form in ALL if split != SHARED}) >= 400
    assert [f for f, table in FORMS.items() if not set(SPLITS) <= table.keys()] == []
    assert min(Counter(split for _, split, _ in ALL)[s] for s in SPLITS) >= 100


def test_no_form_belongs_to_two_splits():
    splits = defaultdict(set)
    for _, split, form in ALL:
        splits[plain(form)].add(split)
    assert {form: found for form, found in splits.items() if len(found) > 1} == {}


def test_what_all_splits_share_is_short():
    shared = [form for _, split, form in ALL if split == SHARED]
    assert len(shared) <= 0.05 * len(ALL)
    assert max(len(form.split()) for form in shared) <= 6


def test_forms_are_not_those_of_the_templates():
    templates = {re.sub(r'{\w+}', '*', t) for split in SPLITS
                 for t in all_templates(split).values()}
    same = {form for _, split, form in ALL if split != SHARED
            and re.sub(r'{\w+}', '*', plain(form)) in templates and '{' in form}
    assert len(same) <= 0.06 * len(ALL), sorted(same)


@pytest.mark.parametrize('family', list(FORMS))
def test_every_form_of_a_family_can_be_filled(family):
    for forms in FORMS[family].values():
        for form in forms:
            said = filled(form, **SLOTS)
            assert not re.search(r'{(?!N?\d})|}(?<!\d})', said), said
            assert '  ' not in said and said == said.strip()


def test_scissors_are_counted_in_pairs():
    assert filled("a {x} that isn't {c}", x='scissors', c='red') == (
        "a pair of scissors that isn't red")
    assert filled('the {x}', x='red shears') == 'the red shears'
    assert filled('{k} {xs}', x='pair of scissors', k='two') == 'two pairs of scissors'
    assert filled('any {x} or {a}', x='apple') == 'any apple or an apple'


def test_unknown_nouns_and_made_up_names_are_disjoint_and_name_nothing_here():
    known = {*all_nouns(), *PART_NAMES}
    for table in (UNKNOWN_NOUNS, MADE_UP):
        words = [word for split in SPLITS for word in table[split]]
        assert len(words) == len(set(words)) and known.isdisjoint(words)


def test_nouns_name_one_category_and_misheard_ones_name_none():
    nouns = [noun for table in NOUNS.values() for noun in table]
    assert len(nouns) == len(set(nouns)) and set(NOUNS) == {c.name for c in CATEGORIES}
    wrong = [(word, name) for table in MISHEARD.values() for name, words in table.items()
             for word in words]
    assert len(wrong) == len(set(wrong)) and {word for word, _ in wrong}.isdisjoint(nouns)


def test_every_form_says_something_but_the_bare_id():
    assert [form for family, _, form in ALL if not normalise(filled(form, **SLOTS))
            and family not in ('given', 'greeting', 'thanks', 'small_talk')] == []
