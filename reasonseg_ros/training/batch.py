# SPDX-License-Identifier: Apache-2.0
"""Dialogues about rendered scenes as tensors. Does not render and does not compute losses.

A dialogue becomes one token sequence; `engines.tabletop.sequence` writes it for the engine, too.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, fields

import numpy as np
import torch
from torch.utils.data import Dataset

from reasonseg_ros.core.errors import Status
from reasonseg_ros.core.language.normalise import normalise
from reasonseg_ros.core.language.references import with_noun, without_rejection
from reasonseg_ros.engines.public.prompts import with_references
from reasonseg_ros.engines.tabletop import sequence
from reasonseg_ros.nn.tabletop.config import TabletopConfig
from reasonseg_ros.nn.tabletop.tokenizer import Tokenizer
from reasonseg_ros.sim.dialogues.corrections import CHOICE
from reasonseg_ros.sim.dialogues.generator import generate
from reasonseg_ros.sim.dialogues.mr_tabletop import dialogue
from reasonseg_ros.sim.dialogues.truth import Kind, SceneTruth, Turn
from reasonseg_ros.sim.language.phrases import filler_words, vocabulary
from reasonseg_ros.sim.language.vocabulary import OBJECT_NOUNS
from reasonseg_ros.sim.world.catalogue import CATEGORIES, COLOURS
from reasonseg_ros.training.scene_dataset import SceneSet

IGNORE = -100
DECISION = {Status.OK: '<found>', Status.NOTHING_FOUND: '<none>', Status.AMBIGUOUS: '<which>'}
Region = tuple[int, str | None]     # of a scene: an object, or one of its parts

LONGEST = 320            # tokens of a dialogue; longer ones are cut at a round
USE_SHARE = 0.8          # share of referring rounds in which the reference is spelled out
DIALOGUES = 2            # about one image, where the batch is even: encoding it costs a third
BENCHMARK_SHARE = 0.5    # share of dialogues drawn like those of MR-Tabletop: corrections, too
GREY_SHARE = 0.12        # share of images that lose their colours; nobody asks for one there
ATTEMPTS = 8
UNKNOWN_SHARE = 0.02     # share of question words replaced by <unk>, so that <unk> means something
UNKNOWN_FILLERS = 0.15   # the same of words that only carry a request: people use any verb


def tabletop_config(without: str = '') -> TabletopConfig:
    """Return the default sizes with the words that training can produce, and no others.

    without  an ablation, a key of training.plan.WITHOUT
    """
    # Said in no training sentence; unknown, it would be mended to "mark".
    added = ('mask',) if without == 'memory-mask' else ()
    return TabletopConfig(
        vocabulary=(*vocabulary(), *added),
        regions=tuple((c.name, part) for c in CATEGORIES for part in c.parts),
        colours=tuple(COLOURS),
        synonyms=tuple((noun, name) for name, nouns in OBJECT_NOUNS.items() for noun in nouns),
        without=without)


@dataclass(frozen=True)
class Batch:
    """B dialogues about P images, B / P in a row about each.

    M memory slots, N masks to decode, Q questions, K distinct target masks.

    images uint8 [P, H, W, 3]; regions, colours int64 [P, H/4, W/4] (0 = table; IGNORE);
    offsets [P, 2, H/4, W/4] pixels to the object's centre / 10; tokens, labels int64 [B, T];
    weights [B, T]; memory int64 [M, 4] (dialogue, position, target, number token);
    segs int64 [N, 3] (dialogue, position, target); pointing bool [N, M + 1] right references,
    null last; questions int64 [Q, 2] (dialogue, position); presence [Q, C8] soft;
    masks [K, C2] soft; boxes [K, 4] xyxy in [0, 1].
    """

    images: torch.Tensor
    regions: torch.Tensor
    colours: torch.Tensor
    offsets: torch.Tensor
    tokens: torch.Tensor
    labels: torch.Tensor
    weights: torch.Tensor
    memory: torch.Tensor
    segs: torch.Tensor
    pointing: torch.Tensor
    questions: torch.Tensor
    presence: torch.Tensor
    masks: torch.Tensor
    boxes: torch.Tensor

    @property
    def repeats(self) -> int:
        """Dialogues per image."""
        return len(self.tokens) // len(self.images)

    def to(self, device: torch.device) -> 'Batch':
        """Move every tensor."""
        return Batch(**{f.name: getattr(self, f.name).to(device, non_blocking=True)
                        for f in fields(self)})


@dataclass
class DialogueWriter:
    """One dialogue being written down; targets are (object, part) pairs."""

    tokens: list[int] = field(default_factory=list)
    labels: list[int] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)
    memory: list[tuple[int, Region, int]] = field(default_factory=list)
    segs: list[tuple[int, Region, frozenset[Region]]] = field(default_factory=list)
    questions: list[tuple[int, tuple[Region, ...]]] = field(default_factory=list)

    def add(self, token: int) -> None:
        """Append one token; nothing need follow it."""
        self.tokens.append(token)
        self.labels.append(IGNORE)
        self.weights.append(1.0)

    def add_expected(self, token: int, weight: float = 1.0) -> None:
        """Append one token that should be told to follow what is there."""
        self.labels[-1], self.weights[-1] = token, weight
        self.add(token)

    def add_memory(self, tokenizer: Tokenizer, target: Region, number: int) -> None:
        """Append the mask and box slots of `target`."""
        self.memory.append((len(self.tokens), target, tokenizer.number(number)))
        self.add(tokenizer.ids['<pad>'])
        self.add(tokenizer.ids['<pad>'])

    def add_run(self, tokenizer: Tokenizer, run: sequence.TokenRun, shown: dict[int, Region]
                ) -> None:
        """Append a run, and the slots of its instance; `shown` says which target that is."""
        for token in run.tokens:
            self.add(token)
        if run.instance is not None:
            self.add_memory(tokenizer, shown[run.instance], run.instance)


def write(turns: Sequence[Turn], truth: SceneTruth, tokenizer: Tokenizer,
          rng: np.random.Generator, way: str = '') -> DialogueWriter:
    """Write a dialogue about a scene down as tokens, labels and slots.

    way  how references become words, where the model has no memory of masks
    """
    ids = tokenizer.ids
    out = DialogueWriter()
    shown = {t.id: (t.object, t.part) for turn in turns for t in turn.targets}
    labels = {i: part or truth.objects[index].category for i, (index, part) in shown.items()}
    for turn in turns:
        if len(out.tokens) > LONGEST or any(t.id > tokenizer.largest_number
                                            for t in turn.targets):
            break
        if turn.kind is Kind.GIVEN:
            for target in turn.targets:
                out.add_run(tokenizer, sequence.given(tokenizer, target.id), shown)
            continue
        # Words reach an engine through the reference grammar, which takes fillers out and says
        # what "it" and "one" are.
        chosen = turn.kind is Kind.RESOLVE or turn.detail == CHOICE
        words = (without_rejection if turn.detail == CHOICE else normalise)(turn.instruction)
        used: tuple[int, ...] = ()
        if turn.references and rng.random() < USE_SHARE:
            meant = {reference: labels[reference] for reference in turn.references}
            words = with_noun(words, meant.values())
            if way:
                words = with_references(words, meant, way)
            else:
                used = tuple(turn.references)
        asked: list[int] = []
        for word in words.split():
            share = UNKNOWN_FILLERS if word in filler_words() else UNKNOWN_SHARE
            asked += [ids['<unk>'] if rng.random() < share else token
                      for token in tokenizer.encode(word)]
        for run in sequence.question(tokenizer, asked, used):
            out.add_run(tokenizer, run, shown)
        wanted = tuple((t.object, t.part) for t in turn.targets)
        out.questions.append((len(out.tokens) - 1, wanted))
        _write_answer(out, turn, tokenizer, shown, chosen)
    return out


def _write_answer(out: DialogueWriter, turn: Turn, tokenizer: Tokenizer,
                  shown: dict[int, Region], chosen: bool) -> None:
    """chosen  the words pick one of the candidates that they refer to"""
    answer = tokenizer.encode_answer(f'{DECISION[turn.status]} {turn.answer} <eos>')
    weight = 4.0  # the decision weighs as much as four words
    referred = {shown[r] for r in turn.references}
    for run in sequence.answer(tokenizer, answer, [target.id for target in turn.targets]):
        for token in run.tokens:
            out.add_expected(token, weight)
            weight = 1.0
        if run.instance is None:
            continue
        key = shown[run.instance]
        # "The left one" points at the candidate itself, every other reference at what was named.
        out.segs.append((len(out.tokens) - 1, key, frozenset({key} if chosen else referred)))
        out.add_memory(tokenizer, key, run.instance)


class DialogueBatches(Dataset[Batch]):
    """Batch number -> Batch, a pure function of (seed, number); so training resumes exactly."""

    def __init__(self, scenes: SceneSet, config: TabletopConfig, size: int, seed: int,
                 split: str = 'train') -> None:
        self.scenes, self.config, self.size, self.seed, self.split = (
            scenes, config, size, seed, split)
        self.repeats = math.gcd(size, DIALOGUES)
        self.tokenizer = Tokenizer(config.vocabulary)
        self.region_index = {pair: i for i, pair in enumerate(config.regions, start=1)}
        self.colour_index = {name: i for i, name in enumerate(config.colours)}

    def __len__(self) -> int:
        return 1 << 40

    def __getitem__(self, number: int) -> Batch:
        rng = np.random.default_rng([self.seed, number])
        images: list[np.ndarray] = []
        truths: list[SceneTruth] = []
        sequences: list[DialogueWriter] = []
        faded: list[bool] = []
        while len(sequences) < self.size:
            index = int(rng.integers(len(self.scenes)))
            rgb, truth = self.scenes.rgb(index), self.scenes.truth(index)
            if rng.random() < 0.5:
                rgb, truth = rgb[:, ::-1], truth.flipped()
            grey = self.split == 'train' and rng.random() < GREY_SHARE
            drawn = [self._dialogue(truth, rng, grey) for _ in range(self.repeats)]
            told = [script for script in drawn if script is not None]
            # A mean over no mask is NaN, so the last image of a batch may not be its first
            # with none.
            full = len(sequences) + len(drawn) == self.size
            if len(told) == len(drawn) and (not full or any(s.segs for s in (*sequences, *told))):
                image = fade(rgb, rng) if grey else rgb
                images.append(disturb(image, rng))
                truths.append(truth)
                sequences += told
                faded.append(grey)
        return self._collate(images, truths, sequences, faded)

    def _dialogue(self, truth: SceneTruth, rng: np.random.Generator, grey: bool
                  ) -> DialogueWriter | None:
        """Draw a dialogue; None when nothing can be asked, or not without naming a colour."""
        for _ in range(ATTEMPTS):
            turns = self._turns(truth, rng)
            if grey and any(c in t.instruction for t in turns for c in self.config.colours):
                continue
            script = write(turns, truth, self.tokenizer, rng, self.config.rewording)
            if script.questions:
                return script
        return None

    def _turns(self, truth: SceneTruth, rng: np.random.Generator) -> list[Turn]:
        rounds = int(rng.integers(4, 9))
        if rng.random() >= BENCHMARK_SHARE:
            return list(generate(truth, rng, self.split, rounds))
        turns: list[Turn] = []
        for turn in dialogue(truth, self.split, int(rng.integers(1 << 31)), rounds=rounds):
            if turn.kind is Kind.UNDO:
                turns.pop()     # nothing of a round that was taken back reaches an engine
            else:
                turns.append(turn)
        return turns

    def _collate(self, images: list[np.ndarray], truths: list[SceneTruth],
                 sequences: list[DialogueWriter], faded: list[bool]) -> Batch:
        grid2, grid8 = self.config.grid(2), self.config.grid(8)
        targets: dict[tuple[int, Region], int] = {}
        masks: list[np.ndarray] = []
        boxes: list[np.ndarray] = []

        def target_index(b: int, key: Region) -> int:
            if (b, key) not in targets:
                targets[b, key] = len(masks)
                truth = truths[b // self.repeats]
                masks.append(shrink(truth.mask(*key), grid2))
                _, *box = truth.stats[key]
                boxes.append(np.array(box) / ([self.config.width, self.config.height] * 2))
            return targets[b, key]

        memory = [(b, p, target_index(b, key), number)
                  for b, s in enumerate(sequences) for p, key, number in s.memory]
        segs, pointing = [], []
        for b, s in enumerate(sequences):
            for position, key, referred in s.segs:
                segs.append((b, position, target_index(b, key)))
                meant = {target_index(b, r) for r in referred}
                right = [mt in meant and mb == b and mp < position for mb, mp, mt, _ in memory]
                pointing.append([*right, not any(right)])
        questions, presence = [], []
        for b, s in enumerate(sequences):
            for position, wanted in s.questions:
                questions.append((b, position))
                union = np.zeros(grid2, np.float32)
                for key in wanted:
                    union = np.maximum(union, masks[target_index(b, key)])
                presence.append(shrink(union, grid8).ravel())
        length = max(len(s.tokens) for s in sequences)
        dense = [self._dense(truth, grey) for truth, grey in zip(truths, faded)]

        def padded(name: str, fill: float, kind: torch.dtype) -> torch.Tensor:
            return torch.tensor([getattr(s, name) + [fill] * (length - len(s.tokens))
                                 for s in sequences], dtype=kind)

        return Batch(
            images=torch.from_numpy(np.stack(images)),
            regions=torch.from_numpy(np.stack([d[0] for d in dense])),
            colours=torch.from_numpy(np.stack([d[1] for d in dense])),
            offsets=torch.from_numpy(np.stack([d[2] for d in dense])),
            tokens=padded('tokens', 0, torch.int64),
            labels=padded('labels', IGNORE, torch.int64),
            weights=padded('weights', 0.0, torch.float32),
            memory=torch.tensor(memory, dtype=torch.int64).reshape(-1, 4),
            segs=torch.tensor(segs, dtype=torch.int64).reshape(-1, 3),
            pointing=torch.tensor(pointing, dtype=torch.bool).reshape(len(segs), -1),
            questions=torch.tensor(questions, dtype=torch.int64),
            presence=torch.from_numpy(np.stack(presence)),
            masks=torch.from_numpy(np.stack(masks).reshape(len(masks), -1)),
            boxes=torch.from_numpy(np.stack(boxes).astype(np.float32).reshape(-1, 4)))

    def _dense(self, truth: SceneTruth, grey: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Region classes, colour classes and centre offsets at stride 4."""
        ids = truth.ids[2::4, 2::4]
        region = np.zeros(256, np.int64)
        colour = np.full(256, IGNORE, np.int64)
        centre = np.zeros((256, 2), np.float32)
        for value, (index, part) in enumerate(truth.regions, start=1):
            thing = truth.objects[index]
            region[value] = self.region_index[thing.category, part]
            colour[value] = IGNORE if grey else self.colour_index[thing.colour]
            if (index, None) in truth.stats:
                _, x0, y0, x1, y1 = truth.stats[index, None]
                centre[value] = (x0 + x1) / 2, (y0 + y1) / 2
        y, x = np.mgrid[2:truth.ids.shape[0]:4, 2:truth.ids.shape[1]:4].astype(np.float32)
        offset = np.where(ids > 0, centre[ids].transpose(2, 0, 1) - np.stack((x, y)), 0) / 10
        return region[ids], colour[ids], offset.astype(np.float32)


