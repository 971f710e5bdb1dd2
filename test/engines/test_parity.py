# SPDX-License-Identifier: Apache-2.0
"""Engines for public models give the numbers of the public code, and a difference is noticed."""

import shutil

import pytest

pytest.importorskip('transformers')
pytest.importorskip('sentencepiece')

import parity  # noqa: E402
from golden import each_folder  # noqa: E402
from safetensors.torch import load_file  # noqa: E402
from safetensors.torch import save_file  # noqa: E402


@each_folder('lisa', 'm2sa', 'llmseg', 'segllm')
def test_all_golden_numbers_are_reproduced(folder) -> None:
    table, _ = parity.run(folder.name, folder)
    assert len(table.rows) > 60
    assert table.wrong == 0, table.text()


@each_folder('m2sa')
def test_a_number_that_differs_is_marked_and_fails(folder, tmp_path, monkeypatch, capsys) -> None:
    copy = shutil.copytree(folder, tmp_path / 'm2sa', copy_function=shutil.copyfile)
    copy.chmod(0o755)
    golden = load_file(folder / 'vectors.safetensors')
    golden['single0.pred_embeddings'] = golden['single0.pred_embeddings'] + 1e-3
    (copy / 'vectors.safetensors').unlink()
    save_file(golden, copy / 'vectors.safetensors')
    monkeypatch.setattr('sys.argv', ['parity', 'm2sa', str(copy)])
    assert parity.main() == 1
    told = capsys.readouterr().out
    assert '| single0: prompts | 1.0e-03 | 2e-04 | WRONG' in told
    assert told.endswith('1 wrong\n')
