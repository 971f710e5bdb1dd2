# SPDX-License-Identifier: Apache-2.0
"""The tables of a run as rows of text, for terminals, Markdown and HTML. In percent; no markup.

The regression gate is here, too: which figures a run has lost against a baseline, a line each.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence

from reasonseg_ros.core.errors import BadInput
from reasonseg_ros.evaluation.bootstrap import LEAST, Estimate
from reasonseg_ros.evaluation.figures import BY_NAME, GROUPED
from reasonseg_ros.evaluation.records import Run
from reasonseg_ros.evaluation.summaries import Change, Line, Summary, compare

FIGURE_HEAD = ('figure', 'percent', '95 % interval', 'rounds')
CHANGE_HEAD = ('figure', 'before', 'after', 'difference', '95 % interval', 'p', 'verdict')
RARE = {BY_NAME[name].title for name in ('silently_wrong', 'meant')}
BETTER, WORSE, SAME, FEW = 'better', 'worse', 'no clear difference', 'too few dialogues'

# Options as the first line has them; others follow by name.
ORDER = ('split', 'scenes', 'first_scene', 'conversations', 'rounds', 'seed', 'size', 'preset',
         'wording', 'counting', 'image', 'depth', 'camera_info', 'slop', 'live', 'rate')


def headline(run: Run) -> str:
    """Return the first line of every report: how the run was conducted, with what, on what."""
    options = ', '.join(_option(name, run.options[name]) for name in (
        *(n for n in ORDER if n in run.options), *sorted(run.options.keys() - {*ORDER, 'complete'})
    ) if run.options[name] not in ('', False))
    dialogues = len({r.dialogue for r in run.rounds})
    data = ', '.join(filter(None, [options, f'data {run.data}']))
    return (f'{str(run.protocol).capitalize()}: {run.engine} on {run.benchmark} ({data}), '
            f'{dialogues} dialogues, {len(run.rounds)} rounds.')


def caution(run: Run) -> str:
    """Return what must be known before the figures are read; '' when there is nothing."""
    if run.options.get('complete', True):
        return ''
    return 'Warning: the bag is damaged; the rounds after the damage were not asked.'


def _option(name: str, value: str | int | float | bool) -> str:
    words = name.replace('_', ' ')
    return words if value is True else f'{words} {value}'


def percent(value: float) -> str:
    """Return a share in percent with one decimal, '-' for none."""
    return '-' if math.isnan(value) else f'{100 * value:.1f}'


def signed(value: float) -> str:
    """Return a difference in percentage points with its sign."""
    return f'{100 * value:+.1f}'


def interval(estimate: Estimate, written: Callable[[float], str] = percent) -> str:
    """Return the interval of a share, or of a difference as `signed`, '-' for none."""
    if math.isnan(estimate.low):
        return '-'
    return f'{written(estimate.low)} to {written(estimate.high)}'


def shown(lines: Sequence[Line]) -> list[Line]:
    """Leave out figures of objects and of parts where a run has one of them only."""
    names = {line.figure.name for line in lines}
    if {'object_ciou', 'part_ciou'} <= names:
        return list(lines)
    return [line for line in lines if not line.figure.name.startswith(('object_', 'part_'))]


def figure_rows(lines: Sequence[Line]) -> list[tuple[str, ...]]:
    """Return rows below FIGURE_HEAD."""
    return [(line.figure.title, percent(line.estimate.value), interval(line.estimate),
             str(line.rounds)) for line in shown(lines)]


def change_rows(changes: Iterable[Change]) -> list[tuple[str, ...]]:
    """Return rows below CHANGE_HEAD."""
    return [(c.figure.title, percent(c.before), percent(c.after), signed(c.difference.value),
             interval(c.difference, signed),
             '-' if math.isnan(c.difference.p) else f'{c.difference.p:.3f}', judged(c))
            for c in changes]


def judged(change: Change) -> str:
    """Return what the interval of a difference says."""
    if math.isnan(change.difference.p):
        return FEW
    if not change.difference.significant:
        return SAME
    return WORSE if change.worse else BETTER


def group_head(name: str) -> tuple[str, ...]:
    """Return the head over `group_rows`."""
    return name, 'rounds', *(figure.title for figure in GROUPED)


def group_rows(group: Mapping[str, Sequence[Line]]) -> list[tuple[str, ...]]:
    """Return a row per name with the figures of a group, '-' where it has no data."""
    rows = []
    for name, lines in group.items():
        found = {line.figure.name: line for line in lines}
        rounds = max((line.rounds for line in lines), default=0)
        rows.append((name, str(rounds), *(
            percent(found[f.name].estimate.value) if f.name in found else '-' for f in GROUPED)))
    return [row for row in rows if row[1] != '0']


def tables(summary: Summary) -> list[tuple[tuple[str, ...], list[tuple[str, ...]]]]:
    """Return every table of a run: (head, rows); those without rows are left out."""
    groups = [(group_head('round'), group_rows(summary.by_round))]
    groups += [(group_head(name), group_rows(group)) for name, group in summary.groups.items()]
    return [(FIGURE_HEAD, figure_rows(summary.lines)),
            *(_measured(head, rows) for head, rows in groups if rows)]


def _measured(head: tuple[str, ...], rows: list[tuple[str, ...]]
              ) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Leave out columns that only some benchmarks have, where no row has data."""
    kept = [k for k, title in enumerate(head)
            if title not in RARE or any(row[k] != '-' for row in rows)]
    return tuple(head[k] for k in kept), [tuple(row[k] for k in kept) for row in rows]


def dropped(baseline: Run, run: Run, tolerance: float) -> list[str]:
    """Return one line for each figure that is significantly worse by more than `tolerance`.

    tolerance  in [0, 1]; a drop of no more is let pass, significant or not

    Raises BadInput when the runs differ in kind, so that figures cannot be compared.
    """
    _check_comparable(baseline, run)
    return [_line(c) for c in compare(baseline.rounds, run.rounds)
            if c.worse and abs(c.difference.value) > tolerance]


def undecided(baseline: Run, run: Run, tolerance: float) -> list[str]:
    """Return one line for each figure that dropped over too few dialogues to say so."""
    return [f'{_line(c)}: {FEW}, at least {LEAST} are needed'
            for c in compare(baseline.rounds, run.rounds) if judged(c) == FEW
            and (c.difference.value < 0) == c.figure.higher
            and abs(c.difference.value) > tolerance]


def _line(change: Change) -> str:
    gap = change.difference
    known = ('' if judged(change) == FEW else
             f'95 % interval {interval(gap, signed)}, ')
    return (f'{change.figure.title} went from {percent(change.before)} to {percent(change.after)} '
            f'percent ({signed(gap.value)}, {known}{change.rounds} rounds)')


def _check_comparable(baseline: Run, run: Run) -> None:
    for name, old, new in (('benchmark', baseline.benchmark, run.benchmark),
                           ('protocol', str(baseline.protocol), str(run.protocol))):
        if old != new:
            raise BadInput(f'the baseline has the {name} "{old}", this run "{new}"; give a '
                           'baseline of the same kind')
    earlier, later = ({(r.dialogue, r.round) for r in one.rounds} for one in (baseline, run))
    if earlier != later:
        raise BadInput(f'the baseline has {len(earlier)} rounds, this run {len(later)}, and '
                       f'{len(earlier & later)} of them are the same; give a baseline of the same '
                       'dialogues (split, number, rounds and seed)')
