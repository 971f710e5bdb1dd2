# SPDX-License-Identifier: Apache-2.0
"""One run of MR-Tabletop: what is said and asked about each scene, by its seed.

Generates dialogues and asks; scenes are drawn by `evaluation.views`. A run can be interrupted
anywhere between two scenes. Prints nothing but progress.

Runs are kept on disk: begun, resumed, finished; and what they cost meanwhile is told. The probe is
about what the memory of an engine is worth: "the other X" with it and without.
"""

import math
import resource
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np

from reasonseg_ros.core.errors import BadInput
from reasonseg_ros.drawing.rounds import draw_round
from reasonseg_ros.engines.grounded.engine import GroundedEngine
from reasonseg_ros.engines.protocol import Engine
from reasonseg_ros.engines.session import Session
from reasonseg_ros.evaluation import everyday
from reasonseg_ros.evaluation.figures import BY_NAME, RIGHT_IOU
from reasonseg_ros.evaluation.interview import Draw, Respondent, SessionRespondent, private_book
from reasonseg_ros.evaluation.records import Protocol, RoundRecord, Run
from reasonseg_ros.evaluation.shards import RunPlan, complete
from reasonseg_ros.evaluation.summaries import compare, values
from reasonseg_ros.evaluation.tabletop import run
from reasonseg_ros.evaluation.views import RENDERERS, HouseholdViews, TabletopViews, Views
from reasonseg_ros.sim.dialogues.generator import generate
from reasonseg_ros.sim.dialogues.mr_tabletop import VERSION, dialogue
from reasonseg_ros.sim.dialogues.mr_tabletop_3 import VERSION as everyday_version
from reasonseg_ros.sim.dialogues.truth import Kind
from reasonseg_ros.sim.language.phrases import PLAIN, spoken
from reasonseg_ros.sim.world.looks import USUAL

TEMPLATES = ('unseen', 'seen')
MEMORIES = ('on', 'blank')
VERSIONS = (VERSION, everyday_version)
EYES = ('engine', 'truth')
WORLDS = ('tabletop', 'household')
DEPTHS = ('given', 'none')
PERFECT = 'truth@perfect-eyes'  # provenance of what needs no engine
PROBE = (Kind.GIVEN, Kind.OTHER)


@dataclass(frozen=True)
class TabletopSetting:
    """What a run consists of: the scenes first, first + 1, ... of a split, one dialogue on each.

    templates  unseen = phrasings of the split; seen = those of training
    speech     how sentences are said; see `sim.language.phrases`
    memory     blank = the engine sees no earlier mask or box
    size       (width, height) of the images
    version    of the benchmark: 2 = what is seen and remembered, 3 = what is meant
    eyes       truth = whoever answers is told what is there: engine grounded, which then only
               reads, remembers and decides; in version 3 the rules as well, without an engine
    world      whose scenes: household in version 3 only
    depth      given = frames have what a depth camera measures
    """

    split: str = 'test'
    first: int = 0
    scenes: int = 200
    rounds: int = 8
    seed: int = 0
    templates: str = 'unseen'
    speech: str = PLAIN
    memory: str = 'on'
    size: tuple[int, int] = (640, 480)
    look: str = USUAL
    renderer: str = RENDERERS[0]
    protocol: Protocol = field(default_factory=Protocol)
    version: int = VERSION
    eyes: str = EYES[0]
    world: str = WORLDS[0]
    depth: str = DEPTHS[1]

    @property
    def wording(self) -> str:
        """Split of the phrasings."""
        return 'train' if self.templates == 'seen' else self.split

    @property
    def differences(self) -> tuple[str, ...]:
        """Settings that version 3 does not have, as far as they differ from the usual."""
        plain = replace(self.protocol, order=None)
        return tuple(name for name, is_so in (
            ('templates', self.templates != TEMPLATES[0]), ('speech', self.speech != PLAIN),
            ('permute', self.protocol.order is not None), ('history', plain != Protocol()))
            if is_so)

    def plan(self, engine: Engine | None, images: str, benchmark: str = 'tabletop') -> RunPlan:
        """What a run of this setting is; `images` is the digest of its views."""
        options: dict[str, str | int | float | bool] = {
            'split': self.split, 'scenes': self.scenes, 'first_scene': self.first,
            'rounds': self.rounds, 'seed': self.seed, 'templates': self.templates,
            'speech': self.speech, 'memory': self.memory,
            'size': f'{self.size[0]}x{self.size[1]}', 'look': self.look,
            'renderer': self.renderer}
        if self.version != VERSION or self.eyes != EYES[0]:
            options['eyes'] = self.eyes
        if self.world != WORLDS[0]:
            options |= {'world': self.world, 'depth': self.depth, 'renderer': 'embree'}
        elif self.depth == DEPTHS[0]:  # runs of old have no such option
            options['depth'] = self.depth
        name = PERFECT if engine is None else engine.facts.provenance
        return RunPlan(benchmark, f'mr-tabletop-{self.version}/{images}', name,
                       self.protocol, self.scenes, options)


