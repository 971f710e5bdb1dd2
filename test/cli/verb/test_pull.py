# SPDX-License-Identifier: Apache-2.0
"""`reasonseg pull`: from nothing to a served checkpoint, from a hub on this computer."""

from pathlib import Path

import pytest

pytest.importorskip('transformers')
pytest.importorskip('sentencepiece')

from support import published
from support.local_hub import hub

from reasonseg_ros.cli import main as cli
from reasonseg_ros.engines import registry
from reasonseg_ros.engines.weights import offers


def repository(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder by their paths."""
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob('*')
            if file.is_file()}


@pytest.fixture
def server(tmp_path, monkeypatch):
    """Yield a hub that has a tiny LISA, as LISA 7B is published, with its CLIP."""
    source = published.publish(tmp_path / 'published', 'lisa', 'Sure, [SEG].')
    files = repository(source)
    clip = {name: data for name, data in files.items() if name.startswith('clip_')}
    monkeypatch.setenv('REASONSEG_MODELS', str(tmp_path / 'models'))
    monkeypatch.delenv('HF_TOKEN', raising=False)
    monkeypatch.setitem(offers.OFFERS, 'lisa-7b', offers.Offer(
        'lisa', 'tiny', (offers.WeightSource('xinlai/LISA-7B-v1', patterns=offers.PUBLISHED,
                                             folder='source', size=1),), 'for tests',
        'https://licence', convert={}, source='source'))
    assert clip
    with hub({'xinlai/LISA-7B-v1': files}) as running:
        yield running


def test_one_command_leads_to_a_checkpoint_that_loads_and_works_offline(server, tmp_path, capsys):
    asked = ['pull', 'lisa-7b', '--mirror', server.url, '--accept-licence']
    assert cli.main(asked) == 0
    said = capsys.readouterr().out
    assert 'licence of the weights: for tests (https://licence)' in said
    assert 'not pinned: xinlai/LISA-7B-v1' in said
    made = tmp_path / 'models/lisa-7b'
    assert f'{made}\n  engine   lisa' in said
    assert registry.load('lisa', str(made), 'cpu').facts.licence == 'for tests'
    assert not made.with_name('lisa-7b.source').exists()
    before = len(server.requests)
    assert cli.main(['pull', 'lisa-7b']) == 0
    assert 'is complete; nothing was fetched' in capsys.readouterr().out
    assert len(server.requests) == before


def test_a_licence_that_is_not_accepted_fetches_nothing(server, tmp_path, capsys):
    assert cli.main(['pull', 'lisa-7b', '--mirror', server.url]) == 2
    assert capsys.readouterr().err == (
        'reasonseg pull: the licence of "lisa-7b" (for tests) is not accepted; read it at '
        'https://licence and give --accept-licence\n')
    assert server.requests == [] and not (tmp_path / 'models').exists()


def test_a_dry_run_lists_files_and_sizes(server, tmp_path, capsys):
    assert cli.main(['pull', 'lisa-7b', '--mirror', server.url, '--dry-run']) == 0
    said = capsys.readouterr().out
    assert 'source/config.json' in said and 'nothing was fetched' in said
    assert not (tmp_path / 'models').exists()


def test_a_name_that_is_unknown_is_told_which_there_are(capsys):
    assert cli.main(['pull', 'sam9']) == 2
    assert 'choose one of grounded-sam2, ' in capsys.readouterr().err
    assert cli.main(['pull']) == 0
    assert 'grounded-sam3' in capsys.readouterr().out
