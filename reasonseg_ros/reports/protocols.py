# SPDX-License-Identifier: Apache-2.0
"""Runs of MR-Tabletop side by side: the list of protocols, the tables and the page.

Every other protocol differs from the first one, which is how a robot works, in one respect or two.
Ablations are set side by side in the same way. Computes and writes; `cli.verb.eval_tabletop` and
`cli.verb.ablate` make the runs.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from reasonseg_ros.evaluation.figures import BY_NAME, Figure, right
from reasonseg_ros.evaluation.records import Protocol, Run
from reasonseg_ros.evaluation.summaries import compare_dialogues, measure
from reasonseg_ros.evaluation.tabletop_runs import TabletopSetting
from reasonseg_ros.reports import html
from reasonseg_ros.reports.charts import svg_estimates
from reasonseg_ros.reports.run import markdown_table
from reasonseg_ros.reports.tables import headline, interval, percent, signed
from reasonseg_ros.sim.dialogues.mr_tabletop import SUBSETS
from reasonseg_ros.sim.language.phrases import PLAIN, SPEECH
from reasonseg_ros.sim.world.looks import LOOKS, USUAL

FIRST = 'as on a robot'
ORDER = 1  # seed of the permuted order

RIGHT = Figure('right', 'rounds right', lambda record: (right(record), 1),
               'share of all rounds that ended as expected, with all masks right')
SHOWN = (BY_NAME['object_ciou'], BY_NAME['part_ciou'], RIGHT)   # each with its interval
BARE = tuple(BY_NAME[name] for name in ('absent_all', 'false_refusal', 'ambiguous_recall',
                                        'needless_question', 'several_count', 'ece'))
HEAD = ('run', 'rounds', *(title for figure in SHOWN
                           for title in (figure.title, '95 % interval')),
        'difference', '95 % interval', *(figure.title for figure in BARE))
NARROW = HEAD.index(BARE[0].title)  # columns that fit a terminal
NOTE = ('In percent. Intervals contain 95 % of 1000 bootstrap draws of whole dialogues. The '
        f'difference is that of "{RIGHT.title}" to the first row, over the same scenes.')


def settings(base: TabletopSetting) -> dict[str, TabletopSetting]:
    """Return every protocol by name; `base` decides on scenes, rounds and seeds."""
    truth, forced = Protocol(history='truth'), Protocol(answers='forced')
    found = {
        FIRST: replace(base, protocol=Protocol()),
        'true history': replace(base, protocol=truth),
        'forced answers': replace(base, protocol=forced),
        'true history, forced answers': replace(base, protocol=replace(truth, answers='forced')),
        'seen phrasings': replace(base, templates='seen'),
        **{f'speech: {how}': replace(base, speech=how) for how in SPEECH if how != PLAIN},
        'order permuted': replace(base, protocol=Protocol(order=ORDER)),
        'memory blank': replace(base, memory='blank'),
        '320x240': replace(base, size=(320, 240)),
        '1920x1080': replace(base, size=(1920, 1080)),
    }
    found |= {f'look: {name}': replace(base, look=name) for name in LOOKS if name != USUAL}
    return found | {'renderer: pybullet': replace(base, renderer='pybullet')}


def protocol_rows(runs: Mapping[str, Run]) -> list[tuple[str, ...]]:
    """Return rows below HEAD; the first run is what the others are compared with."""
    first = next(iter(runs.values()))
    rows = []
    for name, run in runs.items():
        lines = {line.figure.name: line for line in measure(run.rounds, (*SHOWN, *BARE))}
        cells = [cell for figure in SHOWN for cell in (
            (percent(lines[figure.name].estimate.value), interval(lines[figure.name].estimate))
            if figure.name in lines else ('-', '-'))]
        cells += _difference(first, run)
        cells += [percent(lines[f.name].estimate.value) if f.name in lines else '-' for f in BARE]
        rows.append((name, str(len(run.rounds)), *cells))
    return rows


def subset_rows(runs: Mapping[str, Run]) -> list[tuple[str, ...]]:
    """Return a row for each subset: its rounds in the first run, and RIGHT in each run."""
    rows = []
    for subset in SUBSETS:
        chosen = [[r for r in run.rounds if f'subset:{subset}' in r.tags]
                  for run in runs.values()]
        rows.append((subset, str(len(chosen[0])), *(
            percent(sum(map(right, rounds)) / len(rounds)) if rounds else '-'
            for rounds in chosen)))
    return rows


def write_table(runs: Mapping[str, Run], skipped: Mapping[str, str], out: Path,
                what: str = 'protocol') -> None:
    """Write `what`s.html and `what`s.md.

    skipped  run that was left out -> why
    what     in what the runs differ
    """
    rows, subsets = protocol_rows(runs), subset_rows(runs)
    lead = headline(next(iter(runs.values())))
    left_out = [f'Left out: {name}: {why}' for name, why in skipped.items()]
    subset_head = ('subset', 'rounds', *runs)
    ways = [(name, headline(run)) for name, run in runs.items()]
    title = f'MR-Tabletop by {what}'
    html.write(out / f'{what}s.html', html.page(
        'protocols.html', title=title, lead=lead, what=what, note=NOTE, left_out=left_out,
        head=HEAD, rows=rows, chart=_bars(runs), subset_head=subset_head, subset_rows=subsets,
        subsets=SUBSETS.items(), ways=ways))
    blocks = [f'# {title}\n\n{lead}', NOTE, *left_out, markdown_table(HEAD, rows),
              '## Rounds right by subset, in percent', markdown_table(subset_head, subsets)]
    (out / f'{what}s.md').write_text('\n\n'.join(blocks) + '\n', encoding='utf-8')


def _difference(first: Run, run: Run) -> tuple[str, str]:
    if run is first:
        return '-', '-'
    change, = compare_dialogues(first.rounds, run.rounds, (RIGHT,))
    return signed(change.difference.value), interval(change.difference, signed)


def _bars(runs: Mapping[str, Run]) -> str:
    figures = SHOWN[:2]
    bars = {}
    for name, run in runs.items():
        lines = {line.figure.name: line.estimate for line in measure(run.rounds, figures)}
        found = [lines.get(figure.name) for figure in figures]
        bars[name] = [(float('nan'),) * 3 if e is None else (
            100 * e.value, 100 * e.low, 100 * e.high) for e in found]
    return svg_estimates(bars, [figure.title for figure in figures], 100.0, 'cIoU by run')
