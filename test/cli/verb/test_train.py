# SPDX-License-Identifier: Apache-2.0
"""`reasonseg train`: what it refuses in one line."""

import argparse
from dataclasses import dataclass

import pytest
import torch

from reasonseg_ros.core.errors import BadRequest, ReasonSegError

try:
    from reasonseg_ros.cli.verb import train
except ReasonSegError as error:  # no off-screen OpenGL
    pytest.skip(str(error), allow_module_level=True)
from reasonseg_ros.training import run as training
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
