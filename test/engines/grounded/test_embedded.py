# SPDX-License-Identifier: Apache-2.0
"""The package's own network, asked for phrases: scenes of the simulated tabletop, unseen ones."""

from collections.abc import Iterator

import numpy as np
import pytest

pytest.importorskip('reasonseg_ros.sim.rendering.gl')  # before mujoco itself

from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.errors import BadRequest
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.engines import registry
from reasonseg_ros.engines.grounded import embedded
from reasonseg_ros.engines.grounded.embedded import EmbeddedProposer
from reasonseg_ros.engines.grounded.engine import GroundedEngine
from reasonseg_ros.engines.grounded.prompted import OBJECT
from reasonseg_ros.engines.household.engine import Household
from reasonseg_ros.evaluation.figures import right
from reasonseg_ros.evaluation.tabletop_runs import TabletopSetting, run_scene
from reasonseg_ros.evaluation.views import TabletopViews
from reasonseg_ros.sim.dialogues.truth import SceneTruth

OPTIONS = 'resolver=rules embedded=phrases'


@pytest.fixture(scope='module')
def views() -> Iterator[TabletopViews]:
    with TabletopViews('val', (640, 480), 0) as made:
        yield made


@pytest.fixture(scope='module')
def scene(views) -> tuple[Frame, SceneTruth]:
    """Return a lamp, a purple brush and more."""
    return views.show(4)


@pytest.fixture
def proposer() -> EmbeddedProposer:
    return EmbeddedProposer(Household.load(registry.embedded_checkpoint(), 'cpu'))


def test_phrases_are_masks_of_one_look_with_their_presence(proposer, scene, monkeypatch):
    looks = []
    look = embedded.look
    monkeypatch.setattr(embedded, 'look', lambda *given: looks.append(1) or look(*given))
    frame, truth = scene
    encoded = proposer.encode(frame)
    found = proposer.propose(encoded, ['desk lamp', 'brush', 'widget', OBJECT])
    assert len(looks) == 1 and found['widget'] == ()
    for noun, category in (('desk lamp', 'lamp'), ('brush', 'brush')):
        true = [truth.mask(k, None) for k, o in enumerate(truth.objects) if o.category == category]
        assert max(Rle.encode(p.mask).iou(Rle.encode(mask)) for mask in true
                   for p in found[noun]) > 0.7
        presences = [p.presence for p in found[noun]]
        assert presences == sorted(presences, reverse=True)
    assert len(found[OBJECT]) >= len(truth.objects) - 1


def test_parts_are_inside_their_whole_without_another_look(proposer, scene):
    encoded = proposer.encode(scene[0])
    lamp = proposer.propose(encoded, ['lamp'])['lamp'][0].mask
    inside, window = proposer.inside(encoded, lamp)
    assert window == (0, 0, 640, 480)
    parts = proposer.propose(inside, ['shade', 'keyboard'])
    assert parts['keyboard'] == ()
    assert (parts['shade'][0].mask & lamp).sum() > 0.9 * parts['shade'][0].mask.sum()
    nowhere, _ = proposer.inside(encoded, np.zeros_like(lamp))
    assert proposer.propose(nowhere, ['shade']) == {'shade': ()}


def test_it_answers_dialogues_of_the_benchmark(views):
    engine = registry.load('grounded', '', 'cpu', options=OPTIONS)
    assert isinstance(engine, GroundedEngine) and engine.segmenter.open_words
    assert engine.facts.weights.endswith('.phrases+rules')
    setting = TabletopSetting('val', scenes=3)
    rounds = [r for place in range(3) for r in run_scene(engine, setting, views, place)]
    assert sum(map(right, rounds)) >= 0.7 * len(rounds)   # 78 % of 60 such dialogues


def test_the_own_network_is_asked_for_phrases_where_it_cuts(tmp_path):
    with pytest.raises(BadRequest, match='not the package\'s own network'):
        registry.load('grounded', str(tmp_path), 'cpu', options='embedded=phrases')
