# SPDX-License-Identifier: Apache-2.0
"""Which things in view must be left alone: what the dialogue's prohibitions mean now.

A prohibition holds until its thing is allowed again, in talk ("you may touch the red mug") or in a
request ("you may take the red mug now"), or the words are taken back. Which requests heed it is
decided in `core.scene.choosing`.
"""

import re
from functools import lru_cache

from reasonseg_ros.core.dialogue.dialogue import Dialogue, Instance, Prohibition, Role, Round
from reasonseg_ros.core.errors import Status
from reasonseg_ros.core.language.normalise import fold
from reasonseg_ros.core.language.speech_acts import understand
from reasonseg_ros.core.language.utterance import Colour, Order, Phrase, SpeechAct, Utterance
from reasonseg_ros.core.scene.choosing import Chooser
from reasonseg_ros.core.scene.setting import Setting

SAME = 0.5  # IoU from which two masks show one thing
_ALLOWS = re.compile(
    r"\b(?:you (?:may|can|are allowed to)|(?:it is|it's|its|that is|that's|now) (?:ok|okay|fine"
    r"|all right|alright|safe|allowed)(?: (?:for you )?to)?|feel free to)\b.*\b(?:touch|take|move"
    r'|use|grab|pick|get|lift|hold|have)\b')


def allows(instruction: str) -> bool:
    """Whether a sentence lifts a prohibition of what it names."""
    return bool(_ALLOWS.search(fold(instruction)))


def left_alone(scene: Setting, rival: float) -> frozenset[object]:
    """Keys of the things in view that must be left alone.

    rival  as `Chooser` takes it
    """
    found: set[object] = set()
    rounds = scene.dialogue.rounds
    if not scene.items:  # nobody has looked: only what was shown is known
        return frozenset(scene.owner(scene.of(scene.dialogue.instance(k))).key
                         for k in remembered(scene.dialogue))
    for prohibition in scene.dialogue.prohibitions:
        keys = meant(scene, prohibition, rival)
        if _permits(prohibition):
            found -= keys
            continue
        for record in rounds[prohibition.round:]:
            if allows(record.instruction):
                keys -= {scene.owner(scene.of(i)).key for i in record.instances}
        found |= keys
    return frozenset(found)


@lru_cache(maxsize=256)
def _understood(instruction: str) -> Utterance:
    """What a prohibition says; it is asked for again in every round."""
    return understand(instruction, Dialogue(''))


def meant(scene: Setting, prohibition: Prohibition, rival: float) -> set[object]:
    """Keys of the things that a prohibition names, or that it pointed at when it was said.

    rival  as `Chooser` takes it
    """
    known = {i.id: i for i in scene.dialogue.instances}
    keys = {scene.owner(scene.of(known[i])).key for i in prohibition.references if i in known}
    chooser = Chooser(scene, prohibition.instruction, False, rival)
    return keys | {item.key for phrase in _named(prohibition) for item in chooser.all_of(phrase)}


def _named(prohibition: Prohibition) -> list[Phrase]:
    """Phrases of a prohibition that name things; pronouns and numbers are its references."""
    return [p for clause in _understood(prohibition.instruction).prohibits for p in clause.phrases
            if p.pointer is None and not p.part]


def _permits(prohibition: Prohibition) -> bool:
    """Whether it lifts those before it: "you may touch the red mug again"."""
    return _understood(prohibition.instruction).act is SpeechAct.PERMIT


def _unless_permitted(found: dict[int, str], permission: Prohibition, dialogue: Dialogue
                      ) -> dict[int, str]:
    """Ids of `remembered` without those that a permission points at or names."""
    named = {p.said for p in _named(permission)}
    masks = [dialogue.instance(k) for k in permission.references]
    return {k: said for k, said in found.items() if said not in named and not any(
        i.id == k or _same(i, dialogue.instance(k)) for i in masks)}


def remembered(dialogue: Dialogue) -> dict[int, str]:
    """Earlier instances that must be left alone -> what to call them.

    For engines that do not read words: those that a prohibition points at, and those that were
    shown for what it names ("the red mug" for "do not touch the red mug"). What it names and
    was never shown is not among them.
    """
    found: dict[int, str] = {}
    for prohibition in dialogue.prohibitions:
        if _permits(prohibition):
            found = _unless_permitted(found, prohibition, dialogue)
            continue
        kept = {i.id: i.label for i in dialogue.instances if i.id in prohibition.references}
        for phrase in _named(prohibition):
            kept |= {i.id: phrase.said for record in dialogue.rounds for i in record.instances
                     if _shown_as(phrase, record, i)}
        for record in dialogue.rounds[prohibition.round:]:
            if allows(record.instruction):
                kept = {k: v for k, v in kept.items() if not any(
                    i.id == k or _same(i, dialogue.instance(k)) for i in record.instances)}
        found |= kept
    return found


def _shown_as(phrase: Phrase, record: Round, instance: Instance) -> bool:
    """Whether an instance is of a round whose words say all that a phrase says, or more."""
    if record.status is not Status.OK or instance.parent_id or instance.role is Role.PLACE:
        return False
    said = {limit.word for limit in phrase.limits if isinstance(limit, Colour | Order)}
    if len(said) < len(phrase.limits) or not (phrase.noun or said):
        return False
    clauses = _understood(record.instruction).clauses
    asked = [p for c in clauses[instance.clause:instance.clause + 1] for p in c.phrases]
    return len(asked) == 1 and said <= {
        limit.word for limit in asked[0].limits if isinstance(limit, Colour | Order)} and (
        not phrase.noun or phrase.noun in (asked[0].noun, instance.label)) and not asked[0].part


def _same(one: Instance, other: Instance) -> bool:
    return one.mask.same_size(other.mask) and one.mask.iou(other.mask) >= SAME
