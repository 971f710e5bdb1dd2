# SPDX-License-Identifier: Apache-2.0
"""Little tables of known things, and dialogues about them in one line of text.

A line reads "sentence > sentence => expected": all sentences but the last lead up to it. What is
expected: keys of things ("rm wm"), parts ("rm.handle"), "x - y" for a mask without another,
"x @ y" where y is a place; behind "ask" for candidates; or "none", "talk", "bad reference",
"not understood", "command". Words in quotes must stand in the answer.
"""

import re
from dataclasses import dataclass

import numpy as np

from reasonseg_ros.core.dialogue.dialogue import Dialogue, Instance, Prohibition, Role, Round
from reasonseg_ros.core.errors import ANSWERED, BadReference, BadRequest, Status
from reasonseg_ros.core.language.speech_acts import understand
from reasonseg_ros.core.language.utterance import SpeechAct
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.core.scene.decision import Decision, DecisionMask
from reasonseg_ros.core.scene.grounding import ground
from reasonseg_ros.core.scene.inventory import Inventory, Part, Thing
from reasonseg_ros.core.scene.recall import prohibited
from reasonseg_ros.core.scene.spoken_of import speaks_of_things

HEIGHT, WIDTH = 240, 320
CATEGORIES = tuple('remote mug bottle pan lamp drawer laptop hammer scissors teapot banana apple '
                   'screwdriver camera brush bowl cup plate can box carton pitcher jar drill '
                   'marker pen sponge ball block book phone keyboard container orange '
                   'tape'.split())
# key, name, colours, box in pixels, parts as fractions of the box: "cap", or "cap/red" that is red
Row = tuple[str, str, str, tuple[int, int, int, int], dict[str, tuple[float, float, float, float]]]
HANDLE = {'handle': (0.75, 0.2, 1.0, 0.8)}
CAP = {'cap': (0.2, 0.0, 0.8, 0.2), 'label': (0.0, 0.5, 1.0, 0.8)}
LID = {'lid': (0.0, 0.0, 1.0, 0.3)}
LAMP = {'shade': (0.0, 0.0, 1.0, 0.45), 'base': (0.1, 0.8, 0.9, 1.0), 'stem': (0.4, 0.45, 0.6, 0.8)}
DRAWER = {'front': (0.0, 0.4, 1.0, 1.0), 'knob': (0.4, 0.6, 0.6, 0.8)}
REMOTE = {'red button': (0.0, 0.0, 0.2, 0.4), 'keypad': (0.3, 0.2, 0.9, 0.9)}

