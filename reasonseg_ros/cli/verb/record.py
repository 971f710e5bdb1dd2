# SPDX-License-Identifier: Apache-2.0
"""`reasonseg record`: a bag of the simulated camera, with dialogues that have exact masks."""

import argparse
from dataclasses import fields
from pathlib import Path

from reasonseg_ros.cli.text import say
from reasonseg_ros.core.errors import BadInput
from reasonseg_ros.sim.world.catalogue import SPLITS

# Least and most of each number; images are drawn twice as fine, and OpenGL ends at 8192 pixels
# on common machines.
LIMITS = {'seed': (0, 2**32 - 1), 'width': (16, 4096), 'height': (16, 4096),
          'seconds': (0.1, 3600), 'rate': (0.1, 1000), 'motion': (0, 180), 'dialogues': (1, 1000),
          'rounds': (1, 100)}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the verb."""
    parser.add_argument('out', type=Path, metavar='BAG',
                        help='folder of the bag; the dialogues become BAG.dialogues.json')
    parser.add_argument('--split', choices=SPLITS, default='test', help='(default: test)')
    parser.add_argument('--seed', type=int, default=1, help='which scene (default: 1)')
    parser.add_argument('--width', type=int, default=640)
    parser.add_argument('--height', type=int, default=480)
    parser.add_argument('--seconds', type=float, default=10.0, help='length (default: 10)')
    parser.add_argument('--rate', type=float, default=30.0, metavar='HZ',
                        help='images per second (default: 30)')
    parser.add_argument('--motion', type=float, default=0.0, metavar='DEGREES',
                        help='how far the camera moves to each side between dialogues '
                             '(default: 0)')
    parser.add_argument('--dialogues', type=int, default=3, help='(default: 3)')
    parser.add_argument('--rounds', type=int, default=6, help='of a dialogue (default: 6)')
    parser.add_argument('--storage', choices=('mcap', 'sqlite3'), default='mcap')
    parser.add_argument('--colour', choices=('raw', 'compressed'), default='raw',
                        help='rgb8 or JPEG (default: raw)')
    parser.add_argument('--depth', choices=('raw', 'compressed', 'none'), default='raw',
                        help='16UC1, compressedDepth or no depth (default: raw)')
    parser.add_argument('--overwrite', action='store_true',
                        help='replace a bag that was recorded under this name, and its dialogues')


def main(args: argparse.Namespace) -> int:
    """Record, and say how to replay."""
    if args.out.name in ('', '..'):
        raise BadInput(f'BAG is "{args.out}", which names no new folder; give a name, e.g. scene')
    for name, (least, most) in LIMITS.items():
        value = getattr(args, name)
        if not least <= value <= most:  # also refuses nan
            raise BadInput(f'--{name} is {value}; expected {least} to {most}')
    from reasonseg_ros.bags.simulate import RecordingPlan, record
    script = args.out.with_name(f'{args.out.name}.dialogues.json')
    plan = RecordingPlan(**{f.name: getattr(args, f.name) for f in fields(RecordingPlan)})
    sentences = record(plan, args.out, script, args.overwrite)
    say(f'{args.out}: {sentences} sentences in {script}')
    say(f'reasonseg replay {args.out} {script}')
    return 0
