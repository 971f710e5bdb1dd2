# SPDX-License-Identifier: Apache-2.0
"""The dialogue of `reasonseg demo`: which unseen scene, which sentences, which answers are right.

The scene and the sentences follow from a seed and from the simulator's truth alone, never from
what a model answers. The wordings are from the test split, which no training has seen. Does not
speak to a node (`ros.client.demo`) and does not draw (`reports.demo`).
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from reasonseg_ros.benchmarks.conversation import TruthMask
from reasonseg_ros.core.errors import ReasonSegError, Status
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.evaluation.interview import ScriptedRound
from reasonseg_ros.evaluation.scoring import OBJECT, PART
from reasonseg_ros.sim.dialogues.relations import DIRECTIONS, MARGIN, SceneView
from reasonseg_ros.sim.dialogues.words import TABLETOP, WorldWords, plural
from reasonseg_ros.sim.household.scene import SEEDS, seeded
from reasonseg_ros.sim.household.sight import HouseholdSight, see
from reasonseg_ros.sim.household.words import HOUSEHOLD
from reasonseg_ros.sim.language.phrases import ANSWER_POSITIONS
from reasonseg_ros.sim.language.vocabulary import is_plural, pick
from reasonseg_ros.sim.rendering.renderer import Renderer, Rendering, camera_renderer
from reasonseg_ros.sim.world.scene import moved, sample_scene
from reasonseg_ros.sim.world.stage import Scene

SPLIT = 'test'
WORLDS = ('tabletop', 'household')
SCENES_PER_SEED = 1000  # scene numbers that one demo seed may choose from
ROUGH = 4               # times as small is the image by which a household scene is chosen
# What is said. A test finds each wording in the test split.
DIRECT = 'would you find the {object} please'
PARTS = ('may i have {its} {part}', 'i would like to see {its} {part}',
         'please take {its} {part}')
POSITION = 'i want you to segment the {object} {position} {anchor}'
OTHER = 'could you locate the other {object}'
ALL = 'mark all the {objects} for me'
ABSENT = 'robot look for the {object}'
AMBIGUOUS = 'now please highlight the {object}'
LEFT, RIGHT = 'i was looking for the one on the left', 'i was looking for the one on the right'
CORRECTION = 'no not that the other one please'
UNDO = 'undo'
NUMBER = 'show me {anchor}'
ASIDES = (25.0, -25.0, 18.0, -18.0, 12.0, -12.0)  # degrees that the camera goes round the table
SHOWN = 0.6             # of the pixels that a thing had, at least, once the camera has gone

Pick = tuple[int, str | None]  # object index of the truth, and its part


@dataclass(frozen=True)
class Step:
    """One round of the script and its right answer.

    title     what the round shows, for people
    sentence  what is said; '{anchor}' stands for the number of an instance shown before
    status    how it must end
    targets   what must be shown: the answer's instances, or the candidates of a question
    anchor    step, from 1, whose first instance the sentence names by number; 0 = none
    undo      takes the round before it away
    aside     whether it is said after the camera has gone aside
    """

    title: str
    sentence: str
    status: Status
    targets: tuple[Pick, ...] = ()
    anchor: int = 0
    undo: bool = False
    aside: bool = False


@dataclass(frozen=True, eq=False)
class DemoScript:
    """A scene of the test split, as it looks, and the dialogue about it.

    degrees, later  how far the camera goes round the table before the last steps, and the scene as
                    it looks from there
    """

    scene_seed: int
    view: Rendering
    steps: tuple[Step, ...]
    world: str = WORLDS[0]
    degrees: float = 0.0
    later: Rendering | None = None

    def seen(self, step: Step) -> Rendering:
        """Return how the scene looks when a step is said."""
        return self.later if step.aside and self.later is not None else self.view

    def masks(self, step: Step) -> list[np.ndarray]:
        """Return the right masks of a step, bool [H, W]."""
        truth = self.seen(step).truth
        return [truth.mask(index, part) for index, part in step.targets]

    def name(self, target: Pick) -> str:
        """Return a target in words."""
        index, part = target
        item = self.view.truth.objects[index]
        whole = f'{item.colour} {item.category}'.strip()
        return whole if part is None else f'{part} of the {whole}'


def scripted(script: DemoScript) -> list[ScriptedRound]:
    """Return the steps as rounds of an interview; a target's key is its step and place."""
    rounds = []
    for number, step in enumerate(script.steps, start=1):
        say = step.sentence
        numbers: tuple[tuple[int, int, str], ...] = ()
        if step.anchor:
            before, behind = say.split('{anchor}')
            start = len(f'{before}instance ')
            say = f'{before}instance {step.anchor}{behind}'
            numbers = ((start, start + len(str(step.anchor)), f'{step.anchor}.0'),)
        targets = tuple(
            TruthMask(f'{number}.{place}', Rle.encode(mask), PART if part else OBJECT)
            for place, ((_, part), mask) in enumerate(zip(step.targets, script.masks(step))))
        rounds.append(ScriptedRound(say, targets, None, numbers, step.status, number=number))
    return rounds


