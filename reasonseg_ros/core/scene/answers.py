# SPDX-License-Identifier: Apache-2.0
"""Sentences to speak: what is shown, what is asked back, what is missing, and small talk."""

import re
from collections.abc import Iterable, Sequence

from reasonseg_ros.core.language import lexicon
from reasonseg_ros.core.language.normalise import NUMBER_WORDS
from reasonseg_ros.core.scene.inventory import NAMELESS
from reasonseg_ros.core.scene.matching import NAMED
from reasonseg_ros.core.scene.places import rank
from reasonseg_ros.core.scene.setting import Candidate, Setting

MAIN = 0.5      # share of the surface from which one colour is the thing's
FEW = 8         # things that an answer lists at most

_TALK = {
    'hello': 'Hello. Tell me what to find, for example "the red mug".',
    'bye': 'Goodbye.',
    'thanks': 'You are welcome.',
    'praise': 'Thank you.',
    'blame': 'Sorry. Say it another way, for example by colour or place.',
    'how are you': 'I am fine. Tell me what to find.',
    'who are you': 'I am the eyes of a robot: I outline the things that you name.',
    'help': 'I outline things and their parts. Say "the red mug", "its handle", "the one on the '
            'left", or ask "what do you see".',
    'motion': 'I only see; I do not move. Tell me what to find.',
    'chat': 'Tell me what to find, for example "the red mug".',
    'beyond': 'I can tell names, colours, numbers and places, but not that.',
    'foreign': 'Sorry, I understand English only.',
    'service': 'I cannot do that; I find and outline things on the table.',
    'scenery': 'I outline things on the table, not the {noun}.'}
UNCLEAR = 'I did not get which thing you mean. Name it, for example "the red mug".'


def talk(topic: str, noun: str = '') -> str:
    """What to say to talk of a topic."""
    return _TALK.get(topic, _TALK['chat']).format(noun=noun)


def unread(words: Sequence[str]) -> str:
    """What to say to a request some of whose words were not understood."""
    if words and lexicon.UNSEEN.issuperset(words):
        return (f'I cannot tell whether things are {join(words, "or")}; say which ones by name, '
                'colour or place.')
    return f'I did not understand "{" ".join(words)}"; say it another way, one thing at a time.'


def untold(words: Sequence[str], several: bool) -> str:
    """What to say of words that were said of things and cannot be told of them."""
    qualities = [w for w in words if w in lexicon.UNSEEN]
    strange = [w for w in words if w not in lexicon.UNSEEN]
    said = [f'I cannot tell whether {"they are" if several else "it is"} {join(qualities)}.'
            ] if qualities else []
    said += [f'I did not understand "{" ".join(strange)}".'] if strange else []
    return ' '.join(said)


def count(number: int) -> str:
    """A number as a word."""
    return 'no' if number == 0 else (NUMBER_WORDS[number - 1] if number <= len(NUMBER_WORDS)
                                     else str(number))


def article(words: str) -> str:
    """The words with "a" or "an"; without, for what is said of several."""
    last = words.rsplit(' ', 1)[-1]
    if last in lexicon.PLURALE_TANTUM:
        return words
    return f'an {words}' if words[:1] in 'aeiou' else f'a {words}'


def here(name: str) -> str:
    """Say that one thing or part is shown, which may be a plural: "Here are the handles of ..."."""
    noun = name.split(' of ')[0].split(' without ')[0]
    return f'Here {"are" if lexicon.plural(noun) == noun else "is"} the {name}.'


def join(words: Sequence[str], word: str = 'and') -> str:
    """"a", "a and b", "a, b and c"."""
    if len(words) < 2:
        return ''.join(words)
    return f'{", ".join(words[:-1])} {word} {words[-1]}'


def main_colour(scene: Setting, item: Candidate) -> str:
    """The colour of most of a thing; '' where there is none."""
    shares = scene.colours(item)
    best = max(shares, key=shares.__getitem__, default='')
    return best if shares.get(best, 0.0) >= MAIN else ''


def colours(scene: Setting, item: Candidate) -> str:
    """A thing's colours: "red and white"."""
    shares = scene.colours(item)
    seen = sorted((c for c, share in shares.items() if share >= 0.2), key=lambda c: -shares[c])
    return join(seen[:2])


