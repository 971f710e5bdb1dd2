# SPDX-License-Identifier: Apache-2.0
"""Samples become batches of the papers' systems: token ids, labels, pixels, masks.

Rows are written as the engines write them, so that what is learnt is what is asked later. Of a
request nothing is learnt; of an answer all of it, and of SegLLM's only the token of a mask and what
stands before it. Knows no sources and no losses.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch.utils.data import Dataset

from reasonseg_ros.benchmarks.conversation import SEG, ConversationRound
from reasonseg_ros.engines.public import segllm as engines
from reasonseg_ros.engines.public.llmseg import MOST
from reasonseg_ros.nn import clip, cutout
from reasonseg_ros.nn.sam import SamView
from reasonseg_ros.training.papers.lisa import LisaBatch
from reasonseg_ros.training.papers.llmseg import LlmSegBatch
from reasonseg_ros.training.papers.reading import IGNORED, rows_of
from reasonseg_ros.training.papers.recipes import PaperRecipe
from reasonseg_ros.training.papers.samples import Mixture, Sample
from reasonseg_ros.training.papers.segllm import SegLlmBatch

ANSWERS = (f'It is {SEG}.', f'Sure, {SEG}.', f'Sure, it is {SEG}.',
           f'Sure, the segmentation result is {SEG}.', f'{SEG}.')
PHRASED = ('What is {} in this image?', 'Please segment {} in this image.',
           'Can you segment {} in this image?', 'Show {} in this image.')
WISHES = ('Please output segmentation mask.', 'Please respond with segmentation mask.')

Conversation = tuple[list[int], list[int]]     # ids and labels


@dataclass(frozen=True)
class Tokens:
    """What of a loaded engine writes rows; `engine` is a `PublishedEngine`."""

    engine: Any
    longest: int

    @property
    def places(self) -> int:
        """Positions that an image takes."""
        sizes = self.engine.model.config.clip
        return int((sizes['image_size'] // sizes['patch_size']) ** 2)

    def fits(self, ids: Sequence[int]) -> bool:
        """Whether a row is short enough."""
        return len(ids) + self.places - 1 <= self.longest

    def answered(self, request: str, answer: str) -> Conversation:
        """A conversation of one round, in words; all of the answer is learnt."""
        engine = self.engine
        asked = [*engine.opening(), *engine.request(request, True)]
        said = [*engine.tokenizer.encode(answer), engine.end]
        return [*asked, *said], [*[IGNORED] * len(asked), *said]


def question(asked: ConversationRound, rng: np.random.Generator) -> str:
    """A round in the carrier sentences of LISA."""
    text = asked.instruction
    wish = WISHES[int(rng.integers(len(WISHES)))]
    if not asked.phrase:
        return f'{text} {wish}'
    phrased = PHRASED[int(rng.integers(len(PHRASED)))].format(text)
    return f'{phrased} {wish}' if phrased.startswith('What') else phrased


def answer(asked: ConversationRound, rng: np.random.Generator) -> str:
    """Right words of a round, with [SEG] at each mask."""
    count = len(asked.targets)
    if asked.answer.count(SEG) == count and asked.answer != f'{SEG}.':
        return asked.answer
    if count == 1:
        return ANSWERS[int(rng.integers(len(ANSWERS)))]
    return f'{", ".join([SEG] * (count - 1))} and {SEG}.'


class LisaExamples:
    """Batches of LISA and M2SA: some rounds of each sample, each a conversation of its own."""

    def __init__(self, engine: Any, recipe: PaperRecipe) -> None:
        self._tokens, self._rounds = Tokens(engine, recipe.longest), recipe.rounds

    def usable(self, sample: Sample) -> bool:
        """Whether there is a mask to learn."""
        return any(r.targets for r in sample.rounds)

    def batch(self, samples: Sequence[Sample], rng: np.random.Generator) -> LisaBatch:
        """Make a batch."""
        config = self._tokens.engine.model.config
        rows, images, masks = [], [], []
        for image, sample in enumerate(samples):
            asked = [(self._tokens.answered(question(r, rng), answer(r, rng)), r.targets)
                     for r in _some(sample, self._rounds, rng)]
            kept = [one for one in asked if self._tokens.fits(one[0][0])]
            rows += [row for row, _ in kept]
            images += [image] * len(kept)
            targets = [t.mask.decode() for _, found in kept for t in found]
            masks.append(_stacked(targets, sample.rgb.shape[:2]))
        views = tuple(SamView(s.rgb.shape[:2], config.sam['image_size']) for s in samples)
        return LisaBatch(
            rows_of(rows, images), _seen(samples, config),
            torch.cat([view.pixels(s.rgb) for view, s in zip(views, samples)]), views,
            tuple(masks))


class LlmSegExamples:
    """Batches of LLM-Seg: some rounds of each sample, all masks of a round as one."""

    def __init__(self, engine: Any, recipe: PaperRecipe) -> None:
        self._tokens, self._rounds = Tokens(engine, recipe.longest), recipe.rounds

    def usable(self, sample: Sample) -> bool:
        """Whether there is a mask to learn and a region to choose."""
        return bool(sample.regions) and any(
            r.targets and self._tokens.fits(self._tokens.answered(r.instruction, ANSWERS[3])[0])
            for r in sample.rounds)

    def batch(self, samples: Sequence[Sample], rng: np.random.Generator) -> LlmSegBatch:
        """Make a batch."""
        config = self._tokens.engine.model.config
        rows, images, masks, regions = [], [], [], []
        for image, sample in enumerate(samples):
            asked = _some(sample, self._rounds, rng)
            rows += [self._tokens.answered(question(r, rng),
                                           ANSWERS[int(rng.integers(len(ANSWERS)))])
                     for r in asked]
            images += [image] * len(asked)
            masks.append(torch.from_numpy(np.stack([
                np.any([t.mask.decode() for t in r.targets], 0) for r in asked])))
            regions.append(torch.from_numpy(np.stack([
                region.decode() for region in sample.regions[:MOST]])))
        square = [SamView(s.rgb.shape[:2], config.dino_side).pixels(s.rgb) for s in samples]
        return LlmSegBatch(rows_of(rows, images), _seen(samples, config), torch.cat(square),
                           tuple(regions), tuple(masks))


class SegLlmExamples:
    """Batches of SegLLM: whole conversations, what they refer to shown by its true mask."""

    def __init__(self, engine: Any, recipe: PaperRecipe) -> None:
        self._tokens, self._rounds = Tokens(engine, recipe.longest), recipe.rounds

    def usable(self, sample: Sample) -> bool:
        """Whether there is a mask to learn in the first rounds."""
        return any(r.targets for r in sample.rounds[:self._rounds])

    def batch(self, samples: Sequence[Sample], rng: np.random.Generator) -> SegLlmBatch:
        """Make a batch."""
        config = self._tokens.engine.model.config
        side = config.hipie['image_size']
        rows, squares, cutouts, boxes, masks, references = [], [], [], [], [], []
        told: list[torch.Tensor] = []
        for sample in samples:
            view = SamView(sample.rgb.shape[:2], side)
            squares.append(torch.from_numpy(cutout.square(sample.rgb, view)))
            row, kept = self._row(sample)
            rows.append(row)
            shown = sum(len(r.targets) for r in kept)
            told += [self._ids(words) for words in (sample.words or ((),) * shown)[:shown]]
            seen = [heard for r in kept for heard in self._heard(r, sample, view, config)]
            cutouts.append(torch.cat([pixels for pixels, _ in seen]) if seen else torch.empty(0))
            boxes.append(torch.tensor([box for _, box in seen]))
            found = [(cutout.square_mask(t.mask.decode(), view),
                      cutout.square_mask(r.references[0].mask.decode(), view) if r.references
                      else np.zeros((side, side), bool)) for r in kept for t in r.targets]
            masks.append(_stacked([mask for mask, _ in found], (side, side)))
            references.append(_stacked([mask for _, mask in found], (side, side)))
        return SegLlmBatch(rows_of(rows, range(len(samples))), _seen(samples, config),
                           torch.stack(squares), tuple(cutouts), tuple(boxes), tuple(masks),
                           tuple(references), tuple(told))

    def _ids(self, words: tuple[str, ...]) -> torch.Tensor:
        """Ids of words, each by itself, int64 [K]."""
        encode = self._tokens.engine.tokenizer.go_on
        return torch.tensor([i for word in words for i in encode(f' {word}')], dtype=torch.int64)

    def _row(self, sample: Sample) -> tuple[Conversation, list[ConversationRound]]:
        """A conversation as far as it fits, and the rounds that are in it."""
        engine = self._tokens.engine
        kept: list[ConversationRound] = []
        ids: list[int] = engine.opening()
        for number, asked in enumerate(sample.rounds[:self._rounds]):
            words = ' '.join([engines.SEG] * len(asked.targets)) or 'None.'
            told = engine.request(asked.instruction, number == 0, len(asked.references), words)
            if not self._tokens.fits([*ids, *told]) and kept:
                break
            ids = [*ids, *told]
            kept.append(asked)
        ids = [*ids, engine.end]
        learnt = {place for place, token in enumerate(ids) if token == engine.seg}
        learnt |= {place - 1 for place in learnt} | {len(ids) - 1}
        return (ids, [token if place in learnt else IGNORED for place, token in enumerate(ids)]
                ), kept

    def _heard(self, asked: ConversationRound, sample: Sample, view: SamView, config: Any
               ) -> list[tuple[torch.Tensor, tuple[float, float, float, float]]]:
        """Cut-outs and boxes of what a round refers to; of a mask that is too small, nothing."""
        heard = []
        for reference in asked.references:
            mask = reference.mask.decode()
            small = cutout.square_mask(mask, view)
            size = config.clip['image_size']
            if small.any():
                box = cutout.rows_first(cutout.extent(small), view.side)
                heard.append((clip.pixels(cutout.cut_given(sample.rgb, mask), size), box))
            else:
                heard.append((torch.zeros(1, 3, size, size), (0.0, 0.0, 0.0, 0.0)))
        return heard


Examples = LisaExamples | LlmSegExamples | SegLlmExamples
EXAMPLES: dict[str, Callable[[Any, PaperRecipe], Examples]] = {
    'lisa': LisaExamples, 'm2sa': LisaExamples, 'llmseg': LlmSegExamples,
    'segllm': SegLlmExamples}


class PaperBatches(Dataset[Any]):
    """Batches by number, drawn from a mix."""

    def __init__(self, mixture: Mixture, examples: Examples, size: int) -> None:
        self._mixture, self._examples, self._size = mixture, examples, size

    def __getitem__(self, number: int) -> Any:
        samples, rng = self._mixture.draw(number, self._size)
        return self._examples.batch(samples, rng)


def _some(sample: Sample, most: int, rng: np.random.Generator) -> list[ConversationRound]:
    """At most so many rounds that have a mask, drawn without repetition."""
    rounds = [r for r in sample.rounds if r.targets]
    return [rounds[i] for i in rng.permutation(len(rounds)).tolist()[:most]]


def _seen(samples: Sequence[Sample], config: Any) -> torch.Tensor:
    """What the language model sees of each image."""
    return torch.cat([clip.pixels(s.rgb, config.clip['image_size']) for s in samples])


def _stacked(masks: Sequence[np.ndarray], size: tuple[int, int]) -> torch.Tensor:
    return torch.from_numpy(np.stack(masks) if masks else np.zeros((0, *size), bool))
