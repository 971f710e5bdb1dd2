# SPDX-License-Identifier: Apache-2.0
"""Validation of the household engine: what a perfect, an empty and a half-right look score."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from support.household_scenes import small_config, write_scenes

from reasonseg_ros.core.masks import Rle
from reasonseg_ros.core.scene.inventory import COLOURS, Inventory, Part, Thing
from reasonseg_ros.nn.perception.network import PerceptionModel
from reasonseg_ros.sim.household.things import BUILDERS
from reasonseg_ros.training.household import validation
from reasonseg_ros.training.household.scenes import HouseholdView
from reasonseg_ros.training.household.validation import TEMPERATURES, fit_temperature, validate

FIGURES = ('mask_f', 'mask_f_colour', 'found', 'found_colour', 'name_right', 'part_right',
           'colour_right')


def inventory_of(view: HouseholdView) -> Inventory:
    """What a perfect look finds."""
    things = []
    for k, name in enumerate(view.things):
        mask = view.owners == k + 1
        hue = COLOURS[int(np.bincount(view.hue[mask]).argmax())]
        parts = tuple(Part(part, 1.0, Rle.encode(view.ids == place))
                      for place, (owner, part) in enumerate(view.regions, start=1) if owner == k)
        things.append(Thing(Rle.encode(mask), 1.0, {name: 1.0}, {hue: 1.0}, (0.0, 0.0),
                            parts=parts))
    return Inventory(*view.ids.shape, tuple(things), tuple(BUILDERS))


def figures(monkeypatch, tmp_path, change) -> dict[str, float]:
    """Validate a look at two scenes that finds what `change` makes of the truth."""
    scenes = write_scenes(tmp_path, 900_000, 900_007)   # alike: they move by the seed modulo 7
    found = [change(inventory_of(scenes.view(k))) for k in range(2)]
    looks = iter([found[0], found[0], found[1], found[1]])   # each with and without depth
    monkeypatch.setattr(validation, 'look', lambda model, frame: next(looks))
    return validate(PerceptionModel(small_config()), scenes, 5)


def test_a_perfect_look_scores_a_hundred(monkeypatch, tmp_path):
    assert figures(monkeypatch, tmp_path, lambda seen: seen) == dict.fromkeys(FIGURES, 100.0)


def test_seeing_nothing_scores_nothing(monkeypatch, tmp_path):
    found = figures(monkeypatch, tmp_path, lambda seen: replace(seen, things=()))
    assert found == dict.fromkeys(FIGURES, 0.0)


def test_one_wrong_name_of_three_things_is_a_third(monkeypatch, tmp_path):
    def misnamed(seen: Inventory) -> Inventory:
        first = replace(seen.things[0], names={'bowl': 1.0})
        return replace(seen, things=(first, *seen.things[1:]))
    found = figures(monkeypatch, tmp_path, misnamed)
    assert found['name_right'] == pytest.approx(200 / 3)
    assert all(found[name] == 100 for name in FIGURES if name != 'name_right')


def test_two_things_taken_for_one_are_one_thing_found(monkeypatch, tmp_path):
    def joined(seen: Inventory) -> Inventory:
        small, large = seen.things[2], seen.things[1]
        both = Rle.encode(small.mask.decode() | large.mask.decode())
        return replace(seen, things=(seen.things[0], replace(large, mask=both)))
    found = figures(monkeypatch, tmp_path, joined)
    assert found['found'] == pytest.approx(200 / 3) and 60 < found['mask_f'] < 95


def test_a_part_is_right_where_its_pixels_are(monkeypatch, tmp_path):
    def without_handle(seen: Inventory) -> Inventory:
        mug = replace(seen.things[0], parts=seen.things[0].parts[:1])
        return replace(seen, things=(mug, *seen.things[1:]))
    found = figures(monkeypatch, tmp_path, without_handle)
    mug, handle, can = 60 * 70 + 25 * 30, 25 * 30, 50 * 90
    assert found['part_right'] == pytest.approx(100 * (1 - handle / (mug + can)))


def test_the_temperature_makes_an_overconfident_model_say_what_it_knows(tmp_path):
    scenes = write_scenes(tmp_path, 900_000, 900_001)
    torch.manual_seed(0)
    model = PerceptionModel(small_config()).eval()
    last = model.name[3]
    with torch.no_grad():
        last.weight.mul_(60)
        last.bias.zero_()
    assert fit_temperature(model, scenes, 2) == pytest.approx(TEMPERATURES[-1])
    with torch.no_grad():   # right about every mug and can, but hesitant
        last.weight.zero_()
        last.bias.fill_(0.0)
        last.bias[[model.config.categories.index('mug'), model.config.categories.index('can')]] = 2
    assert fit_temperature(model, scenes, 2) == pytest.approx(TEMPERATURES[0])
