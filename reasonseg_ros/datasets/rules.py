# SPDX-License-Identifier: Apache-2.0
"""The rules by which MRSeg turns annotations of one image into conversations.

Positional: one thing after another, later ones by their place to an earlier result in two of three
rounds. Hierarchical: an instance, then its parts. Hard: one of two of a class is given, the other
one is asked for. Interactional: a subject, then the object of its relationship. Direct and
attribute: one round. An earlier result is named by its caption in half of the cases, else by its
number. Source: SegLLM (Wang et al. 2024), section "MRSeg"; the sentences are our own (`wording`).

Everything is drawn from the `Random` that is given. Reads and writes no file.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from reasonseg_ros.datasets.coco_table import Box
from reasonseg_ros.datasets.wording import RELATIONS, clause, definite, noun, ordinal, sentence

MOST = 18           # annotations of a positional conversation
FEWEST = 2
DIRECT = 1 / 3      # of the rounds after the first ask without a relation
BY_CAPTION = 1 / 2  # of the earlier results are named by their captions
MOST_INSTANCES, MOST_PARTS = 4, 4
MOST_RELATIONSHIPS = 4
MOST_CLASSES = 3    # of an image that are asked for by class alone

Plain = dict[str, Any]  # a conversation as the file holds it


@dataclass(frozen=True)
class NamedMask:
    """A mask and the words for it: `mask` is its name in its source."""

    mask: str
    caption: str
    box: Box


@dataclass(frozen=True)
class Whole:
    """An instance with its parts: (name of the part, mask)."""

    mention: NamedMask
    parts: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class MaskPlace:
    """Where masks lie that conversations name, and whose templates they use."""

    image: str
    source: str
    split: str

    def encode(self, mask: str) -> str:
        """Return the two markers that bring an earlier mask."""
        name = f'{self.image}|{self.source}|{mask}'
        return f'[MASK-ENCODE:{name}][BOX-ENCODE:{name}]'

    def decode(self, mask: str, relation: str = 'none', reference: str = 'none') -> str:
        """Return the marker of an answer."""
        return f'[MASK-DECODE:{relation}:{reference}:{mask}:{self.image}:{self.source}]'

    def conversation(self, rounds: Sequence[tuple[str, str]]) -> Plain:
        """Return a conversation of (message, answer); the first message brings the image."""
        turns = []
        for number, (human, gpt) in enumerate(rounds):
            shown = f'[IMAGE256:{self.image}] {human}' if number == 0 else human
            turns += [{'from': 'human', 'value': shown}, {'from': 'gpt', 'value': gpt}]
        return {'task': 'segmentation', 'base': '[null]', 'conversations': turns}


def relation_of(target: Box, reference: Box) -> str:
    """Return the place of a box to another one, one of `wording.RELATIONS` except 'same'.

    A box is to the left when its centre lies left of the other's left edge and the other's centre
    right of its own right edge; likewise for the other sides. A box that is to no side overlaps.
    """
    across = _side(target[0], target[2], reference[0], reference[2])
    down = _side(target[1], target[3], reference[1], reference[3])
    if not across and not down:
        return 'overlapping'
    if not across:
        return 'above' if down < 0 else 'below'
    side = 'left' if across < 0 else 'right'
    return f'{"upper" if down < 0 else "lower"}-{side}' if down else side


def _side(low: float, high: float, other_low: float, other_high: float) -> int:
    """-1 before, 1 behind, 0 beside."""
    middle, other = (low + high) / 2, (other_low + other_high) / 2
    if middle < other_low and other > high:
        return -1
    if middle > other_high and other < low:
        return 1
    return 0


def named(rng: Random, caption: str, number: int) -> str:
    """Name the result of round `number` (from 1): by its caption, or by the number."""
    if rng.random() < BY_CAPTION:
        return caption
    return f'instance {number}' if rng.random() < 0.5 else f'the output of round {number}'


def positional(rng: Random, here: MaskPlace, mentions: Sequence[NamedMask]) -> list[Plain]:
    """One conversation of 2 to 18 rounds; none for fewer annotations."""
    if len(mentions) < FEWEST:
        return []
    chosen = rng.sample(mentions, min(MOST, len(mentions)))
    rounds: list[tuple[str, str]] = []
    for place, mention in enumerate(chosen):
        if place == 0 or rng.random() < DIRECT:
            asked = sentence(rng, 'direct', here.split, thing=mention.caption)
            rounds.append((asked, here.decode(mention.mask)))
            continue
        earlier = rng.randrange(place)
        reference = chosen[earlier]
        relation = 'same' if reference.mask == mention.mask else relation_of(
            mention.box, reference.box)
        asked = sentence(rng, 'relational', here.split, thing=mention.caption,
                         relation=RELATIONS[relation],
                         other=named(rng, reference.caption, earlier + 1))
        rounds.append((here.encode(reference.mask) + asked,
                       here.decode(mention.mask, 'relational', reference.mask)))
    return [here.conversation(rounds)]


def hierarchical(rng: Random, here: MaskPlace, wholes: Sequence[Whole]) -> list[Plain]:
    """One conversation about 1 to 4 instances and 1 to 4 parts of each; none without parts."""
    wholes = [whole for whole in wholes if whole.parts]
    if not wholes:
        return []
    rounds: list[tuple[str, str]] = []
    for whole in rng.sample(wholes, rng.randint(1, min(MOST_INSTANCES, len(wholes)))):
        owner = whole.mention
        asked = sentence(rng, 'direct', here.split, thing=owner.caption)
        rounds.append((asked, here.decode(owner.mask)))
        number = len(rounds)
        for name, mask in rng.sample(whole.parts,
                                     rng.randint(1, min(MOST_PARTS, len(whole.parts)))):
            asked = sentence(rng, 'hierarchical', here.split, part=definite(name),
                             whole=named(rng, owner.caption, number))
            rounds.append((here.encode(owner.mask) + asked,
                           here.decode(mask, 'hierarchical', owner.mask)))
    return [here.conversation(rounds)]


def hard(rng: Random, here: MaskPlace, classes: Mapping[str, Sequence[str]]) -> list[Plain]:
    """Two conversations about a pair of one class: each with one given, the other asked for.

    classes  category -> masks; only those of exactly two count
    """
    pairs = [(category, tuple(masks)) for category, masks in classes.items() if len(masks) == 2]
    if not pairs:
        return []
    category, (first, second) = rng.choice(pairs)
    made = []
    for given, asked in ((first, second), (second, first)):
        words = sentence(rng, 'other', here.split, category=noun(category))
        made.append(here.conversation([(f'{here.encode(given)} {words}',
                                         here.decode(asked, 'relational', given))]))
    return made


def interactional(rng: Random, here: MaskPlace, subject: NamedMask, predicate: str,
                  target: NamedMask) -> list[Plain]:
    """One conversation of two rounds; none where the form of the predicate is not known."""
    relationship = clause(predicate)
    if not relationship:
        return []
    first = sentence(rng, 'direct', here.split, thing=subject.caption)
    second = sentence(rng, 'interactional', here.split, thing=target.caption,
                      other=named(rng, subject.caption, 1), clause=relationship)
    return [here.conversation([
        (first, here.decode(subject.mask)),
        (here.encode(subject.mask) + second,
         here.decode(target.mask, 'interactional', subject.mask))])]


def direct(rng: Random, here: MaskPlace, caption: str, mask: str) -> Plain:
    """One round that names the thing."""
    asked = sentence(rng, 'direct', here.split, thing=definite(caption))
    return here.conversation([(asked, here.decode(mask))])


def described(rng: Random, here: MaskPlace, description: str, category: str, mask: str) -> Plain:
    """One round that describes the thing without its name; the answer names the class."""
    asked = sentence(rng, 'attribute', here.split, description=definite(description))
    return here.conversation([(asked, f'It is {definite(noun(category))} {here.decode(mask)}')])


def few(mentions: Sequence[NamedMask], categories: Sequence[str], most: int = 2) -> list[NamedMask]:
    """Mentions of classes with at most `most` things here; of several, with their relative place.

    categories  of the mentions, whose own captions are not used
    """
    counts = Counter(categories)
    kept = []
    for category, count in counts.items():
        if count > most:
            continue
        same = [m for m, c in zip(mentions, categories) if c == category]
        captions = [noun(category)] if count == 1 else placed(noun(category), [
            m.box for m in same])
        kept += [NamedMask(m.mask, definite(caption), m.box)
                 for m, caption in zip(same, captions) if caption]
    return kept


def placed(name: str, boxes: Sequence[Box]) -> list[str]:
    """Return captions that tell things of one name apart by their places; '' where they do not."""
    middles = [((b[0] + b[2]) / 2, (b[1] + b[3]) / 2) for b in boxes]
    spans = [max(m[axis] for m in middles) - min(m[axis] for m in middles) for axis in (0, 1)]
    axis = int(spans[1] > spans[0])
    order = sorted(range(len(boxes)), key=lambda i: middles[i][axis])
    if spans[axis] <= 0:
        return [''] * len(boxes)
    captions = [''] * len(boxes)
    for place, index in enumerate(order):
        if len(boxes) == 2:
            captions[index] = (f'{("upper", "lower")[place]} {name}' if axis
                               else f'{name} on the {("left", "right")[place]}')
        elif ordinal(place):
            captions[index] = (f'{ordinal(place)} {name} from the {("left", "top")[axis]}')
    return captions
