# SPDX-License-Identifier: Apache-2.0
"""Labels of a small image to labels of the frame, with borders that follow its colours.

The upsampled membership of each thing is smoothed by a guided filter (He et al., 2010) in a window
about it: within the filter's reach its borders move to edges of the guide.
"""

import cv2
import numpy as np

from reasonseg_ros.engines.letterbox import Letterbox

REACH = 5          # source pixels of a 640x480 frame
SMOOTH = 1e-3      # variance of the guide in [0, 1] below which it is held to be flat


def refine(labels: np.ndarray, rgb: np.ndarray, view: Letterbox) -> np.ndarray:
    """labels uint8 [h, w] at half the network's size -> uint8 [H, W] of the frame.

    rgb uint8 [H, W, 3]. A depth sensor's edges wander by several pixels: colour draws better ones.
    """
    height, width = view.source
    count = int(labels.max())
    best = np.full((height, width), 0.5, np.float32)
    result = np.zeros((height, width), np.uint8)
    if not count:
        return result
    x, y = view.positions(2)
    guide = _guide(rgb)
    reach = max(2, round(REACH * width / 640))
    for k in range(1, count + 1):
        member = labels == k
        ys, xs = np.nonzero(member)
        x0, x1 = np.searchsorted(x, [xs.min() - 4, xs.max() + 4])
        y0, y1 = np.searchsorted(y, [ys.min() - 4, ys.max() + 4])
        mx, my = np.meshgrid(x[x0:x1], y[y0:y1])
        soft = cv2.remap(member.astype(np.float32), mx, my, cv2.INTER_LINEAR,
                         borderMode=cv2.BORDER_REPLICATE)
        soft = _guided([g[y0:y1, x0:x1] for g in guide], soft, reach)
        window = best[y0:y1, x0:x1]
        wins = soft > window
        window[wins] = soft[wins]
        result[y0:y1, x0:x1][wins] = k
    return result


def _guide(rgb: np.ndarray) -> list[np.ndarray]:
    """Channels float32 [H, W] whose edges are followed: lightness, and twice the two hues."""
    lab = cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB).astype(np.float32) / 255
    return [lab[..., 0], 2 * lab[..., 1], 2 * lab[..., 2]]


def _guided(guide: list[np.ndarray], soft: np.ndarray, reach: int) -> np.ndarray:
    """Mean over the channels of the guided filter of `soft` [H, W], the sharper ones counting more.
    """
    size = (2 * reach + 1,) * 2
    mean = cv2.blur(soft, size)
    total, weight = np.zeros_like(soft), np.zeros_like(soft)
    for g in guide:
        centre = cv2.blur(g, size)
        variance = cv2.blur(g * g, size) - centre * centre
        slope = (cv2.blur(g * soft, size) - centre * mean) / (variance + SMOOTH)
        fit = cv2.blur(slope, size) * g + cv2.blur(mean - slope * centre, size)
        sure = np.abs(slope) * np.sqrt(np.maximum(variance, 0)) + 0.02
        total += fit * sure
        weight += sure
    result: np.ndarray = total / weight
    return result
