# SPDX-License-Identifier: Apache-2.0
"""The report of a run, or of two, as one HTML page without network, with Markdown and CSV beside.

The first line states the protocol. Arranges what `evaluation.summaries` computed; the cards of the
rounds are in `evaluation.gallery`.
"""

import math
import re
from collections.abc import Mapping
from collections.abc import Sequence
from pathlib import Path

from reasonseg_ros.evaluation import gallery_page
from reasonseg_ros.evaluation import report
from reasonseg_ros.evaluation.charts import svg_estimates
from reasonseg_ros.evaluation.charts import svg_lines
from reasonseg_ros.evaluation.charts import svg_reliability
from reasonseg_ros.evaluation.gallery import Entry
from reasonseg_ros.evaluation.gallery import gallery
from reasonseg_ros.evaluation.gallery import pairs
from reasonseg_ros.evaluation.gallery import single
from reasonseg_ros.evaluation.records import Run
from reasonseg_ros.evaluation.report import Html
from reasonseg_ros.evaluation.report import element
from reasonseg_ros.evaluation.run_files import changes_csv
from reasonseg_ros.evaluation.run_files import comparison_markdown
from reasonseg_ros.evaluation.run_files import figures_csv
from reasonseg_ros.evaluation.run_files import rounds_csv
from reasonseg_ros.evaluation.run_files import run_markdown
from reasonseg_ros.evaluation.run_tables import BETTER
from reasonseg_ros.evaluation.run_tables import CHANGE_HEAD
from reasonseg_ros.evaluation.run_tables import FIGURE_HEAD
from reasonseg_ros.evaluation.run_tables import SAME
from reasonseg_ros.evaluation.run_tables import change_rows
from reasonseg_ros.evaluation.run_tables import figure_rows
from reasonseg_ros.evaluation.run_tables import group_head
from reasonseg_ros.evaluation.run_tables import group_rows
from reasonseg_ros.evaluation.run_tables import headline
from reasonseg_ros.evaluation.run_tables import percent
from reasonseg_ros.evaluation.run_tables import shown
from reasonseg_ros.evaluation.summaries import Change
from reasonseg_ros.evaluation.summaries import Line
from reasonseg_ros.evaluation.summaries import Summary
from reasonseg_ros.evaluation.summaries import compare
from reasonseg_ros.evaluation.summaries import summarise

TILES = ('object_ciou', 'part_ciou', 'giou', 'hit', 'absent_all', 'ece', 'ciou', 'box_hit')
MOST_TILES = 6
CURVES = ('giou', 'hit')  # over rounds; two runs show the first
FIGURES, ROUNDS = 'Figures in percent', 'Rounds'
BARS = 24                 # of one group; a longer one shows the lowest
INTERVALS = ('Intervals hold 95 % of 1000 bootstrap draws of whole dialogues; the definitions '
             'stand in docs/metrics.md.')


def write_report(run: Run, summary: Summary, pictures: Path, out: Path,
                 notes: Mapping[str, str]) -> None:
    """Write report.html, report.md, figures.csv and rounds.csv.

    pictures  folder that the pictures of the records are relative to
    notes     further figures, name -> value
    """
    reliability = [(b.score, b.right, b.count) for b in summary.reliability]
    sections = {FIGURES: _figures(summary, notes), **_charts([summary], ['']),
                'How sure, how right': svg_reliability(reliability, 'reliability'),
                ROUNDS: gallery(single(run.rounds, pictures), [''])}
    _write(out, _title(run), headline(run), sections, run_markdown(run, summary, notes))
    _put(out / 'figures.csv', figures_csv(summary))
    _put(out / 'rounds.csv', rounds_csv(run))


def write_comparison(before: Run, after: Run, pictures: tuple[Path, Path], out: Path
                     ) -> list[Change]:
    """Write report.html, report.md and figures.csv of two runs; return how the figures changed."""
    changes = compare(before.rounds, after.rounds)
    entries: list[Entry] = pairs(before.rounds, after.rounds, pictures)
    names = ['before', 'after']
    lead = report.join([element('span', f'Before: {headline(before)}'), Html('<br>'),
                        element('span', f'After: {headline(after)}')])
    summaries = [summarise(run) for run in (before, after)]
    sections = {FIGURES: _changes(changes, len(entries)), **_charts(summaries, names),
                ROUNDS: gallery(entries, names)}
    _write(out, f'{_title(before)}, compared', lead, sections,
           comparison_markdown(before, after, changes))
    _put(out / 'figures.csv', changes_csv(changes))
    return changes


