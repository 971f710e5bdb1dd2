# SPDX-License-Identifier: Apache-2.0
"""The worked example of docs/evaluation.md does what the page says, with the real model."""

import re
import shlex
from pathlib import Path

import pytest

pytest.importorskip('rosbags')
pytest.importorskip('torch')

from support.bags_made import REAL

from reasonseg_ros.cli import main as cli
from reasonseg_ros.evaluation.records import load

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / 'docs' / 'evaluation.md').read_text()


def test_the_example_on_the_page_runs(tmp_path, monkeypatch, capsys):
    text, = re.findall(r'```yaml\n(.*?)```', PAGE, re.DOTALL)
    (tmp_path / 'laptop.yaml').write_text(text)
    command, = re.findall(r'^    \$ reasonseg (replay .*)$', PAGE, re.MULTILINE)
    arguments = [str(REAL) if word.startswith('test/') else word for word in shlex.split(command)]
    monkeypatch.chdir(tmp_path)
    assert cli.main(arguments) == 0
    whole, screen, apple, nothing = load(tmp_path / 'out' / 'laptop' / 'results.json').rounds
    assert [r.status for r in (whole, screen, apple, nothing)] == ['OK', 'OK', 'OK',
                                                                   'NOTHING_FOUND']
    assert whole.targets[0].iou > 0.8
    assert (screen.instruction, screen.references_right) == ('the screen of instance 1', True)
    assert (screen.targets[0].sort, screen.tags) == ('part', ('kind:part',))
    assert screen.targets[0].iou > 0.6
    assert apple.targets[0].box_iou > 0.7
    assert 'rounds ended as expected' in capsys.readouterr().out


def test_every_option_on_the_page_exists(capsys):
    said = set(re.findall(r'--[a-z][a-z-]+', PAGE))
    known = set()
    for verb in ('replay', 'record', 'bench', 'label', 'sim', 'eval frames', 'eval moving'):
        with pytest.raises(SystemExit):
            cli.main([*verb.split(), '--help'])
        known |= set(re.findall(r'--[a-z][a-z-]+', capsys.readouterr().out))
    assert said <= known
