# SPDX-License-Identifier: Apache-2.0
"""Masks by the names that SegLLM conversations give them, from the annotations of each source.

Four forms: COCO files (refcoco, refcoco+, refcocog, paco_lvis, lvis), tables of run lengths
(visual_genome, pascal, description_based_coco), label pictures (ade20k, cocostuff) and outlines
(reason_seg). Files are opened when the first mask is asked for.
"""

from collections.abc import Callable
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from reasonseg_ros.benchmarks.annotations import CocoFile
from reasonseg_ros.benchmarks.annotations import from_coco
from reasonseg_ros.benchmarks.brackets import MaskName
from reasonseg_ros.benchmarks.files import field
from reasonseg_ros.benchmarks.files import read_json
from reasonseg_ros.benchmarks.files import read_labels
from reasonseg_ros.benchmarks.places import Places
from reasonseg_ros.benchmarks.reasonseg import drawn
from reasonseg_ros.core.errors import BadInput
from reasonseg_ros.core.masks import Rle

# source -> where its annotations lie; a second place holds those of the validation split
PATHS: dict[str, tuple[str, ...]] = {
    'refcoco': ('refcoco/instances.json',),
    'refcoco+': ('refcoco+/instances.json',),
    'refcocog': ('refcocog/instances.json',),
    'paco_lvis': ('paco_lvis/annotations/paco_lvis_v1_train.json',
                  'paco_lvis/annotations/paco_lvis_v1_val.json'),
    'lvis': ('lvis/lvis_v1_train.json', 'lvis/lvis_v1_val.json'),
    'visual_genome': ('visual_genome/vg_masks_train_new.json',),
    'pascal': ('pascal/pascal_labels.json', 'pascal/pascal_labels_val.json'),
    'description_based_coco': ('description_based_coco/seg_mask_per_instance.json',),
    'ade20k': ('ade20k/annotations/training',),
    'cocostuff': ('cocostuff/train2017',),
    'reason_seg': ('reason_seg/annotations/train', 'reason_seg/annotations/val'),
}
_COCO = ('refcoco', 'refcoco+', 'refcocog', 'paco_lvis', 'lvis')
_LABELS = {'ade20k': 1, 'cocostuff': 0}  # what is added to a class to get its grey value


class Sources:
    """The annotations that the conversations of a split (train, val or test) need."""

    def __init__(self, places: Places, split: str) -> None:
        self._places = places
        self._split = split
        self._opened: dict[str, Any] = {}

    def files(self, sources: Iterable[str]) -> list[Path]:
        """Annotation files, not folders, of some sources, sorted. Raises BadInput."""
        return [path for path in map(self._path, sorted(sources)) if path.is_file()]

    def mask(self, name: MaskName, size: tuple[int, int]) -> tuple[Rle, str]:
        """Return a mask and its category ('' = not stated); `size` is that of the picture.

        Raises BadInput for a mask that the annotations do not have.
        """
        path = self._path(name.source)
        if name.source in _COCO:
            held = self._held(name.source, lambda: CocoFile(path))
            number = _number(name)
            return held.mask(number), held.category(number)
        if name.source in _LABELS:
            values = read_labels(path / Path(name.image).with_suffix('.png').name)
            return Rle.encode(values == _number(name) + _LABELS[name.source]), ''
        if name.source == 'reason_seg':
            # SegLLM counts what ReasonSeg wants ignored as background.
            return drawn(path / Path(name.image).with_suffix('.json').name, size).target, ''
        held = self._held(name.source, lambda: read_json(path))
        where = f'mask {name.mask} of "{path}"'
        entry = field(held, name.mask, f'"{path}"') if name.mask in held else None
        if entry is None:
            raise BadInput(f'"{path}" has no mask "{name.mask}"; expected the file of the same '
                           'split and version as the conversations')
        if name.source == 'description_based_coco':
            height, width = field(entry, 'image_dim', where)[:2]
            return from_coco(field(entry, 'segmentation', where), height, width, where), ''
        height, width = field(entry, 'size', where)
        return from_coco(entry, height, width, where), ''

    def _path(self, source: str) -> Path:
        if source not in PATHS:
            raise BadInput(f'the conversations name the source "{source}"; known ones are '
                           f'{", ".join(PATHS)}')
        places = PATHS[source]
        if source == 'reason_seg' and self._split == 'test':
            return self._places.within('mrseg', 'annotations', 'reason_seg/annotations/test')
        return self._places.within('mrseg', 'annotations',
                                   places[0] if self._split == 'train' else places[-1])

    def _held(self, source: str, read: Callable[[], Any]) -> Any:
        if source not in self._opened:
            self._opened[source] = read()
        return self._opened[source]


def _number(name: MaskName) -> int:
    if not name.mask.isdigit():
        raise BadInput(f'the source "{name.source}" has no mask "{name.mask}"; expected a number')
    return int(name.mask)
