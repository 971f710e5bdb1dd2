# SPDX-License-Identifier: Apache-2.0
"""How long the instances of a round take to become a message and to be published. Prints nothing.
"""

import time

import numpy as np

from reasonseg_ros.core.dialogue.dialogue import Instance
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.msg import InstanceArray
from reasonseg_ros.ros.client.connection import Connection
from reasonseg_ros.ros.output import convert
from reasonseg_ros.ros.qos import LATCHED

COUNT = 20
WIDTH, HEIGHT = 1920, 1080
RADII = (40, 200)  # pixels, of the ellipses that stand for objects
REPEATS = 100


def instances() -> list[Instance]:
    """Return COUNT instances with elliptical masks at 1920x1080; the same ones each time."""
    rng = np.random.default_rng(0)
    rows, columns = np.ogrid[:HEIGHT, :WIDTH]
    made = []
    for index in range(1, COUNT + 1):
        (y, x), (b, a) = rng.uniform(0, (HEIGHT, WIDTH)), rng.uniform(*RADII, 2)
        inside = ((columns - x) / a) ** 2 + ((rows - y) / b) ** 2 < 1
        made.append(Instance(index, 0, 1, 'thing', 0.5, Rle.encode(inside)))
    return made


def measure() -> list[float]:
    """Return the seconds that building and publishing an InstanceArray took, REPEATS times."""
    connection = Connection('bench')
    try:
        publisher = connection.node.create_publisher(InstanceArray, '~/instances', LATCHED)
        header, made = convert.header_message(1, 'optical'), instances()
        seconds = []
        for _ in range(REPEATS):
            start = time.perf_counter()
            publisher.publish(InstanceArray(
                header=header, dialogue_id='bench', round=1,
                instances=[convert.instance_message(i, 'bench', header) for i in made]))
            seconds.append(time.perf_counter() - start)
    finally:
        connection.close()
    return seconds
