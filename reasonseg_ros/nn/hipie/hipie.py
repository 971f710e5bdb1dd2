# SPDX-License-Identifier: Apache-2.0
"""HIPIE (Wang et al. 2023) with ResNet-50, as SegLLM uses it: embeddings of words select a mask.

1. `encode`: the backbone's maps become four levels of tokens; once per image.
2. `read`: tokens and words look at each other once, then the tokens look at themselves.
3. `propose`: every token offers a box; the best ones begin the queries.
4. `decode`: queries look at the tokens; after each layer their boxes move.
5. `score` and `draw`: how well each query fits each word, and its mask.

Inference on one image, in float32: the order of proposals hangs on small differences. The branch
for semantic segmentation, which SegLLM does not use, is not here.

Masks are drawn by dynamic convolutions (CondInst, Tian et al. 2020): a query's 169 numbers are the
weights of three 1x1 convolutions that run over eight feature maps and the distance to the query's
centre.
"""

from dataclasses import dataclass, replace

import torch
from torch import nn
from torch.nn import functional as F

from reasonseg_ros.nn.hipie.deformable import (
    HEADS,
    DeformableAttention,
    DeformableEncoderLayer,
    Sizes,
    sine,
)
from reasonseg_ros.nn.hipie.resnet import ResNet

MEAN = (123.675, 116.28, 103.53)    # of RGB in 0..255
STD = (58.395, 57.12, 57.375)
DIM = 256
WORD_DIM = 768
LEVELS = 4
BOX = 0.05      # side of a proposal on the finest level, as a share of the image
INSIDE = 0.01   # proposals lie this far from the borders
LIMIT = 50000.0     # of a score, for half precision


@dataclass(frozen=True)
class HipieConfig:
    """Sizes; the defaults are the published ones. Stored as JSON.

    stem, width, out  channels of the backbone, see nn.hipie.resnet
    inner             of feed-forward networks;  fusion  of the attention between words and image
    queries           proposals that become queries
    backgrounds       queries for what is no thing, which compete in attention only
    image_size        side of the square that is read, in pixels
    dim               of tokens and queries; a multiple of 32
    """

    stem: int = 64
    width: int = 64
    out: int = 256
    encoder_layers: int = 6
    decoder_layers: int = 6
    inner: int = 2048
    fusion: int = 2048
    queries: int = 100
    backgrounds: int = 10
    image_size: int = 1024
    dim: int = DIM


@dataclass(frozen=True)
class Levels:
    """An encoded image: tokens, their positions [T, D] and centres [T, 2] (x, y) in [0, 1]."""

    tokens: torch.Tensor
    positions: torch.Tensor
    centres: torch.Tensor
    sizes: Sizes


@dataclass(frozen=True)
class Queries:
    """Decoded queries, backgrounds first.

    states      [Q, D] of the last layer
    references  [1 + layers, Q, 4] boxes (cx, cy, w, h) in [0, 1], before and after each layer
    """

    states: torch.Tensor
    references: torch.Tensor

    @property
    def boxes(self) -> torch.Tensor:
        """Final boxes [Q, 4] (cx, cy, w, h) in [0, 1]; they may reach beyond the image."""
        return self.references[-1]


class Mlp(nn.Module):
    """Linear layers with ReLU between them."""

    def __init__(self, *sizes: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in zip(sizes, sizes[1:]))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for layer in self.layers[:-1]:
            x = layer(x).relu()
        x = self.layers[-1](x)
        return x


class DecoderLayer(nn.Module):
    """Queries look at each other, then at the image."""

    def __init__(self, dim: int, inner: int) -> None:
        super().__init__()
        self.self_attn = nn.MultiheadAttention(dim, HEADS)
        self.cross_attn = DeformableAttention(dim, LEVELS)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(dim) for _ in range(3))
        self.linear1, self.linear2 = nn.Linear(dim, inner), nn.Linear(inner, dim)

    def forward(self, queries: torch.Tensor, positions: torch.Tensor, boxes: torch.Tensor,
                memory: torch.Tensor, sizes: Sizes, hidden: torch.Tensor | None = None
                ) -> torch.Tensor:
        """Queries and positions [Q, D], boxes [Q, 4], memory [T, D] -> queries [Q, D].

        hidden  bool [Q, Q]: which queries (columns) a query must not see; None = it sees all
        """
        asked = queries + positions
        queries = self.norm2(queries + self.self_attn(asked, asked, queries, attn_mask=hidden,
                                                      need_weights=False)[0])
        seen = self.cross_attn(queries + positions, boxes, memory, sizes)
        queries = self.norm1(queries + seen)
        queries = self.norm3(queries + self.linear2(self.linear1(queries).relu()))
        return queries


