# SPDX-License-Identifier: Apache-2.0
"""The page and its live connection, with a robot made up for the test."""

import json
import re
from dataclasses import replace
from importlib import resources

import pytest

pytest.importorskip('starlette', reason='the extra "web" is not installed')
pytest.importorskip('httpx2', reason='the extra "test" is not installed')

from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect
from support.fakes import made_round, rectangle
from support.web import ROUNDS, ColourImage, FakeRobot

from reasonseg_ros.core.dialogue.dialogue import State
from reasonseg_ros.web import app
from reasonseg_ros.web.app import application


@pytest.fixture
def robot():
    return FakeRobot()


@pytest.fixture
def client(robot):
    with TestClient(application(robot, 50.0, ''), base_url='http://localhost') as opened:
        yield opened


def live(client):
    return client.websocket_connect('/live', headers={'host': 'localhost'})


def received(socket, kind):
    """The next message of a kind; images that come between are shown as a page would."""
    while True:
        message = socket.receive()
        assert message['type'] != 'websocket.close', message
        if message.get('text') is None:
            continue
        message = json.loads(message['text'])
        if message['kind'] == kind:
            return message


def test_the_page_loads_nothing_from_elsewhere_and_allows_only_its_own_program(client):
    answer = client.get('/')
    policy = answer.headers['content-security-policy']
    assert "default-src 'none'" in policy and 'unsafe' not in policy
    assert re.findall(r'(?:src|href|url)\s*[=(]\s*["\']?(?:https?:)?//', answer.text) == []
    assert "script-src 'sha256-" in policy and "style-src 'sha256-" in policy
    assert answer.headers['cache-control'] == 'no-store'


def test_the_program_of_the_page_never_writes_markup():
    program = (resources.files(app.PAGE) / 'page' / 'page.js').read_text('utf-8')
    for word in ('innerHTML', 'outerHTML', 'insertAdjacentHTML', 'document.write', 'eval('):
        assert word not in program
    assert '</script' not in program


def test_a_browser_gets_the_dialogue_with_masks_and_crops(client, robot):
    with live(client) as socket:
        state = received(socket, 'state')
    assert [r['answer'] for r in state['rounds']] == ['answer 1', '<b>']
    assert state['notes'] == [{'after': 1, 'instruction': 'go home', 'answer': 'I cannot move',
                               'status': 'TALK'}]
    mug, lamp, odd = state['things']
    assert (mug['id'], mug['label'], mug['state'], mug['parent']) == (1, 'mug', 'visible', 0)
    assert odd['label'] == '<img src=x>'
    assert client.get(f'/image/{mug["mask"]}').headers['content-type'] == 'image/png'
    assert client.get(f'/image/{lamp["crop"]}').headers['content-type'] == 'image/jpeg'
    assert odd['crop'] is None  # nobody has the image of round 2
    assert client.get('/image/mask-none').status_code == 404


def test_live_images_come_one_by_one_and_only_when_the_last_was_shown(client, robot):
    with live(client) as socket:
        first = received(socket, 'image')
        assert (first['width'], first['height'], first['moved']) == (32, 24, [3])
        assert socket.receive_bytes().startswith(b'\xff\xd8')
        robot.images = (ColourImage(2000),)
        socket.send_json({'kind': 'point', 'box': [4, 1.5, 4, 1.5]})
        assert received(socket, 'pointed')['ids'] == [1]  # and no image before it
        socket.send_json({'kind': 'shown'})
        received(socket, 'image')


def test_what_has_moved_is_said_with_the_image_and_cannot_be_pointed_at(client, robot):
    with live(client) as socket:
        received(socket, 'state')
        robot.images = (ColourImage(2000, grey=200),)
        image = received(socket, 'image')
        socket.send_json({'kind': 'shown'})
        while image['moved'] == [3]:    # nobody has the image of round 2
            image = received(socket, 'image')
            socket.send_json({'kind': 'shown'})
        assert image['moved'] == [1, 2, 3]
        socket.send_json({'kind': 'point', 'box': [4, 1.5, 4, 1.5]})
        assert received(socket, 'pointed')['ids'] == []


def test_a_thing_that_is_shown_again_is_listed_and_pointed_at_once(client, robot):
    again = made_round(3, 1, ('mug',))
    moved = replace(again.instances[0], mask=rectangle(20, 10, 28, 20))
    robot.transcript = replace(robot.transcript, rounds=(
        *ROUNDS, replace(again, stamp=1001, instances=(moved,))))
    with live(client) as socket:
        things = received(socket, 'state')['things']
        assert [(t['id'], t['round']) for t in things] == [(2, 1), (3, 2), (1, 3)]
        received(socket, 'image')
        for box, ids in (([4, 2.5, 4, 2.5], [2]), ([24, 15, 24, 15], [1])):
            socket.send_json({'kind': 'point', 'box': box})
            assert received(socket, 'pointed')['ids'] == ids


