# SPDX-License-Identifier: Apache-2.0
"""Muon for matrices and kernels, AdamW for everything else. State is plain named tensors.

`AdamW` alone is what the papers' systems are trained with.

Muon (Jordan et al. 2024): momentum, then the nearest half-orthogonal matrix by five Newton-Schulz
steps, so that every direction of a matrix learns at the same rate. torch.optim.Muon refuses
convolution kernels and runs one matrix at a time; here equal shapes run as one batch.
"""

from collections.abc import Mapping, Sequence
from typing import TypeVar

import torch
from torch import distributed, nn

K = TypeVar('K')
COEFFICIENTS = (3.4445, -4.7750, 2.0315)
SMALLEST = 8  # matrices with a smaller side have no directions to balance
TOGETHER = 1 << 20      # numbers of a tensor from which it is sent alone


class MuonAdamW:
    """Optimiser over the named parameters of one module.

    within  how names of matrices begin that Muon moves; AdamW moves the others
    """

    divided = False

    def __init__(self, model: nn.Module, matrix_rate: float = 0.02, rate: float = 1.5e-3,
                 momentum: float = 0.95, betas: tuple[float, float] = (0.9, 0.98),
                 decay: float = 0.02, within: tuple[str, ...] = ('',)) -> None:
        self.matrix_rate, self.rate, self.momentum, self.betas, self.decay = (
            matrix_rate, rate, momentum, betas, decay)
        self.parameters = dict(model.named_parameters())
        embeddings = {f'{name}.weight' for name, module in model.named_modules()
                      if isinstance(module, nn.Embedding)}
        tables = {name for name, _ in model.named_parameters(recurse=True)
                  if not name.endswith('weight')}
        self.groups: dict[tuple[int, int], list[str]] = {}
        self.others: list[str] = []
        for name, p in self.parameters.items():
            shape = (p.shape[0], p[0].numel()) if p.ndim >= 2 else (0, 0)
            if (min(shape) >= SMALLEST and name.startswith(within)
                    and name not in embeddings | tables):
                self.groups.setdefault(shape, []).append(name)
            else:
                self.others.append(name)
        self.state = {f'{name}.m': torch.zeros_like(p) for name, p in self.parameters.items()}
        self.state |= {f'{name}.v': torch.zeros_like(self.parameters[name])
                       for name in self.others}

    @torch.no_grad()
    def step(self, number: int, scale: float, rank: int = 0, size: int = 1) -> None:
        """Apply the gradients; `number` counts from 1, `scale` is the schedule in [0, 1].

        In a team of `size` processes, all with the same gradients, each orthogonalises its share
        of the matrices: that is a third of a step on a CPU.
        """
        own = self._dealt(rank, size)
        updates = {name: update for shape, names in self.groups.items()
                   for name, update in zip(names, self._muon(shape, names, shape in own))}
        if size > 1:
            flat = torch.cat([u.flatten() for u in updates.values()])
            distributed.all_reduce(flat)
            updates = dict(zip(updates, flat.split([u.numel() for u in updates.values()])))
        rate = self.matrix_rate * scale
        for name, update in updates.items():
            p = self.parameters[name]
            stretch = max(1.0, p.shape[0] / p[0].numel()) ** 0.5
            p.mul_(1 - rate * self.decay)
            p.sub_(update.reshape(p.shape).to(p.dtype), alpha=rate * stretch)
        self._adamw(number, self.rate * scale)
        for p in self.parameters.values():
            p.grad = None

    def _dealt(self, rank: int, size: int) -> set[tuple[int, int]]:
        """Shapes that process `rank` orthogonalises, dealt out by their cost."""
        return set(dealt({shape: len(names) * min(shape) ** 2 * max(shape)
                          for shape, names in self.groups.items()}, size)[rank])

    def _muon(self, shape: tuple[int, int], names: list[str], own: bool) -> torch.Tensor:
        """Advance the momentum and return the updates [n, *shape]; zeros unless they are `own`."""
        updates = []
        for name in names:
            grad, m = self.parameters[name].grad, self.state[f'{name}.m']
            if grad is None:
                grad = torch.zeros_like(m)
            m.lerp_(grad, 1 - self.momentum)
            updates.append(grad.lerp(m, self.momentum).reshape(shape))   # Nesterov
        stacked = torch.stack(updates)
        return orthogonalise(stacked) if own else torch.zeros_like(stacked)

    def _adamw(self, number: int, rate: float) -> None:
        beta1, beta2 = self.betas
        for name in self.others:
            p = self.parameters[name]
            if p.grad is None:
                continue
            m, v = self.state[f'{name}.m'], self.state[f'{name}.v']
            m.lerp_(p.grad, 1 - beta1)
            v.mul_(beta2).addcmul_(p.grad, p.grad, value=1 - beta2)
            denominator = (v / (1 - beta2 ** number)).sqrt_().add_(1e-8)
            p.addcdiv_(m, denominator, value=-rate / (1 - beta1 ** number))


