# SPDX-License-Identifier: Apache-2.0
"""The training loop: schedule, progress, logs, checkpoints, resume. Knows no losses in detail.

A run folder holds `recipe.json`, `last-N.safetensors` (the model after N steps) with its
`optimiser-N.safetensors`, `log.jsonl` and, at the end, `tabletop.safetensors` with its card.
Killing a run loses at most `save_every` steps: a step is a pure function of the seed, its number
and the state saved before it.
"""

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import distributed, nn
from torch.utils.data import DataLoader
from tqdm import tqdm

from reasonseg_ros.core.errors import BadRequest
from reasonseg_ros.engines.weights import embedded as checkpoints
from reasonseg_ros.nn.tabletop.config import TabletopConfig
from reasonseg_ros.nn.tabletop.model import TabletopModel
from reasonseg_ros.nn.tabletop.tokenizer import Tokenizer
from reasonseg_ros.nn.tabletop.variants import build
from reasonseg_ros.training.batch import Batch, DialogueBatches
from reasonseg_ros.training.losses import WEIGHTS, dense_losses, losses, total
from reasonseg_ros.training.optim import MuonAdamW, clip
from reasonseg_ros.training.scene_dataset import SceneSet


@dataclass(frozen=True)
class Recipe:
    """Everything that decides the result of a run, besides the data and the code.

    steps         optimiser steps, each on `batch` dialogues
    vision_steps  first steps, on the dense losses alone: words must mean something before reading
    warmup        steps of linear warm-up
    decay         last share of the steps, over which the rate falls linearly to `floor`
    start         checkpoint whose weights the run begins with; '' for random ones
    without       part of the model that is left out (training.ablations.WITHOUT); '' for none
    """

    steps: int = 9000
    batch: int = 16
    vision_steps: int = 300
    warmup: int = 50
    decay: float = 0.6
    floor: float = 0.03
    matrix_rate: float = 0.02
    rate: float = 1.5e-3
    clip: float = 1.0
    seed: int = 1
    start: str = ''
    without: str = ''

    def scale(self, step: int) -> float:
        """Schedule in (0, 1] at `step`, counted from 1."""
        start = self.steps * (1 - self.decay)
        fall = max(0.0, (step - start) / max(1.0, self.steps - start))
        return min(1.0, step / self.warmup) * (1 - (1 - self.floor) * fall)


@dataclass(frozen=True)
class Team:
    """Processes that share one run: each takes its part of every batch, gradients are averaged.

    On a CPU two processes of one thread each are about twice as fast as one process of two
    threads, whose threads mostly wait for each other on layers as small as these.
    """

    rank: int = 0
    size: int = 1

    def join(self, address: str) -> None:
        """Meet the others; `address` is 'tcp://127.0.0.1:PORT'."""
        if self.size > 1:
            distributed.init_process_group('gloo', init_method=address, rank=self.rank,
                                           world_size=self.size)

    def average(self, model: nn.Module) -> None:
        """Replace every gradient by its mean over the team."""
        if self.size == 1:
            return
        grads = [torch.zeros_like(p) if p.grad is None else p.grad for p in model.parameters()]
        flat = torch.cat([g.flatten() for g in grads])
        distributed.all_reduce(flat)
        flat /= self.size
        for p, part in zip(model.parameters(), flat.split([g.numel() for g in grads])):
            if p.grad is not None:
                p.grad.copy_(part.view_as(p))


