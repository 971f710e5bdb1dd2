# SPDX-License-Identifier: Apache-2.0
"""What a demo dialogue was worth: its verdict, table, images and report.

Takes the rounds as they were answered; does not speak to a node (`ros.client.demo`) and does not
choose the dialogue (`evaluation.demo_script`).
"""

import math
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from reasonseg_ros import __version__
from reasonseg_ros.core.dialogue.dialogue import Instance
from reasonseg_ros.core.errors import Status
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.drawing.overlay import colour_of, overlay
from reasonseg_ros.evaluation.demo_script import DemoScript, Step
from reasonseg_ros.evaluation.metrics import match, overlap
from reasonseg_ros.evaluation.records import instance_record, mask_record
from reasonseg_ros.reports import html
from reasonseg_ros.reports.charts import svg_bars

# What the demo must reach. A random other object has an IoU near 0, so a dialogue that loses its
# thread falls below; small parts keep a right one below 1. How often scenes pass: docs/install.md.
MEAN_IOU = 0.55        # over the rounds with right masks
AS_EXPECTED = 0.75     # share of the rounds that end with the right status
ANSWERS = (Status.OK, Status.NOTHING_FOUND, Status.AMBIGUOUS)


@dataclass(frozen=True, eq=False)
class DemoRound:
    """One round of the demo as the node answered it.

    sentence   as it was said, with the number of the instance filled in
    instances  masks at the resolution of the camera
    earlier    instances shown before that the sentence refers to
    truth      the right masks, as instances to draw, numbered from 1
    seconds    stage -> seconds inside the node
    latency    seconds from the request to the reply, as the client saw it
    """

    step: Step
    sentence: str
    status: Status
    answer: str
    instances: tuple[Instance, ...]
    earlier: tuple[Instance, ...]
    truth: tuple[Instance, ...]
    engine: str
    latency: float
    seconds: Mapping[str, float] = field(default_factory=dict)

    @property
    def iou(self) -> float | None:
        """Mean over the right masks and over masks nobody asked for; None without targets."""
        if not self.truth:
            return None
        pairs = match([i.mask for i in self.instances], [t.mask for t in self.truth])
        return float(np.mean([overlap(None if p is None else self.instances[p].mask,
                                      None if t is None else self.truth[t].mask).iou
                              for p, t in pairs]))

    @property
    def as_expected(self) -> bool:
        """Whether the round ended as the script says."""
        return self.status is self.step.status


