# SPDX-License-Identifier: Apache-2.0
"""A [SEG] is called what the words before it say."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reasonseg_ros.engines.public.mask_names import Name, names, target

ANSWERS = [
    ('Sure, [SEG].', [None]),
    ('It is [SEG].', [None]),
    ('Sure, the segmentation result is [SEG].', [None]),
    ('The mug is [SEG].', ['mug']),
    ("The mug is [SEG] and the mug's handle is [SEG].", ['mug', 'handle<mug']),
    ("The kettle is [SEG], the lid of the kettle is [SEG], the kettle's spout is [SEG].",
     ['kettle', 'lid<kettle', 'spout<kettle']),
    ('The mug [SEG] and its handle [SEG].', ['mug', 'handle<mug']),
    ('The mug, the bottle and the tea kettle are [SEG], [SEG] and [SEG].',
     ['mug', 'bottle', 'tea kettle']),
    ('The mug and the bottle are [SEG] and [SEG], separately.', ['mug', 'bottle']),
    ('There are two. The red mug is [SEG] and [SEG].', ['mug', 'mug']),
    ('The blade [SEG] of the knife [SEG].', ['blade', 'knife']),
    ('The part of the knife that is used for cutting is the blade [SEG].', ['blade']),
    ('To hold the tea, you could use the mug [SEG].', ['mug']),
    ('The mug that you could grasp is [SEG].', ['mug']),
    ('[SEG]', [None]),
    ('It is useful because the tea stays hot.', []),
]


def _short(name: Name | None) -> str | None:
    return name and (f'{name.label}<{name.owner}' if name.owner else name.label)


@pytest.mark.parametrize(('answer', 'expected'), ANSWERS)
def test_each_seg_has_the_name_before_it(answer: str, expected: list) -> None:
    assert [_short(name) for name in names(answer)] == expected


@pytest.mark.parametrize('answer', [answer for answer, _ in ANSWERS])
def test_a_name_does_not_change_while_the_answer_grows(answer: str) -> None:
    parts = answer.split('[SEG]')
    grown = [names('[SEG]'.join([*parts[:k], '']))[-1] for k in range(1, len(parts))]
    assert grown == names(answer)


@given(st.lists(st.sampled_from(['the', 'mug', "'s", 'of', 'and', ',', '.', 'is', 'are', 'its',
                                 'handle', '[SEG]', 'red', 'é', '’s', 'one', '7'])))
@settings(max_examples=50, deadline=None)
def test_every_seg_of_any_answer_has_a_label_or_none(words: list[str]) -> None:
    found = names(' '.join(words))
    assert len(found) == words.count('[SEG]')
    assert all(name is None or name.label for name in found)


@pytest.mark.parametrize(('question', 'expected'), [
    ('the red mug', 'mug'),
    ('segment the left mug', 'mug'),
    ('what is the mug', 'mug'),
    ("the mug's handle", 'handle<mug'),
    ('the handle of the red mug', 'handle<mug'),
    ('the mug on the table', 'mug'),
    ('one of the mugs', 'mugs'),
    ('desktop computer', 'desktop computer'),
    ('what could hold the hot tea', None),
    ('show me something', None),
])
def test_a_request_names_its_target(question: str, expected: str | None) -> None:
    assert _short(target(question)) == expected
