# SPDX-License-Identifier: Apache-2.0
"""The launch files and viewers: sound Python without subprocess or network, known names only."""

import ast
import importlib.util
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / 'launch'
FILES = sorted(FOLDER.glob('*.launch.py'))
MAIN = FOLDER / 'reasonseg.launch.py'
INCLUDING = ('bag', 'oak', 'realsense', 'zed')  # launch files that only include the main one
PROMISED = {'namespace', 'name', 'params_file', 'image_topic', 'camera_info_topic', 'depth_topic',
            'image_transport', 'engine', 'checkpoint', 'device', 'use_sim_time', 'autostart',
            'log_level', 'rviz', 'respawn'}


def load(path: Path):
    """Import a launch file; skips where ROS launch is not installed."""
    pytest.importorskip('launch', reason='ROS launch is not installed here')
    pytest.importorskip('launch_ros', reason='launch_ros is not installed here')
    spec = importlib.util.spec_from_file_location(path.stem.replace('.', '_'), path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def constant(path: Path, name: str) -> dict[str, list[ast.expr]]:
    """Return a dictionary of tuples at the top of a file, as key -> expressions."""
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Assign) and node.targets[0].id == name:
            rows = zip(node.value.keys, node.value.values, strict=True)
            return {key.value: row.elts for key, row in rows}
    raise AssertionError(f'{path.name} has no {name}')


def test_every_launch_file_is_there():
    names = sorted([*INCLUDING, 'demo', 'reasonseg'])
    assert [path.name for path in FILES] == [f'{name}.launch.py' for name in names]


@pytest.mark.parametrize('path', FILES, ids=lambda path: path.name)
def test_a_launch_file_compiles_and_runs_no_programs_itself(path):
    text = path.read_text()
    compile(text, path.name, 'exec')
    imported = {alias.name for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Import)
                for alias in node.names}
    imported |= {node.module for node in ast.walk(ast.parse(text))
                 if isinstance(node, ast.ImportFrom)}
    allowed = ('ament_index_python', 'launch', 'launch_ros')
    assert all(name.split('.')[0] in allowed for name in imported)


def test_launch_arguments_name_parameters_of_the_nodes():
    pytest.importorskip('rclpy')
    from reasonseg_ros.ros import params
    known = {spec.name for spec in params.TABLE} | {'use_sim_time'}
    assert set(constant(MAIN, 'OVERRIDES')) <= known
    pytest.importorskip('reasonseg_ros.sim.rendering.gl')  # it chooses how MuJoCo draws
    from reasonseg_ros.ros import sim_camera
    known = {spec.name for spec in sim_camera.TABLE}
    assert set(constant(FOLDER / 'demo.launch.py', 'CAMERA')) <= known


def test_launch_arguments_offer_the_choices_of_the_parameters():
    pytest.importorskip('rclpy')
    from reasonseg_ros.ros import params
    specs = {spec.name: spec for spec in params.TABLE}
    for name in ('image_transport', 'depth_image_transport'):
        assert ast.literal_eval(constant(MAIN, 'OVERRIDES')[name][1]) == specs[name].choices


