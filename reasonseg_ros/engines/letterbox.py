# SPDX-License-Identifier: Apache-2.0
"""The model's small image of a large frame, and masks back at the frame's size.

The frame is scaled to fit, centred on grey, never stretched. One class keeps all the arithmetic.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch.nn import functional as F

from reasonseg_ros.core.camera.frame import CameraModel, Frame

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

    def depth(self, depth: np.ndarray) -> np.ndarray:
        """float32 [H, W] metres -> float32 [H', W'], nearest pixels; NaN around it."""
        top, left, height, width = self.inner
        canvas = np.full(self.target, np.nan, np.float32)
        canvas[top:top + height, left:left + width] = cv2.resize(
            depth, (width, height), interpolation=cv2.INTER_NEAREST)
        return canvas

    def camera(self, camera: CameraModel) -> CameraModel:
        """Intrinsics of the source -> those of the model's image."""
        top, left, height, width = self.inner
        across, down = width / self.source[1], height / self.source[0]
        return CameraModel(self.target[1], self.target[0], camera.fx * across, camera.fy * down,
                           (camera.cx + 0.5) * across - 0.5 + left,
                           (camera.cy + 0.5) * down - 0.5 + top)

    def positions(self, stride: int) -> tuple[np.ndarray, np.ndarray]:
        """Where the source's columns [W] and rows [H] lie on a map of the model's image.

        float32, in cells of `stride` pixels; the centre of the first cell is at 0.
        """
        top, left, height, width = self.inner
        x, y = (((np.arange(size, dtype=np.float32) + 0.5) * inside / size + first) / stride - 0.5
                for size, inside, first in ((self.source[1], width, left),
                                            (self.source[0], height, top)))
        return x, y

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
