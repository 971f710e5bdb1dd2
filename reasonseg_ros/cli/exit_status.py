# SPDX-License-Identifier: Apache-2.0
"""The exit statuses of all verbs: one table, so that a script can tell how a sentence ended.

The page docs/command_line.md prints it. Does not end the program.
"""

from collections.abc import Iterable

from reasonseg_ros.core.errors import Status

DONE = 0
FAILED = 1         # the command itself, or a check that did not hold
USAGE = 2          # bad usage or input
INTERRUPTED = 130  # what a shell reports for a program that Ctrl-C ended
CLOSED = 141       # and for one whose reader has gone, as with `| head`

# How a request ended -> exit status, from the best to the worst. From 6 on they are one number.
EXITS: dict[Status, int] = {
    Status.OK: DONE,
    Status.AMBIGUOUS: 4,
    Status.TALK: 5,
    Status.NOTHING_FOUND: 3,
    Status.BAD_REFERENCE: USAGE,
    Status.UNKNOWN_DIALOGUE: USAGE,
    Status.BAD_REQUEST: USAGE,
    Status.NO_IMAGE: 6,
    Status.STALE_IMAGE: 7,
    Status.BAD_IMAGE: 8,
    Status.BUSY: 9,
    Status.NOT_ACTIVE: 10,
    Status.DEADLINE: 11,
    Status.OUT_OF_MEMORY: 12,
    Status.INTERNAL: FAILED,
}


def exit_status(status: Status) -> int:
    """Return the exit status for how a request ended."""
    return EXITS[status]


def worst(statuses: Iterable[Status]) -> Status:
    """Return the one that stands last in the table; OK when there is none."""
    ranks = list(EXITS)
    return max(statuses, key=ranks.index, default=Status.OK)
