# SPDX-License-Identifier: Apache-2.0
"""What a language model may say about a sentence: one closed JSON object, read strictly.

No masks and no coordinates are in it: the memory owns those. Does not ask any model and does not
decide what is shown (`engines.grounded.reading`).
"""

import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum
from typing import Any

LONGEST = 200       # characters of a phrase
LONGEST_SAY = 400   # of what is spoken
MOST = 20           # things, earlier ids or negatives that one sentence may speak of
OTHER = 'other'     # the relation of "the other one"
RELATIONS = (OTHER, 'left', 'right', 'front', 'behind', 'near', 'far', 'on', 'in', 'under',
             'between', 'carrier')


class Op(Enum):
    """What is asked for."""

    SHOW = 'show'
    LIST = 'list'
    COUNT = 'count'
    COLOUR = 'colour'
    IDENTIFY = 'identify'
    TALK = 'talk'


class NotAResolution(ValueError):
    """The text is no such object; the message says what is wrong with it."""


@dataclass(frozen=True)
class Resolution:
    """One sentence in terms of phrases and of what was shown before.

    phrase     noun phrase in English with its colours and sizes: "red mug"; '' where ids say it all
    count      how many are meant; 0 = all of them
    ref_ids    earlier instances that the words mean, or that the relation is to
    relation   of RELATIONS, of what is meant to `ref_ids`; '' = none
    part_of    id of the earlier instance that `phrase` is a part of; 0 = none
    negatives  noun phrases of what is not meant
    say        of TALK: the sentence to speak
    """

    op: Op
    phrase: str = ''
    count: int = 1
    ref_ids: tuple[int, ...] = ()
    relation: str = ''
    part_of: int = 0
    negatives: tuple[str, ...] = ()
    say: str = ''


_TEXT: dict[str, Any] = {'type': 'string', 'maxLength': LONGEST}
SCHEMA: dict[str, Any] = {
    'type': 'object',
    'additionalProperties': False,
    'required': ['op', 'phrase', 'count', 'ref_ids', 'relation', 'part_of', 'negatives', 'say'],
    'properties': {
        'op': {'type': 'string', 'enum': [op.value for op in Op]},
        'phrase': _TEXT,
        'count': {'type': 'integer', 'minimum': 0, 'maximum': MOST},
        'ref_ids': {'type': 'array', 'items': {'type': 'integer', 'minimum': 1}, 'maxItems': MOST},
        'relation': {'type': 'string', 'enum': ['', *RELATIONS]},
        'part_of': {'type': 'integer', 'minimum': 0},
        'negatives': {'type': 'array', 'items': _TEXT, 'maxItems': MOST},
        'say': {'type': 'string', 'maxLength': LONGEST_SAY},
    },
}

_THOUGHT = re.compile(r'<think>.*?(?:</think>|\Z)', re.DOTALL)


def parse(text: str, ids: Collection[int]) -> Resolution:
    """Read what a model said.

    ids  of the earlier instances, which alone may be named

    One object may stand in prose or in a fence; within it everything must be as SCHEMA says. Raises
    NotAResolution.
    """
    return _checked(only_object(text), frozenset(ids))


def only_object(text: str) -> dict[str, Any]:
    """Return the one JSON object in a text; raises NotAResolution for none or several."""
    rest, found = _THOUGHT.sub('', text), []
    reader = json.JSONDecoder(parse_constant=_refuse, object_pairs_hook=_unrepeated)
    at = rest.find('{')
    while at >= 0:
        try:
            held, end = reader.raw_decode(rest, at)
        except (json.JSONDecodeError, RecursionError) as error:
            raise NotAResolution(f'it is no complete JSON ({error})') from error
        found.append(held)
        at = rest.find('{', end)
    if len(found) != 1:
        raise NotAResolution(f'it holds {len(found)} JSON objects, expected one')
    first: dict[str, Any] = found[0]
    return first


def _refuse(word: str) -> None:
    raise NotAResolution(f'it holds {word}, which is no number')


def _unrepeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    held = dict(pairs)
    if len(held) != len(pairs):
        raise NotAResolution('it says a key twice')
    return held


def _checked(held: dict[str, Any], ids: frozenset[int]) -> Resolution:
    wanted = set(SCHEMA['required'])
    if held.keys() != wanted:
        wrong = ', '.join(sorted(held.keys() ^ wanted))
        raise NotAResolution(f'its keys are not those of the schema: {wrong}')
    try:
        op = Op(held['op'])
    except ValueError as error:
        raise NotAResolution(f'"op" is {held["op"]!r:.40}, expected one of '
                             f'{", ".join(o.value for o in Op)}') from error
    relation = held['relation']
    if relation != '' and relation not in RELATIONS:
        raise NotAResolution(f'"relation" is {relation!r:.40}, expected "" or one of '
                             f'{", ".join(RELATIONS)}')
    found = Resolution(
        op, _text(held, 'phrase', LONGEST), _number(held, 'count', MOST), _ids(held, ids), relation,
        _number(held, 'part_of', 1 << 31), _texts(held, 'negatives'),
        _text(held, 'say', LONGEST_SAY))
    if found.part_of and found.part_of not in ids:
        raise NotAResolution(f'"part_of" is {found.part_of}, which is no id of the record')
    if relation and not found.ref_ids:
        raise NotAResolution(f'"relation" is "{relation}" but "ref_ids" is empty')
    if op not in (Op.LIST, Op.TALK) and not found.phrase and not found.ref_ids:
        raise NotAResolution(f'"op" is "{op.value}" but neither "phrase" nor "ref_ids" says of '
                             'what')
    if op is Op.TALK and not found.say:
        raise NotAResolution('"op" is "talk" but "say" is empty')
    return found


def _text(held: dict[str, Any], key: str, longest: int) -> str:
    value = held[key]
    if not isinstance(value, str) or len(value) > longest:
        raise NotAResolution(f'"{key}" is {value!r:.40}, expected a text of at most {longest} '
                             'characters')
    return ' '.join(value.split())


def _number(held: dict[str, Any], key: str, most: int) -> int:
    value = held[key]
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        raise NotAResolution(f'"{key}" is {value!r:.40}, expected a whole number from 0 to {most}')
    return value


def _ids(held: dict[str, Any], ids: frozenset[int]) -> tuple[int, ...]:
    value = held['ref_ids']
    if not isinstance(value, list) or len(value) > MOST or not all(
            isinstance(i, int) and not isinstance(i, bool) for i in value):
        raise NotAResolution(f'"ref_ids" is {value!r:.40}, expected a list of ids')
    unknown = [i for i in value if i not in ids]
    if unknown:
        raise NotAResolution(f'"ref_ids" names {unknown[0]}, which is no id of the record')
    return tuple(dict.fromkeys(value))


def _texts(held: dict[str, Any], key: str) -> tuple[str, ...]:
    value = held[key]
    if not isinstance(value, list) or len(value) > MOST or not all(
            isinstance(v, str) and 0 < len(v) <= LONGEST for v in value):
        raise NotAResolution(f'"{key}" is {value!r:.40}, expected a list of noun phrases')
    return tuple(value)
