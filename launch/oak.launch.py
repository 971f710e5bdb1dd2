# SPDX-License-Identifier: Apache-2.0
"""Start the segmenter on an OAK camera, with the topics of its driver depthai_ros_driver.

Takes every argument of reasonseg.launch.py, too. Does not start the camera:
`ros2 launch depthai_ros_driver driver.launch.py`, with the pipeline RGBD, which aligns depth.
"""

from launch.actions import DeclareLaunchArgument, GroupAction, IncludeLaunchDescription
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import LaunchConfiguration, PathJoinSubstitution
from launch_ros.substitutions import FindPackageShare

from launch import LaunchDescription

TOPICS = {  # launch argument -> topic below /<camera>, description
    'image_topic': ('/rgb/image_raw', 'Colour image.'),
    'camera_info_topic': ('/rgb/camera_info', 'Intrinsics of the colour image.'),
    'depth_topic': ('/stereo/image_raw', 'Depth image aligned to the colour image.'),
}


def generate_launch_description() -> LaunchDescription:
    """Change the defaults of the topics, then start as with any camera."""
    camera = LaunchConfiguration('camera')
    # Scoped, so that what is set here stays here when this file is included.
    return LaunchDescription([GroupAction([
        DeclareLaunchArgument('camera', default_value='oak',
                              description='Name of the driver node.'),
        *(DeclareLaunchArgument(name, default_value=['/', camera, topic], description=description)
          for name, (topic, description) in TOPICS.items()),
        IncludeLaunchDescription(PythonLaunchDescriptionSource(PathJoinSubstitution(
            [FindPackageShare('reasonseg_ros'), 'launch', 'reasonseg.launch.py']))),
    ])])
