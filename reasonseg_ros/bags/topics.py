# SPDX-License-Identifier: Apache-2.0
"""Which topics of a bag are the camera: by what they hold, or as the user says.

Does not read more than one message of a topic and does not pair images.
"""

from dataclasses import dataclass

from reasonseg_ros.bags.reader import Bag
from reasonseg_ros.bags.types import COMPRESSED, IMAGE, INFO
from reasonseg_ros.core.camera.encodings import converter
from reasonseg_ros.core.errors import BadInput

NONE = 'none'


@dataclass(frozen=True)
class Topics:
    """Topics of one camera; '' = there is none, or it is to be found."""

    image: str = ''
    depth: str = ''
    info: str = ''


def choose(bag: Bag, wanted: Topics = Topics()) -> Topics:
    """Return the topics of the camera.

    wanted  names that the user gave; 'none' for depth or info leaves it out

    Raises BadInput for a topic that is not in the bag or has another type, when there is no colour
    image, and when there are several to choose from.
    """
    _known(bag, '--image', wanted.image, IMAGE, COMPRESSED)
    _known(bag, '--depth', wanted.depth, IMAGE, COMPRESSED)
    _known(bag, '--camera-info', wanted.info, INFO)
    kinds = {topic: _kind(bag, topic) for topic in bag.of_kind(IMAGE, COMPRESSED)}
    image = wanted.image or _only(bag, 'colour', '--image', kinds)
    if not image:
        held = ', '.join(f'{t.name} ({t.kind})' for t in bag.topics.values()) or 'nothing'
        raise BadInput(f'{bag.path} has no colour image; it holds {held}; record the topic of the '
                       'camera, sensor_msgs/msg/Image or CompressedImage')
    depth = wanted.depth or _only(bag, 'depth', '--depth', kinds)
    info = wanted.info or _beside(bag, image)
    return Topics(image, '' if depth == NONE else depth, '' if info == NONE else info)


def _known(bag: Bag, option: str, topic: str, *kinds: str) -> None:
    if not topic or topic == NONE and option != '--image':
        return
    if topic not in bag.topics:
        raise BadInput(f'{option} {topic} is not in {bag.path}; it holds '
                       f'{", ".join(bag.topics) or "nothing"}')
    found = bag.topics[topic].kind
    if found not in kinds:
        raise BadInput(f'{option} {topic} is of the type {found}; expected {" or ".join(kinds)}')


def _kind(bag: Bag, topic: str) -> str:
    """Return 'colour', 'depth' or '', by the first message of the topic."""
    first = next(bag.messages((topic,)), None)
    if first is None:
        return ''
    message = bag.message(topic, first[2])
    if bag.topics[topic].kind == IMAGE:
        encoding, depth = message.encoding, 'depth' in topic
    else:
        encoding, separator, coding = (part.strip() for part in message.format.partition(';'))
        depth = 'compressedDepth' in coding
        if not separator:
            return 'colour'
    is_colour = converter(encoding, 'colour') is not None
    is_depth = converter(encoding, 'depth') is not None
    if is_depth and (depth or not is_colour):
        return 'depth'
    return 'colour' if is_colour and not depth else ''


def _only(bag: Bag, kind: str, option: str, kinds: dict[str, str]) -> str:
    found = [topic for topic, other in kinds.items() if other == kind]
    if len(found) > 1:
        raise BadInput(f'{bag.path} has {len(found)} topics with {kind} images: '
                       f'{", ".join(found)}; choose one with {option}')
    return found[0] if found else ''


def _beside(bag: Bag, image: str) -> str:
    """Return the camera_info in the namespace of the image, else the only one there is."""
    base = image
    if bag.topics[image].kind == COMPRESSED:
        base = image.rpartition('/')[0]  # the transport
    beside = f'{base.rpartition("/")[0]}/camera_info'
    infos = bag.of_kind(INFO)
    if beside in infos:
        return beside
    return infos[0] if len(infos) == 1 else ''
