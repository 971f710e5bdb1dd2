# SPDX-License-Identifier: Apache-2.0
"""A COCO-like file (COCO, LVIS, PACO, EgoObjects) as a compact table: boxes by image, no masks.

The file is read as a stream, and an annotation keeps 50 bytes, so that LVIS with 1.3 million takes
some 100 MB. What cannot be asked for (no mask, no size, an unknown category or image, a crowd) is
left out and counted. `segmentations` reads the masks of chosen annotations in a second pass.
"""

from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from reasonseg_ros.benchmarks.annotations import from_coco
from reasonseg_ros.core.errors import BadInput
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.datasets.json_stream import items

_NUMBERS = (int, int, int)
_MOST = 1 << 62         # that numbers of records stay below
_FAR = 1e9              # pixels
Box = tuple[float, float, float, float]     # x0, y0, x1, y1 in pixels


class CocoImage(NamedTuple):
    """One image: `name` is the path below the folder of COCO, e.g. train2017/000000000139.jpg."""

    id: int
    name: str
    height: int
    width: int


class Annotation(NamedTuple):
    """One annotation; `owner` is the annotation that it is a part of, or itself."""

    id: int
    category: str
    box: Box
    owner: int


@dataclass(frozen=True, eq=False)
class CocoTable:
    """The table; `faults` counts what was left out, by the reason."""

    path: Path
    images: Mapping[int, CocoImage]
    faults: Mapping[str, int]
    _categories: Mapping[int, str]
    _order: np.ndarray      # int64 [N], annotations by image
    _first: Mapping[int, tuple[int, int]]   # image -> its part of `_order`
    _ids: np.ndarray
    _kinds: np.ndarray
    _boxes: np.ndarray
    _owners: np.ndarray

    def __iter__(self) -> Iterator[CocoImage]:
        """Images in the order of the file."""
        return iter(self.images.values())

    def annotations(self, image: int) -> list[Annotation]:
        """Annotations of an image, in the order of the file."""
        begin, end = self._first.get(image, (0, 0))
        rows = self._order[begin:end]
        return [Annotation(number, self._categories[kind], (x, y, x + w, y + h), owner)
                for number, kind, (x, y, w, h), owner in zip(
                    self._ids[rows].tolist(), self._kinds[rows].tolist(),
                    self._boxes[rows].tolist(), self._owners[rows].tolist())]


def read_table(path: Path, boxes_only: bool = False) -> CocoTable:
    """Read a file. Raises BadInput when it is missing, no JSON, or holds nothing usable.

    boxes_only  annotations need no mask
    """
    images: dict[int, CocoImage] = {}
    categories: dict[int, str] = {}
    ids, of, kinds, owners = (array('q') for _ in range(4))
    boxes = array('f')
    faults: Counter[str] = Counter()
    for section, item in items(path):
        if section == 'annotations':
            fault = _fault(item, boxes_only)
            if fault:
                faults[fault] += 1
                continue
            ids.append(item['id'])
            of.append(item['image_id'])
            kinds.append(item['category_id'])
            owner = item.get('obj_ann_id')
            owners.append(owner if isinstance(owner, int) else item['id'])
            boxes.extend(item['bbox'])
        elif section == 'images':
            image = _image(item)
            if image is None:
                faults['images without a name or a size'] += 1
            else:
                images[image.id] = image
        elif section == 'categories' and isinstance(item, dict):
            if isinstance(item.get('id'), int) and isinstance(item.get('name'), str):
                categories[item['id']] = item['name']
    if not images or not categories:
        raise BadInput(f'"{path}" has no images or no categories; expected a file of the COCO '
                       'format: obtain it again')
    return _table(path, images, categories, faults, ids, of, kinds, owners, boxes)


def _table(path: Path, images: dict[int, CocoImage], categories: dict[int, str],
           faults: Counter[str], ids: 'array[int]', of: 'array[int]', kinds: 'array[int]',
           owners: 'array[int]', boxes: 'array[float]') -> CocoTable:
    image_of, kind = np.array(of, np.int64), np.array(kinds, np.int64)
    known = np.isin(kind, np.fromiter(categories, np.int64, len(categories)))
    there = np.isin(image_of, np.fromiter(images, np.int64, len(images)))
    for reason, bad in (('unknown category', ~known), ('unknown image', known & ~there)):
        if bad.any():
            faults[reason] += int(bad.sum())
    good = np.flatnonzero(known & there)
    order = good[np.argsort(image_of[good], kind='stable')]
    groups, begins = np.unique(image_of[order], return_index=True)
    ends = np.append(begins[1:], len(order))
    first = {image: (begin, end) for image, begin, end in zip(
        groups.tolist(), begins.tolist(), ends.tolist())}
    return CocoTable(path, images, faults, categories, order, first, np.array(ids, np.int64), kind,
                     np.array(boxes, np.float32).reshape(-1, 4), np.array(owners, np.int64))


def _fault(item: Any, boxes_only: bool) -> str:
    """Why an annotation is left out, '' for a good one."""
    try:
        numbers = type(item['id']), type(item['image_id']), type(item['category_id'])
    except (KeyError, TypeError):
        return 'annotations without numbers'
    if numbers != _NUMBERS or max(item['id'], item['image_id'], item['category_id']) > _MOST:
        return 'annotations without numbers'
    try:
        x, y, width, height = item['bbox']
        if not (-_FAR < x < _FAR and -_FAR < y < _FAR and 0 < width < _FAR and 0 < height < _FAR):
            return 'annotations without a box'
    except (KeyError, TypeError, ValueError):
        return 'annotations without a box'
    if item.get('iscrowd') == 1:
        return 'crowds'
    if not boxes_only and (not item.get('segmentation') or item.get('area') == 0):
        return 'empty masks'
    return ''


def _image(item: Any) -> CocoImage | None:
    if not isinstance(item, dict) or not isinstance(item.get('id'), int):
        return None
    height, width = item.get('height'), item.get('width')
    # LVIS names images by their address, whose end is folder and file.
    named = item.get('coco_url') or item.get('file_name') or item.get('url')
    if not isinstance(named, str) or not isinstance(height, int) or not isinstance(width, int):
        return None
    name = '/'.join(named.rsplit('/', 2)[-2:]) if '://' in named else named
    return CocoImage(item['id'], name, height, width) if height > 0 and width > 0 else None


def segmentations(table: CocoTable, wanted: Set[int],
                  trouble: Callable[[str], None]) -> dict[int, Rle]:
    """Read the masks of some annotations: a second pass over the file.

    trouble  hears of masks that cannot be read; those are not in the result
    """
    found: dict[int, Rle] = {}
    for section, item in items(table.path):
        if section != 'annotations' or _fault(item, True) or item['id'] not in wanted:
            continue
        image = table.images.get(item['image_id'])
        if image is None:
            continue
        try:
            mask = from_coco(item.get('segmentation'), image.height, image.width,
                             f'annotation {item["id"]} of "{table.path}"')
        except BadInput as error:
            trouble(str(error))
            continue
        if mask.area:
            found[item['id']] = mask
    return found
