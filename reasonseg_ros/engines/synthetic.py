# SPDX-License-Identifier: Apache-2.0
"""Public engines with random weights at the sizes of `scales`: for measuring, never for answers.

The engine's own code runs; only weights, words and the choice of words are made up. Weights are
made on the device, a tensor at a time, and quantised one by one. The tokenizer is trained on the
sentences that will be said, so that words take few tokens, as in LLaMA's. Needs no file.
"""

import importlib
import io
from collections.abc import Iterator
from collections.abc import Sequence
from types import MethodType

import sentencepiece
import torch
from tokenizers import Tokenizer
from tokenizers import models
from tokenizers import pre_tokenizers
from tokenizers import trainers
from tqdm import tqdm

from reasonseg_ros.core.errors import OutOfMemory
from reasonseg_ros.engines import footprint
from reasonseg_ros.engines.devices import available_memory
from reasonseg_ros.engines.devices import find_device
from reasonseg_ros.engines.devices import find_dtype
from reasonseg_ros.engines.public import llama_engine
from reasonseg_ros.engines.public import prompts
from reasonseg_ros.engines.public import segllm
from reasonseg_ros.engines.public.lisa import Lisa
from reasonseg_ros.engines.public.llama_engine import Published
from reasonseg_ros.engines.public.mask_names import SEG
from reasonseg_ros.engines.registry import PUBLIC
from reasonseg_ros.engines.scales import config
from reasonseg_ros.nn import quantise
from reasonseg_ros.nn.llama import Stream
from reasonseg_ros.nn.llama_tokenizer import FastTokenizer
from reasonseg_ros.nn.llama_tokenizer import LlamaTokenizer
from reasonseg_ros.nn.llava import Llava

SAID = f'Sure, it is {SEG}.'    # what `lisa` and `m2sa` are made to answer
PIECES = 600                    # of the tokenizer; fits the smallest table of words
ROOM = 1.2                      # share of the weights' memory that must be free: activations, too
WEIGHTS = 'random'              # in the place of the hash of weights

# `llmseg` judges regions that SAM finds good and stable, which random ones never are. Large logits
# are stable, and a large bias outweighs everything else.
LOUD = ('.output_hypernetworks_mlps.', 'proj_out.')
CERTAIN = ('.iou_prediction_head.proj_out.bias', 'iop_head.2.bias')


def empty(name: str, scale: str) -> tuple[type[Published], Llava]:
    """Class of a public engine, and its network at a scale, without memory for weights."""
    module, cls = PUBLIC[name]
    engine = getattr(importlib.import_module(module), cls)
    return engine, engine.network.empty(engine.sizes(**config(name, scale)))


def build(name: str, scale: str, device: str, dtype: str, options: str,
          sentences: Sequence[str]) -> Published:
    """Make an engine; raises OutOfMemory, before anything is made, where it would not fit."""
    place = find_device(device)
    kind = find_dtype(dtype, place)
    cls, model = empty(name, scale)
    chosen = cls.choices.parse(options)
    quantise.check(chosen.quant, place, kind)
    planned = footprint.total(footprint.planned(model, kind, chosen.quant, place.type))
    _afford(name, scale, quantise.described(kind, chosen.quant), planned.nbytes, place)
    llama_engine.fill(model, weights(model, place, kind), chosen.quant)
    model.to(place)
    facts = llama_engine.facts_of(name, model, WEIGHTS, 'none', kind, chosen.quant)
    rows = model.config.llama['vocab_size']
    tokenizer = fast_tokenizer(sentences) if name == 'segllm' else llama_tokenizer(sentences, rows)
    engine = cls(model, tokenizer, facts, chosen)
    if isinstance(engine, Lisa):    # the others say the same whatever their weights are
        engine.answer = MethodType(_say, engine)
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


def llama_tokenizer(sentences: Sequence[str], rows: int) -> LlamaTokenizer:
    """Tokenizer of `lisa`, `m2sa` and `llmseg`; the added tokens are the last of `rows`."""
    made = io.BytesIO()
    lines = [llama_engine.SYSTEM, 'USER: ASSISTANT:', SAID.replace(SEG, ''),
             *map(prompts.instruction, sentences)]
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines), model_writer=made, vocab_size=PIECES, model_type='bpe',
        unk_id=0, bos_id=1, eos_id=2, byte_fallback=True, hard_vocab_limit=False,
        minloglevel=2, num_threads=1)
    added = ('<im_start>', '<im_end>', SEG)
    return LlamaTokenizer(made.getvalue(), {token: rows - len(added) + place
                                            for place, token in enumerate(added)})


def fast_tokenizer(sentences: Sequence[str]) -> FastTokenizer:
    """Tokenizer of `segllm`."""
    rules = Tokenizer(models.BPE(unk_token='<unk>'))
    rules.pre_tokenizer = pre_tokenizers.Metaspace()
    special = ['<unk>', '<s>', '</s>', segllm.SLOT, segllm.SEG]
    rules.train_from_iterator(
        [segllm.SYSTEM, 'USER: ASSISTANT: ', *map(prompts.command, sentences)],
        trainers.BpeTrainer(vocab_size=PIECES, special_tokens=special, show_progress=False))
    return FastTokenizer(rules)


def _say(engine: Lisa, stream: Stream, state: torch.Tensor
         ) -> Iterator[tuple[int, torch.Tensor]]:
    """Answer SAID in one pass; see `Spoken.answer`."""
    ids = [*engine.tokenizer.encode(SAID), engine.end]
    states = stream.force(state, ids)
    stream.crop(stream.length - 1)
    yield from zip(ids, states)


def _afford(name: str, scale: str, kind: str, needed: int, place: torch.device) -> None:
    free = available_memory(place)
    if ROOM * needed > free:
        raise OutOfMemory(
            f'engine "{name}" at {scale} in {kind} takes {needed / 1e9:.1f} GB for its weights '
            f'and a fifth of that beside them; {place} has {free / 1e9:.1f} GB free; choose '
            'another --dtype, --quant or --scale, or --shapes for the memory alone')