def run_scene(engine: Engine, setting: TabletopSetting, views: Views, place: int,
              draw: Draw | None = None,
              timed: Callable[[Mapping[str, float]], None] | None = None) -> list[RoundRecord]:
    """Run the dialogue about the scene at this place, from 0."""
    scene = setting.first + place
    frame, truth = views.show(scene)
    turns = dialogue(truth, setting.split, scene, setting.seed, setting.rounds, setting.wording)
    rng = np.random.default_rng([setting.seed, scene, 2])
    said = tuple(replace(t, instruction=spoken(t.instruction, setting.speech, rng))
                 if t.kind not in (Kind.GIVEN, Kind.UNDO) else t for t in turns)
    return run(_looking(engine, setting, views, scene), name(scene), frame, truth, said, draw,
               setting.protocol, timed, setting.memory != 'blank')


def views_of(setting: TabletopSetting) -> Views:
    """Return what draws the scenes of a setting."""
    if setting.world == WORLDS[0]:
        return TabletopViews(setting.split, setting.size, setting.first, setting.look,
                             setting.renderer, setting.depth == DEPTHS[0])
    return HouseholdViews(setting.split, setting.size, setting.first, setting.depth == DEPTHS[0])


def run_everyday(engine: Engine | None, setting: TabletopSetting,
                 views: Views, place: int, draw: Draw | None = None,
                 timed: Callable[[Mapping[str, float]], None] | None = None
                 ) -> list[RoundRecord]:
    """Run the dialogue of version 3 about the scene at this place; engine None = perfect eyes."""
    scene = setting.first + place
    frame, truth = views.show(scene)
    turns = views.turns(scene, setting.seed, setting.rounds)
    respondent: Respondent
    if engine is None:
        respondent = everyday.InventoryRespondent(views.inventory(scene), name(scene))
    else:
        session = Session(_looking(engine, setting, views, scene), private_book(64),
                          memory=setting.memory != 'blank', rules=True)
        respondent = SessionRespondent(session, name(scene), frame)
    return everyday.run(name(scene), respondent, truth, turns, frame.rgb, draw, timed)


def probe_scene(engine: Engine, setting: TabletopSetting, views: Views, place: int
                ) -> list[RoundRecord]:
    """Run the rounds of a `Probe` about one scene; none where no two are of a kind."""
    scene = setting.first + place
    frame, truth = views.show(scene)
    turns = generate(truth, np.random.default_rng([setting.seed, scene]), setting.wording, 2,
                     script=PROBE)
    if tuple(t.kind for t in turns) != PROBE:
        return []
    return run(_looking(engine, setting, views, scene), name(scene), frame, truth, turns,
               memory=setting.memory != 'blank')


def _looking(engine: Engine, setting: TabletopSetting, views: Views, scene: int) -> Engine:
    """Return the engine with the eyes of a setting."""
    if setting.eyes == EYES[0]:
        return engine
    if not isinstance(engine, GroundedEngine):
        raise BadInput(f'engine "{engine.facts.name}" looks for itself and cannot be told what is '
                       'there; give --engine grounded, or --eyes engine')
    return engine.told(views.inventory(scene))


def name(scene: int) -> str:
    """Return the name of the dialogue about a scene."""
    return f'scene-{scene:04d}'


