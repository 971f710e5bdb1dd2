# SPDX-License-Identifier: Apache-2.0
"""Small made-up runs for the tests of tables and reports."""

import numpy as np

from reasonseg_ros.evaluation.records import Protocol, RoundRecord, Run, TargetScore


def made_up(dialogues: int = 20, rounds: int = 5, level: float = 0.8, seed: int = 0,
            image_file: str = '') -> Run:
    """Return a run whose masks have an IoU around `level`; every fifth round asks for nothing."""
    rng = np.random.default_rng(seed)
    records = []
    for dialogue in range(dialogues):
        for index in range(1, rounds + 1):
            absent = (dialogue + index) % 5 == 0
            iou = float(np.clip(level + rng.normal(0, 0.15), 0, 1))
            shared = round(1000 * iou)
            part = index % 2 == 0
            targets = () if absent else (
                TargetScore('part' if part else 'object', shared, 1000, iou, 0.8, instance=index),)
            status = 'NOTHING_FOUND' if absent else 'OK'
            records.append(RoundRecord(
                f'd{dialogue:03d}', index, f'the <thing> of round {index}', 'here & there', status,
                status, (f'kind:{"absent" if absent else "part" if part else "direct"}',), targets,
                *((0, 0) if absent else (shared, 1000)), picture=image_file))
    return Run('tabletop', 'abc', 'tabletop@123', Protocol(), tuple(records),
               {'split': 'test', 'scenes': dialogues})
