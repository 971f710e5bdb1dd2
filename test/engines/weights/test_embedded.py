# SPDX-License-Identifier: Apache-2.0
"""A checkpoint is read whole or refused with one sentence that says what to do."""

import pickle
from pathlib import Path

import pytest
import torch
from support import tiny

from reasonseg_ros.core.errors import BadCheckpoint, BadRequest
from reasonseg_ros.engines.registry import load
from reasonseg_ros.engines.tabletop.engine import Tabletop
from reasonseg_ros.engines.weights import embedded


@pytest.fixture
def path(tmp_path: Path) -> Path:
    model = tiny.model()
    file = tmp_path / 'model.safetensors'
    embedded.write(file, 'tabletop', model.config.to_json(), {'seed': 0}, model.state_dict())
    return file


def test_what_was_written_is_read(path: Path) -> None:
    engine = Tabletop.load(path, 'cpu')
    expected = tiny.model()
    assert engine.model.config == expected.config
    assert all(torch.equal(a, b) for a, b in zip(engine.model.parameters(),
                                                 expected.parameters()))
    assert len(engine.facts.weights) == 12
    assert embedded.read(path, 'tabletop').card == {'seed': 0}


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadCheckpoint, match='none.safetensors" does not exist; pass checkpoint'):
        load('tabletop', str(tmp_path / 'none.safetensors'))


def test_a_truncated_file_is_refused(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(BadCheckpoint, match='damaged or truncated'):
        load('tabletop', str(path))


def test_a_file_of_another_engine_is_refused(tmp_path: Path) -> None:
    path = tmp_path / 'other.safetensors'
    embedded.write(path, 'segllm', {}, {}, {'x': torch.zeros(1)})
    with pytest.raises(BadCheckpoint, match='for engine "segllm", expected "tabletop"'):
        load('tabletop', str(path))


@pytest.mark.parametrize('dump', [
    lambda path: path.write_bytes(pickle.dumps({'a': 1})),
    lambda path: torch.save({'a': torch.zeros(1)}, path)], ids=['pickle', 'torch.save'])
def test_a_pickle_is_refused_without_being_opened(tmp_path: Path, dump) -> None:
    path = tmp_path / 'model.safetensors'
    dump(path)
    with pytest.raises(BadCheckpoint, match='is a pickle, which could run code'):
        load('tabletop', str(path))


def test_weights_of_another_shape_are_refused(tmp_path: Path) -> None:
    path = tmp_path / 'model.safetensors'
    embedded.write(path, 'tabletop', tiny.config(dim=96).to_json(), {},
                   tiny.model().state_dict())
    with pytest.raises(BadCheckpoint, match='does not fit this version'):
        load('tabletop', str(path))


@pytest.mark.parametrize('arguments, message', [
    (('gpt', '', 'cpu'), 'engine "gpt" is unknown; choose one of: tabletop'),
    (('tabletop', '', 'gpu7'), 'device "gpu7" is unknown'),
    (('tabletop', '', 'cuda:99'), 'device "cuda:99" is not there'),
    (('tabletop', '', 'cpu', 'int3'), 'dtype "int3" is unknown; use auto')])
def test_unknown_choices_name_the_known_ones(arguments: tuple, message: str) -> None:
    with pytest.raises(BadRequest, match=message):
        load(*arguments)
