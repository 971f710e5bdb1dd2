# SPDX-License-Identifier: Apache-2.0
"""Masks from what annotation files hold: polygons, run lengths, outlines. Source: COCO API.

COCO polygons and run lengths follow pycocotools; outlines of ReasonSeg are drawn with their rim.

`CocoFile` holds one annotation file (RefCOCO, PACO-LVIS, LVIS), indexed by annotation and by image.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from pycocotools import mask as coco

from reasonseg_ros.benchmarks.files import field, read_json
from reasonseg_ros.core.errors import BadInput
from reasonseg_ros.core.masks import Rle


def from_coco(segmentation: Any, height: int, width: int, where: str) -> Rle:
    """Mask of a COCO segmentation: polygons, or run lengths (packed or not), or a list of those.

    Several parts are united. `where` names the annotation. Raises BadInput.
    """
    parts = segmentation if isinstance(segmentation, list) else [segmentation]
    if parts and all(isinstance(part, (int, float)) for part in parts):
        parts = [parts]  # one polygon that is not in a list
    rles = [rle for part in parts for rle in _rles(part, height, width, where)]
    if not rles:
        return Rle.encode(np.zeros((height, width), bool))
    merged = coco.merge(rles)
    return Rle(height, width, merged['counts'])


def _rles(part: Any, height: int, width: int, where: str) -> list[dict[str, Any]]:
    if isinstance(part, Mapping):
        return [_run_lengths(part, height, width, where)]
    if not isinstance(part, Sequence) or isinstance(part, str) or len(part) % 2:
        raise BadInput(f'{where} has a segmentation that is neither polygon nor run lengths; '
                       'obtain the file again')
    # pycocotools takes four numbers for a box; a polygon has three points at least.
    return coco.frPyObjects([part], height, width) if len(part) >= 6 else []


def _run_lengths(part: Mapping[str, Any], height: int, width: int, where: str) -> dict[str, Any]:
    size, counts = part.get('size'), part.get('counts')
    if counts is None or size is None:
        raise BadInput(f'{where} has run lengths without "size" and "counts"')
    if list(size) != [height, width]:
        raise BadInput(f'{where} has run lengths of {size[1]}x{size[0]} pixels, its image '
                       f'{width}x{height}; obtain matching files')
    if isinstance(counts, list):
        rle: dict[str, Any] = coco.frPyObjects({'size': [height, width], 'counts': counts},
                                               height, width)
        return rle
    packed = counts.encode() if isinstance(counts, str) else counts
    return {'size': [height, width], 'counts': packed}


def draw(canvas: np.ndarray, points: Sequence[Sequence[float]], value: int) -> None:
    """Fill an outline [(x, y), ...] on uint8 [H, W], its one pixel wide rim included (as LISA)."""
    outline = [np.array(points).astype(np.int32)]  # coordinates are cut off, not rounded
    cv2.polylines(canvas, outline, True, value, 1)
    cv2.fillPoly(canvas, outline, value)


class CocoFile:
    """The file in memory; masks are made when they are asked for."""

    def __init__(self, path: Path) -> None:
        held = read_json(path)
        self.path = path
        self._annotations = {a['id']: a for a in field(held, 'annotations', f'"{path}"')}
        self._images = {i['id']: i for i in field(held, 'images', f'"{path}"')}
        self._categories = {c['id']: c['name'] for c in held.get('categories', ())}

    def size(self, image_id: int) -> tuple[int, int]:
        """(height, width) of an image."""
        image = self._find(self._images, image_id, 'image')
        return image['height'], image['width']

    def file_name(self, image_id: int) -> str:
        """File name of an image."""
        image = self._find(self._images, image_id, 'image')
        name: str = field(image, 'file_name', f'image {image_id} of "{self.path}"')
        return name

    def category(self, annotation_id: int) -> str:
        """Name of the category of an annotation; '' where the file states none."""
        annotation = self._find(self._annotations, annotation_id, 'annotation')
        return str(self._categories.get(annotation.get('category_id'), ''))

    def mask(self, annotation_id: int) -> Rle:
        """Mask of an annotation, at the size of its image."""
        annotation = self._find(self._annotations, annotation_id, 'annotation')
        where = f'annotation {annotation_id} of "{self.path}"'
        return from_coco(field(annotation, 'segmentation', where),
                         *self.size(annotation['image_id']), where)

    def _find(self, table: dict[Any, dict[str, Any]], key: object, what: str) -> dict[str, Any]:
        if key not in table:
            raise BadInput(f'"{self.path}" has no {what} {key!r}; expected the file of the same '
                           'split and version as the conversations')
        return table[key]
