# SPDX-License-Identifier: Apache-2.0
"""The image of one round: what was answered, filled, and what was right, as a white line.

Runners write one beside their records while they have the image; `RoundRecord.picture` names it.
Does not choose which rounds a report shows (`reports.gallery`).
"""

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from reasonseg_ros.core.dialogue.dialogue import Instance
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.drawing.overlay import overlay

FOLDER = 'pictures'
WIDTH = 640    # pixels at most
QUALITY = 85
WHITE, DARK = (255, 255, 255), (18, 20, 24)


def draw_round(folder: Path, dialogue: str, index: int, rgb: np.ndarray,
               instances: Sequence[Instance], truths: Sequence[Rle]) -> str:
    """Write the image of a round below `folder`; return its path there, for `RoundRecord.picture`.

    rgb     uint8 [H, W, 3]; masks are of its size
    truths  the right masks; none for a round that has none
    """
    path = Path(FOLDER) / f'{_file_name(dialogue)}-{index:02d}.jpg'
    (folder / FOLDER).mkdir(parents=True, exist_ok=True)
    image = _shrunk(_with_truth(overlay(rgb, instances), truths))
    Image.fromarray(image).save(folder / path, quality=QUALITY)
    return path.as_posix()


def _with_truth(image: np.ndarray, truths: Sequence[Rle]) -> np.ndarray:
    drawn = np.ascontiguousarray(image)
    line = max(1, round(min(drawn.shape[:2]) / 240))
    for truth in truths:
        outlines, _ = cv2.findContours(truth.decode().astype(np.uint8), cv2.RETR_CCOMP,
                                       cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(drawn, outlines, -1, DARK, line + 2, cv2.LINE_AA)
        cv2.drawContours(drawn, outlines, -1, WHITE, line, cv2.LINE_AA)
    return drawn


def _shrunk(image: np.ndarray) -> np.ndarray:
    height, width = image.shape[:2]
    if width <= WIDTH:
        return image
    size = (WIDTH, round(height * WIDTH / width))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA))


def _file_name(dialogue: str) -> str:
    """Return a name that every file system takes, and that no other dialogue gets."""
    plain = re.sub(r'[^\w.-]', '_', dialogue)[:80]
    return plain if plain == dialogue else (
        f'{plain}-{hashlib.sha256(dialogue.encode()).hexdigest()[:8]}')
