# SPDX-License-Identifier: Apache-2.0
"""Start the segmenter on a camera. `ros2 launch reasonseg_ros reasonseg.launch.py --show-args`.

Values come from the parameter file; a launch argument replaces one only when it is given. Several
cameras have names, and each name has arguments of its own: `cameras:=wrist,front
wrist_image_topic:=/wrist/color/image_raw front_image_topic:=...`. Does not start a camera.
"""

from ament_index_python.packages import PackageNotFoundError, get_package_prefix
from launch.actions import DeclareLaunchArgument, GroupAction, LogInfo, OpaqueFunction
from launch.substitutions import LaunchConfiguration, PathJoinSubstitution
from launch_ros.actions import LifecycleNode, Node
from launch_ros.parameter_descriptions import ParameterValue
from launch_ros.substitutions import FindPackageShare

from launch import Action, LaunchContext, LaunchDescription

SWITCH = ('true', 'false')
OVERRIDES = {  # launch argument and parameter -> type, choices (any when empty), description
    'engine': (str, (), 'Model that answers.'),
    'checkpoint': (str, (), 'Weights file of the engine.'),
    'device': (str, (), 'Where the model runs: auto, cpu, cuda, cuda:1, ...'),
    'resolver': (str, ('', 'rules', 'server', 'local'),
                 'Who reads sentences for the engine grounded.'),
    'resolver_url': (str, (), 'Its OpenAI-compatible server, e.g. http://localhost:8000/v1.'),
    'image_transport': (str, ('raw', 'compressed'), 'Transport of the colour image.'),
    'depth_image_transport': (str, ('raw', 'compressedDepth'), 'Transport of the depth image.'),
    'target_frame': (str, (), 'TF frame of poses, boxes and clouds.'),
    'tracker': (str, ('none', 'sam2', 'edgetam'), 'What follows things through images.'),
    'tracker_checkpoint': (str, (), 'Its folder of transformers.'),
    'store_path': (str, (), 'SQLite file that keeps the dialogues.'),
    'autostart': (bool, SWITCH, 'Configure and activate without a lifecycle manager.'),
    'use_sim_time': (bool, SWITCH, 'Take the time from /clock.'),
}
TOPICS = {  # launch argument -> input of the node, description
    'image_topic': ('image', 'Colour image of the camera (sensor_msgs/Image).'),
    'camera_info_topic': ('camera_info', 'Intrinsics of the colour image. Left as it is, '
                          'camera_info beside the colour image.'),
    'depth_topic': ('depth_image', 'Depth image aligned to the colour image.'),
}
SHOWN = ('overlay', 'markers', 'object_cloud', 'target_pose')  # topics in reasonseg.rviz
RESPAWN_DELAY = 2.0  # seconds


