# SPDX-License-Identifier: Apache-2.0
"""`reasonseg ask TEXT`: says one sentence to a running node and prints the answer.

The dialogue lives in the node, so that the next call can say "its handle". Keeps nothing itself.
"""

import argparse

from reasonseg_ros.cli.text import instance_line, say
from reasonseg_ros.core.errors import ANSWERED, ReasonSegError


class RequestRefused(ReasonSegError):
    """The node did not answer the sentence; the text is its message."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `reasonseg ask` takes."""
    parser.add_argument('text', nargs='+', help='the sentence, e.g. "the remote"')
    add_node_arguments(parser)
    parser.add_argument('--pinned', action='store_true',
                        help='segment the image of the previous round, not the newest one')


def add_node_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare which node and which dialogue a client speaks to."""
    parser.add_argument('--node', default='segmenter', help='name of the node')
    parser.add_argument('--dialogue', default='', help='dialogue to continue (the default one)')
    parser.add_argument('--camera', default='', metavar='NAME',
                        help='which camera of the node (the one that the dialogue is about)')
    parser.add_argument('--timeout', type=float, default=60.0, metavar='SECONDS',
                        help='longest wait for an answer')


def seen_by(camera: str) -> str:
    """Say which camera it is about, where there are several."""
    return f'  (camera {camera})' if camera else ''


def main(args: argparse.Namespace) -> int:
    """Ask and print; fails when the node could not serve the sentence."""
    from reasonseg_ros.ros import dds  # ROS is needed from here on, and `dds` explains its absence
    dds.prepare()
    from reasonseg_ros.ros.client.client import Client
    with Client(args.node) as client:
        reply = client.segment(' '.join(args.text), args.dialogue, timeout=args.timeout,
                               policy='pinned' if args.pinned else 'latest',
                               camera=args.camera)
    if reply.status not in ANSWERED:
        raise RequestRefused(f'{reply.message} ({reply.status.name})')
    say(reply.answer + seen_by(reply.source))
    for instance in reply.instances:
        x0, y0, x1, y1 = map(int, instance.mask.box)
        say(f'  {instance_line(instance.id, instance.label, instance.score, instance.parent_id)}  '
            f'{instance.mask.area} px at x {x0}-{x1}, y {y0}-{y1}')
    return 0
