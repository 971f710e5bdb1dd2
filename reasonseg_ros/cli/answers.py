# SPDX-License-Identifier: Apache-2.0
"""An answer as a person reads it and as a program reads it: what `ask`, `chat`, `segment` print.

Knows neither ROS nor engines.
"""

import argparse
import json
from typing import TYPE_CHECKING

from reasonseg_ros.cli.exit_status import exit_status
from reasonseg_ros.cli.text import instance_line, say
from reasonseg_ros.core.errors import ANSWERED, ReasonSegError, Status

if TYPE_CHECKING:
    from reasonseg_ros.engines.reply import Reply

SHOWS = ('auto', 'always', 'never')


class RequestRefused(ReasonSegError):
    """The node did not answer the sentence; the text is its message, the status its status."""

    def __init__(self, reply: 'Reply') -> None:
        super().__init__(f'{reply.message} ({reply.status.name})')
        self.status = reply.status


def add_show(parser: argparse.ArgumentParser) -> None:
    """Declare whether the answer is drawn in the terminal."""
    parser.add_argument('--show', choices=SHOWS, default='auto',
                        help='draw the answer in the terminal: always, never, or where it shows '
                             'images (auto)')


def is_spoken(status: Status) -> bool:
    """Whether there is a sentence to speak: everything else is a refusal."""
    return status in ANSWERED or status is Status.TALK


def print_reply(reply: 'Reply', *, boxes: bool) -> None:
    """Print the sentence and a line for each instance; `boxes` adds area and place in pixels."""
    camera = f'  (camera {reply.source})' if reply.source else ''
    say((reply.answer or reply.message) + camera)
    for instance in reply.instances:
        line = instance_line(instance.id, instance.label, instance.score, instance.parent_id)
        if boxes:
            x0, y0, x1, y1 = map(int, instance.mask.box)
            line += f'  {instance.mask.area} px at x {x0}-{x1}, y {y0}-{y1}'
        say(f'  {line}')


def print_json(reply: 'Reply', instruction: str) -> None:
    """Print the reply as one line of JSON, whatever its status."""
    say(json.dumps(reply_record(reply, instruction), ensure_ascii=False))


def reply_record(reply: 'Reply', instruction: str) -> dict[str, object]:
    """Return a reply as JSON.

    Masks are COCO run lengths that may end at the right and lower edge of their box; `stamp` is
    nanoseconds and `exit` the exit status that `reasonseg ask` has for it.
    """
    from reasonseg_ros.evaluation.records import instance_record
    return {
        'instruction': instruction, 'status': reply.status.name,
        'exit': exit_status(reply.status), 'answer': reply.answer, 'message': reply.message,
        'dialogue': reply.dialogue_id, 'round': reply.round, 'camera': reply.source,
        'stamp': reply.frame_stamp, 'frame_id': reply.frame_id,
        'instances': [{**instance_record(i), 'state': i.state.name, 'clause': i.clause,
                       'role': i.role.name} for i in reply.instances],
        'seconds': reply.seconds}
