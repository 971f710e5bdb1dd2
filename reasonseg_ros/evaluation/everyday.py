# SPDX-License-Identifier: Apache-2.0
"""Dialogues of MR-Tabletop 3, held over what was answered, and whether what was meant was done.

A bare reference is right when the masks shown before come back: IoU of SAME with them, whatever
they outline. A round is lost where nobody would say it now: "both" where one was shown, "number 3"
where there is none, "that mug" of a lamp. Does not generate, render, or sum up.

Who answers is a `Respondent`. With perfect eyes that is a function from a sentence, an inventory
and the dialogue to an answer, so that language is measured alone.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from reasonseg_ros.benchmarks.conversation import TruthMask
from reasonseg_ros.core.dialogue.dialogue import Dialogue, Instance, Round
from reasonseg_ros.core.errors import ANSWERED, BadRequest, OutOfMemory, ReasonSegError, Status
from reasonseg_ros.core.language.speech_acts import understand
from reasonseg_ros.core.language.utterance import SpeechAct
from reasonseg_ros.core.masks import Rle, merge
from reasonseg_ros.core.scene.inventory import Inventory
from reasonseg_ros.core.scene.spoken_of import speaks_of_things
from reasonseg_ros.engines.protocol import Answer, Question
from reasonseg_ros.engines.rules import answer
from reasonseg_ros.evaluation.figures import FAR_IOU, RIGHT_IOU
from reasonseg_ros.evaluation.interview import NOT_ASKED, Draw, Respondent, RoundAnswer
from reasonseg_ros.evaluation.metrics import match
from reasonseg_ros.evaluation.records import RoundRecord
from reasonseg_ros.evaluation.scoring import OBJECT, PART, score
from reasonseg_ros.sim.dialogues.everyday import NUMBER_NAMES, EverydayTurn, Pick, mask
from reasonseg_ros.sim.dialogues.truth import SceneTruth

SAME = 0.99      # IoU from which a mask counts as the one that was shown before
SHOWN = 0.5      # share of a forbidden thing that answered masks cover, from which it is shown

# (sentence, ids that were handed over, what is seen, what was said and shown) -> the answer. An
# answer without a round (TALK) is not recorded. Raises ReasonSegError.
Listener = Callable[[str, tuple[int, ...], Inventory, Dialogue], Answer]


class InventoryRespondent(Respondent):
    """Perfect eyes: a listener that is given what is seen."""

    def __init__(self, inventory: Inventory, dialogue: str, listener: Listener | None = None
                 ) -> None:
        self._listener, self._inventory = listener or listen, inventory
        self._dialogue = Dialogue(dialogue)

    def ask(self, said: str, references: tuple[int, ...] = (), answer: str = '') -> RoundAnswer:
        """Answer a sentence, and record the round unless it was talk."""
        dialogue = self._dialogue
        found = self._listener(said, references, self._inventory, dialogue)
        index = len(dialogue.rounds) + 1
        made = tuple(Instance(dialogue.next_id + k, f.parent_id, index, f.label, f.score, f.mask)
                     for k, f in enumerate(found.found))
        recorded = found.status in ANSWERED
        if speaks_of_things(understand(said, dialogue), found.status):
            dialogue.speak_of(said)
        if recorded:
            dialogue.append(Round(index, said, '' if found.named else said,
                                  found.references or references, found.status, found.text, made,
                                  found.transcript))
        return RoundAnswer(found.status.name, found.text, made, recorded=recorded,
                           seconds=found.seconds)


def listen(said: str, ids: tuple[int, ...], inventory: Inventory, dialogue: Dialogue) -> Answer:
    """Answer with the rules of engine `household`; see `Listener`."""
    utterance = understand(said, dialogue)
    if utterance.act is SpeechAct.COMMAND:
        raise BadRequest(f'"{said}" was read as a command to the dialogue, '
                         f'"{utterance.command.value}"; version 3 gives none')
    question = Question(said, tuple(map(dialogue.instance, ids)), dialogue.next_id)
    return answer(utterance, question, inventory, dialogue)


def run(dialogue: str, respondent: Respondent, truth: SceneTruth,
        turns: Sequence[EverydayTurn], rgb: np.ndarray, draw: Draw | None = None,
        timed: Callable[[Mapping[str, float]], None] | None = None) -> list[RoundRecord]:
    """Run one dialogue and score every round.

    rgb    uint8 [H, W, 3], for `draw`, which draws each round
    timed  told the seconds of every answer
    """
    before: list[RoundAnswer] = []
    records = []
    for number, turn in enumerate(turns, start=1):
        shown = _shown(truth, turns, before)
        record, answer = _asked(dialogue, number, respondent, truth, turn, shown)
        before.append(answer)
        if timed is not None and 'total' in answer.seconds:
            timed(answer.seconds)
        if draw is not None:
            right = _masks(truth, turn.answers[0]) if turn.answers else []
            record = replace(record, picture=draw(dialogue, number, rgb, answer.instances, right))
        records.append(record)
    return records


def _asked(dialogue: str, number: int, respondent: Respondent, truth: SceneTruth,
           turn: EverydayTurn, shown: Sequence[Instance] | None
           ) -> tuple[RoundRecord, RoundAnswer]:
    tags = (f'subset:{turn.subset}', *((f'detail:{turn.subset}/{turn.detail}',) if turn.detail
                                       else ()), f'form:{turn.form}')
    record = RoundRecord(dialogue, number, turn.instruction, '', turn.statuses[0].name, '', tags)
    if shown is None:
        return record, NOT_ASKED
    said = turn.instruction
    for place, instance in enumerate(shown):
        said = said.replace(f'{{{place}}}', str(instance.id))
        spoken = NUMBER_NAMES[instance.id] if instance.id < len(NUMBER_NAMES) else instance.id
        said = said.replace(f'{{N{place}}}', str(spoken))
    try:
        answer = respondent.ask(said, tuple(i.id for i in shown) if turn.given else ())
    except OutOfMemory:
        raise  # another machine would answer, so that this is no result
    except ReasonSegError as error:
        answer = RoundAnswer(error.status.name, str(error))
    return judged(replace(record, instruction=said), turn, truth, answer, shown), answer


def _shown(truth: SceneTruth, turns: Sequence[EverydayTurn], before: Sequence[RoundAnswer]
           ) -> tuple[Instance, ...] | None:
    """Return the instances that the next turn is about; None where nobody would say it now."""
    about = turns[len(before)].earlier
    if about is None:
        return ()
    instances = before[about.round - 1].instances
    if not about.least <= len(instances) <= about.most:
        return None
    if not about.right:
        return tuple(instances[p] for p in about.places) if about.places else instances
    wanted = _masks(truth, turns[about.round - 1].shows)
    stand_ins = {t: instances[p] for p, t in match([i.mask for i in instances], wanted)
                 if p is not None and t is not None
                 and instances[p].mask.iou(wanted[t]) >= RIGHT_IOU}
    if any(p not in stand_ins for p in about.places):
        return None
    return tuple(stand_ins[p] for p in about.places)


def judged(record: RoundRecord, turn: EverydayTurn, truth: SceneTruth, answer: RoundAnswer,
           shown: Sequence[Instance] = ()) -> RoundRecord:
    """Return the record with what the answer is worth.

    shown  the earlier instances that the sentence is about
    """
    answers = ([[i.mask for i in shown]] if turn.identical
               else [_masks(truth, a) for a in turn.answers])
    optional = _masks(truth, turn.optional)
    counted = [i for i in answer.instances
               if all(i.mask.iou(o) < RIGHT_IOU for o in optional)]
    wanted = max(range(len(answers)), key=lambda k: _fit(counted, answers[k]), default=None)
    right = [] if wanted is None else answers[wanted]
    picks = turn.answers[min(wanted, len(turn.answers) - 1)] if wanted is not None else ()
    status = next((s for s in turn.statuses if s.name == answer.status), turn.statuses[0])
    # Where words alone are right, too, no mask is missed.
    masked = status in (Status.OK, Status.AMBIGUOUS)
    sorts = [PART if part else OBJECT for _, part in picks]
    sorts += sorts[-1:] * (len(right) - len(picks))  # of "all of them", of which more were shown
    truths = [TruthMask('', m, sort) for m, sort in zip(right, sorts)] if masked else []
    scored = score(counted, truths, boundary=True)
    every = [m for masks in answers for m in masks] + optional
    stray = min((max((i.mask.iou(m) for m in every), default=0.0) for i in answer.instances),
                default=None)
    forbidden = _forbidden(answer.instances, _masks(truth, turn.forbidden))
    words = _says(answer.text, turn.words, status)
    same = None
    if turn.identical and masked:
        same = (len(counted) == len(right) and scored.pairs != ()
                and all(t.wanted and t.score is not None and t.iou >= SAME
                        for t in scored.targets))
    met = (answer.status in {s.name for s in turn.statuses} and same is not False
           and words is not False and not forbidden
           and (status is not Status.OK or all(t.iou >= RIGHT_IOU for t in scored.targets))
           and not (status is Status.TALK and answer.instances))
    return replace(
        record, answer=answer.text, expected=status.name, status=answer.status,
        stray_iou=stray, forbidden_shown=forbidden, identical=same, words_right=words, meant=met,
        **scored.fields)


def _fit(instances: Sequence[Instance], wanted: Sequence[Rle]) -> tuple[bool, float]:
    """How well answered masks fit a list of right ones: all of them; else the mean IoU."""
    pairs = match([i.mask for i in instances], wanted)
    ious = [0.0 if p is None or t is None else instances[p].mask.iou(wanted[t]) for p, t in pairs]
    return (all(iou >= RIGHT_IOU for iou in ious) and bool(ious),
            sum(ious) / len(ious) if ious else 0.0)


def _forbidden(instances: Sequence[Instance], forbidden: Sequence[Rle]) -> bool | None:
    """Whether a forbidden thing is shown; None where nothing is forbidden."""
    if not forbidden:
        return None
    masks = [i.mask for i in instances]
    if not masks:
        return False
    whole = merge(masks)
    return any(f.covered_by(whole) >= SHOWN or any(m.iou(f) >= FAR_IOU for m in masks)
               for f in forbidden)


def _says(text: str, words: Sequence[Sequence[str]], status: Status) -> bool | None:
    """Whether an answer has its words; None where no words are asked for.

    Where there is no mask, something must be said at least.
    """
    if not words:
        return bool(text.strip()) if status in (Status.TALK, Status.NOTHING_FOUND) else None
    said = re.sub(r"[^\w']+", ' ', text.lower())
    return all(any(re.search(rf"\b{re.escape(word.lower())}(s|es)?(?!\w)", said) or
                   (word == 'not' and "n't" in said) for word in group) for group in words)


def _masks(truth: SceneTruth, picks: Sequence[Pick]) -> list[Rle]:
    return [Rle.encode(mask(truth, p)) for p in picks]
