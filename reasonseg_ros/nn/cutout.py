# SPDX-License-Identifier: Apache-2.0
"""Earlier results as SegLLM sees them again: what a mask shows on black, and its box.

A mask that the model predicted comes back in the square that HIPIE reads, cut by its predicted
box; any other mask in the frame's own pixels, cut by its extent. Arrays only; no network.
"""

from collections.abc import Sequence

import numpy as np
from PIL import Image

from reasonseg_ros.nn.sam import SamView

Box = tuple[int, int, int, int]     # left, top, right, bottom, in pixels of the square
SMALLEST = 2    # pixels of a predicted box's side


def square(rgb: np.ndarray, view: SamView) -> np.ndarray:
    """Frame uint8 [H, W, 3] -> [S, S, 3]: the longer edge is S, black below or on the right."""
    height, width = view.inner
    padded = np.zeros((view.side, view.side, 3), np.uint8)
    padded[:height, :width] = view.resize(rgb)
    return padded


def square_mask(mask: np.ndarray, view: SamView) -> np.ndarray:
    """Mask bool [H, W] of the frame -> bool [S, S]; what is too small for it vanishes."""
    height, width = view.inner
    padded = np.zeros((view.side, view.side), bool)
    small = Image.fromarray(mask.astype(np.uint8)).resize((width, height),
                                                          Image.Resampling.BILINEAR)
    padded[:height, :width] = np.asarray(small) > 0
    return padded


def whole_pixels(box: Sequence[float], side: int) -> Box:
    """Predicted box (left, top, right, bottom), in pixels -> whole pixels inside the square."""
    left, top, right, bottom = (min(max(int(v), 0), side) for v in box)
    # One that lies beyond a border is moved back, so that there is something to see.
    left, top = min(left, side - SMALLEST), min(top, side - SMALLEST)
    return left, top, max(right, left + SMALLEST), max(bottom, top + SMALLEST)


def cut_predicted(image: np.ndarray, mask: np.ndarray, box: Box) -> np.ndarray:
    """Cut a predicted mask bool [S, S] out of the square image uint8 [S, S, 3].

    Returns uint8 [s, s, 3]. What the mask has outside its box is lost.
    """
    left, top, right, bottom = box
    side = max(right - left, bottom - top)
    black = np.zeros((side, side, 3), np.uint8)
    inner = np.s_[top:bottom, left:right]
    black[:bottom - top, :right - left] = image[inner] * mask[inner][..., None]
    return black


def cut_given(rgb: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Cut a mask bool [H, W], not empty, out of the frame uint8 [H, W, 3] -> uint8 [s, s, 3]."""
    left, top, right, bottom = extent(mask)
    return cut_predicted(rgb, mask, (left, top, right + 1, bottom + 1))


def extent(mask: np.ndarray) -> Box:
    """Box of a mask bool [S, S], not empty: its first and last column and row, both inside."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return int(columns[0]), int(rows[0]), int(columns[-1]), int(rows[-1])


def rows_first(box: Box, side: int) -> tuple[float, float, float, float]:
    """Box as the model reads it: (top, left, bottom, right) in [0, 1]."""
    left, top, right, bottom = (v / side for v in box)
    return top, left, bottom, right