def _title(run: Run) -> str:
    return f'{run.benchmark.capitalize()} evaluation'


def _write(out: Path, title: str, lead: report.Text, sections: Mapping[str, Html], markdown: str
           ) -> None:
    links = [element('a', name, href=f'#{_anchor(name)}') for name in sections]
    parts = [element('section', report.join([element('h2', name), content]), id=_anchor(name))
             for name, content in sections.items()]
    page = report.page(title, lead, element('nav', report.join(links)), *parts,
                       style=gallery_page.STYLE)
    report.write(out / 'report.html', page)
    _put(out / 'report.md', f'# {title}\n\n{markdown}')


def _anchor(name: str) -> str:
    return re.sub(r'\W+', '-', name.lower())


def _put(path: Path, text: str) -> None:
    path.write_text(text, encoding='utf-8')


def _figures(summary: Summary, notes: Mapping[str, str]) -> Html:
    lines = shown(summary.lines)
    found = {line.figure.name: line for line in lines}
    tiles = {found[name].figure.title: percent(found[name].estimate.value)
             for name in TILES if name in found}
    rows = [[*row, element('span', line.figure.note, 'quiet')]
            for row, line in zip(figure_rows(lines), lines)]
    table = report.table((*FIGURE_HEAD, 'meaning'), rows, numbers=(1, 2, 3))
    noted = [report.paragraph(f'{name}: {value}') for name, value in notes.items()]
    return report.join([report.facts(dict(list(tiles.items())[:MOST_TILES])), *noted, table,
                        element('p', INTERVALS, 'quiet')])


def _changes(changes: Sequence[Change], rounds: int) -> Html:
    rows = [[*row[:-1], _verdict(row[-1])] for row in change_rows(changes)]
    return report.join([
        report.table(CHANGE_HEAD, rows, numbers=range(1, 6)),
        element('p', f'Over the {rounds} rounds that both runs have. A difference is clear when '
                     f'its interval leaves out 0. {INTERVALS}', 'quiet')])


def _verdict(text: str) -> Html:
    if text == SAME:
        return element('span', text, 'quiet')
    return report.badge(text, text == BETTER)


def _charts(summaries: Sequence[Summary], names: Sequence[str]) -> dict[str, Html]:
    """Curves over rounds and bars by tag, of one run or of two: title -> content."""
    sections = {}
    if len(summaries[0].by_round) > 1:
        sections['By round'] = report.join([_curves(summaries, names), _details(
            'round', [s.by_round for s in summaries], names)])
    for group in summaries[0].groups:
        groups = [s.groups.get(group, {}) for s in summaries]
        bars = _bars(groups)
        if len(bars) < 2:
            continue
        left_out = len(bars) - BARS
        lowest = dict(sorted(bars.items(), key=lambda item: item[1][-1][0])[:BARS])
        note = ([element('p', f'The lowest {BARS}; {left_out} more are in the table.', 'quiet')]
                if left_out > 0 else [])
        series = [f'gIoU per target {name}'.strip() for name in names]
        drawn = svg_estimates(lowest if left_out > 0 else bars, series, 100.0,
                              f'gIoU per target by {group}')
        sections[f'By {group}'] = report.join([*note, drawn, _details(group, groups, names)])
    return sections


def _curves(summaries: Sequence[Summary], names: Sequence[str]) -> Html:
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
    """Name -> gIoU with its interval in percent, of each run; names without masks are left out."""
    bars = {}
    for name in groups[0]:
        found = [next((line.estimate for line in group.get(name, ())
                       if line.figure.name == 'giou'), None) for group in groups]
        if all(found):
            bars[name] = [(100 * e.value, 100 * e.low, 100 * e.high) for e in found]
    return bars


def _details(name: str, groups: Sequence[Mapping[str, Sequence[Line]]], names: Sequence[str]
             ) -> Html:
    head = group_head(name)
    tables = []
    for group, run in zip(groups, names):
        if run:
            tables.append(report.paragraph(run))
        tables.append(report.table(head, group_rows(group), numbers=range(1, len(head))))
    return report.details('Table', report.join(tables))