@dataclass(frozen=True)
class Verdict:
    """Whether the demo reached what it states.

    remarks  rounds that ended otherwise than the script says; some may
    faults   why the demo failed; empty when it passed
    """

    mean_iou: float
    remarks: tuple[str, ...]
    faults: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether there is no fault."""
        return not self.faults


def truth_instances(script: DemoScript, step: Step) -> tuple[Instance, ...]:
    """Return the right answer of a step as instances, numbered from 1."""
    masks = (Rle.encode(mask) for mask in script.masks(step))
    return tuple(Instance(n, 0, 0, script.name(target), 1.0, mask)
                 for n, (target, mask) in enumerate(zip(step.targets, masks, strict=True), 1))


def judge(script: DemoScript, rounds: Sequence[DemoRound]) -> Verdict:
    """Return the verdict on a dialogue; rounds that were never answered are faults."""
    scored = [r.iou for r in rounds if r.iou is not None]
    mean = float(np.mean(scored)) if scored else 0.0
    remarks = tuple(f'round {n} ("{r.sentence}") ended with {r.status.name}, expected '
                    f'{r.step.status.name}' for n, r in enumerate(rounds, 1) if not r.as_expected)
    planned = len(script.steps)
    missing = planned - sum(r.status in ANSWERS for r in rounds)
    right = sum(r.as_expected for r in rounds)
    faults = [f'{missing} of {planned} rounds were not answered'] if missing else []
    if not missing and right < AS_EXPECTED * planned:
        faults.append(f'{right} of {planned} rounds ended as expected, at least '
                      f'{math.ceil(AS_EXPECTED * planned)} were stated')
    if mean < MEAN_IOU:
        faults.append(f'mean IoU is {mean:.2f}, at least {MEAN_IOU:.2f} was stated')
    return Verdict(mean, remarks, tuple(faults))


def overlay_of(script: DemoScript, answered: DemoRound) -> np.ndarray:
    """Return the overlay of a round, uint8 [H, W, 3]."""
    return overlay(script.seen(answered.step).rgb, answered.instances, answered.earlier)


def record(script: DemoScript, rounds: Sequence[DemoRound], verdict: Verdict) -> dict[str, object]:
    """Return everything as plain values for `dialogue.json`."""
    return {
        'version': __version__, 'scene_seed': script.scene_seed,
        'width': script.view.rgb.shape[1], 'height': script.view.rgb.shape[0],
        'camera_degrees': script.degrees,
        'mean_iou': round(verdict.mean_iou, 4), 'passed': verdict.passed,
        'faults': list(verdict.faults), 'remarks': list(verdict.remarks),
        'rounds': [{
            'round': n, 'shows': r.step.title, 'instruction': r.sentence, 'answer': r.answer,
            'status': r.status.name, 'expected_status': r.step.status.name,
            'iou': None if r.iou is None else round(r.iou, 4), 'engine': r.engine,
            'latency_s': round(r.latency, 4),
            'seconds': {name: round(value, 5) for name, value in r.seconds.items()},
            'references': [i.id for i in r.earlier],
            'instances': [instance_record(i) for i in r.instances],
            'truth': [{'name': t.label, 'mask': mask_record(t.mask)} for t in r.truth],
        } for n, r in enumerate(rounds, 1)]}


def document(script: DemoScript, rounds: Sequence[DemoRound], verdict: Verdict, command: str
             ) -> str:
    """Return the report as one HTML page."""
    latency = sorted(r.latency for r in rounds)
    engine = next((r.engine for r in rounds if r.engine), 'unknown')
    return html.page(
        'demo.html', title='A conversation with a robot camera',
        lead='A simulated camera and the segmenter node ran as two processes over ROS 2. Every '
             'sentence below went through the service of the node. Scene and wording are from the '
             'test split, which the model was not trained on.',
        verdict=verdict, facts_shown={
            'rounds answered as expected':
                f'{sum(r.as_expected for r in rounds)} of {len(script.steps)}',
            'mean IoU against the truth': f'{verdict.mean_iou:.2f}',
            'median answer time':
                f'{1000 * latency[len(latency) // 2]:.0f} ms' if latency else '-',
            'engine': engine.split('@')[0],
            'unseen scene': f'number {script.scene_seed}'},
        rounds=[_shown(script, n, r) for n, r in enumerate(rounds, 1)],
        chart=svg_bars({f'round {n}': 1000 * r.latency for n, r in enumerate(rounds, 1)},
                       1000 * max(latency, default=1), ' ms', 'answer time per round'),
        stages=_stages(rounds), scene_image=html.held(script.view.rgb, lossless=True),
        scene=_scene(script), made=_provenance(engine, command))


def _shown(script: DemoScript, number: int, answered: DemoRound) -> dict[str, Any]:
    """Return a round as the template takes it."""
    right = _numbered_as_answered(answered)
    iou = '' if answered.iou is None else f'{answered.iou:.2f}'
    return {
        'number': number, 'sentence': answered.sentence, 'answer': answered.answer,
        'title': answered.step.title, 'status': answered.status.name,
        'expected': answered.step.status.name, 'as_expected': answered.as_expected,
        'figures': (', '.join(f'{i.id} {i.label}' for i in answered.instances),
                    ', '.join(f'{i.score:.2f}' for i in answered.instances), iou,
                    f'{1000 * answered.latency:.0f} ms'),
        'worth': f'IoU {iou}' if iou else '',
        'found': [(f'{i.id} {i.label} ({i.score:.2f})', colour_of(i.id))
                  for i in answered.instances],
        'truth': [(t.label, colour_of(t.id)) for t in right],
        'image': html.held(overlay_of(script, answered)),
        'truth_image': html.held(overlay(script.seen(answered.step).rgb, right))}


def _numbered_as_answered(answered: DemoRound) -> list[Instance]:
    """Give right masks the numbers, and so the colours, of the answers that found them."""
    pairs = match([i.mask for i in answered.instances], [t.mask for t in answered.truth])
    ids = {t: answered.instances[p].id for p, t in pairs if p is not None and t is not None}
    free = 1 + max((i.id for i in answered.instances), default=0)
    return [replace(truth, id=ids.get(n, free + n)) for n, truth in enumerate(answered.truth)]


def _stages(rounds: Sequence[DemoRound]) -> tuple[list[str], list[list[str]], range]:
    """Return (head, rows, columns of numbers)."""
    names = list(dict.fromkeys(name for r in rounds for name in r.seconds))
    rows = [[str(n), *(f'{1000 * r.seconds[name]:.1f}' if name in r.seconds else ''
                       for name in names)] for n, r in enumerate(rounds, 1)]
    return ['round', *(f'{name} (ms)' for name in names)], rows, range(len(names) + 1)


def _scene(script: DemoScript) -> list[tuple[str, ...]]:
    truth = script.view.truth
    rows: list[tuple[str, ...]] = []
    for index, item in enumerate(truth.objects):
        parts = [part for obj, part in truth.stats if obj == index and part is not None]
        pixels = truth.stats.get((index, None), (0,))[0]
        rows.append((item.category, item.colour, item.size, ', '.join(parts), str(pixels)))
    return rows


def _provenance(engine: str, command: str) -> list[tuple[str, str]]:
    cores = os.cpu_count() or 1
    return [
        ('command', command), ('reasonseg_ros', __version__), ('engine', engine),
        ('machine', f'{platform.machine()}, {cores} CPU cores'),
        ('system', f'{platform.system()} {platform.release()}, Python '
                   f'{platform.python_version()}'),
        ('asked of the demo', f'every round answered, {AS_EXPECTED:.0%} of them as expected, mean '
                              f'IoU of at least {MEAN_IOU}')]
