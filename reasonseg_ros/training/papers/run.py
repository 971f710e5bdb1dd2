# SPDX-License-Identifier: Apache-2.0
"""A whole training of SegLLM, M2SA, LLM-Seg or LISA: data, model, loop, evaluation, export.

The run folder gets, beside what `training.loop` writes, `base` (the small model that a run without
a start begins with), `scenes` of the simulator, and at the end `model`: a converted folder that
`reasonseg info`, the node and `--engine` take.
"""

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import distributed, nn

from reasonseg_ros import __version__
from reasonseg_ros.benchmarks.places import read_places
from reasonseg_ros.core.errors import BadInput, BadRequest
from reasonseg_ros.engines import registry
from reasonseg_ros.engines.devices import find_device
from reasonseg_ros.engines.public.llmseg import MOST
from reasonseg_ros.engines.weights import folder
from reasonseg_ros.nn.llama_tokenizer import FILE, FILES
from reasonseg_ros.training.loop import BEST, Objective, Team, in_team, load_learnt, prepare, train
from reasonseg_ros.training.optim import AdamW, MuonAdamW
from reasonseg_ros.training.papers import costs, lisa, llmseg, parameters, segllm, simulator, tiny
from reasonseg_ros.training.papers.examples import EXAMPLES, PaperBatches
from reasonseg_ros.training.papers.reading import moved
from reasonseg_ros.training.papers.recipes import BFLOAT16, SIMULATOR, PaperRecipe
from reasonseg_ros.training.papers.samples import Mixture, RegionCache, open_sources
from reasonseg_ros.training.papers.validation import KEPT, validate

BASE, MODEL, SCENES = 'base', 'model', 'scenes'


@dataclass(frozen=True)
class PaperPlan:
    """A run: its recipe decides the result, the rest is about where and how fast.

    data          'simulator', or the file that says where data sets lie
    regions       files of regions, which LLM-Seg learns to choose among
    processes     CPU processes of one thread each that share the parts of a step
    workers       extra processes that make samples
    eval_samples  validation conversations each time;  scenes  of the simulator, 0 = the usual
    most_memory   GB of a device beyond which nothing is begun; None = what it has
    tensorboard   whether curves are written for TensorBoard, too
    """

    data: str
    out: Path
    recipe: PaperRecipe
    regions: tuple[Path, ...] = ()
    device: str = 'auto'
    processes: int = 1
    workers: int = 0
    eval_every: int = 500
    eval_samples: int = 60
    save_every: int = 100
    scenes: int = 0
    most_memory: float | None = None
    tensorboard: bool = False


def run(plan: PaperPlan) -> Path:
    """Train, or go on; return the exported folder. Raises BadRequest, BadInput, BadCheckpoint.

    Under a launcher (`accelerate launch`, `torchrun`) this process is one of several, each with a
    device of its own; the first one prepares the folder and exports.
    """
    team, plan = launched(plan)
    check(plan)
    if team.size > 1:
        team.join('env://', 'nccl' if find_device(plan.device).type == 'cuda' else 'gloo')
        if team.rank == 0:
            plan = _prepared(plan)
        distributed.barrier()
        learn(_prepared(plan), team)
        distributed.barrier()
        return export(_prepared(plan)) if team.rank == 0 else plan.out / MODEL
    plan = _prepared(plan)
    in_team(_train, plan)
    return export(plan)


def launched(plan: PaperPlan) -> tuple[Team, PaperPlan]:
    """The team that a launcher made, of one process without a launcher, and the plan in it."""
    size = int(os.environ.get('WORLD_SIZE', '1'))
    if size == 1:
        return Team(), plan
    device = find_device(plan.device)
    if device.type == 'cuda':
        place = int(os.environ.get('LOCAL_RANK', '0'))
        torch.cuda.set_device(place)
        return Team(int(os.environ['RANK']), size), replace(plan, processes=size,
                                                            device=f'cuda:{place}')
    return Team(int(os.environ['RANK']), size), replace(plan, processes=size)


