# SPDX-License-Identifier: Apache-2.0
"""Segment Anything through transformers' SamModel, prompted by embeddings instead of clicks.

Maps the names of original SAM files, prepares images as SAM was trained, encodes an image once,
decodes one mask for each prompt, and brings masks back to the image's size. No clicks, no boxes,
no language.
"""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch.nn import functional as F
from transformers.models.sam.configuration_sam import SamConfig
from transformers.models.sam.modeling_sam import SamModel

MEAN = (123.675, 116.28, 103.53)    # of RGB in 0..255
STD = (58.395, 57.12, 57.375)

# The sizes of SAM ViT-H, in the words of the original package.
VIT_H = {'image_size': 1024, 'vit_patch_size': 16, 'encoder_embed_dim': 1280, 'encoder_depth': 32,
         'encoder_num_heads': 16, 'encoder_global_attn_indexes': [7, 15, 23, 31],
         'window_size': 14, 'mlp_ratio': 4, 'prompt_embed_dim': 256, 'decoder_depth': 2,
         'decoder_heads': 8, 'decoder_mlp_dim': 2048, 'iou_head_depth': 3,
         'iou_head_hidden_dim': 256, 'num_multimask_outputs': 3, 'mask_in_chans': 16}

# Names of original files -> names of SamModel, applied in order.
_PE = 'prompt_encoder.pe_layer.positional_encoding_gaussian_matrix'
_RENAMED = [(re.compile(old), new) for old, new in (
    (r'^image_encoder\.patch_embed\.proj\.', 'vision_encoder.patch_embed.projection.'),
    (r'^image_encoder\.blocks\.(\d+)\.norm', r'vision_encoder.layers.\1.layer_norm'),
    (r'^image_encoder\.blocks\.', 'vision_encoder.layers.'),
    (r'^image_encoder\.neck\.0\.', 'vision_encoder.neck.conv1.'),
    (r'^image_encoder\.neck\.1\.', 'vision_encoder.neck.layer_norm1.'),
    (r'^image_encoder\.neck\.2\.', 'vision_encoder.neck.conv2.'),
    (r'^image_encoder\.neck\.3\.', 'vision_encoder.neck.layer_norm2.'),
    (r'^image_encoder\.', 'vision_encoder.'),
    (r'\.point_embeddings\.', '.point_embed.'),
    (r'\.mask_downscaling\.0\.', '.mask_embed.conv1.'),
    (r'\.mask_downscaling\.1\.', '.mask_embed.layer_norm1.'),
    (r'\.mask_downscaling\.3\.', '.mask_embed.conv2.'),
    (r'\.mask_downscaling\.4\.', '.mask_embed.layer_norm2.'),
    (r'\.mask_downscaling\.6\.', '.mask_embed.conv3.'),
    (r'\.transformer\.(layers\.\d+\.)norm(\d)', r'.transformer.\1layer_norm\2'),
    (r'\.transformer\.norm_final_attn', '.transformer.layer_norm_final_attn'),
    (r'\.output_upscaling\.0\.', '.upscale_conv1.'),
    (r'\.output_upscaling\.1\.', '.upscale_layer_norm.'),
    (r'\.output_upscaling\.3\.', '.upscale_conv2.'),
    (r'(_mlps\.\d+|_head)\.layers\.0\.', r'\1.proj_in.'),
    (r'(_mlps\.\d+|_head)\.layers\.2\.', r'\1.proj_out.'),
    (r'(_mlps\.\d+|_head)\.layers\.1\.', r'\1.layers.0.'),
)]


def sam_names(name: str) -> tuple[str, ...]:
    """Name in an original SAM file -> names in SamModel; two for the matrix of positions."""
    if name == _PE:
        return ('shared_image_embedding.positional_embedding',
                'prompt_encoder.shared_embedding.positional_embedding')
    for pattern, new in _RENAMED:
        name = pattern.sub(new, name)
    return (name,)


