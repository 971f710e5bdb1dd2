# SPDX-License-Identifier: Apache-2.0
"""The page in a real browser: what a person says, clicks and drags, on a desk and on a phone.

Needs chromium and playwright (extra `browser`), which brings no browser here; skipped otherwise.
"""

import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

pytest.importorskip('starlette', reason='the extra "web" is not installed')
sync_api = pytest.importorskip('playwright.sync_api', reason='the extra "browser" is not installed')

import uvicorn
from support.fakes import rectangle
from support.web import QUESTION, ROUNDS, ColourImage, FakeRobot

from reasonseg_ros.core.dialogue.dialogue import State
from reasonseg_ros.web import server
from reasonseg_ros.web.app import application

CHROMIUM = shutil.which('chromium') or shutil.which('chromium-browser')
DESK, PHONE = {'width': 1280, 'height': 800}, {'width': 390, 'height': 844}

if CHROMIUM is None:
    pytest.skip('chromium is not installed', allow_module_level=True)


@pytest.fixture(scope='module')
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=['--no-sandbox'])
        yield opened
        opened.close()


@pytest.fixture
def robot() -> FakeRobot:
    return FakeRobot()


@pytest.fixture
def address(robot: FakeRobot) -> Iterator[str]:
    bound = server._bind('127.0.0.1', 0)
    served = uvicorn.Server(uvicorn.Config(application(robot, 20.0, ''), log_level='warning',
                                           ws='websockets-sansio', timeout_graceful_shutdown=1))
    thread = threading.Thread(target=served.run, kwargs={'sockets': [bound]})
    thread.start()
    yield server.url('127.0.0.1', bound.getsockname()[1], '')
    served.should_exit = True
    thread.join()
    bound.close()


@pytest.fixture(params=[DESK, PHONE], ids=['desk', 'phone'])
def page(request: pytest.FixtureRequest, browser: Any, address: str) -> Iterator[Any]:
    """The page as it looks when the newest image is there; it may not complain about anything."""
    small = request.param is PHONE
    context = browser.new_context(viewport=request.param, has_touch=small, is_mobile=small)
    opened, troubles = context.new_page(), []
    opened.on('pageerror', lambda error: troubles.append(str(error)))
    opened.on('console', lambda said: troubles.append(said.text) if said.type == 'error' else None)
    opened.goto(address)
    opened.locator('#blind').wait_for(state='hidden')
    yield opened
    context.close()
    assert troubles == []


def heard(robot: FakeRobot, call: object) -> bool:
    """Whether the robot is called so within five seconds."""
    end = time.monotonic() + 5
    while call not in robot.calls and time.monotonic() < end:
        time.sleep(0.02)
    return call in robot.calls


def place(page: Any, x: float, y: float) -> tuple[float, float]:
    """Where a pixel of the camera's 32x24 image is on the screen."""
    box = page.locator('#live').bounding_box()
    return box['x'] + x / 32 * box['width'], box['y'] + y / 24 * box['height']


def point(page: Any, x: float, y: float) -> None:
    """Click, or tap where there is no mouse."""
    (page.touchscreen.tap if page.viewport_size == PHONE else page.mouse.click)(*place(page, x, y))


def test_the_dialogue_is_read_and_fits_the_screen(page, robot) -> None:
    said = page.locator('#said li').all_inner_texts()
    assert said == ['say 1', 'answer 1', 'go home', 'I cannot move', 'say 2', '<b>']
    assert page.locator('#things b').all_inner_texts() == ['3 <img src=x>', '2 lamp', '1 mug']
    assert page.locator('img[src=x]').count() == 0
    assert page.evaluate('() => document.documentElement.scrollWidth <= innerWidth')
    assert page.locator('#live').bounding_box()['y'] >= 0
    box = page.locator('#text').bounding_box()
    assert 0 <= box['y'] and box['y'] + box['height'] <= page.viewport_size['height']


def test_a_sentence_is_said_with_what_was_pointed_at(page, robot) -> None:
    point(page, 4, 1.5)
    page.locator('#about .chip').wait_for()
    assert page.locator('#about .chip').all_inner_texts() == ['about 1 mug ×']
    page.locator('#text').fill('its handle')
    page.locator('#send').click()
    assert heard(robot, ('ask', 'its handle', (1,)))
    sync_api.expect(page.locator('#send')).to_be_disabled()
    page.locator('#cancel').click()
    assert heard(robot, 'cancel')


def test_pointing_where_nothing_was_shown_says_so(page, robot) -> None:
    point(page, 25, 20)
    sync_api.expect(page.locator('#hint')).to_contain_text('nothing there has been shown yet')


def test_a_thing_in_the_list_is_chosen_and_let_go(page, robot) -> None:
    lamp = page.locator('#things button', has_text='2 lamp')
    lamp.click()
    assert page.locator('#about .chip').all_inner_texts() == ['about 2 lamp ×']
    page.locator('#things button', has_text='2 lamp').click()
    assert page.locator('#about').is_hidden()


def test_a_rectangle_is_drawn_around_several_things(page, robot) -> None:
    if page.viewport_size == PHONE:
        pytest.skip('a finger that moves scrolls the page')
    page.mouse.move(*place(page, 0.5, 0.2))
    page.mouse.down()
    page.mouse.move(*place(page, 12, 3.8), steps=4)
    page.mouse.up()
    page.locator('#about .chip').nth(1).wait_for()
    assert {text[:7] for text in page.locator('#about .chip').all_inner_texts()} >= {
        'about 1', 'about 2'}


def test_a_question_is_answered_with_a_button(page, robot) -> None:
    robot.transcript = replace(robot.transcript, rounds=(*ROUNDS, QUESTION))
    robot.changed()
    page.locator('#choices .chip', has_text='5 cup').click()
    assert heard(robot, ('ask', 'instance 5', ()))


def test_things_are_followed_and_what_is_lost_is_named(page, robot) -> None:
    mug, lamp = ROUNDS[0].instances
    page.locator('#masks').select_option('follow')
    assert heard(robot, ('look', True, True))
    robot.images = (ColourImage(2000),)
    robot.followed = (2000, (replace(mug, mask=rectangle(20, 12, 28, 20)),
                             replace(lamp, mask=rectangle(0, 0, 0, 0), state=State.LOST)))
    sync_api.expect(page.locator('#state')).to_have_text('lost: 2 lamp')
    point(page, 24, 16)
    sync_api.expect(page.locator('#about .chip')).to_contain_text('about 1 mug')


def test_undo_and_start_over_reach_the_robot(page, robot) -> None:
    page.locator('#undo').click()
    assert heard(robot, 'undo')
    page.on('dialog', lambda dialog: dialog.accept())
    page.locator('#reset').click()
    assert heard(robot, 'reset')


def test_a_robot_in_trouble_is_told_and_asked_nothing(page, robot) -> None:
    robot.transcript = replace(robot.transcript, trouble='no node is heard')
    robot.changed()
    sync_api.expect(page.locator('#state')).to_have_text('no node is heard')
    assert page.locator('#send').is_disabled()
