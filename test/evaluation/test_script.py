# SPDX-License-Identifier: Apache-2.0
"""Files of dialogues: what they mean, and the line and field of what is wrong in them."""

import json

import numpy as np
import pytest
from PIL import Image
from pycocotools import mask as coco

pytest.importorskip('yaml')

from reasonseg_ros.core.errors import BadInput, Status
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.evaluation.script import load

SIZE = (8, 6)
SQUARE = np.zeros((6, 8), bool)
SQUARE[1:4, 2:6] = True
HEAD = 'version: 1\ndialogues:\n- id: one\n  rounds:\n'


def rounds(tmp_path, text: str, name: str = 'talk.yaml'):
    """Return the rounds of one dialogue whose list of rounds is `text`."""
    path = tmp_path / name
    path.write_text(HEAD + text)
    return load(path, SIZE).talks[0].rounds


def test_a_round_says_when_what_and_what_should_come_of_it(tmp_path):
    first, second = rounds(tmp_path, '''\
  - time: 1.5
    say: the red mug
    expect: ok
    targets:
    - {name: mug, box: [2, 1, 4, 3]}
  - frame: 7
    say: the handle of instance {mug}
    references: [mug]
    targets: []
    tags: [kind:part]
''')
    assert (first.time, first.frame, first.say, first.expect) == (1.5, None, 'the red mug',
                                                                  Status.OK)
    assert first.targets[0].name == 'mug'
    assert first.references is None
    assert (second.time, second.frame, second.expect) == (None, 7, None)
    assert (second.targets, second.references, second.tags) == ((), ('mug',), ('kind:part',))


def mask_texts(tmp_path) -> dict[str, str]:
    """Return the same square in every form."""
    Image.fromarray(SQUARE * np.uint8(200)).save(tmp_path / 'square.png')
    rle = Rle.encode(SQUARE)
    runs = [13, 3, 3, 3, 3, 3, 3, 3, 14]
    return {
        'compressed': f'rle: {{size: [6, 8], counts: {json.dumps(rle.counts.decode())}}}',
        'counts': f'rle: {{size: [6, 8], counts: {runs}}}',
        'png': 'png: square.png',
        'box': 'box: [2, 1, 4, 3]',
        'polygon': 'polygon: [2, 1, 6, 1, 6, 4, 2, 4]',
        'polygons': 'polygon: [[2, 1, 6, 1, 6, 4, 2, 4]]',
    }


@pytest.mark.parametrize('kind', ['compressed', 'counts', 'png', 'box', 'polygon', 'polygons'])
def test_the_same_mask_can_be_written_in_every_form(tmp_path, kind):
    text = mask_texts(tmp_path)[kind]
    said, = rounds(tmp_path, f'  - frame: 0\n    say: it\n    targets:\n    - {text}\n')
    expected = SQUARE
    if kind.startswith('polygon'):  # pycocotools has its own rule for the border
        expected = coco.decode(coco.merge(coco.frPyObjects([[2, 1, 6, 1, 6, 4, 2, 4]], 6, 8)))
    assert np.array_equal(said.targets[0].mask.decode(), expected)


def test_json_is_read_and_tabs_are_space(tmp_path):
    path = tmp_path / 'talk.json'
    content = {'version': 1, 'dialogues': [{'id': 'one', 'rounds': [
        {'time': 0.25, 'say': 'no, the other "one"', 'expect': 'AMBIGUOUS'}]}]}
    path.write_text(json.dumps(content, indent='\t'))
    said, = load(path, SIZE).talks[0].rounds
    assert (said.say, said.expect) == ('no, the other "one"', Status.AMBIGUOUS)


def test_words_that_yaml_takes_for_something_else_are_words(tmp_path):
    said, = rounds(tmp_path, '  - frame: 0\n    say: no\n')
    assert said.say == 'no'


