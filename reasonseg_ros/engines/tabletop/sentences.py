# SPDX-License-Identifier: Apache-2.0
"""What engine `tabletop` says aloud: its tokens as a sentence, and what is there instead.

Words only; knows no model.

Notices, too, when a sentence names something that the model has no word for: the model reads an
unknown word as <unk> and answers anyway, with whatever lies there.
"""

import re
from collections.abc import Collection, Sequence
from itertools import count

from reasonseg_ros.nn.tabletop.tokenizer import Tokenizer, words

NO_NOUNS = frozenset('the a an and or i you do which see mean its it'.split())


def as_sentence(words: Sequence[str], first_number: int | None) -> str:
    """Answer as a sentence; a question names its candidates by number: "which mug ... 2 or 3"."""
    numbers = count(first_number or 0)
    said = (str(next(numbers)) if word == '<seg>' and first_number is not None else word
            for word in words)
    text = ' '.join(word for word in said if not word.startswith('<')).replace(" 's", "'s")
    return re.sub(r'(\d) (?=\d)', r'\1, ', text)


def last_noun(words: Sequence[str]) -> str:
    """Last noun of an answer; 'mug' for "which mug do you mean"."""
    nouns: list[list[str]] = [[]]
    for word in words:
        if word.startswith('<') or word in NO_NOUNS:
            nouns.append([])
        else:
            nouns[-1].append(word)
    said = [' '.join(noun) for noun in nouns if noun]
    return said[-1] if said else 'object'


def list_labels(labels: Sequence[str]) -> str:
    """Name what was found, at least one thing: "the mug, the lid and the pan"."""
    *most, last = (f'the {label}' for label in labels)
    return f'{", ".join(most)} and {last}' if most else last


def alternatives(refusal: str, visible: Sequence[str]) -> str:
    """Say what a refusal leaves to ask for: "; i see a mug, an apple and scissors".

    visible  categories that the image shows; the refused one is left out
    """
    names = [name for name in visible if not refusal.endswith(f' no {name}')]
    if not names:
        return ''
    *most, last = map(_with_article, names)
    return f'; i see {", ".join(most)} and {last}' if most else f'; i see {last}'


def _with_article(noun: str) -> str:
    if noun.endswith('s'):  # scissors
        return noun
    return f'an {noun}' if noun[0] in 'aeiou' else f'a {noun}'


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
