# SPDX-License-Identifier: Apache-2.0
"""`reasonseg eval tabletop`: MR-Tabletop, dialogues about rendered scenes with exact truth.

Does not train; scenes and phrasings are unseen with the splits test (the default) and val only.
Subsets, protocols and splits are explained in docs/benchmark.md.
"""

import argparse
import re
from pathlib import Path

from reasonseg_ros.cli import results
from reasonseg_ros.cli.text import say, table
from reasonseg_ros.core.errors import BadInput
from reasonseg_ros.core.scene.inventory import Inventory
from reasonseg_ros.engines.grounded.engine import GroundedEngine
from reasonseg_ros.engines.grounded.resolver import RulesResolver
from reasonseg_ros.engines.grounded.segmenter import TruthSegmenter
from reasonseg_ros.engines.protocol import Engine
from reasonseg_ros.engines.registry import load
from reasonseg_ros.evaluation.protocols import ANSWERS, HISTORIES
from reasonseg_ros.evaluation.records import Protocol, Run, save
from reasonseg_ros.evaluation.summaries import values
from reasonseg_ros.evaluation.tabletop_runs import (
    DEPTHS,
    EYES,
    MEMORIES,
    TEMPLATES,
    VERSIONS,
    WORLDS,
    Cost,
    TabletopSetting,
    run_dialogues,
    run_probe,
)
from reasonseg_ros.evaluation.views import RENDERERS
from reasonseg_ros.reports.everyday import GOAL_HEAD, SUBSET_HEAD, goal_rows, subset_rows
from reasonseg_ros.reports.protocols import HEAD, NARROW, protocol_rows, settings, write_table
from reasonseg_ros.reports.tables import headline, percent
from reasonseg_ros.sim.language.phrases import PLAIN, SPEECH
from reasonseg_ros.sim.world.catalogue import SPLITS
from reasonseg_ros.sim.world.looks import LOOKS, USUAL

