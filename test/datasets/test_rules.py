# SPDX-License-Identifier: Apache-2.0
"""Relations of boxes, and how often a rule does what, as the paper has it."""

from collections import Counter
from random import Random

import pytest

from reasonseg_ros.datasets import rules
from reasonseg_ros.datasets.rules import MaskPlace, NamedMask, Whole, relation_of
from reasonseg_ros.datasets.wording import RELATIONS

MIDDLE = (40.0, 40.0, 60.0, 60.0)
SCENE = MaskPlace('coco/train2014/a.jpg', 'refcoco', 'train')


def box(x: float, y: float, size: float = 20) -> tuple[float, float, float, float]:
    return x, y, x + size, y + size


@pytest.mark.parametrize(('place', 'relation'), [
    (box(40, 40), 'overlapping'), (box(45, 50), 'overlapping'), (box(0, 40), 'left'),
    (box(27, 44), 'left'), (box(80, 45), 'right'), (box(45, 0), 'above'), (box(40, 90), 'below'),
    (box(0, 0), 'upper-left'), (box(80, 0), 'upper-right'), (box(0, 80), 'lower-left'),
    (box(80, 80), 'lower-right')])
def test_a_place_is_told_from_edges_and_centres(place, relation):
    assert relation_of(place, MIDDLE) == relation


def test_every_place_has_its_opposite():
    opposite = {'left': 'right', 'above': 'below', 'upper-left': 'lower-right',
                'upper-right': 'lower-left', 'overlapping': 'overlapping'}
    opposite |= {b: a for a, b in opposite.items()}
    rng = Random(0)
    for _ in range(500):
        a, b = (box(rng.uniform(0, 90), rng.uniform(0, 90), rng.uniform(5, 40)) for _ in 'ab')
        assert opposite[relation_of(a, b)] == relation_of(b, a)
    assert {*opposite, 'same'} == set(RELATIONS)


def rounds_of(conversation: dict) -> list[tuple[str, str]]:
    values = [turn['value'] for turn in conversation['conversations']]
    return list(zip(values[::2], values[1::2]))


def test_one_in_three_later_rounds_is_direct_and_half_of_the_references_are_named_by_caption():
    mentions = [NamedMask(str(n), f'the thing called {chr(97 + n)}', box(30 * n, 0))
                for n in range(12)]
    counts: Counter[str] = Counter()
    for seed in range(300):
        [made] = rules.positional(Random(seed), SCENE, mentions)
        for human, gpt in rounds_of(made)[1:]:
            counts['relational' if ':relational:' in gpt else 'direct'] += 1
            if ':relational:' in gpt:
                kind = ('instance' if 'instance ' in human else
                        'round' if 'output of round' in human else 'caption')
                counts[kind] += 1
    share = counts['direct'] / (counts['direct'] + counts['relational'])
    assert share == pytest.approx(1 / 3, abs=0.03)
    assert counts['caption'] / counts['relational'] == pytest.approx(0.5, abs=0.03)
    assert counts['instance'] / counts['round'] == pytest.approx(1, abs=0.15)


def test_a_conversation_has_two_to_eighteen_rounds_and_the_same_thing_may_come_twice():
    two = [NamedMask('1', 'the cup', MIDDLE), NamedMask('1', 'the red cup', MIDDLE)]
    assert rules.positional(Random(0), SCENE, two[:1]) == []
    assert len(rounds_of(rules.positional(Random(0), SCENE, two)[0])) == 2
    said = [rounds_of(rules.positional(Random(n), SCENE, two)[0])[1][0] for n in range(30)]
    assert any('identical to' in text for text in said)
    many = [NamedMask(str(n), 'the cup', MIDDLE) for n in range(30)]
    assert len(rounds_of(rules.positional(Random(0), SCENE, many)[0])) == 18


def test_instances_and_parts_are_drawn_evenly_from_one_to_four():
    wholes = [Whole(NamedMask(str(n), f'the cup {n}', box(30 * n, 0)),
                    tuple((f'part {k}', f'{n}{k}') for k in range(6))) for n in range(6)]
    instances: Counter[int] = Counter()
    parts: Counter[int] = Counter()
    for seed in range(600):
        [made] = rules.hierarchical(Random(seed), SCENE, wholes)
        owners = Counter(gpt.split(':')[2] for _, gpt in rounds_of(made) if ':hierarchical:' in gpt)
        instances[len(owners)] += 1
        parts.update(owners.values())
    for counts in (instances, parts):
        assert set(counts) == {1, 2, 3, 4}
        assert min(counts.values()) > 0.8 * max(counts.values())
    assert rules.hierarchical(Random(0), SCENE, [Whole(wholes[0].mention, ())]) == []


def test_things_of_one_class_are_told_apart_by_their_places():
    two = rules.placed('lamp', [box(90, 0), box(0, 5)])
    assert two == ['lamp on the right', 'lamp on the left']
    assert rules.placed('lamp', [box(0, 90), box(5, 0)]) == ['lower lamp', 'upper lamp']
    assert rules.placed('lamp', [box(0, 0), box(60, 0), box(30, 0)]) == [
        'first lamp from the left', 'third lamp from the left', 'second lamp from the left']
    assert rules.placed('lamp', [box(0, 0), box(0, 0)]) == ['', '']


def test_classes_with_too_many_things_are_left_out():
    mentions = [NamedMask(str(n), '', box(30 * n, 0)) for n in range(4)]
    kept = rules.few(mentions, ['cup', 'cup', 'cup', 'big_fork'])
    assert kept == [NamedMask('3', 'the big fork', box(90, 0))]
