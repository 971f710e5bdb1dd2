# SPDX-License-Identifier: Apache-2.0
"""A recorded endpoint on this machine: chat completions as real ones are shaped, and bad ones.

`talk` gives what is said to a request; what comes first are the faults that a test wants.
"""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MMR_PAIRS = [
    {'question': 'What would you hold to stir the hot tea without burning your fingers?',
     'answer': "Take the mug [mug_1] by its handle, the handle of the mug [mug_1's handle]."},
    {'question': 'Which thing could cut the fruit?', 'answer': 'The knife [knife_1] is sharp.'},
    {'question': 'Where is the knife that is needed?', 'answer': 'The knife [knife_1] is here.'},
    {'question': 'What is at (12, 30) near the cook?', 'answer': 'The orange [orange_1].'},
    {'question': 'What would light the room at night?', 'answer': 'The chandelier [chandelier_1].'},
    {'question': 'What is all of this good for?', 'answer': 'Nothing that was outlined.'},
]
LLMSEG_LINES = """Here are the questions.
1. [Q]: What sees well in the dark? [A]: owl
2. [Q]: What would you peel before you eat it? [A]: orange
3. [Q]: Which mug is full of tea? [A]: mug
4. [Q]: What stands to the left of the bird? [A]: lamp
5. [Q]: What is fixed to the wall? [A]: shelf
"""


@dataclass(frozen=True)
class Fault:
    """An answer that is none: its status, or a body, or seconds of silence."""

    status: int = 200
    body: bytes = b''
    headers: dict[str, str] = field(default_factory=dict)
    silence: float = 0.0


RATE_LIMIT = Fault(429, b'{"error": {"message": "Rate limit reached"}}', {'Retry-After': '0'})
OVERLOAD = Fault(503, b'overloaded')
NO_JSON = Fault(200, b'<html>gateway</html>')
TIMEOUT = Fault(silence=1.0)


def completion(text: str | None, tokens: int = 100) -> bytes:
    """Return a body as endpoints send it."""
    return json.dumps({'id': 'chatcmpl-1', 'object': 'chat.completion', 'choices': [
        {'index': 0, 'finish_reason': 'stop', 'message': {'role': 'assistant', 'content': text}}],
        'usage': {'prompt_tokens': tokens, 'completion_tokens': tokens // 2}}).encode()


def last_text(body: dict) -> str:
    """Words of the newest message of a request."""
    content = body['messages'][-1]['content']
    return content if isinstance(content, str) else content[-1]['text']


def writer(body: dict) -> str:
    """Answer every prompt of the package as a model might."""
    text = last_text(body)
    if 'robot about this photograph' in text:
        return f'Sure!\n```json\n{json.dumps(MMR_PAIRS)}\n```\nLet me know if you need more.'
    if '[Important Objects]' in text:
        return LLMSEG_LINES
    if 'one thing, a' in text:
        return '["an object that is shown close up", "thing"]'
    if 'mistakes in its grammar' in text or 'Look at both again' in text:
        sentence = text.split('"')[1]
        return json.dumps({'sentence': f'Well, {sentence[0].lower()}{sentence[1:]}'})
    return 'A table with some things on it. Nobody is there.'


class Endpoint:
    """What the server was asked, and its address."""

    def __init__(self, talk: Callable[[dict], str | None], faults: list[Fault]) -> None:
        self.talk, self.faults = talk, list(faults)
        self.bodies: list[dict] = []
        self.keys: list[str | None] = []
        self.url = ''


@contextmanager
def endpoint(talk: Callable[[dict], str | None] = writer, *faults: Fault) -> Iterator[Endpoint]:
    """Run the server; the faults come first, in order."""
    state = Endpoint(talk, list(faults))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # noqa: N802 (the name is http.server's)
            body = json.loads(self.rfile.read(int(self.headers['Content-Length'])))
            state.bodies.append(body)
            state.keys.append(self.headers.get('Authorization'))
            fault = state.faults.pop(0) if state.faults else None
            if fault is not None and fault.silence:
                time.sleep(fault.silence)
                return
            content = fault.body if fault is not None else completion(state.talk(body))
            self.send_response(fault.status if fault is not None else 200)
            for name, value in (fault.headers if fault is not None else {}).items():
                self.send_header(name, value)
            self.send_header('Content-Length', str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *arguments) -> None:
            pass
    server = ThreadingHTTPServer(('127.0.0.1', 0), Handler)
    state.url = f'http://127.0.0.1:{server.server_port}/v1'
    thread = threading.Thread(target=server.serve_forever, kwargs={'poll_interval': 0.01})
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
