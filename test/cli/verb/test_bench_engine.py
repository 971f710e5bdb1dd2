# SPDX-License-Identifier: Apache-2.0
"""`reasonseg bench engine` with random weights, and the memory of weights computed from shapes."""

import json

import pytest
import torch

pytest.importorskip('transformers')
pytest.importorskip('sentencepiece')
pytest.importorskip('tokenizers')

from support import published

from reasonseg_ros.cli import main as cli
from reasonseg_ros.cli.verb import bench_engine
from reasonseg_ros.engines.public import scales
from reasonseg_ros.engines.registry import PUBLISHED
from reasonseg_ros.measure import footprint, random_engines, stages
from reasonseg_ros.nn import quantise
from reasonseg_ros.nn.llama import TokenStream

SENTENCES = 'the red mug', 'the handle of the red mug'
FORMS = [('float32', ''), ('bfloat16', ''), ('float32', 'int8'), ('bfloat16', 'int4')]


def bench(*arguments):
    return cli.main(['bench', 'engine', '--device', 'cpu', *arguments])


def test_the_scales_are_those_that_the_command_names():
    assert scales.SCALES == bench_engine.SCALES
    assert quantise.KINDS[1:] == bench_engine.QUANTS


def test_the_smallest_scale_is_what_is_compared_with_the_originals():
    tiny = scales.config('m2sa', 'tiny')
    for part, name in (('llama', 'config'), ('clip', 'clip_config'), ('sam', 'sam_config')):
        written = json.loads((published.DATA / f'{name}.json').read_text())
        assert {key: written[key] for key in tiny[part] if key in written} == {
            key: value for key, value in tiny[part].items() if key in written}
        assert len(tiny[part].keys() & written.keys()) > 6


def test_a_dialogue_with_random_weights_is_measured_end_to_end(tmp_path, capsys):
    path = tmp_path / 'bench.json'
    assert bench('--engine', 'lisa', '--random-weights', '--scale', 'tiny', '--rounds', '4',
                 '--repeats', '1', '--json', str(path)) == 0
    said, found = capsys.readouterr().out, json.loads(path.read_text())
    assert 'lisa@random of size tiny on cpu, float32' in said
    assert [r['round'] for r in found['rounds']] == [1, 2, 3, 4]
    assert [bool(r['recomputed']) for r in found['rounds']] == [False, False, False, True]
    last = found['rounds'][-1]
    assert last['same_tokens'] and last['smallest_iou'] >= 0.999
    assert last['passes'] == 2 and 15 < last['positions'] < 60
    image, prompt, token, mask = found['stages']
    assert prompt['name'].startswith('prompt, 2') and token['flop'] < prompt['flop'] / 100
    assert image['flop'] > 1e7 and mask['flop'] > 1e5
    assert all(s['seconds'] > 0 and s['least'] > 0 and s['nbytes'] > 0 for s in found['stages'])
    assert found['peak_bytes'] > found['engine']['nbytes'] == sum(
        part['nbytes'] for part in found['parts'].values())


def test_an_engine_that_decodes_no_tokens_is_measured(capsys):
    assert bench('--engine', 'household', '--rounds', '2', '--repeats', '1') == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith('round 2: ') and 'per token' not in last


def test_masks_are_remembered_in_a_dialogue_with_random_weights(tmp_path):
    path = tmp_path / 'bench.json'
    assert bench('--engine', 'segllm', '--random-weights', '--scale', 'tiny', '--rounds', '2',
                 '--repeats', '1', '--json', str(path)) == 0
    first, second = json.loads(path.read_text())['rounds']
    assert second['same_tokens'] and second['smallest_iou'] >= 0.999
    assert (first['passes'], second['passes']) == (1, 1)


@pytest.mark.parametrize('engine', PUBLISHED)
def test_the_memory_of_every_engine_is_computed_without_building_it(engine, capsys):
    assert bench('--engine', engine, '--scale', 'tiny', '--shapes') == 0
    lines = capsys.readouterr().out.splitlines()
    assert f'{engine} at tiny' in lines[0] and lines[-1].startswith('all ')


@pytest.mark.parametrize('dtype, quant', FORMS)
@pytest.mark.parametrize('engine', PUBLISHED)
def test_computed_memory_is_that_of_the_real_model(engine, dtype, quant):
    if quant:
        pytest.importorskip('torchao', reason='the extra "quant" is not installed')
    made = random_engines.build(engine, 'tiny', 'cpu', dtype, f'quant={quant}' if quant else '',
                                SENTENCES)
    _, model = random_engines.empty(engine, 'tiny')
    planned = footprint.planned_parts(model, getattr(torch, dtype), quant or quantise.NONE, 'cpu')
    assert planned == footprint.counted_parts(made.model)
    assert footprint.total(planned).nbytes == made.facts.nbytes


def test_a_released_model_fits_the_memory_that_was_stated():
    _, model = random_engines.empty('m2sa', '7b')
    gigabytes = {quant: footprint.total(footprint.planned_parts(
        model, torch.bfloat16, quant, 'cuda')).nbytes / 1e9 for quant in quantise.KINDS}
    assert gigabytes['none'] <= 16.5 and gigabytes['int8'] <= 9.5 and gigabytes['int4'] <= 6.5


def test_the_arithmetic_of_the_language_model_is_what_torch_counts():
    made = random_engines.build('lisa', 'tiny', 'cpu', 'float32', '', SENTENCES)
    stream = TokenStream(made.model.llama)
    with torch.inference_mode():
        stream.feed(range(10, 60))
        with stages.counter() as counter:
            stream.feed(range(60, 80))
    assert stages.text_flop(made.model.config.llama, 20, 50) == counter.get_total_flops()


@pytest.mark.parametrize('arguments, text', [
    (['--engine', 'tabletop', '--random-weights', '--scale', 'tiny'], '"tabletop" has no scales'),
    (['--engine', 'lisa', '--random-weights'], '--scale goes with --random-weights or --shapes'),
    (['--engine', 'lisa', '--scale', 'tiny'], '--scale goes with --random-weights or --shapes'),
    (['--engine', 'lisa', '--random-weights', '--scale', 'tiny', '--checkpoint', 'folder'],
     'exclude each other')])
def test_what_does_not_go_together_is_refused_in_one_line(arguments, text, capsys):
    assert bench(*arguments) == 2
    said = capsys.readouterr().err
    assert text in said and said.count('\n') == 1


def test_a_model_that_does_not_fit_is_not_begun(monkeypatch, capsys):
    monkeypatch.setattr(random_engines, 'available_memory', lambda device: 1_000_000)
    assert bench('--engine', 'lisa', '--random-weights', '--scale', 'tiny') == 12
    said = capsys.readouterr().err
    assert 'cpu has 0.0 GB free' in said and '--shapes' in said and said.count('\n') == 1
