# SPDX-License-Identifier: Apache-2.0
"""Folders of transformers with tiny random models of the real classes. They find nothing sensible.

Holds no tests.
"""

import json
from pathlib import Path
from typing import Any

import torch
import transformers
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers

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


def edgetam(folder: Path) -> Path:
    """Write an EdgeTamModel whose image has 128x128 pixels; needs timm."""
    from transformers.models.edgetam.modeling_edgetam import EdgeTamModel
    torch.manual_seed(0)
    config = transformers.EdgeTamConfig(
        vision_config={
            'backbone_config': {
                'model_type': 'timm_wrapper', 'architecture': 'repvit_m1', 'num_classes': 2,
                'model_args': {'in_chans': 3, 'features_only': True, 'out_indices': [0, 1, 2, 3],
                               'embed_dim': [8, 16, 24, 32], 'depth': [1, 1, 1, 1]}},
            'backbone_channel_list': [32, 24, 16, 8], 'fpn_hidden_size': 32,
            'backbone_feature_sizes': [[32, 32], [16, 16], [8, 8]]},
        prompt_encoder_config={'hidden_size': 32, 'image_size': 128, 'patch_size': 16},
        mask_decoder_config={'hidden_size': 32, 'mlp_dim': 32, 'num_attention_heads': 2,
                             'iou_head_hidden_dim': 32})
    EdgeTamModel(config).save_pretrained(folder)
    return folder


def grounding_dino(folder: Path) -> Path:
    """Write a GroundingDinoForObjectDetection with ten queries."""
    torch.manual_seed(0)
    config = transformers.GroundingDinoConfig(**_dino(), disable_custom_kernels=True)
    transformers.GroundingDinoForObjectDetection(config).save_pretrained(folder)
    tokenizer(folder)
    return folder


def mm_grounding_dino(folder: Path) -> Path:
    """Write an MMGroundingDinoForObjectDetection with ten queries."""
    torch.manual_seed(0)
    config = transformers.MMGroundingDinoConfig(**_dino())
    transformers.MMGroundingDinoForObjectDetection(config).save_pretrained(folder)
    tokenizer(folder)
    return folder


def _dino() -> dict[str, Any]:
    backbone = transformers.SwinConfig(
        image_size=64, patch_size=4, embed_dim=8, depths=[1, 1, 1, 1], num_heads=[1, 2, 2, 2],
        window_size=4, out_features=['stage2', 'stage3', 'stage4'])
    text = transformers.BertConfig(
        vocab_size=len(WORDS), hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=16, max_position_embeddings=64)
    return {'backbone_config': backbone, 'text_config': text, 'num_queries': 10,
            'encoder_layers': 1, 'decoder_layers': 2, 'd_model': 32, 'encoder_ffn_dim': 16,
            'decoder_ffn_dim': 16, 'encoder_attention_heads': 2, 'decoder_attention_heads': 2,
            'num_feature_levels': 3, 'max_text_len': 64, 'encoder_n_points': 2,
            'decoder_n_points': 2}


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


# Of the published tokenizer, template and files of Qwen/Qwen3-VL-4B-Instruct, as far as used here.
QWEN_TOKENS = ('<|endoftext|>', '<|im_start|>', '<|im_end|>', '<|vision_start|>', '<|vision_end|>',
               '<|image_pad|>', '<|video_pad|>')
QWEN_TEMPLATE = """{%- for message in messages %}<|im_start|>{{ message.role }}
{% for piece in message.content %}{% if piece.type == 'image' %}\
<|vision_start|><|image_pad|><|vision_end|>{% else %}{{ piece.text }}{% endif %}{% endfor %}\
<|im_end|>
{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant
{% endif %}"""


def qwen3_vl(folder: Path) -> Path:
    """Write a Qwen3VLForConditionalGeneration of one layer of words; its tokens are bytes."""
    letters = [*sorted(pre_tokenizers.ByteLevel.alphabet()), *QWEN_TOKENS]
    places = {token: k for k, token in enumerate(letters)}
    made = Tokenizer(models.BPE(vocab=places, merges=[]))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    words = transformers.PreTrainedTokenizerFast(
        tokenizer_object=made, eos_token='<|im_end|>', pad_token='<|endoftext|>',
        additional_special_tokens=list(QWEN_TOKENS))
    words.chat_template = QWEN_TEMPLATE
    words.save_pretrained(folder)
    torch.manual_seed(0)
    config = transformers.Qwen3VLConfig(
        text_config={
            'vocab_size': len(places), 'hidden_size': 32, 'intermediate_size': 32,
            'num_hidden_layers': 1, 'num_attention_heads': 2, 'num_key_value_heads': 1,
            'head_dim': 16, 'max_position_embeddings': 4096, 'rope_parameters': {
                'rope_type': 'default', 'rope_theta': 10000.0, 'mrope_section': [4, 2, 2],
                'mrope_interleaved': True}},
        vision_config={
            'depth': 1, 'hidden_size': 32, 'intermediate_size': 32, 'num_heads': 2,
            'out_hidden_size': 32, 'num_position_embeddings': 16, 'deepstack_visual_indexes': [0]},
        image_token_id=places['<|image_pad|>'], video_token_id=places['<|video_pad|>'],
        vision_start_token_id=places['<|vision_start|>'],
        vision_end_token_id=places['<|vision_end|>'])
    model = transformers.Qwen3VLForConditionalGeneration(config)
    model.generation_config.eos_token_id = places['<|im_end|>']
    model.generation_config.pad_token_id = places['<|endoftext|>']
    model.save_pretrained(folder)
    images = {'image_processor_type': 'Qwen2VLImageProcessorFast', 'merge_size': 2,
              'processor_class': 'Qwen3VLProcessor', 'patch_size': 16, 'temporal_patch_size': 2,
              'image_mean': [0.5] * 3, 'image_std': [0.5] * 3,
              'size': {'longest_edge': 16777216, 'shortest_edge': 65536}}
    (folder / 'preprocessor_config.json').write_text(json.dumps(images))
    (folder / 'video_preprocessor_config.json').write_text(json.dumps(
        {**images, 'video_processor_type': 'Qwen3VLVideoProcessor'}))
    return folder


def roi_align(features: torch.Tensor, boxes: list[torch.Tensor], size: int) -> torch.Tensor:
    """Return [N, C, size, size], one sample a cell: for SAM 3 where there is no torchvision."""
    cells = (torch.arange(size) + 0.5) / size
    sides = torch.tensor((features.shape[3], features.shape[2]))
    found = []
    for one, rows in zip(features, boxes):
        for row in rows.float():
            x, y = row[:2, None] + (row[2:] - row[:2])[:, None] * cells
            at = torch.stack(torch.meshgrid(x, y, indexing='xy'), -1) / sides * 2 - 1
            found.append(torch.nn.functional.grid_sample(
                one[None], at[None].to(features.dtype), align_corners=False))
    return torch.cat(found)
