# SPDX-License-Identifier: Apache-2.0
"""MR-Tabletop: the dialogues of the benchmark, made from seeds, and the subset of every round.

The same version, split, scene and seed give the same dialogue about the same view, said in the
phrasings of any split. Training draws other mixtures of rounds (`sim.dialogues.generator`). Does
not render, ask engines or score (`evaluation.tabletop`).
"""

from collections.abc import Sequence

import numpy as np

from reasonseg_ros.sim.dialogues.corrections import correct
from reasonseg_ros.sim.dialogues.corrections import undo
from reasonseg_ros.sim.dialogues.generator import BUILDERS
from reasonseg_ros.sim.dialogues.relations import SceneView
from reasonseg_ros.sim.dialogues.talk import DialogueState
from reasonseg_ros.sim.dialogues.truth import Kind
from reasonseg_ros.sim.dialogues.truth import SceneTruth
from reasonseg_ros.sim.dialogues.truth import Turn
from reasonseg_ros.sim.language.phrases import check_split

VERSION = 2  # raise when the same seed gives another dialogue, or a round another subset

# A dialogue is a chain of motifs: rounds that make sense together. Numbers are chances to draw
# one; a motif that the view or the dialogue does not allow is drawn again without it.
MOTIFS: dict[tuple[Kind, ...], float] = {
    (Kind.DIRECT,): 0.06,
    (Kind.ATTRIBUTE,): 0.03,
    (Kind.USE,): 0.06,
    (Kind.PART,): 0.10,
    (Kind.PART_DIRECT,): 0.05,
    (Kind.POSITION,): 0.28,
    (Kind.OTHER,): 0.60,
    (Kind.SEVERAL,): 0.12,
    (Kind.ABSENT,): 0.30,
    (Kind.INTERACT,): 0.55,
    (Kind.DIRECT, Kind.INTERACT): 0.10,
    (Kind.GIVEN, Kind.INTERACT): 0.06,
    (Kind.GIVEN, Kind.OTHER): 0.24,
    (Kind.AMBIGUOUS, Kind.RESOLVE): 0.12,
    (Kind.AMBIGUOUS, Kind.RESOLVE, Kind.CORRECT): 0.30,
    (Kind.ATTRIBUTE, Kind.CORRECT): 0.14,
    (Kind.DIRECT, Kind.UNDO, Kind.PART): 0.02,
    (Kind.ATTRIBUTE, Kind.UNDO, Kind.PART): 0.02,
    (Kind.PART, Kind.UNDO, Kind.POSITION): 0.02,
    (Kind.POSITION, Kind.UNDO, Kind.POSITION): 0.02,
}
ATTEMPTS = 3  # at a motif before it is left out

# Subset -> what its rounds ask for.
SUBSETS: dict[str, str] = {
    'named': 'the only object of its category, by name',
    'attribute-use': 'an object by colour, size or purpose',
    'positional': 'an object by where it lies from an earlier instance; nine relations',
    'interactional': 'what is on, in or held by something, or what something is on or in',
    'parts': 'a part of an earlier instance, or of an object that the sentence describes',
    'hard-mask': '"the other X" after an instance that was given by its mask, without words',
    'hard-words': '"the other X" after an instance that was described in words',
    'many': 'all of a category, a list, or an object without one of its parts; up to six masks',
    'absent-category': 'a category that is not there',
    'absent-colour': 'a colour that no object of the category has',
    'absent-part': 'a part that this object lacks',
    'absent-relation': 'something where nothing is (beside, on, in, held), or the other of one',
    'ambiguous': 'a noun that fits two or three objects: the answer is a question',
    'reply': 'the reply to that question',
    'correction': '"not that one, the left one", "no, the other one"',
    'undo': 'what refers to an earlier instance right after a round was taken back',
}

_PLAIN = {Kind.DIRECT: 'named', Kind.ATTRIBUTE: 'attribute-use', Kind.USE: 'attribute-use',
          Kind.POSITION: 'positional', Kind.PART: 'parts', Kind.PART_DIRECT: 'parts',
          Kind.SEVERAL: 'many', Kind.AMBIGUOUS: 'ambiguous', Kind.RESOLVE: 'reply',
          Kind.CORRECT: 'correction', Kind.INTERACT: 'interactional'}
_BUILDERS = {**BUILDERS, Kind.CORRECT: correct, Kind.UNDO: undo}


def dialogue(truth: SceneTruth, split: str, scene: int, seed: int = 0, rounds: int = 8,
             wording: str = '') -> tuple[Turn, ...]:
    """Return the dialogue about a view; shorter than `rounds` only when nothing more can be asked.

    scene    seed of the scene that the view is of
    seed     of the dialogue
    wording  split of the phrasings; '' = that of the scene. It changes words only, never what is
             asked for
    """
    check_split(split)
    check_split(wording or split)
    if rounds < 1:
        raise ValueError(f'rounds is {rounds}; ask for at least 1')
    talk = DialogueState(SceneView(truth), np.random.default_rng([seed, scene]), split,
                         wording or split, np.random.default_rng([seed, scene, 1]))
    held: list[Turn] = []
    while len(held) < rounds:
        added = _motif(talk, rounds - len(held))
        if not added:
            break
        held += added
    return tuple(held)


def subsets(turns: Sequence[Turn]) -> tuple[str, ...]:
    """Return the subset of every turn of a dialogue; '' for those that ask for nothing.

    Nothing is asked for where the user shows an instance, or takes a round back.
    """
    made: dict[int, Kind] = {}
    found, before = [], None
    for turn in turns:
        found.append(_subset(turn, before, made))
        made.update((t.id, turn.kind) for t in turn.targets)
        before = turn.kind
    return tuple(found)


def _subset(turn: Turn, before: Kind | None, made: dict[int, Kind]) -> str:
    if turn.kind in (Kind.GIVEN, Kind.UNDO):
        return ''
    if before is Kind.UNDO:
        return 'undo'
    if turn.kind is Kind.ABSENT:
        return f'absent-{turn.detail}'
    if turn.kind is Kind.OTHER:
        return 'hard-mask' if made[turn.references[0]] is Kind.GIVEN else 'hard-words'
    return _PLAIN[turn.kind]


def _motif(talk: DialogueState, room: int) -> list[Turn]:
    """Draw a motif of at most `room` turns and say it; nothing where none is possible."""
    left = {motif: chance for motif, chance in MOTIFS.items() if len(motif) <= room}
    while left:
        motifs = list(left)
        steps = np.cumsum(list(left.values()))
        place = int(np.searchsorted(steps, talk.rng.random() * steps[-1], side='right'))
        motif = motifs[place]
        for _ in range(ATTEMPTS):
            turns = _said(talk, motif)
            if turns:
                return turns
        del left[motif]
    return []


def _said(talk: DialogueState, motif: Sequence[Kind]) -> list[Turn]:
    """Say all rounds of a motif, or leave the dialogue as it was."""
    standing, turns = len(talk.turns), []
    for kind in motif:
        turn = _BUILDERS[kind](talk)
        if turn is None:
            talk.rewind(standing)
            return []
        turns.append(turn)
        if kind is Kind.UNDO:
            talk.rewind(len(talk.turns) - 1)
        else:
            talk.append(turn)
    return turns
