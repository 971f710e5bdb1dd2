# SPDX-License-Identifier: Apache-2.0
"""What the stages of a round cost a public engine, beside the least that the device would need.

A stage cannot be quicker than its arithmetic at the rate of large matrix products, nor than
reading its weights (and the keys and values that it attends to) once at the rate of a large copy.
Both rates are measured in the same run. Activations are not counted, and what torch does not count
as arithmetic (norms, sampling) is not either: the bound is a low one. Prints nothing.
"""

import resource
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.nn.modules.module import register_module_forward_pre_hook
from torch.utils.flop_counter import FlopCounterMode, sdpa_flop_count

from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.engines.devices import settle
from reasonseg_ros.engines.protocol import Question
from reasonseg_ros.engines.public.llama_engine import PublishedEngine
from reasonseg_ros.measure.footprint import BLOCKS, counted_parts
from reasonseg_ros.nn import quantise

SIDE = 2048             # of the square matrices that are multiplied
COPIED = 256 << 20      # bytes that are copied
DECODED = 8             # tokens over which the cost of one is taken
Clock = Callable[[], float]


@dataclass(frozen=True)
class Rates:
    """What a device does in a second: `bandwidth` bytes read or written, `arithmetic` FLOP."""

    bandwidth: float
    arithmetic: float


@dataclass(frozen=True)
class Stage:
    """Cost of a stage: seconds, FLOP, bytes that must be read, and the least seconds for both."""

    name: str
    seconds: float
    flop: float
    nbytes: float
    least: float


@dataclass
class _Pass:
    """A pass of the language model."""

    tokens: int
    held: int
    seconds: float = 0.0


def rates(device: torch.device, dtype: torch.dtype, clock: Clock = time.perf_counter) -> Rates:
    """Measure a copy and a product of matrices of `dtype`; the best of three each."""
    source = torch.ones(COPIED, dtype=torch.uint8, device=device)
    target = torch.empty_like(source)
    square = torch.ones(SIDE, SIDE, dtype=dtype, device=device)

    def best(work: Callable[[], Any]) -> float:
        work()
        return min(_timed(work, device, clock)[1] for _ in range(3))
    return Rates(2 * COPIED / best(lambda: target.copy_(source)),
                 2 * SIDE ** 3 / best(lambda: square @ square))


def stages(engine: PublishedEngine[Any], frame: Frame, question: Question, measured: Rates,
           clock: Clock = time.perf_counter) -> list[Stage]:
    """Measure the encoding of an image, the prompt, one decoded token, and a round's mask."""
    model, device = engine.model, engine.model.device
    llama = model.llama.model
    with counter() as seeing, _used(model) as eyes:    # and a warm-up
        context = engine.open(frame)
    with counter() as drawing, _used(model) as hands:
        context.ask(question)
    with _passes(llama, device, clock) as passes:
        context, opening = _timed(lambda: engine.open(frame), device, clock)
        prompt, = passes
        _, asked = _timed(lambda: context.ask(question), device, clock)
        words, said = sum(one.seconds for one in passes[1:]), len(passes)
        with torch.inference_mode():
            for _ in range(DECODED):
                context.stream.feed([engine.end])
        tokens = passes[said:]
    blocks = counted_parts(model)[BLOCKS].nbytes
    sizes = model.config.llama

    def text(name: str, one: _Pass) -> Stage:
        return _stage(name, one.seconds, text_flop(sizes, one.tokens, one.held),
                      blocks + cache_bytes(sizes, one.tokens + one.held, model.dtype), measured)
    last = tokens[-1]
    token = _Pass(1, last.held, sorted(one.seconds for one in tokens)[DECODED // 2])
    return [_stage('image', opening - prompt.seconds, _beside(seeing, llama), eyes[0], measured),
            text(f'prompt, {prompt.tokens} positions', prompt), text('one more token', token),
            _stage('mask and the rest of a round', asked - words,
                   _beside(drawing, llama), hands[0], measured)]


def text_flop(sizes: dict[str, Any], tokens: int, held: int) -> float:
    """FLOP of the blocks of a language model for `tokens` after `held` ones, the head left out."""
    width, inner = sizes['hidden_size'], sizes['intermediate_size']
    heads = sizes['num_key_value_heads'] / sizes['num_attention_heads']
    linear = (2 + 2 * heads) * width * width + 3 * width * inner
    seen = 2 * width * (held + tokens)      # a product for the scores and one for the values
    return float(2 * sizes['num_hidden_layers'] * tokens * (linear + seen))


def cache_bytes(sizes: dict[str, Any], positions: int, dtype: torch.dtype) -> int:
    """Bytes of the keys and values of a dialogue of so many positions."""
    share = sizes['num_key_value_heads'] / sizes['num_attention_heads']
    return int(2 * sizes['num_hidden_layers'] * sizes['hidden_size'] * share * positions
               * dtype.itemsize)


def peak_memory(device: torch.device) -> int:
    """Most bytes so far: of CUDA what torch gave out, else what the process had in memory."""
    if device.type == 'cuda':
        return torch.cuda.max_memory_allocated(device)
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _stage(name: str, seconds: float, flop: float, nbytes: float, measured: Rates) -> Stage:
    return Stage(name, seconds, flop, nbytes,
                 max(flop / measured.arithmetic, nbytes / measured.bandwidth))


def _timed(work: Callable[[], Any], device: torch.device, clock: Clock) -> tuple[Any, float]:
    """Return what `work` returns, and its seconds."""
    settle(device)
    start = clock()
    made = work()
    settle(device)
    return made, clock() - start


def _beside(counted_here: FlopCounterMode, llama: nn.Module) -> float:
    """FLOP that were counted outside the language model."""
    counts = counted_here.get_flop_counts()
    return float(sum(counts.get('Global', {}).values())
                 - sum(counts.get(type(llama).__name__, {}).values()))


def counter() -> FlopCounterMode:
    """Count arithmetic, also of attention on the CPU, which torch's counter leaves out."""
    return FlopCounterMode(display=False, custom_mapping={
        torch.ops.aten._scaled_dot_product_flash_attention_for_cpu:
            lambda query, key, value, *args, **kwargs: sdpa_flop_count(query, key, value)})


@contextmanager
def _used(model: nn.Module) -> Iterator[list[int]]:
    """List, after the block, the bytes of the modules beside the language model that ran."""
    ours = {id(m) for name, m in model.named_modules() if not name.startswith('llama.')}
    ran: dict[int, int] = {}
    found: list[int] = []

    def note(module: nn.Module, inputs: object) -> None:
        if id(module) in ours:
            ran[id(module)] = sum(quantise.nbytes(p) for p in module.parameters(recurse=False))
    hook = register_module_forward_pre_hook(note)
    try:
        yield found
    finally:
        hook.remove()
    found.append(sum(ran.values()))


@contextmanager
def _passes(llama: nn.Module, device: torch.device, clock: Clock) -> Iterator[list[_Pass]]:
    """List the passes of the language model in the block."""
    done: list[_Pass] = []
    starts: list[float] = []

    def begin(module: nn.Module, args: tuple[object, ...], kwargs: dict[str, Any]) -> None:
        settle(device)
        done.append(_Pass(kwargs['inputs_embeds'].shape[1],
                          kwargs['past_key_values'].get_seq_length()))
        starts.append(clock())

    def end(module: nn.Module, inputs: object, output: object) -> None:
        settle(device)
        done[-1].seconds = clock() - starts[-1]
    hooks = (llama.register_forward_pre_hook(begin, with_kwargs=True),
             llama.register_forward_hook(end))
    try:
        yield done
    finally:
        for hook in hooks:
            hook.remove()
