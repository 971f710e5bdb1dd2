# SPDX-License-Identifier: Apache-2.0
"""RefCOCO, RefCOCO+ and RefCOCOg as REFER publishes them, and Multi-RefCOCO made from them.

A folder holds refs(unc).p or refs(umd).p (expressions, with their split) and instances.json
(polygons, COCO format). Each sentence is a conversation of one round. Multi-RefCOCO (M2SA) joins
the sentences of an image in groups of 6, 5, 4, 6, ... to one instruction with as many targets.
"""

from collections.abc import Iterable
from itertools import cycle
from pathlib import Path
from typing import NamedTuple

from reasonseg_ros.benchmarks.annotations import CocoFile
from reasonseg_ros.benchmarks.conversation import (
    SEG,
    Conversation,
    ConversationRound,
    Dataset,
    TruthMask,
)
from reasonseg_ros.benchmarks.files import field, file_below, sentence, version_of
from reasonseg_ros.benchmarks.places import Places
from reasonseg_ros.benchmarks.plain_pickle import read as read_plain_pickle
from reasonseg_ros.core.errors import BadInput

SPLIT_BY = {'refcoco': 'unc', 'refcoco+': 'unc', 'refcocog': 'umd'}
GROUPS = (6, 5, 4)  # sentences that Multi-RefCOCO joins, in turn


class _Said(NamedTuple):
    """One sentence about one annotation."""

    id: str
    text: str
    annotation: int
    trouble: str = ''   # why it cannot be asked


class _Group(NamedTuple):
    """Sentences that are asked together about one image."""

    image: int
    said: tuple[_Said, ...]


def open_refcoco(places: Places, name: str, split: str, multi: bool = False) -> Dataset:
    """Open refcoco, refcoco+ or refcocog; `multi` asks for several targets. Raises BadInput."""
    folder = places.within('refcoco', 'annotations', name)
    paths = (places.within('refcoco', 'annotations', f'{name}/refs({SPLIT_BY[name]}).p'),
             places.within('refcoco', 'annotations', f'{name}/instances.json'))
    images = places.folder('refcoco', 'images')
    by_image = _sentences(paths[0], split)
    if not by_image:
        raise BadInput(f'"{folder}" has no sentence of the split "{split}"; choose another one')
    coco = CocoFile(paths[1])
    groups = [_Group(image, said) for image, all_said in by_image.items()
              for said in (_joined(all_said) if multi else ((one,) for one in all_said))]

    def read(index: int) -> Conversation:
        return _conversation(groups[index], coco, images)
    ids = tuple('+'.join(s.id for s in group.said) for group in groups)
    return Dataset(f'multi-{name}' if multi else name, split, version_of(paths), ids, read)


def _sentences(path: Path, split: str) -> dict[int, list[_Said]]:
    """Sentences of a split by image, in the order of the file."""
    by_image: dict[int, list[_Said]] = {}
    held = read_plain_pickle(path)
    if not isinstance(held, list):
        raise BadInput(f'"{path}" holds a {type(held).__name__}; expected a list of expressions')
    for place, ref in enumerate(held):
        where = f'expression {place} of "{path}"'
        if not _belongs(field(ref, 'split', where, str), split):
            continue
        try:
            image, said = _said(ref, where)
        except BadInput as error:   # a place of its own, so that it costs nothing else
            image, said = -1 - place, [_Said(f'expression-{place}', '', 0, str(error))]
        by_image.setdefault(image, []).extend(said)
    return by_image


def _said(ref: object, where: str) -> tuple[int, list[_Said]]:
    """The image of an expression, and its sentences. Raises BadInput."""
    annotation = field(ref, 'ann_id', where, int)
    said: list[_Said] = []
    for entry in field(ref, 'sentences', where, list):
        name = str(field(entry, 'sent_id', where, object))
        try:
            said.append(_Said(name, sentence(entry, 'sent', where).lower(), annotation))
        except BadInput as error:
            said.append(_Said(name, '', annotation, str(error)))
    return field(ref, 'image_id', where, int), said


def _belongs(stated: str, split: str) -> bool:
    """Whether a stated split is part of the wanted one: "testAB" is in testA, testA in test."""
    if split in ('testA', 'testB', 'testC'):
        return stated.startswith('test') and split[-1] in stated[4:]
    return 'test' in stated if split == 'test' else stated == split


def _joined(said: list[_Said]) -> Iterable[tuple[_Said, ...]]:
    start, counts = 0, cycle(GROUPS)
    while start < len(said):
        count = next(counts)
        yield tuple(said[start:start + count])
        start += count


def _conversation(group: _Group, coco: CocoFile, images: Path) -> Conversation:
    for one in group.said:
        if one.trouble:
            raise BadInput(one.trouble)
    size = coco.size(group.image)
    targets = tuple(TruthMask(one.id, coco.mask(one.annotation),
                              label=coco.category(one.annotation),
                              doubled=coco.doubled(one.annotation)) for one in group.said)
    texts = [one.text for one in group.said]
    asked = ConversationRound(listed(texts), targets, (), f'{listed([SEG] * len(texts))}.',
                              phrase=True)
    return Conversation('+'.join(one.id for one in group.said),
                        file_below(images, _file_name(coco.file_name(group.image)),
                                   f'"{coco.path}"'), size, (asked,))


def listed(texts: list[str]) -> str:
    """Join "a", "b" and "c" to "a, b and c"."""
    return f'{", ".join(texts[:-1])} and {texts[-1]}' if len(texts) > 1 else texts[0]


def _file_name(name: str) -> str:
    """Some copies of the data name an image by its annotation: COCO_train2014_..._1.jpg."""
    stem, dot, suffix = name.rpartition('.')
    parts = stem.split('_')
    return f'{"_".join(parts[:3])}{dot}{suffix}' if len(parts) == 4 else name
