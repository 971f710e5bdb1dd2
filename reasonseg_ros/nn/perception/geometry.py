# SPDX-License-Identifier: Apache-2.0
"""What the outline of a thing tells beside the features under it."""

import numpy as np


def mask_geometry(mask: np.ndarray, channels: np.ndarray) -> np.ndarray:
    """Eight numbers about a half-size mask [h, w] that help to name it.

    channels  [5, h, w] of `inputs.depth_channels`; without depth the last four are zero
    """
    ys, xs = np.nonzero(mask)
    wide, high = np.ptp(xs) + 1, np.ptp(ys) + 1
    heights = channels[0][mask][channels[4][mask] > 0]
    known = len(heights) > 5
    tall = float(np.percentile(heights, 95)) if known else 0.0
    low = float(np.percentile(heights, 5)) if known else 0.0
    touches = float(xs.min() == 0 or ys.min() == 0 or xs.max() == mask.shape[1] - 1
                    or ys.max() == mask.shape[0] - 1)
    return np.array([np.log(mask.sum()) / 3 - 2, np.log(wide / high), mask.sum() / (wide * high),
                     touches, float(known), tall, low,
                     float(channels[1][mask].mean()) if known else 0.0], np.float32)
