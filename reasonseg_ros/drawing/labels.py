# SPDX-License-Identifier: Apache-2.0
"""Tags of an overlay: small labels that name an instance, and where to put them.

A tag stays inside the image, keeps off other tags, and hides as little of the masks as it can;
a small mask counts as much as a large one. Does not draw masks (`drawing.overlay`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

DARK = (18, 20, 24)
LIGHT = (255, 255, 255)
SMOOTH = 4  # tags are drawn this much larger and averaged down, for smooth corners

# Costs of a place, in shares: of a mask that is hidden, of the tag that lies on another tag, and
# per text height of distance from the mask.
HIDES = 4.0
COLLIDES = 20.0
FAR = 0.08


@dataclass(frozen=True, eq=False)
class Tag:
    """What a tag says and marks.

    mask   bool [H, W], not empty
    solid  text on the colour; otherwise the colour on a dark ground
    """

    text: str
    colour: tuple[int, int, int]
    mask: np.ndarray
    solid: bool

    @cached_property
    def box(self) -> tuple[int, int, int, int]:
        """(y0, x0, y1, x1) of the mask, the ends exclusive."""
        rows = np.flatnonzero(self.mask.any(1))
        columns = np.flatnonzero(self.mask.any(0))
        return int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1

    @cached_property
    def area(self) -> int:
        """Pixels of the mask."""
        return int(np.count_nonzero(self.mask))


def text_height(height: int, width: int) -> int:
    """Font size in pixels for an image: 11 at 320x240, 16 at 640x480, 26 at 1080p."""
    return round(6.5 + 0.0185 * min(height, width, 1600)) if min(height, width) > 240 else 11


def text_width(text: str, size: int) -> float:
    """Pixels that a line of text is wide."""
    return _font(size * SMOOTH).getlength(text) / SMOOTH


def draw_text(canvas: np.ndarray, left: float, text: str, colour: tuple[int, int, int],
              size: int) -> None:
    """Blend a line of text into float32 [H, W, 3], `left` pixels in, half way up."""
    high, wide = canvas.shape[:2]
    layer = Image.new('L', (wide * SMOOTH, high * SMOOTH))
    ImageDraw.Draw(layer).text((left * SMOOTH, high * SMOOTH / 2), text, fill=255,
                               font=_font(size * SMOOTH), anchor='lm')
    alpha = np.asarray(layer.resize((wide, high), Image.Resampling.BOX), np.float32)[..., None]
    canvas += alpha / 255 * (np.array(colour, np.float32) - canvas)


def tag_size(text: str, size: int) -> tuple[int, int]:
    """Return (height, width) in pixels of a tag."""
    return round(1.5 * size), round(text_width(text, size) + size)


def place(tags: Sequence[Tag], shape: tuple[int, int],
          size: int) -> list[tuple[Tag, tuple[int, int]]]:
    """Choose the top left corner (y, x) of every tag in an image of (height, width) = `shape`.

    The smallest mask chooses first, because it has the fewest good places. A text that is wider
    than the image is shortened.
    """
    share = np.zeros(shape, np.float32)  # share of all masks that one pixel holds
    for tag in tags:
        y0, x0, y1, x1 = tag.box
        share[y0:y1, x0:x1] += tag.mask[y0:y1, x0:x1] / np.float32(tag.area)
    hidden = cv2.integral(share)
    taken: list[tuple[int, int, int, int]] = []
    placed = []
    for tag in sorted(tags, key=lambda tag: tag.area):
        tag = _shortened(tag, shape[1], size)
        high, wide = tag_size(tag.text, size)
        places = [(y, x, y + high, x + wide)
                  for y, x in _corners(tag.box, (high, wide), shape, size)]
        costs = [_cost(rect, tag.box, hidden, taken, size) for rect in places]
        best = places[int(np.argmin(costs))]
        taken.append(best)
        placed.append((tag, best[:2]))
    return placed


def stamp(canvas: np.ndarray, tag: Tag, corner: tuple[int, int], size: int) -> None:
    """Draw a tag at (y, x) into float32 [H, W, 3], with a line to its mask when it is far."""
    high, wide = tag_size(tag.text, size)
    y, x = corner
    _leader(canvas, tag, (y, x, y + high, x + wide), size)
    ground = tag.colour if tag.solid else DARK
    ink = tag.colour if not tag.solid else DARK if _luminance(ground) > 110 else LIGHT
    plate = Image.new('L', (wide * SMOOTH, high * SMOOTH))
    ImageDraw.Draw(plate).rounded_rectangle(
        (0, 0, wide * SMOOTH - 1, high * SMOOTH - 1), radius=0.4 * size * SMOOTH, fill=255)
    alpha = np.asarray(plate.resize((wide, high), Image.Resampling.BOX), np.float32) / 255
    part = canvas[y:y + high, x:x + wide]
    alpha = alpha[:part.shape[0], :part.shape[1], None] * np.float32(0.96 if tag.solid else 0.72)
    part += alpha * (np.array(ground, np.float32) - part)
    draw_text(part, size / 2, tag.text, ink, size)


@lru_cache(maxsize=16)
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _shortened(tag: Tag, width: int, size: int) -> Tag:
    text = tag.text
    while len(text) > 1 and tag_size(text, size)[1] > width:
        text = text[:-1]
    return Tag(text, tag.colour, tag.mask, tag.solid)


def _luminance(colour: tuple[int, int, int]) -> float:
    return 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]


def _corners(box: tuple[int, int, int, int], tag: tuple[int, int], shape: tuple[int, int],
             size: int) -> list[tuple[int, int]]:
    """Return places around a box, and its middle, moved into the image."""
    y0, x0, y1, x1 = box
    high, wide = tag
    middle = ((y0 + y1 - high) // 2, (x0 + x1 - wide) // 2)
    corners = [(y0, middle[1]), middle]
    for gap in (size // 3, size, 2 * size, 4 * size):
        above, below = y0 - high - gap, y1 + gap
        left, right = x0 - wide - gap, x1 + gap
        corners += [(above, middle[1]), (below, middle[1]), (middle[0], right), (middle[0], left),
                    (above, x0), (above, x1 - wide), (below, x0), (below, x1 - wide),
                    (above, right), (above, left), (below, right), (below, left)]
    return [(min(max(y, 0), max(shape[0] - high, 0)), min(max(x, 0), max(shape[1] - wide, 0)))
            for y, x in corners]


def _cost(tag: tuple[int, int, int, int], box: tuple[int, int, int, int], hidden: np.ndarray,
          taken: Sequence[tuple[int, int, int, int]], size: int) -> float:
    y0, x0, y1, x1 = tag
    limit_y, limit_x = hidden.shape[0] - 1, hidden.shape[1] - 1
    bottom, right = min(y1, limit_y), min(x1, limit_x)
    share = hidden[bottom, right] - hidden[y0, right] - hidden[bottom, x0] + hidden[y0, x0]
    own = (y1 - y0) * (x1 - x0)
    collision = sum(max(0, min(y1, b) - max(y0, t)) * max(0, min(x1, r) - max(x0, left))
                    for t, left, b, r in taken) / own
    away = max(box[0] - y1, y0 - box[2], 0) + max(box[1] - x1, x0 - box[3], 0)
    return HIDES * float(share) + COLLIDES * collision + FAR * away / size


def _leader(canvas: np.ndarray, tag: Tag, rect: tuple[int, int, int, int], size: int) -> None:
    """Draw a line from a tag to the nearest pixel of its mask when they are apart."""
    y0, x0, y1, x1 = rect
    top, left, bottom, right = tag.box
    if max(top - y1, y0 - bottom, 0) + max(left - x1, x0 - right, 0) == 0 and tag.area > size ** 2:
        return
    rows, columns = np.nonzero(tag.mask[top:bottom, left:right])
    rows, columns = rows + top, columns + left
    start_y, start_x = np.clip(rows, y0, y1 - 1), np.clip(columns, x0, x1 - 1)
    distance = np.hypot(rows - start_y, columns - start_x)
    nearest = int(np.argmin(distance))
    if distance[nearest] <= size:
        return
    line = np.zeros(canvas.shape[:2], np.uint8)
    cv2.line(line, (int(start_x[nearest]), int(start_y[nearest])),
             (int(columns[nearest]), int(rows[nearest])), 255, max(1, size // 10), cv2.LINE_AA)
    canvas += line[..., None] / np.float32(255) * (np.array(tag.colour, np.float32) - canvas)
