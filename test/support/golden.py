# SPDX-License-Identifier: Apache-2.0
"""Where the folders of golden numbers lie: numbers that the public code computed.

They are looked for in the folder that REASONSEG_GOLDEN names, then in `shared/golden` beside the
checkout; of some, `test/data/golden` keeps a small copy. Holds no numbers and no test.
"""

import json
import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SMALL = ROOT / 'test' / 'data' / 'golden'


def folder(name: str) -> Path | None:
    """Return the folder of that name, whole before small; None where there is none."""
    beside = ROOT.parent / 'shared' / 'golden'
    places = Path(os.environ.get('REASONSEG_GOLDEN', beside)), SMALL
    return next((place / name for place in places if (place / name).is_dir()), None)


def each_folder(*names: str):
    """Run a test with `folder` being each of these, skipped where there is none."""
    return pytest.mark.parametrize('folder', [
        pytest.param(folder(name), id=name, marks=pytest.mark.skipif(
            folder(name) is None, reason=f'no golden folder "{name}"; set REASONSEG_GOLDEN'))
        for name in names])


def text_of(path: Path) -> dict:
    """Return `text.json`: prompts, ids, metrics and losses."""
    return json.loads((path / 'text.json').read_text(encoding='utf-8'))
