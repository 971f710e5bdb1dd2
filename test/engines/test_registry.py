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
    with pytest.raises(BadRequest, match='choose one of: tabletop, household, lisa, '
                                          'm2sa, llmseg, segllm'):
        registry.load('sam')
