# SPDX-License-Identifier: Apache-2.0
"""Inventories from a segmenter that is asked for phrases, and from what the dialogue remembers.

The memory owns the masks: what was shown and is in view is a thing with the mask that it has there,
and a proposal that covers it only gives it a name. Parts are asked for inside the crop of their
whole and clipped to it. Colours are those of the pixels, places those of the depth. Which networks
propose is in `engines.grounded.networks`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import cv2
import numpy as np

from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.dialogue.dialogue import Dialogue, Instance, State
from reasonseg_ros.core.language import lexicon
from reasonseg_ros.core.language.utterance import Anaphor, SpeechAct, Utterance
from reasonseg_ros.core.masks import Rle, merge
from reasonseg_ros.core.scene.inventory import NAMELESS, Inventory, Part, Thing
from reasonseg_ros.engines.context import stop_if
from reasonseg_ros.engines.grounded.reading import every_phrase, nouns_of, parts_of, vocabulary
from reasonseg_ros.engines.household.look import centre, place
from reasonseg_ros.engines.letterbox import Letterbox
from reasonseg_ros.engines.protocol import Box, EngineFacts
from reasonseg_ros.engines.rules import Calibration
from reasonseg_ros.nn.perception.inputs import Plane, depth_channels
from reasonseg_ros.nn.perception.network import HEIGHT, WIDTH

SAME = 0.6          # IoU from which two masks show one thing; half of a laptop is its keyboard
LEAST = 0.2         # presence from which a proposal counts: the rules ask back from there
FEWEST = 40         # pixels of a thing, as of engine household
FEWEST_PART = 12    # pixels of a part
MARGIN = 0.15       # of a crop, as a share of the whole's longer side
MOST_OWNERS = 8     # things whose parts are sought for one sentence
OBJECT = 'object'   # what any thing is called to a network
# Of colours, as the simulator has them for paint, with softer limits of darkness: light falls on
# things.
DARK = 0.22         # value below which a pixel is black
DULL = 0.20         # saturation below which it has no hue
PALE = 0.72         # value from which that is white, not grey
BROWN = 0.60        # value below which orange is brown
SPECK = 0.02        # shares of a colour below this are left out
MOST_PIXELS = 20000  # of a thing that are looked at
RIM = 3             # pixels across which a mask's border shows the background, too
# Hue in degrees up to which a colour goes; the last turns to red again.
HUES = ((15.0, 'red'), (40.0, 'orange'), (68.0, 'yellow'), (165.0, 'green'), (195.0, 'turquoise'),
        (255.0, 'blue'), (300.0, 'purple'), (340.0, 'pink'), (360.5, 'red'))


Window = tuple[int, int, int, int]   # (x0, y0, x1, y1) in pixels, the last two outside


@dataclass(frozen=True, eq=False)
class Proposal:
    """A mask, bool [H, W], for a phrase.

    presence  chance in [0, 1] that it shows what the phrase says
    quality   chance that it outlines one thing exactly
    """

    mask: np.ndarray
    presence: float
    quality: float = 1.0


class Proposer(Protocol):
    """A network that finds phrases."""

    facts: EngineFacts

    def encode(self, frame: Frame) -> Any:
        """Encode a frame once."""

    def inside(self, encoded: Any, whole: np.ndarray) -> tuple[Any, Window]:
        """Return what `propose` finds the parts of a whole in, and the window of their masks.

        whole  bool [H, W]
        """

    def propose(self, encoded: Any, nouns: Sequence[str]) -> Mapping[str, Sequence[Proposal]]:
        """Return what is found of each noun, best first."""


class PromptedSegmenter:
    """A segmenter for any noun."""

    open_words = True

    def __init__(self, proposer: Proposer, calibration: Calibration = Calibration()) -> None:
        self.proposer, self.calibration, self.facts = proposer, calibration, proposer.facts

    def open(self, frame: Frame) -> 'PromptedView':
        """Encode a frame once."""
        return PromptedView(self.proposer, frame)


@dataclass(eq=False)
class _Found:
    """A thing while its names are gathered.

    whole  what its parts are sought in: more than `mask`, where it was shown without a part
    """

    mask: Rle
    quality: float
    names: dict[str, float] = field(default_factory=dict)
    shown: frozenset[int] = frozenset()
    whole: Rle | None = None


@dataclass(eq=False)
class _Inside:
    """The inside of a whole, and the part that was found there for a noun."""

    encoded: Any
    window: Window
    parts: dict[str, Part | None] = field(default_factory=dict)


class PromptedView:
    """One encoded frame. What was proposed for a noun is kept, and how masks look."""

    def __init__(self, proposer: Proposer, frame: Frame) -> None:
        self._proposer, self._frame = proposer, frame
        self._encoded = proposer.encode(frame)
        self._proposed: dict[str, list[tuple[Rle, Proposal]]] = {}
        self._looks: dict[Rle, tuple[Any, ...]] = {}
        self._insides: dict[Rle, _Inside] = {}
        self._plane = _plane(frame)

    def inventory(self, utterance: Utterance, dialogue: Dialogue,
                  cancelled: Callable[[], bool]) -> Inventory:
        """Return what is seen of an utterance; see `SegmenterView`."""
        nouns = nouns_of(utterance)
        if utterance.act is SpeechAct.LIST:
            nouns = vocabulary()
        labels = [OBJECT if i.label == NAMELESS else i.label
                  for i in dialogue.instances if _is_whole(i)]
        asked = tuple(dict.fromkeys((*nouns, *labels)))
        stop_if(cancelled, 'phrases were sought')
        found = self._remembered(dialogue)
        self._seek(found, asked)
        if not found:   # so that an answer can say what there is instead
            self._seek(found, (OBJECT,))
        parts: dict[int, tuple[Part, ...]] = {}
        if wanted := parts_of(utterance):
            for k in _owners(found, utterance, dialogue):
                stop_if(cancelled, 'parts were sought')
                one = found[k]
                parts[k] = self._parts(one.mask if one.whole is None else one.whole, wanted)
        things = tuple(self._thing(one, parts.get(k, ())) for k, one in enumerate(found))
        known = tuple(dict.fromkeys((*asked, *lexicon.NOUNS)))
        return Inventory(self._frame.height, self._frame.width, things, known,
                         dict.fromkeys(known, wanted))

    def _seek(self, found: list[_Found], nouns: Sequence[str]) -> None:
        """Add what is seen of nouns to what was found."""
        new = [noun for noun in nouns if noun not in self._proposed]
        if new:
            for noun, proposals in self._proposer.propose(self._encoded, new).items():
                likely = [(Rle.encode(p.mask), p) for p in proposals if p.presence >= LEAST]
                self._proposed[noun] = [(m, p) for m, p in likely if m.area >= FEWEST]
        for noun in nouns:
            for mask, proposal in self._proposed[noun]:
                _add(found, noun, mask, proposal)

    def _remembered(self, dialogue: Dialogue) -> list[_Found]:
        size = self._frame.height, self._frame.width
        found: list[_Found] = []
        for instance in dialogue.instances:
            mask = instance.mask
            if not _is_whole(instance) or instance.state is not State.VISIBLE or (
                    (mask.height, mask.width) != size or not mask.area):
                continue
            same = next((f for f in found if f.mask.iou(mask) >= SAME), None)
            if same is None:
                same = _Found(mask, 1.0)
                found.append(same)
            same.shown |= {instance.id}
            if instance.label != NAMELESS:
                same.names[_kind(instance.label)] = 1.0
        return found

    def _parts(self, whole: Rle, nouns: Sequence[str]) -> tuple[Part, ...]:
        """Ask for parts inside a whole."""
        if whole not in self._insides:
            self._insides[whole] = _Inside(*self._proposer.inside(self._encoded, whole.decode()))
        inside = self._insides[whole]
        new = [noun for noun in nouns if noun not in inside.parts]
        if new:
            pixels = whole.decode()
            for noun, proposals in self._proposer.propose(inside.encoded, new).items():
                inside.parts[noun] = self._part(noun, proposals, pixels, inside.window)
        return tuple(part for noun in nouns if (part := inside.parts[noun]) is not None)

    def _part(self, noun: str, proposals: Sequence[Proposal], whole: np.ndarray, window: Window
              ) -> Part | None:
        """Return the best proposal, clipped to its whole."""
        x0, y0, x1, y1 = window
        near = whole[y0:y1, x0:x1]
        # The crop may show the same part of a neighbour, more clearly.
        best = max(proposals, key=lambda p: p.presence * _share(p.mask, near), default=None)
        if best is None or best.presence < LEAST:
            return None
        clipped = np.zeros_like(whole)
        clipped[y0:y1, x0:x1] = best.mask & near
        if clipped.sum() < FEWEST_PART:
            return None
        return Part(noun, best.presence * best.quality, Rle.encode(clipped),
                    colours(self._frame.rgb, clipped))

    def _thing(self, found: _Found, parts: tuple[Part, ...]) -> Thing:
        if found.mask not in self._looks:
            pixels = found.mask.decode()
            self._looks[found.mask] = (colours(self._frame.rgb, pixels), centre(pixels),
                                       *place(pixels, self._frame, self._plane))
        named = {name: chance for name, chance in found.names.items() if name != NAMELESS}
        total = max(1.0, sum(named.values()))
        names = {name: chance / total for name, chance in named.items()}
        hues, middle, position, extent = self._looks[found.mask]
        return Thing(found.mask, found.quality, names or {NAMELESS: 1.0}, hues, middle, position,
                     extent, parts)


def _add(found: list[_Found], noun: str, mask: Rle, proposal: Proposal) -> None:
    """Let a proposal name the thing that it shows, or be a new one."""
    name = NAMELESS if noun == OBJECT else _kind(noun)
    best = max(found, key=lambda f: f.mask.iou(mask), default=None)
    if best is not None and best.mask.iou(mask) >= SAME:
        if best.shown and best.whole is None:
            best.whole = merge((best.mask, mask))
        if name != NAMELESS:
            best.names[name] = max(best.names.get(name, 0.0), proposal.presence)
        return
    found.append(_Found(mask, proposal.quality, {name: proposal.presence}))


def _kind(noun: str) -> str:
    """Return one name for nouns that mean the same: "the other one" of a desk lamp is a lamp."""
    meant = lexicon.NOUNS.get(noun, {})
    return max(meant, key=lambda name: meant[name], default=noun)


def _is_whole(instance: Instance) -> bool:
    """Whether what was shown is no part, as far as its parent or its name tells."""
    label = instance.label
    return not instance.parent_id and (label in lexicon.NOUNS or label not in lexicon.PARTS)


def _owners(found: Sequence[_Found], utterance: Utterance, dialogue: Dialogue) -> list[int]:
    """Return places of the things whose parts may be meant."""
    owners = [p.owner for p in every_phrase(utterance) if p.part and p.owner is not None]
    nouns = {_kind(o.noun) for o in owners if o.noun}
    ids = {n for o in owners if o.pointer is Anaphor.NUMBER for n in o.numbers}
    newest = next((r for r in reversed(dialogue.rounds) if r.instances), None)
    if newest is not None and not nouns and not ids:
        ids = {i.parent_id or i.id for i in newest.instances}
    likely = [k for k, one in enumerate(found) if nouns & one.names.keys() or ids & one.shown]
    return (likely or list(range(len(found))))[:MOST_OWNERS]


def crop(rgb: np.ndarray, whole: np.ndarray) -> tuple[Frame, Window]:
    """Return the image of a whole, bool [H, W], with a margin, and where it is in `rgb`."""
    box: Box = Rle.encode(whole).box
    margin = MARGIN * max(box[2] - box[0], box[3] - box[1])
    height, width = whole.shape
    x0, y0 = max(0, int(box[0] - margin)), max(0, int(box[1] - margin))
    x1, y1 = min(width, int(box[2] + margin) + 1), min(height, int(box[3] + margin) + 1)
    return Frame(np.ascontiguousarray(rgb[y0:y1, x0:x1])), (x0, y0, x1, y1)


def _share(mask: np.ndarray, whole: np.ndarray) -> float:
    """Return the share of a mask inside a whole."""
    return float((mask & whole).sum() / max(1, mask.sum()))


def _plane(frame: Frame) -> Plane | None:
    """Return the plane that things stand on, where there is depth."""
    if frame.depth is None or frame.camera is None:
        return None
    view = Letterbox((frame.height, frame.width), (HEIGHT, WIDTH))
    return depth_channels(view.depth(frame.depth), view.camera(frame.camera),
                          np.random.default_rng(0))[1]


def colours(rgb: np.ndarray, mask: np.ndarray) -> dict[str, float]:
    """Return colour -> share in [0, 1] of uint8 [H, W, 3] under bool [H, W], largest first."""
    ys, xs = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if not len(ys):
        return {}
    window = slice(ys[0], ys[-1] + 1), slice(xs[0], xs[-1] + 1)
    inside = np.pad(mask[window], 1).astype(np.uint8)
    inner = cv2.erode(inside, np.ones((RIM, RIM), np.uint8))[1:-1, 1:-1].astype(bool)
    pixels = rgb[window][inner if inner.any() else mask[window]]
    pixels = pixels[::max(1, len(pixels) // MOST_PIXELS)]
    hsv = cv2.cvtColor(pixels[None].astype(np.float32) / 255, cv2.COLOR_RGB2HSV)[0]
    degrees, saturation, value = hsv.T
    names = np.full(len(pixels), '', dtype='<U9')
    for limit, word in reversed(HUES):
        names[degrees <= limit] = word
    warm = (degrees >= 15) & (degrees < 50)
    names[warm & (value < BROWN)] = 'brown'
    names[warm & (value >= BROWN) & (saturation < 0.45)] = 'beige'
    dull = saturation < DULL
    names[dull] = np.where(value[dull] >= PALE, 'white', 'grey')
    names[value < DARK] = 'black'
    words, counts = np.unique(names, return_counts=True)
    shares = {str(w): float(n) / len(pixels) for w, n in zip(words, counts)}
    kept = {w: s for w, s in shares.items() if s >= SPECK}
    total = sum(kept.values())
    return dict(sorted(((w, s / total) for w, s in kept.items()), key=lambda entry: -entry[1]))
