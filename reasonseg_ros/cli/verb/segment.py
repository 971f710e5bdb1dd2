# SPDX-License-Identifier: Apache-2.0
"""`reasonseg segment IMAGE TEXT...`: one image, one dialogue, no ROS.

Each text is a round of the same dialogue, so that "its handle" means the thing before. Writes one
overlay per round and a JSON file with the masks. Keeps no dialogue for the next call.
"""

import argparse
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from reasonseg_ros.cli.text import instance_line, say, shorten, status_word, table
from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.camera.raw import MAX_PIXELS
from reasonseg_ros.core.errors import BadImage, BadRequest, ReasonSegError

if TYPE_CHECKING:
    from reasonseg_ros.engines.session import Reply

DIALOGUE = 'segment'
MAX_BYTES = 1 << 28  # memory of the record of one dialogue; thousands of rounds


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `reasonseg segment` takes."""
    parser.add_argument('image', type=Path, help='PNG, JPEG or another image file')
    parser.add_argument('text', nargs='+', help='sentences in order, e.g. "the mug" "its handle"')
    parser.add_argument('--out', type=Path, default=Path('out/segment'), metavar='DIR',
                        help='folder for overlays and dialogue.json')
    parser.add_argument('--json', type=Path, metavar='FILE', help='where the JSON goes instead')
    parser.add_argument('--engine', default='tabletop', help='model that answers')
    parser.add_argument('--checkpoint', default='', metavar='PATH',
                        help="weights (the package's own)")
    parser.add_argument('--options', default='', metavar='TEXT',
                        help='choices of an engine for public models, e.g. '
                             '"references=mask parts=parent"')
    parser.add_argument('--device', default='auto', help='auto, cpu, cuda, cuda:1, ...')


def main(args: argparse.Namespace) -> int:
    """Run the dialogue; an error in one round ends it, and what was answered is kept."""
    sentences: list[str] = args.text
    for number, text in enumerate(sentences, start=1):
        if not text.strip():
            raise BadRequest(f'text {number} is empty; say what to segment, e.g. "the mug"')
    frame = Frame(read_image(args.image))
    from reasonseg_ros.core.dialogue.book import DialogueBook
    from reasonseg_ros.engines import registry
    from reasonseg_ros.engines.session import Session
    engine = registry.load(args.engine, args.checkpoint, args.device, options=args.options)
    book = DialogueBook(max_dialogues=1, max_rounds=len(sentences), max_bytes=MAX_BYTES,
                        ttl=float('inf'), clock=time.monotonic)
    session = Session(engine, book)
    replies: list[tuple[str, Reply]] = []
    try:
        for text in sentences:
            replies.append((text, session.ask(DIALOGUE, text, frame)))
            _draw(args.out, frame, replies)
    except ReasonSegError as error:
        raise type(error)(f'round {len(replies) + 1} ("{shorten(text, 40)}"): {error}') from error
    finally:
        if replies:
            _print(replies)
            path = args.json or args.out / 'dialogue.json'
            _write(path, args.image, frame, engine.facts.provenance, replies)
            say(f'images in {args.out}, masks in {path}')
    return 0


def read_image(path: Path) -> np.ndarray:
    """Return uint8 [H, W, 3], upright as the camera's EXIF tag says; raises BadImage."""
    from PIL import Image, ImageOps, UnidentifiedImageError
    if not path.is_file():
        raise BadImage(f'there is no image file "{path}"; check the path')
    try:
        with Image.open(path) as image:
            width, height = image.size
            if width * height > MAX_PIXELS:
                raise BadImage(f'image "{path}" is {width}x{height}, more than the {MAX_PIXELS} '
                               'pixels that are accepted; save it smaller')
            return np.array(ImageOps.exif_transpose(image).convert('RGB'))
    except UnidentifiedImageError as error:
        raise BadImage(f'"{path}" is not an image that can be read; expected PNG, JPEG or '
                       'another common format') from error
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise BadImage(f'image "{path}" cannot be decoded ({error}); save it again as PNG or '
                       'JPEG') from error


def _draw(out: Path, frame: Frame, replies: 'list[tuple[str, Reply]]') -> None:
    from reasonseg_ros.drawing.overlay import captioned, overlay, save
    number = len(replies)
    text, reply = replies[-1]
    shown = {i.id: i for _, earlier in replies[:-1] for i in earlier.instances}
    references = [shown[i] for i in reply.references if i in shown]
    out.mkdir(parents=True, exist_ok=True)
    drawn = overlay(frame.rgb, reply.instances, references)
    save(captioned(drawn, f'{number}  {text}', reply.answer), out / f'round_{number:02}.png')


def _print(replies: 'list[tuple[str, Reply]]') -> None:
    rows = [[str(n), shorten(text, 48), shorten(reply.answer, 48), status_word(reply.status),
             ', '.join(instance_line(i.id, i.label, i.score, i.parent_id)
                       for i in reply.instances),
             f'{1000 * reply.seconds["total"]:.0f} ms']
            for n, (text, reply) in enumerate(replies, start=1)]
    say(table(['round', 'sentence', 'answer', 'status', 'instances (score)', 'time'], rows,
              right=(0, 5)))


def _write(path: Path, image: Path, frame: Frame, engine: str,
           replies: 'list[tuple[str, Reply]]') -> None:
    """Write the dialogue about an image file, with its masks."""
    from reasonseg_ros.evaluation.records import instance_record
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({
        'image': str(image), 'width': frame.width, 'height': frame.height, 'engine': engine,
        'rounds': [{
            'round': n, 'instruction': text, 'status': reply.status.name, 'answer': reply.answer,
            'references': list(reply.references), 'seconds': dict(reply.seconds),
            'instances': [instance_record(i) for i in reply.instances],
        } for n, (text, reply) in enumerate(replies, start=1)]}, indent=1), encoding='utf-8')
