# SPDX-License-Identifier: Apache-2.0
"""HIPIE is trained by the losses of its public program, on layers that answer as in inference."""

import json
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

pytest.importorskip('transformers')

import torch
from support import published_segllm
from support.golden import SMALL
from torch.nn import functional as F

from reasonseg_ros.nn.hipie.hipie import Hipie, HipieConfig, Levels
from reasonseg_ros.training.papers import hipie_losses, hipie_passes
from reasonseg_ros.training.papers.hipie_losses import Things, things_of
from reasonseg_ros.training.papers.hipie_matching import match_many, match_one

# What the public criterion (berkeley-hipie/segllm, uninext-segm) gives for `case(seed)`.
PUBLIC = json.loads((Path(SMALL) / 'hipie_criterion.json').read_text())
POINTS = 64


@dataclass(frozen=True)
class Case:
    """Two prompts: answers of 20 queries and 50 proposals, 5 masks, and what is true."""

    things: list[Things]
    fits: torch.Tensor
    boxes: torch.Tensor
    quality: torch.Tensor
    scores: torch.Tensor
    proposed: torch.Tensor
    masks: torch.Tensor
    truth: torch.Tensor
    points: torch.Tensor


def case(seed: int) -> Case:
    drawn = torch.Generator().manual_seed(seed)

    def rand(*shape: int) -> torch.Tensor:
        return torch.rand(shape, generator=drawn)

    def noise(*shape: int) -> torch.Tensor:
        return torch.randn(shape, generator=drawn)
    things = []
    for prompt in range(2):
        masks = torch.zeros(2, 64, 64, dtype=torch.bool)
        for mask in masks:
            x, y, w, h = torch.randint(4, 28, (4,), generator=drawn).tolist()
            mask[y:y + h, x:x + w] = True
        things.append(things_of(masks[0] if (prompt + seed) % 2 else None, masks[1]))
    boxes = rand(2, 20, 4) * torch.tensor([1, 1, 0.5, 0.5]) + 0.01
    if seed % 2:
        boxes[:, :6] = things[0].boxes[:1] + 0.03 * noise(2, 6, 4).abs()
    return Case(things, noise(2, 20, 8), boxes, noise(2, 20), noise(2, 50),
                0.6 * rand(2, 50, 4) + 0.01, 3 * noise(5, 16, 16), (rand(5, 16, 16) > 0.5).float(),
                rand(5, POINTS, 2))


@pytest.mark.parametrize('seed', range(len(PUBLIC)))
def test_matches_and_losses_are_those_of_the_public_criterion(seed, monkeypatch) -> None:
    given, told = case(seed), PUBLIC[seed]
    things = given.things
    pairs = [match_many(fits.sigmoid(), boxes, t.words, t.boxes)
             for fits, boxes, t in zip(given.fits, given.boxes, things)]
    proposed = [match_one(scores.sigmoid(), boxes, t.boxes)
                for scores, boxes, t in zip(given.scores, given.proposed, things)]
    for ours, theirs in ((pairs, 'many'), (proposed, 'one')):
        assert [[q.tolist(), k.tolist()] for q, k in ours] == told[theirs]
    found = hipie_losses.word_and_box_losses(
        list(given.fits), list(given.boxes), [t.words for t in things], [t.boxes for t in things],
        pairs)
    aims, boxes = (torch.cat([part[i] for part, i in zip(parts, index)]) for parts, index in (
        ([t.boxes for t in things], [k for _, k in pairs]), (given.boxes, [q for q, _ in pairs])))
    said = torch.cat([quality[q] for quality, (q, _) in zip(given.quality, pairs)])
    found['quality'] = F.binary_cross_entropy_with_logits(
        said, hipie_losses.overlaps_of_pairs(boxes, aims)[0])
    monkeypatch.setattr(hipie_losses, 'unsure_points', lambda *_: given.points)
    found['mask'], found['dice'] = hipie_losses.mask_losses(
        given.masks, given.truth, torch.Generator(), POINTS)
    assert {name: float(value) for name, value in found.items()} == pytest.approx(
        told['losses'], abs=1e-4)


