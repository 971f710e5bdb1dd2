# SPDX-License-Identifier: Apache-2.0
"""Earlier results as SegLLM sees them again: what a mask shows on black, and its box.

A mask that the model predicted comes back in the square that HIPIE reads, cut by its predicted
box; any other mask in the frame's own pixels, cut by its extent. Arrays only; no network.
"""

import numpy as np
from PIL import Image

from reasonseg_ros.nn.sam import SamView

Box = tuple[float, float, float, float]     # left, top, right, bottom
SMALLEST = 2    # pixels of a cut-out's side


def square(rgb: np.ndarray, view: SamView) -> np.ndarray:
    """Frame uint8 [H, W, 3] -> [S, S, 3]: the longer edge is S, black below or on the right."""
    height, width = view.inner
    padded = np.zeros((view.side, view.side, 3), np.uint8)
    padded[:height, :width] = view.resized(rgb)
    return padded


def square_mask(mask: np.ndarray, view: SamView) -> np.ndarray:
    """Mask bool [H, W] of the frame -> bool [S, S]."""
    height, width = view.inner
    padded = np.zeros((view.side, view.side), bool)
    small = Image.fromarray(mask.astype(np.uint8) * 255)
    small = small.resize((width, height), Image.Resampling.BILINEAR)
    padded[:height, :width] = np.asarray(small) > 127
    return padded


def predicted(picture: np.ndarray, mask: np.ndarray, box: Box) -> np.ndarray:
    """Cut a predicted mask out of the square picture.

    picture uint8 [S, S, 3], mask bool [S, S], box in its pixels, which may reach beyond it.
    Returns uint8 [s, s, 3]. What the mask has outside its box is lost.
    """
    side = len(picture)
    left, top, right, bottom = (min(max(int(v), 0), side) for v in box)
    right, bottom = (min(max(b, a + SMALLEST), side) for a, b in ((left, right), (top, bottom)))
    # A box at the very border is moved back, so that there is something to see.
    left, top = min(left, right - 1), min(top, bottom - 1)
    return _cut(picture, mask, left, top, right, bottom)


def given(rgb: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Cut a mask bool [H, W], not empty, out of the frame uint8 [H, W, 3] -> uint8 [s, s, 3]."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return _cut(rgb, mask, columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)


def extent(mask: np.ndarray) -> Box:
    """Box of a mask bool [S, S], not empty: its first and last column and row, both inside."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return float(columns[0]), float(rows[0]), float(columns[-1]), float(rows[-1])


def _cut(rgb: np.ndarray, mask: np.ndarray, left: int, top: int, right: int, bottom: int
         ) -> np.ndarray:
    side = max(right - left, bottom - top)
    black = np.zeros((side, side, 3), np.uint8)
    inner = np.s_[top:bottom, left:right]
    black[:bottom - top, :right - left] = rgb[inner] * mask[inner][..., None]
    return black
