# SPDX-License-Identifier: Apache-2.0
"""Networks of transformers that propose masks for phrases: SAM 3, or SAM 2 and EdgeTAM on boxes.

SAM 3 finds phrases itself, many on one set of vision features. The others cut boxes, which
Grounding DINO or MM Grounding DINO find, or a resolver whose coordinates passed the handshake.
Images are made ready here with OpenCV, so that torchvision is only needed where a model itself uses
it, which is SAM 3 for boxes.
Everything is read from folders on the disk; nothing is downloaded.
"""

import hashlib
import importlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
import torch
from safetensors import SafetensorError

from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.errors import BadCheckpoint, BadRequest
from reasonseg_ros.engines.devices import find_device, find_dtype, memory_errors
from reasonseg_ros.engines.grounded.prompted import Proposal, Window, crop
from reasonseg_ros.engines.protocol import Box, EngineFacts
from reasonseg_ros.engines.weights.folder import fitting
from reasonseg_ros.engines.weights.published import read_json

OLDEST = (5, 10, 2)     # of transformers: older ones convert SAM 3 wrongly
LEAST = 0.3             # score from which a mask or box of theirs counts
BATCH = 8               # phrases that SAM 3 looks for at a time
LONGEST = 32            # tokens of a phrase of SAM 3
MOST_BOXES = 20         # of one phrase
HALF = (0.5, 0.5, 0.5)
IMAGENET = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
# Model type -> module of transformers, and class. Taken from the modules themselves, since the
# package hides SAM 3 where torchvision is missing, which only its boxes need.
KINDS = {'sam3': ('sam3', 'Sam3Model'), 'sam3_video': ('sam3', 'Sam3Model'),
         'sam2': ('sam2', 'Sam2Model'), 'sam2_video': ('sam2', 'Sam2Model'),
         'edgetam': ('edgetam', 'EdgeTamModel'), 'edgetam_video': ('edgetam', 'EdgeTamModel')}

# Called with uint8 [H, W, 3] and nouns; noun -> boxes in pixels with their scores.
FindBoxes = Callable[[np.ndarray, Sequence[str]], Mapping[str, Sequence[tuple[Box, float]]]]


class Cutter(Protocol):
    """A network that cuts boxes."""

    facts: EngineFacts

    def encode(self, frame: Frame) -> Any:
        """Encode a frame once."""

    def cut(self, encoded: Any, boxes: Sequence[Box]) -> list[tuple[np.ndarray, float]]:
        """Return a mask, bool [H, W], for each box in pixels, and the chance that it is exact."""


@dataclass(frozen=True, eq=False)
class EncodedImage:
    """An image that a network has seen: its features, and its size in pixels."""

    rgb: np.ndarray
    features: Any

    @property
    def size(self) -> tuple[int, int]:
        """(H, W)."""
        return self.rgb.shape[0], self.rgb.shape[1]


def model_type(folder: Path) -> str:
    """Return what a folder of transformers says that it is; raises BadCheckpoint."""
    return str(read_json(folder / 'config.json').get('model_type', ''))


def load_model(folder: Path, kinds: Mapping[str, tuple[str, str]], device: torch.device,
               dtype: torch.dtype) -> tuple[Any, EngineFacts]:
    """Load one of `kinds`; errors are one sentence each."""
    kind = model_type(folder)
    if kind not in kinds:
        raise BadCheckpoint(f'folder "{folder}" holds a model of type "{kind}", expected one of '
                            f'{", ".join(kinds)}; see docs/engines.md')
    made = _class(*kinds[kind])
    with fitting(folder, f'{kinds[kind][1]} of transformers', 'download it again'), memory_errors(
            'while loading the weights'):
        try:
            model = made.from_pretrained(str(folder), local_files_only=True, dtype=dtype)
        except (OSError, SafetensorError) as error:
            first = str(error).strip().splitlines()[0]
            raise BadCheckpoint(f'folder "{folder}" cannot be read by transformers ({first}); '
                                'download it again') from error
        except ImportError as error:
            raise BadRequest(f'model "{kind}" needs a module that is missing '
                             f'({str(error).strip().splitlines()[0]}); install it beside the extra '
                             '"engines"') from error
        model = model.eval().to(device)
    size = sum(p.numel() for p in model.parameters())
    nbytes = sum(p.numel() * p.element_size() for p in model.parameters())
    return model, EngineFacts(kind, digest(folder), licence(folder), str(device),
                              str(dtype).removeprefix('torch.'), size, nbytes)


