# SPDX-License-Identifier: Apache-2.0
"""What the papers' systems learn from: images with conversations, drawn from a mix of sources.

A draw is a function of the seed and its number alone, so that a run that was killed goes on with
the samples that it would have had. Knows no tokens and no model.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from reasonseg_ros.benchmarks.annotations import from_sized
from reasonseg_ros.benchmarks.catalogue import open_benchmark
from reasonseg_ros.benchmarks.conversation import ConversationRound, Dataset
from reasonseg_ros.benchmarks.files import field, read_json
from reasonseg_ros.benchmarks.image_files import read_rgb
from reasonseg_ros.benchmarks.places import Places
from reasonseg_ros.core.errors import BadImage, BadInput
from reasonseg_ros.core.masks import Rle

TRIES = 20      # samples in a row that may be unusable


@dataclass(frozen=True, eq=False)
class Sample:
    """An image uint8 [H, W, 3] with rounds about it.

    regions  masks that SAM proposes, the largest first; () where nobody needs them
    words    about each mask of the rounds, in order; () where nobody has named it
    """

    name: str
    rgb: np.ndarray
    rounds: tuple[ConversationRound, ...]
    regions: tuple[Rle, ...] = ()
    words: tuple[tuple[str, ...], ...] = ()


class Source(Protocol):
    """Samples by their places."""

    def __len__(self) -> int: ...

    def sample(self, place: int) -> Sample:
        """Raises BadImage and BadInput for a sample that cannot be used."""


@dataclass(frozen=True)
class BenchmarkSource:
    """Conversations of a data set, with the regions of their images where these are needed."""

    dataset: Dataset
    regions: 'RegionCache | None' = None

    def __len__(self) -> int:
        return len(self.dataset.ids)

    def sample(self, place: int) -> Sample:
        """Read a conversation and its image."""
        conversation = self.dataset.read(place)
        rgb = read_rgb(conversation.image, conversation.size)
        if rgb.shape[:2] != conversation.size:
            raise BadImage(f'image "{conversation.image}" is {rgb.shape[1]}x{rgb.shape[0]}, its '
                           f'annotation {conversation.size[1]}x{conversation.size[0]}; obtain the '
                           'image again')
        regions = self.regions.of(conversation.image) if self.regions else ()
        return Sample(conversation.id, rgb, conversation.rounds, regions)


class RegionCache:
    """Regions of images that SAM's everything mode found beforehand, in LLM-Seg's own files.

    A file is a list of {"image", "target_size" [h, w], "masks": [{"segmentation", "area"}]}.
    """

    def __init__(self, files: Sequence[Path], most: int) -> None:
        self._records: dict[str, Any] = {}
        self._most, self._files = most, files
        for path in files:
            held = read_json(path)
            if not isinstance(held, list):
                raise BadInput(f'"{path}" holds a {type(held).__name__}; expected a list of images '
                               'with masks')
            self._records |= {field(record, 'image', f'"{path}"', str): record for record in held}

    def of(self, image: Path) -> tuple[Rle, ...]:
        """Regions of an image, the largest first. Raises BadInput where there are none."""
        name = '/'.join(image.parts[-3:])
        record = self._records.get(image.name) or self._records.get(name)
        if record is None:
            raise BadInput(f'no file of --regions has the image "{image.name}"; add it with SAM\'s '
                           'everything mode')
        masks = field(record, 'masks', f'the regions of "{image.name}"', list)
        ranked = sorted(masks, key=lambda m: -int(field(m, 'area', image.name, int)))
        return tuple(from_sized(field(m, 'segmentation', image.name, object), image.name)
                     for m in ranked[:self._most])


@dataclass(frozen=True)
class Mixture:
    """Several sources, each with its weight.

    one_source  whether the samples of a draw all come from one source
    usable      whether a sample can be learnt from; others are drawn again
    """

    sources: tuple[tuple[str, float, Source], ...]
    seed: int
    one_source: bool = False
    usable: Callable[[Sample], bool] = lambda sample: True

    def __len__(self) -> int:
        """Conversations of all sources."""
        return sum(len(source) for _, _, source in self.sources)

    def draw(self, number: int, count: int) -> tuple[list[Sample], np.random.Generator]:
        """Samples of a draw, and the random numbers for what is made of them."""
        rng = np.random.default_rng([self.seed, number])
        weights = np.array([weight for _, weight, _ in self.sources])
        weights /= weights.sum()
        drawn: list[Sample] = []
        choice = int(rng.choice(len(weights), p=weights))
        for _ in range(count):
            if not self.one_source:
                choice = int(rng.choice(len(weights), p=weights))
            drawn.append(self._usable(choice, rng))
        return drawn, rng

    def _usable(self, choice: int, rng: np.random.Generator) -> Sample:
        name, _, source = self.sources[choice]
        error: Exception = BadInput('none can be learnt from')
        for _ in range(TRIES):
            try:
                sample = source.sample(int(rng.integers(len(source))))
                if self.usable(sample):
                    return sample
            except (BadImage, BadInput) as bad:
                error = bad
        raise BadInput(f'{TRIES} samples of "{name}" in a row cannot be used, the last one since: '
                       f'{error}')


def open_sources(mix: Sequence[tuple[str, float]], places: Places, regions: RegionCache | None,
                 split: str = 'train') -> tuple[tuple[str, float, Source], ...]:
    """Open a split of each source of a mix. Raises BadInput for one that is missing, or empty."""
    found: list[tuple[str, float, Source]] = []
    for name, weight in mix:
        dataset = open_benchmark(places, name, split)
        if not dataset.ids:
            raise BadInput(f'the {split} split of "{name}" has no conversation with a mask; leave '
                           f'it out with --leave-out {name}')
        found.append((name, weight, BenchmarkSource(dataset, regions)))
    return tuple(found)
