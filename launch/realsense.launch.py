# SPDX-License-Identifier: Apache-2.0
"""Start the segmenter on a RealSense camera, with the topics of its driver realsense2_camera.

Takes every argument of reasonseg.launch.py, too. Does not start the camera; depth must be aligned:
`ros2 launch realsense2_camera rs_launch.py align_depth.enable:=true enable_sync:=true`.
"""

from launch.actions import DeclareLaunchArgument, GroupAction, IncludeLaunchDescription
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import LaunchConfiguration, PathJoinSubstitution
from launch_ros.substitutions import FindPackageShare

from launch import LaunchDescription

TOPICS = {  # launch argument -> topic below /<camera>, description
    'image_topic': ('/color/image_raw', 'Colour image.'),
    'camera_info_topic': ('/color/camera_info', 'Intrinsics of the colour image.'),
    'depth_topic': ('/aligned_depth_to_color/image_raw',
                    'Depth image aligned to the colour image.'),
}


def generate_launch_description() -> LaunchDescription:
    """Change the defaults of the topics, then start as with any camera."""
    camera = LaunchConfiguration('camera')
    # Scoped, so that what is set here stays here when this file is included.
    return LaunchDescription([GroupAction([
        DeclareLaunchArgument('camera', default_value='camera/camera',
                              description='Namespace and name of the driver, e.g. robot/wrist.'),
        *(DeclareLaunchArgument(name, default_value=['/', camera, topic], description=description)
          for name, (topic, description) in TOPICS.items()),
        IncludeLaunchDescription(PythonLaunchDescriptionSource(PathJoinSubstitution(
            [FindPackageShare('reasonseg_ros'), 'launch', 'reasonseg.launch.py']))),
    ])])
