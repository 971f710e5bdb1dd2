# SPDX-License-Identifier: Apache-2.0
"""LLaMA's tokenizer as SegLLM was trained with it: a `tokenizer.json` with one rule set.

Unlike the tokenizer of `llama_tokenizer`, it marks the beginning of a word in front of the whole
text only, never after a special token. Files that were written for the other way get this one.
Knows no prompt and no model. Never downloads anything.
"""

from pathlib import Path

from tokenizers import Tokenizer
from tokenizers import pre_tokenizers

from reasonseg_ros.core.errors import BadCheckpoint

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
