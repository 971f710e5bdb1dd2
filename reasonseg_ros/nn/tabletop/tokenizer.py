# SPDX-License-Identifier: Apache-2.0
"""Word-level tokenizer of engine `tabletop`. Text only: knows neither torch nor any phrase.

The vocabulary is small and closed, so a word is a token. A word that is one letter away from a
known one is read as that word ('remoet' is not, 'remotr' is); anything else becomes <unk>.
"""

import re
from collections.abc import Iterable
from functools import cached_property

SPECIALS = ('<pad>', '<unk>', '<user>', '<bot>', '<eos>', '<seg>', '<use>', '<given>',
            '<found>', '<none>', '<which>')
_WORD = re.compile(r"'s\b|[^\W_]+")
_SHORTEST_MENDED = 4  # shorter words have too many neighbours to guess from


def words(text: str) -> list[str]:
    """Split into lower-case words and numbers; "mug's" gives 'mug', "'s"; the rest is dropped."""
    return _WORD.findall(text.lower().replace('’', "'"))


class Tokenizer:
    """Maps words to ids and back. `vocabulary` excludes the specials, which come first."""

    def __init__(self, vocabulary: Iterable[str]) -> None:
        self.tokens = (*SPECIALS, *vocabulary)
        self.ids = {token: index for index, token in enumerate(self.tokens)}
        if len(self.ids) != len(self.tokens):
            raise ValueError('the vocabulary names a word twice')

    def __len__(self) -> int:
        return len(self.tokens)

    def encode(self, text: str) -> list[int]:
        """Ids of the words of `text`, with near misses mended and the rest as <unk>.

        Never gives a special other than <unk>, whatever a user types.
        """
        return [self._lookup(word) for word in words(text)]

    def encode_answer(self, answer: str) -> list[int]:
        """Ids of an answer's words and specials, separated by blanks; unknown ones are <unk>."""
        unknown = self.ids['<unk>']
        return [self.ids.get(token, unknown) for token in answer.replace("'s", " 's").split()]

    def decode(self, ids: Iterable[int]) -> str:
        """Words joined by blanks, "'s" joined to its noun; specials keep their names."""
        return ' '.join(self.tokens[i] for i in ids).replace(" 's", "'s")

    def number(self, value: int) -> int:
        """Id of a running number, which must be in the vocabulary."""
        return self.ids[str(value)]

    @cached_property
    def largest_number(self) -> int:
        """The largest running number that the vocabulary has."""
        return max(int(token) for token in self.tokens if token.isdigit())

    @cached_property
    def _mendable(self) -> tuple[str, ...]:
        return tuple(t for t in self.tokens[len(SPECIALS):] if len(t) >= _SHORTEST_MENDED)

    def _lookup(self, word: str) -> int:
        if word in self.ids:
            return self.ids[word]
        if len(word) >= _SHORTEST_MENDED and word.isalpha():
            near = [known for known in self._mendable if _one_edit_apart(word, known)]
            if len(near) == 1:
                return self.ids[near[0]]
        return self.ids['<unk>']


def _one_edit_apart(a: str, b: str) -> bool:
    """Whether one insertion, deletion, substitution or swap of neighbours turns `a` into `b`."""
    if abs(len(a) - len(b)) > 1:
        return False
    start = next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
    rest_a, rest_b = a[start:], b[start:]
    swapped = rest_a[:2] == rest_b[1::-1] and len(rest_b) > 1 and rest_a[2:] == rest_b[2:]
    return swapped or rest_a[1:] in (rest_b, rest_b[1:]) or rest_a == rest_b[1:]
