# SPDX-License-Identifier: Apache-2.0
"""Makes `fakes.py` importable from every test. Holds no fixtures."""

from pathlib import Path
import sys

sys.path.insert(0, str(Path(__file__).parent))
