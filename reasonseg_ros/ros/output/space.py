# SPDX-License-Identifier: Apache-2.0
"""One round with what its depth image says: boxes, points and messages, each computed once.

Everything is computed when first asked for, and then shared by the response and all topics. Used
by the worker thread; what it has computed may be read from others. Does not fit boxes
(`core.geometry.boxes`) and does not publish.
"""

from functools import cached_property

import numpy as np
from std_msgs.msg import Header

from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.dialogue.dialogue import Instance, Round
from reasonseg_ros.core.geometry.boxes import OrientedBox, boxes_of, measured, points, table_up
from reasonseg_ros.core.geometry.grasps import OPENING, UNKNOWN, Handling, handlings_of
from reasonseg_ros.msg import Instance as InstanceMsg
from reasonseg_ros.ros.output import convert
from reasonseg_ros.ros.output.transforms import Placement, Transforms

UP = np.array([0.0, -1.0, 0.0])  # of a level camera, in its optical frame


class Space:
    """A recorded round of one dialogue in space.

    frame       the image of the round; None when it is not kept any more
    transforms  None = results stay in the frame of the camera
    opening     metres that the gripper opens; None = how things can be held is not looked for
    trouble     why nothing is known in space although there is a depth camera; '' = the frame says
    boxes       those in the frame of the camera, where they are known already; None = fit them
    """

    def __init__(self, record: Round, dialogue_id: str, frame: Frame | None,
                 transforms: Transforms | None, opening: float | None = OPENING,
                 trouble: str = '', boxes: dict[int, OrientedBox] | None = None) -> None:
        self._boxes = boxes
        self.record = record
        self.dialogue_id = dialogue_id
        self.frame = frame
        self.trouble = trouble or _trouble(frame)
        self._depth, self._camera = (
            (None, None) if frame is None or self.trouble else (frame.depth, frame.camera))
        self._transforms = transforms
        self._opening = opening

    @property
    def known(self) -> bool:
        """Whether the round has a depth image that fits its intrinsics."""
        return self._depth is not None

    @property
    def instances(self) -> tuple[Instance, ...]:
        """The instances of the round, in the order of the answer."""
        return self.record.instances

    @cached_property
    def image_header(self) -> Header:
        """Stamp and optical frame of the source image."""
        return convert.header_message(self.record.stamp, self.record.frame_id)

    @cached_property
    def header(self) -> Header:
        """Stamp of the source image and the frame of everything in space."""
        return convert.header_message(self.record.stamp, self._placement.frame_id)

    @cached_property
    def solids(self) -> dict[int, OrientedBox]:
        """Boxes in the frame of `header`, by instance id; without those that cannot be known.

        Objects stand upright on the table; parts keep a box of their own.
        """
        return {i: self._placement.solid(s) for i, s in self.solids_of_camera.items()}

    @cached_property
    def solids_of_camera(self) -> dict[int, OrientedBox]:
        """Boxes in the frame of the camera."""
        if self._depth is None or self._camera is None or self._placement.refused:
            return {}
        return self._boxes if self._boxes is not None else boxes_of(
            self.instances, self._depth, self._camera, self._up)

    @cached_property
    def handlings(self) -> dict[int, Handling]:
        """How instances can be held, in the frame of `header`, by id; empty without depth."""
        if (self._depth is None or self._camera is None or self._placement.refused
                or self._opening is None):
            return {}
        seen = handlings_of(self.instances, self._depth, self._camera, self._up, self._opening)
        return {i: self._placement.handling(h) for i, h in seen.items()}

    @property
    def up(self) -> np.ndarray:
        """Unit vector [3] away from the table, in the frame of `header`."""
        up: np.ndarray = self._placement.rotation @ (UP if self._up is None else self._up)
        return up

    @cached_property
    def messages(self) -> list[InstanceMsg]:
        """The instances as messages."""
        messages = []
        for instance in self.instances:
            solid = self.solids.get(instance.id)
            ratio = 0.0
            if solid is None and self._depth is not None:
                ratio = measured(instance.mask, self._depth)
            message = convert.instance_message(
                instance, self.dialogue_id, self.image_header, solid,
                self.handlings.get(instance.id, UNKNOWN), ratio)
            if message.has_3d or message.has_surface:
                message.header = self.header
            messages.append(message)
        return messages

    @property
    def notice(self) -> str:
        """One sentence about what is missing in space; '' when nothing is."""
        return self.trouble or (
            self._placement.trouble if self.solids_of_camera or self._placement.refused else '')

    def points(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return float32 [N, 3] points, uint8 [N, 3] RGB, and uint32 [N] instance ids.

        The points are in metres in the frame of `header`. A part's points are there twice: under
        its own id and under that of its object.
        """
        kept = [np.empty((0, 3), np.float32)]
        colours = [np.empty((0, 3), np.uint8)]
        ids = [np.empty(0, np.uint32)]
        for instance in self.instances:
            if (self.frame is None or self._depth is None or self._camera is None
                    or self._placement.refused):
                break
            xyz, pixels = points(instance.mask, self._depth, self._camera)
            kept.append(self._placement.points(xyz))
            colours.append(self.frame.rgb[pixels[:, 0], pixels[:, 1]])
            ids.append(np.full(len(xyz), instance.id, np.uint32))
        return np.concatenate(kept), np.concatenate(colours), np.concatenate(ids)

    @cached_property
    def _placement(self) -> Placement:
        if self._depth is None or self._transforms is None:
            return Placement(self.record.frame_id)
        return self._transforms.place(self.record.frame_id, self.record.stamp)

    @cached_property
    def _up(self) -> np.ndarray | None:
        if self._depth is None or self._camera is None:
            return None
        objects = (i.mask for i in self.instances if not i.parent_id)
        return table_up(self._depth, self._camera, objects)


def _trouble(frame: Frame | None) -> str:
    if frame is None:
        return ''
    if frame.depth is None:
        return frame.note and f'there are no results in space: {frame.note}'
    if frame.camera is None and frame.note:
        return f'there are no results in space: {frame.note}'
    if frame.camera is None:
        return ('there are no results in space: the depth image has no camera_info with '
                'intrinsics; connect or remap the topic camera_info of the calibrated camera')
    camera = frame.camera
    if (camera.width, camera.height) != (frame.width, frame.height):
        return (f'there are no results in space: camera_info is for {camera.width}x'
                f'{camera.height} pixels, the image has {frame.width}x{frame.height}; remap '
                'camera_info to that of the image')
    return ''
