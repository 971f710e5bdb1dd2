# SPDX-License-Identifier: Apache-2.0
"""Start the segmenter on a ZED camera, with the topics of its driver zed_wrapper (5.x).

Takes every argument of reasonseg.launch.py, too. Does not start the camera:
`ros2 launch zed_wrapper zed_camera.launch.py camera_model:=zed2i`.
"""

from launch.actions import DeclareLaunchArgument, GroupAction, IncludeLaunchDescription
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import LaunchConfiguration, PathJoinSubstitution
from launch_ros.substitutions import FindPackageShare

from launch import LaunchDescription

TOPICS = {  # launch argument -> topic below /<camera>, description
    'image_topic': ('/rgb/color/rect/image', 'Colour image.'),
    'camera_info_topic': ('/rgb/color/rect/camera_info', 'Intrinsics of the colour image.'),
    'depth_topic': ('/depth/depth_registered', 'Depth image aligned to the colour image.'),
}


def generate_launch_description() -> LaunchDescription:
    """Change the defaults of the topics, then start as with any camera."""
    camera = LaunchConfiguration('camera')
    # Scoped, so that what is set here stays here when this file is included.
    return LaunchDescription([GroupAction([
        DeclareLaunchArgument('camera', default_value='zed/zed_node',
                              description='Camera name and node name of the driver.'),
        *(DeclareLaunchArgument(name, default_value=['/', camera, topic], description=description)
          for name, (topic, description) in TOPICS.items()),
        IncludeLaunchDescription(PythonLaunchDescriptionSource(PathJoinSubstitution(
            [FindPackageShare('reasonseg_ros'), 'launch', 'reasonseg.launch.py']))),
    ])])
