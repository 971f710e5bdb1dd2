# SPDX-License-Identifier: Apache-2.0
"""The command `reasonseg`: verbs are found late, and every error is one line."""

import importlib.util
import re
import subprocess
import sys
import types

import pytest
from support.structure import modules

from reasonseg_ros.cli import main as cli
from reasonseg_ros.cli.exit_status import exit_status
from reasonseg_ros.core.errors import BadImage, BadInput, Status


@pytest.fixture
def verb(monkeypatch):
    """Put a verb of the test's own in the place of `segment`."""
    module = types.ModuleType('fake_verb')
    module.add_arguments = lambda parser: parser.add_argument('--count', type=int)
    module.main = lambda args: 0
    monkeypatch.setitem(sys.modules, 'fake_verb', module)
    monkeypatch.setitem(cli.VERBS, 'segment', ('fake_verb', 'a verb for tests'))
    return module


def _raises(error):
    def main(args):
        raise error
    return main


def _one_line(capsys):
    captured = capsys.readouterr()
    assert captured.err.count('\n') == 1
    assert captured.err.endswith('\n')
    return captured.err


@pytest.mark.parametrize('arguments', [[], ['--help'], ['-h'], ['help']])
def test_help_lists_every_verb(arguments, capsys):
    assert cli.main(arguments) == 0
    text = capsys.readouterr().out
    for name, (_, summary) in cli.VERBS.items():
        assert re.search(rf'^  {name} +{re.escape(summary)}$', text, re.MULTILINE)


def test_help_imports_no_heavy_module():
    program = ("import sys; from reasonseg_ros.cli.main import main; main(['--help']); "
               "print(sorted({'torch', 'numpy', 'mujoco', 'rclpy', 'cv2'} & set(sys.modules)))")
    done = subprocess.run([sys.executable, '-c', program], capture_output=True, text=True,
                          check=True)
    assert done.stdout.endswith('[]\n')


def test_every_verb_has_a_module():
    missing = [name for name, (module, _) in cli.VERBS.items()
               if importlib.util.find_spec(module) is None]
    assert missing == []


def test_a_mistyped_verb_is_answered_with_the_nearest(capsys):
    assert cli.main(['segmnt', 'x.png']) == 2
    assert _one_line(capsys) == 'reasonseg: there is no verb "segmnt"; did you mean "segment"?\n'


def test_an_unknown_verb_is_answered_with_the_list(capsys):
    assert cli.main(['qqq']) == 2
    assert 'choose one of demo, node' in _one_line(capsys)


def test_the_result_of_a_verb_is_the_exit_code(verb):
    verb.main = lambda args: args.count
    assert cli.main(['segment', '--count', '7']) == 7


def test_a_bad_argument_is_one_line_and_exit_code_2(verb, capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(['segment', '--count', 'many'])
    assert ended.value.code == 2
    line = _one_line(capsys)
    assert line.startswith('reasonseg segment: argument --count: invalid int value')
    assert '--help' in line


def test_an_error_of_the_domain_is_one_line_and_has_its_own_exit_status(verb, capsys):
    verb.main = _raises(BadImage('the image is odd;\n  send another'))
    assert cli.main(['segment']) == exit_status(Status.BAD_IMAGE)
    assert _one_line(capsys) == 'reasonseg segment: the image is odd; send another\n'


def test_an_input_that_cannot_be_used_is_one_line_and_exit_code_2(verb, capsys):
    verb.main = _raises(BadInput('there is no file "x"; check the path'))
    assert cli.main(['segment']) == 2
    assert _one_line(capsys) == 'reasonseg segment: there is no file "x"; check the path\n'


def test_ctrl_c_is_one_line_and_exit_code_130(verb, capsys):
    verb.main = _raises(KeyboardInterrupt())
    assert cli.main(['segment']) == 130
    assert _one_line(capsys) == 'reasonseg segment: interrupted\n'


@pytest.mark.parametrize('name, remedy', [
    ('rclpy.node', 'setup.bash'), ('torch', 'pip install torch'), ('rosbags', 'install rosbags'),
    ('mcap.records', '[bags]'), ('vision_msgs.msg', 'ros-$ROS_DISTRO-vision-msgs'),
    ('reasonseg_ros.srv', 'make setup')])
def test_a_missing_module_says_what_to_do(verb, capsys, name, remedy):
    verb.main = _raises(ModuleNotFoundError(f'No module named {name!r}', name=name))
    assert cli.main(['segment']) == 1
    line = _one_line(capsys)
    assert name in line
    assert remedy in line


def test_every_library_of_the_package_has_a_remedy():
    # Without numpy nothing can be said; a package of messages is told by its name.
    found = set().union(*(module.libraries for module in modules().values()))
    found -= {*sys.stdlib_module_names, 'compression', 'numpy', 'reasonseg_ros'}
    assert {name for name in found if not name.endswith(cli.MESSAGES)} == cli.REMEDIES.keys()


@pytest.mark.parametrize('error, named', [
    (PermissionError(13, 'Permission denied', 'out/x'), '"out/x"'),
    (OSError(28, 'No space left on device'), 'a file')])
def test_what_the_system_refuses_is_one_line_and_exit_code_1(verb, capsys, error, named):
    verb.main = _raises(error)
    assert cli.main(['segment']) == 1
    line = _one_line(capsys)
    assert line.startswith(f'reasonseg segment: {named} cannot be read or written')
    assert error.strerror in line


@pytest.mark.parametrize('error', [
    ZeroDivisionError(), ModuleNotFoundError('no', name='reasonseg_ros.core.nothing')])
def test_a_fault_of_the_program_keeps_its_traceback(verb, error):
    verb.main = _raises(error)
    with pytest.raises(type(error)):
        cli.main(['segment'])
