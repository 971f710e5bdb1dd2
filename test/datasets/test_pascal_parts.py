# SPDX-License-Identifier: Apache-2.0
"""Numbers of Pascal Panoptic Parts get the names that its specification gives them."""

from collections import Counter
from random import Random

import numpy as np
import pytest
from PIL import Image

from reasonseg_ros.core.errors import BadInput
from reasonseg_ros.datasets import drafts, label_drafts
from reasonseg_ros.datasets.pascal_parts import part_names

# The form of version 2.0 as published, with two classes of it
SPEC = """\
version: '2.0'
scene_class2part_classes: {
  cow: [head, rear, lfuleg],
  car: [frontside, fliplate, door, wheel],
}
scene_classes_with_instances: [cow, car]
countable_pids_groupings: {
  car: {
    door: [10, 11],
    wheel: [20, 21],
  },
}
"""


@pytest.fixture
def names(tmp_path):
    (tmp_path / 'spec.yaml').write_text(SPEC)
    return part_names(tmp_path / 'spec.yaml')


def test_parts_are_named_in_words_and_several_of_a_kind_share_one(names) -> None:
    assert names == {
        1: ('cow', {1: 'head', 2: 'right ear', 3: 'left front upper leg'}),
        2: ('car', {1: 'front side', 2: 'front license plate', 10: 'door', 11: 'door',
                    20: 'wheel', 21: 'wheel'})}


def test_of_two_parts_with_one_name_neither_is_asked_for(names, tmp_path) -> None:
    values = np.zeros((20, 40), np.int32)
    for place, uid in enumerate((200_110, 200_120, 200_121, 2_001)):
        values[5:15, 10 * place:10 * place + 8] = uid
    Image.fromarray(values).save(tmp_path / '2008_000001.tif', compression='tiff_lzw')
    faults: drafts.Faults = Counter()
    [draft] = label_drafts.pascal(tmp_path, 'train', names, faults)
    asked = set()
    for seed in range(9):
        made, masks = draft.draw(Random(seed))
        asked |= set(masks)
    assert asked == {'2008_000001_2_1', '2008_000001_2_1_10'} and not faults


@pytest.mark.parametrize('text', ['', '[]', 'scene_class2part_classes: {}', '{', 'a: b',
                                  'scene_class2part_classes: {cow: 3}'])
def test_another_file_is_refused_in_one_line(tmp_path, text) -> None:
    (tmp_path / 'spec.yaml').write_text(text)
    with pytest.raises(BadInput, match='ppp_datasetspec.yaml of panoptic_parts') as error:
        part_names(tmp_path / 'spec.yaml')
    assert '\n' not in str(error.value)
