# SPDX-License-Identifier: Apache-2.0
"""How far a figure can be trusted: the bootstrap over dialogues, for one run and for two.

Rounds of one dialogue stand and fall together, so whole dialogues are drawn with replacement
(Efron and Tibshirani 1993, chapters 6, 13 and 16). Every figure is a sum over dialogues divided by
another, so a draw is a weighted sum and thousands of draws are one matrix product. Knows no
rounds; those are in `evaluation.summaries`.
"""

from dataclasses import dataclass

import numpy as np

RESAMPLES = 1000
SEED = 0
LEVEL = 0.95           # of every interval
LEAST = 8              # dialogues below which draws say too little; docs/metrics.md, Intervals
CHUNK = 2_000_000      # drawn dialogues at a time, 16 MB


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95 % interval; all NaN where nothing counts.

    The interval is NaN for fewer than LEAST dialogues, which say too little about others.
    """

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Difference(Estimate):
    """The second run less the first, over the same dialogues.

    p  how often a difference this far from 0 comes from no difference, two-sided; NaN for fewer
       than LEAST dialogues
    """

    p: float

    @property
    def significant(self) -> bool:
        """Whether the interval leaves out 0."""
        return self.low > 0 or self.high < 0


def resample(sums: np.ndarray, resamples: int = RESAMPLES, seed: int = SEED) -> np.ndarray:
    """Return column sums, float64 [resamples, K], of dialogues drawn from float [D, K], D > 0.

    The same seed and D draw the same dialogues, which is what makes two runs comparable.
    """
    units = len(sums)
    rng = np.random.default_rng(seed)
    rows = max(1, CHUNK // units)
    drawn = []
    for start in range(0, resamples, rows):
        count = min(rows, resamples - start)
        chosen = rng.integers(0, units, (count, units)) + units * np.arange(count)[:, None]
        times = np.bincount(chosen.ravel(), minlength=count * units).reshape(count, units)
        drawn.append(times.astype(float) @ sums)
    return np.concatenate(drawn)


def estimate(value: float, draws: np.ndarray, units: int) -> Estimate:
    """Return a figure with the interval of its `draws`, float [B]; draws of nothing are NaN."""
    return Estimate(value, *_interval(draws, units))


def difference(value: float, draws: np.ndarray, units: int) -> Difference:
    """Return a difference with the interval of its `draws` and the chance that it is none."""
    drawn = draws[~np.isnan(draws)]
    beyond = min(np.count_nonzero(drawn <= 0), np.count_nonzero(drawn >= 0))
    p = min(1.0, 2 * (beyond + 1) / (len(drawn) + 1)) if units >= LEAST else float('nan')
    return Difference(value, *_interval(draws, units), p)


def _interval(draws: np.ndarray, units: int) -> tuple[float, float]:
    """Percentile interval."""
    drawn = draws[~np.isnan(draws)]
    if units < LEAST or not len(drawn):
        return float('nan'), float('nan')
    low, high = np.quantile(drawn, ((1 - LEVEL) / 2, (1 + LEVEL) / 2))
    return float(low), float(high)