def _prepared(plan: PaperPlan) -> PaperPlan:
    """Make what a run begins with, where it is not there; return the plan with its steps."""
    if not plan.recipe.start and not (plan.out / BASE).exists():
        plan.out.mkdir(parents=True, exist_ok=True)
        tiny.make(plan.recipe.system, plan.out / BASE, simulator.sentences(), plan.recipe.seed)
    recipe = plan.recipe
    if not recipe.steps:
        held = len(mixture(plan, lambda sample: True))
        recipe = replace(recipe, steps=max(1, round(recipe.epochs * held / recipe.batch)))
    plan = replace(plan, recipe=recipe)
    costs.check(plan.recipe, base(plan), find_device(plan.device), plan.most_memory,
                plan.processes)
    prepare(plan.out, recipe)
    mixture(plan, lambda sample: True)      # what cannot be read is said before processes start
    return plan


def check(plan: PaperPlan) -> None:
    """Refuse what would fail later without a clear word. Raises BadRequest, ModuleNotFoundError."""
    recipe = plan.recipe
    if plan.tensorboard:
        import tensorboard  # noqa: F401  # where it is missing, that is said at once
    if recipe.batch % recipe.micro:
        raise BadRequest(f'--batch {recipe.batch} is no multiple of --micro {recipe.micro}, the '
                         'samples that are taken at a time; use a multiple')
    if plan.processes < 1 or recipe.parts % plan.processes:
        raise BadRequest(f'{plan.processes} processes cannot share the {recipe.parts} parts of a '
                         f'step (--batch {recipe.batch}, {recipe.micro} at a time); use a number '
                         f'of processes that divides {recipe.parts}, as the run began or another')
    if not recipe.start and recipe.preset != 'tiny':
        raise BadRequest(f'preset "{recipe.preset}" trains a published model further; name its '
                         'converted folder with --start (docs/training.md says where it comes '
                         'from), or use --preset tiny')
    if plan.data == SIMULATOR and dict(recipe.mix).keys() != {SIMULATOR}:
        raise BadRequest(f'preset "{recipe.preset}" learns from data sets; name the file that '
                         'says where they lie with --data, or use --preset tiny')
    if plan.data != SIMULATOR and SIMULATOR in dict(recipe.mix):
        raise BadRequest(f'preset "{recipe.preset}" learns from the simulator; use --data '
                         f'{SIMULATOR}, or name a mix with --mix')
    if recipe.system == 'llmseg' and plan.data != SIMULATOR and not plan.regions:
        raise BadRequest('llmseg learns to choose among regions that SAM found beforehand; name '
                         'their files with --regions')
    find_device(plan.device)


def base(plan: PaperPlan) -> Path:
    """Folder that the run begins with."""
    return Path(plan.recipe.start) if plan.recipe.start else plan.out / BASE


def mixture(plan: PaperPlan, usable: Callable[[Any], bool]) -> Mixture:
    """Open the sources of a run."""
    recipe = plan.recipe
    if plan.data == SIMULATOR:
        source = simulator.open_simulator(recipe.system, 'train', plan.out / SCENES / 'train',
                                          plan.processes, plan.scenes)
        return Mixture(((SIMULATOR, 1.0, source),), recipe.seed, usable=usable)
    regions = RegionCache(plan.regions, MOST) if plan.regions else None
    sources = open_sources(recipe.mix, read_places(Path(plan.data)), regions)
    return Mixture(sources, recipe.seed, recipe.one_source, usable)


def loaded(plan: PaperPlan) -> tuple[Any, nn.Module]:
    """The engine that the run begins with, and the module that learns."""
    recipe, device = plan.recipe, find_device(plan.device)
    engine = registry.load(recipe.system, str(base(plan)), str(device), recipe.precision)
    torch.manual_seed(recipe.seed)
    model: Any = engine.model  # type: ignore[attr-defined]  # all of these engines have one
    if recipe.lora:
        parameters.add_lora(model.llama, recipe.lora)
    whole = segllm.SegLlmTraining(model).to(device) if recipe.system == 'segllm' else model
    parameters.choose(whole, model.llama, recipe)
    return engine, whole