SCENES: dict[str, tuple[Row, ...]] = {
    'kitchen': (
        ('rm', 'mug', 'red', (50, 100, 85, 145), HANDLE),
        ('wm', 'mug', 'white', (122, 102, 162, 150), HANDLE),
        ('bo', 'bottle', 'green', (200, 60, 225, 140), CAP),
        ('re', 'remote', 'black', (240, 165, 300, 185), REMOTE),
        ('dr', 'drawer', 'brown', (5, 165, 105, 230), DRAWER),
        ('la', 'lamp', 'yellow', (260, 30, 305, 130), LAMP),
        ('ap', 'apple', 'red', (50, 160, 70, 178), {'stem': (0.4, 0.0, 0.6, 0.2)}),
        ('th', 'thing', 'green', (150, 190, 175, 210), {})),
    'cans': (
        ('so', 'can', 'red/white', (150, 150, 190, 215), LID),
        ('sp', 'can', 'blue/yellow', (60, 90, 110, 145), LID),
        ('su', 'box', 'yellow/white', (230, 120, 300, 190), {}),
        ('cr', 'box', 'red', (170, 30, 250, 115), {}),
        ('mu', 'bottle', 'yellow', (120, 40, 150, 120), CAP)),
    'bench': (
        ('b1', 'bottle', 'blue', (20, 60, 45, 140), CAP),
        ('b2', 'bottle', 'blue', (80, 60, 105, 140), CAP),
        ('b3', 'bottle', 'white', (140, 50, 170, 150), CAP),
        ('dl', 'drill', 'orange/black', (190, 60, 260, 130),
         {'handle': (0.3, 0.4, 0.5, 0.9), 'chuck': (0.8, 0.0, 1.0, 0.3)}),
        ('mk', 'marker', 'black', (280, 50, 292, 120), {'cap': (0.0, 0.0, 1.0, 0.3)}),
        ('pn', 'pen', 'red', (40, 190, 110, 200), {}),
        ('sc', 'scissors', 'grey', (150, 180, 215, 215),
         {'blades': (0.0, 0.0, 0.5, 1.0), 'handles': (0.5, 0.0, 1.0, 1.0)}),
        ('bk', 'thing', 'black', (240, 170, 300, 220), {})),
    'shelf': (
        ('or', 'orange', 'orange', (20, 100, 50, 130), {}),
        ('tp', 'tape', 'orange', (70, 100, 110, 140), {'core': (0.3, 0.3, 0.7, 0.7)}),
        ('rh', 'hammer', 'pink', (130, 60, 150, 150), {'head': (0.0, 0.0, 1.0, 0.3)}),
        ('di', 'plate', 'white', (170, 100, 230, 140), {'centre': (0.2, 0.2, 0.8, 0.8)}),
        ('bl', 'bowl', 'blue', (250, 100, 300, 140), {}),
        ('pe', 'pen', 'black', (20, 190, 100, 200), {'clip': (0.1, 0.0, 0.4, 0.3)}),
        ('bo', 'book', 'red', (120, 180, 170, 220), {'pages': (0.9, 0.0, 1.0, 1.0)}),
        ('ca', 'can', 'green', (200, 170, 230, 220), LID)),
    'mugs': (
        ('g', 'mug', 'green', (30, 100, 65, 140), HANDLE),
        ('y', 'mug', 'yellow', (110, 90, 160, 150), HANDLE),
        ('b', 'mug', 'blue', (210, 105, 240, 140), HANDLE),
        ('pl', 'plate', 'white', (120, 170, 220, 215), {}),
        ('bn', 'banana', 'yellow', (240, 180, 300, 200), {})),
    'caps': (
        ('bo', 'bottle', 'green/orange', (20, 40, 50, 140),
         {'cap/orange': (0.2, 0.0, 0.8, 0.2), 'label/white': (0.0, 0.5, 1.0, 0.8)}),
        ('bw', 'bottle', 'green/white', (80, 40, 110, 140),
         {'cap/white': (0.2, 0.0, 0.8, 0.2), 'label/red': (0.0, 0.5, 1.0, 0.8)}),
        ('mk', 'marker', 'white/black', (140, 60, 152, 130), {'cap/black': (0.0, 0.0, 1.0, 0.3)}),
        ('mb', 'mug', 'white/blue', (180, 90, 220, 140), {'handle/blue': (0.75, 0.2, 1.0, 0.8)}),
        ('mw', 'mug', 'white', (250, 90, 290, 140), {'handle/white': (0.75, 0.2, 1.0, 0.8)}),
        ('ha', 'hammer', 'grey/red', (60, 180, 160, 215),
         {'head/grey': (0.0, 0.0, 0.3, 1.0), 'handle/red': (0.3, 0.4, 1.0, 0.6)})),
}


@dataclass(frozen=True)
class World:
    """A scene, and which mask belongs to which key."""

    inventory: Inventory
    masks: dict[str, Rle]


def _box(x0: float, y0: float, x1: float, y1: float) -> Rle:
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[round(y0):round(y1), round(x0):round(x1)] = True
    return Rle.encode(mask)


def world(name: str, held: str = '', sure: float = 0.95) -> World:
    """Build a scene; `held` is the key of what the gripper holds."""
    things, masks = [], {}
    rows = SCENES[name]
    above = np.zeros((HEIGHT, WIDTH), bool)
    for key, _, _, box, _ in reversed(rows):  # what comes later hides what comes before
        mask = _box(*box).decode() & ~above
        masks[key] = Rle.encode(mask)
        above |= mask
    for key, noun, colours, (x0, y0, x1, y1), parts in rows:
        found = []
        for said, (u0, v0, u1, v1) in parts.items():
            part, _, hue = said.partition('/')
            mask = _box(x0 + u0 * (x1 - x0), y0 + v0 * (y1 - y0), x0 + u1 * (x1 - x0),
                        y0 + v1 * (y1 - y0))
            found.append(Part(part, 0.9, mask, {hue: 1.0} if hue else {}))
            masks[f'{key}.{part.replace(" ", "_")}'] = mask
        hues = colours.split('/')
        shares = dict(zip(hues, (1.0,) if len(hues) == 1 else (0.6, 0.4)))
        things.append(Thing(masks[key], 0.95, {noun: sure}, shares,
                            ((x0 + x1) / 2, (y0 + y1) / 2), parts=tuple(found)))
    index = [row[0] for row in rows].index(held) if held else None
    return World(Inventory(HEIGHT, WIDTH, tuple(things), CATEGORIES, held=index), masks)


