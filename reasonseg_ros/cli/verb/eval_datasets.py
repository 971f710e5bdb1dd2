# SPDX-License-Identifier: Apache-2.0
"""`reasonseg eval DATASET`: hold the conversations of a published benchmark with an engine.

Adds a benchmark for each entry of the catalogue to the verb `eval`, which knows the others.
"""

import argparse
import os
import shutil
import sys
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from typing import Any

from tqdm import tqdm

from reasonseg_ros.benchmarks.catalogue import BENCHMARKS
from reasonseg_ros.benchmarks.conversation import Dataset
from reasonseg_ros.cli import results
from reasonseg_ros.cli.text import say
from reasonseg_ros.core.errors import BadInput
from reasonseg_ros.drawing.rounds import FOLDER
from reasonseg_ros.evaluation.protocols import ANSWERS
from reasonseg_ros.evaluation.protocols import FRAMES
from reasonseg_ros.evaluation.protocols import HISTORIES
from reasonseg_ros.evaluation.protocols import WORDINGS
from reasonseg_ros.evaluation.protocols import paper
from reasonseg_ros.evaluation.records import Protocol
from reasonseg_ros.evaluation.records import Run
from reasonseg_ros.evaluation.records import save
from reasonseg_ros.evaluation.shards import Line
from reasonseg_ros.evaluation.shards import RunPlan
from reasonseg_ros.evaluation.shards import Shard
from reasonseg_ros.evaluation.shards import bad_pictures
from reasonseg_ros.evaluation.shards import begin
from reasonseg_ros.evaluation.shards import joined
from reasonseg_ros.evaluation.shards import write
from reasonseg_ros.reports.tables import headline

if TYPE_CHECKING:
    from reasonseg_ros.engines.protocol import EngineFacts
    from reasonseg_ros.evaluation.jobs import Job

DRAWN = 100     # conversations whose rounds are drawn
MOST_NAMED = 5  # pictures that are named when they cannot be used


def add_benchmarks(benchmarks: Any) -> None:
    """Add a parser for each dataset to the subparsers of the verb."""
    for name, entry in BENCHMARKS.items():
        parser = benchmarks.add_parser(
            name, help=f'splits {", ".join(entry.splits)}; data under {entry.section}:',
            description=f'Hold the conversations of {name} with an engine. Formats, folders and '
                        'what each paper did: docs/datasets.md.')
        _add_arguments(parser, name, entry.splits)


def _add_arguments(parser: argparse.ArgumentParser, name: str, splits: tuple[str, ...]) -> None:
    parser.add_argument('--data', type=Path, default=Path('datasets.yaml'), metavar='FILE',
                        help='YAML or JSON file that says where data lie (datasets.yaml)')
    parser.add_argument('--split', choices=splits, default=splits[0])
    parser.add_argument('--limit', type=_count, metavar='N', help='only the first N conversations')
    parser.add_argument('--engine', default='tabletop')
    parser.add_argument('--checkpoint', default='', help='default: the embedded model')
    parser.add_argument('--device', default='auto')
    parser.add_argument('--out', type=Path, default=Path('out/eval') / name, metavar='DIR',
                        help='folder for the shards and results.json; a run that was interrupted '
                             f'goes on there (out/eval/{name})')
    parser.add_argument('--pictures', type=_count_or_none, default=DRAWN, metavar='N',
                        help='draw the rounds of the first N conversations into the folder '
                             f'({DRAWN})')
    held = parser.add_argument_group('protocol')
    held.add_argument('--preset', choices=('paper',), help='as in the paper of the benchmark')
    held.add_argument('--history', choices=HISTORIES,
                      help='what later rounds build on (predicted)')
    held.add_argument('--answers', choices=ANSWERS,
                      help='whether the engine finds its words or is given the right ones (free)')
    held.add_argument('--frame', choices=FRAMES, help='how pictures are shown (native)')
    held.add_argument('--order', type=int, metavar='SEED',
                      help='permute the rounds of each conversation; what is referred to still '
                           'comes first (as given)')
    held.add_argument('--wording', choices=WORDINGS,
                      help='plain words that the engine puts into its own message, the message '
                           'of the data to the letter, or that in the phrases of LISA (engine)')
    results.add_gate(parser)
    work = parser.add_argument_group('splitting the work').add_mutually_exclusive_group()
    work.add_argument('--shard', type=_shard, default=Shard(), metavar='I/N',
                      help='only part I of N; the last one to finish in a folder joins all')
    work.add_argument('--join', type=Path, nargs='+', metavar='DIR',
                      help='join the shards in these folders into --out, ask nothing')
    work.add_argument('--ray', metavar='ADDRESS', help='work on a Ray cluster (extra "ray")')


