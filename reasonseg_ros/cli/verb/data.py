# SPDX-License-Identifier: Apache-2.0
"""`reasonseg data`: make data sets: rendered scenes with exact truth, and those of the papers.

The scenes are here; each of the papers' sets is a file beside this one.
"""

import argparse
from pathlib import Path

from reasonseg_ros.cli.text import say
from reasonseg_ros.cli.verb import (
    data_from_frames,
    data_llmseg40k,
    data_mmr,
    data_mrseg,
    data_speed,
)
from reasonseg_ros.core.errors import BadRequest
from reasonseg_ros.sim.world.catalogue import SPLITS

COUNTS = {'tabletop': 25_000, 'household': 2000}
SHOWN = 12      # scenes on a sheet
# data set -> (its module, what it is)
BUILDERS = {
    'mrseg': (data_mrseg, 'conversations of SegLLM, from the annotations of ten sources'),
    'mmr': (data_mmr, 'questions about objects and parts, by a vision-language model'),
    'llmseg40k': (data_llmseg40k, 'questions about one object each, by language models'),
    'from-frames': (data_from_frames, 'conversations about labelled frames of your own'),
    'speed': (data_speed, 'how fast conversations are built here, from made-up annotations'),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the verb."""
    made = parser.add_subparsers(dest='engine', required=True, metavar='DATA')
    for name in COUNTS:
        _add_scenes(made.add_parser(name, help=f'rendered scenes for engine {name}'))
    for name, (module, summary) in BUILDERS.items():
        module.add_arguments(made.add_parser(name, help=summary, description=module.__doc__))


def _add_scenes(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('--world', choices=tuple(COUNTS),
                        help='simulated world that the scenes show (the one named after the '
                             'engine); household learns from both in one folder')
    parser.add_argument('--split', choices=SPLITS, default='train',
                        help='whose seeds are drawn (train)')
    parser.add_argument('--count', type=int, help='scenes to render ('
                        + ', '.join(f'{engine} {count}' for engine, count in COUNTS.items()) + ')')
    parser.add_argument('--first-seed', type=int, default=0,
                        help='seed of the first scene, counted within the split (0)')
    parser.add_argument('--out', type=Path, required=True,
                        help='folder; an interrupted build in it goes on where it stood')
    parser.add_argument('--processes', type=int, default=2, help='that share the scenes (2)')
    parser.add_argument('--sheet', type=Path, metavar='FILE.png',
                        help=f'household: also draw {SHOWN} scenes of the folder with their '
                             'things and parts')


def main(args: argparse.Namespace) -> int:
    """Make the data set and say what lies where."""
    if args.engine in BUILDERS:
        status: int = BUILDERS[args.engine][0].main(args)
        return status
    count = COUNTS[args.engine] if args.count is None else args.count
    scenes = args.split, args.first_seed, count, args.out, args.processes
    if args.engine == 'household':
        _household(*scenes, args.world or 'household', args.sheet)
    elif args.world == 'household' or args.sheet:
        raise BadRequest('--world household and --sheet are for engine household; '
                         'use "reasonseg data household"')
    else:
        from reasonseg_ros.training.scene_dataset import build
        build(*scenes)
    say(f'{count} {args.split} scenes in {args.out}')
    return 0


def _household(split: str, first_seed: int, count: int, out: Path, processes: int, world: str,
               sheet_file: Path | None) -> None:
    from reasonseg_ros.drawing.overlay import save
    from reasonseg_ros.training.household.samples import sheet
    from reasonseg_ros.training.household.scenes import build
    scenes = build(split, first_seed, count, out, processes, world)
    if sheet_file:
        save(sheet(scenes, SHOWN), sheet_file)
        say(f'sheet of scenes: {sheet_file}')
