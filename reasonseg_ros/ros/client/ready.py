# SPDX-License-Identifier: Apache-2.0
"""Waits for a node that is starting up, and reads its answers back. Starts and prints nothing."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from reasonseg_ros.core.dialogue.dialogue import Instance, Round
from reasonseg_ros.core.errors import ANSWERED, DeadlineExceeded, Status
from reasonseg_ros.engines.protocol import unheard
from reasonseg_ros.evaluation.interview import RoundAnswer
from reasonseg_ros.ros.processes import Child

if TYPE_CHECKING:
    from reasonseg_ros.engines.session import Reply
    from reasonseg_ros.ros.client.client import Client

NOT_YET = (Status.NO_IMAGE, Status.NOT_ACTIVE, Status.STALE_IMAGE)  # while things start up
PAUSE = 0.2  # seconds between tries
HOPELESS = 'could not be configured'  # as the node says it; waiting does not help


class NodeNotReady(DeadlineExceeded):
    """The node did not become ready in time, or cannot."""

    status = Status.NOT_ACTIVE


def wait_for_node(client: 'Client', children: tuple[Child, ...], within: float,
                  tell: Callable[[str], None] = unheard) -> None:
    """Return when the node serves requests; raises as `ask_when_ready` does.

    tell  told why it does not, each time that the reason changes
    """
    from reasonseg_ros.ros.client.client import NodeMissing
    end = time.monotonic() + within
    told = ''
    while True:
        for child in children:
            child.check()
        try:
            client.dialogues()
            return
        except NodeMissing as error:
            if HOPELESS in str(error):
                raise NodeNotReady(str(error)) from error
            if time.monotonic() > end:
                raise NodeNotReady(f'the node was not ready after {within:g} s: {error}'
                                   ) from error
            if str(error) != told:
                told = str(error)
                tell(told)
        time.sleep(PAUSE)


def ask_when_ready(ask: 'Callable[[], Reply]', children: tuple[Child, ...], within: float
                   ) -> 'Reply':
    """Call `ask` until the node serves it or refuses it for another reason; return the reply.

    Raises NodeNotReady with the node's message after `within` seconds, and at once when the
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
            raise NodeNotReady(reply.message)
        if time.monotonic() > end:
            raise NodeNotReady(f'the node was not ready after {within:g} s: {reply.message}')
        time.sleep(PAUSE)


def recorded_answer(client: 'Client', reply: 'Reply', size: tuple[int, int]
                    ) -> tuple[RoundAnswer, Round | None, dict[int, Instance]]:
    """Read back what a reply has left in its dialogue.

    size  width and height that masks are brought to, pixels

    Returns the answer for an interview, the round that the node recorded (None = none), and every
    instance of the dialogue by its id.
    """
    rounds = client.rounds(reply.dialogue_id)[1]
    newest = rounds[-1] if rounds and rounds[-1].index == reply.round else None
    shown = {i.id: i.at(*size) for r in rounds for i in r.instances}
    meant = () if newest is None else newest.references
    return RoundAnswer(
        reply.status.name, reply.answer or reply.message,
        tuple(i.at(*size) for i in reply.instances),
        meant if reply.status in ANSWERED else None, alive=frozenset(shown),
        recorded=newest is not None, seconds=dict(reply.seconds)), newest, shown
