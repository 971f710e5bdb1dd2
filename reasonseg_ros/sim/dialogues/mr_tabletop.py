# SPDX-License-Identifier: Apache-2.0
"""MR-Tabletop: the dialogues of the benchmark, made from seeds, and the subset of every round.

The same version, split, scene and seed give the same dialogue about the same view, said in the
phrasings of any split. Training draws other mixtures of rounds (`sim.dialogues.generator`). Does
not render, ask engines or score (`evaluation.tabletop`).

`permuted` is another order of the rounds in which every sentence still means the same. What a
sentence means depends on earlier rounds in four ways, and each is kept: "it" and replies need the
round right before them; "instance 2" needs the round that made it; "the mug", said of a shown one
or a new one, depends on which mugs have been shown. Ids of targets stay as they were, so they no
longer run in order.
"""

from collections.abc import Sequence

import numpy as np

from reasonseg_ros.core.errors import Status
from reasonseg_ros.sim.dialogues.corrections import correct, undo
from reasonseg_ros.sim.dialogues.generator import BUILDERS
from reasonseg_ros.sim.dialogues.relations import SceneView
from reasonseg_ros.sim.dialogues.talk import DialogueState
from reasonseg_ros.sim.dialogues.truth import Kind, SceneTruth, Turn
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
    turns: list[Turn] = []
    while len(turns) < rounds:
        added = _motif(talk, rounds - len(turns))
        if not added:
            break
        turns += added
    return tuple(turns)


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


def permuted(turns: Sequence[Turn], truth: SceneTruth, rng: np.random.Generator
             ) -> tuple[Turn, ...]:
    """Return the turns in a random order that keeps the meaning of every sentence."""
    blocks = _blocks(turns)
    shows = [{category for i in block for category in _categories(turns[i], truth)}
             for block in blocks]
    makers = _makers(turns)
    needs = [{makers[i][r] for i in block for r in turns[i].references} for block in blocks]
    order: list[int] = []
    waiting = list(range(len(blocks)))
    while waiting:
        free = [b for b in waiting if not any(
            shows[b] & shows[a] or needs[b] & set(blocks[a]) for a in waiting if a < b)]
        chosen = free[int(rng.integers(len(free)))]
        waiting.remove(chosen)
        order += blocks[chosen]
    return tuple(turns[i] for i in order)


def _categories(turn: Turn, truth: SceneTruth) -> set[str]:
    """Categories that a turn shows, and of an interaction the one that its words name."""
    shown = [truth.objects[t.object] for t in turn.targets]
    if turn.kind is Kind.INTERACT:
        shown += [truth.objects[item.carrier] for item in shown if item.carrier >= 0]
    return {item.category for item in shown}


def _makers(turns: Sequence[Turn]) -> list[dict[int, int]]:
    """For every turn: id of each instance that exists when it is said -> turn that made it."""
    standing: list[int] = []
    found = []
    for index, turn in enumerate(turns):
        found.append({t.id: i for i in standing for t in turns[i].targets})
        if turn.kind is Kind.UNDO:
            standing.pop()
        else:
            standing.append(index)
    return found


def _blocks(turns: Sequence[Turn]) -> list[list[int]]:
    """Indices of turns that stay together, in order."""
    first = list(range(len(turns)))  # the earliest turn that this one must follow without a gap
    for index, makers in enumerate(_makers(turns)):
        turn, before = turns[index], turns[index - 1] if index else None
        if before is not None and (
                turn.kind in (Kind.RESOLVE, Kind.CORRECT, Kind.UNDO)
                or before.kind in (Kind.AMBIGUOUS, Kind.UNDO)):
            first[index] = index - 1
        answered = [i for i in sorted(set(makers.values())) if turns[i].status is Status.OK]
        if answered and any(makers[r] == answered[-1] for r in turn.references):
            first[index] = min(first[index], answered[-1])
    blocks: list[list[int]] = []
    for index in reversed(range(len(turns))):
        if blocks and index >= blocks[0][0]:
            continue
        start, low = index, first[index]
        while low < start:
            start, low = low, min(first[low:index + 1])
        blocks.insert(0, list(range(start, index + 1)))
    return blocks
