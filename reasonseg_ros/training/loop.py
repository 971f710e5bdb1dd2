# SPDX-License-Identifier: Apache-2.0
"""The training loop: schedule, progress, logs, checkpoints, resume. Knows no model and no losses.

A run folder holds `recipe.json`, `last-N.safetensors` (the model after N steps, without frozen
parameters) with its `optimiser-N.safetensors`, a row for each step in `losses.jsonl` and for each
evaluation in `log.jsonl`, and at the end the checkpoint. Killing a run loses at most `save_every`
steps: a step is a pure function of the seed, its number and the state saved before it.
"""

import json
import socket
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import distributed, nn
from torch.multiprocessing.spawn import spawn
from torch.utils.data import DataLoader, Dataset
from tqdm import tqdm

from reasonseg_ros.core.errors import BadRequest
from reasonseg_ros.engines.weights import embedded as checkpoints
from reasonseg_ros.training.journal import LOG, Journal, parsed, rows
from reasonseg_ros.training.optim import MuonAdamW, clip
from reasonseg_ros.training.plan import Recipe, portable

M = TypeVar('M', bound=nn.Module)
B = TypeVar('B')    # a batch on the CPU
P = TypeVar('P', bound='LoopPlan')
BEST = 'best.safetensors'


@dataclass(frozen=True)
class Objective(Generic[M, B]):
    """What a model learns from a batch.

    losses   (model, batch, step from 1, random numbers of the step) -> each loss by name; it moves
             the batch to the model's device
    weights  of the losses in their sum
    """

    losses: Callable[[M, B, int, torch.Generator], dict[str, torch.Tensor]]
    weights: Mapping[str, float]

    def total(self, parts: Mapping[str, torch.Tensor]) -> torch.Tensor:
        """Weighted sum of the losses that are there."""
        zero = next(iter(parts.values())).new_zeros(())
        return sum((self.weights[name] * value for name, value in parts.items()), start=zero)


class LoopRecipe(Protocol):
    """What the loop needs to know of a recipe; see `plan.Recipe`. It is a dataclass."""

    @property
    def steps(self) -> int: ...

    @property
    def clip(self) -> float: ...

    @property
    def seed(self) -> int: ...

    def scale(self, step: int) -> float:
        """Schedule in [0, 1] at `step`, counted from 1."""


class LoopPlan(Protocol):
    """What the loop needs to know of a run; see `plan.TrainingPlan`."""

    @property
    def recipe(self) -> Any: ...

    @property
    def out(self) -> Path: ...

    @property
    def processes(self) -> int: ...

    @property
    def workers(self) -> int: ...

    @property
    def eval_every(self) -> int: ...


class Optimiser(Protocol):
    """Takes steps; `state` are the tensors that a resumed run needs.

    divided  whether they are the share of this process only, by names that others lack
    """

    @property
    def divided(self) -> bool: ...

    @property
    def state(self) -> Mapping[str, torch.Tensor]: ...

    def step(self, number: int, scale: float, rank: int, size: int) -> None:
        """Apply the gradients and forget them; see `optim.MuonAdamW.step`."""


@dataclass(frozen=True)
class Team:
    """Processes that share one run: each takes its part of every batch, gradients are averaged.

    On a CPU two processes of one thread each are about twice as fast as one process of two
    threads, whose threads mostly wait for each other on layers as small as these. Batch norms see
    the part of their process, and the first process saves its own.
    """

    rank: int = 0
    size: int = 1

    def join(self, address: str, backend: str = 'gloo') -> None:
        """Meet the others; `address` is 'tcp://127.0.0.1:PORT', or 'env://' where it is set there.

        backend  'gloo' on CPUs, 'nccl' on GPUs
        """
        if self.size > 1:
            if backend == 'gloo':
                torch.set_num_threads(1)
            distributed.init_process_group(backend, init_method=address, rank=self.rank,
                                           world_size=self.size)

    def wait(self) -> None:
        """Return when all of the team are here."""
        if self.size > 1:
            distributed.barrier()

    def average(self, model: nn.Module) -> None:
        """Replace every gradient by its mean over the team."""
        if self.size == 1:
            return
        learnt = [p for p in model.parameters() if p.requires_grad]
        there = torch.tensor([float(p.grad is not None) for p in learnt],
                             device=learnt[0].device)
        distributed.all_reduce(there)
        if there.is_cuda:   # a flat copy of all gradients would be a good part of its memory
            for p, some in zip(learnt, there.tolist()):
                if some:
                    p.grad = torch.zeros_like(p) if p.grad is None else p.grad
                    distributed.all_reduce(p.grad.div_(self.size))
            return
        grads = [torch.zeros_like(p) if p.grad is None else p.grad for p in learnt]
        flat = torch.cat([g.flatten() for g in grads])
        distributed.all_reduce(flat)
        flat /= self.size
        for p, some, part in zip(learnt, there.tolist(), flat.split([g.numel() for g in grads])):
            # One that no process has a gradient for is left alone, as by a process that is alone.
            p.grad = part.view_as(p).clone() if some else None

    def mean(self, sums: Mapping[str, float], names: Iterable[str], count: int
             ) -> dict[str, float]:
        """Mean of losses over the `count` parts of a step, of which this process knows some.

        sums  of the parts of this process, by some of the `names`
        """
        if self.size > 1:
            order = list(names)
            told = torch.tensor([[sums.get(name, 0.0), float(name in sums)] for name in order],
                                dtype=torch.float64, device='cuda' if
                                distributed.get_backend() == 'nccl' else 'cpu')
            distributed.all_reduce(told)
            sums = {name: value for name, (value, known) in zip(order, told.tolist()) if known}
        return {name: value / count for name, value in sums.items()}


