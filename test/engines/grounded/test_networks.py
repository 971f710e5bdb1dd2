# SPDX-License-Identifier: Apache-2.0
"""Networks of transformers propose masks: tiny random models of the real classes, from folders."""

import importlib
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip('transformers')

from support import tiny_transformers

from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.errors import BadCheckpoint, BadRequest, Status
from reasonseg_ros.engines import registry
from reasonseg_ros.engines.grounded import detector, networks
from reasonseg_ros.engines.grounded.detector import Detector
from reasonseg_ros.engines.grounded.networks import BoxCutter, BoxedProposer, Sam3
from reasonseg_ros.engines.session import Session
from reasonseg_ros.evaluation.interview import private_book

RGB = np.random.default_rng(0).integers(0, 255, (96, 120, 3), np.uint8)


@pytest.fixture(scope='module')
def folder(tmp_path_factory) -> Path:
    """Return a folder with SAM 2 and, below it, a detector."""
    made = tmp_path_factory.mktemp('models') / 'sam2'
    tiny_transformers.sam2(made)
    tiny_transformers.grounding_dino(made / 'detector')
    (made / 'pulled.json').write_text(json.dumps({'licence': 'for tests'}))
    return made


def test_boxes_become_masks_of_the_image_in_one_pass_over_one_encoding(folder):
    cutter = BoxCutter.load(folder, 'cpu', 'float32')
    encoded = cutter.encode(Frame(RGB))
    cut = cutter.cut(encoded, [(10, 10, 60, 50), (30, 20, 110, 90)])
    assert [mask.shape for mask, _ in cut] == [(96, 120)] * 2
    assert all(mask.dtype == bool and 0 <= quality <= 1 for mask, quality in cut)
    alone, = cutter.cut(encoded, [(30, 20, 110, 90)])
    assert np.array_equal(alone[0], cut[1][0]), 'a box is cut alike beside others'
    assert cutter.cut(encoded, []) == []
    assert cutter.facts.licence == 'for tests' and len(cutter.facts.weights) == 12


@pytest.mark.parametrize('write', [tiny_transformers.grounding_dino,
                                   tiny_transformers.mm_grounding_dino])
def test_a_detector_gives_each_noun_boxes_inside_the_image(write, tmp_path, monkeypatch):
    monkeypatch.setattr(detector, 'BOX_THRESHOLD', 0.0)
    found = Detector.load(write(tmp_path), 'cpu').find(RGB, ['red mug', 'bottle'])
    assert list(found) == ['red mug', 'bottle'] and all(found.values())
    for boxes in found.values():
        assert all(0 <= x0 <= x1 <= 120 and 0 <= y0 <= y1 <= 96 for (x0, y0, x1, y1), _ in boxes)
        scores = [score for _, score in boxes]
        assert scores == sorted(scores, reverse=True)


def test_boxes_of_all_phrases_are_cut_together(folder):
    calls = []

    class _Cutter(BoxCutter):
        def cut(self, encoded, boxes):
            calls.append(len(boxes))
            return super().cut(encoded, boxes)
    cutter = _Cutter.load(folder, 'cpu', 'float32')
    cutter.__class__ = _Cutter
    proposer = BoxedProposer(cutter, lambda rgb, nouns: {
        'mug': [((10, 10, 50, 50), 0.6), ((60, 10, 90, 50), 0.9)], 'pen': [((1, 1, 9, 9), 0.5)]})
    found = proposer.propose(proposer.encode(Frame(RGB)), ['mug', 'pen', 'bowl'])
    assert calls == [3]
    assert [p.presence for p in found['mug']] == [0.9, 0.6] and found['bowl'] == ()


def test_the_engine_serves_rounds_from_a_folder(folder):
    engine = registry.load('grounded', str(folder), 'cpu', 'float32', 'resolver=rules')
    assert engine.facts.name == 'grounded' and engine.facts.licence == 'for tests and unknown'
    session = Session(engine, private_book(8))
    reply = session.ask('d', 'the red mug', Frame(RGB))
    assert reply.status in (Status.OK, Status.NOTHING_FOUND, Status.AMBIGUOUS)


def refused(checkpoint: Path, options: str = '', *words: str,
            kind: type[Exception] = BadCheckpoint) -> None:
    """Check the one line with which the engine does not load."""
    with pytest.raises(kind) as raised:
        registry.load('grounded', str(checkpoint), 'cpu', 'float32', options)
    message = str(raised.value)
    assert '\n' not in message and all(word in message for word in words), message


def test_folders_that_cannot_serve_are_one_line(folder, tmp_path):
    refused(tmp_path, '', 'holds no model that cuts masks', 'reasonseg pull grounded-sam2')
    refused(tmp_path / 'none', '', 'none')
    refused(folder / 'detector', '', '"grounding-dino"', 'sam3, ')
    alone = tiny_transformers.sam2(tmp_path / 'alone')
    refused(alone, '', 'there is no detector', 'detector=FOLDER')
    refused(alone, f'detector={folder}', 'model of type "sam2", expected one of grounding-dino')
    weights = alone / 'model.safetensors'
    weights.write_bytes(weights.read_bytes()[:1000])
    refused(alone, f'detector={folder / "detector"}', 'download it again')


