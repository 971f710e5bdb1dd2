# SPDX-License-Identifier: Apache-2.0
"""Packages that a robot may lack: tf2_ros, vision_msgs, visualization_msgs, moveit_msgs.

Each is imported when something needs it. Does not say what happens without one.
"""

from importlib import import_module
from types import ModuleType


def optional(name: str) -> ModuleType | None:
    """Return the module `name`, or None when it is not installed or does not load here.

    A package of another Python version, as in a virtual environment, is found but does not load.
    """
    try:
        return import_module(name)
    except ImportError:
        return None