class Commanded(Exception):
    """The sentence is a command to the dialogue, which `ground` is not for."""


def tell(world: World, dialogue: Dialogue, sentence: str, references: tuple[int, ...] = ()
         ) -> Decision:
    """Say one sentence and record its round, as an engine's caller does."""
    said = understand(sentence, dialogue)
    if said.act is SpeechAct.COMMAND:
        raise Commanded
    before = Dialogue(dialogue.id, dialogue.rounds)
    decision = ground(said, world.inventory, dialogue, references=references)
    if decision.status in ANSWERED:
        first, index = dialogue.next_id, len(dialogue.rounds) + 1
        made = tuple(Instance(first + i, f.owner if f.parent is None else first + f.parent, index,
                              f.label, f.score, f.mask, role=f.role)
                     for i, f in enumerate(decision.found))
        question = '' if said.act is SpeechAct.NAME and decision.status is Status.OK else sentence
        dialogue.append(Round(index, sentence, question, decision.references, decision.status,
                              decision.text, made))
    if speaks_of_things(said, decision.status):
        dialogue.speak_of(sentence)
    if said.prohibits:
        dialogue.forbid(Prohibition(len(dialogue.rounds), sentence,
                                    prohibited(said, before, HEIGHT, WIDTH)))
    return decision


def _outcome(world: World, decision: Decision) -> str:
    if decision.status is Status.TALK:
        return 'talk'
    if decision.status is Status.NOTHING_FOUND:
        return 'none'
    targets = sorted(_key(world, f) for f in decision.found if f.role is Role.TARGET)
    where = sorted(_key(world, f) for f in decision.found if f.role is Role.PLACE)
    text = ' '.join(targets) + (f' @ {" ".join(where)}' if where else '')
    return f'ask {text}' if decision.status is Status.AMBIGUOUS else text


def _key(world: World, found: DecisionMask) -> str:
    for key, mask in world.masks.items():
        if found.mask.iou(mask) > 0.999:
            return key
    for whole, mask in world.masks.items():
        for part, piece in world.masks.items():
            if part.startswith(f'{whole}.'):
                rest = Rle.encode(mask.decode() & ~piece.decode())
                if found.mask.iou(rest) > 0.999:
                    return f'{whole}-{part.split(".")[1]}'
    return '?'


def outcome(scene: str, line: str) -> tuple[str, str]:
    """(what came out, what was expected) of one line."""
    said, expected = line.split('=>')
    held = ''
    if match := re.search(r'\(holds (\w+)\)', said):
        held, said = match[1], said.replace(match[0], '')
    here, dialogue = world(scene, held), Dialogue('d')
    decision = None
    try:
        for sentence in said.split('>'):
            references: tuple[int, ...] = ()
            if match := re.search(r'\[([\d ,]+)\]', sentence):
                references = tuple(int(n) for n in match[1].split(','))
                sentence = sentence.replace(match[0], '')
            decision = tell(here, dialogue, sentence.strip(), references)
    except Commanded:
        return 'command', expected.strip()
    except BadReference:
        return 'bad reference', expected.strip()
    except BadRequest:
        return 'not understood', expected.strip()
    assert decision is not None
    quoted = re.findall(r'"([^"]*)"', expected)
    wanted = re.sub(r'"[^"]*"', '', expected).strip()
    came = _outcome(here, decision)
    for words in quoted:
        if words.lower() not in decision.text.lower():
            return f'{came} "{decision.text}"', expected.strip()
    ask, _, keys = wanted.partition('ask ')
    targets, _, where = (keys if 'ask ' in wanted else ask).partition('@')
    plain = ' '.join(sorted(targets.split())) + (f' @ {where.strip()}' if where else '')
    return came, f'ask {plain}' if 'ask ' in wanted else plain
