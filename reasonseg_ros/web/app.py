# SPDX-License-Identifier: Apache-2.0
"""The web application: the page, masks and crops by name, and a WebSocket for each browser.

The server sends `state` (the whole dialogue), `image` (with a JPEG as the next, binary message),
`pointed` and `refused`; a browser sends `say`, `point`, `undo`, `reset`, `cancel`, `look` and
`shown`. A live image is made only while a browser looks, and a browser gets the next one only when
it has shown the last. Does not speak ROS (`web.robot`) or decide who may connect (`web.access`).
"""

import asyncio
import base64
import contextlib
import hashlib
import json
from collections import deque
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from functools import cache
from importlib import resources
from string import Template
from typing import Any

import numpy as np
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from reasonseg_ros.core.camera import messages
from reasonseg_ros.core.dialogue.dialogue import Instance, Round
from reasonseg_ros.core.errors import BadImage
from reasonseg_ros.drawing.overlay import colour_of
from reasonseg_ros.web.access import HEADERS, AccessGuard
from reasonseg_ros.web.images import ImageStore, LiveImage, live_jpeg, outlines, things_at
from reasonseg_ros.web.robot import Robot, Transcript

HELD = 1_500_000_000   # nanoseconds that a followed image stays when the next one is not there yet
MOST_BROWSERS = 12
MOST_LETTERS = 500     # of one sentence
MOST_REFERENCES = 32
MOST_ROUNDS = 60       # newest ones that are shown
WAITING = 8            # messages for one browser that wait
REACH = 0.015          # of the width of the image, beside a mask
TRY_AGAIN = 1013       # close code of a WebSocket: too many
PAGE = 'reasonseg_ros.web'


class Page:
    """The one document, with its style sheet and program inside, and the headers that allow them.
    """

    def __init__(self) -> None:
        files = resources.files(PAGE) / 'page'
        style, program, document = ((files / name).read_text('utf-8')
                                    for name in ('page.css', 'page.js', 'page.html'))
        self.document = Template(document).substitute(style=style, program=program)
        self.headers = {**HEADERS, 'content-security-policy': (
            f"default-src 'none'; script-src {_hash(program)}; style-src {_hash(style)}; "
            "img-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
            "frame-ancestors 'none'")}


class Browser:
    """One open page: what it looks at and what it has been sent."""

    def __init__(self, socket: WebSocket) -> None:
        self.socket = socket
        self.looks, self.follows = True, False
        self.idle = True              # it has shown the last live image
        self.news = asyncio.Event()
        self.outbox: deque[dict[str, Any]] = deque(maxlen=WAITING)
        self.transcript: Transcript | None = None
        self.image: LiveImage | None = None

    def tell(self, **message: Any) -> None:
        """Send a message to this browser alone."""
        self.outbox.append(message)
        self.news.set()


