# SPDX-License-Identifier: Apache-2.0
"""LLM-Seg40K: short questions about one object each, on images of LVIS and EgoObjects.

A vision model describes an image in at most ten sentences; a language model that sees only that
and the names of the objects writes five questions. Every rule that can be checked is checked.
`benchmarks.llmseg40k` reads the result.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from reasonseg_ros.core.errors import BadImage
from reasonseg_ros.core.masks import Rle, merge
from reasonseg_ros.datasets.chat_client import ChatClient
from reasonseg_ros.datasets.coco_table import Annotation, CocoImage, CocoTable
from reasonseg_ros.datasets.generation import (
    BadForm,
    Complaints,
    Prompts,
    asked,
    data_url,
    names_any,
    normal,
    user,
)
from reasonseg_ros.datasets.wording import noun

PROMPTS = ('llmseg40k_caption', 'llmseg40k_questions')
TEMPERATURE, MOST_TOKENS = 0.7, 600
ASKED = 5
MOST_SENTENCES = 10
MOST_PER_ANSWER = 2
SIMPLE = range(2, 6)        # categories of a simple image; one with more is complex
EGO_LEAST = 3               # categories of an image of EgoObjects
# What is drawn: simple and complex images of LVIS, images of EgoObjects
DRAWN = (6_000, 4_000, 3_000)
SHARES = {'train': 11, 'validation': 1, 'test': 2}   # of the images, in thousands
_LINE = re.compile(r'^\s*(?:\d+[.)])?\s*\[Q\]:\s*(.+?)\s*\[A\]:\s*(.+?)\s*$', re.MULTILINE)
_PLACE = re.compile(r'\d|\b(?:left|right|top|bottom|centre|center|middle|foreground|background|'
                    r'next to|in front of|behind|beneath|underneath|corner)\b', re.IGNORECASE)
_GENERIC = re.compile(r'\b(?:in (?:the|this) (?:image|photo|photograph|picture) (?:is|are) there|'
                      r'what (?:object|thing) (?:is|can) (?:seen|be seen|visible))\b',
                      re.IGNORECASE)


@dataclass(frozen=True)
class Subject:
    """An image with its categories and their annotations; `dataset` is coco or ego_objects."""

    dataset: str
    image: CocoImage
    things: Mapping[str, tuple[Annotation, ...]]

    @property
    def name(self) -> str:
        """File name, which is the key in the published file."""
        return self.image.name.rsplit('/', 1)[-1]


def subjects(table: CocoTable, dataset: str) -> list[Subject]:
    """Return the images of a table with the annotations of each category, under plain names."""
    found = []
    for image in table:
        things: dict[str, list[Annotation]] = {}
        for a in table.annotations(image.id):
            things.setdefault(noun(a.category), []).append(a)
        found.append(Subject(dataset, image, {k: tuple(v) for k, v in things.items() if k}))
    return found


def draw(lvis: Sequence[Subject], ego: Sequence[Subject], seed: int,
         counts: tuple[int, int, int] = DRAWN) -> dict[str, list[Subject]]:
    """Draw simple and complex images of LVIS and images of EgoObjects; return them by split."""
    rng = Random(f'llmseg40k/{seed}')
    kinds = ([s for s in lvis if len(s.things) in SIMPLE],
             [s for s in lvis if len(s.things) >= SIMPLE.stop],
             [s for s in ego if len(s.things) >= EGO_LEAST])
    chosen = [s for kind, count in zip(kinds, counts)
              for s in rng.sample(kind, min(count, len(kind)))]
    rng.shuffle(chosen)
    made, begin, total = {}, 0, sum(SHARES.values())
    reached = 0
    for split, share in SHARES.items():
        reached += share
        end = len(chosen) * reached // total
        made[split] = chosen[begin:end]
        begin = end
    return made


class Llmseg40kWriter:
    """Has questions written for images; counts what is wrong with those that are dropped.

    model  that writes the questions, '' = the one that sees the images
    """

    def __init__(self, client: ChatClient, prompts: Prompts, folders: Mapping[str, Path],
                 model: str = '') -> None:
        self._client, self._model = client, model
        self._prompts, self._folders = prompts, folders
        self.complaints: Complaints = Counter()

    def write(self, subject: Subject) -> list[tuple[str, str]]:
        """Return (question, category) of an image. Raises EndpointDown and OverBudget."""
        try:
            shown = data_url(self._folders[subject.dataset] / subject.image.name)
        except BadImage:
            self.complaints['images that cannot be read'] += 1
            return []
        summary = asked(self._client, subject.name,
                        [user(self._prompts.fill('llmseg40k_caption'), shown)], TEMPERATURE,
                        MOST_TOKENS, _summary, self.complaints)
        if summary is None:
            return []
        text = self._prompts.fill('llmseg40k_questions', summary=summary,
                                  objects=' | '.join(subject.things))
        lines = asked(self._client, subject.name, [user(text)], TEMPERATURE, MOST_TOKENS, _lines,
                      self.complaints, self._model)
        return [*self._good(lines or [], subject)]

    def _good(self, lines: Sequence[tuple[str, str]], subject: Subject
              ) -> Iterator[tuple[str, str]]:
        if len(lines) != ASKED:
            self.complaints[f'answers: not {ASKED} questions'] += 1
        counts: Counter[str] = Counter()
        seen: set[str] = set()
        names = {name.lower(): name for name in subject.things}
        for question, answer in lines:
            self.complaints['questions'] += 1
            category = names.get(answer.lower().strip(' ."'), '')
            broken = _broken(question, category)
            if not broken and normal(question) in seen:
                broken = 'question that comes twice'
            if not broken and counts[category] >= MOST_PER_ANSWER:
                broken = f'more than {MOST_PER_ANSWER} questions with one answer'
            if broken:
                self.complaints[f'dropped: {broken}'] += 1
                continue
            seen.add(normal(question))
            counts[category] += 1
            yield question, category


def _summary(text: str) -> str:
    """The first ten sentences. Raises BadForm."""
    words = ' '.join(text.split())
    if not words:
        raise BadForm('no words')
    if words.lower().startswith(("i'm sorry", 'i am sorry', 'sorry', 'i cannot', "i can't")):
        raise BadForm('refusal')
    return ' '.join(re.split(r'(?<=[.!?])\s+', words)[:MOST_SENTENCES])


def _lines(text: str) -> list[tuple[str, str]]:
    """Lines of a question and an answer. Raises BadForm."""
    found = _LINE.findall(text)
    if not found:
        raise BadForm('no lines of the form "[Q]: ... [A]: ..."')
    return found


def _broken(question: str, category: str) -> str:
    """The rule that a question breaks, '' for none; `category` is '' for an unknown answer."""
    if not category:
        return 'answer that is not listed'
    if names_any(question, [category]):
        return 'name of the answer in the question'
    if _PLACE.search(question):
        return 'place in the question'
    if _GENERIC.search(question):
        return 'question that fits any image'
    if len(question.split()) < 3 or not question.endswith('?'):
        return 'no question'
    return ''


def mask_of(masks: Sequence[Rle]) -> Rle | None:
    """Return the mask of all things of a category; None where they have none."""
    there = [mask for mask in masks if mask.area]
    if not there:
        return None
    return merge(there) if len(there) > 1 else there[0]
