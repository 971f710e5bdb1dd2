# SPDX-License-Identifier: Apache-2.0
"""Who may see the page: this computer alone, or whoever has the token; never a foreign page."""

import pytest

pytest.importorskip('starlette', reason='the extra "web" is not installed')
pytest.importorskip('httpx2', reason='the extra "test" is not installed')

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from reasonseg_ros.web.access import AccessGuard, is_loopback, new_token


async def _page(request):
    return PlainTextResponse('inside')


async def _live(socket):
    await socket.accept()
    await socket.send_text('inside')
    await socket.close()


def client(token='', host='localhost:8080'):
    application = Starlette(routes=[Route('/', _page), Route('/image/x', _page),
                                    WebSocketRoute('/live', _live)])
    return TestClient(AccessGuard(application, token), base_url=f'http://{host}',
                      follow_redirects=False)


@pytest.mark.parametrize('host', ['localhost:8080', '127.0.0.1:8080', '[::1]:8080', 'localhost'])
def test_without_a_token_this_computer_may(host):
    assert client(host=host).get('/').text == 'inside'


@pytest.mark.parametrize('host', ['evil.example', '192.168.1.7:8080', 'localhost.evil.example'])
def test_without_a_token_no_other_name_may(host):
    assert client(host=host).get('/').status_code == 403


@pytest.mark.parametrize('token', ['', 'secret'])
@pytest.mark.parametrize('origin', ['http://evil.example', 'null', 'http://localhost:9999'])
def test_a_page_from_elsewhere_may_not_connect(token, origin):
    page = client(token)
    if token:
        page.cookies.set('reasonseg_token_8080', token)
    with pytest.raises(WebSocketDisconnect), page.websocket_connect(
            '/live', headers={'origin': origin, 'host': 'localhost:8080'}):
        pass


def test_the_token_in_the_url_becomes_a_cookie_that_scripts_cannot_read():
    page = client('secret', 'robot:8080')
    for path in ('/', '/image/x', '/?token=wrong', '/image/x?token=secret'):
        assert page.get(path).status_code == 403
    answer = page.get('/?token=secret')
    assert (answer.status_code, answer.headers['location']) == (303, '/')
    assert 'HttpOnly; SameSite=Strict' in answer.headers['set-cookie']
    assert answer.headers['referrer-policy'] == 'no-referrer'
    assert page.get('/').text == page.get('/image/x').text == 'inside'


def test_a_live_connection_needs_the_token_too():
    page = client('secret', 'robot:8080')
    with pytest.raises(WebSocketDisconnect), page.websocket_connect('/live'):
        pass
    page.get('/?token=secret')
    with page.websocket_connect('ws://robot:8080/live',
                                headers={'cookie': 'reasonseg_token_8080=secret',
                                         'host': 'robot:8080'}) as socket:
        assert socket.receive_text() == 'inside'


@pytest.mark.parametrize('host, alone', [
    ('127.0.0.1', True), ('::1', True), ('localhost', True), ('0.0.0.0', False), ('::', False),
    ('192.168.1.7', False), ('robot', False)])
def test_every_address_but_the_loopback_one_needs_a_token(host, alone):
    assert is_loopback(host) == alone
    assert bool(new_token(host)) != alone


def test_tokens_are_long_and_differ():
    tokens = {new_token('0.0.0.0') for _ in range(20)}
    assert len(tokens) == 20
    assert min(map(len, tokens)) >= 24