class Service:
    """Everything between one robot and its browsers, in one event loop.

    rate  live images per second, at most
    """

    def __init__(self, robot: Robot, rate: float) -> None:
        self._robot = robot
        self._pause = 1 / rate
        self._browsers: set[Browser] = set()
        self._somebody = asyncio.Event()
        self._store = ImageStore()
        self._image: LiveImage | None = None
        self._follows = False

    @contextlib.asynccontextmanager
    async def running(self, application: Starlette) -> AsyncIterator[None]:
        """Speak with the node as long as the application runs."""
        loop = asyncio.get_running_loop()

        def changed() -> None:
            with contextlib.suppress(RuntimeError):  # the loop has ended, and nobody looks
                loop.call_soon_threadsafe(self._announce)
        self._robot.start(changed)
        camera = asyncio.create_task(self._follow())
        try:
            yield
        finally:
            camera.cancel()
            await asyncio.to_thread(self._robot.stop)

    async def page(self, request: Request) -> Response:
        """Serve the document."""
        page = _page()
        return HTMLResponse(page.document, headers=page.headers)

    async def icon(self, request: Request) -> Response:
        """Say that there is none."""
        return Response(status_code=204, headers=HEADERS)

    async def file(self, request: Request) -> Response:
        """Serve a mask or a crop; a name stands for the same bytes for ever."""
        name = request.path_params['name']
        data = self._store.get(name)
        if data is None:
            return Response(status_code=404, headers=HEADERS)
        kind = 'image/png' if name.startswith('mask') else 'image/jpeg'
        return Response(data, media_type=kind, headers={
            **HEADERS, 'cache-control': 'private, max-age=3600, immutable'})

    async def live(self, socket: WebSocket) -> None:
        """Serve one browser until it leaves."""
        await socket.accept()
        if len(self._browsers) >= MOST_BROWSERS:
            await socket.close(TRY_AGAIN, f'{MOST_BROWSERS} pages are open already')
            return
        browser = Browser(socket)
        self._browsers.add(browser)
        self._look()
        sender = asyncio.create_task(self._send(browser))
        try:
            while True:
                self._serve(browser, await socket.receive_text())
        except (WebSocketDisconnect, KeyError):  # gone, or bytes, which no page of ours sends
            pass
        finally:
            self._browsers.discard(browser)
            self._look()
            sender.cancel()
            with contextlib.suppress(asyncio.CancelledError, WebSocketDisconnect, RuntimeError):
                await sender

    def _serve(self, browser: Browser, text: str) -> None:
        """Do what one message asks for; one that is malformed is refused with a sentence."""
        robot, refusal = self._robot, ''
        try:
            message = json.loads(text)
            kind = message['kind']
            if kind == 'say':
                refusal = robot.ask(sentence(message['text']), references(message['references']))
            elif kind == 'point':
                browser.tell(kind='pointed', ids=self._pointed(message['box'], browser.follows))
            elif kind == 'undo':
                refusal = robot.undo()
            elif kind == 'reset':
                refusal = robot.reset()
            elif kind == 'cancel':
                robot.cancel()
            elif kind == 'look':
                browser.looks = browser.idle = message['on'] is True
                browser.follows = browser.looks and message['follow'] is True
                self._look()
            elif kind == 'shown':
                browser.idle = True
                browser.news.set()
            else:
                raise ValueError('there is no such message')
        except (ValueError, TypeError, KeyError, RecursionError):
            refusal = 'the page sent something that cannot be read; load it again'
        if refusal:
            browser.tell(kind='refused', text=refusal)

    def _pointed(self, box: list[float], follows: bool) -> list[int]:
        x0, y0, x1, y1 = (float(value) for value in box)
        if not np.isfinite((x0, y0, x1, y1)).all() or self._image is None:
            return []
        things: Sequence[Instance] = self._image.followed
        if not follows:
            moved = set(self._image.moved)
            things = [i for r in shown(self._robot.transcript.rounds, self._robot.camera)
                      for i in r.instances if i.id not in moved]
        return list(things_at(things, (x0, y0, x1, y1), REACH * self._image.width))

    def _announce(self) -> None:
        for browser in self._browsers:
            browser.news.set()

    def _look(self) -> None:
        """Begin or end to receive the camera, and to have things followed."""
        looks = any(browser.looks for browser in self._browsers)
        follows = any(browser.follows for browser in self._browsers)
        if (looks, follows) == (self._somebody.is_set(), self._follows):
            return
        self._follows = follows
        (self._somebody.set if looks else self._somebody.clear)()
        self._robot.look(looks, follows)
        if not looks:
            self._image = None

    async def _follow(self) -> None:
        """Make live images while somebody looks."""
        while True:
            await self._somebody.wait()
            images = self._robot.images
            if images:
                image = await asyncio.to_thread(self._live_image, images)
                if image is not None and self._somebody.is_set():
                    self._image = image
                    self._announce()
            await asyncio.sleep(self._pause)

    def _live_image(self, images: Sequence[Any]) -> LiveImage | None:
        """Encode an image of the camera; None when it is no new one, or cannot be decoded.

        While things are followed it is the one that they were followed to, otherwise the newest.
        """
        stamps = [messages.nanoseconds(message.header.stamp) for message in images]
        stamp, followed = self._robot.followed if self._follows else (0, ())
        if stamp not in stamps:
            if self._follows and self._image is not None and self._image.followed and (
                    0 <= stamps[-1] - self._image.stamp < HELD):
                return None     # masks that come a little late do not flicker
            stamp, followed = stamps[-1], ()
        message = images[stamps.index(stamp)]
        if self._image is not None and self._image.stamp == stamp:
            return None
        try:
            rgb = messages.rgb(message)
        except BadImage:
            return None  # the node says so on its diagnostics, which the page shows
        rounds = shown(self._robot.transcript.rounds, self._robot.camera)
        self._crop(rounds)
        return LiveImage(stamp, rgb.shape[1], rgb.shape[0], live_jpeg(rgb),
                         self._store.moved(rounds, rgb),
                         tuple(i.at(rgb.shape[1], rgb.shape[0]) for i in followed))

    async def _send(self, browser: Browser) -> None:
        """Send what is new, until the browser leaves."""
        socket = browser.socket
        while True:
            while browser.outbox:
                await socket.send_json(browser.outbox.popleft())
            transcript = self._robot.transcript
            if transcript is not browser.transcript:
                browser.transcript = transcript
                await socket.send_json(await asyncio.to_thread(self._state, transcript))
            image = self._image
            if browser.looks and browser.idle and image is not None and image is not browser.image:
                browser.image, browser.idle = image, False
                await socket.send_json({
                    'kind': 'image', 'width': image.width, 'height': image.height,
                    'moved': image.moved, 'followed': [
                        {'id': i.id, 'label': i.label, 'state': i.state.name.lower(),
                         'colour': _colour(i), 'box': list(i.mask.box), 'outlines': outlines(i)}
                        for i in (image.followed if browser.follows else ())]})
                await socket.send_bytes(image.jpeg)
            await browser.news.wait()
            browser.news.clear()

    def _state(self, transcript: Transcript) -> dict[str, Any]:
        """Return what a page shows of the dialogue, as JSON."""
        rounds = transcript.rounds[-MOST_ROUNDS:]
        self._crop(shown(rounds, self._robot.camera))
        return {
            'kind': 'state', 'trouble': transcript.trouble, 'camera': transcript.camera,
            'pending': transcript.pending, 'stage': transcript.stage,
            'partial': transcript.partial,
            'rounds': [{
                'index': r.index, 'instruction': r.instruction, 'answer': r.answer,
                'status': r.status.name, 'references': list(r.references),
                'camera': r.source} for r in rounds],
            'notes': [{'after': n.after, 'instruction': n.instruction, 'answer': n.answer,
                       'status': n.status} for n in transcript.notes],
            'things': [thing for r in newest(rounds) for thing in self._things(r)]}

    def _things(self, record: Round) -> list[dict[str, Any]]:
        here = record.source == self._robot.camera
        return [{
            'id': i.id, 'parent': i.parent_id, 'round': record.index, 'label': i.label,
            'score': round(i.score, 3), 'state': i.state.name.lower(), 'box': list(i.mask.box),
            'colour': _colour(i), 'here': here,
            'mask': self._store.mask(i), 'crop': self._store.crop(i, record.stamp),
        } for i in record.instances]

    def _crop(self, rounds: Sequence[Round]) -> None:
        """Take crops of the rounds whose image is still at hand."""
        missing = {r.stamp for r in rounds if r.instances and not self._store.seen(r.stamp)}
        for message in self._robot.asked_images if missing else ():
            stamp = messages.nanoseconds(message.header.stamp)
            if stamp in missing:
                missing.discard(stamp)
                with contextlib.suppress(BadImage):
                    self._store.look([r for r in rounds if r.stamp == stamp], stamp,
                                     messages.rgb(message))


