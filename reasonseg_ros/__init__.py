# SPDX-License-Identifier: Apache-2.0
"""Multi-turn reasoning segmentation for robots: say it, get masks, keep talking.

The generated interfaces (`reasonseg_ros.msg`, `.srv`, `.action`) share this name. In an installed
package they lie beside this file; in a source checkout they lie in another path entry, and
`extend_path` joins the two halves.
"""

from pkgutil import extend_path

__path__ = extend_path(__path__, __name__)
__version__ = '0.1.0'
