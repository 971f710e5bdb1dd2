# SPDX-License-Identifier: Apache-2.0
"""Makes `fakes.py`, `bags_made.py` and the like importable from tests. Holds no fixtures."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
