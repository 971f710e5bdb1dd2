# SPDX-License-Identifier: Apache-2.0
"""Chooses how MuJoCo gets an OpenGL context without a window. Does not draw.

MuJoCo reads MUJOCO_GL when it is imported; import `mujoco` from here, so that the choice comes
first. A value that the user has set is kept.
"""

import ctypes
import os

from reasonseg_ros.core.errors import ReasonSegError

NO_OPENGL = ('no off-screen OpenGL for the simulated tabletop ({found}); expected EGL or OSMesa: '
             'install the Debian packages libegl1 and libgl1-mesa-dri, or libosmesa6')
_LIBRARIES = {'egl': ('libEGL.so.1',), 'osmesa': ('libOSMesa.so.8', 'libOSMesa.so.6')}


def choose_backend() -> str:
    """Return 'egl' or 'osmesa', the first whose library loads, or raise one clear line."""
    for backend, names in _LIBRARIES.items():
        if any(_loads(name) for name in names):
            return backend
    raise ReasonSegError(NO_OPENGL.format(found='neither library was found'))


def _loads(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


if not os.environ.get('MUJOCO_GL'):
    os.environ['MUJOCO_GL'] = choose_backend()

import mujoco  # noqa: E402

__all__ = ['NO_OPENGL', 'choose_backend', 'mujoco']
