# SPDX-License-Identifier: Apache-2.0
"""Waiting for a node ends with its answer, with its refusal, or with what it said last."""

from types import SimpleNamespace

import pytest

from reasonseg_ros.core.errors import DeadlineExceeded, Status
from reasonseg_ros.ros.client import ready
from reasonseg_ros.ros.client.ready import ask_when_ready
from reasonseg_ros.ros.processes import ChildFailed
from reasonseg_ros.ros.reports import NodeState

WAITING = SimpleNamespace(status=Status.NO_IMAGE, message='no image has arrived')
REFUSED = SimpleNamespace(status=Status.NOT_ACTIVE, message='there is no such file')
SERVED = SimpleNamespace(status=Status.OK, message='')


@pytest.fixture
def pauses(monkeypatch):
    """Collect the pauses instead of making them."""
    made = []
    monkeypatch.setattr(ready.time, 'sleep', made.append)
    return made


def _replies(*replies):
    left = list(replies)
    return lambda: left.pop(0)


def _client(*states):
    """Return a client that is told these states, then that the node is starting up."""
    left = list(states)
    return SimpleNamespace(state=lambda: left.pop(0) if left else NodeState.INACTIVE)


@pytest.mark.parametrize('status', [Status.OK, Status.AMBIGUOUS, Status.BAD_REQUEST])
def test_the_first_reply_of_a_ready_node_is_returned_after_pauses(pauses, status):
    served = SimpleNamespace(status=status, message='')
    assert ask_when_ready(_client(), _replies(WAITING, WAITING, served), (), 60.0) is served
    assert pauses == [ready.PAUSE] * 2


def test_a_node_that_says_it_is_broken_ends_the_wait_with_its_newest_message(pauses):
    starting = SimpleNamespace(status=Status.NOT_ACTIVE, message='it is loading the model')
    with pytest.raises(DeadlineExceeded, match='^there is no such file$'):
        ask_when_ready(_client(None, NodeState.BROKEN), _replies(starting, starting, REFUSED), (),
                       60.0)
    assert len(pauses) == 2


def test_a_refusal_is_waited_out_whatever_its_sentence(pauses):
    worded = SimpleNamespace(status=Status.NOT_ACTIVE, message='it could not be configured')
    assert ask_when_ready(_client(), _replies(worded, SERVED), (), 60.0) is SERVED


def test_a_node_that_was_broken_and_serves_now_is_ready(pauses):
    assert ask_when_ready(_client(NodeState.BROKEN), _replies(REFUSED, SERVED), (), 60.0) is SERVED


def test_statuses_that_are_not_waited_for_are_returned(pauses):
    assert ask_when_ready(_client(), _replies(REFUSED, WAITING), (), 60.0,
                          not_yet=(Status.NOT_ACTIVE,)) is WAITING


def test_the_end_of_the_patience_quotes_the_node(pauses):
    with pytest.raises(DeadlineExceeded, match='not ready after -1 s: no image has arrived'):
        ask_when_ready(_client(), _replies(WAITING), (), -1.0)


def test_a_process_that_ended_ends_the_wait(pauses):
    def check():
        raise ChildFailed('the camera ended')
    with pytest.raises(ChildFailed):
        ask_when_ready(_client(), _replies(), (SimpleNamespace(check=check),), 60.0)
