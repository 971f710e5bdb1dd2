# SPDX-License-Identifier: Apache-2.0
"""Start the segmenter on a camera. `ros2 launch reasonseg_ros reasonseg.launch.py --show-args`.

Values come from the parameter file; a launch argument replaces one only when it is given. Does not
start a camera.
"""

from launch import LaunchContext
from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument
from launch.actions import OpaqueFunction
from launch.substitutions import LaunchConfiguration
from launch.substitutions import PathJoinSubstitution
from launch_ros.actions import LifecycleNode
from launch_ros.parameter_descriptions import ParameterValue
from launch_ros.substitutions import FindPackageShare

OVERRIDES = {  # launch argument and parameter -> type, description
    'engine': (str, 'Model that answers.'),
    'checkpoint': (str, 'Weights file of the engine.'),
    'device': (str, 'Where the model runs: auto, cpu, cuda, cuda:1, ...'),
    'store_path': (str, 'SQLite file that keeps the dialogues.'),
    'autostart': (bool, 'Configure and activate without a lifecycle manager: true or false.'),
    'use_sim_time': (bool, 'Take the time from /clock: true or false.'),
}
TOPICS = {  # launch argument -> input of the node, description
    'image_topic': ('image', 'Colour image of the camera (sensor_msgs/Image).'),
    'camera_info_topic': ('camera_info', 'Intrinsics of the colour image.'),
    'depth_topic': ('depth_image', 'Depth image aligned to the colour image.'),
}


def segmenter(context: LaunchContext) -> list[LifecycleNode]:
    """Build the node from the launch arguments that were given."""
    given = {name: LaunchConfiguration(name).perform(context) for name in OVERRIDES}
    overrides = {name: ParameterValue(value, value_type=OVERRIDES[name][0])
                 for name, value in given.items() if value}
    remappings = [(topic, LaunchConfiguration(name)) for name, (topic, _) in TOPICS.items()]
    return [LifecycleNode(
        package='reasonseg_ros', executable='segmenter', name=LaunchConfiguration('name'),
        namespace=LaunchConfiguration('namespace'), output='screen', emulate_tty=True,
        parameters=[LaunchConfiguration('params_file'), overrides], remappings=remappings,
        arguments=['--ros-args', '--log-level', LaunchConfiguration('log_level')])]


def generate_launch_description() -> LaunchDescription:
    """Declare the arguments and start the node."""
    share = FindPackageShare('reasonseg_ros')
    arguments = [
        DeclareLaunchArgument('namespace', default_value='', description='Namespace of the node.'),
        DeclareLaunchArgument('name', default_value='segmenter', description='Name of the node.'),
        DeclareLaunchArgument(
            'params_file', description='Parameter file; see config/reasonseg.yaml.',
            default_value=PathJoinSubstitution([share, 'config', 'reasonseg.yaml'])),
        DeclareLaunchArgument('log_level', default_value='info', description='Least severe log '
                              'line that is shown.',
                              choices=['debug', 'info', 'warn', 'error', 'fatal']),
    ]
    arguments += [
        DeclareLaunchArgument(name, default_value='', description=(
            f'{description} Empty = as in the parameter file.'))
        for name, (_, description) in OVERRIDES.items()]
    arguments += [
        DeclareLaunchArgument(name, default_value=topic, description=description)
        for name, (topic, description) in TOPICS.items()]
    return LaunchDescription([*arguments, OpaqueFunction(function=segmenter)])
