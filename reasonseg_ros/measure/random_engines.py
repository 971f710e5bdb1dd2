# SPDX-License-Identifier: Apache-2.0
"""Public engines with random weights at the published sizes: for measuring, never for answers.

The engine's own code runs; only weights, words and the choice of words are made up. Weights are
made on the device, a tensor at a time, and quantised one by one. The tokenizer is trained on the
sentences that will be said, so that words take few tokens, as in LLaMA's. Needs no file.

Of the sizes, 7b and 13b are what the authors released: LLaMA, CLIP ViT-L/14 at 224 pixels, SAM
ViT-H, DINOv2 ViT-L/14, HIPIE with ResNet-50. For `llmseg` and `segllm` no 13B was released; theirs
is LISA's language model beside their own other parts. mid is 12 blocks of 768 with smaller towers;
tiny is what the tests compare with the originals.
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any

import sentencepiece
import torch
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from tqdm import tqdm

from reasonseg_ros.core.errors import BadRequest, OutOfMemory
from reasonseg_ros.engines.devices import available_memory, find_device, find_dtype
from reasonseg_ros.engines.public import llama_engine, prompts, segllm
from reasonseg_ros.engines.public.lisa import Lisa
from reasonseg_ros.engines.public.llama_engine import PublishedEngine
from reasonseg_ros.engines.public.mask_names import SEG
from reasonseg_ros.engines.registry import ENGINES
from reasonseg_ros.measure import footprint
from reasonseg_ros.nn import clip, dinov2, llmseg, quantise, sam
from reasonseg_ros.nn.llama_tokenizer import FastTokenizer, LlamaTokenizer
from reasonseg_ros.nn.llava import Llava
from reasonseg_ros.nn.segllm import SegLlmConfig

TINY, MID, SEVEN, THIRTEEN = SCALES = ('tiny', 'mid', '7b', '13b')
SEGLLM_ROWS = 32011     # of its table of words; it added more than the others


def _llama(rows: int, width: int, inner: int, blocks: int, heads: int, places: int, eps: float
           ) -> dict[str, Any]:
    return {'vocab_size': rows, 'hidden_size': width, 'intermediate_size': inner,
            'num_hidden_layers': blocks, 'num_attention_heads': heads,
            'num_key_value_heads': heads, 'max_position_embeddings': places, 'rms_norm_eps': eps}


LLAMA = {TINY: _llama(604, 64, 128, 2, 4, 2048, 1e-6),
         MID: _llama(32004, 768, 2048, 12, 12, 2048, 1e-6),
         SEVEN: _llama(32004, 4096, 11008, 32, 32, 2048, 1e-6),
         THIRTEEN: _llama(32003, 5120, 13824, 40, 40, 4096, 1e-5)}
CLIP = {TINY: clip.VIT_L | {'hidden_size': 32, 'intermediate_size': 64, 'num_hidden_layers': 3,
                            'num_attention_heads': 4},
        MID: clip.VIT_L | {'hidden_size': 384, 'intermediate_size': 1536, 'num_hidden_layers': 12,
                           'num_attention_heads': 6}}
SAM = {TINY: sam.VIT_H | {'image_size': 256, 'encoder_embed_dim': 32, 'encoder_depth': 6,
                          'encoder_num_heads': 4, 'encoder_global_attn_indexes': [1, 3, 5],
                          'prompt_embed_dim': 32, 'decoder_mlp_dim': 64,
                          'iou_head_hidden_dim': 32},
       MID: sam.VIT_H | {'image_size': 512, 'encoder_embed_dim': 384, 'encoder_depth': 12,
                         'encoder_num_heads': 6,
                         'encoder_global_attn_indexes': [2, 5, 8, 11]}}
DINO = {TINY: dinov2.VIT_L | {'embed_dim': 16, 'depth': 1, 'num_heads': 2, 'mlp_ratio': 2},
        MID: dinov2.VIT_L | {'embed_dim': 192, 'depth': 4, 'num_heads': 3}}
FUSION = {TINY: {'dim': 32, 'heads': 8, 'mlp': 16, 'iop': 16, 'embedding': 16, 'blocks': 2}}
HIPIE = {TINY: {'stem': 8, 'width': 4, 'out': 16, 'encoder_layers': 1, 'decoder_layers': 2,
                'inner': 32, 'fusion': 64, 'queries': 20, 'image_size': 128},
         MID: {'width': 32, 'out': 128, 'encoder_layers': 3, 'decoder_layers': 3, 'inner': 1024,
               'fusion': 1024, 'image_size': 512}}


def config(engine: str, scale: str) -> dict[str, Any]:
    """Configuration of an engine's network at a scale, as its converted folder would hold it."""
    if engine not in ('lisa', 'm2sa', 'llmseg', 'segllm'):
        raise BadRequest(f'engine "{engine}" has no scales; choose lisa, m2sa, llmseg or segllm')
    both: dict[str, Any] = {'llama': LLAMA[scale], 'clip': CLIP.get(scale, clip.VIT_L)}
    if engine == 'segllm':
        if scale != TINY:
            both['llama'] = both['llama'] | {'vocab_size': SEGLLM_ROWS, 'rms_norm_eps': 1e-5,
                                             'max_position_embeddings': 4096}
        return asdict(SegLlmConfig(**both)) | {'hipie': HIPIE.get(scale, {})}
    both['sam'] = SAM.get(scale, sam.VIT_H)
    if engine == 'llmseg':
        return both | {'dino': DINO.get(scale, dinov2.VIT_L),
                       'fusion': FUSION.get(scale, llmseg.RELEASED)}
    return both | {'early_fusion': engine == 'm2sa'}


SAID = f'Sure, it is {SEG}.'    # what `lisa` and `m2sa` are made to answer
PIECES = 600                    # of the tokenizer; fits the smallest table of words
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
    tokenizer = fast_tokenizer(sentences) if name == 'segllm' else llama_tokenizer(sentences, rows)
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


def _afford(name: str, scale: str, kind: str, needed: int, place: torch.device) -> None:
    free = available_memory(place)
    if ROOM * needed > free:
        raise OutOfMemory(
            f'engine "{name}" at {scale} in {kind} takes {needed / 1e9:.1f} GB for its weights '
            f'and a fifth of that beside them; {place} has {free / 1e9:.1f} GB free; choose '
            'another --dtype, --quant or --scale, or --shapes for the memory alone')
