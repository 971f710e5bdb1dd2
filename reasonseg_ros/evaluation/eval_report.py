# SPDX-License-Identifier: Apache-2.0
"""The HTML page of `reasonseg eval`: figures, bars by kind, curve by round, pictures. No maths."""

import math
from collections.abc import Mapping
from collections.abc import Sequence

import numpy as np

from reasonseg_ros.core.frame import Frame
from reasonseg_ros.core.instance import Instance
from reasonseg_ros.evaluation import report
from reasonseg_ros.evaluation.charts import svg_bars
from reasonseg_ros.evaluation.charts import svg_lines
from reasonseg_ros.evaluation.charts import svg_reliability
from reasonseg_ros.evaluation.pictures import overlay
from reasonseg_ros.evaluation.tabletop import Result

TITLES = {
    'object_ciou': 'object cIoU', 'part_ciou': 'part cIoU',
    'hit': 'rounds all right (IoU ≥ 0.5)',
    'other_gain': '"the other" gain by memory', 'absent_category': 'missing category refused',
    'false_refusal': 'false refusals', 'ambiguous_recall': 'asked back when ambiguous',
    'several_count': 'count of several exact', 'ece': 'calibration error'}
BINS = 10


def document(record: Mapping, results: Sequence[Result], chosen: Sequence[tuple[Result, Frame]]
             ) -> str:
    """Return the page; `chosen` are the rounds to show, worst first, with their frames."""
    figures = record['figures']
    tiles = {title: percent(figures[name]) for name, title in TITLES.items()}
    kinds = {name: 100 * _either(group) for name, group in record['by_kind'].items()}
    curves = {sort: [(int(name), 100 * group[f'{sort}_ciou'])
                     for name, group in record['by_round'].items()
                     if not math.isnan(group[f'{sort}_ciou'])] for sort in ('object', 'part')}
    lead = (f'{record["engine"]} on {record["scenes"]} {record["split"]} scenes with '
            f'{record["split"]} phrasings: predicted history, free-running answers.')
    return report.page(
        'Tabletop evaluation', lead,
        report.section('Figures in percent', report.facts(tiles)),
        report.section('cIoU by kind of round', svg_bars(kinds, 100.0, ' %', 'cIoU by kind')),
        report.section('cIoU by round', svg_lines(curves, 'round', 'cIoU in percent', 100.0)),
        report.section('How sure, how right', svg_reliability(_bins(results), 'reliability')),
        report.section('The worst, the median and the best rounds',
                       report.grid(_figure(r, frame) for r, frame in chosen)))


def _either(group: Mapping[str, float]) -> float:
    """Object cIoU of a kind, or part cIoU where it has parts only."""
    value = group['object_ciou']
    return group['part_ciou'] if math.isnan(value) else value


def _bins(results: Sequence[Result]) -> list[tuple[float, float, int]]:
    pairs = np.array([(s, h) for r in results for s, h in zip(r.scores, r.hits)]).reshape(-1, 2)
    place = np.minimum((pairs[:, 0] * BINS).astype(int), BINS - 1)
    groups = [pairs[place == b] for b in range(BINS)]
    return [(float(g[:, 0].mean()), float(g[:, 1].mean()), len(g)) for g in groups if len(g)]


def _figure(result: Result, frame: Frame) -> report.Html:
    ious = [o.iou for o in result.objects + result.parts]
    shown = [Instance(i, 0, result.round, '', 1.0, m) for i, m in enumerate(result.masks, start=1)]
    caption = (f'scene {result.scene}, round {result.round}, {result.turn.kind.value}: '
               f'"{result.asked}" → "{result.answer}", IoU '
               + ', '.join(f'{iou:.2f}' for iou in ious))
    return report.figure(overlay(frame.rgb, shown), f'overlay: {result.asked}', caption)


def percent(value: float) -> str:
    """Return a share in percent, '-' for none."""
    return '-' if math.isnan(value) else f'{100 * value:.1f}'
