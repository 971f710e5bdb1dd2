# SPDX-License-Identifier: Apache-2.0
"""The lifecycle node: wires camera, worker, dialogues and outputs together.

A request is one job of the worker; its service callback waits in a group of its own, so that
intake and state queries run on. Does not decode, convert, resolve references or run the model.
"""

import os
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.clock import Clock
from rclpy.clock_type import ClockType
from rclpy.lifecycle import LifecycleNode
from rclpy.lifecycle import LifecycleState
from rclpy.lifecycle import TransitionCallbackReturn
from std_msgs.msg import String

from reasonseg_ros.core.errors import NotActive
from reasonseg_ros.core.errors import ReasonSegError
from reasonseg_ros.core.frame import Frame
from reasonseg_ros.core.status import Status
from reasonseg_ros.engines import registry
from reasonseg_ros.engines.protocol import Engine
from reasonseg_ros.engines.session import Reply
from reasonseg_ros.engines.session import Session
from reasonseg_ros.ros import convert
from reasonseg_ros.ros import params
from reasonseg_ros.ros.camera import Camera
from reasonseg_ros.ros.frames import Frames
from reasonseg_ros.ros.frames import Wanted
from reasonseg_ros.ros.outputs import Outputs
from reasonseg_ros.ros.worker import Cancelled
from reasonseg_ros.ros.worker import Worker