def in_team(work: Callable[[int, P, str], None], plan: P) -> None:
    """Call work(rank, plan, address for `Team.join`) in as many processes as the plan wants."""
    if plan.processes == 1:
        work(0, plan, '')
    else:
        spawn(work, (plan, f'tcp://127.0.0.1:{_free_port()}'), plan.processes)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        port: int = probe.getsockname()[1]
        return port


def train(model: M, batches: Dataset[B], objective: Objective[M, B], plan: LoopPlan,
          evaluate: Callable[[M], dict[str, float]], team: Team = Team(), save_every: int = 100,
          optimiser: Optimiser | None = None, parts: int = 0, best: str = '', start: bool = False,
          tensorboard: bool = False) -> M:
    """Train, or go on with the run in the plan's folder; return the model at the last step.

    model      as the run begins: it is changed
    batches    batch number step * parts + p is part p of a step, from 1
    optimiser  None: Muon and AdamW, with the rates of the recipe
    parts      of a step, dealt out among the team: their gradients are averaged; 0 = one for each
               process
    tensorboard  whether there are events for TensorBoard; see `journal`
    best       figure of `evaluate` by whose highest value the model is kept in `best.safetensors`
    start      whether a fresh run is evaluated before its first step, too
    """
    recipe, folder, parts = plan.recipe, plan.out, parts or team.size
    model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # hints lack it
    if optimiser is None:
        optimiser = MuonAdamW(model, recipe.matrix_rate, recipe.rate)
    done = _resume(folder, model, optimiser)
    journal = Journal(folder, done, tensorboard) if team.rank == 0 else None
    own = range(team.rank, parts, team.size)
    numbers = [step * parts + part for step in range(done + 1, recipe.steps + 1) for part in own]
    loader = iter(DataLoader(batches, batch_size=None, sampler=numbers, num_workers=plan.workers,
                             prefetch_factor=4 if plan.workers else None))
    mean: dict[str, float] = {}
    begun = time.process_time()
    with tqdm(total=recipe.steps, initial=done, unit='step', smoothing=0.05,
              disable=team.rank > 0) as bar:
        if start and not done and journal is not None:
            _evaluate(model, evaluate, folder, journal, bar, 0, {'cpu_seconds': 0}, best)
        model.train()
        for step in range(done + 1, recipe.steps + 1):
            values = _step(model, objective, optimiser, recipe, step, loader, own, parts, team)
            for name, value in values.items():
                mean[name] = 0.98 * mean.get(name, value) + 0.02 * value
            bar.update()
            last = step == recipe.steps
            if journal is not None:
                journal.losses(step, values)
            if step % 20 == 0:
                bar.set_postfix({k: f'{v:.3f}' for k, v in mean.items()}, refresh=False)
            if step % save_every == 0 or last:
                _save(folder, model, optimiser, recipe, step, team)
            if journal is not None and (step % plan.eval_every == 0 or last):
                _evaluate(model, evaluate, folder, journal, bar, step, {
                    'cpu_seconds': round(time.process_time() - begun),
                    **{k: round(v, 4) for k, v in mean.items()}}, best)
    if journal is not None:
        journal.close()
    return model


def _evaluate(model: M, evaluate: Callable[[M], dict[str, float]], folder: Path,
              journal: Journal, bar: Any, step: int, told: Mapping[str, float], best: str) -> None:
    """Log figures with what is told beside them; keep the model where it is the best so far."""
    model.eval()
    figures = evaluate(model)
    model.train()
    journal.evaluation(step, {**told, **figures})
    if best and figures[best] > _highest(folder):
        save_file(_learnt(model), folder / 'best.partial',
                  {'step': str(step), best: str(figures[best])})
        (folder / 'best.partial').replace(folder / BEST)
    bar.write(f'step {step}: ' + ', '.join(f'{k} {v:.1f}' for k, v in figures.items()))


