# SPDX-License-Identifier: Apache-2.0
"""`reasonseg segment IMAGE TEXT...`: one image, one dialogue, no ROS.

Each text is a round of the same dialogue, so that "its handle" means the thing before; one that is
refused leaves the dialogue as it was, and the next ones are served. Writes one overlay per round
and a JSON file with the masks. Keeps no dialogue for the next call.
"""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from reasonseg_ros.benchmarks.image_files import is_turned, read_rgb
from reasonseg_ros.cli import terminal_image
from reasonseg_ros.cli.answers import add_show, is_spoken
from reasonseg_ros.cli.exit_status import exit_status, worst
from reasonseg_ros.cli.text import instance_line, note, say, shorten, status_word, table
from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.camera.raw import MAX_PIXELS
from reasonseg_ros.core.errors import BadImage, BadInput, ReasonSegError, to_speak
from reasonseg_ros.engines.registry import DEFAULT

if TYPE_CHECKING:
    from reasonseg_ros.engines.reply import Reply

DIALOGUE = 'segment'
STANDARD_OUTPUT = Path('-')
MAX_BYTES = 1 << 28  # memory of the record of one dialogue; thousands of rounds


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `reasonseg segment` takes."""
    parser.add_argument('image', type=Path, help='PNG, JPEG or another image file')
    parser.add_argument('text', nargs='+', help='sentences in order, e.g. "the mug" "its handle"')
    parser.add_argument('--out', type=Path, default=Path('out/segment'), metavar='DIR',
                        help='folder for overlays and dialogue.json')
    parser.add_argument('--json', type=Path, metavar='FILE', nargs='?', const=STANDARD_OUTPUT,
                        help='where the JSON goes instead; without FILE, or as "-", to standard '
                             'output, and nothing else does')
    add_show(parser)
    parser.add_argument('--engine', default=DEFAULT, help=f'model that answers ({DEFAULT})')
    parser.add_argument('--checkpoint', default='', metavar='PATH',
                        help="weights (the package's own)")
    parser.add_argument('--options', default='', metavar='TEXT',
                        help='choices of an engine for public models, e.g. '
                             '"references=mask parts=parent"')
    parser.add_argument('--device', default='auto', help='auto, cpu, cuda, cuda:1, ...')


def main(args: argparse.Namespace) -> int:
    """Run the dialogue; the exit status is the worst of its sentences."""
    sentences: list[str] = args.text
    for number, text in enumerate(sentences, start=1):
        if not text.strip():
            raise BadInput(f'text {number} is empty; say what to segment, e.g. "the mug"')
    frame = Frame(read_image(args.image))
    from reasonseg_ros.core.dialogue.book import DialogueBook
    from reasonseg_ros.engines import registry
    from reasonseg_ros.engines.reply import Reply
    from reasonseg_ros.engines.session import Session
    engine = registry.load(args.engine, args.checkpoint, args.device, options=args.options)
    book = DialogueBook(max_dialogues=1, max_rounds=len(sentences), max_bytes=MAX_BYTES,
                        ttl=float('inf'), clock=time.monotonic)
    session = Session(engine, book, rules=True, things=True)
    replies: list[tuple[str, Reply]] = []
    try:
        for number, text in enumerate(sentences, start=1):
            try:
                reply = session.ask(DIALOGUE, text, frame)
            except ReasonSegError as error:
                reply = Reply(error.status, str(error), DIALOGUE, answer=to_speak(error))
                note(f'reasonseg segment: round {number} ("{shorten(text, 40)}"): {error}')
            replies.append((text, reply))
            if is_spoken(reply.status):
                _draw(args.out, frame, replies)
    finally:  # also when the program is interrupted: what was answered is kept
        record = _record(args.image, frame, engine.facts.provenance, replies)
        if args.json == STANDARD_OUTPUT:
            sys.stdout.write(f'{record}\n')
        elif replies:
            path = args.json or args.out / 'dialogue.json'
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(record, encoding='utf-8')
            _print(replies)
            say(f'images in {args.out}, masks in {path}')
    if args.json != STANDARD_OUTPUT and terminal_image.wanted(args.show):
        terminal_image.draw(_overlay(frame, replies))
    return exit_status(worst(reply.status for _, reply in replies))


def read_image(path: Path) -> np.ndarray:
    """Return uint8 [H, W, 3], upright as the camera's EXIF tag says, and say when it was turned.

    Raises BadInput.
    """
    if not path.is_file():
        raise BadInput(f'there is no image file "{path}"; check the path')
    try:
        rgb = read_rgb(path, most=MAX_PIXELS)
        if is_turned(path):
            note(f'image "{path}" is turned upright, as its EXIF tag says')
    except BadImage as error:
        raise BadInput(str(error)) from error
    return rgb


def _draw(out: Path, frame: Frame, replies: 'list[tuple[str, Reply]]') -> None:
    from reasonseg_ros.drawing.overlay import captioned, save
    number = len(replies)
    text, reply = replies[-1]
    out.mkdir(parents=True, exist_ok=True)
    save(captioned(_overlay(frame, replies), f'{number}  {text}', reply.answer),
         out / f'round_{number:02}.png')


def _overlay(frame: Frame, replies: 'list[tuple[str, Reply]]') -> np.ndarray:
    """Draw the newest round."""
    from reasonseg_ros.drawing.overlay import overlay
    reply = replies[-1][1]
    shown = {i.id: i for _, earlier in replies[:-1] for i in earlier.instances}
    references = [shown[i] for i in reply.references if i in shown]
    return overlay(frame.rgb, reply.instances, references)


def _print(replies: 'list[tuple[str, Reply]]') -> None:
    rows = [[str(n), shorten(text, 48), shorten(reply.answer or reply.message, 48),
             status_word(reply.status),
             ', '.join(instance_line(i.id, i.label, i.score, i.parent_id)
                       for i in reply.instances),
             f'{1000 * reply.seconds["total"]:.0f} ms' if reply.seconds else '']
            for n, (text, reply) in enumerate(replies, start=1)]
    say(table(['round', 'sentence', 'answer', 'status', 'instances (score)', 'time'], rows,
              right=(0, 5)))


def _record(image: Path, frame: Frame, engine: str, replies: 'list[tuple[str, Reply]]') -> str:
    """Return the dialogue about an image file, with its masks, as JSON."""
    from reasonseg_ros.evaluation.records import instance_record
    return json.dumps({
        'image': str(image), 'width': frame.width, 'height': frame.height, 'engine': engine,
        'rounds': [{
            'round': n, 'instruction': text, 'status': reply.status.name, 'answer': reply.answer,
            'message': reply.message, 'references': list(reply.references),
            'seconds': dict(reply.seconds),
            'instances': [instance_record(i) for i in reply.instances],
        } for n, (text, reply) in enumerate(replies, start=1)]}, indent=1)
