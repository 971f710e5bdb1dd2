# SPDX-License-Identifier: Apache-2.0
"""Errors of the domain. Each carries the status that a client sees; the text is the message.

A text names the thing, the value found, the value expected and the next step, in one sentence.

A status is how a request ended; its values are the constants of `srv/Segment.srv`, as a test
checks.
"""

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
    TALK = 14


ANSWERED = (Status.OK, Status.NOTHING_FOUND, Status.AMBIGUOUS)  # the others are refusals


class ReasonSegError(Exception):
    """Base of every error that is answered with a status instead of a traceback."""

    status = Status.INTERNAL


class BadRequest(ReasonSegError):
    """The instruction or an argument cannot be served."""

    status = Status.BAD_REQUEST


class BadInput(BadRequest):
    """A file or an option that a person gave cannot be used; the command line ends with 2."""


class BadReference(ReasonSegError):
    """The instruction names an instance or round that the dialogue does not have."""

    status = Status.BAD_REFERENCE


class UnknownDialogue(ReasonSegError):
    """No dialogue has this id."""

    status = Status.UNKNOWN_DIALOGUE


class NoImage(ReasonSegError):
    """No camera image has arrived."""

    status = Status.NO_IMAGE


class StaleImage(ReasonSegError):
    """The newest image is older than the request allows."""

    status = Status.STALE_IMAGE


class BadImage(ReasonSegError):
    """An image cannot be decoded, or does not fit its companions."""

    status = Status.BAD_IMAGE


class Busy(ReasonSegError):
    """Another request is running and one is already waiting."""

    status = Status.BUSY


class NotActive(ReasonSegError):
    """The node is not in the active lifecycle state."""

    status = Status.NOT_ACTIVE


class DeadlineExceeded(ReasonSegError):
    """The deadline passed, or the request was cancelled, before the answer was complete."""

    status = Status.DEADLINE


class Cancelled(DeadlineExceeded):
    """Somebody who need not be the one that asked cancelled the request."""


class OutOfMemory(ReasonSegError):
    """The device has too little memory for this request."""

    status = Status.OUT_OF_MEMORY


class BadCheckpoint(ReasonSegError):
    """A checkpoint is missing, damaged, or belongs to another engine."""


def to_speak(error: ReasonSegError) -> str:
    """What to say aloud to a sentence that was refused; '' where saying it otherwise is no help."""
    return str(error) if error.status in (Status.BAD_REQUEST, Status.BAD_REFERENCE) else ''
