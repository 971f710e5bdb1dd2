# SPDX-License-Identifier: Apache-2.0
"""`reasonseg data from-frames FOLDER`: conversations like those of MRSeg about frames of your own.

The form of the folder is that of `reasonseg eval frames` (docs/evaluation.md); `reasonseg label`
makes one, and --simulate fills it from a simulator.
"""

import argparse
from pathlib import Path

from tqdm import tqdm

from reasonseg_ros.cli.text import note, say
from reasonseg_ros.cli.verb import data_mrseg
from reasonseg_ros.core.errors import BadInput
from reasonseg_ros.datasets.frames import WORLDS, convert, shared_out, simulate
from reasonseg_ros.datasets.mrseg import Builder, BuildOptions


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument('folder', type=Path, metavar='FOLDER',
                        help='folder whose folders hold color.png and truth.json')
    parser.add_argument('--out', type=Path, required=True, metavar='DIR',
                        help='folder; an interrupted build in it goes on where it stood')
    parser.add_argument('--val', type=float, default=0.1, metavar='SHARE',
                        help='of the frames that are kept for validation (0.1)')
    parser.add_argument('--simulate', choices=WORLDS,
                        help='first put frames of a simulator into the folder')
    parser.add_argument('--count', type=int, default=100, metavar='N',
                        help='frames that --simulate puts there (100)')
    data_mrseg.add_build(parser)


def main(args: argparse.Namespace) -> int:
    """Convert the frames, build their conversations, and say how large the files are."""
    if not 0 <= args.val < 1:
        raise BadInput(f'--val is {args.val:g}; expected a share from 0 below 1')
    if args.simulate:
        scenes = simulate(args.folder, args.simulate, args.count, args.seed)
        for _ in tqdm(scenes, total=args.count, desc='scenes', unit='scene', disable=None):
            pass
    splits = shared_out(args.folder, args.val, args.seed)
    builder = Builder(args.out, BuildOptions(args.seed, args.limit, args.shard))
    builder.note()
    files = convert(splits, args.out, lambda text: note(f'left out: {text}'))
    if not files:
        raise BadInput(f'{args.folder} has no frame with things in a truth.json; label some with '
                       '"reasonseg label"')
    data_mrseg.build(builder, files)
    frames = ', '.join(f'{len(one.frames)} {one.split}' for one in splits)
    say(f'{frames} frames; {args.out / "datasets.yaml"} says where everything lies')
    return 0
