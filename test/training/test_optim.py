# SPDX-License-Identifier: Apache-2.0
"""The optimiser treats matrices as rotations and everything else as AdamW does."""

import torch
from torch import nn

from reasonseg_ros.training import loop
from reasonseg_ros.training.optim import AdamW, MuonAdamW, orthogonalise
from reasonseg_ros.training.plan import Recipe


def test_orthogonalised_matrices_stretch_all_directions_alike() -> None:
    torch.manual_seed(0)
    x = torch.randn(3, 24, 16) @ torch.diag(torch.logspace(0, 2, 16))
    values = torch.linalg.svdvals(orthogonalise(x))
    assert values.shape == (3, 16)
    assert 0.5 < values.min() and values.max() < 1.4


def test_small_and_special_parameters_go_to_adamw() -> None:
    model = nn.Sequential(nn.Embedding(50, 16), nn.Linear(16, 16), nn.Conv2d(16, 16, 3),
                          nn.Linear(16, 1))
    optimiser = MuonAdamW(model)
    matrices = sorted(n for names in optimiser.groups.values() for n in names)
    assert matrices == ['1.weight', '2.weight']
    assert '0.weight' in optimiser.others and '3.weight' in optimiser.others


def test_adamw_agrees_with_the_one_of_torch() -> None:
    torch.manual_seed(0)
    ours, theirs = (nn.LayerNorm(6) for _ in range(2))
    mine = MuonAdamW(ours, rate=0.01)
    reference = torch.optim.AdamW(theirs.parameters(), lr=0.01, betas=(0.9, 0.98),
                                  weight_decay=0)
    for number in range(1, 6):
        x = torch.randn(8, 6)
        for model in (ours, theirs):
            (model(x) ** 3).sum().backward()
        mine.step(number, 1.0)
        reference.step()
        reference.zero_grad()
    assert torch.allclose(ours.weight, theirs.weight, atol=1e-6)


def test_it_learns_a_linear_map() -> None:
    torch.manual_seed(0)
    model, target = nn.Linear(16, 16), 0.2 * torch.randn(16, 16)
    optimiser = MuonAdamW(model)
    losses = []
    for number in range(1, 120):
        x = torch.randn(64, 16)
        loss = ((model(x) - x @ target) ** 2).mean()
        loss.backward()
        optimiser.step(number, 1 - number / 120)
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.1 * losses[0]


def test_moments_that_several_processes_saved_are_found_by_any_number(tmp_path) -> None:
    model = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 5))
    recipe = Recipe(1, 1, 1, 0.5, 0.1, 0.01, 0.001, 1.0)

    def members(size: int) -> list[AdamW]:
        return [AdamW(model, 1e-3, (0.9, 0.95), member=rank, size=size) for rank in range(size)]

    for rank, member in reversed(list(enumerate(members(2)))):
        for name, value in member.state.items():
            value.fill_(len(name) + rank)
        loop._save(tmp_path, model, member, recipe, 7, loop.Team(rank))
    saved = {name: len(name) + rank for rank, member in enumerate(members(2))
             for name in member.state}
    assert len(saved) == 8
    for size in (1, 2, 3):
        for member in members(size):
            assert loop._resume(tmp_path, model, member) == 7
            assert all(float(value.mean()) == saved[name] for name, value in member.state.items())
