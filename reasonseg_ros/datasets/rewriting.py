# SPDX-License-Identifier: Apache-2.0
"""What a language model adds to MRSeg: descriptions of things of COCO, and better grammar.

A description comes from the crop of a thing, without the name of its class. A positional sentence
is corrected, then looked at again beside its original. An answer that breaks a rule leaves the
thing out, or the sentence as it was.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path

from reasonseg_ros.core.errors import BadImage
from reasonseg_ros.datasets.chat_client import ChatClient
from reasonseg_ros.datasets.coco_table import Annotation, CocoTable
from reasonseg_ros.datasets.drafts import Description
from reasonseg_ros.datasets.generation import (
    BadForm,
    Complaints,
    Prompts,
    asked,
    assistant,
    data_url,
    json_in,
    names_any,
    only_text,
    user,
)
from reasonseg_ros.datasets.parts import written
from reasonseg_ros.datasets.wording import noun

PROMPTS = ('attribute', 'grammar', 'grammar_check')
LEAST = 0.01        # share of the image that a thing's box covers
MOST = 2            # things of an image
MARGIN = 0.1        # of its box that a crop shows around a thing
LONGEST = 20        # words of a description
MOST_TOKENS = 200

_MARKERS = re.compile(r'^(?:\s*\[[^\]]*\])*\s*')
_NUMBERS = re.compile(r'\b(?:instance|round) \d+')


def described_things(table: CocoTable, folder: str, limit: int = 0
                     ) -> Iterator[tuple[str, Annotation]]:
    """Yield (image, annotation) of the largest things of each image, of different classes.

    limit  images that are looked at, 0 = all
    """
    for image in islice(table, limit or None):
        least = LEAST * image.height * image.width
        kinds: set[str] = set()
        for a in sorted(table.annotations(image.id), key=lambda a: -_area(a)):
            if _area(a) >= least and a.category not in kinds and len(kinds) < MOST:
                kinds.add(a.category)
                yield f'{folder}/{image.name.rsplit("/", 1)[-1]}', a


def _area(annotation: Annotation) -> float:
    x0, y0, x1, y1 = annotation.box
    return (x1 - x0) * (y1 - y0)


class Rewriter:
    """Asks for descriptions and corrections; counts what is wrong with those that are dropped."""

    def __init__(self, client: ChatClient, prompts: Prompts, images: Path) -> None:
        self._client, self._prompts, self._images = client, prompts, images
        self.complaints: Complaints = Counter()

    def describe(self, thing: tuple[str, Annotation]) -> tuple[str, Description] | None:
        """Return the number of an annotation and its description; None where there is none."""
        image, annotation = thing
        category = noun(annotation.category)
        try:
            shown = data_url(self._images / image, _around(annotation))
        except BadImage:
            self.complaints['images that cannot be read'] += 1
            return None

        def read(text: str) -> Description:
            found = json_in(text, list)
            if len(found) != 2 or not all(isinstance(part, str) for part in found):
                raise BadForm('not a description and a class')
            return _description(found[0], category)
        found = asked(self._client, image, [user(self._prompts.fill(
            'attribute', category=category), shown)], 0.7, MOST_TOKENS, read, self.complaints)
        return None if found is None else (str(annotation.id), found)

    def correct(self, sentence: str) -> str:
        """Return a sentence in better grammar, or as it was."""
        first = user(self._prompts.fill('grammar', sentence=sentence))
        once = asked(self._client, sentence, [first], 0.0, MOST_TOKENS, _sentence, self.complaints)
        if once is None:
            return sentence
        second = user(self._prompts.fill('grammar_check', sentence=sentence, correction=once))
        twice = asked(self._client, sentence, [
            first, assistant(json.dumps({'sentence': once})), second], 0.0, MOST_TOKENS, _sentence,
            self.complaints)
        if twice is None:
            return sentence
        if _NUMBERS.findall(twice) != _NUMBERS.findall(sentence) or twice[-1] not in '.?':
            self.complaints['dropped: correction that names something else'] += 1
            return sentence
        return twice


def _around(annotation: Annotation) -> tuple[float, float, float, float]:
    x0, y0, x1, y1 = annotation.box
    dx, dy = MARGIN * (x1 - x0), MARGIN * (y1 - y0)
    return max(0.0, x0 - dx), max(0.0, y0 - dy), x1 + dx, y1 + dy


def _description(text: str, category: str) -> Description:
    words = ' '.join(text.split()).rstrip('.')
    if not words or len(words.split()) > LONGEST:
        raise BadForm(f'description of no words, or of more than {LONGEST}')
    if names_any(words, [category]):
        raise BadForm('name of the class in the description')
    return Description(words, category)


def _sentence(text: str) -> str:
    found = only_text(json_in(text, dict), 'sentence')
    if re.search(r'[\[\]{}|<>]', found):
        raise BadForm('markers in a sentence')
    return found[0].upper() + found[1:]


def _relational(held: Iterable[dict[str, list[dict[str, str]]]]) -> Iterator[dict[str, str]]:
    """The messages of positional rounds; pairs of one class have one round and stay as they are."""
    for conversation in held:
        turns = conversation['conversations']
        for human, gpt in zip(turns[::2], turns[1::2]):
            if '[MASK-DECODE:relational:' in gpt['value'] and len(turns) > 2:
                yield human


def corrected(paths: Iterable[Path], correct: Callable[[list[str]], Iterator[str]]) -> int:
    """Correct the positional sentences of files; return how many were changed.

    correct  yields the sentences that stand for some, in order, maybe fewer
    """
    changed = 0
    for path in paths:
        held = json.loads(path.read_text(encoding='utf-8'))
        turns = [*_relational(held)]
        said = list(dict.fromkeys(_split(turn['value'])[1] for turn in turns))
        table = dict(zip(said, correct(said)))
        changed += sum(old != new for old, new in table.items())
        for turn in turns:
            markers, words = _split(turn['value'])
            turn['value'] = markers + table.get(words, words)
        with written(path) as file:
            json.dump(held, file, ensure_ascii=False)
    return changed


def _split(message: str) -> tuple[str, str]:
    """The markers in front of a message, and its words."""
    found = _MARKERS.match(message)
    assert found is not None    # it may match nothing, and then it is empty
    return found[0], message[found.end():]
