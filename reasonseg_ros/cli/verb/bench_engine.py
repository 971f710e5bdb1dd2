# SPDX-License-Identifier: Apache-2.0
"""`reasonseg bench engine`: rounds of an engine, of given or random weights; their memory."""

import argparse
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from reasonseg_ros.cli.text import say, table
from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.errors import BadInput
from reasonseg_ros.engines.protocol import Question
from reasonseg_ros.engines.registry import PUBLISHED, load
from reasonseg_ros.measure.rounds import RoundCost, engine_rounds

if TYPE_CHECKING:
    from reasonseg_ros.engines.public.llama_engine import PublishedEngine

SCALES = ('tiny', 'mid', '7b', '13b')   # as in engines.public.scales, which needs transformers
QUANTS = ('int8', 'int4')
RECOMPUTED = 4      # the round of a public engine that is computed from nothing, too
IMAGE = 480, 640    # of random weights
FORMS = (('float32', 'none'), ('bfloat16', 'none'), ('bfloat16', 'int8'), ('bfloat16', 'int4'))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of "bench engine" alone."""
    group = parser.add_argument_group('bench engine, engines for public models')
    group.add_argument('--random-weights', action='store_true',
                       help='the real engine with random weights of the size --scale; no files')
    group.add_argument('--scale', choices=SCALES)
    group.add_argument('--shapes', action='store_true',
                       help='compute the memory of the weights at --scale; build nothing')
    group.add_argument('--dtype', default='auto')
    group.add_argument('--quant', choices=QUANTS, help='bits of the language model')
    group.add_argument('--options', default='', help='engine options, e.g. "clicks=8"')
    group.add_argument('--clock', choices=('wall', 'processor'), default='wall',
                       help='processor: what this process computes, all threads added up, on a '
                            'machine that others use')


@dataclass(frozen=True)
class EngineBench:
    """What to measure; the fields are options of the verb.

    scale, random_weights, shapes  for engines of public models: the real engine without files
    scene      seed of the test scene that `sentences` are about
    repeats    dialogues to take medians over
    """

    engine: str
    checkpoint: str
    device: str
    dtype: str
    options: str
    quant: str | None
    scale: str | None
    random_weights: bool
    shapes: bool
    scene: int
    sentences: tuple[str, ...]
    repeats: int
    clock: str


def measure(bench: EngineBench) -> dict[str, Any]:
    """Measure and print what was asked for; return it for a file. Raises BadInput."""
    import torch
    public = bench.engine in PUBLISHED
    if (bench.random_weights or bench.shapes) and not public:
        raise BadInput(f'engine "{bench.engine}" has no scales; give --engine '
                       f'{", ".join(PUBLISHED)} to --random-weights and --shapes')
    if bool(bench.scale) != (bench.random_weights or bench.shapes):
        raise BadInput('--scale goes with --random-weights or --shapes, and they with --scale; '
                       f'its values are {", ".join(SCALES)}')
    if bench.random_weights and bench.checkpoint:
        raise BadInput('--checkpoint and --random-weights exclude each other; give one of them')
    if bench.shapes:
        return _shapes(bench.engine, bench.scale or '', bench.device)
    options = ' '.join([bench.options, *([f'quant={bench.quant}'] if bench.quant else [])]).strip()
    engine: Any     # those of public models have stages, too
    if bench.random_weights:
        from reasonseg_ros.measure.random_engines import build
        engine = build(bench.engine, bench.scale or '', bench.device, bench.dtype, options,
                       bench.sentences)
        frame = _patches()
    else:
        engine = load(bench.engine, bench.checkpoint, bench.device, bench.dtype, options)
        frame = _scene(bench.scene)
    clock = time.process_time if bench.clock == 'processor' else time.perf_counter
    facts = engine.facts
    say(f'{facts.provenance}{f" of size {bench.scale}" * bench.random_weights} on {facts.device}, '
        f'{facts.dtype}, {frame.width}x{frame.height}, {bench.clock} seconds, '
        f'{torch.get_num_threads()} threads')
    again = (min(RECOMPUTED, len(bench.sentences)),) if public else None
    costs = engine_rounds(engine, frame, bench.sentences, bench.repeats, again, public, clock)
    _print_rounds(costs)
    measured = {'engine': asdict(facts), 'rounds': [asdict(c) for c in costs]}
    if public:
        measured |= _stages(engine, frame, bench.sentences[0], costs, clock)
    return measured


def _print_rounds(costs: list[RoundCost]) -> None:
    say(table(('round', 'tokens', 'passes', 'positions', 'appended ms', 'recomputed ms', 'ratio',
               'same tokens', 'smallest IoU'), [
        (str(c.round), str(c.tokens), str(c.passes or '-'), str(c.positions or '-'),
         f'{1e3 * c.appended:.1f}',
         *(('-',) * 4 if c.recomputed is None else (
             f'{1e3 * c.recomputed:.1f}', f'{c.recomputed / c.appended:.2f}',
             'yes' if c.same_tokens else 'NO', f'{c.smallest_iou:.4f}'))) for c in costs],
        right=range(9)))
    last, recomputed = [(c, c.recomputed) for c in costs if c.recomputed][-1]
    second = costs[min(1, len(costs) - 1)]
    cheaper = (f'round {last.round}: {recomputed / last.appended:.2f}x cheaper than recomputing '
               f'the dialogue; {last.appended / second.appended:.2f}x round 2')
    if last.tokens and second.tokens:  # an engine of rules decodes none
        per_token = (last.appended / last.tokens) / (second.appended / second.tokens)
        cheaper += f' ({per_token:.2f}x per token, since answers differ in length)'
    say(cheaper)


def _stages(engine: 'PublishedEngine[Any]', frame: Frame, sentence: str, costs: list[RoundCost],
            clock: Callable[[], float]) -> dict[str, Any]:
    from reasonseg_ros.measure import stages
    from reasonseg_ros.measure.footprint import counted_parts
    device = engine.model.device
    peak = stages.peak_memory(device)   # before anything is made for measuring alone
    rates = stages.rates(device, engine.model.dtype, clock)
    found = stages.stages(engine, frame, Question(sentence), rates, clock)
    say(table(('stage', 'ms', 'GFLOP', 'MB read', 'at least ms'), [
        (s.name, f'{1e3 * s.seconds:.1f}', f'{s.flop / 1e9:.3g}', f'{s.nbytes / 1e6:.3g}',
         f'{1e3 * s.least:.3g}') for s in found], right=range(1, 5)))
    say(f'measured here: copies {rates.bandwidth / 1e9:.1f} GB/s, matrix products '
        f'{rates.arithmetic / 1e9:.0f} GFLOP/s')
    image, prompt, *_ = found
    last = next(c for c in costs if c.recomputed)
    redrawn = image.seconds + prompt.seconds + sum(c.appended for c in costs[:last.round])
    say(f'round {last.round} with the masks of all rounds drawn anew: {1e3 * redrawn:.1f} ms, '
        f'{redrawn / last.appended:.2f}x (image, prompt and the rounds so far, added up)')
    parts = counted_parts(engine.model)
    say(table(('part', 'parameters', 'MB'), [
        (name, f'{p.parameters:,}', f'{p.nbytes / 1e6:.2f}') for name, p in parts.items()],
        right=(1, 2)))
    say(f'weights {engine.facts.nbytes / 1e9:.3f} GB; most memory in the dialogues '
        f'{peak / 1e9:.2f} GB ({"of the device" if device.type == "cuda" else "of the process"})')
    return {'stages': [asdict(s) for s in found], 'rates': asdict(rates), 'redrawn': redrawn,
            'peak_bytes': peak, 'parts': {name: asdict(p) for name, p in parts.items()}}


def _shapes(engine: str, scale: str, device: str) -> dict[str, Any]:
    import torch

    from reasonseg_ros.measure import footprint
    from reasonseg_ros.measure.random_engines import empty
    place = 'cpu' if device == 'cpu' else 'cuda'
    _, model = empty(engine, scale)
    forms = {name if quant == 'none' else quant: footprint.planned_parts(
        model, getattr(torch, name), quant, place) for name, quant in FORMS}
    whole = next(iter(forms.values()))
    rows = [(part, f'{found.parameters:,}', *(f'{f[part].nbytes / 1e9:.3f}'
                                              for f in forms.values()))
            for part, found in whole.items()]
    sums = [footprint.total(f) for f in forms.values()]
    rows.append(('all', f'{sums[0].parameters:,}', *(f'{s.nbytes / 1e9:.3f}' for s in sums)))
    say(f'{engine} at {scale}, GB of weights for {place}, computed from shapes; with '
        'int8 and int4 the rest is bfloat16')
    say(table(('part', 'parameters', *forms), rows, right=range(1, 6)))
    return {'engine': engine, 'scale': scale, 'bytes': {
        form: {part: p.nbytes for part, p in f.items()} for form, f in forms.items()}}


def _scene(number: int) -> Frame:
    from reasonseg_ros.sim.rendering.renderer import camera_renderer
    from reasonseg_ros.sim.world.scene import sample_scene
    with camera_renderer(640, 480) as renderer:
        return Frame(renderer.render(sample_scene('test', number)).rgb)


def _patches() -> Frame:
    """Image of coloured squares; random weights see nothing in a better one either."""
    side = 40
    height, width = IMAGE
    colours = np.random.default_rng(0).integers(0, 256, (height // side, width // side, 3),
                                                np.uint8)
    return Frame(np.ascontiguousarray(colours.repeat(side, 0).repeat(side, 1)))
