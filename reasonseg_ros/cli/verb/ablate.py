# SPDX-License-Identifier: Apache-2.0
"""`reasonseg ablate`: what the parts of the model `tabletop` are worth, in one command.

Trains the model and each of its ablations with the same data, steps and seed, and runs
MR-Tabletop with each (`training.ablations`). An interrupted command goes on where it stood.
"""

import argparse
from pathlib import Path

from reasonseg_ros.cli.text import say, table
from reasonseg_ros.cli.verb.train import add_scenes, say_checkpoint
from reasonseg_ros.core.errors import BadInput
from reasonseg_ros.engines.registry import embedded_checkpoint
from reasonseg_ros.evaluation.records import Run
from reasonseg_ros.reports.protocols import HEAD, NARROW, protocol_rows, write_table
from reasonseg_ros.training import ablations
from reasonseg_ros.training.ablations import WHOLE, AblationPlan
from reasonseg_ros.training.plan import WITHOUT


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the verb."""
    parser.add_argument('engine', choices=('tabletop',))
    add_scenes(parser, 'tabletop')
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
    plan = AblationPlan(args.data, args.val, args.out, args.steps, args.batch, args.seed,
                        args.processes, args.device, args.scenes)
    for name, value in (('steps', plan.steps), ('scenes', plan.scenes)):
        if value < 1:
            raise BadInput(f'--{name} is {value}; give 1 or more')
    ablations.prepare_start(plan, args.start or embedded_checkpoint(args.engine),
                            chosen=bool(args.start))
    runs: dict[str, Run] = {}
    for name in args.only:
        say(f'{ablations.title(name)}: {WITHOUT.get(name, "nothing is left out")}')
        checkpoint = ablations.train_once(plan, name)
        if checkpoint is not None:
            say_checkpoint(checkpoint)
        runs |= ablations.measure(plan, name)
    write_table(runs, {}, plan.out, 'ablation')
    say(table(HEAD[:NARROW], [row[:NARROW] for row in protocol_rows(runs)],
              right=range(1, NARROW)))
    say(f'{plan.out / "ablations.html"}, and ablations.md beside it')
    return 0