def choose(seed: int, width: int, height: int, world: str = WORLDS[0]) -> DemoScript:
    """Return the first scene of this seed whose contents allow the whole dialogue.

    world  one of WORLDS
    Raises ReasonSegError when there is none.
    """
    if seed < 0:
        raise ReasonSegError(f'the seed is {seed}; choose 0 or more')
    found = (_household if world != WORLDS[0] else _tabletop)(seed, width, height)
    if found is None:
        raise ReasonSegError(f'none of the {SCENES_PER_SEED} scenes of seed {seed} allows the '
                             'whole dialogue; choose another seed')
    return found


def _tabletop(seed: int, width: int, height: int) -> DemoScript | None:
    with camera_renderer(width, height) as renderer:
        for scene_seed in range(seed * SCENES_PER_SEED, (seed + 1) * SCENES_PER_SEED):
            scene = sample_scene(SPLIT, scene_seed)
            repeats = Counter(item.category for item in scene.items)
            if list(repeats.values()).count(2) < 2:
                continue  # drawing it would be a waste: the dialogue needs two pairs
            view = renderer.render(scene)
            rng = np.random.default_rng([seed, scene_seed])
            steps = write(SceneView(view.truth), rng)
            if steps is not None and (found := _gone_aside(
                    DemoScript(scene_seed, view, steps), rng, partial(_drawn, renderer, scene))):
                return found
    return None