def main(args: argparse.Namespace) -> int:
    """Hold the conversations of a shard; write results.json when all shards are there."""
    baseline = results.baseline(args)
    if args.join:
        found = joined(args.join)
        if found is None:
            raise BadInput(f'the shards in {", ".join(map(str, args.join))} are not complete; '
                           'finish the others, or name their folders as well')
        return _finish(args, args.join, found, baseline)
    from reasonseg_ros.evaluation.jobs import Job
    protocol, wording = _protocol(args)
    job = Job(args.engine, args.checkpoint, args.device, args.data.absolute(), args.benchmark,
              args.split, protocol, wording, args.out.absolute(), args.pictures)
    if args.ray:
        from reasonseg_ros.evaluation.jobs import connected
        with connected(args.ray, job) as cluster:
            say(f'{len(cluster)} workers')
            _hold(args, job, job.dataset(), cluster.facts, cluster.answer)
    else:
        started = job.start()
        _hold(args, job, started.dataset, started.facts, lambda places: map(started.line, places))
    found = joined([args.out])
    if found is None:
        say('this shard is finished; the results are written when the others are')
        return 0
    return _finish(args, [args.out], found, baseline)


def _hold(args: argparse.Namespace, job: 'Job', dataset: Dataset, facts: 'EngineFacts',
          answer: Callable[[Sequence[int]], Iterable[Line]]) -> None:
    """Answer what the shard lacks; each line is safe on disk as soon as it is there."""
    count = min(args.limit or len(dataset.ids), len(dataset.ids))
    options = {'split': args.split, 'wording': job.wording, 'preset': args.preset or '',
               'pictures': args.pictures}
    plan = RunPlan(args.benchmark, dataset.version, facts.provenance, job.protocol, count, options)
    say(f'{args.benchmark} {args.split}, {count} conversations: {job.protocol}, '
        f'{facts.provenance} on {facts.device}')
    missing = begin(plan, args.out, args.shard)
    total = len(args.shard.places(count))
    with tqdm(total=total, initial=total - len(missing), desc=args.benchmark, unit='dialogue',
              disable=None) as bar:
        for line in write(args.out, args.shard, answer(missing)):
            if 'bad' in line:
                tqdm.write(f'left out: {line["bad"]}', file=sys.stderr)
            bar.update()


def _finish(args: argparse.Namespace, folders: list[Path], found: Run, baseline: Run | None
            ) -> int:
    """Write the results and the report of all shards; compare with the baseline."""
    if not found.rounds:
        raise BadInput(f'no picture could be used: {bad_pictures(folders)[0]}')
    args.out.mkdir(parents=True, exist_ok=True)
    path = args.out / 'results.json'
    partial = args.out / f'results.{os.getpid()}.partial'  # shards may finish at the same time
    save(found, partial)
    os.replace(partial, path)
    _gather_pictures(folders, args.out)
    say(headline(found))
    results.show(found, args.out, args.out, _left_out(folders, found))
    say(f'{path}')
    return results.gate(baseline, found, args.tolerance)


def _gather_pictures(folders: list[Path], out: Path) -> None:
    """Copy the pictures of shards that lie elsewhere beside the results."""
    for picture in (p for folder in folders for p in (folder / FOLDER).glob('*.jpg')):
        copy = out / FOLDER / picture.name
        if not copy.exists():
            copy.parent.mkdir(exist_ok=True)
            shutil.copyfile(picture, copy)


def _left_out(folders: list[Path], found: Run) -> dict[str, str]:
    """Say which conversations were left out since their picture cannot be used."""
    count = found.options['bad_pictures']
    if not count:
        return {}
    named = bad_pictures(folders)[:MOST_NAMED]
    more = f'; and {count - len(named)} more' if count > len(named) else ''
    return {'left out': f'{count} of {found.options["conversations"]} conversations: '
                        f'{"; ".join(named)}{more}'}


def _protocol(args: argparse.Namespace) -> tuple[Protocol, str]:
    """Switches that were given, over those of the preset."""
    preset = paper(args.benchmark) if args.preset else None
    protocol = preset.protocol if preset else Protocol()
    given = {name: getattr(args, name) for name in ('history', 'answers', 'frame', 'order')
             if getattr(args, name) is not None}
    return replace(protocol, **given), args.wording or (preset.wording if preset else WORDINGS[0])


def _shard(text: str) -> Shard:
    number, slash, of = text.partition('/')
    if not slash or not number.isdigit() or not of.isdigit() or not 1 <= int(number) <= int(of):
        raise argparse.ArgumentTypeError(f'"{text}" is no shard; give I/N with I from 1 to N')
    return Shard(int(number), int(of))


def _count(text: str) -> int:
    if _count_or_none(text) < 1:
        raise argparse.ArgumentTypeError(f'"{text}" is too few; give 1 or more')
    return int(text)


def _count_or_none(text: str) -> int:
    if not text.isdigit():
        raise argparse.ArgumentTypeError(f'"{text}" is no count; give a number')
    return int(text)
