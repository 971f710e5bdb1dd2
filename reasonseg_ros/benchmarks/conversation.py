# SPDX-License-Identifier: Apache-2.0
"""What a benchmark asks, whatever its format on disk: conversations about one image each.

Masks have the resolution of the stored image, rows and columns as the file holds them. Does not
read files, ask engines or compare masks.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from reasonseg_ros.core.masks import Rle

SEG = '[SEG]'  # where an answer shows a mask


@dataclass(frozen=True)
class TruthMask:
    """One mask of the ground truth.

    key    names it in its conversation: a later round may refer to what an earlier one asked for;
           '' = none does
    sort   object or part
    label  category where the data state one; '' = not stated
    parent key of the object that it is a part of, where that is stated
    doubled  pixels of the mask that several of its polygons cover, of which the papers' programs
             make no truth (`protocols.COUNTINGS`); None = there are none
    """

    key: str
    mask: Rle
    sort: str = 'object'
    label: str = ''
    parent: str = ''
    doubled: Rle | None = None


@dataclass(frozen=True)
class ConversationRound:
    """One instruction with what it should lead to.

    instruction  words of the data, without the markers of their format
    targets      what should be shown, in the order of the answer
    references   earlier masks that the instruction is about
    answer       right words with [SEG] at each target; '' = the data state none
    phrase       whether the instruction only names the thing ("the left mug")
    ignore       pixels that count neither as hit nor as miss
    numbers      (n, key) for each "instance n" in the words
    tags         groups that the round counts in, e.g. source:paco_lvis
    """

    instruction: str
    targets: tuple[TruthMask, ...]
    references: tuple[TruthMask, ...] = ()
    answer: str = ''
    phrase: bool = False
    ignore: Rle | None = None
    numbers: tuple[tuple[int, str], ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Conversation:
    """Rounds about one image of `size` (height, width) in pixels."""

    id: str
    image: Path
    size: tuple[int, int]
    rounds: tuple[ConversationRound, ...]


@dataclass(frozen=True)
class Dataset:
    """One split of a benchmark. A conversation is made when it is read, so that shards stay light.

    benchmark, split  e.g. refcoco, testA
    version           first 12 hex digits of the SHA-256 over the annotation files
    ids               of the conversations, unique; those of one image stand together
    read              conversation by its place in `ids`; raises BadImage for an image that is
                      missing or damaged, BadInput for an annotation that is
    """

    benchmark: str
    split: str
    version: str
    ids: tuple[str, ...]
    read: Callable[[int], Conversation]
