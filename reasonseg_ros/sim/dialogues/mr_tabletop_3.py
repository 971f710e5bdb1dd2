# SPDX-License-Identifier: Apache-2.0
"""MR-Tabletop 3, the language side: dialogues in everyday words, from seeds, on the same scenes.

The same split, scene and seed give the same dialogue. Version 2 (`sim.dialogues.mr_tabletop`) asks
what an engine sees and remembers, in phrasings of its generator; this one asks whether it does what
was meant. Does not render, ask engines or score (`evaluation.everyday`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reasonseg_ros.sim.dialogues.everyday import EverydayTalk, EverydayTurn
from reasonseg_ros.sim.dialogues.everyday_choices import clauses, places, superlatives
from reasonseg_ros.sim.dialogues.everyday_rounds import (
    Builder,
    alternatives,
    bare,
    counts,
    described,
    exclusion,
    negation,
    parts,
    plain,
    plurals,
    unclear,
)
from reasonseg_ros.sim.dialogues.everyday_talk import (
    existence,
    inventory,
    naming,
    noise,
    prohibitions,
    questions,
    talk_and_motion,
    unknown,
)
from reasonseg_ros.sim.dialogues.truth import SceneTruth
from reasonseg_ros.sim.dialogues.words import TABLETOP, WorldWords
from reasonseg_ros.sim.language.phrases import check_split

VERSION = 3         # of the benchmark
PLAIN_FIRST = 0.55  # of dialogues that begin with a plain noun
ATTEMPTS = 3        # at a subset before it is left out


@dataclass(frozen=True)
class Subset:
    """A subset of the rounds.

    asks    what its rounds ask for
    rule    how they must end
    build   makes its rounds
    weight  chance to draw it, relative to the others
    """

    asks: str
    rule: str
    build: Builder
    weight: float = 1.0


SUBSETS: dict[str, Subset] = {
    'plain': Subset('the only thing of its kind, by its plain noun, first in a dialogue',
                    'OK', plain),
    'bare': Subset('what was shown, by number, order, "it", "both", "all of them", noun, or id',
                   'OK and exactly the earlier mask', bare, 4.0),
    'negation': Subset('one thing, not another', 'OK without what is excluded', negation, 1.4),
    'exclusion': Subset('all but some, or a thing without a part',
                        'OK without what is excluded', exclusion, 1.2),
    'alternatives': Subset('one or the other, or any one', 'OK with one of them or both',
                           alternatives, 1.5),
    'counts': Subset('so many of a kind, as many as there are, fewer, or more',
                     'OK; where there are too few, with all of them and their number said',
                     counts, 1.2),
    'plurals': Subset('all of a kind or of a colour', 'OK with all of them', plurals, 0.8),
    'superlatives': Subset('the biggest, smallest, tallest, nearest, farthest', 'OK',
                           superlatives, 1.5),
    'places': Subset('by side, counted from a side, in the middle, beside another', 'OK', places),
    'clauses': Subset('several things, each in its clause and with its role', 'OK with all of them',
                      clauses, 1.2),
    'described': Subset('a thing by colour and noun', 'OK', described, 0.6),
    'parts': Subset('a part of a described thing, or of the one just shown', 'OK', parts, 0.8),
    'unclear': Subset('a plain noun that fits two or three', 'AMBIGUOUS', unclear, 0.6),
    'inventory': Subset('what is there', 'OK with all things', inventory, 0.5),
    'questions': Subset('what words answer: how many, which colour, what is number 2, what did I '
                        'say, what do you hold, are you sure',
                        'TALK, with the right words', questions, 1.6),
    'existence': Subset('whether there is such a thing', 'OK with it, or NOTHING_FOUND',
                        existence),
    'talk': Subset('nothing: greetings, thanks, small talk, commands to move', 'TALK',
                   talk_and_motion, 1.2),
    'prohibitions': Subset('that something be left alone', 'TALK, nothing shown', prohibitions),
    'naming': Subset('that something has a name, then that by its name',
                     'TALK, or OK with the earlier mask; then OK with it', naming, 0.6),
    'unknown': Subset('a thing that is not there, by a known noun or an unknown one',
                      'NOTHING_FOUND', unknown, 0.7),
    'noise': Subset('the only thing of its kind, through fillers, half words, mishearings',
                    'OK', noise, 2.0),
}


def everyday_dialogue(truth: SceneTruth, split: str, scene: int, seed: int = 0, rounds: int = 8,
                      extents: Sequence[tuple[float, float, float]] | None = None,
                      words: WorldWords = TABLETOP) -> tuple[EverydayTurn, ...]:
    """Return the dialogue about a view.

    scene    seed of the scene that the view is of
    seed     of the dialogue
    extents  (long, wide, high) metres of every object; None = sizes are not asked about that only
             the world shows
    words    of the world that the view is of
    """
    check_split(split)
    if rounds < 1:
        raise ValueError(f'rounds is {rounds}; ask for at least 1')
    talk = EverydayTalk(words.view(truth), np.random.default_rng([seed, scene, VERSION]), split,
                        extents, words)
    if talk.chance(PLAIN_FIRST):
        talk.turns += plain(talk)
    while len(talk.turns) < rounds:
        added = _drawn(talk, rounds - len(talk.turns))
        if not added:
            break
        talk.turns += added
    return tuple(talk.turns)


def _drawn(talk: EverydayTalk, room: int) -> list[EverydayTurn]:
    """Draw a subset and its turns, at most `room`; [] where nothing more can be said."""
    used = [t.subset for t in talk.turns]
    left = {name: s.weight / (1 + used.count(name)) for name, s in SUBSETS.items()
            if name != 'plain'}
    while left:
        subsets = list(left)
        steps = np.cumsum(list(left.values()))
        name = subsets[int(np.searchsorted(steps, talk.rng.random() * steps[-1], side='right'))]
        for _ in range(ATTEMPTS):
            turns = SUBSETS[name].build(talk)
            if turns and len(turns) <= room and not _repeated(talk, turns):
                return turns
        del left[name]
    return []


def _repeated(talk: EverydayTalk, turns: Sequence[EverydayTurn]) -> bool:
    """Whether something would be said twice that is not about what was shown."""
    said = {t.instruction.lower() for t in talk.turns}
    return any(t.instruction.lower() in said for t in turns if t.earlier is None)
