# SPDX-License-Identifier: Apache-2.0
"""Waiting for a node ends with its answer, with its refusal, or with what it said last."""

from types import SimpleNamespace

import pytest

from reasonseg_ros.core.errors import DeadlineExceeded, Status
from reasonseg_ros.ros.client import ready
from reasonseg_ros.ros.client.ready import ask_when_ready
from reasonseg_ros.ros.processes import ChildFailed

WAITING = SimpleNamespace(status=Status.NO_IMAGE, message='no image has arrived')
BROKEN = SimpleNamespace(status=Status.NOT_ACTIVE,
                         message='/segmenter is not active: it could not be configured: no file')


@pytest.fixture
def pauses(monkeypatch):
    """Collect the pauses instead of making them."""
    made = []
    monkeypatch.setattr(ready.time, 'sleep', made.append)
    return made


def _replies(*replies):
    left = list(replies)
    return lambda: left.pop(0)


@pytest.mark.parametrize('status', [Status.OK, Status.AMBIGUOUS, Status.BAD_REQUEST])
def test_the_first_reply_of_a_ready_node_is_returned_after_pauses(pauses, status):
    served = SimpleNamespace(status=status, message='')
    assert ask_when_ready(_replies(WAITING, WAITING, served), (), 60.0) is served
    assert pauses == [ready.PAUSE] * 2


def test_a_node_that_cannot_start_ends_the_wait_at_once_with_its_message(pauses):
    with pytest.raises(DeadlineExceeded, match='could not be configured: no file$'):
        ask_when_ready(_replies(BROKEN), (), 60.0)
    assert pauses == []


def test_the_end_of_the_patience_quotes_the_node(pauses):
    with pytest.raises(DeadlineExceeded, match='not ready after -1 s: no image has arrived'):
        ask_when_ready(_replies(WAITING), (), -1.0)


def test_a_process_that_ended_ends_the_wait(pauses):
    def check():
        raise ChildFailed('the camera ended')
    with pytest.raises(ChildFailed):
        ask_when_ready(_replies(), (SimpleNamespace(check=check),), 60.0)
