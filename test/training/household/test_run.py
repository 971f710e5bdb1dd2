# SPDX-License-Identifier: Apache-2.0
"""A training of the engine household: it resumes exactly, says its type, and gives a checkpoint."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from support.household_scenes import small_config, write_scenes

from reasonseg_ros.core.errors import BadCheckpoint, BadRequest
from reasonseg_ros.engines.household.engine import Household
from reasonseg_ros.engines.weights import embedded as checkpoints
from reasonseg_ros.nn.perception.network import PerceptionModel
from reasonseg_ros.training.household import run as module
from reasonseg_ros.training.household.run import begin_with, learn, run
from reasonseg_ros.training.loop import prepare
from reasonseg_ros.training.plan import HouseholdRecipe, TrainingPlan

CPU = torch.device('cpu')


@pytest.fixture
def plan(tmp_path, monkeypatch) -> TrainingPlan[HouseholdRecipe]:
    """Two steps of a small network on three scenes of two worlds."""
    monkeypatch.setattr(module, 'household_config', small_config)
    write_scenes(tmp_path / 'train', 0, 1, tabletop=(2,))
    write_scenes(tmp_path / 'val', 900_000)
    recipe = HouseholdRecipe(steps=2, batch=2, warmup=2, dtype='float32')
    return TrainingPlan(tmp_path / 'train', tmp_path / 'val', tmp_path / 'run', recipe, 'cpu',
                        eval_every=100, eval_scenes=1)


def timed(seconds: dict[str, float], monkeypatch) -> list[str]:
    """Let steps take these seconds; return the list of what will be timed."""
    asked: list[str] = []

    def step(scenes, recipe, device) -> float:
        asked.append(recipe.dtype)
        return seconds[recipe.dtype]

    monkeypatch.setattr(module, '_step_seconds', step)
    return asked


def checkpoint_of(model: PerceptionModel) -> checkpoints.Checkpoint:
    return checkpoints.Checkpoint('household', json.loads(json.dumps(model.config.to_json())), {},
                                  dict(model.state_dict()), '')


def test_a_run_ends_in_a_checkpoint_that_the_engine_loads(plan):
    path = run(plan)
    engine = Household.load(path, 'cpu')
    assert engine.facts.name == 'household'
    card = checkpoints.read(path, 'household').card
    assert card['stages'][-1]['command'] == (
        'reasonseg train household --data train --val val --out run --steps 2 --batch 2 '
        '--dtype float32 --device cpu --eval-every 100 --eval-scenes 1')
    assert card['stages'][-1]['data']['tabletop']['count'] == 1
    assert card['stages'][-1]['recipe']['tabletop_weight'] == 1.0
    assert card['val']['split'] == 'val' and card['curve'][-1]['step'] == 2
    assert {'part', 'part_right', 'mask_f'} <= set(card['curve'][-1])


def test_a_killed_run_ends_where_an_uninterrupted_one_does(plan, tmp_path):
    scenes = module.open_scenes(plan.data)

    def killed(model) -> dict[str, float]:
        raise KeyboardInterrupt

    def go(folder: Path, evaluate, every: int) -> dict[str, torch.Tensor]:
        folder.mkdir(exist_ok=True)
        model = learn(small_config(), scenes, replace(plan, out=folder, eval_every=every), evaluate,
                      save_every=1)
        return model.state_dict()

    with pytest.raises(KeyboardInterrupt):
        go(tmp_path / 'b', killed, 1)
    assert (tmp_path / 'b' / 'last-1.safetensors').exists()
    resumed = go(tmp_path / 'b', lambda model: {}, 100)
    whole = go(tmp_path / 'a', lambda model: {}, 100)
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)
    assert load_file(tmp_path / 'b' / 'last-2.safetensors').keys() == whole.keys()


def test_a_finished_run_is_not_trained_again(plan, monkeypatch):
    first = load_file(run(plan))
    monkeypatch.setattr(module.PerceptionBatches, '__getitem__', lambda *args: pytest.fail())
    assert all(torch.equal(value, first[name]) for name, value in load_file(run(plan)).items())


def test_a_run_does_not_go_on_with_another_recipe(plan):
    run(plan)
    with pytest.raises(BadRequest, match='was started with another recipe'):
        run(replace(plan, recipe=replace(plan.recipe, tabletop_weight=0.5)))


@pytest.mark.parametrize('faster, slower', [('float32', 'bfloat16'), ('bfloat16', 'float32')])
def test_the_faster_type_is_taken_and_said(plan, monkeypatch, capsys, faster, slower):
    asked = timed({faster: 1.0, slower: 2.0}, monkeypatch)
    auto = replace(plan, recipe=replace(plan.recipe, dtype='auto'))
    assert module._dtype(auto, module.open_scenes(plan.data)) == faster
    assert asked == ['float32', 'bfloat16']
    line = capsys.readouterr().out
    assert line.startswith('cpu: a training step takes ') and line.count('\n') == 1
    assert line.endswith(f'the run computes in {faster}\n')


def test_a_run_goes_on_in_the_type_that_it_began_with(plan, monkeypatch, capsys):
    prepare(plan.out, replace(plan.recipe, dtype='bfloat16'))
    asked = timed({}, monkeypatch)
    auto = replace(plan, recipe=replace(plan.recipe, dtype='auto'))
    assert module._dtype(auto, module.open_scenes(plan.data)) == 'bfloat16'
    assert not asked and not capsys.readouterr().out


def test_a_type_that_was_asked_for_is_not_timed(plan, monkeypatch):
    asked = timed({}, monkeypatch)
    assert module._dtype(plan, module.open_scenes(plan.data)) == 'float32' and not asked


def test_a_step_of_each_type_can_be_timed(plan):
    scenes = module.open_scenes(plan.data)
    assert all(module._step_seconds(scenes, replace(plan.recipe, dtype=dtype), CPU) > 0
               for dtype in ('float32', 'bfloat16'))


def test_new_words_begin_as_what_the_earlier_model_took_them_for():
    torch.manual_seed(0)
    words = small_config()
    fewer = replace(words, categories=words.categories[1:], parts=words.parts[:-1],
                    category_parts=())
    earlier, model = PerceptionModel(fewer), PerceptionModel(words)
    begin_with(model, checkpoint_of(earlier))
    old, new = earlier.name[3].weight, model.name[3].weight
    assert torch.equal(new[1:], old)            # the words they share, and "no known name"
    assert torch.equal(new[0], old[-1])         # a new word begins as "no known name"
    assert torch.equal(model.parts.weight[-1], earlier.parts.weight[-1])
    assert torch.equal(model.parts.weight[-2], earlier.parts.weight[-1])
    assert torch.equal(model.stem[0].weight, earlier.stem[0].weight)


def test_a_start_of_other_sizes_is_refused():
    words = small_config()
    wider = PerceptionModel(replace(words, half=16))
    with pytest.raises(BadCheckpoint, match='the start has other sizes than this version'):
        begin_with(PerceptionModel(words), checkpoint_of(wider))


def test_the_recipe_on_disk_is_the_one_that_was_decided(plan, monkeypatch):
    timed({'float32': 1.0, 'bfloat16': 2.0}, monkeypatch)
    monkeypatch.setattr(module, 'in_team', lambda work, plan: pytest.skip('far enough'))
    with pytest.raises(pytest.skip.Exception):
        run(replace(plan, recipe=replace(plan.recipe, dtype='auto')))
    assert json.loads((plan.out / 'recipe.json').read_text())['dtype'] == 'float32'
