# SPDX-License-Identifier: Apache-2.0
"""`reasonseg eval moving`: what was shown stays found while the camera and the things move.

Simulated sequences with exact truth; their events are listed in docs/evaluation.md.
"""

import argparse
from pathlib import Path

from reasonseg_ros.cli import results
from reasonseg_ros.cli.text import say, table
from reasonseg_ros.core.errors import BadInput
from reasonseg_ros.core.memory.world import WorldMemory
from reasonseg_ros.engines.motion import estimate_motion
from reasonseg_ros.engines.registry import load
from reasonseg_ros.evaluation.moving import ThingMemory
from reasonseg_ros.evaluation.moving_runs import SEEDS, SWITCH, MovingSetting, run_moving
from reasonseg_ros.evaluation.records import save
from reasonseg_ros.reports.moving import HEAD, goal_rows, wrong_rows
from reasonseg_ros.reports.tables import headline
from reasonseg_ros.sim.moving.sequences import WORLDS
from reasonseg_ros.sim.moving.steps import EVENTS
from reasonseg_ros.sim.world.catalogue import SPLITS

SIZES = ('320x240', '640x480')
MOST_NAMED = 12     # sequences whose faults are printed


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the benchmark."""
    parser.add_argument('--world', choices=WORLDS, default=WORLDS[0],
                        help='whose scenes; the household is drawn by rays, which takes a minute '
                             f'a sequence, once (extra "household") (default: {WORLDS[0]})')
    parser.add_argument('--split', choices=SPLITS, default='test',
                        help='scenes of which split (default: test)')
    parser.add_argument('--scenes', type=int, default=10,
                        help='each is shown with every event (10)')
    parser.add_argument('--first-scene', type=int, default=0, help='number of the first one (0)')
    parser.add_argument('--events', type=_events, default=EVENTS, metavar='NAME,...',
                        help=f'(default: {",".join(EVENTS)})')
    parser.add_argument('--size', choices=SIZES, default=SIZES[0],
                        help=f'pixels of the images (default: {SIZES[0]})')
    parser.add_argument('--no-tf', action='store_true',
                        help='the pose of the camera is not told; its motion is estimated')
    parser.add_argument('--depth', choices=SWITCH, default=SWITCH[0],
                        help=f'whether images come with depth (default: {SWITCH[0]})')
    parser.add_argument('--seed-masks', choices=SEEDS, default=SEEDS[0],
                        help='whose masks of the first image are remembered: the true ones, which '
                             'judges the memory alone, or those of the engine, which is asked for '
                             f'every thing (default: {SEEDS[0]})')
    parser.add_argument('--no-dialogues', action='store_true',
                        help='ask nothing before and after the camera has moved; with true masks '
                             'no engine is needed')
    parser.add_argument('--engine', help='(default: that of the world)')
    parser.add_argument('--checkpoint', default='', metavar='FILE',
                        help="weights of the engine (default: the package's own)")
    parser.add_argument('--device', default='auto', help='auto, cpu or cuda (default: auto)')
    parser.add_argument('--frames', type=Path, default=Path('out/moving-frames'), metavar='DIR',
                        help='folder in which drawn sequences are kept, about 1 MB each; the next '
                             'run reads them (default: out/moving-frames)')
    parser.add_argument('--out', type=Path, default=Path('out/eval/moving'), metavar='DIR',
                        help='folder for results.json, report.html, tables and images; a run that '
                             'was interrupted goes on there (default: out/eval/moving)')
    parser.add_argument('--no-pictures', action='store_true', help='draw no sheet and no round')
    results.add_gate(parser)


def main(args: argparse.Namespace) -> int:
    """Show the sequences to a memory, ask after the motion, write the report."""
    for name, found, least in (('scenes', args.scenes, 1), ('first-scene', args.first_scene, 0)):
        if found < least:
            raise BadInput(f'--{name} is {found}; give {least} or more')
    baseline = results.baseline(args.against, args.tolerance)
    width, height = (int(side) for side in args.size.split('x'))
    setting = MovingSetting(
        args.world, args.split, args.first_scene, args.scenes, args.events, (width, height),
        args.frames, args.seed_masks, SWITCH[bool(args.no_tf)], args.depth, not args.no_dialogues)
    engine = (load(args.engine or args.world, args.checkpoint, args.device)
              if setting.needs_engine else None)
    run = run_moving(engine, _memory, setting, args.out, not args.no_pictures)
    save(run, args.out / 'results.json')
    say(headline(run))
    results.show(run, args.out, args.out, {})
    wrong = wrong_rows(run)
    if wrong:
        say()
        for sequence, what in wrong[:MOST_NAMED]:
            say(f'{sequence}: {what}')
        if len(wrong) > MOST_NAMED:
            say(f'and {len(wrong) - MOST_NAMED} more in {args.out / "rounds.csv"}')
    say()
    say(table(HEAD, goal_rows(run), right=range(1, len(HEAD))))
    return results.gate(baseline, run, args.tolerance)


def _memory() -> ThingMemory:
    return WorldMemory(estimate_motion)


def _events(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(text.split(',')))
    for name in names:
        if name not in EVENTS:
            raise argparse.ArgumentTypeError(f'"{name}" is no event; choose from '
                                             f'{", ".join(EVENTS)}')
    return names
