# SPDX-License-Identifier: Apache-2.0
"""Boxes for phrases from Grounding DINO or MM Grounding DINO of transformers.

All phrases stand in one text, and the image is seen once for them. Cuts no masks
(`engines.grounded.networks`).
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from reasonseg_ros.engines.devices import find_device
from reasonseg_ros.engines.grounded.networks import (
    IMAGENET,
    LEAST,
    MOST_BOXES,
    load_model,
    load_tokenizer,
    pixels,
)
from reasonseg_ros.engines.protocol import Box, EngineFacts

DETECTORS = {'grounding-dino': ('grounding_dino', 'GroundingDinoForObjectDetection'),
             'mm-grounding-dino': ('mm_grounding_dino', 'MMGroundingDinoForObjectDetection')}
BOX_THRESHOLD = LEAST
SIDES = 800, 1333   # shorter and longer side of its image, at most


class Detector:
    """Grounding DINO (Liu et al., ECCV 2024), also as OpenMMLab trained it: phrases to boxes."""

    def __init__(self, model: Any, tokenizer: Any, facts: EngineFacts) -> None:
        self._model, self._tokenizer, self.facts = model, tokenizer, facts

    @staticmethod
    def load(folder: Path, device: str) -> 'Detector':
        """Load a folder; in float32, since half of its attention is written for that."""
        model, facts = load_model(folder, DETECTORS, find_device(device), torch.float32)
        return Detector(model, load_tokenizer(folder), facts)

    @torch.inference_mode()
    def find(self, rgb: np.ndarray, nouns: Sequence[str]) -> dict[str, list[tuple[Box, float]]]:
        """Return boxes of each noun with their scores, best first, all nouns in one text."""
        if not nouns:
            return {}
        height, width = rgb.shape[:2]
        scale = min(SIDES[0] / min(height, width), SIDES[1] / max(height, width))
        size = max(1, round(height * scale)), max(1, round(width * scale))
        place = torch.device(self.facts.device)
        seen = pixels(rgb, size, *IMAGENET, place, torch.float32)
        text = ''.join(f'{noun}. ' for noun in nouns).strip()
        words = self._tokenizer(text, return_tensors='pt', return_offsets_mapping=True,
                                truncation=True, max_length=256)
        spans = words.pop('offset_mapping')[0].tolist()
        said = self._model(pixel_values=seen, **words.to(place))
        scores = said.logits[0].float().sigmoid().cpu().numpy()   # [queries, tokens]
        centres = said.pred_boxes[0].float().cpu().numpy()        # [queries, (cx, cy, w, h)]
        corners = np.concatenate([centres[:, :2] - centres[:, 2:] / 2,
                                  centres[:, :2] + centres[:, 2:] / 2], 1)
        corners = corners.clip(0, 1) * np.array((width, height) * 2, np.float32)
        found: dict[str, list[tuple[Box, float]]] = {}
        at = 0
        for noun in nouns:
            end = at + len(noun)
            tokens = [k for k, (a, b) in enumerate(spans) if a < end and b > at and b > a]
            at = end + 2
            chance = scores[:, tokens].max(1) if tokens else np.zeros(len(scores))
            order = [k for k in np.argsort(-chance)[:MOST_BOXES] if chance[k] >= BOX_THRESHOLD]
            found[noun] = [(_box(corners[k]), float(chance[k])) for k in order]
        return found


def _box(corners: np.ndarray) -> Box:
    x0, y0, x1, y1 = map(float, corners)
    return x0, y0, x1, y1
