# SPDX-License-Identifier: Apache-2.0
"""Builds packages of messages against the ROS 2 wheels, and runs the tests that need them.

    make test-ros-tools SOURCES="~/src/vision_msgs/vision_msgs ~/src/geometry2/tf2_msgs"

`launch`, `launch_ros` and other Python packages are put on the path where one of the sources is
such a package. What is built lies in out/ros-tools; what is there is not built again.
"""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / 'out' / 'ros-tools'
TESTS = ('test/ros/output', 'test/ros/test_launch.py', 'test/ros/client/test_player.py')


def main(sources: list[Path]) -> int:
    """Build, then test; return what pytest does."""
    if not sources:
        print(__doc__)
        return 2
    spec = find_spec('ament_package')
    if spec is None or spec.origin is None:
        print('the ROS 2 build tools are missing; run "make setup" first')
        return 1
    ros = Path(spec.origin).parents[4]
    paths = []
    for source in sources:
        if (source / 'CMakeLists.txt').exists():
            build(source, ros)
        elif (source / 'setup.py').exists():
            paths.append(source)
        else:
            print(f'{source} is no ROS 2 package: found neither CMakeLists.txt nor setup.py; give '
                  'the folder of one package')
            return 2
    paths += OUT.glob('install/lib/python*/site-packages')
    libraries = [str(OUT / 'install' / 'lib'), os.environ.get('LD_LIBRARY_PATH', '')]
    environment = {
        **os.environ, 'LD_LIBRARY_PATH': os.pathsep.join(filter(None, libraries)),
        'PYTHONPATH': os.pathsep.join([*map(str, paths), os.environ.get('PYTHONPATH', '')])}
    return subprocess.run([sys.executable, '-m', 'pytest', '-q', '-rs', *TESTS], cwd=ROOT,
                          env=environment, check=False).returncode


def build(source: Path, ros: Path) -> None:
    """Build the messages of one package and install them below OUT."""
    name = source.resolve().name
    if (OUT / 'install' / 'share' / name / 'package.xml').exists():
        return
    folder = OUT / 'build' / name
    subprocess.run([
        'cmake', '-S', str(source), '-B', str(folder), '-G', 'Ninja',
        f'-DCMAKE_PREFIX_PATH={OUT / "install"};{ros}',
        f'-DCMAKE_PROJECT_INCLUDE={ROOT / "cmake" / "wheels.cmake"}',
        f'-DCMAKE_INSTALL_PREFIX={OUT / "install"}', f'-DPython3_EXECUTABLE={sys.executable}',
        '-DBUILD_TESTING=OFF'],
        check=True, env={**os.environ, 'AMENT_PREFIX_PATH': str(ros)})
    subprocess.run(['cmake', '--build', str(folder)], check=True)
    subprocess.run(['cmake', '--install', str(folder)], check=True)


if __name__ == '__main__':
    sys.exit(main([Path(name).expanduser() for name in sys.argv[1:]]))
