# SPDX-License-Identifier: Apache-2.0
"""Choices that a user may make about an engine for public models. Values only."""

from dataclasses import dataclass

from reasonseg_ros.core.errors import BadRequest
from reasonseg_ros.engines.public import prompts
from reasonseg_ros.nn import quantise

FREE, PARENT = 'free', 'parent'
CROP, PAD = 'crop', 'pad'


@dataclass(frozen=True)
class Options:
    """What a model without a memory of masks sees and is asked, and what is kept of its parts.

    references  how words stand for earlier results; see prompts.with_references
    parts       FREE: masks of parts as they come; PARENT: only what lies in their object's mask
    view        what the language model sees of an image that is not square: CROP: the middle, as
                in the papers; PAD: all of it, smaller
    quant       the language model's weights, see nn.quantise; 'none': in the type of the others
    """

    references: str = prompts.LABEL
    parts: str = FREE
    view: str = CROP
    quant: str = quantise.NONE

    @classmethod
    def choices(cls) -> dict[str, tuple[str, ...]]:
        """Return the values of each option."""
        return {'references': prompts.WAYS, 'parts': (FREE, PARENT), 'view': (CROP, PAD),
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
