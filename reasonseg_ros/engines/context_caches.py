# SPDX-License-Identifier: Apache-2.0
"""Which contexts of an engine are kept, and what they read: the newest rounds of a dialogue.

The newest few are kept, and more while they take little memory.

Does not open contexts or bring them in step with a dialogue (`engines.session`).
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from reasonseg_ros.core.dialogue.dialogue import Round
from reasonseg_ros.engines.protocol import Context

CACHED = 512 * 2**20  # bytes; where a context is 8 MB, those of 64 dialogues
# What an engine reads at most of a dialogue; models are trained on about eight rounds.
MOST_ROUNDS = 12
MOST_WORDS = 280


@dataclass(eq=False)
class ContextCache:
    """A context and the rounds that it holds; `size` in bytes, when it held `measured` rounds."""

    context: Context
    rounds: list[Round] = field(default_factory=list)
    size: int = 0
    measured: int = -1

    def measure(self) -> int:
        """Return the size now."""
        if self.measured != len(self.rounds):
            self.size, self.measured = memory_of(self.context), len(self.rounds)
        return self.size


class ContextCaches:
    """Caches by dialogue and camera, least recently used first.

    contexts  how many are kept however large they are
    cached    bytes that more of them may take together
    """

    def __init__(self, contexts: int, cached: int) -> None:
        self._contexts, self._cached = contexts, cached
        self._kept: OrderedDict[tuple[str, str], ContextCache] = OrderedDict()

    def take(self, key: tuple[str, str]) -> ContextCache | None:
        """Take a cache out; None when it is not kept."""
        return self._kept.pop(key, None)

    def put(self, key: tuple[str, str], cache: ContextCache) -> None:
        """Keep a cache as the newest one."""
        self._kept[key] = cache

    def __len__(self) -> int:
        return len(self._kept)

    def clear(self) -> None:
        """Free all."""
        self._kept.clear()

    def make_room(self) -> None:
        """Free the least recently used ones until there is room for one more."""
        sizes = [cache.measure() for cache in self._kept.values()]
        while len(sizes) >= self._contexts and (
                not self._cached or sum(sizes) + max(sizes) > self._cached):
            self._kept.popitem(last=False)
            sizes.pop(0)


def memory_of(thing: object) -> int:
    """Return the bytes of the arrays and tensors that hang on an object, without networks."""
    size, seen, left = 0, set[int](), [thing]
    while left:
        each = left.pop()
        if id(each) in seen or hasattr(each, 'state_dict'):
            continue
        seen.add(id(each))
        nbytes = getattr(each, 'nbytes', None)
        if isinstance(nbytes, int):
            size += nbytes
        elif isinstance(each, Mapping):
            left += each.values()
        elif isinstance(each, (list, tuple, set, frozenset)):
            left += each
        else:
            left += vars(each).values() if hasattr(each, '__dict__') else ()
    return size


def first_read(rounds: Sequence[Round]) -> int:
    """Return how many of the oldest `rounds` an engine does not read.

    A function of the rounds alone, so that a rebuilt context reads the same ones. When they
    outgrow a limit, half of what fits stays; so most rounds are appended and not fed anew.
    """
    first = words = 0
    lengths = [_length(r) for r in rounds]
    for last, length in enumerate(lengths, start=1):
        words += length
        if words > MOST_WORDS or last - first >= MOST_ROUNDS:
            while words > MOST_WORDS // 2 or last - first > MOST_ROUNDS // 2:
                words -= lengths[first]
                first += 1
    return first


def _length(record: Round) -> int:
    """Words of a round, with two for each mask and four for each reference."""
    words = len(record.question.split()) + len(record.transcript.split())
    return words + 2 * len(record.instances) + 4 * len(record.references)