OBJECT = BY_NAME['object_ciou']


@dataclass(frozen=True)
class Probe:
    """ "The other X" right after an instance given by its mask, with and without memory.

    Words cannot tell which of the two is meant, so the gap is the worth of the memory.
    """

    memory: Run
    blank: Run

    @property
    def gain(self) -> float:
        """Object cIoU with memory minus that without, in [-1, 1]; NaN where nothing was asked."""
        memory, blank = (values(run.rounds, (OBJECT,))[OBJECT.name]
                         for run in (self.memory, self.blank))
        return memory - blank

    def __str__(self) -> str:
        if not self.memory.rounds:
            return 'no scene has two of a kind'
        change, = compare(self.blank.rounds, self.memory.rounds, (OBJECT,))
        gap = change.difference
        known = '' if math.isnan(gap.low) else (
            f' (95 % interval {100 * gap.low:+.1f} to {100 * gap.high:+.1f})')
        return (f'cIoU {100 * change.after:.1f} with memory, {100 * change.before:.1f} without: '
                f'{100 * gap.value:+.1f}{known}, over {len(self.memory.rounds)} rounds; right '
                f'{100 * _right(self.memory.rounds):.1f} and '
                f'{100 * _right(self.blank.rounds):.1f} of the masks')


def _right(rounds: Sequence[RoundRecord]) -> float:
    """Share of masks with an IoU of at least 0.5, of what was wanted or answered."""
    ious = [t.iou for r in rounds for t in r.targets]
    return sum(iou >= RIGHT_IOU for iou in ious) / len(ious)


class Cost:
    """Seconds of the answers that were heard in this process; not part of any record."""

    def __init__(self) -> None:
        self._first: list[float] = []
        self._later: list[float] = []
        self._processor: list[float] = []

    def hear(self, seconds: Mapping[str, float]) -> None:
        """Take in one answer; the first one on an image encodes it."""
        (self._first if 'vision' in seconds else self._later).append(seconds['total'])
        if 'processor' in seconds and 'vision' not in seconds:
            self._processor.append(seconds['processor'])

    def __str__(self) -> str:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        told = [f'{name} round p50 {1e3 * float(np.median(seconds)):.0f} ms ({len(seconds)})'
                for name, seconds in (('first', self._first), ('later', self._later)) if seconds]
        if self._processor:
            half, most = 1e3 * np.percentile(self._processor, [50, 99])
            told.append(f'processor time of a later round p50 {half:.1f} ms, p99 {most:.1f} ms')
        return (f'cost of the engine here: {", ".join(told) or "nothing was asked"}; peak memory '
                f'of this process, renderer and torch included: {peak:.0f} MiB')


def run_dialogues(engine: Engine | None, setting: TabletopSetting, out: Path, drawn: bool,
                  cost: Cost, what: str = 'dialogues') -> Run:
    """Run what is missing in a folder and return the whole run.

    engine  None = perfect eyes, in version 3
    drawn   whether to draw every round into the folder
    """
    draw = partial(draw_round, out) if drawn else None
    with views_of(setting) as views:
        def rounds_at(place: int) -> list[RoundRecord]:
            if engine is None or setting.version != VERSION:
                return run_everyday(engine, setting, views, place, draw, cost.hear)
            return run_scene(engine, setting, views, place, draw, cost.hear)
        return _run(setting.plan(engine, views.digest), out, what, rounds_at)


def run_probe(engine: Engine, setting: TabletopSetting, out: Path) -> Probe:
    """Run the probe of the memory, with memory on and blank, in two folders below `out`."""
    found = []
    with views_of(setting) as views:
        for memory in ('on', 'blank'):
            probed = replace(setting, memory=memory)
            plan = probed.plan(engine, views.digest, 'tabletop-other')
            found.append(_run(plan, out / f'other-{memory}', f'"the other one", memory {memory}',
                              partial(probe_scene, engine, probed, views)))
    return Probe(*found)


def _run(plan: RunPlan, out: Path, what: str, rounds_at: Callable[[int], list[RoundRecord]]) -> Run:
    return replace(complete(plan, out, rounds_at, what, 'scene'), options=plan.options)
