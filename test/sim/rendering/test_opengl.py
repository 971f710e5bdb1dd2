# SPDX-License-Identifier: Apache-2.0
"""EGL counts only when a driver stands behind it; OSMesa is the fallback."""

import ctypes
import os
import subprocess
import sys

import pytest

from reasonseg_ros.sim.rendering import opengl


@pytest.mark.parametrize('egl, libraries, expected', [
    (True, ('libOSMesa.so.8',), 'egl'), (False, ('libOSMesa.so.8',), 'osmesa'),
    (False, ('libOSMesa.so.6',), 'osmesa'), (False, (), '')])
def test_egl_is_preferred_and_osmesa_is_the_fallback(monkeypatch, egl, libraries, expected):
    monkeypatch.setattr(opengl, 'egl_works', lambda: egl)
    monkeypatch.setattr(opengl, '_library', lambda name: name in libraries or None)
    assert opengl.backend() == expected


def test_egl_without_its_library_does_not_work(monkeypatch):
    monkeypatch.setattr(opengl, 'EGL', 'libnowhere.so.1')
    assert not opengl.egl_works()


def test_egl_without_a_driver_does_not_work():
    try:
        ctypes.CDLL(opengl.EGL)
    except OSError as error:
        pytest.skip(str(error))
    program = 'from reasonseg_ros.sim.rendering import opengl; print(opengl.egl_works())'
    done = subprocess.run([sys.executable, '-c', program], capture_output=True, text=True,
                          check=True, env={**os.environ, '__EGL_VENDOR_LIBRARY_DIRS': '/nowhere'})
    assert done.stdout == 'False\n'
