# SPDX-License-Identifier: Apache-2.0
"""Metrics give the numbers that the published programs give on the same masks.

The counts below were made by the evaluation code of LISA, M2SA and LLM-Seg on small random models.
Their divisors hold a small number (1e-5 of a pixel, or 1e-5 of an image), which the tests allow
for where it shows in the sixth digit.
"""

import json
from pathlib import Path

import numpy as np
import pytest
from support.reference_metrics import ciou, giou

from reasonseg_ros.core.masks import Rle
from reasonseg_ros.evaluation.metrics import Overlap, square_overlap

GOLDEN = Path(__file__).resolve().parents[3] / 'shared' / 'golden'
TOLERANCE = 1e-6

# (intersection, union) of each mask, gIoU, cIoU as printed by the program
LISA = ([(600, 4230), (450, 3959)], 0.12775452435016632, 0.12822078168392181)
M2SA = ([(241, 6908), (580, 5837), (336, 7738), (141, 5722), (1618, 7895)], 0.08145137131214142,
        0.08551319688558578)
LLMSEG = {'top1_iou': ([(1, 2743)], 0.00036456072120927274, 0.00036456435918807983),
          'iop_thr_native': ([(2608, 6913)], 0.37725645303726196, 0.3772602379322052),
          'thr_from_top5': ([(2369, 4495)], 0.5270247459411621, 0.5270300507545471)}
NCIOU = (253162, 671309, 0.37711694836616516)  # of the same masks as iop_thr_native, at 1024x1024


@pytest.mark.parametrize('case', [LISA, M2SA], ids=['LISA', 'M2SA'])
def test_giou_and_ciou_per_mask_are_those_of_lisa_and_m2sa(case) -> None:
    counts, mean, cumulative = case
    overlaps = [Overlap(*c) for c in counts]
    assert giou(overlaps) == pytest.approx(mean, abs=TOLERANCE)
    assert ciou(overlaps) == pytest.approx(cumulative, abs=TOLERANCE)


@pytest.mark.parametrize('name', LLMSEG)
def test_giou_and_ciou_are_those_of_llm_seg(name) -> None:
    counts, mean, cumulative = LLMSEG[name]
    overlaps = [Overlap(*c) for c in counts]
    program = len(overlaps) / (len(overlaps) + 1e-5)  # it divides by the images plus 1e-5
    assert giou(overlaps) * program == pytest.approx(mean, abs=TOLERANCE)
    assert ciou(overlaps) == pytest.approx(cumulative, abs=TOLERANCE)


def test_nciou_is_that_of_llm_seg_from_the_masks_themselves() -> None:
    tensors = pytest.importorskip('safetensors.numpy')
    if not (GOLDEN / 'llmseg' / 'expected.safetensors').exists():
        pytest.skip('the golden masks of LLM-Seg are not beside the source folder')
    predicted = tensors.load_file(GOLDEN / 'llmseg' / 'expected.safetensors')
    truth = tensors.load_file(GOLDEN / 'llmseg' / 'inputs.safetensors')['val.gt_mask'][0]
    answer = predicted['val.select.iop_thr_native.mask'][0]
    valid = truth != 255  # 255 is an ignored region, which must leave the squares, too
    both = square_overlap(Rle.encode(answer.astype(bool) & valid), Rle.encode(truth == 1))
    assert (both.intersection, both.union) == NCIOU[:2]
    assert ciou([both]) == pytest.approx(NCIOU[2], abs=TOLERANCE)


def test_the_numbers_kept_here_are_those_of_the_golden_files() -> None:
    if not GOLDEN.exists():
        pytest.skip('the golden files are not beside the source folder')
    for name, kept in (('lisa', LISA), ('m2sa', M2SA)):
        metrics = json.loads((GOLDEN / name / 'text.json').read_text())['val']['metrics']
        counts = metrics['per_mask_intersection_union_bg_fg']
        assert sorted((i[1], u[1]) for i, u in counts) == sorted(kept[0])
        assert (metrics['giou_foreground'], metrics['ciou_foreground']) == kept[1:]
    written = json.loads((GOLDEN / 'llmseg' / 'meta.json').read_text())['metrics']
    for name, (counts, mean, cumulative) in LLMSEG.items():
        assert counts == [(written[name]['inter'][1], written[name]['union'][1])]
        assert (mean, cumulative) == (written[name]['giou'], written[name]['ciou'])
    assert NCIOU == (written['iop_thr']['inter'][1], written['iop_thr']['union'][1],
                     written['iop_thr']['ciou'])


def test_a_mask_fills_the_same_share_of_the_square() -> None:
    mask = np.zeros((90, 120), bool)
    mask[:45, :30] = True
    both = square_overlap(Rle.encode(mask), None)
    assert both == Overlap(0, 1024 * 1024 // 8)
