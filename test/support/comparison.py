# SPDX-License-Identifier: Apache-2.0
"""A table of how far our numbers are from golden ones. Computes none of them."""

from dataclasses import dataclass, field

import torch

from reasonseg_ros.nn.llava import Llava

TENSOR = 2e-4       # largest absolute error of a tensor
PIXEL = 1e-6        # and of prepared images
IOU = 1e-3          # 1 - IoU of a mask
VALUE = 1e-4        # of metrics and losses


@dataclass
class Table:
    """Rows (what, error, tolerance), and the names of what a folder lacks (`golden` None)."""

    rows: list[tuple[str, float, float]] = field(default_factory=list)
    lacking: list[str] = field(default_factory=list)

    def tensor(self, name: str, ours: torch.Tensor, golden: torch.Tensor | None,
               tolerance: float = TENSOR) -> None:
        """Compare numbers; another shape is an infinite error."""
        if golden is None:
            self.lacking.append(name)
            return
        same = ours.shape == golden.shape
        gap = (ours.float() - golden.float()).abs() if same else torch.tensor([float('inf')])
        self.rows.append((name, float(gap.detach().max()) if gap.numel() else 0.0, tolerance))

    def ids(self, name: str, ours: list[int], golden: list[int]) -> None:
        """Count the places where token ids differ."""
        wrong = abs(len(ours) - len(golden)) + sum(a != b for a, b in zip(ours, golden))
        self.rows.append((name, float(wrong), 0.0))

    def masks(self, name: str, ours: torch.Tensor, golden: torch.Tensor | None) -> None:
        """Compare logits [N, H, W] and what is above zero."""
        self.tensor(name, ours, golden)
        if golden is not None and ours.shape == golden.shape and len(ours):
            both, either = ((op(ours > 0, golden > 0)).sum((1, 2))
                            for op in (torch.logical_and, torch.logical_or))
            iou = torch.where(either > 0, both / either.clamp_min(1), 1.0)
            self.rows.append((f'{name}: 1 - IoU', 1 - float(iou.min()), IOU))

    def value(self, name: str, ours: float, golden: float) -> None:
        """Compare a metric or a loss."""
        self.rows.append((name, abs(ours - golden), VALUE))

    @property
    def wrong(self) -> int:
        """Rows beyond their tolerance; NaN is."""
        return sum(not error <= tolerance for _, error, tolerance in self.rows)

    def text(self) -> str:
        """Return the rows as a table in Markdown."""
        lines = [f'| {name} | {error:.1e} | {tolerance:.0e} |'
                 f'{"" if error <= tolerance else " WRONG"}'
                 for name, error, tolerance in self.rows]
        return '\n'.join(['| compared | max abs error | tolerance |', '|---|---|---|', *lines])


def image_tokens(model: Llava) -> int:
    """Positions that an image takes in the language model."""
    return (model.config.clip['image_size'] // model.config.clip['patch_size']) ** 2
