# SPDX-License-Identifier: Apache-2.0
"""The model of engine `tabletop`: SegLLM's design at five million parameters.

An image becomes 108 tokens before the words. Each <seg> token's state is decoded into a mask; the
mask and its box come back as two tokens after it, so that later rounds can refer to them. Dense
predictions (region, colour) are fed back as words: the expected word embedding of every cell is
added to its features, which ties seeing to reading. Knows no sentences and no
files.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional as F

from reasonseg_ros.nn.tabletop.config import TabletopConfig
from reasonseg_ros.nn.tabletop.mask_decoder import (
    OCTAVES,
    HeatMap,
    ImageFeatures,
    MaskDecoder,
    Masks,
    Pointer,
    fourier,
    grouped_matmul,
    pool,
)
from reasonseg_ros.nn.tabletop.tokenizer import Tokenizer
from reasonseg_ros.nn.tabletop.transformer import Transformer
from reasonseg_ros.nn.tabletop.vision import Encoder, conv

DECISIONS = ('<found>', '<none>', '<which>')
COLOUR_WIDTH = 32         # channels of the colour head
PEAK = 5                  # cells across which a peak of the presence map is the highest
VISIBLE = 8               # cells that a category covers before it is spoken of as there
DOUBT = 1e-3              # chance of a word that nothing in the image speaks for


@dataclass(frozen=True)
class TabletopFeatures:
    """B encoded images.

    tokens     [B, P, dim]      image tokens for the transformer
    features4  [B, F4, C4]      appearance at stride 4
    words4     [B, K, C4]       probabilities of regions and colours at stride 4
    words8     [B, K, C8]       the same at stride 8
    presence   [B, C8, pointer_dim]   keys of the presence map
    image      what the mask decoder needs
    dense      [B, 1 + R + K + 2, H/4, W/4]   logits of the dense head (training)
    """

    tokens: torch.Tensor
    features4: torch.Tensor
    words4: torch.Tensor
    words8: torch.Tensor
    presence: torch.Tensor
    image: ImageFeatures
    dense: torch.Tensor

    def repeat(self, times: int) -> 'TabletopFeatures':
        """Give every image `times` rows, for as many dialogues; `dense` stays as it is."""
        if times == 1:
            return self

        def rows(x: torch.Tensor) -> torch.Tensor:
            return x.repeat_interleave(times, dim=0)

        p = self.image
        return TabletopFeatures(rows(self.tokens), rows(self.features4), rows(self.words4),
                                rows(self.words8), rows(self.presence),
                                ImageFeatures(rows(p.heat_keys), rows(p.features8),
                                              tuple(map(rows, p.keys)),
                                              tuple(map(rows, p.values)), rows(p.mask2)),
                                self.dense)


class TabletopModel(nn.Module):
    """Modules and the few steps that join them; training and inference both call these steps."""

    dense_words: torch.Tensor   # [R + K, V]

    def __init__(self, config: TabletopConfig) -> None:
        super().__init__()
        self.config = config
        self.tokenizer = Tokenizer(config.vocabulary)
        dim, c8, c16 = config.dim, config.channels[2], config.channels[3]
        self.grid2, self.grid4, self.grid8, self.grid16 = map(config.grid, (2, 4, 8, 16))
        self.prefix = self.grid16[0] * self.grid16[1]

        self.encoder = Encoder(config.channels)
        self.dense = nn.Conv2d(Encoder.WIDTH4, 1 + len(config.regions) + 2, 1)
        # Colours are read from 7x7 pixels, which cannot tell a remote from a mug: otherwise the
        # model learns that a remote is never orange when training shows no orange one.
        self.colour = nn.Sequential(conv(config.channels[0], COLOUR_WIDTH, 2),
                                    nn.Conv2d(COLOUR_WIDTH, len(config.colours), 1))
        self.mask2 = nn.Conv2d(Encoder.WIDTH2, config.mask_channels, 1)
        self.see = nn.Linear(c16 + 2 * c8, dim)
        self.position = nn.Parameter(0.02 * torch.randn(self.prefix, dim))

        self.embedding = nn.Embedding(len(self.tokenizer), dim)
        self.transformer = Transformer(dim, config.layers, config.heads, config.capacity)

        self.memory_mask = nn.Sequential(
            nn.Linear(Encoder.WIDTH4, dim), nn.SiLU(), nn.Linear(dim, dim))
        self.memory_box = nn.Sequential(
            nn.Linear(4 + 8 * OCTAVES, dim), nn.SiLU(), nn.Linear(dim, dim))
        self.slot = nn.Parameter(0.05 * torch.randn(2, dim))  # "I am a mask", "I am a box"

        features = c8 + dim
        self.pointer = Pointer(dim, config.pointer_dim)
        self.presence = HeatMap(dim, features, config.pointer_dim, self.grid8)
        self.decide = nn.Sequential(nn.Linear(dim + 4, 64), nn.SiLU(), nn.Linear(64, 3))
        self.trust = nn.Linear(dim, 1)     # of a word in what the presence map points at
        self.decoder = MaskDecoder(dim, features, config.query_dim, config.pointer_dim,
                                   config.mask_channels, self.grid8, self.grid2)
        self.register_buffer('dense_words', self._dense_words(), persistent=False)
        self._initialise()

    def _initialise(self) -> None:
        # Whatever is added to a word embedding starts near zero: after RMSNorm the largest vector
        # wins, and a random one would drown the words.
        nn.init.normal_(self.embedding.weight, std=0.1)
        for layer in (self.see, self.memory_mask[-1], self.memory_box[-1], self.decide[-1],
                      self.trust):
            assert isinstance(layer, nn.Linear)
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)
        nn.init.constant_(self.presence.bias, -3.0)  # most cells hold nothing that was asked for

    def _dense_words(self) -> torch.Tensor:
        """Matrix [R + K, V] of 1 at the words of each region, then of each colour; else 0."""
        names = [f'{category} {part}' for category, part in self.config.regions]
        rows = [self.tokenizer.encode(name) for name in (*names, *self.config.colours)]
        matrix = torch.zeros(len(rows), len(self.tokenizer))
        for row, ids in zip(matrix, rows):
            row[ids] = 1.0
        return matrix

    # -- the image -----------------------------------------------------------------------------

    def encode(self, image: torch.Tensor) -> TabletopFeatures:
        """Encode images uint8 [B, H, W, 3], RGB, of the model's size."""
        x = image.permute(0, 3, 1, 2).to(self.position.dtype) / 127.5 - 1
        s2, p2, p4, p8, s16 = self.encoder(x.contiguous(memory_format=torch.channels_last))
        deep, colours = self.dense(p4), self.colour(s2)
        dense = torch.cat((deep[:, :-2], colours, deep[:, -2:]), dim=1)
        region = deep[:, :-2].float().softmax(1)
        colour = colours.float().softmax(1) * (1 - region[:, :1])
        words4 = torch.cat((region[:, 1:], colour), dim=1)                    # [B, K, H/4, W/4]
        words8, words16 = (F.avg_pool2d(words4, step) for step in (2, 4))
        seen16 = torch.cat((s16, F.avg_pool2d(p8, 2), F.max_pool2d(p8, 2)), dim=1)
        tokens = self.see(_flat(seen16)) + self.bridge(_flat(words16)) + self.position
        features8 = torch.cat((_flat(p8), self.bridge(_flat(words8)).to(p8.dtype)), dim=2)
        return TabletopFeatures(tokens, p4.flatten(2), words4.flatten(2), words8.flatten(2),
                                self.presence.keys(features8),
                                self.decoder.image_features(features8, self.mask2(p2).flatten(2)),
                                dense)

    def bridge(self, probabilities: torch.Tensor) -> torch.Tensor:
        """Expected word embedding [..., dim] of dense probabilities [..., K]."""
        table = self.dense_words.to(self.embedding.weight.dtype) @ self.embedding.weight
        return probabilities.to(table.dtype) @ table

    def visible(self, seen: TabletopFeatures) -> tuple[str, ...]:
        """Categories that one image shows in VISIBLE cells or more, the largest first.

        Of 150 validation images it names 98.0 % of those that cover so much; 98.8 % of the named
        are there.
        """
        region = seen.words4[0, :len(self.config.regions)]
        names = tuple(dict.fromkeys(category for category, _ in self.config.regions))
        owners = torch.tensor([names.index(category) for category, _ in self.config.regions],
                              device=region.device)
        chance = region.new_zeros(len(names), region.shape[1]).index_add_(0, owners, region)
        cells = (chance > 0.5).sum(1).tolist()
        found = sorted(range(len(names)), key=lambda i: -cells[i])
        return tuple(names[i] for i in found if cells[i] >= VISIBLE)

    # -- memory --------------------------------------------------------------------------------

    def remember(self, seen: TabletopFeatures, counts: Sequence[int], masks2: torch.Tensor,
                 boxes: torch.Tensor, numbers: torch.Tensor) -> torch.Tensor:
        """Memory tokens [M, 2, dim]: mask, then box; counts[b] of them on image b.

        masks2 [M, C2] soft masks in [0, 1]; boxes [M, 4] xyxy in [0, 1] of the image; numbers
        [M] token ids of the running numbers.
        """
        mask, box = self.mask_content(seen, counts, masks2), self.box_content(boxes)
        return torch.stack((mask + self.slot[0] + self.embedding(numbers), box + self.slot[1]),
                           dim=1)

    def mask_content(self, seen: TabletopFeatures, counts: Sequence[int], masks2: torch.Tensor
                     ) -> torch.Tensor:
        """What masks2 [M, C2] show of their images, as [M, dim]: appearance and names."""
        weight = pool(masks2, self.grid2, self.grid4)
        weight = weight / weight.sum(dim=1, keepdim=True).clamp_min(1e-6)
        weight = weight.to(seen.features4.dtype)
        look = grouped_matmul(weight, seen.features4.mT, counts)
        named = grouped_matmul(weight, seen.words4.mT.to(weight.dtype), counts)
        content: torch.Tensor = self.memory_mask(look) + self.bridge(named)
        return content

    def box_content(self, boxes: torch.Tensor) -> torch.Tensor:
        """Where boxes [M, 4] lie, as [M, dim]."""
        content: torch.Tensor = self.memory_box(fourier(boxes))
        return content

    # -- words ---------------------------------------------------------------------------------

    def logits(self, states: torch.Tensor, named: torch.Tensor | None = None) -> torch.Tensor:
        """Next-token logits [..., V], tied to the embeddings.

        named  [..., V] of `naming`: first look, then name. A state says how far it trusts it, so
               that a name comes from the place that was found and other words do not.
        """
        logits = (states @ self.embedding.weight.T).float()
        return logits if named is None else logits + self.trust(states).float() * named

    def naming(self, presence: torch.Tensor, seen: TabletopFeatures, counts: Sequence[int]
               ) -> torch.Tensor:
        """Logits [N, V] of the words that name what presence maps [N, C8] point at.

        Log-chances above that of DOUBT, so that words of answers which name nothing keep 0.
        """
        share = presence.softmax(dim=1).to(seen.words8.dtype)
        chance = grouped_matmul(share, seen.words8.mT, counts).float() @ self.dense_words.float()
        return (chance + DOUBT).log() - math.log(DOUBT)

    def decision(self, state: torch.Tensor, seen: TabletopFeatures, counts: Sequence[int]
                 ) -> tuple[torch.Tensor, torch.Tensor]:
        """Found, none or which? state [N, dim] at <bot>, counts[b] of them about image b.

        Returns (logits [N, 3] in the order of DECISIONS, presence map logits [N, C8]).
        """
        presence = self.presence(state, seen.presence, counts)
        chance = presence.sigmoid()
        maps = chance.reshape(-1, 1, *self.grid8)
        peaks = maps * (maps == F.max_pool2d(maps, PEAK, 1, PEAK // 2))  # one per thing, about
        evidence = torch.stack((presence.amax(1), presence.logsumexp(1), chance.sum(1) / 10,
                                peaks.sum((1, 2, 3))), dim=1)
        return self.decide(torch.cat((state, evidence.to(state.dtype)), dim=1)).float(), presence

    # -- masks ---------------------------------------------------------------------------------

    def segment(self, seg: torch.Tensor, memory: torch.Tensor, memory_masks2: torch.Tensor,
                allowed: torch.Tensor, seen: TabletopFeatures, counts: Sequence[int]
                ) -> tuple[Masks, torch.Tensor]:
        """Decode N <seg> states, counts[b] of them on image b.

        seg [N, dim]; memory [M, dim] states at mask tokens; memory_masks2 [M, C2]; allowed bool
        [N, M]. Returns (masks, pointer logits [N, M + 1]).
        """
        pointer = self.pointer(seg, memory, allowed)
        share = pointer.softmax(dim=1)[:, :-1]                                # [N, M]
        reference = share.to(memory.dtype) @ memory
        return self.decoder(seg, reference, share @ memory_masks2, seen.image, counts), pointer


def _flat(maps: torch.Tensor) -> torch.Tensor:
    """[B, C, h, w] -> [B, h * w, C]."""
    return maps.flatten(2).transpose(1, 2)