def _class(module: str, name: str) -> Any:
    transformers = importlib.import_module('transformers')
    found = tuple(int(part) for part in transformers.__version__.split('.')[:3] if part.isdigit())
    if found < OLDEST:
        raise BadRequest(f'{name} needs transformers {".".join(map(str, OLDEST))} or '
                         f'newer, found {transformers.__version__}; pip install '
                         '"reasonseg_ros[engines]"')
    return getattr(importlib.import_module(f'transformers.models.{module}.modeling_{module}'), name)


def check_torchvision() -> None:
    """Raise BadRequest where SAM 3 cannot be given boxes."""
    try:
        importlib.import_module('torchvision')
    except ModuleNotFoundError as error:
        raise BadRequest('SAM 3 of transformers needs torchvision for boxes, which is missing; pip '
                         'install torchvision, in the version for your torch, or leave detector '
                         'out, since SAM 3 finds phrases itself') from error


def digest(folder: Path) -> str:
    """Return 12 hex digits for the files of weights: of their hashes where they were pulled.

    Of others, of their sizes and beginnings: to read gigabytes at each start would take minutes.
    """
    held = hashlib.sha256()
    try:
        files = read_json(folder / 'pulled.json').get('files', {})
        for name in sorted(files):
            held.update(f'{name} {files[name]["sha256"]}'.encode())
        if files:
            return held.hexdigest()[:12]
    except (BadCheckpoint, AttributeError, KeyError, TypeError):
        held = hashlib.sha256()
    for file in sorted(folder.glob('*.safetensors')):
        with file.open('rb') as stream:
            head = stream.read(1 << 16)
        held.update(f'{file.name} {file.stat().st_size}'.encode() + head)
    return held.hexdigest()[:12]


def licence(folder: Path) -> str:
    """Return the licence that `reasonseg pull` wrote beside the files; 'unknown' without."""
    try:
        return str(read_json(folder / 'pulled.json').get('licence', 'unknown'))
    except BadCheckpoint:
        return 'unknown'


def joined(one: EngineFacts, two: EngineFacts | None) -> EngineFacts:
    """Return the facts of two networks that work together."""
    if two is None:
        return one
    licences = ' and '.join(dict.fromkeys((one.licence, two.licence)))
    return replace(one, name=f'{one.name}-{two.name}', licence=licences,
                   weights=f'{one.weights[:6]}{two.weights[:6]}',
                   parameters=one.parameters + two.parameters, nbytes=one.nbytes + two.nbytes)


def pixels(rgb: np.ndarray, size: tuple[int, int], mean: Sequence[float], spread: Sequence[float],
           device: torch.device, dtype: torch.dtype) -> torch.Tensor:
    """Return float [1, 3, *size] of uint8 [H, W, 3], stretched and normalised."""
    small = cv2.resize(rgb, size[::-1], interpolation=cv2.INTER_LINEAR)
    scaled = (small.astype(np.float32) / 255 - np.array(mean, np.float32)) / np.array(
        spread, np.float32)
    return torch.from_numpy(scaled.transpose(2, 0, 1)[None].copy()).to(device, dtype)


def full_size(logits: torch.Tensor, size: tuple[int, int]) -> np.ndarray:
    """Return bool [N, *size] of logits [N, h, w]."""
    if not len(logits):
        return np.zeros((0, *size), bool)
    large = torch.nn.functional.interpolate(logits[:, None].float(), size=size, mode='bilinear',
                                            align_corners=False)
    masks: np.ndarray = (large[:, 0] > 0).cpu().numpy()
    return masks


