# SPDX-License-Identifier: Apache-2.0
"""Message types without ROS: those of ROS 2, those of this package, and those that a bag brings.

The texts of our own messages are read from the files in msg/, of the source tree or of the
installation. Does not read or write bags.
"""

from collections.abc import Collection, Mapping
from functools import cache

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


def typestore(kinds: Collection[str], definitions: Mapping[str, str]) -> Typestore:
    """Return the message types `kinds`, by the `definitions` (type -> text) of a bag.

    ROS 2 Kilted stands in for a definition that the bag does not have. Raises BadInput for one
    that cannot be understood.
    """
    fields = {}
    if not set(kinds) <= definitions.keys():
        fields.update(get_typestore(Stores.ROS2_KILTED).fielddefs)
    for name, text in definitions.items():
        try:
            fields.update(get_types_from_msg(text, name))
        except TypesysError as error:
            raise BadInput(f'the bag defines {name} in a way that cannot be read ({error}); '
                           'convert the bag with "ros2 bag convert"') from error
    store = get_typestore(Stores.EMPTY)
    store.register(fields)
    return store


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
