# SPDX-License-Identifier: Apache-2.0
"""Point clouds as messages, written from whole arrays at once. Pure functions.

Does not lift pixels into space (`core.geometry.boxes`) and does not publish.
"""

from array import array

import numpy as np
from sensor_msgs.msg import PointCloud2
from sensor_msgs.msg import PointField
from std_msgs.msg import Header

# One point. `rgb` is 0x00RRGGBB in the four bytes of a float, as RViz and PCL read it.
POINT = np.dtype([('x', '<f4'), ('y', '<f4'), ('z', '<f4'), ('rgb', '<u4'),
                  ('instance_id', '<u4')])
_KINDS = {'instance_id': PointField.UINT32}
_FIELDS = [PointField(name=name, offset=field[1], count=1,
                      datatype=_KINDS.get(name, PointField.FLOAT32))
           for name, field in (POINT.fields or {}).items()]


def cloud_message(points: np.ndarray, colours: np.ndarray, ids: np.ndarray,
                  header: Header) -> PointCloud2:
    """Build a cloud whose fields are those of `POINT`.

    points   float32 [N, 3] metres in the frame of `header`, all finite
    colours  uint8 [N, 3] RGB
    ids      uint32 [N], instance of each point; 0 = none
    """
    rows = np.empty(len(points), POINT)
    rows['x'], rows['y'], rows['z'] = points.T
    red, green, blue = colours.T.astype(np.uint32)
    rows['rgb'] = red << 16 | green << 8 | blue
    rows['instance_id'] = ids
    data = array('B')
    data.frombytes(rows.tobytes())
    return PointCloud2(header=header, height=1, width=len(rows), fields=_FIELDS,
                       is_bigendian=False, point_step=POINT.itemsize, data=data,
                       row_step=POINT.itemsize * len(rows), is_dense=True)


def points_of(message: PointCloud2) -> np.ndarray:
    """Read a cloud that `cloud_message` built: an array [N] of `POINT`."""
    return np.frombuffer(message.data, POINT)
