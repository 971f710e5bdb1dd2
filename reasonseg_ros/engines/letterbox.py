# SPDX-License-Identifier: Apache-2.0
"""The model's small image of a large frame, and masks back at the frame's size.

The frame is scaled to fit, centred on grey, never stretched. One class keeps all the arithmetic.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch.nn import functional as F

from reasonseg_ros.core.camera.frame import Frame

GREY = 114
SAME_VIEW = 6.0         # grey levels; noise of 10 levels at 640x480, averaged, stays below 5


@dataclass(frozen=True)
class Letterbox:
    """Where a source image of `source` (H, W) lies in the model's image of `target` (H, W)."""

    source: tuple[int, int]
    target: tuple[int, int]

    @property
    def inner(self) -> tuple[int, int, int, int]:
        """(top, left, height, width) of the scaled source in the model's image, in pixels."""
        (h, w), (th, tw) = self.source, self.target
        scale = min(th / h, tw / w)
        height, width = max(1, round(h * scale)), max(1, round(w * scale))
        return (th - height) // 2, (tw - width) // 2, height, width

    def image(self, rgb: np.ndarray) -> torch.Tensor:
        """uint8 [H, W, 3] -> uint8 [1, H', W', 3], area-averaged."""
        top, left, height, width = self.inner
        canvas = np.full((1, *self.target, 3), GREY, np.uint8)
        canvas[0, top:top + height, left:left + width] = cv2.resize(
            rgb, (width, height), interpolation=cv2.INTER_AREA)
        return torch.from_numpy(canvas)

    def mask(self, logits: torch.Tensor, grid: tuple[int, int]) -> np.ndarray:
        """Logits [cells] on `grid` over the model's image -> bool [H, W] of the source."""
        top, left, height, width = self.inner
        maps = logits.float().cpu().reshape(1, 1, *grid)
        full = F.interpolate(maps, size=self.target, mode='bilinear', align_corners=False)
        part = full[0, 0, top:top + height, left:left + width].contiguous().numpy()
        whole: np.ndarray = cv2.resize(part, self.source[::-1], interpolation=cv2.INTER_LINEAR)
        return whole > 0

    def shrink(self, mask: np.ndarray, grid: tuple[int, int]) -> torch.Tensor:
        """Mask bool [H, W] of the source -> soft float32 [cells] on `grid` over the model's."""
        top, left, height, width = self.inner
        canvas = np.zeros((1, 1, *self.target), np.float32)
        canvas[..., top:top + height, left:left + width] = cv2.resize(
            mask.astype(np.float32), (width, height), interpolation=cv2.INTER_AREA)
        return F.adaptive_avg_pool2d(torch.from_numpy(canvas), grid).flatten()

    def box(self, box: tuple[float, float, float, float]) -> list[float]:
        """Box xyxy in source pixels -> xyxy in [0, 1] of the model's image."""
        top, left, height, width = self.inner
        (h, w), (th, tw) = self.source, self.target
        x, y = width / w, height / h
        return [(left + box[0] * x) / tw, (top + box[1] * y) / th,
                (left + box[2] * x) / tw, (top + box[3] * y) / th]


def same_view(old: Frame, image: torch.Tensor, new: Frame) -> bool:
    """Whether no 4x4 cell of two frames' small images differs by more than sensor noise.

    image  uint8 [1, H', W', 3], the old frame's
    """
    if new is old:
        return True
    if new.rgb.shape != old.rgb.shape:
        return False
    view = Letterbox((new.height, new.width), (image.shape[1], image.shape[2]))
    change = (view.image(new.rgb).float() - image.float()).permute(0, 3, 1, 2)
    return bool(F.avg_pool2d(change, 4).abs().max() < SAME_VIEW)
