# SPDX-License-Identifier: Apache-2.0
"""The package as users meet it: interface text, versions, pins, DDS profile, prerequisites.

Reads the files of the source tree. Does not build or install anything.
"""

import re
import runpy
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
import yaml

import reasonseg_ros
from reasonseg_ros.core.dialogue.dialogue import Role, State
from reasonseg_ros.core.errors import Status
from reasonseg_ros.core.geometry.grasps import GraspKind
from reasonseg_ros.sim.rendering import opengl

ROOT = Path(__file__).resolve().parents[1]
INTERFACES = sorted(path for folder in ('msg', 'srv', 'action')
                    for path in (ROOT / folder).glob(f'*.{folder}'))
CONSTANT = re.compile(r'^uint8 ([A-Z_]+)=(\d+)', re.MULTILINE)
FIELD = re.compile(r'^[\w/]+(?:\[\])? ([a-z]\w*)', re.MULTILINE)
INSTANCE_FIELDS = [
    'header', 'dialogue_id', 'id', 'parent_id', 'round', 'label', 'score', 'state', 'roi', 'mask',
    'area', 'has_3d', 'pose', 'size', 'depth_valid_ratio', 'has_surface', 'surface_point',
    'surface_normal', 'has_grasp', 'grasp_kind', 'grasp_pose', 'grasp_width', 'quality',
    'quality_reason', 'clause', 'role', 'reason', 'last_seen', 'first_round',
]
SEGMENT_REQUEST = ['dialogue_id', 'instruction', 'references', 'frame_policy', 'stamp', 'image',
                   'depth_image', 'camera_info', 'max_age', 'camera']
SEGMENT_RESPONSE = ['status', 'message', 'dialogue_id', 'round', 'header', 'camera', 'answer',
                    'instances', 'timings', 'persistent']


def sections(name: str) -> list[str]:
    """Return the parts of an interface file between the '---' lines."""
    return re.split(r'^---$', (ROOT / name).read_text(), flags=re.MULTILINE)


def constants(text: str) -> dict[str, int]:
    """Return the uint8 constants that an interface text declares."""
    return {name: int(value) for name, value in CONSTANT.findall(text)}


@pytest.fixture(scope='module')
def prerequisites() -> dict:
    """Return the names that scripts/prerequisites.py defines."""
    return runpy.run_path(str(ROOT / 'scripts' / 'prerequisites.py'))


@pytest.mark.parametrize('name', ['srv/Segment.srv', 'action/SegmentDialogue.action'])
def test_the_status_constants_are_those_of_the_core(name: str) -> None:
    assert constants(sections(name)[1]) == {status.name: status.value for status in Status}


def test_the_constants_of_an_instance_are_those_of_the_core() -> None:
    text = (ROOT / 'msg' / 'Instance.msg').read_text()
    assert constants(text) == {value.name: value.value for value in (*State, *GraspKind, *Role)}


def test_the_generated_classes_carry_the_same_constants() -> None:
    services = pytest.importorskip('reasonseg_ros.srv')
    actions = pytest.importorskip('reasonseg_ros.action')
    for result in (services.Segment.Response, actions.SegmentDialogue.Result):
        assert {status.name: getattr(result, status.name) for status in Status} == {
            status.name: status.value for status in Status}


def test_an_instance_has_exactly_the_promised_fields() -> None:
    assert FIELD.findall((ROOT / 'msg' / 'Instance.msg').read_text()) == INSTANCE_FIELDS


def test_segment_has_exactly_the_promised_fields() -> None:
    request, response = sections('srv/Segment.srv')
    assert FIELD.findall(request) == SEGMENT_REQUEST
    assert FIELD.findall(response) == SEGMENT_RESPONSE


def test_the_action_asks_and_answers_like_the_service() -> None:
    asked, answered = sections('srv/Segment.srv')
    goal, result, _ = sections('action/SegmentDialogue.action')
    assert FIELD.findall(goal) == FIELD.findall(asked)
    assert constants(goal) == constants(asked)
    assert FIELD.findall(result) == FIELD.findall(answered)


@pytest.mark.parametrize('path', INTERFACES, ids=lambda path: path.name)
def test_every_field_is_documented(path: Path) -> None:
    lines = path.read_text().splitlines()
    assert lines[0].startswith('#')
    for before, line in zip(lines, lines[1:]):
        if FIELD.match(line) and '#' not in line:
            documented = before.startswith('#') or CONSTANT.match(before) or FIELD.match(before)
            assert documented, f'{path.name}: "{line}" has no comment'


def test_every_interface_is_built() -> None:
    listed = re.findall(r'^  ((?:msg|srv|action)/\w+\.\w+)$',
                        (ROOT / 'CMakeLists.txt').read_text(), re.MULTILINE)
    assert sorted(listed) == sorted(path.relative_to(ROOT).as_posix() for path in INTERFACES)


def test_every_file_states_the_same_version() -> None:
    manifest = ElementTree.parse(ROOT / 'package.xml').getroot()
    changes = (ROOT / 'CHANGELOG.rst').read_text()
    assert manifest.findtext('version') == reasonseg_ros.__version__
    assert re.search(r'^(\d+\.\d+\.\d+) ', changes, re.MULTILINE)[1] == reasonseg_ros.__version__


