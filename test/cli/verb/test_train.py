# SPDX-License-Identifier: Apache-2.0
"""`reasonseg train`: what it refuses in one line."""

import argparse
from dataclasses import dataclass

import pytest
import torch
from support.household_scenes import edited, write_scenes

from reasonseg_ros.cli.main import main
from reasonseg_ros.core.errors import BadRequest, ReasonSegError

try:
    from reasonseg_ros.cli.verb import train
except ReasonSegError as error:  # no off-screen OpenGL
    pytest.skip(str(error), allow_module_level=True)
from reasonseg_ros.training import run as training
from reasonseg_ros.training.household.scenes import scene_file
from reasonseg_ros.training.loop import prepare
from reasonseg_ros.training.plan import HouseholdRecipe
from reasonseg_ros.training.scene_dataset import DatasetPlan


@dataclass
class Folder:
    """A set of scenes that is only asked for its plan."""

    plan: DatasetPlan


@pytest.fixture(autouse=True)
def folders(monkeypatch):
    """Folders are named after the split that they hold."""
    monkeypatch.setattr(training, 'open_scenes',
                        lambda path: Folder(DatasetPlan(2, path.name, 0, 9)))


def parsed(*options, data='train', val='val', out='run') -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    train.add_arguments(parser)
    return parser.parse_args(['tabletop', '--data', data, '--val', val, '--out', out, *options])


@pytest.mark.parametrize('options, text', [
    (['--processes', '0'], '--processes is 0; expected at least 1'),
    (['--steps', '0'], '--steps is 0; expected at least 1'),
    (['--eval-every', '0'], '--eval-every is 0; expected at least 1'),
    (['--batch', '3', '--processes', '2'], 'cannot be shared by 2 processes; use a multiple'),
    (['--device', 'cuda'], 'device "cuda" is not there: torch sees 0 CUDA devices'),
    (['--device', 'abacus'], 'device "abacus" is unknown; use auto')])
def test_an_impossible_option_is_refused(monkeypatch, options, text):
    monkeypatch.setattr(torch.cuda, 'device_count', lambda: 0)
    with pytest.raises(BadRequest, match=text):
        train.main(parsed(*options))


@pytest.mark.parametrize('data, val, text', [
    ('test', 'val', '--data test holds test scenes; expected train scenes'),
    ('train', 'train', '--val train holds train scenes; expected scenes that training')])
def test_folders_of_the_wrong_split_are_refused(data, val, text):
    with pytest.raises(BadRequest, match=text):
        train.main(parsed(data=data, val=val))


def household(capsys, *options) -> str:
    """The one line with which a training of engine household is refused."""
    assert main(['train', 'household', *map(str, options)]) != 0
    error = capsys.readouterr().err
    assert error.count('\n') == 1
    return error


def test_a_folder_without_household_scenes_is_refused(capsys, tmp_path):
    write_scenes(tmp_path / 'val', 900_000)
    (tmp_path / 'empty').mkdir()
    assert household(capsys, '--data', tmp_path / 'empty', '--val', tmp_path / 'val', '--out',
                     tmp_path / 'run') == (
        f'reasonseg train: {tmp_path / "empty"} holds no scenes of the household; expected scenes '
        'of one split: make them with "reasonseg data household"\n')


def test_household_folders_of_the_wrong_split_are_refused(capsys, tmp_path):
    write_scenes(tmp_path / 'val', 900_000)
    assert f'--data {tmp_path / "val"} holds val scenes; expected train scenes' in household(
        capsys, '--data', tmp_path / 'val', '--val', tmp_path / 'val', '--out', tmp_path / 'run')


def test_a_household_run_with_another_recipe_is_refused(capsys, tmp_path):
    write_scenes(tmp_path / 'train', 0)
    write_scenes(tmp_path / 'val', 900_000)
    prepare(tmp_path / 'run', HouseholdRecipe(dtype='float32'))
    assert 'was started with another recipe' in household(
        capsys, '--data', tmp_path / 'train', '--val', tmp_path / 'val', '--out',
        tmp_path / 'run', '--steps', 7)


@pytest.mark.parametrize('world', ['household', 'tabletop'])
def test_scenes_of_another_version_are_refused_before_there_is_a_run(capsys, tmp_path, world):
    write_scenes(tmp_path / 'train', 0, tabletop=(0,))
    write_scenes(tmp_path / 'val', 900_000)
    edited(scene_file(tmp_path / 'train', world, 0), version=99)
    assert 'is of version 99; expected' in household(
        capsys, '--data', tmp_path / 'train', '--val', tmp_path / 'val', '--out', tmp_path / 'run')
    assert not (tmp_path / 'run').exists()


def test_a_start_that_is_not_there_is_refused_before_there_is_a_run(capsys, tmp_path):
    write_scenes(tmp_path / 'train', 0)
    write_scenes(tmp_path / 'val', 900_000)
    assert str(tmp_path / 'none') in household(
        capsys, '--data', tmp_path / 'train', '--val', tmp_path / 'val', '--out',
        tmp_path / 'run', '--start', tmp_path / 'none')
    assert not (tmp_path / 'run').exists()


@pytest.mark.parametrize('option, value, text', [
    ('--tabletop-weight', -1, '--tabletop-weight is -1.0; expected at least 0'),
    ('--steps', 0, '--steps is 0; expected at least 1')])
def test_an_impossible_household_option_is_refused(capsys, tmp_path, option, value, text):
    assert text in household(capsys, '--data', 'train', '--val', 'val', '--out', tmp_path / 'run',
                             option, value)
