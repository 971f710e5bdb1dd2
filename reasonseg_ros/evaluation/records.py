# SPDX-License-Identifier: Apache-2.0
"""Rounds and instances as plain values for JSON files; masks as COCO run lengths.

The masks can be read back with `pycocotools.mask.decode`. Does not write files.
"""

from reasonseg_ros.core.instance import Instance
from reasonseg_ros.core.masks import Rle


def instance_record(instance: Instance) -> dict[str, object]:
    """Return an instance; `box` is (x0, y0, x1, y1) in pixels, x1 and y1 exclusive."""
    return {'id': instance.id, 'parent_id': instance.parent_id, 'round': instance.round,
            'label': instance.label, 'score': round(instance.score, 4),
            'box': list(instance.mask.box), 'area': instance.mask.area,
            'mask': mask_record(instance.mask)}


def mask_record(mask: Rle) -> dict[str, object]:
    """Return a mask as COCO writes it."""
    return {'size': [mask.height, mask.width], 'counts': mask.counts.decode('ascii')}
