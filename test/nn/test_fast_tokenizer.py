# SPDX-License-Identifier: Apache-2.0
"""SegLLM's tokenizer marks the beginning of a text, and of no piece after a special token."""

import pytest

pytest.importorskip('transformers')

from support import published_segllm
from support.golden import each_folder
from tokenizers import normalizers

from reasonseg_ros.core.errors import BadCheckpoint
from reasonseg_ros.nn.llama_tokenizer import FastTokenizer


def tokens(ids: list[int]) -> list[str]:
    rules = published_segllm.tokenizer()
    return [rules.id_to_token(i) for i in ids]


def test_only_the_beginning_of_a_text_is_marked() -> None:
    reads = FastTokenizer(published_segllm.tokenizer())
    assert tokens(reads.encode('a b</s>c <seg>')) == ['▁', 'a', '▁', 'b', '</s>', 'c', '▁',
                                                      '<seg>']
    assert tokens(reads.go_on('a <video>')) == ['a', '▁', '<video>']
    assert (reads.bos, reads.eos, len(reads)) == (1, 2, len(published_segllm.tokenizer()
                                                            .get_vocab()))


def test_files_for_the_older_way_are_read_in_the_same_way(tmp_path) -> None:
    old = published_segllm.tokenizer()
    old.normalizer = normalizers.Sequence(
        [normalizers.Prepend('▁'), normalizers.Replace(' ', '▁')])
    old.save(str(tmp_path / 'tokenizer.json'))
    text = 'a b</s>c <seg>'
    assert FastTokenizer.load(tmp_path).encode(text) == FastTokenizer(
        published_segllm.tokenizer()).encode(text)


def test_what_cannot_be_read_is_named(tmp_path) -> None:
    with pytest.raises(BadCheckpoint, match='has no tokenizer.json; copy it'):
        FastTokenizer.load(tmp_path)
    (tmp_path / 'tokenizer.json').write_text('{}')
    with pytest.raises(BadCheckpoint, match='cannot be read'):
        FastTokenizer.load(tmp_path)
    with pytest.raises(BadCheckpoint, match='no token "<image>"'):
        FastTokenizer(published_segllm.tokenizer()).id('<image>')


@each_folder('segllm')
def test_special_tokens_have_the_ids_of_the_golden_model(folder) -> None:
    reads = FastTokenizer.load(folder)
    assert len(reads) == 123 and reads.id('<seg>') == 121
