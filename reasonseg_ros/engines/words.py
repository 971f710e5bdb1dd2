# SPDX-License-Identifier: Apache-2.0
"""Notices when a sentence names something that the model has no word for. Words only.

The model reads an unknown word as <unk> and answers anyway, with whatever lies there.
"""

from collections.abc import Collection

from reasonseg_ros.nn.tabletop.tokenizer import Tokenizer
from reasonseg_ros.nn.tabletop.tokenizer import words

DETERMINERS = frozenset('the a an my your any another'.split())


def unknown_noun(text: str, tokenizer: Tokenizer, nouns: Collection[str],
                 colours: Collection[str]) -> str | None:
    """Return the word of `text` that is said like a noun and not known; None when all is well.

    That is an unknown word after a determiner ("the unicorn", "a red unicorn") which no noun
    follows ("the shiny mug" is well), or, where no word is known at all, the first one.

    nouns  single words that name things or parts
    """
    said = words(text)
    unknown = [i for i, word in enumerate(said)
               if tokenizer.encode(word) == [tokenizer.ids['<unk>']]]
    if said and len(unknown) == len(said):
        return said[0]
    for i in unknown:
        before = i - 1 if i and said[i - 1] in colours else i
        determined = before > 0 and said[before - 1] in DETERMINERS
        if determined and not any(word in nouns for word in said[i + 1:i + 3]):
            return said[i]
    return None
