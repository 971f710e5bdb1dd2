# SPDX-License-Identifier: Apache-2.0
"""The camera of a robot, one moment at a time, for a synchronous program. Starts no node.

Images are paired with depth and intrinsics by the code that the node uses.
"""

from types import TracebackType

from rclpy.callback_groups import MutuallyExclusiveCallbackGroup

from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.errors import NoImage, StaleImage
from reasonseg_ros.ros.camera import Camera
from reasonseg_ros.ros.client.connection import Connection
from reasonseg_ros.ros.qos import Endpoints

FRESH = 1.0       # seconds that a moment may be old
PATIENCE = 10.0   # seconds to wait for one
COMPANY = 1.0     # of these, for the first depth and intrinsics of a camera that has begun


class LiveCamera:
    """Listens to topics; use it as a context manager, in the thread that made it.

    image, depth, info  topics; '' leaves depth out, and looks for intrinsics beside the image.
                        Compressed images are told by their ending, /compressed or /compressedDepth
    """

    def __init__(self, image: str, depth: str = '', info: str = '') -> None:
        self._image, self._depth = image, depth
        (colour, transport), (other, depth_transport) = _split(image), _split(depth)
        self._remaps = [f'image:={colour}', f'depth_image:={other or "no_depth_image"}',
                        *([f'camera_info:={info}'] if info else [])]
        self._transports = transport, depth_transport

    def __enter__(self) -> 'LiveCamera':
        self._connection = Connection('camera', self._remaps)
        node = self._connection.node
        self._camera = Camera(node, MutuallyExclusiveCallbackGroup(), Endpoints(node), '',
                              *self._transports)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._camera.close()
        self._connection.close()

    def next(self, patience: float = PATIENCE) -> Frame:
        """Return a moment of now. Raises NoImage or StaleImage when none comes, BadImage."""
        frame: Frame | None = None

        def come() -> bool:
            nonlocal frame
            try:
                frame = self._camera.latest(FRESH)
            except (NoImage, StaleImage):
                frame = None
            return frame is not None

        def whole() -> bool:
            return come() and frame is not None and frame.camera is not None and (
                not self._depth or frame.depth is not None)

        self._connection.catch_up()
        if self._connection.wait(come, patience) and not whole():
            self._connection.wait(whole, COMPANY)
        return frame if frame is not None else self._camera.latest(FRESH)


def _split(topic: str) -> tuple[str, str]:
    """Topic without the ending of its transport, and the transport."""
    base, _, ending = topic.rpartition('/')
    return (base, ending) if ending in ('compressed', 'compressedDepth') else (topic, 'raw')
