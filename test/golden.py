# SPDX-License-Identifier: Apache-2.0
"""Where the folders of golden numbers lie: numbers that the public code computed.

They are looked for in the folder that REASONSEG_GOLDEN names, else in `shared/golden` beside the
checkout, else in `test/data/golden`. Holds no numbers and no test.
"""

import json
import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def folder(name: str) -> Path | None:
    """Return the first folder of that name that exists."""
    places = [ROOT.parent / 'shared' / 'golden', ROOT / 'test' / 'data' / 'golden']
    if 'REASONSEG_GOLDEN' in os.environ:
        places.insert(0, Path(os.environ['REASONSEG_GOLDEN']))
    return next((p / name for p in places if (p / name).is_dir()), None)


def each_folder(*names: str):
    """Run a test with `folder` being each of these, skipped where there is none."""
    return pytest.mark.parametrize('folder', [
        pytest.param(folder(name), id=name, marks=pytest.mark.skipif(
            folder(name) is None, reason=f'no golden folder "{name}"; set REASONSEG_GOLDEN'))
        for name in names])


def text_of(path: Path) -> dict:
    """Return `text.json`: prompts, ids, metrics and losses."""
    return json.loads((path / 'text.json').read_text(encoding='utf-8'))
