# SPDX-License-Identifier: Apache-2.0
"""What a request is answered with: the whole, and what is ready of it before. Values only."""

from dataclasses import dataclass, field

from reasonseg_ros.core.dialogue.dialogue import Instance, Round
from reasonseg_ros.core.errors import Status


@dataclass(frozen=True)
class Reply:
    """What became of a request that was served; one that was not raises a ReasonSegError.

    status       OK, NOTHING_FOUND, AMBIGUOUS or TALK
    message      one sentence about the status or about what the words were taken to mean
    round        index of the recorded round; 0 when none was (talk, undo, go back, start over)
    answer       the sentence to speak
    instances    new instances, in the order of the answer
    references   ids of the earlier instances that were meant
    frame_stamp  nanoseconds of the frame that was segmented; 0 when none was
    frame_id     optical frame of that image; '' when none was
    source       name of the camera that it is of; '' when there is only one
    seconds      stage -> seconds; 'total' is the whole request. 'context' includes what the engine
                 calls 'vision' when the image was new
    persistent   whether the dialogue is on disk with this round, as a node has told; a session
                 does not know
    """

    status: Status
    message: str
    dialogue_id: str
    round: int = 0
    answer: str = ''
    instances: tuple[Instance, ...] = ()
    references: tuple[int, ...] = ()
    frame_stamp: int = 0
    frame_id: str = ''
    source: str = ''
    seconds: dict[str, float] = field(default_factory=dict)
    persistent: bool = False


@dataclass(frozen=True)
class PartialReply:
    """What is ready of a reply while it is made; nothing of it is recorded yet.

    stage      what runs now: 'grammar', 'context', 'vision' or a stage of the engine
    answer     words decoded so far
    instances  complete instances; ids and parents are those that the reply will have
    """

    stage: str
    dialogue_id: str
    answer: str = ''
    instances: tuple[Instance, ...] = ()
    frame_stamp: int = 0
    frame_id: str = ''


def reply_of(dialogue_id: str, record: Round, message: str) -> Reply:
    """Return what to reply when a round has been answered; `message` as in Reply."""
    return Reply(record.status, message, dialogue_id, record.index, record.answer,
                 record.instances, record.references, record.stamp, record.frame_id,
                 record.source, dict(record.seconds))
