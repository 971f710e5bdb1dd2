# SPDX-License-Identifier: Apache-2.0
"""Rounds and prohibitions as JSON text, the form in which the store keeps them; masks lie beside.

Texts of earlier versions of the package are read, and what they do not know is left out where it
says nothing. A file may have been written by anybody, so that every field is compared with the
type that its dataclass states. Does not know SQL (`core.dialogue.store`).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, replace
from enum import IntEnum
from typing import Any, TypeVar

from reasonseg_ros.core.dialogue.dialogue import Instance, Prohibition, Role, Round, State
from reasonseg_ros.core.errors import Status
from reasonseg_ros.core.mask_input import check_image_size, from_counts
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.core.schema import build, shown, wrong

LARGEST = 2 ** 32 - 1         # of ids and indexes, as messages hold them
LATEST = 2 ** 63 - 1          # nanoseconds
_STAMPS = ('stamp', 'last_seen')
_NO_MASK = Rle(0, 0, b'')     # until the mask of an instance is read
Record = TypeVar('Record', Round, Prohibition, Instance)
Names = TypeVar('Names', bound=IntEnum)


def to_json(record: Round | Prohibition) -> str:
    """Return the text of a record, without the masks of its instances."""
    plain = asdict(record)
    if isinstance(record, Round):
        plain['status'] = record.status.name
        for instance in plain['instances']:
            del instance['mask']
            instance['state'] = instance['state'].name
            for name in ('clause', 'role', 'first_round', 'last_seen', 'reason'):
                if not instance[name]:
                    del instance[name]
    return json.dumps(plain)


def round_of(text: object, masks: Mapping[int, Sequence[Any]]) -> Round:
    """Return the round of a text; `masks` are (height, width, COCO counts) by instance.

    Raises ValueError with the field, what was found there and what was expected.
    """
    plain = _fields(text)
    plain['status'] = _named(Status, plain.get('status'), 'status')
    listed = plain.get('instances')
    if isinstance(listed, list):
        plain['instances'] = [_instance(i, f'instances[{n}]') for n, i in enumerate(listed)]
    record = _checked(build(Round, plain), '')
    instances = (_checked(i, f'instances[{n}].') for n, i in enumerate(record.instances))
    return replace(record, instances=tuple(
        replace(i, mask=_mask(i.id, masks)) for i in instances))


def prohibition_of(text: object) -> Prohibition:
    """Return the prohibition of a text. Raises as `round_of` does."""
    return _checked(build(Prohibition, _fields(text)), '')


def _fields(text: object) -> dict[str, Any]:
    if not isinstance(text, str):
        raise ValueError(f'found {shown(text)}, expected text')
    try:
        plain = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f'found {shown(text)}, expected JSON text '
                         f'({error or "it is nested too deeply"})') from error
    if not isinstance(plain, dict):
        raise wrong('', plain, 'a table')
    return plain


def _instance(plain: object, place: str) -> object:
    """Return the fields of an instance with the values that text has no words for."""
    if not isinstance(plain, dict):
        return plain
    role = plain.get('role', Role.TARGET.value)
    if not isinstance(role, int) or isinstance(role, bool) or role not in list(Role):
        raise wrong(f'{place}.role', role, f'one of {", ".join(str(r.value) for r in Role)}')
    return {**plain, 'mask': _NO_MASK, 'role': Role(role),
            'state': _named(State, plain.get('state'), f'{place}.state')}


def _named(kind: type[Names], name: object, place: str) -> Names:
    if not isinstance(name, str) or name not in kind.__members__:
        raise wrong(place, name, f'one of {", ".join(kind.__members__)}')
    return kind[name]


def _checked(record: Record, place: str) -> Record:
    """Return a record whose whole numbers fit the messages that tell of it."""
    for field in fields(record):
        value = getattr(record, field.name)
        values = value if field.name == 'references' else (value,) if field.type is int else ()
        most = LATEST if field.name in _STAMPS else LARGEST
        least = 1 if field.name in ('id', 'index', 'references') else 0
        for number in values:
            if not least <= number <= most:
                raise wrong(place + field.name, number, f'a whole number from {least} to {most}')
    return record


def _mask(number: int, masks: Mapping[int, Sequence[Any]]) -> Rle:
    if number not in masks:
        raise ValueError(f'instance {number} has no mask, expected one beside the round')
    try:
        height, width, counts = masks[number]
        return from_counts(counts, *check_image_size(height, width))
    except ValueError as error:
        raise ValueError(f'mask of instance {number}: {error}') from error
