# SPDX-License-Identifier: Apache-2.0
"""One run of MR-Tabletop: what it shows, says and asks, by the seed of each scene.

Renders, generates and asks; a run can be interrupted anywhere between two scenes. Prints nothing
but progress.

Runs are kept on disk: begun, resumed, finished; and what they cost meanwhile is told. The probe is
about what the memory of an engine is worth: "the other X" with it and without.
"""

import hashlib
import math
import resource
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from tqdm import tqdm

from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.drawing.rounds import draw_round
from reasonseg_ros.engines.protocol import Engine
from reasonseg_ros.engines.session import Session
from reasonseg_ros.evaluation import everyday
from reasonseg_ros.evaluation.figures import BY_NAME, RIGHT_IOU
from reasonseg_ros.evaluation.interview import Draw, Respondent, SessionRespondent, private_book
from reasonseg_ros.evaluation.records import Protocol, RoundRecord, Run, plain_of
from reasonseg_ros.evaluation.shards import RunPlan, Shard, begin, joined, write
from reasonseg_ros.evaluation.summaries import compare, values
from reasonseg_ros.evaluation.tabletop import run
from reasonseg_ros.sim.dialogues.generator import generate
from reasonseg_ros.sim.dialogues.mr_tabletop import VERSION, dialogue
from reasonseg_ros.sim.dialogues.mr_tabletop_3 import VERSION as everyday_version
from reasonseg_ros.sim.dialogues.mr_tabletop_3 import everyday_dialogue
from reasonseg_ros.sim.dialogues.truth import Kind, SceneTruth
from reasonseg_ros.sim.language.phrases import PLAIN, spoken
from reasonseg_ros.sim.rendering.renderer import Renderer, camera_renderer
from reasonseg_ros.sim.world.inventory import extents, inventory
from reasonseg_ros.sim.world.looks import USUAL, looked
from reasonseg_ros.sim.world.scene import sample_scene
from reasonseg_ros.sim.world.stage import Scene

if TYPE_CHECKING:  # an extra brings pybullet
    from reasonseg_ros.sim.rendering.bullet import BulletRenderer

RENDERERS = ('mujoco', 'pybullet')
TEMPLATES = ('unseen', 'seen')
MEMORIES = ('on', 'blank')
VERSIONS = (VERSION, everyday_version)
EYES = ('engine', 'truth')
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
    eyes       truth = no engine: a listener is told what is there. Version 3 only
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
    renderer: str = 'mujoco'
    protocol: Protocol = field(default_factory=Protocol)
    version: int = VERSION
    eyes: str = EYES[0]

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
        """What a run of this setting is; `images` is `Views.digest`."""
        options: dict[str, str | int | float | bool] = {
            'split': self.split, 'scenes': self.scenes, 'first_scene': self.first,
            'rounds': self.rounds, 'seed': self.seed, 'templates': self.templates,
            'speech': self.speech, 'memory': self.memory,
            'size': f'{self.size[0]}x{self.size[1]}', 'look': self.look,
            'renderer': self.renderer}
        if self.version != VERSION:
            options['eyes'] = self.eyes
        name = PERFECT if engine is None else engine.facts.provenance
        return RunPlan(benchmark, f'mr-tabletop-{self.version}/{images}', name,
                       self.protocol, self.scenes, options)


class Views:
    """Renders the scenes of a setting. Use it in one thread, in a `with` block."""

    def __init__(self, setting: TabletopSetting) -> None:
        self._setting = setting
        width, height = setting.size
        self._renderer: Renderer | BulletRenderer
        if setting.renderer == 'pybullet':
            from reasonseg_ros.sim.rendering import bullet
            self._renderer = bullet.BulletRenderer(width, height)
        else:
            self._renderer = camera_renderer(width, height)

    def __enter__(self) -> 'Views':
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._renderer.close()

    def show(self, seed: int) -> tuple[Frame, SceneTruth]:
        """Return what the camera sees of a scene, and its truth."""
        view = self._renderer.render(self.scene(seed), depth=False)
        return Frame(view.rgb), view.truth

    def scene(self, seed: int) -> Scene:
        """Return a scene as this setting shows it."""
        return looked(sample_scene(self._setting.split, seed), self._setting.look)

    @property
    def digest(self) -> str:
        """Six hex digits of what the first scene shows: other renderers give others."""
        frame, truth = self.show(self._setting.first)
        return hashlib.sha256(frame.rgb.tobytes() + truth.ids.tobytes()).hexdigest()[:6]


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
    return run(engine, name(scene), frame, truth, said, draw, setting.protocol, timed,
               setting.memory != 'blank')


