# SPDX-License-Identifier: Apache-2.0
"""A model hub on this computer, in the form of Hugging Face's: listings, ranges, gates, faults.

Large files are sent on to another address, as the real hub does. Holds no tests.
"""

import hashlib
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

COMMIT = 'c0ffee' + '0' * 34
LARGE = 2000    # bytes from which a file is in LFS, and sent on


class LocalHub:
    """Repositories by name: path -> bytes. Faults are switched on by its attributes.

    token     that gates want; '' = no gates
    cut       bytes after which an answer breaks off, so many times
    ranges    whether parts of files can be asked for
    damaged   paths whose bytes are not those that the listing speaks of
    requests  (path, Range, Authorization) of what was asked of the hub, and of `sent_on`
    """

    def __init__(self, repositories: Mapping[str, Mapping[str, bytes]]) -> None:
        self.repositories = repositories
        self.token, self.ranges = '', True
        self.cut: tuple[int, int] = (0, 0)
        self.damaged: frozenset[str] = frozenset()
        self.requests: list[tuple[str, str, str]] = []
        self.sent_on: list[tuple[str, str, str]] = []
        self._servers = [self._server(self.requests), self._server(self.sent_on)]

    @property
    def url(self) -> str:
        """Address of the hub."""
        return self._address(0)

    def _address(self, which: int) -> str:
        return f'http://127.0.0.1:{self._servers[which].server_address[1]}'

    def _server(self, requests: list[tuple[str, str, str]]) -> ThreadingHTTPServer:
        hub = self

        class _Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                requests.append((self.path, self.headers.get('Range', ''),
                                 self.headers.get('Authorization', '')))
                if requests is hub.requests and hub.token and (
                        self.headers.get('Authorization') != f'Bearer {hub.token}'):
                    self._send(401, b'{"error": "Access to model is restricted"}')
                    return
                path = unquote(urlsplit(self.path).path)
                if path.startswith('/api/models/'):
                    self._list(path.removeprefix('/api/models/'))
                else:
                    self._file(path.strip('/'))

            def _list(self, path: str) -> None:
                repo, _, rest = path.partition('/tree/')
                if not rest:
                    self._send(200, json.dumps({'sha': COMMIT}).encode())
                elif repo in hub.repositories:
                    self._send(200, json.dumps([_entry(p, data) for p, data in
                                                hub.repositories[repo].items()]).encode())
                else:
                    self._send(404, b'{"error": "Repository not found"}')

            def _file(self, path: str) -> None:
                repo, _, rest = path.partition('/resolve/')
                name = rest.partition('/')[2] if rest else path.rpartition('/')[2]
                data = hub.repositories.get(repo if rest else '', {}).get(name)
                if data is None:
                    self._send(404, b'Entry not found')
                elif len(data) >= LARGE and requests is hub.requests:
                    self._send(302, b'', Location=f'{hub._address(1)}{self.path}')
                else:
                    self._part(name, data)

            def _part(self, name: str, data: bytes) -> None:
                if name in hub.damaged:
                    data = data[:-1] + bytes([data[-1] ^ 1])
                asked = self.headers.get('Range', '')
                start = int(asked.removeprefix('bytes=').partition('-')[0]) if (
                    asked and hub.ranges) else 0
                after, times = hub.cut
                body = data[start:]
                headers = {'Content-Range': f'bytes {start}-{len(data) - 1}/{len(data)}'
                           } if start else {}
                short = body[:after] if times and len(body) > after else body
                if short is not body:
                    hub.cut = after, times - 1
                self._send(206 if start else 200, short, len(body), **headers)

            def _send(self, status: int, body: bytes, length: int = -1, **headers: str) -> None:
                self.send_response(status)
                for key, value in {'Content-Length': str(len(body) if length < 0 else length),
                                   **headers}.items():
                    self.send_header(key, value)
                self.end_headers()
                self.wfile.write(body)
                self.close_connection = True

            def log_message(self, *args: object) -> None:
                pass
        return ThreadingHTTPServer(('127.0.0.1', 0), _Handler)

    def start(self) -> None:
        """Serve in threads."""
        for server in self._servers:
            threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        """Serve no more."""
        for server in self._servers:
            server.shutdown()
            server.server_close()


def _entry(path: str, data: bytes) -> dict[str, object]:
    blob = hashlib.sha1(f'blob {len(data)}\0'.encode() + data).hexdigest()
    entry: dict[str, object] = {'type': 'file', 'path': path, 'size': len(data), 'oid': blob}
    if len(data) >= LARGE:
        entry['lfs'] = {'oid': hashlib.sha256(data).hexdigest(), 'size': len(data)}
    return entry


@contextmanager
def hub(repositories: Mapping[str, Mapping[str, bytes]]) -> Iterator[LocalHub]:
    """Run a hub for the block."""
    held = LocalHub(repositories)
    held.start()
    try:
        yield held
    finally:
        held.stop()
