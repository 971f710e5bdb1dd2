# SPDX-License-Identifier: Apache-2.0
"""Where the folders of golden numbers lie: numbers that the public code computed.

They are looked for in the folder that REASONSEG_GOLDEN names, else in `shared/golden` beside the
checkout. Holds no numbers and no test.
"""

import json
import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def folder(name: str) -> Path | None:
    """Return the folder of that name; None where there is none."""
    beside = ROOT.parent / 'shared' / 'golden'
    path = Path(os.environ.get('REASONSEG_GOLDEN', beside)) / name
    return path if path.is_dir() else None


def each_folder(*names: str):
    """Run a test with `folder` being each of these, skipped where there is none."""
    return pytest.mark.parametrize('folder', [
        pytest.param(folder(name), id=name, marks=pytest.mark.skipif(
            folder(name) is None, reason=f'no golden folder "{name}"; set REASONSEG_GOLDEN'))
        for name in names])


def text_of(path: Path) -> dict:
    """Return `text.json`: prompts, ids, metrics and losses."""
    return json.loads((path / 'text.json').read_text(encoding='utf-8'))
