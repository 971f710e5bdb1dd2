# SPDX-License-Identifier: Apache-2.0
"""Message types without ROS: those of ROS 2, those of this package, and those that a bag brings.

The texts of our own messages are read from the files in msg/, of the source tree or of the
installation. Does not read or write bags.
"""

from functools import cache, lru_cache

from rosbags.typesys import Stores, TypesysError, get_types_from_msg, get_typestore
from rosbags.typesys.store import Typestore

from reasonseg_ros.core.errors import BadInput
from reasonseg_ros.core.package_files import shared_file

IMAGE = 'sensor_msgs/msg/Image'
COMPRESSED = 'sensor_msgs/msg/CompressedImage'
INFO = 'sensor_msgs/msg/CameraInfo'
TRANSFORMS = 'tf2_msgs/msg/TFMessage'
INSTANCES = 'reasonseg_ros/msg/InstanceArray'
OWN = ('Instance', 'InstanceArray')


@lru_cache(64)
def typestore(kind: str, text: str) -> Typestore:
    """Return a store with the message type `kind`, by the definition of a bag.

    text  '' = the bag has none

    ROS 2 Kilted stands in for a definition that is not there or cannot be read. Stores are kept,
    since a type is compiled when it is first used. Raises BadInput where neither knows the type.
    """
    problem = unreadable(kind, text)
    known = get_typestore(Stores.ROS2_KILTED)
    if text.strip() and not problem:
        store = get_typestore(Stores.EMPTY)
        store.register(get_types_from_msg(text, kind))
        # A damaged text may be one all the same, with a field of the camera less.
        if kind not in (IMAGE, COMPRESSED, INFO) or _fields(known, kind) <= _fields(store, kind):
            return store
    if kind not in known.fielddefs:
        raise BadInput(f'the bag defines {kind} in a way that cannot be read '
                       f'({problem or "there is no text"}); convert the bag with '
                       '"ros2 bag convert"')
    return known


def _fields(store: Typestore, kind: str) -> set[str]:
    return {name for name, _ in store.fielddefs[kind][1]}


@lru_cache(256)
def unreadable(kind: str, text: str) -> str:
    """Say why a definition cannot be read; '' for one that can, or that there is none."""
    if not text.strip():
        return ''
    try:
        get_typestore(Stores.EMPTY).register(get_types_from_msg(text, kind))
    except (TypesysError, ValueError, TypeError, LookupError, RecursionError, SyntaxError) as error:
        return ' '.join(str(error).split()) or type(error).__name__
    return ''


@cache
def own_typestore() -> Typestore:
    """Return the types of ROS 2 Kilted and of this package, for writing."""
    store = get_typestore(Stores.ROS2_KILTED)
    for name in OWN:
        path = shared_file(f'msg/{name}.msg')
        if path is None:
            raise BadInput(f'msg/{name}.msg of reasonseg_ros is neither in the source tree nor in '
                           'the environment; install the package again')
        store.register(get_types_from_msg(path.read_text(encoding='utf-8'),
                                          f'reasonseg_ros/msg/{name}'))
    return store
