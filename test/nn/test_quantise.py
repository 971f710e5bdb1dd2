# SPDX-License-Identifier: Apache-2.0
"""Weights in 8 and 4 bits: what becomes smaller, what stays, what is refused, what they take."""

import sys

import pytest
import torch

pytest.importorskip('transformers')
pytest.importorskip('sentencepiece')

from support import published, published_segllm

from reasonseg_ros.core.errors import BadRequest
from reasonseg_ros.engines import registry
from reasonseg_ros.engines.devices import find_dtype
from reasonseg_ros.engines.protocol import Question
from reasonseg_ros.engines.public import llama_engine
from reasonseg_ros.nn import quantise
from reasonseg_ros.nn.quantise import INT4, INT8

CPU = torch.device('cpu')
BITS = [(INT8, torch.float32), (INT8, torch.bfloat16), (INT4, torch.bfloat16)]


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp('quantised')


def named(engine):
    return dict(engine.model.named_parameters())


def test_the_blocks_of_the_language_model_are_quantised_and_nothing_else():
    engine = published_segllm.SegLlmModel.empty(published_segllm.CONFIG)
    chosen = [name for name, _ in engine.named_parameters() if quantise.applies(name)]
    assert len(chosen) == 7 * published_segllm.LLAMA['num_hidden_layers']
    assert all(name.startswith('llama.model.layers.') for name in chosen)
    assert not any('norm' in name or 'embed' in name or 'head' in name for name in chosen)


def test_four_bits_ask_for_bfloat16():
    with pytest.raises(BadRequest, match='"int4" and dtype is "float32".*dtype:=bfloat16'):
        quantise.check(INT4, CPU, torch.float32)


def test_rows_that_no_group_divides_are_refused():
    assert [quantise.group(columns) for columns in (4096, 11008, 192, 96)] == [128, 128, 64, 32]
    with pytest.raises(BadRequest, match='multiple of 32 weights, found 40'):
        quantise.group(40)


def test_without_torchao_the_remedy_is_one_line(monkeypatch, folder):
    monkeypatch.setitem(sys.modules, 'torchao.quantization', None)
    monkeypatch.setitem(sys.modules, 'torchao', None)
    published.load(folder)
    with pytest.raises(BadRequest, match=r'"quant" is "int8", which needs .*"torchao.*'
                       r'pip install "reasonseg_ros\[quant\]"') as caught:
        published.load(folder, options='quant=int8')
    assert '\n' not in str(caught.value)


def test_an_unknown_number_of_bits_is_refused(folder):
    with pytest.raises(BadRequest, match='"quant" is "int2"; choose one of none, int8, int4'):
        published.load(folder, options='quant=int2')


def test_float16_is_for_cuda():
    with pytest.raises(BadRequest, match='"float16" is for CUDA.*use bfloat16'):
        find_dtype('float16', CPU)
    assert find_dtype('float16', torch.device('cuda')) == torch.float16
    assert find_dtype('auto', torch.device('cuda')) == torch.bfloat16
    with pytest.raises(BadRequest, match='"int8" is unknown'):
        find_dtype('int8', CPU)


@pytest.mark.parametrize('dtype', [torch.bfloat16, torch.float16])
def test_half_the_memory_asks_for_nearly_the_same_mask(folder, monkeypatch, dtype):
    whole = published.load(folder)
    # What only CUDA is offered can be computed here, slowly.
    monkeypatch.setattr(llama_engine, 'find_dtype', lambda name, device: dtype)
    half = registry.load('m2sa', str(folder / 'converted-m2sa'), 'cpu', 'float16')
    assert half.facts.dtype == str(dtype).removeprefix('torch.')
    assert 2 * half.facts.nbytes == whole.facts.nbytes
    masks = []
    for engine in (whole, half):
        published.scripted(monkeypatch, engine, 'the mug is [SEG].')
        masks.append(engine.open(published.random_frame()).ask(Question('the mug')).found[0].mask)
    assert masks[0].iou(masks[1]) > 0.95


@pytest.mark.parametrize('kind, dtype', BITS)
def test_a_planned_weight_takes_what_it_was_planned_to_take(kind, dtype):
    pytest.importorskip('torchao', reason='the extra "quant" is not installed')
    for shape in ((64, 96), (128, 64), (32, 256)):
        made = quantise.convert(torch.randn(shape, dtype=dtype), kind)
        assert quantise.nbytes(made) == quantise.planned_bytes(shape, kind, dtype, 'cpu')
        assert quantise.nbytes(made) < made.numel() * dtype.itemsize
        assert made.shape == shape


@pytest.mark.parametrize('kind, dtype', BITS)
def test_a_quantised_engine_loads_answers_and_tells_its_size(folder, monkeypatch, kind, dtype):
    pytest.importorskip('torchao', reason='the extra "quant" is not installed')
    name = str(dtype).removeprefix('torch.')
    published.load(folder)
    path = str(folder / 'converted-m2sa')
    whole = registry.load('m2sa', path, 'cpu', name)
    small = registry.load('m2sa', path, 'cpu', name, f'quant={kind}')
    assert small.facts.dtype == f'{name}, language model {kind}'
    assert small.facts.parameters == whole.facts.parameters
    before, after = named(whole), named(small)
    saved = sum(tensor.nbytes - quantise.nbytes(after[key]) for key, tensor in before.items()
                if quantise.applies(key))
    assert whole.facts.nbytes - small.facts.nbytes == saved > 0
    assert all(torch.equal(after[key], tensor) for key, tensor in before.items()
               if not quantise.applies(key))
    states = []
    for engine in (whole, small):
        published.scripted(monkeypatch, engine, 'the mug is [SEG].')
        context = engine.open(published.random_frame())
        assert context.ask(Question('the mug')).found
        with torch.inference_mode():
            states.append(context.stream.feed([1])[-1].float())
    assert torch.cosine_similarity(*states, dim=0) > (0.999 if kind == INT8 else 0.9)


def test_a_quantised_engine_that_hears_masks_answers(tmp_path):
    pytest.importorskip('torchao', reason='the extra "quant" is not installed')
    engine = published_segllm.load(tmp_path, 'quant=int8')
    assert engine.open(published.random_frame()).ask(Question('the mug')).found
    assert engine.facts.dtype == 'float32, language model int8'
