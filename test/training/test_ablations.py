# SPDX-License-Identifier: Apache-2.0
"""A model that is trained without a part does not use it, and the rest trains as before."""

import numpy as np
import pytest
import torch
from support.stripes import Stripes, small_config

from reasonseg_ros.nn.tabletop.model import TabletopModel
from reasonseg_ros.nn.tabletop.variants import build
from reasonseg_ros.sim.dialogues.corrections import CHOICE
from reasonseg_ros.sim.dialogues.mr_tabletop import dialogue
from reasonseg_ros.sim.dialogues.truth import Kind
from reasonseg_ros.training import batch as batch_module
from reasonseg_ros.training.batch import DialogueBatches, write
from reasonseg_ros.training.loop import Objective
from reasonseg_ros.training.losses import WEIGHTS, losses, read
from reasonseg_ros.training.plan import WITHOUT


def built(without: str) -> TabletopModel:
    torch.manual_seed(0)
    model = build(small_config(without))
    with torch.no_grad():
        for p in model.parameters():
            p.add_(0.1 * torch.randn_like(p))
    return model.eval()


@pytest.mark.parametrize('without', ('', *WITHOUT))
def test_every_ablation_can_be_trained(without) -> None:
    batch = DialogueBatches(Stripes(), small_config(without), 4, seed=0)[1]
    model = built(without)
    parts = losses(model, batch, torch.Generator().manual_seed(0))
    Objective(losses, WEIGHTS).total(parts).backward()
    assert all(torch.isfinite(p.grad).all() for p in model.parameters() if p.grad is not None)
    assert ('pointer' in parts) == (without in ('', 'mask', 'box'))


@pytest.mark.parametrize(('without', 'masks', 'boxes'), [
    ('', True, True), ('mask', False, True), ('box', True, False),
    ('memory-label', False, False), ('memory-mask', False, False)])
def test_what_is_left_out_is_not_heard(without, masks, boxes) -> None:
    batch = DialogueBatches(Stripes(), small_config(without), 2, seed=0)[0]
    model = built(without)
    seen = model.encode(batch.images).repeat(batch.repeats)
    memory, kept = batch.masks[batch.memory[:, 2]], torch.ones(len(batch.memory))

    shown = batch.boxes[batch.memory[:, 2]]
    before = read(model, seen, batch, memory, shown, kept)
    assert torch.equal(before, read(model, seen, batch, memory.flip(1), shown, kept)) != masks
    assert torch.equal(before, read(model, seen, batch, memory, 1 - shown, kept)) != boxes


def test_a_model_without_memory_reads_references_as_words() -> None:
    said = {}
    for without in ('', 'memory-label', 'memory-mask'):
        batches = DialogueBatches(Stripes(), small_config(without), 2, seed=0)
        tokens = batches.tokenizer.tokens
        said[without] = {tokens[i] for number in range(4)
                         for i in batches[number].tokens.flatten().tolist()}
    assert {name: '<use>' in words for name, words in said.items()} == {
        '': True, 'memory-label': False, 'memory-mask': False}
    assert {name: 'mask' in words for name, words in said.items()} == {
        '': False, 'memory-label': False, 'memory-mask': True}


def test_rounds_that_were_taken_back_are_not_learnt(monkeypatch) -> None:
    monkeypatch.setattr(batch_module, 'BENCHMARK_SHARE', 1.0)
    drawn = []

    def with_undo(truth, split, scene, rounds):
        drawn.append(dialogue(truth, split, scene, rounds=rounds))
        return drawn[-1]

    monkeypatch.setattr(batch_module, 'dialogue', with_undo)
    batches = DialogueBatches(Stripes(), small_config(''), 2, seed=0)
    generator, undone = np.random.default_rng(0), 0
    for index in range(60):
        turns = batches._turns(Stripes().truth(index % 8), generator)
        ids = [t.id for turn in turns for t in turn.targets]
        undone += any(turn.kind is Kind.UNDO for turn in drawn[-1])
        assert all(turn.kind is not Kind.UNDO for turn in turns)
        assert ids == list(range(1, len(ids) + 1))
    assert undone


def test_a_correction_is_read_without_its_rejection() -> None:
    tokenizer = TabletopModel(small_config('')).tokenizer
    found = 0
    for index in range(8):
        for seed in range(40):
            turns = dialogue(Stripes().truth(index), 'train', seed)
            for last, turn in enumerate(turns):
                if turn.detail != CHOICE or any(t.kind is Kind.UNDO for t in turns[:last]):
                    continue
                script = write(turns[:last + 1], Stripes().truth(index), tokenizer,
                               np.random.default_rng(0))
                at = script.questions[-1][0]
                words = [tokenizer.tokens[t] for t in script.tokens[:at]]
                said = words[len(words) - words[::-1].index('<user>'):]
                assert 'wrong' not in said and 'not' not in said
                found += 1
    assert found
