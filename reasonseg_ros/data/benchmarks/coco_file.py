# SPDX-License-Identifier: Apache-2.0
"""A COCO annotation file (RefCOCO, PACO-LVIS, LVIS), indexed by annotation and by image."""

from pathlib import Path

from reasonseg_ros.core.errors import BadInput
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.data.benchmarks.files import field
from reasonseg_ros.data.benchmarks.files import read_json
from reasonseg_ros.data.benchmarks.shapes import from_coco


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
        return field(image, 'file_name', f'image {image_id} of "{self.path}"')

    def category(self, annotation_id: int) -> str:
        """Name of the category of an annotation; '' where the file states none."""
        annotation = self._find(self._annotations, annotation_id, 'annotation')
        return self._categories.get(annotation.get('category_id'), '')

    def mask(self, annotation_id: int) -> Rle:
        """Mask of an annotation, at the size of its image."""
        annotation = self._find(self._annotations, annotation_id, 'annotation')
        where = f'annotation {annotation_id} of "{self.path}"'
        return from_coco(field(annotation, 'segmentation', where),
                         *self.size(annotation['image_id']), where)

    def _find(self, table: dict, key: object, what: str) -> dict:
        if key not in table:
            raise BadInput(f'"{self.path}" has no {what} {key!r}; expected the file of the same '
                           'split and version as the conversations')
        return table[key]
