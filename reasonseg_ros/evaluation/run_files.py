# SPDX-License-Identifier: Apache-2.0
"""A run as Markdown, for notes and pull requests, and as CSV, for spreadsheets. Computes nothing.

    report.md    the tables
    figures.csv  every figure of the run, of each round and of each tag, in [0, 1]
    rounds.csv   one row per round
"""

import csv
import io
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence

from reasonseg_ros.evaluation.records import Run
from reasonseg_ros.evaluation.run_tables import CHANGE_HEAD
from reasonseg_ros.evaluation.run_tables import caution
from reasonseg_ros.evaluation.run_tables import change_rows
from reasonseg_ros.evaluation.run_tables import headline
from reasonseg_ros.evaluation.run_tables import tables
from reasonseg_ros.evaluation.summaries import Change
from reasonseg_ros.evaluation.summaries import Summary
from reasonseg_ros.evaluation.verdicts import quality
from reasonseg_ros.evaluation.verdicts import verdict

DIGITS = 6


def run_markdown(run: Run, summary: Summary, notes: Mapping[str, str]) -> str:
    """Return the tables of a run; `notes` are further figures, name -> value."""
    blocks = [headline(run), *filter(None, [caution(run)]),
              *(f'{name}: {value}' for name, value in notes.items())]
    written = (markdown_table(head, rows) for head, rows in tables(summary))
    return '\n\n'.join([*blocks, *written]) + '\n'


def comparison_markdown(before: Run, after: Run, changes: Sequence[Change]) -> str:
    """Return the table of two runs."""
    return '\n\n'.join([f'Before: {headline(before)}', f'After: {headline(after)}',
                        markdown_table(CHANGE_HEAD, change_rows(changes))]) + '\n'


def figures_csv(summary: Summary) -> str:
    """Return every figure with its interval; those of the whole run have no group."""
    rows = [('', '', line) for line in summary.lines]
    groups = {'round': summary.by_round, **summary.groups}
    rows += [(group, name, line) for group, named in groups.items()
             for name, lines in named.items() for line in lines]
    return _csv(('group', 'name', 'figure', 'value', 'low', 'high', 'rounds'), (
        (group, name, line.figure.name, *_numbers(
            line.estimate.value, line.estimate.low, line.estimate.high), line.rounds)
        for group, name, line in rows))


def changes_csv(changes: Iterable[Change]) -> str:
    """Return every figure of two runs with the interval of its difference."""
    return _csv(('figure', 'before', 'after', 'difference', 'low', 'high', 'p', 'rounds'), (
        (c.figure.name, *_numbers(c.before, c.after, c.difference.value, c.difference.low,
                                  c.difference.high, c.difference.p), c.rounds) for c in changes))


def rounds_csv(run: Run) -> str:
    """Return one row per round; lists are joined with a space."""
    return _csv(('dialogue', 'round', 'instruction', 'answer', 'expected', 'status', 'verdict',
                 'quality', 'ious', 'scores', 'tags'), (
        (r.dialogue, r.round, r.instruction, r.answer, r.expected, r.status, verdict(r),
         *_numbers(quality(r)), ' '.join(f'{t.iou:.4f}' for t in r.targets),
         ' '.join('-' if t.score is None else f'{t.score:.4f}' for t in r.targets),
         ' '.join(r.tags)) for r in run.rounds))


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; the first column holds names, the others numbers."""
    cells = [head, ['---', *(['---:'] * (len(head) - 1))], *rows]
    return '\n'.join('| ' + ' | '.join(c.replace('|', '\\|') for c in line) + ' |'
                     for line in cells)


def _numbers(*values: float) -> list[str]:
    return ['' if value != value else str(round(value, DIGITS)) for value in values]


def _csv(head: Sequence[str], rows: Iterable[Sequence]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator='\n')
    writer.writerow(head)
    writer.writerows(rows)
    return text.getvalue()
