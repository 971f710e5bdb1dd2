# SPDX-License-Identifier: Apache-2.0
"""What a sentence says, as values, before anybody looks at the table.

`core.language.clauses` and `core.language.speech_acts` make them from words; `core.scene.grounding`
finds what they mean.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from reasonseg_ros.core.language.references import Command


class SpeechAct(Enum):
    """What is done by saying it."""

    SHOW = 'show'          # asks for masks
    LIST = 'list'          # asks for everything in view
    COUNT = 'count'        # how many mugs are there
    COLOUR = 'colour'      # which colour is the mug
    IDENTIFY = 'identify'  # what is number 2
    CONFIRM = 'confirm'    # is the mug red
    HOLDING = 'holding'    # what are you holding
    NAME = 'name'          # call number 2 the clamp
    YES = 'yes'            # answers a question
    NO = 'no'
    FORBID = 'forbid'      # do not touch the mug
    PERMIT = 'permit'      # you may touch the mug again
    PRESENT = 'present'    # is it still there
    WATCH = 'watch'        # keep an eye on it
    FORGET = 'forget'      # forget number 3
    TALK = 'talk'          # anything that is no request; `topic` says what
    COMMAND = 'command'    # undo and the like; the caller carries it out


class Quantity(Enum):
    """How many of the fitting things are meant."""

    THE = 'the'    # the one, or as many as the number says; a bare noun too
    ANY = 'any'    # any one, or any `number`
    ALL = 'all'
    SOME = 'some'  # "a few", "some mugs": what there is, at least one


class Anaphor(Enum):
    """How words point at what was shown before."""

    IT = 'it'
    THEM = 'them'
    NUMBER = 'number'     # numbers are ids
    ORDINAL = 'ordinal'   # numbers are places in what was shown, -1 = the last
    BEFORE = 'before'     # what was shown before the last
    HELD = 'held'         # what the gripper holds
    SELF = 'self'         # the viewer, where a place is meant


@dataclass(frozen=True)
class Colour:
    """weights: colour of `inventory.COLOURS` -> how well it fits the word."""

    word: str
    weights: Mapping[str, float]
    negated: bool = False


@dataclass(frozen=True)
class Order:
    """The n-th of things in an order, rank from 1.

    measure  'size', 'height', 'length', 'width', or a place: 'left', 'right', 'front', 'back',
             'middle', 'corner', 'edge', 'top', 'bottom'
    most     the largest first; of a place always True
    strict   said as a superlative or comparative, or with a rank
    """

    measure: str
    most: bool
    word: str
    rank: int = 1
    strict: bool = True


@dataclass(frozen=True)
class Trait:
    """kind: 'shape', 'material' or 'posture' with its value, or 'part' with a part's noun."""

    kind: str
    value: str
    negated: bool = False
    colour: Colour | None = None


@dataclass(frozen=True)
class Relation:
    """A place relative to landmarks.

    kinds  of 'left', 'right', 'front', 'behind', 'near', 'far', 'on', 'in', 'under', 'between',
           'carrier' (what carries or contains the landmark), or a measure with '+' or '-'
           ('size+' = bigger than); several must all hold
    """

    kinds: tuple[str, ...]
    landmarks: tuple['Phrase', ...]
    word: str


Limit = Colour | Order | Trait | Relation


@dataclass(frozen=True)
class Phrase:
    """A noun phrase.

    said      its words without article, for answers
    noun      singular as in a dictionary; '' for "one", "thing" and pronouns
    generic   "thing", "object", "everything": any thing; "one" is not, it stands for a noun
    meant     categories with weights; {} when the noun is unknown or there is none
    part      the noun may name a part, of `owner` where one was named
    number    how many, where said
    other     "the other", "another", "the others"
    excluded  what must not be among them
    """

    said: str
    noun: str = ''
    generic: bool = False
    meant: Mapping[str, float] = field(default_factory=dict)
    usual: tuple[str, ...] = ()
    plural: bool = False
    quantity: Quantity = Quantity.THE
    number: int | None = None
    other: bool = False
    that: bool = False
    limits: tuple[Limit, ...] = ()
    pointer: Anaphor | None = None
    numbers: tuple[int, ...] = ()
    part: bool = False
    owner: 'Phrase | None' = None
    excluded: tuple['Phrase', ...] = ()

    @property
    def several(self) -> bool:
        """Whether more than one thing may be the answer."""
        many = self.number is not None and self.number > 1
        return many or self.plural or self.quantity in (Quantity.ALL, Quantity.SOME)


@dataclass(frozen=True)
class Clause:
    """One thing to do: show these phrases (`either`: any of them will do), put them at `places`."""

    phrases: tuple[Phrase, ...]
    either: bool = False
    places: tuple[Phrase, ...] = ()
    negated: bool = False


@dataclass(frozen=True)
class Utterance:
    """A sentence, understood as far as words go.

    words     normalised, after the repair of slips
    topic     of TALK, e.g. 'hello'
    name      of NAME: what the thing is called from now on
    rejected  begins with "no", "not that one": what was shown last is wrong
    command   of COMMAND, with the number of rounds to keep
    forbidden  of SHOW: what must be left alone from now on, beside what is wanted
    unread    of SHOW: words that matter and that nothing in the clauses stands for
    untold    of SHOW and COUNT: what was said of the things and cannot be told: "broken"
    """

    words: str
    act: SpeechAct
    clauses: tuple[Clause, ...] = ()
    topic: str = ''
    name: str = ''
    rejected: bool = False
    command: Command = Command.ASK
    keep: int = 0
    unread: tuple[str, ...] = ()
    untold: tuple[str, ...] = ()
    forbidden: tuple[Clause, ...] = ()

    @property
    def prohibits(self) -> tuple[Clause, ...]:
        """What the sentence says must be left alone, whatever else it asks for; of PERMIT, what
        need no longer be."""
        return self.clauses if self.act in (
            SpeechAct.FORBID, SpeechAct.PERMIT) else self.forbidden
