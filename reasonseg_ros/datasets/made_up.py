# SPDX-License-Identifier: Apache-2.0
"""Made-up annotation files in the formats of the ten sources, of any length.

They measure how fast sets are built, and show small what a folder of sources looks like. Every
image has the same few rectangles, in places that differ. Nothing in them is true.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from PIL import Image

from reasonseg_ros.core.mask_input import from_polygons
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.datasets.coco_table import Box
from reasonseg_ros.datasets.drafts import Description
from reasonseg_ros.datasets.parts import written

SOURCES = """\
refcoco: {folder: refcoco}
visual_genome: {relationships: vg/relationships.json, image_data: vg/image_data.json}
paco_lvis: {train: paco_train.json, val: paco_val.json}
lvis: {train: lvis_train.json, val: lvis_val.json}
pascal: {train: ppp/training, val: ppp/validation, names: ppp/ppp_datasetspec.yaml}
ade20k: {train: ade/training, val: ade/validation, names: ade/objectInfo150.txt}
cocostuff: {train: stuff/train2017, val: stuff/val2017, names: stuff/labels.txt}
attributes: {train: coco_train.json, val: coco_val.json}
reason_seg: {folder: ReasonSeg}
ego_objects: {train: ego.json}
"""
_IMAGES = ('images: {coco: images/coco, vg: images/vg, pascal: images/pascal,\n'
           '         ade20k: images/ade20k, ego_objects: images/ego}\n')
_FIRST = {'train': 0, 'val': 500_000}      # no image of COCO has the number of another
_VOC = 375, 500     # height and width of most images of Pascal
_KINDS = ('mug', 'mug', 'lamp_(desk)', 'knife', 'orange', 'bowl_of_fruit', 'owl')
_REFERRED = 3       # things of an image that have expressions, about as many as in RefCOCO
_PARTS = ('handle', 'rim', 'base')
_PREDICATES = ('ON', 'holding', 'has a', 'next to', 'wearing', 'lorem')
_SENTENCES = ('What could hold tea?', 'Which thing would you drink from?')
_PHRASES = ('the thing for tea', 'what one drinks from')
_CLASSES = ('wall', 'sky', 'tree', 'floor', 'earth')


@dataclass(frozen=True)
class RectangleMasks:
    """Stands for SAM: the mask of a box is the box, in images of `size` (height, width)."""

    size: tuple[int, int]

    def masks(self, image: str, boxes: Sequence[Box]) -> list[Rle]:
        """Return a mask for each box."""
        return [rectangle(box, self.size) for box in boxes]


def rectangle(box: Box, size: tuple[int, int]) -> Rle:
    """Return the mask of a box in an image of `size` (height, width)."""
    x0, y0, x1, y1 = (int(v) for v in box)
    return from_polygons([(x0, y0, x1, y0, x1, y1, x0, y1)], *size)


def descriptions(count: int) -> dict[str, Description]:
    """Stand for a vision model: one description for each of `count` images of `attributes`."""
    return {str(image * len(_KINDS) + 1): Description('a small thing to drink from', _KINDS[0])
            for image in range(count)}


def write_sources(folder: Path, count: int, size: tuple[int, int] = (48, 64), val: int = 2,
                  images: bool = True) -> Path:
    """Write all sources with `count` images for training and `val` for validation each.

    size    (height, width) of the images
    images  whether the images are written, too

    Returns the file that is given with --sources.
    """
    made = _Maker(folder, size, images)
    for split, number in (('train', count), ('val', val)):
        made.coco(split, number)
        made.labels(split, number)
        made.reason_seg(split, number)
    made.refcoco(count, val)
    made.visual_genome(count, val)
    made.names()
    path = folder / 'sources.yaml'
    with written(path) as file:
        file.write(SOURCES + (_IMAGES if images else ''))
    return path


class _Maker:
    def __init__(self, folder: Path, size: tuple[int, int], images: bool) -> None:
        self._folder, self._size, self._images = folder, size, images

    def coco(self, split: str, count: int) -> None:
        """PACO, LVIS, COCO and EgoObjects."""
        year = f'{split}2017'
        names = [f'{_FIRST[split] + number:012d}.jpg' for number in range(1, count + 1)]
        for name in names:
            self._image(f'coco/{year}/{name}')
        address = [{'coco_url': f'http://images.cocodataset.org/{year}/{name}'} for name in names]
        self._coco_file(f'paco_{split}.json', address, parts=True)
        self._coco_file(f'lvis_{split}.json', address, parts=False)
        self._coco_file(f'coco_{split}.json', [{'file_name': name} for name in names], parts=False)
        if split == 'train':
            for name in names:
                self._image(f'ego/{name}')
            self._coco_file('ego.json', [{'url': name} for name in names], parts=False, masks=False)

    def _coco_file(self, name: str, images: list[dict[str, str]], parts: bool,
                   masks: bool = True) -> None:
        height, width = self._size
        kinds = list(dict.fromkeys(_KINDS))
        listed = kinds + [f'{kind}:{part}' for kind in kinds for part in _PARTS]
        place = {kind: number for number, kind in enumerate(listed, 1)}

        def annotations() -> Iterator[dict[str, Any]]:
            number = 0
            for image in range(1, len(images) + 1):
                for kind, box in zip(_KINDS, self._boxes(image)):
                    number += 1
                    owner = number
                    yield self._annotation(number, image, place[kind], box, owner, masks)
                    for step, part in enumerate(_PARTS if parts else ()):
                        number += 1
                        low, high = (box[0] + (box[2] - box[0]) * f for f in (step / 3,
                                                                              (step + 1) / 3))
                        yield self._annotation(number, image, place[f'{kind}:{part}'],
                                               (low, box[1], high, box[3]), owner, masks)
        with written(self._folder / name) as file:
            file.write('{"info": {"year": 2017}, "annotations": [')
            for step, one in enumerate(annotations()):
                file.write((', ' if step else '') + json.dumps(one))
            file.write('], "images": ' + json.dumps([
                {'id': number, 'height': height, 'width': width, **image}
                for number, image in enumerate(images, 1)]))
            file.write(', "categories": ' + json.dumps([
                {'id': number, 'name': kind} for kind, number in place.items()]) + '}')

    def _annotation(self, number: int, image: int, kind: int, box: Box, owner: int,
                    masks: bool) -> dict[str, Any]:
        x0, y0, x1, y1 = box
        shape = {'segmentation': [[x0, y0, x1, y0, x1, y1, x0, y1]]} if masks else {}
        return {'id': number, 'image_id': image, 'category_id': kind, 'iscrowd': 0,
                'bbox': [x0, y0, x1 - x0, y1 - y0], 'area': (x1 - x0) * (y1 - y0),
                'obj_ann_id': owner, **shape}

    def _boxes(self, image: int, size: tuple[int, int] | None = None) -> list[Box]:
        """A box for each of the kinds, in columns that are drawn."""
        height, width = size or self._size
        rng = Random(image)
        step = width / len(_KINDS)
        columns = rng.sample(range(len(_KINDS)), len(_KINDS))
        made: list[Box] = []
        for column in columns:
            top = rng.randrange(0, height // 2)
            made.append((round(column * step), float(top), round((column + 1) * step),
                         float(top + height // 3)))
        return made

    def refcoco(self, count: int, val: int) -> None:
        """Expressions and instances."""
        images = [f'COCO_train2014_{number:012d}.jpg' for number in range(1, count + val + 1)]
        for name in images:
            self._image(f'coco/train2014/{name}')
        self._coco_file('refcoco/instances.json', [{'file_name': name} for name in images], False)
        refs, sent = [], 0
        for number in range(len(images) * _REFERRED):
            image, kind = divmod(number, _REFERRED)
            name = _KINDS[kind].split('_')[0]
            said = [f'{name} number {kind + 1}', f'the {name} over there.', name]
            refs.append({'ref_id': number, 'ann_id': image * len(_KINDS) + kind + 1,
                         'image_id': image + 1, 'category_id': 1,
                         'split': 'train' if image < count else 'val',
                         'sentences': [{'sent_id': sent + k, 'sent': text}
                                       for k, text in enumerate(said)]})
            sent += len(said)
        (self._folder / 'refcoco/refs(unc).p').write_bytes(b'\x80\x02' + _pickled(refs) + b'.')

    def visual_genome(self, count: int, val: int) -> None:
        """Relationships, and where the images are."""
        height, width = self._size
        data, found = [], []
        # Every tenth number is for validation.
        for image in (*range(11, 10 * count + 2, 10), *range(10, 10 * val + 1, 10)):
            self._image(f'vg/VG_100K/{image}.jpg')
            data.append({'image_id': image, 'width': width, 'height': height,
                         'url': f'https://cs.stanford.edu/people/rak248/VG_100K/{image}.jpg'})
            boxes = self._boxes(image)
            ends = [{'object_id': 100 * image + k, 'name': kind.split('_')[0], 'x': box[0],
                     'y': box[1], 'w': box[2] - box[0], 'h': box[3] - box[1]}
                    for k, (kind, box) in enumerate(zip(_KINDS, boxes))]
            found.append({'image_id': image, 'relationships': [
                {'relationship_id': 10 * image + k, 'predicate': predicate, 'subject': ends[k],
                 'object': ends[k + 1]} for k, predicate in enumerate(_PREDICATES)]})
        for name, value in (('image_data', data), ('relationships', found)):
            with written(self._folder / f'vg/{name}.json') as file:
                json.dump(value, file)

    def labels(self, split: str, count: int) -> None:
        """Label images of Pascal, ADE20K and COCO-Stuff."""
        long = {'train': 'training', 'val': 'validation'}[split]
        height, width = self._size
        small = min(height, _VOC[0]), min(width, _VOC[1])
        for number in range(1, count + 1):
            values = np.zeros(small, np.int32)
            for k, area in enumerate(self._areas(number, small)):
                values[area] = 100_000 * (1 + k % 2) + 100 * (k + 1) + 1 + k % 2
            grey = np.full(self._size, 255, np.uint8)
            for k, area in enumerate(self._areas(number, self._size)):
                grey[area] = 1 + k % 4
            stem, ade = f'2008_{number:06d}', f'ADE_{split}_{number:08d}'
            stuff = f'{_FIRST[split] + number:012d}'
            # As published: whole numbers of 32 bits, packed by LZW.
            self._save(f'ppp/{long}/{stem}.tif', values, compression='tiff_lzw')
            self._save(f'ade/{long}/{ade}.png', np.where(grey == 255, 0, grey).astype(np.uint8))
            self._save(f'stuff/{split}2017/{stuff}.png', grey)
            self._image(f'pascal/{stem}.jpg')
            self._image(f'ade20k/images/{long}/{ade}.jpg')

    def _areas(self, image: int, size: tuple[int, int]) -> Iterator[tuple[slice, slice]]:
        """The boxes, as places in an array."""
        for x0, y0, x1, y1 in self._boxes(image, size):
            yield slice(int(y0), int(y1)), slice(int(x0), int(x1))

    def names(self) -> None:
        """The names of classes and parts."""
        spec = ''.join(f'  {name}: [lwing, tail],\n' for name in ('aeroplane', 'bird'))
        ade = ''.join(f'{n}\t0.1\t10\t1\t1\t{name}\n' for n, name in enumerate(_CLASSES, 1))
        stuff = '0: unlabeled\n' + ''.join(f'{n}: {name}\n' for n, name in enumerate(_CLASSES, 1))
        for place, text in (
                ('ppp/ppp_datasetspec.yaml', f'scene_class2part_classes: {{\n{spec}}}\n'),
                ('ade/objectInfo150.txt', f'Idx\tRatio\tTrain\tVal\tStuff\tName\n{ade}'),
                ('stuff/labels.txt', stuff)):
            with written(self._folder / place) as file:
                file.write(text)

    def reason_seg(self, split: str, count: int) -> None:
        """A sentence for one image, a phrase for the next one."""
        for number in range(1, count + 1):
            x0, y0, x1, y1 = self._boxes(number)[0]
            value = {'shapes': [{'label': 'target', 'points': [[x0, y0], [x1, y0], [x1, y1]]}],
                     'text': _SENTENCES if number % 2 else _PHRASES, 'is_sentence': number % 2 == 1}
            with written(self._folder / f'ReasonSeg/{split}/{number}.json') as file:
                json.dump(value, file)
            self._save(f'ReasonSeg/{split}/{number}.jpg', self._plain())

    def _plain(self) -> np.ndarray:
        return np.full((*self._size, 3), 128, np.uint8)

    def _image(self, name: str) -> None:
        if self._images:
            self._save(f'images/{name}', self._plain())

    def _save(self, name: str, values: np.ndarray, **options: str) -> None:
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(values).save(path, **options)


def _pickled(value: Any) -> bytes:
    """Plain values in the opcodes of pickle's protocol 2."""
    if isinstance(value, str):
        text = value.encode()
        return b'X' + len(text).to_bytes(4, 'little') + text
    if isinstance(value, int):
        return b'J' + value.to_bytes(4, 'little', signed=True)
    if isinstance(value, list):
        return b'](' + b''.join(map(_pickled, value)) + b'e'
    assert isinstance(value, dict)
    return b'}(' + b''.join(_pickled(k) + _pickled(v) for k, v in value.items()) + b'u'
