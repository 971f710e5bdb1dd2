# SPDX-License-Identifier: Apache-2.0
"""What an evaluation does with its rounds in the end: tables, files, the regression gate."""

import argparse
from collections.abc import Mapping
from pathlib import Path

from reasonseg_ros.cli.text import say, table
from reasonseg_ros.core.errors import BadInput
from reasonseg_ros.evaluation.records import Run, load
from reasonseg_ros.evaluation.summaries import summarise
from reasonseg_ros.reports.run import write_report
from reasonseg_ros.reports.tables import caution, dropped, tables, undecided

LONG = 24  # rows from which a table by tag is left to the files


def add_gate(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the regression gate."""
    gate = parser.add_argument_group('regression gate')
    gate.add_argument('--against', type=Path, metavar='FILE',
                      help='results.json of an earlier run over the same dialogues; exit with 1 '
                           'when a figure is significantly worse (paired bootstrap, 95 %%)')
    gate.add_argument('--tolerance', type=float, default=1.0, metavar='PERCENT',
                      help='percentage points that a figure may lose (default: 1)')


def baseline(against: Path | None, tolerance: float) -> Run | None:
    """Read the baseline before the work begins, so that a wrong name costs nothing."""
    if against is None:
        return None
    if not 0 <= tolerance <= 100:
        raise BadInput(f'--tolerance is {tolerance:g}; give percentage points, 0 to 100')
    return load(against)


def show(run: Run, images: Path, out: Path, notes: Mapping[str, str]) -> None:
    """Print the tables and write the report of a run into `out`.

    images  folder that the images of the records are relative to
    notes   further figures, name -> value
    """
    summary = summarise(run)
    write_report(run, summary, images, out, notes)  # first, so that a closed pipe loses nothing
    if warning := caution(run):
        say(warning)
    for head, rows in tables(summary):
        if len(rows) <= LONG:
            say(table(head, rows, right=range(1, len(head))))
            say()
    for name, value in notes.items():
        say(f'{name}: {value}')
    say(f'{out / "report.html"}, and report.md, figures.csv, rounds.csv beside it')


def gate(old: Run | None, run: Run, tolerance: float) -> int:
    """Say which figures dropped against the baseline; exit code 1 when one did."""
    if old is None:
        return 0
    lines = dropped(old, run, tolerance / 100)
    for line in lines:
        say(f'dropped: {line}')
    for line in undecided(old, run, tolerance / 100):
        say(f'not judged: {line}')
    if not lines:
        say(f'no figure is significantly worse than the baseline by more than {tolerance:g} '
            'percentage points')
    return 1 if lines else 0
