# SPDX-License-Identifier: Apache-2.0
"""docs/datasets.md says what the code does, and its worked example runs."""

import re
import shlex
from pathlib import Path

import yaml
from support import benchmark_files as files

from reasonseg_ros.benchmarks.catalogue import BENCHMARKS
from reasonseg_ros.benchmarks.places import SECTIONS
from reasonseg_ros.cli import main as cli
from reasonseg_ros.evaluation.protocols import paper
from reasonseg_ros.evaluation.records import load

PAGE = (Path(__file__).parents[2] / 'docs' / 'datasets.md').read_text()


def _rows(heading: str) -> list[list[str]]:
    """Cells of the last table below a heading."""
    part = PAGE.split(f'## {heading}')[1].split('\n## ')[0]
    tables = re.findall(r'(?:^\|.*\n)+', part, re.MULTILINE)
    return [[cell.strip() for cell in line.strip('|').split('|')]
            for line in tables[-1].splitlines()[2:]]


def test_every_benchmark_stands_in_the_table_with_its_splits_and_folders():
    stated = {name: (splits, section) for names, splits, section, _ in _rows('What there is')
              for name in re.findall(r'`([^`]+)`', names)}
    assert stated == {name: (', '.join(entry.splits), f'`{entry.section}:`')
                      for name, entry in BENCHMARKS.items()}


def test_every_folder_stands_in_the_example_and_in_the_table():
    example = yaml.safe_load(re.search(r'```yaml\n(.*?)```', PAGE, re.DOTALL)[1])
    assert {s: set(keys) for s, keys in example.items()} == {
        s: set(keys) for s, keys in SECTIONS.items()}
    folders = [row[0] for row in _rows('Where data lie, and where they are obtained')]
    assert folders == [f'`{s}: {key}:`' for s, keys in SECTIONS.items() for key in keys]


def test_the_table_of_papers_is_what_the_preset_does():
    rows = _rows('Protocols')
    named = {name: row for row in rows for name in re.findall(r'`([^`]+)`', row[0])}
    for benchmark in BENCHMARKS:
        starts = [n for n in named if benchmark == n or (n.endswith('...') and
                                                         benchmark.startswith(n[:-3]))]
        _, history, answers, frame, wording, counting, _ = named[max(starts, key=len)]
        preset = paper(benchmark)
        assert (history, answers, frame, wording, counting) == (
            preset.protocol.history, preset.protocol.answers, preset.protocol.frame,
            preset.wording, preset.counting)


def test_the_worked_example_runs(tmp_path, monkeypatch):
    files.write_all(tmp_path)
    monkeypatch.chdir(tmp_path)
    lines = re.search(r'## Worked example.*?```bash\n(.*?)```', PAGE, re.DOTALL)[1].splitlines()
    for program, *arguments in map(shlex.split, lines):
        if program == 'reasonseg':
            assert cli.main(arguments) == 0
        else:
            one, other = (Path(name).read_bytes() for name in arguments)
            assert program == 'cmp' and one == other
    assert len(load(tmp_path / 'out/whole/results.json').rounds) == 4


def test_the_program_of_the_page_runs(tmp_path, monkeypatch, capsys):
    files.write_all(tmp_path)
    monkeypatch.chdir(tmp_path)
    exec(re.search(r'```python\n(.*?)```', PAGE, re.DOTALL)[1], {})
    assert capsys.readouterr().out.splitlines()[0].endswith('Segment the red thing. [64]')
