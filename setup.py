# SPDX-License-Identifier: Apache-2.0
"""Adds the ROS interfaces to an installation by pip; everything else stands in pyproject.toml.

Where the ROS 2 build tools are importable (wheels of the extra `interfaces`, or a sourced ROS 2),
CMake builds the interfaces and they become data files of the environment. Elsewhere the package is
pure Python. Does not serve colcon, which reads CMakeLists.txt itself.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from distutils.command.install_data import install_data  # the copy that setuptools brings
from importlib.util import find_spec
from pathlib import Path

from setuptools import Distribution, setup

ROOT = Path(__file__).resolve().parent


def ros_prefix() -> Path | None:
    """Return the prefix that holds the ROS 2 build tools; None when they are not there.

    REASONSEG_INTERFACES=OFF hides them, for a step of an installation that builds them later.
    """
    if os.environ.get('REASONSEG_INTERFACES') == 'OFF':
        return None
    spec = find_spec('ament_package')
    if spec is None or spec.origin is None or find_spec('catkin_pkg') is None:
        return None
    prefix = Path(spec.origin).parents[4]
    return prefix if (prefix / 'share' / 'rosidl_default_generators').is_dir() else None


def install_interfaces(ros: Path, prefix: Path) -> None:
    """Build the interfaces against the ROS 2 in `ros`, and install them below `prefix`."""
    search = os.pathsep.join((sysconfig.get_path('scripts'), os.environ.get('PATH', os.defpath)))
    env = {**os.environ, 'PATH': search, 'AMENT_PREFIX_PATH': str(ros)}
    cmake = shutil.which('cmake', path=search)
    if cmake is None:
        raise SystemExit('cmake is not on the PATH; install it: pip install cmake')
    with tempfile.TemporaryDirectory() as build:
        subprocess.run([
            cmake, '-S', str(ROOT), '-B', build,
            *(['-G', 'Ninja'] if shutil.which('ninja', path=search) else []),
            f'-DCMAKE_PREFIX_PATH={ros}',
            f'-DCMAKE_PROJECT_INCLUDE={ROOT / "cmake" / "wheels.cmake"}',
            f'-DCMAKE_INSTALL_PREFIX={build}/unused',
            f'-DPython3_EXECUTABLE={sys.executable}',
            '-DBUILD_TESTING=OFF',
            '-DREASONSEG_INSTALL_PYTHON=OFF',
        ], check=True, env=env)
        subprocess.run([cmake, '--build', build], check=True, env=env)
        subprocess.run([cmake, '--install', build, '--prefix', str(prefix)], check=True, env=env)
    for package in prefix.glob('lib/python*/site-packages/reasonseg_ros'):
        # The generated __init__.py is empty; the package's own one must be the only one.
        (package / '__init__.py').unlink()
    for leftover in prefix.glob('lib/python*/site-packages/*.egg-info'):
        shutil.rmtree(leftover)


class InstallData(install_data):
    """Installs the interfaces beside the data files."""

    def run(self) -> None:
        super().run()
        ros = ros_prefix()
        if ros is not None:
            install_interfaces(ros, Path(self.install_dir).resolve())


class Package(Distribution):
    """Tells setuptools what only setup.py knows."""

    def has_ext_modules(self) -> bool:
        """Whether the wheel belongs to one Python version and platform."""
        return ros_prefix() is not None

    def has_data(self) -> bool:
        """Whether editable wheels carry data files; they ask for another name than plain ones."""
        return self.has_data_files()


setup(distclass=Package, cmdclass={'install_data': InstallData})
