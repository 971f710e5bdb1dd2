# SPDX-License-Identifier: Apache-2.0
"""Start the simulated camera and the segmenter on it.

Talk to it with `ros2 run reasonseg_ros reasonseg chat`. Does not run the scripted dialogue: that
is `reasonseg demo`.
"""

from launch.actions import DeclareLaunchArgument, GroupAction, IncludeLaunchDescription
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import LaunchConfiguration, PathJoinSubstitution
from launch_ros.actions import Node
from launch_ros.parameter_descriptions import ParameterValue
from launch_ros.substitutions import FindPackageShare

from launch import LaunchDescription

CAMERA = {  # launch argument and parameter of the camera -> type, default, description
    'seed': (int, '1', 'Which scene lies on the table.'),
    'rate': (float, '10.0', 'Images per second.'),
    'width': (int, '640', 'Image width in pixels.'),
    'height': (int, '480', 'Image height in pixels.'),
}


def generate_launch_description() -> LaunchDescription:
    """Declare the arguments and start both nodes."""
    arguments = [DeclareLaunchArgument(name, default_value=default, description=description)
                 for name, (_, default, description) in CAMERA.items()]
    camera = Node(
        package='reasonseg_ros', executable='reasonseg', arguments=['sim'], name='sim_camera',
        namespace=LaunchConfiguration('namespace', default=''), output='screen',
        parameters=[{name: ParameterValue(LaunchConfiguration(name), value_type=kind)
                     for name, (kind, _, _) in CAMERA.items()}])
    segmenter = IncludeLaunchDescription(PythonLaunchDescriptionSource(PathJoinSubstitution(
        [FindPackageShare('reasonseg_ros'), 'launch', 'reasonseg.launch.py'])))
    # Scoped, so that what is set here stays here when this file is included.
    return LaunchDescription([GroupAction([*arguments, camera, segmenter])])