# What the first checkpoint must reach on 200 test scenes; `--check` turns a miss into exit code 1.
FLOOR = {'object_ciou': 0.68, 'part_ciou': 0.55, 'absent_category': 0.95, 'other_gain': 0.25}
CEILING = {'false_refusal': 0.08}
SMALLEST, LARGEST = (320, 240), (1920, 1080)  # of images


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the benchmark."""
    parser.add_argument('--engine', help='(default: household for its scenes, else tabletop)')
    parser.add_argument('--checkpoint', default='', help='default: the embedded model')
    parser.add_argument('--device', default='auto')
    parser.add_argument('--options', default='', metavar='TEXT',
                        help='choices of the engine, as the parameter engine_options')
    parser.add_argument('--version', type=int, choices=VERSIONS, default=VERSIONS[0],
                        help='2: what is seen and remembered, in phrasings of a generator; 3: what '
                             'is meant, in everyday words (default: 2)')
    parser.add_argument('--eyes', choices=EYES, default=EYES[0],
                        help='truth: what is there is told; measures the reading, memory and '
                             'decisions of --engine grounded, or in version 3 of the rules '
                             'without an engine (default: engine)')
    parser.add_argument('--world', choices=WORLDS,
                        help='whose scenes: tabletop, 15 kinds of things, drawn by a rasteriser; '
                             'household, 53 kinds on all sorts of tables, drawn by rays (extra '
                             '"household"), with a depth camera (default: household in version 3, '
                             'tabletop in version 2, which has no other)')
    parser.add_argument('--depth', choices=DEPTHS,
                        help='given: images come with the depth of a simulated sensor '
                             f'(default: {DEPTHS[0]} for the household, {DEPTHS[1]} for the '
                             'tabletop, whose figures have always been of colour alone)')
    parser.add_argument('--split', choices=SPLITS, default='test',
                        help='scenes, combinations and phrasings of this split; training sees '
                             'those of train (default: test)')
    parser.add_argument('--scenes', type=int, default=200,
                        help='dialogues, one on each scene (200; the full benchmark has 500)')
    parser.add_argument('--rounds', type=int, default=8, help='rounds in a dialogue (8)')
    parser.add_argument('--seed', type=int, default=0, help='seed of the dialogues (0)')
    parser.add_argument('--first-scene', type=int, default=0, help='seed of the first scene (0)')
    parser.add_argument('--out', type=Path, default=Path('out/eval'),
                        help='folder for results.json, report.html, tables and images; a run '
                             'that was interrupted goes on there (out/eval)')
    parser.add_argument('--no-pictures', action='store_true', help='draw no round')
    parser.add_argument('--check', action='store_true',
                        help='exit with 1 when a figure misses the stated floor')
    mode = parser.add_argument_group('protocol')
    mode.add_argument('--history', choices=HISTORIES, default=HISTORIES[0],
                      help='what later rounds build on: what the engine answered, or the truth')
    mode.add_argument('--answers', choices=ANSWERS, default=ANSWERS[0],
                      help='whether the engine finds its words or is given the right ones')
    mode.add_argument('--templates', choices=TEMPLATES, default=TEMPLATES[0],
                      help='phrasings of the split, or those of training, of the same dialogues')
    mode.add_argument('--speech', choices=tuple(SPEECH), default=PLAIN,
                      help='; '.join(f'{name}: {note}' for name, note in SPEECH.items()))
    mode.add_argument('--permute', type=int, metavar='SEED',
                      help='another order of the rounds in which every sentence means the same')
    mode.add_argument('--memory', choices=MEMORIES, default=MEMORIES[0],
                      help='blank: the engine sees no earlier mask or box')
    mode.add_argument('--size', type=_size, default=(640, 480), metavar='WxH',
                      help='pixels of the images, 320x240 to 1920x1080 (640x480)')
    mode.add_argument('--look', choices=tuple(LOOKS), default=USUAL,
                      help='; '.join(f'{name}: {look.note}' for name, look in LOOKS.items()))
    mode.add_argument('--renderer', choices=RENDERERS, default=RENDERERS[0],
                      help='pybullet draws the same scenes in another way (extra "pybullet")')
    mode.add_argument('--all-protocols', action='store_true',
                      help='make one run under each protocol, in folders below --out, and write '
                           'protocols.html with all of them side by side')
    results.add_gate(parser)


def main(args: argparse.Namespace) -> int:
    """Run the dialogues; write the records and the report; compare with floor and baseline."""
    for name, found, least in (
            ('scenes', args.scenes, 1), ('rounds', args.rounds, 1), ('seed', args.seed, 0),
            ('first-scene', args.first_scene, 0), ('permute', args.permute, 0)):
        if found is not None and found < least:
            raise BadInput(f'--{name} is {found}; give {least} or more')
    if args.all_protocols and (args.against or args.check):
        raise BadInput('--all-protocols makes many runs and compares them with each other; give '
                       '--against and --check with a single run')
    told = args.eyes != EYES[0]
    if told and args.version == VERSIONS[0] and args.engine != 'grounded':
        raise BadInput(f'--eyes {args.eyes} is for --version 3, or for --engine grounded; give '
                       'one of them, or leave it out')
    if told and (args.checkpoint or args.options):
        name = 'checkpoint' if args.checkpoint else 'options'
        raise BadInput(f'--{name} is for eyes that look; with --eyes truth leave it out')
    if args.version != VERSIONS[0] and (args.all_protocols or args.check):
        raise BadInput('--all-protocols and --check are for version 2; leave them out')
    world = args.world or WORLDS[args.version != VERSIONS[0]]
    if world != WORLDS[0]:
        if args.version == VERSIONS[0]:
            raise BadInput(f'--world {world} is for version 3; give --version 3, or leave it out')
        if (args.look, args.renderer) != (USUAL, RENDERERS[0]):
            raise BadInput('--look and --renderer are for the simulated tabletop; leave them out, '
                           'or give --world tabletop')
    elif args.depth == DEPTHS[0] and args.renderer != RENDERERS[0]:
        raise BadInput(f'--depth {args.depth} is for --renderer {RENDERERS[0]}; {args.renderer} '
                       'draws colour alone')
    baseline = results.baseline(args.against, args.tolerance)
    setting = TabletopSetting(
        args.split, args.first_scene, args.scenes, args.rounds, args.seed, args.templates,
        args.speech, args.memory, args.size, args.look, args.renderer,
        Protocol(args.history, args.answers, order=args.permute), args.version, args.eyes,
        world, args.depth or DEPTHS[world == WORLDS[0]])
    if args.version != VERSIONS[0]:
        if setting.differences:
            raise BadInput('version 3 is held over predicted history, as it is said; leave '
                           f'--{setting.differences[0]} out')
        engine = None if told and args.engine != 'grounded' else _find_engine(
            args.engine or world, args.checkpoint, args.device, args.options, told)
        return _everyday(engine, setting, args.out, not args.no_pictures, baseline, args.tolerance)
    engine = _find_engine(args.engine or world, args.checkpoint, args.device, args.options, told)
    if args.all_protocols:
        return _all_protocols(engine, setting, args.out)
    cost = Cost()
    run = run_dialogues(engine, setting, args.out, not args.no_pictures, cost)
    probe = run_probe(engine, setting, args.out)
    save(run, args.out / 'results.json')
    for name, probed in (('on', probe.memory), ('blank', probe.blank)):
        save(probed, args.out / f'other-{name}' / 'results.json')
    say(f'{headline(run)} Device {engine.facts.device}.')
    results.show(run, args.out, args.out, {'"the other one"': str(probe)})
    say(str(cost))
    missed = misses({**values(run.rounds), 'other_gain': probe.gain})
    for line in missed:
        say(line)
    dropped = results.gate(baseline, run, args.tolerance)
    return 1 if dropped or (args.check and missed) else 0


def _find_engine(name: str, checkpoint: str, device: str, options: str, told: bool) -> Engine:
    """Load an engine; `told`: one that needs no weights, since scenes tell it what is there."""
    if not told:
        return load(name, checkpoint, device, options=options)
    return GroundedEngine(RulesResolver(), TruthSegmenter(Inventory(0, 0, (), ())))


def _everyday(engine: Engine | None, setting: TabletopSetting, out: Path, drawn: bool,
              baseline: Run | None, tolerance: float) -> int:
    """Hold the dialogues of version 3; print its table with what is wanted."""
    cost = Cost()
    run = run_dialogues(engine, setting, out, drawn, cost)
    save(run, out / 'results.json')
    say(headline(run))
    results.show(run, out, out, {})
    for head, rows in ((SUBSET_HEAD, subset_rows(run)), (GOAL_HEAD, goal_rows(run))):
        say()
        say(table(head, rows, right=range(1, len(head))))
    if engine is not None:
        say(str(cost))
    return results.gate(baseline, run, tolerance)


def misses(figures: dict[str, float]) -> list[str]:
    """One line for each figure outside the stated floor."""
    low = [f'{name} is {percent(figures[name])}, at least {percent(limit)} was stated'
           for name, limit in FLOOR.items() if not figures[name] >= limit]
    high = [f'{name} is {percent(figures[name])}, at most {percent(limit)} was stated'
            for name, limit in CEILING.items() if not figures[name] <= limit]
    return low + high


def _all_protocols(engine: Engine, usual: TabletopSetting, out: Path) -> int:
    """Make a run under each protocol that works here, and put them side by side."""
    runs: dict[str, Run] = {}
    skipped: dict[str, str] = {}
    for name, setting in settings(usual).items():
        try:
            folder = out / re.sub(r'\W+', '-', name)
            runs[name] = run_dialogues(engine, setting, folder, False, Cost(), name)
            save(runs[name], folder / 'results.json')
        except ModuleNotFoundError as error:
            if error.name != 'pybullet':
                raise
            skipped[name] = 'pybullet is missing; pip install "reasonseg_ros[pybullet]"'
    write_table(runs, skipped, out)
    say(table(HEAD[:NARROW], [row[:NARROW] for row in protocol_rows(runs)],
              right=range(1, NARROW)))
    for name, why in skipped.items():
        say(f'left out: {name}: {why}')
    say(f'{out / "protocols.html"}, and protocols.md beside it')
    return 0


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.partition('x')
    fits = width.isdigit() and height.isdigit() and all(
        low <= int(side) <= high
        for side, low, high in zip((width, height), SMALLEST, LARGEST))
    if not fits:
        raise argparse.ArgumentTypeError(f'"{text}" is no size from 320x240 to 1920x1080; give '
                                         'WIDTHxHEIGHT')
    return int(width), int(height)
