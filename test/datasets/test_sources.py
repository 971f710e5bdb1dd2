# SPDX-License-Identifier: Apache-2.0
"""The file of sources: what it may say, and that the page of data sets names all of it."""

import re
from pathlib import Path

import pytest
import yaml

from reasonseg_ros.core.errors import BadInput
from reasonseg_ros.datasets.mrseg import SOURCES
from reasonseg_ros.datasets.sources import SECTIONS, read_sources

PAGE = (Path(__file__).parents[2] / 'docs' / 'datasets.md').read_text()


def test_the_example_of_the_page_has_every_section_and_every_key():
    blocks = [yaml.safe_load(text) for text in re.findall(r'```yaml\n(.*?)```', PAGE, re.DOTALL)]
    example = next(block for block in blocks if 'paco_lvis' in block)
    assert {name: set(keys) for name, keys in example.items()} == {
        name: set(keys) for name, (keys, _) in SECTIONS.items()}
    assert set(SOURCES) <= set(SECTIONS)


@pytest.mark.parametrize(('text', 'message'), [
    ('lvis: {trian: a.json}', 'lvis: of .* has "trian"; known are train, val'),
    ('lviss: {}', 'has "lviss"; known are refcoco'), ('[1]', 'expected a table of refcoco'),
    ('lvis: {train: 3}', 'is "3" .3.; expected a path'), ('{a: [', 'is neither YAML nor JSON'),
    ('lvis: {train: "~nobody-at-all/a"}', 'lvis: train: of .* is "~nobody-at-all/a"')])
def test_a_file_that_says_something_else_is_one_line(tmp_path, text, message):
    file = tmp_path / 'sources.yaml'
    file.write_text(text)
    with pytest.raises(BadInput, match=message):
        read_sources(file)


def test_what_is_not_there_is_named_with_where_it_is_obtained(tmp_path):
    file = tmp_path / 'sources.yaml'
    with pytest.raises(BadInput, match='there is no file'):
        read_sources(file)
    file.write_text('lvis: {train: a.json}')
    found = read_sources(file)
    with pytest.raises(BadInput, match='not there; expected lvis_v1_train.json, obtained from'):
        found.path('lvis', 'train')
    with pytest.raises(BadInput, match='does not say where paco_lvis: val: is'):
        found.path('paco_lvis', 'val')
