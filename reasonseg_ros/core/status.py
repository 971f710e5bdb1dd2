# SPDX-License-Identifier: Apache-2.0
"""How a request ended; the values are the constants of `srv/Segment.srv`, as a test checks."""

from enum import IntEnum


class Status(IntEnum):
    """Result of one request; everything except the first three leaves the dialogue untouched."""

    OK = 0
    NOTHING_FOUND = 1
    AMBIGUOUS = 2
    BAD_REQUEST = 3
    BAD_REFERENCE = 4
    UNKNOWN_DIALOGUE = 5
    NO_IMAGE = 6
    STALE_IMAGE = 7
    BAD_IMAGE = 8
    BUSY = 9
    NOT_ACTIVE = 10
    DEADLINE = 11
    OUT_OF_MEMORY = 12
    INTERNAL = 13
