# SPDX-License-Identifier: Apache-2.0
"""A robot made up for tests of the page in the browser, without ROS."""

from dataclasses import replace

import numpy as np

from reasonseg_ros.core.errors import Status
from reasonseg_ros.web.robot import Note, Transcript
from support.fakes import made_round

ROUNDS = (made_round(1, 1, ('mug', 'lamp')),
          replace(made_round(2, 3, ('<img src=x>',)), answer='<b>'))
QUESTION = made_round(3, 4, ('mug', 'cup'), Status.AMBIGUOUS)


class ColourImage:
    """A message as the camera sends it: 32x24, of one colour."""

    encoding, height, width, step, is_bigendian = 'rgb8', 24, 32, 96, 0

    def __init__(self, stamp, grey=100):
        class Header:
            frame_id = 'optical'

            class stamp:
                sec, nanosec = 0, 0
        self.header = Header()
        self.header.stamp = type('Time', (), {'sec': 0, 'nanosec': stamp})()
        self.data = np.full(24 * 96, grey, np.uint8).tobytes()


class FakeRobot:
    """Says what it was told, and serves no sentence."""

    camera = ''
    followed = (0, ())

    def __init__(self):
        self.transcript = Transcript(trouble='', rounds=ROUNDS,
                                     notes=(Note(1, 'go home', 'I cannot move', 'TALK'),))
        self.images, self.calls = (ColourImage(1001),), []
        self.asked_images = self.images
        self.refusal = ''

    def start(self, changed):
        self.changed = changed

    def stop(self):
        self.calls.append('stop')

    def look(self, wanted, followed):
        self.calls.append(('look', wanted, followed))

    def ask(self, instruction, references=()):
        self.calls.append(('ask', instruction, references))
        self.transcript = replace(self.transcript, pending=instruction)
        self.changed()
        return self.refusal

    def undo(self):
        self.calls.append('undo')
        return ''

    def reset(self):
        self.calls.append('reset')
        return ''

    def cancel(self):
        self.calls.append('cancel')
