# SPDX-License-Identifier: Apache-2.0
"""Overlays for people: masks drawn over the camera image, with outlines and tags.

An overlay shows exactly which pixels a mask has: the fill covers the mask and nothing else, the
outline lies around it. Tags are laid out in `drawing.labels`. Does not measure anything and does
not read or write files except through `save`.
"""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from reasonseg_ros.core.dialogue.dialogue import Instance
from reasonseg_ros.drawing.labels import Tag, draw_text, place, stamp, text_height, text_width

# The palette of Okabe and Ito, told apart by people with any kind of colour blindness. The order
# puts hues far apart next to each other, because neighbouring ids meet in one image.
PALETTE: tuple[tuple[int, int, int], ...] = (
    (86, 180, 233), (230, 159, 0), (204, 121, 167), (0, 158, 115), (240, 228, 66), (0, 114, 178),
    (213, 94, 0))
FILL = 0.42     # share of the instance's colour inside its mask
CASING = 0.55   # darkness of the thin line around an outline, so that it shows on any ground
STYLES = ('filled', 'outlined')
PAPER = (24, 27, 32)
INK = (236, 239, 244)


def colour_of(instance_id: int) -> tuple[int, int, int]:
    """Return the RGB colour that an instance has in every image."""
    return PALETTE[(instance_id - 1) % len(PALETTE)]


def overlay(rgb: np.ndarray, instances: Sequence[Instance],
            earlier: Sequence[Instance] = (), style: str = 'filled') -> np.ndarray:
    """Draw instances over an image.

    rgb        uint8 [H, W, 3]; left unchanged
    instances  with a tag "id label"; masks at the image's resolution
    earlier    outlined only, with a tag of the id: what the dialogue showed before
    style      of `instances`: filled (and outlined), or outlined
    Returns uint8 [H, W, 3].
    """
    height, width = rgb.shape[:2]
    for instance in (*instances, *earlier):
        if (instance.mask.height, instance.mask.width) != (height, width):
            raise ValueError(f'mask of instance {instance.id} is {instance.mask.width}x'
                             f'{instance.mask.height}, the image {width}x{height}')
    canvas = rgb.astype(np.float32)
    line = _line_width(height, width)
    # Small masks last: a part lies on its object and must stay in view.
    shown = {instance.id for instance in instances}  # a thing that is named again has one tag
    older = _large_first([e for e in earlier if e.id not in shown])
    newer = _large_first(instances)
    for instance, mask in older:
        _outline(canvas, mask, colour_of(instance.id), line)
    for instance, mask in newer:
        if style == 'filled':
            _fill(canvas, rgb, mask, colour_of(instance.id))
        _outline(canvas, mask, colour_of(instance.id), line)
    tags = [Tag(f'{i.id} {i.label}', colour_of(i.id), mask, solid=True) for i, mask in newer]
    tags += [Tag(str(i.id), colour_of(i.id), mask, solid=False) for i, mask in older]
    size = text_height(height, width)
    for tag, corner in place(tags, (height, width), size):
        stamp(canvas, tag, corner, size)
    return np.clip(np.rint(canvas), 0, 255).astype(np.uint8)


def captioned(image: np.ndarray, title: str, text: str) -> np.ndarray:
    """Return the image with a dark strip below that holds two lines, cut to the width."""
    height, width = image.shape[:2]
    size = text_height(height, width)
    strip = np.empty((int(3.8 * size), width, 3), np.float32)
    strip[:] = PAPER
    half = len(strip) // 2
    draw_text(strip[:half], size, _cut(title, width - 2 * size, size), INK, size)
    draw_text(strip[half:], size, _cut(text, width - 2 * size, size), PALETTE[0], size)
    return np.concatenate([image, np.rint(strip).astype(np.uint8)])


def contact_sheet(images: Sequence[np.ndarray], columns: int, gap: int = 8) -> np.ndarray:
    """Return images of one size side by side, row after row, on a dark ground."""
    height, width = images[0].shape[:2]
    rows = -(-len(images) // columns)
    sheet = np.empty((rows * (height + gap) + gap, columns * (width + gap) + gap, 3), np.uint8)
    sheet[:] = PAPER
    for number, image in enumerate(images):
        top = gap + number // columns * (height + gap)
        left = gap + number % columns * (width + gap)
        sheet[top:top + height, left:left + width] = image
    return sheet


def save(image: np.ndarray, path: Path) -> None:
    """Write uint8 [H, W, 3] as PNG."""
    Image.fromarray(image).save(path, format='PNG')


def _line_width(height: int, width: int) -> float:
    return max(1.0, min(height, width) / 230)


def _large_first(instances: Sequence[Instance]) -> list[tuple[Instance, np.ndarray]]:
    drawn = [i for i in instances if i.mask.area]
    return [(i, i.mask.decode()) for i in sorted(drawn, key=lambda i: -i.mask.area)]


def _fill(canvas: np.ndarray, rgb: np.ndarray, mask: np.ndarray,
          colour: tuple[int, int, int]) -> None:
    """Colour the mask over the image itself, so that colours of nested masks do not mix."""
    window = _window(mask, margin=0)
    inside = mask[window]
    canvas[window][inside] = (1 - FILL) * rgb[window][inside] + FILL * np.array(colour, np.float32)


def _outline(canvas: np.ndarray, mask: np.ndarray, colour: tuple[int, int, int],
             line: float) -> None:
    """Blend a coloured line and a thin dark one outside of it into `canvas`.

    Both follow the distance to the mask, which gives smooth edges without drawing polygons.
    """
    window = _window(mask, margin=int(2 * line) + 3)
    distance = cv2.distanceTransform((~mask[window]).astype(np.uint8), cv2.DIST_L2, 5)
    outside = distance > 0
    casing = np.clip(2 * line + 1 - distance, 0, 1) * outside * CASING
    stroke = np.clip(line + 1 - distance, 0, 1) * outside
    canvas[window] *= 1 - casing[..., None]
    canvas[window] += stroke[..., None] * (np.array(colour, np.float32) - canvas[window])


def _window(mask: np.ndarray, margin: int) -> tuple[slice, slice]:
    rows = np.flatnonzero(mask.any(1))
    columns = np.flatnonzero(mask.any(0))
    return (slice(max(0, rows[0] - margin), rows[-1] + margin + 1),
            slice(max(0, columns[0] - margin), columns[-1] + margin + 1))


def _cut(text: str, width: float, size: int) -> str:
    if text_width(text, size) <= width:
        return text
    while text and text_width(text + '...', size) > width:
        text = text[:-1]
    return text.rstrip() + '...'
