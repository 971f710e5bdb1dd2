# SPDX-License-Identifier: Apache-2.0
"""`reasonseg eval frames`: labelled images of your own tables, and what was said about them.

The form of the folder is in docs/evaluation.md; `reasonseg label` makes one.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path

from tqdm import tqdm

from reasonseg_ros.benchmarks.files import version_of
from reasonseg_ros.benchmarks.labelled_frames import (
    FrameFolder,
    frame_folders,
    read_frame,
    read_truth,
)
from reasonseg_ros.cli import results
from reasonseg_ros.cli.text import say, table
from reasonseg_ros.drawing.rounds import draw_round
from reasonseg_ros.engines.protocol import Engine
from reasonseg_ros.engines.registry import DEFAULT, load
from reasonseg_ros.evaluation.frames import (
    DEPTHS,
    check,
    read_rounds,
    run_frame,
    segment_things,
    shown,
)
from reasonseg_ros.evaluation.metrics import Segmentation
from reasonseg_ros.evaluation.records import Protocol, RoundRecord, save
from reasonseg_ros.evaluation.shards import RunPlan, complete
from reasonseg_ros.evaluation.tabletop_runs import Cost
from reasonseg_ros.reports.tables import headline, percent

HEAD = ('things, whatever their names', 'overlap F', 'boundary F', 'found', 'there are', 'seen')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the benchmark."""
    parser.add_argument('folder', type=Path, metavar='FRAMES',
                        help='folder whose folders hold color.png and dialogues.json, maybe '
                             'depth.png, camera.json and truth.json; see docs/evaluation.md')
    parser.add_argument('--engine', default=DEFAULT, help=f'(default: {DEFAULT})')
    parser.add_argument('--checkpoint', default='', metavar='FILE',
                        help="weights of the engine (default: the package's own)")
    parser.add_argument('--device', default='auto', help='auto, cpu or cuda (default: auto)')
    parser.add_argument('--depth', choices=DEPTHS, default=DEPTHS[0],
                        help='none: dialogues are held as if there were no depth camera '
                             f'(default: {DEPTHS[0]})')
    parser.add_argument('--out', type=Path, default=Path('out/eval/frames'), metavar='DIR',
                        help='folder for results.json, instances.json, report.html, tables and '
                             'images; a run that was interrupted goes on there (default: '
                             'out/eval/frames)')
    parser.add_argument('--no-pictures', action='store_true', help='draw no round')
    results.add_gate(parser)


def main(args: argparse.Namespace) -> int:
    """Hold the dialogues, look at every frame unasked, write the report."""
    baseline = results.baseline(args.against, args.tolerance)
    folders = frame_folders(args.folder)
    rounds = check(folders)
    engine = load(args.engine, args.checkpoint, args.device)
    say(f'{len(folders)} frames, {rounds} rounds, {engine.facts.provenance} on '
        f'{engine.facts.device}')
    files = [file for folder in folders for file in folder.files]
    plan = RunPlan('frames', f'frames-{version_of(files)}', engine.facts.provenance, Protocol(),
                   len(folders), {'depth': args.depth})
    cost = Cost()
    draw = None if args.no_pictures else partial(draw_round, args.out)

    def rounds_at(place: int) -> Iterator[RoundRecord]:
        frame = read_frame(folders[place])
        dialogues = read_rounds(folders[place], (frame.width, frame.height))
        return run_frame(engine, folders[place].name, shown(frame, args.depth), dialogues, draw,
                         cost.hear)
    run = complete(plan, args.out, rounds_at, 'frames', 'frame')
    save(run, args.out / 'results.json')
    say(headline(run))
    results.show(run, args.out, args.out, {})
    _show_things(engine, folders, args.out)
    say(str(cost))
    return results.gate(baseline, run, args.tolerance)


def _show_things(engine: Engine, folders: Sequence[FrameFolder], out: Path) -> None:
    """Score what is seen unasked, with depth and without; print it and write instances.json."""
    found: dict[str, dict[str, Segmentation]] = {depth: {} for depth in DEPTHS}
    for folder in tqdm(folders, desc='things', unit='frame', disable=None):
        frame = read_frame(folder)
        things = read_truth(folder, (frame.width, frame.height))
        for depth in DEPTHS if things is not None else ():
            assert things is not None
            scored = segment_things(engine, frame, things, depth)
            if scored is not None and not (depth == DEPTHS[0] and frame.depth is None):
                found[depth][folder.name] = scored
    plain = {depth: {name: asdict(one) for name, one in scores.items()}
             for depth, scores in found.items() if scores}
    if not plain:
        return
    (out / 'instances.json').write_text(json.dumps(plain, indent=1) + '\n', encoding='utf-8')
    rows = [_row(f'depth {depth}', list(scores.values())) for depth, scores in found.items()
            if scores]
    say()
    say(table(HEAD, rows, right=range(1, len(HEAD))))
    say(f'{out / "instances.json"} has them frame by frame')


def _row(name: str, scores: list[Segmentation]) -> list[str]:
    """Means of F over the frames, sums of counts."""
    return [name, percent(sum(s.overlap for s in scores) / len(scores)),
            percent(sum(s.boundary for s in scores) / len(scores)),
            *(str(sum(counts)) for counts in zip(*((s.found, s.true, s.predicted)
                                                   for s in scores)))]
