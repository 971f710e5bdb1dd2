# SPDX-License-Identifier: Apache-2.0
"""The words of the world that everyday dialogues are about, as one value. Draws no sentence.

The words of the simulated tabletop are here; those of the household are in `sim.household.words`.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field

from reasonseg_ros.sim.dialogues.relations import OBJECT_PIXELS, SceneView
from reasonseg_ros.sim.dialogues.truth import SceneTruth
from reasonseg_ros.sim.language.everyday_talk import MADE_UP, MISHEARD, NOUNS, UNKNOWN_NOUNS
from reasonseg_ros.sim.language.vocabulary import COLOUR_WORDS, OBJECT_NOUNS, part_nouns
from reasonseg_ros.sim.language.vocabulary import plural as regular_plural
from reasonseg_ros.sim.world.catalogue import CATEGORIES
from reasonseg_ros.sim.world.placement import CARRIERS

_IRREGULAR = {'knife': 'knives', 'mouse': 'mice'}


@dataclass(frozen=True, eq=False)
class WorldWords:
    """What can be talked about in a world, and how.

    categories  kinds of things, by their plain nouns
    nouns       category -> nouns that people use for it; none fits a second category
    names       category -> every noun that rightly answers what a thing of it is
    parts       category -> its parts, the main one first
    part_nouns  (category, part) -> other nouns for the part, its owner being named
    unasked     parts that nobody asks for by name
    colours     words for colours
    carriers    category -> ('on' | 'in', categories that may be put there)
    misheard    split -> category -> its nouns, misheard or misspelt
    unknown     split -> nouns that nothing in this world has
    made_up     split -> names that a user makes up
    rivals      category -> kinds that people take for it: where one of them is in view, the noun
                decides nothing, and nobody can say that there is no such thing
    near        colour -> colours that people may give the same word
    least       pixels of a 192x144 map from which a thing is asked for
    """

    categories: tuple[str, ...]
    nouns: Mapping[str, tuple[str, ...]]
    names: Mapping[str, tuple[str, ...]]
    parts: Mapping[str, tuple[str, ...]]
    part_nouns: Mapping[tuple[str, str], tuple[str, ...]]
    unasked: tuple[str, ...]
    colours: tuple[str, ...]
    carriers: Mapping[str, tuple[str, tuple[str, ...]]]
    misheard: Mapping[str, Mapping[str, tuple[str, ...]]]
    unknown: Mapping[str, tuple[str, ...]]
    made_up: Mapping[str, tuple[str, ...]]
    rivals: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    near: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    least: float = OBJECT_PIXELS

    def view(self, truth: SceneTruth) -> SceneView:
        """Return what can be said about a view in these words."""
        shown = {truth.objects[index].category for index, _ in truth.stats}
        return SceneView(truth, self.unspoken(shown), self.least)

    def unspoken(self, shown: Set[str]) -> frozenset[str]:
        """Categories, of those in view, whose nouns decide nothing."""
        return frozenset(c for c in shown if c not in self.categories
                         or not shown.isdisjoint(self.rivals.get(c, ())))

    def missing(self, view: SceneView) -> list[str]:
        """Categories of which nothing, and nothing like it, is visible."""
        return [c for c in self.categories if not view.shows((c, *self.rivals.get(c, ())))]

    def deniable(self, view: SceneView, index: int, colour: str) -> bool:
        """Whether nobody would say that a thing has this colour."""
        return not any(view.tinged(index, c) for c in (colour, *self.near.get(colour, ())))


def plural(noun: str) -> str:
    """Plural of an everyday noun: "boxes", "rolls of tape", "pairs of pliers"."""
    head, of, rest = noun.partition(' of ')
    if of:
        return f'{plural(head)} of {rest}'
    *before, last = noun.split()
    if last.endswith(('ss', 'x', 'ch')):
        return f'{noun}es'
    return ' '.join((*before, _IRREGULAR.get(last) or regular_plural(last)))


TABLETOP = WorldWords(
    tuple(c.name for c in CATEGORIES), NOUNS,
    {c.name: tuple(dict.fromkeys((c.name, *NOUNS[c.name], *OBJECT_NOUNS[c.name])))
     for c in CATEGORIES},
    {c.name: c.parts for c in CATEGORIES},
    {(c.name, p): part_nouns(c.name, p, True) for c in CATEGORIES for p in c.parts},
    ('body', 'front'), COLOUR_WORDS, CARRIERS, MISHEARD, UNKNOWN_NOUNS, MADE_UP)
