# SPDX-License-Identifier: Apache-2.0
"""Masks of boxes by SAM: the model of a checkpoint, the right prompts, and a cache."""

import shutil

import numpy as np
import pytest
import torch
from PIL import Image

pytest.importorskip('transformers')

from support.golden import each_folder
from support.parity_sam import load_sam

from reasonseg_ros.core.errors import BadCheckpoint
from reasonseg_ros.datasets.box_masks import BoxMasks, sizes_of
from reasonseg_ros.engines.weights.published import read_file
from reasonseg_ros.nn.sam import SamView, encode

BOXES = [(10.0, 12.0, 60.0, 70.0), (30.0, 5.0, 90.0, 40.0)]


@each_folder('sam_everything')
@torch.inference_mode()
def test_masks_are_those_of_the_box_prompt_and_are_made_once(folder, tmp_path, monkeypatch):
    images = tmp_path / 'images'
    images.mkdir()
    shutil.copyfile(folder / 'image.png', images / 'a.png')
    masks = BoxMasks.load(str(folder / 'weights.safetensors'), 'cpu', images, tmp_path)
    found = masks.masks('a.png', BOXES)
    model = load_sam(folder)
    rgb = np.array(Image.open(folder / 'image.png').convert('RGB'))
    view = SamView(rgb.shape[:2], model.config.vision_config.image_size)
    embedding, _ = encode(model, view.pixels(rgb))
    scale = torch.tensor((view.inner[1] / rgb.shape[1], view.inner[0] / rgb.shape[0]) * 2)
    right = model(image_embeddings=embedding, input_boxes=(torch.tensor(BOXES) * scale)[None],
                  multimask_output=False).pred_masks[0, :, 0]
    assert [(m.decode() != r).sum() for m, r in zip(found, (view.full(right) > 0).numpy())] == [
        0, 0]
    again = BoxMasks.load(str(folder / 'weights.safetensors'), 'cpu', tmp_path / 'none', tmp_path)
    assert again.masks('a.png', BOXES[::-1]) == found[::-1]


@each_folder('sam_everything')
def test_the_sizes_of_a_checkpoint_are_those_of_its_tensors(folder):
    found, model = sizes_of(read_file(folder / 'weights.safetensors')), load_sam(folder)
    vision = model.config.vision_config
    assert (found['encoder_depth'], found['encoder_num_heads'], found['window_size']) == (
        vision.num_hidden_layers, vision.num_attention_heads, vision.window_size)
    assert found['encoder_global_attn_indexes'] == list(vision.global_attn_indexes)


def test_what_is_no_checkpoint_of_sam_is_said_in_one_line(tmp_path):
    torch.save({'a': torch.zeros(2)}, tmp_path / 'a.pth')
    with pytest.raises(BadCheckpoint, match='is no checkpoint of SAM'):
        BoxMasks.load(str(tmp_path / 'a.pth'), 'cpu', tmp_path, tmp_path)
