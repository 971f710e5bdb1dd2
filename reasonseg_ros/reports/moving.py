# SPDX-License-Identifier: Apache-2.0
"""The table of moving sequences: what is measured beside what is wanted. Rows of text in percent.

The median of the masks stands first; all else are figures of `evaluation.figures`.
"""

from collections.abc import Sequence

import numpy as np

from reasonseg_ros.evaluation.figures import BY_NAME
from reasonseg_ros.evaluation.records import Run
from reasonseg_ros.evaluation.scoring import OBJECT, PART
from reasonseg_ros.evaluation.summaries import measure
from reasonseg_ros.reports.everyday import MISSED, NO_DATA, REACHED
from reasonseg_ros.reports.tables import interval, percent
from reasonseg_ros.sim.moving.steps import PATHS

HEAD = ('figure', 'percent', '95 % interval', 'judged', 'wanted', 'verdict')
MEDIANS = {'on': 0.80, 'off': 0.70}     # median IoU that is wanted, by option tf
POINTS = 0.03       # that rounds may be worse after motion

# Figure -> the share that is wanted, or the most, where less is better.
LIMITS = {'id_switches': 0.02, 'removed_lost': 0.95, 'hand_occluded': 0.95, 'moved_found': 0.90,
          'returned_found': 0.90, 'lookalike_refused': 0.85, 'states_still': 0.95}
DIALOGUES = ('dialogue_still', 'dialogue_moved')


def goal_rows(run: Run) -> list[tuple[str, ...]]:
    """Return rows below HEAD."""
    limit = MEDIANS[str(run.options.get('tf', 'on'))]
    rows = [_median(run, 'masks after the motion, median IoU', OBJECT, limit),
            _median(run, 'parts after the motion, median IoU', PART, None)]
    rows += [_row(run, name, limit) for name, limit in LIMITS.items()]
    still, moved = (_row(run, name, None) for name in DIALOGUES)
    values = [line.estimate.value for line in measure(run.rounds, [BY_NAME[n] for n in DIALOGUES])]
    if len(values) == len(DIALOGUES):
        wanted = values[0] - POINTS
        moved = *moved[:4], f'at least {percent(wanted)}', (
            REACHED if values[1] >= wanted else MISSED)
    return [*rows, still, moved]


def _median(run: Run, title: str, sort: str, limit: float | None) -> tuple[str, ...]:
    found = [t.iou for r in run.rounds for t in r.targets if t.sort == sort
             and r.round == 1 and r.tags[0].partition(':')[2] in PATHS]
    if not found:
        return title, '-', '-', '0', _wanted(limit, True), NO_DATA
    value = float(np.median(found))
    return (title, percent(value), '-', str(len(found)), _wanted(limit, True),
            _verdict(value, limit, True))


def _row(run: Run, name: str, limit: float | None) -> tuple[str, ...]:
    figure = BY_NAME[name]
    lines = measure(run.rounds, (figure,)) if run.rounds else []
    if not lines:
        return figure.title, '-', '-', '0', _wanted(limit, figure.higher), NO_DATA
    value = lines[0].estimate.value
    judged = sum((r.counts or {}).get(name, (0, 0))[1] for r in run.rounds)
    return (figure.title, percent(value), interval(lines[0].estimate), str(judged),
            _wanted(limit, figure.higher), _verdict(value, limit, figure.higher))


def _wanted(limit: float | None, higher: bool) -> str:
    return '-' if limit is None else f'{"at least" if higher else "at most"} {100 * limit:g}'


def _verdict(value: float, limit: float | None, higher: bool) -> str:
    if limit is None:
        return '-'
    return REACHED if (value >= limit if higher else value <= limit) else MISSED


def wrong_rows(run: Run) -> Sequence[tuple[str, str]]:
    """Return (sequence, what went wrong there) of the sequences in which anything did."""
    return [(r.dialogue, r.answer) for r in run.rounds if r.round == 1
            and r.answer != 'nothing is wrong']
