# SPDX-License-Identifier: Apache-2.0
"""What questions in words were about, for the words after them: "how many mugs?" - "all of them".

Such a question shows nothing and makes no round, so that its things have no numbers; they are found
anew among what is in view now. Where it was about nothing in view, what was shown last counts.
"""

from dataclasses import replace

from reasonseg_ros.core.dialogue.dialogue import Dialogue
from reasonseg_ros.core.errors import ReasonSegError, Status
from reasonseg_ros.core.language.speech_acts import understand
from reasonseg_ros.core.language.utterance import Phrase, Quantity, SpeechAct, Utterance
from reasonseg_ros.core.scene import left_alone
from reasonseg_ros.core.scene.choosing import Chooser
from reasonseg_ros.core.scene.inventory import Inventory
from reasonseg_ros.core.scene.matching import RIVAL
from reasonseg_ros.core.scene.setting import Candidate, Count, Setting

_ACTS = frozenset((SpeechAct.COUNT, SpeechAct.COLOUR, SpeechAct.IDENTIFY, SpeechAct.CONFIRM,
                   SpeechAct.PRESENT, SpeechAct.WATCH))


def speaks_of_things(heard: Utterance | None, status: Status) -> bool:
    """Whether what was heard is a question whose things can be pointed at afterwards.

    status  of its answer
    """
    return heard is not None and status is Status.TALK and (
        heard.act in _ACTS or heard.topic == 'beyond' and bool(heard.clauses))


def counted(inventory: Inventory, dialogue: Dialogue) -> Count | None:
    """What the newest question counted, as in "how many forks are there?"; None for any other."""
    asked = understand(dialogue.spoken_of[-1], dialogue) if dialogue.spoken_of else None
    phrases = asked.clauses[0].phrases if asked and asked.clauses else ()
    if asked is None or asked.act is not SpeechAct.COUNT or len(phrases) != 1 or (
            phrases[0].pointer is not None):
        return None
    scene = Setting(inventory, dialogue)
    try:
        found = Chooser(scene, asked.words, False, RIVAL).choose(_every(phrases[0]))
    except ReasonSegError:
        return None
    return None if found.asked else Count(phrases[0].said, tuple(m.item for m in found.shown))


def _every(phrase: Phrase) -> Phrase:
    return replace(phrase, plural=True, quantity=Quantity.ALL, number=None)


def spoken_of(inventory: Inventory, dialogue: Dialogue) -> tuple[Candidate, ...]:
    """Return what the questions since the newest round were about, each in the light of the last.

    () where there were none, or none about anything in view.
    """
    found: tuple[Candidate, ...] = ()
    for said in dialogue.spoken_of:
        found = _asked_about(said, Setting(inventory, dialogue, (), found)) or found
    return found


def spared(inventory: Inventory, dialogue: Dialogue) -> tuple[Candidate, ...]:
    """What the newest prohibition names, where nothing was shown yet.

    "Leave the red mug alone" - "give me the other one".
    """
    newest = dialogue.prohibitions[-1] if dialogue.prohibitions else None
    if newest is None or dialogue.spoken_of or newest.round < len(dialogue.rounds) or any(
            r.instances for r in dialogue.rounds):
        return ()
    scene = Setting(inventory, dialogue)
    keys = left_alone.meant(scene, newest, RIVAL)
    return tuple(i for i in scene.items if i.key in keys)


def _asked_about(said: str, scene: Setting) -> tuple[Candidate, ...]:
    asked = understand(said, scene.dialogue)
    if not speaks_of_things(asked, Status.TALK):
        return ()
    chooser = Chooser(scene, asked.words, False, RIVAL)
    items: dict[object, Candidate] = {}
    for phrase in asked.clauses[0].phrases if asked.clauses else ():
        if asked.act is SpeechAct.COUNT:
            phrase = _every(phrase)
        try:
            items |= {m.item.key: m.item for m in chooser.choose(phrase).shown}
        except ReasonSegError:
            continue
    if asked.act is SpeechAct.COUNT and len(items) < 2:  # "how many lamps?" - "take that"
        return ()
    return tuple(items.values())