def train(config: TabletopConfig, scenes: SceneSet, recipe: Recipe, folder: Path,
          device: torch.device, evaluate: Callable[[TabletopModel], dict[str, float]],
          eval_every: int = 1000, save_every: int = 100, workers: int = 0,
          team: Team = Team()) -> TabletopModel:
    """Train, or go on with the run in `folder`; return the model at the last step."""
    torch.manual_seed(recipe.seed)
    model = build(config).to(device)
    model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # hints lack it
    optimiser = MuonAdamW(model, recipe.matrix_rate, recipe.rate)
    done = _resume(folder, model, optimiser, recipe)
    batches = DialogueBatches(scenes, config, recipe.batch // team.size, recipe.seed)
    numbers = range((done + 1) * team.size + team.rank, (recipe.steps + 1) * team.size, team.size)
    loader = DataLoader(batches, batch_size=None, sampler=numbers, num_workers=workers,
                        prefetch_factor=4 if workers else None)
    mean: dict[str, float] = {}
    model.train()
    start = time.process_time()
    with tqdm(total=recipe.steps, initial=done, unit='step', smoothing=0.05,
              disable=team.rank > 0) as bar:
        for step, batch in enumerate(loader, start=done + 1):
            parts = _step(model, optimiser, recipe, step, batch.to(device), team)
            for name, value in parts.items():
                mean[name] = 0.98 * mean.get(name, value) + 0.02 * value
            bar.update()
            if team.rank > 0:
                continue
            if step % 20 == 0:
                bar.set_postfix({k: f'{v:.3f}' for k, v in mean.items()}, refresh=False)
            last = step == recipe.steps
            if step % save_every == 0 or last:
                _save(folder, model, optimiser, recipe, step)
            if step % eval_every == 0 or last:
                model.eval()
                figures = evaluate(model)
                model.train()
                _log(folder, {'step': step, 'cpu_seconds': round(time.process_time() - start),
                              **{k: round(v, 4) for k, v in mean.items()}, **figures})
                bar.write(f'step {step}: ' + ', '.join(f'{k} {v:.1f}' for k, v in figures.items()))
    return model


def _step(model: TabletopModel, optimiser: MuonAdamW, recipe: Recipe, step: int, batch: Batch,
          team: Team) -> dict[str, float]:
    """One optimiser step; return the losses."""
    # One stream per step, so that a resumed run draws what the first run would have drawn.
    generator = torch.Generator().manual_seed((recipe.seed * 1_000_003 + step) * 97 + team.rank)
    # On CPUs float32 is the fast path for layers of this size; bfloat16 pays on CUDA only.
    with torch.autocast('cuda', torch.bfloat16, enabled=batch.images.is_cuda):
        if step <= recipe.vision_steps:
            parts = dense_losses(model, model.encode(batch.images).dense, batch)
        else:
            parts = losses(model, batch, generator)
        loss = total(parts)
    loss.backward()
    team.average(model)
    clip(model, recipe.clip)
    optimiser.step(step, recipe.scale(step), team.rank, team.size)
    return {name: float(value.detach()) for name, value in parts.items()}


def finish(folder: Path, model: TabletopModel, recipe: Recipe, stage: dict[str, Any],
           val: dict[str, Any]) -> Path:
    """Write the checkpoint that engines load, with its card.

    The card tells how the weights came about: `stages`, of which this run is the last and those
    of the checkpoint that it started with come before, and the `curve` of all of them.

    stage  what the recipe does not say about this run: command, data, ...
    val    the plan of the validation scenes
    """
    earlier = checkpoints.read(Path(recipe.start), 'tabletop').card if recipe.start else {}
    stages, curve = earlier.get('stages', []), earlier.get('curve', [])
    told = replace(recipe, start=portable(recipe.start))
    rows = [json.loads(line) for line in (folder / 'log.jsonl').read_text().splitlines()]
    card = {'stages': [*stages, {**stage, 'recipe': asdict(told), 'loss_weights': WEIGHTS}],
            'val': val, 'torch': torch.__version__,
            'curve': [*curve, *({'stage': len(stages) + 1, **row} for row in rows)]}
    path = folder / 'tabletop.safetensors'
    checkpoints.write(path, 'tabletop', model.config.to_json(), card, model.state_dict())
    return path


def portable(path: Path | str) -> str:
    """A path as a card may name it: relative as given, of an absolute one only the last part."""
    return Path(path).name if Path(path).is_absolute() else str(path)


def prepare(folder: Path, recipe: Recipe) -> None:
    """Make the run folder, or check that the run in it has the same recipe."""
    folder.mkdir(parents=True, exist_ok=True)
    label = folder / 'recipe.json'
    if label.exists() and json.loads(label.read_text()) != asdict(recipe):
        raise BadRequest(f'run folder "{folder}" was started with another recipe '
                         f'({label.read_text()}); use the same options, or another --out')
    label.write_text(json.dumps(asdict(recipe)))


def _save(folder: Path, model: TabletopModel, optimiser: MuonAdamW, recipe: Recipe, step: int
          ) -> None:
    """Save model and optimiser under one step number; a kill in between is found on resume."""
    label = {'step': str(step), 'recipe': json.dumps(asdict(recipe))}
    for name, tensors in (('optimiser', optimiser.state), ('last', model.state_dict())):
        partial = folder / f'{name}.partial'
        save_file({k: v.contiguous() for k, v in tensors.items()}, partial, label)
        partial.replace(folder / f'{name}-{step}.safetensors')
    for old in folder.glob('*-*.safetensors'):
        if int(old.stem.rsplit('-', 1)[1]) != step:
            old.unlink()


def _resume(folder: Path, model: TabletopModel, optimiser: MuonAdamW, recipe: Recipe) -> int:
    """Load the newest complete save; return its step, 0 for a fresh run."""
    steps = sorted(int(p.stem.split('-')[1]) for p in folder.glob('last-*.safetensors'))
    for step in reversed(steps):
        if (folder / f'optimiser-{step}.safetensors').exists():
            model.load_state_dict(load_file(folder / f'last-{step}.safetensors'))
            for name, value in load_file(folder / f'optimiser-{step}.safetensors').items():
                optimiser.state[name].copy_(value)
            return step
    if recipe.start:
        begin_with(model, checkpoints.read(Path(recipe.start), 'tabletop'))
    return 0


def begin_with(model: TabletopModel, start: checkpoints.Checkpoint) -> None:
    """Take the weights of an earlier model; words and modules that it lacks stay as they are."""
    rows = model.embedding.weight.detach().clone()
    earlier = Tokenizer(start.config['vocabulary']).ids
    for word, row in model.tokenizer.ids.items():
        if word in earlier:
            rows[row] = start.tensors['embedding.weight'][earlier[word]]
    model.load_state_dict({**model.state_dict(), **start.tensors, 'embedding.weight': rows})


def _log(folder: Path, row: dict[str, Any]) -> None:
    with (folder / 'log.jsonl').open('a') as stream:
        stream.write(json.dumps(row) + '\n')