@pytest.mark.parametrize(('text', 'line', 'field', 'words'), [
    ('  - say: it\n', 5, 'rounds[0]', 'expected either time'),
    ('  - {say: it, time: 1, frame: 2}\n', 5, 'rounds[0]', 'expected either time'),
    ('  - frame: 0\n', 5, 'rounds[0]', 'the field say is missing'),
    ('  - frame: 0\n    say: ""\n', 6, 'rounds[0].say', 'this text is empty'),
    ('  - frame: 0\n    say:\n', 6, 'rounds[0].say', 'this text is empty'),
    ('  - frame: 0\n    say: [a]\n', 6, 'rounds[0].say', 'found a list, expected text'),
    ('  - frame: 0.5\n    say: it\n', 5, 'rounds[0].frame', 'found 0.5, expected a whole number'),
    ('  - time: soon\n    say: it\n', 5, 'rounds[0].time', 'found "soon", expected a number'),
    ('  - time: .nan\n    say: it\n', 5, 'rounds[0].time', 'found ".nan", expected a number'),
    ('  - frame: 0\n    say: it\n    expcet: ok\n', 7, 'rounds[0].expcet',
     'unknown; did you mean "expect"?'),
    ('  - frame: 0\n    say: it\n    say: that\n', 7, 'rounds[0].say', 'is there twice'),
    ('  - frame: 0\n    say: it\n    expect: fine\n', 7, 'rounds[0].expect',
     'found "fine", expected one of ok, nothing_found'),
    ('  - frame: 0\n    say: it\n    references: [mug]\n', 7, 'rounds[0].references[0]',
     'no target of an earlier round has the name "mug"; names so far: none'),
    ('  - frame: 0\n    say: the lid of instance {mug}\n', 6, 'rounds[0].say', 'the name "mug"'),
    ('  - frame: 0\n    say: it\n    targets: 3\n', 7, 'rounds[0].targets',
     'found "3", expected a list'),
    ('  - frame: 0\n    say: it\n    targets: [{name: mug}]\n', 7, 'rounds[0].targets[0]',
     'found 0 masks (none), expected one of rle, png, polygon, box'),
    ('  - frame: 0\n    say: it\n    targets:\n    - {box: [0, 0, 4, 3], png: a.png}\n', 8,
     'rounds[0].targets[0]', 'found 2 masks (png, box)'),
    ('  - frame: 0\n    say: it\n    targets:\n    - box: [2, 1, 4]\n', 8,
     'rounds[0].targets[0].box', 'expected x, y, width, height'),
    ('  - frame: 0\n    say: it\n    targets:\n    - box: [2, 1, 40, 3]\n', 8,
     'rounds[0].targets[0].box', 'out of the 8x6 images of the bag'),
    ('  - frame: 0\n    say: it\n    targets:\n    - polygon: [1, 1, 2, 2]\n', 8,
     'rounds[0].targets[0].polygon', 'a polygon has 4 numbers'),
    ('  - frame: 0\n    say: it\n    targets:\n    - png: none.png\n', 8,
     'rounds[0].targets[0].png', 'none.png is not a readable image'),
    ('  - frame: 0\n    say: it\n    targets:\n    - rle: {size: [8, 6], counts: "48"}\n', 8,
     'rounds[0].targets[0].rle.size', 'the mask is 6x8, the images of the bag 8x6'),
    ('  - frame: 0\n    say: it\n    targets:\n    - rle: {size: [6, 8], counts: [3, 5]}\n', 8,
     'rounds[0].targets[0].rle.counts', 'the counts add up to 8, expected 48'),
    ('  - frame: 0\n    say: it\n    targets:\n    - rle: {size: [6, 8], counts: "32"}\n', 8,
     'rounds[0].targets[0].rle.counts', 'the counts add up to 5, expected 48'),
    ('  - frame: 0\n    say: it\n    targets:\n    - rle: {size: [6, 8], counts: [48]}\n', 8,
     'rounds[0].targets[0].rle', 'the mask is empty'),
    ('  - frame: 0\n    say: it\n    expect: nothing_found\n    targets: [{box: [0, 0, 1, 1]}]\n',
     8, 'rounds[0].targets', 'there are targets, but nothing_found is expected'),
    ('  - frame: 0\n    say: it\n    targets: [{part: maybe, box: [0, 0, 1, 1]}]\n', 7,
     'rounds[0].targets[0].part', 'found "maybe", expected true or false'),
    ('    []\n', 5, 'rounds', 'there is no round'),
])
def test_what_is_wrong_is_named_by_line_and_field(tmp_path, text, line, field, words):
    with pytest.raises(BadInput) as raised:
        rounds(tmp_path, text)
    said = str(raised.value)
    assert said.startswith(f'{tmp_path / "talk.yaml"}, line {line}, field dialogues[0].{field}: ')
    assert words in said
    assert '\n' not in said


