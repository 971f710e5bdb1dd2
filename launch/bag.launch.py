# SPDX-License-Identifier: Apache-2.0
"""Start the segmenter for a bag: the time comes from /clock.

Play the bag when the node is active, so that nothing is missed while the model loads:
`ros2 bag play --clock 100 <bag>`. Takes every argument of reasonseg.launch.py. Does not play it.
"""

from launch.actions import DeclareLaunchArgument, GroupAction, IncludeLaunchDescription
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import PathJoinSubstitution
from launch_ros.substitutions import FindPackageShare

from launch import LaunchDescription


def generate_launch_description() -> LaunchDescription:
    """Change the default of use_sim_time, then start as with a camera."""
    # Scoped, so that what is set here stays here when this file is included.
    return LaunchDescription([GroupAction([
        DeclareLaunchArgument('use_sim_time', default_value='true', choices=['true', 'false'],
                              description='Take the time from /clock.'),
        IncludeLaunchDescription(PythonLaunchDescriptionSource(PathJoinSubstitution(
            [FindPackageShare('reasonseg_ros'), 'launch', 'reasonseg.launch.py']))),
    ])])
