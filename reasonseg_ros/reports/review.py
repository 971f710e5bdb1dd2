# SPDX-License-Identifier: Apache-2.0
"""A page on which people judge what a language model wrote (`datasets.review`).

Shows each question with its image, the answer and the boxes of its targets; a button saves the
flags as a CSV file. Judges nothing itself.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from reasonseg_ros.benchmarks.image_files import read_rgb
from reasonseg_ros.core.errors import BadImage
from reasonseg_ros.datasets.review import ReviewItem
from reasonseg_ros.drawing.overlay import colour_of
from reasonseg_ros.reports.html import HeldImage, held, page, write

MOST = 500          # questions on a page; the CSV file has all
WIDTH = 480         # pixels of an image in the page


@dataclass(frozen=True)
class ReviewCard:
    """One question on the page; `image` is None where it cannot be read."""

    item: ReviewItem
    image: HeldImage | None
    labels: tuple[tuple[str, str], ...]     # label, colour as CSS has it


def write_page(path: Path, title: str, items: Sequence[ReviewItem],
               image_of: Callable[[ReviewItem], Path]) -> None:
    """Write the page; an image that cannot be read is left out of it."""
    cards = [_card(item, image_of(item)) for item in items[:MOST]]
    write(path, page('review.html', title=title, cards=cards, total=len(items)))


def _card(item: ReviewItem, path: Path) -> ReviewCard:
    colours = [colour_of(number) for number in range(1, len(item.targets) + 1)]
    labels = tuple((label, '#{:02x}{:02x}{:02x}'.format(*colour))
                   for (label, _), colour in zip(item.targets, colours))
    try:
        rgb = read_rgb(path)
    except BadImage:
        return ReviewCard(item, None, labels)
    scale = min(1.0, WIDTH / rgb.shape[1])
    small = np.ascontiguousarray(cv2.resize(rgb, None, fx=scale, fy=scale,
                                            interpolation=cv2.INTER_AREA))
    for (_, box), colour in zip(item.targets, colours):
        x0, y0, x1, y1 = (round(scale * v) for v in box)
        cv2.rectangle(small, (x0, y0), (x1, y1), colour, 2)
    return ReviewCard(item, held(small), labels)
