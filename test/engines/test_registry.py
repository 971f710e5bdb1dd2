# SPDX-License-Identifier: Apache-2.0
"""An engine whose Python modules are missing or too old says so in one line."""

import sys
import types

import pytest

from reasonseg_ros.core.errors import BadRequest
from reasonseg_ros.engines import registry


def test_a_missing_module_is_named_with_the_way_to_get_it(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, 'transformers', None)
    with pytest.raises(BadRequest, match=r'module "transformers", which is missing; pip install '
                                         r'"reasonseg_ros\[engines\]"'):
        registry.load('lisa', 'anywhere', 'cpu')


def test_an_old_version_is_named(monkeypatch) -> None:
    old = types.ModuleType('transformers')
    old.__version__ = '4.46.1'
    monkeypatch.setitem(sys.modules, 'transformers', old)
    with pytest.raises(BadRequest, match='needs transformers 5 or newer, found 4.46.1'):
        registry.load('m2sa', 'anywhere', 'cpu')


def test_an_unknown_engine_is_told_which_there_are() -> None:
    with pytest.raises(BadRequest, match='choose one of: tabletop, household, grounded, '
                                          'lisa, m2sa, llmseg, segllm'):
        registry.load('sam')


def test_auto_takes_the_embedded_model_where_there_is_no_cuda_and_says_so(
        monkeypatch, tmp_path, caplog) -> None:
    monkeypatch.setenv('REASONSEG_MODELS', str(tmp_path))
    assert registry.load('auto', device='cpu').facts.name == registry.DEFAULT
    assert 'engine auto: household, since on "cpu" the embedded model is the quick one' in (
        caplog.text)
    with pytest.raises(BadRequest, match='"auto" chooses its checkpoint itself'):
        registry.load('auto', 'some.safetensors', 'cpu')


@pytest.mark.parametrize(('free', 'engine', 'why'), [
    (24e9, 'grounded', 'grounded-sam3 is pulled, needs 5.1 GB and 24.0 GB are free'),
    (2e9, 'grounded', 'grounded-sam2 is pulled, needs 1.2 GB and 2.0 GB are free'),
    (1e9, 'household', 'grounded-sam3, grounded-sam2 need more than the 1.0 GB that are free')])
def test_auto_takes_the_best_of_what_is_pulled_that_fits(
        monkeypatch, tmp_path, free, engine, why) -> None:
    import torch

    from reasonseg_ros.engines import auto
    monkeypatch.setenv('REASONSEG_MODELS', str(tmp_path))
    monkeypatch.setattr(auto, 'find_device', lambda name: torch.device('cuda'))
    monkeypatch.setattr(auto, 'available_memory', lambda device: int(free))
    for name in ('grounded-sam2', 'grounded-sam3'):
        (tmp_path / name).mkdir()
        (tmp_path / name / 'pulled.json').write_text('{"files": {}, "sources": []}')
    chosen = auto.select('auto', 'household')
    assert (chosen.engine, chosen.why) == (engine, why)
