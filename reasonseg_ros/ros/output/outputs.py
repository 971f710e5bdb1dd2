# SPDX-License-Identifier: Apache-2.0
"""The topics of results. Only what is latched is made while nobody listens.

Every output carries the stamp and the frame of its source image; those in space are in the target
frame where TF knows it. Does not decide what is published when, and does not answer services.

`CameraOutputs` are those of one camera; `NodeOutputs` publishes what a served request leaves: on
the topics of its camera, and as a sentence.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from types import ModuleType

import numpy as np
from geometry_msgs.msg import PoseStamped
from rclpy.lifecycle import LifecyclePublisher
from rclpy.qos import QoSProfile
from sensor_msgs.msg import Image, PointCloud2
from std_msgs.msg import Header, String

from reasonseg_ros.core import masks
from reasonseg_ros.core.camera.messages import nanoseconds
from reasonseg_ros.core.dialogue.dialogue import Dialogue, Instance, Round, label_image
from reasonseg_ros.core.errors import Status
from reasonseg_ros.drawing.overlay import overlay
from reasonseg_ros.engines.reply import Reply
from reasonseg_ros.msg import InstanceArray
from reasonseg_ros.ros.compat import optional
from reasonseg_ros.ros.output import convert
from reasonseg_ros.ros.output.convert import cloud_message
from reasonseg_ros.ros.output.space import Space
from reasonseg_ros.ros.params import Settings
from reasonseg_ros.ros.qos import LATCHED, RELIABLE

EARLIER = 12  # instances of earlier rounds in an overlay; each takes 8 ms, and hides the image

Create = Callable[[type, str, QoSProfile], LifecyclePublisher]


class CameraOutputs:
    """Lifecycle publishers under the private name of `node`; silent unless it is active.

    A camera with a name has topics of its own: ~/left/instances, ~/left/mask, ...

    ~/instances         the newest round; latched
    ~/mask              mono8, 255 inside any instance of the round
    ~/label_image       mono16, 0 or the number of the whole object at the pixel, of the dialogue
                        or of the round; see the parameter label_image_scope
    ~/part_label_image  mono16, 0 or the number of the part (handle, lid) at the pixel; one image
                        cannot hold both, since a part overlaps its object
    ~/overlay           rgb8, the image for people
    ~/object_cloud      points of the instances of the round, with colour and instance id
    ~/target_pose       centre and box axes of the first instance; not while the round is a
                        question, since nobody has chosen yet
    ~/markers           boxes and labels, where visualization_msgs is installed
    ~/detections, ~/detections_3d and, latched, ~/label_info, where vision_msgs is installed

    create  makes a lifecycle publisher of `node` from a type, a topic and a profile
    camera  its name; '' = none
    """

    def __init__(self, create: Create, camera: str = '') -> None:
        base = f'~/{camera}/' if camera else '~/'
        # Of objects and of parts: what the last label image showed, in ascending order, and itself.
        self._painted: dict[bool, tuple[tuple[Instance, ...], np.ndarray]] = {}
        self._instances = create(InstanceArray, base + 'instances', LATCHED)
        self._mask = create(Image, base + 'mask', RELIABLE)
        self._label_image = create(Image, base + 'label_image', RELIABLE)
        self._part_label_image = create(Image, base + 'part_label_image', RELIABLE)
        self._overlay = create(Image, base + 'overlay', RELIABLE)
        self._cloud = create(PointCloud2, base + 'object_cloud', RELIABLE)
        self._target_pose = create(PoseStamped, base + 'target_pose', RELIABLE)
        self._make_markers: ModuleType | None = None
        if optional('visualization_msgs.msg') is not None:
            self._make_markers = make = import_module('reasonseg_ros.ros.output.markers')
            self._markers = create(make.MarkerArray, base + 'markers', RELIABLE)
        self._make_vision: ModuleType | None = None
        if optional('vision_msgs.msg') is not None:
            self._make_vision = make = import_module('reasonseg_ros.ros.output.detections')
            self._detections = create(make.Detection2DArray, base + 'detections', RELIABLE)
            self._detections_3d = create(make.Detection3DArray, base + 'detections_3d', RELIABLE)
            self._label_info = create(make.LabelInfo, base + 'label_info', LATCHED)

    def clear(self, dialogue_id: str, gone: Round | None = None) -> None:
        """Say that the dialogue has no round, on every topic that showed one.

        `gone` is the one that was taken back: its stamp, frame and size are told.
        """
        header = Header() if gone is None else convert.header_message(gone.stamp, gone.frame_id)
        self._instances.publish(InstanceArray(header=header, dialogue_id=dialogue_id))
        self._mark(None)
        nothing = Space(Round(0, '', '', (), Status.OK, '', (), stamp=nanoseconds(header.stamp),
                              frame_id=header.frame_id), dialogue_id, None, None)
        if self._make_vision is not None:
            self._label_info.publish(self._make_vision.label_info(nothing, (), 0.0))
        size = None if gone is None else _size(gone.instances)
        self._tell(nothing, (), size)
        if size is not None and _heard(self._overlay):
            black = np.zeros((*size, 3), np.uint8)
            self._overlay.publish(convert.image_message(black, 'rgb8', header))

    def publish_instances(self, space: Space, threshold: float,
                          in_view: Sequence[Instance] = ()) -> None:
        """Publish what the newest round holds: its instances, label names and markers.

        `threshold` is the score below which masks were left out; label images show the instances
        `in_view`, too.
        """
        self._instances.publish(convert.instance_array(
            space.dialogue_id, space.record.index, space.messages, space.image_header))
        if self._make_vision is not None:
            self._label_info.publish(self._make_vision.label_info(space, in_view, threshold))
        self._mark(space)

    def draw(self, space: Space, earlier: Sequence[Instance], style: str,
             in_view: Sequence[Instance] = ()) -> None:
        """Publish the images of a round on its frame, and what planners take.

        There is no overlay of a frame that is not kept any more. `earlier` are instances of the
        same view, for the overlay, of the style `style` ('' = none is wanted), which shows the
        newest EARLIER of them; those `in_view` are in the label images, too. Those of another
        resolution are left out.
        """
        if space.frame is None:  # it may have been taken back to, long after
            self._tell(space, in_view, _size(space.instances))
            return
        rgb = space.frame.rgb
        size = rgb.shape[:2]
        if style and _heard(self._overlay):
            fitting = [i for i in earlier if (i.mask.height, i.mask.width) == size]
            image = overlay(rgb, space.instances, fitting[-EARLIER:], style)
            self._overlay.publish(convert.image_message(image, 'rgb8', space.image_header))
        self._tell(space, in_view, size)

    def _tell(self, space: Space, in_view: Sequence[Instance],
              size: tuple[int, int] | None) -> None:
        """Publish the images of masks, of height and width `size`, and what planners take."""
        if size is not None:
            self._paint(space, in_view, *size)
        if _heard(self._cloud):
            self._cloud.publish(cloud_message(*space.points(), space.header))
        if _heard(self._target_pose):
            self._point(space)
        if self._make_vision is not None:
            if _heard(self._detections):
                self._detections.publish(self._make_vision.detections_2d(space))
            if _heard(self._detections_3d):
                self._detections_3d.publish(self._make_vision.detections_3d(space))

    def _paint(self, space: Space, in_view: Sequence[Instance], height: int, width: int) -> None:
        header, instances = space.image_header, space.instances
        if _heard(self._mask):
            inside = masks.union((i.mask for i in instances), height, width)
            self._mask.publish(convert.image_message(inside * np.uint8(255), 'mono8', header))
        for publisher, parts in ((self._label_image, False), (self._part_label_image, True)):
            if _heard(publisher):
                shown = [i for i in (*in_view, *instances)
                         if (i.mask.height, i.mask.width) == (height, width)]
                labels = self._labels(tuple(shown), height, width, parts)
                publisher.publish(convert.image_message(labels, 'mono16', header))

    def _labels(self, shown: tuple[Instance, ...], height: int, width: int,
                parts: bool) -> np.ndarray:
        """Return the label image; what the last one showed already is not painted again."""
        before, below = self._painted.get(parts, ((), None))
        if below is None or shown[:len(before)] != before or below.shape != (height, width):
            before, below = (), None
        labels = label_image(shown[len(before):], height, width, parts=parts, below=below)
        self._painted[parts] = shown, labels
        return labels

    def _mark(self, space: Space | None) -> None:
        if self._make_markers is not None and _heard(self._markers):
            self._markers.publish(self._make_markers.marker_array(space))

    def _point(self, space: Space) -> None:
        target = space.solids.get(space.instances[0].id) if space.instances else None
        if target is not None and space.record.status == Status.OK:
            self._target_pose.publish(
                PoseStamped(header=space.header, pose=convert.pose_message(target)))


def _size(instances: Sequence[Instance]) -> tuple[int, int] | None:
    """Return height and width of the image that they are in; None when there are none."""
    return (instances[0].mask.height, instances[0].mask.width) if instances else None


def _heard(publisher: LifecyclePublisher) -> bool:
    return bool(publisher.get_subscription_count())


@dataclass(frozen=True, eq=False)
class ServedRequest:
    """A request that was served.

    dialogue  as it is now
    spaces    newest rounds by camera: that of the dialogue, and those of cameras that lost rounds
    emptied   cameras that lost all rounds, with the newest one that they had
    restored  cameras that lost rounds and show an earlier one now
    settings  those that the request was served with
    seen      by camera, instances of earlier rounds that it saw from where it stands now
    in_view   by camera, what its label images show beside its newest round
    seconds   from request to answer; 0 when nobody counts
    unsaved   why the change is not on disk; '' when it is, or when nothing is kept there
    kept      whether the dialogue is on disk as it is now
    unplaced  why the place of the camera is not known, though it should be; '' otherwise
    """

    reply: Reply
    dialogue: Dialogue
    spaces: Mapping[str, Space]
    emptied: Mapping[str, Round]
    settings: Settings
    restored: tuple[str, ...] = ()
    seen: Mapping[str, Sequence[Instance]] = field(default_factory=dict)
    in_view: Mapping[str, Sequence[Instance]] = field(default_factory=dict)
    seconds: float = 0.0
    unsaved: str = ''
    kept: bool = False
    unplaced: str = ''

    @property
    def space(self) -> Space:
        """The newest round of the dialogue, which has one."""
        return self.spaces[self.dialogue.rounds[-1].source]


class NodeOutputs:
    """The outputs of every camera of `node`, and `~/answer`, which all share.

    create  makes a lifecycle publisher of `node` from a type, a topic and a profile
    names   of the cameras
    """

    def __init__(self, create: Create, names: Iterable[str]) -> None:
        self._cameras = {name: CameraOutputs(create, name) for name in names}
        self._answer = create(String, '~/answer', RELIABLE)

    def say(self, sentence: str) -> None:
        """Publish a sentence to speak back."""
        self._answer.publish(String(data=sentence))

    def publish(self, served: ServedRequest, drawn: bool = True) -> None:
        """Publish a served request on the topics of the cameras that it changed.

        drawn  whether the image for people is drawn, too
        """
        reply, dialogue = served.reply, served.dialogue
        self.say(spoken_answer(reply))
        for source in self._cameras.keys() & served.emptied.keys():
            self._cameras[source].clear(dialogue.id, served.emptied[source])
        for source in self._cameras.keys() & served.spaces.keys():
            self._cameras[source].publish_instances(served.spaces[source],
                                                    served.settings.score_threshold,
                                                    served.in_view.get(source, ()))
        shown = {*served.restored, *((served.space.record.source,) if reply.round else ())}
        for source in self._cameras.keys() & shown:
            self._cameras[source].draw(
                served.spaces[source], served.seen.get(source, ()),
                served.settings.overlay_style if drawn else '',
                served.in_view.get(source, ()))


def spoken_answer(reply: Reply) -> str:
    """Return what to say: what was done, what was not found, or the question back."""
    if reply.answer or not reply.instances:
        return reply.answer or reply.message
    return ' and '.join(f'the {instance.label}' for instance in reply.instances)
