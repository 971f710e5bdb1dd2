# SPDX-License-Identifier: Apache-2.0
"""Sizes of the public engines' networks, and tokenizers made from sentences. Values; no weights.

Of the sizes, 7b and 13b are what the authors released: LLaMA, CLIP ViT-L/14 at 224 pixels, SAM
ViT-H, DINOv2 ViT-L/14, HIPIE with ResNet-50. For `llmseg` and `segllm` no 13B was released; theirs
is LISA's language model beside their own other parts. mid is 12 blocks of 768 with smaller towers;
tiny is what the tests compare with the originals.
"""

import io
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import sentencepiece
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

from reasonseg_ros.core.errors import BadRequest
from reasonseg_ros.engines.public import llama_engine, segllm
from reasonseg_ros.engines.public.mask_names import SEG
from reasonseg_ros.nn import clip, dinov2, llmseg, sam
from reasonseg_ros.nn.llama_tokenizer import FastTokenizer, LlamaTokenizer
from reasonseg_ros.nn.segllm import SegLlmConfig

TINY, MID, SEVEN, THIRTEEN = SCALES = ('tiny', 'mid', '7b', '13b')
SEGLLM_ROWS = 32011     # of its table of words; it added more than the others
PIECES = 600            # of a tokenizer, at most; fits the smallest table of words


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


def llama_tokenizer(sentences: Sequence[str], rows: int) -> LlamaTokenizer:
    """Tokenizer of `lisa`, `m2sa` and `llmseg`; the added tokens are the last of `rows`."""
    return LlamaTokenizer(pieces(sentences), added_tokens(rows))


def added_tokens(rows: int) -> dict[str, int]:
    """The added tokens, as the last of `rows`."""
    added = ('<im_start>', '<im_end>', SEG)
    return {token: rows - len(added) + place for place, token in enumerate(added)}


def pieces(sentences: Sequence[str], most: int = PIECES) -> bytes:
    """A SentencePiece model of so many pieces at most, trained on sentences."""
    made = io.BytesIO()
    lines = [llama_engine.SYSTEM, 'USER: ASSISTANT:', *sentences]
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines), model_writer=made, vocab_size=most, model_type='bpe',
        unk_id=0, bos_id=1, eos_id=2, byte_fallback=True, hard_vocab_limit=False,
        minloglevel=2, num_threads=1)
    return made.getvalue()


def fast_tokenizer(sentences: Sequence[str]) -> FastTokenizer:
    """Tokenizer of `segllm`."""
    return FastTokenizer(fast_rules(sentences))


def fast_rules(sentences: Sequence[str], most: int = PIECES) -> Tokenizer:
    """What `tokenizer.json` holds, of so many tokens at most, trained on sentences."""
    rules = Tokenizer(models.BPE(unk_token='<unk>'))
    rules.pre_tokenizer = pre_tokenizers.Metaspace()
    special = ['<unk>', '<s>', '</s>', segllm.SLOT, segllm.SEG]
    rules.train_from_iterator(
        [segllm.SYSTEM, 'USER: ASSISTANT: ', *sentences],
        trainers.BpeTrainer(vocab_size=most, special_tokens=special, show_progress=False))
    return rules
