# SPDX-License-Identifier: Apache-2.0
"""The command `reasonseg`: finds the verb, runs it, and turns errors into one line.

Every verb is a module with `add_arguments(parser)` and `main(args) -> int`, imported only when it
is asked for, so that `reasonseg --help` and the light verbs stay quick. Does no work of its own.
"""

import argparse
import difflib
import importlib
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from reasonseg_ros import __version__
from reasonseg_ros.cli.exit_status import CLOSED, FAILED, INTERRUPTED, USAGE, exit_status
from reasonseg_ros.core.errors import ReasonSegError

PROGRAM = 'reasonseg'

# verb -> (module, what it does in one line)
VERBS: dict[str, tuple[str, str]] = {
    'demo': ('reasonseg_ros.cli.verb.demo', 'camera, node and a scripted dialogue, with a report'),
    'node': ('reasonseg_ros.cli.verb.node', 'the segmenter as a ROS 2 node'),
    'sim': ('reasonseg_ros.cli.verb.sim', 'a simulated RGB-D camera on ROS 2 topics'),
    'ask': ('reasonseg_ros.cli.verb.ask', 'send one sentence to a running node'),
    'chat': ('reasonseg_ros.cli.verb.chat', 'talk to a running node'),
    'web': ('reasonseg_ros.cli.verb.web', 'talk to a running node on a page in the browser'),
    'top': ('reasonseg_ros.cli.verb.top', 'watch the diagnostics of a running node'),
    'segment': ('reasonseg_ros.cli.verb.segment', 'segment an image file, without ROS'),
    'eval': ('reasonseg_ros.cli.verb.eval', 'measure an engine on a benchmark'),
    'replay': ('reasonseg_ros.cli.verb.replay', 'ask the sentences of a file about a recorded bag'),
    'label': ('reasonseg_ros.cli.verb.label', 'label images of your tables by talking'),
    'record': ('reasonseg_ros.cli.verb.record', 'record a bag of the simulator with its dialogues'),
    'report': ('reasonseg_ros.cli.verb.report', 'the report of a run, or of two side by side'),
    'bench': ('reasonseg_ros.cli.verb.bench', 'measure latency, throughput and memory'),
    'data': ('reasonseg_ros.cli.verb.data', 'make data sets'),
    'convert': ('reasonseg_ros.cli.verb.convert',
                'make a published checkpoint ready for an engine'),
    'pull': ('reasonseg_ros.cli.verb.pull', 'fetch published weights and make them ready'),
    'info': ('reasonseg_ros.cli.verb.info', 'say what a checkpoint is and under which licence'),
    'train': ('reasonseg_ros.cli.verb.train', 'train an engine'),
    'ablate': ('reasonseg_ros.cli.verb.ablate', 'train and measure an engine without its parts'),
}