def test_who_follows_sees_where_things_are_in_the_image_that_they_were_followed_to(client, robot):
    mug, lamp = ROUNDS[0].instances
    robot.images = (ColourImage(1990), ColourImage(2000), ColourImage(2010))
    robot.followed = (2000, (replace(mug, mask=rectangle(10, 8, 20, 16)),
                             replace(lamp, mask=rectangle(0, 0, 0, 0), state=State.LOST)))
    with live(client) as socket, live(client) as other:
        socket.send_json({'kind': 'look', 'on': True, 'follow': True})
        image = received(socket, 'image')
        while not image['followed']:
            socket.send_json({'kind': 'shown'})
            image = received(socket, 'image')
        assert [(t['id'], t['state']) for t in image['followed']] == [(1, 'visible'), (2, 'lost')]
        assert image['followed'][0]['outlines'] == [[10, 8, 10, 15, 19, 15, 19, 8]]
        assert image['followed'][1]['outlines'] == []
        socket.send_json({'kind': 'point', 'box': [15, 12, 15, 12]})
        assert received(socket, 'pointed')['ids'] == [1]
        assert received(other, 'image')['followed'] == []
    assert ('look', True, True) in robot.calls and robot.calls[-1] == ('look', False, False)


def test_the_camera_is_received_only_while_somebody_looks(client, robot):
    with live(client) as first, live(client) as second:
        for socket in (first, second):
            received(socket, 'state')
            socket.send_json({'kind': 'look', 'on': False, 'follow': False})
            socket.send_json({'kind': 'point', 'box': [0, 0, 0, 0]})
            received(socket, 'pointed')
    assert [call for call in robot.calls if call[0] == 'look'] == [
        ('look', True, False), ('look', False, False)]


def test_a_sentence_goes_to_the_robot_with_its_references_and_all_browsers_see_it(client, robot):
    with live(client) as first, live(client) as second:
        received(first, 'state'), received(second, 'state')
        first.send_json({'kind': 'say', 'text': ' its  handle ', 'references': [1, 3]})
        assert received(first, 'state')['pending'] == 'its handle'
        assert received(second, 'state')['pending'] == 'its handle'
    assert ('ask', 'its handle', (1, 3)) in robot.calls


def test_the_reason_of_a_refusal_goes_to_the_one_who_asked(client, robot):
    robot.refusal = 'no node is heard'
    with live(client) as socket:
        socket.send_json({'kind': 'say', 'text': 'the mug', 'references': []})
        assert received(socket, 'refused')['text'] == 'no node is heard'


@pytest.mark.parametrize('kind', ['undo', 'reset', 'cancel'])
def test_buttons_reach_the_robot(client, robot, kind):
    with live(client) as socket:
        socket.send_json({'kind': kind})
        socket.send_json({'kind': 'point', 'box': [0, 0, 0, 0]})
        received(socket, 'pointed')
    assert kind in robot.calls


@pytest.mark.parametrize('text', [
    'no json', '[]', '{}', '{"kind": "fly"}', '{"kind": "say", "text": 3, "references": []}',
    '{"kind": "say", "text": "a", "references": [-1]}',
    '{"kind": "say", "text": "a", "references": [true]}',
    '{"kind": "say", "text": "a", "references": "1"}',
    '{"kind": "point", "box": [1]}', '{"kind": "point", "box": null}', '[' * 5000,
    json.dumps({'kind': 'say', 'text': 'a' * 501, 'references': []})])
def test_a_malformed_message_is_refused_and_the_connection_stays(client, robot, text):
    with live(client) as socket:
        socket.send_text(text)
        assert 'load it again' in received(socket, 'refused')['text']
        socket.send_json({'kind': 'undo'})
        socket.send_json({'kind': 'point', 'box': [float('nan')] * 4})
        assert received(socket, 'pointed')['ids'] == []
    assert 'undo' in robot.calls


def test_too_many_browsers_are_told_so(client, monkeypatch):
    monkeypatch.setattr(app, 'MOST_BROWSERS', 1)
    with live(client) as first:
        received(first, 'state')
        with live(client) as second, pytest.raises(WebSocketDisconnect) as ended:
            second.receive_text()
        assert ended.value.code == app.TRY_AGAIN


def test_the_robot_is_stopped_with_the_application(robot):
    with TestClient(application(robot, 10.0, ''), base_url='http://localhost'):
        pass
    assert robot.calls == ['stop']
