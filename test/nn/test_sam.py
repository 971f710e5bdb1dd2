# SPDX-License-Identifier: Apache-2.0
"""SAM's images and masks lie where they should, and its names are all known."""

import json

import numpy as np
import pytest
import torch

pytest.importorskip('transformers')

from PIL import Image
from safetensors.torch import load_file
from support.golden import each_folder
from support.parity_sam import load_sam
from transformers.models.sam.modeling_sam import SamModel

from reasonseg_ros.nn import sam


@pytest.mark.parametrize(('source', 'inner'), [
    ((480, 640), (768, 1024)), ((1080, 1920), (576, 1024)), ((90, 41), (1024, 466))])
def test_the_longer_side_fills_the_square(source, inner) -> None:
    view = sam.SamView(source, 1024)
    assert view.inner == inner
    small = sam.SamView(source, 64)
    pixels = small.pixels(np.full((*source, 3), 255, np.uint8))
    height, width = small.inner
    assert pixels.shape == (1, 3, 64, 64)
    assert (pixels[..., :height, :width] > 2).all()
    assert pixels[..., height:, :].eq(0).all() and pixels[..., :, width:].eq(0).all()


def test_a_mask_comes_back_where_it_is_in_the_image() -> None:
    view = sam.SamView((60, 120), 64)
    logits = torch.full((1, 16, 16), -8.0)
    logits[0, 2:6, 4:8] = 8.0
    mask = view.full(logits)[0] > 0
    rows, columns = (np.flatnonzero(mask.any(axis).numpy()) for axis in (1, 0))
    assert mask.shape == (60, 120)
    assert (rows[0], rows[-1] + 1) == pytest.approx((15, 45), abs=2)
    assert (columns[0], columns[-1] + 1) == pytest.approx((30, 60), abs=2)


@each_folder('llmseg')
def test_the_names_of_sam_vit_h_have_their_places_and_shapes(folder) -> None:
    prefix = 'base_model.model.model.visual_model.'
    shapes = json.loads((folder / 'released_key_shapes.json').read_text())
    held = {new: shape for old, shape in shapes.items() if old.startswith(prefix)
            for new in sam.sam_names(old.removeprefix(prefix))}
    with torch.device('meta'):
        wanted = SamModel(sam.sam_config(sam.VIT_H)).state_dict()
    assert held == {name: list(tensor.shape) for name, tensor in wanted.items()}


@each_folder('sam_everything')
@torch.inference_mode()
def test_images_are_encoded_as_by_the_original_package(folder) -> None:
    model = load_sam(folder)
    golden = load_file(folder / 'vectors.safetensors')
    rgb = np.array(Image.open(folder / 'image.png').convert('RGB'))
    view = sam.SamView(rgb.shape[:2], model.config.vision_config.image_size)
    pixels = view.pixels(rgb)
    height, width = view.inner
    assert torch.allclose(pixels[0, :, :height, :width], golden['preprocessed_valid'], atol=1e-6)
    embedding, early = sam.encode(model, pixels)
    assert torch.allclose(embedding, golden['image_embedding'], atol=1e-4)
    assert early.shape == (1, model.config.vision_config.hidden_size, *embedding.shape[2:])
    assert torch.equal(model.get_image_wide_positional_embeddings(),
                       golden['dense_positional_encoding'])
