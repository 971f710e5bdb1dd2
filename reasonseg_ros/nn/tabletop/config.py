# SPDX-License-Identifier: Apache-2.0
"""Sizes and vocabulary of engine `tabletop`. Values only; stored as JSON inside a checkpoint."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class TabletopConfig:
    """Everything needed to build the module tree; the weights hold the rest.

    vocabulary  words of the tokenizer, without its specials
    regions     (category, part) pairs that the dense head tells apart; words of the vocabulary
    colours     colour names that the dense head tells apart
    synonyms    (other noun, label) pairs: what people may call the things that answers name
    height, width  pixels of the model's image; both multiples of 16
    """

    vocabulary: tuple[str, ...]
    regions: tuple[tuple[str, str], ...]
    colours: tuple[str, ...]
    synonyms: tuple[tuple[str, str], ...] = ()
    height: int = 144
    width: int = 192
    channels: tuple[int, int, int, int] = (24, 48, 96, 192)  # at strides 2, 4, 8, 16
    dim: int = 192              # transformer width
    layers: int = 4
    heads: int = 6
    capacity: int = 640         # longest sequence: image tokens, then words
    query_dim: int = 128        # mask decoder width
    pointer_dim: int = 64       # heat map and memory pointer width
    mask_channels: int = 16
    decision_bias: tuple[float, float, float] = (0.0, 0.0, 0.0)  # see training.calibrate
    score_line: tuple[float, float] = (1.0, 0.0)  # slope and offset of the score's logit; same
    without: str = ''           # what the model lacks: a key of training.plan.WITHOUT

    @property
    def rewording(self) -> str:
        """How references become words (`engines.public.prompts`); '' where masks are remembered."""
        return self.without.removeprefix('memory-') if self.without.startswith('memory') else ''

    def grid(self, stride: int) -> tuple[int, int]:
        """(rows, columns) of the feature map at a stride."""
        return self.height // stride, self.width // stride

    def to_json(self) -> dict[str, Any]:
        """Return plain lists and numbers."""
        return asdict(self)

    @staticmethod
    def from_json(values: Mapping[str, Any]) -> 'TabletopConfig':
        """Rebuild from `to_json`, lists back to tuples."""
        fields: dict[str, Any] = {
            key: tuple(tuple(v) if isinstance(v, list) else v for v in value)
            if isinstance(value, list) else value for key, value in values.items()}
        return TabletopConfig(**fields)
