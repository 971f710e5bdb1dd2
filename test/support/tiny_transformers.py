# SPDX-License-Identifier: Apache-2.0
"""Folders of transformers with tiny random models of the real classes. They find nothing sensible.

Holds no tests.
"""

from pathlib import Path

import torch
import transformers
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

WORDS = ('[PAD]', '[UNK]', '[CLS]', '[SEP]', '.', 'mug', 'red', 'bottle', 'handle', 'object')


def tokenizer(folder: Path) -> None:
    """Write a tokenizer of whole words."""
    made = Tokenizer(models.WordLevel({w: k for k, w in enumerate(WORDS)}, unk_token='[UNK]'))
    made.normalizer = normalizers.Lowercase()
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=made, pad_token='[PAD]', unk_token='[UNK]', cls_token='[CLS]',
        sep_token='[SEP]').save_pretrained(folder)


def sam2(folder: Path) -> Path:
    """Write a Sam2Model whose image has 128x128 pixels."""
    torch.manual_seed(0)
    transformers.Sam2Model(sam2_config(32)).save_pretrained(folder)
    return folder


def sam2_config(width: int) -> transformers.Sam2Config:
    """Return the sizes of one."""
    sizes = [[32, 32], [16, 16], [8, 8]]
    backbone = transformers.Sam2HieraDetConfig(
        hidden_size=8, num_attention_heads=1, image_size=[128, 128], blocks_per_stage=[1, 1, 2, 1],
        embed_dim_per_stage=[8, 16, 32, 64], num_attention_heads_per_stage=[1, 1, 2, 2],
        window_size_per_stage=[4, 4, 4, 4], global_attention_blocks=[3],
        window_positional_embedding_background_size=[4, 4])
    vision = transformers.Sam2VisionConfig(
        backbone_config=backbone, backbone_channel_list=[64, 32, 16, 8],
        backbone_feature_sizes=sizes, fpn_hidden_size=width)
    return transformers.Sam2Config(
        vision_config=vision,
        prompt_encoder_config={'hidden_size': width, 'image_size': 128, 'patch_size': 16},
        mask_decoder_config={'hidden_size': width, 'mlp_dim': 32, 'num_attention_heads': 2,
                             'iou_head_hidden_dim': 32})


def grounding_dino(folder: Path) -> Path:
    """Write a GroundingDinoForObjectDetection with ten queries."""
    torch.manual_seed(0)
    backbone = transformers.SwinConfig(
        image_size=64, patch_size=4, embed_dim=8, depths=[1, 1, 1, 1], num_heads=[1, 2, 2, 2],
        window_size=4, out_features=['stage2', 'stage3', 'stage4'])
    text = transformers.BertConfig(
        vocab_size=len(WORDS), hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=16, max_position_embeddings=64)
    config = transformers.GroundingDinoConfig(
        backbone_config=backbone, text_config=text, num_queries=10, encoder_layers=1,
        decoder_layers=2, d_model=32, encoder_ffn_dim=16, decoder_ffn_dim=16,
        encoder_attention_heads=2, decoder_attention_heads=2, num_feature_levels=3,
        max_text_len=64, encoder_n_points=2, decoder_n_points=2, disable_custom_kernels=True)
    transformers.GroundingDinoForObjectDetection(config).save_pretrained(folder)
    tokenizer(folder)
    return folder


def sam3(folder: Path) -> Path:
    """Write a Sam3Model whose image has 56x56 pixels, with five queries."""
    from transformers.models.sam3.modeling_sam3 import Sam3Model
    torch.manual_seed(0)
    small = {'hidden_size': 32, 'num_attention_heads': 2, 'intermediate_size': 32, 'num_layers': 1}
    config = transformers.Sam3Config(
        vision_config={'backbone_config': {
            'model_type': 'sam3_vit_model', 'hidden_size': 32, 'intermediate_size': 32,
            'num_hidden_layers': 1, 'num_attention_heads': 2, 'image_size': 56, 'patch_size': 14,
            'window_size': 2, 'global_attn_indexes': [0], 'pretrain_image_size': 28},
            'fpn_hidden_size': 32, 'backbone_feature_sizes': [[16, 16], [8, 8], [4, 4]]},
        text_config={'vocab_size': len(WORDS), 'hidden_size': 16, 'intermediate_size': 16,
                     'projection_dim': 16, 'num_hidden_layers': 1, 'num_attention_heads': 2,
                     'max_position_embeddings': 32, 'eos_token_id': 3, 'pad_token_id': 0},
        geometry_encoder_config=small, detr_encoder_config=small,
        detr_decoder_config={**small, 'num_queries': 5},
        mask_decoder_config={'hidden_size': 32, 'num_attention_heads': 2})
    Sam3Model(config).save_pretrained(folder)
    tokenizer(folder)
    return folder


def sam2_video(folder: Path) -> Path:
    """Write a Sam2VideoModel whose image has 128x128 pixels; it keeps 4 images."""
    torch.manual_seed(0)
    still = sam2_config(128)   # the class takes memories of 64, and pointers that are wider
    config = transformers.Sam2VideoConfig(
        vision_config=still.vision_config, prompt_encoder_config=still.prompt_encoder_config,
        mask_decoder_config=still.mask_decoder_config, image_size=128, num_maskmem=3,
        max_object_pointers_in_encoder=4, memory_attention_hidden_size=128,
        memory_attention_num_layers=1, memory_attention_num_attention_heads=1,
        memory_attention_feed_forward_hidden_size=32, memory_attention_rope_feat_sizes=[8, 8],
        memory_encoder_hidden_size=128, memory_encoder_output_channels=64,
        mask_downsampler_embed_dim=128, memory_fuser_embed_dim=128, memory_fuser_num_layers=1,
        memory_fuser_intermediate_dim=32)
    transformers.Sam2VideoModel(config).save_pretrained(folder)
    return folder
