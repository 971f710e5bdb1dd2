# SPDX-License-Identifier: Apache-2.0
"""Coordinates of a language model count only where one convention explains a card of boxes."""

import json

import numpy as np
import pytest
from support.recorded_resolver import COLOURS, MODEL, serving, words

from reasonseg_ros.core.errors import BadRequest
from reasonseg_ros.engines.grounded.chat_server import ChatServer
from reasonseg_ros.engines.grounded.handshake import (
    ORDERS,
    SCALES,
    BoxTeller,
    Convention,
    check_sight,
    find_convention,
)
from reasonseg_ros.engines.grounded.images import CARD, CARD_BOXES, card, data_url


def say(box, convention: Convention, width: int, height: int) -> list[float]:
    """Return a box in pixels as a model of this convention says it."""
    x0, y0, x1, y1 = box
    across, down = {'shares': (1 / width, 1 / height), 'pixels': (1, 1),
                    'thousandths': (1000 / width, 1000 / height)}[convention.scale]
    x0, y0, x1, y1 = x0 * across, y0 * down, x1 * across, y1 * down
    said = {'xyxy': (x0, y0, x1, y1), 'yxyx': (y0, x0, y1, x1), 'xywh': (x0, y0, x1 - x0, y1 - y0),
            'cxcywh': ((x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0)}[convention.order]
    return [round(v, 3 if convention.scale == 'shares' else 0) for v in said]


CONVENTIONS = [Convention(scale, order) for scale in SCALES for order in ORDERS]


@pytest.mark.parametrize('convention', CONVENTIONS, ids=str)
def test_each_convention_is_found_and_gives_the_box_back(convention):
    height, width = CARD
    said = {colour: say(box, convention, width, height) for colour, (_, box) in CARD_BOXES.items()}
    assert find_convention(said, 'm') == convention
    box = convention.box(say((100, 50, 700, 350), convention, 800, 400), 800, 400)
    assert np.allclose(box, (100, 50, 700, 350), atol=2)


@pytest.mark.parametrize('said', [
    {}, {'red': [48, 60, 208, 120]},
    {colour: [0, 0, 1, 1] for colour in CARD_BOXES},
    {colour: [box[0] + 200, *box[1:]] for colour, (_, box) in CARD_BOXES.items()}])
def test_boxes_that_no_convention_explains_are_refused(said):
    with pytest.raises(BadRequest, match='no convention explains .* leave out detector=resolver'):
        find_convention(said, 'm')


def test_the_card_shows_its_boxes():
    shown = card()
    for colour, (x0, y0, x1, y1) in CARD_BOXES.values():
        assert (shown[y0:y1, x0:x1] == colour).all()


def seeing(convention: Convention, boxes: dict, size: tuple[int, int]):
    """Answer the card by a convention, and questions about an image with boxes of it."""
    def script(body) -> str:
        asked = words(body)
        known, (width, height) = (CARD_BOXES, CARD[::-1]) if 'rectangle' in asked else (boxes, size)
        return json.dumps({'boxes': [
            {'name': name, 'box': say(box[1] if known is CARD_BOXES else box, convention, width,
                                      height)} for name, box in known.items()]})
    return script


def test_after_the_handshake_boxes_are_in_pixels_of_the_image_whatever_was_sent():
    # The image is sent at half its size.
    boxes = {'mug': (100, 50, 200, 150), 'the blue mug': (600, 300, 700, 350)}
    with serving(seeing(Convention('pixels', 'xywh'), boxes, (1024, 512))) as server:
        teller = BoxTeller.shake_hands(ChatServer(server.url, MODEL), data_url)
        found = teller.find(np.zeros((1024, 2048, 3), np.uint8), ['mug', 'bowl'])
    assert teller.convention == Convention('pixels', 'xywh')
    assert [box for box, _ in found['mug']] == [(200, 100, 400, 300), (1200, 600, 1400, 700)]
    assert found['bowl'] == []


def test_a_model_that_gives_no_boxes_is_refused():
    with serving(lambda body: 'The red one is at the top.') as server, pytest.raises(
            BadRequest, match='gave no boxes'):
        BoxTeller.shake_hands(ChatServer(server.url, MODEL), data_url)


def test_a_model_that_does_not_see_what_it_is_sent_is_refused():
    with serving(lambda body: COLOURS) as server:
        check_sight(ChatServer(server.url, MODEL), data_url)
    with serving(lambda body: 'I cannot see images.') as server, pytest.raises(
            BadRequest, match='does not tell red, green, blue .* resolver_image=off'):
        check_sight(ChatServer(server.url, MODEL), data_url)
