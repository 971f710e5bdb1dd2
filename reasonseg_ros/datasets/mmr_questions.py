# SPDX-License-Identifier: Apache-2.0
"""MMR: questions about several objects and parts, written by a vision-language model.

The model gets an image of PACO-LVIS with the labels and boxes of its objects and parts, describes
it, and writes pairs of question and answer. Every rule that can be checked is checked here; what
people have to judge goes into a review (`review`). `benchmarks.mmr` reads the result.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reasonseg_ros.benchmarks.mmr import FILES
from reasonseg_ros.core.errors import BadImage
from reasonseg_ros.datasets.chat_client import ChatClient
from reasonseg_ros.datasets.coco_table import CocoImage, CocoTable, segmentations
from reasonseg_ros.datasets.drafts import record
from reasonseg_ros.datasets.generation import (
    BadForm,
    Complaints,
    Prompts,
    asked,
    assistant,
    data_url,
    json_in,
    names_any,
    normal,
    only_text,
    user,
)
from reasonseg_ros.datasets.review import ReviewItem
from reasonseg_ros.datasets.wording import noun

PROMPTS = ('mmr_caption', 'mmr_pairs')
TARGETS = {'mixed': 'test-mixed', 'object': 'test-object', 'part': 'test-part'}
TEMPERATURE, MOST_TOKENS = 0.7, 850
MOST_TARGETS = 16
MOST_REGIONS = 60   # that one image is described with
# Paper: images, and pairs by split.
PAPER = {'train': 154_127, 'val': 8_194, 'test': 32_077}

_MARK = re.compile(r'\s*\[([^\[\]]+)\]')
_LABEL = re.compile(r'\b\w+_\d+\b')
_PLACE = re.compile(r'\d|[\[\](){}<>]|\b(?:coordinates?|pixels?|bounding box(?:es)?|'
                    r'(?:top|bottom|upper|lower)[- ](?:left|right)|on the (?:left|right))\b',
                    re.IGNORECASE)


@dataclass(frozen=True)
class Region:
    """An object or part that an answer can show.

    label     what the model calls it: "knife_1", "knife_1's handle"
    category  of PACO: "knife", "knife:handle"
    noun      what people call it, and `owner` the object that it is a part of, '' for an object
    """

    annotation: int
    label: str
    category: str
    noun: str
    owner: str
    box: tuple[float, float, float, float]


@dataclass(frozen=True)
class QuestionAnswer:
    """A pair that passed every rule; `text` has {seg} after each target."""

    question: str
    text: str
    targets: tuple[Region, ...]
    raw: str


def regions_of(table: CocoTable, image: CocoImage, targets: str = 'mixed') -> list[Region]:
    """Return objects and parts of an image under running numbers for each class.

    targets  mixed, or object or part alone
    """
    annotations = table.annotations(image.id)
    counts: Counter[str] = Counter()
    owners: dict[int, tuple[str, str]] = {}
    found: list[Region] = []
    for a in annotations:
        if ':' not in a.category:
            name = noun(a.category)
            counts[name] += 1
            label = f'{name.replace(" ", "_")}_{counts[name]}'
            owners[a.id] = label, name
            if targets != 'part':
                found.append(Region(a.id, label, a.category, name, '', a.box))
    parts: Counter[str] = Counter()
    for a in annotations:
        if ':' in a.category and a.owner in owners and targets != 'object':
            part = noun(a.category.split(':')[1])
            label = f"{owners[a.owner][0]}'s {part}"
            parts[label] += 1
            if parts[label] == 1:
                found.append(Region(a.id, label, a.category, part, owners[a.owner][1], a.box))
    return [r for r in found if parts[r.label] < 2][:MOST_REGIONS]


def chosen(table: CocoTable, targets: str, limit: int) -> list[CocoImage]:
    """Return the images that are asked about: for part those rich in parts, for object the others.

    limit  how many, 0 = all
    """
    images = list(table)
    if targets != 'mixed':
        parts = {i.id: sum(':' in a.category for a in table.annotations(i.id)) for i in images}
        images.sort(key=lambda i: -parts[i.id] if targets == 'part' else parts[i.id])
    return images[:limit] if limit else images


class MmrWriter:
    """Has pairs written for images; counts what is wrong with those that are dropped."""

    def __init__(self, client: ChatClient, prompts: Prompts, images: Path, table: CocoTable,
                 targets: str = 'mixed', count: int = 3) -> None:
        self._client, self._prompts, self._images = client, prompts, images
        self._table, self._targets, self._count = table, targets, count
        self.complaints: Complaints = Counter()

    def write(self, image: CocoImage) -> list[QuestionAnswer]:
        """Return the good pairs of an image. Raises EndpointDown and OverBudget."""
        regions = regions_of(self._table, image, self._targets)
        if not regions:
            return []
        try:
            shown = data_url(self._images / image.name)
        except BadImage:
            self.complaints['images that cannot be read'] += 1
            return []
        lines = '\n'.join(f'{r.label}: {[round(v) for v in r.box]}' for r in regions)
        first = user(self._prompts.fill('mmr_caption', regions=lines), shown)
        caption = asked(self._client, image.name, [first], TEMPERATURE, MOST_TOKENS, _caption,
                        self.complaints)
        if caption is None:
            return []
        second = user(self._prompts.fill('mmr_pairs', count=str(self._count)))
        items = asked(self._client, image.name, [first, assistant(caption), second], TEMPERATURE,
                      MOST_TOKENS, lambda text: json_in(text, list), self.complaints)
        return [*self._good(items or [], regions)]

    def _good(self, items: Sequence[object], regions: Sequence[Region]
              ) -> Iterator[QuestionAnswer]:
        if len(items) != self._count:
            self.complaints[f'answers: not {self._count} pairs'] += 1
        seen: set[str] = set()
        for item in items:
            self.complaints['pairs'] += 1
            try:
                pair = checked(item, regions)
                if normal(pair.question) in seen:
                    raise BadForm('question that comes twice')
            except BadForm as error:
                self.complaints[f'dropped: {error}'] += 1
                continue
            seen.add(normal(pair.question))
            yield pair


def _caption(text: str) -> str:
    if not text.strip():
        raise BadForm('no words')
    if text.strip().lower().startswith(("i'm sorry", 'i am sorry', 'sorry', 'i cannot', "i can't")):
        raise BadForm('refusal')
    return text.strip()


def checked(item: object, regions: Sequence[Region]) -> QuestionAnswer:
    """Return a pair that keeps every rule. Raises BadForm with the rule that is broken."""
    question, answer = only_text(item, 'question'), only_text(item, 'answer')
    by_label = {r.label.lower(): r for r in regions}
    targets = []
    for mark in _MARK.findall(answer):
        region = by_label.get(mark.strip().lower())
        if region is None:
            raise BadForm('unknown target')
        targets.append(region)
    if not targets:
        raise BadForm('no target')
    if len(targets) > MOST_TARGETS:
        raise BadForm(f'more than {MOST_TARGETS} targets')
    if len({r.annotation for r in targets}) < len(targets):
        raise BadForm('target that comes twice')
    if _LABEL.search(question):
        raise BadForm('label in the question')
    if _PLACE.search(question):
        raise BadForm('coordinates, numbers or places in the question')
    nouns = {r.noun for r in targets} | {r.owner for r in targets}
    if names_any(question, nouns):
        raise BadForm('name of a target in the question')
    text = _MARK.sub(' {seg}', answer).rstrip('. ')
    if _LABEL.search(text) or '[' in text or ']' in text:
        raise BadForm('label in the words of the answer')
    if any(r.owner and not names_any(text, [r.owner]) for r in targets):
        raise BadForm('part without its owner')
    if text.count('{seg}') != len(targets) or text.startswith(' {seg}'):
        raise BadForm('wrong number of {seg}')
    if len(question.split()) < 4 or question[-1] not in '?.':
        raise BadForm('no question')
    return QuestionAnswer(question, text, tuple(targets), answer)


def file_name(split: str, targets: str) -> str:
    """Name of the published file of a split."""
    return FILES[TARGETS[targets] if split == 'test' else split]


def published(table: CocoTable, pairs: Mapping[int, Sequence[QuestionAnswer]],
              dropped: frozenset[str], trouble: Callable[[str], None]) -> list[dict[str, Any]]:
    """Return the records of a published file.

    pairs    by image
    dropped  ids of pairs (`ids`) that people flagged
    trouble  hears of masks that cannot be read; their pairs are left out
    """
    wanted = {r.annotation for found in pairs.values() for pair in found for r in pair.targets}
    masks = segmentations(table, wanted, trouble)
    made = []
    for number, found in pairs.items():
        image = table.images[number]
        good = [pair for pair, name in zip(found, ids(image, found)) if name not in dropped and
                all(r.annotation in masks for r in pair.targets)]
        if not good:
            continue
        made.append({
            'file_name': image.name, 'height': image.height, 'width': image.width,
            'image_id': number, 'coco_url': f'http://images.cocodataset.org/{image.name}',
            'not_exhaustive_category_ids': [], 'neg_category_ids': [],
            'questions': [pair.question for pair in good],
            'answers': [[_target(r, number, record(masks[r.annotation])) for r in pair.targets]
                        for pair in good],
            'text_answers': [pair.text for pair in good],
            'raw_answers': [pair.raw for pair in good], 'annotations': []})
    return made


def _target(region: Region, image: int, mask: dict[str, Any]) -> dict[str, Any]:
    x0, y0, x1, y1 = region.box
    return {'segmentation': mask, 'bbox': [x0, y0, x1 - x0, y1 - y0],
            'category_name': region.category, 'image_id': image, 'id': region.annotation}


def ids(image: CocoImage, pairs: Sequence[QuestionAnswer]) -> list[str]:
    """Return the ids of the pairs of an image, for flags."""
    return [f'{image.id}-{place}' for place in range(len(pairs))]


def to_review(table: CocoTable, pairs: Mapping[int, Sequence[QuestionAnswer]]
              ) -> list[ReviewItem]:
    """Return what people look at."""
    items: dict[str, ReviewItem] = {}
    for number, found in pairs.items():
        image = table.images[number]
        for name, pair in zip(ids(image, found), found):
            items[name] = ReviewItem(name, image.name, pair.question, pair.text, tuple(
                (r.label, r.box) for r in pair.targets))
    return list(items.values())


def statistics(pairs: Mapping[int, Sequence[QuestionAnswer]]) -> Mapping[int, int]:
    """Return how many pairs have how many targets."""
    counts: dict[int, int] = defaultdict(int)
    for found in pairs.values():
        for pair in found:
            counts[len(pair.targets)] += 1
    return dict(sorted(counts.items()))
