# SPDX-License-Identifier: Apache-2.0
"""`reasonseg eval BENCHMARK`: measure an engine on the conversations of a published benchmark.

Each entry of the catalogue is a benchmark; `tabletop`, `moving` and `frames`, with options of their
own, are in `eval_tabletop`, `eval_moving` and `eval_frames`.
"""

import argparse
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from reasonseg_ros.benchmarks.catalogue import BENCHMARKS
from reasonseg_ros.benchmarks.conversation import Dataset
from reasonseg_ros.cli import results
from reasonseg_ros.cli.text import say
from reasonseg_ros.cli.verb import eval_frames, eval_moving, eval_tabletop
from reasonseg_ros.core.errors import BadInput
from reasonseg_ros.drawing.rounds import FOLDER
from reasonseg_ros.evaluation.protocols import (
    ANSWERS,
    COUNTINGS,
    FRAMES,
    HISTORIES,
    WORDINGS,
    Preset,
    paper,
)
from reasonseg_ros.evaluation.records import Protocol, Run, save
from reasonseg_ros.evaluation.shards import Line, RunPlan, Shard, bad_images, begin, joined, write
from reasonseg_ros.reports.tables import headline

if TYPE_CHECKING:
    from reasonseg_ros.engines.protocol import EngineFacts
    from reasonseg_ros.evaluation.jobs import Job

DRAWN = 100     # conversations whose rounds are drawn
MOST_NAMED = 5  # images that are named when they cannot be used

