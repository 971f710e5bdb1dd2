# SPDX-License-Identifier: Apache-2.0
"""Whether two images were taken from one place, told by how much of them changes.

Cheap and coarse: it knows no geometry, and a light that goes out looks like a camera that moves.
"""

import numpy as np

_CELLS = (24, 32)  # rows and columns of the small image that a view is told by
_CHANGED = 16      # of 255; a cell that changes less shows what it showed
_MOVED = 0.25      # share of the cells that change when the camera moves; a hand covers fewer


def small(rgb: np.ndarray) -> np.ndarray:
    """Return the means of cells, int16 [rows, columns, 3], of some pixels of an image."""
    rows, columns = _CELLS
    height, width = rgb.shape[:2]
    down = (np.arange(rows * 4) * height // (rows * 4))
    right = (np.arange(columns * 4) * width // (columns * 4))
    some = rgb[down[:, None], right].astype(np.int16)
    view: np.ndarray = some.reshape(rows, 4, columns, 4, 3).mean(axis=(1, 3)).astype(np.int16)
    return view


def same_place(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether two small images were seen from one place."""
    changed = (np.abs(one - other) > _CHANGED).any(axis=2)
    return bool(changed.mean() < _MOVED)
