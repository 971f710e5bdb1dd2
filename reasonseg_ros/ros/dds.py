# SPDX-License-Identifier: Apache-2.0
"""What must be right before `rclpy.init`: ROS can be imported, and large images can travel.

The defaults of Fast DDS lose nearly every 640x480 colour image between two processes, and those of
Cyclone DDS most at 1920x1080, so that the node, the simulated camera and the clients all use the
settings in `config/`. Does not choose the middleware, the domain or the discovery range; those stay
with the user.
"""

import fcntl
import os
import re
import time
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from reasonseg_ros.core.errors import ReasonSegError
from reasonseg_ros.core.package_files import shared_file

SHARED_MEMORY = Path('/dev/shm')
YOUNG = 60.0  # seconds; no process needs as long between making a segment and locking it
PORT, PORTS = 7400, 250  # the first port of domain 0, and how many each has
PROFILE_VARIABLE = 'FASTDDS_DEFAULT_PROFILES_FILE'
CYCLONE_VARIABLE = 'CYCLONEDDS_URI'
_SEGMENT = re.compile('fastdds_[0-9a-f]{16}')
_PORT = re.compile('fastdds_port([0-9]{1,5})')
_SETTINGS = (  # file -> variable that names it, and those by which a user names another
    ('config/fastdds.xml', PROFILE_VARIABLE, '',
     (PROFILE_VARIABLE, 'FASTRTPS_DEFAULT_PROFILES_FILE')),
    ('config/cyclonedds.xml', CYCLONE_VARIABLE, 'file://', (CYCLONE_VARIABLE,)))


class RosMissing(ReasonSegError):
    """ROS 2, or the interfaces of this package, cannot be imported."""


def prepare() -> None:
    """Check ROS and name the packaged DDS settings; call it before `rclpy.init`.

    Settings that the user named stay. Raises RosMissing with the next step.
    """
    require_ros()
    for name, variable, scheme, by_user in _SETTINGS:
        settings = None if any(map(os.environ.get, by_user)) else shared_file(name)
        if settings is not None:
            os.environ[variable] = f'{scheme}{settings}'


def sweep(folder: Path = SHARED_MEMORY) -> int:
    """Remove what Fast DDS has left of processes that were killed; return the bytes that it frees.

    Every process has a segment of the size in `config/fastdds.xml`, and locks a file beside it for
    as long as it lives. Only segments of this user without that lock, and none of the last minute:
    a process that is just starting looks the same for a moment. Ports stay. Fast DDS resets those
    that are dead by itself, and takes somebody else's look at their lock for a living owner.
    """
    freed = 0
    for lock in folder.glob('fastdds_*_el'):
        segment = lock.with_name(lock.name.removesuffix('_el'))
        if not _SEGMENT.fullmatch(segment.name):
            continue
        try:
            with lock.open('rb') as file:
                told = os.fstat(file.fileno())
                if told.st_uid != os.getuid() or time.time() - told.st_mtime < YOUNG:
                    continue
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # fails while the owner lives
                size = segment.stat().st_size
                segment.unlink()
                lock.unlink()
        except OSError:  # it lives, or has gone meanwhile
            continue
        freed += size
    return freed


def forget_ports(domain: int, folder: Path = SHARED_MEMORY) -> None:
    """Remove the shared memory of all ports of a domain in which no process is.

    Port numbers are those of RTPS 2.5, 9.6.2.3. A process that gets the port of one that was killed
    may be out of reach until all who had spoken with that one have given it up.
    """
    for file in folder.glob('*fastdds_port*'):
        number = _PORT.search(file.name)
        if number and int(number[1]) in range(PORT + PORTS * domain, PORT + PORTS * (domain + 1)):
            with suppress(OSError):  # somebody else's, or gone
                file.unlink()


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
