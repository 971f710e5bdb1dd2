# SPDX-License-Identifier: Apache-2.0
"""`reasonseg replay`: say the sentences of a file to a recorded bag; records, images, a bag.

Without `--live` nothing of ROS is needed, and two runs give the same results.json.
"""

import argparse
import sys
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

from tqdm import tqdm

from reasonseg_ros.cli.text import say, shorten, status_word, table
from reasonseg_ros.core.errors import BadInput, BadRequest, Status
from reasonseg_ros.engines.registry import DEFAULT

if TYPE_CHECKING:
    from reasonseg_ros.bags.reader import Bag
    from reasonseg_ros.bags.recording import Recording
    from reasonseg_ros.engines.protocol import Engine
    from reasonseg_ros.evaluation.records import Run
    from reasonseg_ros.evaluation.replay import PlannedRound


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the verb."""
    parser.add_argument('bag', type=Path, metavar='BAG',
                        help='folder that "ros2 bag record" made, or its .mcap or .db3 file')
    parser.add_argument('dialogues', type=Path, metavar='DIALOGUES',
                        help='what is said when, YAML or JSON; see docs/evaluation.md')
    parser.add_argument('--engine', default=DEFAULT, help=f'model that answers ({DEFAULT})')
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
                        help='folder for results.json, report.html, timings.json, pictures/ '
                             'and answers/')
    live = parser.add_argument_group('over ROS 2')
    live.add_argument('--live', action='store_true',
                      help='play the bag to a node and ask over its service; says how many images '
                           'were lost and how long the answers took; when interrupted, it starts '
                           'over')
    live.add_argument('--rate', type=float, default=1.0,
                      help='seconds of the bag per second (default: 1)')
    live.add_argument('--attach', action='store_true',
                      help='use the node --node that is already running, with use_sim_time:=true')


def main(args: argparse.Namespace) -> int:
    """Replay, print the table, write the folder."""
    _check(args.slop, args.rate, args.live, args.attach)
    # The heavy imports wait, so that --help is quick.
    from reasonseg_ros.bags.recording import open_recording
    from reasonseg_ros.bags.topics import Topics
    from reasonseg_ros.cli.results import show
    from reasonseg_ros.evaluation.replay import plan
    from reasonseg_ros.evaluation.script import load
    wanted = Topics(args.image, args.depth, args.camera_info)
    start = perf_counter()
    with open_recording(args.bag, wanted, args.slop) as (bag, recording):
        reading = perf_counter() - start
        if recording.trouble:
            _warn(f'{args.bag} is damaged: {recording.trouble}; going on with the '
                  f'{recording.duration:.1f} s and {recording.images} images that can be read')
        for one in bag.notes:
            _warn(one)
        script = load(args.dialogues, recording.size)
        say(f'{args.bag}: {recording.images} images on {recording.topics.image} in '
            f'{recording.duration:.1f} s, read in {reading:.2f} s '
            f'({recording.duration / reading:.0f} times real time)')
        planned, warnings = plan(script, recording)
        for warning in warnings:
            _warn(warning)
        digests = {'bag': recording.digest, 'script': script.digest}
        if args.live:
            from reasonseg_ros.ros.client.live_replay import LiveReplay, replay_live
            live = LiveReplay(args.bag, args.out, args.node, args.attach, args.engine,
                              args.checkpoint, args.device, args.rate, args.slop)
            run = replay_live(live, recording, planned, digests, say)
        else:
            engine = _engine(args.engine, args.checkpoint, args.device)
            run = _replay(engine, bag, recording, planned, digests, reading, args.slop, args.node,
                          args.out)
    _print(run)
    show(run, args.out, args.out, {})
    _print_sum(run)
    say(f'{args.out / "results.json"}')
    return 0


def _check(slop: float, rate: float, live: bool, attach: bool) -> None:
    if not slop >= 0:
        raise BadInput(f'--slop is {slop}; expected seconds from 0')
    if not rate > 0:
        raise BadInput(f'--rate is {rate}; expected a number above 0')
    if not live and (attach or rate != 1.0):
        raise BadInput('--attach and --rate are for a running node; add --live')


def _replay(engine: 'Engine', bag: 'Bag', recording: 'Recording',
            planned: dict[str, list['PlannedRound']], digests: dict[str, str], reading: float,
            slop: float, node: str, out: Path) -> 'Run':
    """Run every dialogue with an engine in this process."""
    from reasonseg_ros.evaluation.records import Protocol, Run
    from reasonseg_ros.evaluation.replay import replay
    from reasonseg_ros.evaluation.replay_folder import ReplayFolder, data_of, options_of
    provenance = engine.facts.provenance
    options = options_of(recording.topics, slop, not recording.trouble)
    identity = {'engine': provenance, **digests, **options, 'node': node}
    number = 0
    notes: set[str] = set()
    with ReplayFolder(out, identity) as folder, \
            tqdm(total=sum(map(len, planned.values())), desc='rounds', disable=None) as progress:
        if folder.lines:
            say(f'going on after {len(folder.lines)} dialogues that are finished')
        for dialogue, rounds in planned.items():
            image_files = [f'pictures/{number + i + 1:04}.jpg' for i in range(len(rounds))]
            number += len(rounds)
            if dialogue in folder.lines:  # of the run that was interrupted
                progress.update(len(rounds))
                continue
            for replayed in replay(engine, recording, dialogue, rounds, image_files):
                for note in set(replayed.notes) - notes:
                    _warn(note)
                notes.update(replayed.notes)
                folder.add(replayed, replayed.record.round == len(rounds))
                progress.update()
        run = Run('bag', data_of(digests), provenance, Protocol(), (), options)
        timings = {'reading_seconds': reading, 'bag_seconds': recording.duration}
        run = folder.finish(run, timings, bag, node)
        _print_costs([line['seconds'] for several in folder.lines.values() for line in several])
    return run


def _print_costs(rounds: list[dict[str, float]]) -> None:
    if not rounds:
        return
    outside, cpu, frame, drawing = (1000 * median(values) for values in (
        [s['round'] - s.get('total', 0.0) for s in rounds], [s['outside cpu'] for s in rounds],
        [s['frame'] for s in rounds], [s['drawing'] for s in rounds]))
    say(f'outside the engine {outside:.1f} ms per round, {cpu:.1f} ms of it processor time '
        f'({frame:.1f} ms to read and decode its frame); drawing beside it {drawing:.1f} ms')


def _engine(name: str, checkpoint: str, device: str) -> 'Engine':
    from reasonseg_ros.engines import registry
    try:
        return registry.load(name, checkpoint, device)
    except BadRequest as error:
        raise BadInput(str(error)) from error


def _print(run: 'Run') -> None:
    from reasonseg_ros.evaluation.figures import quality, scored
    rows = []
    for r in run.rounds:
        status = status_word(Status[r.status]) if r.status else 'not asked'
        rows.append([r.dialogue, str(r.round), shorten(r.instruction, 48), shorten(r.answer, 40),
                     status, '' if r.expected in ('', r.status) else
                     f'expected: {status_word(Status[r.expected])}',
                     f'{quality(r):.2f}' if scored(r) else '',
                     {None: '', True: 'yes', False: 'no'}[r.references_right]])
    say()
    say(table(['dialogue', 'round', 'sentence', 'answer', 'status', '', 'IoU', 'meant'], rows,
              right=(1, 6)))
    say()


def _print_sum(run: 'Run') -> None:
    """Say the two figures that a person looks for first, as the tables have them."""
    from reasonseg_ros.evaluation.summaries import measure
    found = {line.figure.name: line for line in measure(run.rounds)}
    if 'status' in found:
        status = found['status']
        say(f'{round(status.estimate.value * status.rounds)} of {status.rounds} rounds ended as '
            'expected')
    if 'giou' in found:
        masks = found['giou']
        say(f'gIoU per target {100 * masks.estimate.value:.1f} percent over {masks.rounds} rounds')


def _warn(text: str) -> None:
    tqdm.write(f'reasonseg replay: warning: {text}', file=sys.stderr)
