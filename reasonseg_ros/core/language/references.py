# SPDX-License-Identifier: Apache-2.0
"""The reference grammar: what a sentence says to the dialogue itself, before any model sees it.

Finds the earlier instances that the words refer to, and the commands (undo, go back, start over).
Numbers and rounds are written as "instance 2", and pronouns as what they stand for ("the mug's");
every other word stays, because engines read them.
Does not look at the image, and knows nouns only from the dialogue and from `synonyms`.

What counts as a reference:

- "instance 2", "[2]", "#2", "number two", "objects 1 and 3"; "round 3" or "the output of round 3"
  stand for every instance of that round;
- "it", "its", "that one", "this one": the last round that made instances. If it made several, its
  first whole object; if it asked back, all its candidates. Where an owner is meant ("its lid",
  "the lid of it"), a part stands for the object that it belongs to;
- "them", "they", "their", "those": all instances of that round;
- "the handle of the mug", "the mug's handle", "left of the mug": the mug that was shown, if
  exactly one was; "that mug": the last one;
- "the other mug": the last mug; "the other one", a bare "no": what "it" means;
- "no, the left one": what the corrected round referred to, else what it made;
- "the left one", "the red mug", "number 2" after a question: all candidates. A number is the id
  of a candidate, else, said alone, its place in the question. Without a question, "the left one"
  refers to the instances of the last round that made any.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from reasonseg_ros.core.dialogue.dialogue import Dialogue
from reasonseg_ros.core.errors import BadReference, BadRequest, Status
from reasonseg_ros.core.language import mentions
from reasonseg_ros.core.language.mentions import Nouns
from reasonseg_ros.core.language.normalise import NUMBER_WORDS, fold, normalise, number


class Command(Enum):
    """What a sentence wants."""

    ASK = 'ask'                # segment something
    UNDO = 'undo'              # take away the newest round, or several
    GO_BACK = 'go back'        # take away every round after a named one
    START_OVER = 'start over'  # take away every round


NUMBER = rf'(?:[0-9]+|{"|".join(NUMBER_WORDS)})'

_ALL = '(?:everything|it all|all of it|(?:the |this )?(?:dialogue|conversation))'
_START_OVER = re.compile(
    r'(?:start|begin) (?:(?:all )?over(?: again)?|again|anew|afresh|a new dialogue)?'
    r'(?: ?from scratch)?'
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


MAX_CHARACTERS = 500

_REJECTION = re.compile(
    r'^(?:(?:no|nope|nah|wrong(?: one)?|i do not (?:mean|want) (?:that|this|it|them)(?: ones?)?'
    r'|that is (?:wrong|not (?:it|right|the one(?: i (?:mean|meant|want|wanted))?))'
    r'|not (?:that|this|it|them|those|these)(?: ones?|(?: \w+){1,2}(?= (?:but|the|take|give|i) ))?'
    r')(?: |$))+(?:(?:but|rather|i (?:mean|meant|said|want|wanted)) )*')
_NOT_THIS_BUT = re.compile(r'^(.*?)\bnot [^,;.]+[,;.](.*\w.*)$')

_ROUND = re.compile(
    r'\b(?:(?:the |what you )?'
    r'(?:outputs?|results?|answers?|masks?|instances?|objects?|found|showed) (?:of|from|in) )?'
    rf'(?:the )?round ({NUMBER})\b')
_NUMBERED = re.compile(
    r'\b(?:the (?:\w+ )?with )?(?:the )?(?:(?:instance|object|mask|item) )?'
    r'(instance|object|mask|item|number)(?:'
    rf's ({NUMBER}(?:(?: and| or)? {NUMBER})*)| ({NUMBER}(?:(?: and| or) [0-9]+)*))\b'
    r'(?! (?:would|could|can|might|should|uses?|sees?)\b)')

_ITS = re.compile(r"\b(?:its|their|(?:that|this) one's)(?= \w)")
_IT = re.compile(r"\b(?:it|(?:that|this) one)\b(?!'s| (?:is|was|has|would|a)\b)")
_OTHER_ONE = re.compile(r'(?<=\bother )one\b')
_ONE = re.compile(r'\bone\b(?! of (?:the|these|those) \w+s\b)')


@dataclass(frozen=True)
class ParsedInstruction:
    """A sentence, understood as far as the dialogue goes.

    command     ASK, or what to do with the dialogue
    keep        rounds that stay; all of them for ASK
    text        what the engine reads: normalised words; never empty
    references  ids of earlier instances, without repetition; all exist
    notes       what the words were taken to mean, for the user; '' when they refer to nothing
    """

    command: Command
    keep: int
    text: str
    references: tuple[int, ...] = ()
    notes: str = ''


def parse(instruction: str, dialogue: Dialogue,
          synonyms: Mapping[str, str] | None = None) -> ParsedInstruction:
    """Understand a sentence in a dialogue.

    synonyms  other nouns for labels, e.g. {'cup': 'mug'}

    Raises BadRequest for an empty or overlong sentence, BadReference for what does not exist.
    """
    said = words_of(instruction)
    rest = without_rejection(instruction)
    if found := match(rest or said, dialogue):
        return ParsedInstruction(*found, said)
    # "no, the other one" is a way to refer, which engines know as it stands.
    corrected = rest != said and not re.search(r'\b(?:an)?other\b', said)
    text = rest if corrected else said
    if not text:
        if not dialogue.instances:
            raise BadReference('Nothing has been shown yet, so there is nothing to correct; '
                               'say what to segment, e.g. "the mug"')
        text, corrected = 'the other one', False  # a bare "no" says just that
    text, numbered = _with_ids(text, dialogue)
    references = _references(text, numbered, corrected, Nouns(dialogue, synonyms or {}), dialogue)
    text = with_noun(text, [dialogue.instance(i).label for i in references])
    named = ', '.join(f'instance {i} ({dialogue.instance(i).label})' for i in references)
    return ParsedInstruction(Command.ASK, len(dialogue.rounds), text, references,
                             f'refers to {named}' if named else '')


def words_of(instruction: str) -> str:
    """Normalise a sentence; raises BadRequest when it says nothing or is too long."""
    if len(instruction) > MAX_CHARACTERS:
        raise BadRequest(f'the instruction has {len(instruction)} characters, more than '
                         f'{MAX_CHARACTERS}; say it in one short sentence')
    words = normalise(instruction)
    if not words:
        said = ' '.join(instruction.split())  # an error is one line
        fault = f'the instruction "{said}" names nothing' if said else 'the instruction is empty'
        raise BadRequest(f'{fault}; say what to segment, e.g. "the mug"')
    return words


def without_rejection(instruction: str) -> str:
    """Normalise a sentence, without the "no", "not that one", "not the red one," it begins with.

    '' when nothing follows.
    """
    said = normalise(instruction)
    split = _NOT_THIS_BUT.match(fold(instruction))
    if split and normalise(split[1]) in ('', 'no', 'nope'):
        return normalise(split[2]) or said
    found = _REJECTION.match(said)
    return normalise(said[found.end():]) if found else said


def _references(text: str, numbered: list[int], corrected: bool, nouns: Nouns,
                dialogue: Dialogue) -> tuple[int, ...]:
    choices = mentions.candidates(dialogue, corrected)
    if choices and set(numbered) <= set(choices) and mentions.is_reply(text, choices, nouns,
                                                                       dialogue):
        return tuple(choices)
    other = None if numbered else mentions.other(text, nouns, dialogue)
    if other is not None:
        return tuple(other)
    found = [*numbered, *mentions.landmarks(text, nouns), *mentions.pronouns(text, nouns, dialogue)]
    return tuple(dict.fromkeys(found or mentions.ones(text, dialogue)))


def with_noun(text: str, labels: Iterable[str]) -> str:
    """Say what is meant: "its lid" becomes "the mug's lid", "the left one" "the left mug".

    labels  of the instances that the words refer to; the text stays where they differ
    """
    different = set(labels)
    if len(different) != 1:
        return text
    label = different.pop()
    if 'instance' in text:  # "the one next to instance 2" may be anything
        return _OTHER_ONE.sub(label, text)
    text = _ITS.sub(f"the {label}'s", text)
    text = _IT.sub(f'the {label}', text)
    return _ONE.sub(label, text)


def _with_ids(text: str, dialogue: Dialogue) -> tuple[str, list[int]]:
    """Write numbers and rounds as "instance 2", and return the ids, all of which exist."""
    found: list[int] = []

    def named(ids: list[int]) -> str:
        found.extend(ids)
        return ' and '.join(f'instance {i}' for i in ids)

    def of_round(match: re.Match[str]) -> str:
        record = dialogue.round(value(match[1]))
        if not record.instances:
            raise BadReference(f'round {record.index} ("{record.instruction}") showed nothing '
                               'that could be referred to; name another round or an instance')
        return named([i.id for i in record.instances])

    def of_number(match: re.Match[str]) -> str:
        numbers = [number(word) for word in (match[2] or match[3]).split()]
        loose = match[1] == 'number' and alone
        return named([_existing(n, loose, dialogue) for n in numbers if n is not None])

    if number(text) is not None:
        text = f'number {text}'
    alone = len([w for w in text.split() if w not in mentions.CARRIERS]) == 2  # "number 2"
    text = _ROUND.sub(of_round, text)
    if found:  # the numbers in the text are ids already
        return text, found
    return _NUMBERED.sub(of_number, text), found


def _existing(value: int, loose: bool, dialogue: Dialogue) -> int:
    """Id for a number as it was said; a `loose` one may count the candidates of a question."""
    last = dialogue.rounds[-1] if dialogue.rounds else None
    if loose and last is not None and last.status is Status.AMBIGUOUS:
        choices = [i.id for i in last.instances]
        if value not in choices and 1 <= value <= len(choices):
            return choices[value - 1]
    return dialogue.instance(value).id
