# SPDX-License-Identifier: Apache-2.0
"""Another order of the rounds of a dialogue in which every sentence still means the same.

What a sentence means depends on earlier rounds in four ways, and each is kept: "it" and replies
need the round right before them; "instance 2" needs the round that made it; "the mug", said of a
shown one or a new one, depends on which mugs have been shown. Ids of targets stay as they were,
so they no longer run in order. Does not ask (`evaluation.tabletop`).
"""

from collections.abc import Sequence

import numpy as np

from reasonseg_ros.core.errors import Status
from reasonseg_ros.sim.dialogues.truth import Kind
from reasonseg_ros.sim.dialogues.truth import SceneTruth
from reasonseg_ros.sim.dialogues.truth import Turn


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
