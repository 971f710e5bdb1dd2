# SPDX-License-Identifier: Apache-2.0
"""What all sets have in common that a language model writes: prompts, images, strict reading.

Prompts are text files; those in the output folder count, so that they can be changed there. An
answer is read strictly, and asked for again when it has not the form; what is wrong is counted.
Knows no endpoint and no data set.
"""

import base64
import io
import json
import re
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from string import Template
from typing import Any, TypeVar

from PIL import Image

from reasonseg_ros.benchmarks.image_files import read_rgb
from reasonseg_ros.core.errors import BadInput
from reasonseg_ros.datasets.chat_client import ChatClient, Message, NoAnswer
from reasonseg_ros.datasets.parts import written

FOLDER = Path(__file__).parent / 'prompts'
MOST_SIDE = 1024        # pixels of the longer side of an image that is sent
TRIES = 2               # for an answer of the right form
_REFUSAL = re.compile(r"\b(?:i(?:'m| am) (?:sorry|unable)|i (?:cannot|can't)|as an ai)\b",
                      re.IGNORECASE)
T = TypeVar('T')
R = TypeVar('R')

Complaints = Counter[str]


class BadForm(ValueError):
    """An answer has not the form that was asked for; the text says what is missing."""


class Prompts:
    """The prompts of an output folder, copied there from the package where they are missing."""

    def __init__(self, folder: Path, names: Iterable[str]) -> None:
        self._texts = {}
        for name in names:
            path = folder / f'{name}.txt'
            if not path.exists():
                with written(path) as file:
                    file.write((FOLDER / f'{name}.txt').read_text(encoding='utf-8'))
            self._texts[name] = path.read_text(encoding='utf-8').strip()

    def fill(self, name: str, **slots: str) -> str:
        """Return a prompt with its slots ($regions) filled in. Raises BadInput."""
        try:
            return Template(self._texts[name]).substitute(slots)
        except (KeyError, ValueError) as error:
            raise BadInput(f'the prompt "{name}" has a slot that is not known ({error}); known are '
                           f'{", ".join(f"${slot}" for slot in slots) or "none"}; write $$ for a '
                           'dollar') from error


def user(text: str, image: str = '') -> Message:
    """Return a message with an image in front of its text; '' = none."""
    shown = [{'type': 'image_url', 'image_url': {'url': image}}] if image else []
    return {'role': 'user', 'content': [*shown, {'type': 'text', 'text': text}] if image else text}


def assistant(text: str) -> Message:
    """Return a message that the model is told it has said."""
    return {'role': 'assistant', 'content': text}


def data_url(path: Path, box: tuple[float, float, float, float] | None = None) -> str:
    """Return an image, or the crop of a box (x0, y0, x1, y1), as the text of a URL.

    Raises BadImage.
    """
    image = Image.fromarray(read_rgb(path))
    if box is not None:
        x0, y0, x1, y1 = box
        image = image.crop((int(x0), int(y0), max(int(x1), int(x0) + 1),
                            max(int(y1), int(y0) + 1)))
    image.thumbnail((MOST_SIDE, MOST_SIDE))
    buffer = io.BytesIO()
    image.save(buffer, 'JPEG', quality=90)
    return f'data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode("ascii")}'


def json_in(text: str, kind: type[T]) -> T:
    """Return the first JSON value of a kind in an answer that may have prose around it.

    Raises BadForm.
    """
    if _REFUSAL.search(text) and '{' not in text:
        raise BadForm('refusal')
    decode = json.JSONDecoder().raw_decode
    opening = '{' if kind is dict else '['
    for at in (m.start() for m in re.finditer(re.escape(opening), text)):
        try:
            found = decode(text, at)[0]
        except (ValueError, RecursionError):
            continue
        if isinstance(found, kind):
            return found
    raise BadForm('no JSON of the form that was asked for')


def asked(client: ChatClient, about: str, messages: list[Message], temperature: float,
          most_tokens: int, read: Callable[[str], R], complaints: Complaints, model: str = ''
          ) -> R | None:
    """Ask, and once more where the answer has not the form; None where it has not then, either.

    read   raises BadForm
    model  another one than that of the client
    """
    for attempt in range(TRIES):
        try:
            return read(client.ask(about, messages, temperature, most_tokens, attempt, model))
        except BadForm as error:
            complaints[f'answers: {error}'] += 1
        except NoAnswer:
            complaints['answers: none'] += 1
            return None
    return None


def in_order(work: Callable[[T], R], pieces: Iterable[T], threads: int) -> Iterator[R]:
    """Yield work(piece) in the order of the pieces, done by some threads at a time.

    The first error ends it; what was begun before is waited for.
    """
    with ThreadPoolExecutor(max(1, threads)) as pool:
        jobs: deque[Future[R]] = deque()
        try:
            for piece in pieces:
                jobs.append(pool.submit(work, piece))
                if len(jobs) >= 2 * threads:
                    yield jobs.popleft().result()
            while jobs:
                yield jobs.popleft().result()
        finally:
            for job in jobs:
                job.cancel()


def normal(text: str) -> str:
    """Words in lower case without signs, to find questions that come twice."""
    return ' '.join(re.findall(r"[a-z0-9']+", text.lower()))


def names_any(text: str, nouns: Iterable[str]) -> bool:
    """Whether a text has one of some nouns, also in the plural."""
    return any(re.search(rf'\b{re.escape(noun)}(?:s|es)?\b', text, re.IGNORECASE)
               for noun in nouns if noun)


def only_text(value: Any, name: str) -> str:
    """Return a field of words. Raises BadForm."""
    found = value.get(name) if isinstance(value, dict) else None
    if not isinstance(found, str) or not found.strip():
        raise BadForm(f'no "{name}" in an item')
    return ' '.join(found.split())
