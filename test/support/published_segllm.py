# SPDX-License-Identifier: Apache-2.0
"""A very small checkpoint of SegLLM in the layout that its authors publish, with random weights.

Names are written down here apart from the conversion. Its masks mean nothing. Needs the extra
`engines`.
"""

import json
from pathlib import Path

import torch
from safetensors.torch import save_file
from tokenizers import AddedToken, Tokenizer, models

from reasonseg_ros.engines import registry
from reasonseg_ros.engines.public.segllm import SegLlm
from reasonseg_ros.engines.weights.convert_segllm import convert
from reasonseg_ros.nn.segllm import SegLlmConfig, SegLlmModel

SPECIAL = ('<unk>', '<s>', '</s>')
LETTERS = '▁' + ''.join(map(chr, range(33, 127)))
ADDED = ('<video>', '<seg>')
LLAMA = {'vocab_size': len(SPECIAL) + len(LETTERS) + len(ADDED), 'hidden_size': 64,
         'intermediate_size': 96, 'num_hidden_layers': 2, 'num_attention_heads': 4,
         'num_key_value_heads': 4, 'max_position_embeddings': 2048, 'rms_norm_eps': 1e-5}
CLIP = {'hidden_size': 32, 'intermediate_size': 48, 'num_hidden_layers': 2,
        'num_attention_heads': 2, 'image_size': 28, 'patch_size': 14, 'layer_norm_eps': 1e-5,
        'hidden_act': 'quick_gelu'}
HIPIE = {'stem': 8, 'width': 4, 'out': 16, 'encoder_layers': 1, 'decoder_layers': 2, 'inner': 32,
         'fusion': 64, 'queries': 20, 'backgrounds': 10, 'image_size': 128, 'dim': 256}
CONFIG = SegLlmConfig(LLAMA, CLIP, HIPIE)
MODEL = {**{key: value for key, value in LLAMA.items() if key != 'vocab_size'},
         'vocab_size': 32000, 'mm_vision_select_layer': -2, 'mm_vision_select_feature': 'patch',
         'mm_projector_type': 'mlp2x_gelu', 'mm_use_bbox_encode': True, 'rope_scaling': None,
         'segmentator': 'hipie', 'model_type': 'llava'}
SEGMENTER = 'model.segmentator.hipie.detr.'
TRANSFORMER = f'{SEGMENTER}detr.transformer.'
# Our name -> published name, by prefix; the longest that fits counts.
NAMES = {
    'llama.': '', 'clip.': 'model.vision_tower.vision_tower.vision_model.',
    'projector.': 'model.mm_projector.', 'box.': 'model.mask_enc_head.',
    'prompt.': 'model.segmentator_predictor.', 'hipie.': TRANSFORMER,
    'hipie.backbone.': f'{SEGMENTER}detr.backbone.0.backbone.',
    'hipie.input_proj.': f'{SEGMENTER}detr.input_proj.',
    'hipie.bbox_embed.': f'{SEGMENTER}detr.bbox_embed.',
    'hipie.align.': f'{SEGMENTER}detr.class_embed.1.',
    'hipie.proposal_score.': f'{SEGMENTER}detr.class_embed.2.body.',
    'hipie.iou_head.': f'{SEGMENTER}detr.iou_head.1.',
    'hipie.fusion.': f'{TRANSFORMER}encoder.vl_layers.0.b_attn.',
    'hipie.encoder.': f'{TRANSFORMER}encoder.layers.',
    'hipie.decoder.': f'{TRANSFORMER}decoder.layers.',
    'hipie.ref_point_head.': f'{TRANSFORMER}decoder.ref_point_head.',
    'hipie.controller.': f'{SEGMENTER}controller.', 'hipie.mask_head.': f'{SEGMENTER}mask_head.',
}
USELESS = ('model.vision_tower.vision_tower.visual_projection.weight',
           f'{SEGMENTER}detr.iou_head.0.weight', f'{SEGMENTER}resizer.fc.weight',
           'model.segmentator.hipie.text_encoder.body.model.pooler.dense.weight')


def published_name(name: str) -> str:
    """Name of a tensor of SegLlmModel in a published file."""
    prefix = max((p for p in NAMES if name.startswith(p)), key=len)
    return NAMES[prefix] + name.removeprefix(prefix)


def weights() -> dict[str, torch.Tensor]:
    """Random tensors under their published names, useless ones among them."""
    generator = torch.Generator().manual_seed(0)
    made = {name: torch.zeros(2) for name in USELESS}
    for name, tensor in SegLlmModel.empty(CONFIG).state_dict().items():
        noise = torch.randn(tensor.shape, generator=generator)
        if noise.ndim > 1:
            noise /= noise[0].numel() ** 0.5
        else:
            noise = 0.1 * noise + name.endswith(('weight', 'running_var'))
        made[published_name(name)] = noise
    return made


def tokenizer() -> Tokenizer:
    """Letters only, in LLaMA's form."""
    vocabulary = {token: place for place, token in enumerate((*SPECIAL, *LETTERS))}
    rules = Tokenizer(models.BPE(vocabulary, [], unk_token='<unk>'))
    rules.add_special_tokens([AddedToken(t, normalized=False) for t in (*SPECIAL, *ADDED)])
    return rules


def publish(folder: Path) -> Path:
    """Write a published folder."""
    folder.mkdir(parents=True)
    (folder / 'config.json').write_text(json.dumps(MODEL))
    (folder / 'clip_config.json').write_text(json.dumps(CLIP))
    (folder / 'hipie_config.json').write_text('{"image_size": 128}')
    tokenizer().save(str(folder / 'tokenizer.json'))
    save_file(weights(), folder / 'model.safetensors')
    return folder


def load(folder: Path, options: str = '', dtype: str = 'float32') -> SegLlm:
    """Publish, convert and load the engine in `folder`."""
    target = folder / 'converted'
    if not target.exists():
        convert(publish(folder / 'published'), target)
    return registry.load('segllm', str(target), 'cpu', dtype, options)
