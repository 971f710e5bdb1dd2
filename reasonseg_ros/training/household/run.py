# SPDX-License-Identifier: Apache-2.0
"""A whole training of the model `household`: train, evaluate on the way, calibrate, write the card.

The loop itself is `training.loop`. Prints its progress, and the type that it computes in.
"""

import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import torch
from safetensors.torch import load_file
from tqdm import tqdm

from reasonseg_ros.core.errors import BadCheckpoint
from reasonseg_ros.engines.devices import find_device
from reasonseg_ros.engines.weights import embedded as checkpoints
from reasonseg_ros.nn.perception.network import PerceptionConfig, PerceptionModel
from reasonseg_ros.training.household.losses import WEIGHTS, losses
from reasonseg_ros.training.household.samples import (
    PerceptionBatch,
    PerceptionBatches,
    household_config,
)
from reasonseg_ros.training.household.scenes import HouseholdScenes, open_scenes
from reasonseg_ros.training.household.validation import fit_temperature, validate
from reasonseg_ros.training.loop import Objective, Team, finish, in_team, prepare, train
from reasonseg_ros.training.plan import (
    DTYPES,
    HouseholdRecipe,
    TrainingPlan,
    check,
    check_splits,
    command,
)

ENGINE = 'household'
CALIBRATION = 200   # validation scenes, at most, that the temperature is fitted on
TIMED = 2           # steps of each type that are timed; the first one also sets up kernels
TIMED_BATCH = 2     # samples in them
# Layers whose rows are words: field of the configuration, and whether a last row is "none of them".
HEADS = {'parts': ('parts', True), 'colours': ('colours', False), 'name.3': ('categories', True)}


def run(plan: TrainingPlan[HouseholdRecipe]) -> Path:
    """Train, or go on; return the checkpoint that the engine loads.

    Raises BadRequest, BadInput for scenes and BadCheckpoint for a start that cannot be read.
    """
    check(plan)
    scenes, val = open_scenes(plan.data), open_scenes(plan.val)
    check_splits(plan, ENGINE, scenes.split, val.split)
    # What cannot be read is refused before there is a run folder.
    for folder in (scenes, val):
        for index in (0, len(folder) - 1):
            folder.view(index)
    if plan.recipe.start:
        checkpoints.read(Path(plan.recipe.start), ENGINE)
    recipe = replace(plan.recipe, dtype=_dtype(plan, scenes))
    plan = replace(plan, recipe=recipe)
    prepare(plan.out, recipe)
    in_team(_train, plan)
    model = PerceptionModel(household_config())
    model.load_state_dict(load_file(plan.out / f'last-{recipe.steps}.safetensors'))
    config = replace(model.config, temperature=fit_temperature(model.eval(), val, CALIBRATION))
    # Half the size; the engine computes in float32.
    tensors = {name: t.half() if t.is_floating_point() else t
               for name, t in model.state_dict().items()}
    stage = {'command': command(plan, ENGINE), 'data': scenes.about(), 'loss_weights': WEIGHTS}
    return finish(plan.out, ENGINE, config.to_json(), tensors, recipe, stage, val.about())


def _dtype(plan: TrainingPlan[HouseholdRecipe], scenes: HouseholdScenes) -> str:
    """The type to compute in: as asked for, as the run began, or the faster one of the two.

    CPUs without instructions for bfloat16 (AMX, AVX512-BF16) are several times slower in it.
    """
    if plan.recipe.dtype != 'auto':
        return plan.recipe.dtype
    label = plan.out / 'recipe.json'
    if label.exists():
        return str(json.loads(label.read_text()).get('dtype', 'auto'))
    device = find_device(plan.device)
    recipe = replace(plan.recipe, batch=min(plan.recipe.batch, TIMED_BATCH))
    seconds = {dtype: _step_seconds(scenes, replace(recipe, dtype=dtype), device)
               for dtype in DTYPES[1:]}
    fastest = min(seconds, key=lambda dtype: seconds[dtype])
    tqdm.write(f'{device.type}: a training step takes '
               + ' and '.join(f'{value:.2f} s in {dtype}' for dtype, value in seconds.items())
               + f'; the run computes in {fastest}')
    return fastest


def _step_seconds(scenes: HouseholdScenes, recipe: HouseholdRecipe, device: torch.device) -> float:
    """Seconds of one forward and backward pass, the shortest of TIMED ones."""
    config = household_config()
    model = PerceptionModel(config).to(device)
    model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # hints lack it
    batch = PerceptionBatches(scenes, config, recipe.batch, recipe.seed)[1]
    objective = _objective(recipe, device)
    times = []
    for _ in range(TIMED):
        start = time.perf_counter()
        parts = objective.losses(model, batch, 1, torch.Generator().manual_seed(0))
        objective.total(parts).backward()
        next(model.parameters()).sum().item()    # waits for the device
        times.append(time.perf_counter() - start)
    return min(times)


def _objective(recipe: HouseholdRecipe, device: torch.device
               ) -> Objective[PerceptionModel, PerceptionBatch]:
    def learnt(model: PerceptionModel, batch: PerceptionBatch, step: int,
               generator: torch.Generator) -> dict[str, torch.Tensor]:
        with torch.autocast(device.type, torch.bfloat16, enabled=recipe.dtype == 'bfloat16'):
            return losses(model, batch.to(device), generator)

    return Objective(learnt, WEIGHTS)


def _train(rank: int, plan: TrainingPlan[HouseholdRecipe], address: str) -> None:
    """Train as one process of the team."""
    team = Team(rank, plan.processes)
    team.join(address)
    val = open_scenes(plan.val)
    learn(household_config(), open_scenes(plan.data), plan,
          lambda model: validate(model, val, plan.eval_scenes), team)


def learn(config: PerceptionConfig, scenes: HouseholdScenes,
          plan: TrainingPlan[HouseholdRecipe],
          evaluate: Callable[[PerceptionModel], dict[str, float]], team: Team = Team(),
          save_every: int = 100) -> PerceptionModel:
    """Train a model from the recipe's start, or go on with the run in the plan's folder."""
    recipe, device = plan.recipe, find_device(plan.device)
    torch.manual_seed(recipe.seed)
    model = PerceptionModel(config)
    if recipe.start:
        begin_with(model, checkpoints.read(Path(recipe.start), ENGINE))
    batches = PerceptionBatches(scenes, config, recipe.batch // team.size, recipe.seed,
                                recipe.tabletop_weight)
    return train(model.to(device), batches, _objective(recipe, device), plan, evaluate, team,
                 save_every)


def begin_with(model: PerceptionModel, start: checkpoints.Checkpoint) -> None:
    """Take the weights of an earlier model. Raises BadCheckpoint for one of other sizes.

    A part or category that it lacks begins as what it was to that model: none of the known ones.
    """
    own = model.state_dict()
    try:
        earlier = PerceptionConfig.from_json(start.config)
        tensors = {name: start.tensors[name] for name in own}
        for layer, (words, has_none) in HEADS.items():
            old: tuple[str, ...] = getattr(earlier, words)
            for name in (f'{layer}.weight', f'{layer}.bias'):
                rows = own[name].clone()
                for place, word in enumerate((*getattr(model.config, words), *has_none * ('',))):
                    if word in old or has_none:
                        rows[place] = tensors[name][old.index(word) if word in old else len(old)]
                tensors[name] = rows
        model.load_state_dict(tensors)
    except (KeyError, IndexError, RuntimeError, TypeError) as error:
        first = str(error).strip().splitlines()[0]
        raise BadCheckpoint(f'the start has other sizes than this version of the model ({first}); '
                            'begin with another checkpoint, or leave --start out') from error