class Sam3:
    """SAM 3 (Carion et al., 2025): phrases or boxes to masks."""

    def __init__(self, model: Any, tokenizer: Any, facts: EngineFacts, side: int) -> None:
        self._model, self._tokenizer, self.facts, self._side = model, tokenizer, facts, side

    @staticmethod
    def load(folder: Path, device: str, dtype: str) -> 'Sam3':
        """Load a folder; its weights stay float32, and bfloat16 is by autocast only."""
        place = find_device(device)
        model, facts = load_model(folder, KINDS, place, torch.float32)
        kind = find_dtype(dtype, place)
        facts = replace(facts, dtype=str(kind).removeprefix('torch.'))
        return Sam3(model, load_tokenizer(folder), facts, _side(model.config, 1008))

    def _running(self) -> AbstractContextManager[Any]:
        place = torch.device(self.facts.device)
        kind = getattr(torch, self.facts.dtype)
        return nullcontext() if kind is torch.float32 else torch.autocast(place.type, kind)

    @torch.inference_mode()
    def encode(self, frame: Frame) -> EncodedImage:
        """Encode an image once."""
        seen = pixels(frame.rgb, (self._side, self._side), HALF, HALF,
                      torch.device(self.facts.device), torch.float32)
        with self._running():
            return EncodedImage(frame.rgb, self._model.get_vision_features(pixel_values=seen))

    def inside(self, encoded: EncodedImage, whole: np.ndarray) -> tuple[EncodedImage, Window]:
        """Encode the crop of a whole."""
        cut, window = crop(encoded.rgb, whole)
        return self.encode(cut), window

    def propose(self, encoded: EncodedImage, nouns: Sequence[str]
                ) -> dict[str, tuple[Proposal, ...]]:
        """Find phrases, BATCH at a time."""
        found: dict[str, tuple[Proposal, ...]] = {}
        for start in range(0, len(nouns), BATCH):
            some = list(nouns[start:start + BATCH])
            for noun, proposals in zip(some, self._ask(encoded, some, None)):
                found[noun] = proposals
        return found

    def cut(self, encoded: EncodedImage, boxes: Sequence[Box]) -> list[tuple[np.ndarray, float]]:
        """Cut boxes: each is an exemplar, of which the mask that fits the box best is taken."""
        found = []
        for box in boxes:
            proposals, = self._ask(encoded, ['visual'], box)
            best = max(proposals, key=lambda p: _overlap(p.mask, box), default=None)
            found.append((np.zeros(encoded.size, bool), 0.0) if best is None
                         else (best.mask, best.presence))
        return found

    @torch.inference_mode()
    def _ask(self, encoded: EncodedImage, phrases: list[str], box: Box | None
             ) -> list[tuple[Proposal, ...]]:
        place = torch.device(self.facts.device)
        words = self._tokenizer(phrases, return_tensors='pt', padding='max_length',
                                max_length=LONGEST, truncation=True).to(place)
        given: dict[str, Any] = {}
        if box is not None:
            height, width = encoded.size
            x0, y0, x1, y1 = box[0] / width, box[1] / height, box[2] / width, box[3] / height
            # [image, box, (cx, cy, w, h)]: three levels, in shares of the image.
            shares = (x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0
            given['input_boxes'] = torch.tensor([[shares]], device=place)
            given['input_boxes_labels'] = torch.ones((1, 1), dtype=torch.long, device=place)
        with self._running():
            said = self._model(vision_embeds=_repeated(encoded.features, len(phrases)),
                               input_ids=words['input_ids'],
                               attention_mask=words['attention_mask'], **given)
        scores = said.pred_logits.float().sigmoid()
        if said.presence_logits is not None:
            scores = scores * said.presence_logits.float().sigmoid()
        answers = []
        for row, masks in zip(scores, said.pred_masks):
            order = row.argsort(descending=True)[:MOST_BOXES]
            order = order[row[order] >= LEAST]
            cut = full_size(masks[order], encoded.size)
            answers.append(tuple(Proposal(m, float(s)) for m, s in zip(cut, row[order].tolist())))
        return answers


class BoxCutter:
    """SAM 2.1 or EdgeTAM: boxes to masks."""

    def __init__(self, model: Any, facts: EngineFacts, side: int) -> None:
        self._model, self.facts, self._side = model, facts, side

    @staticmethod
    def load(folder: Path, device: str, dtype: str) -> 'BoxCutter':
        """Load a folder."""
        place = find_device(device)
        model, facts = load_model(folder, KINDS, place, find_dtype(dtype, place))
        return BoxCutter(model, facts, _side(model.config, 1024))

    @torch.inference_mode()
    def encode(self, frame: Frame) -> EncodedImage:
        """Encode an image once."""
        seen = pixels(frame.rgb, (self._side, self._side), *IMAGENET,
                      torch.device(self.facts.device), getattr(torch, self.facts.dtype))
        return EncodedImage(frame.rgb, self._model.get_image_embeddings(seen))

    @torch.inference_mode()
    def cut(self, encoded: EncodedImage, boxes: Sequence[Box]) -> list[tuple[np.ndarray, float]]:
        """Cut boxes, all in one pass."""
        if not boxes:
            return []
        height, width = encoded.size
        scale = np.array((self._side / width, self._side / height) * 2, np.float32)
        # [image, box, (x0, y0, x1, y1)]: three levels, in pixels of the network's image.
        prompts = torch.from_numpy(np.array(boxes, np.float32)[None] * scale).to(
            self.facts.device, getattr(torch, self.facts.dtype))
        said = self._model(image_embeddings=list(encoded.features), input_boxes=prompts,
                           multimask_output=False)
        masks = full_size(said.pred_masks[0, :, 0], encoded.size)
        qualities = said.iou_scores[0, :, 0].float().clamp(0, 1).tolist()
        return list(zip(masks, qualities))


class BoxedProposer:
    """Boxes for phrases, and a network that cuts them."""

    def __init__(self, cutter: Cutter, find: FindBoxes, facts: EngineFacts | None = None) -> None:
        self._cutter, self._find = cutter, find
        self.facts = facts or cutter.facts

    def encode(self, frame: Frame) -> EncodedImage:
        """Encode an image once."""
        seen = self._cutter.encode(frame)
        assert isinstance(seen, EncodedImage)
        return seen

    def inside(self, encoded: EncodedImage, whole: np.ndarray) -> tuple[EncodedImage, Window]:
        """Encode the crop of a whole."""
        cut, window = crop(encoded.rgb, whole)
        return self.encode(cut), window

    def propose(self, encoded: EncodedImage, nouns: Sequence[str]
                ) -> dict[str, tuple[Proposal, ...]]:
        """Find boxes of all phrases at once, and cut all of them at once."""
        boxes = self._find(encoded.rgb, nouns)
        flat = [(noun, box, score) for noun in nouns for box, score in boxes.get(noun, ())]
        cut = self._cutter.cut(encoded, [box for _, box, _ in flat])
        found: dict[str, list[Proposal]] = {noun: [] for noun in nouns}
        for (noun, _, score), (mask, quality) in zip(flat, cut):
            found[noun].append(Proposal(mask, score, quality))
        return {noun: tuple(sorted(each, key=lambda p: -p.presence))
                for noun, each in found.items()}


def load_tokenizer(folder: Path) -> Any:
    """Load the tokenizer of a folder; raises BadCheckpoint."""
    transformers = importlib.import_module('transformers')
    try:
        return transformers.AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
    except (OSError, ValueError, KeyError, ImportError) as error:
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise BadCheckpoint(f'folder "{folder}" has no tokenizer that transformers reads '
                            f'({first}); download it again') from error


def _side(config: Any, usual: int) -> int:
    """Return the side of a network's square image, in pixels."""
    vision = getattr(config, 'vision_config', config)
    backbone = getattr(vision, 'backbone_config', None)  # EdgeTAM's says nothing of images
    told = (getattr(one, 'image_size', None) for one in (
        config, getattr(config, 'prompt_encoder_config', None), vision, backbone))
    size: Any = next(filter(None, told), usual)
    return int(size[0] if isinstance(size, (list, tuple)) else size)


def _repeated(features: Any, count: int) -> Any:
    """Return vision features of one image as those of `count`, without copies."""
    if count == 1:
        return features
    held = {name: tuple(t.expand(count, *t.shape[1:]) for t in value)
            for name, value in features.items()
            if isinstance(value, tuple) and all(torch.is_tensor(t) for t in value)
            and name.startswith('fpn')}
    return type(features)(last_hidden_state=features.last_hidden_state.expand(
        count, *features.last_hidden_state.shape[1:]), **held)


def _overlap(mask: np.ndarray, box: Box) -> float:
    """Return the IoU of a mask with the pixels of a box."""
    x0, y0, x1, y1 = (round(v) for v in box)
    inside = int(mask[max(0, y0):y1, max(0, x0):x1].sum())
    return inside / max(1, int(mask.sum()) + (x1 - x0) * (y1 - y0) - inside)
