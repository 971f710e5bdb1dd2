# SPDX-License-Identifier: Apache-2.0
"""`reasonseg ablate`: what the parts of the embedded model are worth, in one command.

Trains the model and each of its ablations with the same data, steps and seed, and holds
MR-Tabletop with each, in unseen and in seen phrasings. All begin with the same seeing part, which
knows nothing of dialogues, so that a short training says something; the rest begins at random.
An interrupted command goes on where it stood.
"""

import argparse
from pathlib import Path

from reasonseg_ros.cli.text import say
from reasonseg_ros.cli.text import table
from reasonseg_ros.cli.verb import train
from reasonseg_ros.core.errors import BadInput
from reasonseg_ros.engines.registry import embedded_checkpoint
from reasonseg_ros.engines.registry import load
from reasonseg_ros.engines.weights import embedded as checkpoints
from reasonseg_ros.evaluation.records import Run
from reasonseg_ros.evaluation.records import save
from reasonseg_ros.evaluation.tabletop_runs import TEMPLATES
from reasonseg_ros.evaluation.tabletop_runs import Cost
from reasonseg_ros.evaluation.tabletop_runs import TabletopSetting
from reasonseg_ros.evaluation.tabletop_runs import run_dialogues
from reasonseg_ros.nn.tabletop.config import WITHOUT
from reasonseg_ros.reports.protocols import HEAD
from reasonseg_ros.reports.protocols import NARROW
from reasonseg_ros.reports.protocols import protocol_rows
from reasonseg_ros.reports.protocols import write_table
from reasonseg_ros.training.loop import prepare

WHOLE = 'whole'
SEEING = ('encoder.', 'dense.', 'colour.', 'mask2.', 'embedding.')   # names of its tensors begin


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the verb."""
    train.add_scenes(parser)
    parser.add_argument('--out', type=Path, required=True,
                        help='folder of the runs and the tables; an interrupted command goes on '
                             'there')
    parser.add_argument('--start', type=Path, default=None,
                        help='checkpoint whose seeing part all runs begin with (the embedded one)')
    parser.add_argument('--steps', type=int, default=600, help='of each training (600)')
    parser.add_argument('--batch', type=int, default=12, help='dialogues in a step (12)')
    parser.add_argument('--seed', type=int, default=1, help='of every training (1)')
    parser.add_argument('--processes', type=int, default=1,
                        help='CPU processes of one thread each that share every batch (1)')
    parser.add_argument('--device', default='auto', help='auto, cpu, cuda, cuda:1, ...')
    parser.add_argument('--scenes', type=int, default=100,
                        help='test dialogues that each run is measured with (100)')
    parser.add_argument('--only', nargs='+', choices=(WHOLE, *WITHOUT), metavar='RUN',
                        default=(WHOLE, *WITHOUT), help='some of the runs. whole: nothing is left '
                        'out. ' + '. '.join(f'{name}: {what}' for name, what in WITHOUT.items()))


def main(args: argparse.Namespace) -> int:
    """Train and measure every run; write ablations.html and ablations.md."""
    for name in ('steps', 'scenes'):
        if getattr(args, name) < 1:
            raise BadInput(f'--{name} is {getattr(args, name)}; give 1 or more')
    start = args.out / 'seeing.safetensors'
    if not start.exists():
        _write_seeing(args.start or embedded_checkpoint(), start)
    elif args.start and _seeing_of(start) != checkpoints.read(args.start, 'tabletop').digest[:12]:
        raise BadInput(f'the runs in {args.out} began with checkpoint {_seeing_of(start)}, not '
                       f'with {args.start}; leave --start out, or give another --out')
    runs: dict[str, Run] = {}
    for name in args.only:
        say(f'{_title(name)}: {WITHOUT.get(name, "nothing is left out")}')
        checkpoint = args.out / name / 'tabletop.safetensors'
        training = _training(args, name, start)
        if checkpoint.exists():
            prepare(training.out, train.recipe_of(training))    # refuses one of other options
        else:
            train.main(training)
        engine = load('tabletop', str(checkpoint), args.device)
        for templates in TEMPLATES:
            held = f'{_title(name)}, {templates} phrasings'
            folder = args.out / name / templates
            setting = TabletopSetting(scenes=args.scenes, templates=templates)
            runs[held] = run_dialogues(engine, setting, folder, False, Cost(), held)
            save(runs[held], folder / 'results.json')
    write_table(runs, {}, args.out, 'ablation')
    say(table(HEAD[:NARROW], [row[:NARROW] for row in protocol_rows(runs)],
              right=range(1, NARROW)))
    say(f'{args.out / "ablations.html"}, and ablations.md beside it')
    return 0


def _title(name: str) -> str:
    return name if name == WHOLE else f'without {name}'


def _write_seeing(checkpoint: Path, path: Path) -> None:
    """Keep what sees of a trained model, and what its words mean to it."""
    whole = checkpoints.read(checkpoint, 'tabletop')
    seeing = {name: tensor for name, tensor in whole.tensors.items() if name.startswith(SEEING)}
    card = {'stages': [{'seeing_part_of': whole.digest[:12]}]}
    checkpoints.write(path, 'tabletop', whole.config, card, seeing)


def _seeing_of(path: Path) -> str:
    """Return the digest of the checkpoint whose seeing part a file holds."""
    return checkpoints.read(path, 'tabletop').card['stages'][0]['seeing_part_of']


def _training(args: argparse.Namespace, name: str, start: Path) -> argparse.Namespace:
    """Options of `reasonseg train` for one run."""
    parser = argparse.ArgumentParser()
    train.add_arguments(parser)
    without = [] if name == WHOLE else ['--without', name]
    shared = {key: str(getattr(args, key)) for key in (
        'data', 'val', 'steps', 'batch', 'seed', 'processes', 'device')}
    return parser.parse_args([
        'tabletop', *(word for key, value in shared.items() for word in (f'--{key}', value)),
        '--start', str(start), '--out', str(args.out / name), '--vision-steps', '0',
        '--eval-every', str(args.steps), *without])
