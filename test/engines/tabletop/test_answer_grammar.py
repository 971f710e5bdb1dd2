# SPDX-License-Identifier: Apache-2.0
"""Every answer that is taught has the form; nothing else can be said."""

import numpy as np
import pytest

from reasonseg_ros.core.errors import Status
from reasonseg_ros.engines.tabletop.answer_grammar import AnswerGrammar
from reasonseg_ros.nn.tabletop.tokenizer import Tokenizer
from reasonseg_ros.sim.dialogues.generator import generate
from reasonseg_ros.sim.dialogues.truth import ObjectTruth, SceneTruth
from reasonseg_ros.sim.language.phrases import vocabulary
from reasonseg_ros.sim.world.catalogue import BY_NAME, PART_NAMES
from reasonseg_ros.training.batch import DECISION

TOKENIZER = Tokenizer(vocabulary())
ANSWERS = AnswerGrammar(TOKENIZER, (*BY_NAME, *PART_NAMES))


def truth() -> SceneTruth:
    """Return two mugs, a remote and scissors."""
    objects, regions, ids = [], [], np.zeros((144, 192), np.uint8)
    for place, name in enumerate(('mug', 'mug', 'remote', 'scissors')):
        objects.append(ObjectTruth(name, ('red', 'blue', 'black', 'green')[place], 'large'))
        for k, part in enumerate(BY_NAME[name].parts):
            regions.append((place, part))
            ids[20 + 60 * (place // 2):60 + 60 * (place // 2),
                10 + 90 * (place % 2) + 20 * k:30 + 90 * (place % 2) + 20 * k] = len(regions)
    return SceneTruth(tuple(objects), tuple(regions), ids)


def test_every_answer_that_is_taught_can_be_said():
    rng, seen = np.random.default_rng(0), set()
    for _ in range(60):
        for turn in generate(truth(), rng, 'train', rounds=8):
            if turn.status not in DECISION or not turn.answer:
                continue
            tokens = TOKENIZER.encode_answer(f'{DECISION[turn.status]} {turn.answer} <eos>')
            seen.add((turn.status, len(turn.targets)))
            for length in range(1, len(tokens)):
                assert tokens[length] in ANSWERS.following(tokens[:length]), (turn.answer, length)
    assert {(Status.OK, 1), (Status.OK, 2), (Status.NOTHING_FOUND, 0), (Status.AMBIGUOUS, 2)
            } <= seen


@pytest.mark.parametrize(('said', 'next_words'), [
    ('<found> the mug', {'<seg>'}),
    ('<found> the', {'mug', 'red', 'handle'}),
    ('<found> the red', {'button'}),
    ('<found> the mug <seg>', {'the', 'and', '<eos>'}),
    ('<found> the mug <seg> and the handle <seg>', {'<eos>'}),
    ('<found> the mug <seg> the pan <seg>', {'the', 'and', '<eos>'}),
    ('<which>', {'which'}),
    ('<which> which mug', {'do'}),
    ('<which> which mug do you mean', {'<seg>'}),
    ('<which> which mug do you mean <seg>', {'<seg>', 'or'}),
    ('<which> which mug do you mean <seg> or', {'<seg>'}),
    ('<which> which mug do you mean <seg> or <seg>', {'<eos>'}),
])
def test_only_words_of_the_form_may_follow(said, next_words):
    allowed = {TOKENIZER.tokens[i] for i in ANSWERS.following(TOKENIZER.encode_answer(said))}
    assert next_words <= allowed
    assert allowed == next_words or said.endswith('the')


def test_a_refusal_shows_nothing():
    allowed = ANSWERS.following(TOKENIZER.encode_answer('<none> i see no'))
    assert TOKENIZER.ids['<seg>'] not in allowed and TOKENIZER.ids['mug'] in allowed


@pytest.mark.parametrize(('said', 'next_words'), [
    ('<found> the mug', {'the', 'and', '<eos>'}),
    ('<found> the mug <seg> and the handle', {'the', 'and', '<eos>'}),
    ('<which> which mug do you mean', {'or', '<eos>'}),
    ('<which> which mug do you mean <seg> or', {'<eos>'}),
])
def test_after_a_mask_that_was_left_out_the_answer_goes_on_or_ends(said, next_words):
    allowed = ANSWERS.following(TOKENIZER.encode_answer(said), left_out=True)
    assert {TOKENIZER.tokens[i] for i in allowed} == next_words


@pytest.mark.parametrize(('said', 'forced'), [
    ('<found>', 'the'), ('<found> the mug', '<seg>'), ('<found> the mug <seg> and', 'the'),
    ('<which>', 'which'), ('<which> which mug', 'do you mean <seg>'),
    ('<found> the mug <seg>', ''), ('<none>', ''), ('<found> the mug <seg> <eos>', '')])
def test_what_must_follow_is_known_without_the_model(said, forced):
    assert ANSWERS.forced(TOKENIZER.encode_answer(said)) == TOKENIZER.encode_answer(forced)
