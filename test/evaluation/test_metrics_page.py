# SPDX-License-Identifier: Apache-2.0
"""The page about figures names every figure, and its program does what it says."""

import re
from pathlib import Path

from support.runs import made_up

from reasonseg_ros.evaluation.figures import FIGURES
from reasonseg_ros.evaluation.records import save

PAGE = (Path(__file__).resolve().parents[2] / 'docs' / 'metrics.md').read_text()


def test_the_page_defines_every_figure_by_name_and_title() -> None:
    rows = [line.split('|')[1:3] for line in PAGE.splitlines() if line.startswith('| `')]
    defined = [pair for names, titles in rows
               for pair in zip(re.findall(r'`(\w+)`', names), titles.strip().split(', '))]
    assert set(defined) == {(figure.name, figure.title) for figure in FIGURES}


def test_the_program_of_the_page_runs(tmp_path, monkeypatch, capsys) -> None:
    (tmp_path / 'out' / 'first').mkdir(parents=True)
    save(made_up(), tmp_path / 'out' / 'first' / 'results.json')
    monkeypatch.chdir(tmp_path)
    exec(re.search(r'```python\n(.*?)```', PAGE, re.DOTALL)[1], {})
    assert capsys.readouterr().out.startswith('gIoU per target 0.')