@pytest.mark.parametrize(('options', 'words'), [
    ('colour=red', 'options are resolver=..., resolver_url=...'),
    ('resolver', 'option "resolver" of engine "grounded" is unknown'),
    ('resolver=magic', 'choose one of rules, server, local'),
    ('resolver=server', 'needs resolver_url'), ('resolver=local', 'needs resolver_path'),
    ('resolver=rules resolver_url=http://x/v1', 'but the resolver is "rules"'),
    ('resolver_url=x/v1', 'expected http://HOST:PORT/v1'),
    ('detector=resolver', 'needs a resolver that is shown the image'),
    ('detector=somewhere', "the package's own network cuts")])
def test_options_that_make_no_sense_are_one_line(options, words):
    with pytest.raises(BadRequest) as raised:
        registry.load('grounded', '', 'cpu', 'auto', options)
    assert words in str(raised.value) and '\n' not in str(raised.value)


def test_a_resolver_of_a_folder_that_has_none_is_one_line(tmp_path):
    refused(registry.embedded_checkpoint(), f'resolver_path={tmp_path}', 'has no config.json')


def test_sam_3_finds_many_phrases_on_one_encoding(tmp_path, monkeypatch):
    monkeypatch.setattr(networks, 'LEAST', 0.0)
    monkeypatch.setattr(networks, 'BATCH', 2)
    sam = Sam3.load(tiny_transformers.sam3(tmp_path), 'cpu', 'float32')
    encoded = sam.encode(Frame(RGB))
    together = sam.propose(encoded, ['mug', 'red bottle', 'handle'])
    assert {noun: len(found) for noun, found in together.items()} == {
        'mug': 5, 'red bottle': 5, 'handle': 5}
    assert {p.mask.shape for found in together.values() for p in found} == {(96, 120)}
    alone = sam.propose(encoded, ['handle'])['handle']
    assert np.allclose([p.presence for p in alone], [p.presence for p in together['handle']],
                       atol=1e-5)


def test_sam_3_computes_in_bfloat16_by_autocast_only(tmp_path):
    sam = Sam3.load(tiny_transformers.sam3(tmp_path), 'cpu', 'bfloat16')
    assert {p.dtype for p in sam._model.parameters()} == {networks.torch.float32}
    assert sam.facts.dtype == 'bfloat16'
    sam.propose(sam.encode(Frame(RGB)), ['mug'])


@pytest.mark.parametrize('dtype', ['float32', 'bfloat16'])
def test_sam_3_cuts_the_boxes_of_a_detector(dtype, tmp_path, monkeypatch):
    monkeypatch.setattr(networks, 'LEAST', 0.0)
    monkeypatch.setattr(detector, 'BOX_THRESHOLD', 0.0)
    ops = SimpleNamespace(roi_align=tiny_transformers.roi_align)
    vision = SimpleNamespace(ops=ops, __spec__=None)
    monkeypatch.setitem(sys.modules, 'torchvision', vision)
    monkeypatch.setattr(importlib.import_module('transformers.models.sam3.modeling_sam3'),
                        'torchvision', vision, raising=False)
    tiny_transformers.sam3(tmp_path)
    tiny_transformers.mm_grounding_dino(tmp_path / 'detector')
    segmenter = registry.load('grounded', str(tmp_path), 'cpu', dtype,
                              f'detector={tmp_path / "detector"}').segmenter
    found = segmenter.proposer.propose(segmenter.proposer.encode(Frame(RGB)), ['mug', 'bottle'])
    assert {len(proposals) for proposals in found.values()} == {10}
    masks = [p.mask for proposals in found.values() for p in proposals]
    assert {m.shape for m in masks} == {(96, 120)} and any(m.any() for m in masks)


def test_edgetam_cuts_boxes(tmp_path):
    pytest.importorskip('timm')
    cutter = BoxCutter.load(tiny_transformers.edgetam(tmp_path), 'cpu', 'float32')
    cut = cutter.cut(cutter.encode(Frame(RGB)), [(10, 10, 60, 50), (30, 20, 110, 90)])
    assert [mask.shape for mask, _ in cut] == [(96, 120)] * 2
    assert all(0 <= quality <= 1 for _, quality in cut)


def test_boxes_for_sam_3_without_torchvision_say_what_is_missing(tmp_path, monkeypatch):
    monkeypatch.setitem(networks.importlib.import_module('sys').modules, 'torchvision', None)
    refused(tiny_transformers.sam3(tmp_path), 'detector=anywhere',
            'needs torchvision for boxes, which is missing', kind=BadRequest)


def test_an_old_transformers_is_named(tmp_path, monkeypatch):
    (tmp_path / 'config.json').write_text('{"model_type": "sam2"}')
    monkeypatch.setattr(networks.importlib.import_module('transformers'), '__version__', '5.9.0')
    refused(tmp_path, '', 'needs transformers 5.10.2 or newer, found 5.9.0', kind=BadRequest)
