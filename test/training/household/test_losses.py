# SPDX-License-Identifier: Apache-2.0
"""Losses of the perception network: finite, small where the answer is right, means of the batch."""

from dataclasses import replace

import pytest
import torch
from support.household_scenes import small_config, whole_scene, write_scenes
from torch import nn

from reasonseg_ros.nn.perception.network import PerceptionModel, PerceptionOutput
from reasonseg_ros.training.household.losses import WEIGHTS, losses, masks_of
from reasonseg_ros.training.household.samples import NONE, PerceptionBatch, PerceptionBatches, join
from reasonseg_ros.training.loop import Objective

CONFIG = small_config()


@pytest.fixture
def batch(tmp_path) -> PerceptionBatch:
    return PerceptionBatches(write_scenes(tmp_path, 0, 1), CONFIG, 2, seed=1)[1]


@pytest.fixture
def one(tmp_path) -> PerceptionBatch:
    return whole_scene(tmp_path)


def model_of(seed: int = 0) -> PerceptionModel:
    torch.manual_seed(seed)
    return PerceptionModel(CONFIG)


def computed(model, batch: PerceptionBatch) -> dict[str, float]:
    parts = losses(model, batch, torch.Generator().manual_seed(3))
    return {name: float(value.detach()) for name, value in parts.items()}


class Knowing(nn.Module):
    """Answers what the truth of a batch says; `sure` is how large its logits are."""

    def __init__(self, batch: PerceptionBatch, sure: float) -> None:
        super().__init__()
        self.batch, self.sure = batch, sure

    def forward(self, image: torch.Tensor) -> PerceptionOutput:
        b = self.batch
        dense = torch.stack([self._sign(b.ids > 0), self._sign(b.border > 0),
                             torch.logit(b.middle.clamp(1e-4, 1 - 1e-4)) * self.sure / 20,
                             b.offset[:, 0], b.offset[:, 1]], 1)
        return PerceptionOutput(dense, self._classes(b.parts, len(CONFIG.parts) + 1),
                                self._classes(b.colours, len(CONFIG.colours)),
                                torch.zeros(len(image), 1, 2, 2))

    def pooled(self, features, masks, geometry) -> torch.Tensor:
        return torch.zeros(len(masks), 1)

    def name(self, pooled: torch.Tensor) -> torch.Tensor:
        return self._classes(self.batch.names[0][:len(pooled)], len(CONFIG.categories) + 1)

    def _sign(self, true: torch.Tensor) -> torch.Tensor:
        return self.sure * (2.0 * true - 1)

    def _classes(self, target: torch.Tensor, count: int) -> torch.Tensor:
        one_hot = nn.functional.one_hot(target.where(target != NONE, 0), count).float()
        return self.sure * one_hot.movedim(-1, 1)


def test_right_answers_cost_little_and_wrong_ones_much(one):
    right, wrong = (computed(Knowing(one, sure), one) for sure in (20.0, -20.0))
    for name in ('thing', 'dice', 'border', 'part', 'colour', 'name'):
        # Names are learnt with smoothed labels, for which certainty is not free.
        assert right[name] < 0.02 or name == 'name', name
        assert wrong[name] > right[name] + 0.5, name
    assert right['offset'] == 0


def test_every_loss_has_a_weight_and_every_weight_of_the_model_a_gradient(batch):
    model = model_of()
    parts = losses(model, batch, torch.Generator().manual_seed(0))
    assert set(parts) == set(WEIGHTS)
    Objective(losses, WEIGHTS).total(parts).backward()
    for name, p in model.named_parameters():
        assert p.grad is not None and torch.isfinite(p.grad).all(), name


def test_a_loss_does_not_depend_on_the_size_of_the_batch(batch):
    model = model_of().eval()
    one, two = computed(model, batch), computed(model, join([batch, batch]))
    for name in ('thing', 'dice', 'border', 'middle', 'offset', 'part'):   # nothing is drawn here
        assert two[name] == pytest.approx(one[name], rel=1e-4), name


def test_what_is_drawn_for_a_loss_is_a_function_of_the_generator(batch):
    model = model_of().eval()
    assert computed(model, batch) == computed(model, batch)


def test_an_image_without_things_teaches_that_there_is_none(batch):
    ids = torch.zeros_like(batch.ids)
    empty = replace(batch, ids=ids, border=torch.zeros_like(batch.border),
                    middle=torch.zeros_like(batch.middle),
                    parts=torch.full_like(batch.parts, NONE),
                    colours=torch.full_like(batch.colours, NONE),
                    names=[torch.zeros(0, dtype=torch.int64)] * 2,
                    geometry=[torch.zeros(0, 8)] * 2)
    found = computed(model_of(), empty)
    assert found['part'] == found['colour'] == found['name'] == found['offset'] == 0
    assert found['thing'] > 0


def test_what_is_too_small_to_learn_costs_nothing(one):
    """Unknown pixels may be answered in any way: a model that is sure of them pays the same."""
    unknown = replace(one, ids=torch.where(one.ids == 1, -1, one.ids))
    nothing = replace(one, ids=unknown.ids.clamp(min=0))
    answers = [computed(Knowing(answer, 5.0), unknown) for answer in (one, nothing)]
    for name in ('thing', 'dice'):
        assert answers[0][name] == pytest.approx(answers[1][name]), name


def test_bfloat16_gives_about_the_same_losses(batch):
    model = model_of().eval()
    exact = computed(model, batch)
    with torch.autocast('cpu', torch.bfloat16):
        rough = computed(model, batch)
    for name, value in exact.items():
        assert rough[name] == pytest.approx(value, rel=0.1, abs=0.05), name


def test_masks_are_those_of_the_things_in_order():
    masks = masks_of(torch.tensor([[0, 1, -1], [2, 2, 1]]), 2)
    assert masks.tolist() == [[[0, 1, 0], [0, 0, 1]], [[0, 0, 0], [1, 1, 0]]]
