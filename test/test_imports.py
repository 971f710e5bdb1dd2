# SPDX-License-Identifier: Apache-2.0
"""Imports point one way, each layer needs only what it says, and nothing is unpickled."""

import ast
import sys

from support.structure import PACKAGE, Module, cycles, modules, require_none

# Each layer may import itself and those before it.
LAYERS = ('core', 'nn', 'engines', 'sim', 'benchmarks', 'datasets', 'bags', 'drawing', 'evaluation',
          'training', 'reports', 'measure', 'ros', 'web', 'cli')
ROS = {'rclpy', 'rcl_interfaces', 'builtin_interfaces', 'launch', 'launch_ros',
       'ament_index_python', 'tf2_ros'}
INTERFACES = {'msg', 'srv', 'action'}
NUMPY_ONLY = {'numpy', 'pycocotools'}
PUBLISHED = 'engines.weights.published'  # what authors publish is converted once
# JPEG and YUV have no quick way in numpy.
CODECS = {'core.camera.compressed', 'core.camera.encodings'}
TRUTH = {'sim.dialogues.truth', 'sim.dialogues.generator'}

MODULES = tuple(modules().values())


def above(module: Module) -> set[str]:
    """Folders of the package that a module imports and should not."""
    allowed = {*LAYERS[:LAYERS.index(module.layer) + 1], '__version__'}
    allowed |= INTERFACES if module.layer == 'ros' else set()
    return {name.split('.')[1] for name in module.imported
            if name.startswith('reasonseg_ros.')} - allowed


def unpickling(module: Module) -> list[str]:
    """Ways in which a module runs code that a file holds."""
    found = [*module.libraries & {'pickle', 'dill', 'joblib', 'shelve'}]
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute) and node.attr == 'load' and (
                ast.unparse(node.value) == 'torch'):
            found.append('torch.load')
        if isinstance(node, ast.keyword) and node.arg == 'allow_pickle':
            if not (isinstance(node.value, ast.Constant) and node.value.value is False):
                found.append('allow_pickle')
    return found


def test_a_module_imports_only_its_own_layer_and_those_below():
    found = {m.name: above(m) for m in MODULES if m.file.parent != PACKAGE}
    require_none(found)


def test_no_modules_import_each_other_in_a_ring():
    assert cycles() == []


def test_imports_are_absolute():
    assert [m.name for m in MODULES if any(name.startswith('.') for name in m.imported)] == []


def test_the_core_and_the_truth_need_only_numpy():
    known = NUMPY_ONLY | {'reasonseg_ros'} | set(sys.stdlib_module_names)
    found = {m.name: m.libraries - known - ({'cv2'} if m.name in CODECS else set())
             for m in MODULES if m.layer == 'core' or m.name in TRUTH}
    assert TRUTH <= found.keys()
    require_none(found)


def test_only_the_ros_layer_imports_ros():
    found = {m.name: {top for top in m.libraries if top in ROS or top.endswith(('_msgs', '_srvs'))}
             for m in MODULES if m.layer != 'ros'}
    require_none(found)


def test_only_the_command_line_imports_argparse():
    assert [m.name for m in MODULES if m.layer != 'cli' and 'argparse' in m.libraries] == []


def test_nothing_is_unpickled():
    found = {m.name: unpickling(m) for m in MODULES if m.name != PUBLISHED}
    require_none(found)


def test_published_pickles_are_read_as_tensors_only():
    module = modules()[PUBLISHED].tree
    assert 'pickle.load' not in ast.unparse(module)
    [load] = [node for node in ast.walk(module) if isinstance(node, ast.Call)
              and ast.unparse(node.func) == 'torch.load']
    assert [k.value.value for k in load.keywords if k.arg == 'weights_only'] == [True]
