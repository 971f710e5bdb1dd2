# SPDX-License-Identifier: Apache-2.0
"""What the tests of results in space share: a box on a floor, seen from straight above.

Holds no tests.
"""

from functools import partial

import numpy as np

from reasonseg_ros.core.camera.frame import CameraModel, Frame
from reasonseg_ros.core.dialogue.dialogue import Instance, Round
from reasonseg_ros.core.errors import Status
from reasonseg_ros.ros.output.transforms import Placement
from support import fakes

WIDTH, HEIGHT = 128, 96
CAMERA = CameraModel(WIDTH, HEIGHT, 100.0, 100.0, 63.5, 47.5)
STAMP = 1_500_000_000
FLOOR = 1.0          # metres from the camera
TOP = 0.9            # of the box
BOX = (44, 38, 84, 58)  # its top in pixels; 40 x 20 pixels at 0.9 m are 0.36 x 0.18 m


class Somewhere:
    """Stands in for Transforms: a fixed placement, and how often it was asked for."""

    def __init__(self, placement: Placement | None = None) -> None:
        self.placement = placement
        self.asked = []

    def place(self, frame_id: str, stamp: int) -> Placement:
        """Return the placement, by default the camera's frame."""
        self.asked.append((frame_id, stamp))
        return self.placement or Placement(frame_id)


rectangle = partial(fakes.rectangle, width=WIDTH, height=HEIGHT)


def frame(**changed) -> Frame:
    """Return the image: the floor is grey, the box is red with a blue half."""
    x0, y0, x1, y1 = BOX
    rgb = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
    rgb[y0:y1, x0:x1] = (255, 0, 0)
    rgb[y0:y1, x0:(x0 + x1) // 2] = (0, 0, 255)
    depth = np.full((HEIGHT, WIDTH), FLOOR, np.float32)
    depth[y0:y1, x0:x1] = TOP
    given = {'rgb': rgb, 'depth': depth, 'camera': CAMERA, 'stamp': STAMP, 'frame_id': 'optical'}
    return Frame(**{**given, **changed})


def box_and_part(status: Status = Status.OK) -> Round:
    """Return the round that shows the box (1) and its blue half (2), a part."""
    x0, y0, x1, y1 = BOX
    box = Instance(1, 0, 1, 'box', 0.9, rectangle(*BOX))
    half = Instance(2, 1, 1, 'lid', 0.5, rectangle(x0, y0, (x0 + x1) // 2, y1))
    return Round(1, 'the box and its lid', '', (), status, 'here', (box, half), stamp=STAMP,
                 frame_id='optical')
