# SPDX-License-Identifier: Apache-2.0
"""Words that stand for earlier instances: nouns, pronouns, "the other one", answers to questions.

One function per way of referring; each takes normalised words and returns instance ids in the
order of the dialogue's instances or of the words. Numbers, corrections and the choice between
the functions are in `core.language.references`.

A noun stands for the instances whose label it is; labels come from the dialogue, never from a
list. A mapping of synonyms (other noun -> label) widens what is understood; it is optional.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from reasonseg_ros.core.dialogue.dialogue import Dialogue, Instance, Round
from reasonseg_ros.core.errors import BadReference, Status
from reasonseg_ros.core.language.normalise import normalise

SAME_THING = 0.5  # IoU from which two instances with one label are one thing, shown twice


class Nouns:
    """Nouns of one dialogue, as they are now."""

    def __init__(self, dialogue: Dialogue, synonyms: Mapping[str, str]) -> None:
        self._synonyms = {normalise(noun): normalise(label) for noun, label in synonyms.items()}
        self._spoken: dict[str, list[Instance]] = {}
        last = len(dialogue.rounds)
        for record in dialogue.rounds:
            if record.status is Status.AMBIGUOUS and record.index < last:
                continue  # candidates of a question that is over were never an answer
            for instance in record.instances:
                self._spoken.setdefault(self.label(instance.label), []).append(instance)
        self.known = {*self._synonyms, *self._synonyms.values(), *self._spoken}

    def label(self, noun: str) -> str:
        """Return the label that a noun stands for."""
        noun = normalise(noun)
        return self._synonyms.get(noun, noun)

    def things(self, noun: str) -> tuple[Instance, ...]:
        """Distinct things shown under this noun, each as its newest instance, oldest first."""
        found: list[Instance] = []
        for instance in self._spoken.get(self.label(noun), ()):
            found = [old for old in found if not _same(old, instance)]
            found.append(instance)
        return tuple(found)

    def pattern(self, labels: Iterable[str] | None = None) -> str:
        """Regular expression without groups: any noun for these labels, or for all shown."""
        wanted = set(self._spoken if labels is None else map(self.label, labels))
        return _any_of(frozenset(wanted).union(
            noun for noun, label in self._synonyms.items() if label in wanted))


@lru_cache(maxsize=64)  # a dialogue asks for the same nouns in every round
def _any_of(nouns: frozenset[str]) -> str:
    choices = sorted(filter(None, nouns), key=lambda noun: (-len(noun), noun))
    return f'(?:{"|".join(map(re.escape, choices)) or "(?!)"})'  # (?!) never matches


def _same(one: Instance, two: Instance) -> bool:
    return one.id == two.id or one.mask.same_size(two.mask) and one.mask.iou(two.mask) >= SAME_THING


CARRIERS = ('segment show me find take give i want need mean meant would like it is mark the '
            'pick up grab get let see was looking for to select choose point at think thinking '
            'maybe sorry choice my course that be what').split()
_CHOICES = ('left right middle centre center top bottom front back far near upper lower first '
            'second third fourth fifth last leftmost rightmost side on in of').split()
_SEVERAL = re.compile(r'\b(?:all|both|every|each|something|anything)\b')
_PLACE = r'\b(?:of|next|near|behind|above|below|beside|under|instance)\b'

_BEFORE_NOUN = (r'(?:of|on|upon|in|inside|into|around|from|above|behind|below|under'
                r'|beside|underneath|within|near|nearest|between|than'
                r'|(?:next|near|nearest|close|closest|belonging) to)')
_QUANTITY = re.compile(r'\b(?:all|both|each|every|ones?|none|any|some|two|three) $')
_NOT_MODIFIED = (r'(?! (?:to(?! me)|that|which|with|on|in|at|left|right|above|below|behind|next'
                 r'|near|under)\b)')
_NOT_POSSESSIVE = (r'(?!(?:on|in|at|that|which|to|is|are|with|and|or|of|by|from|above|below|behind'
                   r'|next|near|under|underneath|inside|upon|within|held|gripped|sitting|up|between|found'
                   r'|left|right|for|you|i|over|here|there|lying|together|as|other'
                   r'|not)\b)')

_OTHER = re.compile(r'\b(?:(?:an|(?:the|those|these|i meant the) )other'
                    r'|the remaining|a different|one more)\b'
                    r'(?! (?:side|end|hand|way|half|part)\b)(?: (\w+))?')
_GENERIC = (None, 'one', 'ones', 'of', 'object', 'objects', 'thing', 'things', 'two', 'here')
# Frames of what is on or in something: "that the apple lies on", "what is the apple in".
_ON = r'(?:on|in|inside)(?: top)?(?: of)?(?! (?:the|a|an|my|it|that|this|instance)\b)'
_LYING = r'(?:(?:lying|standing|sitting|placed|lie|stand|sit) )?'
_CARRIED = (r'\b(?:carries|contains) the ({0})\b',
            rf'\bthe ({{0}}) (?:is|are|lies?|sits?|stands?) {_LYING}{_ON}',
            rf'\b(?:what|which \w+) (?:is|are|does|do) the ({{0}}) {_LYING}{_ON}',
            r'\b(?:in|on) (?:what|which)(?: \w+)?(?: is| are| does| do)? the ({0})\b')
_END = r'(?=$| and\b| or\b)'
_ITS = r'\bits\b(?! (?:hand|fingers|gripper)\b)'  # the robot's own are never an instance's
_OWNER = re.compile(rf"{_ITS}|\b(?:that|this) one's|\b(?:that|which) it has\b"
                    rf'|\b(?:of|on|belonging to) (?:it\b|(?:that|this)(?: one\b|{_END}))')
_SINGLE = re.compile(rf'^it$|^it\b(?! (?:is|was)\b)|(?<!^)\bit\b|\b(?:that|this)(?: one\b|{_END})')
_PLURAL = re.compile(rf'\b(?:them|they|their|theirs)\b|\b(?:those|these)(?: ones\b|{_END})')
_WITHIN = re.compile(r'\b(?:the|a|an|all|any|every|instance)\b.* (?:and|with|by|plus|or) '
                     r'(?:its?|their|them)\b')  # "the remote and its red button"
_ONE = re.compile(r'\bthe (?:\w+ ){0,2}?ones?(?: (?:on|in|at|to) the (?:\w+ ?){1,2})?$')


def candidates(dialogue: Dialogue, corrected: bool) -> list[int]:
    """Instances that a short answer chooses from; none when nothing was asked or corrected."""
    if not dialogue.rounds:
        return []
    last = dialogue.rounds[-1]
    if last.status is Status.AMBIGUOUS:
        return [i.id for i in last.instances]
    if corrected:
        return list(last.references) or [i.id for i in last.instances]
    return []


def is_reply(text: str, chosen_from: list[int], nouns: Nouns, dialogue: Dialogue) -> bool:
    """Whether the words choose among candidates: "the left one", "red", "the smaller mug"."""
    if _SEVERAL.search(text):
        return text in ('all', 'both')
    words = text.split()
    if 'one' in words or 'ones' in words:
        return True
    content = [word for word in words if word not in CARRIERS and word not in _CHOICES]
    if not content or re.fullmatch(r'instance [0-9]+', ' '.join(content)):
        return True
    noun = nouns.pattern(dialogue.instance(i).label for i in chosen_from)
    if re.search(rf'^(?:(?:{"|".join(CARRIERS)}) )*(?:\w+ ){{0,2}}{noun}'
                 rf'(?: (?:on|at|in|to|with|that|which)\b(?!.*{_PLACE}).*)?$', text):
        return True
    return len(content) == 1 and 'the' not in words and content[0] not in nouns.known


def landmarks(text: str, nouns: Nouns) -> list[int]:
    """Instances named as owner or landmark, where exactly one such thing was shown."""
    noun = nouns.pattern()
    named = []
    for found in re.finditer(rf'\b({_BEFORE_NOUN}) the ({noun})\b(?!\'s){_NOT_MODIFIED}', text):
        if found[1] != 'of' or not _QUANTITY.search(text[:found.start()]):
            named.append(found[2])
    for frame in (r"\bthe ({0})'s\b", r'\bthe ({0}(?<=s)) ' + _NOT_POSSESSIVE + r'(?=\w)',
                  r'\b(?:that|which) the ({0}) has\b', r'^for the ({0})\b',
                  r'\blook at the ({0}) and\b', r'\bbetween .* and the ({0})\b', *_CARRIED):
        named += re.findall(frame.format(noun), text)
    explained = _antecedent(text, nouns)
    if explained and not explained['adjectives'] and explained['noun']:
        named.append(explained['noun'])
    single = [things[0].id for things in map(nouns.things, named) if len(things) == 1]
    shown = [nouns.things(n)[-1].id for n in re.findall(rf'\b(?:that|this) ({noun})\b', text)]
    return single + shown


def other(text: str, nouns: Nouns, dialogue: Dialogue) -> list[int] | None:
    """Instances that "the other ..." sets apart; None when the text does not say so."""
    found = _OTHER.search(text)
    if found is None:
        return None
    noun = rf'\b({nouns.pattern()})(e?s)?\b'
    named = re.search(noun, text[found.start():]) or re.search(noun, text)
    if named:
        things = nouns.things(named[1])
        return [i.id for i in (things if named[2] and found[1] != 'one' else things[-1:])]
    last = _latest(dialogue)
    if last is None or found[1] not in _GENERIC:
        return []
    return _all(last) if found[1] == 'ones' else [i.id for i in _single(last)]


def pronouns(text: str, nouns: Nouns, dialogue: Dialogue) -> list[int]:
    """Instances that "it", "its", "them" and the like mean; see `core.language.references`."""
    last = _latest(dialogue)
    within = _WITHIN.search(text) or _antecedent(text, nouns)
    if last is None:
        alone = [word for word in text.split() if word not in CARRIERS] == [] and 'it' in text
        if not within and (alone or re.search(_ITS, text)):
            raise BadReference(f'Nothing has been shown yet, so "{text}" has nothing to refer to; '
                               'name the object, e.g. "the handle of the mug"')
        return []
    if _PLURAL.search(text) and not within:
        return _all(last)
    if _OWNER.search(text) and not within:
        return [_owner(i, dialogue) for i in _single(last)]
    if _SINGLE.search(text) and not within:
        return [i.id for i in _single(last)]
    return []


def ones(text: str, dialogue: Dialogue) -> list[int]:
    """Instances behind "the red one", when the sentence itself says no noun for "one"."""
    last = _latest(dialogue)
    if last is None or not _ONE.search(text) or re.search(r'\bof\b', text):
        return []
    return _all(last)


def _antecedent(text: str, nouns: Nouns) -> re.Match[str] | None:
    """Match of "the mug ... its": a thing that a later pronoun of the same sentence means.

    A pronoun after a place word ("the mug next to it") looks back to the dialogue instead.
    """
    thing = (rf'(?:the (?P<adjectives>(?:\w+ ){{0,2}})(?P<noun>{nouns.pattern(nouns.known)})'
             r'|instance [0-9]+)')
    found = re.search(rf'\b{thing}\b(?P<between>.* )(?:its?|their|them)\b(?! (?:is|was|lies)\b)',
                      text)
    placed = found and re.search(rf'\b(?:{_BEFORE_NOUN}|carries|contains) $', found['between'])
    return None if placed else found


def _latest(dialogue: Dialogue) -> Round | None:
    return next((r for r in reversed(dialogue.rounds) if r.instances), None)


def _all(record: Round) -> list[int]:
    return [i.id for i in record.instances]


def _single(record: Round) -> tuple[Instance, ...]:
    if record.status is Status.AMBIGUOUS:
        return record.instances
    whole = tuple(i for i in record.instances if i.parent_id == 0)
    return (whole or record.instances)[:1]


def _owner(instance: Instance, dialogue: Dialogue) -> int:
    known = {i.id for i in dialogue.instances}
    return instance.parent_id if instance.parent_id in known else instance.id
