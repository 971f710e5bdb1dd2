# SPDX-License-Identifier: Apache-2.0
"""HIPIE has the published sizes, and its proposals lie where their tokens do."""

import pytest
import torch

from reasonseg_ros.nn.hipie.hipie import DIM, WORD_DIM, Hipie, HipieConfig

TINY = HipieConfig(8, 4, 16, 1, 2, 32, 64, queries=20, image_size=128)


@pytest.fixture(scope='module')
def hipie():
    torch.manual_seed(0)
    model = Hipie(TINY).eval()
    for tensor in (*model.parameters(), *model.buffers()):
        torch.nn.init.uniform_(tensor, 0.02, 0.05)
    return model


def test_the_default_sizes_are_those_of_the_published_model() -> None:
    """Counted with what has no use here: heads of other layers, two resizers, second names."""
    with torch.device('meta'):
        model = Hipie(HipieConfig())
    align = sum(p.numel() for p in model.align.parameters())
    useless = 5 * (align + DIM + 1) + 2 * (WORD_DIM * DIM + 3 * DIM)
    assert round((sum(p.numel() for p in model.parameters()) + useless) / 1e6, 1) == 57.3
    heads, resizers, steps, second_names = 5 * (5 + 2), 8, 1, 7 * 6 + 6 * 5 + 2
    assert len(model.state_dict()) + heads + resizers + steps + second_names == 724


@torch.inference_mode()
def test_an_image_becomes_four_levels_of_tokens(hipie) -> None:
    seen = hipie.encode(hipie.pixels(torch.zeros(128, 128, 3, dtype=torch.uint8)))
    assert seen.sizes == [(16, 16), (8, 8), (4, 4), (2, 2)]
    assert seen.tokens.shape == seen.positions.shape == (340, DIM)
    assert seen.centres[[0, 255, 336]].tolist() == [[1 / 32, 1 / 32], [31 / 32, 31 / 32],
                                                    [0.25, 0.25]]


@torch.inference_mode()
def test_proposals_lie_around_their_tokens_and_none_at_the_border(hipie) -> None:
    seen = hipie.encode(hipie.pixels(torch.zeros(128, 128, 3, dtype=torch.uint8)))
    for parameter in hipie.bbox_embed[-1].parameters():
        parameter.zero_()
    scores, boxes = hipie.propose(torch.ones(340, DIM), seen)
    assert scores.shape == (340,)
    torch.testing.assert_close(boxes[0], torch.tensor([1 / 32, 1 / 32, 0.05, 0.05]))
    torch.testing.assert_close(boxes[336], torch.tensor([0.25, 0.25, 0.4, 0.4]))
    seen.centres[0] = 0.001
    assert hipie.propose(torch.ones(340, DIM), seen)[1][0].tolist() == [1, 1, 1, 1]


@torch.inference_mode()
def test_queries_are_backgrounds_first_and_draw_in_quarter_size(hipie) -> None:
    seen = hipie.encode(hipie.pixels(torch.zeros(128, 128, 3, dtype=torch.uint8)))
    memory, words = hipie.read(torch.rand(8, WORD_DIM), seen)
    queries = hipie.decode(torch.rand(20, 4), memory, seen)
    assert queries.states.shape == (30, DIM) and queries.references.shape == (3, 30, 4)
    assert torch.equal(queries.references[0, :10], hipie.bg_query_refs.weight)
    fits, quality = hipie.score(queries, words)
    assert fits.shape == (30, 8) and quality.shape == (30,)
    assert hipie.draw(queries, memory, seen, torch.tensor([12, 29])).shape == (2, 32, 32)
