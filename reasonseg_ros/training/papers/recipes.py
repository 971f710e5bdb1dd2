# SPDX-License-Identifier: Apache-2.0
"""How SegLLM, M2SA, LLM-Seg and LISA are trained: every preset of `reasonseg train`. Values only.

Numbers of the preset `paper` are those of the authors' programs. `tiny` is for a small model made
here, on conversations of the simulator; its numbers are ours.
"""

import math
from dataclasses import dataclass, replace

from reasonseg_ros.core.errors import BadRequest

PAPER, TINY = PRESET_NAMES = ('paper', 'tiny')
SIMULATOR = 'simulator'     # what --data names instead of a file, and the source in a mix
COSINE, LINEAR = 'cosine', 'linear'
FLOAT32, BFLOAT16 = PRECISIONS = ('float32', 'bfloat16')

# A source, by its name in `benchmarks.catalogue`, and its weight in the draw.
Mix = tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Lora:
    """Low-rank changes of the language model's q and v projections (Hu et al. 2022)."""

    rank: int = 8
    alpha: int = 16
    dropout: float = 0.05


@dataclass(frozen=True)
class PaperRecipe:
    """Everything that decides the result of a run, besides the data and the code.

    batch      samples of an optimiser step, taken `micro` at a time; losses are means of a part,
               and parts are dealt out to processes and accumulated
    steps      optimiser steps; 0 = `epochs` times as many as hold every conversation once
    rate       highest learning rate of AdamW;  matrix_rate  that of Muon for matrices whose names
               begin as `matrices`
    warmup     steps of linear warm-up, or, below 1, their share;  fall  how the rate falls to zero
    listens    share of the steps, the first ones, in which nothing is drawn: prompts tell things
               apart before HIPIE begins to learn from them (SegLLM); none where there is a start
    left_out   chance of a remembered mask or box to be left out (SegLLM)
    longest    positions of a conversation, tokens of the image among them
    learnt, frozen  how names of parameters begin that learn, and that do not although they begin so
    one_source whether all samples of a part come from one source
    conversations, rounds  that are taken from an image, or from a conversation
    points     of each mask at which it is compared (SegLLM)
    start      converted folder that the run begins with; '' = a small random model
    """

    system: str
    preset: str
    batch: int
    micro: int
    rate: float
    warmup: float
    fall: str
    clip: float
    longest: int
    learnt: tuple[str, ...]
    mix: Mix
    steps: int = 0
    epochs: float = 0.0
    betas: tuple[float, float] = (0.9, 0.95)
    decay: float = 0.0
    matrices: tuple[str, ...] = ()
    matrix_rate: float = 0.01
    listens: float = 0.0
    left_out: float = 0.5
    frozen: tuple[str, ...] = ()
    lora: Lora | None = None
    one_source: bool = False
    rounds: int = 3
    points: int = 112 * 112
    precision: str = BFLOAT16
    checkpointing: bool = True
    seed: int = 1
    start: str = ''

    @property
    def parts(self) -> int:
        """Parts of a step."""
        return self.batch // self.micro

    def draws(self, step: int) -> bool:
        """Whether masks are drawn at `step`, counted from 1."""
        return step > self._silent

    @property
    def _silent(self) -> int:
        return 0 if self.start else math.ceil(self.listens * self.steps)

    def scale(self, step: int) -> float:
        """Schedule in [0, 1] at `step`, counted from 1."""
        rising = self.warmup if self.warmup >= 1 else math.ceil(self.warmup * self.steps)
        done = max(0, step - rising) / max(1, self.steps - rising)
        height = (1 + math.cos(math.pi * done)) / 2 if self.fall == COSINE else 1 - done
        # What begins to learn after listening is warmed up as well.
        since = step - self._silent if self.draws(step) else step
        return height * min(1.0, since / max(1, rising))


def _even(weight: float, *names: str) -> Mix:
    """Sources that share a weight."""
    return tuple((name, weight / len(names)) for name in names)


