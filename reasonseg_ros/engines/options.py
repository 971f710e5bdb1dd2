# SPDX-License-Identifier: Apache-2.0
"""Choices that a user may make about an engine for public models. Values only."""

from collections.abc import Collection
from dataclasses import dataclass

from reasonseg_ros.core.errors import BadRequest
from reasonseg_ros.core.frame import Frame
from reasonseg_ros.engines import phrasing
from reasonseg_ros.nn import clip

REFERENCES, PARTS, VIEW = 'references', 'parts', 'view'
FREE, PARENT = 'free', 'parent'
CROP, PAD = 'crop', 'pad'
CHOICES = {REFERENCES: phrasing.WAYS, PARTS: (FREE, PARENT), VIEW: (CROP, PAD)}


@dataclass(frozen=True)
class Options:
    """What a model sees and is asked, and what is kept of its parts.

    references  for a model without a memory of masks: how words stand for earlier results; see
                phrasing.with_references
    parts       FREE: masks of parts as they come; PARENT: only what lies in their object's mask
    view        what the language model sees of a picture that is not square: CROP: the middle, as
                in the papers; PAD: all of it, smaller
    """

    references: str = phrasing.LABEL
    parts: str = FREE
    view: str = CROP

    @staticmethod
    def parse(text: str, names: Collection[str] = tuple(CHOICES)) -> 'Options':
        """Read "references=mask parts=parent"; '' gives the defaults; raises BadRequest.

        names  the options that the engine has
        """
        given = {}
        for pair in text.replace(',', ' ').split():
            name, _, value = pair.partition('=')
            if name not in names:
                known = ', '.join(f'{key}={"|".join(way)}' for key, way in CHOICES.items()
                                  if key in names)
                raise BadRequest(f'engine option "{pair}" is unknown; options are {known}')
            if value not in CHOICES[name]:
                raise BadRequest(f'engine option "{name}" is "{value}"; choose one of '
                                 f'{", ".join(CHOICES[name])}')
            given[name] = value
        return Options(**given)


def unseen(frame: Frame, options: Options) -> str:
    """Say how much of the frame the language model could not see; '' where it saw all."""
    hidden = clip.hidden_share(frame.height, frame.width)
    if options.view == PAD or hidden == 0:
        return ''
    return (f' (the model sees the middle of the picture; {100 * hidden:.0f} % lies outside, '
            'which engine option view=pad would show)')
