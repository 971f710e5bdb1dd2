# SPDX-License-Identifier: Apache-2.0
"""ReasonSeg (LISA): one instruction per image, outlines as truth, regions that do not count.

X.jpg lies beside X.json: {"shapes": [{"label", "points": [[x, y], ...]}], "text": [str, ...],
"is_sentence": bool}. Shapes are drawn the largest first, each over those before; one labelled
"ignore..." leaves pixels that count neither way, one labelled "flag" is nothing. Only the first
text is asked, as in the papers.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from reasonseg_ros.benchmarks.annotations import Outline, check_outline, draw
from reasonseg_ros.benchmarks.conversation import (
    SEG,
    Conversation,
    ConversationRound,
    Dataset,
    TruthMask,
)
from reasonseg_ros.benchmarks.files import field, read_json, version_of, words
from reasonseg_ros.benchmarks.image_files import image_size
from reasonseg_ros.benchmarks.places import Places
from reasonseg_ros.core.errors import BadInput
from reasonseg_ros.core.masks import Rle

_TARGET, _IGNORE = 1, 255


class Outlines(NamedTuple):
    """The outlines of one file: what is asked for, and what does not count."""

    target: Rle
    ignore: Rle


def open_reasonseg(places: Places, split: str) -> Dataset:
    """Open the split train, val or test. Raises BadInput."""
    folder = places.within('reasonseg', 'root', split)
    images = sorted(folder.glob('*.jpg'))
    if not images:
        raise BadInput(f'"{folder}" has no .jpg; expected the images of ReasonSeg, each beside '
                       'its .json')
    annotations = [image.with_suffix('.json') for image in images]
    missing = [a for a in annotations if not a.exists()]
    if missing:
        raise BadInput(f'"{missing[0]}" is missing beside its image; obtain ReasonSeg again')

    def read(index: int) -> Conversation:
        return _conversation(images[index])
    return Dataset('reasonseg', split, version_of(annotations),
                   tuple(image.stem for image in images), read)


def _conversation(image: Path) -> Conversation:
    path = image.with_suffix('.json')
    held = read_json(path)
    texts = field(held, 'text', f'"{path}"', list)
    if not texts:
        raise BadInput(f'"{path}" has an empty "text"; obtain the file again')
    size = image_size(image)
    target, ignore = drawn(path, size)
    is_sentence = bool(field(held, 'is_sentence', f'"{path}"', object))
    tag = 'text:sentence' if is_sentence else 'text:phrase'
    asked = ConversationRound(words(texts[0], f'the text of "{path}"'),
                              (TruthMask('target', target),), (), f'{SEG}.',
                              phrase=not is_sentence, ignore=ignore if ignore.area else None,
                              tags=(tag,))
    return Conversation(image.stem, image, size, (asked,))


def drawn(path: Path, size: tuple[int, int]) -> Outlines:
    """Draw the outlines of a file on an image of `size` (height, width). Raises BadInput."""
    shapes = []
    for number, shape in enumerate(field(read_json(path), 'shapes', f'"{path}"', list)):
        where = f'shape {number} of "{path}"'
        label = field(shape, 'label', where, str).lower()
        if label == 'flag':
            continue
        value = _IGNORE if 'ignore' in label else _TARGET
        points = check_outline(field(shape, 'points', where, object), where)
        if points:
            shapes.append((value, points))
    canvas = np.zeros(size, np.uint8)
    # LISA's own call: where areas are equal, the one that stands last is drawn first.
    for place in np.argsort([_area(points, size) for _, points in shapes])[::-1]:
        value, points = shapes[place]
        draw(canvas, points, value)
    return Outlines(Rle.encode(canvas == _TARGET), Rle.encode(canvas == _IGNORE))


def _area(points: Outline, size: tuple[int, int]) -> int:
    canvas = np.zeros(size, np.uint8)
    draw(canvas, points, 1)
    return int(canvas.sum())
