# SPDX-License-Identifier: Apache-2.0
"""What every reader of files from elsewhere checks: where a name leads, and whether a file is one.

Paths that annotations, results and checkpoints name stay below the folder that they belong to.
Looks at names only: a link that somebody made in the folder is his to make.
"""

import os
from pathlib import Path

_LONGEST = 200      # bytes of a name; file systems take 255 a part
_POINTER = b'version https://git-lfs.github.com/spec/'


def inside(folder: Path, name: object) -> Path:
    """Return the path of `name` below `folder`. Raises ValueError for every other one."""
    if not isinstance(name, str) or not name.strip() or '\0' in name or not _storable(name):
        raise ValueError(f'found {name!r:.60}, expected the name of a file')
    plain = os.path.normpath(name)
    if os.path.isabs(plain) or plain == os.pardir or plain.startswith(os.pardir + os.sep):
        raise ValueError(f'found "{name}", expected a path that stays below "{folder}"')
    return folder / name


def _storable(name: str) -> bool:
    """Whether a file system can hold the name: half of a surrogate pair has no bytes."""
    try:
        return len(os.fsencode(name)) <= _LONGEST
    except UnicodeEncodeError:
        return False


def is_lfs_pointer(path: Path) -> bool:
    """Whether a file is what Git LFS keeps in the place of a large one. Raises OSError."""
    with path.open('rb') as file:
        return file.read(len(_POINTER)) == _POINTER
