# SPDX-License-Identifier: Apache-2.0
"""Programs that talk to a running node; `Client` is what they begin with."""

from reasonseg_ros.ros.client.client import Client

__all__ = ['Client']
