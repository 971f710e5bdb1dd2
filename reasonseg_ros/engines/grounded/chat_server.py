# SPDX-License-Identifier: Apache-2.0
"""One small client of OpenAI-compatible servers: vLLM, SGLang, llama.cpp, Ollama.

One call is one POST to /chat/completions, without a stream, in a thread of its own, so that it can
be given up. What a server does wrong becomes one sentence. Does not retry, does not know what is
asked, goes through no proxy, and sends a key only where REASONSEG_RESOLVER_KEY holds one.
"""

import http.client
import json
import os
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from reasonseg_ros.core.errors import BadRequest, Busy, DeadlineExceeded, ReasonSegError

KEY = 'REASONSEG_RESOLVER_KEY'  # environment variable
PATIENCE = 20.0     # seconds that one call may take
POLL = 0.02         # seconds between looks at `cancelled`
LARGEST = 1 << 20   # bytes of an answer
TOKENS = 400        # of an answer, at most


class ServerError(ReasonSegError):
    """The server does not answer as it should."""


class ChatServer:
    """A model of a server.

    url    up to and with /v1;  model  its name there
    """

    def __init__(self, url: str, model: str, patience: float = PATIENCE) -> None:
        self.url, self.model, self._patience = url.rstrip('/'), model, patience

    @property
    def name(self) -> str:
        """The model's name as one word."""
        return self.model.rsplit('/', 1)[-1].replace(' ', '-') or 'server'

    @staticmethod
    def reach(url: str, model: str = '', patience: float = PATIENCE) -> 'ChatServer':
        """Return the model of that name, '' = the only one; raises ReasonSegError."""
        server = ChatServer(url, model, patience)
        held = server._request('GET', '/models', None, lambda: False)
        entries = held.get('data')
        names = [e['id'] for e in entries if isinstance(e, dict) and isinstance(e.get('id'), str)
                 ] if isinstance(entries, list) else []
        if not names:
            raise ServerError(f'the server at {url} lists no models; check that resolver_url ends '
                              'with /v1 and that a model is loaded')
        if model and model not in names:
            raise BadRequest(f'the server at {url} has no model "{model}", it has: '
                             f'{", ".join(names[:5])}; set resolver_model to one of them')
        if not model and len(names) > 1:
            raise BadRequest(f'the server at {url} has {len(names)} models: '
                             f'{", ".join(names[:5])}; set resolver_model to one of them')
        server.model = model or names[0]
        return server

    def complete(self, messages: list[dict[str, Any]], schema: dict[str, Any],
                 cancelled: Callable[[], bool]) -> str:
        """Return the text of one answer; see `engines.grounded.resolver.ChatModel`."""
        held = self._request('POST', '/chat/completions', {
            'model': self.model, 'messages': messages, 'temperature': 0, 'max_tokens': TOKENS,
            'stream': False,
            'response_format': {'type': 'json_schema', 'json_schema': {
                'name': 'answer', 'strict': True, 'schema': schema}}}, cancelled)
        try:
            text = held['choices'][0]['message']['content']
        except (KeyError, IndexError, TypeError) as error:
            raise ServerError(f'the server at {self.url} answered without a message '
                              f'({json.dumps(held)[:80]}); check that it is OpenAI-compatible'
                              ) from error
        # A refusal, or a thought that used up all tokens, has no content: no answer that fits.
        return text if isinstance(text, str) else ''

    def _request(self, method: str, path: str, body: dict[str, Any] | None,
                 cancelled: Callable[[], bool]) -> dict[str, Any]:
        call = _Call(self.url, method, path, body, self._patience)
        end = time.monotonic() + self._patience
        while not call.done.wait(POLL):
            if cancelled():
                call.give_up()
                raise DeadlineExceeded('the request was cancelled or its deadline passed before '
                                       'the resolver answered')
            if time.monotonic() >= end:
                call.give_up()
                raise DeadlineExceeded(f'the server at {self.url} did not answer within '
                                       f'{self._patience:g} s; look at its load, or use a smaller '
                                       'model')
        if call.error is not None:
            raise ServerError(f'the server at {self.url} cannot be reached '
                              f'({call.error}); start it, or correct resolver_url'
                              ) from call.error
        return self._checked(call.status, call.body, call.after)

    def _checked(self, status: int, body: bytes, after: str) -> dict[str, Any]:
        if status != 200:
            raise self._refusal(status, body, after)
        if len(body) > LARGEST:
            raise ServerError(f'the server at {self.url} answered with more than {LARGEST} bytes; '
                              'check that it is OpenAI-compatible')
        try:
            held = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise ServerError(f'the server at {self.url} answered with no JSON '
                              f'({body[:40]!r}); check that it is OpenAI-compatible') from error
        if not isinstance(held, dict):
            raise ServerError(f'the server at {self.url} answered with no JSON object; check that '
                              'it is OpenAI-compatible')
        return held

    def _refusal(self, status: int, body: bytes, after: str) -> ReasonSegError:
        said = _message(body)
        if status in (429, 503):
            wait = f' in {after} s' if after.isdigit() else ''
            return Busy(f'the server at {self.url} is busy (HTTP {status}: {said}); ask '
                        f'again{wait}')
        if status in (401, 403):
            return BadRequest(f'the server at {self.url} wants a key (HTTP {status}: {said}); set '
                              f'{KEY} in the environment')
        if status == 404:
            return BadRequest(f'the server at {self.url} does not know model "{self.model}" or the '
                              f'address (HTTP 404: {said}); check resolver_url and resolver_model')
        if status in (400, 413, 422):
            return BadRequest(f'the server at {self.url} refused the request (HTTP {status}: '
                              f'{said}); a model without vision needs resolver_image=off, a short '
                              'context a larger one at the server')
        return ServerError(f'the server at {self.url} failed (HTTP {status}: {said}); look at its '
                           'log')


