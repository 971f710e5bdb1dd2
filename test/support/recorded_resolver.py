# SPDX-License-Identifier: Apache-2.0
"""A server that speaks OpenAI's protocol and answers from a record: right, wrong, and not at all.

`REPLIES` are what models of several families say to the resolver's request, in the shapes in which
they come: bare, fenced, after a thought, with prose around, cut off, with wrong keys or types, in
another language, or refused. They are written after published transcripts and bug reports of these
servers, not captured from one. Holds no tests.
"""

import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MODEL = 'recorded-vl-4b'
COLOURS = '{"colours": ["red", "green", "blue"]}'


def resolution(op: str = 'show', phrase: str = '', count: int = 1, ref_ids: tuple[int, ...] = (),
               relation: str = '', part_of: int = 0, negatives: tuple[str, ...] = (),
               say: str = '') -> dict[str, Any]:
    """Return an object of the schema."""
    return {'op': op, 'phrase': phrase, 'count': count, 'ref_ids': list(ref_ids),
            'relation': relation, 'part_of': part_of, 'negatives': list(negatives), 'say': say}


# Of a dialogue that has shown instances 1 and 2.
IDS = (1, 2)
GOOD = (
    resolution(phrase='red mug'), resolution(phrase='mug', count=2),
    resolution(phrase='bottle', count=0), resolution(ref_ids=(2,)),
    resolution(ref_ids=(1, 2), count=2), resolution(phrase='handle', part_of=1),
    resolution(phrase='mug', ref_ids=(1,), relation='other'),
    resolution(phrase='bowl', ref_ids=(2,), relation='left'),
    resolution(phrase='pen', ref_ids=(1, 2), relation='between'),
    resolution(phrase='can', negatives=('red can',)), resolution('list'),
    resolution('count', phrase='apple', count=0), resolution('colour', ref_ids=(1,)),
    resolution('identify', ref_ids=(2,)), resolution('talk', say='Hello, tell me what to find.'),
    resolution(phrase='can opener'))


