# SPDX-License-Identifier: Apache-2.0
"""A checkpoint of one engine that is given to another names both, converted or as published."""

import shutil
from pathlib import Path

import pytest

pytest.importorskip('transformers')
pytest.importorskip('sentencepiece')

from support import published, published_llmseg, published_segllm

from reasonseg_ros.cli import main as cli
from reasonseg_ros.core.errors import BadCheckpoint
from reasonseg_ros.engines import registry
from reasonseg_ros.engines.weights import published as recognition

MAKERS = {'lisa': lambda folder: published.publish(folder, 'lisa'), 'm2sa': published.publish,
          'llmseg': published_llmseg.publish, 'segllm': published_segllm.publish}
GIVEN = [('tabletop', 'file'), *((name, form) for name in MAKERS
                                 for form in ('published', 'converted'))]


@pytest.fixture(scope='module')
def folder(tmp_path_factory) -> Path:
    """Folder with a published and a converted checkpoint of each engine, and tabletop's file."""
    made = tmp_path_factory.mktemp('checkpoints')
    shutil.copyfile(registry.embedded_checkpoint('tabletop'), made / 'tabletop-file')
    for name, publish in MAKERS.items():
        source = publish(made / f'{name}-published')
        assert cli.main(['convert', name, str(source), str(made / f'{name}-converted')]) == 0
    return made


@pytest.mark.parametrize(('name', 'form'), GIVEN)
def test_loading_names_both_engines_in_one_line(folder, name, form) -> None:
    path = folder / f'{name}-{form}'
    assert recognition.engine_of(path) == name
    for expected in {*registry.ENGINES} - {name}:
        with pytest.raises(BadCheckpoint) as told:
            registry.load(expected, str(path), 'cpu')
        assert f'is for engine "{name}", expected "{expected}"; ' in str(told.value)
        assert '\n' not in str(told.value)


@pytest.mark.parametrize(('name', 'form'), GIVEN)
def test_converting_names_both_engines_in_one_line(folder, name, form, capsys) -> None:
    for expected in {*MAKERS} - {name}:
        assert cli.main(['convert', expected, str(folder / f'{name}-{form}'),
                         str(folder / 'never')]) == 1
        told = capsys.readouterr().err
        assert f'engine "{name}"' in told and f'"{expected}"' in told and told.count('\n') == 1
    assert not (folder / 'never').exists()


@pytest.mark.parametrize('name', MAKERS)
def test_a_published_checkpoint_says_how_it_is_converted(folder, name) -> None:
    with pytest.raises(BadCheckpoint, match=f'not a converted folder.* convert {name} SOURCE'):
        registry.load(name, str(folder / f'{name}-published'), 'cpu')
    other = next(n for n in MAKERS if n != name)
    with pytest.raises(BadCheckpoint, match=f'with "reasonseg convert {name} .*published FOLDER"'):
        registry.load(other, str(folder / f'{name}-published'), 'cpu')


def test_one_file_of_a_published_checkpoint_is_known_as_well(folder) -> None:
    file = folder / 'm2sa-published' / 'weights.safetensors'
    for expected in ('tabletop', 'lisa'):
        with pytest.raises(BadCheckpoint, match=f'for engine "m2sa", expected "{expected}"'):
            registry.load(expected, str(file), 'cpu')
