# SPDX-License-Identifier: Apache-2.0
"""Labels of one frame while they are made: ask the model, say what is right, keep it.

Everything is written into the folder of `benchmarks.labelled_frames` as soon as it is said. A
sentence that nobody judged is kept without an expectation: later ones build on it. Does not print
or read a terminal.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from reasonseg_ros.benchmarks.labelled_frames import CAMERA, COLOURS, DEPTH, DIALOGUES, TRUTH
from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.dialogue.dialogue import Instance, Round
from reasonseg_ros.core.errors import BadRequest, Status
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.core.scene.inventory import NAMELESS
from reasonseg_ros.drawing.overlay import overlay, save
from reasonseg_ros.engines.protocol import Engine
from reasonseg_ros.engines.reply import Reply
from reasonseg_ros.engines.session import Session
from reasonseg_ros.evaluation import script
from reasonseg_ros.evaluation.frames import SeesThings
from reasonseg_ros.evaluation.interview import private_book
from reasonseg_ros.evaluation.records import mask_record

MOST_ROUNDS = 1000   # of one dialogue
PICTURE = 'truth.jpg'


@dataclass
class _Said:
    """One sentence; `expect` and `right` (ids) are None as long as nobody has judged it."""

    text: str
    answered: tuple[Instance, ...]
    status: Status
    expect: Status | None = None
    right: tuple[int, ...] | None = None


@dataclass
class _Named:
    """A thing of the truth, with its parts: name -> mask."""

    name: str
    mask: Rle
    parts: dict[str, Rle] = field(default_factory=dict)


class LabelledFrame:
    """One frame and what was said of it so far; use it in one thread.

    folder  where it is written; it holds no frame yet
    """

    def __init__(self, engine: Engine, frame: Frame, folder: Path) -> None:
        self._engine, self.frame, self._folder = engine, frame, folder
        self._session = Session(engine, private_book(MOST_ROUNDS), contexts=1, rules=True)
        self._number = 1
        self._said: list[_Said] = []               # in this dialogue
        self._things: list[_Named] = []
        self._shown: dict[int, Instance] = {}      # of this dialogue, by id
        self._written: dict[str, dict[str, Any]] = {}  # dialogue -> as it stands in the file

    @property
    def dialogue(self) -> str:
        """Name of the dialogue that goes on."""
        return str(self._number)

    def ask(self, text: str) -> Reply:
        """Ask the model. Raises ReasonSegError, and then the sentence is not kept."""
        reply = self._session.ask(self.dialogue, text, self.frame)
        self._said.append(_Said(text, reply.instances, reply.status))
        self._shown.update((i.id, i) for i in reply.instances)
        self._write()
        return reply

    def show(self, mask: np.ndarray) -> Instance:
        """Take in a mask bool [H, W] that somebody drew; it gets a number. Raises BadRequest."""
        if mask.shape != self.frame.rgb.shape[:2]:
            raise BadRequest(f'the mask is {mask.shape[1]}x{mask.shape[0]}, the image '
                             f'{self.frame.width}x{self.frame.height}; draw it on this image')
        if not mask.any():
            raise BadRequest('the mask is empty; what is not black is inside')
        dialogue = self._session.book.open(self.dialogue)
        index = len(dialogue.rounds) + 1
        shown = Instance(dialogue.next_id, 0, index, NAMELESS, 1.0, Rle.encode(mask))
        self._session.book.append(self.dialogue, Round(index, '', '', (), Status.OK, '', (shown,)))
        self._shown[shown.id] = shown
        return shown

    def judge(self, expect: Status, ids: Sequence[int] | None = None) -> None:
        """Say how the last sentence must end, and which masks are right.

        ids  None = those that were answered

        Raises BadRequest.
        """
        last = self._last()
        right = tuple(i.id for i in last.answered) if ids is None else tuple(ids)
        for one in right:
            self._instance(one)
        if expect in (Status.NOTHING_FOUND, Status.TALK):
            right = ()
        elif not right:
            raise BadRequest('the answer has no mask; say which numbers are right, or that there '
                             'is nothing to find')
        last.expect, last.right = expect, right
        self._write()

    def agree(self) -> None:
        """Say that the last sentence ended as it must. Raises BadRequest."""
        self.judge(self._last().status)

    def drop(self) -> str:
        """Take the last sentence back and return it. Raises BadRequest."""
        last = self._last()
        if last.status is not Status.TALK:   # talk leaves no round behind
            self._session.undo(self.dialogue)
        self._said.pop()
        self._write()
        return last.text

    def name(self, number: int, name: str, owner: int | None = None) -> None:
        """Put a shown mask into the truth: a thing, or a part of the thing that `owner` shows.

        Raises BadRequest.
        """
        mask = self._instance(number).mask
        if owner is None:
            same = next((t for t in self._things if t.mask.iou(mask) > 0.8), None)
            if same is None:
                self._things.append(_Named(name, mask))
            else:
                same.name, same.mask = name, mask
        else:
            whole = self._instance(owner).mask
            fits = [t for t in self._things if t.mask.iou(whole) > 0.5]
            if not fits:
                raise BadRequest(f'instance {owner} is no thing of the truth yet; name it first')
            max(fits, key=lambda t: t.mask.iou(whole)).parts[name] = mask
        self._write()

    def take_all(self) -> list[str]:
        """Put everything that the engine sees into the truth; return the names.

        Raises BadRequest for an engine that sees nothing unasked.
        """
        context = self._engine.open(self.frame)
        if not isinstance(context, SeesThings):
            raise BadRequest('this engine sees nothing unasked; name what it answers one by one')
        new = [_Named(t.name, t.mask, {p.name: p.mask for p in t.parts})
               for t in context.inventory.things
               if all(k.mask.iou(t.mask) <= 0.5 for k in self._things)]
        self._things += new
        self._write()
        return [t.name for t in new]

    def begin(self) -> None:
        """Begin another dialogue about the same frame."""
        if self._said:
            self._number, self._said = self._number + 1, []
            self._session = Session(self._engine, private_book(MOST_ROUNDS), contexts=1, rules=True)
            self._shown = {}

    def shown(self, reply: Reply) -> np.ndarray:
        """Return the image with the answer drawn on it, uint8 [H, W, 3]."""
        return overlay(self.frame.rgb, reply.instances, [])

    def _last(self) -> _Said:
        if not self._said:
            raise BadRequest('nothing was said in this dialogue yet; say a sentence first')
        return self._said[-1]

    def _instance(self, number: int) -> Instance:
        if number not in self._shown:
            known = ', '.join(map(str, self._shown)) or 'none yet'
            raise BadRequest(f'there is no instance {number}; shown so far: {known}')
        return self._shown[number]

    def _write(self) -> None:
        """Write what is known by now; each file is whole at any time."""
        if not (self._folder / COLOURS[0]).exists():
            self._write_frame()
        # Numbers begin anew with each dialogue, and right masks are known by their numbers.
        self._written[self.dialogue] = {
            'id': self.dialogue, 'rounds': [self._plain(said) for said in self._said]}
        talks = [one for one in self._written.values() if one['rounds']]
        if talks:
            _write_json(self._folder / DIALOGUES[0], {'version': script.VERSION,
                                                      'dialogues': talks})
        if self._things:
            things = [{**_plain_mask(t.name, t.mask), 'parts': [
                _plain_mask(name, mask) for name, mask in t.parts.items()]} for t in self._things]
            _write_json(self._folder / TRUTH, {'objects': things})
            drawn = [Instance(k, 0, 1, t.name, 1.0, t.mask)
                     for k, t in enumerate(self._things, start=1)]
            save(overlay(self.frame.rgb, drawn, []), self._folder / PICTURE)

    def _write_frame(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        if self.frame.depth is not None:
            steps = np.nan_to_num(1000 * self.frame.depth, posinf=0.0, neginf=0.0)
            Image.fromarray(steps.clip(0, 65535).round().astype(np.uint16)
                            ).save(self._folder / DEPTH)
        if self.frame.camera is not None:
            c = self.frame.camera
            _write_json(self._folder / CAMERA, {
                'width': c.width, 'height': c.height, 'fx': c.fx, 'fy': c.fy, 'cx': c.cx,
                'cy': c.cy, 'depth_unit_mm': 1})
        Image.fromarray(self.frame.rgb).save(self._folder / COLOURS[0])

    def _plain(self, said: _Said) -> dict[str, Any]:
        entry: dict[str, Any] = {'say': said.text}
        if said.expect is not None and said.right is not None:
            entry['expect'] = said.expect.name.lower()
            entry['targets'] = [
                {'part': bool(i.parent_id), 'rle': mask_record(i.mask)}
                for i in (self._shown[one] for one in said.right)]
        return entry


def _plain_mask(name: str, mask: Rle) -> dict[str, object]:
    return {'name': name, 'rle': mask_record(mask)}


def _write_json(path: Path, content: dict[str, Any]) -> None:
    new = path.with_suffix('.new')
    new.write_text(json.dumps(content, indent=1) + '\n', encoding='utf-8')
    new.replace(path)
