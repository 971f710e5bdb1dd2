# SPDX-License-Identifier: Apache-2.0
"""Right masks as people and tools write them into a file of dialogues: RLE, PNG, polygon, box.

All become COCO run lengths of the size of the image. A box is the rectangle of its pixels. Errors
name line and field. Does not know dialogues (`evaluation.script`).
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image
from pycocotools import mask as coco

from reasonseg_ros.core.masks import Rle
from reasonseg_ros.core.masks import run_lengths
from reasonseg_ros.evaluation.located_yaml import YamlValue

KINDS = ('rle', 'png', 'polygon', 'box')


def mask_of(kind: str, marked: YamlValue, folder: Path, size: tuple[int, int]) -> Rle:
    """Return the mask that `marked` holds, one of KINDS.

    folder  where paths of pictures begin
    size    (width, height) of the image

    Raises BadInput.
    """
    if kind == 'png':
        mask = _png(marked, folder, size)
    else:
        mask = {'rle': _rle, 'polygon': _polygon, 'box': _box}[kind](marked, size)
    if not mask.area:
        raise marked.wrong('the mask is empty; leave the target out')
    return mask


def _rle(marked: YamlValue, size: tuple[int, int]) -> Rle:
    fields = marked.mapping(('size', 'counts'))
    shape = [one.whole() for one in fields['size'].items()]
    if len(shape) != 2:
        raise fields['size'].wrong(f'found {len(shape)} numbers, expected height and width')
    height, width = shape
    _check_size(fields['size'], (width, height), size)
    counts = fields['counts']
    if counts.is_list():
        runs = [one.whole() for one in counts.items()]
        if min(runs, default=0) < 0 or sum(runs) != height * width:
            raise counts.wrong(f'the counts add up to {sum(runs)}, expected {height * width} '
                               f'pixels of {width}x{height}')
        encoded = coco.frPyObjects({'size': shape, 'counts': runs}, height, width)['counts']
        return Rle(height, width, encoded)
    try:
        mask = Rle(height, width, counts.text().encode('ascii'))
        runs = run_lengths(mask.counts)
    except (UnicodeEncodeError, ValueError, IndexError) as error:
        raise counts.wrong('these are no COCO run lengths; write what pycocotools encodes'
                           ) from error
    if runs.size == 0 or runs.min() < 0 or runs.sum() != height * width:
        raise counts.wrong(f'the run lengths cover {int(runs.sum())} pixels, expected '
                           f'{height * width} of {width}x{height}')
    return mask


def _png(marked: YamlValue, folder: Path, size: tuple[int, int]) -> Rle:
    path = folder / marked.text()
    try:
        with Image.open(path) as picture:
            pixels = np.asarray(picture.convert('L'))
    except (OSError, SyntaxError, ValueError) as error:
        raise marked.wrong(f'{path} is no picture that can be read; give a PNG beside this file'
                           ) from error
    _check_size(marked, (pixels.shape[1], pixels.shape[0]), size)
    return Rle.encode(pixels > 0)


def _polygon(marked: YamlValue, size: tuple[int, int]) -> Rle:
    entries = marked.items()
    rings = [[n.number() for n in ring.items()] for ring in entries] if (
        entries and entries[0].is_list()) else [[n.number() for n in entries]]
    for ring in rings:
        if len(ring) < 6 or len(ring) % 2:
            raise marked.wrong(f'a polygon has {len(ring)} numbers, expected x, y of at least 3 '
                               'corners')
        _check_inside(marked, ring[::2], ring[1::2], size)
    width, height = size
    merged = coco.merge(coco.frPyObjects(rings, height, width))
    return Rle(height, width, merged['counts'])


def _box(marked: YamlValue, size: tuple[int, int]) -> Rle:
    numbers = [one.number() for one in marked.items()]
    if len(numbers) != 4 or min(numbers[2:]) <= 0:
        raise marked.wrong(f'found {numbers}, expected x, y, width, height with a width and a '
                           'height above 0')
    x, y, across, down = numbers
    _check_inside(marked, (x, x + across), (y, y + down), size)
    mask = np.zeros(size[::-1], bool)
    mask[round(y):round(y + down), round(x):round(x + across)] = True
    return Rle.encode(mask)


def _check_size(marked: YamlValue, found: tuple[int, int], expected: tuple[int, int]) -> None:
    if found != expected:
        raise marked.wrong(f'the mask is {found[0]}x{found[1]}, the images of the bag '
                           f'{expected[0]}x{expected[1]}; draw it on an image of the bag')


def _check_inside(marked: YamlValue, xs: Sequence[float], ys: Sequence[float],
                  size: tuple[int, int]) -> None:
    if min(xs) < 0 or min(ys) < 0 or max(xs) > size[0] or max(ys) > size[1]:
        raise marked.wrong(f'it reaches from {min(xs):g}, {min(ys):g} to {max(xs):g}, '
                           f'{max(ys):g}, out of the {size[0]}x{size[1]} images of the bag')
