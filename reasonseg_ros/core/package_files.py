# SPDX-License-Identifier: Apache-2.0
"""Where the files lie that a ROS package shares: profiles, launch files, interface texts."""

import os
import sys
from pathlib import Path


def shared_file(name: str) -> Path | None:
    """Find a data file of this package, e.g. 'config/fastdds.xml'; None when it is nowhere.

    Looks in the source checkout, then in each prefix of AMENT_PREFIX_PATH, then in the virtual
    environment.
    """
    prefixes = [p for p in os.environ.get('AMENT_PREFIX_PATH', '').split(os.pathsep) if p]
    roots = [Path(__file__).resolve().parents[2]]
    roots += [Path(p) / 'share' / 'reasonseg_ros' for p in (*prefixes, sys.prefix)]
    return next((root / name for root in roots if (root / name).is_file()), None)
