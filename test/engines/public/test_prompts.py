# SPDX-License-Identifier: Apache-2.0
"""References become words, in both ways, and requests take the form that models were asked in."""

import pytest
from support.fakes import rectangle

from reasonseg_ros.core.dialogue.dialogue import Instance
from reasonseg_ros.engines.public.prompts import (
    LABEL,
    MASK,
    command,
    instruction,
    with_answer_numbers,
    with_references,
)

MUG, BOTTLE = (Instance(i, 0, 1, label, 0.9, rectangle(0, 0, 4, 4))
               for i, label in ((1, 'mug'), (2, 'bottle')))


@pytest.mark.parametrize(('text', 'references', 'by_label', 'as_mask'), [
    ('the lid', (), 'the lid', 'the lid'),
    ("the mug's handle", (MUG,), "the mug's handle", "the mask's handle"),
    ('the handle of instance 1', (MUG,), 'the handle of the mug', 'the handle of the mask'),
    ('the one left of instance 1 and instance 2', (MUG, BOTTLE),
     'the one left of the mug and the bottle', 'the one left of the mask and the mask'),
    ('the lid', (BOTTLE,), 'the lid of the bottle', 'the lid of the mask'),
    ('the other mug', (MUG,), 'the other mug', 'the other mug'),
])
def test_earlier_results_are_spoken_of_in_either_way(text, references, by_label, as_mask) -> None:
    labels = {i.id: i.label for i in references}
    assert with_references(text, labels, LABEL) == by_label
    assert with_references(text, labels, MASK) == as_mask


@pytest.mark.parametrize(('text', 'asked'), [
    ('the red mug', 'What is the red mug in this image? Please output segmentation mask.'),
    ('which part keeps it shut', 'Which part keeps it shut? Please output segmentation mask.'),
    ('segment the mug', 'Segment the mug. Please output segmentation mask.'),
])
def test_requests_take_the_form_of_the_evaluation_of_lisa(text, asked) -> None:
    assert instruction(text) == asked


@pytest.mark.parametrize(('text', 'asked'), [
    ('the red mug', 'Segment the red mug.'),
    ('which part keeps it shut', 'Which part keeps it shut?'),
    ('show the mug', 'Show the mug.'),
])
def test_commands_take_the_form_of_the_dialogues_of_segllm(text, asked) -> None:
    assert command(text) == asked


def test_instances_are_counted_by_the_answers_that_showed_them() -> None:
    text = 'the lid of instance 2, not of instance 1 or instance 7'
    assert with_answer_numbers(text, {2: 1}, (MUG, BOTTLE)) == (
        'the lid of instance 1, not of the mug or instance 7')