@pytest.mark.parametrize('name', INCLUDING)
def test_the_launch_file_of_a_camera_only_includes_the_main_one(name):
    text = (FOLDER / f'{name}.launch.py').read_text()
    called = {node.func.id for node in ast.walk(ast.parse(text))
              if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    assert called == {'LaunchDescription', 'GroupAction', 'DeclareLaunchArgument',
                      'IncludeLaunchDescription',
                      'PythonLaunchDescriptionSource', 'PathJoinSubstitution', 'FindPackageShare',
                      *(('LaunchConfiguration',) if name != 'bag' else ())}
    assert "'launch', 'reasonseg.launch.py'" in text


@pytest.mark.parametrize('name', INCLUDING[1:])
def test_a_camera_sets_the_defaults_of_arguments_that_the_main_file_has(name):
    assert (set(constant(FOLDER / f'{name}.launch.py', 'TOPICS'))
            == set(constant(MAIN, 'TOPICS')))


def test_viewers_show_topics_that_the_node_publishes():
    outputs = (ROOT / 'reasonseg_ros' / 'ros' / 'output' / 'outputs.py').read_text()
    published = set(re.findall(r"base \+ '(\w+)'", outputs)) | {'answer', 'instruction'}
    rviz = re.findall(r'Value: /segmenter/(\w+)', (ROOT / 'config/reasonseg.rviz').read_text())
    layout = (ROOT / 'config' / 'foxglove_layout.json').read_text()
    assert set(rviz) | set(re.findall(r'/segmenter/(\w+)', layout)) <= published
    shown = ast.parse(MAIN.read_text()).body
    shown = next(node.value for node in shown
                 if isinstance(node, ast.Assign) and node.targets[0].id == 'SHOWN')
    assert set(ast.literal_eval(shown)) == set(rviz)


def test_the_layouts_parse_and_show_every_panel():
    yaml = pytest.importorskip('yaml')
    rviz = yaml.safe_load((ROOT / 'config' / 'reasonseg.rviz').read_text())
    assert all(d['Class'].startswith('rviz_default_plugins/')
               for d in rviz['Visualization Manager']['Displays'])
    layout = json.loads((ROOT / 'config' / 'foxglove_layout.json').read_text())
    placed = set(re.findall(r'"(\w+!\w+)"', json.dumps(layout['layout'])))
    assert placed == set(layout['configById'])


@pytest.mark.parametrize('path', FILES, ids=lambda path: path.name)
def test_a_launch_file_describes_every_argument(path):
    for argument in load(path).generate_launch_description().get_launch_arguments():
        assert argument.description.partition(' Valid choices are')[0].endswith('.')


def test_the_main_launch_file_takes_what_it_promises():
    declared = load(MAIN).generate_launch_description().get_launch_arguments()
    assert {argument.name for argument in declared} >= PROMISED


@pytest.fixture
def prefix(tmp_path, monkeypatch) -> Path:
    """Make an installation of this source tree that ament finds."""
    (tmp_path / 'share/ament_index/resource_index/packages').mkdir(parents=True)
    (tmp_path / 'share/ament_index/resource_index/packages/reasonseg_ros').touch()
    (tmp_path / 'share/reasonseg_ros').mkdir()
    for name in ('launch', 'config'):
        (tmp_path / 'share/reasonseg_ros' / name).symlink_to(ROOT / name)
    (tmp_path / 'lib').mkdir()
    (tmp_path / 'lib/reasonseg_ros').symlink_to(ROOT / 'scripts')
    monkeypatch.setenv('AMENT_PREFIX_PATH', str(tmp_path))
    return tmp_path


def launched(path: Path, **given: str) -> tuple[list[tuple[str, str]], list[str], dict[str, str]]:
    """Go through a launch file without starting anything.

    Returns (name and command line of each node, notes, what is left set).
    """
    module = load(path)
    from launch.actions import LogInfo
    from launch.substitutions import LocalSubstitution
    from launch_ros.actions import LifecycleNode, Node

    from launch import LaunchContext
    context = LaunchContext()
    context.launch_configurations.update(given)
    nodes: list[tuple[str, str]] = []
    notes: list[str] = []

    def visit(entity) -> None:
        if isinstance(entity, (LifecycleNode, Node)):
            entity._perform_substitutions(context)
            # What is only known while the node runs is left out.
            written = [part.perform(context) for one in entity.cmd for part in one
                       if not isinstance(part, LocalSubstitution)]
            rules = [f'{a}:={b}' for a, b in entity.expanded_remapping_rules or ()]
            nodes.append((entity.node_name, ' '.join([*written, *rules])))
        elif isinstance(entity, LogInfo):
            notes.append(''.join(part.perform(context) for part in entity.msg))
        else:
            for inside in entity.visit(context) or ():
                visit(inside)

    visit(module.generate_launch_description())
    return nodes, notes, {k: v for k, v in context.launch_configurations.items() if k not in given}


@pytest.mark.parametrize('path', FILES, ids=lambda path: path.name)
def test_what_a_launch_file_sets_stays_inside(path, prefix):
    nodes, notes, left = launched(path)
    assert nodes and not notes and left == {}


def test_the_demo_puts_camera_and_node_into_one_namespace(prefix):
    nodes, _, _ = launched(FOLDER / 'demo.launch.py', namespace='robot')
    assert [name for name, _ in nodes] == ['/robot/sim_camera', '/robot/segmenter']


def test_named_cameras_have_topics_of_their_own_and_a_stray_one_is_named(prefix):
    nodes, notes, _ = launched(MAIN, cameras='wrist,front', wrist_image_topic='/w/image_raw',
                               front_depth_topic='/f/depth', back_image_topic='/b/image_raw')
    line = nodes[0][1]
    assert 'wrist/image:=/w/image_raw' in line and 'front/depth_image:=/f/depth' in line
    assert notes == ['argument "back_image_topic" belongs to no camera; name it in '
                     'cameras:=wrist,front,back']


def test_a_missing_viewer_is_said_and_the_node_starts(prefix):
    nodes, notes, _ = launched(MAIN, rviz='true', fixed_frame='map')
    assert len(nodes) == 1 and 'rviz2 is not installed' in notes[0]


def test_the_log_level_is_that_of_the_node_alone(prefix):
    nodes, _, _ = launched(MAIN, namespace='/robot', log_level='debug')
    assert 'robot.segmenter:=debug' in nodes[0][1]
