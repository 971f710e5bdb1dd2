# SPDX-License-Identifier: Apache-2.0
"""Collision objects and the scene without a target, under a name that is easy to import.

Everything is in `ros.client.planning`; nothing else is here.
"""

from reasonseg_ros.ros.client.planning import collision_object, object_name, scene_cloud

__all__ = ['collision_object', 'object_name', 'scene_cloud']
