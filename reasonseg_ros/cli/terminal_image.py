# SPDX-License-Identifier: Apache-2.0
"""An image inside the terminal: real pixels where it has them, else two colours a character.

Pixels are drawn by textual-image (the extra `terminal`), which asks the terminal whether it knows
the protocol of kitty or sixels. Does not read or write files.
"""

import sys
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from rich.text import Text

WIDEST = 80         # characters
UPPER_HALF = '▀'    # its colour is the upper pixel, its ground the lower one


def wanted(when: str) -> bool:
    """Whether to draw: 'always', 'never', or 'auto', which is where the terminal has pixels."""
    return when == 'always' or when == 'auto' and sys.stdout.isatty() and _pixels() is not None


def draw(image: np.ndarray) -> None:
    """Draw uint8 [H, W, 3] on standard output."""
    from rich.console import Console
    console = Console()
    width = min(console.width, WIDEST)
    pixels = _pixels() if sys.stdout.isatty() else None
    if pixels is not None:
        console.print(pixels(Image.fromarray(image), width=width))
    else:
        console.print(half_blocks(image, width), soft_wrap=True)


def half_blocks(image: np.ndarray, width: int) -> 'Text':
    """Return uint8 [H, W, 3] as lines of `width` characters, each of which shows two pixels."""
    from rich.text import Text
    high, wide = image.shape[:2]
    rows = max(2, round(high * width / wide / 2) * 2)
    small = np.asarray(Image.fromarray(image).resize((width, rows), Image.Resampling.BOX))
    text = Text()
    for y in range(0, rows, 2):
        for x in range(width):
            upper, lower = (bytes(small[y + k, x]).hex() for k in (0, 1))
            text.append(UPPER_HALF, f'#{upper} on #{lower}')
        if y + 2 < rows:
            text.append('\n')
    return text


def _pixels() -> Any:
    """Return what draws pixels in this terminal; None when it has none, or nothing to do it."""
    try:
        from textual_image import renderable
    except ImportError:
        return None
    cells = (renderable.HalfcellImage, renderable.UnicodeImage)
    return None if issubclass(renderable.Image, cells) else renderable.Image
