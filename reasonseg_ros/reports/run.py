# SPDX-License-Identifier: Apache-2.0
"""The report of a run, or of two, as one HTML page without network, with Markdown and CSV beside.

The first line states the protocol. Arranges what `evaluation.summaries` computed; the cards of the
rounds are in `reports.gallery`.

Markdown is for notes and pull requests, CSV for spreadsheets:

    report.md    the tables
    figures.csv  every figure of the run, of each round and of each tag, in [0, 1]
    rounds.csv   one row per round
"""

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reasonseg_ros.evaluation.figures import quality, verdict
from reasonseg_ros.evaluation.records import Run
from reasonseg_ros.evaluation.summaries import Change, Line, Summary, compare, summarise
from reasonseg_ros.reports import html
from reasonseg_ros.reports.charts import svg_estimates, svg_lines, svg_reliability
from reasonseg_ros.reports.gallery import gallery, pairs, single
from reasonseg_ros.reports.tables import (
    BETTER,
    CHANGE_HEAD,
    FEW,
    FIGURE_HEAD,
    SAME,
    caution,
    change_rows,
    figure_rows,
    group_head,
    group_rows,
    headline,
    percent,
    shown,
    tables,
)

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
    """Return a table; names in the first column, numbers in the others."""
    cells = [head, ['---', *(['---:'] * (len(head) - 1))], *rows]
    return '\n'.join('| ' + ' | '.join(c.replace('|', '\\|') for c in line) + ' |'
                     for line in cells)


def _numbers(*values: float) -> list[str]:
    return ['' if value != value else str(round(value, DIGITS)) for value in values]


def _csv(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator='\n')
    writer.writerow(head)
    writer.writerows(rows)
    return text.getvalue()


TILES = ('object_ciou', 'part_ciou', 'giou', 'hit', 'absent_all', 'ece', 'ciou', 'box_hit')
MOST_TILES = 6
CURVES = ('giou', 'hit')  # over rounds; two runs show the first
FIGURES, SURE, ROUNDS = 'Figures in percent', 'How sure, how right', 'Rounds'
BARS = 24                 # of one group; a longer one shows the lowest
INTERVALS = ('Intervals contain 95 % of 1000 bootstrap draws of whole dialogues, from eight '
             'dialogues on; the definitions are in docs/metrics.md.')


@dataclass(frozen=True)
class Breakdown:
    """One part of the page: a chart, and the tables behind it, a (name, rows) for each run.

    left_out  rows of the tables that the chart does not show
    """

    title: str
    chart: str
    head: Sequence[str]
    tables: Sequence[tuple[str, Sequence[Sequence[str]]]]
    drawn: int = 0
    left_out: int = 0


@dataclass(frozen=True)
class LeadLine:
    """A line below the title."""

    text: str
    strong: bool = False


def write_report(run: Run, summary: Summary, images: Path, out: Path,
                 notes: Mapping[str, str]) -> None:
    """Write report.html, report.md, figures.csv and rounds.csv.

    images  folder that the images of the records are relative to
    notes     further figures, name -> value
    """
    lines = shown(summary.lines)
    found = {line.figure.name: line for line in lines}
    tiles = {found[name].figure.title: percent(found[name].estimate.value)
             for name in TILES if name in found}
    warning = caution(run)
    _write(out, _title(run), run_markdown(run, summary, notes),
           lines=[LeadLine(headline(run)), *([LeadLine(warning, True)] if warning else [])],
           tiles=dict(list(tiles.items())[:MOST_TILES]), notes=notes, head=FIGURE_HEAD,
           figures=[(row, line.figure.note) for row, line in zip(figure_rows(lines), lines)],
           breakdowns=_breakdowns([summary], ['']),
           reliability=svg_reliability([(b.score, b.right, b.count)
                                        for b in summary.reliability], 'reliability'),
           gallery=gallery(single(run.rounds, images), ['']))
    _put(out / 'figures.csv', figures_csv(summary))
    _put(out / 'rounds.csv', rounds_csv(run))


