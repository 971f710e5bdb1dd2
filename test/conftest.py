# SPDX-License-Identifier: Apache-2.0
"""Makes `fakes.py` importable from every test. Holds no fixtures."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