def sam_config(sizes: dict[str, Any]) -> SamConfig:
    """Configuration of SamModel for sizes like VIT_H.

    The decoder's layer norms use 1e-5, unlike transformers' default; every other one uses 1e-6.
    """
    width = sizes['prompt_embed_dim']
    image = {'image_size': sizes['image_size'], 'patch_size': sizes['vit_patch_size']}
    return SamConfig(
        vision_config=image | {
            'hidden_size': sizes['encoder_embed_dim'], 'output_channels': width,
            'num_hidden_layers': sizes['encoder_depth'],
            'num_attention_heads': sizes['encoder_num_heads'],
            'mlp_ratio': float(sizes['mlp_ratio']),
            'window_size': sizes['window_size'], 'num_pos_feats': width // 2,
            'global_attn_indexes': sizes['encoder_global_attn_indexes']},
        prompt_encoder_config=image | {
            'hidden_size': width, 'mask_input_channels': sizes['mask_in_chans']},
        mask_decoder_config={
            'hidden_size': width, 'mlp_dim': sizes['decoder_mlp_dim'],
            'num_hidden_layers': sizes['decoder_depth'],
            'num_attention_heads': sizes['decoder_heads'],
            'num_multimask_outputs': sizes['num_multimask_outputs'],
            'iou_head_depth': sizes['iou_head_depth'],
            'iou_head_hidden_dim': sizes['iou_head_hidden_dim'], 'layer_norm_eps': 1e-5})


def encode(sam: SamModel, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Encode an image [1, 3, S, S], prepared by `SamView`.

    Returns (embedding [1, C, g, g], early [1, W, g, g]). `early` is the output of the first block
    with global attention, the eighth of ViT-H.
    """
    first = min(sam.config.vision_config.global_attn_indexes)
    early: list[torch.Tensor] = []
    hook = sam.vision_encoder.layers[first].register_forward_hook(
        lambda module, inputs, output: early.append(output))
    try:
        # `get_image_embeddings` of transformers is this without gradients, and training has some.
        embedding = sam.vision_encoder(pixels).last_hidden_state
    finally:
        hook.remove()
    return embedding, early[0].permute(0, 3, 1, 2)


def decode(sam: SamModel, embedding: torch.Tensor, prompts: torch.Tensor, several: bool = False
           ) -> tuple[torch.Tensor, torch.Tensor]:
    """Decode each prompt by itself.

    embedding [1, C, g, g]; prompts [N, C], or [N, T, C] where a mask has several. Returns (logits
    [N, M, 4g, 4g], predicted IoU [N, M]); M is 1, or the three alternatives of an unclear click
    with `several`.
    """
    if not len(prompts):  # attention does not take an empty batch
        count = sam.config.mask_decoder_config.num_multimask_outputs if several else 1
        rows, columns = (4 * length for length in embedding.shape[2:])
        return (prompts.new_empty(0, count, rows, columns),
                prompts.new_empty(0, count))
    _, dense = sam.prompt_encoder(None, None, None, None)
    masks, iou = sam.mask_decoder(
        image_embeddings=embedding,
        image_positional_embeddings=sam.get_image_wide_positional_embeddings(),
        sparse_prompt_embeddings=prompts.view(1, len(prompts), -1, prompts.shape[-1]),
        dense_prompt_embeddings=dense,
        multimask_output=several)
    return masks[0], iou[0]


@dataclass(frozen=True)
class SamView:
    """Where an image of `source` (H, W) lies in SAM's square of `side`: top left, zero padded."""

    source: tuple[int, int]
    side: int

    @property
    def inner(self) -> tuple[int, int]:
        """(height, width) of the scaled image inside the square; the longer one is `side`."""
        scale = self.side / max(self.source)
        height, width = (int(length * scale + 0.5) for length in self.source)
        return height, width

    def resize(self, rgb: np.ndarray) -> np.ndarray:
        """uint8 [H, W, 3] -> uint8 [h, w, 3] of the inner size, as Pillow scales."""
        height, width = self.inner
        return np.asarray(Image.fromarray(rgb).resize((width, height), Image.Resampling.BILINEAR))

    def pixels(self, rgb: np.ndarray) -> torch.Tensor:
        """uint8 [H, W, 3] -> float32 [1, 3, side, side]: normalised first, then padded."""
        small = torch.from_numpy(self.resize(rgb).copy()).permute(2, 0, 1)[None].float()
        small = (small - torch.tensor(MEAN)[:, None, None]) / torch.tensor(STD)[:, None, None]
        return F.pad(small, (0, self.side - small.shape[3], 0, self.side - small.shape[2]))

    def full(self, logits: torch.Tensor) -> torch.Tensor:
        """Low-resolution logits [N, m, m] -> float32 logits [N, H, W] of the image."""
        height, width = self.inner
        square = F.interpolate(logits[:, None].float(), (self.side, self.side), mode='bilinear',
                               align_corners=False)
        return F.interpolate(square[..., :height, :width], self.source, mode='bilinear',
                             align_corners=False)[:, 0]
