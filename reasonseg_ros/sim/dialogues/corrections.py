# SPDX-License-Identifier: Apache-2.0
"""Corrections ("not that one, the left one", "no, the other one") and undo. Numpy only.

A rejection is taken off by the reference grammar, so that engines read the choice alone; what
refers to the other one they read as it stands. Does not carry an undo out: the caller rewinds.
"""

from dataclasses import replace

from reasonseg_ros.core.errors import Status
from reasonseg_ros.sim.dialogues.refusals import resolve
from reasonseg_ros.sim.dialogues.talk import DialogueState, Sentence
from reasonseg_ros.sim.dialogues.truth import Kind, Turn
from reasonseg_ros.sim.language.templates import SENTENCES
from reasonseg_ros.sim.language.vocabulary import pick

CHOICE, OTHER = 'choice', 'other'
ATTEMPTS = 6  # replies drawn until one is about another candidate

REJECTIONS: dict[str, tuple[str, ...]] = {
    'train': ('no,', 'not that one,', 'wrong,', 'no that is wrong,'),
    'val': ('not this one,', 'nope,'),
    'test': ('no, not that one,', 'not it,', 'that is not the one i meant,', 'wrong one,',
             'i do not want that one,'),
}
UNDO: dict[str, tuple[str, ...]] = {
    'train': ('undo', 'undo that', 'go back', 'forget that'),
    'val': ('undo the last round', 'cancel that'),
    'test': ('take that back', 'one step back', 'never mind', 'revert the last answer'),
}


def correct(talk: DialogueState) -> Turn | None:
    """Say that the last answer was not meant, and what is; None where nothing can be corrected.

    After the reply to a question another candidate is chosen (detail 'choice'); after any answer
    about one of a pair, the other one is (detail 'other').
    """
    builders = (_choice, _other) if talk.chance(0.5) else (_other, _choice)
    for build in builders:
        turn = build(talk)
        if turn is not None:
            return turn
    return None


def undo(talk: DialogueState) -> Turn | None:
    """Take the last turn back; it still stands in `talk` until the caller rewinds it."""
    if not talk.turns:
        return None
    number = int(talk.words.integers(len(UNDO[talk.wording])))
    return Turn(Kind.UNDO, UNDO[talk.wording][number], Status.OK, (), (), '',
                f'undo/{talk.wording}-s-{number}')


def _choice(talk: DialogueState) -> Turn | None:
    """Another reply to the question that was just answered."""
    if not talk.turns or talk.turns[-1].kind is not Kind.RESOLVE:
        return None
    rejected = talk.turns[-1]
    for _ in range(ATTEMPTS):
        talk.rewind(len(talk.turns) - 1)  # as if the question still waited for its reply
        reply = resolve(talk)
        talk.append(rejected)
        if reply is None or reply.targets[0].object == rejected.targets[0].object:
            continue
        number = int(talk.words.integers(len(REJECTIONS[talk.wording])))
        target = replace(reply.targets[0], id=talk.next_id)
        return replace(
            reply, kind=Kind.CORRECT, targets=(target,), detail=CHOICE,
            instruction=f'{REJECTIONS[talk.wording][number]} {reply.instruction}',
            template=f'{reply.template}-after-{number}')
    return None


def _other(talk: DialogueState) -> Turn | None:
    """The other one of a pair, of which the last answer showed the wrong one."""
    last = talk.turns[-1] if talk.turns else None
    if last is None or last.status is not Status.OK or len(last.targets) != 1:
        return None
    shown = last.targets[0]
    rest = [i for i in talk.view.group(shown.object) if i != shown.object]
    if shown.part is not None or len(rest) != 1 or last.kind in (Kind.OTHER, Kind.CORRECT):
        return None
    family = pick(talk.rng, ('other_one', 'other_no'))
    noun = talk.noun(talk.view.category(shown.object))
    sentences = SENTENCES[family][talk.wording]
    number = int(talk.words.integers(len(sentences)))
    said = Sentence(sentences[number].replace('{object}', noun),
                    f'{family}/{talk.wording}-s-{number}')
    return talk.found(Kind.CORRECT, said, [(rest[0], None)], (shown.id,), OTHER)
