# SPDX-License-Identifier: Apache-2.0
"""A published SegLLM becomes a folder that the engine loads; what does not fit is named."""

import json
import shutil
from dataclasses import asdict
from pathlib import Path

import pytest
import torch

pytest.importorskip('transformers')

from safetensors.torch import save_file
from support import published_segllm
from support.published_segllm import SEGMENTER

from reasonseg_ros.cli import main as cli
from reasonseg_ros.core.errors import BadCheckpoint
from reasonseg_ros.engines.weights import folder as folders
from reasonseg_ros.engines.weights.convert_segllm import convert, rename


@pytest.fixture(scope='module')
def original(tmp_path_factory) -> Path:
    return published_segllm.publish(tmp_path_factory.mktemp('segllm') / 'published')


@pytest.fixture
def source(original, tmp_path) -> Path:
    return shutil.copytree(original, tmp_path / 'published')


def test_every_tensor_is_kept_and_what_is_left_out_is_told(source, tmp_path, capsys) -> None:
    target = tmp_path / 'out'
    assert cli.main(['convert', 'segllm', str(source), str(target)]) == 0
    assert f'not needed: {published_segllm.USELESS[0]}' in capsys.readouterr().out
    held = dict(folders.read(target, 'segllm').tensors(torch.device('cpu'), torch.float32))
    given = published_segllm.weights()
    assert len(held) == len(given) - len(published_segllm.USELESS)
    assert all(torch.equal(tensor, given[published_segllm.published_name(name)])
               for name, tensor in held.items())
    assert cli.main(['info', str(target), '--verify']) == 0
    told = capsys.readouterr().out
    assert all(word in told for word in ('segllm', 'LLaMA 2', 'tokenizer.json', '.resizer.'))


def test_sizes_are_read_off_the_tensors(source, tmp_path) -> None:
    read = folders.read(convert(source, tmp_path / 'out').path, 'segllm')
    assert read.config == asdict(published_segllm.CONFIG)


def test_weights_that_are_registered_twice_may_have_either_name(source) -> None:
    given = published_segllm.weights()
    there = {name.replace(f'{SEGMENTER}detr.bbox_embed', f'{SEGMENTER}detr.transformer.decoder'
                          '.bbox_embed'): tensor for name, tensor in given.items()}
    ours = rename(given)
    for tensors in (there, given | there):
        found = rename(tensors)
        assert found.tensors.keys() == ours.tensors.keys() and not found.strange


@pytest.mark.parametrize(('changed', 'message'), [
    ({f'{SEGMENTER}controller.layers.0.bias': None},
     '1 missing: hipie.controller.layers.0.bias'),
    ({f'{SEGMENTER}detr.extra': torch.zeros(2)}, f'1 unknown: {SEGMENTER}detr.extra'),
    ({'model.mask_enc_head.weight': torch.zeros(64, 5)},
     r'1 of another shape: box.weight \[64, 5\] instead of \[64, 4\]'),
    ({f'{SEGMENTER}detr.transformer.tgt_embed.weight': None}, 'has no .hipie.tgt_embed.weight')])
def test_tensors_that_do_not_fit_are_named(source, tmp_path, changed, message) -> None:
    tensors = {k: t for k, t in (published_segllm.weights() | changed).items() if t is not None}
    save_file(tensors, source / 'model.safetensors')
    with pytest.raises(BadCheckpoint, match=message):
        convert(source, tmp_path / 'out')
    assert not (tmp_path / 'out').exists()


@pytest.mark.parametrize(('changed', 'message'), [
    ({'segmentator': 'sam'}, "segmentator is 'sam', expected 'hipie'"),
    ({'mm_projector_type': 'linear'}, "mm_projector_type is 'linear'"),
    ({'rms_norm_eps': None}, 'rms_norm_eps')])
def test_another_kind_of_model_is_named(source, tmp_path, changed, message) -> None:
    config = {k: v for k, v in (published_segllm.MODEL | changed).items() if v is not None}
    (source / 'config.json').write_text(json.dumps(config | ({} if 'rms_norm_eps' in changed
                                                             else {'rope_scaling': None})))
    with pytest.raises(BadCheckpoint, match=message):
        convert(source, tmp_path / 'out')


def test_a_folder_of_several_checkpoints_says_which(source, tmp_path) -> None:
    with pytest.raises(BadCheckpoint, match='several checkpoints; give one of .*: published'):
        convert(source.parent, tmp_path / 'out')


def test_a_tokenizer_of_another_model_is_noticed(source, tmp_path) -> None:
    tokenizer = published_segllm.tokenizer()
    tokenizer.add_special_tokens(['<image>'])
    tokenizer.save(str(source / 'tokenizer.json'))
    with pytest.raises(BadCheckpoint, match='101 tokens, the model 100'):
        convert(source, tmp_path / 'out')


def test_options_for_other_engines_are_refused(source, tmp_path, capsys) -> None:
    assert cli.main(['convert', 'segllm', str(source), str(tmp_path / 'x'), '--sam', 'x']) == 2
    told = capsys.readouterr().err.splitlines()
    assert told[-1] == ('reasonseg convert: option --sam is not for engine "segllm"; leave it '
                        'out')
