# SPDX-License-Identifier: Apache-2.0
"""From the rounds of a run to its tables: figures with intervals, by round, by tag; two runs.

Computes; printing and drawing are in `reports.tables` and `reports.run`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from reasonseg_ros.core.errors import BadInput
from reasonseg_ros.evaluation import bootstrap
from reasonseg_ros.evaluation.bootstrap import Difference, Estimate
from reasonseg_ros.evaluation.figures import (
    BINS,
    FIGURES,
    GROUPED,
    RIGHT_IOU,
    Figure,
    answers,
    value,
)
from reasonseg_ros.evaluation.records import RoundRecord, Run


@dataclass(frozen=True)
class Line:
    """One figure of a table; `rounds` is how many rounds count in it."""

    figure: Figure
    estimate: Estimate
    rounds: int


@dataclass(frozen=True)
class Change:
    """One figure of two runs, over the rounds that both have."""

    figure: Figure
    before: float
    after: float
    difference: Difference
    rounds: int

    @property
    def worse(self) -> bool:
        """Whether the second run is significantly worse."""
        return self.difference.significant and (self.difference.value < 0) == self.figure.higher


@dataclass(frozen=True)
class Bin:
    """Answers of like scores: their mean score, the share that was right, and how many."""

    score: float
    right: float
    count: int


@dataclass(frozen=True)
class Summary:
    """The tables of one run.

    lines        figures that the run has data for
    by_round     index in the dialogue -> lines
    groups       group of tags, e.g. 'kind' -> value, e.g. 'other' -> lines
    reliability  bins of the score that have answers, the lowest first
    """

    lines: tuple[Line, ...]
    by_round: Mapping[str, tuple[Line, ...]]
    groups: Mapping[str, Mapping[str, tuple[Line, ...]]]
    reliability: tuple[Bin, ...]


def summarise(run: Run) -> Summary:
    """Return the tables of a run."""
    by_round: dict[int, list[RoundRecord]] = {}
    groups: dict[str, dict[str, list[RoundRecord]]] = {}
    for record in run.rounds:
        by_round.setdefault(record.round, []).append(record)
        for tag in record.tags:
            group, _, name = tag.partition(':')
            groups.setdefault(group, {}).setdefault(name, []).append(record)
    return Summary(
        tuple(measure(run.rounds)),
        {str(index): tuple(measure(by_round[index], GROUPED)) for index in sorted(by_round)},
        {group: {name: tuple(measure(named[name], GROUPED)) for name in sorted(named)}
         for group, named in sorted(groups.items())},
        reliability(run.rounds))


def measure(rounds: Sequence[RoundRecord], figures: Sequence[Figure] = FIGURES) -> list[Line]:
    """Return the figures that the rounds have data for, each with its interval."""
    tally = _Tally(rounds, figures, _dialogues(rounds))
    if not tally.units:
        return []
    drawn = bootstrap.resample(tally.sums)
    return [Line(figure, bootstrap.estimate(
        float(value(tally.sums[:, place].sum(0))), value(drawn[:, place]), tally.units), count)
        for figure, place, count in tally.present()]


def values(rounds: Sequence[RoundRecord], figures: Sequence[Figure] = FIGURES
           ) -> dict[str, float]:
    """Return every figure by its name, without intervals; NaN where nothing counts."""
    tally = _Tally(rounds, figures, _dialogues(rounds))
    return {figure.name: float(value(tally.sums[:, place].sum(0)))
            for figure, place in zip(figures, tally.places)}


def compare(before: Iterable[RoundRecord], after: Iterable[RoundRecord],
            figures: Sequence[Figure] = FIGURES) -> list[Change]:
    """Compare two runs over the rounds that both have. Raises BadInput when there are none."""
    first = {(r.dialogue, r.round): r for r in before}
    second = {(r.dialogue, r.round): r for r in after}
    common = [key for key in first if key in second]
    if not common:
        raise BadInput('the two runs have no round in common, so they cannot be compared; give '
                       'two runs over the same dialogues')
    return _changes([first[key] for key in common], [second[key] for key in common], figures)


def compare_dialogues(before: Iterable[RoundRecord], after: Iterable[RoundRecord],
                      figures: Sequence[Figure] = FIGURES) -> list[Change]:
    """Compare two runs over the dialogues that both have, whichever rounds those have.

    For rounds that were permuted, or that differ since another image allows others. Raises
    BadInput when no dialogue is in both.
    """
    first, second = list(before), list(after)
    common = set(_dialogues(first)) & set(_dialogues(second))
    if not common:
        raise BadInput('the two runs have no dialogue in common, so they cannot be compared; give '
                       'two runs over the same scenes')
    return _changes([r for r in first if r.dialogue in common],
                    [r for r in second if r.dialogue in common], figures)


def _changes(before: Sequence[RoundRecord], after: Sequence[RoundRecord],
             figures: Sequence[Figure]) -> list[Change]:
    """Compare rounds of the same dialogues, drawing dialogues for both at once."""
    dialogues = _dialogues(before)
    one, two = (_Tally(rounds, figures, dialogues) for rounds in (before, after))
    drawn = np.split(bootstrap.resample(np.hstack([one.sums, two.sums])), 2, axis=1)
    changes = []
    for figure, place, count in one.present():
        old, new = (float(value(t.sums[:, place].sum(0))) for t in (one, two))
        if np.isnan(new):
            continue
        gap = value(drawn[1][:, place]) - value(drawn[0][:, place])
        changes.append(Change(figure, old, new, bootstrap.difference(
            new - old, gap, len(dialogues)), count))
    return changes


def reliability(rounds: Iterable[RoundRecord]) -> tuple[Bin, ...]:
    """Return how right answers of like scores are, in bins of equal width."""
    pairs = np.array([(t.score, t.iou >= RIGHT_IOU) for r in rounds for t in answers(r)], float)
    pairs = pairs.reshape(-1, 2)
    place = np.minimum((pairs[:, 0] * BINS).astype(int), BINS - 1)
    found = [pairs[place == b] for b in range(BINS)]
    return tuple(Bin(float(f[:, 0].mean()), float(f[:, 1].mean()), len(f))
                 for f in found if len(f))


class _Tally:
    """Terms of figures, summed per dialogue: `sums` float64 [D, columns of all figures]."""

    def __init__(self, rounds: Sequence[RoundRecord], figures: Sequence[Figure],
                 dialogues: Sequence[str]) -> None:
        self.figures = figures
        self.units = len(dialogues)
        ends = np.cumsum([figure.width for figure in figures]).tolist()
        self.places = [slice(end - figure.width, end) for end, figure in zip(ends, figures)]
        self.counts = [0] * len(figures)
        self.sums = np.zeros((self.units, ends[-1]))
        row = {dialogue: index for index, dialogue in enumerate(dialogues)}
        for record in rounds:
            sums = self.sums[row[record.dialogue]]
            for index, figure in enumerate(figures):
                terms = figure.terms(record)
                if terms is not None:
                    sums[self.places[index]] += terms
                    self.counts[index] += 1

    def present(self) -> Iterable[tuple[Figure, slice, int]]:
        """Figures that rounds count in, with their columns and the number of those rounds."""
        return ((f, p, c) for f, p, c in zip(self.figures, self.places, self.counts) if c)


def _dialogues(rounds: Iterable[RoundRecord]) -> list[str]:
    return list(dict.fromkeys(r.dialogue for r in rounds))
