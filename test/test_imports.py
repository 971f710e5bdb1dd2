# SPDX-License-Identifier: Apache-2.0
"""Imports point one way, each layer needs only what it says, and nothing is unpickled."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / 'reasonseg_ros'

# Each layer may import itself and those before it.
LAYERS = ('core', 'nn', 'engines', 'sim', 'benchmarks', 'bags', 'drawing', 'evaluation', 'training',
          'reports', 'measure', 'ros', 'cli')
ROS = {'rclpy', 'rcl_interfaces', 'builtin_interfaces', 'launch', 'launch_ros',
       'ament_index_python', 'tf2_ros'}
INTERFACES = {'msg', 'srv', 'action'}
NUMPY_ONLY = {'numpy', 'pycocotools'}
PUBLISHED = 'engines.weights.published'  # what authors publish is converted once
CODECS = {'core.camera.compressed', 'core.camera.encodings'}  # JPEG and YUV have no quick way in numpy

FILES = sorted(PACKAGE.rglob('*.py'))


def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding='utf-8'), str(file))


def name(file: Path) -> str:
    return '.'.join(file.relative_to(PACKAGE).with_suffix('').parts)


def layer(file: Path) -> str:
    return file.relative_to(PACKAGE).parts[0]


def for_types_only(module: ast.Module) -> set[ast.AST]:
    """Nodes under `if TYPE_CHECKING:`; they import nothing at run time."""
    return {inner for node in ast.walk(module) if isinstance(node, ast.If)
            and isinstance(node.test, ast.Name) and node.test.id == 'TYPE_CHECKING'
            for child in node.body for inner in ast.walk(child)}


def imported(file: Path) -> Iterator[str]:
    """Full names of the modules that a file imports at run time, in functions as well."""
    module = tree(file)
    skipped = for_types_only(module)
    for node in ast.walk(module):
        if node in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f'{name(file)} has a relative import'
            yield from (f'{node.module}.{alias.name}' for alias in node.names)


def parametrized(files: list[Path]):
    return pytest.mark.parametrize('file', files, ids=name)


@parametrized([f for f in FILES if f.parent != PACKAGE])
def test_a_file_imports_only_its_own_layer_and_those_below(file):
    inside = {m.split('.')[1] for m in imported(file) if m.startswith('reasonseg_ros.')}
    allowed = {*LAYERS[:LAYERS.index(layer(file)) + 1]}
    assert inside - {'__version__'} <= allowed | (INTERFACES if layer(file) == 'ros' else set())


@parametrized([f for f in FILES if layer(f) == 'core'
               or name(f) in ('sim.dialogues.truth', 'sim.dialogues.generator')])
def test_the_core_and_the_truth_need_only_numpy(file):
    outside = {m.split('.')[0] for m in imported(file)} - {'reasonseg_ros'}
    allowed = NUMPY_ONLY | ({'cv2'} if name(file) in CODECS else set())
    assert outside - set(sys.stdlib_module_names) <= allowed


@parametrized([f for f in FILES if layer(f) != 'ros'])
def test_only_the_ros_layer_imports_ros(file):
    tops = {m.split('.')[0] for m in imported(file)}
    assert not {t for t in tops if t in ROS or t.endswith(('_msgs', '_srvs'))}


@parametrized([f for f in FILES if name(f) != PUBLISHED])
def test_nothing_is_unpickled(file):
    assert not {m.split('.')[0] for m in imported(file)} & {'pickle', 'dill', 'joblib', 'shelve'}
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            assert (node.value.id, node.attr) != ('torch', 'load')
        if isinstance(node, ast.keyword) and node.arg == 'allow_pickle':
            assert isinstance(node.value, ast.Constant) and node.value.value is False


def test_published_pickles_are_read_as_tensors_only():
    module = tree(PACKAGE / 'engines' / 'weights' / 'published.py')
    assert 'pickle.load' not in ast.unparse(module)
    [load] = [node for node in ast.walk(module) if isinstance(node, ast.Call)
              and ast.unparse(node.func) == 'torch.load']
    assert [k.value.value for k in load.keywords if k.arg == 'weights_only'] == [True]


@parametrized(FILES)
def test_every_file_names_its_licence_and_says_what_it_is(file):
    text = file.read_text(encoding='utf-8')
    assert text.startswith('# SPDX-License-Identifier: Apache-2.0\n')
    assert file.name == '__init__.py' or ast.get_docstring(tree(file))
