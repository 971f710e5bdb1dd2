# SPDX-License-Identifier: Apache-2.0
"""The form of an answer of engine `tabletop`, so that a slip of one word cannot derail it.

    <found> the NAME <seg> [the NAME <seg> ...] [and the NAME <seg>] <eos>
    <which> which NAME do you mean <seg> [<seg> ...] or <seg> <eos>
    <none> any words <eos>

A NAME is a category or a part that the model knows. Only says which tokens may follow; the model
chooses among them.
"""

from collections.abc import Iterable, Sequence

from reasonseg_ros.nn.tabletop.tokenizer import SPECIALS, Tokenizer


class AnswerGrammar:
    """The form over one vocabulary. `names` may have several words ("red button")."""

    def __init__(self, tokenizer: Tokenizer, names: Iterable[str]) -> None:
        ids = tokenizer.ids
        self._found, self._which = ids['<found>'], ids['<which>']
        self._seg, self._eos = ids['<seg>'], ids['<eos>']
        self._the, self._and, self._or = ids['the'], ids['and'], ids['or']
        self._asking, *self._meaning = (ids[w] for w in ('which', 'do', 'you', 'mean'))
        self._silent = tuple(i for i, token in enumerate(tokenizer.tokens)
                             if token not in SPECIALS or i == self._eos)
        self._following: dict[tuple[int, ...], set[int]] = {}   # begun name -> its next words
        self._whole = {tuple(tokenizer.encode(name)) for name in names}
        for name in self._whole:
            for length, word in enumerate(name):
                self._following.setdefault(name[:length], set()).add(word)

    def following(self, tokens: Sequence[int], left_out: bool = False) -> tuple[int, ...]:
        """Tokens that may follow `tokens`, which begin with the decision.

        left_out  <seg> came next, and its mask was not good enough to be shown
        """
        decision, *words = tokens
        if decision not in (self._found, self._which):
            return self._silent
        start = max((i for i, t in enumerate(words) if t == self._seg), default=-1) + 1
        tail, listed = words[start:], start > 0
        last = listed and self._last_of_list(words[:start])
        if decision == self._found:
            return self._named(tail, listed, last, left_out)
        return self._asked(tail, listed, last, left_out)

    def forced(self, tokens: Sequence[int]) -> list[int]:
        """Tokens that must follow `tokens`, up to and with the next mask or the end.

        They need no choice, so that one pass of the model reads them all.
        """
        forced: list[int] = []
        last = tokens[-1]
        while last not in (self._seg, self._eos):
            following = self.following([*tokens, *forced])
            if len(following) != 1:
                break
            last, = following
            forced.append(last)
        return forced

    def _named(self, tail: list[int], listed: bool, last: bool, left_out: bool
               ) -> tuple[int, ...]:
        if left_out:
            return self._the, self._and, self._eos
        if not tail:
            return (self._eos,) if last else (self._the, self._and, self._eos) if listed else (
                self._the,)
        if tail[-1] == self._and:
            return (self._the,)
        begun = len(tail) - tail[::-1].index(self._the)
        return self._name(tail[begun:], self._seg)

    def _asked(self, tail: list[int], listed: bool, last: bool, left_out: bool
               ) -> tuple[int, ...]:
        if left_out:
            return (self._eos,) if self._or in tail else (self._or, self._eos)
        if not tail:
            return (self._eos,) if last else (self._seg, self._or) if listed else (self._asking,)
        if listed or tail[-1] in (self._or, self._meaning[-1]):
            return (self._seg,)
        said = sum(word in self._meaning for word in tail)
        return (self._meaning[said],) if said else self._name(tail[1:], self._meaning[0])

    def _name(self, begun: list[int], end: int) -> tuple[int, ...]:
        """Words that go on with a name; `end` may follow a whole one."""
        more = self._following.get(tuple(begun), set())
        return (*more, end) if tuple(begun) in self._whole else tuple(more)

    def _last_of_list(self, words: list[int]) -> bool:
        """Whether `words`, which end with a mask, end with the one after "and" or "or"."""
        masks = [i for i, t in enumerate(words) if t == self._seg]
        before = masks[-2] + 1 if len(masks) > 1 else 0
        return any(t in (self._and, self._or) for t in words[before:masks[-1]])
