# SPDX-License-Identifier: Apache-2.0
"""A camera driver as a process: 150 best effort images of 640x480 rgb8 at 30 Hz, then it waits.

It says the stamp of the last image, and stays until it is ended, so that nothing is lost with it.
"""

import signal
import sys
import time

import rclpy

from reasonseg_ros.core.camera.messages import nanoseconds
from reasonseg_ros.ros import dds
from reasonseg_ros.ros.output import convert
from support.harness import Driver, camera_image

COUNT = 150
RATE = 30.0


def main() -> None:
    """Send and wait."""
    dds.prepare()
    context = rclpy.Context()
    rclpy.init(context=context)
    driver = Driver(context)
    driver.connected()
    message = camera_image(0, 640, 480)
    start = time.monotonic()
    for index in range(COUNT):
        time.sleep(max(0.0, start + index / RATE - time.monotonic()))
        message.header.stamp = convert.stamp_message(driver.now())
        driver.send(message)
    sys.stdout.write(f'last {nanoseconds(message.header.stamp)} sent in '
                     f'{time.monotonic() - start:.2f} s\n')
    sys.stdout.flush()
    signal.pause()


if __name__ == '__main__':
    main()
