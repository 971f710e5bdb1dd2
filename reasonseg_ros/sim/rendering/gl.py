# SPDX-License-Identifier: Apache-2.0
"""Chooses how MuJoCo gets an OpenGL context without a window. Does not draw.

MuJoCo reads MUJOCO_GL when it is imported; import `mujoco` from here, so that the choice comes
first. A value that the user has set is kept.
"""

import os

from reasonseg_ros.core.errors import ReasonSegError
from reasonseg_ros.sim.rendering import opengl

NO_OPENGL = ('no off-screen OpenGL for the simulated tabletop ({found}); expected EGL or OSMesa: '
             'install the Debian packages libegl1 and libgl1-mesa-dri, or libosmesa6')


def choose_backend() -> str:
    """Return 'egl' or 'osmesa', the first that works, or raise one clear line."""
    backend = opengl.backend()
    if not backend:
        raise ReasonSegError(NO_OPENGL.format(found='no EGL with a driver, no OSMesa'))
    return backend


if not os.environ.get('MUJOCO_GL'):
    os.environ['MUJOCO_GL'] = choose_backend()

import mujoco  # noqa: E402

__all__ = ['NO_OPENGL', 'choose_backend', 'mujoco']
