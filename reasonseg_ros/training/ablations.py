# SPDX-License-Identifier: Apache-2.0
"""What the parts of the model `tabletop` are worth: the same training without each of them.

All runs begin with the same seeing part, which knows nothing of dialogues, so that a short
training says something; the rest begins at random. A finished run is not repeated. Draws no tables.
"""

from dataclasses import dataclass
from pathlib import Path

from reasonseg_ros.core.errors import BadInput
from reasonseg_ros.engines.registry import load
from reasonseg_ros.engines.weights import embedded as checkpoints
from reasonseg_ros.evaluation.records import Run, save
from reasonseg_ros.evaluation.tabletop_runs import TEMPLATES, Cost, TabletopSetting, run_dialogues
from reasonseg_ros.training.loop import prepare
from reasonseg_ros.training.plan import TabletopRecipe, TrainingPlan
from reasonseg_ros.training.run import run

WHOLE = 'whole'
SEEING = ('encoder.', 'dense.', 'colour.', 'mask2.', 'embedding.')   # names of its tensors begin


@dataclass(frozen=True)
class AblationPlan:
    """What all runs share.

    data, val  folders of training and of validation scenes
    out        folder of the runs, each in a folder of its name
    scenes     test dialogues that each run is measured with
    """

    data: Path
    val: Path
    out: Path
    steps: int = 600
    batch: int = 12
    seed: int = 1
    processes: int = 1
    device: str = 'auto'
    scenes: int = 100

    @property
    def start(self) -> Path:
        """The seeing part that all runs begin with."""
        return self.out / 'seeing.safetensors'

    def training(self, name: str) -> TrainingPlan[TabletopRecipe]:
        """The training of one run: WHOLE or a key of `plan.WITHOUT`."""
        recipe = TabletopRecipe(self.steps, self.batch, vision_steps=0, seed=self.seed,
                                start=str(self.start), without='' if name == WHOLE else name)
        return TrainingPlan(self.data, self.val, self.out / name, recipe, self.device,
                            self.processes, eval_every=self.steps)


def title(name: str) -> str:
    """Name of a run for people."""
    return name if name == WHOLE else f'without {name}'


def prepare_start(plan: AblationPlan, checkpoint: Path, chosen: bool) -> None:
    """Keep what sees of a trained model, and what its words mean to it, as the start of all runs.

    chosen  whether the user named the checkpoint: then runs that began with another one are
            refused (BadInput)
    """
    if not plan.start.exists():
        whole = checkpoints.read(checkpoint, 'tabletop')
        seeing = {name: t for name, t in whole.tensors.items() if name.startswith(SEEING)}
        card = {'stages': [{'seeing_part_of': whole.digest[:12]}]}
        checkpoints.write(plan.start, 'tabletop', whole.config, card, seeing)
    elif chosen:
        origin = checkpoints.read(plan.start, 'tabletop').card['stages'][0]['seeing_part_of']
        if origin != checkpoints.read(checkpoint, 'tabletop').digest[:12]:
            raise BadInput(f'the runs in {plan.out} began with checkpoint {origin}, not '
                           f'with {checkpoint}; leave --start out, or give another --out')


def train_once(plan: AblationPlan, name: str) -> Path | None:
    """Train a run; return its checkpoint, None when it was there.

    Raises BadRequest when the run that is there has another recipe.
    """
    training = plan.training(name)
    if _checkpoint(plan, name).exists():
        prepare(training.out, training.recipe)
        return None
    return run(training)


def measure(plan: AblationPlan, name: str) -> dict[str, Run]:
    """Run MR-Tabletop with a finished model, in unseen and in seen phrasings; keep the results."""
    engine = load('tabletop', str(_checkpoint(plan, name)), plan.device)
    runs: dict[str, Run] = {}
    for templates in TEMPLATES:
        subject = f'{title(name)}, {templates} phrasings'
        folder = plan.out / name / templates
        setting = TabletopSetting(scenes=plan.scenes, templates=templates)
        runs[subject] = run_dialogues(engine, setting, folder, False, Cost(), subject)
        save(runs[subject], folder / 'results.json')
    return runs


def _checkpoint(plan: AblationPlan, name: str) -> Path:
    return plan.out / name / 'tabletop.safetensors'
