# SPDX-License-Identifier: Apache-2.0
"""`reasonseg ablate`: what it refuses, what every run begins with, and which runs it makes.

Trains nothing and measures nothing: both are replaced here.
"""

from pathlib import Path

import pytest
import torch
from support import tiny
from support.runs import made_up

from reasonseg_ros.cli import main as cli
from reasonseg_ros.core.errors import ReasonSegError
from reasonseg_ros.engines.registry import embedded_checkpoint
from reasonseg_ros.engines.weights import embedded as checkpoints

try:
    from reasonseg_ros.training import ablations
except ReasonSegError as error:  # no off-screen OpenGL
    pytest.skip(str(error), allow_module_level=True)
from reasonseg_ros.nn.tabletop.model import TabletopModel
from reasonseg_ros.training.ablations import AblationPlan
from reasonseg_ros.training.loop import prepare
from reasonseg_ros.training.plan import WITHOUT, TrainingPlan

RUNS = ('whole', *WITHOUT)
PARTS = ('encoder.stem.weight', 'dense.0.weight', 'colour.1.bias', 'mask2.weight',
         'embedding.weight', 'memory_mask.0.weight', 'transformer.norm.weight', 'decide.0.bias')


@pytest.fixture
def trained(tmp_path) -> Path:
    """A checkpoint with a tensor of each kind; no model could be built from it."""
    path = tmp_path / 'trained.safetensors'
    checkpoints.write(path, 'tabletop', {'vocabulary': ['mug']}, {'stages': [{'steps': 5}]},
                      {name: torch.full((2,), float(k)) for k, name in enumerate(PARTS)})
    return path


@pytest.fixture
def done(monkeypatch) -> list:
    """What was trained and measured, in order."""
    told = []

    def train(plan: TrainingPlan) -> Path:
        prepare(plan.out, plan.recipe)
        (plan.out / 'tabletop.safetensors').write_bytes(b'')
        told.append(plan)
        return plan.out / 'tabletop.safetensors'

    def measure(engine, setting, folder, *_):
        told.append((folder.parent.name, setting.templates, setting.scenes))
        folder.mkdir(parents=True, exist_ok=True)
        return made_up(4)

    monkeypatch.setattr(ablations, 'run', train)
    monkeypatch.setattr(ablations, 'load', lambda *_: None)
    monkeypatch.setattr(ablations, 'run_dialogues', measure)
    return told


def command(trained: Path, out: Path, *options: str) -> list[str]:
    return ['ablate', 'tabletop', '--data', 'train', '--val', 'val', '--out', str(out),
            '--start', str(trained), *options]


@pytest.mark.parametrize('option', ['--steps', '--scenes'])
def test_a_number_below_one_is_refused_in_one_line(option, trained, tmp_path, done, capsys):
    assert cli.main(command(trained, tmp_path / 'out', option, '0')) == 2
    assert capsys.readouterr().err.splitlines() == [
        f'reasonseg ablate: {option} is 0; give 1 or more']
    assert not done and not (tmp_path / 'out').exists()


def test_only_what_sees_is_kept_of_a_trained_model(trained, tmp_path):
    plan = AblationPlan(Path('train'), Path('val'), tmp_path / 'out')
    ablations.prepare_start(plan, trained, chosen=True)
    whole, seeing = (checkpoints.read(p, 'tabletop') for p in (trained, plan.start))
    assert set(seeing.tensors) == set(PARTS[:5])
    assert all(torch.equal(tensor, whole.tensors[name])
               for name, tensor in seeing.tensors.items())
    assert seeing.config == whole.config
    names = TabletopModel(tiny.config()).state_dict()
    assert all(any(name.startswith(part) for name in names) for part in ablations.SEEING)
    assert seeing.card == {'stages': [{'seeing_part_of': whole.digest[:12]}]}


def test_without_a_start_all_runs_begin_with_the_model_of_the_package(trained, tmp_path, done):
    words = command(trained, tmp_path / 'out', '--only', 'whole')
    del words[words.index('--start'):words.index('--start') + 2]
    assert cli.main(words) == 0
    begun = checkpoints.read(tmp_path / 'out' / 'seeing.safetensors', 'tabletop')
    packed = checkpoints.read(embedded_checkpoint('tabletop'), 'tabletop')
    assert begun.card == {'stages': [{'seeing_part_of': packed.digest[:12]}]}


def test_every_run_has_the_same_recipe_but_for_the_part_that_it_lacks(trained, tmp_path, done):
    out = tmp_path / 'out'
    assert cli.main(command(trained, out, '--steps', '7', '--scenes', '3', '--seed', '4')) == 0
    trainings = [told for told in done if isinstance(told, TrainingPlan)]
    assert [t.recipe.without for t in trainings] == ['', *WITHOUT]
    assert [t.out for t in trainings] == [out / name for name in RUNS]
    recipes = [t.recipe for t in trainings]
    assert {(r.start, r.steps, r.seed, r.vision_steps) for r in recipes} == {
        (str(out / 'seeing.safetensors'), 7, 4, 0)}
    assert {t.eval_every for t in trainings} == {7}
    assert [told for told in done if isinstance(told, tuple)] == [
        (name, templates, 3) for name in RUNS for templates in ('unseen', 'seen')]
    table = (out / 'ablations.md').read_text()
    assert all(f'without {name}, unseen phrasings' in table for name in WITHOUT)
    assert (out / 'ablations.html').exists()


def test_a_finished_training_is_not_repeated_nor_taken_for_one_of_other_options(
        trained, tmp_path, done, capsys):
    options = ('--only', 'whole', 'box')
    assert cli.main(command(trained, tmp_path / 'out', *options)) == 0
    done.clear()
    assert cli.main(command(trained, tmp_path / 'out', *options)) == 0
    assert [told[0] for told in done] == ['whole', 'whole', 'box', 'box']
    capsys.readouterr()
    assert cli.main(command(trained, tmp_path / 'out', *options, '--steps', '601')) == 2
    assert 'was started with another recipe' in capsys.readouterr().err


def test_another_start_is_refused_where_runs_began_already(trained, tmp_path, done, capsys):
    out, other = tmp_path / 'out', tmp_path / 'other.safetensors'
    assert cli.main(command(trained, out, '--only', 'whole')) == 0
    checkpoints.write(other, 'tabletop', {}, {}, {'encoder.x': torch.zeros(1)})
    before = len(done)
    assert cli.main(command(other, out, '--only', 'whole')) == 2
    assert 'leave --start out, or give another --out' in capsys.readouterr().err
    assert len(done) == before
