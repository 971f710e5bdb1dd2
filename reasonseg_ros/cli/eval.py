# SPDX-License-Identifier: Apache-2.0
"""`reasonseg eval`: measure an engine on dialogues about the scenes of a split, in its phrasings.

Does not train; scenes and phrasings are unseen with the splits test (the default) and val only.
"""

import argparse
import json
import math
from collections.abc import Iterator
from pathlib import Path

from tqdm import tqdm

from reasonseg_ros.cli import eval_datasets
from reasonseg_ros.cli.text import say
from reasonseg_ros.cli.text import table
from reasonseg_ros.core.frame import Frame
from reasonseg_ros.engines.registry import load
from reasonseg_ros.evaluation.eval_report import document
from reasonseg_ros.evaluation.eval_report import percent
from reasonseg_ros.evaluation.report import write
from reasonseg_ros.evaluation.tabletop import Result
from reasonseg_ros.evaluation.tabletop import breakdown
from reasonseg_ros.evaluation.tabletop import evaluate
from reasonseg_ros.evaluation.tabletop import probe_other
from reasonseg_ros.evaluation.tabletop import summary
from reasonseg_ros.sim.catalogue import SPLITS
from reasonseg_ros.sim.renderer import camera_renderer
from reasonseg_ros.sim.scene import sample_scene
from reasonseg_ros.sim.truth import SceneTruth

# What the first checkpoint must reach on 200 test scenes; `--check` turns a miss into exit code 1.
FLOOR = {'object_ciou': 0.68, 'part_ciou': 0.55, 'absent_category': 0.95, 'other_gain': 0.25}
CEILING = {'false_refusal': 0.08}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the verb."""
    benchmarks = parser.add_subparsers(dest='benchmark', required=True, metavar='BENCHMARK')
    parser = benchmarks.add_parser('tabletop', help='the simulated tabletop, with exact truth')
    eval_datasets.add_benchmarks(benchmarks)
    parser.add_argument('--engine', default='tabletop')
    parser.add_argument('--checkpoint', default='', help='default: the embedded model')
    parser.add_argument('--device', default='auto')
    parser.add_argument('--split', choices=SPLITS, default='test',
                        help='scenes, combinations and phrasings of this split; training sees '
                             'those of train (default: test)')
    parser.add_argument('--scenes', type=int, default=200, help='dialogues, one on each scene')
    parser.add_argument('--rounds', type=int, default=8, help='rounds in a dialogue')
    parser.add_argument('--seed', type=int, default=0, help='seed of the dialogues')
    parser.add_argument('--first-scene', type=int, default=0, help='seed of the first scene')
    parser.add_argument('--width', type=int, default=640)
    parser.add_argument('--height', type=int, default=480)
    parser.add_argument('--out', type=Path, default=Path('out/eval'),
                        help='folder for results.json and report.html')
    parser.add_argument('--check', action='store_true',
                        help='exit with 1 when a figure misses the stated floor')


def main(args: argparse.Namespace) -> int:
    """Evaluate, print the tables, write JSON and HTML."""
    if args.benchmark != 'tabletop':
        return eval_datasets.main(args)
    engine = load(args.engine, args.checkpoint, args.device)
    say(f'{args.scenes} {args.split} scenes at {args.width}x{args.height} with {args.split} '
        f'phrasings: predicted history, free-running answers, {engine.facts.provenance} on '
        f'{engine.facts.device}')
    results = evaluate(engine, _scenes(args, 'dialogues'), args.seed, args.split, args.rounds)
    other = probe_other(engine, _scenes(args, 'memory'), args.seed, args.split)
    figures = {**summary(results), 'other_gain': other['gain'], 'other_hit': other['hit'],
               'other_hit_blank': other['hit_blank'], 'other_count': other['count']}
    by_kind = breakdown(results, lambda r: r.turn.kind.value)
    by_round = breakdown(results, lambda r: r.round)
    _print(figures, by_kind, by_round)
    args.out.mkdir(parents=True, exist_ok=True)
    record = {'engine': engine.facts.provenance, 'split': args.split, 'scenes': args.scenes,
              'seed': args.seed, 'first_scene': args.first_scene, 'figures': figures,
              'by_kind': by_kind, 'by_round': by_round, 'rounds': [_plain(r) for r in results]}
    (args.out / 'results.json').write_text(json.dumps(_finite(record), indent=1))
    worst = _pictures(args, results)
    write(args.out / 'report.html', document(record, results, worst))
    say(f'{args.out / "results.json"}, {args.out / "report.html"}')
    missed = misses(figures)
    for line in missed:
        say(line)
    return 1 if args.check and missed else 0


def misses(figures: dict[str, float]) -> list[str]:
    """One line for each figure outside the stated floor."""
    low = [f'{name} is {100 * figures[name]:.1f}, at least {100 * limit:.0f} was stated'
           for name, limit in FLOOR.items() if not figures[name] >= limit]
    high = [f'{name} is {100 * figures[name]:.1f}, at most {100 * limit:.0f} was stated'
            for name, limit in CEILING.items() if not figures[name] <= limit]
    return low + high


def _scenes(args: argparse.Namespace, what: str) -> Iterator[tuple[Frame, SceneTruth]]:
    with camera_renderer(args.width, args.height) as renderer:
        seeds = range(args.first_scene, args.first_scene + args.scenes)
        for seed in tqdm(seeds, desc=what, unit='scene'):
            view = renderer.render(sample_scene(args.split, seed), depth=False)
            yield Frame(view.rgb), view.truth


def _print(figures: dict[str, float], by_kind: dict, by_round: dict) -> None:
    counts = ('rounds', 'other_count')
    say(table(('figure', 'value'), [
        (name, f'{value:.0f}' if name in counts else f'{100 * value:.1f}')
        for name, value in figures.items()], right=(1,)))
    for title, groups in (('kind', by_kind), ('round', by_round)):
        say()
        say(table((title, 'rounds', 'object cIoU', 'part cIoU'), [
            (name, str(g['rounds']), percent(g['object_ciou']), percent(g['part_ciou']))
            for name, g in groups.items()], right=(1, 2, 3)))


def _plain(result: Result) -> dict:
    turn = result.turn
    return {'scene': result.scene, 'round': result.round, 'kind': turn.kind.value,
            'detail': turn.detail, 'template': turn.template, 'asked': result.asked,
            'answer': result.answer, 'expected': turn.status.name,
            'status': result.status.name if result.status is not None else 'LOST',
            'iou': [round(o.iou, 4) for o in result.objects + result.parts],
            'scores': [round(s, 4) for s in result.scores]}


def _finite(value):
    """JSON has no NaN: an empty group's figure becomes null."""
    if isinstance(value, dict):
        return {k: _finite(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_finite(v) for v in value]
    return None if isinstance(value, float) and math.isnan(value) else value


def _pictures(args: argparse.Namespace, results: list[Result]) -> list[tuple[Result, Frame]]:
    """The worst, the median and the best rounds that had targets, with their frames."""
    scored = sorted((r for r in results if r.objects + r.parts and r.masks),
                    key=lambda r: min(o.iou for o in r.objects + r.parts))
    middle = len(scored) // 2
    chosen = [*scored[:6], *scored[middle:middle + 3], *scored[-3:]]
    with camera_renderer(args.width, args.height) as renderer:
        return [(r, Frame(renderer.render(sample_scene(
            args.split, args.first_scene + r.scene), depth=False).rgb)) for r in chosen]
