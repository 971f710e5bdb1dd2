# SPDX-License-Identifier: Apache-2.0
"""The cache changes the cost of a sequence, never its states."""

import pytest
import torch

from reasonseg_ros.nn.tabletop.transformer import Transformer, visible

PREFIX = 5


def transformer() -> Transformer:
    torch.manual_seed(0)
    built = Transformer(dim=24, layers=2, heads=3, capacity=40)
    for p in built.parameters():
        torch.nn.init.normal_(p, std=0.2)
    return built.eval()


@torch.inference_mode()
def test_chunks_through_the_cache_equal_one_full_pass() -> None:
    model, x = transformer(), torch.randn(1, 17, 24)
    cache = model.new_cache()
    pieces = [model(x[:, a:b], PREFIX, cache) for a, b in ((0, 5), (5, 6), (6, 11), (11, 17))]
    assert torch.allclose(torch.cat(pieces, 1), model(x, PREFIX), atol=1e-5)


@torch.inference_mode()
def test_a_cropped_cache_goes_on_as_if_the_rest_had_never_been_said() -> None:
    model, x = transformer(), torch.randn(1, 12, 24)
    cache = model.new_cache()
    model(x[:, :PREFIX], PREFIX, cache)
    model(torch.randn(1, 6, 24), PREFIX, cache)
    cache.crop(PREFIX)
    assert torch.allclose(model(x[:, PREFIX:], PREFIX, cache), model(x, PREFIX)[:, PREFIX:],
                          atol=1e-5)


@torch.inference_mode()
def test_later_words_do_not_change_earlier_states_but_the_image_sees_itself_whole() -> None:
    model, x = transformer(), torch.randn(1, 12, 24)
    before = model(x, PREFIX)
    changed = x.clone()
    changed[:, 8] += 1.0
    assert torch.allclose(model(changed, PREFIX)[:, :8], before[:, :8], atol=1e-6)
    changed = x.clone()
    changed[:, PREFIX - 1] += 1.0
    assert not torch.allclose(model(changed, PREFIX)[:, 0], before[:, 0], atol=1e-3)


def test_the_mask_of_a_chunk_is_the_bottom_of_the_whole_mask() -> None:
    whole = visible(0, 12, PREFIX, torch.device('cpu'))
    assert whole[:PREFIX, :PREFIX].all() and not whole[0, PREFIX]
    assert torch.equal(visible(7, 12, PREFIX, torch.device('cpu')), whole[7:])


def test_cropping_to_more_than_is_held_is_refused() -> None:
    with pytest.raises(ValueError, match='cannot crop a cache of 0 positions to 3'):
        transformer().new_cache().crop(3)
