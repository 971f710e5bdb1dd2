# SPDX-License-Identifier: Apache-2.0
"""`reasonseg ask TEXT`: says one sentence to a running node and prints the answer.

The dialogue lives in the node, so that the next call can say "its handle". The exit status tells
how the sentence ended (`cli.exit_status`). Keeps nothing itself.
"""

import argparse
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from reasonseg_ros.cli import terminal_image
from reasonseg_ros.cli.answers import RequestRefused, add_show, is_spoken, print_json, print_reply
from reasonseg_ros.cli.exit_status import exit_status
from reasonseg_ros.cli.text import note
from reasonseg_ros.core.errors import ReasonSegError

if TYPE_CHECKING:
    import numpy as np

    from reasonseg_ros.engines.reply import Reply
    from reasonseg_ros.ros.client.client import Client
    from reasonseg_ros.ros.client.listeners import Overlays

PATIENCE = 1.0       # seconds without a service until it is said that no node is there
IMAGE_WITHIN = 5.0   # seconds that the first image may take after the node is ready
DRAWN_WITHIN = 3.0   # seconds that an overlay may take after the answer


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `reasonseg ask` takes."""
    parser.add_argument('text', nargs='+', help='the sentence, e.g. "the remote"')
    add_node_arguments(parser)
    parser.add_argument('--pinned', action='store_true',
                        help='segment the image of the previous round, not the newest one')
    parser.add_argument('--json', action='store_true',
                        help='print the answer, or the refusal, as one line of JSON with masks')
    parser.add_argument('--overlay', type=Path, metavar='FILE',
                        help='write the image with its masks as PNG')
    add_show(parser)


def add_node_names(parser: argparse.ArgumentParser) -> None:
    """Declare which node, dialogue and camera."""
    parser.add_argument('--node', default='segmenter', help='name of the node')
    parser.add_argument('--dialogue', default='', help='dialogue to continue (the default one)')
    parser.add_argument('--camera', default='', metavar='NAME',
                        help='which camera of the node (the one that the dialogue is about)')


def add_node_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare which node and which dialogue a client speaks to, and how long it waits."""
    add_node_names(parser)
    parser.add_argument('--timeout', type=float, default=60.0, metavar='SECONDS',
                        help='longest wait for an answer')
    parser.add_argument('--wait', type=float, default=60.0, metavar='SECONDS',
                        help='longest wait for a node that is starting or loads its model (60)')


def main(args: argparse.Namespace) -> int:
    """Ask and print; the exit status is that of the answer."""
    from reasonseg_ros.ros import dds  # ROS is needed from here on, and `dds` explains its absence
    dds.prepare()
    from reasonseg_ros.ros.client.client import Client
    shown = not args.json and terminal_image.wanted(args.show)
    sentence = ' '.join(args.text)
    with ExitStack() as stack:
        client = stack.enter_context(Client(args.node, PATIENCE))
        waited = wait(client, args.wait)
        overlays = None
        if shown or args.overlay:
            overlays = listen(stack, args.node, args.camera)
        ask = partial(client.segment, sentence, args.dialogue, timeout=args.timeout,
                      policy='pinned' if args.pinned else 'latest', camera=args.camera)
        reply = _first_answer(client, ask) if waited else ask()
        if args.json:
            print_json(reply, sentence)
        elif not is_spoken(reply.status):
            raise RequestRefused(reply)
        else:
            print_reply(reply, boxes=True)
        if overlays is not None and reply.round:
            image = drawn(overlays, reply)
            if args.overlay:
                save(image, args.overlay)
            if shown:
                terminal_image.draw(image)
    return exit_status(reply.status)


def wait(client: 'Client', within: float) -> bool:
    """Wait for a node that is starting, and say so; return whether there was a wait."""
    from reasonseg_ros.ros.client.ready import wait_for_node
    reasons: list[str] = []

    def tell(reason: str) -> None:
        reasons.append(reason)
        note(f'waiting up to {within:g} s: {reason}')
    wait_for_node(client, (), within, tell)
    return bool(reasons)


def listen(stack: ExitStack, node: str, camera: str) -> 'Overlays':
    """Begin to receive the images that the node draws. Raises ReasonSegError when it has none."""
    from reasonseg_ros.ros.client.listeners import Overlays
    overlays = stack.enter_context(Overlays(node, camera))
    if not overlays.connected(DRAWN_WITHIN):
        raise ReasonSegError(f'node "{node}" offers no images of camera "{camera}"; '
                             'see that it is active, and name its camera with --camera')
    return overlays


def drawn(overlays: 'Overlays', reply: 'Reply') -> 'np.ndarray':
    """Return the image of a reply, uint8 [H, W, 3]. Raises ReasonSegError when none comes."""
    image = overlays.of(reply.frame_stamp, DRAWN_WITHIN)
    if image is None:
        raise ReasonSegError(f'the node sent no image within {DRAWN_WITHIN:g} s; ask again')
    return image


def save(image: 'np.ndarray', path: Path) -> None:
    """Write an image as PNG, making its folder."""
    from reasonseg_ros.drawing.overlay import save as write
    path.parent.mkdir(parents=True, exist_ok=True)
    write(image, path)


def _first_answer(client: 'Client', ask: 'partial[Reply]') -> 'Reply':
    """Ask a node that has just become ready: its first image may still be on the way."""
    from reasonseg_ros.ros.client.ready import NOT_YET, ask_when_ready
    reply = ask()
    return ask_when_ready(client, ask, (), IMAGE_WITHIN) if reply.status in NOT_YET else reply
