# SPDX-License-Identifier: Apache-2.0
"""Spoken input: from what a speech recogniser writes to `~/instruction` to sentences to serve.

Recognisers write silence, fillers, and the same sentence several times while it grows; one
sentence must be served once. Does not resolve references, answer, or know what a recogniser is
sure of.
"""

import math
import re
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from rclpy.callback_groups import CallbackGroup
from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from rclpy.qos import QoSProfile
from std_msgs.msg import String

from reasonseg_ros.core.errors import Cancelled
from reasonseg_ros.core.language.normalise import fold, normalise
from reasonseg_ros.core.language.references import MAX_CHARACTERS
from reasonseg_ros.ros import params
from reasonseg_ros.ros.qos import Endpoints

# Sentences that cancel what runs. When nothing runs, all but "stop" are left to the grammar, which
# takes them for "undo".
STOP = frozenset(('stop', 'cancel', 'never mind', 'nevermind'))

_WORD = re.compile(r"[\w'\u2019]+")
_BETWEEN = ' \t\n,.;:!?-'


class Transcripts:
    """Tells sentences from their repetitions. Times are seconds of any one clock.

    A transcript is held until `window` seconds have brought none that continues it; one that
    repeats it, or that repeats what was taken within the window, is dropped.
    """

    def __init__(self) -> None:
        self.until = math.inf       # when the held sentence is due
        self._held = ''
        self._last = ''             # words that were taken last
        self._repeated = -math.inf  # when they were taken or repeated

    def hear(self, sentence: str, now: float, window: float) -> list[str]:
        """Take a transcript; return the sentences that are complete now, oldest first."""
        if len(sentence) > MAX_CHARACTERS:
            return [*self._take(now), sentence]  # left to the grammar, which says what is wrong
        words = normalise(sentence)
        if not words or self.repeats(words, now, window):
            return []
        if window <= 0:
            return [*self._take(now), sentence]
        held = normalise(self._held)
        if held == words or held.startswith(f'{words} '):
            return []
        complete = [] if words.startswith(held) else self._take(now)
        self._held, self.until = sentence, now + window
        return complete

    def due(self, now: float) -> list[str]:
        """Return the held sentence when it has been held long enough."""
        return self._take(now) if now >= self.until else []

    def repeats(self, words: str, now: float, window: float) -> bool:
        """Whether `words` were just taken; they count as said again."""
        if words != self._last or now - self._repeated >= window:
            return False
        self._repeated = now
        return True

    def taken(self, words: str, now: float) -> bool:
        """Note that `words` were acted on, drop what is held, and return whether there was any."""
        dropped, self._held, self.until = bool(self._held), '', math.inf
        self._last, self._repeated = words, now
        return dropped

    def _take(self, now: float) -> list[str]:
        sentence = self._held
        if sentence:
            self.taken(normalise(sentence), now)
        return [sentence] if sentence else []


class Speech:
    """The subscription `~/instruction` of `node`.

    serve   takes one complete sentence; quick
    cancel  cancels what runs and what waits, and returns their futures in this order
    say     speaks a sentence back
    """

    def __init__(self, node: Node, endpoints: Endpoints, group: CallbackGroup,
                 serve: Callable[[str], None], cancel: Callable[[], list[Future[Any]]],
                 say: Callable[[str], None]) -> None:
        self._node, self._serve, self._cancel, self._say = node, serve, cancel, say
        self._transcripts = Transcripts()
        self._lock = threading.Lock()
        endpoints.subscription(String, '~/instruction', self._hear, QoSProfile(depth=10), group)
        # Speech is as fast as it is, whatever the clock of a simulation does.
        self._timer = node.create_timer(1.0, self._look, callback_group=group,
                                        clock=Clock(clock_type=ClockType.STEADY_TIME))
        self._timer.cancel()

    def _hear(self, message: String) -> None:
        settings = params.read(self._node)
        sentence = awake(message.data, settings.wake_phrase)
        now, window = time.monotonic(), settings.speech_window
        words = normalise(sentence) if len(sentence) <= MAX_CHARACTERS else ''
        with self._lock:
            if words in STOP and self._stopped(words, now, window):
                return
            before = self._transcripts.until
            complete = self._transcripts.hear(sentence, now, window)
            if self._transcripts.until not in (before, math.inf):
                self._timer.timer_period_ns = round(window * 1e9)
                self._timer.reset()
        for each in complete:
            self._serve(each)

    def _look(self) -> None:
        """Serve the held sentence when nothing has continued it."""
        with self._lock:
            complete = self._transcripts.due(time.monotonic())
            if complete:
                self._timer.cancel()
        for each in complete:
            self._serve(each)

    def _stopped(self, words: str, now: float, window: float) -> bool:
        """Cancel what runs or is held; return whether there is no more to do."""
        if words != 'stop' and self._transcripts.repeats(words, now, window):
            return True  # else the second "cancel" would take back a round
        cancelled = self._cancel()
        if cancelled:
            cancelled[0].add_done_callback(self._ended)
        if not self._transcripts.taken(words, now) and not cancelled:
            if words == 'stop':
                self._say('nothing is running')
            return words == 'stop'
        if not cancelled:
            self._say('cancelled')
        return True

    def _ended(self, future: Future[Any]) -> None:
        if isinstance(future.exception(), Cancelled) and self._node.context.ok():
            self._say('cancelled')


def awake(sentence: str, wake_phrase: str) -> str:
    """Return what follows the wake phrase; '' when the sentence does not begin with it.

    Fillers may come before it. Without a wake phrase every sentence is heard as it is.
    """
    wanted = _WORD.findall(fold(wake_phrase))
    if not wanted:
        return sentence
    words = list(_WORD.finditer(sentence))
    said = [fold(word[0]) for word in words]
    first, count = 0, len(wanted)
    while first < len(said) and said[first:first + count] != wanted and not normalise(said[first]):
        first += 1
    if said[first:first + count] != wanted:
        return ''
    return sentence[words[first + count - 1].end():].lstrip(_BETWEEN)
