# SPDX-License-Identifier: Apache-2.0
"""The table of MR-Tabletop 3: every subset, and the figures that issue goals are stated for.

Rows of text in percent, as in `reports.tables`. "Silently wrong" stands first in both.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reasonseg_ros.evaluation.figures import BY_NAME, Figure, lost
from reasonseg_ros.evaluation.records import RoundRecord, Run
from reasonseg_ros.evaluation.summaries import measure, values
from reasonseg_ros.reports.tables import interval, percent
from reasonseg_ros.sim.dialogues.mr_tabletop_3 import SUBSETS

REACHED, MISSED, NO_DATA = 'reached', 'missed', 'no data'

GOAL_HEAD = ('figure', 'percent', '95 % interval', 'rounds', 'wanted', 'verdict')
_COLUMNS = tuple(BY_NAME[name] for name in ('silently_wrong', 'meant', 'status',
                                            'needless_question', 'false_refusal', 'forbidden',
                                            'talk_taken', 'lost'))
SUBSET_HEAD = ('subset', 'rounds', *(figure.title for figure in _COLUMNS))


@dataclass(frozen=True)
class Goal:
    """A number to reach.

    subsets  rounds that count; () = all
    limit    in [0, 1]: at least so much, or at most where less is better
    """

    title: str
    figure: Figure
    subsets: tuple[str, ...]
    limit: float


def _goal(title: str, figure: str, limit: float, *subsets: str) -> Goal:
    return Goal(title, BY_NAME[figure], subsets, limit)


GOALS: tuple[Goal, ...] = (
    _goal('silently wrong, all rounds', 'silently_wrong', 0.05),
    _goal('bare references', 'meant', 0.99, 'bare'),
    _goal('plain noun in round 1: right', 'meant', 0.92, 'plain'),
    _goal('plain noun in round 1: needless questions', 'needless_question', 0.03, 'plain'),
    _goal('negation, exclusion, alternatives', 'meant', 0.85, 'negation', 'exclusion',
          'alternatives'),
    _goal('excluded thing shown', 'forbidden', 0.02),
    _goal('counts right or said', 'meant', 0.95, 'counts'),
    _goal('questions in words', 'meant', 0.90, 'questions'),
    _goal('talk and commands recognised', 'talk_recognised', 0.97, 'talk', 'prohibitions'),
    _goal('requests taken for talk', 'talk_taken', 0.01))


def goal_rows(run: Run) -> list[tuple[str, ...]]:
    """Return rows below GOAL_HEAD: what is measured beside what is wanted."""
    return [_goal_row(goal, run.rounds) for goal in GOALS]


def _goal_row(goal: Goal, rounds: Sequence[RoundRecord]) -> tuple[str, ...]:
    chosen = [r for r in rounds if not goal.subsets or _subset(r) in goal.subsets]
    wanted = f'{"at least" if goal.figure.higher else "at most"} {100 * goal.limit:g}'
    lines = measure(chosen, (goal.figure,)) if chosen else []
    if not lines:
        return goal.title, '-', '-', '0', wanted, NO_DATA
    found = lines[0].estimate.value
    met = found >= goal.limit if goal.figure.higher else found <= goal.limit
    return (goal.title, percent(found), interval(lines[0].estimate), str(lines[0].rounds), wanted,
            REACHED if met else MISSED)


def subset_rows(run: Run) -> list[tuple[str, ...]]:
    """Return rows below SUBSET_HEAD, in the order of SUBSETS, then all rounds."""
    groups: dict[str, list[RoundRecord]] = {name: [] for name in SUBSETS}
    for record in run.rounds:
        groups[_subset(record)].append(record)
    rows = [(name, *_row(rounds)) for name, rounds in groups.items() if rounds]
    return [*rows, ('all', *_row(run.rounds))]


def _row(rounds: Sequence[RoundRecord]) -> tuple[str, ...]:
    found: Mapping[str, float] = values(rounds, _COLUMNS)
    asked = sum(not lost(r) for r in rounds)
    return str(asked), *(percent(found[figure.name]) for figure in _COLUMNS)


def _subset(record: RoundRecord) -> str:
    return record.tags[0].partition(':')[2]
