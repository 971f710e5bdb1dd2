# SPDX-License-Identifier: Apache-2.0
"""`reasonseg eval tabletop`: dialogues about rendered scenes of a split, in its phrasings.

Does not train; scenes and phrasings are unseen with the splits test (the default) and val only.
"""

import argparse
import hashlib
from collections.abc import Iterator
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from tqdm import tqdm

from reasonseg_ros.cli import results
from reasonseg_ros.cli.text import say
from reasonseg_ros.core.errors import BadInput
from reasonseg_ros.core.frame import Frame
from reasonseg_ros.engines.registry import load
from reasonseg_ros.evaluation.figures import BY_NAME
from reasonseg_ros.evaluation.records import Protocol
from reasonseg_ros.evaluation.records import RoundRecord
from reasonseg_ros.evaluation.records import Run
from reasonseg_ros.evaluation.records import save
from reasonseg_ros.evaluation.round_pictures import draw_round
from reasonseg_ros.evaluation.run_tables import headline
from reasonseg_ros.evaluation.run_tables import percent
from reasonseg_ros.evaluation.run_tables import signed
from reasonseg_ros.evaluation.summaries import compare
from reasonseg_ros.evaluation.summaries import values
from reasonseg_ros.evaluation.tabletop import Probe
from reasonseg_ros.evaluation.tabletop import evaluate
from reasonseg_ros.evaluation.tabletop import probe_other
from reasonseg_ros.sim.catalogue import SPLITS
from reasonseg_ros.sim.renderer import camera_renderer
from reasonseg_ros.sim.scene import sample_scene
from reasonseg_ros.sim.truth import SceneTruth

# What the first checkpoint must reach on 200 test scenes; `--check` turns a miss into exit code 1.
FLOOR = {'object_ciou': 0.68, 'part_ciou': 0.55, 'absent_category': 0.95, 'other_gain': 0.25}
CEILING = {'false_refusal': 0.08}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the benchmark."""
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
                        help='folder for results.json, report.html, tables and pictures, and for '
                             'other-memory.json and other-blank.json, the probe of the memory')
    parser.add_argument('--no-pictures', action='store_true', help='draw no round')
    parser.add_argument('--check', action='store_true',
                        help='exit with 1 when a figure misses the stated floor')
    results.add_gate(parser)


def main(args: argparse.Namespace) -> int:
    """Hold the dialogues; write the records and the report; compare with floor and baseline."""
    for name in ('scenes', 'rounds', 'width', 'height'):
        if getattr(args, name) < 1:
            raise BadInput(f'--{name} is {getattr(args, name)}; give 1 or more')
    baseline = results.baseline(args)
    engine = load(args.engine, args.checkpoint, args.device)
    args.out.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()  # of the data
    draw = None if args.no_pictures else partial(draw_round, args.out)
    rounds = evaluate(engine, _scenes(args, 'dialogues', digest), args.seed, args.split,
                      args.rounds, draw)
    data = digest.hexdigest()[:12]
    run = _run(args, engine.facts.provenance, data, rounds)
    save(run, args.out / 'results.json')
    say(f'{headline(run)} Device {engine.facts.device}.')
    probe = probe_other(engine, _scenes(args, 'memory'), args.seed, args.split)
    for name, held in (('memory', probe.memory), ('blank', probe.blank)):
        save(_run(args, engine.facts.provenance, data, held), args.out / f'other-{name}.json')
    results.show(run, args.out, args.out, _notes(probe))
    say(f'{args.out / "results.json"}')
    missed = misses({**values(run.rounds), 'other_gain': probe.figures['gain']})
    for line in missed:
        say(line)
    dropped = results.gate(baseline, run, args.tolerance)
    return 1 if dropped or (args.check and missed) else 0


def misses(figures: dict[str, float]) -> list[str]:
    """One line for each figure outside the stated floor."""
    low = [f'{name} is {percent(figures[name])}, at least {percent(limit)} was stated'
           for name, limit in FLOOR.items() if not figures[name] >= limit]
    high = [f'{name} is {percent(figures[name])}, at most {percent(limit)} was stated'
            for name, limit in CEILING.items() if not figures[name] <= limit]
    return low + high


def _run(args: argparse.Namespace, engine: str, data: str, rounds: Sequence[RoundRecord]
         ) -> Run:
    options = {'split': args.split, 'scenes': args.scenes, 'first_scene': args.first_scene,
               'rounds': args.rounds, 'seed': args.seed, 'size': f'{args.width}x{args.height}'}
    return Run('tabletop', data, engine, Protocol(), tuple(rounds), options)


def _notes(probe: Probe) -> dict[str, str]:
    """What "the other one" gains by memory, with its interval."""
    if not probe.memory:
        return {}
    figures = probe.figures
    gain, = compare(probe.blank, probe.memory, (BY_NAME['object_ciou'],))
    return {'"the other one"': (
        f'cIoU {percent(figures["ciou"])} with memory, {percent(figures["ciou_blank"])} without: '
        f'{signed(figures["gain"])} (95 % interval {signed(gain.difference.low)} to '
        f'{signed(gain.difference.high)}), over {figures["count"]} masks; right '
        f'{percent(figures["hit"])} and {percent(figures["hit_blank"])} of them')}


def _scenes(args: argparse.Namespace, what: str, digest: 'hashlib._Hash | None' = None
            ) -> Iterator[tuple[Frame, SceneTruth]]:
    """Render the scenes one after the other; `digest` takes in what they show."""
    seeds = range(args.first_scene, args.first_scene + args.scenes)
    with camera_renderer(args.width, args.height) as renderer:
        for seed in tqdm(seeds, desc=what, unit='scene'):
            view = renderer.render(sample_scene(args.split, seed), depth=False)
            if digest is not None:
                digest.update(view.rgb.tobytes() + view.truth.ids.tobytes())
            yield Frame(view.rgb), view.truth
