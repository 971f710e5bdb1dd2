# SPDX-License-Identifier: Apache-2.0
"""Values of a YAML or JSON file that know their line, so that errors can name it.

JSON is read as YAML, of which it is a part. Scalars are taken as they are written: `say: no` is
the word "no". Does not know any schema (`evaluation.script`, `benchmarks.labelled_frames`).
"""

import difflib
import math
from collections.abc import Collection
from pathlib import Path

import yaml

from reasonseg_ros.core.errors import BadInput
from reasonseg_ros.core.mask_input import from_counts
from reasonseg_ros.core.masks import Rle

DEEPEST = 100       # levels of lists and mappings
Loader = getattr(yaml, 'CSafeLoader', yaml.SafeLoader)


class YamlValue:
    """One value: a mapping, a list or a scalar.

    where  'FILE, line N, field a.b[0].c', for messages
    """

    def __init__(self, path: Path, node: yaml.Node, field: str = '') -> None:
        self._path = path
        self._node = node
        self._field = field
        self.where = f'{path}, line {node.start_mark.line + 1}'
        if field:
            self.where += f', field {field}'

    def wrong(self, problem: str) -> BadInput:
        """Return the error that says what is wrong here."""
        return BadInput(f'{self.where}: {problem}')

    def mapping(self, required: Collection[str], optional: Collection[str] = (),
                others: bool = False) -> dict[str, 'YamlValue']:
        """Return the fields of a mapping that has all of `required` and maybe `optional`.

        others  whether there may be fields that are not known here
        """
        if not isinstance(self._node, yaml.MappingNode):
            raise self.wrong(f'found {self._kind()}, expected a mapping with '
                             f'{", ".join([*required, *optional])}')
        fields: dict[str, YamlValue] = {}
        for key, value in self._node.value:
            name = str(key.value)
            inside = YamlValue(self._path, value, f'{self._field}.{name}'.lstrip('.'))
            if not others and name not in required and name not in optional:
                known = [*required, *optional]
                close = difflib.get_close_matches(name, known, 1)
                raise YamlValue(self._path, key, inside._field).wrong(
                    'this field is unknown; '
                    + (f'did you mean "{close[0]}"?' if close else f'known: {", ".join(known)}'))
            if name in fields:
                raise inside.wrong('this field is there twice')
            fields[name] = inside
        if missing := [name for name in required if name not in fields]:
            raise self.wrong(f'the field {missing[0]} is missing')
        return fields

    def items(self) -> list['YamlValue']:
        """Return the entries of a list."""
        if not isinstance(self._node, yaml.SequenceNode):
            raise self.wrong(f'found {self._kind()}, expected a list')
        return [YamlValue(self._path, node, f'{self._field}[{index}]')
                for index, node in enumerate(self._node.value)]

    def text(self) -> str:
        """Return a scalar as written; it is not empty."""
        if not isinstance(self._node, yaml.ScalarNode):
            raise self.wrong(f'found {self._kind()}, expected text')
        if not self._node.value.strip() or self._node.tag.endswith(':null'):
            raise self.wrong('this text is empty')
        return str(self._node.value)

    def number(self) -> float:
        """Return a finite number."""
        text = self.text()
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise self.wrong(f'found "{text}", expected a number')
        return value

    def whole(self) -> int:
        """Return a whole number."""
        value = self.number()
        if value != int(value):
            raise self.wrong(f'found {value:g}, expected a whole number')
        return int(value)

    def flag(self) -> bool:
        """Return true or false."""
        text = self.text().lower()
        if text not in ('true', 'false'):
            raise self.wrong(f'found "{text}", expected true or false')
        return text == 'true'

    def is_list(self) -> bool:
        """Whether this is a list."""
        return isinstance(self._node, yaml.SequenceNode)

    def _kind(self) -> str:
        if isinstance(self._node, yaml.CollectionNode):
            return 'a mapping' if isinstance(self._node, yaml.MappingNode) else 'a list'
        return f'"{self._node.value}"'


def read(path: Path, what: str = 'a file of dialogues') -> YamlValue:
    """Read a file; `what` it is, for messages. Raises BadInput with the line of what is not YAML.
    """
    try:
        text = path.read_text(encoding='utf-8-sig')
    except FileNotFoundError as error:
        raise BadInput(f'{path} does not exist; give {what}, YAML or JSON'
                       ) from error
    except (UnicodeDecodeError, IsADirectoryError) as error:
        raise BadInput(f'{path} is not UTF-8 text; give {what}, YAML or JSON'
                       ) from error
    except OSError as error:
        raise BadInput(f'{path} cannot be read ({error.strerror}); check its permissions'
                       ) from error
    if path.suffix == '.json':
        text = text.replace('\t', ' ')  # space in JSON, but not in YAML
    try:
        _check_nesting(text, path)
        node = yaml.compose(text, Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise BadInput(f'{path}, line {mark.line + 1 if mark else 1}: this is not YAML or JSON '
                       f'({error.problem or error.context}); correct it there') from error
    except yaml.YAMLError as error:
        raise BadInput(f'{path} is not YAML or JSON ({" ".join(str(error).split())})') from error
    if node is None:
        raise BadInput(f'{path} is empty; give {what}')
    return YamlValue(path, node)


def _check_nesting(text: str, path: Path) -> None:
    """Refuse what nests without end: the composer is native code and would crash. Raises BadInput.
    """
    inside: list[str | None] = []   # anchors of the collections that are open
    for event in yaml.parse(text, Loader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.CollectionStartEvent):
            inside.append(event.anchor)
            if len(inside) > DEEPEST:
                raise BadInput(f'{path}, line {line}: found more than {DEEPEST} levels, one in the '
                               'other; expected a handful')
        elif isinstance(event, yaml.CollectionEndEvent):
            inside.pop()
        elif isinstance(event, yaml.AliasEvent) and event.anchor in inside:
            raise BadInput(f'{path}, line {line}: found "*{event.anchor}" inside of what it stands '
                           'for; write it out')


def run_length_mask(marked: YamlValue, size: tuple[int, int], where: str = 'the image') -> Rle:
    """Return the mask that `{size: [height, width], counts: ...}` holds, COCO run lengths.

    size   (width, height) that it must have, which is that of ...
    where  ... what it is drawn on, for messages

    Counts are a list of numbers or compressed. Raises BadInput that names line and field.
    """
    fields = marked.mapping(('size', 'counts'))
    shape = [one.whole() for one in fields['size'].items()]
    if len(shape) != 2:
        raise fields['size'].wrong(f'found {len(shape)} numbers, expected height and width')
    height, width = shape
    check_size(fields['size'], (width, height), size, where)
    counts = fields['counts']
    given: object
    if counts.is_list():
        given = [one.number() for one in counts.items()]
    else:
        given = counts.text()
    try:
        return from_counts(given, height, width)
    except ValueError as error:
        raise counts.wrong(str(error)) from error


def check_size(marked: YamlValue, found: tuple[int, int], expected: tuple[int, int], where: str
               ) -> None:
    """Raise BadInput when a mask, (width, height), is not of the size of what it is drawn on."""
    if found != expected:
        raise marked.wrong(f'the mask is {found[0]}x{found[1]}, {where} {expected[0]}x'
                           f'{expected[1]}; draw it on {where}')