def network() -> Hipie:
    torch.manual_seed(0)
    hipie = Hipie(HipieConfig(**published_segllm.HIPIE))
    for parameter in (*hipie.parameters(), *hipie.buffers()):
        torch.nn.init.normal_(parameter, std=0.1) if parameter.ndim < 2 else \
            torch.nn.init.normal_(parameter, std=parameter[0].numel() ** -0.5)
    for name, buffer in hipie.named_buffers():
        buffer.abs_().add_(1) if name.endswith('running_var') else None
    return hipie


def several(seen: Levels, count: int) -> Levels:
    """One image for each of `count` prompts."""
    return replace(seen, tokens=seen.tokens.expand(count, -1, -1))


def test_the_last_layer_answers_as_in_inference_beside_denoised_queries() -> None:
    hipie = network()
    heads = hipie_passes.HipieHeads(hipie)
    words = torch.randn(8, 768)
    seen = hipie.encode(torch.randn(1, 3, 128, 128))
    with torch.no_grad():
        memory, fused = hipie.read(words, seen)
        scores, boxes = hipie.propose(memory, seen)
        queries = hipie.decode(boxes[scores.topk(hipie.config.queries).indices], memory, seen)
        fits, quality = hipie.score(queries, fused)
        masks = hipie.draw(queries, memory, seen, torch.arange(12, 15))
        noisy, = hipie_passes.noisy_boxes([torch.tensor([[0.5, 0.5, 0.2, 0.2]])],
                                          torch.Generator().manual_seed(0))
        made, = hipie_passes.run(hipie, heads, words[None], several(seen, 1), noisy[None],
                                 torch.tensor([1]))
    last, first = made.usual[-1], hipie.config.backgrounds
    for ours, theirs in ((last.fits, fits[first:]), (last.boxes, queries.boxes[first:]),
                         (last.quality, quality[first:]),
                         (made.masks(last, torch.arange(2, 5)), masks)):
        torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=1e-4)


def test_the_first_half_of_the_noisy_boxes_is_nearer_to_the_truth_and_short_prompts_are_filled(
        ) -> None:
    one, two = torch.tensor([[0.5, 0.5, 0.2, 0.4]]), torch.tensor([[0.3, 0.4, 0.2, 0.2]] * 2)
    drawn = torch.Generator().manual_seed(0)
    for _ in range(20):
        short, long = hipie_passes.noisy_boxes([one, two], drawn)
        assert short.shape == long.shape == (4, 4)
        assert torch.equal(short[[1, 3]], torch.full((2, 4), 0.5))
        half = torch.tensor([0.1, 0.2])
        assert bool(((short[0, :2] - one[0, :2]).abs() <= half / 1).all())
        low = short[2, :2] - short[2, 2:] / 2
        assert bool((low >= 0).all())


def test_most_points_lie_where_the_mask_is_unsure() -> None:
    logits = torch.full((1, 16, 16), 9.0)
    logits[:, :, 8] = 0.0
    places = hipie_losses.unsure_points(logits, torch.Generator().manual_seed(0), 40)
    near = ((places[0, :, 0] * 16 - 8.5).abs() < 1.0).float().mean()
    assert places.shape == (1, 40, 2) and near > 0.3
    even = hipie_losses.unsure_points(torch.full((1, 16, 16), 9.0),
                                      torch.Generator().manual_seed(0), 40)
    assert ((even[0, :, 0] * 16 - 8.5).abs() < 1.0).float().mean() < near


def test_every_part_that_segllm_trains_in_hipie_gets_a_gradient() -> None:
    hipie = network()
    heads = hipie_passes.HipieHeads(hipie)
    seen = hipie.encode(torch.randn(1, 3, 128, 128))
    mask = torch.zeros(128, 128, dtype=torch.bool)
    mask[40:90, 30:70] = True
    things = [things_of(mask.roll(20, 1), mask), things_of(None, mask)]
    drawn = torch.Generator().manual_seed(0)
    noisy = hipie_passes.noisy_boxes([t.boxes for t in things], drawn)
    passes = hipie_passes.run(hipie, heads, torch.randn(2, 8, 768), several(seen, 2),
                              torch.stack(noisy), torch.tensor([len(t.boxes) for t in things]))
    parts = hipie_losses.hipie_losses(passes, things, drawn, points=200)
    assert set(parts) == set(hipie_losses.WEIGHTS)
    torch.stack(list(parts.values())).sum().backward()
    without = {name for module in (hipie, heads) for name, p in module.named_parameters()
               if p.grad is None}
    assert without == set()
