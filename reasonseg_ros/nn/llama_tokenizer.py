# SPDX-License-Identifier: Apache-2.0
"""LLaMA's SentencePiece tokenizer as the published segmentation models were trained with it.

Their training code used the slow tokenizer of transformers 4.31 in its "legacy" way, which later
versions do not reproduce, whatever they are told. Three rules make the difference:

- text is cut at added and special tokens, and each piece is encoded by itself, so that it begins
  with SentencePiece's mark of a new word even after a token that is not a word;
- an added token ([SEG], <im_start>, ...) takes the white space on both sides with it;
- a special token (<s>, </s>, <unk>) does not.

Knows no prompt and no model. Never downloads anything.

SegLLM was trained with the other kind, a `tokenizer.json` (`FastTokenizer`): it marks the
beginning of a word in front of the whole text only, never after a special token.
"""

import json
import re
from collections.abc import Iterable, Mapping
from itertools import groupby
from pathlib import Path

import sentencepiece
from tokenizers import Tokenizer, pre_tokenizers

from reasonseg_ros.core.errors import BadCheckpoint
from reasonseg_ros.core.foreign_files import is_lfs_pointer

IMAGE = '<image>'
IMAGE_ID = -200     # where the image's embeddings go; no row of the embedding table
FILES = ('tokenizer.model', 'added_tokens.json')
MOST = 1 << 24      # ids


class LlamaTokenizer:
    """Text to ids and back.

    pieces  serialised SentencePiece model
    added   token -> id of what was added to it, e.g. {'[SEG]': 32003}
    """

    def __init__(self, pieces: bytes, added: Mapping[str, int]) -> None:
        self._pieces = sentencepiece.SentencePieceProcessor(model_proto=pieces)
        self.bos, self.eos = self._pieces.bos_id(), self._pieces.eos_id()
        special = [self._pieces.id_to_piece(i)
                   for i in (self.bos, self.eos, self._pieces.unk_id())]
        self._added = dict(added)
        self._check_added()
        self._whole = {token: self._pieces.piece_to_id(token) for token in special}
        self._whole |= self._added | {IMAGE: IMAGE_ID}
        self._tokens = {i: token for token, i in self._whole.items()}
        longest_first = sorted(self._whole, key=len, reverse=True)
        self._cut = re.compile(f'({"|".join(map(re.escape, longest_first))})')

    @staticmethod
    def load(folder: Path) -> 'LlamaTokenizer':
        """Read `tokenizer.model` and `added_tokens.json` of a folder; raises BadCheckpoint."""
        for name in FILES:
            if not (folder / name).is_file():
                raise BadCheckpoint(f'folder "{folder}" has no {name}; copy it from where the '
                                    'weights come from')
        try:
            added = read_added(folder / FILES[1])
            return LlamaTokenizer((folder / FILES[0]).read_bytes(), added)
        except (RuntimeError, ValueError) as error:
            raise BadCheckpoint(f'the tokenizer in "{folder}" cannot be read ({error}); copy it '
                                'again from where the weights come from') from error

    def __len__(self) -> int:
        """Rows that an embedding table needs."""
        return max(self._pieces.vocab_size(), 1 + max(self._added.values(), default=0))

    def tokenless(self, rows: int) -> list[int]:
        """Rows of an embedding table of `rows` that no token has; no answer may be one of them."""
        known = {*range(self._pieces.vocab_size()), *self._added.values()}
        return [row for row in range(rows) if row not in known]

    def _check_added(self) -> None:
        """Refuse added tokens that share an id. Raises BadCheckpoint."""
        seen: dict[int, str] = {}
        for token, number in self._added.items():
            if number < self._pieces.vocab_size():
                seen.setdefault(number, self._pieces.id_to_piece(number))
            if seen.setdefault(number, token) != token:
                raise BadCheckpoint(f'the added token "{token}" has the id {number}, which is that '
                                    f'of "{seen[number]}"; copy {FILES[1]} again from where the '
                                    'weights come from')

    def id(self, token: str) -> int:
        """Id of an added or special token; raises BadCheckpoint where there is none."""
        if token not in self._whole:
            raise BadCheckpoint(f'the tokenizer has no token "{token}"; it has '
                                f'{", ".join(self._whole)}')
        return self._whole[token]

    def encode(self, text: str) -> list[int]:
        """Ids of `text`, without <s> in front; IMAGE_ID stands for <image>."""
        parts = self._cut.split(text)       # text, token, text, token, ..., text
        ids: list[int] = []
        for place, part in enumerate(parts):
            if place % 2:
                ids.append(self._whole[part])
                continue
            if place and parts[place - 1] in self._added:
                part = part.lstrip()
            if place + 1 < len(parts) and parts[place + 1] in self._added:
                part = part.rstrip()
            ids += self._pieces.encode(part)
        return ids

    def decode(self, ids: Iterable[int]) -> str:
        """Text of ids, tokens by their names.

        A blank stands before a token, and after one unless punctuation follows.
        """
        text = ''
        for whole, run in groupby(ids, self._tokens.__contains__):
            if whole:
                text = ' '.join([text, *(self._tokens[i] for i in run)]).strip()
                continue
            said = self._pieces.decode(list(run)).strip()
            text += f' {said}' if text and said[:1].isalnum() else said
        return text


