# SPDX-License-Identifier: Apache-2.0
"""Trainings of the papers' systems: they learn, resume exactly, can be shared, and are exported."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip('transformers')
pytest.importorskip('sentencepiece')

import torch
from safetensors.torch import load_file
from support import paper_training

from reasonseg_ros.cli import main as cli
from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.errors import BadInput, BadRequest, OutOfMemory
from reasonseg_ros.engines import registry
from reasonseg_ros.engines.protocol import Question
from reasonseg_ros.training.papers import costs, recipes, run
from reasonseg_ros.training.papers.recipes import PRESETS, learns

TEST = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def small(monkeypatch) -> None:
    for name in ('LLAMA', 'CLIP', 'SAM', 'DINO', 'HIPIE'):
        table = getattr(run.tiny, name)
        monkeypatch.setattr(run.tiny, name, dict(table))
    monkeypatch.setattr(run.tiny, 'DINO_SIDE', run.tiny.DINO_SIDE)
    monkeypatch.setattr(run.simulator, 'open_simulator', run.simulator.open_simulator)
    paper_training.shrink()


def curve(out: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (out / 'losses.jsonl').read_text().splitlines()]


def same(one: list[dict[str, float]], other: list[dict[str, float]]) -> None:
    assert [row['step'] for row in one] == [row['step'] for row in other]
    for ours, theirs in zip(one, other):
        assert ours == pytest.approx(theirs, abs=1e-4)


@pytest.mark.parametrize('system', recipes.SYSTEMS)
def test_a_training_ends_with_a_folder_that_the_engine_loads(system, tmp_path, capsys) -> None:
    made = paper_training.plan(system, tmp_path, steps=2)
    path = run.run(made)
    engine = registry.load(system, str(path), 'cpu')
    rgb = paper_training.Tables(0, paper_training.APART).rgb(0)
    if system in ('segllm', 'llmseg'):      # the others would speak for long
        engine.open(Frame(rgb)).ask(Question('the mug'))
    assert cli.main(['info', str(path)]) == 0
    assert 'trained from base' in capsys.readouterr().out
    first, row = (json.loads(line) for line in (tmp_path / 'log.jsonl').read_text().splitlines())
    assert first['step'] == 0 and first.keys() <= row.keys()
    assert {'step', 'ce', 'giou', 'hit'} <= row.keys()
    assert ('other_hit_blank' in row) == (system == 'segllm')
    if system == 'segllm':      # it listens first
        first, second = curve(tmp_path)
        assert 'words' not in first and second['words'] > 0


def test_losses_fall(tmp_path) -> None:
    made = paper_training.plan('lisa', tmp_path, steps=20, rate=1e-2)
    paper_training.begin(made)
    run.learn(made)
    rows = curve(tmp_path)
    assert rows[-1]['ce'] < 0.7 * rows[0]['ce']


def test_a_small_model_learns_to_draw_masks(tmp_path) -> None:
    made = paper_training.plan('m2sa', tmp_path, steps=60, rate=5e-3)
    paper_training.begin(made)
    run.learn(made)
    rows = curve(tmp_path)
    assert rows[0]['mask_dice'] > 0.6
    assert np.mean([row['mask_dice'] for row in rows[-5:]]) < 0.4


@pytest.mark.parametrize('system', ('lisa', 'm2sa', 'llmseg'))
def test_no_weights_of_a_small_model_begin_at_nothing(system, tmp_path) -> None:
    made = paper_training.plan(system, tmp_path)
    paper_training.begin(made)
    model = registry.load(system, str(tmp_path / run.BASE), 'cpu').model
    spreads = {name: float(p.detach().std()) for name, p in model.named_parameters()
               if p.ndim > 1}
    assert min(spreads.values()) > 0.01 and max(spreads.values()) < 2


@pytest.mark.parametrize('system', ('lisa', 'm2sa'))
def test_sams_encoder_learns_unless_it_is_frozen(system, tmp_path) -> None:
    made = paper_training.plan(system, tmp_path, steps=1)
    paper_training.begin(made)
    first = {'sam.vision_encoder.patch_embed.projection.weight', 'sam.vision_encoder.pos_embed'}
    frozen = replace(made.recipe, frozen=('sam.vision_encoder.',))
    for recipe, moved in ((made.recipe, True), (frozen, False)):
        chosen = replace(made, recipe=recipe)
        engine, model = run.loaded(chosen)
        batch = run.EXAMPLES[system](engine, recipe).batch(
            run.mixture(chosen, lambda sample: True).draw(1, 2)[0], np.random.default_rng(0))
        losses = run.objective(chosen, engine).losses(model, batch, 1, torch.Generator())
        (losses['mask_bce'] + losses['mask_dice']).backward()
        learnt = {name for name, p in model.named_parameters()
                  if p.grad is not None and float(p.grad.abs().max()) > 0}
        assert (first <= learnt) == moved
        assert 'sam.mask_decoder.upscale_conv1.weight' in learnt


@pytest.mark.parametrize('system', ('segllm', 'm2sa'))
def test_two_processes_have_the_losses_of_one(system, tmp_path) -> None:
    for processes in (1, 2):
        made = paper_training.plan(system, tmp_path / str(processes), 2, processes)
        paper_training.begin(made)
        paper_training.in_team(paper_training.work, made)
    same(curve(tmp_path / '1'), curve(tmp_path / '2'))
    if made.recipe.matrices:
        return      # Muon's moments are those of whole matrices: each process has all
    shares = [load_file(tmp_path / '2' / f'optimiser{share}-2.safetensors') for share in ('', '.1')]
    whole = load_file(tmp_path / '1' / 'optimiser-2.safetensors')
    assert not shares[0].keys() & shares[1].keys()
    assert {**shares[0], **shares[1]}.keys() == whole.keys()
    counts = [sum(t.numel() for t in share.values()) for share in shares]
    assert max(counts) < 0.6 * sum(counts)


def test_a_run_that_was_killed_goes_on_with_the_same_curve(tmp_path) -> None:
    whole = paper_training.plan('segllm', tmp_path / 'whole', steps=6)
    paper_training.begin(whole)
    run.learn(whole)
    out = tmp_path / 'killed'
    command = [sys.executable, '-m', 'support.paper_training', 'segllm', str(out), '6', '1']
    paths = os.pathsep.join([str(TEST), str(TEST.parent)])
    environment = {**os.environ, 'PYTHONPATH': paths}
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    while process.poll() is None and not list(out.glob('last-[2-9].safetensors')):
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    # It goes on in two processes, which share each step as one did.
    made = replace(whole, out=out, processes=2)
    paper_training.begin(made)
    paper_training.in_team(paper_training.work, made)
    same(curve(tmp_path / 'whole'), curve(out))


def test_what_cannot_be_trained_is_said_in_one_line(tmp_path) -> None:
    made = paper_training.plan('segllm', tmp_path)
    for wrong, words in (
            (replace(made, processes=3), '3 processes cannot share the 2 parts'),
            (replace(made, recipe=replace(made.recipe, batch=3)), 'no multiple of --micro 2'),
            (replace(made, recipe=PRESETS['segllm']['paper']), 'name its converted folder'),
            (replace(made, data='data.yaml'), 'use --data simulator'),
            (replace(made, recipe=replace(PRESETS['segllm']['paper'], start='x')),
             'name the file that says where they lie')):
        with pytest.raises(BadRequest, match=words):
            run.check(wrong)
    chosen = replace(PRESETS['llmseg']['paper'], start='x')
    with pytest.raises(BadRequest, match='name their files with --regions'):
        run.check(replace(made, data='data.yaml', recipe=chosen))
    with pytest.raises(BadRequest, match='--leave-out mmr is not in the mix'):
        recipes.without(PRESETS['lisa']['paper'], ('mmr',))
    paper_training.begin(made)
    with pytest.raises(BadRequest, match='was started with another recipe'):
        paper_training.begin(replace(made, recipe=replace(made.recipe, rate=1.0)))
    with pytest.raises(BadInput, match='has no model of step 4'):
        run.export(made)
    with pytest.raises(OutOfMemory, match='raise --max-memory'):
        run.run(replace(made, most_memory=0.001))


def test_data_that_are_missing_are_named(tmp_path) -> None:
    places = tmp_path / 'data.yaml'
    places.write_text('reasonseg: {root: nowhere}\n')
    recipe = replace(PRESETS['lisa']['paper'], start='x', mix=(('mmr', 1.0),))
    made = replace(paper_training.plan('lisa', tmp_path), data=str(places), recipe=recipe)
    with pytest.raises(BadInput, match='obtain'):
        run.mixture(made, lambda sample: True)


def test_what_learns_is_what_the_papers_list() -> None:
    names = {
        'm2sa': ({'llama.lm_head.weight', 'early.0.weight', 'prompt.0.weight',
                  'llama.model.embed_tokens.weight', 'sam.mask_decoder.iou_token.weight',
                  'llama.model.layers.0.self_attn.q_proj.lora_A.default.weight'},
                 {'projector.weight', 'sam.vision_encoder.pos_embed',
                  'llama.model.layers.0.self_attn.q_proj.base_layer.weight',
                  'clip.embeddings.class_embedding', 'sam.prompt_encoder.no_mask_embed.weight'}),
        'llmseg': ({'dino_conv.weight', 'fusion.norm.bias', 'iop_head.0.weight'},
                   {'dino.layernorm.weight', 'sam.mask_decoder.iou_token.weight',
                    'projector.weight'}),
        'segllm': ({'model.llama.model.layers.0.mlp.up_proj.weight', 'model.projector.0.weight',
                    'model.box.weight', 'model.hipie.backbone.res3.0.conv1.weight',
                    'heads.align.0.bias0'},
                   {'model.llama.lm_head.weight', 'model.llama.model.embed_tokens.weight',
                    'model.hipie.backbone.res2.0.conv1.weight',
                    'model.hipie.backbone.stem.conv1.weight', 'model.clip.x'})}
    for system, (learnt, frozen) in names.items():
        recipe = PRESETS[system]['paper']
        assert {name for name in learnt | frozen if learns(recipe, name)} == learnt


def test_schedules_rise_and_fall() -> None:
    linear = PRESETS['lisa']['paper']
    assert linear.scale(50) == 0.5 and linear.scale(100) == 1.0 and linear.scale(5000) == 0.0
    cosine = replace(PRESETS['segllm']['paper'], steps=1000)
    assert cosine.scale(15) == 0.5 and cosine.scale(515) == pytest.approx(0.5)
    assert cosine.scale(1000) == pytest.approx(0.0)
    small = replace(PRESETS['segllm']['tiny'], steps=1000)
    assert small.scale(25) == 0.5 and not small.draws(250) and small.draws(251)
    assert small.scale(251) < 0.02 < 0.8 < small.scale(300)



def test_costs_are_told_before_anything_is_there(capsys) -> None:
    assert cli.main(['train', 'llmseg', '--data', 'x', '--out', 'y', '--costs']) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith('devices') and [line[0] for line in lines[2:]] == ['1', '4', '8']
    assert cli.main(['train', 'segllm', '--data', 'x', '--out', 'y', '--batch', '0']) != 0
    assert '--batch is 0; expected at least 1' in capsys.readouterr().err


def test_costs_count_what_learns() -> None:
    recipe = PRESETS['segllm']['paper']
    one, eight = (costs.cost(recipe, costs.published('segllm'), devices) for devices in (1, 8))
    # 6.5 billion learning parameters: 4 bytes of weights, 12 of gradients and moments.
    assert one.optimiser == pytest.approx(12 * 6.57e9, rel=0.03)
    # The moments are divided: of 12 bytes 5 are left with eight devices.
    assert eight.optimiser == pytest.approx(5 / 12 * one.optimiser)
    assert eight.hours == pytest.approx(one.hours / 8)
    light = costs.cost(PRESETS['lisa']['paper'], costs.published('lisa'))
    assert light.total < 0.4 * one.total


def test_lora_is_merged_into_the_exported_weights(tmp_path) -> None:
    pytest.importorskip('peft')
    recipe = replace(PRESETS['lisa']['tiny'], lora=recipes.Lora(), learnt=('prompt.',), steps=3)
    made = replace(paper_training.plan('lisa', tmp_path, steps=3), recipe=replace(
        recipe, batch=4, micro=2, warmup=1))
    paper_training.begin(made)
    run.learn(made)
    engine = registry.load('lisa', str(run.export(made, best=False)), 'cpu')
    first = registry.load('lisa', str(tmp_path / run.BASE), 'cpu')
    name = 'llama.model.layers.0.self_attn.{}_proj.weight'
    ours, theirs = (dict(e.model.named_parameters()) for e in (engine, first))
    assert not torch.equal(ours[name.format('q')], theirs[name.format('q')])
    assert torch.equal(ours[name.format('k')], theirs[name.format('k')])
    assert np.isfinite(ours[name.format('q')].detach().numpy()).all()