def run_everyday(engine: Engine | None, setting: TabletopSetting, views: Views, place: int,
                  draw: Draw | None = None,
                  timed: Callable[[Mapping[str, float]], None] | None = None
                  ) -> list[RoundRecord]:
    """Run the dialogue of version 3 about the scene at this place; engine None = perfect eyes."""
    seed = setting.first + place
    scene, (frame, truth) = views.scene(seed), views.show(seed)
    turns = everyday_dialogue(truth, setting.split, seed, setting.seed, setting.rounds,
                              extents(scene))
    respondent: Respondent
    if engine is None:
        respondent = everyday.InventoryRespondent(inventory(scene, truth), name(seed))
    else:
        session = Session(engine, private_book(64), memory=setting.memory != 'blank',
                          rules=True)
        respondent = SessionRespondent(session, name(seed), frame)
    return everyday.run(name(seed), respondent, truth, turns, frame.rgb, draw, timed)


def probe_scene(engine: Engine, setting: TabletopSetting, views: Views, place: int
                ) -> list[RoundRecord]:
    """Run the rounds of a `Probe` about one scene; none where no two are of a kind."""
    scene = setting.first + place
    frame, truth = views.show(scene)
    turns = generate(truth, np.random.default_rng([setting.seed, scene]), setting.wording, 2,
                     script=PROBE)
    if tuple(t.kind for t in turns) != PROBE:
        return []
    return run(engine, name(scene), frame, truth, turns, memory=setting.memory != 'blank')


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


ALL = Shard()


class Cost:
    """Seconds of the answers that were heard in this process; not part of any record."""

    def __init__(self) -> None:
        self._first: list[float] = []
        self._later: list[float] = []

    def hear(self, seconds: Mapping[str, float]) -> None:
        """Take in one answer; the first one on an image encodes it."""
        (self._first if 'vision' in seconds else self._later).append(seconds['total'])

    def __str__(self) -> str:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        told = [f'{name} round p50 {1e3 * float(np.median(seconds)):.0f} ms ({len(seconds)})'
                for name, seconds in (('first', self._first), ('later', self._later)) if seconds]
        return (f'cost of the engine here: {", ".join(told) or "nothing was asked"}; peak memory '
                f'of this process, renderer and torch included: {peak:.0f} MiB')


def run_dialogues(engine: Engine | None, setting: TabletopSetting, out: Path, drawn: bool,
                  cost: Cost, what: str = 'dialogues') -> Run:
    """Run what is missing in a folder and return the whole run.

    engine  None = perfect eyes, in version 3
    drawn   whether to draw every round into the folder
    """
    draw = partial(draw_round, out) if drawn else None
    with Views(setting) as views:
        if engine is None or setting.version != VERSION:
            return _run(setting.plan(engine, views.digest), out, what, lambda place: run_everyday(
                engine, setting, views, place, draw, cost.hear))
        return _run(setting.plan(engine, views.digest), out, what,
                    lambda place: run_scene(engine, setting, views, place, draw, cost.hear))


def run_probe(engine: Engine, setting: TabletopSetting, out: Path) -> Probe:
    """Run the probe of the memory, with memory on and blank, in two folders below `out`."""
    found = []
    with Views(setting) as views:
        for memory in ('on', 'blank'):
            probed = replace(setting, memory=memory)
            plan = probed.plan(engine, views.digest, 'tabletop-other')
            found.append(_run(plan, out / f'other-{memory}', f'"the other one", memory {memory}',
                              partial(probe_scene, engine, probed, views)))
    return Probe(*found)


def _run(plan: RunPlan, out: Path, what: str, rounds_at: Callable[[int], list[RoundRecord]]) -> Run:
    missing = begin(plan, out, ALL)
    lines = ({'at': place, 'rounds': [plain_of(r) for r in rounds_at(place)]}
             for place in missing)
    with tqdm(total=plan.count, initial=plan.count - len(missing), desc=what, unit='scene',
              disable=None) as bar:
        for _ in write(out, ALL, lines):
            bar.update()
    whole = joined([out])
    assert whole is not None, 'nothing is missing any more'
    return replace(whole, options=plan.options)
