# SPDX-License-Identifier: Apache-2.0
"""The record of one conversation: rounds and the instances they made. It is the only truth.

Engine caches are rebuilt from it, so undo, eviction and restart never change an answer. Does not
bound the number of dialogues (`core.dialogue.book`), write to disk (`core.dialogue.store`) or read
sentences (`core.language.references`). Which object a new mask is a part of is a rule on masks and
labels (`parent_of`); as one image, instances are numbers at their pixels (`label_image`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum
from functools import cached_property

import numpy as np

from reasonseg_ros.core.errors import BadReference, Status
from reasonseg_ros.core.masks import Rle, crop

COVERED = 0.6   # share of a part's pixels that its object covers, at least
HIGHEST_LABEL = 65534  # of uint16 label images
SMALLER = 0.6   # a part's area as a share of its object's, less than this
WITHOUT = ' without '  # in the label of a mask that lacks pieces: "bottle without cap"
QUESTIONS = 8  # in words, that a dialogue remembers


class State(IntEnum):
    """Whether the instance is in view now. The values are the constants of `msg/Instance.msg`."""

    VISIBLE = 0
    OCCLUDED = 1
    LOST = 2


class Role(IntEnum):
    """What an instance is for. The values are the constants of `msg/Instance.msg`."""

    TARGET = 0
    PLACE = 1   # where a target is to be put


@dataclass(frozen=True)
class Instance:
    """A thing as one round shows it; its id never changes while the round that made it stands.

    id         1..N in its dialogue
    parent_id  0, or the id of the instance that this one is a part of
    round      index of the round that made it, from 1
    label      noun of the answer, e.g. 'mug' or 'handle'
    score      chance in [0, 1] that the mask is right
    mask       run lengths at the resolution of the round's frame
    clause     which clause of the sentence asked for it, from 0: "the mug, then the bowl" has two
    role       what its clause wants of it: "put the mug next to the bowl" has a target and a place
    first_round  index of the round that showed the thing first; 0 = this one
    last_seen  nanoseconds of the newest frame that shows it; 0 = that of the round
    reason     why it is not visible, one sentence; '' while it is
    """

    id: int
    parent_id: int
    round: int
    label: str
    score: float
    mask: Rle
    state: State = State.VISIBLE
    clause: int = 0
    role: Role = Role.TARGET
    first_round: int = 0
    last_seen: int = 0
    reason: str = ''

    def at(self, width: int, height: int) -> 'Instance':
        """Return the instance with its mask in a larger image with the same upper left corner."""
        return replace(self, mask=self.mask.padded(height, width))


@dataclass(frozen=True)
class Round:
    """One instruction and its answer.

    index        from 1
    instruction  as the user said it
    question     as the engine read it, after the reference grammar
    references   ids of earlier instances that the instruction refers to
    status       OK, NOTHING_FOUND or AMBIGUOUS; rounds that failed are never recorded
    answer       the sentence to speak back
    instances    new instances, in the order of the answer
    transcript   the engine's own words of the answer; opaque, replayed when a cache is rebuilt
    stamp        nanoseconds of the frame that was segmented
    frame_id     optical frame of that image
    engine       provenance: name and weights hash; '' where the truth stands for an answer, and
                 the transcript, where there is one, is in the words of the engine that reads it
    seconds      stage -> seconds, e.g. {'vision': 0.02, 'text': 0.01}
    source       name of the camera that the frame is of; '' where there is only one
    """

    index: int
    instruction: str
    question: str
    references: tuple[int, ...]
    status: Status
    answer: str
    instances: tuple[Instance, ...]
    transcript: str = ''
    stamp: int = 0
    frame_id: str = ''
    engine: str = ''
    seconds: dict[str, float] = field(default_factory=dict)
    source: str = ''

    @cached_property
    def nbytes(self) -> int:
        """Approximate memory of the record."""
        text = len(self.instruction) + len(self.question) + len(self.answer) + len(self.transcript)
        return 512 + text + sum(256 + len(i.mask.counts) for i in self.instances)


@dataclass(frozen=True)
class Prohibition:
    """What the user said must be left alone, or need be no more. It makes no round, and holds until
    it is lifted; which of the two it is, its words say.

    round        index of the newest round when it was said, 0 before the first
    instruction  as the user said it
    references   ids of the earlier instances that it refers to
    """

    round: int
    instruction: str
    references: tuple[int, ...] = ()


class Dialogue:
    """Rounds in order. Only `append`, `forbid`, `speak_of` and `rewind` change it.

    highest       id of an instance that was given before; those up to it are not given again
    prohibitions  what must be left alone, oldest first
    spoken_of     questions about things that were answered in words since the newest round, as the
                  user said them: "all of them" may be what was counted. Not kept on disk
    """

    def __init__(self, dialogue_id: str, rounds: tuple[Round, ...] = (), highest: int = 0,
                 prohibitions: tuple[Prohibition, ...] = (), spoken_of: tuple[str, ...] = ()
                 ) -> None:
        self.id = dialogue_id
        self.prohibitions = prohibitions
        self.spoken_of = spoken_of
        self._rounds = list(rounds)
        self._highest = highest
        self._nbytes = sum(r.nbytes for r in rounds)

    @property
    def rounds(self) -> tuple[Round, ...]:
        """All recorded rounds, oldest first."""
        return tuple(self._rounds)

    @property
    def instances(self) -> tuple[Instance, ...]:
        """All things of all rounds, each as the newest round shows it, the first one first."""
        return tuple({i.id: i for r in self._rounds for i in r.instances}.values())

    @property
    def next_id(self) -> int:
        """Id that the next new instance gets: one that no instance had, taken back or not."""
        return 1 + max(self._highest, *(i.id for i in self.instances), 0)

    @property
    def nbytes(self) -> int:
        """Approximate memory of the record."""
        return self._nbytes

    @property
    def is_new(self) -> bool:
        """Whether nothing was said in it that is remembered."""
        return not (self._rounds or self._highest or self.prohibitions or self.spoken_of)

    def check(self, record: Round) -> None:
        """Raise ValueError unless the index of the round is the next one."""
        if record.index != len(self._rounds) + 1:
            raise ValueError(f'round {record.index} cannot follow round {len(self._rounds)}')

    def append(self, record: Round) -> None:
        """Record a finished round; its index must be the next one."""
        self.check(record)
        self.spoken_of = ()
        self._rounds.append(record)
        self._nbytes += record.nbytes

    def forbid(self, prohibition: Prohibition) -> None:
        """Remember that something must be left alone."""
        self.prohibitions = (*self.prohibitions, prohibition)

    def speak_of(self, instruction: str) -> None:
        """Remember a question about things that was answered in words."""
        self.spoken_of = (*self.spoken_of, instruction)[-QUESTIONS:]

    def rewind(self, keep: int, *, reuse_ids: bool = False) -> tuple[Round, ...]:
        """Keep the first `keep` rounds and return the ones taken away.

        Prohibitions that were said after what is kept go, too; with no round kept, all.

        reuse_ids  gives the ids of what goes again, as if nothing of it had ever been said;
                   otherwise a number that a robot still holds never comes to mean another thing
        """
        if not 0 <= keep <= len(self._rounds):
            raise BadReference(f'dialogue "{self.id}" has no round {keep}; '
                               f'rounds so far: {len(self._rounds)}')
        highest = 0 if reuse_ids else self.next_id - 1
        gone = tuple(self._rounds[keep:])
        del self._rounds[keep:]
        self.spoken_of = ()
        self.prohibitions = tuple(p for p in self.prohibitions if keep and p.round <= keep)
        self._nbytes -= sum(r.nbytes for r in gone)
        self._highest = highest
        return gone

    def instance(self, instance_id: int) -> Instance:
        """Return the instance with this id, or raise BadReference naming what exists."""
        for instance in self.instances:
            if instance.id == instance_id:
                return instance
        known = ', '.join(f'{i.id} ({i.label})' for i in self.instances) or 'none yet'
        raise BadReference(f'there is no instance {instance_id}; instances so far: {known}')

    def round(self, index: int) -> Round:
        """Return round `index` (from 1), or raise BadReference naming what exists."""
        for record in self._rounds:
            if record.index == index:
                return record
        newest = [str(r.index) for r in self._rounds[-5:]]
        raise BadReference(f'there is no round {index}; rounds so far: {len(self._rounds)}'
                           + (f', the newest {", ".join(newest)}' if newest else ''))

    def seen_by(self, source: str) -> 'Dialogue':
        """Return the dialogue with only those rounds that are about one camera; itself if all are.
        """
        rounds = tuple(r for r in self._rounds if r.source == source)
        return self if len(rounds) == len(self._rounds) else Dialogue(
            self.id, rounds, prohibitions=self.prohibitions, spoken_of=self.spoken_of)


def parent_of(new: Instance, said: int, references: Sequence[Instance],
              earlier: Iterable[Instance]) -> int:
    """Return the id of the object that `new` is a part of, or 0.

    said        what the engine says; it stands where there is such an instance
    references  instances that the question refers to; they are tried before all others
    earlier     every instance of the dialogue so far, those of the same answer included

    Otherwise a mask is a part of an object (an instance that is itself no part) whose label
    differs, that covers at least COVERED of it and is clearly larger. Of several, a referenced
    one comes first, then the newest. Masks of another resolution are not compared; masks of
    another view are, so after the camera moved only what the engine says can be relied on.
    """
    earlier = tuple(earlier)
    if said and any(i.id == said for i in earlier):
        return said
    for whole in (*references, *reversed(earlier)):
        if whole.parent_id == 0 and whole.label != new.label and _part_of(new, whole):
            return whole.id
    return 0


def _part_of(new: Instance, whole: Instance) -> bool:
    if not new.mask.same_size(whole.mask) or new.mask.area >= SMALLER * whole.mask.area:
        return False
    return new.mask.covered_by(whole.mask) >= COVERED


def label_image(instances: Iterable[Instance], height: int, width: int, *, parts: bool,
                below: np.ndarray | None = None) -> np.ndarray:
    """Return uint16 [H, W]: 0 background, else the id of the instance that covers the pixel.

    All masks have that height and width.

    parts   False paints the objects (parent_id 0), True the parts (the others); an object and its
            part overlap, so one image cannot hold both
    below   a label image of instances with lower ids; it is changed

    Ids above HIGHEST_LABEL are left out: 65535 stands for unlabelled in vision_msgs. Where two
    overlap, the later id wins: it is what was spoken of last.
    """
    image = np.zeros((height, width), np.uint16) if below is None else below
    chosen = [i for i in instances if bool(i.parent_id) == parts and i.id <= HIGHEST_LABEL]
    for instance in sorted(chosen, key=lambda i: i.id):
        (x, y, w, h), inside = crop(instance.mask)
        image[y:y + h, x:x + w][inside] = instance.id
    return image
