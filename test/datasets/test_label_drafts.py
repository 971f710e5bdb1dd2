# SPDX-License-Identifier: Apache-2.0
"""Label images as runs: masks and boxes of values are those that looking at every pixel gives."""

import numpy as np
import pytest

from reasonseg_ros.core.masks import Rle
from reasonseg_ros.datasets.label_drafts import ColumnRuns


def images() -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    blocks = np.kron(rng.integers(0, 4, (3, 5)), np.ones((4, 3), int))
    return [np.full((3, 4), 7), rng.integers(0, 3, (1, 9)), rng.integers(0, 3, (9, 1)), blocks,
            100_000 * rng.integers(0, 99, (20, 30)), np.arange(70_000).reshape(250, 280),
            rng.integers(0, 3, (8, 8)).astype(np.uint8), rng.integers(0, 2, (4, 4)).astype(bool)]


@pytest.mark.parametrize('values', images(), ids=range(len(images())))
def test_masks_and_boxes_of_values_are_right(values) -> None:
    runs = ColumnRuns(values)
    present = list(runs.boxes)
    assert present == np.unique(values).tolist()
    assert runs.size == values.shape
    some = [present[0], present[len(present) // 2], present[-1]]
    for members in ([some[0]], [some[2]], sorted(set(some[1:])), sorted(set(some))):
        mask = np.isin(values, members)
        assert runs.mask(members) == Rle.encode(mask)
        rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
        assert runs.box(members) == (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)
