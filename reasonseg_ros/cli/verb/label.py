# SPDX-License-Identifier: Apache-2.0
"""`reasonseg label SOURCE`: make a folder of labelled frames by talking to the model about them.

Say a sentence, look at what the model answers, and say what is right. The folder is what
`reasonseg eval frames` reads. Everything is on disk as soon as it is said.
"""

import argparse
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from reasonseg_ros.benchmarks.labelled_frames import FrameFolder
from reasonseg_ros.cli import terminal_image
from reasonseg_ros.cli.answers import add_show
from reasonseg_ros.cli.text import instance_line, say, status_word
from reasonseg_ros.cli.verb.segment import read_image
from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.errors import BadInput, BadRequest, ReasonSegError, Status
from reasonseg_ros.engines.registry import DEFAULT
from reasonseg_ros.evaluation.labelling import LabelledFrame

IMAGES = ('.png', '.jpg', '.jpeg', '.bmp', '.webp', '.tif', '.tiff')
PICTURE = 'answer.jpg'
HELP = """say a sentence, then what is right of its answer:
  /ok                the answer is right
  /right 3 5         instances 3 and 5 are right, shown now or before
  /none              there is nothing to find
  /which 3 5         it should have asked back, between 3 and 5
  /talk              the sentence asks for no mask
  /drop              take the last sentence back
and what is there:
  /thing 3 mug       instance 3 is a thing, a mug
  /part 4 handle 3   instance 4 is the handle of 3
  /things            take everything that the model sees, as it names it
  /mask FILE         take a mask that you drew: a PNG, what is not black is inside; it gets a number
  /new               begin another dialogue about this image
  /next              go on to the next image
  /quit              end; /help shows this again"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `reasonseg label` takes."""
    parser.add_argument('source', type=Path, nargs='*', metavar='SOURCE',
                        help='image files, or bags with a camera')
    parser.add_argument('--live', metavar='TOPIC',
                        help='colour image of a camera that runs now, instead of files; ends in '
                             '/compressed where it is compressed')
    parser.add_argument('--out', type=Path, default=Path('frames'), metavar='DIR',
                        help='folder that gets one folder for each frame (default: frames)')
    parser.add_argument('--every', type=float, default=2.0, metavar='SECONDS',
                        help='between the images that are taken from a bag (default: 2)')
    parser.add_argument('--image', default='', metavar='TOPIC',
                        help='colour image of a bag (default: the only one)')
    parser.add_argument('--depth', default='', metavar='TOPIC',
                        help='depth aligned to colour, or none (default: the only one of a '
                             'bag; none with --live)')
    parser.add_argument('--camera-info', default='', metavar='TOPIC',
                        help='intrinsics, or none (default: beside the image)')
    parser.add_argument('--engine', default=DEFAULT,
                        help=f'model that answers (default: {DEFAULT})')
    parser.add_argument('--checkpoint', default='', metavar='FILE',
                        help="weights of the engine (default: the package's own)")
    parser.add_argument('--device', default='auto', help='auto, cpu or cuda (default: auto)')
    add_show(parser)


def main(args: argparse.Namespace) -> int:
    """Go through the frames until /quit or the end of the input."""
    if not args.every > 0:
        raise BadInput(f'--every is {args.every:g}; give seconds above 0')
    if bool(args.source) is bool(args.live):
        raise BadInput('give image files or bags, or --live and the topic of a camera')
    for path in args.source:
        if not path.exists():
            raise BadInput(f'{path} does not exist; give image files or a bag')
    from reasonseg_ros.engines import registry
    engine = registry.load(args.engine, args.checkpoint, args.device)
    shown = terminal_image.wanted(args.show)
    say(HELP)
    topics = args.image, args.depth, args.camera_info
    frames = (_live(args.live, args.depth, args.camera_info) if args.live else
              _frames(args.source, topics, args.every))
    for name, frame in frames:
        if FrameFolder(name, args.out / name).labelled:
            say(f'{name} is labelled already and left as it is; remove {args.out / name} to do it '
                'again')
            continue
        labels = LabelledFrame(engine, frame, args.out / name)
        say()
        say(f'{name}: {frame.width}x{frame.height}, '
            f'{"with" if frame.depth is not None else "without"} depth; answers are drawn in '
            f'{args.out / PICTURE}')
        if not _talk(labels, args.out / PICTURE, shown):
            break
    say(f'{args.out}; measure with: reasonseg eval frames {args.out}')
    return 0


def _frames(sources: Sequence[Path], topics: tuple[str, str, str], every: float
            ) -> Iterator[tuple[str, Frame]]:
    """Names and frames of all sources, one after the other."""
    for path in sources:
        if path.suffix.lower() in IMAGES:
            yield path.stem, Frame(read_image(path))
            continue
        from reasonseg_ros.bags.recording import open_recording
        from reasonseg_ros.bags.topics import Topics
        with open_recording(path, Topics(*topics)) as (_, bag):
            at = bag.first_image
            while at <= bag.duration:
                # Not what had arrived by then: depth may come later than its image.
                frame, notes = bag.frame(bag.image(bag.at(at).index))
                for one in notes:
                    say(f'note: {one}')
                yield f'{path.stem}-{at:06.2f}', frame
                at += every