class AdamW:
    """AdamW (Loshchilov and Hutter 2019) over the parameters of a module that learn.

    In a team each process keeps the moments of its share of the parameters, steps those and sends
    them to the others (ZeRO stage 1, Rajbhandari et al. 2020): for a language model the moments
    are twice its weights. Shares are whole parameters, so that a saved state does not depend on
    the number of processes.
    """

    divided = True

    def __init__(self, model: nn.Module, rate: float, betas: tuple[float, float],
                 decay: float = 0.0, member: int = 0, size: int = 1) -> None:
        self.rate, self.betas, self.decay, self.member = rate, betas, decay, member
        self.parameters = {n: p for n, p in model.named_parameters() if p.requires_grad}
        self.hands = dealt({name: p.numel() for name, p in self.parameters.items()}, size)
        self.state = {
            f'{name}.{part}': torch.zeros_like(self.parameters[name],
                                               memory_format=torch.contiguous_format)
            for name in self.hands[member] for part in 'mv'}

    @torch.no_grad()
    def step(self, number: int, scale: float, rank: int = 0, size: int = 1) -> None:
        """Apply the gradients; see `MuonAdamW.step`. `rank` and `size` are those of the start."""
        rate, (beta1, beta2) = self.rate * scale, self.betas
        grads = {name: p.grad for name, p in self.parameters.items() if p.grad is not None}
        for name in self.hands[self.member]:
            if name not in grads:
                continue
            p, grad = self.parameters[name], grads[name]
            m, v = self.state[f'{name}.m'], self.state[f'{name}.v']
            p.mul_(1 - rate * self.decay)
            m.lerp_(grad, 1 - beta1)
            v.mul_(beta2).addcmul_(grad, grad, value=1 - beta2)
            denominator = (v / (1 - beta2 ** number)).sqrt_().add_(1e-8)
            p.addcdiv_(m, denominator, value=-rate / (1 - beta1 ** number))
        for p in self.parameters.values():
            p.grad = None
        if len(self.hands) > 1:
            for owner, names in enumerate(self.hands):
                send([self.parameters[name] for name in names if name in grads], owner)


def dealt(costs: Mapping[K, int], size: int) -> list[list[K]]:
    """What each of `size` processes gets, so that the sums of the costs are about equal."""
    loads = [0] * size
    hands: list[list[K]] = [[] for _ in range(size)]
    for key in sorted(costs, key=lambda k: costs[k], reverse=True):
        least = loads.index(min(loads))
        loads[least] += costs[key]
        hands[least].append(key)
    return hands


def send(tensors: Sequence[torch.Tensor], owner: int) -> None:
    """Give every process the values that process `owner` has in its tensors.

    Small ones travel together: a message costs a CPU more than its few numbers.
    """
    small = [t for t in tensors if t.numel() < TOGETHER]
    for tensor in tensors:
        if tensor.numel() >= TOGETHER:
            distributed.broadcast(whole := tensor.contiguous(), owner)
            tensor.copy_(whole)
    if small:
        flat = torch.cat([t.flatten() for t in small])
        distributed.broadcast(flat, owner)
        for tensor, part in zip(small, flat.split([t.numel() for t in small])):
            tensor.copy_(part.view(tensor.shape))


def orthogonalise(x: torch.Tensor) -> torch.Tensor:
    """Nearest half-orthogonal matrices of x [n, rows, cols], by five Newton-Schulz steps.

    The steps need few digits: bfloat16 on CUDA; CPUs are no slower in float32.
    """
    a, b, c = COEFFICIENTS
    x = x.bfloat16() if x.is_cuda else x.float()
    tall = x.shape[1] > x.shape[2]
    if tall:
        x = x.mT
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(5):
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    return (x.mT if tall else x).float()


def clip(model: nn.Module, limit: float) -> float:
    """Scale all gradients so that their joint norm is at most `limit`; return the norm."""
    return float(nn.utils.clip_grad_norm_(model.parameters(), limit))