def application(robot: Robot, rate: float, token: str) -> AccessGuard:
    """Return the ASGI application; `token` is '' on a loopback address."""
    service = Service(robot, rate)
    return AccessGuard(Starlette(lifespan=service.running, routes=[
        Route('/', service.page), Route('/favicon.ico', service.icon),
        Route('/image/{name}', service.file),
        WebSocketRoute('/live', service.live)]), token)


def sentence(text: Any) -> str:
    """Return a sentence that a page sent. Raises ValueError."""
    if not isinstance(text, str) or len(text) > MOST_LETTERS:
        raise ValueError('no sentence')
    return ' '.join(text.split())


def references(ids: Any) -> tuple[int, ...]:
    """Return the ids that a page sent. Raises ValueError."""
    if not isinstance(ids, list) or len(ids) > MOST_REFERENCES or not all(
            type(one) is int and 0 < one < 1 << 32 for one in ids):
        raise ValueError('no ids')
    return tuple(ids)


def newest(rounds: Sequence[Round]) -> tuple[Round, ...]:
    """Return the newest rounds, each with the things that no later one shows again."""
    rounds = rounds[-MOST_ROUNDS:]
    last = {i.id: r.index for r in rounds for i in r.instances}
    return tuple(replace(r, instances=tuple(i for i in r.instances if last[i.id] == r.index))
                 for r in rounds)


def shown(rounds: Sequence[Round], camera: str) -> tuple[Round, ...]:
    """Return those of the `newest` rounds that are about the camera that is shown."""
    return tuple(r for r in newest(rounds) if r.source == camera)


@cache
def _page() -> Page:
    return Page()


def _colour(instance: Instance) -> str:
    return '#' + bytes(colour_of(instance.id)).hex()


def _hash(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"
