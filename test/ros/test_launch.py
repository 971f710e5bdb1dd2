# SPDX-License-Identifier: Apache-2.0
"""The launch files: sound Python without subprocess or network, arguments that parameters know."""

import ast
import importlib.util
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / 'launch'
FILES = sorted(FOLDER.glob('*.launch.py'))


def load(path: Path):
    """Import a launch file; skips where ROS launch is not installed."""
    pytest.importorskip('launch', reason='ROS launch is not installed here')
    pytest.importorskip('launch_ros', reason='launch_ros is not installed here')
    spec = importlib.util.spec_from_file_location(path.stem.replace('.', '_'), path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def constant(path: Path, name: str) -> set[str]:
    """Return the keys of a dictionary at the top of a file."""
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Assign) and node.targets[0].id == name:
            return {key.value for key in node.value.keys}
    raise AssertionError(f'{path.name} has no {name}')


def test_both_launch_files_are_there():
    assert [path.name for path in FILES] == ['demo.launch.py', 'reasonseg.launch.py']


@pytest.mark.parametrize('path', FILES, ids=lambda path: path.name)
def test_a_launch_file_compiles_and_runs_no_programs_itself(path):
    text = path.read_text()
    compile(text, path.name, 'exec')
    imported = {alias.name for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Import)
                for alias in node.names}
    imported |= {node.module for node in ast.walk(ast.parse(text))
                 if isinstance(node, ast.ImportFrom)}
    assert all(name.split('.')[0] in ('launch', 'launch_ros') for name in imported)


def test_launch_arguments_name_parameters_of_the_nodes():
    pytest.importorskip('rclpy')
    from reasonseg_ros.ros import params
    known = {spec.name for spec in params.TABLE} | {'use_sim_time'}
    assert constant(FOLDER / 'reasonseg.launch.py', 'OVERRIDES') <= known
    pytest.importorskip('mujoco')
    from reasonseg_ros.ros import sim_camera
    known = {spec.name for spec in sim_camera.TABLE}
    assert constant(FOLDER / 'demo.launch.py', 'CAMERA') <= known


@pytest.mark.parametrize('path', FILES, ids=lambda path: path.name)
def test_a_launch_file_describes_every_argument(path):
    for argument in load(path).generate_launch_description().get_launch_arguments():
        assert argument.description.endswith('.')
