# SPDX-License-Identifier: Apache-2.0
"""LLaVA v1 (Liu et al. 2023): CLIP's tokens of an image, projected, go into a language model.

What the networks of LISA, M2SA and LLM-Seg stand on. Sizes come from the checkpoint. No tokens, no
sentences, no masks.
"""

from typing import Any, Protocol, TypeVar

import torch
from torch import nn
from transformers.models.clip.configuration_clip import CLIPVisionConfig
from transformers.models.clip.modeling_clip import CLIPVisionModel
from transformers.models.llama.configuration_llama import LlamaConfig
from transformers.models.llama.modeling_llama import LlamaForCausalLM, LlamaRotaryEmbedding

from reasonseg_ros.nn import clip

# What a configuration file of the original models has beside what does not matter here.
LLAMA = ('vocab_size', 'hidden_size', 'intermediate_size', 'num_hidden_layers',
         'num_attention_heads', 'num_key_value_heads', 'max_position_embeddings', 'rms_norm_eps')
CLIP = ('hidden_size', 'intermediate_size', 'num_hidden_layers', 'num_attention_heads',
        'image_size', 'patch_size', 'layer_norm_eps', 'hidden_act')


class Sizes(Protocol):
    """What a configuration says about these parts.

    llama, clip   values of the original configuration files, see LLAMA and CLIP
    clip_layer    which states of CLIP the language model gets; see nn.clip.states
    """

    @property
    def llama(self) -> dict[str, Any]: ...

    @property
    def clip(self) -> dict[str, Any]: ...

    @property
    def clip_layer(self) -> int: ...


LlavaT = TypeVar('LlavaT', bound='Llava')


class Llava(nn.Module):
    """The two towers and what joins them.

    EXACT  how the names of parameters begin that are float32 whatever the type of the others
    """

    EXACT: tuple[str, ...] = ()

    def __init__(self, config: Sizes) -> None:
        super().__init__()
        self.config: Any = config
        self.llama = LlamaForCausalLM(LlamaConfig(**config.llama))
        self.clip = CLIPVisionModel(CLIPVisionConfig(**config.clip))
        self.projector: nn.Module = nn.Linear(config.clip['hidden_size'],
                                              config.llama['hidden_size'])

    @classmethod
    def empty(cls: type[LlavaT], config: Sizes) -> LlavaT:
        """Build without memory for weights; `load_state_dict(..., assign=True)` brings them."""
        with torch.device('meta'):
            model = cls(config)
        # What no file holds, because it follows from the sizes.
        model.llama.model.rotary_emb = LlamaRotaryEmbedding(model.llama.config)
        places = model.clip.embeddings.position_ids.shape[1]
        model.clip.embeddings.position_ids = torch.arange(places)[None]
        return model

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self._head.device

    @property
    def dtype(self) -> torch.dtype:
        """Number type of the language model and of CLIP."""
        return self._head.dtype

    @property
    def _head(self) -> torch.Tensor:
        weight: torch.Tensor = self.llama.lm_head.weight    # in no option quantised
        return weight

    def tokens(self, clip_pixels: torch.Tensor) -> torch.Tensor:
        """Image [1, 3, s, s] from nn.clip.pixels -> tokens [P, D] for the language model."""
        patches = clip.states(self.clip, clip_pixels.to(self.device, self.dtype),
                              self.config.clip_layer)
        tokens: torch.Tensor = self.projector(patches[0, 1:])
        return tokens
