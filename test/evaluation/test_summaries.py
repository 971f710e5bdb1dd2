# SPDX-License-Identifier: Apache-2.0
"""Figures of a run, counted by hand, and two runs compared over the rounds that both have."""

import math
from dataclasses import replace

import pytest
from support.reference_metrics import ciou, expected_calibration_error, giou
from support.runs import made_up

from reasonseg_ros.core.errors import BadInput
from reasonseg_ros.evaluation.figures import quality, verdict
from reasonseg_ros.evaluation.metrics import Overlap
from reasonseg_ros.evaluation.records import RoundRecord, TargetScore
from reasonseg_ros.evaluation.summaries import Bin, compare, measure, reliability, summarise, values

HALF = TargetScore('object', 5, 10, 0.6, 0.95)
WHOLE = TargetScore('part', 30, 30, 1.0, 0.85)
MISSED = TargetScore('object', 0, 20)
UNASKED = TargetScore('object', 0, 4, 0.0, 0.35, wanted=False)
ROUNDS = (
    RoundRecord('a', 1, 'x', '', 'OK', 'OK', ('kind:direct',), (HALF,), 5, 10, 0.5),
    RoundRecord('a', 2, 'x', '', 'OK', 'OK', ('kind:several',), (WHOLE, MISSED), 30, 50, 0.5,
                True),
    RoundRecord('b', 1, 'x', '', 'OK', 'OK', ('kind:several',), (WHOLE, HALF, UNASKED), 35, 44,
                references_right=False, square_intersection=7, square_union=10),
    RoundRecord('b', 2, 'x', '', 'OK', 'NOTHING_FOUND', ('kind:direct',), (MISSED,), 0, 20),
    RoundRecord('b', 3, 'x', '', 'OK', '', ('kind:direct',), (MISSED,), 0, 20),
    RoundRecord('c', 1, 'x', '', 'NOTHING_FOUND', 'NOTHING_FOUND', ('detail:category',)),
    RoundRecord('c', 2, 'x', '', 'NOTHING_FOUND', 'OK', (), (UNASKED,), 0, 4),
    RoundRecord('c', 3, 'x', '', 'AMBIGUOUS', 'AMBIGUOUS', (), (HALF, MISSED), 5, 30),
    RoundRecord('c', 4, 'x', '', '', 'OK', (), (HALF,), 5, 10),
    RoundRecord('c', 5, 'x', '', '', 'OK'))


def test_figures_are_those_counted_by_hand() -> None:
    found = values(ROUNDS)
    expected = {
        # targets of rounds with one right answer, also where nothing is stated but a truth is
        'ciou': (5 + 30 + 30 + 5 + 5) / (10 + 30 + 20 + 30 + 10 + 4 + 20 + 20 + 10),
        'giou': (0.5 + 1 + 0 + 1 + 0.5 + 0 + 0 + 0 + 0.5) / 9,
        'object_ciou': 15 / 94, 'part_ciou': 1.0, 'object_giou': 1.5 / 7, 'part_giou': 1.0,
        'union_ciou': (5 + 30 + 35 + 5) / (10 + 50 + 44 + 20 + 20 + 10),
        'union_giou': (5 / 10 + 30 / 50 + 35 / 44 + 0 + 0 + 5 / 10) / 6,
        'nciou': 0.7, 'boundary_iou': 0.5, 'box_hit': 5 / 8,
        'hit': 2 / 5, 'status': 5 / 7, 'several_count': 0.0, 'references': 0.5,
        'false_refusal': 1 / 5, 'needless_question': 0.0, 'absent_category': 1.0,
        'absent_all': 0.5, 'ambiguous_recall': 1.0, 'lost': 1 / 10,
        # answered masks by score: 0.95 three times right, 0.85 twice right, 0.35 once wrong
        'ece': (3 * 0.05 + 2 * 0.15 + 0.35) / 6,
        # nobody says what these rounds may come to, and nothing moves
        **dict.fromkeys(('silently_wrong', 'meant', 'forbidden', 'talk_recognised', 'talk_taken',
                         'predicted_box_hit', 'id_switches', 'states_still', 'removed_lost',
                         'hand_occluded', 'moved_found', 'returned_found', 'lookalike_refused',
                         'dialogue_still', 'dialogue_moved'), float('nan'))}
    assert found == pytest.approx(expected, nan_ok=True)


def test_nothing_shown_where_nothing_is_counts_as_right_per_round_as_with_lisa() -> None:
    empty = RoundRecord('a', 1, 'x', '', 'OK', 'NOTHING_FOUND', (), (TargetScore('object', 0, 0),))
    shown = RoundRecord('b', 1, 'x', '', 'OK', 'OK', (), (TargetScore('object', 0, 0), UNASKED),
                        0, 4)
    found = values((empty, shown))
    assert found['union_giou'] == 0.5 and found['union_ciou'] == 0.0


