# SPDX-License-Identifier: Apache-2.0
"""Sentences that steer the dialogue instead of asking about the image: undo, go back, start over.

Only recognises them; `engines.session` carries them out.
"""

import re
from enum import Enum

from reasonseg_ros.core.dialogue.dialogue import Dialogue
from reasonseg_ros.core.errors import BadReference
from reasonseg_ros.core.language.normalise import NUMBER_WORDS
from reasonseg_ros.core.language.normalise import number


class Command(Enum):
    """What a sentence wants."""

    ASK = 'ask'                # segment something
    UNDO = 'undo'              # take away the newest round, or several
    GO_BACK = 'go back'        # take away every round after a named one
    START_OVER = 'start over'  # take away every round


NUMBER = rf'(?:[0-9]+|{"|".join(NUMBER_WORDS)})'

_ALL = '(?:everything|it all|all of it|(?:the |this )?(?:dialogue|conversation))'
_START_OVER = re.compile(
    r'(?:start|begin) (?:over|again|anew|from scratch|a new dialogue)'
    rf'|(?:reset|restart)(?: {_ALL})?'
    rf'|(?:forget|clear|delete) {_ALL}|new dialogue|from the top'
    r'|(?:go )?back to the (?:start|beginning)')
_GO_BACK = re.compile(rf'(?:go|step|take me)? ?back to round (?P<round>{NUMBER})|return to round '
                      rf'(?P<other>{NUMBER})')
_STEPS = r'(?:rounds?|steps?|turns?|answers?|times?)'
_UNDO_ROUND = re.compile(rf'(?:undo|take back|forget) round ({NUMBER})')
_UNDO_SEVERAL = re.compile(
    rf'(?:undo|(?:go|step) back|take back|forget)(?: the)?(?: last)? ({NUMBER})(?: {_STEPS})?')
_UNDO = re.compile(
    rf'(?:undo|take back|forget|cancel|scratch|revert)(?: (?:that|it|this))?'
    rf'|(?:undo|take back|forget|cancel|revert)(?: the| that)? last (?:one|{_STEPS})'
    rf'|take (?:that|it|this) back|(?:go|step) back|(?:one )?step back|never ?mind')


def match(text: str, dialogue: Dialogue) -> tuple[Command, int] | None:
    """Return (command, number of rounds to keep); None when the text asks about the image.

    `text` comes from `normalise`. Raises BadReference for rounds that do not exist.
    """
    count = len(dialogue.rounds)
    if _START_OVER.fullmatch(text):
        return Command.START_OVER, 0
    if found := _GO_BACK.fullmatch(text):
        return Command.GO_BACK, dialogue.round(value(found['round'] or found['other'])).index
    if found := _UNDO_ROUND.fullmatch(text):
        return Command.UNDO, dialogue.round(value(found[1])).index - 1
    if found := _UNDO_SEVERAL.fullmatch(text):
        return Command.UNDO, rounds_left(value(found[1]), count)
    if _UNDO.fullmatch(text):
        return Command.UNDO, rounds_left(1, count)
    return None


def value(word: str) -> int:
    """Return the number that a word which NUMBER matches stands for."""
    found = number(word)
    assert found is not None, word
    return found


def rounds_left(steps: int, count: int) -> int:
    """Return how many of `count` rounds stay when `steps` are taken back; or BadReference."""
    if steps < 1:
        raise BadReference(f'cannot take back {steps} rounds; say 1 or more')
    if count == 0:
        raise BadReference('there is nothing to take back: the dialogue has no rounds yet')
    if steps > count:
        raise BadReference(f'cannot take back {steps} rounds: the dialogue has only {count}')
    return count - steps
