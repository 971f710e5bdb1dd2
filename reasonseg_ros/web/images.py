# SPDX-License-Identifier: Apache-2.0
"""What browsers show of images: live JPEGs, masks, crops, and which masks still lie right.

Nothing is written to disk, and everything kept is bounded. Knows neither ROS nor browsers.
"""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from reasonseg_ros.core import masks
from reasonseg_ros.core.dialogue.dialogue import Instance, Round
from reasonseg_ros.drawing.overlay import colour_of

WIDEST = 1280          # pixels of a live image
QUALITY = 80
CROP = 112             # pixels of the longer side of a crop
CROP_MARGIN = 0.15     # of the box on each side
MOST_BYTES = 32 << 20  # of masks and crops together
VIEW = (80, 60)        # cells in which views are compared, width and height
MOVED = 10             # grey levels that the cells under a mask may change on average
VIEWS = 256            # moments whose view is remembered
OUTLINE = 0.8          # pixels that an outline may be off
FILL, LINE = 96, 255   # opacity inside a mask and along its edge, of 255


@dataclass(frozen=True)
class LiveImage:
    """A JPEG for browsers; `width` and `height` are those of the source, in pixels.

    moved     ids of things whose mask does not lie right on it any more
    followed  the things as the node followed them to this image
    """

    stamp: int
    width: int
    height: int
    jpeg: bytes
    moved: tuple[int, ...]
    followed: tuple[Instance, ...] = ()


