# SPDX-License-Identifier: Apache-2.0
"""A value that is not of its field's type is named with its place, what was found and expected."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from reasonseg_ros.core.schema import build


@dataclass(frozen=True)
class Inner:
    """One entry."""

    name: str
    score: float | None = None
    shown: bool = False


@dataclass(frozen=True)
class Outer:
    """A whole file."""

    count: int
    entries: tuple[Inner, ...] = ()
    options: Mapping[str, str | int | float | bool] = field(default_factory=dict)


def test_what_fits_becomes_the_dataclass_with_its_values_unchanged():
    plain = {'count': 1, 'entries': [{'name': 'a', 'score': 1}, {'name': 'b', 'score': None}],
             'options': {'a': True, 'b': 2, 'c': 0.5, 'd': 'x'}}
    found = build(Outer, plain)
    assert found == Outer(1, (Inner('a', 1), Inner('b')), plain['options'])
    assert build(Outer, {'count': 0}) == Outer(0)


@pytest.mark.parametrize('plain, words', [
    (None, 'found null, expected a table with count, entries, options'),
    ([], 'found a list, expected a table'), ({}, 'field count: it is missing'),
    ({'count': True}, 'field count: found true, expected a whole number'),
    ({'count': 1.5}, 'found 1.5, expected a whole number'),
    ({'count': 1, 'more': 2}, 'field more: it is unknown, expected one of count'),
    ({'count': 1, 'entries': {}}, 'field entries: found a table, expected a list'),
    ({'count': 1, 'entries': [{'name': 'a'}, {'name': None}]},
     r'field entries\[1\].name: found null, expected text'),
    ({'count': 1, 'entries': [{'name': 'a', 'score': math.inf}]},
     r'entries\[0\].score: found inf, expected a finite number or null'),
    ({'count': 1, 'entries': [{'name': 'a', 'score': math.nan}]}, 'found nan'),
    ({'count': 1, 'entries': [{'name': 'a', 'shown': 1}]}, 'expected true or false'),
    ({'count': 1, 'options': {'a': None}}, r'options.a: found null, expected text or a whole'),
    ({'count': 1, 'options': {'a': []}}, 'found a list'),
    ({'count': 'x' * 100}, r"found 'x{56}\.\.\., expected")])
def test_what_does_not_fit_is_named(plain, words):
    with pytest.raises(ValueError, match=words):
        build(Outer, plain)
