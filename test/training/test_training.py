# SPDX-License-Identifier: Apache-2.0
"""Dialogues become consistent tensors; training learns, and goes on after a kill as if nothing."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from support.stripes import Stripes, small_config

from reasonseg_ros.core.errors import BadRequest
from reasonseg_ros.engines.tabletop.engine import Tabletop
from reasonseg_ros.engines.weights import embedded as checkpoints
from reasonseg_ros.nn.tabletop.mask_decoder import Masks
from reasonseg_ros.nn.tabletop.model import TabletopModel
from reasonseg_ros.nn.tabletop.tokenizer import Tokenizer
from reasonseg_ros.sim.dialogues.generator import generate
from reasonseg_ros.sim.dialogues.truth import Kind
from reasonseg_ros.training import batch as batch_module
from reasonseg_ros.training.batch import IGNORE, DialogueBatches, write
from reasonseg_ros.training.loop import finish, prepare
from reasonseg_ros.training.losses import losses, predicted_history
from reasonseg_ros.training.plan import TabletopRecipe, TrainingPlan
from reasonseg_ros.training.run import begin_with, learn


def test_a_batch_is_a_function_of_its_number() -> None:
    batches = [DialogueBatches(Stripes(), small_config(), 2, seed=3) for _ in range(2)]
    for name in ('images', 'tokens', 'masks', 'pointing'):
        assert torch.equal(getattr(batches[0][5], name), getattr(batches[1][5], name))
    assert not torch.equal(batches[0][5].masks, batches[0][6].masks)


def test_positions_in_a_batch_point_at_what_they_say() -> None:
    batches = DialogueBatches(Stripes(), small_config(), 4, seed=0)
    ids = batches.tokenizer.ids
    for number in range(6):
        batch = batches[number]
        b, p, _ = batch.segs.T
        assert (batch.tokens[b, p] == ids['<seg>']).all()
        b, p = batch.questions.T
        assert (batch.tokens[b, p] == ids['<bot>']).all()
        decisions = {ids['<found>'], ids['<none>'], ids['<which>']}
        assert set(batch.labels[b, p].tolist()) <= decisions
        b, p, _, _ = batch.memory.T
        assert (batch.tokens[b, p] == ids['<pad>']).all()
        assert (batch.labels[b, p] == IGNORE).all()
        assert batch.pointing.any(1).all()
        assert (batch.boxes[:, 2:] > batch.boxes[:, :2]).all() and batch.boxes.max() <= 1


def test_a_tiny_batch_has_a_mask_to_decode(monkeypatch: pytest.MonkeyPatch) -> None:
    kinds = [Kind.ABSENT] * 4 + [Kind.ABSENT, Kind.DIRECT]

    def scripted(truth, rng, split, rounds):
        return generate(truth, rng, split, script=[kinds.pop(0)])

    monkeypatch.setattr(batch_module, 'generate', scripted)
    monkeypatch.setattr(batch_module, 'BENCHMARK_SHARE', 0.0)
    monkeypatch.setattr(batch_module, 'GREY_SHARE', 0.0)
    batch = DialogueBatches(Stripes(), small_config(), 2, seed=0)[0]
    assert not kinds
    assert len(batch.images) == 1 and batch.segs[:, 0].tolist() == [1]


def test_faded_images_have_no_colour_to_learn_and_none_is_asked_for(
        monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_module, 'GREY_SHARE', 1.0)
    batches = DialogueBatches(Stripes(), small_config(), 4, seed=0)
    batch = batches[0]
    colours = {batches.tokenizer.ids[c] for c in batches.config.colours}
    assert (batch.colours == IGNORE).all() and not colours & set(batch.tokens.flatten().tolist())
    model = TabletopModel(small_config())
    parts = losses(model, batch, torch.Generator().manual_seed(0))
    assert parts['colour'] == 0 and all(torch.isfinite(value) for value in parts.values())


def test_two_dialogues_about_one_image_count_like_the_image_twice() -> None:
    batch = DialogueBatches(Stripes(), small_config(), 4, seed=1)[0]
    assert batch.repeats == 2

    def twice(x: torch.Tensor) -> torch.Tensor:
        return x.repeat_interleave(2, dim=0)

    double = replace(batch, images=twice(batch.images), regions=twice(batch.regions),
                     colours=twice(batch.colours), offsets=twice(batch.offsets))
    torch.manual_seed(0)
    model = TabletopModel(small_config()).eval()
    one, two = (losses(model, b, torch.Generator().manual_seed(0)) for b in (batch, double))
    for name in one:
        torch.testing.assert_close(one[name], two[name], rtol=1e-4, atol=1e-5)


def test_words_of_an_earlier_model_keep_their_meaning(tmp_path: Path) -> None:
    config = small_config()
    torch.manual_seed(0)
    model = TabletopModel(config)
    path = tmp_path / 'earlier.safetensors'
    fewer = replace(config, vocabulary=tuple(w for w in config.vocabulary if w != 'bring'))
    earlier = TabletopModel(fewer)
    checkpoints.write(path, 'tabletop', fewer.to_json(), {}, earlier.state_dict())
    begin_with(model, checkpoints.read(path, 'tabletop'))
    assert torch.equal(model.dense.weight, earlier.dense.weight)
    for word in ('mug', '<seg>', 'would'):
        assert torch.equal(model.embedding.weight[model.tokenizer.ids[word]],
                           earlier.embedding.weight[earlier.tokenizer.ids[word]])


def test_boxes_and_masks_of_a_batch_agree() -> None:
    batch = DialogueBatches(Stripes(), small_config(), 4, seed=0)[0]
    for mask, box in zip(batch.masks.reshape(-1, 72, 96), batch.boxes):
        rows, cols = torch.nonzero(mask, as_tuple=True)
        assert cols.min() == int(box[0] * 96) and rows.min() == int(box[1] * 72)


def test_the_mirrored_image_has_the_mirrored_answer() -> None:
    truth = Stripes().truth(1)
    assert np.array_equal(truth.flipped().mask(0), truth.mask(0)[:, ::-1])


def test_the_answer_that_is_learnt_is_the_answer_that_is_written() -> None:
    config = small_config()
    tokenizer = Tokenizer(config.vocabulary)
    rng = np.random.default_rng(0)
    truth, turns = next((truth, t) for truth in map(Stripes().truth, range(50))
                        if (t := generate(truth, rng, rounds=6))[0].kind is Kind.DIRECT)
    script = write(turns[:1], truth, tokenizer, rng)
    learnt = [label for label in script.labels if label != IGNORE]
    assert tokenizer.decode(learnt) == f'<found> {turns[0].answer} <eos>'


def run(folder: Path, steps: int, stop: int | None = None) -> dict[str, torch.Tensor]:
    """Train `steps` steps; with `stop`, kill the run in between and start it again."""
    recipe = TabletopRecipe(steps=steps, batch=2, vision_steps=1, warmup=2)
    prepare(folder, recipe)

    def evaluate(model) -> dict[str, float]:
        return {'figure': 1.0}

    def killed(model) -> dict[str, float]:
        raise KeyboardInterrupt

    for evaluation, every in ([(killed, stop)] if stop else []) + [(evaluate, 100)]:
        try:
            plan = TrainingPlan(folder, folder, folder, recipe, 'cpu', eval_every=every)
            model = learn(small_config(), Stripes(), plan, evaluation, save_every=1)
        except KeyboardInterrupt:
            continue
    first = folder / 'first.safetensors'
    checkpoints.write(first, 'tabletop', model.config.to_json(),
                      {'stages': [{'command': 'before'}], 'curve': [{'stage': 1, 'step': 9}]},
                      model.state_dict())
    finish(folder, 'tabletop', model.config.to_json(), model.state_dict(),
           replace(recipe, start=str(first)), {'command': 'now'}, {'count': 2})
    return {k: v.clone() for k, v in model.state_dict().items()}


def test_a_killed_run_ends_where_an_uninterrupted_one_does(tmp_path: Path) -> None:
    whole, resumed = run(tmp_path / 'a', 4), run(tmp_path / 'b', 4, stop=2)
    assert all(torch.allclose(whole[k], resumed[k], atol=1e-6) for k in whole)
    engine = Tabletop.load(tmp_path / 'a' / 'tabletop.safetensors', 'cpu')
    assert engine.facts.name == 'tabletop'
    card = checkpoints.read(tmp_path / 'a' / 'tabletop.safetensors', 'tabletop').card
    assert [stage['command'] for stage in card['stages']] == ['before', 'now']
    assert card['stages'][1]['recipe']['start'] == 'first.safetensors'
    assert [(row['stage'], row['step']) for row in card['curve']] == [(1, 9), (2, 4)]
    assert card['val'] == {'count': 2}


def test_a_run_folder_keeps_its_recipe(tmp_path: Path) -> None:
    prepare(tmp_path, TabletopRecipe(steps=5))
    with pytest.raises(BadRequest, match='was started with another recipe'):
        prepare(tmp_path, TabletopRecipe(steps=6))


def test_a_model_remembers_its_own_masks_where_they_are_right(monkeypatch) -> None:
    batch = DialogueBatches(Stripes(), small_config(), 4, seed=0)[0]
    model = TabletopModel(small_config()).eval()
    seen = model.encode(batch.images).repeat(batch.repeats)
    truth = batch.masks[batch.segs[:, 2]]
    drawn = torch.where(truth >= 0.5, 1.0, -1.0)
    drawn[0] = -drawn[0]    # the first one is wrong
    monkeypatch.setattr(model, 'segment', lambda *args: (Masks(drawn, drawn, drawn[:, 0]), drawn))
    blank = torch.zeros(len(batch.memory), truth.shape[1])
    masks, boxes = predicted_history(model, seen, batch, blank, torch.zeros(len(blank), 4))
    first = batch.segs[0].tolist()
    taken = 0
    for memory, mask, box in zip(batch.memory.tolist(), masks, boxes):
        image, position, target, _ = memory
        after = [s for s in batch.segs.tolist()
                 if s[0] == image and s[2] == target and s[1] < position and s != first]
        assert torch.equal(mask, (batch.masks[target] >= 0.5).float()) == bool(after)
        if after:
            torch.testing.assert_close(box, batch.boxes[target], atol=0.02, rtol=0)
        taken += bool(after)
    assert 0 < taken < len(blank)
