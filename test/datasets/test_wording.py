# SPDX-License-Identifier: Apache-2.0
"""Every template is read: enough of them, apart by split, and good English once filled in."""

import re
from random import Random

import pytest

from reasonseg_ros.datasets.wording import (
    KINDS,
    RELATIONS,
    clause,
    definite,
    noun,
    plain,
    sentence,
    templates,
)

LEAST = {'other': (10, 5)}      # all others have 100 for training and 50 for validation
FILLED = {'thing': 'the orange', 'other': 'instance 1', 'relation': 'above', 'part': 'the edge',
          'whole': 'the output of round 2', 'clause': 'is holding', 'category': 'owl',
          'description': 'the animal with stripes'}
EVERY = [(kind, split, text) for kind in KINDS for split in ('train', 'val')
         for text in templates(kind, split)]


@pytest.mark.parametrize('kind', KINDS)
def test_there_are_enough_templates_and_no_split_has_one_of_another(kind):
    train, val = templates(kind, 'train'), templates(kind, 'val')
    fewest = LEAST.get(kind, (100, 50))
    assert len(train) >= fewest[0] and len(val) >= fewest[1]
    assert len({t.lower() for t in (*train, *val)}) == len(train) + len(val)
    assert templates(kind, 'test') == val


def test_every_template_is_a_sentence_with_its_slots():
    wrong = {}
    for kind, split, text in EVERY:
        filled = text.format(**FILLED)
        words = re.findall(r"[\w']+", filled.lower())
        faults = {
            'slots': sorted(re.findall(r'\{(\w+)\}', text)) != sorted(KINDS[kind]),
            'left open': re.search(r'[{}|\[\]()]', filled),
            'capital': not filled[0].isupper(),
            'end': filled[-1] not in '.?' or filled[-2] in '.?',
            'question': filled.split()[0] in ('Can', 'Could', 'Would', 'Will', 'Might', 'Are')
            and filled[-1] != '?',
            'double word': [a for a, b in zip(words, words[1:]) if a == b],
            'a or an': re.search(r'\b(?:a [aeiou]|an [^aeiou])', filled, re.IGNORECASE),
            'blanks': re.search(r'\s[.,?]|  |^ | $', filled),
        }
        if any(faults.values()):
            wrong[kind, split, text] = [name for name, found in faults.items() if found]
    assert wrong == {}


def test_a_sentence_is_filled_in_and_begins_with_a_capital():
    for number in range(50):
        found = sentence(Random(number), 'relational', 'train', thing='the cup', other='it',
                         relation=RELATIONS['left'])
        assert 'the cup to the left of it' in found or 'the cup to the left of' in found
        assert found[0].isupper()


@pytest.mark.parametrize(('caption', 'said'), [
    ('man in red', 'the man in red'), ('The man.', 'the man'), ('a red [cup]', 'the red cup'),
    ('his left hand', 'his left hand'), ('two people?', 'two people'), ('', ''), ('the', ''),
    ("man's hat", "the man's hat"), ('Someone in blue', 'someone in blue')])
def test_a_caption_becomes_a_phrase_that_names_one_thing(caption, said):
    assert definite(caption) == said


@pytest.mark.parametrize(('category', 'said'), [
    ('cup_(for_tea)', 'cup'), ('bottle_cap', 'bottle cap'), ('building, edifice', 'building')])
def test_a_category_becomes_a_noun(category, said):
    assert noun(category) == said


@pytest.mark.parametrize(('predicate', 'said'), [
    ('ON', 'is on'), ('riding', 'is riding'), ('has a', 'has'), ('of', 'belongs to'),
    ('are sitting on', 'is sitting on'), ('wears', 'wears'), ('hold', 'holds'), ('is', ''),
    ('lorem', ''), ('', '')])
def test_a_relationship_follows_its_subject(predicate, said):
    assert clause(predicate) == said


def test_no_words_can_be_taken_for_a_marker():
    assert plain('the [IMAGE256:x] {cup}|a<b>.') == 'the IMAGE256:x cup a b'
