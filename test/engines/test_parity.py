# SPDX-License-Identifier: Apache-2.0
"""Engines for public models give the numbers of the public code, and a difference is noticed."""

import shutil

import pytest

pytest.importorskip('transformers')
pytest.importorskip('sentencepiece')

import numpy as np
import parity
import torch
from safetensors.torch import load_file, save_file
from support import golden as folders
from support.comparison import Table
from support.golden import each_folder


@each_folder('lisa', 'm2sa', 'llmseg', 'segllm')
def test_all_golden_numbers_are_reproduced(folder) -> None:
    table, _ = parity.run(folder.name, folder)
    assert len(table.rows) > 50
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


@each_folder('llmseg')
def test_regions_of_another_size_than_their_image_and_missing_files_are_no_error(folder, tmp_path
                                                                               ) -> None:
    copy = shutil.copytree(folder, tmp_path / 'llmseg', copy_function=shutil.copyfile)
    copy.chmod(0o755)
    for name in ('fusion_fullsize.safetensors', 'released_key_shapes.json', 'val_v0.json',
                 'train_t0.json'):
        (copy / name).unlink()
    golden = load_file(copy / 'inputs.safetensors')
    doubled = {'val.image_rgb': (0, 1), 'val.gt_mask': (1, 2), 'train.image0_rgb': (0, 1),
               'train.gt_masks.0': (1, 2)}
    for name, axes in doubled.items():
        for axis in axes:
            golden[name] = golden[name].repeat_interleave(2, axis)
    (copy / 'inputs.safetensors').unlink()
    save_file({name: tensor.contiguous() for name, tensor in golden.items()},
              copy / 'inputs.safetensors')
    table, _ = parity.run('llmseg', copy)
    assert table.lacking == ['val: words of the request', 'full size']
    errors = {name: error for name, error, _ in table.rows}
    assert errors['train: IoU of regions, image 0'] < 1e-6
    assert errors['val: order of the regions'] == 0


def test_without_whole_folders_small_copies_serve(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv('REASONSEG_GOLDEN', str(tmp_path))
    assert folders.folder('m2sa') == folders.SMALL / 'm2sa'
    assert folders.folder('lisa') is None
    (tmp_path / 'm2sa').mkdir()
    assert folders.folder('m2sa') == tmp_path / 'm2sa'


@each_folder('m2sa', 'segllm')
def test_a_small_copy_holds_numbers_of_the_whole_folder(folder) -> None:
    def tensors(path) -> dict:
        if path.suffix == '.npz':
            with np.load(path) as file:
                return {name: torch.from_numpy(file[name]) for name in file.files}
        return load_file(path)
    for path in (folders.SMALL / folder.name).iterdir():
        whole = folder / path.name
        if path.suffix not in ('.npz', '.safetensors'):
            assert path.read_bytes() == whole.read_bytes()
            continue
        held, all_of_it = tensors(path), tensors(whole)
        assert all(torch.equal(tensor, all_of_it[name]) for name, tensor in held.items())


def test_what_a_folder_lacks_is_told_and_not_wrong() -> None:
    table = Table()
    table.tensor('states', torch.zeros(2), None)
    table.masks('masks', torch.zeros(1, 2, 2), None)
    assert (table.lacking, table.rows, table.wrong) == (['states', 'masks'], [], 0)
