# SPDX-License-Identifier: Apache-2.0
"""A dialogue as the model of engine `tabletop` reads it; the engine feeds it, training learns it.

    <given> K [mask][box]
    <user> (<use> K [mask][box])* words <bot> <found> the mug <seg> [mask][box] ... <eos>

K is a running number, [mask] and [box] are slots that the model fills from a mask. Says where
tokens and slots stand; what the slots hold is left to the callers.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from reasonseg_ros.nn.tabletop.tokenizer import Tokenizer


@dataclass(frozen=True)
class TokenRun:
    """Tokens in a row, and the id of the instance whose two slots follow them; None for none."""

    tokens: list[int]
    instance: int | None = None


def number_token(tokenizer: Tokenizer, instance_id: int) -> int:
    """Return the token of an instance's number."""
    # Ids beyond the vocabulary share the last number: they stay visible to the model as masks.
    return tokenizer.number(min(instance_id, tokenizer.largest_number))


def given(tokenizer: Tokenizer, instance_id: int) -> TokenRun:
    """Write an instance that the user shows."""
    return TokenRun([tokenizer.ids['<given>'], number_token(tokenizer, instance_id)], instance_id)


def question(tokenizer: Tokenizer, words: Iterable[int], references: Iterable[int]
             ) -> Iterator[TokenRun]:
    """Write a question up to <bot>: its words as tokens, and the instances that it refers to."""
    yield TokenRun([tokenizer.ids['<user>']])
    for instance_id in references:
        yield TokenRun([tokenizer.ids['<use>'], number_token(tokenizer, instance_id)], instance_id)
    yield TokenRun([*words, tokenizer.ids['<bot>']])


def answer(tokenizer: Tokenizer, tokens: Sequence[int], instances: Iterable[int]
           ) -> Iterator[TokenRun]:
    """Write an answer: the next of `instances` is shown at each <seg>."""
    seg, start, ids = tokenizer.ids['<seg>'], 0, iter(instances)
    for end in (i for i, token in enumerate(tokens, start=1) if token == seg):
        yield TokenRun(list(tokens[start:end]), next(ids))
        start = end
    if start < len(tokens):
        yield TokenRun(list(tokens[start:]))
