# SPDX-License-Identifier: Apache-2.0
"""Masks: COCO run-length encoding, boxes, overlaps, label images. Numpy only.

A mask is bool [H, W] in the pixels of its source image. A box is (x0, y0, x1, y1), float pixels,
x1 and y1 exclusive. Run lengths follow the COCO format (pycocotools, Apache/BSD: column-major,
compressed counts), so files exchange with every COCO tool.
"""

from dataclasses import dataclass

import numpy as np
from pycocotools import mask as coco


@dataclass(frozen=True)
class Rle:
    """A mask as compressed COCO run lengths; a few hundred bytes for an object at 640x480."""

    height: int
    width: int
    counts: bytes

    @staticmethod
    def encode(mask: np.ndarray) -> 'Rle':
        """Encode bool or 0/1 [H, W]."""
        height, width = mask.shape
        rle = coco.encode(np.asfortranarray(mask, dtype=np.uint8))
        return Rle(height, width, rle['counts'])

    def decode(self) -> np.ndarray:
        """Return bool [H, W]."""
        return coco.decode(self._coco()).astype(bool)

    @property
    def area(self) -> int:
        """Pixels inside the mask."""
        return int(coco.area(self._coco()))

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Tight (x0, y0, x1, y1), x1 and y1 exclusive; all zero for an empty mask."""
        x, y, w, h = (float(v) for v in coco.toBbox(self._coco()))
        return (x, y, x + w, y + h)

    def iou(self, other: 'Rle') -> float:
        """Intersection over union; 1.0 for two empty masks."""
        if self.area == 0 and other.area == 0:
            return 1.0
        return float(coco.iou([self._coco()], [other._coco()], [0])[0, 0])

    def _coco(self) -> dict:
        return {'size': [self.height, self.width], 'counts': self.counts}
