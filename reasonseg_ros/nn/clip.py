# SPDX-License-Identifier: Apache-2.0
"""CLIP's vision tower through transformers: an image as tokens for a language model.

The published models read 224x224 pixels cut from the middle: of a wide image the language model
does not see the sides, though SAM does. `hidden_share` says how much that is; padding shows all,
smaller than the models were trained with. No text tower.
"""

import numpy as np
import torch
from PIL import Image
from transformers.models.clip.modeling_clip import CLIPVisionModel

MEAN = (0.48145466, 0.4578275, 0.40821073)  # of RGB in 0..1
STD = (0.26862954, 0.26130258, 0.27577711)
# The sizes of the tower of openai/clip-vit-large-patch14, in the words of transformers.
VIT_L = {'hidden_size': 1024, 'intermediate_size': 4096, 'num_hidden_layers': 24,
         'num_attention_heads': 16, 'image_size': 224, 'patch_size': 14, 'layer_norm_eps': 1e-5,
         'hidden_act': 'quick_gelu'}


def pixels(rgb: np.ndarray, side: int, pad: bool = False) -> torch.Tensor:
    """uint8 [H, W, 3] -> float32 [1, 3, side, side]: shorter edge to `side`, middle cut out.

    pad  the image is first made square with CLIP's mean colour, so that nothing is cut off
    """
    if pad:
        rgb = _square(rgb)
    height, width = rgb.shape[:2]
    short = min(height, width)
    size = (side * width // short, side * height // short)
    image = Image.fromarray(rgb).resize(size, Image.Resampling.BICUBIC)
    left, top = (size[0] - side) // 2, (size[1] - side) // 2
    cut = np.asarray(image.crop((left, top, left + side, top + side)), np.float32) / 255
    normal = (cut - np.array(MEAN, np.float32)) / np.array(STD, np.float32)
    return torch.from_numpy(normal).permute(2, 0, 1)[None].contiguous()


def hidden_share(height: int, width: int) -> float:
    """Share of an image's pixels, in [0, 1), that `pixels` cuts off."""
    return 1 - min(height, width) / max(height, width)


def _square(rgb: np.ndarray) -> np.ndarray:
    """Centre an image uint8 [H, W, 3] in a square of CLIP's mean colour."""
    height, width = rgb.shape[:2]
    side = max(height, width)
    square = np.empty((side, side, 3), np.uint8)
    square[:] = (255 * np.array(MEAN)).astype(np.uint8)
    top, left = (side - height) // 2, (side - width) // 2
    square[top:top + height, left:left + width] = rgb
    return square


def states(clip: CLIPVisionModel, image: torch.Tensor, layer: int) -> torch.Tensor:
    """Image [1, 3, S, S] -> states [1, 1 + P, W] of a layer, the class token first.

    layer  index into the states before and after each layer; -2 is before the last layer
    """
    found: torch.Tensor = clip(image, output_hidden_states=True).hidden_states[layer]
    return found