def _step(model: M, objective: Objective[M, B], optimiser: Optimiser, recipe: LoopRecipe,
          step: int, batches: Iterator[B], own: range, parts: int, team: Team
          ) -> dict[str, float]:
    """One optimiser step; return the losses, means over all parts."""
    sums: dict[str, float] = {}
    for part in own:
        # One stream per part of a step, so that a resumed run, or one of another number of
        # processes, draws what the first run would have drawn. Dropout has no generator of its own.
        number = (recipe.seed * 1_000_003 + step) * 97 + part
        torch.manual_seed(number)
        losses = objective.losses(model, next(batches), step,
                                  torch.Generator().manual_seed(number))
        (objective.total(losses) / len(own)).backward()
        for name, value in losses.items():
            sums[name] = sums.get(name, 0.0) + float(value.detach())
    team.average(model)
    clip(model, recipe.clip)
    optimiser.step(step, recipe.scale(step), team.rank, team.size)
    return team.mean(sums, objective.weights, parts)


def finish(folder: Path, engine: str, config: Mapping[str, object],
           tensors: Mapping[str, torch.Tensor], recipe: Recipe, stage: Mapping[str, Any],
           val: Mapping[str, Any]) -> Path:
    """Write the checkpoint that engines load, with its card.

    The card tells how the weights came about: `stages`, of which this run is the last and those
    of the checkpoint that it started with come before, and the `curve` of all of them.

    stage  what the recipe does not say about this run: command, data, weights of the losses, ...
    val    what the validation scenes are
    """
    earlier = checkpoints.read(Path(recipe.start), engine).card if recipe.start else {}
    stages, curve = earlier.get('stages', []), earlier.get('curve', [])
    told = replace(recipe, start=portable(recipe.start))
    card = {'stages': [*stages, {**stage, 'recipe': asdict(told)}],
            'val': val, 'torch': torch.__version__,
            'curve': [*curve, *({'stage': len(stages) + 1, **row} for row in rows(folder / LOG))]}
    path = folder / f'{engine}.safetensors'
    checkpoints.write(path, engine, dict(config), card, dict(tensors))
    return path


def prepare(folder: Path, recipe: Any) -> None:
    """Make the run folder, or check that the run in it has the same recipe, a dataclass."""
    folder.mkdir(parents=True, exist_ok=True)
    label, told = folder / 'recipe.json', json.dumps(asdict(recipe))
    written = label.read_text(errors='replace') if label.exists() else ''
    if label.exists() and parsed(written, label) != json.loads(told):
        raise BadRequest(f'run folder "{folder}" was started with another recipe '
                         f'({written}); use the same options, or another --out')
    label.write_text(told)


def _learnt(model: nn.Module) -> dict[str, torch.Tensor]:
    """Parameters that learn, and buffers."""
    frozen = {name for name, p in model.named_parameters() if not p.requires_grad}
    return {name: t.contiguous() for name, t in model.state_dict().items() if name not in frozen}


def _save(folder: Path, model: nn.Module, optimiser: Optimiser, recipe: Any, step: int,
          team: Team) -> None:
    """Save model and optimiser under one step number; a kill in between is found on resume.

    The model comes last, when every process has written its share of the optimiser.
    """
    label = {'step': str(step), 'recipe': json.dumps(asdict(recipe))}

    def write(name: str, tensors: Mapping[str, torch.Tensor]) -> None:
        partial = folder / f'{name}.partial'
        save_file({k: v.contiguous() for k, v in tensors.items()}, partial, label)
        partial.replace(folder / f'{name}-{step}.safetensors')

    if team.rank == 0 or optimiser.divided:
        write(f'optimiser.{team.rank}' if team.rank else 'optimiser', optimiser.state)
    team.wait()
    if team.rank > 0:
        return
    write('last', _learnt(model))
    for old in folder.glob('*-*.safetensors'):
        if int(old.stem.rsplit('-', 1)[1]) != step:
            old.unlink()


def _resume(folder: Path, model: nn.Module, optimiser: Optimiser) -> int:
    """Load the newest complete save; return its step, 0 for a fresh run.

    It may have been saved by another number of processes: each takes what it needs of all shares.
    """
    steps = sorted(int(p.stem.split('-')[1]) for p in folder.glob('last-*.safetensors'))
    for step in reversed(steps):
        shares = list(folder.glob(f'optimiser*-{step}.safetensors'))
        if shares:
            load_learnt(model, folder / f'last-{step}.safetensors')
            for share in shares:
                with safe_open(share, 'pt') as stored:
                    for name in optimiser.state.keys() & set(stored.keys()):
                        optimiser.state[name].copy_(stored.get_tensor(name))
            return step
    return 0


def load_learnt(model: nn.Module, path: Path) -> None:
    """Load what a run saved of a model; its frozen parameters stay as they are."""
    frozen = {name: p for name, p in model.named_parameters() if not p.requires_grad}
    model.load_state_dict({**frozen, **load_file(path)})


def _highest(folder: Path) -> float:
    """Figure by which `best.safetensors` was kept; minus infinity where there is none."""
    if not (folder / BEST).exists():
        return float('-inf')
    with safe_open(folder / BEST, 'pt') as stored:
        return max(float(value) for name, value in stored.metadata().items() if name != 'step')
