# SPDX-License-Identifier: Apache-2.0
"""Which image a request is about: the policies latest, pinned, stamp and sent.

Keeps the frames of a few recent rounds for `pinned`. Used by the worker thread only. Does not
receive images (`ros.camera`) or decode them (`core.camera.messages`).
"""

from collections import OrderedDict
from dataclasses import dataclass, replace

from sensor_msgs.msg import Image

from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.camera.messages import decode_frame
from reasonseg_ros.core.errors import BadRequest, NoImage
from reasonseg_ros.ros.camera import Camera
from reasonseg_ros.srv import Segment

POLICIES = {
    'latest': Segment.Request.LATEST,
    'pinned': Segment.Request.PINNED,
    'stamp': Segment.Request.STAMP,
    'sent': Segment.Request.SENT,
}
KEPT = 8  # frames of recent rounds over all dialogues; 8 of 1080p with depth are 115 MB


@dataclass(frozen=True, eq=False)
class FrameRequest:
    """The part of a request that chooses the image.

    policy   a value of POLICIES
    max_age  seconds, for `latest`; 0 = any age
    stamp    nanoseconds, for `stamp`
    image    for `sent`
    camera   name of the camera that the request names; '' = none
    """

    policy: int
    max_age: float
    stamp: int = 0
    image: Image | None = None
    camera: str = ''


class Frames:
    """The frames of recent rounds, oldest out first."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, int], Frame] = OrderedDict()

    def keep(self, dialogue_id: str, index: int, frame: Frame) -> None:
        """Keep the frame of round `index` for later requests with the policy `pinned`."""
        self._kept[dialogue_id, index] = frame
        self._kept.move_to_end((dialogue_id, index))
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)

    def of(self, dialogue_id: str, index: int) -> Frame | None:
        """Return the frame of round `index`, or None when it is not kept any more."""
        return self._kept.get((dialogue_id, index))

    def choose(self, wanted: FrameRequest, camera: Camera, dialogue_id: str, newest: int) -> Frame:
        """Return the frame for a request about `camera`.

        `newest` is the dialogue's newest round about it, 0 = none.
        """
        if wanted.policy == Segment.Request.SENT:
            return replace(decode_frame(wanted.image), source=camera.name)
        if wanted.policy == Segment.Request.STAMP:
            return camera.at(wanted.stamp)
        if wanted.policy == Segment.Request.PINNED and newest:
            return self._pinned(dialogue_id, newest)
        if wanted.policy in (Segment.Request.LATEST, Segment.Request.PINNED):
            return camera.latest(wanted.max_age)
        known = ', '.join(f'{value} ({name})' for name, value in POLICIES.items())
        raise BadRequest(f'frame_policy is {wanted.policy}; expected one of {known}')

    def _pinned(self, dialogue_id: str, newest: int) -> Frame:
        frame = self.of(dialogue_id, newest)
        if frame is None:
            raise NoImage(
                f'the image of round {newest} of dialogue "{dialogue_id}" is not kept any more; '
                'use the frame policy latest, or send the image with the request')
        return frame
