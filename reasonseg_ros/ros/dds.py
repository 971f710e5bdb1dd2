# SPDX-License-Identifier: Apache-2.0
"""What must be right before `rclpy.init`: ROS can be imported, and large images can travel.

The defaults of Fast DDS lose nearly every 640x480 colour image between two processes, so that the
node, the simulated camera and the clients all use the profile in `config/fastdds.xml`. Does not
choose the middleware, the domain or the discovery range; those stay with the user.
"""

import os
from importlib import import_module
from importlib.util import find_spec

from reasonseg_ros.core.errors import ReasonSegError
from reasonseg_ros.core.package_files import shared_file

PROFILE_VARIABLE = 'FASTDDS_DEFAULT_PROFILES_FILE'
_USER_VARIABLES = (PROFILE_VARIABLE, 'FASTRTPS_DEFAULT_PROFILES_FILE')


class RosMissing(ReasonSegError):
    """ROS 2, or the interfaces of this package, cannot be imported."""


def prepare() -> None:
    """Check ROS and name the packaged DDS profile; call it before `rclpy.init`.

    A profile that the user named stays. Raises RosMissing with the next step.
    """
    require_ros()
    if any(os.environ.get(name) for name in _USER_VARIABLES):
        return
    profile = shared_file('config/fastdds.xml')
    if profile is not None:
        os.environ[PROFILE_VARIABLE] = str(profile)


def require_ros() -> None:
    """Raise RosMissing unless rclpy and the interfaces of this package can be imported."""
    if find_spec('rclpy') is None:
        raise RosMissing(
            'ROS 2 for Python (rclpy) is not importable in this environment; source your ROS 2 '
            'set-up file (source /opt/ros/<distro>/setup.bash) or install the wheels: '
            'pip install ros-kilted-rclpy ros-kilted-rmw-fastrtps-cpp ros-kilted-sensor-msgs '
            'ros-std-srvs')
    try:
        import_module('reasonseg_ros.srv')
    except ImportError as error:
        raise RosMissing(
            f'the interfaces of reasonseg_ros are not importable ({error}); build the package '
            'with "make" or "colcon build" and use that environment') from error
