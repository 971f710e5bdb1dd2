# SPDX-License-Identifier: Apache-2.0
"""Checks what `make` cannot install by itself, and prints one line for each thing that is missing.

Runs before the virtual environment exists, with whatever Python is there: standard library only,
and no syntax that old versions refuse. Does not install anything.
"""

import importlib.util
import os
import platform
import runpy
import shutil
import sys
import sysconfig

OLDEST = (3, 10)
NEWEST = (3, 14)
COMPILERS = ('c++', 'g++', 'clang++')
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def python_problem(version):
    """Return what is wrong with this Python version, e.g. (3, 8); None when it will do."""
    if OLDEST <= version[:2] <= NEWEST:
        return None
    return ('Python is {}.{}; 3.{} to 3.{} is needed. Name another one: make PYTHON=python3.12'
            .format(version[0], version[1], OLDEST[1], NEWEST[1]))


def machine_problem(system, machine):
    """Return what is wrong with this computer; None when the ROS 2 wheels run on it."""
    if (system, machine) == ('Linux', 'x86_64'):
        return None
    return ('this computer is {} on {}; the ROS 2 wheels exist for Linux on x86_64 only. '
            'Use a ROS 2 workspace instead: colcon build'.format(system, machine))


def venv_problem():
    """Return what is missing for virtual environments; None when nothing is."""
    if importlib.util.find_spec('venv') and importlib.util.find_spec('ensurepip'):
        return None
    return ('the Python modules venv and ensurepip are missing; they are needed to make .venv. '
            'Install them: sudo apt install python3-venv')


def compiler_problem(search):
    """Return what is missing for compiling on the PATH `search`; None when nothing is."""
    named = os.environ.get('CXX')
    if any(shutil.which(name, path=search) for name in ([named] if named else COMPILERS)):
        return None
    return ('no C++ compiler found ({}); one is needed for the ROS interfaces. '
            'Install one: sudo apt install g++'.format(named or ', '.join(COMPILERS)))


def headers_problem(include):
    """Return what is missing in the Python headers folder `include`; None when nothing is."""
    if os.path.isfile(os.path.join(include, 'Python.h')):
        return None
    return ('Python.h is not in {}; it is needed for the ROS interfaces. '
            'Install it: sudo apt install python3-dev'.format(include))


def opengl_backend():
    """Return what the simulated camera would draw with; '' when there is nothing."""
    path = os.path.join(ROOT, 'reasonseg_ros', 'sim', 'rendering', 'opengl.py')
    return runpy.run_path(path)['backend']()


def opengl_problem(backend):
    """Return what is missing for drawing off screen with `backend`; None when it has a name."""
    if backend:
        return None
    return ('neither EGL with a driver nor OSMesa found; the simulated camera draws with one. '
            'Install EGL: sudo apt install libegl1 libgl1-mesa-dri')


def main():
    """Print the problems; return the exit code, 0 when there are none."""
    wrong_python = python_problem(sys.version_info)
    problems = [wrong_python] if wrong_python else [  # the others judge the Python that is used
        machine_problem(platform.system(), platform.machine()),
        venv_problem(),
        compiler_problem(os.environ.get('PATH', os.defpath)),
        headers_problem(sysconfig.get_path('include')),
        opengl_problem(opengl_backend()),
    ]
    found = [problem for problem in problems if problem]
    for problem in found:
        sys.stderr.write('prerequisite: {}\n'.format(problem))
    return 1 if found else 0


if __name__ == '__main__':
    sys.exit(main())
