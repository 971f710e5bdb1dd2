# SPDX-License-Identifier: Apache-2.0
"""Token ids are those that the public checkpoints were trained with."""

import pytest

pytest.importorskip('sentencepiece')

from golden import each_folder  # noqa: E402
from golden import text_of  # noqa: E402
from reasonseg_ros.core.errors import BadCheckpoint  # noqa: E402
from reasonseg_ros.nn.llama_tokenizer import LlamaTokenizer  # noqa: E402


@each_folder('lisa', 'm2sa')
def test_ids_are_those_of_the_original_code(folder) -> None:
    tokenizer = LlamaTokenizer.load(folder)
    for row in text_of(folder)['tokenisation']:
        assert [tokenizer.bos, *tokenizer.encode(row['text'])] == row['ids'], row['text']


@each_folder('lisa', 'm2sa')
def test_what_is_decoded_reads_well_and_encodes_to_the_same_ids(folder) -> None:
    tokenizer = LlamaTokenizer.load(folder)
    for case in ('single0', 'single1', 'single2'):
        answer = text_of(folder)[case]['turns'][0][1]
        ids = tokenizer.encode(answer)
        assert tokenizer.decode(ids) == answer
        assert tokenizer.encode(tokenizer.decode(ids)) == ids


@each_folder('lisa')
def test_a_token_that_is_missing_is_named(folder) -> None:
    with pytest.raises(BadCheckpoint, match='no token "<seg>"; it has .*SEG'):
        LlamaTokenizer.load(folder).id('<seg>')


@each_folder('lisa')
def test_a_folder_without_a_tokenizer_says_which_file_is_missing(folder, tmp_path) -> None:
    with pytest.raises(BadCheckpoint, match='has no tokenizer.model'):
        LlamaTokenizer.load(tmp_path)
    (tmp_path / 'tokenizer.model').write_bytes(b'nonsense')
    (tmp_path / 'added_tokens.json').write_text('{}')
    with pytest.raises(BadCheckpoint, match='cannot be read'):
        LlamaTokenizer.load(tmp_path)
