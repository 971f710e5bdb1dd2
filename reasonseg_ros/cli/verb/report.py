# SPDX-License-Identifier: Apache-2.0
"""`reasonseg report`: the report of one run, or two runs side by side with what changed.

Reads the results.json that `eval` and `replay` write; asks no engine.
"""

import argparse
from pathlib import Path

from reasonseg_ros.cli.results import show
from reasonseg_ros.cli.text import say, table
from reasonseg_ros.evaluation.records import load, results_of
from reasonseg_ros.reports.run import write_comparison
from reasonseg_ros.reports.tables import CHANGE_HEAD, change_rows, headline


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the verb."""
    parser.add_argument('run', type=Path, metavar='A.json',
                        help='results.json of a run, or its folder; its images lie beside it')
    parser.add_argument('other', type=Path, nargs='?', metavar='B.json',
                        help='a second run over the same dialogues, to compare with the first')
    parser.add_argument('--out', type=Path, default=Path('out/report'), metavar='FOLDER',
                        help='folder for report.html, report.md and the CSV files (out/report)')


def main(args: argparse.Namespace) -> int:
    """Write the report and print its tables."""
    first = results_of(args.run)
    run = load(first)
    if args.other is None:
        say(headline(run))
        show(run, first.parent, args.out, {})
        return 0
    second = results_of(args.other)
    other = load(second)
    say(f'before: {headline(run)}')
    say(f'after:  {headline(other)}')
    changes = write_comparison(run, other, (first.parent, second.parent), args.out)
    say(table(CHANGE_HEAD, change_rows(changes), right=range(1, 6)))
    say(f'{args.out / "report.html"}, and report.md, figures.csv beside it')
    return 0
