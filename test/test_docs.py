# SPDX-License-Identifier: Apache-2.0
"""The pages of docs/: what they repeat from the code is what the code says, and links lead on."""

import argparse
import ast
import importlib.util
import re
import runpy
from pathlib import Path

import pytest

from reasonseg_ros.core.errors import Status

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted((ROOT / 'docs').glob('*.md'))


def test_the_page_of_parameters_is_what_the_table_says():
    pytest.importorskip('rclpy')
    written = runpy.run_path(str(ROOT / 'scripts' / 'parameter_docs.py'))['text']()
    assert (ROOT / 'docs' / 'parameters.md').read_text() == written, (
        'run python scripts/parameter_docs.py')


@pytest.mark.parametrize('path', PAGES, ids=lambda path: path.name)
def test_links_lead_to_files_that_exist(path):
    links = re.findall(r'\]\(([^)#]+)', path.read_text())
    missing = [link for link in links
               if '://' not in link and not (path.parent / link).exists()]
    assert not missing


@pytest.mark.parametrize('path', PAGES, ids=lambda path: path.name)
def test_programs_in_a_page_compile_and_import_what_the_package_has(path):
    for program in re.findall(r'```python\n(.*?)```', path.read_text(), re.DOTALL):
        compile(program, path.name, 'exec')
        pytest.importorskip('rclpy')
        for node in ast.walk(ast.parse(program)):
            if isinstance(node, ast.ImportFrom) and node.module.startswith('reasonseg_ros'):
                module = importlib.import_module(node.module)
                assert all(hasattr(module, alias.name) or importlib.util.find_spec(
                    f'{node.module}.{alias.name}') for alias in node.names)


def test_the_page_of_the_interface_names_every_topic_service_and_status():
    page = (ROOT / 'docs' / 'interface.md').read_text()
    outputs = (ROOT / 'reasonseg_ros' / 'ros' / 'output' / 'outputs.py').read_text()
    topics = {'answer', *re.findall(r"base \+ '(\w+)'", outputs)}
    assert len(topics) > 8
    assert [topic for topic in topics if f'`~/{topic}`' not in page] == []
    assert [path.stem for folder in ('srv', 'action') for path in (ROOT / folder).iterdir()
            if f'`{path.stem}`' not in page] == []
    assert [status.name for status in Status
            if f'| {status.value} `{status.name}` |' not in page] == []


def test_the_page_of_the_benchmark_names_every_subset_and_every_protocol():
    from reasonseg_ros.cli.verb.eval_tabletop import add_arguments
    from reasonseg_ros.sim.dialogues.mr_tabletop import SUBSETS
    from reasonseg_ros.sim.dialogues.mr_tabletop import VERSION
    from reasonseg_ros.sim.world.looks import LOOKS
    page = (ROOT / 'docs' / 'benchmark.md').read_text()
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    held = next(g for g in parser._action_groups if g.title == 'protocol')
    assert [name for name in SUBSETS if f'| `{name}` |' not in page] == []
    assert [name for name in LOOKS if f'`{name}`' not in page] == []
    assert [a.option_strings[0] for a in held._group_actions
            if a.option_strings[0] not in page] == []
    assert f'mr-tabletop-{VERSION}/' in page and f'**Version {VERSION}.**' in page
