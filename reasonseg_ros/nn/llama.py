# SPDX-License-Identifier: Apache-2.0
"""One dialogue in the key-value cache of transformers' Llama, grown by embeddings and cropped.

A `TokenStream` is fed words, images or masks as embeddings; whatever was fed before is never
computed again. It counts what it computes. Knows no prompt, no tokenizer and no mask decoder.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from transformers.cache_utils import Cache, DynamicLayer
from transformers.models.llama.modeling_llama import LlamaForCausalLM

from reasonseg_ros.core.errors import BadRequest

BLOCK = 256     # positions by which a cache grows


class _Layer(DynamicLayer):
    """Keys and values of one layer [1, heads, capacity, head_dim]; `length` are valid.

    transformers' own layer copies everything for each token, and a static one takes the memory of
    the longest dialogue from the start.
    """

    length = 0

    def update(self, key_states: torch.Tensor, value_states: torch.Tensor, *args: Any,
               **kwargs: Any
               ) -> tuple[torch.Tensor, torch.Tensor]:
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
            self.keys = self.values = key_states[:, :, :0]
        start, self.length = self.length, self.length + key_states.shape[2]
        if self.length > self.keys.shape[2]:
            self.keys = self._grown(self.keys, start)
            self.values = self._grown(self.values, start)
        self.keys[:, :, start:self.length] = key_states
        self.values[:, :, start:self.length] = value_states
        return self.keys[:, :, :self.length], self.values[:, :, :self.length]

    def get_seq_length(self) -> int:
        return self.length

    def _grown(self, held: torch.Tensor, valid: int) -> torch.Tensor:
        batch, heads, _, dim = held.shape
        capacity = -(-self.length // BLOCK) * BLOCK
        grown = held.new_empty(batch, heads, capacity, dim)
        grown[:, :, :valid] = held[:, :, :valid]
        return grown


class TokenStream:
    """The sequence so far. `passes` and `positions` count the model's work since the start.

    tokenless  rows of the vocabulary that no token has: published tables are padded, and a padded
               row that wins would be a word that nobody can read
    """

    def __init__(self, llama: LlamaForCausalLM, tokenless: Sequence[int] = ()) -> None:
        self.llama = llama
        self._tokenless = list(tokenless)
        self.capacity: int = llama.config.max_position_embeddings
        self._layers = [_Layer() for _ in range(llama.config.num_hidden_layers)]
        self._cache = Cache(layers=self._layers)
        self.passes = self.positions = 0

    @property
    def length(self) -> int:
        """Positions that the cache holds."""
        return self._layers[0].length

    def crop(self, length: int) -> None:
        """Forget everything from position `length` on."""
        if not 0 <= length <= self.length:
            raise ValueError(f'cannot crop {self.length} positions to {length}')
        for layer in self._layers:
            layer.length = length

    def embed(self, ids: Sequence[int]) -> torch.Tensor:
        """Embeddings [T, D] of token ids."""
        table: torch.Tensor = self.llama.model.embed_tokens.weight
        return table[torch.tensor(ids, device=table.device, dtype=torch.long)]

    def append(self, embedded: torch.Tensor) -> torch.Tensor:
        """Compute embeddings [T, D] after what is held.

        Returns the states [T, D] of the last layer, after the final norm: state t predicts what
        follows position t.
        """
        if self.length + len(embedded) > self.capacity:
            raise BadRequest(f'the dialogue needs {self.length + len(embedded)} positions of the '
                             f'language model, which has {self.capacity}; say "start over", or '
                             'undo a few rounds')
        self.passes += 1
        self.positions += len(embedded)
        states: torch.Tensor = self.llama.model(
            inputs_embeds=embedded[None], past_key_values=self._cache, use_cache=True
        ).last_hidden_state
        return states[0]

    def feed(self, ids: Sequence[int]) -> torch.Tensor:
        """Append tokens, at least one; return their states [T, D]."""
        return self.append(self.embed(ids))

    def logits(self, states: torch.Tensor) -> torch.Tensor:
        """Next-token logits, float32 [T, V], of states [T, D]."""
        logits: torch.Tensor = self.llama.lm_head(states).float()
        if self._tokenless:
            logits[:, self._tokenless] = -torch.inf
        return logits

    def force(self, state: torch.Tensor, ids: Sequence[int]) -> torch.Tensor:
        """Append a given answer in one pass; return the states [T, D] that predict each token.

        state  [D], of the position before the answer
        """
        return torch.cat((state[None], self.feed(ids)))[:-1]

    def answer(self, state: torch.Tensor, end: int, most: int,
               drafts: Sequence[Sequence[int]] = ()) -> Iterator[tuple[int, torch.Tensor]]:
        """Decode greedily; yield each token with the state [D] that predicted it.

        Stops after the token `end`, or after `most` tokens; the last one stays out of the cache.

        drafts  likely answers. As long as the tokens so far begin one of them, the rest of it is
                computed in the same pass as the newest token, and kept as far as the model says
                the same. They change the number of passes, not the tokens.
        """
        said: list[int] = []
        states = state[None]
        guess: list[int] = []   # tokens in the cache that the model has not said yet
        while True:
            for place, before in enumerate(states):
                token = int(self.logits(before[None]).argmax())
                said.append(token)
                agreed = guess[place:place + 1] == [token]
                last = token == end or len(said) == most
                if last or not agreed:
                    self.crop(self.length - len(guess) + place)
                yield token, before
                if last:
                    return
                if not agreed:
                    break
            guess = self._draft(said, drafts)
            states = self.feed([said[-1], *guess])

    def _draft(self, said: list[int], drafts: Sequence[Sequence[int]]) -> list[int]:
        """Longest rest of a draft that `said` begins."""
        rests = [list(d[len(said):]) for d in drafts if list(d[:len(said)]) == said]
        longest = max(rests, key=len, default=[])
        return longest[:self.capacity - self.length - 1]
