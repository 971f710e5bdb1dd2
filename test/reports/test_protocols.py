# SPDX-License-Identifier: Apache-2.0
"""The table of protocols compares every row with the first one, over the same dialogues."""

from dataclasses import replace

import pytest
from support.runs import made_up

from reasonseg_ros.core.errors import BadInput
from reasonseg_ros.evaluation.records import Protocol
from reasonseg_ros.evaluation.summaries import compare_dialogues
from reasonseg_ros.evaluation.tabletop_runs import TabletopSetting
from reasonseg_ros.reports.protocols import (
    FIRST,
    HEAD,
    RIGHT,
    protocol_rows,
    settings,
    subset_rows,
    write_table,
)
from reasonseg_ros.sim.dialogues.mr_tabletop import SUBSETS
from reasonseg_ros.sim.world.looks import LOOKS

GOOD, BAD = made_up(level=0.9), made_up(level=0.5)


def test_the_first_protocol_is_that_of_a_robot_and_each_other_differs():
    base = TabletopSetting(scenes=7, seed=3)
    found = settings(base)
    assert next(iter(found)) == FIRST and found[FIRST] == base
    assert len({str(s) for s in found.values()}) == len(found)
    assert all((s.scenes, s.seed, s.split) == (7, 3, 'test') for s in found.values())
    assert {s.look for s in found.values()} == set(LOOKS)


def test_a_worse_protocol_has_a_negative_difference_with_its_interval():
    first, second = protocol_rows({'good': GOOD, 'bad': BAD})
    place = HEAD.index('difference')
    assert first[place:place + 2] == ('-', '-')
    assert second[place].startswith('-') and ' to -' in second[place + 1]
    assert len(first) == len(second) == len(HEAD)


def test_a_difference_over_few_dialogues_has_no_interval():
    few = {name: made_up(dialogues=3, level=level) for name, level in (('a', 0.9), ('b', 0.5))}
    _, second = protocol_rows(few)
    assert second[HEAD.index('difference') + 1] == '-'


def test_permuted_rounds_are_compared_by_dialogue():
    turned = replace(GOOD, rounds=tuple(replace(r, round=6 - r.round) for r in GOOD.rounds))
    change, = compare_dialogues(GOOD.rounds, turned.rounds, (RIGHT,))
    assert change.difference.value == 0 and change.difference.low == change.difference.high == 0


def test_dialogues_of_one_run_only_do_not_count():
    change, = compare_dialogues(GOOD.rounds, GOOD.rounds[:50], (RIGHT,))
    assert change.difference.value == 0 and change.rounds == 50
    with pytest.raises(BadInput, match='no dialogue in common'):
        compare_dialogues(GOOD.rounds[:5], GOOD.rounds[5:], (RIGHT,))


def test_every_subset_has_a_row_and_only_its_own_rounds_count_in_it():
    rounds = tuple(replace(r, tags=('subset:named' if r.round == 1 else 'subset:parts',))
                   for r in GOOD.rounds)
    rows = {row[0]: row[1:] for row in subset_rows({FIRST: replace(GOOD, rounds=rounds)})}
    assert list(rows) == list(SUBSETS)
    assert rows['named'][0] == '20' and rows['parts'][0] == '80' and rows['many'] == ('0', '-')


def test_the_page_and_the_markdown_name_every_protocol_and_what_was_left_out(tmp_path):
    runs = {FIRST: GOOD, 'true history': replace(BAD, protocol=Protocol('truth'))}
    write_table(runs, {'renderer: pybullet': 'pybullet is missing'}, tmp_path)
    for name in ('protocols.html', 'protocols.md'):
        text = (tmp_path / name).read_text()
        assert all(part in text for part in (*runs, *SUBSETS, 'pybullet is missing'))
    assert 'src="http' not in (tmp_path / 'protocols.html').read_text()
