# SPDX-License-Identifier: Apache-2.0
"""Publishes what a served request leaves: on the topics of its camera, and as a sentence.

Does not answer services, and does not decide what a round holds.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from rclpy.lifecycle import LifecycleNode
from std_msgs.msg import String

from reasonseg_ros.core.dialogue import Dialogue
from reasonseg_ros.engines.session import Reply
from reasonseg_ros.ros.outputs import Create
from reasonseg_ros.ros.outputs import Outputs
from reasonseg_ros.ros.qos import RELIABLE
from reasonseg_ros.ros.space import Space
from reasonseg_ros.ros.speech import spoken


@dataclass(frozen=True, eq=False)
class Served:
    """A request that was served.

    dialogue  as it is now
    before    cameras that its rounds were about before
    space     its newest round; None when none is left
    seconds   from request to answer; 0 when nobody counts
    """

    reply: Reply
    dialogue: Dialogue
    before: set[str]
    space: Space | None
    seconds: float = 0.0


class Results:
    """The outputs of every camera of `node`, and `~/answer`, which all share.

    create  makes a lifecycle publisher of `node` from a type, a topic and a profile
    names   of the cameras
    """

    def __init__(self, node: LifecycleNode, create: Create, names: Iterable[str]) -> None:
        self._outputs = {name: Outputs(node, create, name) for name in names}
        self._answer = create(String, '~/answer', RELIABLE)

    def say(self, sentence: str) -> None:
        """Publish a sentence to speak back."""
        self._answer.publish(String(data=sentence))

    def publish(self, served: Served) -> None:
        """Publish a served request on the topics of its camera; clear those of cameras it left."""
        reply, dialogue, space = served.reply, served.dialogue, served.space
        self.say(spoken(reply))
        left = {record.source for record in dialogue.rounds}
        for source in served.before - left:
            if source in self._outputs:
                self._outputs[source].clear(dialogue.id)
        if space is None or space.record.source not in self._outputs:
            return
        outputs = self._outputs[space.record.source]
        outputs.list(space)
        if reply.round:
            outputs.draw(space, [i for i in dialogue.instances if i.round != reply.round])
