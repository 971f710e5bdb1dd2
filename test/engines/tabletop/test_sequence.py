# SPDX-License-Identifier: Apache-2.0
"""Runs of tokens end where the slots of an instance follow."""

from reasonseg_ros.engines.tabletop import sequence
from reasonseg_ros.engines.tabletop.sequence import TokenRun
from reasonseg_ros.nn.tabletop.tokenizer import Tokenizer

TOKENIZER = Tokenizer(['the', 'mug', 'lid', 'and', '1', '2', '3'])


def ids(text: str) -> list[int]:
    return TOKENIZER.encode_answer(text)


def test_a_question_shows_its_references_before_its_words() -> None:
    assert list(sequence.question(TOKENIZER, ids('the lid'), [2])) == [
        TokenRun(ids('<user>')), TokenRun(ids('<use> 2'), 2), TokenRun(ids('the lid <bot>'))]


def test_an_answer_shows_an_instance_at_each_seg() -> None:
    tokens = ids('<found> the mug <seg> and the lid <seg> <eos>')
    assert list(sequence.answer(TOKENIZER, tokens, [2, 3])) == [
        TokenRun(ids('<found> the mug <seg>'), 2), TokenRun(ids('and the lid <seg>'), 3),
        TokenRun(ids('<eos>'))]


def test_a_given_instance_beyond_the_vocabulary_has_the_last_number() -> None:
    assert sequence.given(TOKENIZER, 9) == TokenRun(ids('<given> 3'), 9)
