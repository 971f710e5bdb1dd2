# SPDX-License-Identifier: Apache-2.0
"""Which image a request is about: the policies latest, pinned, stamp and sent.

Keeps the frames of a few recent rounds for `pinned`, and tells which rounds were seen from where
the camera stands now. Used by the worker thread only. Does not receive images (`ros.camera`) or
decode them (`core.camera.calibration`).
"""

from collections import OrderedDict, deque
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from sensor_msgs.msg import CameraInfo, Image

from reasonseg_ros.core.camera import calibration
from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.camera.views import same_place, small
from reasonseg_ros.core.dialogue.dialogue import Dialogue, Instance, Round
from reasonseg_ros.core.errors import BadRequest, NoImage
from reasonseg_ros.ros.camera import Camera
from reasonseg_ros.ros.params import ROUNDS_KEPT
from reasonseg_ros.srv import Segment

POLICIES = {
    'latest': Segment.Request.LATEST,
    'pinned': Segment.Request.PINNED,
    'stamp': Segment.Request.STAMP,
    'sent': Segment.Request.SENT,
}
VIEWS = 4096  # rounds whose view is known; 11 MB
PLACES = 32   # where the camera stood last in one dialogue; older ones are as if never seen


@dataclass(frozen=True, eq=False)
class FrameRequest:
    """The part of a request that chooses the image.

    policy   a value of POLICIES
    max_age  seconds, for `latest`; 0 = any age
    stamp    nanoseconds, for `stamp`
    image    for `sent`; with it depth_image and camera_info, which may be empty
    camera   name of the camera that the request names; '' = none
    """

    policy: int
    max_age: float
    stamp: int = 0
    image: Image | None = None
    camera: str = ''
    depth_image: Image | None = None
    camera_info: CameraInfo | None = None


class Frames:
    """The frames of recent rounds, oldest out first.

    window  how many are kept, over all dialogues
    """

    def __init__(self, window: int = ROUNDS_KEPT) -> None:
        self._window = window
        # What was seen first from each place, of a dialogue and of a round, as small images.
        self._places: dict[str, deque[np.ndarray]] = {}
        self._views: OrderedDict[tuple[str, int], np.ndarray] = OrderedDict()
        self._kept: OrderedDict[tuple[str, int], Frame] = OrderedDict()

    def keep(self, dialogue_id: str, index: int, frame: Frame) -> None:
        """Keep the frame of round `index` for later requests with the policy `pinned`."""
        self._kept[dialogue_id, index] = frame
        self._kept.move_to_end((dialogue_id, index))
        while len(self._kept) > self._window:
            self._kept.popitem(last=False)
        view = small(frame.rgb)
        places = self._places.setdefault(dialogue_id, deque(maxlen=PLACES))
        place = next((place for place in places if same_place(place, view)), None)
        if place is None:
            places.appendleft(place := view)
        self._views[dialogue_id, index] = place
        self._views.move_to_end((dialogue_id, index))
        while len(self._views) > VIEWS:
            (gone, _), _ = self._views.popitem(last=False)
            if all(gone != known for known, _ in self._views):
                self._places.pop(gone, None)

    def same_view(self, dialogue_id: str, rounds: Sequence[int], newest: int) -> set[int]:
        """Return those of the rounds that were seen from where `newest` was.

        None of which that is not known any more.
        """
        now = self._views.get((dialogue_id, newest))
        return set() if now is None else {
            index for index in rounds if self._views.get((dialogue_id, index)) is now}

    def in_view(self, dialogue: Dialogue, newest: Round) -> tuple[Instance, ...]:
        """Return what earlier rounds of one camera show that it saw from where it stands now."""
        earlier = [record for record in dialogue.rounds
                   if record.index < newest.index and record.source == newest.source]
        same = self.same_view(dialogue.id, [record.index for record in earlier], newest.index)
        return tuple(i for record in earlier if record.index in same for i in record.instances)

    def of(self, dialogue_id: str, index: int) -> Frame | None:
        """Return the frame of round `index`, or None when it is not kept any more."""
        return self._kept.get((dialogue_id, index))

    def choose(self, wanted: FrameRequest, camera: Camera, dialogue_id: str, newest: int) -> Frame:
        """Return the frame for a request about `camera`.

        `newest` is the dialogue's newest round about it, 0 = none.
        """
        if wanted.policy == Segment.Request.SENT:
            return camera.placed(_sent(wanted))
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


def _sent(wanted: FrameRequest) -> Frame:
    """Decode an image that came with the request, with depth where that came too.

    What does not fit costs the depth and not the answer. Raises BadImage.
    """
    image, depth, info = wanted.image, wanted.depth_image, wanted.camera_info
    given = depth is not None and depth.height > 0
    infos = {} if info is None or info.k[0] == 0 else {info.header.frame_id: info}
    frame, about_depth, about_info = calibration.frame_of(
        image, depth if given else None, '', infos, rectified=False)
    if given and not infos:
        about_depth = ('the request has a depth_image and no camera_info with intrinsics; send '
                       'both, or neither')
    elif frame.camera is None:
        about_depth = about_depth or about_info
    return replace(frame, depth=frame.depth if frame.camera else None, note=about_depth)
