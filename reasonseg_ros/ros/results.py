# SPDX-License-Identifier: Apache-2.0
"""Publishes what a served request leaves: on the topics of its camera, and as a sentence.

Does not answer services, and does not decide what a round holds.
"""

from collections.abc import Iterable
from collections.abc import Mapping
from dataclasses import dataclass

from rclpy.lifecycle import LifecycleNode
from std_msgs.msg import String

from reasonseg_ros.core.dialogue.dialogue import Dialogue
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
    spaces    newest rounds by camera: that of the dialogue, and those of cameras that lost rounds
    emptied   cameras that lost all rounds
    seconds   from request to answer; 0 when nobody counts
    """

    reply: Reply
    dialogue: Dialogue
    spaces: Mapping[str, Space]
    emptied: tuple[str, ...]
    seconds: float = 0.0

    @property
    def space(self) -> Space:
        """The newest round of the dialogue, which has one."""
        return self.spaces[self.dialogue.rounds[-1].source]


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
        """Publish a served request on the topics of the cameras that it changed."""
        reply, dialogue = served.reply, served.dialogue
        self.say(spoken(reply))
        for source in self._outputs.keys() & set(served.emptied):
            self._outputs[source].clear(dialogue.id)
        for source in self._outputs.keys() & served.spaces.keys():
            self._outputs[source].list(served.spaces[source])
        if reply.round and served.space.record.source in self._outputs:
            self._outputs[served.space.record.source].draw(
                served.space, [i for i in dialogue.instances if i.round != reply.round])