# What a missing module means to the person who meets it. Those that rosbags needs come with it.
BAGS, ENGINES = 'pip install "reasonseg_ros[bags]"', 'pip install "reasonseg_ros[engines]"'
REMEDIES = {
    'rclpy': 'source a ROS 2 installation (source /opt/ros/<distribution>/setup.bash), or run '
             '"make setup" in the source folder',
    'torch': 'pip install torch',
    'safetensors': 'pip install safetensors',
    'pycocotools': 'pip install pycocotools',
    'cv2': 'pip install opencv-python-headless',
    'PIL': 'pip install pillow',
    'jinja2': 'pip install jinja2',
    'markupsafe': 'pip install jinja2',
    'matplotlib': 'pip install matplotlib',
    'networkx': 'pip install networkx',
    'rich': 'pip install rich',
    'tqdm': 'pip install tqdm',
    'yaml': 'pip install PyYAML',
    'mujoco': 'pip install mujoco',
    'pybullet': 'pip install "reasonseg_ros[pybullet]"',
    'embreex': 'pip install "reasonseg_ros[household]"',
    'transformers': ENGINES,
    'tokenizers': ENGINES,
    'sentencepiece': ENGINES,
    'torchao': 'pip install "reasonseg_ros[quant]"',
    'ray': 'pip install "reasonseg_ros[ray]"',
    'tensorboard': 'pip install "reasonseg_ros[tensorboard]"',
    'peft': 'pip install "reasonseg_ros[train]"',
    'starlette': 'pip install "reasonseg_ros[web]"',
    'uvicorn': 'pip install "reasonseg_ros[web]"',
    'textual_image': 'pip install "reasonseg_ros[terminal]"',
    'rosbags': 'pip install rosbags',
    'mcap': BAGS,
    'lz4': BAGS,
    'backports': BAGS,
}
MESSAGES = ('_msgs', '_interfaces')     # ends of the names of ROS packages that hold messages


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb and return its exit status, one of `cli.exit_status`."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if not arguments or arguments[0] in ('-h', '--help', 'help'):
        sys.stdout.write(usage())
        return 0
    if arguments[0] == '--version':
        sys.stdout.write(f'{PROGRAM} {__version__}\n')
        return 0
    verb, rest = arguments[0], arguments[1:]
    if verb not in VERBS:
        return _fail(PROGRAM, f'there is no verb "{verb}"; {_suggestion(verb)}', USAGE)
    program = f'{PROGRAM} {verb}'
    try:
        return _run(program, verb, rest)
    except BrokenPipeError:
        # What is still to be written, also by Python at its end, goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return CLOSED
    except KeyboardInterrupt:
        return _fail(program, 'interrupted', INTERRUPTED)
    except ReasonSegError as error:
        return _fail(program, str(error), exit_status(error.status))
    except ModuleNotFoundError as error:
        message = _missing(error.name or '')
        if message is None:
            raise
        return _fail(program, message, FAILED)
    except OSError as error:
        return _fail(program, _refused(error), FAILED)


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, without repeating the usage."""

    def error(self, message: str) -> NoReturn:
        """Leave with the exit status of bad usage."""
        self.exit(USAGE, f'{self.prog}: {message}; see "{self.prog} --help"\n')


def usage() -> str:
    """Return the help text."""
    lines = '\n'.join(f'  {verb:9}{summary}' for verb, (_, summary) in VERBS.items())
    return (f'usage: {PROGRAM} VERB ...\n\nSay what you mean, get instance and part masks, keep '
            f'talking.\n\nverbs:\n{lines}\n\n"{PROGRAM} VERB --help" explains a verb.\n')


def _run(program: str, verb: str, arguments: Sequence[str]) -> int:
    module_name, summary = VERBS[verb]
    module = importlib.import_module(module_name)
    parser = _Parser(prog=program, description=f'{summary[0].upper()}{summary[1:]}.')
    module.add_arguments(parser)
    code: int = module.main(parser.parse_args(arguments))
    return code


def _missing(name: str) -> str | None:
    """Say what to do about a module that cannot be imported; None when that is our own fault."""
    top, *below = name.split('.')
    if top != 'reasonseg_ros':
        package = f'ros-$ROS_DISTRO-{top.replace("_", "-")}' if top.endswith(MESSAGES) else top
        return f'the Python module "{name}" is missing; {REMEDIES.get(top, f"install {package}")}'
    if below[:1] in (['msg'], ['srv'], ['action']):
        return (f'the ROS 2 interfaces ({name}) are not built; run "make setup" in the source '
                'folder, or build the package with colcon and source the workspace')
    return None


def _refused(error: OSError) -> str:
    """Say what the operating system refused."""
    what = f'"{error.filename}"' if error.filename else 'a file'
    return (f'{what} cannot be read or written: {error.strerror or error}; check the path, its '
            'permissions and the space on the disk')


def _suggestion(verb: str) -> str:
    close = difflib.get_close_matches(verb, VERBS, n=1)
    return f'did you mean "{close[0]}"?' if close else f'choose one of {", ".join(VERBS)}'


def _fail(program: str, message: str, code: int) -> int:
    sys.stderr.write(f'{program}: {" ".join(message.split())}\n')
    return code


if __name__ == '__main__':
    sys.exit(main())
