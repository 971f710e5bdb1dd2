# SPDX-License-Identifier: Apache-2.0
"""Who may see the page: every request passes here before it reaches the application.

On a loopback address only pages of this computer may connect; a foreign page that is open in the
same browser may not, however its host name resolves. On any other address a token is needed, which
stands in the printed URL once and then in a cookie. There is no encryption: on a network that is
not trusted, use a tunnel (ssh -L).
"""

import hmac
import ipaddress
import secrets
import urllib.parse
from collections.abc import Iterable
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

LOCAL = ('localhost', '127.0.0.1', '::1')
COOKIE = 'reasonseg_token'
REFUSED = 1008  # close code of a WebSocket: against the rules
# Nothing is loaded from elsewhere, and no other page may hold this one.
HEADERS = {
    'cache-control': 'no-store', 'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY',
    'cross-origin-resource-policy': 'same-origin'}


def is_loopback(host: str) -> bool:
    """Whether only this computer reaches the address or name `host`."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == 'localhost'


def new_token(host: str) -> str:
    """Return a random token, or '' where none is needed."""
    return '' if is_loopback(host) else secrets.token_urlsafe(18)


class AccessGuard:
    """Lets through to `application` what may pass; `token` is '' on a loopback address."""

    def __init__(self, application: 'ASGIApp', token: str) -> None:
        self._application = application
        self._token = token

    async def __call__(self, scope: 'Scope', receive: 'Receive', send: 'Send') -> None:
        """Serve or refuse one request or WebSocket."""
        if scope['type'] not in ('http', 'websocket'):
            await self._application(scope, receive, send)
            return
        headers = {name.decode('latin-1').lower(): value.decode('latin-1')
                   for name, value in scope['headers']}
        reason = self._refusal(scope, headers)
        if reason and scope['type'] == 'websocket':
            await send({'type': 'websocket.close', 'code': REFUSED, 'reason': reason})
        elif reason:
            await _answer(send, 403, reason.encode(), {'content-type': 'text/plain'})
        elif scope['type'] == 'http' and scope['path'] == '/' and scope['query_string'] and (
                self._token):
            # The token leaves the address bar and the history.
            cookie = f'{self._cookie(headers)}={self._token}; HttpOnly; SameSite=Strict; Path=/'
            await _answer(send, 303, b'', {'location': '/', 'set-cookie': cookie})
        else:
            await self._application(scope, receive, send)

    def _refusal(self, scope: 'Scope', headers: dict[str, str]) -> str:
        host, origin = headers.get('host', ''), headers.get('origin')
        if not self._token and _name(host) not in LOCAL:
            return 'this page is served to this computer only; open it as http://localhost'
        if origin is not None and urllib.parse.urlsplit(origin).netloc != host:
            return 'another page may not use this one'
        if self._token and not self._known(scope, headers):
            return 'the token is missing or wrong; open the whole URL that "reasonseg web" printed'
        return ''

    def _known(self, scope: 'Scope', headers: dict[str, str]) -> bool:
        given: Iterable[str]
        if scope['type'] == 'http' and scope['path'] == '/' and scope['query_string']:
            given = urllib.parse.parse_qs(scope['query_string'].decode('latin-1')).get('token', ())
        else:
            try:
                cookies = SimpleCookie(headers.get('cookie', ''))
            except CookieError:
                return False
            name = self._cookie(headers)
            given = [cookies[name].value] if name in cookies else ()
        return any(hmac.compare_digest(text.encode(), self._token.encode()) for text in given)

    def _cookie(self, headers: dict[str, str]) -> str:
        """Return the name of the cookie: browsers share cookies between the ports of a host."""
        port = headers.get('host', '').rpartition(':')[2]
        return f'{COOKIE}_{port if port.isdecimal() else 80}'


def _name(host: str) -> str:
    """Return the name in a Host header, without the port; '' when it has none."""
    try:
        return urllib.parse.urlsplit(f'//{host}').hostname or ''
    except ValueError:
        return ''


async def _answer(send: 'Send', status: int, body: bytes, headers: dict[str, str]) -> None:
    await send({'type': 'http.response.start', 'status': status,
                'headers': [(name.encode(), value.encode())
                            for name, value in {**HEADERS, **headers}.items()]})
    await send({'type': 'http.response.body', 'body': body})