def nodes(context: LaunchContext) -> list[Action]:
    """Build the nodes from the launch arguments that were given."""
    given = {name: LaunchConfiguration(name).perform(context)
             for name in ('namespace', 'name', 'tf', 'rviz', 'respawn', 'cameras', 'fixed_frame',
                          'log_level', *OVERRIDES)}
    overrides = {name: ParameterValue(LaunchConfiguration(name), value_type=kind)
                 for name, (kind, _, _) in OVERRIDES.items() if given[name]}
    remappings = [(topic, LaunchConfiguration(name)) for name, (topic, _) in TOPICS.items()]
    cameras = [camera.strip() for camera in given['cameras'].split(',') if camera.strip()]
    if cameras:
        overrides['cameras'] = cameras
    for camera in cameras:
        remappings += [(f'{camera}/{topic}', context.launch_configurations[f'{camera}_{name}'])
                       for name, (topic, _) in TOPICS.items()
                       if f'{camera}_{name}' in context.launch_configurations]
    logger = f'{given["namespace"].strip("/")}/{given["name"]}'.strip('/').replace('/', '.')
    notes: list[Action] = [LogInfo(msg=f'argument "{name}" belongs to no camera; name it in '
                                       f'cameras:={",".join([*cameras, name[:-len(ending) - 1]])}')
                           for name in context.launch_configurations for ending in TOPICS
                           if name.endswith(f'_{ending}')
                           and name[:-len(ending) - 1] not in cameras]
    tf = [(topic, topic.lstrip('/')) for topic in ('/tf', '/tf_static')]
    tf = tf if given['tf'] == 'namespaced' else []
    segmenter = LifecycleNode(
        package='reasonseg_ros', executable='segmenter', name=given['name'],
        namespace=given['namespace'], output='screen', emulate_tty=True,
        respawn=given['respawn'] == 'true', respawn_delay=RESPAWN_DELAY,
        parameters=[LaunchConfiguration('params_file'), overrides], remappings=remappings + tf,
        # For its logger alone: those of DDS and rcl stay quiet.
        arguments=['--ros-args', '--log-level', f'{logger}:={given["log_level"]}'])
    if given['rviz'] != 'true':
        return [*notes, segmenter]
    try:
        get_package_prefix('rviz2')
    except PackageNotFoundError:
        missing = 'rviz2 is not installed, so no viewer is started; install ros-$ROS_DISTRO-rviz2'
        return [*notes, LogInfo(msg=missing), segmenter]
    base = f'/{given["namespace"].strip("/")}/{given["name"]}'.replace('//', '/')
    config = PathJoinSubstitution(
        [FindPackageShare('reasonseg_ros'), 'config', 'reasonseg.rviz'])
    viewer = Node(
        package='rviz2', executable='rviz2', namespace=given['namespace'],
        arguments=['-d', config,
                   *(['-f', given['fixed_frame']] if given['fixed_frame'] else [])],
        output='log',
        parameters=[{'use_sim_time': given['use_sim_time'] == 'true'}],
        remappings=[(f'/segmenter/{topic}', f'{base}/{topic}') for topic in SHOWN] + tf)
    return [*notes, segmenter, viewer]


def argument(name: str, default: str, description: str, choices: tuple[str, ...] = ()
             ) -> DeclareLaunchArgument:
    """Declare a launch argument; no `choices` = any value."""
    return DeclareLaunchArgument(name, default_value=default, description=description,
                                 choices=list(choices) or None)


def generate_launch_description() -> LaunchDescription:
    """Declare the arguments and start the node."""
    file = PathJoinSubstitution([FindPackageShare('reasonseg_ros'), 'config', 'reasonseg.yaml'])
    # Scoped, so that what is set here stays here when this file is included, even twice.
    return LaunchDescription([GroupAction([
        argument('namespace', '', 'Namespace of the node.'),
        argument('name', 'segmenter', 'Name of the node.'),
        DeclareLaunchArgument('params_file', default_value=file,
                              description='Parameter file; docs/parameters.md explains each one.'),
        *(argument(name, topic, description) for name, (topic, description) in TOPICS.items()),
        *(argument(name, '', f'{description} Empty = as in the parameter file.',
                   choices and ('', *choices))
          for name, (_, choices, description) in OVERRIDES.items()),
        argument('tf', 'global', 'Which TF is used: of the whole system, or of the namespace.',
                 ('global', 'namespaced')),
        argument('rviz', 'false', 'Start RViz with the overlay, boxes and clouds.', SWITCH),
        argument('respawn', 'false', 'Start the node again when it ends by itself.', SWITCH),
        argument('fixed_frame', '', 'Fixed frame of RViz. Empty = as in config/reasonseg.rviz.'),
        argument('cameras', '', 'Names of several cameras, with commas between; each has arguments '
                 'like <name>_image_topic. Empty = as in the parameter file.'),
        argument('log_level', 'info', 'Least severe line of the node that is shown.',
                 ('debug', 'info', 'warn', 'error', 'fatal')),
        OpaqueFunction(function=nodes),
    ])])
