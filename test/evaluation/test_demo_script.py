# SPDX-License-Identifier: Apache-2.0
"""The demo's dialogue: whole for every seed, right by the truth, said in unseen words."""

import numpy as np
import pytest

from reasonseg_ros.core.dialogue.dialogue import Dialogue, Instance, Round
from reasonseg_ros.core.errors import ReasonSegError, Status
from reasonseg_ros.core.language.references import Command, parse
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.sim.language.phrases import all_templates

try:
    from reasonseg_ros.evaluation import demo_script
except (ImportError, ReasonSegError) as error:  # no MuJoCo, or no off-screen OpenGL
    pytest.skip(str(error), allow_module_level=True)


def _spoken(template):
    return template.replace('{is}', 'is')


@pytest.fixture(scope='module', params=[*(('tabletop', seed) for seed in range(5)),
                                        ('household', 0)])
def script(request):
    world, seed = request.param
    if world == 'household':
        pytest.importorskip('embreex')
    return demo_script.choose(seed, 320, 240, world)


def _answer(dialogue, step, script):
    """Record the right answer of a step, with the references that its words make."""
    shown = [r.instances[0].id for r in dialogue.rounds if r.instances]
    anchor = f'instance {shown[step.anchor - 1]}' if step.anchor else ''
    parsed = parse(step.sentence.replace('{anchor}', anchor), dialogue)
    if parsed.command is not Command.ASK:
        dialogue.rewind(parsed.keep)
        return parsed
    index = len(dialogue.rounds) + 1
    instances = tuple(
        Instance(dialogue.next_id + n, 0, index,
                 part or script.view.truth.objects[obj].category, 1.0,
                 Rle.encode(mask))
        for n, ((obj, part), mask) in enumerate(zip(step.targets, script.masks(step))))
    dialogue.append(Round(index, step.sentence, parsed.text, parsed.references, step.status, '',
                          instances))
    return parsed


def test_a_dialogue_has_at_least_eight_rounds_of_every_sort(script):
    assert len(script.steps) >= 8
    statuses = [step.status for step in script.steps]
    assert statuses.count(Status.NOTHING_FOUND) == 1
    assert statuses.count(Status.AMBIGUOUS) == 1
    assert sum(step.undo for step in script.steps) == 1
    assert any(part for step in script.steps for _, part in step.targets)
    assert len({step.title for step in script.steps}) == len(script.steps)


def test_every_target_is_in_view(script):
    for step in script.steps:
        assert bool(step.targets) == (step.status is not Status.NOTHING_FOUND and not step.undo)
        assert all(mask.any() for mask in script.masks(step))


def test_the_words_refer_to_what_the_script_means(script):
    dialogue = Dialogue('demo')
    parsed = [_answer(dialogue, step, script) for step in script.steps]
    by_title = dict(zip((s.title for s in script.steps), parsed, strict=True))
    assert by_title['its part'].references == (1,)
    assert by_title['a position to an instance'].references == (1,)
    assert by_title['the part of that one'].references == (3,)
    assert 3 in by_title['the other one'].references
    assert by_title['not there'].references == ()
    assert by_title['the reply'].references == (8, 9)
    assert by_title['a correction'].references == (10,)
    assert by_title['undo'].command is Command.UNDO
    assert by_title['a part, after the undo'].references == (10,)
    assert len(dialogue.rounds) == len(script.steps) - 2


def test_the_last_steps_are_said_from_aside(script):
    aside = [step for step in script.steps if step.aside]
    assert aside == list(script.steps[-3:]) and script.degrees
    assert script.later.rgb.shape == script.view.rgb.shape
    assert (script.later.rgb != script.view.rgb).any()
    assert [step.targets for step in aside] == [
        script.steps[k].targets for k in (2, 0, 1)], 'of what was shown before'


def test_the_missing_category_is_missing(script):
    step = next(s for s in script.steps if s.status is Status.NOTHING_FOUND)
    noun = step.sentence.removeprefix(demo_script.ABSENT.format(object=''))
    assert noun not in {item.category for item in script.view.truth.objects}


def test_the_same_seed_gives_the_same_dialogue():
    first, again = (demo_script.choose(0, 160, 120) for _ in range(2))
    assert again.steps == first.steps
    assert np.array_equal(again.view.rgb, first.view.rgb)


def test_every_wording_is_from_the_test_split():
    wordings = (demo_script.DIRECT, *demo_script.PARTS, demo_script.POSITION, demo_script.OTHER,
                demo_script.ALL, demo_script.ABSENT, demo_script.AMBIGUOUS, demo_script.LEFT,
                demo_script.RIGHT, demo_script.CORRECTION)
    unseen, seen = ({_spoken(t) for t in all_templates(split).values()}
                    for split in ('test', 'train'))
    for wording in wordings:
        assert wording in unseen
        assert wording not in seen


def test_a_negative_seed_is_refused():
    with pytest.raises(ReasonSegError, match='seed is -1'):
        demo_script.choose(-1, 320, 240)
