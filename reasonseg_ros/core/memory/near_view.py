# SPDX-License-Identifier: Apache-2.0
"""The view that showed a thing from nearest: a cut-out, in which its parts can be looked for later.

What is found there is brought into a later frame as everything that is remembered. Numpy only; who
looks for parts is a matter of the caller (`engines.closer`). It is not written to disk.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from reasonseg_ros.core.camera.frame import CameraModel, Frame
from reasonseg_ros.core.dialogue.dialogue import Instance, State
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.core.memory.judge import judge
from reasonseg_ros.core.memory.referee import Vantage, compare
from reasonseg_ros.core.memory.segments import Support
from reasonseg_ros.core.memory.surface import FEWEST, described, surface_of
from reasonseg_ros.core.memory.thing import ThingRecord

AROUND = 0.35    # of its box that is shown beside a thing, on each side
LONGEST = 480    # pixels of the longer side of a cut-out; larger ones are kept coarsely
NEAR = 12        # cut-outs that a memory keeps, at most 1.2 MB each
NEARER = 1.5     # times the pixels that another view must show for it to be kept instead
ASIDE = 0.02     # by which an entry of the camera's pose differs at least in another view


@dataclass(frozen=True, eq=False)
class NearView:
    """A thing in a cut-out.

    vantage  the cut-out as a frame of its own, and from where it was taken
    mask     of the thing in it
    area     pixels that the thing had in the whole image
    """

    vantage: Vantage
    mask: Rle
    area: int

    @property
    def frame(self) -> Frame:
        """The cut-out."""
        return self.vantage.frame

    @cached_property
    def nbytes(self) -> int:
        """Memory of its arrays."""
        depth = self.vantage.depth
        return self.frame.rgb.nbytes + (0 if depth is None else depth.nbytes)

    def moved(self, pose: np.ndarray) -> 'NearView':
        """Return the view from beside the thing after a rigid motion [4, 4] of it."""
        return replace(self, vantage=replace(self.vantage, pose=pose @ self.vantage.pose))

    def elsewhere(self, vantage: Vantage) -> bool:
        """Whether this is another view than that of a frame."""
        return bool(np.abs(self.vantage.pose - vantage.pose).max() > ASIDE)

    def carried(self, part: Rle, vantage: Vantage, support: Support | None, owner: Rle
                ) -> Rle | None:
        """Return the mask that a part has in a frame; None where it is not seen there.

        part   its mask in the cut-out
        owner  the mask of the thing in the frame
        """
        mask = part.decode()
        points, colours, spacing = surface_of(mask, self.vantage)
        if len(points) < FEWEST:
            return None
        thing = ThingRecord(0, 1, 'part', points, colours, described(mask, self.vantage),
                            np.zeros(0, np.float32), spacing, 0.0, 0.0, False, part,
                            self.frame.stamp)
        free = owner.decode()
        seen = judge(thing, compare(thing, vantage), vantage, support, free)
        found = seen.mask & free
        return Rle.encode(found) if seen.state is State.VISIBLE and found.any() else None


def with_view(views: Mapping[int, NearView], thing: Instance, vantage: Vantage
              ) -> dict[int, NearView]:
    """Return views by id, with that of a thing where it shows it from clearly nearer; the oldest
    go."""
    known = views.get(thing.id)
    if thing.parent_id or known is not None and thing.mask.area < NEARER * known.area:
        return {**views}
    kept = {number: view for number, view in views.items() if number != thing.id}
    near = near_view(thing.mask, vantage)
    return kept if near is None else dict([*kept.items(), (thing.id, near)][-NEAR:])


def near_view(mask: Rle, vantage: Vantage) -> NearView | None:
    """Return the cut-out about a mask, of the frame's size; None without depth."""
    frame, camera, depth = vantage.frame, vantage.frame.camera, vantage.depth
    if camera is None or depth is None:
        return None
    top, bottom, left, right = window_about(mask.box, frame.height, frame.width)
    step = -(-max(bottom - top, right - left) // LONGEST)
    window = slice(top, bottom, step), slice(left, right, step)
    rgb = frame.rgb[window].copy()
    near = CameraModel(rgb.shape[1], rgb.shape[0], camera.fx / step, camera.fy / step,
                       (camera.cx - left) / step, (camera.cy - top) / step)
    cut = Frame(rgb, depth[window].copy(), near, frame.stamp, frame.frame_id, frame.source)
    return NearView(Vantage(cut, vantage.pose, vantage.gain, vantage.slack),
                    Rle.encode(mask.decode()[window]), mask.area)


def window_about(box: tuple[float, float, float, float], height: int, width: int
                 ) -> tuple[int, int, int, int]:
    """Return (top, bottom, left, right) of a cut-out about a box, in the image's proportions."""
    x0, y0, x1, y1 = box
    high = min(height, max((1 + 2 * AROUND) * (y1 - y0), (1 + 2 * AROUND) * (x1 - x0)
                           * height / width))
    wide = min(width, round(high * width / height))
    top = round(min(max(0, (y0 + y1 - high) / 2), height - high))
    left = round(min(max(0, (x0 + x1 - wide) / 2), width - wide))
    return top, top + round(high), left, left + wide
