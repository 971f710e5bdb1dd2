# SPDX-License-Identifier: Apache-2.0
"""One look at an image: where things are, which pixels belong together, names, parts, colours.

A convolutional encoder and a top-down pyramid give features at a half and a quarter of the image's
size. Dense heads say for each pixel whether it belongs to a thing, whether it lies on a border,
where the middle of its thing is, which part and which colour it is (the form of Panoptic-DeepLab,
Cheng et al., CVPR 2020, with parts and colours added); an instance head names a thing from the
features under its mask. Depth is optional: its channels are zero where there is none.

Does not group pixels into things (`nn.perception.grouping`) or read sentences.
"""

from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.fusion import fuse_conv_bn_eval

CHANNELS = 8               # of the input: three of colour, five of depth
HEIGHT, WIDTH = 240, 320   # pixels of the input; other images are letterboxed into it
DENSE = ('thing', 'border', 'middle', 'right', 'down')  # single channels of the dense head
REACH = 16.0               # offsets are learnt in units of this many half-size pixels
GEOMETRY = 8               # numbers that describe a mask beside its features
LEAST = -4.0               # of a feature's maximum under a mask


@dataclass(frozen=True)
class PerceptionConfig:
    """What decides the shapes of the weights, and the words that their outputs stand for."""

    categories: tuple[str, ...]
    parts: tuple[str, ...]
    colours: tuple[str, ...]
    category_parts: tuple[tuple[str, tuple[str, ...]], ...] = ()
    widths: tuple[int, int, int, int, int] = (24, 48, 96, 192, 256)
    blocks: tuple[int, int, int, int, int] = (1, 1, 2, 4, 2)
    temperature: float = 1.0   # of the names, fitted on validation scenes
    # (slope, offset) of the log odds of scores, of objects and parts: `engines.rules.Calibration`
    confidence: tuple[tuple[float, float], tuple[float, float]] = ((1.0, 0.0), (1.0, 0.0))
    quarter: int = 64
    half: int = 32

    @property
    def parts_of(self) -> dict[str, tuple[str, ...]]:
        """Category -> names of the parts that it can have."""
        return dict(self.category_parts)

    @staticmethod
    def from_json(values: dict[str, Any]) -> 'PerceptionConfig':
        """Read what `to_json` gave; TypeError for a field that is unknown."""
        def fixed(value: Any) -> Any:
            return tuple(map(fixed, value)) if isinstance(value, list) else value
        return PerceptionConfig(**{name: fixed(value) for name, value in values.items()})

    def to_json(self) -> dict[str, object]:
        """Return the fields as JSON values."""
        return asdict(self)


def _norm(channels: int) -> nn.Module:
    return nn.BatchNorm2d(channels, momentum=0.03)


