# SPDX-License-Identifier: Apache-2.0
"""Conversations of the simulator: what is asked for is one thing, and each [SEG] has its mask."""

import numpy as np
import pytest

from reasonseg_ros.benchmarks.conversation import SEG
from reasonseg_ros.sim.dialogues.truth import ObjectTruth, SceneTruth
from reasonseg_ros.training.papers.simulator import WRITERS

LOOKS = (('mug', 'red'), ('mug', 'red'), ('mug', 'blue'), ('pan', 'red'))


def scene(things: tuple[tuple[str, str], ...] = LOOKS) -> SceneTruth:
    """Two red mugs, a blue mug and a red pan, each 10 pixels wide, or other things."""
    ids = np.zeros((30, 60), np.uint8)
    for place in range(len(things)):
        ids[5:25, 2 + 14 * place:12 + 14 * place] = place + 1
    return SceneTruth(tuple(ObjectTruth(*thing, '') for thing in things),
                      tuple((place, 'body') for place in range(len(things))), ids)


@pytest.mark.parametrize('system', ('m2sa', 'lisa', 'llmseg'))
def test_only_what_its_words_tell_is_asked_for(system) -> None:
    rounds = WRITERS[system](scene(), np.random.default_rng(0))
    assert {t.key.split('/')[0] for r in rounds for t in r.targets} == {'2', '3'}
    said = ' '.join(r.instruction for r in rounds)
    assert 'blue' in said and 'red' in said
    for asked in rounds:
        assert asked.answer.count(SEG) == len(asked.targets) > 0


def test_each_mask_of_m2sa_follows_its_name() -> None:
    for seed in range(5):
        for asked in WRITERS['m2sa'](scene(), np.random.default_rng(seed)):
            names = asked.answer.rstrip('.').split(f' {SEG}')
            for name, target in zip(names, asked.targets):
                assert name.endswith(target.label.split(':')[-1])


def test_the_other_one_is_of_two_that_differ_in_colour() -> None:
    for things in (LOOKS, LOOKS[:2], LOOKS[2:], (('mug', 'red'), ('pan', 'blue'))):
        assert WRITERS['segllm'](scene(things), np.random.default_rng(0)) == ()
    firsts = set()
    for seed in range(10):
        one, other, back = WRITERS['segllm'](scene(LOOKS[1:]), np.random.default_rng(seed))
        assert one.instruction == 'Segment a mug.' and not one.references
        assert other.instruction == 'Segment the other mug.' and other.references == one.targets
        assert one.targets != other.targets
        assert (back.instruction, back.references) == (other.instruction, other.targets)
        assert back.targets == one.targets
        firsts.add(one.targets[0].key)
    assert firsts == {'0/', '1/'}
