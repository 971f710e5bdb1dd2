# SPDX-License-Identifier: Apache-2.0
"""How well the engine `household` sees rendered scenes: masks, names, parts, colours.

What is measured is the inventory that the engine answers from. Trains nothing; fits one number.
"""

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import torch
from torch.nn import functional as F

from reasonseg_ros.core.scene.inventory import COLOURS, Inventory, Thing
from reasonseg_ros.engines.household.look import look
from reasonseg_ros.nn.perception.network import PerceptionModel
from reasonseg_ros.sim.household.colours import NO_COLOUR
from reasonseg_ros.training.household.losses import masks_of, name_logits
from reasonseg_ros.training.household.samples import FEWEST, camera_of, photo, truth
from reasonseg_ros.training.household.scenes import HouseholdScenes, HouseholdView

FOUND = 0.5             # intersection over union from which a thing is found
SMALLEST = 4 * FEWEST   # pixels of a thing that must be found; others may be
TEMPERATURES = np.geomspace(0.4, 3.0, 53)


@dataclass
class _Tally:
    """Sums over scenes.

    overlap    pixels that masks share with the thing that they were matched with
    said, true pixels of all masks, and of all things
    right, all by figure: how often something is right, and how often it is asked
    """

    overlap: int = 0
    said: int = 0
    true: int = 0
    right: Counter[str] = field(default_factory=Counter)
    all: Counter[str] = field(default_factory=Counter)

    def note(self, figure: str, right: int, count: int = 1) -> None:
        self.right[figure] += right
        self.all[figure] += count

    @property
    def mask_f(self) -> float:
        """Overlap F in percent (Xie et al., CoRL 2019, sec. 5.1): all pixels count alike."""
        return 100 * 2 * self.overlap / max(self.said + self.true, 1)

    def share(self, figure: str) -> float:
        """How often it is right, in percent."""
        return 100 * self.right[figure] / max(self.all[figure], 1)


def validate(model: PerceptionModel, scenes: HouseholdScenes, count: int) -> dict[str, float]:
    """Figures in percent on the first `count` scenes, each photographed once.

    mask_f         overlap F of all masks, with depth; mask_f_colour without
    found          things with a mask of IoU >= FOUND, with depth; found_colour without
    name_right     things found, with depth, whose likeliest name is right
    part_right     pixels of found things with several parts that carry the right part
    colour_right   things found whose largest colour is right
    """
    tallies = {True: _Tally(), False: _Tally()}
    for index in range(min(count, len(scenes))):
        view = scenes.view(index)
        for with_depth, tally in tallies.items():
            rng = np.random.default_rng([scenes.seeds[index], 1])
            frame = photo(view, camera_of(view), rng, with_depth)
            _add(tally, look(model, frame), view)
    deep, flat = tallies[True], tallies[False]
    return {'mask_f': deep.mask_f, 'mask_f_colour': flat.mask_f, 'found': deep.share('found'),
            'found_colour': flat.share('found'), 'name_right': deep.share('name'),
            'part_right': deep.share('part'), 'colour_right': deep.share('colour')}


def _add(tally: _Tally, inventory: Inventory, view: HouseholdView) -> None:
    owners = view.owners
    visible = [k for k in range(len(view.things)) if (owners == k + 1).sum() >= SMALLEST]
    aside = (owners > 0) & ~np.isin(owners, [k + 1 for k in visible])
    true = [owners == k + 1 for k in visible]
    said = [thing.mask.decode() & ~aside for thing in inventory.things]
    shared = np.array([[np.count_nonzero(a & b) for b in true] for a in said], int)
    shared = shared.reshape(len(said), len(true))
    sizes = [int(a.sum()) for a in said], [int(b.sum()) for b in true]
    tally.said += sum(sizes[0])
    tally.true += sum(sizes[1])
    tally.note('found', 0, len(true))
    for i, j in _pairs(shared, *sizes):
        tally.overlap += int(shared[i, j])
        if shared[i, j] >= FOUND * (sizes[0][i] + sizes[1][j] - shared[i, j]):
            tally.note('found', 1, 0)
            _compare(tally, inventory.things[i], view, visible[j], true[j])


def _pairs(shared: np.ndarray, said: list[int], true: list[int]) -> list[tuple[int, int]]:
    """Masks and things matched one to one, those with the largest F first."""
    f = 2 * shared / np.maximum(np.add.outer(said, true), 1)
    pairs: list[tuple[int, int]] = []
    for flat in np.argsort(-f, axis=None, kind='stable'):
        i, j = np.unravel_index(flat, f.shape)
        if f[i, j] > 0 and all(i != a and j != b for a, b in pairs):
            pairs.append((int(i), int(j)))
    return pairs


def _compare(tally: _Tally, seen: Thing, view: HouseholdView, thing: int, mask: np.ndarray
             ) -> None:
    """Name, colour and parts of one thing that was found."""
    tally.note('name', seen.name == view.things[thing])
    hues = view.hue[mask]
    hues = hues[hues != NO_COLOUR]
    if len(hues):
        usual = COLOURS[int(np.bincount(hues).argmax())]
        tally.note('colour', max(seen.colours, key=lambda name: seen.colours[name]) == usual)
    found = {part.name: part.mask.decode() for part in seen.parts}
    regions = {part: view.ids == k for k, (owner, part) in enumerate(view.regions, start=1)
               if owner == thing}
    if sum(region.any() for region in regions.values()) > 1:
        right = sum(int((region & found[part]).sum()) for part, region in regions.items()
                    if part in found)
        tally.note('part', right, int(mask.sum()))


@torch.inference_mode()
def fit_temperature(model: PerceptionModel, scenes: HouseholdScenes, count: int) -> float:
    """Return the temperature of the names that fits true masks of `count` scenes.

    One number divides the logits so that chances are as right as they say (Guo et al., 2017).
    """
    device = next(model.parameters()).device
    logits, names = [], []
    for index in range(min(count, len(scenes))):
        view = scenes.view(index)
        rng = np.random.default_rng([scenes.seeds[index], 2])
        frame = photo(view, camera_of(view), rng, bool(index % 2))
        batch = truth(view, frame, model.config, rng).to(device)
        if len(batch.names[0]):
            masks = masks_of(batch.ids[0], len(batch.names[0]))
            logits.append(name_logits(model, model(batch.image).features[0], masks,
                                      batch.geometry[0]))
            names.append(batch.names[0])
    costs = [float(F.cross_entropy(torch.cat(logits) / t, torch.cat(names)))
             for t in TEMPERATURES]
    return float(TEMPERATURES[int(np.argmin(costs))])