# Semantic classes are asked for in the conversations that MRSeg makes of the same data sets.
_SEMANTIC = ('mrseg-ade20k', 'mrseg-cocostuff', 'mr-paco', 'mr-pascal')
_REFER = ('refcoco', 'refcoco+', 'refcocog')
_LLAMA_HEADS = ('llama.lm_head.', 'llama.model.embed_tokens.')
_LISA = PaperRecipe(
    'lisa', PAPER, batch=160, micro=2, rate=3e-4, warmup=100, fall=LINEAR, clip=1.0, longest=512,
    learnt=(*_LLAMA_HEADS, 'sam.mask_decoder.', 'prompt.'), steps=5000, lora=Lora(),
    mix=(*_even(9, *_SEMANTIC), *_even(3, *_REFER), ('reasonseg', 1)))
_M2SA = replace(_LISA, system='m2sa', batch=80, longest=2048, learnt=(*_LISA.learnt, 'early.'),
                mix=(*_even(2, *_SEMANTIC), *_even(9, *_REFER), ('mmr', 6)))
_LLMSEG = replace(
    _LISA, system='llmseg', batch=20, micro=1, rate=1e-4,
    learnt=(*_LLAMA_HEADS, 'prompt.', 'dino_conv.', 'fusion.', 'iop_head.', 'embedding_head.'))
_SEGLLM = PaperRecipe(
    'segllm', PAPER, batch=16, micro=2, rate=2e-6, warmup=0.03, fall=COSINE, clip=5.0,
    longest=2048, betas=(0.9, 0.999), epochs=2, one_source=True, rounds=6,
    learnt=('model.llama.model.layers.', 'model.llama.model.norm.', 'model.projector.',
            'model.box.', 'model.prompt.', 'model.hipie.', 'heads.'),
    frozen=('model.hipie.backbone.stem.', 'model.hipie.backbone.res2.'),
    mix=_even(1, *(f'mr-{name}{hard}' for name in _REFER for hard in ('', '-hard')), 'mr-paco',
              'mr-pascal', 'mr-lvis', 'mr-vg', 'mrseg-reasonseg', 'mrseg-ade20k',
              'mrseg-cocostuff', 'mrseg-llava', 'mrseg-attributes'))


def _tiny(recipe: PaperRecipe, steps: int, rate: float) -> PaperRecipe:
    """The recipe for a small model in which everything learns, since nothing has learnt before."""
    return replace(recipe, preset=TINY, batch=4, micro=2, steps=steps, epochs=0, rate=rate,
                   warmup=50, fall=COSINE, clip=1.0, learnt=('',), frozen=(), lora=None,
                   mix=((SIMULATOR, 1.0),), precision=FLOAT32, checkpointing=False,
                   one_source=False, points=512)


PRESETS: dict[str, dict[str, PaperRecipe]] = {
    recipe.system: {PAPER: recipe, TINY: _tiny(recipe, steps, rate)}
    for recipe, steps, rate in ((_SEGLLM, 8000, 1e-3), (_M2SA, 10_000, 1e-3), (_LLMSEG, 6000, 1e-3),
                                (_LISA, 10_000, 1e-3))}
PRESETS['segllm'][TINY] = replace(PRESETS['segllm'][TINY], batch=8, micro=4, rate=5e-4,
                                   matrices=('model.hipie.', 'heads.'), left_out=0.0, listens=0.25)
SYSTEMS = tuple(PRESETS)


def without(recipe: PaperRecipe, names: tuple[str, ...]) -> PaperRecipe:
    """Leave sources out of the mix; the others keep their ratios. Raises BadRequest."""
    unknown = [name for name in names if name not in dict(recipe.mix)]
    if unknown:
        raise BadRequest(f'--leave-out {unknown[0]} is not in the mix; choose among '
                         f'{", ".join(dict(recipe.mix))}')
    kept = tuple((name, weight) for name, weight in recipe.mix if name not in names)
    if not kept:
        raise BadRequest('--leave-out leaves no source; keep at least one of '
                         f'{", ".join(dict(recipe.mix))}')
    return replace(recipe, mix=kept)


def learns(recipe: PaperRecipe, name: str) -> bool:
    """Whether a parameter learns, by its name."""
    if '.lora_' in name:
        return True
    return name.startswith(recipe.learnt) and not name.startswith(recipe.frozen or ('\0',))