class ImageStore:
    """Masks and crops by name, and the views of the images that they are of; for any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._files: OrderedDict[str, bytes] = OrderedDict()
        self._size = 0
        self._views: OrderedDict[int, np.ndarray] = OrderedDict()

    def get(self, name: str) -> bytes | None:
        """Return a PNG (mask-...) or a JPEG (crop-...)."""
        with self._lock:
            return self._files.get(name)

    def mask(self, instance: Instance) -> str:
        """Return the name of the mask as a coloured PNG of the size of its box."""
        name = f'mask-{_digest(instance, 0)}'
        if self.get(name) is None:
            self._put(name, mask_png(instance))
        return name

    def crop(self, instance: Instance, stamp: int) -> str | None:
        """Return the name of the crop; None when its image was not there (`look`)."""
        name = f'crop-{_digest(instance, stamp)}'
        return None if self.get(name) is None else name

    def look(self, rounds: Iterable[Round], stamp: int, rgb: np.ndarray) -> None:
        """Take from an image, uint8 [H, W, 3], the crops and the view of its rounds."""
        for record in rounds:
            for instance in record.instances:
                self._put(f'crop-{_digest(instance, stamp)}', crop_jpeg(rgb, instance))
        with self._lock:    # last: whoever finds the view finds the crops
            self._views[stamp] = view(rgb)
            while len(self._views) > VIEWS:
                self._views.popitem(last=False)

    def seen(self, stamp: int) -> bool:
        """Whether the image of this moment was looked at."""
        with self._lock:
            return stamp in self._views

    def moved(self, rounds: Sequence[Round], rgb: np.ndarray) -> tuple[int, ...]:
        """Return the ids of instances where an image, uint8 [H, W, 3], shows something else.

        Those whose own image is not remembered are among them: nobody knows what it showed.
        """
        now = view(rgb)
        with self._lock:
            then = {r.index: self._views.get(r.stamp) for r in rounds}
        return tuple(i.id for r in rounds for i in r.instances
                     if not _same(now, then[r.index], i, rgb.shape[1], rgb.shape[0]))

    def _put(self, name: str, data: bytes) -> None:
        with self._lock:
            self._size += len(data) - len(self._files.pop(name, b''))
            self._files[name] = data
            while self._size > MOST_BYTES:
                self._size -= len(self._files.popitem(last=False)[1])


def live_jpeg(rgb: np.ndarray) -> bytes:
    """Encode uint8 [H, W, 3], no wider than WIDEST."""
    height, width = rgb.shape[:2]
    if width > WIDEST:
        rgb = cv2.resize(rgb, (WIDEST, round(height * WIDEST / width)),
                         interpolation=cv2.INTER_AREA)
    return _encoded('.jpg', rgb[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, QUALITY])


def mask_png(instance: Instance) -> bytes:
    """Encode a mask, cropped to its box, in the colour of the instance with an opaque edge."""
    (_, _, width, height), inside = masks.crop(instance.mask)
    if not inside.size:
        width = height = 1
        inside = np.zeros((1, 1), bool)
    thick = np.ones((3, 3), np.uint8)
    padded = np.pad(inside.astype(np.uint8), 1)
    edge = inside & (cv2.erode(padded, thick)[1:-1, 1:-1] == 0)
    pixels = np.zeros((height, width, 4), np.uint8)
    pixels[inside] = (*colour_of(instance.id)[::-1], FILL)
    pixels[edge, 3] = LINE
    return _encoded('.png', pixels, [])


def outlines(instance: Instance) -> list[list[int]]:
    """Return the polygons around a mask, holes too, each x, y, x, y, ... in pixels."""
    (x, y, *_), inside = masks.crop(instance.mask)
    if not inside.size:
        return []
    around, _ = cv2.findContours(inside.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE,
                                 offset=(int(x), int(y)))
    return [cv2.approxPolyDP(one, OUTLINE, True).ravel().tolist() for one in around
            if len(one) > 2]


def crop_jpeg(rgb: np.ndarray, instance: Instance) -> bytes:
    """Encode what an image, uint8 [H, W, 3], shows around a mask; CROP pixels at most."""
    x0, y0, x1, y1 = instance.mask.box
    dx, dy = CROP_MARGIN * (x1 - x0) + 2, CROP_MARGIN * (y1 - y0) + 2
    left, top = max(0, int(x0 - dx)), max(0, int(y0 - dy))
    part = rgb[top:int(y1 + dy) + 1, left:int(x1 + dx) + 1]
    if not part.size:
        part = np.zeros((1, 1, 3), np.uint8)
    scale = CROP / max(part.shape[:2])
    size = (max(1, round(part.shape[1] * scale)), max(1, round(part.shape[0] * scale)))
    small = cv2.resize(part, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    return _encoded('.jpg', small[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, QUALITY])


def view(rgb: np.ndarray) -> np.ndarray:
    """Return what an image, uint8 [H, W, 3], looks like from afar: float32 [60, 80], grey."""
    small = cv2.resize(rgb, VIEW, interpolation=cv2.INTER_AREA)
    return np.asarray(small.mean(axis=2), np.float32)


def things_at(things: Iterable[Instance], box: tuple[float, float, float, float],
              reach: float) -> tuple[int, ...]:
    """Return the ids of the things that a person points at, in pixels of the image.

    box    (x0, y0, x1, y1); without width and height it is a point, which means the smallest mask
           there; otherwise every object (no part) that lies in it for the most part
    reach  how far beside its mask a point may be, pixels
    """
    x0, y0, x1, y1 = box
    near: list[tuple[float, int, int]] = []
    inside = []
    for instance in things:
        left, top, right, bottom = instance.mask.box
        if min(x1 - left, right - x0, y1 - top, bottom - y0) < -reach or not instance.mask.area:
            continue
        rows, columns = np.nonzero(instance.mask.decode())
        if x0 == x1 and y0 == y1:
            across, down = (np.maximum(np.abs(pixels + 0.5 - point) - 0.5, 0)
                            for pixels, point in ((columns, x0), (rows, y0)))
            distance = float(np.hypot(across, down).min())  # 0 on the mask
            if distance <= reach:
                near.append((distance, instance.mask.area, -instance.id))
        else:
            within = (columns >= x0) & (columns < x1) & (rows >= y0) & (rows < y1)
            if within.mean() > 0.5 and not instance.parent_id:
                inside.append(instance.id)
    return (-min(near)[2],) if near else tuple(inside)


def _same(now: np.ndarray, then: np.ndarray | None, instance: Instance, width: int,
          height: int) -> bool:
    """Whether two views are alike under the box of a mask in an image of this size."""
    if then is None:
        return False
    if not instance.mask.area:
        return True
    x0, y0, x1, y1 = instance.mask.box
    columns = slice(int(x0 * VIEW[0] / width), int(x1 * VIEW[0] / width) + 1)
    rows = slice(int(y0 * VIEW[1] / height), int(y1 * VIEW[1] / height) + 1)
    return bool(np.abs(now[rows, columns] - then[rows, columns]).mean() <= MOVED)


def _digest(instance: Instance, stamp: int) -> str:
    text = f'{instance.id} {stamp} {instance.mask.height} '.encode() + instance.mask.counts
    return hashlib.sha256(text).hexdigest()[:20]


def _encoded(kind: str, pixels: np.ndarray, options: list[int]) -> bytes:
    """Encode uint8 BGR or BGRA."""
    done, data = cv2.imencode(kind, np.ascontiguousarray(pixels), options)
    if not done:
        raise ValueError(f'cannot encode {pixels.shape} as {kind}')
    return bytes(data)
