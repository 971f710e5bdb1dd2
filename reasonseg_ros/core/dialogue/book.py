# SPDX-License-Identifier: Apache-2.0
"""All dialogues of a process, bounded in number, size and age; the store follows every change.

The least recently used dialogue goes first, and every one that goes is reported. Does not parse,
ask engines or know files (`core.dialogue.store`). The clock is an argument, so that tests and
simulated time decide.

Safe to read from several threads while one of them changes it.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import RLock

from reasonseg_ros.core.dialogue.dialogue import Dialogue, Prohibition, Round
from reasonseg_ros.core.dialogue.store import Store
from reasonseg_ros.core.errors import BadRequest, UnknownDialogue

DEFAULT = 'default'
MAX_ID_CHARACTERS = 128
MAX_PROHIBITIONS = 64


@dataclass(eq=False)
class _Entry:
    dialogue: Dialogue
    used: float  # time of the last use, by the book's clock


class DialogueBook:
    """Dialogues by id, least recently used first.

    max_dialogues  how many are kept
    max_rounds     how many rounds one may have
    max_bytes      how much memory they may take together
    ttl            seconds after its last use that a dialogue ends
    clock          seconds; only differences count. When it jumps back, ages start again
    store          where rounds are kept over a restart; None keeps them in memory only. What it
                   holds is read here; ages start with the process
    """

    def __init__(self, max_dialogues: int, max_rounds: int, max_bytes: int, ttl: float,
                 clock: Callable[[], float], store: Store | None = None) -> None:
        self.max_dialogues = max_dialogues
        self.max_rounds = max_rounds
        self.max_bytes = max_bytes
        self.ttl = ttl
        self.store = store
        self._clock = clock
        self._lock = RLock()
        self._evicted: list[tuple[str, str]] = []
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._nbytes = 0  # of all dialogues
        for dialogue in store.load() if store is not None else ():
            self._entries[dialogue.id] = _Entry(dialogue, clock())
            self._nbytes += dialogue.nbytes
        self._make_room(self._newest())

    def open(self, dialogue_id: str = '') -> Dialogue:
        """Return the dialogue, or a new one; '' is the default one.

        A new one counts, and is listed, from its first round on, so that a failed first request
        neither leaves an empty dialogue nor pushes another one out.
        """
        dialogue_id = _checked(dialogue_id)
        with self._lock:
            self._expire()
            entry = self._use(dialogue_id)
            return Dialogue(dialogue_id) if entry is None else entry.dialogue

    def peek(self, dialogue_id: str = '') -> Dialogue:
        """Return the dialogue, or a new one, as `open` does, without counting that as a use."""
        dialogue_id = _checked(dialogue_id)
        with self._lock:
            self._expire()
            entry = self._entries.get(dialogue_id)
            return Dialogue(dialogue_id) if entry is None else entry.dialogue

    def get(self, dialogue_id: str = '') -> Dialogue:
        """Return an existing dialogue, or raise UnknownDialogue naming those that exist.

        The default one always exists.
        """
        dialogue = self.open(dialogue_id)
        with self._lock:
            if dialogue.id != DEFAULT and dialogue.id not in self._entries:
                known = ', '.join(f'"{name}"' for name in self._entries) or 'none yet'
                raise UnknownDialogue(f'there is no dialogue "{dialogue.id}"; '
                                      f'dialogues so far: {known}')
        return dialogue

    def list(self) -> tuple[Dialogue, ...]:
        """Return all dialogues, most recently used first."""
        with self._lock:
            self._expire()
            return tuple(e.dialogue for e in reversed(self._entries.values()))

    def check_room(self, dialogue: Dialogue) -> None:
        """Raise BadRequest when the dialogue can take no further round."""
        if len(dialogue.rounds) >= self.max_rounds:
            raise BadRequest(f'dialogue "{dialogue.id}" has {len(dialogue.rounds)} rounds, which '
                             'is the most that is kept; say "start over" or use another dialogue')

    def append(self, dialogue_id: str, record: Round) -> Dialogue:
        """Record a round, and return the dialogue that now holds it.

        Raises BadRequest, and changes nothing, when the dialogue is full.
        """
        with self._lock:
            dialogue = self.open(dialogue_id)
            self.check_room(dialogue)
            size = dialogue.nbytes + record.nbytes
            if size > self.max_bytes:
                raise BadRequest(f'dialogue "{dialogue.id}" would take {size} bytes, more than '
                                 f'the {self.max_bytes} for all; say "start over" or use another '
                                 'dialogue')
            dialogue.check(record)
            if self.store is not None:  # first: where it raises, nothing has changed
                self.store.append(dialogue.id, record)
            dialogue.append(record)
            self._nbytes += record.nbytes
            self._entries[dialogue.id] = _Entry(dialogue, self._clock())
            self._entries.move_to_end(dialogue.id)
            self._make_room(dialogue.id)
            self.catch_up()
            return dialogue

    def check_prohibitions(self, dialogue: Dialogue) -> None:
        """Raise BadRequest when a dialogue holds as many prohibitions as it may."""
        if len(dialogue.prohibitions) >= MAX_PROHIBITIONS:
            raise BadRequest(f'dialogue "{dialogue.id}" has {MAX_PROHIBITIONS} prohibitions, '
                             'which is the most that is kept; say "start over" or use another '
                             'dialogue')

    def forbid(self, dialogue_id: str, prohibition: Prohibition) -> None:
        """Remember what must be left alone; a dialogue without rounds counts from now on.

        Raises BadRequest, and changes nothing, when the dialogue holds MAX_PROHIBITIONS.
        """
        with self._lock:
            dialogue = self.open(dialogue_id)
            self.check_prohibitions(dialogue)
            dialogue.forbid(prohibition)
            self._entries[dialogue.id] = _Entry(dialogue, self._clock())
            self._entries.move_to_end(dialogue.id)
            if self.store is not None:
                self.store.forbid(dialogue.id, len(dialogue.prohibitions), prohibition)
            self._make_room(dialogue.id)

    def speak_of(self, dialogue_id: str, instruction: str) -> None:
        """Remember a question about things; a dialogue without rounds counts from now on."""
        with self._lock:
            dialogue = self.open(dialogue_id)
            dialogue.speak_of(instruction)
            self._entries[dialogue.id] = _Entry(dialogue, self._clock())
            self._entries.move_to_end(dialogue.id)
            self._make_room(dialogue.id)

    def rewind(self, dialogue_id: str, keep: int, *, reuse_ids: bool = False
               ) -> tuple[Round, ...]:
        """Keep the first `keep` rounds and return the ones taken away.

        reuse_ids  see `Dialogue.rewind`
        """
        with self._lock:
            dialogue = self.get(dialogue_id)
            gone = dialogue.rewind(keep, reuse_ids=reuse_ids)
            self._nbytes -= sum(record.nbytes for record in gone)
            if self.store is not None:
                self.store.rewind(dialogue.id, keep, dialogue.next_id - 1)
            return gone

    def drop(self, dialogue_id: str) -> None:
        """Forget a dialogue altogether; one that does not exist is no error."""
        with self._lock:
            dialogue_id = _checked(dialogue_id)
            entry = self._entries.pop(dialogue_id, None)
            if entry is not None:
                self._nbytes -= entry.dialogue.nbytes
                if self.store is not None:
                    self.store.drop(dialogue_id)

    def catch_up(self) -> None:
        """Write what is missing in the store, when it is time to try that again."""
        with self._lock:
            if self.store is None or not self.store.due:
                return
            foreign = self.store.catch_up([e.dialogue for e in self._entries.values()])
            for dialogue in reversed(foreign):  # used before all others
                self._entries[dialogue.id] = _Entry(dialogue, self._clock())
                self._entries.move_to_end(dialogue.id, last=False)
                self._nbytes += dialogue.nbytes
            self._make_room(self._newest())

    def evicted(self) -> tuple[tuple[str, str], ...]:
        """Return (id, reason) of the dialogues that were pushed out since the last call."""
        with self._lock:
            gone, self._evicted = tuple(self._evicted), []
            return gone

    def close(self) -> None:
        """Give the store's file free."""
        with self._lock:
            if self.store is not None:
                self.store.close()

    def _newest(self) -> str:
        return next(reversed(self._entries), '')

    def _use(self, dialogue_id: str) -> _Entry | None:
        entry = self._entries.get(dialogue_id)
        if entry is not None:
            entry.used = self._clock()
            self._entries.move_to_end(dialogue_id)
        return entry

    def _expire(self) -> None:
        now = self._clock()
        newest = self._entries.get(self._newest())
        if newest is not None and newest.used > now:  # the clock jumped back
            for entry in self._entries.values():
                entry.used = min(entry.used, now)
        while self._entries:
            oldest, entry = next(iter(self._entries.items()))
            if now - entry.used <= self.ttl:
                return
            self._evict(oldest, f'unused for more than {self.ttl:g} s')

    def _make_room(self, kept: str) -> None:
        """Push out the least recently used dialogues, but never `kept`, until the bounds hold."""
        while len(self._entries) > self.max_dialogues:
            self._evict(next(name for name in self._entries if name != kept),
                        f'more than {self.max_dialogues} dialogues')
        while self._nbytes > self.max_bytes and len(self._entries) > 1:
            self._evict(next(name for name in self._entries if name != kept),
                        f'dialogues take more than {self.max_bytes} bytes')

    def _evict(self, dialogue_id: str, reason: str) -> None:
        self.drop(dialogue_id)
        self._evicted.append((dialogue_id, reason))


def _checked(dialogue_id: str) -> str:
    if len(dialogue_id) > MAX_ID_CHARACTERS or not dialogue_id.isprintable():
        raise BadRequest(f'the dialogue id has {len(dialogue_id)} characters or unprintable ones; '
                         f'use at most {MAX_ID_CHARACTERS} printable characters')
    return dialogue_id or DEFAULT