def shrink(mask: np.ndarray, grid: tuple[int, int]) -> np.ndarray:
    """Average [H, W] down to `grid`, which divides it: float32 in [0, 1]."""
    rows, cols = grid
    small: np.ndarray = mask.reshape(
        rows, mask.shape[0] // rows, cols, mask.shape[1] // cols).mean((1, 3), dtype=np.float32)
    return small


def fade(rgb: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Take most colour out of an image, so that shapes alone must tell: uint8 [H, W, 3]."""
    grey = rgb @ np.array((0.299, 0.587, 0.114), np.float32)
    left = rng.uniform(0, 0.35) * (rgb - grey[..., None])
    faded: np.ndarray = (grey[..., None] + left + 0.5).astype(np.uint8)
    return faded


def disturb(rgb: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Change brightness, contrast, gamma and colour balance, and add noise: uint8 [H, W, 3]."""
    level = np.linspace(0, 1, 256)[None]                                     # [1, 256]
    gamma = np.exp(rng.normal(0, 0.2))
    gain = np.exp(rng.normal(0, 0.15)) * np.exp(rng.normal(0, 0.05, (3, 1)))
    table = np.clip((level ** gamma) * gain + rng.normal(0, 0.04), 0, 1) * 255   # [3, 256]
    out = np.stack([table[c][rgb[..., c]] for c in range(3)], axis=-1)
    sigma = rng.choice((0.0, 2.0, 5.0))
    if sigma:
        out = out + rng.normal(0, sigma, rgb.shape).astype(np.float32)
    return np.clip(out + 0.5, 0, 255).astype(np.uint8)