def test_every_dependency_is_pinned_to_one_version_and_no_build() -> None:
    tomllib = pytest.importorskip('tomllib')
    project = tomllib.loads((ROOT / 'pyproject.toml').read_text())['project']
    lines = [line for line in (ROOT / 'constraints.txt').read_text().splitlines()
             if line and not line.startswith('#')]
    assert all(re.fullmatch(r'[a-z0-9-]+==[0-9.]+(post\d+)?( ?;.*)?', line) for line in lines)
    pinned = {line.partition('==')[0] for line in lines}
    asked = [*project['dependencies'], *sum(project['optional-dependencies'].values(), [])]
    names = {re.match(r'[\w-]+', text)[0].lower().replace('_', '-') for text in asked}
    assert names <= pinned


def test_the_hooks_before_a_commit_run_what_make_check_runs_and_fetch_nothing() -> None:
    [local] = yaml.safe_load((ROOT / '.pre-commit-config.yaml').read_text())['repos']
    assert local['repo'] == 'local'
    assert {hook['language'] for hook in local['hooks']} == {'system'}
    recipe = re.search(r'^check:.*\n((?:\t.*\n)+)', (ROOT / 'Makefile').read_text(), re.MULTILINE)
    commands = [line.strip().replace('$(BIN)', '.venv/bin').removesuffix(' .')
                for line in recipe[1].splitlines()]
    assert [hook['entry'] for hook in local['hooks']] == commands


def test_the_dds_profile_is_the_default_and_holds_a_full_hd_image() -> None:
    space = {'dds': 'http://www.eprosima.com'}
    root = ElementTree.parse(ROOT / 'config' / 'fastdds.xml').getroot()
    full_hd = 1920 * 1080 * 3
    assert int(root.findtext('.//dds:maxMessageSize', namespaces=space)) > full_hd
    assert int(root.findtext('.//dds:segment_size', namespaces=space)) >= 4 * full_hd
    assert root.find('.//dds:participant', space).get('is_default_profile') == 'true'
    offered, used = (
        {e.text for e in root.iterfind(f'.//dds:{where}/dds:transport_id', space)}
        for where in ('transport_descriptor', 'userTransports'))
    assert used == offered


@pytest.mark.parametrize(('version', 'accepted'), [
    ((2, 7), False), ((3, 9), False), ((3, 10), True), ((3, 14), True), ((3, 15), False)])
def test_only_python_versions_with_wheels_are_accepted(
        prerequisites: dict, version: tuple[int, int], accepted: bool) -> None:
    assert (prerequisites['python_problem'](version) is None) == accepted


def test_the_prerequisites_look_for_opengl_as_the_simulator_does(prerequisites: dict) -> None:
    assert prerequisites['opengl_backend']() == opengl.backend()


def test_missing_prerequisites_are_named_with_the_next_step(
        prerequisites: dict, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv('CXX', raising=False)
    problems = [
        prerequisites['machine_problem']('Darwin', 'arm64'),
        prerequisites['compiler_problem'](str(tmp_path)),
        prerequisites['headers_problem'](str(tmp_path)),
        prerequisites['opengl_problem'](''),
    ]
    steps = ['colcon build', 'install g++', 'install python3-dev', 'install libegl1']
    for problem, step in zip(problems, steps):
        assert step in problem
        assert '\n' not in problem


def test_cyclone_dds_gets_a_buffer_for_a_full_hd_image() -> None:
    space = {'c': 'https://cdds.io/config'}
    root = ElementTree.parse(ROOT / 'config' / 'cyclonedds.xml').getroot()
    assert root.find('.//c:SocketReceiveBufferSize', space).get('min') == '4MB'
    assert root.findtext('.//c:MaxMessageSize', namespaces=space) == '65500B'


def test_the_container_is_made_by_the_steps_of_the_pages() -> None:
    file = (ROOT / 'Dockerfile').read_text()
    steps = re.findall(r'^RUN (make \w+)|^CMD \["(\w+)", "(\w+)"\]', file, re.MULTILINE)
    pages = (ROOT / 'README.md').read_text() + (ROOT / 'Makefile').read_text()
    assert [' '.join(filter(None, step)) for step in steps] == ['make setup', 'make demo']
    assert 'make demo' in pages and re.search(r'^setup:', pages, re.MULTILINE)
    install = (ROOT / 'docs' / 'install.md').read_text()
    packages = set(re.search(r'recommends \\\n\s+(.*) \\', file)[1].split())
    named = set(re.findall(r'`(python3-\w+|libegl1|libgl1-mesa-dri|make)`', install))
    assert named <= packages


def test_pip_installs_what_ros2_run_and_ros2_launch_look_for() -> None:
    tomllib = pytest.importorskip('tomllib')
    files = tomllib.loads((ROOT / 'pyproject.toml').read_text())['tool']['setuptools']['data-files']
    assert files['lib/reasonseg_ros'] == ['scripts/reasonseg', 'scripts/segmenter']
    assert files['share/ament_index/resource_index/packages'] == ['cmake/index/reasonseg_ros']
    assert 'package.xml' in files['share/reasonseg_ros']
    assert (ROOT / 'cmake/index/reasonseg_ros').read_text() == ''


def test_what_colcon_tests_by_default_is_there() -> None:
    text = (ROOT / 'CMakeLists.txt').read_text()
    folders = re.findall(r'set\(folders ([^)]*)\)', text)
    assert 'test' in folders and all((ROOT / one).is_dir() for line in folders
                                     for one in line.split())
