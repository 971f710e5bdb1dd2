# SPDX-License-Identifier: Apache-2.0
"""MRSeg from COCO-like files: RefCOCO, PACO-LVIS, LVIS, COCO with descriptions, Visual Genome.

Each function yields an `ImageDraft` for an image: who it is, and how its conversations are drawn.
Those of label images are in `label_drafts`. Which file they go to, and when, is decided by `mrseg`.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any, NamedTuple, Protocol

from reasonseg_ros.benchmarks.files import field
from reasonseg_ros.benchmarks.plain_pickle import read as read_plain_pickle
from reasonseg_ros.benchmarks.refcoco import SPLIT_BY
from reasonseg_ros.core.errors import BadImage, BadInput
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.datasets import rules
from reasonseg_ros.datasets.coco_table import Annotation, Box, CocoTable, read_table, segmentations
from reasonseg_ros.datasets.json_stream import items
from reasonseg_ros.datasets.rules import MaskPlace, NamedMask, Plain, Whole
from reasonseg_ros.datasets.wording import clause, definite, noun

# Classes of COCO by their names in LVIS: MR-LVIS leaves them out.
COCO_IN_LVIS = frozenset(
    'person bicycle car_(automobile) motorcycle airplane bus_(vehicle) train_(railroad_vehicle) '
    'truck boat traffic_light fireplug stop_sign parking_meter bench bird cat dog horse sheep cow '
    'elephant bear zebra giraffe backpack umbrella handbag necktie suitcase frisbee ski snowboard '
    'ball kite baseball_bat baseball_glove skateboard surfboard tennis_racket bottle wineglass cup '
    'fork knife spoon bowl banana apple sandwich orange_(fruit) broccoli carrot sausage pizza '
    'doughnut cake chair sofa flowerpot bed dining_table toilet television_set laptop_computer '
    'mouse_(computer_equipment) remote_control computer_keyboard cellular_telephone '
    'microwave_oven oven toaster sink refrigerator book clock vase scissors teddy_bear hair_dryer '
    'toothbrush'.split())
_VAL_OF = 10        # one image in so many of Visual Genome is for validation

Records = Mapping[str, Any]     # masks by name, as the table of their source holds them
Faults = Counter[str]


class ImageDraft(NamedTuple):
    """Conversations of one image that are not drawn yet.

    key    names it in its source, for the seed
    image  name below the folder of images
    draw   returns conversations, and masks for the table of the source
    """

    key: str
    image: str
    draw: Callable[[Random], tuple[list[Plain], Records]]


class Description(NamedTuple):
    """What a vision model says of a thing without its name, and the class."""

    text: str
    category: str


class BoxSegmenter(Protocol):
    """What makes masks of boxes."""

    def masks(self, image: str, boxes: Sequence[Box]) -> list[Rle]:
        """Return a mask for each box; one may be empty. Raises BadImage."""
        ...


@lru_cache(maxsize=2)
def coco_table(path: Path, boxes_only: bool = False) -> CocoTable:
    """Return the table of a file, which several builders share."""
    return read_table(path, boxes_only)


def refcoco(folder: Path, name: str, split: str, hard: bool, faults: Faults
            ) -> Iterator[ImageDraft]:
    """Positional conversations of a split, or pairs of one class with `hard`."""
    table = coco_table(folder / 'instances.json')
    for image, refs in _expressions(folder / f'refs({SPLIT_BY[name]}).p', split, faults).items():
        if image not in table.images:
            faults['unknown image'] += 1
            continue
        marker = f'coco/train2014/{table.images[image].name}'
        annotations = {a.id: a for a in table.annotations(image)}
        here = MaskPlace(marker, name, split)
        if hard:
            yield ImageDraft(str(image), marker, _hard(here, annotations, refs))
        else:
            mentions = _mentions(annotations, refs, faults)
            yield ImageDraft(str(image), marker, _drawn(rules.positional, here, mentions))


def _expressions(path: Path, split: str, faults: Faults) -> dict[int, list[tuple[int, list[str]]]]:
    """image -> (annotation, its captions) of a split, in the order of the file."""
    held = _pickle(path)
    if not isinstance(held, list):
        raise BadInput(f'"{path}" holds a {type(held).__name__}; expected a list of expressions')
    found: dict[int, list[tuple[int, list[str]]]] = defaultdict(list)
    for place, ref in enumerate(held):
        where = f'expression {place} of "{path}"'
        try:
            if field(ref, 'split', where, str) != split:
                continue
            said = [field(s, 'sent', where, str) for s in field(ref, 'sentences', where, list)]
            found[field(ref, 'image_id', where, int)].append(
                (field(ref, 'ann_id', where, int), said))
        except BadInput:
            faults['expressions that cannot be read'] += 1
    return found


@lru_cache(maxsize=1)
def _pickle(path: Path) -> object:
    """All expressions of a file, which four builds share."""
    found: object = read_plain_pickle(path)
    return found


def _mentions(annotations: Mapping[int, Annotation], refs: Sequence[tuple[int, list[str]]],
              faults: Faults) -> list[NamedMask]:
    made = []
    for number, said in refs:
        if number not in annotations:
            faults['expressions without a mask'] += 1
            continue
        captions = dict.fromkeys(definite(text.lower()) for text in said)
        made += [NamedMask(str(number), caption, annotations[number].box)
                 for caption in captions if caption]
    return made


def _hard(here: MaskPlace, annotations: Mapping[int, Annotation],
          refs: Sequence[tuple[int, list[str]]]) -> Callable[[Random], tuple[list[Plain], Records]]:
    # "The other one" is clear only where the image has no third of the class.
    counts = Counter(a.category for a in annotations.values())
    asked = sorted({number for number, _ in refs if number in annotations})
    classes: dict[str, list[str]] = defaultdict(list)
    for number in asked:
        if counts[annotations[number].category] == 2:
            classes[annotations[number].category].append(str(number))
    return _drawn(rules.hard, here, classes)


def _drawn(rule: Callable[..., list[Plain]], here: MaskPlace, value: object
           ) -> Callable[[Random], tuple[list[Plain], Records]]:
    return lambda rng: (rule(rng, here, value), {})


def paco(path: Path, split: str) -> Iterator[ImageDraft]:
    """Hierarchical conversations: an object, then its parts."""
    table = coco_table(path)
    for image in table:
        annotations = table.annotations(image.id)
        parts: dict[int, dict[str, str]] = defaultdict(dict)
        for a in annotations:
            if ':' in a.category:
                # Of two parts with one name nobody could say which is meant.
                name = noun(a.category.split(':')[1])
                parts[a.owner][name] = '' if name in parts[a.owner] else str(a.id)
        owners = [a for a in annotations if ':' not in a.category]
        mentions = rules.few([NamedMask(str(a.id), '', a.box) for a in owners],
                             [a.category for a in owners], most=8)
        wholes = [Whole(m, tuple((n, mask) for n, mask in parts[int(m.mask)].items() if mask))
                  for m in mentions]
        marker = f'coco/{image.name}'
        yield ImageDraft(str(image.id), marker,
                    _drawn(rules.hierarchical, MaskPlace(marker, 'paco_lvis', split), wholes))


def lvis(path: Path, split: str, leave_out: frozenset[str] = COCO_IN_LVIS) -> Iterator[ImageDraft]:
    """Positional conversations about classes with one or two things in the image."""
    table = coco_table(path)
    for image in table:
        annotations = [a for a in table.annotations(image.id)
                       if a.category not in leave_out and ':' not in a.category]
        mentions = rules.few([NamedMask(str(a.id), '', a.box) for a in annotations],
                             [a.category for a in annotations])
        marker = f'coco/{image.name}'
        yield ImageDraft(str(image.id), marker,
                    _drawn(rules.positional, MaskPlace(marker, 'lvis', split), mentions))


def pairs(path: Path, split: str, source: str) -> Iterator[ImageDraft]:
    """Hard conversations about the classes of exactly two things in an image."""
    table = coco_table(path)
    for image in table:
        classes: dict[str, list[str]] = defaultdict(list)
        for a in table.annotations(image.id):
            if ':' not in a.category:
                classes[a.category].append(str(a.id))
        marker = f'coco/{image.name}'
        yield ImageDraft(str(image.id), marker,
                    _drawn(rules.hard, MaskPlace(marker, source, split), classes))


def attributes(path: Path, split: str, descriptions: Mapping[str, Description], faults: Faults
               ) -> Iterator[ImageDraft]:
    """Conversations of one round about things that are described without their names.

    descriptions  by the number of the annotation
    """
    table = coco_table(path)
    masks = segmentations(table, {int(key) for key in descriptions}, lambda trouble: faults.update(
        {'masks that cannot be read': 1}))
    for image in table:
        marker = f'coco/{split}2017/{image.name.rsplit("/", 1)[-1]}'
        found = {str(a.id): descriptions[str(a.id)] for a in table.annotations(image.id)
                 if str(a.id) in descriptions and a.id in masks}
        if found:
            yield ImageDraft(str(image.id), marker, _described(
                MaskPlace(marker, 'description_based_coco', split), found,
                {key: masks[int(key)] for key in found}))


def _described(here: MaskPlace, found: Mapping[str, Description], masks: Mapping[str, Rle]
               ) -> Callable[[Random], tuple[list[Plain], Records]]:
    def draw(rng: Random) -> tuple[list[Plain], Records]:
        made = [rules.described(rng, here, one.text, one.category, key)
                for key, one in found.items()]
        return made, {key: {'image_dim': [mask.height, mask.width], 'segmentation': record(mask)}
                      for key, mask in masks.items()}
    return draw


def visual_genome(relationships: Path, image_data: Path, split: str,
                  segmenter: BoxSegmenter, faults: Faults) -> Iterator[ImageDraft]:
    """Interactional conversations; their masks are made of boxes."""
    names = {}
    for _, item in items(image_data):
        if isinstance(item, dict) and isinstance(item.get('url'), str) and isinstance(
                item.get('image_id'), int):
            names[item['image_id']] = '/'.join(item['url'].rsplit('/', 2)[-2:])
    for _, item in items(relationships):
        number = item.get('image_id') if isinstance(item, dict) else None
        if not isinstance(number, int) or number not in names or not isinstance(
                item.get('relationships'), list):
            faults['unknown image'] += 1
            continue
        if (number % _VAL_OF == 0) != (split != 'train'):
            continue
        marker = f'vg/{names[number]}'
        good = [r for r in map(_relationship, item['relationships']) if r is not None]
        faults['relationships of unknown form'] += len(item['relationships']) - len(good)
        if good:
            yield ImageDraft(str(number), marker, _interactions(
                MaskPlace(marker, 'visual_genome', split), good, segmenter, faults))


class _Relationship(NamedTuple):
    subject: NamedMask
    predicate: str
    target: NamedMask


def _relationship(item: Any) -> _Relationship | None:
    """Both ends with words and a box; None for one that cannot be asked about."""
    if not isinstance(item, dict) or not isinstance(item.get('predicate'), str):
        return None
    ends = [_end(item.get(name)) for name in ('subject', 'object')]
    subject, target = ends
    if subject is None or target is None or subject.mask == target.mask:
        return None
    return _Relationship(subject, item['predicate'], target) if clause(item['predicate']) else None


def _end(item: Any) -> NamedMask | None:
    if not isinstance(item, dict) or not isinstance(item.get('object_id'), int):
        return None
    names = item.get('names')
    name = item.get('name') or (names[0] if isinstance(names, list) and names else '')
    numbers = [item.get(key) for key in 'xywh']
    if not isinstance(name, str) or not all(isinstance(n, (int, float)) for n in numbers):
        return None
    x, y, w, h = (float(n) for n in numbers if n is not None)
    caption = definite(name.lower())
    return NamedMask(str(item['object_id']), caption, (x, y, x + w, y + h)) if (
        caption and w > 0 and h > 0) else None


def _interactions(here: MaskPlace, found: list[_Relationship], segmenter: BoxSegmenter,
                  faults: Faults) -> Callable[[Random], tuple[list[Plain], Records]]:
    def draw(rng: Random) -> tuple[list[Plain], Records]:
        chosen = rng.sample(found, min(rules.MOST_RELATIONSHIPS, len(found)))
        ends = {end.mask: end for one in chosen for end in (one.subject, one.target)}
        try:
            masks = dict(zip(ends, segmenter.masks(here.image, [e.box for e in ends.values()])))
        except BadImage:
            faults['images that cannot be read'] += 1
            return [], {}
        made: list[Plain] = []
        records: dict[str, Any] = {}
        for one in chosen:
            named = (one.subject.mask, one.target.mask)
            if not all(masks[name].area for name in named):
                faults['empty masks'] += 1
                continue
            made += rules.interactional(rng, here, *one)
            records.update({name: record(masks[name]) for name in named})
        return made, records
    return draw


def record(mask: Rle) -> dict[str, Any]:
    """Return a mask as JSON files hold it."""
    return {'size': [mask.height, mask.width], 'counts': mask.counts.decode('ascii')}
