# SPDX-License-Identifier: Apache-2.0
"""Token ids are those that the public checkpoints were trained with."""

import json
import shutil
from pathlib import Path

import pytest

pytest.importorskip('sentencepiece')

from reasonseg_ros.core.errors import BadCheckpoint
from reasonseg_ros.nn.llama_tokenizer import LlamaTokenizer

DATA = Path(__file__).resolve().parents[1] / 'data' / 'published'
ROWS = json.loads((DATA / 'tokenisation.json').read_text())  # by transformers 4.31


@pytest.fixture(scope='module')
def tokenizer() -> LlamaTokenizer:
    return LlamaTokenizer.load(DATA)


@pytest.mark.parametrize('row', ROWS, ids=lambda row: row['text'])
def test_ids_are_those_of_the_original_code(tokenizer, row) -> None:
    assert [tokenizer.bos, *tokenizer.encode(row['text'])] == row['ids']


@pytest.mark.parametrize('text', [
    'Sure, [SEG].', "The mug is [SEG] and the mug's handle is [SEG].", '[SEG]',
    'It is useful because the tea stays hot.', 'the mug [SEG], [SEG] and [SEG].'])
def test_what_is_decoded_reads_well_and_encodes_to_the_same_ids(tokenizer, text) -> None:
    ids = tokenizer.encode(text)
    assert tokenizer.decode(ids) == text
    assert tokenizer.encode(tokenizer.decode(ids)) == ids


def test_a_token_that_is_missing_is_named(tokenizer) -> None:
    with pytest.raises(BadCheckpoint, match='no token "<seg>"; it has .*SEG'):
        tokenizer.id('<seg>')


def test_the_embedding_table_needs_a_row_for_every_token(tokenizer) -> None:
    assert len(tokenizer) == 604


def test_a_folder_without_a_tokenizer_says_which_file_is_missing(tmp_path) -> None:
    with pytest.raises(BadCheckpoint, match='has no tokenizer.model'):
        LlamaTokenizer.load(tmp_path)
    shutil.copyfile(DATA / 'added_tokens.json', tmp_path / 'added_tokens.json')
    (tmp_path / 'tokenizer.model').write_bytes(b'nonsense')
    with pytest.raises(BadCheckpoint, match='cannot be read'):
        LlamaTokenizer.load(tmp_path)
