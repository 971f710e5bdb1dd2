# SPDX-License-Identifier: Apache-2.0
"""The topics of what is followed between requests: where each thing is in the present image.

Every message is about one image, whose stamp and frame it carries. Does not follow anything
(`ros.watch`), and publishes no round (`ros.output.outputs`).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from importlib import import_module

import numpy as np
from geometry_msgs.msg import Transform, TransformStamped
from rclpy.lifecycle import LifecyclePublisher
from rclpy.qos import QoSProfile
from sensor_msgs.msg import Image

from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.dialogue.dialogue import Dialogue, Instance, Round, State, label_image
from reasonseg_ros.core.errors import Status
from reasonseg_ros.core.geometry.boxes import OrientedBox
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.core.memory.smoothing import BoxFilter
from reasonseg_ros.core.memory.thing import Sighting
from reasonseg_ros.msg import InstanceArray
from reasonseg_ros.ros.compat import optional
from reasonseg_ros.ros.output import convert
from reasonseg_ros.ros.output.outputs import Create
from reasonseg_ros.ros.output.space import Space
from reasonseg_ros.ros.output.transforms import Placement, Transforms
from reasonseg_ros.ros.qos import LIVE

TF = QoSProfile(depth=100)  # that of tf2_ros


class LiveOutputs:
    """Lifecycle publishers of one camera; with a name, it has topics of its own, ~/left/tracked.

    ~/tracked              each thing with the mask and the state that it has now
    ~/tracked_label_image  mono16, 0 or the id of the whole object that is visible at the pixel
    /tf                    a frame for each thing that is visible and has a box in space

    tf  publisher of TFMessage, which all cameras share; None = things are no frames
    """

    def __init__(self, create: Create, camera: str = '', tf: LifecyclePublisher | None = None
                 ) -> None:
        base = f'~/{camera}/' if camera else '~/'
        self._tracked = create(InstanceArray, base + 'tracked', LIVE)
        self._label_image = create(Image, base + 'tracked_label_image', LIVE)
        self._tf = tf
        # What was published last, and the boxes of that: they hold while nothing has changed.
        self._last: tuple[tuple[Sighting, ...], dict[int, OrientedBox]] = (), {}
        self._filter = BoxFilter()

    @property
    def heard(self) -> bool:
        """Whether anybody listens to one of the topics of the camera."""
        return any(p.get_subscription_count() for p in (self._tracked, self._label_image))

    def publish(self, dialogue: Dialogue, frame: Frame, sightings: Sequence[Sighting],
                transforms: Transforms) -> None:
        """Publish where the things of a dialogue are in a frame."""
        record = present_round(dialogue, frame, sightings)
        before, boxes = self._last
        same = [s.mask is b.mask for s, b in zip(sightings, before, strict=False)]
        still = len(before) == len(sightings) and all(same) and bool(boxes)
        space = Space(record, dialogue.id, frame, transforms, None, boxes=boxes if still else None)
        if frame.camera_pose is not None and not still:
            space = Space(record, dialogue.id, frame, transforms, None,
                          boxes=self._filtered(space.solids_of_camera, frame.camera_pose,
                                               frame.stamp))
        self._last = tuple(sightings), space.solids_of_camera
        self._tracked.publish(convert.instance_array(
            dialogue.id, record.index, space.messages, space.image_header))
        if self._label_image.get_subscription_count():
            labels = label_image(record.instances, frame.height, frame.width, parts=False)
            self._label_image.publish(convert.image_message(labels, 'mono16', space.image_header))
        if self._tf is not None and space.solids_of_camera:
            parent, boxes = space.header.frame_id, space.solids
            if frame.camera_pose is not None and transforms.memory_frame:
                placement = Placement(transforms.memory_frame, frame.camera_pose[:3, :3],
                                      frame.camera_pose[:3, 3])
                parent, boxes = transforms.memory_frame, {
                    number: placement.solid(box) for number, box in space.solids_of_camera.items()}
            kind = import_module('tf2_msgs.msg').TFMessage
            self._tf.publish(kind(transforms=thing_frames(
                dialogue.instances, boxes, parent, frame.stamp)))

    def _filtered(self, boxes: Mapping[int, OrientedBox], pose: np.ndarray, stamp: int
                  ) -> dict[int, OrientedBox]:
        """Return boxes of the camera's frame filtered in the one that does not move."""
        there = Placement('', pose[:3, :3], pose[:3, 3])
        back = Placement('', pose[:3, :3].T, -pose[:3, :3].T @ pose[:3, 3])
        held = self._filter.update({n: there.solid(box) for n, box in boxes.items()}, stamp)
        return {number: back.solid(box) for number, box in held.items()}


def live_outputs(create: Create, names: Iterable[str], tf: bool) -> dict[str, LiveOutputs]:
    """Return the outputs of every camera by name.

    tf  whether things are frames, too, where tf2_msgs is installed
    """
    messages = optional('tf2_msgs.msg') if tf else None
    publisher = None if messages is None else create(messages.TFMessage, '/tf', TF)
    return {name: LiveOutputs(create, name, publisher) for name in names}


def present_round(dialogue: Dialogue, frame: Frame, sightings: Iterable[Sighting]) -> Round:
    """Return what is known in a frame of the things of a dialogue, as a round that nobody asked.

    Its index is that of the dialogue's newest round. What is not visible has an empty mask.
    """
    known = {instance.id: instance for instance in dialogue.instances}
    nothing = Rle.encode(np.zeros((frame.height, frame.width), bool))
    instances = []
    for seen in sightings:
        if seen.id not in known:
            continue
        visible = seen.state is State.VISIBLE
        instances.append(replace(
            known[seen.id], mask=seen.rle if visible else nothing, state=seen.state,
            last_seen=frame.stamp if visible else seen.last_seen,
            reason='' if visible else seen.reason))
    index = dialogue.rounds[-1].index if dialogue.rounds else 0
    return Round(index, '', '', (), Status.OK, '', tuple(instances),
                 stamp=frame.stamp, frame_id=frame.frame_id, source=frame.source)


def frame_names(instances: Sequence[Instance]) -> dict[int, str]:
    """Return the name of each thing's frame by id: mug_2, and mug_2/handle for its part.

    Every character but ASCII letters, digits and _ becomes _. Of several parts of one thing with
    one name, those after the first have their id behind it: mug_2/button_5.
    """
    names: dict[int, str] = {}
    for instance in sorted(instances, key=lambda i: (bool(i.parent_id), i.id)):
        label = re.sub(r'\W', '_', instance.label, flags=re.ASCII)
        if instance.parent_id not in names:
            names[instance.id] = f'{label}_{instance.id}'
            continue
        name = f'{names[instance.parent_id]}/{label}'
        names[instance.id] = f'{name}_{instance.id}' if name in names.values() else name
    return names


def thing_frames(instances: Sequence[Instance], boxes: Mapping[int, OrientedBox], parent: str,
                 stamp: int) -> list[TransformStamped]:
    """Return the frames of things in the frame `parent`: at the middle of the box, along its axes.

    instances  all of the dialogue, so that a name does not change with what is visible
    """
    header, names = convert.header_message(stamp, parent), frame_names(instances)
    frames = []
    for number, box in boxes.items():
        pose = convert.pose_message(box)
        frames.append(TransformStamped(
            header=header, child_frame_id=names[number], transform=Transform(
                translation=convert.vector_message(box.centre), rotation=pose.orientation)))
    return frames
