# SPDX-License-Identifier: Apache-2.0
"""`reasonseg bench`: what an engine or the node costs, how exact the boxes are; measured here."""

import argparse
import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from tqdm import tqdm

from reasonseg_ros.cli.text import say, table
from reasonseg_ros.cli.verb import bench_engine
from reasonseg_ros.cli.verb.bench_engine import EngineBench
from reasonseg_ros.core.errors import BadInput, BadRequest, ReasonSegError
from reasonseg_ros.engines.registry import ENGINES

# Rounds; those after the first are what a node is measured by.
FEWEST = {'engine': 1, 'node': 2, 'live': 2, 'solids': 1, 'messages': 1, 'bag': 1}
MASKS = ('true', 'predicted', 'damaged')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the verb."""
    parser.add_argument('what', choices=tuple(FEWEST))
    parser.add_argument('--engine', choices=ENGINES, default='tabletop')
    parser.add_argument('--checkpoint', default='', help='default: the embedded model')
    parser.add_argument('--device', default='auto')
    parser.add_argument('--rounds', type=int, default=8, help='rounds in a dialogue')
    parser.add_argument('--width', type=int, default=640, help='of the images of a node')
    parser.add_argument('--height', type=int, default=480)
    parser.add_argument('--depth', action=argparse.BooleanOptionalAction, default=True,
                        help='whether the node of "bench node" listens to depth')
    parser.add_argument('--repeats', type=int, default=5, help='dialogues to take medians over')
    parser.add_argument('--scene', type=int, default=0, help='seed of the test scene')
    parser.add_argument('--things', type=int, default=10,
                        help='things and parts that "bench live" follows')
    parser.add_argument('--scenes', type=int, default=100, help='test scenes for "bench solids"')
    parser.add_argument('--masks', choices=MASKS, default='true',
                        help='of "bench solids": true ones, those of the model, or true ones with '
                        'the damage that models do')
    parser.add_argument('--bag', type=Path, help='for "bench bag": read and decode every image')
    parser.add_argument('--json', type=Path, help='write the figures to this file')
    bench_engine.add_arguments(parser)


def main(args: argparse.Namespace) -> int:
    """Measure, print, and write the figures where they were asked for."""
    fewest = FEWEST[args.what]
    if args.rounds < fewest:
        raise BadRequest(f'--rounds is {args.rounds}; "bench {args.what}" needs at least {fewest}')
    if args.repeats < 1:
        raise BadRequest(f'--repeats is {args.repeats}; at least 1 dialogue is needed')
    if args.scenes < 1:
        raise BadRequest(f'--scenes is {args.scenes}; at least 1 scene is needed')
    record: dict[str, Any]
    match args.what:
        case 'engine':
            record = bench_engine.measure(EngineBench(
                args.engine, args.checkpoint, args.device, args.dtype, args.options, args.quant,
                args.scale, args.random_weights, args.shapes, args.scene,
                sentences(args.scene, args.rounds), args.repeats, args.clock))
        case 'node':
            record = _node(sentences(args.scene, args.rounds), args.repeats, args.scene,
                           args.width, args.height, args.depth, args.checkpoint, args.device)
        case 'live':
            record = _live(args.rounds * args.repeats, args.things, args.scene, args.engine,
                           args.width, args.height, args.checkpoint, args.device)
        case 'solids':
            if args.masks == 'true':
                record = _solids(args.scenes)
            else:
                record = _handling(args.scenes, args.masks, args.engine, args.checkpoint,
                                   args.device)
        case 'messages':
            record = _messages()
        case _:
            record = _bag(args.bag)
    if args.json:
        args.json.parent.mkdir(parents=True, exist_ok=True)
        args.json.write_text(json.dumps(record, indent=1))
    return 0


def _node(said: tuple[str, ...], repeats: int, scene: int, width: int, height: int, depth: bool,
          checkpoint: str, device: str) -> dict[str, Any]:
    from reasonseg_ros.ros.measure.node import RATE, measure
    measured = measure(said, repeats, scene, width, height, depth, checkpoint, device)
    left_out = ', '.join(f'{count} {name}' for name, count in measured.refused.items())
    later = [t for t in measured.trips if t.round > 1]
    if not later:
        raise ReasonSegError('no round after the first was answered, so that nothing is measured: '
                             f'{left_out}; see what "reasonseg ask" says')
    whole = [1e3 * t.seconds for t in later]
    outside = [1e3 * (t.seconds - t.engine) for t in later]
    ages = [1e3 * t.age for t in later]
    rows = [(name, *(f'{percentile(values, p):.1f}' for p in (50, 95, 99))) for name, values in
            (('round trip', whole), ('outside the engine', outside),
             ('age of the image when asked', ages))]
    say(f'{len(later)} later rounds over the service, {width}x{height} '
        f'{"with" if depth else "without"} depth at {RATE} Hz, node and camera processes')
    say(table(('ms', 'p50', 'p95', 'p99'), rows, right=(1, 2, 3)))
    say(f'rounds left out because they were not answered: {left_out or "none"}')
    say(f'from start to active: {measured.start:.1f} s; intake alone: '
        f'{100 * measured.intake:.0f} % of one core; one image period: {1e3 / RATE:.1f} ms')
    return asdict(measured)


def _live(requests: int, things: int, scene: int, engine: str, width: int, height: int,
          checkpoint: str, device: str) -> dict[str, Any]:
    from reasonseg_ros.ros.measure.live import MOST, measure
    if not 4 <= requests <= MOST:
        raise BadRequest(f'--rounds times --repeats is {requests}; "bench live" asks 4 to {MOST} '
                         'requests')
    if things < 1:
        raise BadRequest(f'--things is {things}; at least 1 is needed')
    found = measure(sentences(scene, MOST), things, requests, scene, engine, width, height,
                    checkpoint, device)
    rows = [(f'{kind}, {when}', *(f'{1e3 * percentile(values, p):.0f}' for p in (50, 95, 99)))
            for when, phase in (('alone', found.alone), ('beside', found.beside))
            for kind, values in (('named', phase.named), ('number', phase.numbered)) if values]
    if found.ages:
        rows.append(('age of ~/tracked', *(f'{1e3 * percentile(found.ages, p):.0f}'
                                           for p in (50, 95, 99))))
    say(f'{requests} requests alone and as many beside {found.things} things and parts that are '
        f'followed, {width}x{height}, a hand moves the camera')
    say(table(('ms', 'p50', 'p95', 'p99'), rows, right=(1, 2, 3)))
    refused = {**found.alone.refused, **found.beside.refused}
    say(f'not answered: {", ".join(f"{n} {name}" for name, n in refused.items()) or "none"}')
    say(f'~/tracked: {found.rate:.1f} a second, {found.rate_beside:.1f} among requests; share of '
        f'one core that the node takes: {found.intake:.2f} without, {found.core:.2f} while things '
        f'are followed, {found.alone.core:.2f} and {found.beside.core:.2f} among requests')
    say('processor time of a request beyond that: '
        f'{1e3 * found.alone.processor(found.intake):.0f} ms alone, '
        f'{1e3 * found.beside.processor(found.core):.0f} ms beside')
    return asdict(found)


def _solids(scenes: int) -> dict[str, Any]:
    from reasonseg_ros.measure.boxes import NOISE, measure
    errors = measure(scenes)
    whole, parts = ([e for e in errors if bool(e.part) == part] for part in (False, True))
    rows = [('object centre, mm', [1e3 * e.centre for e in whole]),
            ('object size, %', [1e2 * e.size for e in whole]),
            ('part centre, seen surface, mm', [1e3 * e.seen for e in parts if e.seen is not None]),
            ('part centre, whole part, mm', [1e3 * e.centre for e in parts]),
            ('box of a mask, ms', [1e3 * e.seconds for e in errors])]
    say(f'{len(whole)} objects and {len(parts)} parts in {scenes} test scenes, 640x480, '
        f'{1e3 * NOISE:g} mm depth noise, true masks')
    say(table(('error', 'p50', 'p90'), [
        (name, *(f'{percentile(values, p):.2f}' for p in (50, 90))) for name, values in rows
        if values], right=(1, 2)))
    return {'solids': [asdict(e) for e in errors]}


def _handling(scenes: int, masks: str, engine: str, checkpoint: str, device: str
              ) -> dict[str, Any]:
    from reasonseg_ros.engines import registry
    from reasonseg_ros.measure.handling import ALIKE, CLOSED, measure
    model = registry.load(engine, checkpoint, device) if masks == 'predicted' else None
    errors = measure(scenes, model)
    if not errors:
        raise ReasonSegError(f'no {masks} mask in {scenes} test scenes has an IoU of {ALIKE:g} '
                             'with a thing, so that nothing is measured; give more scenes')
    boxed = [e for e in errors if e.centre is not None]
    rows = [('box centre, mm', [1e3 * e.centre for e in boxed if e.centre is not None]),
            ('longest side, true mask = 1', [e.size for e in boxed if e.size is not None]),
            ('finger tip to surface, mm', [1e3 * e.contact for e in errors
                                           if e.contact is not None]),
            ('grasp and quality of a mask, ms', [1e3 * e.seconds for e in errors])]
    percents = (50, 90, 95, 99, 100)
    say(f'{len(errors)} {masks} masks with an IoU of at least {ALIKE:g} in {scenes} test scenes, '
        f'640x480, against the boxes of the true masks; {len(errors) - len(boxed)} without a box')
    say(table(('error', 'p50', 'p90', 'p95', 'p99', 'max'), [
        (name, *(f'{percentile(values, p):.2f}' for p in percents)) for name, values in rows
        if values], right=(1, 2, 3, 4, 5)))
    for kind, some in (('objects', [e for e in errors if e.part is None]),
                       ('parts', [e for e in errors if e.part])):
        held = [e for e in some if e.grasp is not None]
        closed = sum(e.grasp is True for e in held)
        say(f'{kind}: a grasp is seen of {len(held)} of {len(some)}; {closed} of these close '
            f'on the true surface within {1e3 * CLOSED:g} mm')
    return {'masks': masks, 'handling': [asdict(e) for e in errors]}


def _bag(path: Path | None) -> dict[str, Any]:
    from reasonseg_ros.bags.recording import open_recording
    if path is None:
        raise BadInput('--bag is missing; give the folder of a bag to "bench bag"')
    start, cpu = perf_counter(), process_time()
    with open_recording(path) as (_, recording):
        reading = perf_counter() - start
        for index in tqdm(range(recording.images), desc='images', disable=None):
            recording.frame(recording.image(index))
        seconds, cpu = perf_counter() - start, process_time() - cpu
        width, height = recording.size
        say(f'{recording.images} images of {width}x{height} with what belongs to them, '
            f'{recording.duration:.1f} s: read in {reading:.2f} s '
            f'({recording.duration / reading:.1f} times real time), read and decoded in '
            f'{seconds:.2f} s ({recording.duration / seconds:.1f} times), of that {cpu:.2f} s '
            f'processor time ({recording.duration / cpu:.1f} times)')
        return {'images': recording.images, 'bag_seconds': recording.duration,
                'reading_seconds': reading, 'seconds': seconds, 'cpu_seconds': cpu}


def _messages() -> dict[str, Any]:
    from reasonseg_ros.ros.measure.node import COUNT, measure_messages
    taken = [1e3 * seconds for seconds in measure_messages()]
    say(f'{COUNT} masks of a 1920x1080 image as one message, built and published')
    say(table(('ms', 'p50', 'p95', 'p99'), [
        ('all', *(f'{percentile(taken, p):.2f}' for p in (50, 95, 99)))], right=(1, 2, 3)))
    return {'milliseconds': taken}


def sentences(scene: int, rounds: int) -> tuple[str, ...]:
    """Sentences about things of the test scene: an object, one of its parts, the next object."""
    from reasonseg_ros.sim.world.catalogue import BY_NAME
    from reasonseg_ros.sim.world.scene import sample_scene
    said = []
    for item in sample_scene('test', scene).items:
        whole = f'the {item.colour} {item.category}'
        said += [whole, f'the {BY_NAME[item.category].parts[-1]} of {whole}']
    return tuple(said[i % len(said)] for i in range(rounds))


def percentile(values: Sequence[float], percent: int) -> float:
    """Smallest value that at least `percent` of the values do not exceed (nearest rank)."""
    return sorted(values)[math.ceil(len(values) * percent / 100) - 1]