class Align(nn.Module):
    """How well states fit words: a product in a common space, and a bias of each word."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.dot_product_projection_text = nn.Linear(WORD_DIM, dim)
        self.log_scale = nn.Parameter(torch.empty(1))
        self.bias_lang = nn.Parameter(torch.empty(WORD_DIM))
        self.bias0 = nn.Parameter(torch.empty(1))

    def forward(self, states: torch.Tensor, words: torch.Tensor) -> torch.Tensor:
        """States [Q, D], words [W, 768] -> logits [Q, W]."""
        words = F.normalize(words, dim=1)
        texts: torch.Tensor = self.dot_product_projection_text(words / 2)
        fit = states @ texts.T / self.log_scale.exp()
        return (fit + words @ self.bias_lang + self.bias0).clamp(-LIMIT, LIMIT)


class WordAttention(nn.Module):
    """Attention between the image (v) and words (l) in both directions (GLIP, Li et al. 2022).

    One matrix of scores serves both sides. An image has thousands of tokens and a request eight
    words, so the projections of the image are applied to the words, which is the same sum in
    another order and a thirtieth of the work.
    """

    def __init__(self, dim: int, word_dim: int, inner: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.v_proj, self.values_v_proj = nn.Linear(dim, inner), nn.Linear(dim, inner)
        self.l_proj, self.values_l_proj = nn.Linear(word_dim, inner), nn.Linear(word_dim, inner)
        self.out_v_proj, self.out_l_proj = nn.Linear(inner, dim), nn.Linear(inner, word_dim)

    def forward(self, image: torch.Tensor, words: torch.Tensor
                ) -> tuple[torch.Tensor, torch.Tensor]:
        """Image [T, D] and words [W, L] -> what each reads of the other, the same shapes."""
        key, word_values = map(self._split, (self.l_proj(words), self.values_l_proj(words)))
        key = key * key.shape[-1] ** -0.5
        weight, bias = self._split(self.v_proj.weight.T), self._split(self.v_proj.bias[None])
        asked = key @ weight.mT                         # [heads, W, D]
        scores = image @ asked.flatten(0, 1).T + (key @ bias.mT).flatten()
        scores = scores.clamp(-LIMIT, LIMIT).view(len(image), self.heads, len(words))
        told = word_values @ self._split(self.out_v_proj.weight).mT     # [heads, W, D]
        read = scores.softmax(-1).flatten(1) @ told.flatten(0, 1) + self.out_v_proj.bias
        looked = scores.permute(1, 2, 0).softmax(-1) @ image            # [heads, W, D]
        weight = self._split(self.values_v_proj.weight.T)
        looked = looked @ weight + self._split(self.values_v_proj.bias[None])
        return read, self.out_l_proj(looked.transpose(0, 1).flatten(1))

    def _split(self, x: torch.Tensor) -> torch.Tensor:
        """[N, inner] -> [heads, N, inner / heads]."""
        return x.view(len(x), self.heads, -1).transpose(0, 1)


class WordFusion(nn.Module):
    """A layer of it; what comes back is added to the normalised inputs, as it was trained."""

    def __init__(self, dim: int, word_dim: int, inner: int, heads: int) -> None:
        super().__init__()
        self.layer_norm_v, self.layer_norm_l = nn.LayerNorm(dim), nn.LayerNorm(word_dim)
        self.attn = WordAttention(dim, word_dim, inner, heads)
        self.gamma_v = nn.Parameter(torch.empty(dim))
        self.gamma_l = nn.Parameter(torch.empty(word_dim))

    def forward(self, image: torch.Tensor, words: torch.Tensor
                ) -> tuple[torch.Tensor, torch.Tensor]:
        """Image [T, D] and words [W, L] -> the same shapes."""
        image, words = self.layer_norm_v(image), self.layer_norm_l(words)
        read, looked = self.attn(image, words)
        return image + self.gamma_v * read, words + self.gamma_l * looked


class Hipie(nn.Module):
    """The segmenter; see the steps above."""

    def __init__(self, config: HipieConfig) -> None:
        super().__init__()
        self.config, dim = config, config.dim
        self.backbone = ResNet(config.stem, config.width, config.out)
        channels = [config.out * 2, config.out * 4, config.out * 8]
        coarse = nn.Conv2d(channels[-1], dim, 3, 2, 1)
        convolutions = [*(nn.Conv2d(c, dim, 1) for c in channels), coarse]
        self.input_proj = nn.ModuleList(nn.Sequential(c, nn.GroupNorm(32, dim))
                                        for c in convolutions)
        self.level_embed = nn.Parameter(torch.empty(LEVELS, dim))
        self.fusion = WordFusion(dim, WORD_DIM, config.fusion, HEADS)
        self.encoder = nn.ModuleList(DeformableEncoderLayer(dim, LEVELS, config.inner)
                                     for _ in range(config.encoder_layers))
        self.enc_output, self.enc_output_norm = nn.Linear(dim, dim), nn.LayerNorm(dim)
        self.proposal_score = nn.Linear(dim, 1)
        self.tgt_embed = nn.Embedding(config.queries, dim)
        self.tgt_embed_bg = nn.Embedding(config.backgrounds, dim)
        self.bg_query_refs = nn.Embedding(config.backgrounds, 4)
        self.ref_point_head = Mlp(2 * dim, dim, dim)
        self.decoder = nn.ModuleList(DecoderLayer(dim, config.inner)
                                     for _ in range(config.decoder_layers))
        # How boxes move after each layer; the last one is for proposals.
        self.bbox_embed = nn.ModuleList(Mlp(dim, dim, dim, 4)
                                        for _ in range(config.decoder_layers + 1))
        self.align = Align(dim)
        self.iou_head = nn.Linear(dim, 1)
        self.controller = Mlp(dim, dim, dim, PARAMETERS)
        self.mask_head = MaskFeatures(dim)

    def pixels(self, square: torch.Tensor) -> torch.Tensor:
        """Image uint8 [S, S, 3], black where it is padded -> [1, 3, S, S]."""
        square = square.to(self.level_embed.device).permute(2, 0, 1)[None].float()
        mean, std = (square.new_tensor(v)[:, None, None] for v in (MEAN, STD))
        return (square - mean) / std

    def encode(self, pixels: torch.Tensor) -> Levels:
        """Image [1, 3, S, S] -> tokens at strides 8, 16, 32 and 64."""
        seen = self.encode_many(pixels)
        return replace(seen, tokens=seen.tokens[0])

    def encode_many(self, pixels: torch.Tensor) -> Levels:
        """Encode images [N, 3, S, S] as `encode` does; only the tokens are [N, T, D]."""
        maps = self.backbone(pixels)
        maps = [project(m) for project, m in zip(self.input_proj, (*maps, maps[-1]))]
        sizes = [(m.shape[2], m.shape[3]) for m in maps]
        positions, centres = [], []
        for size, level in zip(sizes, self.level_embed):
            places = map_positions(size, self.config.dim, pixels.device)
            positions.append(places.flatten(1).T + level)
            y, x = ((torch.arange(n, device=pixels.device) + 0.5) / n for n in size)
            centre = torch.stack((x.expand(size), y[:, None].expand(size)), -1)
            centres.append(centre.flatten(0, 1))
        tokens = torch.cat([m.flatten(2).mT for m in maps], 1)
        return Levels(tokens, torch.cat(positions), torch.cat(centres), sizes)

    def read(self, words: torch.Tensor, seen: Levels) -> tuple[torch.Tensor, torch.Tensor]:
        """Words [W, 768] -> the image as they see it [T, D], and the words in it [W, 768]."""
        tokens, words = self.fusion(seen.tokens, words)
        for layer in self.encoder:
            tokens = layer(tokens, seen.positions, seen.centres, seen.sizes)
        return tokens, words

    def propose(self, memory: torch.Tensor, seen: Levels) -> tuple[torch.Tensor, torch.Tensor]:
        """Memory [T, D] -> the score [T] and the box [T, 4] (cx, cy, w, h) of each token.

        Tokens at the border have a box of the whole image and the score of nothing.
        """
        sides = torch.cat([memory.new_full((h * w, 2), BOX * 2 ** level)
                           for level, (h, w) in enumerate(seen.sizes)])
        boxes = torch.cat((seen.centres, sides), 1)
        valid = ((boxes > INSIDE) & (boxes < 1 - INSIDE)).all(1, keepdim=True)
        states = self.enc_output_norm(self.enc_output(memory * valid))
        offsets = torch.where(valid, boxes.logit(), torch.inf)
        return (self.proposal_score(states)[:, 0],
                (self.bbox_embed[-1](states) + offsets).sigmoid())

    def decode(self, boxes: torch.Tensor, memory: torch.Tensor, seen: Levels) -> Queries:
        """Decode queries from the boxes [queries, 4] of the best proposals, best first."""
        queries = torch.cat((self.tgt_embed_bg.weight, self.tgt_embed.weight))
        references = [torch.cat((self.bg_query_refs.weight, boxes))]
        for layer, move in zip(self.decoder, self.bbox_embed):
            box = references[-1]
            positions = self.ref_point_head(sine(box[:, [1, 0, 2, 3]], self.config.dim // 2))
            queries = layer(queries, positions, box, memory, seen.sizes)
            references.append((move(queries) + box.logit(1e-5)).sigmoid())
        return Queries(queries, torch.stack(references))

    def score(self, queries: Queries, words: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return logits [Q, W] for words as `read` gives them, and of the mask's quality [Q]."""
        return self.align(queries.states, words), self.iou_head(queries.states)[:, 0]

    def draw(self, queries: Queries, memory: torch.Tensor, seen: Levels, chosen: torch.Tensor
             ) -> torch.Tensor:
        """Mask logits [N, S/4, S/4] of the `chosen` queries [N]."""
        parts = memory.split([h * w for h, w in seen.sizes])[:3]
        maps = [part.T.reshape(1, -1, *size) for part, size in zip(parts, seen.sizes)]
        centres = queries.references[-2, chosen, :2] * self.config.image_size
        return draw(self.controller(queries.states[chosen]), centres,
                                 self.mask_head(*maps))


