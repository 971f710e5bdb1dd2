# SPDX-License-Identifier: Apache-2.0
"""`reasonseg data`: what it makes for engine household, and what it refuses in one line."""

import sys

import cv2
import pytest
from support.household_scenes import maps, write_scenes

from reasonseg_ros.cli.main import main
from reasonseg_ros.training.household import scenes as module


@pytest.fixture
def boxes(monkeypatch):
    """Render boxes instead of scenes."""
    monkeypatch.setattr(module, 'draw', lambda world, seed: maps(seed, world == 'household'))


def data(capsys, *options) -> tuple[int, str, str]:
    status = main(['data', *map(str, options)])
    written = capsys.readouterr()
    return status, written.out, written.err


def test_one_folder_gets_scenes_of_both_worlds_and_a_sheet(boxes, capsys, tmp_path):
    out, sheet = tmp_path / 'train', tmp_path / 'sheet.png'
    options = 'household', '--out', out, '--processes', 1
    assert data(capsys, *options, '--count', 2)[:2] == (0, f'2 train scenes in {out}\n')
    status, said, _ = data(capsys, *options, '--count', 1, '--world', 'tabletop', '--sheet', sheet)
    assert (status, said) == (0, f'sheet of scenes: {sheet}\n1 train scenes in {out}\n')
    assert sorted(file.name for file in out.iterdir()) == [
        '000000.npz', '000001.npz', 'tabletop-000000.npz']
    assert cv2.imread(str(sheet)).shape == (3 * 248 + 8, 4 * 328 + 8, 3)


def test_without_the_rays_one_line_says_what_to_install(monkeypatch, capsys, tmp_path):
    monkeypatch.setitem(sys.modules, 'embreex', None)
    status, said, error = data(capsys, 'household', '--out', tmp_path / 'new', '--count', 1,
                               '--processes', 1)
    assert (status, said) == (1, '')
    assert error.splitlines()[-1] == (
        'reasonseg data: the Python module "embreex" is missing; '
        'pip install "reasonseg_ros[household]"')
    assert list((tmp_path / 'new').iterdir()) == []


def test_a_folder_of_another_split_is_refused(capsys, tmp_path):
    write_scenes(tmp_path, 900_000)
    status, _, error = data(capsys, 'household', '--out', tmp_path, '--count', 1)
    assert status != 0
    assert error == (f'reasonseg data: {tmp_path} holds val scenes; expected train scenes: choose '
                     'another folder\n')


@pytest.mark.parametrize('options', [('--world', 'household'), ('--sheet', 'a.png')])
def test_what_only_engine_household_has_is_refused_for_others(capsys, tmp_path, options):
    status, _, error = data(capsys, 'tabletop', '--out', tmp_path / 'new', *options)
    assert status != 0 and error.count('\n') == 1
    assert 'use "reasonseg data household"' in error and not (tmp_path / 'new').exists()
