# SPDX-License-Identifier: Apache-2.0
"""How a benchmark is run: what each paper did, in one table, and what the switches do.

A protocol is `records.Protocol`: history, answers, frame, order. Papers also have a wording and a
way to count of their own. Does not ask engines (`evaluation.benchmark`).
"""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from reasonseg_ros.benchmarks.conversation import SEG, ConversationRound, TruthMask
from reasonseg_ros.core.language.normalise import normalise
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.evaluation.records import Protocol

HISTORIES = ('predicted', 'truth')
ANSWERS = ('free', 'forced')
FRAMES = ('native', 'padded-1024')
WORDINGS = ('engine', 'given', 'lisa')  # see `worded`
COUNTINGS = ('exact', 'lisa', 'segllm')  # see `truth_mask` and `empty_iou`
SIDE = 1024  # pixels of the padded frame


@dataclass(frozen=True)
class Preset:
    """What a paper did. `source` says where that stands."""

    protocol: Protocol
    wording: str
    source: str
    counting: str = 'lisa'


_SEGLLM = 'SegLLM (berkeley-hipie/segllm), scripts/eval'
_JACOBI = Preset(Protocol('predicted', 'forced', 'padded-1024'), 'given',
                 f'{_SEGLLM}/eval_mr_refcoco.sh', 'segllm')
_GROUND_TRUTH = Preset(Protocol('truth', 'forced', 'padded-1024'), 'given',
                       f'{_SEGLLM}/eval_mr_paco.sh', 'segllm')
_LISA = Preset(Protocol('predicted', 'forced', 'native'), 'lisa',
               'LISA (dvlab-research/LISA), train_ds.py --eval_only')
_M2SA = Preset(_LISA.protocol, 'lisa', 'M2SA (jdg900/MMR), train_ds.py --eval_only')
_LLMSEG = Preset(_LISA.protocol, 'lisa', 'LLM-Seg (wangjunchi/LLMSeg), validate_llmseg.py')

_BY_NAME: Mapping[str, Preset] = {'mmr': _M2SA, 'llmseg40k': _LLMSEG, 'reasonseg': _LISA}
_BY_START: Mapping[str, Preset] = {
    'multi-': _M2SA, 'refcoco': _LISA, 'mr-refcoco': _JACOBI, 'mr-': _GROUND_TRUTH,
    'mrseg-': _GROUND_TRUTH}


def paper(benchmark: str) -> Preset:
    """Return what the paper of a benchmark did; KeyError for one that has none."""
    if benchmark in _BY_NAME:
        return _BY_NAME[benchmark]
    return _BY_START[next(s for s in _BY_START if benchmark.startswith(s))]


def worded(asked: ConversationRound, wording: str) -> str:
    """Return what the engine is asked.

    engine  plain words, as a robot's grammar hands them on; the engine words its own message
    given   the message of the data, to the letter
    lisa    that in the carrier sentences of LISA, to the letter
    """
    if wording == 'engine':
        return normalise(asked.instruction) or asked.instruction
    if wording == 'given':
        return asked.instruction
    sentence = f'What is {asked.instruction} in this image?' if asked.phrase else asked.instruction
    return f'{sentence} Please output segmentation mask.'


def truth_mask(truth: TruthMask, counting: str) -> Rle:
    """Return the pixels of a true mask that count as true.

    lisa  those that one polygon covers. LISA sums the polygons of RefCOCO, and its metric knows the
          values 0 and 1 only: where two overlap, the truth is lost, and to show it is an error
    exact, segllm  those that any polygon covers, as in the COCO API
    """
    if counting != 'lisa' or truth.doubled is None:
        return truth.mask
    return Rle.encode(truth.mask.decode() & ~truth.doubled.decode())


def empty_iou(counting: str) -> float | None:
    """Return the IoU of two masks without pixels; None = 1, which exact and LISA count.

    SegLLM divides by a union to which it adds 1e-4, and so counts 0.
    """
    return 0.0 if counting == 'segllm' else None


def right_answer(asked: ConversationRound) -> str:
    """Return the words that a forced answer has: those of the data, or else only the masks."""
    if asked.answer:
        return asked.answer
    places = [SEG] * len(asked.targets)
    return f'{", ".join(places)}.' if places else 'nothing like that is in the picture.'


def permuted(rounds: Sequence[ConversationRound], seed: int | None, name: str
             ) -> tuple[ConversationRound, ...]:
    """Return the rounds in a random order in which what is referred to still comes first.

    The same seed and name (of the conversation) give the same order; None leaves it as given.
    """
    if seed is None:
        return tuple(rounds)
    rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
    waiting = list(rounds)
    done: list[ConversationRound] = []
    while waiting:
        ahead = {t.key for asked in waiting for t in asked.targets}
        free = [i for i, asked in enumerate(waiting)
                if not (_needs(asked) - {t.key for t in asked.targets}) & ahead]
        # Rounds that refer to each other in a circle keep their order.
        done.append(waiting.pop(free[int(rng.integers(len(free)))] if free else 0))
    return tuple(done)


def _needs(asked: ConversationRound) -> set[str]:
    return {t.key for t in asked.references} | {key for _, key in asked.numbers}


@dataclass(frozen=True)
class Framing:
    """How images of `size` (height, width) are shown: native, or padded-1024.

    padded-1024 scales the longer side to 1024 pixels (bilinear on 8 bit, sizes rounded half up)
    and fills with black at the right and the bottom; masks go the same way. Source: SegLLM, SAM.
    """

    size: tuple[int, int]
    frame: str

    @property
    def inner(self) -> tuple[int, int]:
        """(height, width) of the scaled image inside the frame."""
        scale = SIDE / max(self.size)
        height, width = (int(side * scale + 0.5) for side in self.size)
        return height, width

    def rgb(self, rgb: np.ndarray) -> np.ndarray:
        """uint8 [H, W, 3] -> what is shown, uint8 [H', W', 3]."""
        return rgb if self.frame == 'native' else self._padded(rgb)

    def mask(self, mask: Rle) -> Rle:
        """Mask of the stored image -> mask of what is shown."""
        if self.frame == 'native':
            return mask
        return Rle.encode(self._padded(mask.decode().astype(np.uint8)) > 0)

    def _padded(self, values: np.ndarray) -> np.ndarray:
        height, width = self.inner
        canvas = np.zeros((SIDE, SIDE, *values.shape[2:]), np.uint8)
        canvas[:height, :width] = Image.fromarray(values).resize(
            (width, height), Image.Resampling.BILINEAR)
        return canvas
