# SPDX-License-Identifier: Apache-2.0
"""The cameras that share one model: which one a request is about, and all of them together.

Does not receive images (`ros.camera`) or take turns between them (`ros.worker`).
"""

from collections.abc import Callable, Sequence

from reasonseg_ros.core.dialogue.dialogue import Dialogue, Round
from reasonseg_ros.core.errors import BadRequest
from reasonseg_ros.ros.camera import Camera


class Cameras:
    """The open cameras of a node by name, from construction to `close`.

    make  opens the camera of a name; may raise BadRequest, and then none stays open
    """

    def __init__(self, names: Sequence[str], make: Callable[[str], Camera]) -> None:
        self._open: dict[str, Camera] = {}
        try:
            for name in names:
                self._open[name] = make(name)
        except BadRequest:
            self.close()
            raise

    def __getitem__(self, name: str) -> Camera:
        return self._open[name]

    @property
    def topics(self) -> str:
        """Their colour images, as a list in words."""
        return ', '.join(camera.topic for camera in self._open.values())

    @property
    def counts(self) -> str:
        """What has arrived on each topic, as a list in words."""
        return ', '.join(
            f'{stream.topic} {stream.received} received {stream.lost} lost'
            for camera in self._open.values() for stream in camera.statistics().streams)

    def close(self) -> None:
        """End every subscription."""
        for camera in self._open.values():
            camera.close()


def chosen(names: Sequence[str], wanted: str, dialogue: Dialogue) -> str:
    """Return the name of the camera that a request is about.

    That is the one that it names, otherwise the one of the dialogue's newest round, otherwise the
    first. Raises BadRequest for an unknown name.
    """
    if wanted and wanted not in names:
        known = ', '.join(f'"{name}"' for name in names if name)
        raise BadRequest(f'there is no camera "{wanted}"; ' + (
            f'expected one of {known}, or none' if known
            else 'this node has one camera without a name: leave the field camera empty'))
    rounds = dialogue.rounds  # taken once: the worker may take some back meanwhile
    newest = rounds[-1].source if rounds else ''
    return wanted or (newest if newest in names else names[0])


def newest_rounds(dialogue: Dialogue) -> dict[str, Round]:
    """Return the newest round about each camera of the dialogue, by its name."""
    return {record.source: record for record in dialogue.rounds}
