# SPDX-License-Identifier: Apache-2.0
"""Waits for a node that is starting up to answer. Starts nothing and prints nothing."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from reasonseg_ros.core.errors import DeadlineExceeded
from reasonseg_ros.core.errors import Status
from reasonseg_ros.ros.processes import Child

if TYPE_CHECKING:
    from reasonseg_ros.engines.session import Reply

NOT_YET = (Status.NO_IMAGE, Status.NOT_ACTIVE, Status.STALE_IMAGE)  # while things start up
PAUSE = 0.2  # seconds between tries
HOPELESS = 'could not be configured'  # as the node says it; waiting does not help


def ask_when_ready(ask: 'Callable[[], Reply]', children: tuple[Child, ...], within: float
                   ) -> 'Reply':
    """Call `ask` until the node serves it or refuses it for another reason; return the reply.

    Raises DeadlineExceeded with the node's message after `within` seconds, and at once when the
    node says that it cannot start; ChildFailed when one of `children` has ended.
    """
    end = time.monotonic() + within
    while True:
        for child in children:
            child.check()
        reply = ask()
        if reply.status not in NOT_YET:
            return reply
        if reply.status is Status.NOT_ACTIVE and HOPELESS in reply.message:
            raise DeadlineExceeded(reply.message)
        if time.monotonic() > end:
            raise DeadlineExceeded(f'the node was not ready after {within:g} s: {reply.message}')
        time.sleep(PAUSE)
