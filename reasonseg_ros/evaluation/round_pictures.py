# SPDX-License-Identifier: Apache-2.0
"""A round of a benchmark as a picture: what was answered beside what is right."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from reasonseg_ros.core.instance import Instance
from reasonseg_ros.data.benchmarks.conversation import Truth
from reasonseg_ros.evaluation.pictures import captioned
from reasonseg_ros.evaluation.pictures import contact_sheet
from reasonseg_ros.evaluation.pictures import overlay

LONGEST = 480   # pixels of the longer side of each half
QUALITY = 85    # of the JPEG


def round_picture(rgb: np.ndarray, instruction: str, answer: str, answered: Sequence[Instance],
                  references: Sequence[Instance], truths: Sequence[Truth]) -> np.ndarray:
    """Draw one round.

    rgb         uint8 [H, W, 3]; all masks have its resolution
    references  outlined on the left: what the instruction is about
    Returns uint8 [H', W', 3]: the answer on the left, the truth on the right.
    """
    right = [Instance(k, 0, 1, truth.label or truth.sort, 1.0, truth.mask)
             for k, truth in enumerate(truths, start=1)]
    earlier = [r for r in references if r.mask.area]
    halves = [overlay(rgb, answered, earlier), overlay(rgb, right)]
    captions = [(instruction, answer),
                ('truth', f'{len(truths)} masks' if len(truths) != 1 else '1 mask')]
    return contact_sheet([captioned(_small(half), *caption)
                          for half, caption in zip(halves, captions)], 2)


def save(picture: np.ndarray, path: Path) -> None:
    """Write uint8 [H, W, 3] as JPEG, with the folder that it lies in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture).save(path, 'JPEG', quality=QUALITY)


def _small(picture: np.ndarray) -> np.ndarray:
    height, width = picture.shape[:2]
    scale = LONGEST / max(height, width)
    if scale >= 1:
        return picture
    return cv2.resize(picture, (round(width * scale), round(height * scale)),
                      interpolation=cv2.INTER_AREA)
