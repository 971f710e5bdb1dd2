# SPDX-License-Identifier: Apache-2.0
"""Long JSON files are read item by item, wherever a block ends."""

import json

import pytest

from reasonseg_ros.core.errors import BadInput
from reasonseg_ros.datasets import json_stream
from reasonseg_ros.datasets.coco_table import read_table, segmentations
from reasonseg_ros.datasets.json_stream import items
from reasonseg_ros.datasets.made_up import write_sources

TABLE = {'info': {'a': [1, 2]}, 'images': [{'id': 1, 'name': 'caf\u00e9 "]"'}, {}], 'empty': [],
         'numbers': [1234567, -2.5e-3, 7], 'last': None}


@pytest.mark.parametrize('block', [1, 2, 3, 7, 50, 10_000])
@pytest.mark.parametrize('indent', [None, 2])
def test_the_items_are_those_of_the_file_for_every_block(tmp_path, monkeypatch, block, indent):
    monkeypatch.setattr(json_stream, 'BLOCK', block)
    path = tmp_path / 'a.json'
    path.write_text(json.dumps(TABLE, indent=indent, ensure_ascii=False))
    assert list(items(path)) == [('images', TABLE['images'][0]), ('images', {}),
                                 *(('numbers', n) for n in TABLE['numbers'])]
    path.write_text(json.dumps(TABLE['numbers'], indent=indent))
    assert list(items(path)) == [('', n) for n in TABLE['numbers']]


@pytest.mark.parametrize('text', ['', '3', '[1, 2', '{"a": [1 2]}', '{"a": [1]} x', '{3: 4}',
                                  '{"a": [', '[1,]', '[tru'])
def test_what_is_no_such_file_is_one_line(tmp_path, text):
    path = tmp_path / 'a.json'
    path.write_text(text)
    with pytest.raises(BadInput, match='is not JSON'):
        list(items(path))


def test_a_missing_file_is_one_line(tmp_path):
    with pytest.raises(BadInput, match='there is no file'):
        list(items(tmp_path / 'a.json'))


def test_a_table_has_the_boxes_of_each_image_and_reads_masks_when_asked(tmp_path):
    write_sources(tmp_path, 2, images=False)
    table = read_table(tmp_path / 'paco_train.json')
    held = json.loads((tmp_path / 'paco_train.json').read_text())
    found = {a.id: a for image in table for a in table.annotations(image.id)}
    assert sorted(found) == [a['id'] for a in held['annotations']]
    one = held['annotations'][5]
    x, y, w, h = one['bbox']
    assert found[one['id']].box == pytest.approx((x, y, x + w, y + h))
    assert found[one['id']].owner == one['obj_ann_id']
    masks = segmentations(table, {one['id']}, lambda text: None)
    assert {n: m.box for n, m in masks.items()} == {
        one['id']: pytest.approx((x, y, x + w, y + h), abs=1)}


def test_a_file_without_images_is_refused(tmp_path):
    path = tmp_path / 'a.json'
    path.write_text('{"images": [], "annotations": []}')
    with pytest.raises(BadInput, match='no images or no categories'):
        read_table(path)


@pytest.mark.parametrize('change', [
    {'id': '7'}, {'id': [1]}, {'id': 10 ** 30}, {'bbox': ['a', 'b', 1, 1]}, {'bbox': [1, 2, 3]},
    {'bbox': [0, 0, -1, 2]}, {'bbox': [10 ** 400, 0, 1, 1]}, {'category_id': None},
    {'image_id': 99}, {'segmentation': []}, {'area': 0}, {'iscrowd': 1}])
def test_an_annotation_that_nobody_could_ask_for_is_left_out_and_counted(tmp_path, change):
    write_sources(tmp_path, 1, images=False)
    path = tmp_path / 'lvis_train.json'
    held = json.loads(path.read_text())
    count = len(held['annotations'])
    held['annotations'][0].update(change)
    path.write_text(json.dumps(held))
    table = read_table(path)
    assert sum(table.faults.values()) == 1
    found = [a.id for image in table for a in table.annotations(image.id)]
    assert len(found) == count - 1
    assert set(segmentations(table, set(found), lambda text: None)) == set(found)