def read_added(path: Path) -> dict[str, int]:
    """Return the ids of the added tokens in a file. Raises BadCheckpoint."""
    try:
        if is_lfs_pointer(path):
            raise ValueError('it is a pointer of Git LFS')
        found = json.loads(path.read_text(encoding='utf-8-sig'))
        if not isinstance(found, dict):
            raise ValueError('it is no table')
        for token, number in found.items():
            if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number < MOST:
                raise ValueError(f'the token "{token}" has the id {number!r:.40}, expected a '
                                 'number from 0')
    except (ValueError, RecursionError) as error:
        raise BadCheckpoint(f'"{path}" holds no added tokens ({error}); copy it again from where '
                            'the weights come from') from error
    return found


FILE = 'tokenizer.json'
WORD = '▁'      # SentencePiece's mark of a new word
BEGIN, END = '<s>', '</s>'


class FastTokenizer:
    """Text to ids."""

    def __init__(self, rules: Tokenizer) -> None:
        rules.normalizer = None
        rules.pre_tokenizer = pre_tokenizers.Metaspace(WORD, 'first', split=False)
        self._rules = rules
        self.bos, self.eos = self.id(BEGIN), self.id(END)

    @staticmethod
    def load(folder: Path) -> 'FastTokenizer':
        """Read `tokenizer.json` of a folder; raises BadCheckpoint."""
        path = folder / FILE
        if not path.is_file():
            raise BadCheckpoint(f'folder "{folder}" has no {FILE}; copy it from where the weights '
                                'come from')
        try:
            rules = Tokenizer.from_file(str(path))
        except Exception as error:  # the library raises nothing narrower
            raise BadCheckpoint(f'"{path}" cannot be read ({error}); copy it again from where the '
                                'weights come from') from error
        return FastTokenizer(rules)

    def __len__(self) -> int:
        """Rows that an embedding table needs."""
        return 1 + max(self._rules.get_vocab().values())

    def tokenless(self, rows: int) -> list[int]:
        """Rows of an embedding table of `rows` that no token has."""
        known = set(self._rules.get_vocab().values())
        return [row for row in range(rows) if row not in known]

    def id(self, token: str) -> int:
        """Id of a token; raises BadCheckpoint where there is none."""
        found = self._rules.token_to_id(token)
        if found is None:
            raise BadCheckpoint(f'the tokenizer has no token "{token}"; copy {FILE} again from '
                                'where the weights come from')
        return found

    def encode(self, text: str) -> list[int]:
        """Ids of the beginning of a text, without <s> in front."""
        return self._rules.encode(text, add_special_tokens=False).ids

    def go_on(self, text: str) -> list[int]:
        """Ids of `text` that follows a special token."""
        return self.encode(END + text)[1:]
