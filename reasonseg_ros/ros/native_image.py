# SPDX-License-Identifier: Apache-2.0
"""Camera images as the middleware hands them over, taken beside the interpreter.

rclpy takes an image while it holds the interpreter, and copies it twice more for Python; two
streams of 1920x1080 at 30 Hz then hold up everything else for a sixth of the time. `take` calls
rcl_take(3) through ctypes, which gives the interpreter away, and shows the bytes where they are.

The layout of the message in C is that of rosidl for sensor_msgs/msg/Image. Whether it holds here
is tried when `taker` is called; where it does not, or a library is not found, there is none, and
rclpy takes the images. Does not decode (`core.camera.messages`).
"""

import ctypes
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from rclpy.subscription import Subscription
from sensor_msgs.msg import Image

OK = 0              # rcl_ret_t
NOTHING = 401       # RCL_RET_SUBSCRIPTION_TAKE_FAILED: somebody else has taken it


class _Sequence(ctypes.Structure):
    """rosidl_runtime_c__String, and sequences of anything."""

    _fields_ = (('data', ctypes.c_void_p), ('size', ctypes.c_size_t),
                ('capacity', ctypes.c_size_t))

    def text(self) -> str:
        """Read it as a string. Raises UnicodeDecodeError."""
        return ctypes.string_at(self.data, self.size).decode()


class _Image(ctypes.Structure):
    """sensor_msgs__msg__Image."""

    _fields_ = (('sec', ctypes.c_int32), ('nanosec', ctypes.c_uint32), ('frame_id', _Sequence),
                ('height', ctypes.c_uint32), ('width', ctypes.c_uint32), ('encoding', _Sequence),
                ('is_bigendian', ctypes.c_uint8), ('step', ctypes.c_uint32), ('data', _Sequence))


@dataclass(frozen=True)
class NativeStamp:
    """builtin_interfaces/Time."""

    sec: int
    nanosec: int


@dataclass(frozen=True)
class NativeHeader:
    """std_msgs/Header."""

    stamp: NativeStamp
    frame_id: str


@dataclass(frozen=True, eq=False)
class NativeImage:
    """The fields of sensor_msgs/Image; `data` is uint8 [N] in memory of the middleware, which is
    freed with the last array that shows it."""

    header: NativeHeader
    height: int
    width: int
    encoding: str
    is_bigendian: int
    step: int
    data: np.ndarray


class _Memory:
    """A message in C, from construction until nobody shows its bytes any more."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self._destroy = library.sensor_msgs__msg__Image__destroy
        self.address: int | None = library.sensor_msgs__msg__Image__create()
        if self.address is None:
            raise MemoryError('there is no memory for an image')

    def __del__(self) -> None:
        if self.address is not None:
            self._destroy(self.address)

    @property
    def __array_interface__(self) -> dict[str, Any]:
        held = self.held.data
        return {'version': 3, 'typestr': '|u1', 'shape': (held.size,),
                'data': (held.data or 0, True)}

    @property
    def held(self) -> _Image:
        """Its fields."""
        return _Image.from_address(self.address or 0)

    def image(self) -> NativeImage:
        """Read it. Raises UnicodeDecodeError."""
        held = self.held
        header = NativeHeader(NativeStamp(held.sec, held.nanosec), held.frame_id.text())
        data = np.asarray(self) if held.data.size else np.empty(0, np.uint8)
        return NativeImage(header, held.height, held.width, held.encoding.text(),
                           held.is_bigendian, held.step, data)


Take = Callable[[Subscription], NativeImage | None]


def taker() -> Take | None:
    """Return what takes the next image of a subscription, None when there is none any more; it
    raises RuntimeError where that fails, and UnicodeDecodeError for text that is none.

    Return None where images cannot be taken so.
    """
    try:
        library = ctypes.CDLL('libsensor_msgs__rosidl_generator_c.so')
        rcl_take = ctypes.CDLL('librcl.so').rcl_take
        library.sensor_msgs__msg__Image__create.restype = ctypes.c_void_p
        library.sensor_msgs__msg__Image__destroy.argtypes = (ctypes.c_void_p,)
        rcl_take.argtypes = (ctypes.c_void_p,) * 4
        if not _as_expected(library):
            return None
    except (OSError, AttributeError, TypeError, ValueError):
        return None

    def take(subscription: Subscription) -> NativeImage | None:
        memory = _Memory(library)
        with subscription.handle:
            result = rcl_take(subscription.handle.pointer, memory.address, None, None)
        if result == NOTHING:
            return None
        if result != OK:
            raise RuntimeError(f'rcl_take gave {result}')
        return memory.image()
    return take


def _as_expected(library: ctypes.CDLL) -> bool:
    """Whether a message that rclpy turns into C is read here as it was."""
    kind: Any = type(Image)
    kind.__import_type_support__()
    pointer = ctypes.pythonapi.PyCapsule_GetPointer
    pointer.restype, pointer.argtypes = ctypes.c_void_p, (ctypes.py_object, ctypes.c_char_p)
    to_c = ctypes.PYFUNCTYPE(ctypes.c_bool, ctypes.py_object, ctypes.c_void_p)(
        pointer(kind._CONVERT_FROM_PY, None))
    told = Image(height=2, width=3, encoding='mono8', is_bigendian=1, step=4, data=[5, 6, 7])
    told.header.frame_id = 'optical'
    told.header.stamp.sec, told.header.stamp.nanosec = -8, 9
    memory = _Memory(library)
    if not to_c(told, memory.address):
        return False
    held = memory.held
    if (held.sec, held.nanosec, held.height, held.width, held.is_bigendian, held.step,
            held.frame_id.size, held.encoding.size, held.data.size) != (-8, 9, 2, 3, 1, 4, 7, 5, 3):
        return False    # before anything is taken for an address
    read = memory.image()
    return ((read.header.frame_id, read.encoding, read.data.tolist())
            == ('optical', 'mono8', [5, 6, 7]))
