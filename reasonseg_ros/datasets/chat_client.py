# SPDX-License-Identifier: Apache-2.0
"""Asks a language model behind any endpoint of the form of OpenAI's chat completions.

Every answer is kept in a file before anything else happens to it, and no question that is in the
file is paid for again. Busy endpoints are tried again, later and later. A budget ends the run
before it is exceeded. The key comes from the environment and is written nowhere.
"""

import hashlib
import http.client
import json
import os
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reasonseg_ros.core.errors import BadInput, ReasonSegError

KEY = 'OPENAI_API_KEY'      # variable of the environment
TRIES = 6
FIRST_WAIT, LONGEST_WAIT = 1.0, 60.0    # seconds
_BUSY = (408, 409, 425, 429, 500, 502, 503, 504, 529)
_CLOSED = (301, 302, 307, 308, 401, 402, 403, 404, 405)
_CHARACTERS = 3             # of a token, at least: estimates of costs are never too low
_IMAGE_TOKENS = 2000

Message = Mapping[str, Any]
Send = Callable[[urllib.request.Request, float], bytes]


class EndpointDown(ReasonSegError):
    """The endpoint answers nobody; what was answered before is kept."""


class NoAnswer(ReasonSegError):
    """The endpoint refuses this question, or its answer is none."""


class OverBudget(ReasonSegError):
    """The next question could cost more than is left; what was answered before is kept."""


@dataclass(frozen=True)
class Endpoint:
    """Who is asked; prices are for a million tokens, in any currency."""

    url: str
    model: str
    price_in: float = 0.0
    price_out: float = 0.0
    timeout: float = 120.0

    def __post_init__(self) -> None:
        if not self.url.startswith(('http://', 'https://')):
            raise BadInput(f'the endpoint is "{self.url}"; expected an address like '
                           'http://localhost:8000/v1')

    def cost(self, tokens_in: float, tokens_out: float) -> float:
        """Price of one answer."""
        return (tokens_in * self.price_in + tokens_out * self.price_out) / 1e6


@dataclass(frozen=True)
class Budget:
    """What a folder may cost, all its runs together; None = no limit."""

    most_cost: float | None = None
    most_calls: int | None = None


