# SPDX-License-Identifier: Apache-2.0
"""What is private about a program that starts, and why ROS security (SROS2) refuses it.

Checks nothing by itself: keys, permissions and encryption are those of ROS and of its middleware.
docs/security.md tells how to set them up.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from reasonseg_ros.core.errors import ReasonSegError, Status

KEYSTORE = 'ROS_SECURITY_KEYSTORE'


class SecurityFailure(ReasonSegError):
    """ROS security is enforced, and ROS does not start with the keys that it was given."""

    status = Status.NOT_ACTIVE


def enforced() -> bool:
    """Whether a program without valid keys must not start, as rcl reads the environment."""
    return (os.environ.get('ROS_SECURITY_ENABLE') == 'true'
            and os.environ.get('ROS_SECURITY_STRATEGY') == 'Enforce')


@contextmanager
def explained() -> Iterator[None]:
    """Turn what ROS raises while it starts into SecurityFailure, where security is enforced."""
    try:
        yield
    except RuntimeError as error:
        if not enforced():
            raise
        raise SecurityFailure(
            f'ROS security is enforced, and ROS does not start: {_reason(str(error))}; '
            f'docs/security.md has the steps, and without ROS_SECURITY_STRATEGY=Enforce it starts '
            'unprotected') from error


@contextmanager
def private_files() -> Iterator[None]:
    """Let only their owner read the files that are made meanwhile, as the log of ROS is.

    It tells what people said. The shared memory of Fast DDS, which a camera of another user may
    have to write, must be made outside.
    """
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


def _reason(said: str) -> str:
    keystore = os.environ.get(KEYSTORE, '')
    if not keystore:
        return f'{KEYSTORE} is not set; name the folder that "ros2 security create_keystore" made'
    if not os.path.isdir(keystore):
        return f'{KEYSTORE} is "{keystore}", which is no folder'
    said = said.removeprefix('failed to initialize rcl: ').removeprefix('error creating node: ')
    if 'security libraries' in said:
        return 'this middleware was built without security; use one that was built with it'
    return said.split(', at /')[0].strip().rstrip('.')
