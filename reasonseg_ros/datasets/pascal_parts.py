# SPDX-License-Identifier: Apache-2.0
"""What the numbers in Pascal Panoptic Parts mean: ppp_datasetspec.yaml, in words that people say.

Reads no label images (`label_drafts`).
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml

from reasonseg_ros.core.errors import BadInput
from reasonseg_ros.datasets.wording import plain

# class -> (its name, part -> name), by the numbers of the label images
PartNames = Mapping[int, tuple[str, Mapping[int, str]]]


def part_names(path: Path) -> PartNames:
    """Read ppp_datasetspec.yaml. Raises BadInput.

    Classes and parts count from 1 as they are listed. Of some parts, wheels for one, an image has
    up to 20: `countable_pids_groupings` says which numbers those have instead.
    """
    try:
        held = yaml.safe_load(path.read_text(encoding='utf-8-sig'))
        several = held.get('countable_pids_groupings') or {}
        found = {}
        for number, (name, parts) in enumerate(held['scene_class2part_classes'].items(), 1):
            groups = {str(part): numbers for part, numbers in several.get(name, {}).items()}
            said = {place: part for place, part in enumerate(map(str, parts), 1)
                    if part not in groups}
            said |= {int(place): part for part, places in groups.items() for place in places}
            found[number] = _said(str(name)), {place: _said(p) for place, p in said.items()}
    except (OSError, yaml.YAMLError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadInput(f'"{path}" does not name classes and parts ({" ".join(str(error).split())}'
                       '); expected ppp_datasetspec.yaml of panoptic_parts') from error
    if not found:
        raise BadInput(f'"{path}" names no classes; expected ppp_datasetspec.yaml of '
                       'panoptic_parts')
    return found


def _said(name: str) -> str:
    return _WORDS.get(name) or plain(name.replace('_', ' '))


def _words() -> Iterator[tuple[str, str]]:
    """What the abbreviations stand for."""
    for side, left in (('l', 'left'), ('r', 'right')):
        for part in ('wing', 'eye', 'ear', 'horn', 'leg', 'foot', 'hand'):
            yield f'{side}{part}', f'{left} {part}'
        yield f'{side}ebrow', f'{left} eyebrow'
        yield f'{left}mirror', f'{left} mirror'
        for half, upper in (('u', 'upper'), ('l', 'lower')):
            for limb in ('arm', 'leg'):
                yield f'{side}{half}{limb}', f'{left} {upper} {limb}'
        for end, front in (('f', 'front'), ('b', 'back')):
            for short, part in (('leg', 'leg'), ('uleg', 'upper leg'), ('lleg', 'lower leg'),
                                ('pa', 'paw'), ('ho', 'hoof')):
                yield f'{side}{end}{short}', f'{left} {front} {part}'
    for end, front in (('f', 'front'), ('b', 'back')):
        yield f'{end}wheel', f'{front} wheel'
        yield f'{end}liplate', f'{front} license plate'
    for side in ('front', 'left', 'right', 'back', 'roof'):
        words = 'roof' if side == 'roof' else f'{side} side'
        yield f'{side}side', words
        yield f'h{side}side', f'{words} of the head'
        yield f'c{side}side', f'{words} of the coach'
    yield from (('pottedplant', 'potted plant'), ('tvmonitor', 'monitor'))


_WORDS = dict(_words())
