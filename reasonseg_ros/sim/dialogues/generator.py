# SPDX-License-Identifier: Apache-2.0
"""Whole dialogues about one view, with exact answers for every round. Numpy only.

Draws the kind of each round; the rounds themselves are built in `sim.dialogues.questions`,
`sim.dialogues.interactions` and `sim.dialogues.refusals`. Does not render or know models.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from reasonseg_ros.sim.dialogues import questions, refusals
from reasonseg_ros.sim.dialogues.interactions import interact
from reasonseg_ros.sim.dialogues.relations import SceneView
from reasonseg_ros.sim.dialogues.talk import DialogueState
from reasonseg_ros.sim.dialogues.truth import Kind, SceneTruth, Turn
from reasonseg_ros.sim.language.phrases import check_split

BUILDERS: dict[Kind, Callable[[DialogueState], Turn | None]] = {
    Kind.DIRECT: questions.direct,
    Kind.ATTRIBUTE: questions.attribute,
    Kind.USE: questions.use,
    Kind.PART: questions.part,
    Kind.PART_DIRECT: questions.part_direct,
    Kind.POSITION: questions.position,
    Kind.OTHER: questions.other,
    Kind.SEVERAL: questions.several,
    Kind.ABSENT: refusals.absent,
    Kind.AMBIGUOUS: refusals.ambiguous,
    Kind.RESOLVE: refusals.resolve,
    Kind.GIVEN: questions.given,
    Kind.INTERACT: interact,
}

# Chances to draw a kind. A kind that the view does not allow is drawn again, so these are not the
# realised shares: they were fitted on scenes of `sim.world.scene`, half of which have a pair, to
# give direct .12, attribute .09, use .06, part .13, part_direct .06, position .13, other .09,
# several .11, absent .13, ambiguous .045, resolve .035, given .05, and interact .10 of scenes
# where something is on, in or held by another thing.
WEIGHTS: dict[Kind, float] = {
    Kind.DIRECT: 0.10, Kind.ATTRIBUTE: 0.065, Kind.USE: 0.048, Kind.PART: 0.105,
    Kind.PART_DIRECT: 0.043, Kind.POSITION: 0.105, Kind.OTHER: 0.28, Kind.SEVERAL: 0.10,
    Kind.ABSENT: 0.095, Kind.AMBIGUOUS: 0.18, Kind.GIVEN: 0.01,
    Kind.INTERACT: 0.11}
FIRST_GIVEN = 0.25     # chance that the user begins by showing something
AFTER_GIVEN = 3.0      # how much likelier rounds about the shown thing become
RESOLVE_SHARE = 0.8    # of questions asked back that are answered at once
ATTEMPTS = 12          # dialogues tried before a script is given up

_ABOUT_GIVEN = (Kind.OTHER, Kind.PART, Kind.POSITION, Kind.INTERACT)


def generate(truth: SceneTruth, rng: np.random.Generator, split: str = 'train', rounds: int = 8,
             weights: Mapping[Kind, float] | None = None,
             script: Sequence[Kind] | None = None) -> tuple[Turn, ...]:
    """Return a dialogue about a view.

    weights  chance of each kind, WEIGHTS if None; kinds left out are not drawn
    script   kinds of the rounds in order, instead of `rounds` drawn ones; where the view does not
             allow the whole script, the longest beginning of it that was found is returned

    The dialogue is shorter than `rounds` only when nothing more can be asked.
    """
    check_split(split)
    if rounds < 1:
        raise ValueError(f'rounds is {rounds}; ask for at least 1')
    view = SceneView(truth)
    if script is None:
        talk = DialogueState(view, rng, split)
        return tuple(_drawn(talk, rounds, dict(weights or WEIGHTS)).turns)
    best: tuple[Turn, ...] = ()
    for _ in range(ATTEMPTS):
        turns = _scripted(DialogueState(view, rng, split), script)
        best = max(best, turns, key=len)
        if len(best) == len(script):
            break
    return best


def _scripted(talk: DialogueState, script: Sequence[Kind]) -> tuple[Turn, ...]:
    for kind in script:
        turn = BUILDERS[kind](talk)
        if turn is None:
            break
        talk.append(turn)
    return tuple(talk.turns)


def _drawn(talk: DialogueState, rounds: int, weights: dict[Kind, float]) -> DialogueState:
    resolvable = Kind.AMBIGUOUS in weights
    while len(talk.turns) < rounds:
        last = talk.turns[-1].kind if talk.turns else None
        turn = None
        if last is Kind.AMBIGUOUS and resolvable and talk.chance(RESOLVE_SHARE):
            turn = refusals.resolve(talk)
        elif last is None and weights.get(Kind.GIVEN) and talk.chance(FIRST_GIVEN):
            turn = questions.given(talk)
        turn = turn or _draw(talk, weights, last)
        if turn is None:
            break
        talk.append(turn)
    return talk


def _draw(talk: DialogueState, weights: dict[Kind, float], last: Kind | None) -> Turn | None:
    left = {kind: weight * (AFTER_GIVEN if last is Kind.GIVEN and kind in _ABOUT_GIVEN else 1.0)
            for kind, weight in weights.items() if weight > 0}
    while left:
        kinds = list(left)
        steps = np.cumsum([left[k] for k in kinds])
        kind = kinds[int(np.searchsorted(steps, talk.rng.random() * steps[-1], side='right'))]
        turn = BUILDERS[kind](talk)
        if turn is not None:
            return turn
        del left[kind]
    return None