class ChatClient:
    """One endpoint, one file of answers; may be asked from several threads."""

    def __init__(self, endpoint: Endpoint, answers: Path, budget: Budget = Budget(),
                 send: Send | None = None, wait: Callable[[float], None] = time.sleep) -> None:
        if budget.most_cost is not None and not (endpoint.price_in or endpoint.price_out):
            raise BadInput('--most-cost needs prices; give --price-in and --price-out, for a '
                           'million tokens each')
        self._endpoint, self._budget, self._answers = endpoint, budget, answers
        self._send, self._wait = send or _sent, wait
        self._lock = threading.Lock()
        self._texts: dict[str, str] = {}
        self.calls, self.cost, self.reused = 0, 0.0, 0
        self._reserved = 0.0
        self._read()

    def _read(self) -> None:
        """Take the answers of earlier runs; a line that was cut off by a kill is passed over."""
        self._answers.parent.mkdir(parents=True, exist_ok=True)
        if not self._answers.exists():
            return
        content = self._answers.read_bytes()
        for line in content.split(b'\n'):
            try:
                held = json.loads(line)
                self._texts[held['key']] = _text_of(held['answer'])
                self.cost += held['cost']
                self.calls += 1
            except (ValueError, KeyError, TypeError, NoAnswer):
                continue
        if content and not content.endswith(b'\n'):
            with self._answers.open('ab') as file:
                file.write(b'\n')

    def ask(self, about: str, messages: Sequence[Message], temperature: float, most_tokens: int,
            attempt: int = 0, model: str = '') -> str:
        """Return the text of the answer.

        about    names the item in the file of answers
        attempt  counts questions that are asked again, since the answer was of no use
        model    another one than that of the endpoint

        Raises EndpointDown, NoAnswer, OverBudget; OSError when the disk is full.
        """
        body = {'model': model or self._endpoint.model, 'messages': list(messages),
                'temperature': temperature, 'max_tokens': most_tokens}
        text = json.dumps(body, sort_keys=True)
        key = hashlib.sha256(f'{attempt}{text}'.encode()).hexdigest()[:32]
        with self._lock:
            if key in self._texts:
                self.reused += 1
                return self._texts[key]
        answer = self._try(text.encode(), self._estimate(messages, most_tokens))
        cost = self._endpoint.cost(_used(answer, 'prompt_tokens'),
                                   _used(answer, 'completion_tokens'))
        with self._lock:
            with self._answers.open('a', encoding='utf-8') as file:
                file.write(json.dumps({'key': key, 'about': about, 'cost': cost,
                                       'answer': answer}) + '\n')
            self.cost += cost
            self._texts[key] = _text_of(answer)
        return self._texts[key]

    def _estimate(self, messages: Sequence[Message], most_tokens: int) -> float:
        """What a question costs at most, about."""
        tokens = 0.0
        for message in messages:
            content = message['content']
            for part in [{'text': content}] if isinstance(content, str) else content:
                text = part.get('text')
                tokens += _IMAGE_TOKENS if text is None else len(text) / _CHARACTERS
        return self._endpoint.cost(tokens, most_tokens)

    def _try(self, body: bytes, estimate: float) -> dict[str, Any]:
        """Send until there is an answer; return what the endpoint says, as it says it."""
        reason, pause = '', FIRST_WAIT
        for attempt in range(TRIES):
            if attempt:
                self._wait(pause)
            self._reserve(estimate)
            try:
                answer = json.loads(self._send(self._request(body), self._endpoint.timeout))
                _text_of(answer)
                return dict(answer)
            except urllib.error.HTTPError as error:
                reason = f'status {error.code}: {_said(error)}'
                if error.code in _CLOSED:
                    raise EndpointDown(self._closed(reason)) from error
                if error.code not in _BUSY:
                    raise NoAnswer(f'the endpoint refuses a question ({reason})') from error
                pause = _after(error.headers.get('Retry-After'), FIRST_WAIT * 2 ** attempt)
            except (OSError, http.client.HTTPException) as error:
                reason = str(getattr(error, 'reason', error)) or type(error).__name__
                pause = min(LONGEST_WAIT, FIRST_WAIT * 2 ** attempt)
            except (ValueError, NoAnswer) as error:
                reason = f'no answer in what came back ({error})'
                pause = min(LONGEST_WAIT, FIRST_WAIT * 2 ** attempt)
            finally:
                with self._lock:
                    self._reserved -= estimate
        if reason.startswith('no answer'):
            raise NoAnswer(f'the endpoint has {reason}, {TRIES} times')
        raise EndpointDown(self._closed(f'{reason}, {TRIES} times'))

    def _closed(self, reason: str) -> str:
        hint = '' if os.environ.get(KEY) else f', and whether {KEY} has to be set'
        return (f'"{self._endpoint.url}" does not answer ({reason}); what was answered is kept: '
                f'check the address and the model{hint}, and run the same command again')

    def _reserve(self, estimate: float) -> None:
        with self._lock:
            most = self._budget.most_calls
            if most is not None and self.calls >= most:
                raise OverBudget(f'{self.calls} calls were made, as many as --most-calls allows; '
                                 'what was answered is kept: raise it to go on')
            limit = self._budget.most_cost
            if limit is not None and self.cost + self._reserved + estimate > limit:
                raise OverBudget(f'{self.cost:.4f} is spent, and the next call could exceed '
                                 f'--most-cost {limit:g}; what was answered is kept: raise it to '
                                 'go on')
            self.calls += 1
            self._reserved += estimate

    def _request(self, body: bytes) -> urllib.request.Request:
        headers = {'Content-Type': 'application/json'}
        if os.environ.get(KEY):
            headers['Authorization'] = f'Bearer {os.environ[KEY]}'
        return urllib.request.Request(f'{self._endpoint.url.rstrip("/")}/chat/completions', body,
                                      headers)


def _sent(request: urllib.request.Request, timeout: float) -> bytes:
    with urllib.request.urlopen(request, timeout=timeout) as response:
        content: bytes = response.read()
        return content


def _text_of(answer: Any) -> str:
    """The words of an answer, '' for a refusal in its own field. Raises NoAnswer."""
    try:
        message = answer['choices'][0]['message']
        text = message.get('content')
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise NoAnswer(f'found {str(answer):.80}, expected choices with a message') from error
    if isinstance(text, str):
        return text
    if text is None:
        return ''
    raise NoAnswer(f'found {text!r:.80}, expected text')


def _used(answer: Mapping[str, Any], name: str) -> float:
    """Tokens that an answer states, 0 where it states none."""
    usage = answer.get('usage')
    found = usage.get(name) if isinstance(usage, dict) else None
    return float(found) if isinstance(found, (int, float)) else 0.0


def _said(error: urllib.error.HTTPError) -> str:
    try:
        return ' '.join(error.read(400).decode('utf-8', 'replace').split())[:120]
    except OSError:
        return str(error.reason)


def _after(stated: str | None, otherwise: float) -> float:
    """Seconds to wait: those that the endpoint states, or longer each time."""
    try:
        return min(LONGEST_WAIT, max(0.0, float(stated or '')))
    except ValueError:
        return min(LONGEST_WAIT, otherwise)
