# SPDX-License-Identifier: Apache-2.0
"""Images as a language model is shown them: small JPEGs, numbered outlines, a card of boxes.

Numbers stand in the middle of what they are about. Asks nobody.
"""

import base64
from collections.abc import Sequence

import cv2
import numpy as np

from reasonseg_ros.core.masks import Rle

LONG_SIDE = 1024    # pixels of what is sent, at most
QUALITY = 90        # of the JPEG
INK = np.array((255, 0, 255), np.uint8)  # hardly anything on a table has this colour
CARD = (400, 640)   # rows and columns of the card: no square, so that width and height differ
# name -> (colour, box in pixels of the card); no box is the mirror of another or its own
CARD_BOXES: dict[str, tuple[tuple[int, int, int], tuple[int, int, int, int]]] = {
    'red': ((220, 30, 30), (48, 60, 208, 120)),
    'green': ((30, 160, 60), (352, 40, 432, 240)),
    'blue': ((30, 60, 220), (96, 248, 320, 368)),
}


def shrunk(rgb: np.ndarray) -> np.ndarray:
    """Return uint8 [h, w, 3] whose longer side has at most LONG_SIDE pixels."""
    scale = LONG_SIDE / max(rgb.shape[:2])
    if scale >= 1:
        return rgb
    size = max(1, round(rgb.shape[1] * scale)), max(1, round(rgb.shape[0] * scale))
    small: np.ndarray = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    return small


def data_url(rgb: np.ndarray) -> str:
    """Return uint8 [H, W, 3] as the address of a JPEG that holds its own bytes."""
    _, packed = cv2.imencode('.jpg', np.ascontiguousarray(shrunk(rgb)[..., ::-1]),
                             [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return f'data:image/jpeg;base64,{base64.b64encode(packed.tobytes()).decode()}'


def marked(rgb: np.ndarray, masks: Sequence[Rle]) -> np.ndarray:
    """Return uint8 [H, W, 3] with each mask outlined and numbered from 1."""
    drawn = np.ascontiguousarray(rgb.copy())
    for number, mask in enumerate(masks, start=1):
        pixels = mask.decode().astype(np.uint8)
        rim = pixels - cv2.erode(pixels, np.ones((5, 5), np.uint8))
        drawn[rim.astype(bool)] = INK
        x0, y0, x1, y1 = mask.box
        at = int((x0 + x1) / 2) - 8, int((y0 + y1) / 2) + 8
        for colour, thick in ((0, 5), (255, 2)):
            cv2.putText(drawn, str(number), at, cv2.FONT_HERSHEY_SIMPLEX, 0.8, (colour,) * 3, thick)
    return drawn


def card() -> np.ndarray:
    """Return the card of the handshake, uint8 [*CARD, 3]: CARD_BOXES on grey."""
    drawn = np.full((*CARD, 3), 200, np.uint8)
    for colour, (x0, y0, x1, y1) in CARD_BOXES.values():
        drawn[y0:y1, x0:x1] = colour
    return drawn
