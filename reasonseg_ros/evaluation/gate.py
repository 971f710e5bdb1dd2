# SPDX-License-Identifier: Apache-2.0
"""The regression gate: which figures a run has lost against a baseline. Prints nothing."""

from reasonseg_ros.core.errors import BadInput
from reasonseg_ros.evaluation.records import Run
from reasonseg_ros.evaluation.statistics import LEAST
from reasonseg_ros.evaluation.summaries import Change
from reasonseg_ros.evaluation.summaries import compare
from reasonseg_ros.reports.tables import FEW
from reasonseg_ros.reports.tables import judged
from reasonseg_ros.reports.tables import percent
from reasonseg_ros.reports.tables import signed


def dropped(baseline: Run, run: Run, tolerance: float) -> list[str]:
    """Return one line for each figure that is significantly worse by more than `tolerance`.

    tolerance  in [0, 1]; a drop of no more is let pass, significant or not

    Raises BadInput when the runs were not held the same way, so that figures cannot be compared.
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
             f'95 % interval {signed(gap.low)} to {signed(gap.high)}, ')
    return (f'{change.figure.title} went from {percent(change.before)} to {percent(change.after)} '
            f'percent ({signed(gap.value)}, {known}{change.rounds} rounds)')


def _check_comparable(baseline: Run, run: Run) -> None:
    for name, old, new in (('benchmark', baseline.benchmark, run.benchmark),
                           ('protocol', str(baseline.protocol), str(run.protocol))):
        if old != new:
            raise BadInput(f'the baseline has the {name} "{old}", this run "{new}"; give a '
                           'baseline that was held the same way')
    old, new = ({(r.dialogue, r.round) for r in one.rounds} for one in (baseline, run))
    if old != new:
        raise BadInput(f'the baseline has {len(old)} rounds, this run {len(new)}, and '
                       f'{len(old & new)} of them are the same; give a baseline of the same '
                       'dialogues (split, number, rounds and seed)')
