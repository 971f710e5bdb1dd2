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

from reasonseg_ros.benchmarks.files import by_id, field, read_json, sentence, size_field
from reasonseg_ros.core.errors import BadInput
from reasonseg_ros.core.mask_input import check_image_size, from_counts, from_polygons
from reasonseg_ros.core.masks import Rle, merge

Outline = Sequence[Sequence[float]]
FARTHEST = 100_000      # pixels; OpenCV takes its time with corners that are farther away


def from_coco(segmentation: object, height: object, width: object, where: str) -> Rle:
    """Mask of a COCO segmentation: polygons, or run lengths (packed or not), or a list of those.

    Several parts are united; no part at all is an empty mask. `where` names the annotation. Raises
    BadInput.
    """
    try:
        parts = _parts(segmentation, *check_image_size(height, width))
    except ValueError as error:
        raise BadInput(f'{where} has no usable segmentation: {error}; obtain the file again'
                       ) from error
    return merge(parts) if len(parts) > 1 else parts[0]


def doubled_in_coco(segmentation: object, height: object, width: object, where: str) -> Rle | None:
    """Pixels that several parts of a COCO segmentation cover; None where no two of them overlap.

    Arguments and errors are those of `from_coco`.
    """
    whole = from_coco(segmentation, height, width, where)
    first, *others = _parts(segmentation, whole.height, whole.width, apart=True)
    if first.area + sum(part.area for part in others) == whole.area:
        return None
    covered, twice = first, []
    for part in others:
        if covered.intersection(part):
            twice.append(Rle.encode(covered.decode() & part.decode()))
        covered = merge([covered, part])
    return merge(twice)


def from_sized(record: object, where: str, size: str = 'size', mask: str = '') -> Rle:
    """Mask of a record that states its own (height, width, ...) in the field `size`.

    mask  field of the segmentation; '' = the record is it

    Raises BadInput.
    """
    stated = field(record, size, where, list)
    if len(stated) < 2:
        raise BadInput(f'{where} has the "{size}" {stated!r:.60}, expected height and width')
    height, width = stated[:2]
    return from_coco(field(record, mask, where, object) if mask else record, height, width, where)


def _parts(segmentation: object, height: int, width: int, apart: bool = False) -> list[Rle]:
    """At least one mask: polygons together, or with `apart` each by itself."""
    parts = segmentation if isinstance(segmentation, list) else [segmentation]
    if parts and all(isinstance(part, (int, float)) for part in parts):
        parts = [parts]  # one polygon that is not in a list
    rings, masks = [], []
    for part in parts:
        if isinstance(part, Mapping):
            masks.append(_run_lengths(part, height, width))
        elif isinstance(part, list):
            rings.append(part)
        else:
            raise ValueError(f'found {part!r:.60}, expected polygons or run lengths')
    # Annotation tools leave points and lines beside the polygons of a thing.
    polygons = [ring for ring in rings if len(ring) >= 6 or len(ring) % 2]
    if rings and not polygons and not masks:
        raise ValueError(f'found a polygon of {len(rings[0])} numbers, expected x, y of at least '
                         '3 corners')
    drawn = [[polygon] for polygon in polygons] if apart and polygons else [polygons]
    if polygons or not masks:
        masks += [from_polygons(group, height, width) for group in drawn]
    return masks


def _run_lengths(part: Mapping[str, object], height: int, width: int) -> Rle:
    size, counts = part.get('size'), part.get('counts')
    if counts is None or size is None:
        raise ValueError('found run lengths without "size" and "counts"')
    if not isinstance(size, list) or len(size) != 2:
        raise ValueError(f'found run lengths with the size {size!r:.40}, expected height and width')
    if size != [height, width]:
        raise ValueError(f'found run lengths of {size[1]}x{size[0]} pixels, expected the {width}x'
                         f'{height} of the image')
    return from_counts(counts, height, width)


def check_outline(points: object, where: str) -> Outline:
    """Return corners [(x, y), ...] that can be drawn. Raises BadInput."""
    if not isinstance(points, list):
        raise BadInput(f'{where} has {points!r:.60} as "points", expected a list of corners')
    for point in points:
        if not isinstance(point, (list, tuple)) or len(point) != 2 or not all(
                isinstance(n, (int, float)) and not isinstance(n, bool) and abs(n) <= FARTHEST
                for n in point):
            raise BadInput(f'{where} has the corner {point!r:.60}, expected two numbers of pixels')
    return points


def draw(canvas: np.ndarray, points: Outline, value: int) -> None:
    """Fill an outline [(x, y), ...] on uint8 [H, W], its one pixel wide rim included (as LISA)."""
    outline = [np.array(points).astype(np.int32)]  # coordinates are cut off, not rounded
    cv2.polylines(canvas, outline, True, value, 1)
    cv2.fillPoly(canvas, outline, value)


class CocoFile:
    """The file in memory; masks are made when they are asked for."""

    def __init__(self, path: Path) -> None:
        held = read_json(path)
        where = f'"{path}"'
        self.path = path
        self._annotations = by_id(field(held, 'annotations', where, list), 'annotation', path)
        self._images = by_id(field(held, 'images', where, list), 'image', path)
        categories = field(held, 'categories', where, list) if held.get('categories') else []
        self._categories = by_id(categories, 'category', path)

    def size(self, image_id: object) -> tuple[int, int]:
        """(height, width) of an image."""
        return size_field(self._find(self._images, image_id, 'image'),
                          f'image {image_id} of "{self.path}"')

    def file_name(self, image_id: object) -> str:
        """File name of an image."""
        image = self._find(self._images, image_id, 'image')
        return sentence(image, 'file_name', f'image {image_id} of "{self.path}"')

    def category(self, annotation_id: object) -> str:
        """Name of the category of an annotation; '' where the file states none."""
        key = self._find(self._annotations, annotation_id, 'annotation').get('category_id')
        if not isinstance(key, (int, str)) or key not in self._categories:
            return ''
        return field(self._categories[key], 'name', f'category {key} of "{self.path}"', str)

    def mask(self, annotation_id: object) -> Rle:
        """Mask of an annotation, at the size of its image."""
        return from_coco(*self._segmentation(annotation_id))

    def doubled(self, annotation_id: object) -> Rle | None:
        """Pixels of an annotation that several of its parts cover; None where none are."""
        return doubled_in_coco(*self._segmentation(annotation_id))

    def _segmentation(self, annotation_id: object) -> tuple[object, int, int, str]:
        """What `from_coco` takes."""
        annotation = self._find(self._annotations, annotation_id, 'annotation')
        where = f'annotation {annotation_id} of "{self.path}"'
        return (field(annotation, 'segmentation', where, object),
                *self.size(field(annotation, 'image_id', where, object)), where)

    def _find(self, table: dict[Any, Any], key: object, what: str) -> dict[str, Any]:
        if not isinstance(key, (int, str)) or key not in table:
            raise BadInput(f'"{self.path}" has no {what} {key!r:.60}; expected the file of the '
                           'same split and version as the conversations')
        found: dict[str, Any] = table[key]
        return found
