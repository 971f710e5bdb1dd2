# SPDX-License-Identifier: Apache-2.0
"""The markers in the messages of SegLLM conversations. Words only; reads no file.

    human  [IMAGE256:image]   [MASK-ENCODE:image|source|mask]   [BOX-ENCODE:image|source|mask]
    gpt    [MASK-DECODE:image|source|mask]
           [MASK-DECODE:relation:reference:mask:image:source]
           [MASK-DECODE:relation:reference:reference:mask:image:source]

Other brackets are words. Format: berkeley-hipie/segllm, llava/train/train.py.
"""

import re
from dataclasses import dataclass

from reasonseg_ros.benchmarks.conversation import SEG
from reasonseg_ros.core.errors import BadInput

# "instance 2", "instances 1, 2 and 3"; without commas once they were taken out
NUMBERED = re.compile(r'\binstances? \d+(?:(?:,? and |,? )\d+)*', re.IGNORECASE)
_MARKER = re.compile(r'\[(IMAGE256|MASK-ENCODE|BOX-ENCODE|MASK-DECODE):([^\]]*)\]')
_NO_MASK = ('', "'", 'none')


@dataclass(frozen=True)
class MaskName:
    """Where the data keep a mask; `mask` is '' where an image has only one."""

    image: str
    source: str
    mask: str

    @property
    def key(self) -> str:
        """Name of the mask in its conversation."""
        return f'{self.source}/{self.mask or self.image}'


@dataclass(frozen=True)
class Decode:
    """One mask that an answer shows, what it stands to, and the masks that it is told from."""

    target: MaskName
    relation: str = 'none'
    references: tuple[MaskName, ...] = ()


def images(message: str) -> tuple[str, ...]:
    """Return the images that a message brings."""
    return tuple(text for kind, text in _MARKER.findall(message) if kind == 'IMAGE256')


def encoded(message: str) -> tuple[MaskName, ...]:
    """Return the masks that a human message brings, each once, in order. Raises BadInput."""
    names = (_parts(text, '|', 3) for kind, text in _MARKER.findall(message)
             if kind in ('MASK-ENCODE', 'BOX-ENCODE'))
    return tuple(dict.fromkeys(_name(*parts) for parts in names))


def decoded(message: str) -> tuple[Decode, ...]:
    """Return the masks that an answer shows, in order. Raises BadInput."""
    return tuple(_decode(text) for kind, text in _MARKER.findall(message)
                 if kind == 'MASK-DECODE')


def spoken(message: str) -> str:
    """Return the words of a human message."""
    return ' '.join(_MARKER.sub(' ', message).split())


def numbers(words: str) -> tuple[int, ...]:
    """Return the numbers of the instances that are named."""
    return tuple(int(n) for named in NUMBERED.findall(words) for n in re.findall(r'\d+', named))


def answered(message: str) -> str:
    """Return the words of an answer, with [SEG] at each mask."""
    return ' '.join(_MARKER.sub(SEG, message).split())


def _decode(text: str) -> Decode:
    if '|' in text:
        return Decode(_name(*_parts(text, '|', 3)))
    parts = text.split(':')
    if len(parts) not in (5, 6):
        raise BadInput(f'the marker "MASK-DECODE:{text}" has {len(parts)} parts; expected 5 or 6, '
                       'separated by ":"')
    relation, *named, image, source = parts
    *references, target = (_name(image, source, mask) for mask in named)
    return Decode(target, relation, tuple(r for r in references if r.mask))


def _parts(text: str, separator: str, count: int) -> list[str]:
    parts = text.split(separator)
    if len(parts) != count:
        raise BadInput(f'the marker "{text}" has {len(parts)} parts; expected {count}, separated '
                       f'by "{separator}"')
    return parts


def _name(image: str, source: str, mask: str) -> MaskName:
    return MaskName(image.strip(), source.strip(), '' if mask in _NO_MASK else mask.strip())