def _household(seed: int, width: int, height: int) -> DemoScript | None:
    first = seed * SCENES_PER_SEED
    for number, scene_seed in enumerate(SEEDS[SPLIT][first:first + SCENES_PER_SEED], first):
        repeats = Counter(item.category for item in seeded(scene_seed)[0].things)
        barred = HOUSEHOLD.unspoken(repeats.keys())
        if sum(n == 2 and c not in barred for c, n in repeats.items()) < 2:
            continue
        rough = see(scene_seed, width // ROUGH, height // ROUGH)
        if _about(rough, seed, number) is None:
            continue
        seen = see(scene_seed, width, height)
        steps = _about(seen, seed, number)
        if steps is not None:
            found = _gone_aside(
                DemoScript(number, _rendering(seen), steps, WORLDS[1]),
                np.random.default_rng([seed, number, 1]),
                partial(_photographed, scene_seed, width, height))
            if found is not None:
                return found
    return None


def _drawn(renderer: Renderer, scene: Scene, degrees: float) -> Rendering:
    return renderer.render(moved(scene, azimuth=degrees))


def _photographed(seed: int, width: int, height: int, degrees: float) -> Rendering:
    return _rendering(see(seed, width, height, degrees))


def _rendering(seen: HouseholdSight) -> Rendering:
    assert seen.frame.camera is not None
    return Rendering(seen.frame.rgb, seen.frame.depth, seen.truth, seen.frame.camera)


def _gone_aside(script: DemoScript, rng: np.random.Generator,
                look: Callable[[float], Rendering]) -> DemoScript | None:
    """Return a script with three more steps, said after the camera has gone round the table; None
    where it cannot go aside without losing sight of what they are about.

    look  draws the scene after the camera has gone by so many degrees
    """
    first, its, found = script.steps[:3]
    about = (*first.targets, *its.targets, *found.targets)
    noun = script.view.truth.objects[first.targets[0][0]].category
    part = its.targets[0][1]
    assert part is not None
    for degrees in ASIDES:
        later = look(degrees)
        if all(later.truth.mask(*one).sum() >= SHOWN * script.view.truth.mask(*one).sum()
               for one in about):
            return replace(script, degrees=degrees, later=later, steps=(
                *script.steps,
                Step('a number, after the camera has moved', NUMBER, Status.OK, found.targets,
                     anchor=3, aside=True),
                Step('a name, from there', DIRECT.format(object=noun), Status.OK, first.targets,
                     aside=True),
                Step('its part, from there', _ask_part(int(rng.integers(len(PARTS))), noun, part),
                     Status.OK, its.targets, aside=True)))
    return None


def _about(seen: HouseholdSight, seed: int, number: int) -> tuple[Step, ...] | None:
    return write(HOUSEHOLD.view(seen.truth), np.random.default_rng([seed, number]), HOUSEHOLD)


def write(view: SceneView, rng: np.random.Generator, words: WorldWords = TABLETOP
          ) -> tuple[Step, ...] | None:
    """Return the dialogue about a view, or None when something that it needs is missing."""
    pairs = [group for group in view.groups.values() if len(group) == 2]
    for first in pairs:
        for second in pairs:
            if second == first:
                continue
            opening = _opening(view, rng, first, words)
            ending = _ending(view, rng, second, words)
            if opening is not None and ending is not None:
                shown = opening[2].targets[0][0]
                return (*opening, *_middle(view, rng, first, shown, words), *ending)
    return None


def _opening(view: SceneView, rng: np.random.Generator, pair: tuple[int, ...], words: WorldWords
             ) -> tuple[Step, ...] | None:
    """An object, its part, one of a pair by its place from it, and that one's part."""
    singles = [g[0] for g in view.groups.values() if len(g) == 1 and _parts(view, g[0], words)]
    for index in (singles[i] for i in rng.permutation(len(singles))):
        for name in DIRECTIONS:
            found = view.placed(name, index, pair)
            if found is None or not _parts(view, found, words):
                continue
            part, second_part = (pick(rng, _parts(view, i, words)) for i in (index, found))
            noun, pair_noun = view.category(index), view.category(found)
            position = POSITION.format(object=pair_noun, position=ANSWER_POSITIONS[name],
                                       anchor='{anchor}')
            return (
                Step('an object', DIRECT.format(object=noun), Status.OK, ((index, None),)),
                Step('its part', _ask_part(0, noun, part), Status.OK, ((index, part),)),
                Step('a position to an instance', position, Status.OK, ((found, None),),
                     anchor=1),
                Step('the part of that one', _ask_part(1, pair_noun, second_part), Status.OK,
                     ((found, second_part),)))
    return None


def _middle(view: SceneView, rng: np.random.Generator, pair: tuple[int, ...], shown: int,
            words: WorldWords) -> tuple[Step, ...]:
    """The other one of the pair, all of the category, and something that is not there."""
    missing = words.missing(view)
    noun = view.category(shown)
    rest = next(i for i in pair if i != shown)
    return (
        Step('the other one', OTHER.format(object=noun), Status.OK, ((rest, None),)),
        Step('all of a category', ALL.format(objects=plural(noun)), Status.OK,
             tuple((i, None) for i in pair)),
        Step('not there', ABSENT.format(object=pick(rng, missing)), Status.NOTHING_FOUND))


def _ending(view: SceneView, rng: np.random.Generator, pair: tuple[int, ...], words: WorldWords
            ) -> tuple[Step, ...] | None:
    """An ambiguous noun, the reply, a correction, an undo, and "its part" after the undo."""
    left, right = sorted(pair, key=view.order)
    if view.order(right)[0] - view.order(left)[0] < 2 * MARGIN * view.unit:
        return None
    meant, sentence = ((left, LEFT), (right, RIGHT))[int(rng.integers(2))]
    if not _parts(view, meant, words):
        return None
    rest = right if meant == left else left
    part = pick(rng, _parts(view, meant, words))
    return (
        Step('an ambiguous noun', AMBIGUOUS.format(object=view.category(left)), Status.AMBIGUOUS,
             ((left, None), (right, None))),
        Step('the reply', sentence, Status.OK, ((meant, None),)),
        Step('a correction', CORRECTION, Status.OK, ((rest, None),)),
        Step('undo', UNDO, Status.OK, undo=True),
        Step('a part, after the undo', _ask_part(2, view.category(meant), part), Status.OK,
             ((meant, part),)))


def _ask_part(wording: int, owner: str, part: str) -> str:
    return PARTS[wording].format(its='their' if is_plural(owner) else 'its', part=part)


def _parts(view: SceneView, index: int, words: WorldWords) -> tuple[str, ...]:
    """Parts that can be asked for and say more than "the body"."""
    named = words.parts[view.category(index)]
    return tuple(part for part in view.parts[index] if part != 'body' and part in named)
