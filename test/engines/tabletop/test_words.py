# SPDX-License-Identifier: Apache-2.0
"""A noun without a word in the model is noticed; an unknown verb or adjective is no matter."""

import pytest

from reasonseg_ros.engines.tabletop.sentences import unknown_noun
from reasonseg_ros.nn.tabletop.tokenizer import Tokenizer

TOKENIZER = Tokenizer(('the', 'a', 'mug', 'red', 'find', 'next', 'to', 'handle', 'of', "'s"))


@pytest.mark.parametrize(('text', 'word'), [
    ('the unicorn', 'unicorn'),
    ('find a red unicorn', 'unicorn'),
    ('the mug next to the unicorn', 'unicorn'),
    ('asdf qwer', 'asdf'),
    ('the mug', None),
    ('the shiny mug', None),
    ('grasp the mug', None),
    ('the mug lying next to the handle', None),
    ("the mug's handle", None),
    ('', None),
])
def test_an_unknown_noun_is_named(text, word):
    assert unknown_noun(text, TOKENIZER, {'mug', 'handle'}, ('red',)) == word
