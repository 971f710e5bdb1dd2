# SPDX-License-Identifier: Apache-2.0
"""A plan as values: the command that its card names."""

from pathlib import Path

from reasonseg_ros.training.plan import TabletopRecipe, TrainingPlan, command


def test_the_card_names_every_changed_option_and_no_absolute_path():
    recipe = TabletopRecipe(steps=50, rate=0.002, vision_steps=5,
                            start='/home/me/first.safetensors')
    plan = TrainingPlan(Path('/home/me/train'), Path('val'), Path('runs/a'), recipe, eval_scenes=7)
    assert command(plan, 'tabletop') == (
        'reasonseg train tabletop --data train --val val --out runs/a --steps 50 --rate 0.002 '
        '--vision-steps 5 --start first.safetensors --eval-scenes 7')