@pytest.mark.parametrize(('text', 'words'), [
    ('', 'is empty'),
    ('version: 1\ndialogues: [\n', 'line 3: this is not YAML or JSON'),
    ('version: 1\n', 'line 1: the field dialogues is missing'),
    ('version: 2\ndialogues: []\n', 'line 1, field version: found 2, this program reads'),
    ('version: 1\ndialogues: []\n', 'line 2, field dialogues: there is no dialogue'),
    ('- 1\n', 'line 1: found a list, expected a mapping with version, dialogues'),
    ('version: 1\ndialogues:\n- {id: a, rounds: [{frame: 0, say: it}]}\n'
     '- {id: a, rounds: [{frame: 0, say: it}]}\n', 'line 4, field dialogues[1].id: the dialogue '
     '"a" is there twice'),
])
def test_a_file_that_is_no_script_is_one_line(tmp_path, text, words):
    path = tmp_path / 'talk.yaml'
    path.write_text(text)
    with pytest.raises(BadInput) as raised:
        load(path, SIZE)
    assert words in str(raised.value)


def test_a_missing_file_and_one_that_is_no_text_are_one_line(tmp_path):
    with pytest.raises(BadInput, match='does not exist'):
        load(tmp_path / 'none.yaml', SIZE)
    (tmp_path / 'image.yaml').write_bytes(b'\xff\xfe\x00')
    with pytest.raises(BadInput, match='not UTF-8 text'):
        load(tmp_path / 'image.yaml', SIZE)


@pytest.mark.parametrize('text, words', [
    ('[' * 30000, 'more than 100 levels'), ('{a: ' * 500, 'more than 100 levels'),
    ('- ' * 30000, 'more than 100 levels'), ('&a [*a]', r'found "\*a" inside'),
    ('&a {b: [c, *a]}', 'line 1: found')])
def test_what_nests_without_end_is_refused_before_it_is_composed(tmp_path, text, words):
    (tmp_path / 'talk.yaml').write_text(text)
    with pytest.raises(BadInput, match=words):
        load(tmp_path / 'talk.yaml', (8, 6))


def test_an_image_of_another_size_is_refused(tmp_path):
    Image.fromarray(np.full((3, 4), 255, np.uint8)).save(tmp_path / 'small.png')
    with pytest.raises(BadInput, match='the mask is 4x3, the images of the bag 8x6'):
        rounds(tmp_path, '  - frame: 0\n    say: it\n    targets:\n    - png: small.png\n')


def test_the_digest_follows_the_meaning_and_not_the_spelling(tmp_path):
    digests = []
    for index, text in enumerate(('  - frame: 0\n    say: it\n', '  - {say: "it", frame: 0}\n',
                                  '  - frame: 1\n    say: it\n')):
        path = tmp_path / f'{index}.yaml'
        path.write_text(HEAD + text)
        digests.append(load(path, SIZE).digest)
    assert digests[0] == digests[1] != digests[2]