def _texts() -> Iterator[tuple[str, str, bool]]:
    """Yield (kind, text, whether it can be read as it is)."""
    for number, good in enumerate(GOOD):
        bare, wide = json.dumps(good), json.dumps(good, indent=2)
        yield 'bare', bare, True
        yield 'fenced', f'```json\n{wide}\n```', True
        yield 'prose', f'Sure! Here is the JSON object:\n\n{bare}\n\nHope it helps!', True
        yield 'thought', f'<think>\nThe user means {{it}}. ids: [1]\n</think>\n\n{bare}', True
        yield 'truncated', bare[:len(bare) * (number + 3) // 20], False
        yield 'quotes', bare.replace('"', "'"), False
    good = GOOD[0]
    for key in good:
        yield f'without {key}', json.dumps({k: v for k, v in good.items() if k != key}), False
    for key, value in (('bbox', [10, 20, 30, 40]), ('mask', 'rle'), ('confidence', 0.9),
                       ('reasoning', 'the red one'), ('point_2d', [500, 500])):
        yield f'with {key}', json.dumps({**good, key: value}), False
    for key, value in (('op', 'segment'), ('op', 'SHOW'), ('op', None), ('phrase', None),
                       ('phrase', ['red mug']), ('phrase', 'x' * 300), ('count', '1'),
                       ('count', -1), ('count', 1.5), ('count', True), ('count', 999),
                       ('ref_ids', 1), ('ref_ids', ['1']), ('ref_ids', [99]), ('ref_ids', None),
                       ('relation', 'next to'), ('relation', None), ('relation', 'left'),
                       ('part_of', 99), ('part_of', '1'), ('part_of', None),
                       ('negatives', 'none'), ('negatives', [1]), ('negatives', ['']),
                       ('say', None), ('say', 'x' * 500)):
        yield f'{key} {value!r:.12}', json.dumps({**good, key: value}), False
    for text in ('', ' ', 'The red mug is on the left side of the table.', 'null', '[]', '42',
                 "I'm sorry, but I can't help with identifying objects in this image.",
                 'As an AI language model, I cannot see images.', '{"op": "show", ',
                 '{}', '{"op": NaN}', bare_twice(GOOD[0]), '[{"bbox_2d": [12, 80, 200, 310], '
                 '"label": "red mug"}]', '<ref>red mug</ref><box>(101,222),(333,444)</box>',
                 '<think>The user wants the mug. I should look at the picture again and',
                 json.dumps(resolution()), json.dumps(resolution('talk')),
                 '{"op": "show", "op": "list", "phrase": "mug", "count": 1, "ref_ids": [], '
                 '"relation": "", "part_of": 0, "negatives": [], "say": ""}',
                 '{' * 3000, '\x00\x01\x02', '{"name": "resolve", "arguments": {"op": "show"}}'):
        yield 'no answer', text, False


def bare_twice(held: dict[str, Any]) -> str:
    """Return an object twice, as models repeat themselves."""
    return f'{json.dumps(held)}\n{json.dumps(held)}'


@dataclass(frozen=True)
class RecordedReply:
    """What a model said, and whether that is an answer as it stands."""

    kind: str
    text: str
    fits: bool


REPLIES = tuple(RecordedReply(*entry) for entry in _texts())

# What is answered to a body: a text, or (status, headers, bytes).
Script = Callable[[dict[str, Any]], str | tuple[int, Mapping[str, str], bytes]]


class RecordedServer:
    """A running server. `requests` are the bodies that came, `held` keeps answers back."""

    def __init__(self, script: Script, models: tuple[str, ...] = (MODEL,)) -> None:
        self.script, self.models = script, models
        self.requests: list[dict[str, Any]] = []
        self.held = threading.Event()
        self.held.set()
        outer = self

        class _Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                held = {'object': 'list', 'data': [{'id': m, 'object': 'model'}
                                                   for m in outer.models]}
                self._send(200, {}, json.dumps(held).encode())

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers['Content-Length'])))
                outer.requests.append({**body, 'key': self.headers.get('Authorization', '')})
                said = outer.script(body)
                outer.held.wait(60)
                if isinstance(said, str):
                    said = 200, {}, json.dumps({
                        'id': 'chatcmpl-1', 'object': 'chat.completion', 'model': body['model'],
                        'choices': [{'index': 0, 'finish_reason': 'stop', 'message': {
                            'role': 'assistant', 'content': said}}]}).encode()
                self._send(*said)

            def _send(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
                self.send_response(status)
                for name, value in {'Content-Type': 'application/json',
                                    'Content-Length': str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                try:
                    self.wfile.write(body)
                except OSError:     # the client has given up
                    pass

            def log_message(self, *args: object) -> None:
                pass
        self._server = ThreadingHTTPServer(('127.0.0.1', 0), _Handler)
        self._server.daemon_threads = True

    @property
    def url(self) -> str:
        """Address for resolver_url."""
        return f'http://127.0.0.1:{self._server.server_address[1]}/v1'

    def start(self) -> None:
        """Serve in a thread."""
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        """Serve no more."""
        self.held.set()
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def serving(script: Script, models: tuple[str, ...] = (MODEL,)) -> Iterator[RecordedServer]:
    """Run a server for the block."""
    server = RecordedServer(script, models)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def words(body: Mapping[str, Any]) -> str:
    """Return the text of the newest message of a request."""
    content = body['messages'][-1]['content']
    return content if isinstance(content, str) else content[-1]['text']


def sentence(body: Mapping[str, Any]) -> str:
    """Return the sentence that a request of the resolver is about; '' of others."""
    found = re.search(r'^Sentence: (.*)$', words(body), re.MULTILINE)
    return '' if found is None else json.loads(found[1])


def answering(by_sentence: Mapping[str, dict[str, Any] | str]) -> Script:
    """Answer sentences from a table, and the card with its colours."""
    def script(body: dict[str, Any]) -> str:
        said = sentence(body)
        if said not in by_sentence:
            return COLOURS if 'three rectangles' in words(body) else 'I do not know.'
        held = by_sentence[said]
        return held if isinstance(held, str) else json.dumps(held)
    return script