def _live(image: str, depth: str, info: str) -> Iterator[tuple[str, Frame]]:
    """A moment of the camera whenever one is asked for."""
    from reasonseg_ros.ros import dds  # ROS is needed from here on, and `dds` explains its absence
    dds.prepare()
    from reasonseg_ros.ros.client.live_camera import LiveCamera
    none = depth == 'none'
    with LiveCamera(image, '' if none else depth, info) as camera:
        while True:
            frame = camera.next()
            yield f'live-{frame.stamp / 1e9:.2f}', frame


def _talk(labels: LabelledFrame, picture: Path, shown: bool) -> bool:
    """Serve lines about one frame; False when it was the last one."""
    while True:
        try:
            line = input('> ').strip()
        except EOFError:
            say()
            return False
        if line in ('/quit', '/next'):
            return line == '/next'
        try:
            if line.startswith('/'):
                _command(labels, line)
            elif line:
                _ask(labels, line, picture, shown)
        except ReasonSegError as error:
            say(f'! {error}')


def _ask(labels: LabelledFrame, sentence: str, picture: Path, shown: bool) -> None:
    reply = labels.ask(sentence)
    found = ', '.join(instance_line(i.id, i.label, i.score, i.parent_id) for i in reply.instances)
    say(f'{reply.answer or reply.message}  ({status_word(reply.status)})')
    if found:
        say(f'  {found}')
    from reasonseg_ros.drawing.overlay import save
    image = labels.shown(reply)
    save(image, picture)
    if shown:
        terminal_image.draw(image)


def _command(labels: LabelledFrame, line: str) -> None:
    """Serve a line that begins with a slash. Raises BadRequest that says what to give."""
    word, *rest = line.split()
    if word not in COMMANDS:
        raise BadRequest(f'there is no command {word}; /help lists them')
    say(COMMANDS[word](labels, rest))


def _ok(labels: LabelledFrame, rest: Sequence[str]) -> str:
    labels.agree()
    return 'kept'


def _right(labels: LabelledFrame, rest: Sequence[str]) -> str:
    labels.judge(Status.OK, _numbers(rest))
    return 'kept'


def _none(labels: LabelledFrame, rest: Sequence[str]) -> str:
    labels.judge(Status.NOTHING_FOUND)
    return 'kept: nothing to find'


def _which(labels: LabelledFrame, rest: Sequence[str]) -> str:
    labels.judge(Status.AMBIGUOUS, _numbers(rest))
    return 'kept: it is to ask back'


def _no_request(labels: LabelledFrame, rest: Sequence[str]) -> str:
    labels.judge(Status.TALK)
    return 'kept: no request'


def _drop(labels: LabelledFrame, rest: Sequence[str]) -> str:
    return f'taken back: {labels.drop()}'


def _thing(labels: LabelledFrame, rest: Sequence[str]) -> str:
    if len(rest) < 2:
        raise BadRequest('give a number and a name, e.g. /thing 3 mug')
    labels.name(_numbers(rest[:1])[0], ' '.join(rest[1:]))
    return f'{rest[0]} is a {" ".join(rest[1:])}'


def _part(labels: LabelledFrame, rest: Sequence[str]) -> str:
    if len(rest) < 3:
        raise BadRequest('give a number, a name and the number of the whole, e.g. /part 4 handle 3')
    part, whole = _numbers([rest[0], rest[-1]])
    labels.name(part, ' '.join(rest[1:-1]), whole)
    return f'{part} is the {" ".join(rest[1:-1])} of {whole}'


def _things(labels: LabelledFrame, rest: Sequence[str]) -> str:
    return f'taken: {", ".join(labels.take_all()) or "nothing new"}'


def _mask(labels: LabelledFrame, rest: Sequence[str]) -> str:
    if not rest:
        raise BadRequest('give the file of the mask, e.g. /mask handle.png')
    mask = read_image(Path(' '.join(rest))).any(2)
    return f'it is instance {labels.show(np.asarray(mask)).id}'


def _new(labels: LabelledFrame, rest: Sequence[str]) -> str:
    labels.begin()
    return f'dialogue {labels.dialogue}'


def _help(labels: LabelledFrame, rest: Sequence[str]) -> str:
    return HELP


COMMANDS: dict[str, Callable[[LabelledFrame, Sequence[str]], str]] = {
    '/ok': _ok, '/right': _right, '/none': _none, '/which': _which, '/talk': _no_request,
    '/drop': _drop, '/thing': _thing, '/part': _part, '/things': _things, '/mask': _mask,
    '/new': _new, '/help': _help}


def _numbers(words: Sequence[str]) -> list[int]:
    """Numbers of instances, written with or without commas. Raises BadRequest."""
    found = ' '.join(words).replace(',', ' ').split()
    if not found or not all(word.isdecimal() for word in found):
        raise BadRequest(f'found "{" ".join(words)}", expected numbers of instances, e.g. 3 5')
    return [int(word) for word in found]