def test_nothing_shown_where_nothing_is_counts_as_wrong_under_the_rule_of_segllm() -> None:
    empty = RoundRecord('a', 1, 'x', '', 'OK', 'OK', (),
                        (TargetScore('object', 0, 0, empty_iou=0.0),))
    found = values((empty,))
    assert (found['giou'], found['union_giou']) == (0.0, 0.0)


def test_predicted_boxes_are_a_figure_where_the_engine_predicts_them() -> None:
    near, far = (replace(WHOLE, predicted_box_iou=iou) for iou in (0.6, 0.5))
    record = RoundRecord('a', 1, 'x', '', 'OK', 'OK', (), (near, far, UNASKED), 35, 44)
    assert values((record,))['predicted_box_hit'] == 0.5


def test_sums_over_dialogues_give_what_the_metrics_give_on_all_masks() -> None:
    run = made_up()
    targets = [t for r in run.rounds for t in r.targets]
    overlaps = [Overlap(t.intersection, t.union) for t in targets]
    found = values(run.rounds)
    assert found['ciou'] == pytest.approx(ciou(overlaps), abs=1e-12)
    assert found['giou'] == pytest.approx(giou(overlaps), abs=1e-12)
    assert found['ece'] == pytest.approx(expected_calibration_error(
        [t.score for t in targets], [t.iou >= 0.5 for t in targets]), abs=1e-12)


def test_masks_without_truth_are_not_scored_but_their_status_is() -> None:
    said = RoundRecord('a', 1, 'x', '', 'OK', 'OK', (), (UNASKED,))
    refused = replace(said, status='NOTHING_FOUND', targets=())
    found = values((said, refused))
    assert math.isnan(found['giou']) and math.isnan(found['hit'])
    assert (found['false_refusal'], found['status']) == (0.5, 0.5)
    assert [verdict(r) for r in (said, refused)] == ['right', 'wrongly refused']
    assert [quality(r) for r in (said, refused)] == [1.0, 0.0]


def test_a_figure_without_data_is_left_out_of_tables_and_is_not_a_number() -> None:
    assert math.isnan(values(ROUNDS[:1])['part_ciou'])
    assert 'part_ciou' not in {line.figure.name for line in measure(ROUNDS[:1])}
    assert measure([]) == []


def test_a_summary_groups_by_round_and_by_tag() -> None:
    run = made_up()
    summary = summarise(run)
    assert list(summary.by_round) == ['1', '2', '3', '4', '5']
    assert set(summary.groups['kind']) == {'absent', 'direct', 'part'}
    line, = (x for x in summary.groups['kind']['part'] if x.figure.name == 'giou')
    ious = [t.iou for r in run.rounds for t in r.targets if t.sort == 'part']
    assert line.estimate.value == pytest.approx(sum(ious) / len(ious))
    assert line.estimate.low < line.estimate.value < line.estimate.high


def test_bins_of_the_score_say_how_sure_and_how_right() -> None:
    assert reliability(ROUNDS) == (pytest.approx(Bin(0.35, 0.0, 1)), Bin(0.85, 1.0, 2),
                                   Bin(pytest.approx(0.95), 1.0, 3))


def test_a_run_does_not_differ_from_itself_and_a_worse_one_is_found_out() -> None:
    run, worse = made_up(), made_up(level=0.6)
    assert not any(c.difference.significant or c.difference.value
                   for c in compare(run.rounds, run.rounds))
    changes = {c.figure.name: c for c in compare(run.rounds, worse.rounds)}
    assert changes['giou'].worse
    assert changes['giou'].difference.value == pytest.approx(-0.2, abs=0.05)
    assert not changes['absent_all'].worse
    back = {c.figure.name: c for c in compare(worse.rounds, run.rounds)}
    assert back['giou'].difference.significant and not back['giou'].worse


def test_more_of_what_should_be_few_is_worse() -> None:
    run = made_up()
    refusing = tuple(replace(r, status='NOTHING_FOUND') for r in run.rounds)
    changes = {c.figure.name: c for c in compare(run.rounds, refusing)}
    assert changes['false_refusal'].worse and changes['false_refusal'].difference.value == 1.0


def test_only_rounds_of_both_runs_are_compared() -> None:
    run = made_up()
    changes = compare(run.rounds, run.rounds[:7])
    assert {c.rounds for c in changes if c.figure.name == 'lost'} == {7}
    with pytest.raises(BadInput, match='no round in common'):
        compare(run.rounds, ())


@pytest.mark.parametrize(('index', 'word', 'worth'), [
    (0, 'right', 0.5), (1, 'wrong mask', 0.5), (3, 'wrongly refused', 0.0),
    (4, 'not asked, lost', 0.0), (5, 'right', 1.0), (6, 'should have refused', 0.0),
    (7, 'right', 1.0), (8, 'right', 0.5), (9, 'no truth', 1.0)])
def test_every_round_gets_one_word_and_a_place_in_the_order(index, word, worth) -> None:
    assert (verdict(ROUNDS[index]), quality(ROUNDS[index])) == (word, worth)
