# SPDX-License-Identifier: Apache-2.0
"""A whole training of the model `tabletop`: train, evaluate on the way, calibrate, write the card.

The loop itself is `training.loop`. Prints nothing but its progress.
"""

from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file

from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.engines.devices import find_device
from reasonseg_ros.engines.protocol import Engine, EngineFacts
from reasonseg_ros.engines.tabletop.engine import Tabletop
from reasonseg_ros.engines.weights import embedded as checkpoints
from reasonseg_ros.evaluation.figures import RIGHT_IOU, answers
from reasonseg_ros.evaluation.records import RoundRecord
from reasonseg_ros.evaluation.summaries import values
from reasonseg_ros.evaluation.tabletop import run as run_dialogue
from reasonseg_ros.evaluation.tabletop_runs import PROBE
from reasonseg_ros.nn.tabletop.config import TabletopConfig
from reasonseg_ros.nn.tabletop.model import TabletopModel
from reasonseg_ros.nn.tabletop.tokenizer import Tokenizer
from reasonseg_ros.nn.tabletop.variants import build
from reasonseg_ros.sim.dialogues.generator import generate
from reasonseg_ros.sim.dialogues.mr_tabletop import dialogue
from reasonseg_ros.training.batch import Batch, DialogueBatches, tabletop_config
from reasonseg_ros.training.calibrate import decision_bias, score_line
from reasonseg_ros.training.loop import Objective, Team, finish, in_team, prepare, train
from reasonseg_ros.training.losses import WEIGHTS, dense_losses, losses
from reasonseg_ros.training.plan import TabletopRecipe, TrainingPlan, check, check_splits, command
from reasonseg_ros.training.scene_dataset import SceneSet, open_scenes

ENGINE = 'tabletop'
SHOWN = ('object_ciou', 'part_ciou', 'false_refusal', 'absent_category', 'absent_all',
         'ambiguous_recall')
CALIBRATION = (8, 40)  # dialogues in a batch, batches: about 2000 validation rounds
SCORED = 200           # validation dialogues that the line of the scores is fitted on


def run(plan: TrainingPlan[TabletopRecipe]) -> Path:
    """Train, or go on; return the checkpoint that engines load. Raises BadRequest."""
    check(plan)
    scenes, val = open_scenes(plan.data), open_scenes(plan.val)
    check_splits(plan, ENGINE, scenes.plan.split, val.plan.split)
    recipe = plan.recipe
    prepare(plan.out, recipe)
    in_team(_train, plan)
    model = build(tabletop_config(recipe.without))
    model.load_state_dict(load_file(plan.out / f'last-{recipe.steps}.safetensors'))
    _calibrate(model.eval(), val, recipe.seed)
    stage = {'command': command(plan, ENGINE), 'data': asdict(scenes.plan),
             'loss_weights': WEIGHTS}
    return finish(plan.out, ENGINE, model.config.to_json(), model.state_dict(), recipe, stage,
                  asdict(val.plan))


def _train(rank: int, plan: TrainingPlan[TabletopRecipe], address: str) -> None:
    """Train as one process of the team."""
    team = Team(rank, plan.processes)
    team.join(address)
    recipe, val = plan.recipe, open_scenes(plan.val)
    learn(tabletop_config(recipe.without), open_scenes(plan.data), plan,
          lambda model: validate(model, val, plan.eval_scenes), team)


def learn(config: TabletopConfig, scenes: SceneSet, plan: TrainingPlan[TabletopRecipe],
          evaluate: Callable[[TabletopModel], dict[str, float]], team: Team = Team(),
          save_every: int = 100) -> TabletopModel:
    """Train a model from the recipe's start, or go on with the run in the plan's folder."""
    recipe = plan.recipe
    torch.manual_seed(recipe.seed)
    model = build(config)
    if recipe.start:
        begin_with(model, checkpoints.read(Path(recipe.start), ENGINE))

    def learnt(model: TabletopModel, batch: Batch, step: int, generator: torch.Generator
               ) -> dict[str, torch.Tensor]:
        batch = batch.to(model.position.device)
        # On CPUs float32 is the fast path for layers of this size; bfloat16 pays on CUDA only.
        with torch.autocast('cuda', torch.bfloat16, enabled=batch.images.is_cuda):
            if step <= recipe.vision_steps:
                return dense_losses(model, model.encode(batch.images).dense, batch)
            return losses(model, batch, generator)

    batches = DialogueBatches(scenes, config, recipe.batch // team.size, recipe.seed)
    return train(model.to(find_device(plan.device)), batches, Objective(learnt, WEIGHTS), plan,
                 evaluate, team, save_every)


def begin_with(model: TabletopModel, start: checkpoints.Checkpoint) -> None:
    """Take the weights of an earlier model; words and modules that it lacks stay as they are."""
    rows = model.embedding.weight.detach().clone()
    earlier = Tokenizer(start.config['vocabulary']).ids
    for word, row in model.tokenizer.ids.items():
        if word in earlier:
            rows[row] = start.tensors['embedding.weight'][earlier[word]]
    model.load_state_dict({**model.state_dict(), **start.tensors, 'embedding.weight': rows})


def _calibrate(model: TabletopModel, val: SceneSet, seed: int) -> None:
    """Fit decisions and scores on validation dialogues; see `training.calibrate`."""
    size, count = CALIBRATION
    dialogues = DialogueBatches(val, model.config, size, seed, val.plan.split)
    model.config = replace(model.config, decision_bias=decision_bias(model, dialogues, count))
    scored = [(answer.score, answer.iou >= RIGHT_IOU) for r in _results(model, val, SCORED)
              for answer in answers(r) if answer.score is not None]
    model.config = replace(model.config, score_line=score_line(
        [score for score, _ in scored], [right for _, right in scored]))


def validate(model: TabletopModel, scenes: SceneSet, count: int) -> dict[str, float]:
    """Free-running figures in percent on the first `count` validation scenes."""
    results = values(_results(model, scenes, count))
    engine = _engine(model)
    memory, blank = (values(_probe(engine, scenes, count, on)) for on in (True, False))
    gain = memory['object_ciou'] - blank['object_ciou']
    return {**{name: 100 * results[name] for name in SHOWN}, 'other_gain': 100 * gain,
            'other_hit': 100 * memory['hit']}


def _results(model: TabletopModel, scenes: SceneSet, count: int) -> list[RoundRecord]:
    engine = _engine(model)
    return [record for i in range(min(count, len(scenes))) for record in run_dialogue(
        engine, str(i), Frame(scenes.rgb(i)), scenes.truth(i),
        dialogue(scenes.truth(i), 'val', scenes.seed(i)))]


def _probe(engine: Engine, scenes: SceneSet, count: int, memory: bool) -> list[RoundRecord]:
    """Ask for "the other X" after an instance given by its mask, where there are two of a kind."""
    records = []
    for i in range(min(count, len(scenes))):
        turns = generate(scenes.truth(i), np.random.default_rng([0, i]), 'val', 2, script=PROBE)
        if tuple(turn.kind for turn in turns) == PROBE:
            records += run_dialogue(engine, str(i), Frame(scenes.rgb(i)), scenes.truth(i), turns,
                                    memory=memory)
    return records


def _engine(model: TabletopModel) -> Tabletop:
    return Tabletop(model, EngineFacts(
        'tabletop', 'training', 'Apache-2.0', str(model.position.device),
        str(model.position.dtype), 0, 0))
