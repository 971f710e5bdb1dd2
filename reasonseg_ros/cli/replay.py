# SPDX-License-Identifier: Apache-2.0
"""`reasonseg replay`: say the sentences of a file to a recorded bag; records, pictures, a bag.

Without `--live` nothing of ROS is needed, and two runs give the same results.json.
"""

import argparse
import sys
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

from tqdm import tqdm

from reasonseg_ros.cli.text import say
from reasonseg_ros.cli.text import shorten
from reasonseg_ros.cli.text import status_word
from reasonseg_ros.cli.text import table
from reasonseg_ros.core.errors import BadInput
from reasonseg_ros.core.errors import BadRequest
from reasonseg_ros.core.status import Status

if TYPE_CHECKING:
    from reasonseg_ros.engines.protocol import Engine
    from reasonseg_ros.evaluation.bags import Bag
    from reasonseg_ros.evaluation.recording import Recording
    from reasonseg_ros.evaluation.records import Run
    from reasonseg_ros.evaluation.replay import Due


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the verb."""
    parser.add_argument('bag', type=Path, metavar='BAG',
                        help='folder that "ros2 bag record" made, or its .mcap or .db3 file')
    parser.add_argument('dialogues', type=Path, metavar='DIALOGUES',
                        help='what is said when, YAML or JSON; see docs/evaluation.md')
    parser.add_argument('--engine', default='tabletop')
    parser.add_argument('--checkpoint', default='', metavar='FILE',
                        help="weights of the engine (the package's own)")
    parser.add_argument('--device', default='auto')
    parser.add_argument('--image', default='', metavar='TOPIC',
                        help='colour image (the only one in the bag)')
    parser.add_argument('--depth', default='', metavar='TOPIC',
                        help='depth aligned to colour (the only one), or none')
    parser.add_argument('--camera-info', default='', metavar='TOPIC',
                        help='intrinsics (beside the image, else the only one), or none')
    parser.add_argument('--slop', type=float, default=0.02, metavar='SECONDS',
                        help='between colour and depth of one moment (default: 0.02)')
    parser.add_argument('--node', default='segmenter',
                        help='name in the topics of the bag of answers (default: segmenter)')
    parser.add_argument('--out', type=Path, default=Path('out/replay'), metavar='DIR',
                        help='folder for results.json, timings.json, pictures/ and answers/')
    live = parser.add_argument_group('over ROS 2')
    live.add_argument('--live', action='store_true',
                      help='play the bag to a node and ask over its service; says how many images '
                           'were lost and how long the answers took')
    live.add_argument('--rate', type=float, default=1.0,
                      help='seconds of the bag per second (default: 1)')
    live.add_argument('--attach', action='store_true',
                      help='use the node --node that runs already, with use_sim_time:=true')


def main(args: argparse.Namespace) -> int:
    """Replay, print the table, write the folder."""
    # The heavy imports wait, so that --help is quick.
    from reasonseg_ros.evaluation.recording import open_recording
    from reasonseg_ros.evaluation.replay import plan
    from reasonseg_ros.evaluation.script import load
    from reasonseg_ros.evaluation.topics import Topics
    wanted = Topics(args.image, args.depth, args.camera_info)
    if not args.rate > 0:
        raise BadInput(f'--rate is {args.rate}; expected a number above 0')
    if not args.slop >= 0:
        raise BadInput(f'--slop is {args.slop}; expected seconds from 0')
    start = perf_counter()
    with open_recording(args.bag, wanted, args.slop) as (bag, recording):
        reading = perf_counter() - start
        if recording.trouble:
            _warn(f'{args.bag} is damaged: {recording.trouble}; going on with the '
                  f'{recording.duration:.1f} s and {recording.images} images that can be read')
        script = load(args.dialogues, recording.size)
        say(f'{args.bag}: {recording.images} images on {recording.topics.image} in '
            f'{recording.duration:.1f} s, read in {reading:.2f} s '
            f'({recording.duration / reading:.0f} times real time)')
        planned, warnings = plan(script, recording)
        for warning in warnings:
            _warn(warning)
        if args.live:
            from reasonseg_ros.cli.replay_live import replay_live
            digests = {'bag': recording.digest, 'script': script.digest}
            run = replay_live(args, recording, planned, digests)
        else:
            run = _replay(args, bag, recording, planned, script.digest, reading)
    _print(run)
    say(f'{args.out / "results.json"}')
    return 0


def _replay(args: argparse.Namespace, bag: 'Bag', recording: 'Recording',
            planned: dict[str, list['Due']], script: str, reading: float) -> 'Run':
    """Hold every dialogue with an engine in this process; `script` is the digest of the file."""
    from reasonseg_ros.evaluation.records import Protocol
    from reasonseg_ros.evaluation.records import Run
    from reasonseg_ros.evaluation.replay import hold
    from reasonseg_ros.evaluation.replay_folder import ReplayFolder
    engine = _engine(args)
    topics = recording.topics
    options = {'image': topics.image, 'depth': topics.depth, 'camera_info': topics.info,
               'slop': args.slop, 'complete': not recording.trouble}
    identity = {'engine': engine.facts.provenance, 'bag': recording.digest,
                'script': script, **options, 'node': args.node}
    count = sum(map(len, planned.values()))
    number = 0
    with ReplayFolder(args.out, identity) as folder, \
            tqdm(total=count, desc='rounds', disable=None) as progress:
        for dialogue, rounds in planned.items():
            pictures = [f'pictures/{number + i + 1:04}.jpg' for i in range(len(rounds))]
            number += len(rounds)
            if dialogue in folder.lines:  # of the run that was interrupted
                progress.update(len(rounds))
                continue
            for index, held in enumerate(hold(engine, recording, dialogue, rounds, pictures),
                                         start=1):
                for note in held.notes:
                    _note(note)
                folder.add(held, index == len(rounds))
                progress.update()
        data = f'bag {recording.digest[:12]}, dialogues {script[:12]}'
        run = Run('bag', data, engine.facts.provenance, Protocol(), (), options)
        timings = {'reading_seconds': reading, 'bag_seconds': recording.duration}
        run = folder.finish(run, timings, bag, args.node)
        lines = [line['seconds'] for several in folder.lines.values() for line in several]
    outside = [s['round'] - s.get('total', 0.0) for s in lines]
    if outside:
        say(f'outside the engine {1000 * median(outside):.1f} ms per round '
            f'({1000 * median(s["frame"] for s in lines):.1f} ms to read and decode its frame); '
            f'drawing beside it {1000 * median(s["drawing"] for s in lines):.1f} ms')
    return run


def _engine(args: argparse.Namespace) -> 'Engine':
    from reasonseg_ros.engines import registry
    try:
        return registry.load(args.engine, args.checkpoint, args.device)
    except BadRequest as error:
        raise BadInput(str(error)) from error


def _print(run: 'Run') -> None:
    rows = []
    for r in run.rounds:
        scores = [t.iou for t in r.targets]
        status = status_word(Status[r.status]) if r.status else 'not asked'
        rows.append([r.dialogue, str(r.round), shorten(r.instruction, 48), shorten(r.answer, 40),
                     status, '' if r.expected in ('', r.status) else
                     f'expected: {status_word(Status[r.expected])}',
                     f'{sum(scores) / len(scores):.2f}' if scores else '',
                     {None: '', True: 'yes', False: 'no'}[r.references_right]])
    say()
    say(table(['dialogue', 'round', 'sentence', 'answer', 'status', '', 'IoU', 'meant'], rows,
              right=(1, 6)))
    say()
    stated = [r for r in run.rounds if r.expected]
    scores = [t.iou for r in run.rounds for t in r.targets]
    mean = f', mean IoU {sum(scores) / len(scores):.3f} over {len(scores)} masks' if scores else ''
    say(f'{sum(r.status == r.expected for r in stated)} of {len(stated)} rounds ended as '
        f'expected{mean}')


_noted: set[str] = set()


def _note(text: str) -> None:
    """Say what the frames lack in space, each thing once."""
    if text not in _noted:
        _noted.add(text)
        _warn(text)


def _warn(text: str) -> None:
    tqdm.write(f'reasonseg replay: warning: {text}', file=sys.stderr)
