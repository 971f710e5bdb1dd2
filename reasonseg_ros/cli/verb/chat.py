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

from reasonseg_ros.cli import terminal_image
from reasonseg_ros.cli.answers import add_show, is_spoken, print_json, print_reply
from reasonseg_ros.cli.text import instance_line, note, say
from reasonseg_ros.cli.verb.ask import PATIENCE, add_node_arguments, drawn, listen, save, wait
from reasonseg_ros.core.errors import ReasonSegError, Status

if TYPE_CHECKING:
    from reasonseg_ros.ros.client.client import Client
    from reasonseg_ros.ros.client.listeners import Overlays

HELP = '/undo takes the last round away, /reset forgets all, /list shows what was said, /quit ends'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `reasonseg chat` takes."""
    add_node_arguments(parser)
    parser.add_argument('--overlays', type=Path, metavar='DIR',
                        help='write an image of every round into this folder')
    parser.add_argument('--json', action='store_true',
                        help='print every answer as one line of JSON; no prompt, and what is no '
                             'answer goes to standard error')
    add_show(parser)


@dataclass(frozen=True)
class _Chat:
    """With whom, about what, and how it is shown.

    images  the node's images of the rounds, for `folder` and for the terminal; None: not wanted
    """

    client: 'Client'
    dialogue: str
    camera: str
    timeout: float
    images: 'Overlays | None' = None
    folder: Path | None = None
    shown: bool = False
    json: bool = False

    def say(self, text: str = '') -> None:
        """Write a line that is no answer."""
        (note if self.json else say)(text)


def main(args: argparse.Namespace) -> int:
    """Talk until /quit or the end of the input."""
    from reasonseg_ros.ros import dds  # ROS is needed from here on, and `dds` explains its absence
    dds.prepare()
    from reasonseg_ros.ros.client.client import Client
    _use_readline()
    shown = not args.json and terminal_image.wanted(args.show)
    with ExitStack() as stack:
        client = stack.enter_context(Client(args.node, PATIENCE))
        wait(client, args.wait)
        known = client.dialogues()
        images = listen(stack, args.node, args.camera) if shown or args.overlays else None
        chat = _Chat(client, args.dialogue, args.camera, args.timeout, images, args.overlays, shown,
                     args.json)
        chat.say(f'connected to {args.node}; dialogues there: {", ".join(known) or "none"}')
        chat.say(HELP)
        while True:
            try:
                line = input('' if args.json else '> ').strip()
            except EOFError:
                chat.say()
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
            chat.say(f'there is no command {line}; {HELP}')
        else:
            _ask(chat, line)
    except ReasonSegError as error:
        chat.say(f'! {error}')


def _ask(chat: _Chat, sentence: str) -> None:
    reply = chat.client.segment(sentence, chat.dialogue, timeout=chat.timeout, camera=chat.camera)
    if chat.json:
        print_json(reply, sentence)
    elif not is_spoken(reply.status):
        say(f'! {reply.message} ({reply.status.name})')
    else:
        print_reply(reply, boxes=False)
    if chat.images is not None and reply.round:
        image = drawn(chat.images, reply)
        if chat.folder is not None:
            path = chat.folder / f'round_{reply.round:02}.png'
            save(image, path)
            chat.say(f'  {path}')
        if chat.shown:
            terminal_image.draw(image)


def _undo(chat: _Chat) -> None:
    reply = chat.client.undo(chat.dialogue)
    chat.say(reply.message if reply.status is Status.OK else f'! {reply.message}')


def _reset(chat: _Chat) -> None:
    reply = chat.client.reset(chat.dialogue)
    chat.say(reply.message if reply.status is Status.OK else f'! {reply.message}')


def _list(chat: _Chat) -> None:
    reply, rounds = chat.client.rounds(chat.dialogue)
    if reply.status is not Status.OK:
        chat.say(f'! {reply.message}')
        return
    for record in rounds:
        found = ', '.join(instance_line(i.id, i.label, i.score, i.parent_id)
                          for i in record.instances)
        camera = f'  (camera {record.source})' if record.source else ''
        chat.say(f'{record.index:3}  {record.instruction}  ->  {found or record.answer}{camera}')
    if not rounds:
        chat.say('nothing was said yet')


def _use_readline() -> None:
    """Give the prompt its history and line editing, where Python was built with them."""
    try:
        import readline
    except ImportError:
        return
    readline.set_auto_history(True)
