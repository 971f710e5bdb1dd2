# SPDX-License-Identifier: Apache-2.0
"""Writes docs/parameters.md from the table of parameters: `python scripts/parameter_docs.py`.

A test compares the file with the table. Explains nothing that the table does not.
"""

import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FILE = ROOT / 'docs' / 'parameters.md'
sys.path.insert(0, str(ROOT))

from reasonseg_ros.ros import params
from reasonseg_ros.ros.param_table import Spec

HEAD = """\
# Parameters of the segmenter

Written by `python scripts/parameter_docs.py` from the table in `reasonseg_ros/ros/params.py`,
which the node declares and checks; a test compares the two. `ros2 param describe /segmenter <name>`
says the same at the robot.

A wrong value is refused with its reason, together with everything that was set with it. The values
of [config/reasonseg.yaml](../config/reasonseg.yaml) are the defaults. Parameters that are fixed at
the start only are given there, on the command line (`--ros-args -p name:=value`), or at launch.
"""
TAIL = """\
Two kinds come from ROS itself: `use_sim_time` (take the time from `/clock`), and, for every topic,
`qos_overrides.<topic>.<publisher|subscription>.<history|depth|reliability|durability>`, with the
topic as it is after remapping, e.g.

```yaml
/**:
  ros__parameters:
    qos_overrides:
      /camera/color/image_raw:
        subscription: {reliability: reliable}
```
"""
KINDS = {str: 'string', bool: 'bool', int: 'integer', float: 'double', list: 'string array'}


COLUMNS = ('name', 'type', 'default', 'values', 'changes', 'meaning')


def text() -> str:
    """Return the whole file."""
    lines = [_row(COLUMNS), _row('---' for _ in COLUMNS), *map(_parameter, params.TABLE)]
    return '\n'.join([HEAD, *lines, '', TAIL])


def _parameter(spec: Spec) -> str:
    values = ', '.join(f'`{_literal(choice)}`' for choice in spec.choices) or 'any'
    if spec.form:
        values = f'each {spec.form[1]}'
    if spec.limits is not None:
        values = '{} to {}'.format(*(f'{limit:.15g}' for limit in spec.limits))
    return _row((f'`{spec.name}`', KINDS[type(spec.default)], f'`{_literal(spec.default)}`',
                 values, 'at the start' if spec.read_only else 'at any time', spec.description))


def _row(cells: Iterable[str]) -> str:
    return f'| {" | ".join(cells)} |'


def _literal(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "''" if value == '' else str(value)


if __name__ == '__main__':
    FILE.write_text(text())
