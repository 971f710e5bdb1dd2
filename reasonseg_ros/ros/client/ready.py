# SPDX-License-Identifier: Apache-2.0
"""Waits for a node that is starting up, and reads its answers back. Starts and prints nothing."""

import time
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from reasonseg_ros.core.dialogue.dialogue import Instance, Round
from reasonseg_ros.core.errors import ANSWERED, DeadlineExceeded, Status
from reasonseg_ros.engines.protocol import unheard
from reasonseg_ros.evaluation.interview import RoundAnswer
from reasonseg_ros.ros.processes import Child
from reasonseg_ros.ros.reports import NodeState

if TYPE_CHECKING:
    from reasonseg_ros.engines.reply import Reply
    from reasonseg_ros.ros.client.client import Client

NOT_YET = (Status.NO_IMAGE, Status.NOT_ACTIVE, Status.STALE_IMAGE)  # while things start up
PAUSE = 0.2  # seconds between tries


class NodeNotReady(DeadlineExceeded):
    """The node did not become ready in time, or cannot."""

    status = Status.NOT_ACTIVE


def wait_for_node(client: 'Client', children: tuple[Child, ...], within: float,
                  tell: Callable[[str], None] = unheard) -> None:
    """Return when the node serves requests; raises as `ask_when_ready` does.

    tell  told why it does not, each time that the reason changes
    """
    from reasonseg_ros.ros.client.client import NodeMissing
    end, broken = time.monotonic() + within, False
    told = ''
    while True:
        for child in children:
            child.check()
        try:
            client.dialogues()
            return
        except NodeMissing as error:
            if broken:
                raise NodeNotReady(str(error)) from error
            if time.monotonic() > end:
                raise NodeNotReady(f'the node was not ready after {within:g} s: {error}'
                                   ) from error
            if str(error) != told:
                told = str(error)
                tell(told)
        time.sleep(PAUSE)
        broken = client.state() is NodeState.BROKEN  # the next refusal says why


def ask_when_ready(client: 'Client', ask: 'Callable[[], Reply]', children: tuple[Child, ...],
                   within: float, not_yet: Collection[Status] = NOT_YET, pause: float = PAUSE
                   ) -> 'Reply':
    """Call `ask` until its reply has another status than those of `not_yet`; return the reply.

    pause  seconds between two calls

    Raises NodeNotReady with the node's message after `within` seconds, and as soon as the node
    tells the client that it is broken; ChildFailed when one of `children` has ended.
    """
    end, broken = time.monotonic() + within, False
    while True:
        for child in children:
            child.check()
        reply = ask()
        if reply.status not in not_yet:
            return reply
        if reply.status is Status.NOT_ACTIVE and broken:
            raise NodeNotReady(reply.message)
        if time.monotonic() > end:
            raise NodeNotReady(f'the node was not ready after {within:g} s: {reply.message}')
        time.sleep(pause)
        broken = client.state() is NodeState.BROKEN  # the next refusal says why


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
