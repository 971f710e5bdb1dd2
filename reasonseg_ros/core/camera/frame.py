# SPDX-License-Identifier: Apache-2.0
"""One camera moment. Inside the package every image is RGB uint8 and every depth is metres.

Does not decode messages (`core.camera.raw`) and does not know ROS.
"""

from dataclasses import dataclass

import numpy as np

from reasonseg_ros.core.errors import BadImage

THINNEST = 50   # longer side of an image to its shorter one; beyond it, resizing has no end


@dataclass(frozen=True)
class CameraModel:
    """Pinhole intrinsics of a rectified image, in pixels, at the resolution `width` x `height`."""

    width: int
    height: int
    fx: float
    fy: float
    cx: float
    cy: float


@dataclass(frozen=True, eq=False)
class Frame:
    """A colour image with what was measured beside it.

    rgb       uint8 [H, W, 3], contiguous
    depth     float32 [H, W] metres, NaN = unknown; None without a depth camera
    camera    intrinsics; None when no camera_info arrived
    stamp     nanoseconds of the source image
    frame_id  optical frame of the source image (x right, y down, z forward; REP 103)
    source    name of the camera; '' where there is only one
    note      why nothing is known in space although there is a depth camera; '' otherwise
    camera_pose  float64 [4, 4], takes points of the optical frame to the frame that things are
              remembered in; None = where the camera is, is not known
    """

    rgb: np.ndarray
    depth: np.ndarray | None = None
    camera: CameraModel | None = None
    stamp: int = 0
    frame_id: str = ''
    source: str = ''
    note: str = ''
    camera_pose: np.ndarray | None = None

    def __post_init__(self) -> None:
        if self.rgb.dtype != np.uint8 or self.rgb.ndim != 3 or self.rgb.shape[2] != 3:
            raise BadImage(f'colour image has shape {self.rgb.shape} and dtype {self.rgb.dtype}; '
                           'expected uint8 [H, W, 3]')
        if 0 in self.rgb.shape:
            raise BadImage(f'colour image is empty: {self.width}x{self.height} pixels')
        if max(self.rgb.shape[:2]) > THINNEST * min(self.rgb.shape[:2]):
            raise BadImage(f'colour image is {self.width}x{self.height} pixels; expected sides of '
                           f'at most {THINNEST} to 1, since networks see squares; cut it')
        if self.depth is not None and self.depth.shape != self.rgb.shape[:2]:
            height, width = self.depth.shape[:2]
            raise BadImage(f'depth image is {width}x{height}, the colour image {self.width}x'
                           f'{self.height}; publish depth aligned to colour')
        if self.camera_pose is not None and self.camera_pose.shape != (4, 4):
            raise BadImage(f'camera pose has shape {self.camera_pose.shape}; expected [4, 4], a '
                           'rigid transform')

    @property
    def width(self) -> int:
        """Pixels in a row."""
        return int(self.rgb.shape[1])

    @property
    def height(self) -> int:
        """Number of rows."""
        return int(self.rgb.shape[0])
