# SPDX-License-Identifier: Apache-2.0
"""Conversations of the simulated tabletop in the manner of MRSeg, MMR and LLM-Seg40K.

A small proof that training works needs no data set: scenes with exact truth are rendered, and each
system gets conversations of its own kind. SegLLM's are about two things of a kind: the first round
shows one of them, which one the words do not say, and the second asks for the other; whoever does
not remember the mask can only guess. M2SA's ask for several things, each by its colour, and their
parts at once, and LLM-Seg's for one thing by what it is for. Words are those of the simulator's
catalogue.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image

from reasonseg_ros.benchmarks.conversation import SEG, ConversationRound, TruthMask
from reasonseg_ros.core.errors import BadInput
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.engines.public import llama_engine, segllm
from reasonseg_ros.sim.dialogues.truth import SceneTruth
from reasonseg_ros.sim.world.catalogue import BY_NAME, COLOURS
from reasonseg_ros.training.papers.samples import Sample
from reasonseg_ros.training.scene_dataset import SceneSet, build

SEEN = 60       # pixels from which a thing, or its part, is asked for
LARGE = 100     # pixels from which two things of a kind are told apart, by their colours
SHARE = 0.02    # of what SegLLM sees, from which a thing is large enough for its small network
AROUND = 1.15, 1.8      # sides of what SegLLM sees, in those of the box about the two things
SCENES = {'train': 2000, 'val': 60}
PAIRS = {'train': 12000, 'val': 160}    # scenes for SegLLM: half of them have two things of a kind
TALKS = {'train': 4, 'val': 2}  # of SegLLM about a scene; every other one sees it in a mirror
NAMED = 2       # of SegLLM's conversations about a scene in training, the first that names colours
TURNS = {'train': 2, 'val': 1}  # rounds of SegLLM's that ask for the other one, each after the last
OTHER = 'relation:other'
OFTEN = 20      # times that carrier sentences count in the words of a tokenizer


@dataclass(frozen=True)
class SimulatorSource:
    """Samples for one system from a folder of scenes; SegLLM has TALKS about each of `places`."""

    system: str
    scenes: SceneSet
    places: tuple[int, ...]
    split: str

    def __len__(self) -> int:
        return len(self.places) * self.talks

    @property
    def talks(self) -> int:
        """Conversations about a scene."""
        return TALKS[self.split] if self.system == 'segllm' else 1

    def sample(self, place: int) -> Sample:
        """A conversation about a scene; raises BadInput for one that cannot be asked about."""
        scene, talk = divmod(place, self.talks)
        index = self.places[scene]
        truth, rgb = self.scenes.truth(index), self.scenes.rgb(index)
        if talk % 2:
            truth = replace(truth, ids=np.ascontiguousarray(truth.ids[:, ::-1]))
            rgb = np.ascontiguousarray(rgb[:, ::-1])
        rng = np.random.default_rng([self.scenes.seed(index), len(self.system), talk])
        words: tuple[tuple[str, ...], ...] = ()
        if self.system == 'segllm':
            truth, rgb = _near(truth, rgb, rng)
            named = self.split == 'train' and talk >= NAMED
            rounds = (_named(truth, rng) if named
                      else _other(truth, rng)[:1 + TURNS[self.split]])
            if any(t.mask.area < SHARE * truth.ids.size for r in rounds for t in r.targets):
                rounds = ()
            words = tuple(_words(truth, asked) for asked in rounds)
        else:
            rounds = WRITERS[self.system](truth, rng)
        if not rounds:
            raise BadInput(f'scene {index} has nothing that this system is asked about')
        return Sample(f'{self.split}-{index}-{talk}', rgb, rounds, _regions(truth), words)


def open_simulator(system: str, split: str, folder: Path, processes: int = 1,
                   count: int = 0) -> SimulatorSource:
    """Render the scenes of a split, or open those that are there, and leave out unsuitable ones."""
    usual = PAIRS if system == 'segllm' else SCENES
    scenes = build(split, 0, count or usual[split], folder, processes)
    rng = np.random.default_rng(0)
    places = tuple(i for i in range(len(scenes)) if WRITERS[system](scenes.truth(i), rng))
    if not places:
        raise BadInput(f'none of the {len(scenes)} scenes in "{folder}" has what "{system}" is '
                       'asked about; render more of them')
    return SimulatorSource(system, scenes, places, split)


def sentences() -> list[str]:
    """Words that conversations are made of, for a tokenizer."""
    carriers = [llama_engine.SYSTEM, segllm.SYSTEM, 'Please output segmentation mask.',
                'Please respond with segmentation mask.', 'Sure, it is.', 'The and the']
    # Said in every conversation, so that few tokens are left of them.
    said = [*carriers * OFTEN, *COLOURS]
    for name, category in BY_NAME.items():
        said += [f'Segment {_a(name)}.', f'Segment the other {name}.', f'What is the {name}?',
                 *(f"the {name}'s {part}" for part in category.parts),
                 *(f'Segment something to {use}.' for use in category.uses)]
    return said


def _a(name: str) -> str:
    return f'{"an" if name[0] in "aeiou" else "a"} {name}'


def _visible(truth: SceneTruth) -> dict[str, list[int]]:
    """Category -> its objects that can be seen well, from left to right."""
    found: dict[str, list[int]] = {}
    for index, thing in enumerate(truth.objects):
        if truth.stats.get((index, None), (0,))[0] >= SEEN:
            found.setdefault(thing.category, []).append(index)
    return {name: sorted(indices, key=lambda i: truth.stats[i, None][1])
            for name, indices in found.items()}


def _target(truth: SceneTruth, index: int, part: str | None = None) -> TruthMask:
    owner = truth.objects[index].category
    label = f'{owner}:{part}' if part else owner
    return TruthMask(f'{index}/{part or ""}', Rle.encode(truth.mask(index, part)),
                     'part' if part else 'object', label, f'{index}/' if part else '')


def _other(truth: SceneTruth, rng: np.random.Generator) -> tuple[ConversationRound, ...]:
    """Rounds about two things of a kind, which differ in colour: one of them, the other, and back.

    What a round refers to is the mask of the round before.
    """
    pairs = _pairs(truth)
    if not pairs:
        return ()
    name = pairs[int(rng.integers(len(pairs)))]
    first, second = (_target(truth, i) for i in rng.permutation(_visible(truth)[name]).tolist())
    return (ConversationRound(f'Segment {_a(name)}.', (first,), tags=('relation:none',)),
            *(ConversationRound(f'Segment the other {name}.', (new,), (old,), tags=(OTHER,))
              for old, new in ((first, second), (second, first))))


def _named(truth: SceneTruth, rng: np.random.Generator) -> tuple[ConversationRound, ...]:
    """Two rounds about two things of a kind, each named by its colour."""
    pairs = _pairs(truth)
    if not pairs:
        return ()
    name = pairs[int(rng.integers(len(pairs)))]
    targets = [(truth.objects[i].colour, _target(truth, i))
               for i in rng.permutation(_visible(truth)[name]).tolist()]
    return tuple(ConversationRound(f'Segment the {colour} {name}.', (target,))
                 for colour, target in targets)


def _words(truth: SceneTruth, asked: ConversationRound) -> tuple[str, ...]:
    """Words about the one mask of a round: its kind, and the colour that it has or has not."""
    name, shown = asked.targets[0].label, asked.references or asked.targets
    colour = truth.objects[int(shown[0].key.split('/')[0])].colour
    if asked.references:
        return name, 'other', colour
    return (name, colour) if f' {colour} ' in asked.instruction else (name,)


def _pairs(truth: SceneTruth) -> list[str]:
    """Kinds of which there are two things that can be told apart."""
    return [name for name, found in sorted(_visible(truth).items())
            if len(found) == len(_by_colour(truth, found)) == 2
            and all(truth.stats[i, None][0] >= LARGE for i in found)]


def _near(truth: SceneTruth, rgb: np.ndarray, rng: np.random.Generator
          ) -> tuple[SceneTruth, np.ndarray]:
    """Cut the image around two things of a kind, so that a small network sees them well."""
    pairs = _pairs(truth)
    if not pairs:
        return truth, rgb
    both = _visible(truth)[pairs[int(rng.integers(len(pairs)))]]
    rows, columns = np.nonzero(truth.mask(both[0]) | truth.mask(both[1]))
    height, width = truth.ids.shape
    sides = np.ptp(columns) + 1, np.ptp(rows) + 1
    scale = min(1.0, rng.uniform(*AROUND) * max(sides[0] / width, sides[1] / height))
    cut = int(scale * width), int(scale * height)
    left, top = (int(rng.integers(max(0, low + side - size), min(low, whole - size) + 1))
                 for low, side, size, whole in zip((columns.min(), rows.min()), sides, cut,
                                                   (width, height)))
    part = np.s_[top:top + cut[1], left:left + cut[0]]
    ids = Image.fromarray(truth.ids[part]).resize((width, height), Image.Resampling.NEAREST)
    image = Image.fromarray(rgb[part]).resize((width, height), Image.Resampling.BILINEAR)
    return replace(truth, ids=np.asarray(ids)), np.asarray(image)


def _several(truth: SceneTruth, rng: np.random.Generator) -> tuple[ConversationRound, ...]:
    """Rounds about two things each, or one of them with its part; by colour, which tells them."""
    alone = [(f'{colour} {name}', found[0]) for name, indices in sorted(_visible(truth).items())
             for colour, found in _by_colour(truth, indices).items() if len(found) == 1]
    order = rng.permutation(len(alone)).tolist()
    rounds = []
    for begin in range(0, len(order), 2):
        asked: list[tuple[str, TruthMask]] = []
        for name, index in (alone[i] for i in order[begin:begin + 2]):
            asked.append((name, _target(truth, index)))
            parts = [part for owner, part in truth.regions
                     if owner == index and truth.stats.get((index, part), (0,))[0] >= SEEN]
            if parts and rng.random() < 0.5:
                part = parts[int(rng.integers(len(parts)))]
                asked.append((f"{name}'s {part}", _target(truth, index, part)))
        words = [f'the {name}' for name, _ in asked[:3]]
        # What predicts [SEG] is the name itself, as in MMR: a small model hardly looks back.
        answer = ' and '.join(f'{word} {SEG}' for word in words)
        rounds.append(ConversationRound(
            f'Segment {" and ".join(words)}.', tuple(target for _, target in asked[:3]),
            answer=f'{answer[:1].upper()}{answer[1:]}.'))
    return tuple(rounds)


def _by_colour(truth: SceneTruth, indices: Sequence[int]) -> dict[str, list[int]]:
    """Colour -> those of some objects that have it."""
    found: dict[str, list[int]] = {}
    for index in indices:
        found.setdefault(truth.objects[index].colour, []).append(index)
    return found


def _use(truth: SceneTruth, rng: np.random.Generator) -> tuple[ConversationRound, ...]:
    """A question about each thing that is the only one of its kind and colour, by its use."""
    rounds = []
    for name, indices in sorted(_visible(truth).items()):
        uses = BY_NAME[name].uses
        for colour, found in _by_colour(truth, indices).items():
            if len(found) == 1:
                said = f'Segment something {colour} to {uses[int(rng.integers(len(uses)))]}.'
                rounds.append(ConversationRound(said, (_target(truth, found[0]),),
                                                answer=f'{SEG}.'))
    return tuple(rounds)


WRITERS = {'segllm': _other, 'm2sa': _several, 'lisa': _use, 'llmseg': _use}


def _regions(truth: SceneTruth) -> tuple[Rle, ...]:
    """What a good proposer of regions finds: things, their parts, and the table."""
    masks: Sequence[np.ndarray] = [
        *(truth.mask(i) for i in range(len(truth.objects))),
        *(truth.ids == value for value in range(1, len(truth.regions) + 1)), truth.ids == 0]
    kept = sorted((mask for mask in masks if mask.sum() >= SEEN // 2),
                  key=lambda mask: -int(mask.sum()))
    return tuple(Rle.encode(mask) for mask in kept)
