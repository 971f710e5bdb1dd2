# SPDX-License-Identifier: Apache-2.0
"""The record of a run survives its file, in the same bytes; what is not one is refused."""

import json
import math
from dataclasses import asdict

import pytest

from reasonseg_ros.core.errors import BadRequest
from reasonseg_ros.evaluation.records import Protocol, RoundRecord, Run, TargetScore, load, save

RUN = Run('bag', 'abc', 'tabletop@123', Protocol(order=3), (
    RoundRecord('a', 1, 'the mug', 'the mug is here', 'OK', 'OK', ('kind:direct',), (
        TargetScore('object', 3, 4, 0.5, 0.25), TargetScore('part', 0, 7, wanted=False)), 3, 11),
    RoundRecord('a', 2, 'its lid', '', 'NOTHING_FOUND', 'OK')), {'split': 'test', 'seed': 1})


def test_a_run_is_read_as_it_was_written_and_written_in_the_same_bytes(tmp_path):
    save(RUN, tmp_path / 'a.json')
    read = load(tmp_path / 'a.json')
    assert read == RUN
    save(read, tmp_path / 'b.json')
    assert (tmp_path / 'a.json').read_bytes() == (tmp_path / 'b.json').read_bytes()


@pytest.mark.parametrize(('text', 'why'), [
    ('', 'it is not JSON'), ('[]', 'it has no version, protocol and rounds'),
    ('{"version": 1}', 'it has no version, protocol and rounds'),
    ('{"version": 1, "rounds": [3], "protocol": {}}', 'its fields are not those of version 1'),
    ('{"version": 99, "rounds": [], "protocol": {}}', 'has version 99')])
def test_what_is_no_record_is_refused_with_its_name(tmp_path, text, why):
    (tmp_path / 'x.json').write_text(text)
    with pytest.raises(BadRequest, match='x.json.*' + why):
        load(tmp_path / 'x.json')


def changed(path: str, value: object) -> str:
    """The file of RUN with another value at "a.0.b"."""
    plain = json.loads(json.dumps({'version': 1, **asdict(RUN)}))
    *above, last = [int(step) if step.isdigit() else step for step in path.split('.')]
    inner = plain
    for step in above:
        inner = inner[step]
    inner[last] = value
    return json.dumps(plain)


@pytest.mark.parametrize('path, value, words', [
    ('rounds.0.targets.0.score', 7.0, 'found 7.0, expected a number from 0 to 1'),
    ('rounds.0.targets.0.score', 'high', "found 'high', expected"),
    ('rounds.0.targets.0.union', math.inf, 'found inf, expected a whole number'),
    ('rounds.0.targets.0.intersection', 9, 'to its union, which is 4'),
    ('rounds.0.targets.0.box_iou', math.nan, 'found nan, expected a finite number'),
    ('rounds.0.targets.0.sort', 'thing', 'expected object or part'),
    ('rounds.0.union_intersection', -1, 'found -1'),
    ('rounds.1.status', 'BANANA', "rounds[1].status: found 'BANANA', expected the name of"),
    ('rounds.1.status', None, 'rounds[1].status: found null, expected text'),
    ('rounds.0.picture', '../../../etc/passwd', 'picture: found "../../../etc/passwd"'),
    ('rounds.0.picture', '/etc/passwd', 'stays below'),
    ('rounds.0.round', 0, 'expected a number from 1'), ('rounds.0.extra', 1, 'it is unknown'),
    ('rounds', None, 'field rounds: found null'), ('protocol.order', 'x', 'protocol.order'),
    ('options', [], 'field options: found a list, expected a table')])
def test_a_value_that_no_run_writes_is_named_with_its_place(tmp_path, path, value, words):
    (tmp_path / 'x.json').write_text(changed(path, value))
    with pytest.raises(BadRequest) as told:
        load(tmp_path / 'x.json')
    assert words in str(told.value) and 'x.json' in str(told.value)


def test_a_byte_order_mark_is_no_part_of_a_record(tmp_path):
    save(RUN, tmp_path / 'a.json')
    text = (tmp_path / 'a.json').read_text()
    (tmp_path / 'a.json').write_text(text, encoding='utf-8-sig')
    assert load(tmp_path / 'a.json') == RUN


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(BadRequest, match='none.json does not exist'):
        load(tmp_path / 'none.json')


def test_the_protocol_reads_as_a_sentence():
    assert str(Protocol(order=3)) == (
        'predicted history, free answers, native frame, order permuted (seed 3)')
