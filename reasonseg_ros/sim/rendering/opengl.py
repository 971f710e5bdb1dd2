# SPDX-License-Identifier: Apache-2.0
"""Finds out which library draws without a window here: EGL with a driver, or OSMesa.

Standard library only: `scripts/prerequisites.py` runs this file before anything is installed.
Does not make a context; MuJoCo does.
"""

import ctypes
from collections.abc import Callable
from typing import Any

EGL = 'libEGL.so.1'
OSMESA = ('libOSMesa.so.8', 'libOSMesa.so.6')
DEVICE_PLATFORM = 0x313F  # EGL_PLATFORM_DEVICE_EXT, the one that MuJoCo asks for
MOST_DEVICES = 10


def backend() -> str:
    """Return 'egl', 'osmesa', or '' when neither works; EGL is preferred."""
    if egl_works():
        return 'egl'
    return 'osmesa' if any(_library(name) for name in OSMESA) else ''


def egl_works() -> bool:
    """Whether EGL can initialise a display; the library alone, without a driver, cannot."""
    egl = _library(EGL)
    if egl is None:
        return False
    handle, number = ctypes.c_void_p, ctypes.c_int
    query = _extension(egl, b'eglQueryDevicesEXT', ctypes.c_uint, number, ctypes.POINTER(handle),
                       ctypes.POINTER(number))
    display_of = _extension(egl, b'eglGetPlatformDisplayEXT', handle, ctypes.c_uint, handle,
                            handle)
    if query is None or display_of is None:
        return False
    devices, count = (handle * MOST_DEVICES)(), number(0)
    if not query(MOST_DEVICES, devices, ctypes.byref(count)):
        return False
    egl.eglInitialize.argtypes = [handle, handle, handle]
    displays = (display_of(DEVICE_PLATFORM, device, None) for device in devices[:count.value])
    return any(display and egl.eglInitialize(display, None, None) for display in displays)


def _extension(egl: ctypes.CDLL, name: bytes, result: type, *arguments: type
               ) -> 'Callable[..., Any] | None':
    """Return a function that EGL hands out by name, None when it has no such function."""
    egl.eglGetProcAddress.restype = ctypes.c_void_p
    egl.eglGetProcAddress.argtypes = [ctypes.c_char_p]
    address = egl.eglGetProcAddress(name)
    return ctypes.CFUNCTYPE(result, *arguments)(address) if address else None


def _library(name: str) -> 'ctypes.CDLL | None':
    try:
        return ctypes.CDLL(name)
    except OSError:
        return None
