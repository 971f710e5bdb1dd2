# SPDX-License-Identifier: Apache-2.0
"""Requests in the words that the public models were trained with: references become words.

SegLLM (Wang et al. 2025, appendix B) gives models without a memory of masks two ways to refer to
an earlier result: as "the mask" (they have their own words of earlier rounds before them), or by
its label. SegLLM itself counts its answers: "instance 2" is what the second one showed. Sentences
only: no tokens and no masks.

Options are the choices that a user may make about such an engine.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reasonseg_ros.core.dialogue.dialogue import Instance
from reasonseg_ros.core.errors import BadRequest
from reasonseg_ros.nn import quantise

LABEL, MASK = 'label', 'mask'
WAYS = (LABEL, MASK)

_NUMBERED = re.compile(r'\b(?:the )?instance ([0-9]+)\b')
_SENTENCE = re.compile(r'(?:what|which|where|who|whose|how|why|when|can|could|is|are|do|does|'
                       r'segment|show|find|point|mark|give|identify|locate|highlight)\b')
_QUESTION = re.compile(r'(?:what|which|where|who|whose|how|why|when|can|could|is|are|do|does)\b')


def with_references(text: str, labels: Mapping[int, str], way: str) -> str:
    """Say in words which earlier instances are meant.

    text    as the reference grammar leaves it: "instance 2" for a number, labels for pronouns
    labels  id -> label of what the text refers to
    way     LABEL: "the mug's handle"; MASK: "the mask's handle"

    A reference that the text does not speak of is added: "the handle" of instance 2, a mug,
    becomes "the handle of the mug".
    """
    if not labels:
        return text
    called = {i: 'the mask' if way == MASK else f'the {label}' for i, label in labels.items()}
    spoken = _NUMBERED.sub(lambda m: called.get(int(m[1]), m[0]), text)
    mentioned = spoken != text
    for label in set(labels.values()):
        mentioned |= bool(re.search(rf'\b{re.escape(label)}\b', spoken))
        if way == MASK:  # "the other mug" is another one
            spoken = re.sub(rf'\b(?:the|that|this) {re.escape(label)}\b', 'the mask', spoken)
    if not mentioned:
        spoken += f' of {" and ".join(dict.fromkeys(called.values()))}'
    return spoken


def with_answer_numbers(text: str, turns: Mapping[int, int], references: Sequence[Instance]) -> str:
    """Say by the number of its answer which instance is meant.

    turns  id of an instance -> number of the answer that showed it. One that no answer showed is
           called by its label, where it is among the references
    """
    called = {i.id: f'the {i.label}' for i in references}
    called |= {i: f'instance {turn}' for i, turn in turns.items()}
    return _NUMBERED.sub(lambda m: called.get(int(m[1]), m[0]), text)


def command(text: str) -> str:
    """Return the request in the form of SegLLM's dialogues: "Segment the mug."."""
    return _sentence(text if _SENTENCE.match(text.lower()) else f'segment {text}')


def instruction(text: str) -> str:
    """Return the request in the form of the evaluation of LISA.

    A phrase is asked for by "What is ... in this image?", a sentence stands for itself.
    """
    if not _SENTENCE.match(text.lower()):
        asked = f'What is {text} in this image?'
    else:
        asked = _sentence(text)
    return f'{asked} Please output segmentation mask.'


def _sentence(text: str) -> str:
    end = '?' if _QUESTION.match(text.lower()) else '.'
    return f'{text[:1].upper()}{text[1:]}{end}'


FREE, PARENT = 'free', 'parent'
CROP, PAD = 'crop', 'pad'


@dataclass(frozen=True)
class Options:
    """What a model without a memory of masks sees and is asked, and what is kept of its parts.

    references  how words stand for earlier results; see with_references
    parts       FREE: masks of parts as they come; PARENT: only what lies in their object's mask
    view        what the language model sees of an image that is not square: CROP: the middle, as
                in the papers; PAD: all of it, smaller
    quant       the language model's weights, see nn.quantise; 'none': in the type of the others
    """

    references: str = LABEL
    parts: str = FREE
    view: str = CROP
    quant: str = quantise.NONE

    @classmethod
    def choices(cls) -> dict[str, tuple[str, ...]]:
        """Return the values of each option."""
        return {'references': WAYS, 'parts': (FREE, PARENT), 'view': (CROP, PAD),
                'quant': quantise.KINDS}

    @classmethod
    def parse(cls, text: str) -> 'Options':
        """Read "references=mask parts=parent"; '' gives the defaults; raises BadRequest."""
        given, choices = {}, cls.choices()
        for pair in text.replace(',', ' ').split():
            name, _, value = pair.partition('=')
            if name not in choices:
                known = ', '.join(f'{key}={"|".join(way)}' for key, way in choices.items())
                raise BadRequest(f'engine option "{pair}" is unknown; options are {known}')
            if value not in choices[name]:
                raise BadRequest(f'engine option "{name}" is "{value}"; choose one of '
                                 f'{", ".join(choices[name])}')
            given[name] = value
        return cls(**given)
