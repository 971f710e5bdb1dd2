# SPDX-License-Identifier: Apache-2.0
"""One sentence as people say it to a robot, with all that may rightly come of it. Numpy only.

Chooses forms and fills their slots; what is asked for is chosen in `sim.dialogues.everyday_rounds`
and `sim.dialogues.everyday_talk`. Does not score answers (`evaluation.everyday`).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reasonseg_ros.core.errors import Status
from reasonseg_ros.sim.dialogues.relations import SceneView
from reasonseg_ros.sim.dialogues.truth import SceneTruth
from reasonseg_ros.sim.dialogues.words import TABLETOP, WorldWords, plural
from reasonseg_ros.sim.language.everyday import REQUESTS, SHARED, Forms
from reasonseg_ros.sim.language.everyday_talk import TALKS
from reasonseg_ros.sim.language.vocabulary import Drawn, is_plural, pick, singular

Pick = tuple[int, str | None]  # an object, or its part; '-lid' is the object without its lid

FORMS: Forms = {family: forms for table in (*REQUESTS, *TALKS)
                for family, forms in table.items()}
_ONE = re.compile(r"\b(one|it|is|an?|any|every|each|which(ever)?|this|that)\b|'s")
_SLOT = re.compile(r'{(\w+)}')
MANY = 99
NUMBER_NAMES = ('no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten')
_TEENS = ('eleven', 'twelve', 'thirteen', 'fourteen', 'fifteen', 'sixteen')


@dataclass(frozen=True)
class EarlierAnswer:
    """Masks of an earlier answer that a sentence is about.

    round   number of that round in the dialogue, from 1
    places  of the masks in that answer, from 0; () = all of them
    least, most  masks that it must have had for this to be said: nobody says "both" of one
    right   whether the masks must have been right, too: nobody says "that mug" of a lamp. Places
            are those of the right answer, then
    """

    round: int
    places: tuple[int, ...]
    least: int = 1
    most: int = MANY
    right: bool = False


@dataclass(frozen=True)
class EverydayTurn:
    """One sentence with what may come of it.

    subset       of MR-Tabletop 3
    form         'family/split-number', for reports by form
    instruction  what is said; '{0}', '{1}' stand for the ids of the masks of `earlier`, '{N0}' for
                 such an id in words
    statuses     every right one, the usual one first
    answers      every right list of masks where the status is OK, the candidates where it is
                 AMBIGUOUS; () = no mask is right
    optional     what may be shown beside them, or not: too small to be sure about
    forbidden    what the sentence excludes
    words        the answer says one of each group
    earlier      what a reference is about; None = the sentence is about the image alone
    identical    the masks of `earlier` are the right ones, as they were shown
    given        the ids of `earlier` are handed over beside the words
    roles        of the masks of the answer: 'object' is what is moved, 'place' where to
    topic        noun that the sentence is about; '' = none
    detail       finer kind, e.g. 'impossible' for a count
    """

    subset: str
    form: str
    instruction: str
    statuses: tuple[Status, ...]
    answers: tuple[tuple[Pick, ...], ...] = ()
    optional: tuple[Pick, ...] = ()
    forbidden: tuple[Pick, ...] = ()
    words: tuple[tuple[str, ...], ...] = ()
    earlier: EarlierAnswer | None = None
    identical: bool = False
    given: bool = False
    roles: tuple[str, ...] = ()
    topic: str = ''
    detail: str = ''

    @property
    def shows(self) -> tuple[Pick, ...]:
        """The masks of the right answer where there is only one, else ()."""
        single = self.statuses[0] is Status.OK and len(self.answers) == 1 and not self.optional
        return self.answers[0] if single else ()


def mask(truth: SceneTruth, chosen: Pick) -> np.ndarray:
    """Return bool [H, W]: the visible pixels of a pick."""
    index, part = chosen
    if part is not None and part.startswith('-'):
        rest: np.ndarray = truth.mask(index) & ~truth.mask(index, part[1:])
        return rest
    return truth.mask(index, part)


class EverydayTalk:
    """A dialogue while it is being made.

    extents  (long, wide, high) metres of each object; None = nobody knows, and nothing is asked
             about sizes that an image does not show
    words    of the world that the view is of
    """

    def __init__(self, view: SceneView, rng: np.random.Generator, split: str,
                 extents: Sequence[tuple[float, float, float]] | None = None,
                 words: WorldWords = TABLETOP) -> None:
        self.view, self.rng, self.split, self.extents = view, rng, split, extents
        self.words = words
        self.turns: list[EverydayTurn] = []

    @property
    def known(self) -> set[int]:
        """Objects that right answers have shown so far."""
        return {i for turn in self.turns for answer in turn.answers for i, _ in answer}

    def chance(self, probability: float) -> bool:
        """Draw a yes with this probability."""
        return self.rng.random() < probability

    def pick(self, values: Sequence[Drawn]) -> Drawn:
        """Draw one value."""
        return pick(self.rng, values)

    def shuffled(self, values: Sequence[Drawn]) -> list[Drawn]:
        """Return the values in random order."""
        return [values[i] for i in self.rng.permutation(len(values))]

    def speakable(self, index: int) -> bool:
        """Whether the noun of an object says something here."""
        category = self.view.category(index)
        return category in self.words.categories and category not in self.view.unspoken

    def noun(self, index: int) -> str:
        """Draw a noun for an object."""
        return self.noun_of(self.view.category(index))

    def noun_of(self, category: str) -> str:
        """Draw a noun for a category."""
        return category if self.chance(0.5) else self.pick(self.words.nouns[category])

    def singles(self) -> list[int]:
        """Objects that are the only ones of their kind in random order, those not shown first."""
        found = self.shuffled([g[0] for g in self.view.groups.values() if len(g) == 1])
        return sorted(found, key=lambda i: i in self.known)

    def several(self, least: int = 2, most: int = 9) -> list[tuple[int, ...]]:
        """Groups of one category in random order."""
        return self.shuffled([g for g in self.view.groups.values() if least <= len(g) <= most])

    def described(self) -> list[tuple[int, str]]:
        """Objects in random order, each as the words say without doubt which one it is."""
        found = []
        for index in self.shuffled(self.view.clean):
            alone = len(self.view.group(index)) == 1
            if not (alone or self.view.unique_colour(index)):
                continue
            colour = '' if alone and self.chance(0.7) else f'{self.view.objects[index].colour} '
            if colour and not self.view.unique_colour(index):
                colour = ''
            found.append((index, f'{colour}{self.noun(index)}'))
        return found

    def last_shown(self) -> int | None:
        """Number of the round that "it" and "both" are about; None = they would be unclear."""
        for number in range(len(self.turns), 0, -1):
            turn = self.turns[number - 1]
            if Status.OK in turn.statuses or Status.AMBIGUOUS in turn.statuses:
                return number if turn.shows else None
        return None

    def say(self, family: str, suits: str = '', **slots: str) -> tuple[str, str]:
        """Draw a form of a family and fill its slots; return (sentence, id of the form).

        suits  pattern that the form must not match
        """
        shared, own = FORMS[family].get(SHARED, ()), FORMS[family][self.split]
        forms = [(f'{family}/{name}-{k}', form)
                 for name, table in ((SHARED, shared), (self.split, own))
                 for k, form in enumerate(table) if not (suits and re.search(suits, form))]
        # People mostly say the plainest thing.
        plainest = [f for f in forms if f'/{SHARED}-' in f[0]]
        name, form = self.pick(plainest if plainest and self.chance(0.25) else forms)
        return filled(form, **slots), name

    def turn(self, subset: str, said: tuple[str, str], status: Status,
             *answers: Sequence[Pick], **more: object) -> EverydayTurn:
        """Return a turn; `more` are further fields."""
        return EverydayTurn(subset, said[1], said[0], (status,),
                            tuple(tuple(a) for a in answers), **more)  # type: ignore[arg-type]  # fields by name


def filled(form: str, **slots: str) -> str:
    """Return a form with its slots filled; numbers become the marks of `EverydayTurn`."""
    single = bool(_ONE.search(_SLOT.sub('', form)))
    values = {'n': '{0}', 'm': '{1}', 'N': '{N0}', **slots}
    for name in ('x', 'y', 'z'):
        if name in slots:
            values[f'{name}s'] = plural(slots[name])
            if single:
                values[name] = _countable(slots[name])
    if 'x' in slots:
        one = _countable(slots['x'])
        values['a'] = f'{"an" if one[0] in "aeiou" else "a"} {one}'
        values['xs_of'] = values['xs']
        values['xs_'] = slots['x'] if slots['x'].endswith('s') else f'{slots["x"]}s'
    return re.sub(r'\ba (?=[aeiou])', 'an ', _SLOT.sub(lambda m: values[m[1]], form))


def _countable(noun: str) -> str:
    """Return "red pair of scissors" for "red scissors": what can follow "a"."""
    *before, last = noun.split()
    if not is_plural(last) or 'of' in before:
        return noun
    return ' '.join((*before, singular(last)))


def number_words(count: int) -> tuple[str, ...]:
    """Return the ways to say a number."""
    if count == 0:
        return ('no', 'none', 'zero', '0', 'not', 'nothing')
    return (*(NUMBER_NAMES + _TEENS)[count:count + 1], str(count))
