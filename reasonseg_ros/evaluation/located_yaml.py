# SPDX-License-Identifier: Apache-2.0
"""Values of a YAML or JSON file that know their line, so that errors can name it.

JSON is read as YAML, of which it is a part. Scalars are taken as they are written: `say: no` is
the word "no". Does not know any schema (`evaluation.script`).
"""

import difflib
import math
from collections.abc import Collection
from pathlib import Path

import yaml

from reasonseg_ros.core.errors import BadInput

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

    def mapping(self, required: Collection[str], optional: Collection[str] = ()
                ) -> dict[str, 'YamlValue']:
        """Return the fields of a mapping that has all of `required` and maybe `optional`."""
        if not isinstance(self._node, yaml.MappingNode):
            raise self.wrong(f'found {self._kind()}, expected a mapping with '
                             f'{", ".join([*required, *optional])}')
        fields: dict[str, YamlValue] = {}
        for key, value in self._node.value:
            name = str(key.value)
            inside = YamlValue(self._path, value, f'{self._field}.{name}'.lstrip('.'))
            if name not in required and name not in optional:
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


def read(path: Path) -> YamlValue:
    """Read a file. Raises BadInput with the line of what is not YAML."""
    try:
        text = path.read_text(encoding='utf-8')
    except FileNotFoundError as error:
        raise BadInput(f'{path} does not exist; give a file of dialogues, YAML or JSON'
                       ) from error
    except (UnicodeDecodeError, IsADirectoryError) as error:
        raise BadInput(f'{path} is not UTF-8 text; give a file of dialogues, YAML or JSON'
                       ) from error
    if path.suffix == '.json':
        text = text.replace('\t', ' ')  # space in JSON, but not in YAML
    try:
        node = yaml.compose(text, Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise BadInput(f'{path}, line {mark.line + 1 if mark else 1}: this is not YAML or JSON '
                       f'({error.problem or error.context}); correct it there') from error
    except yaml.YAMLError as error:
        raise BadInput(f'{path} is not YAML or JSON ({" ".join(str(error).split())})') from error
    if node is None:
        raise BadInput(f'{path} is empty; write dialogues into it')
    return YamlValue(path, node)
