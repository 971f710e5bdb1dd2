# SPDX-License-Identifier: Apache-2.0
"""ResNet-50 (He et al. 2016) as a backbone for detection: feature maps at strides 8, 16 and 32.

Batch normalisation is frozen, and the stride of a block lies in its 3x3 convolution. Names of
weights are those of detectron2. No training, no classification.
"""

import torch
from torch import nn
from torch.nn import functional as F

BLOCKS = (3, 4, 6, 3)   # of ResNet-50


class _Norm(nn.Module):
    """Batch normalisation by stored statistics."""

    weight: torch.Tensor
    bias: torch.Tensor
    running_mean: torch.Tensor
    running_var: torch.Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        for name in ('weight', 'bias', 'running_mean', 'running_var'):
            self.register_buffer(name, torch.empty(channels))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.batch_norm(x, self.running_mean, self.running_var, self.weight, self.bias)


class _Conv(nn.Conv2d):
    """Convolution that keeps the size, up to its stride; then normalisation."""

    def __init__(self, before: int, after: int, kernel: int, stride: int = 1) -> None:
        super().__init__(before, after, kernel, stride, kernel // 2, bias=False)
        self.norm = _Norm(after)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        normal: torch.Tensor = self.norm(super().forward(x))
        return normal


class _Block(nn.Module):
    """Bottleneck: channels `before` -> `width` -> `after`, with a shortcut."""

    def __init__(self, before: int, width: int, after: int, stride: int) -> None:
        super().__init__()
        self.shortcut = _Conv(before, after, 1, stride) if before != after else None
        self.conv1 = _Conv(before, width, 1)
        self.conv2 = _Conv(width, width, 3, stride)
        self.conv3 = _Conv(width, after, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        inner: torch.Tensor = self.conv3(self.conv2(self.conv1(x).relu()).relu())
        return (inner + (x if self.shortcut is None else self.shortcut(x))).relu()


class ResNet(nn.Module):
    """The backbone.

    stem   channels after the first convolution; 64 in ResNet-50
    width  channels inside the first stage's blocks; 64
    out    channels that the first stage gives; 256. Both double from stage to stage
    """

    res2: nn.Sequential
    res3: nn.Sequential
    res4: nn.Sequential
    res5: nn.Sequential

    def __init__(self, stem: int, width: int, out: int) -> None:
        super().__init__()
        self.stem = nn.ModuleDict({'conv1': _Conv(3, stem, 7, 2)})
        before = stem
        for place, count in enumerate(BLOCKS):
            inside, after = width << place, out << place
            blocks = [_Block(before if k == 0 else after, inside, after,
                             2 if k == 0 and place > 0 else 1) for k in range(count)]
            setattr(self, f'res{place + 2}', nn.Sequential(*blocks))
            before = after

    def forward(self, image: torch.Tensor) -> list[torch.Tensor]:
        """Normalised image [1, 3, S, S] -> maps [1, 2^k out, S/s, S/s] at s = 8, 16, 32."""
        x = F.max_pool2d(self.stem['conv1'](image).relu(), 3, 2, 1)
        third = self.res3(self.res2(x))
        fourth = self.res4(third)
        return [third, fourth, self.res5(fourth)]
