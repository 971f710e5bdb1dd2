# SPDX-License-Identifier: Apache-2.0
"""One word for how a round went, and how bad that is: what a gallery sorts and filters by."""

from reasonseg_ros.core.errors import Status
from reasonseg_ros.evaluation.figures import lost
from reasonseg_ros.evaluation.figures import right
from reasonseg_ros.evaluation.figures import scored
from reasonseg_ros.evaluation.records import RoundRecord

RIGHT = 'right'
WRONG_MASK = 'wrong mask'
REFUSED = 'wrongly refused'
NOT_REFUSED = 'should have refused'
ASKED = 'needless question'
NOT_ASKED = 'should have asked'
LOST = 'not asked, lost'
FAILED = 'error'
OPEN = 'no truth'

_ANSWERS = {Status.OK.name, Status.NOTHING_FOUND.name, Status.AMBIGUOUS.name}


def verdict(record: RoundRecord) -> str:
    """Return how a round went."""
    if not scored(record) and not record.expected:
        return OPEN
    if lost(record):
        return LOST
    if right(record):
        return RIGHT
    if record.status not in _ANSWERS:
        return FAILED
    if record.expected == Status.NOTHING_FOUND.name:
        return NOT_REFUSED
    if record.expected == Status.AMBIGUOUS.name:
        return NOT_ASKED
    if record.status == Status.NOTHING_FOUND.name:
        return REFUSED
    return ASKED if record.status == Status.AMBIGUOUS.name else WRONG_MASK


def quality(record: RoundRecord) -> float:
    """Return 0 for the worst to 1 for the best: mean IoU where masks are scored, else 0 or 1."""
    if scored(record) and record.targets:
        return sum(t.iou for t in record.targets) / len(record.targets)
    return float(verdict(record) in (RIGHT, OPEN))
