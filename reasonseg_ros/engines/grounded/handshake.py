# SPDX-License-Identifier: Apache-2.0
"""What a language model means by coordinates: found out with a card, or the engine does not start.

Models say boxes in shares of the image, in thousandths, or in pixels of an image that somebody
resized, and in several orders; which of them is written nowhere reliable. So a card with known
boxes is shown once, and the one convention that explains what is said is kept. Where none or
several do, boxes of that model are of no use.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from reasonseg_ros.core.errors import BadRequest
from reasonseg_ros.engines.grounded.images import CARD, CARD_BOXES, card, shrunk
from reasonseg_ros.engines.grounded.resolution import NotAResolution, only_object
from reasonseg_ros.engines.grounded.resolver import ChatModel
from reasonseg_ros.engines.protocol import Box

FITS = 0.75     # IoU with each box of the card from which a convention explains what was said
ORDERS = ('xyxy', 'yxyx', 'xywh', 'cxcywh')
SCALES = ('shares', 'thousandths', 'pixels')
SCORE = 0.6     # of a box that a model says: it gives none of its own
ASKED = ('Find {what} in the image. Say one JSON object {{"boxes": [{{"name": "...", "box": [a, b, '
         'c, d]}}, ...]}} with a bounding box for each instance, and nothing else.')
SCHEMA: dict[str, Any] = {
    'type': 'object', 'additionalProperties': False, 'required': ['boxes'],
    'properties': {'boxes': {'type': 'array', 'maxItems': 50, 'items': {
        'type': 'object', 'additionalProperties': False, 'required': ['name', 'box'],
        'properties': {'name': {'type': 'string'}, 'box': {
            'type': 'array', 'items': {'type': 'number'}, 'minItems': 4, 'maxItems': 4}}}}}}


@dataclass(frozen=True)
class Convention:
    """How four numbers say a box: their `scale`, one of SCALES, and `order`, one of ORDERS."""

    scale: str
    order: str

    def box(self, said: Sequence[float], width: int, height: int) -> Box:
        """Return (x0, y0, x1, y1) in pixels of an image of this size, inside it."""
        a, b, c, d = map(float, said)
        if self.order == 'yxyx':
            a, b, c, d = b, a, d, c
        elif self.order == 'xywh':
            c, d = a + c, b + d
        elif self.order == 'cxcywh':
            a, b, c, d = a - c / 2, b - d / 2, a + c / 2, b + d / 2
        across, down = {'shares': (width, height), 'pixels': (1, 1),
                        'thousandths': (width / 1000, height / 1000)}[self.scale]
        x0, x1 = sorted((min(max(a * across, 0), width), min(max(c * across, 0), width)))
        y0, y1 = sorted((min(max(b * down, 0), height), min(max(d * down, 0), height)))
        return x0, y0, x1, y1


def find_convention(said: Mapping[str, Sequence[float]], name: str) -> Convention:
    """Return the one convention by which boxes are those of the card; raises BadRequest."""
    height, width = CARD
    fitting = [Convention(scale, order) for scale in SCALES for order in ORDERS
               if said and all(_iou(Convention(scale, order).box(said[colour], width, height), box)
                               >= FITS for colour, (_, box) in CARD_BOXES.items()
                               if colour in said) and said.keys() >= CARD_BOXES.keys()]
    if len(fitting) != 1:
        shown = {colour: list(box) for colour, box in said.items()}
        what = 'several conventions explain' if fitting else 'no convention explains'
        raise BadRequest(f'{what} the boxes that "{name}" says of a {width}x{height} card '
                         f'({shown}); leave out detector=resolver, or use another model')
    return fitting[0]


def said_boxes(text: str) -> list[tuple[str, tuple[float, ...]]]:
    """Return (name, four numbers) of an answer, in its order; raises NotAResolution."""
    entries = only_object(text).get('boxes')
    if not isinstance(entries, list):
        raise NotAResolution('it has no list "boxes"')
    found = []
    for entry in entries:
        name = entry.get('name') if isinstance(entry, dict) else None
        box = entry.get('box') if isinstance(entry, dict) else None
        if not isinstance(name, str) or not isinstance(box, list) or len(box) != 4 or not all(
                isinstance(v, (int, float)) and not isinstance(v, bool) for v in box):
            raise NotAResolution(f'{entry!r:.60} is no name with a box of four numbers')
        found.append((name.lower(), tuple(map(float, box))))
    return found


class BoxTeller:
    """A language model that says where things are, in a convention that was found out."""

    def __init__(self, model: ChatModel, encode: Callable[[np.ndarray], str],
                 convention: Convention) -> None:
        self._model, self._encode, self.convention = model, encode, convention

    @staticmethod
    def shake_hands(model: ChatModel, encode: Callable[[np.ndarray], str]) -> 'BoxTeller':
        """Show the card; raises BadRequest where boxes of this model are of no use."""
        what = 'the red, the green and the blue rectangle, named "red", "green" and "blue",'
        text = model.complete(_asked(ASKED.format(what=what), encode(card())), SCHEMA,
                              lambda: False)
        try:
            said = said_boxes(text)
        except NotAResolution as error:
            raise BadRequest(f'"{model.name}" was shown a card with three boxes and gave no boxes '
                             f'({error}); leave out detector=resolver, or use another model'
                             ) from error
        named = {colour: box for name, box in said for colour in CARD_BOXES if colour in name}
        return BoxTeller(model, encode, find_convention(named, model.name))

    def find(self, rgb: np.ndarray, nouns: Sequence[str]) -> dict[str, list[tuple[Box, float]]]:
        """Return boxes of each noun, in pixels of the image; what is no box is left out."""
        if not nouns:
            return {}
        sent = shrunk(rgb)
        what = ', '.join(f'every "{noun}"' for noun in nouns)
        text = self._model.complete(_asked(ASKED.format(what=what), self._encode(sent)), SCHEMA,
                                    lambda: False)
        found: dict[str, list[tuple[Box, float]]] = {noun: [] for noun in nouns}
        try:
            said = said_boxes(text)
        except NotAResolution:
            return found
        scale = rgb.shape[1] / sent.shape[1], rgb.shape[0] / sent.shape[0]
        for name, numbers in said:
            noun = next((n for n in nouns if n == name), None) or next(
                (n for n in nouns if n in name), None)
            x0, y0, x1, y1 = self.convention.box(numbers, sent.shape[1], sent.shape[0])
            if noun is not None and x1 - x0 >= 1 and y1 - y0 >= 1:
                box = x0 * scale[0], y0 * scale[1], x1 * scale[0], y1 * scale[1]
                found[noun].append((box, SCORE))
        return found


def check_sight(model: ChatModel, encode: Callable[[np.ndarray], str]) -> None:
    """Raise BadRequest for a model that is sent an image and does not see it."""
    schema = {'type': 'object', 'additionalProperties': False, 'required': ['colours'],
              'properties': {'colours': {'type': 'array', 'items': {'type': 'string'}}}}
    asked = _asked('Which colours have the three rectangles on grey? Say one JSON object '
                   '{"colours": ["...", ...]} with English words and nothing else.', encode(card()))
    text = model.complete(asked, schema, lambda: False).lower()
    missing = [colour for colour in CARD_BOXES if colour not in text]
    if missing:
        raise BadRequest(f'"{model.name}" was shown a card of red, green and blue and does not '
                         f'tell {", ".join(missing)} ({" ".join(text.split())[:60]!r}); use a '
                         'model with vision, or give resolver_image=off')


def _asked(text: str, url: str) -> list[dict[str, Any]]:
    return [{'role': 'user', 'content': [{'type': 'image_url', 'image_url': {'url': url}},
                                         {'type': 'text', 'text': text}]}]


def _iou(one: Box, two: Sequence[float]) -> float:
    width = max(0.0, min(one[2], two[2]) - max(one[0], two[0]))
    height = max(0.0, min(one[3], two[3]) - max(one[1], two[1]))
    areas = [(b[2] - b[0]) * (b[3] - b[1]) for b in (one, two)]
    return width * height / max(1e-9, sum(areas) - width * height)
