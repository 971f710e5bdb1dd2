# SPDX-License-Identifier: Apache-2.0
"""`reasonseg report` writes the report of one run or of two, and refuses what is no run."""

from dataclasses import replace

import pytest
from support.runs import made_up

from reasonseg_ros.cli import main as cli
from reasonseg_ros.evaluation.records import save


@pytest.fixture
def runs(tmp_path):
    paths = tmp_path / 'a.json', tmp_path / 'b.json'
    save(made_up(), paths[0])
    save(made_up(level=0.6), paths[1])
    return [str(path) for path in paths]


def test_one_run_gives_a_page_markdown_and_tables(runs, tmp_path, capsys) -> None:
    assert cli.main(['report', runs[0], '--out', str(tmp_path / 'out')]) == 0
    assert {path.name for path in (tmp_path / 'out').iterdir()} == {
        'report.html', 'report.md', 'figures.csv', 'rounds.csv'}
    said = capsys.readouterr().out
    assert said.startswith('Predicted history, free answers') and 'gIoU per target' in said


def test_the_folder_of_a_run_stands_for_its_results(tmp_path, capsys) -> None:
    save(made_up(), tmp_path / 'results.json')
    assert cli.main(['report', str(tmp_path), '--out', str(tmp_path / 'out')]) == 0
    assert (tmp_path / 'out' / 'report.html').exists()


def test_two_runs_are_compared(runs, tmp_path, capsys) -> None:
    assert cli.main(['report', *runs, '--out', str(tmp_path / 'out')]) == 0
    said = capsys.readouterr().out
    line = next(line for line in said.splitlines() if line.startswith('gIoU per target'))
    assert line.endswith('worse')


def test_a_file_that_is_no_run_is_one_line_and_exit_code_2(runs, tmp_path, capsys) -> None:
    (tmp_path / 'x.json').write_text('{}')
    assert cli.main(['report', str(tmp_path / 'x.json')]) == 2
    assert cli.main(['report', runs[0], str(tmp_path / 'none.json')]) == 2
    first, second = capsys.readouterr().err.splitlines()
    assert 'x.json is not a record of a run' in first
    assert 'none.json does not exist; give the results.json of a run' in second


def test_runs_over_other_dialogues_are_refused(runs, tmp_path, capsys) -> None:
    other = made_up(dialogues=1)
    renamed = tuple(replace(r, dialogue='z') for r in other.rounds)
    save(replace(other, rounds=renamed), tmp_path / 'z.json')
    assert cli.main(['report', runs[0], str(tmp_path / 'z.json'), '--out', str(tmp_path)]) == 2
    assert 'no round in common' in capsys.readouterr().err