def write_comparison(before: Run, after: Run, images: tuple[Path, Path], out: Path
                     ) -> list[Change]:
    """Write report.html, report.md and figures.csv of two runs; return how the figures changed."""
    changes = compare(before.rounds, after.rounds)
    names = ['before', 'after']
    _write(out, f'{_title(before)}, compared', comparison_markdown(before, after, changes),
           lines=[LeadLine(f'Before: {headline(before)}'), LeadLine(f'After: {headline(after)}')],
           head=CHANGE_HEAD, changes=change_rows(changes), reliability='',
           breakdowns=_breakdowns([summarise(run) for run in (before, after)], names),
           gallery=gallery(pairs(before.rounds, after.rounds, images), names))
    _put(out / 'figures.csv', changes_csv(changes))
    return changes


def _title(run: Run) -> str:
    return f'{run.benchmark.capitalize()} evaluation'


def _write(out: Path, title: str, markdown: str, **values: Any) -> None:
    html.write(out / 'report.html', html.page(
        'run.html', title=title, FIGURES=FIGURES, SURE=SURE, ROUNDS=ROUNDS, INTERVALS=INTERVALS,
        UNCLEAR=(SAME, FEW), BETTER=BETTER, **values))
    _put(out / 'report.md', f'# {title}\n\n{markdown}')


def _put(path: Path, text: str) -> None:
    path.write_text(text, encoding='utf-8')


def _breakdowns(summaries: Sequence[Summary], names: Sequence[str]) -> list[Breakdown]:
    """Curves over rounds and bars by tag, of one run or of two."""
    parts = []
    if len(summaries[0].by_round) > 1:
        parts.append(Breakdown('By round', _curves(summaries, names), group_head('round'),
                               _tables([s.by_round for s in summaries], names)))
    for group in summaries[0].groups:
        groups = [s.groups.get(group, {}) for s in summaries]
        bars = _bars(groups)
        if len(bars) < 2:
            continue
        left_out = max(0, len(bars) - BARS)
        if left_out:
            bars = dict(sorted(bars.items(), key=lambda item: item[1][-1][0])[:BARS])
        chart = svg_estimates(bars, [f'gIoU per target {name}'.strip() for name in names], 100.0,
                              f'gIoU per target by {group}')
        parts.append(Breakdown(f'By {group}', chart, group_head(group), _tables(groups, names),
                               len(bars), left_out))
    return parts


def _curves(summaries: Sequence[Summary], names: Sequence[str]) -> str:
    curves, bands = {}, {}
    for summary, name in zip(summaries, names):
        for figure in CURVES[:1 if len(summaries) > 1 else None]:
            found = [(int(index), line) for index, lines in summary.by_round.items()
                     for line in lines if line.figure.name == figure]
            if not found:
                continue
            title = f'{found[0][1].figure.title} {name}'.strip()
            curves[title] = [(x, 100 * line.estimate.value) for x, line in found]
            bands[title] = [(x, 100 * line.estimate.low, 100 * line.estimate.high)
                            for x, line in found if not math.isnan(line.estimate.low)]
    return svg_lines(curves, 'round', 'percent', 100.0, 'figures by round', bands)


def _bars(groups: Sequence[Mapping[str, Sequence[Line]]]
          ) -> dict[str, list[tuple[float, float, float]]]:
    """Name and number of rounds -> gIoU with its interval in percent, of each run.

    Names without masks are left out.
    """
    bars = {}
    for name in groups[0]:
        found = [line for group in groups for line in group.get(name, ())
                 if line.figure.name == 'giou']
        if len(found) == len(groups):
            label = f'{name} (n {min(line.rounds for line in found)})'
            bars[label] = [(100 * e.value, 100 * e.low, 100 * e.high)
                           for e in (line.estimate for line in found)]
    return bars


def _tables(groups: Sequence[Mapping[str, Sequence[Line]]], names: Sequence[str]
            ) -> list[tuple[str, list[tuple[str, ...]]]]:
    return [(name, group_rows(group)) for name, group in zip(names, groups)]