class _Call:
    """One request, in a thread that ends with the process."""

    def __init__(self, url: str, method: str, path: str, body: dict[str, Any] | None,
                 patience: float) -> None:
        self.done = threading.Event()
        self.error: Exception | None = None
        self.status, self.body, self.after = 0, b'', ''
        to = urlsplit(url)
        kind = http.client.HTTPSConnection if to.scheme == 'https' else http.client.HTTPConnection
        # Longer than anybody waits: an end by itself, for threads that were given up.
        self._connection = kind(to.hostname or '', to.port, timeout=2 * patience)
        self._method, self._path = method, to.path + path
        self._sent = None if body is None else json.dumps(body).encode()
        threading.Thread(target=self._run, daemon=True).start()

    def give_up(self) -> None:
        """Close the connection; nobody waits any more."""
        if self._connection.sock is not None:
            self._connection.sock.close()

    def _run(self) -> None:
        headers = {'Content-Type': 'application/json', 'Accept': 'application/json'}
        if key := os.environ.get(KEY):
            headers['Authorization'] = f'Bearer {key}'
        try:
            self._connection.request(self._method, self._path, self._sent, headers)
            answer = self._connection.getresponse()
            self.status, self.after = answer.status, answer.headers.get('Retry-After', '')
            self.body = answer.read(LARGEST + 1)
        except (OSError, http.client.HTTPException, ValueError, AttributeError) as error:
            self.error = error   # AttributeError: the connection was closed meanwhile
        finally:
            self._connection.close()
            self.done.set()


def _message(body: bytes) -> str:
    """Return what a server says about its refusal, on one line."""
    text = body[:4000].decode('utf-8', 'replace')
    try:
        held = json.loads(text)
        error = held.get('error', held.get('message', held)) if isinstance(held, dict) else held
        text = str(error.get('message', error) if isinstance(error, dict) else error)
    except ValueError:
        pass
    return ' '.join(text.split())[:160] or 'no reason given'