def map_positions(size: tuple[int, int], dim: int, device: torch.device) -> torch.Tensor:
    """Sine positions [dim, rows, columns]; the first half of the channels is for rows."""
    y, x = (sine((torch.arange(n, device=device) + 0.5)[:, None] / (n + 1e-6), dim // 2)
            for n in size)
    rows, columns = size
    return torch.cat((y[:, None].expand(-1, columns, -1), x.expand(rows, -1, -1)), 2
                     ).permute(2, 0, 1)


MAPS = 8        # feature maps, and channels between the convolutions
STRIDE = 8      # pixels of a cell
SIZES = ((MAPS + 2) * MAPS, MAPS * MAPS, MAPS, MAPS, MAPS, 1)   # three weights, three biases
PARAMETERS = sum(SIZES)


class MaskFeatures(nn.Module):
    """Three levels of the image, coarse added to fine, as eight maps."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.lay3 = nn.Conv2d(dim, dim, 3, padding=1)
        self.lay4 = nn.Conv2d(dim, dim, 3, padding=1)
        self.jia_dcn = nn.Conv2d(dim, dim, 3, padding=1)
        self.lay1 = nn.Conv2d(dim, dim // 4, 3, padding=1)
        self.lay2 = nn.Conv2d(dim // 4, MAPS, 3, padding=1)

    def forward(self, fine: torch.Tensor, middle: torch.Tensor, coarse: torch.Tensor
                ) -> torch.Tensor:
        """Maps [1, D, g, g], [1, D, g/2, g/2], [1, D, g/4, g/4] -> [8, g, g]."""
        x = _doubled(self.lay3(coarse).relu()) + middle
        x = _doubled(self.lay4(x).relu()) + fine
        for layer in (self.jia_dcn, self.lay1, self.lay2):
            x = layer(x).relu()
        return x[0]


def draw(parameters: torch.Tensor, centres: torch.Tensor, maps: torch.Tensor) -> torch.Tensor:
    """Draw each query's mask.

    parameters [Q, 169]; centres [Q, 2] (x, y) in pixels; maps [8, g, g].
    Returns logits [Q, 2g, 2g].
    """
    count, (rows, columns) = len(parameters), maps.shape[1:]
    w1, w2, w3, b1, b2, b3 = parameters.split(SIZES, 1)
    y, x = ((torch.arange(n, device=maps.device) * STRIDE + STRIDE // 2) for n in (rows, columns))
    cells = torch.stack((x.expand(rows, -1), y[:, None].expand(-1, columns))).flatten(1)
    distance = centres[:, :, None] - cells  # [Q, 2, cells]
    inputs = torch.cat((distance, maps.flatten(1).expand(count, -1, -1)), 1)
    hidden = torch.baddbmm(b1[..., None], w1.view(count, MAPS, MAPS + 2), inputs).relu()
    hidden = torch.baddbmm(b2[..., None], w2.view(count, MAPS, MAPS), hidden).relu()
    logits = torch.baddbmm(b3[..., None], w3.view(count, 1, MAPS), hidden)
    return aligned_double(logits.view(count, 1, rows, columns))[:, 0]


def aligned_double(maps: torch.Tensor) -> torch.Tensor:
    """Maps [N, C, h, w] -> [N, C, 2h, 2w]; a pixel keeps its place, borders are repeated."""
    height, width = (2 * n for n in maps.shape[2:])
    maps = F.pad(maps, (0, 1, 0, 1), mode='replicate')
    maps = F.interpolate(maps, (height + 1, width + 1), mode='bilinear', align_corners=True)
    return F.pad(maps, (1, 0, 1, 0), mode='replicate')[..., :height, :width]


def _doubled(maps: torch.Tensor) -> torch.Tensor:
    return F.interpolate(maps, scale_factor=2, mode='nearest')
