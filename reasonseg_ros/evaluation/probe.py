# SPDX-License-Identifier: Apache-2.0
"""What the memory of an engine is worth: "the other X" with it and without. Computes only."""

from collections.abc import Sequence
from dataclasses import dataclass

from reasonseg_ros.evaluation.figures import BY_NAME
from reasonseg_ros.evaluation.figures import RIGHT
from reasonseg_ros.evaluation.records import RoundRecord
from reasonseg_ros.evaluation.records import Run
from reasonseg_ros.evaluation.summaries import compare
from reasonseg_ros.evaluation.summaries import values
from reasonseg_ros.reports.tables import percent
from reasonseg_ros.reports.tables import signed

OBJECT = BY_NAME['object_ciou']


@dataclass(frozen=True)
class Probe:
    """ "The other X" right after an instance given by its mask, with and without memory.

    Words cannot tell which of the two is meant, so the gap is the worth of the memory.
    """

    memory: Run
    blank: Run

    @property
    def gain(self) -> float:
        """Object cIoU with memory minus that without, in [-1, 1]; NaN where nothing was asked."""
        memory, blank = (values(run.rounds, (OBJECT,))[OBJECT.name]
                         for run in (self.memory, self.blank))
        return memory - blank

    def __str__(self) -> str:
        if not self.memory.rounds:
            return 'no scene has two of a kind'
        change, = compare(self.blank.rounds, self.memory.rounds, (OBJECT,))
        gap = change.difference
        return (f'cIoU {percent(change.after)} with memory, {percent(change.before)} without: '
                f'{signed(gap.value)} (95 % interval {signed(gap.low)} to {signed(gap.high)}), '
                f'over {len(self.memory.rounds)} rounds; right '
                f'{percent(_right(self.memory.rounds))} and '
                f'{percent(_right(self.blank.rounds))} of the masks')


def _right(rounds: Sequence[RoundRecord]) -> float:
    """Share of masks with an IoU of at least 0.5, of what was wanted or answered."""
    ious = [t.iou for r in rounds for t in r.targets]
    return sum(iou >= RIGHT for iou in ious) / len(ious)
