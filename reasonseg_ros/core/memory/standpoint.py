# SPDX-License-Identifier: Apache-2.0
"""From where a frame was taken, and in what light: known, estimated, or told by what stands still.

Numpy only; the motion between two images is found by a function that the caller brings.
"""

from copy import copy
from dataclasses import replace

import numpy as np

from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.memory.appearance import gain, linear
from reasonseg_ros.core.memory.motion import (
    ROUGH,
    Estimate,
    inverse,
    transform,
    unchanged,
    unchanged_image,
)
from reasonseg_ros.core.memory.referee import Vantage, project

JUMP = 0.05         # by which an entry of a pose must change at once to be a jump
NO_FRAME = Frame(np.zeros((1, 1, 3), np.uint8))   # of no view that any other frame shows
_FEW = 60           # features below which a nearer frame is taken to compare the next ones with


class Standpoint:
    """Where the camera of one memory is.

    estimate  finds the motion between two frames where they bring no `camera_pose`; without it,
              such a camera counts as standing still

    vantage   the newest one; None before the first
    told      whether poses of frames were known so far
    backdrop  (places float32 [N, 3], linear RGB [N, 3]) of what surrounds the things
    note      how the newest frame's place was found, where there is something to say
    change    rigid [4, 4] that takes what is remembered to the frame of the poses that are known
              from now on; None where it stays
    """

    def __init__(self, estimate: Estimate | None) -> None:
        self._estimate = estimate
        self._key: tuple[Frame, np.ndarray, np.ndarray] | None = None  # frame, pose, homography
        self._found: Vantage | None = None   # the newest whose motion was looked for
        self.told, self.note = False, ''
        self.vantage: Vantage | None = None
        self.change: np.ndarray | None = None
        nothing = np.zeros((0, 3), np.float32)
        self.backdrop = nothing, nothing

    def stand(self, frame: Frame, flat: bool = False) -> Vantage | None:
        """Return from where a frame was taken; None where that is not known.

        flat  whether there are things whose place is known in the image only: they follow its
              homography, also where the pose is known; it is None where it cannot be told
        """
        last, found = self.vantage, self._found
        if last is not None and last.frame is frame:
            return last
        if found is not None and _senses(found.frame) == _senses(frame) and unchanged(
                found.frame, frame):
            self.vantage = replace(found, frame=frame)
            return self.vantage
        self.note, self.change = '', None
        pose, slack = frame.camera_pose, 0.0
        homography: np.ndarray | None = np.eye(3)
        late = last is not None and not self.told   # poses come from now on
        flat = flat or frame.depth is None or frame.camera is None
        if pose is None or late or flat:
            estimated = self._estimated(frame)
            if pose is None:
                if estimated is None:
                    return None
                pose, homography, slack = estimated
            else:
                if flat:
                    homography = None if estimated is None else estimated[1]
                if late and estimated is not None:
                    self.change = pose @ inverse(estimated[0])
        if frame.camera_pose is not None and last is not None and self.told and (
                np.abs(frame.camera_pose - last.pose).max() > JUMP
                and unchanged_image(last.frame, frame)):
            # The image says that the camera stands: the frame of the poses has jumped.
            self.change = frame.camera_pose @ inverse(last.pose)
            self.note = 'the pose of the camera has jumped while its image stayed as it was'
        if frame.camera_pose is not None:
            self.told = True
            if homography is not None and (not flat or self._key is None):
                self._key = frame, pose, homography
        vantage = Vantage(frame, pose, np.ones(3, np.float32), slack, homography)
        vantage = replace(vantage, gain=self._light(vantage))
        self.vantage = vantage
        self._found = vantage if frame.camera_pose is None or flat else None
        return vantage

    def copied(self) -> 'Standpoint':
        """Return the same place, which later changes leave alone, without the newest frame."""
        other = copy(self)
        other._found = None
        if self.vantage is not None:
            other.vantage = replace(self.vantage, frame=NO_FRAME)
        return other

    def begin(self, vantage: Vantage) -> Vantage:
        """Return a vantage whose homography is not known as that of a new key frame."""
        self._key = vantage.frame, vantage.pose, np.eye(3)
        self._found = self.vantage = replace(vantage, homography=np.eye(3))
        return self.vantage

    def _estimated(self, frame: Frame) -> tuple[np.ndarray, np.ndarray, float] | None:
        """Return (pose, homography, slack) of a frame without a pose of its own."""
        if self._key is None:
            pose = np.eye(4) if self.vantage is None else self.vantage.pose
            self._key = frame, pose, np.eye(3)
            return pose, np.eye(3), 0.0 if self.vantage is None else ROUGH
        before, pose, homography = self._key
        if self._estimate is None:
            return pose, homography, 0.0
        motion = self._estimate(before, frame)
        last = self.vantage
        if motion is None and last is not None and last.frame is not before and (
                last.frame.rgb.shape == frame.rgb.shape):
            motion = self._estimate(last.frame, frame)
            before, pose = last.frame, last.pose
            homography = np.eye(3) if last.homography is None else last.homography
        if motion is None:
            self.note = 'the motion of the camera could not be told from its images'
            return None
        self.note = 'where the camera is, is estimated from its images'
        if motion.pose is not None:
            pose = pose @ motion.pose
        if motion.homography is not None:
            homography = motion.homography @ homography
        if motion.inliers < _FEW or before is not self._key[0]:   # a nearer key for what comes
            self._key = frame, pose, homography
        return pose, homography, motion.off

    def _light(self, vantage: Vantage) -> np.ndarray:
        """Return by what the light of what has not moved was multiplied since the beginning."""
        places, lights = self.backdrop
        camera, depth, ones = vantage.frame.camera, vantage.depth, np.ones(3, np.float32)
        if depth is None or camera is None or not len(places):
            return ones
        seen = transform(places, inverse(vantage.pose))
        rows, columns, inside = project(seen, camera)
        with np.errstate(invalid='ignore'):
            inside &= np.abs(depth[rows, columns] - seen[:, 2]) < vantage.tolerance(seen[:, 2])
        if inside.sum() < 30:
            return ones
        return gain(lights[inside], linear(vantage.frame.rgb[rows[inside], columns[inside]]))


def _senses(frame: Frame) -> tuple[bool, bool, bool]:
    """What a frame brings beside its image."""
    return frame.camera_pose is None, frame.depth is None, frame.camera is None