class Subsampling(nn.Conv2d):
    """A 1x1 convolution of every `stride`-th pixel, which is picked before.

    With a stride of its own, oneDNN 3.12 (torch 2.13) writes past the end of a gradient in
    channels-last with fewer than 16 input channels, on processors with AVX-512.
    """

    def __init__(self, inside: int, outside: int, stride: int) -> None:
        super().__init__(inside, outside, 1, bias=False)
        self.step = stride

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return super().forward(input[..., ::self.step, ::self.step])


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions beside a short cut; the first may halve the size."""

    def __init__(self, inside: int, outside: int, stride: int = 1) -> None:
        super().__init__()
        self.first = nn.Conv2d(inside, outside, 3, stride, 1, bias=False)
        self.norm1 = _norm(outside)
        self.second = nn.Conv2d(outside, outside, 3, 1, 1, bias=False)
        self.norm2 = _norm(outside)
        self.short = (nn.Identity() if stride == 1 and inside == outside else
                      nn.Sequential(Subsampling(inside, outside, stride), _norm(outside)))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = F.relu(self.norm1(self.first(x)), inplace=True)
        return F.relu(self.short(x) + self.norm2(self.second(y)), inplace=True)


class PyramidPooling(nn.Module):
    """Means over windows of several sizes, added to what they surround (PSPNet, 2017)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.sizes = (1, 3, 6)
        self.each = nn.ModuleList(nn.Conv2d(channels, channels // 4, 1) for _ in self.sizes)
        self.join = nn.Conv2d(channels + len(self.sizes) * (channels // 4), channels, 1, bias=False)
        self.norm = _norm(channels)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        shape = x.shape[-2:]
        means = [F.interpolate(F.relu(conv(F.adaptive_avg_pool2d(x, size))), shape,
                               mode='bilinear', align_corners=False)
                 for size, conv in zip(self.sizes, self.each)]
        return F.relu(x + self.norm(self.join(torch.cat([x, *means], 1))), inplace=True)


@dataclass(frozen=True, eq=False)
class PerceptionOutput:
    """What the network says of a batch of images.

    dense     [B, 5, H/2, W/2] in the order of DENSE; logits, and offsets in units of REACH
    parts     [B, P + 1, H/2, W/2] logits; the last is "no named part"
    colours   [B, C, H/2, W/2] logits
    features  [B, F, H/4, W/4] from which the instance head pools
    """

    dense: torch.Tensor
    parts: torch.Tensor
    colours: torch.Tensor
    features: torch.Tensor

    def cpu(self) -> 'PerceptionOutput':
        """Return the same on the CPU."""
        return PerceptionOutput(self.dense.cpu(), self.parts.cpu(), self.colours.cpu(),
                                self.features.cpu())


class PerceptionModel(nn.Module):
    """The network. Input: float [B, 8, 240, 320], see `nn.perception.inputs`."""

    def __init__(self, config: PerceptionConfig) -> None:
        super().__init__()
        self.config = config
        w, half, quarter = config.widths, config.half, config.quarter
        self.stem = nn.Sequential(nn.Conv2d(CHANNELS, w[0], 5, 2, 2, bias=False), _norm(w[0]),
                                  nn.ReLU(inplace=True))
        stages = []
        for k, (width, blocks) in enumerate(zip(w, config.blocks)):
            before = w[max(k - 1, 0)]
            stages.append(nn.Sequential(
                ResidualBlock(before, width, 1 if k == 0 else 2),
                *(ResidualBlock(width, width) for _ in range(blocks - 1))))
        self.stages = nn.ModuleList(stages)
        self.context = PyramidPooling(w[4])
        self.lateral = nn.ModuleList(nn.Conv2d(w[k], out, 1) for k, out in
                                     ((4, 128), (3, 128), (2, 96), (1, quarter), (0, half)))
        self.down = nn.ModuleList(nn.Conv2d(a, b, 1) for a, b in
                                  ((128, 128), (128, 96), (96, quarter), (quarter, half)))
        self.smooth = nn.ModuleList(
            nn.Sequential(nn.Conv2d(c, c, 3, 1, 1, bias=False), _norm(c), nn.ReLU(inplace=True))
            for c in (128, 96, quarter, half))
        last = nn.Conv2d(half, len(DENSE), 1)
        self.dense = nn.Sequential(nn.Conv2d(half, half, 3, 1, 1, bias=False), _norm(half),
                                   nn.ReLU(inplace=True), last)
        assert last.bias is not None
        with torch.no_grad():  # most pixels are no thing, no border and no middle
            last.bias.copy_(torch.tensor([-1.0, -2.0, -4.5, 0.0, 0.0]))
        self.parts = nn.Conv2d(half, len(config.parts) + 1, 1)
        self.colours = nn.Conv2d(half, len(config.colours), 1)
        self.deep = nn.Conv2d(96, 96, 1)
        pooled = 2 * (quarter + 96) + GEOMETRY
        self.name = nn.Sequential(nn.Linear(pooled, 256), nn.ReLU(inplace=True), nn.Dropout(0.1),
                                  nn.Linear(256, len(config.categories) + 1))

    def forward(self, x: torch.Tensor) -> PerceptionOutput:
        """Return the dense outputs for images [B, 8, H, W]."""
        x = self.stem(x)
        levels = []
        for stage in self.stages:
            x = stage(x)
            levels.append(x)
        x = self.lateral[0](self.context(levels[4]))
        for k, level in enumerate((3, 2, 1, 0)):
            up = F.interpolate(self.down[k](x), levels[level].shape[-2:], mode='bilinear',
                               align_corners=False)
            x = self.smooth[k](up + self.lateral[k + 1](levels[level]))
            if level == 2:
                middle = x
            if level == 1:
                features = x
        deep = F.interpolate(self.deep(middle), features.shape[-2:], mode='bilinear',
                             align_corners=False)
        return PerceptionOutput(self.dense(x), self.parts(x), self.colours(x),
                                torch.cat([features, deep], 1))

    def pooled(self, features: torch.Tensor, masks: torch.Tensor, geometry: torch.Tensor
               ) -> torch.Tensor:
        """Describe things: means and maxima of the features under their masks, and the geometry.

        features [F, h, w] of one image, masks float [N, h, w] in [0, 1], geometry [N, GEOMETRY]
        -> [N, 2 F + GEOMETRY]
        """
        flat, m = features.flatten(1), masks.flatten(1)
        mean = m @ flat.T / m.sum(1, keepdim=True).clamp(min=1.0)
        floor = flat.new_full((len(flat), 1), LEAST)   # also for a mask without a whole pixel
        top = torch.stack([torch.cat([flat[:, one > 0.5], floor], 1).amax(1)
                           for one in m]) if len(m) else mean
        return torch.cat([mean, top, geometry], 1)

    def name_chances(self, pooled: torch.Tensor) -> torch.Tensor:
        """Probabilities [N, categories + 1] of descriptions [N, D]; the last is "no known name"."""
        return torch.softmax(self.name(pooled) / self.config.temperature, 1)


def fold_norms(model: PerceptionModel) -> PerceptionModel:
    """Fold each normalisation into the convolution before it: the same function, a tenth faster.

    Changes the model in place, which cannot be trained any more, and returns it.
    """
    for module in [*model.modules()]:
        if isinstance(module, ResidualBlock):
            pairs = [('first', 'norm1'), ('second', 'norm2')]
        elif isinstance(module, PyramidPooling):
            pairs = [('join', 'norm')]
        elif isinstance(module, nn.Sequential):
            names, each = [*module._modules], [*module]
            pairs = [(names[k], names[k + 1]) for k in range(len(each) - 1)
                     if isinstance(each[k], nn.Conv2d) and isinstance(each[k + 1], nn.BatchNorm2d)]
        else:
            pairs = []
        for convolution, norm in pairs:
            setattr(module, convolution, fuse_conv_bn_eval(getattr(module, convolution),
                                                           getattr(module, norm)))
            setattr(module, norm, nn.Identity())
    return model
