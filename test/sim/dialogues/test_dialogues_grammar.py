# SPDX-License-Identifier: Apache-2.0
"""What the generator says a sentence refers to is what the reference grammar reads from it."""

import numpy as np
import pytest

from reasonseg_ros.core.dialogue.dialogue import Dialogue, Instance, Round
from reasonseg_ros.core.language.references import Command, parse
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.sim.dialogues.generator import generate
from reasonseg_ros.sim.dialogues.truth import ObjectTruth, SceneTruth, Turn
from reasonseg_ros.sim.language.vocabulary import OBJECT_NOUNS
from reasonseg_ros.sim.world.catalogue import BY_NAME

SYNONYMS = {noun: name for name, nouns in OBJECT_NOUNS.items() for noun in nouns}


def scene() -> SceneTruth:
    """Return two mugs, a lamp, scissors and a remote in a row of two."""
    objects, regions, ids = [], [], np.zeros((144, 192), np.uint8)
    for index, (category, colour, x, y) in enumerate((
            ('mug', 'red', 10, 20), ('mug', 'blue', 130, 25), ('lamp', 'green', 70, 80),
            ('scissors', 'orange', 20, 90), ('remote', 'black', 140, 95))):
        objects.append(ObjectTruth(category, colour, 'large'))
        for part in BY_NAME[category].parts:
            regions.append((index, part))
            ids[y:y + 30, x:x + 8] = len(regions)
            x += 8
    return SceneTruth(tuple(objects), tuple(regions), ids)


def record(turn: Turn, index: int, truth: SceneTruth) -> Round:
    """Return the round that a session would record for a turn."""
    found = tuple(
        Instance(t.id, t.parent_id, index, t.part or truth.objects[t.object].category, 1.0,
                 Rle.encode(truth.mask(t.object, t.part))) for t in turn.targets)
    return Round(index, turn.instruction, turn.instruction, turn.references, turn.status,
                 turn.answer, found)


@pytest.mark.parametrize('split', ['train', 'val', 'test'])
def test_the_grammar_reads_the_same_references(split):
    truth, rng = scene(), np.random.default_rng(4)
    asked, agreed, wrong = 0, 0, []
    for _ in range(40):
        dialogue = Dialogue('d')
        for index, turn in enumerate(generate(truth, rng, split), start=1):
            if turn.instruction:
                parsed = parse(turn.instruction, dialogue, SYNONYMS)
                assert parsed.command is Command.ASK
                asked += 1
                same = set(parsed.references) == set(turn.references)
                agreed += same
                wrong += [] if same else [(turn.instruction, turn.references, parsed.references)]
            dialogue.append(record(turn, index, truth))
    assert agreed >= 0.98 * asked, wrong
