# SPDX-License-Identifier: Apache-2.0
"""`reasonseg data`: render tabletop scenes with exact truth into a folder of arrays."""

import argparse
from pathlib import Path

from reasonseg_ros.cli.text import say
from reasonseg_ros.sim.world.catalogue import SPLITS
from reasonseg_ros.training.scene_dataset import build


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the verb."""
    parser.add_argument('world', choices=('tabletop',), help='which simulated world')
    parser.add_argument('--split', choices=SPLITS, default='train')
    parser.add_argument('--count', type=int, default=25_000, help='scenes to render')
    parser.add_argument('--first-seed', type=int, default=0, help='seed of the first scene')
    parser.add_argument('--out', type=Path, required=True,
                        help='folder; an interrupted build in it goes on where it stood')
    parser.add_argument('--processes', type=int, default=2)


def main(args: argparse.Namespace) -> int:
    """Render and say what lies where."""
    build(args.split, args.first_seed, args.count, args.out, args.processes)
    say(f'{args.count} {args.split} scenes in {args.out}')
    return 0
