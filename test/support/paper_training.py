# SPDX-License-Identifier: Apache-2.0
"""Trainings of the papers' systems that take seconds: very small networks, scenes of rectangles.

`python -m support.paper_training SYSTEM FOLDER STEPS PROCESSES` runs one as a process that may be
killed.
"""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from reasonseg_ros.sim.dialogues.truth import ObjectTruth, SceneTruth
from reasonseg_ros.training.loop import Team, in_team, prepare
from reasonseg_ros.training.papers import run, simulator, tiny
from reasonseg_ros.training.papers.recipes import PRESETS

HEIGHT, WIDTH = 48, 64
KINDS = 'mug', 'mug', 'pan'
ALIKE, APART = ('red', 'red', 'blue'), ('red', 'green', 'blue')
PAINT = {'red': (200, 40, 40), 'green': (40, 200, 40), 'blue': (40, 40, 200)}


class Tables:
    """Images of two mugs and a pan, rectangles; stands for `scene_dataset.SceneSet`."""

    def __init__(self, first: int, colours: tuple[str, str, str], count: int = 16) -> None:
        self._first, self._colours, self._count = first, colours, count

    def __len__(self) -> int:
        return self._count

    def seed(self, index: int) -> int:
        return self._first + index

    def truth(self, index: int) -> SceneTruth:
        rng = np.random.default_rng(self.seed(index))
        ids = np.zeros((HEIGHT, WIDTH), np.uint8)
        for place, column in enumerate(rng.permutation(3)):
            y, x = rng.integers(2, 20), 2 + 20 * column
            ids[y:y + 20, x:x + 16] = place + 1
        objects = tuple(ObjectTruth(*look, '') for look in zip(KINDS, self._colours))
        return SceneTruth(objects, tuple((place, 'body') for place in range(3)), ids)

    def rgb(self, index: int) -> np.ndarray:
        colours = np.array([(90, 90, 90), *(PAINT[c] for c in self._colours)], np.uint8)
        return colours[self.truth(index).ids]


def shrink() -> None:
    """Make the networks of `tiny` smaller still, and draw no scenes."""
    torch.set_num_threads(1)
    tiny.LLAMA.update(hidden_size=32, intermediate_size=48, num_hidden_layers=1,
                      num_attention_heads=2, num_key_value_heads=2)
    tiny.CLIP.update(hidden_size=16, intermediate_size=24, num_hidden_layers=2,
                     num_attention_heads=2, image_size=28)
    tiny.SAM.update(image_size=64, encoder_embed_dim=16, encoder_depth=2, encoder_num_heads=2,
                    encoder_global_attn_indexes=[1], prompt_embed_dim=32, decoder_mlp_dim=32)
    tiny.DINO.update(embed_dim=8, depth=1, num_heads=1)
    tiny.DINO_SIDE = 112
    tiny.HIPIE.update(stem=8, width=4, out=16, inner=32, fusion=64, queries=12, image_size=64)

    def opened(system, split, folder, processes=1, count=0):
        # SegLLM's two mugs are told apart by their colours; M2SA is asked about the pan.
        colours = APART if system == 'segllm' else ALIKE
        tables = Tables(0 if split == 'train' else 1000, colours)
        return simulator.SimulatorSource(system, tables, tuple(range(len(tables))), split)
    simulator.open_simulator = opened


def plan(system: str, out: Path, steps: int = 4, processes: int = 1, **given) -> run.PaperPlan:
    """A run of four samples a step, two at a time."""
    recipe = replace(PRESETS[system]['tiny'], steps=steps, batch=4, micro=2, warmup=2, points=200,
                     **given)
    return run.PaperPlan('simulator', out, recipe, device='cpu', processes=processes,
                         eval_every=steps, eval_samples=2, save_every=1)


def begin(made: run.PaperPlan) -> None:
    """Write the base and the recipe, as `run.run` does."""
    if not (made.out / run.BASE).exists():
        made.out.mkdir(parents=True, exist_ok=True)
        tiny.make(made.recipe.system, made.out / run.BASE, simulator.sentences(), 1)
    prepare(made.out, made.recipe)


def work(rank: int, made: run.PaperPlan, address: str) -> None:
    """One process of a team."""
    shrink()
    team = Team(rank, made.processes)
    team.join(address)
    run.learn(made, team)


if __name__ == '__main__':
    shrink()
    chosen = plan(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
    begin(chosen)
    in_team(work, chosen)
