# SPDX-License-Identifier: Apache-2.0
"""The record of a run survives its file, in the same bytes; what is not one is refused."""

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


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(BadRequest, match='none.json does not exist'):
        load(tmp_path / 'none.json')


def test_the_protocol_reads_as_a_sentence():
    assert str(Protocol(order=3)) == (
        'predicted history, free answers, native frame, order permuted (seed 3)')
