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
PACKAGE = ROOT / 'reasonseg_ros'
PAGES = [*sorted((ROOT / 'docs').rglob('*.md')), ROOT / 'README.md', ROOT / 'CONTRIBUTING.md',
         PACKAGE / 'checkpoints' / 'README.md']
FOLDERS = '|'.join(sorted(path.parent.name for path in PACKAGE.glob('*/__init__.py')))
WORDS_OF_README = 1000


def test_the_page_of_parameters_is_what_the_table_says():
    pytest.importorskip('rclpy')
    written = runpy.run_path(str(ROOT / 'scripts' / 'parameter_docs.py'))['text']()
    assert (ROOT / 'docs' / 'parameters.md').read_text() == written, (
        'run python scripts/parameter_docs.py')


@pytest.mark.parametrize('path', PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_to_files_that_exist(path):
    links = re.findall(r'\]\(([^)#]+)', path.read_text())
    missing = [link for link in links
               if '://' not in link and not (path.parent / link).exists()]
    assert not missing


@pytest.mark.parametrize('path', PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_file_and_module_that_a_page_names_exists(path):
    text = path.read_text()
    files = {ROOT / name for name in re.findall(
        r'(?<![\w/.-])((?:reasonseg_ros|test|scripts|launch|config|docs)/[\w/]+(?:\.\w+)+)', text)}
    files |= {PACKAGE / name for name in re.findall(
        rf'(?<![\w/.-])((?:{FOLDERS})/[\w/]+\.py)', text)}
    assert [file for file in files if not file.exists()] == []
    dotted = {name.removeprefix('reasonseg_ros.') for name in re.findall(
        rf'`((?:reasonseg_ros\.)?(?:{FOLDERS})(?:\.\w+)+)', text)}
    assert [name for name in dotted
            if not _is_there(name) and name != 'datasets.yaml'] == []   # a file of the user


def _is_there(name: str) -> bool:
    """Whether a dotted name is a folder or a module, or begins with a module."""
    parts = name.split('.')
    return (PACKAGE.joinpath(*parts) / '__init__.py').is_file() or any(
        PACKAGE.joinpath(*parts[:n]).with_suffix('.py').is_file() for n in range(2, len(parts) + 1))


def test_the_readme_is_short():
    assert len((ROOT / 'README.md').read_text().split()) <= WORDS_OF_README


@pytest.mark.parametrize('path', PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
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
    outputs = ''.join((ROOT / 'reasonseg_ros' / 'ros' / 'output' / f'{name}.py').read_text()
                      for name in ('outputs', 'live'))
    topics = {'answer', *re.findall(r"base \+ '(\w+)'", outputs)}
    assert len(topics) > 8
    assert [topic for topic in topics if f'`~/{topic}`' not in page] == []
    assert [path.stem for folder in ('srv', 'action') for path in (ROOT / folder).iterdir()
            if f'`{path.stem}`' not in page] == []
    assert [status.name for status in Status
            if f'| {status.value} `{status.name}` |' not in page] == []


def test_the_page_of_the_benchmark_names_every_subset_and_every_protocol():
    from reasonseg_ros.cli.verb.eval_tabletop import add_arguments
    from reasonseg_ros.sim.dialogues.mr_tabletop import SUBSETS, VERSION
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


def test_the_page_of_the_model_names_every_household_category_with_its_parts():
    from reasonseg_ros.sim.household.things import PARTS_OF
    from reasonseg_ros.training.household.rendering import VERSIONS
    page = (ROOT / 'docs' / 'model.md').read_text()
    assert [name for name, parts in PARTS_OF.items()
            if f'| {name} | {", ".join(parts)} |' not in page] == []
    assert f'Household scenes are data version {VERSIONS["household"]}.' in page
