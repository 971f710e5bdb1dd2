# SPDX-License-Identifier: Apache-2.0
"""Public engines with random weights at the published sizes: for measuring, never for answers.

The engine's own code runs; only weights, words and the choice of words are made up. Weights are
made on the device, a tensor at a time, and quantised one by one. The tokenizer is trained on the
sentences that will be said, so that words take few tokens, as in LLaMA's. Needs no file. The sizes
are those of `engines.public.scales`.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import torch
from tqdm import tqdm

from reasonseg_ros.core.errors import OutOfMemory
from reasonseg_ros.engines.devices import available_memory, find_device, find_dtype
from reasonseg_ros.engines.public import llama_engine, prompts
from reasonseg_ros.engines.public.lisa import Lisa
from reasonseg_ros.engines.public.llama_engine import PublishedEngine
from reasonseg_ros.engines.public.mask_names import SEG
from reasonseg_ros.engines.public.scales import config, fast_tokenizer, llama_tokenizer
from reasonseg_ros.engines.registry import ENGINES
from reasonseg_ros.measure import footprint
from reasonseg_ros.nn import quantise
from reasonseg_ros.nn.llava import Llava

SAID = f'Sure, it is {SEG}.'    # what `lisa` and `m2sa` are made to answer
ROOM = 1.2                      # share of the weights' memory that must be free: activations, too
WEIGHTS = 'random'              # in the place of the hash of weights

# `llmseg` judges regions that SAM finds good and stable, which random ones never are. Large logits
# are stable, and a large bias outweighs everything else.
LOUD = ('.output_hypernetworks_mlps.', 'proj_out.')
CERTAIN = ('.iou_prediction_head.proj_out.bias', 'iop_head.2.bias')


def empty(name: str, scale: str) -> tuple[type[PublishedEngine[Any]], Llava]:
    """Class of a public engine, and its network at a scale, without memory for weights."""
    engine = ENGINES[name].find()
    return engine, engine.network.empty(engine.sizes(**config(name, scale)))


def build(name: str, scale: str, device: str, dtype: str, options: str,
          sentences: Sequence[str]) -> PublishedEngine[Any]:
    """Make an engine; raises OutOfMemory, before anything is made, where it would not fit."""
    place = find_device(device)
    kind = find_dtype(dtype, place)
    cls, model = empty(name, scale)
    chosen = cls.choices.parse(options)
    quantise.check(chosen.quant, place, kind)
    planned = footprint.total(footprint.planned_parts(model, kind, chosen.quant, place.type))
    _afford(name, scale, quantise.number_format(kind, chosen.quant), planned.nbytes, place)
    llama_engine.fill(model, weights(model, place, kind), chosen.quant)
    model.to(place)
    facts = llama_engine.facts_of(name, model, WEIGHTS, 'none', kind, chosen.quant)
    rows = model.config.llama['vocab_size']
    said = [SAID.replace(SEG, ''), *map(prompts.instruction, sentences)]
    tokenizer = (fast_tokenizer([prompts.command(text) for text in sentences]) if name == 'segllm'
                 else llama_tokenizer(said, rows))
    engine = cls(model, tokenizer, facts, chosen)
    if isinstance(engine, Lisa):    # the others say the same whatever their weights are
        engine.answer = partial(engine.say, SAID)  # type: ignore[method-assign]
    return engine


def weights(model: Llava, place: torch.device, dtype: torch.dtype
            ) -> Iterator[tuple[str, torch.Tensor]]:
    """Yield random tensors for an empty model, by their names.

    Their scale keeps the size of what passes through; norms are near one.
    """
    generator = torch.Generator(place).manual_seed(0)
    named = model.state_dict().items()
    for name, shaped in tqdm(named, desc='random weights', unit='tensor', disable=None):
        exact = name.startswith(model.EXACT)
        tensor = torch.empty(shaped.shape, device=place, dtype=torch.float32 if exact else dtype)
        if name.endswith(CERTAIN):
            yield name, tensor.fill_(20.0)
            continue
        spread = tensor[0].numel() ** -0.5 if tensor.ndim > 1 else 0.1
        centre = float(tensor.ndim == 1 and name.endswith(('weight', 'running_var')))
        loud = 1000.0 if hasattr(model, 'iop_head') and all(part in name for part in LOUD) else 1.0
        yield name, tensor.normal_(loud * centre, loud * spread, generator=generator)


def _afford(name: str, scale: str, kind: str, needed: int, place: torch.device) -> None:
    free = available_memory(place)
    if ROOM * needed > free:
        raise OutOfMemory(
            f'engine "{name}" at {scale} in {kind} takes {needed / 1e9:.1f} GB for its weights '
            f'and a fifth of that beside them; {place} has {free / 1e9:.1f} GB free; choose '
            'another --dtype, --quant or --scale, or --shapes for the memory alone')
