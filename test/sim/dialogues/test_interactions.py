# SPDX-License-Identifier: Apache-2.0
"""What is on, in or held by something is asked for as the truth has it, and read as meant."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from support.made_views import truth_of

from reasonseg_ros.core.dialogue.dialogue import Dialogue, Instance, Round
from reasonseg_ros.core.errors import Status
from reasonseg_ros.core.language.references import parse
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.sim.dialogues.generator import generate
from reasonseg_ros.sim.dialogues.mr_tabletop import dialogue, subsets
from reasonseg_ros.sim.dialogues.relations import DIRECTIONS, SceneView
from reasonseg_ros.sim.dialogues.truth import Kind, SceneTruth
from reasonseg_ros.sim.language.phrases import vocabulary, words
from reasonseg_ros.sim.language.vocabulary import OBJECT_NOUNS

SYNONYMS = {noun: name for name, nouns in OBJECT_NOUNS.items() for noun in nouns}
DRAWER, APPLE, PAN, LAPTOP, CAMERA, MUG, BRUSH, OTHER = range(8)


@cache
def view(carried: bool = True) -> SceneTruth:
    """Return an apple on a drawer, a brush in a mug, a held camera, an empty pan and laptop."""
    truth = truth_of(
        ('drawer', 'red', 'large', 10, 90, 40, 30), ('apple', 'green', 'small', 20, 70, 18, 20),
        ('pan', 'blue', 'large', 75, 100, 34, 24), ('laptop', 'black', 'large', 140, 95, 40, 34),
        ('camera', 'white', 'small', 80, 20, 26, 20), ('mug', 'red', 'large', 140, 45, 24, 24),
        ('brush', 'orange', 'large', 146, 15, 12, 30), ('apple', 'red', 'large', 20, 10, 26, 26))
    if not carried:
        return truth
    put = {APPLE: ('on', DRAWER), BRUSH: ('in', MUG), CAMERA: ('held', -1)}
    objects = tuple(replace(o, relation=put[i][0], carrier=put[i][1]) if i in put else o
                    for i, o in enumerate(truth.objects))
    return replace(truth, objects=objects)


@cache
def turns(split: str, carried: bool = True):
    weights = {Kind.INTERACT: 0.5, Kind.DIRECT: 0.2, Kind.ATTRIBUTE: 0.1, Kind.ABSENT: 0.3}
    return tuple(generate(view(carried), np.random.default_rng(seed), split, weights=weights)
                 for seed in range(60))


def record(turn, index: int) -> Round:
    truth = view()
    made = tuple(Instance(t.id, t.parent_id, index, t.part or truth.objects[t.object].category,
                          1.0, Rle.encode(truth.mask(t.object, t.part))) for t in turn.targets)
    return Round(index, turn.instruction, turn.instruction or 'this', turn.references,
                 turn.status, '', made)


@pytest.mark.parametrize('split', ['train', 'val', 'test'])
def test_every_way_to_ask_occurs_and_answers_with_what_the_truth_says(split):
    details = set()
    for talk in turns(split):
        shown = {t.id: t.object for turn in talk for t in turn.targets}
        for turn in (t for t in talk if t.kind is Kind.INTERACT):
            (target,) = turn.targets
            item = view().objects[target.object]
            details.add((turn.detail, bool(turn.references)))
            if turn.detail == 'carrier':
                assert view().objects[shown[turn.references[0]]].carrier == target.object
            else:
                assert item.relation == turn.detail
                assert all(shown[r] == item.carrier for r in turn.references)
    assert details == {('on', False), ('on', True), ('in', False), ('in', True),
                       ('carrier', True), ('held', False)}


@pytest.mark.parametrize('split', ['train', 'val', 'test'])
def test_the_reference_grammar_reads_them_as_they_are_meant(split):
    asked, wrong = 0, []
    for talk in turns(split):
        said = Dialogue('d')
        for index, turn in enumerate(talk, start=1):
            if turn.kind is Kind.INTERACT or turn.detail == 'relation':
                found = parse(turn.instruction, said, SYNONYMS).references
                asked += 1
                wrong += [] if set(found) == set(turn.references) else [
                    (turn.instruction, turn.references, found)]
            said.append(record(turn, index))
    assert asked > 60 and len(wrong) <= 0.01 * asked, wrong


def test_only_what_carries_nothing_is_denied_a_load():
    denied = set()
    for carried in (True, False):
        for talk in turns('train', carried):
            shown = {t.id: t.object for turn in talk for t in turn.targets}
            for turn in (t for t in talk if t.detail == 'relation'):
                denied.add((carried, turn.answer))
                if carried and turn.answer.endswith('nothing on it'):
                    assert {shown[r] for r in turn.references} <= {LAPTOP}
    assert (False, 'i see nothing held') in denied and (True, 'i see nothing held') not in denied
    assert (True, 'i see no camera held') not in denied
    assert (True, 'there is nothing in it') in denied  # the pan


def test_a_carrier_before_which_something_else_stands_is_not_denied_a_load():
    truth = truth_of(('pan', 'red', 'large', 40, 40, 40, 30),
                     ('lamp', 'red', 'large', 55, 30, 12, 40))
    assert SceneView(truth).covered(0, None) and not SceneView(truth).covered(0, 1)


def test_a_carrier_and_its_load_are_never_left_of_each_other_nor_next_to():
    seen = SceneView(view())
    for one, two in ((DRAWER, APPLE), (APPLE, DRAWER), (MUG, BRUSH)):
        assert all(seen.towards(name, one, two) is None for name in DIRECTIONS)
        assert seen.placed('next to', one, seen.visible) is None
    assert seen.towards('left of', LAPTOP, APPLE) is True


def test_what_is_off_the_table_is_never_behind_or_in_front():
    seen = SceneView(view())
    assert seen.towards('above', PAN, CAMERA) is None
    assert SceneView(view(False)).towards('above', PAN, CAMERA) is True


def test_every_word_is_known_and_no_sentence_is_said_in_two_splits():
    said = {split: {t.instruction for talk in turns(split) for t in talk
                    if t.kind is Kind.INTERACT} for split in ('train', 'val', 'test')}
    assert {word for text in said['train'] for word in words(text)} <= set(vocabulary())
    assert not said['train'] & said['test'] and not said['val'] & said['test']


def test_the_benchmark_has_them_as_a_subset_of_their_own():
    held = [dialogue(view(), 'test', seed) for seed in range(20)]
    kinds = {turn.kind for talk in held for turn, subset in zip(talk, subsets(talk))
             if subset == 'interactional'}
    assert kinds == {Kind.INTERACT}


@pytest.mark.parametrize('text, references', [
    ('what is in it', (2,)), ('what lies on top of it', (2,)), ('the thing on number 1', (1,)),
    ('the apple in the mug', (2,)), ('what is inside the mug', (2,)),
    ('what is it lying on', (2,)),
    ('the thing that it is in', (2,)), ('the drawer that it lies on', (2,)),
    ('what is the mug standing on', (2,)), ('in what is the mug', (2,)),
    ('the drawer that the mug is on', (2,)), ('what contains the apple', (1,)),
    ('what is the gripper holding', ()), ('what does the robot hold in its hand', ()),
    ('the apple in its gripper', ()), ('the thing under it', (2,)),
    ('the apple inside it', (2,)),
    ('the apple is on the table', ())])
def test_places_refer_to_what_was_shown(text, references):
    said = Dialogue('d')
    for number, label in enumerate(('apple', 'mug'), start=1):
        mask = Rle.encode(np.eye(4, dtype=bool) if number == 1 else np.ones((4, 4), bool))
        said.append(Round(number, label, label, (), Status.OK, '', (
            Instance(number, 0, number, label, 1.0, mask),)))
    assert parse(text, said, SYNONYMS).references == references