Answer = Callable[[Sequence[int]], Iterable[Line]]  # places of conversations -> their lines


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the benchmarks."""
    benchmarks = parser.add_subparsers(dest='benchmark', required=True, metavar='BENCHMARK')
    tabletop = benchmarks.add_parser('tabletop', help='the simulated tabletop, with exact truth')
    eval_tabletop.add_arguments(tabletop)
    moving = benchmarks.add_parser('moving', help='simulated sequences: the camera, things and '
                                                  'light move, and what was shown stays found',
                                   description=eval_moving.__doc__)
    eval_moving.add_arguments(moving)
    frames = benchmarks.add_parser('frames', help='labelled images of your own tables',
                                   description=eval_frames.__doc__)
    eval_frames.add_arguments(frames)
    for name, entry in BENCHMARKS.items():
        dataset = benchmarks.add_parser(
            name, help=f'splits {", ".join(entry.splits)}; data under {entry.section}:',
            description=f'Conduct the conversations of {name} with an engine. Formats, folders '
                        'and what each paper did: docs/datasets.md.')
        _add_dataset_arguments(dataset, name, entry.splits)


def _add_dataset_arguments(parser: argparse.ArgumentParser, name: str,
                           splits: tuple[str, ...]) -> None:
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
    mode = parser.add_argument_group('protocol')
    mode.add_argument('--preset', choices=('paper',), help='as in the paper of the benchmark')
    mode.add_argument('--history', choices=HISTORIES,
                      help='what later rounds build on (predicted)')
    mode.add_argument('--answers', choices=ANSWERS,
                      help='whether the engine finds its words or is given the right ones (free)')
    mode.add_argument('--frame', choices=FRAMES, help='how images are shown (native)')
    mode.add_argument('--order', type=int, metavar='SEED',
                      help='permute the rounds of each conversation; what is referred to still '
                           'comes first (as given)')
    mode.add_argument('--wording', choices=WORDINGS,
                      help='plain words that the engine puts into its own message, the message '
                           'of the data to the letter, or that in the phrases of LISA (engine)')
    mode.add_argument('--counting', choices=COUNTINGS,
                      help='what counts as true: every pixel of the annotation, or as the programs '
                           'of LISA or SegLLM have it, docs/datasets.md (exact)')
    results.add_gate(parser)
    work = parser.add_argument_group('splitting the work').add_mutually_exclusive_group()
    work.add_argument('--shard', type=_shard, default=Shard(), metavar='I/N',
                      help='only part I of N; the last one to finish in a folder joins all')
    work.add_argument('--join', type=Path, nargs='+', metavar='DIR',
                      help='join the shards in these folders into --out, ask nothing')
    work.add_argument('--ray', metavar='ADDRESS', help='work on a Ray cluster (extra "ray")')


def main(args: argparse.Namespace) -> int:
    """Conduct the conversations of a shard; write results.json when all shards are there."""
    if args.benchmark == 'tabletop':
        return eval_tabletop.main(args)
    if args.benchmark == 'moving':
        return eval_moving.main(args)
    if args.benchmark == 'frames':
        return eval_frames.main(args)
    baseline = results.baseline(args.against, args.tolerance)
    if args.join:
        found = joined(args.join)
        if found is None:
            raise BadInput(f'the shards in {", ".join(map(str, args.join))} are not complete; '
                           'finish the others, or name their folders as well')
        return _finish(args.join, args.out, found, baseline, args.tolerance)
    from reasonseg_ros.evaluation.jobs import Job
    given = {'history': args.history, 'answers': args.answers, 'frame': args.frame,
             'order': args.order}
    preset = paper(args.benchmark) if args.preset else None
    protocol = _protocol(preset, given)
    wording = args.wording or (preset.wording if preset else WORDINGS[0])
    counting = args.counting or (preset.counting if preset else COUNTINGS[0])
    job = Job(args.engine, args.checkpoint, args.device, args.data.absolute(), args.benchmark,
              args.split, protocol, wording, args.out.absolute(), args.pictures, counting)
    with _working(job, args.ray) as (dataset, facts, answer):
        count = min(args.limit or len(dataset.ids), len(dataset.ids))
        options = {'split': job.split, 'wording': wording, 'preset': args.preset or '',
                   'pictures': job.drawn}
        if counting != COUNTINGS[0]:
            options['counting'] = counting
        plan = RunPlan(job.benchmark, dataset.version, facts.provenance, protocol, count, options)
        say(f'{job.benchmark} {job.split}, {count} conversations: {protocol}, '
            f'{facts.provenance} on {facts.device}')
        _answer_missing(plan, args.out, args.shard, answer)
    found = joined([args.out])
    if found is None:
        say('this shard is finished; the results are written when the others are')
        return 0
    return _finish([args.out], args.out, found, baseline, args.tolerance)


@contextmanager
def _working(job: 'Job', ray: str | None) -> 'Iterator[tuple[Dataset, EngineFacts, Answer]]':
    """Start what answers: a Ray cluster at the address `ray`, or this process."""
    if ray:
        from reasonseg_ros.evaluation.jobs import connected
        with connected(ray, job) as cluster:
            say(f'{len(cluster)} workers')
            yield job.dataset(), cluster.facts, cluster.answer
    else:
        started = job.start()
        yield started.dataset, started.facts, lambda places: map(started.line, places)


def _answer_missing(plan: RunPlan, out: Path, shard: Shard, answer: Answer) -> None:
    """Answer what the shard lacks; each line is safe on disk as soon as it is there."""
    missing = begin(plan, out, shard)
    total = len(shard.places(plan.count))
    with tqdm(total=total, initial=total - len(missing), desc=plan.benchmark, unit='dialogue',
              disable=None) as bar:
        for line in write(out, shard, answer(missing)):
            if 'bad' in line:
                tqdm.write(f'left out: {line["bad"]}', file=sys.stderr)
            bar.update()


def _finish(folders: list[Path], out: Path, found: Run, baseline: Run | None, tolerance: float
            ) -> int:
    """Write the results and the report of all shards; compare with the baseline."""
    if not found.rounds:
        what = 'annotation' if found.options.get('bad_annotations') else 'image'
        raise BadInput(f'no {what} could be used: {bad_images(folders)[0]}')
    out.mkdir(parents=True, exist_ok=True)
    path = out / 'results.json'
    partial = out / f'results.{os.getpid()}.partial'  # shards may finish at the same time
    save(found, partial)
    os.replace(partial, path)
    _gather_images(folders, out)
    say(headline(found))
    results.show(found, out, out, _left_out(folders, found))
    say(f'{path}')
    return results.gate(baseline, found, tolerance)


def _gather_images(folders: list[Path], out: Path) -> None:
    """Copy the images of shards that lie elsewhere beside the results."""
    for image in (p for folder in folders for p in (folder / FOLDER).glob('*.jpg')):
        copy = out / FOLDER / image.name
        if not copy.exists():
            copy.parent.mkdir(exist_ok=True)
            shutil.copyfile(image, copy)


def _left_out(folders: list[Path], found: Run) -> dict[str, str]:
    """Say which conversations were left out since image or annotation cannot be used."""
    count = int(found.options['bad_pictures']) + int(found.options.get('bad_annotations', 0))
    if not count:
        return {}
    named = bad_images(folders)[:MOST_NAMED]
    more = f'; and {count - len(named)} more' if count > len(named) else ''
    return {'left out': f'{count} of {found.options["conversations"]} conversations: '
                        f'{"; ".join(named)}{more}'}


def _protocol(preset: Preset | None, given: dict[str, Any]) -> Protocol:
    """Return the protocol: switches that were `given`, not None, over those of the paper."""
    return replace(preset.protocol if preset else Protocol(), **{
        name: value for name, value in given.items() if value is not None})


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
