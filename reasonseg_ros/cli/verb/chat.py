# SPDX-License-Identifier: Apache-2.0
"""`reasonseg chat`: a prompt to talk to a running node.

Lines that begin with a slash are commands; all others are sentences for the node, which keeps the
dialogue. Does not start a node.
"""

import argparse
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from reasonseg_ros.cli.text import instance_line, say
from reasonseg_ros.cli.verb.ask import add_node_arguments, seen_by
from reasonseg_ros.core.errors import ANSWERED, ReasonSegError, Status

if TYPE_CHECKING:
    from reasonseg_ros.ros.client.client import Client
    from reasonseg_ros.ros.client.listeners import Overlays

HELP = '/undo takes the last round away, /reset forgets all, /list shows what was said, /quit ends'
IMAGE_WITHIN = 3.0  # seconds that an overlay may take after the answer


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `reasonseg chat` takes."""
    add_node_arguments(parser)
    parser.add_argument('--overlays', type=Path, metavar='DIR',
                        help='write an image of every round into this folder')


@dataclass(frozen=True)
class _Chat:
    """With whom, about what, and where the images of the rounds go (None: nowhere)."""

    client: 'Client'
    dialogue: str
    camera: str
    timeout: float
    images: 'Overlays | None' = None
    folder: Path | None = None


def main(args: argparse.Namespace) -> int:
    """Talk until /quit or the end of the input."""
    from reasonseg_ros.ros import dds  # ROS is needed from here on, and `dds` explains its absence
    dds.prepare()
    from reasonseg_ros.ros.client.client import Client
    _use_readline()
    with ExitStack() as stack:
        client = stack.enter_context(Client(args.node))
        known = client.dialogues()
        images = None if args.overlays is None else _images(stack, args.overlays, args.node,
                                                            args.camera)
        chat = _Chat(client, args.dialogue, args.camera, args.timeout, images, args.overlays)
        say(f'connected to {args.node}; dialogues there: {", ".join(known) or "none"}')
        say(HELP)
        while True:
            try:
                line = input('> ').strip()
            except EOFError:
                say()
                return 0
            if line == '/quit':
                return 0
            if line:
                _turn(chat, line)


def _turn(chat: _Chat, line: str) -> None:
    """Serve one line; what goes wrong with it is said and the talk goes on."""
    commands = {'/undo': _undo, '/reset': _reset, '/list': _list}
    try:
        if line in commands:
            commands[line](chat)
        elif line.startswith('/'):
            say(f'there is no command {line}; {HELP}')
        else:
            _ask(chat, line)
    except ReasonSegError as error:
        say(f'! {error}')


def _ask(chat: _Chat, sentence: str) -> None:
    reply = chat.client.segment(sentence, chat.dialogue, timeout=chat.timeout, camera=chat.camera)
    if reply.status not in ANSWERED:
        say(f'! {reply.message} ({reply.status.name})')
        return
    say(reply.answer + seen_by(reply.source))
    for instance in reply.instances:
        say(f'  {instance_line(instance.id, instance.label, instance.score, instance.parent_id)}')
    if chat.images is not None and chat.folder is not None and reply.round:
        _save(chat.images, reply.frame_stamp, chat.folder / f'round_{reply.round:02}.png')


def _save(images: 'Overlays', stamp: int, path: Path) -> None:
    from reasonseg_ros.drawing.overlay import save
    image = images.of(stamp, IMAGE_WITHIN)
    if image is None:
        say(f'! the node sent no image within {IMAGE_WITHIN:g} s')
        return
    save(image, path)
    say(f'  {path}')


def _undo(chat: _Chat) -> None:
    reply = chat.client.undo(chat.dialogue)
    say(reply.message if reply.status is Status.OK else f'! {reply.message}')


def _reset(chat: _Chat) -> None:
    reply = chat.client.reset(chat.dialogue)
    say(reply.message if reply.status is Status.OK else f'! {reply.message}')


def _list(chat: _Chat) -> None:
    reply, rounds = chat.client.rounds(chat.dialogue)
    if reply.status is not Status.OK:
        say(f'! {reply.message}')
        return
    for record in rounds:
        found = ', '.join(instance_line(i.id, i.label, i.score, i.parent_id)
                          for i in record.instances)
        say(f'{record.index:3}  {record.instruction}  ->  {found or record.answer}'
            f'{seen_by(record.source)}')
    if not rounds:
        say('nothing was said yet')


def _images(stack: ExitStack, folder: Path, node: str, camera: str) -> 'Overlays':
    from reasonseg_ros.ros.client.listeners import Overlays
    folder.mkdir(parents=True, exist_ok=True)
    images = stack.enter_context(Overlays(node, camera))
    if not images.connected(IMAGE_WITHIN):
        raise ReasonSegError(f'node "{node}" offers no images of camera "{camera}"; '
                             'see that it is active, and name its camera with --camera')
    return images


def _use_readline() -> None:
    """Give the prompt its history and line editing, where Python was built with them."""
    try:
        import readline
    except ImportError:
        return
    readline.set_auto_history(True)