def objective(plan: PaperPlan, engine: Any) -> Objective[Any, Any]:
    """What the system learns from a batch."""
    recipe, device = plan.recipe, find_device(plan.device)
    seg = engine.seg

    def learnt(model: Any, batch: Any, step: int, generator: torch.Generator
               ) -> dict[str, torch.Tensor]:
        there = moved(batch, device)
        with torch.autocast(device.type, torch.bfloat16, enabled=recipe.precision == BFLOAT16):
            if recipe.system == 'segllm':
                return segllm.losses(model, there, seg, engine.slot, generator, recipe.points,
                                     recipe.left_out, recipe.draws(step))
            part = llmseg if recipe.system == 'llmseg' else lisa
            found: dict[str, torch.Tensor] = part.losses(model, there, seg)
            return found

    weights = {'segllm': segllm.WEIGHTS, 'llmseg': llmseg.WEIGHTS}.get(recipe.system, lisa.WEIGHTS)
    return Objective(learnt, weights)


def _train(rank: int, plan: PaperPlan, address: str) -> None:
    """Train as one process of the team."""
    team = Team(rank, plan.processes)
    team.join(address)
    learn(plan, team)


def learn(plan: PaperPlan, team: Team = Team()) -> nn.Module:
    """Train a model from the run's base, or go on with the run in the plan's folder."""
    engine, model = loaded(plan)
    recipe = plan.recipe
    examples = EXAMPLES[recipe.system](engine, recipe)
    batches = PaperBatches(mixture(plan, examples.usable), examples, recipe.micro)
    optimiser = (MuonAdamW(model, recipe.matrix_rate, recipe.rate, betas=recipe.betas,
                           decay=recipe.decay, within=recipe.matrices) if recipe.matrices
                 else AdamW(model, recipe.rate, recipe.betas, recipe.decay, team.rank, team.size))
    trained: nn.Module = train(
        model, batches, objective(plan, engine), plan, partial(_figures, plan, engine), team,
        plan.save_every, optimiser, recipe.parts, KEPT, start=True,
        tensorboard=plan.tensorboard)
    return trained


def _figures(plan: PaperPlan, engine: Any, model: nn.Module) -> dict[str, float]:
    if plan.data == SIMULATOR:
        count = min(plan.scenes, simulator.SCENES['val']) if plan.scenes else 0
        source = simulator.open_simulator(plan.recipe.system, 'val', plan.out / SCENES / 'val',
                                          count=count)
        return validate(engine, [('', 1.0, source)], plan.eval_samples)
    regions = RegionCache(plan.regions, MOST) if plan.regions else None
    sources = open_sources(plan.recipe.mix, read_places(Path(plan.data)), regions, 'val')
    return validate(engine, sources, plan.eval_samples)


def export(plan: PaperPlan, best: bool = True) -> Path:
    """Write the trained model as a converted folder; the best one, or the last.

    LoRA is merged, and what only training needs is left out.
    """
    recipe, out = plan.recipe, plan.out
    last = out / f'last-{recipe.steps}.safetensors'
    if not last.exists():
        raise BadInput(f'"{out}" has no model of step {recipe.steps}; run the training to its end')
    engine, whole = loaded(replace(plan, device='cpu'))
    load_learnt(whole, out / BEST if best and (out / BEST).exists() else last)
    tensors = parameters.merged(engine.model, recipe.lora)
    started = folder.read(base(plan), recipe.system)
    kinds = {name: t.dtype for name, t in started.tensors(
        torch.device('cpu'), torch.float32 if recipe.precision != BFLOAT16 else torch.bfloat16,
        engine.model.EXACT)}
    names = (FILE,) if recipe.system == 'segllm' else FILES
    card = {'licence': started.manifest.get('licence', 'unknown'),
            'source': f'trained from {base(plan).name} ({started.digest[:12]})',
            'version': __version__, 'unused': [],
            'training': json.loads(json.dumps({**asdict(recipe), 'start': base(plan).name}))}
    target = out / MODEL
    shutil.rmtree(target, ignore_errors=True)
    folder.write(target, recipe.system, started.config,
                 {name: tensors[name].to(kind) for name, kind in kinds.items()},
                 {name: base(plan) / name for name in names}, card)
    return target


