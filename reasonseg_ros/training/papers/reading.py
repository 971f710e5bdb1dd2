# SPDX-License-Identifier: Apache-2.0
"""Whole conversations through the language model at once, with the right answers given.

Engines read a dialogue piece by piece through a cache; training reads a batch of padded rows in
one pass that gradients follow. Knows no mask and no tokenizer. Rows are padded on the right, and
attention is causal, so that padding changes no state of a row and needs no mask.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TypeVar

import torch
from torch.nn import functional as F
from torch.nn.utils.rnn import pad_sequence

from reasonseg_ros.nn.llama_tokenizer import IMAGE_ID
from reasonseg_ros.nn.llava import Llava

IGNORED = -100      # a label that is not learnt
PAD = 0             # id of the padding, which is <unk>
T = TypeVar('T')


@dataclass(frozen=True)
class Rows:
    """A batch of conversations, each a row.

    ids      int64 [B, T] tokens; IMAGE_ID, once in a row, stands for the image
    labels   int64 [B, T], the id where a token is learnt, else IGNORED
    lengths  of the rows without their padding
    images   number of the image of each row, ascending
    """

    ids: torch.Tensor
    labels: torch.Tensor
    lengths: tuple[int, ...]
    images: tuple[int, ...]


@dataclass(frozen=True)
class ForcedPass:
    """What the language model makes of rows whose image tokens are spelt out.

    ids     int64 [B, T'], IMAGE_ID at every token of an image, PAD beyond a row
    labels  int64 [B, T']
    states  [B, T', D] of the last layer, after the final norm: state t predicts token t + 1
    """

    ids: torch.Tensor
    labels: torch.Tensor
    states: torch.Tensor

    def before(self, token: int) -> tuple[torch.Tensor, list[int]]:
        """States [N, D] that predict each `token`, row by row, and how many each row has."""
        found = self.ids == token
        counts: list[int] = found.sum(1).tolist()
        return self.states[:, :-1][found[:, 1:]], counts


def rows_of(conversations: Sequence[tuple[Sequence[int], Sequence[int]]],
            images: Sequence[int], longest: int | None = None) -> Rows:
    """Pad conversations, each (ids, labels) of one length.

    longest  positions that are kept of each; None: all
    """
    kept = [(ids[:longest], labels[:longest]) for ids, labels in conversations]
    ids, labels = (pad_sequence([torch.tensor(row[part]) for row in kept], batch_first=True,
                                padding_value=value) for part, value in ((0, PAD), (1, IGNORED)))
    return Rows(ids, labels, tuple(len(row[0]) for row in kept), tuple(images))


def read(model: Llava, rows: Rows, tokens: Sequence[torch.Tensor], slot: int = -1,
         heard: Sequence[torch.Tensor | None] = ()) -> ForcedPass:
    """Read rows.

    tokens  [P, D] of each image
    slot    id of the token to whose embedding what is heard is added; -1 = there is none
    heard   of each row: [slots, D], or None where it has no slots; () = no row has
    """
    device = model.device
    table = model.llama.get_input_embeddings()
    ids, labels, embedded = [], [], []
    for row, length in enumerate(rows.lengths):
        said = rows.ids[row, :length].to(device)
        place = int((said == IMAGE_ID).nonzero()[0, 0])
        image = tokens[rows.images[row]]
        words = table(said.clamp_min(PAD))
        extra = heard[row] if heard else None
        if extra is not None:
            slots = (said == slot).nonzero()[:, 0]
            words = words.index_put((slots,), extra.to(words.dtype), accumulate=True)
        spelt = len(image)
        embedded.append(torch.cat((words[:place], image.to(words.dtype), words[place + 1:])))
        ids.append(torch.cat((said[:place], said.new_full((spelt,), IMAGE_ID),
                              said[place + 1:])))
        learnt = rows.labels[row, :length].to(device)
        labels.append(torch.cat((learnt[:place], learnt.new_full((spelt,), IGNORED),
                                 learnt[place + 1:])))
    states = model.llama.model(inputs_embeds=pad_sequence(embedded, batch_first=True),
                               use_cache=False).last_hidden_state
    return ForcedPass(pad_sequence(ids, batch_first=True, padding_value=PAD),
                   pad_sequence(labels, batch_first=True, padding_value=IGNORED), states)


def language_loss(model: Llava, reading: ForcedPass) -> torch.Tensor:
    """Cross-entropy, the mean over all tokens of the batch that are learnt."""
    learnt = reading.labels[:, 1:] != IGNORED
    logits = model.llama.lm_head(reading.states[:, :-1][learnt]).float()
    total = F.cross_entropy(logits, reading.labels[:, 1:][learnt], reduction='sum')
    return total / max(1, len(logits))


def image_tokens(model: Llava, clip_pixels: torch.Tensor) -> list[torch.Tensor]:
    """Images [I, 3, s, s] from nn.clip.pixels -> tokens [P, D] of each."""
    return [model.tokens(pixels[None]) for pixels in clip_pixels]


def moved(batch: T, device: torch.device) -> T:
    """A dataclass with its tensors, and those in its tuples, on a device."""
    def move(value: object) -> object:
        if isinstance(value, torch.Tensor):
            return value.to(device)
        if isinstance(value, tuple):
            return tuple(map(move, value))
        return value

    told = {f.name: move(getattr(batch, f.name)) for f in fields(batch)}  # type: ignore[arg-type]
    return type(batch)(**told)
