# SPDX-License-Identifier: Apache-2.0
"""What lives from configure to cleanup: the engine, the dialogues and their store.

Made and used by the worker thread; only the book may be read from others. Does not receive images
or publish.
"""

import ctypes
import math
import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.dialogue.book import DialogueBook
from reasonseg_ros.core.dialogue.dialogue import Dialogue, Instance, Round
from reasonseg_ros.core.dialogue.store import Store
from reasonseg_ros.core.errors import Status
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.engines.protocol import Engine, Question
from reasonseg_ros.engines.registry import load_tracker
from reasonseg_ros.engines.session import Session
from reasonseg_ros.ros.frames import Frames
from reasonseg_ros.ros.params import Settings

Loader = Callable[[str, str, str, str, str], Engine]  # see engines.registry.load

MAX_ROUNDS = 200            # of one dialogue
MAX_BYTES = 64 * 2**20      # of all dialogues together; a round takes about 2 kB
TRIM = 60.0                 # seconds of use after which memory that is free goes back
PAUSE = 0.02                # seconds after an answer; who asks again at once takes about 5 ms
MEMORY = ':memory:'         # value of store_path that keeps no file


class ModelState:
    """A warm engine and the dialogues of one node.

    node_name  fully qualified; names the store when the settings do not
    clock      seconds of the node's clock
    """

    def __init__(self, settings: Settings, load: Loader, node_name: str,
                 clock: Callable[[], float]) -> None:
        self.engine = load(settings.engine, settings.checkpoint, settings.device, settings.dtype,
                           settings.options)
        _warm(self.engine)
        self._video = load_tracker(settings.tracker, settings.tracker_checkpoint, settings.device,
                                   settings.dtype)
        path = store_path(settings.store_path, node_name)
        store = None if path is None else Store(path)
        self.notices = [] if store is None else store.notices
        self.book = DialogueBook(settings.max_dialogues, MAX_ROUNDS, MAX_BYTES,
                                 settings.dialogue_ttl or math.inf, clock, store)
        self._window = settings.pinned_window
        self.frames = Frames(self._window)
        self._session: Session | None = None
        self._trimmed = time.monotonic()
        self._bounds: tuple[float, float] | None = None

    def session(self, settings: Settings) -> Session:
        """Return the session; a new one, with empty caches, when its settings have changed.

        What is followed is followed on.
        """
        self.book.ttl = settings.dialogue_ttl or math.inf
        bounds = (settings.score_threshold, settings.ambiguity_margin)
        if self._session is None or bounds != self._bounds:
            self.settle()
            self._bounds = bounds
            self._session = Session(self.engine, self.book, score_threshold=bounds[0],
                                    ambiguity_margin=bounds[1], rules=True, things=True,
                                    before=self._session, video=self._video)
        return self._session

    def settle(self, awaited: Callable[[float], bool] = lambda _: False) -> None:
        """Do what was left for when whoever asked has the answer.

        awaited  tells whether somebody waits, or will within some seconds: what can wait then does
        """
        soon = awaited(PAUSE)
        if self._session is not None:
            self._session.settle(lambda: soon or awaited(0.0))
        if not soon and (now := time.monotonic()) > self._trimmed + TRIM:
            self._trimmed = now
            trim()

    def forget_images(self) -> None:
        """Drop what was seen, as when time went back; the dialogues and their records stay.

        May be called in any thread, also while a request runs; that one ends as it began.
        """
        self.frames = Frames(self._window)
        self._bounds = None  # the next request gets a session with empty caches

    @property
    def unsaved(self) -> str:
        """Why rounds are missing on disk; '' while none is, or when no file is kept."""
        return '' if self.book.store is None else self.book.store.trouble

    @property
    def persistent(self) -> bool:
        """Whether every round is on disk; False when no file is kept."""
        return self.book.store is not None and self.book.store.persistent

    def close(self) -> None:
        """Give the store's file free."""
        self.settle()
        self.book.close()


def store_path(given: str, node_name: str) -> Path | None:
    """Return the file of the store; None when nothing is to be kept."""
    if given == MEMORY:
        return None
    if given:
        return Path(given).expanduser()
    home = Path(os.environ.get('ROS_HOME') or Path.home() / '.ros')
    return home / 'reasonseg_ros' / f'{node_name.strip("/").replace("/", ".")}.sqlite3'


def trim() -> None:
    """Give the system the memory that is free (glibc, malloc_trim(3); 2 to 15 ms).

    Images come and go in many threads, and glibc keeps what each has freed: about 100 MB more in an
    hour of requests, of which nothing was in use.
    """
    if (free := getattr(ctypes.CDLL(None), 'malloc_trim', None)) is not None:
        free(0)


def _warm(engine: Engine) -> None:
    """Feed a mask and answer once, so that the first request does not pay for lazy set-up.

    In black, only what is asked of a given instance is likely to be answered with a mask.
    """
    context = engine.open(Frame(np.zeros((480, 640, 3), np.uint8)))
    mask = np.zeros((480, 640), bool)
    mask[200:280, 280:360] = True
    mug = Instance(1, 0, 1, 'mug', 1.0, Rle.encode(mask))
    dialogue = Dialogue('')
    dialogue.append(Round(1, '', '', (), Status.OK, '', (mug,)))
    context.remember(dialogue.round(1))
    context.ask(Question('the handle of instance 1', (mug,), next_id=2, dialogue=dialogue))