def describe(scene: Setting, item: Candidate) -> str:
    """A thing in words without an article: "red mug", "green thing"."""
    name = scene.name(item, NAMED)
    if item.part is not None:
        return f'{name} of the {scene.name(scene.owner(item), NAMED)}'
    return f'{main_colour(scene, item)} {name}'.strip()


def a_thing(scene: Setting, item: Candidate) -> str:
    """"a red mug", "something green"."""
    name, main = scene.name(item, NAMED), main_colour(scene, item)
    if name == NAMELESS:
        return f'something {main}'.strip() if main else 'something'
    return article(f'{main} {name}'.strip())


def overview(scene: Setting, first: int | None = None,
             items: Sequence[Candidate] | None = None) -> str:
    """"I see 2 things: a red mug and something green."; numbered from `first` where given.

    items  what is told of; None = all that is in view
    """
    if items is not None and not items and scene.items:
        return 'I see nothing else on the table.'
    items = scene.items if items is None else items
    if not items:
        return 'I see nothing on the table.'
    said = [a_thing(scene, item) for item in items[:FEW]]
    if first is not None:
        said = [f'{first + i} {words}' for i, words in enumerate(said)]
    if len(items) > FEW:
        said.append(f'{len(items) - FEW} more')
    listed = ', '.join(said) if first is not None else join(said)
    return f'I see {len(items)} thing{"s" if len(items) > 1 else ""}: {listed}.'


def lacking(parts: Sequence[str], several: bool) -> str:
    """" without its cap", " without their handles"; '' where nothing is left out."""
    if not parts:
        return ''
    names = list(dict.fromkeys(lexicon.plural(p) if several else p for p in parts))
    whose = 'their' if several else 'its'
    return ' without ' + join([f'{whose} {name}' for name in names])


def none(said: str) -> str:
    """"no red mug", "nothing to eat"."""
    found = re.match(r'(?:some|every|any)?things?\b', said)
    return f'nothing{said[found.end():]}' if found else f'no {said}'


def missing(scene: Setting, said: str, plural: bool = False) -> str:
    """"I see no red mug." """
    return f'I see {none(said)}.'


def once(texts: Iterable[str]) -> str:
    """Join texts; a sentence that was said already ("I see two mugs.") is not said again."""
    return ' '.join(dict.fromkeys(
        sentence for text in texts for sentence in re.split(r'(?<=[.?!]) ', text)))


def unknown(scene: Setting, noun: str) -> str:
    """What to say to a noun that is not known."""
    return f"I do not know '{noun}'. {overview(scene)}"


def question(scene: Setting, items: Sequence[Candidate], noun: str, first: int) -> str:
    """Ask which of some things is meant, by what tells them apart."""
    names = [scene.name(item) for item in items]
    what = noun if noun and noun not in ('thing', 'one') else ''
    if not what and len(set(names)) == 1 and names[0] != NAMELESS:
        what = names[0]
    head = f'Which {what or "one"}'
    hues = [main_colour(scene, item) for item in items]
    if len(items) <= 3:
        if all(hues) and len(set(hues)) == len(hues):
            return f'{head}, {join([f"the {hue} one" for hue in hues], "or")}?'
        if len(set(names)) == len(names) and NAMELESS not in names:
            return f'Which one, {join([f"the {name}" for name in names], "or")}?'
        if (places := _apart(scene, items)) is not None:
            return f'{head}, {join(places, "or")}?'
    numbers = [f'number {first}', *(str(first + i) for i in range(1, len(items)))]
    return f'{head}: {join(numbers, "or")}?'


def _apart(scene: Setting, items: Sequence[Candidate]) -> list[str] | None:
    for measure, words in (('left', ('left', 'middle', 'right')),
                           ('back', ('back', 'middle', 'front'))):
        order = rank(scene, items, measure, True)
        axis = 0 if measure == 'left' else 1
        middles = [(i.box[axis] + i.box[axis + 2]) / 2 for i in order]
        clear = all(abs(b - a) > 0.35 * min(i.box[axis + 2] - i.box[axis] for i in items)
                    for a, b in zip(middles, middles[1:]))
        if clear:
            named = words if len(items) == 3 else (words[0], words[-1])
            said = {id(item): word for item, word in zip(order, named)}
            return [f'the {said[id(item)]} one' for item in items]
    return None
